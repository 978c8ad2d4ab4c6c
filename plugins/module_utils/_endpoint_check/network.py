# Copyright (c) 2026, community.dynatrace contributors
# SPDX-License-Identifier: BSD-2-Clause

"""Connections to endpoints: name resolution, TCP, the tunnel of a proxy, TLS. All within one deadline."""

from __future__ import annotations

import base64
import contextlib
import http.client
import os
import queue
import re
import socket
import ssl
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import SplitResult, unquote, urlsplit

from .endpoints import Property
from .findings import Findings
from .handshake import handshake, wait_for_alert

# Seconds; an alert takes one round trip, the handshake before it took two or three.
_SHORTEST_ALERT_WAIT = 0.05
_LONGEST_ALERT_WAIT = 2.0
# What http.client says when a proxy refuses; it gives the status in no other way.
_TUNNEL_STATUS = re.compile(r"Tunnel connection failed: (\d{3})")


@dataclass(frozen=True)
class ConnectOptions:
    """How endpoints are reached.

    :param timeout: seconds for one request, from name resolution to the last byte of the response.
    :param ca_path: file or folder with the authorities to trust instead of those of the system.
    :param expiry_days: a certificate that is valid for fewer days gets a warning.
    """

    timeout: float = 30.0
    proxy: str | None = field(default=None, repr=False)
    ca_path: str | None = None
    expiry_days: int = 30
    user_agent: str = "community.dynatrace"


class Deadline:
    """The time limit of one request."""

    def __init__(self, seconds: float) -> None:
        self.seconds = seconds
        self._end = time.monotonic() + seconds

    @property
    def remaining(self) -> float:
        """Seconds, at least a moment: zero would mean "do not wait" to a socket."""
        return max(0.001, self._end - time.monotonic())

    @property
    def expired(self) -> bool:
        """Whether the time is up."""
        return time.monotonic() >= self._end


def make_context(ca_path: str | None) -> ssl.SSLContext:
    """TLS settings. Trusted is ``ca_path``, or the system; where the system has no bundle, the one of requests."""
    if ca_path:
        folder = os.path.isdir(ca_path)
        context = ssl.create_default_context(cafile=None if folder else ca_path, capath=ca_path if folder else None)
    else:
        context = ssl.create_default_context()
        paths = ssl.get_default_verify_paths()
        if paths.cafile is None and paths.capath is None:
            with contextlib.suppress(ImportError):
                from requests.certs import where  # type: ignore[attr-defined]

                context.load_verify_locations(where())
    # Newer Pythons refuse private authorities without certain extensions; Dynatrace does not.
    context.verify_flags &= ~getattr(ssl, "VERIFY_X509_STRICT", 0)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    context.set_alpn_protocols(["http/1.1"])
    return context


def connect(
    url: str, where: Property | str, connect_options: ConnectOptions, deadline: Deadline, findings: Findings
) -> ssl.SSLSocket:
    """A TLS connection to the host of a URL.

    :param where: the property or the option with the URL.
    :raises CheckAborted: with the finding that says which step failed.
    """
    parts = urlsplit(url)
    host, port = _ascii(parts.hostname or ""), parts.port or 443
    facts: dict[str, Any] = {"host": host, "port": port}
    if connect_options.proxy:
        facts["proxy"] = True
        plain = _through_proxy(urlsplit(connect_options.proxy.strip()), host, port, deadline, findings, where)
    else:
        plain = _connect(host, port, deadline, findings, where)
        facts["address"] = plain.getpeername()[0]
    try:
        plain.settimeout(deadline.remaining)
        secure = handshake(plain, host, make_context(connect_options.ca_path), deadline.seconds, findings, where)
    except BaseException:
        plain.close()
        raise
    certificate = secure.getpeercert() or {}
    ends = str(certificate.get("notAfter", ""))
    days = int((ssl.cert_time_to_seconds(ends) - time.time()) // 86400) if ends else None
    facts |= {"tls": secure.version(), "certificate_ends": ends, "certificate_days_left": days}
    if (host, port) not in findings.seen:
        findings.seen.add((host, port))
        findings.facts.setdefault("connections", []).append(facts)
        route = "through the proxy" if connect_options.proxy else f"at {facts['address']}"
        findings.add("reached", where, f"{host}:{port} {route}, {facts['tls']}, certificate valid for {days} days")
        if days is not None and days < connect_options.expiry_days:
            findings.add("tls_expires_soon", where, f"the certificate of {host} expires in {days} days ({ends})")
    return secure


def check_connection(
    url: str, where: Property | str, connect_options: ConnectOptions, findings: Findings, *, wait: bool = True
) -> None:
    """Connect and send nothing.

    :param wait: also wait for a TLS alert, which a request would show otherwise.

    :raises CheckAborted: with the finding that says which step failed.
    """
    start = time.monotonic()
    secure = connect(url, where, connect_options, Deadline(connect_options.timeout), findings)
    patience = min(_LONGEST_ALERT_WAIT, max(_SHORTEST_ALERT_WAIT, 2 * (time.monotonic() - start)))
    try:
        if wait:
            wait_for_alert(secure, patience, findings, where)
    finally:
        secure.close()


def _ascii(host: str) -> str:
    return host if ":" in host else host.encode("idna").decode("ascii")


def _connect(host: str, port: int, deadline: Deadline, findings: Findings, where: Property | str) -> socket.socket:
    try:
        addresses = _resolve(host, port, deadline)
    except queue.Empty:
        text = f"the DNS server did not return an address for {host} within {deadline.seconds:g} s"
        raise findings.abort("name_timeout", where, text) from None
    except (OSError, UnicodeError):
        raise findings.abort("name_unknown", where, f"the host name {host} cannot be resolved") from None
    failures: list[OSError] = []
    for number, (family, kind, protocol, _name, address) in enumerate(addresses):
        plain = socket.socket(family, kind, protocol)
        # An address that drops everything leaves time for the others.
        plain.settimeout(deadline.remaining / (len(addresses) - number))
        try:
            plain.connect(address)
        except OSError as error:
            plain.close()
            failures.append(error)
            continue
        return plain
    place = f"{host}:{port}"
    if any(isinstance(error, ConnectionRefusedError) for error in failures):
        raise findings.abort("tcp_refused", where, f"nothing listens at {place}")
    if any(isinstance(error, TimeoutError) for error in failures):
        raise findings.abort("tcp_timeout", where, f"no connection to {place} within {deadline.seconds:g} s")
    raise findings.abort("tcp_unreachable", where, f"there is no route to {place}")


def _resolve(host: str, port: int, deadline: Deadline) -> list[Any]:
    """``getaddrinfo`` with a time limit.

    :raises queue.Empty: the time is up.
    """
    box: queue.Queue[list[Any] | Exception] = queue.Queue()

    def resolve() -> None:
        try:
            box.put(socket.getaddrinfo(host, port, type=socket.SOCK_STREAM))
        except (OSError, UnicodeError) as error:
            box.put(error)

    threading.Thread(target=resolve, daemon=True).start()
    response = box.get(timeout=deadline.remaining)
    if isinstance(response, Exception):
        raise response
    return response


def _through_proxy(
    proxy: SplitResult, host: str, port: int, deadline: Deadline, findings: Findings, where: Property | str
) -> socket.socket:
    """A tunnel. What goes wrong up to the proxy is reported for the option ``proxy``."""
    own = Findings(findings.endpoint)
    address = f"{proxy.hostname}:{proxy.port or 80}"
    try:
        plain = _connect(_ascii(proxy.hostname or ""), proxy.port or 80, deadline, own, "proxy")
    except Exception:
        if not own.found:
            raise
        raise findings.abort("proxy_unreachable", "proxy", f"the proxy {address}: {own.found[0].message}") from None
    status = _open_tunnel(plain, proxy, host, port, deadline)
    if status == 200:
        return plain
    plain.close()
    if status == 407:
        text = f"the proxy {address} requires a user name and a password, or rejects the given ones (407)"
        raise findings.abort("proxy_credentials", "proxy", text)
    if status is None:
        raise findings.abort("proxy_unreachable", "proxy", f"the server at {address} is not an HTTP proxy")
    text = f"the proxy {address} does not open a tunnel to {host}:{port} (status {status})"
    raise findings.abort("proxy_refused", where, text)


def _open_tunnel(plain: socket.socket, proxy: SplitResult, host: str, port: int, deadline: Deadline) -> int | None:
    """Ask a proxy for a tunnel: 200, the status that it refused with, or ``None`` if the response is not HTTP."""
    connection = http.client.HTTPConnection(proxy.hostname or "", proxy.port or 80)
    # The connection is there already, made within the deadline.
    connection._create_connection = lambda *_args, **_more: plain  # type: ignore[attr-defined]
    headers = {"Host": f"[{host}]:{port}" if ":" in host else f"{host}:{port}"}
    if proxy.username:
        login = f"{unquote(proxy.username)}:{unquote(proxy.password or '')}".encode()
        headers["Proxy-Authorization"] = "Basic " + base64.b64encode(login).decode("ascii")
    connection.set_tunnel(host, port, headers)
    try:
        with watched(plain, deadline):
            connection.connect()
    except (OSError, http.client.HTTPException, ValueError) as error:
        refused = _TUNNEL_STATUS.search(str(error))
        return int(refused[1]) if refused else None
    return 200


@contextlib.contextmanager
def watched(connection: socket.socket, deadline: Deadline) -> Iterator[None]:
    """Closes a connection when its time is up. Single bytes would never exceed the timeout of a socket."""

    def end() -> None:
        with contextlib.suppress(OSError):
            # Not the method of a TLS socket, which would interfere with the other thread that is reading.
            socket.socket.shutdown(connection, socket.SHUT_RDWR)

    connection.settimeout(deadline.remaining)
    timer = threading.Timer(deadline.remaining, end)
    timer.daemon = True
    timer.start()
    try:
        yield
    finally:
        timer.cancel()
