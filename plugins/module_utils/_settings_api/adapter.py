# Copyright (c) 2026, community.dynatrace contributors
# SPDX-License-Identifier: BSD-2-Clause

"""What requests sends with: bundled authorities that are read once, and a deadline. Imports requests at first use."""

from __future__ import annotations

import io
import math
import ssl
import time
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from requests.adapters import HTTPAdapter

    from .connection import Connection

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
        """Whether it has come."""
        return time.monotonic() > self._ends


class _TimedReader(io.RawIOBase):
    """A socket that is read until a deadline: a time-out holds only between two pieces, however small they are."""

    def __init__(self, raw: Any, deadline: Deadline) -> None:
        super().__init__()
        self._raw = raw
        self._deadline = deadline

    def readable(self) -> bool:
        """It is."""
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
