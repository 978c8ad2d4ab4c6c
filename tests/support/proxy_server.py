# Copyright (c) 2026, community.dynatrace contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""A real proxy on loopback, for tests on the wire."""

from __future__ import annotations

import contextlib
import select
import socket
import ssl
from collections.abc import Iterator
from dataclasses import dataclass, field
from urllib.parse import urlsplit

from ansible_collections.community.dynatrace.tests.support.byte_server import (
    Line,
    serving,
)


@dataclass
class Proxy:
    """A real proxy: it forwards http, tunnels CONNECT, and sees what a proxy sees."""

    line: Line
    requests: list[bytes] = field(default_factory=list)

    def url(self, user: str = "") -> str:
        return self.line.url.replace("//", f"//{user}@" if user else "//")


@contextlib.contextmanager
def proxying(tls: ssl.SSLContext | None = None) -> Iterator[Proxy]:
    """A proxy, reached by TLS if a context is given."""
    seen: list[bytes] = []

    def talk(connection: socket.socket) -> None:
        request = seen[-1]
        method, target, _version = request.split(b"\r\n", 1)[0].decode().split(" ")
        parts = urlsplit(f"//{target}" if method == "CONNECT" else target)
        with socket.create_connection((parts.hostname, parts.port or 80), 5) as other:
            if method == "CONNECT":
                connection.sendall(b"HTTP/1.1 200 Connection established\r\n\r\n")
            else:
                other.sendall(request)
            _tunnel(connection, other)

    with serving(talk, tls) as line:
        line.requests = seen
        yield Proxy(line, seen)


def _tunnel(ours: socket.socket, theirs: socket.socket) -> None:
    """Carries bytes both ways until one side ends."""
    while True:
        # What TLS has decrypted already is not seen by select.
        waiting = [ours] if isinstance(ours, ssl.SSLSocket) and ours.pending() else []
        for source in waiting or select.select([ours, theirs], [], [], 5)[0] or [ours]:
            data = source.recv(65536)
            if not data:
                return
            (theirs if source is ours else ours).sendall(data)
