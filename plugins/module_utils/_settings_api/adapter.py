# Copyright (c) 2026, community.dynatrace contributors
# SPDX-License-Identifier: BSD-2-Clause

"""What requests sends with: bundled authorities that are read once, and a deadline. Imports requests at first use.

Environments of one cluster share its address. A run that processes many environments keeps connections for them.
"""

from __future__ import annotations

import contextlib
import io
import math
import os
import ssl
import threading
import time
from collections.abc import Hashable, Iterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

if TYPE_CHECKING:
    from requests.adapters import HTTPAdapter

    from .connection import Connection

# Servers close connections that are idle. One that was used just now is most likely still open.
_FRESH_SECONDS = 2.0
_bundled: ssl.SSLContext | None = None


def preload() -> None:
    """Read the authorities that come with requests once, for every connection made after this: it takes 15 to 30 ms."""
    global _bundled
    from requests.certs import where  # type: ignore[attr-defined]
    from urllib3.util.ssl_ import create_urllib3_context

    context = create_urllib3_context()
    context.load_verify_locations(where())
    _bundled = context


class TooSlowError(TimeoutError):
    """The time of a request is over, although something arrives again and again."""


class Deadline:
    """The moment at which a request has taken too long altogether."""

    def __init__(self) -> None:
        self._ends = math.inf

    def start(self, seconds: float) -> None:
        """Another request begins."""
        self._ends = time.monotonic() + seconds

    @property
    def over(self) -> bool:
        """Whether the deadline has passed."""
        return time.monotonic() > self._ends


@dataclass(frozen=True)
class Link:
    """An adapter and its deadline. Only one thread uses it at a time."""

    adapter: HTTPAdapter
    deadline: Deadline


@dataclass
class _Idle:
    """Unused connections, by what they can be used for, with the time of their last use."""

    most: int = 0
    each: int | None = None
    lock: threading.Lock = field(default_factory=threading.Lock)
    links: list[tuple[Hashable, float, Link]] = field(default_factory=list)


_idle = _Idle()


@contextlib.contextmanager
def kept_connections(most: int, environments: int = 1) -> Iterator[None]:
    """Keep up to this number of connections, so that the next environment at the same address can use one.

    :param environments: how many are processed at the same time. They share the number of connections.
    """
    _idle.most, _idle.each = most, max(1, most // max(1, min(most, environments)))
    try:
        yield
    finally:
        _idle.most, _idle.each = 0, None
        with _idle.lock:
            unused, _idle.links[:] = list(_idle.links), []
        for _key, _since, link in unused:
            link.adapter.close()


def connections_for_reads(most: int) -> int:
    """Return how many connections one environment may use at the same time, up to a number."""
    return most if _idle.each is None else min(most, _idle.each)


def take_link(connection: Connection) -> Link:
    """Return a link that was used for the same address in the same way, or a new one."""
    key, now = _key(connection), time.monotonic()
    with _idle.lock:
        for index in range(len(_idle.links) - 1, -1, -1):
            if _idle.links[index][0] == key and now - _idle.links[index][1] < _FRESH_SECONDS:
                return _idle.links.pop(index)[2]
    deadline = Deadline()
    return Link(make_adapter(connection, deadline), deadline)


def give_back(connection: Connection, link: Link) -> None:
    """Keep a link whose last response was read as a whole, or close it."""
    now = time.monotonic()
    stale: list[Link] = []
    with _idle.lock:
        if len(_idle.links) >= _idle.most:
            stale = [one for _key, since, one in _idle.links if now - since >= _FRESH_SECONDS]
            _idle.links[:] = [one for one in _idle.links if now - one[1] < _FRESH_SECONDS]
        if len(_idle.links) < _idle.most:
            _idle.links.append((_key(connection), now, link))
        else:
            stale.append(link)
    for one in stale:
        one.adapter.close()


def _key(connection: Connection) -> Hashable:
    """Everything that a connection depends on. Credentials are sent with each request.

    The process is a part of it: two that are forked from one would use its connections at the same time.
    """
    parts = urlsplit(connection.api_url)
    files = (connection.ca_path, connection.client_cert, connection.client_key)
    return os.getpid(), parts.scheme, parts.netloc, connection.validate_certs, files, connection.proxy


class _TimedReader(io.RawIOBase):
    """A socket that is read until a deadline: a time-out holds only between two pieces, however small they are."""

    def __init__(self, raw: Any, deadline: Deadline) -> None:
        super().__init__()
        self._raw = raw
        self._deadline = deadline

    def readable(self) -> bool:
        """See the base class."""
        return True

    def readinto(self, buffer: Any) -> int | None:
        """The next piece.

        :raises TooSlowError: the time is over.
        """
        if self._deadline.over:
            raise TooSlowError
        count: int | None = self._raw.readinto(buffer)
        return count

    def close(self) -> None:
        """Close the socket's end too."""
        self._raw.close()
        super().close()


def make_adapter(connection: Connection, deadline: Deadline) -> HTTPAdapter:
    """What requests sends with: within a deadline, and with the authorities of ``preload`` unless options name some."""
    from http.client import HTTPResponse

    from requests.adapters import HTTPAdapter
    from urllib3.connection import HTTPConnection, HTTPSConnection
    from urllib3.connectionpool import HTTPConnectionPool, HTTPSConnectionPool

    class Response(HTTPResponse):
        def __init__(self, sock: Any, *args: Any, **more: Any) -> None:
            super().__init__(sock, *args, **more)
            self.fp = io.BufferedReader(_TimedReader(self.fp.detach(), deadline))

    class Plain(HTTPConnection):
        response_class = Response

    class Tls(HTTPSConnection):
        response_class = Response

    class PlainPool(HTTPConnectionPool):
        ConnectionCls = Plain

    class TlsPool(HTTPSConnectionPool):
        ConnectionCls = Tls

    own = connection.ca_path or connection.client_cert or connection.proxy or not connection.validate_certs
    context = None if own else _bundled

    class Adapter(HTTPAdapter):
        def init_poolmanager(self, *args: Any, **more: Any) -> None:
            if context is not None:
                more["ssl_context"] = context
            super().init_poolmanager(*args, **more)
            self.poolmanager.pool_classes_by_scheme = {"http": PlainPool, "https": TlsPool}

        def proxy_manager_for(self, *args: Any, **more: Any) -> Any:
            manager = super().proxy_manager_for(*args, **more)
            manager.pool_classes_by_scheme = {"http": PlainPool, "https": TlsPool}
            return manager

        def cert_verify(self, conn: Any, url: Any, verify: Any, cert: Any) -> None:
            super().cert_verify(conn, url, verify, cert)  # type: ignore[no-untyped-call]
            if context is not None:
                # Certificates are required, as before; the authorities are in the context already.
                conn.ca_certs = None

    return Adapter()
