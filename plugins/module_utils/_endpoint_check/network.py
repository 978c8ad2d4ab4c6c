# Copyright (c) 2026, community.dynatrace contributors
# SPDX-License-Identifier: BSD-2-Clause

"""The way to a far end, one step after the other: name, TCP, proxy, TLS. Needs nothing but Python."""

from __future__ import annotations

import base64
import contextlib
import os
import queue
import socket
import ssl
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import SplitResult, unquote, urlsplit

from .findings import Findings
from .handshake import handshake, listen

_LONGEST_HEAD = 65536
# Seconds; an objection takes one way there and back, the handshake before it took two or three.
_LEAST_LISTENING = 0.05
_LONGEST_LISTENING = 2.0


@dataclass(frozen=True)
class Means:
    """How a check reaches far ends.

    :param timeout: seconds for one exchange, from the name to the last byte of the answer.
    :param ca_path: file or folder with the authorities to trust instead of those of the system.
    :param expiry_days: a certificate that is valid for fewer days is worth a warning.
    """

    timeout: float = 30.0
    proxy: str | None = field(default=None, repr=False)
    ca_path: str | None = None
    expiry_days: int = 30
    user_agent: str = "community.dynatrace"


class Clock:
    """What is left of the time for one exchange."""

    def __init__(self, seconds: float) -> None:
        self.seconds = seconds
        self._end = time.monotonic() + seconds

    @property
    def left(self) -> float:
        """Seconds, at least a moment: zero would mean "do not wait" to a socket."""
        return max(0.001, self._end - time.monotonic())

    @property
    def over(self) -> bool:
        """Whether the time is up."""
        return time.monotonic() >= self._end


def make_context(ca_path: str | None) -> ssl.SSLContext:
    """Whom to trust: ``ca_path``, or the system; where the system has no bundle, the one of requests."""
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
    return context


def dial(url: str, option: str, means: Means, clock: Clock, findings: Findings) -> ssl.SSLSocket:
    """A TLS connection to the host of a URL.

    :param option: where the URL was written.
    :raises Ended: with the finding that says which step failed.
    """
    parts = urlsplit(url)
    host, port = _ascii(parts.hostname or ""), parts.port or 443
    facts: dict[str, Any] = {"host": host, "port": port}
    if means.proxy:
        facts["proxy"] = True
        plain = _through_proxy(urlsplit(means.proxy.strip()), host, port, clock, findings, option)
    else:
        plain = _connect(host, port, clock, findings, option)
        facts["address"] = plain.getpeername()[0]
    try:
        secure = handshake(plain, host, make_context(means.ca_path), clock.left, findings, option)
    except BaseException:
        plain.close()
        raise
    certificate = secure.getpeercert() or {}
    ends = str(certificate.get("notAfter", ""))
    days = int((ssl.cert_time_to_seconds(ends) - time.time()) // 86400) if ends else None
    facts |= {"tls": secure.version(), "certificate_ends": ends, "certificate_days_left": days}
    if (host, port) not in findings.seen:
        findings.seen.add((host, port))
        findings.facts.setdefault("reached", []).append(facts)
        way = "through the proxy" if means.proxy else f"at {facts['address']}"
        findings.add("reached", option, f"{host}:{port} {way}, {facts['tls']}, certificate valid for {days} days")
        if days is not None and days < means.expiry_days:
            findings.add("tls_expires_soon", option, f"the certificate of {host} expires in {days} days ({ends})")
    return secure


def probe(url: str, option: str, means: Means, findings: Findings) -> None:
    """Connect, send nothing, and hear whether the far end objects: in TLS 1.3 it does so after the handshake only.

    :raises Ended: with the finding that says which step failed.
    """
    start = time.monotonic()
    secure = dial(url, option, means, Clock(means.timeout), findings)
    patience = min(_LONGEST_LISTENING, max(_LEAST_LISTENING, 2 * (time.monotonic() - start)))
    try:
        listen(secure, patience, findings, option)
    finally:
        secure.close()


def _ascii(host: str) -> str:
    return host if ":" in host else host.encode("idna").decode("ascii")


def _connect(host: str, port: int, clock: Clock, findings: Findings, option: str) -> socket.socket:
    try:
        addresses = _resolve(host, port, clock)
    except queue.Empty:
        text = f"the name service did not tell the address of {host} within {clock.seconds:g} s"
        raise findings.end("name_timeout", option, text) from None
    except (OSError, UnicodeError):
        raise findings.end("name_unknown", option, f"the host name {host} is not known") from None
    failures: list[OSError] = []
    for number, (family, kind, protocol, _name, address) in enumerate(addresses):
        plain = socket.socket(family, kind, protocol)
        # An address that swallows everything leaves time for the others.
        plain.settimeout(clock.left / (len(addresses) - number))
        try:
            plain.connect(address)
        except OSError as error:
            plain.close()
            failures.append(error)
            continue
        return plain
    where = f"{host}:{port}"
    if any(isinstance(error, ConnectionRefusedError) for error in failures):
        raise findings.end("tcp_refused", option, f"nothing listens at {where}")
    if any(isinstance(error, TimeoutError) for error in failures):
        raise findings.end("tcp_timeout", option, f"no connection to {where} within {clock.seconds:g} s")
    raise findings.end("tcp_unreachable", option, f"there is no way to {where}")


def _resolve(host: str, port: int, clock: Clock) -> list[Any]:
    """``getaddrinfo`` with a time limit, which it has not.

    :raises queue.Empty: time is up.
    """
    box: queue.Queue[list[Any] | Exception] = queue.Queue()

    def ask() -> None:
        try:
            box.put(socket.getaddrinfo(host, port, type=socket.SOCK_STREAM))
        except (OSError, UnicodeError) as error:
            box.put(error)

    threading.Thread(target=ask, daemon=True).start()
    answer = box.get(timeout=clock.left)
    if isinstance(answer, Exception):
        raise answer
    return answer


def _through_proxy(
    proxy: SplitResult, host: str, port: int, clock: Clock, findings: Findings, option: str
) -> socket.socket:
    """A tunnel. Only ``proxy`` is blamed for the way to the proxy."""
    own = Findings(findings.export, [])
    at = f"{proxy.hostname}:{proxy.port or 80}"
    try:
        plain = _connect(_ascii(proxy.hostname or ""), proxy.port or 80, clock, own, "proxy")
    except Exception:
        if not own.found:
            raise
        raise findings.end("proxy_unreachable", "proxy", f"the proxy {at}: {own.found[0].message}") from None
    try:
        status = _open_tunnel(plain, proxy, f"[{host}]:{port}" if ":" in host else f"{host}:{port}", clock)
        if status == 407:
            text = f"the proxy {at} refuses its user name or password, or wants them (407)"
            raise findings.end("proxy_credentials", "proxy", text)
        if status is None:
            raise findings.end("proxy_unreachable", "proxy", f"what answers at {at} is not an HTTP proxy")
        if not 200 <= status < 300:
            text = f"the proxy {at} opens no tunnel to {host}:{port} (status {status})"
            raise findings.end("proxy_refused", option, text)
    except BaseException:
        plain.close()
        raise
    return plain


def _open_tunnel(plain: socket.socket, proxy: SplitResult, target: str, clock: Clock) -> int | None:
    """The status of the answer to CONNECT, ``None`` if there is none."""
    lines = [f"CONNECT {target} HTTP/1.1", f"Host: {target}"]
    if proxy.username:
        login = f"{unquote(proxy.username)}:{unquote(proxy.password or '')}".encode()
        lines.append(f"Proxy-Authorization: Basic {base64.b64encode(login).decode('ascii')}")
    try:
        with watched(plain, clock):
            plain.sendall("\r\n".join([*lines, "", ""]).encode("latin-1"))
            head = b""
            # Byte by byte: what follows belongs to TLS.
            while not head.endswith(b"\r\n\r\n"):
                part = plain.recv(1)
                if not part or len(head) > _LONGEST_HEAD:
                    return None
                head += part
    except OSError:
        return None
    words = head.split(b"\r\n", 1)[0].split()
    return int(words[1]) if len(words) > 1 and words[0].startswith(b"HTTP/1.") and words[1].isdigit() else None


@contextlib.contextmanager
def watched(connection: socket.socket, clock: Clock) -> Iterator[None]:
    """Ends a connection when time is up: a drip of single bytes never runs into the time-out of a socket."""

    def end() -> None:
        with contextlib.suppress(OSError):
            # Not the method of a TLS socket, which would meddle with what the other thread is reading.
            socket.socket.shutdown(connection, socket.SHUT_RDWR)

    connection.settimeout(clock.left)
    timer = threading.Timer(clock.left, end)
    timer.daemon = True
    timer.start()
    try:
        yield
    finally:
        timer.cancel()
