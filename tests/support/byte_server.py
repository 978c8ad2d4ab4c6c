# Copyright (c) 2026, community.dynatrace contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Servers on loopback that answer with given bytes, and a client of the Settings API that is pointed at them."""

from __future__ import annotations

import contextlib
import gzip
import socket
import ssl
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

import pytest
import trustme

from ansible_collections.community.dynatrace.plugins.module_utils._settings_api.client import SettingsClient
from ansible_collections.community.dynatrace.plugins.module_utils._settings_api.connection import (
    AccessToken,
    Connection,
)
from ansible_collections.community.dynatrace.plugins.module_utils._settings_api.errors import SettingsError

TOKEN = "dt0c01.AAAA.canary"
Talk = Callable[[socket.socket], object]


def hang_up(connection: Any) -> None:
    """A server that closes the connection without a word."""
    connection.close()


@dataclass
class Line:
    """A server that answers at the level of bytes, and the requests that reached it."""

    port: int
    scheme: str = "http"
    requests: list[bytes] = field(default_factory=list)

    @property
    def url(self) -> str:
        return f"{self.scheme}://127.0.0.1:{self.port}"

    @property
    def methods(self) -> list[str]:
        return [request.split(b" ", 1)[0].decode() for request in self.requests]


def read_request(connection: socket.socket) -> bytes:
    data = b""
    while b"\r\n\r\n" not in data:
        part = connection.recv(65536)
        if not part:
            return data
        data += part
        if data.startswith(b"\x16"):  # the beginning of TLS, where none is spoken
            return data
    head, _blank, body = data.partition(b"\r\n\r\n")
    length = next((int(one[15:]) for one in head.split(b"\r\n") if one.lower().startswith(b"content-length:")), 0)
    while len(body) < length:
        body += connection.recv(65536)
    return head + b"\r\n\r\n" + body


@contextlib.contextmanager
def serving(talk: Talk, tls: ssl.SSLContext | None = None) -> Iterator[Line]:
    """Answers each connection once, with `talk` after the request was read."""
    listener = socket.create_server(("127.0.0.1", 0))
    line = Line(listener.getsockname()[1], "https" if tls else "http")
    threads: list[threading.Thread] = []

    def serve_one(connection: socket.socket) -> None:
        with contextlib.suppress(OSError), connection:
            connection.settimeout(5)
            talking = tls.wrap_socket(connection, server_side=True) if tls else connection
            with contextlib.suppress(OSError), talking:
                request = read_request(talking)
                if request:
                    line.requests.append(request)
                    talk(talking)

    def accept() -> None:
        with contextlib.suppress(OSError):
            while True:
                connection, _peer = listener.accept()
                threads.append(threading.Thread(target=serve_one, args=(connection,), daemon=True))
                threads[-1].start()

    accepting = threading.Thread(target=accept, daemon=True)
    accepting.start()
    try:
        yield line
    finally:
        with contextlib.suppress(OSError):
            listener.shutdown(socket.SHUT_RDWR)
        listener.close()
        accepting.join(5)
        for thread in threads:
            thread.join(5)


def http(body: bytes = b'{"items": []}', *headers: str, status: str = "200 OK") -> bytes:
    lines = [f"HTTP/1.1 {status}", f"Content-Length: {len(body)}", "Content-Type: application/json", *headers]
    return "\r\n".join([*lines, "Connection: close", "", ""]).encode() + body


def says(*parts: bytes) -> Talk:
    return lambda connection: connection.sendall(b"".join(parts))


FINE = says(http())
CREATED = says(http(b'[{"code": 200, "objectId": "o"}]'))


@contextlib.contextmanager
def client(url: str, **more: Any) -> Iterator[SettingsClient]:
    with SettingsClient(Connection(url, AccessToken(TOKEN), **{"timeout": 2.0, "retry_timeout": 0.0, **more})) as made:
        yield made


def read(url: str, **more: Any) -> list[dict[str, Any]]:
    with client(url, **more) as made:
        return made.list_objects("builtin:a", fields=["objectId"])


def write(url: str, **more: Any) -> str | None:
    with client(url, **more) as made:
        return made.create_object({"schemaId": "builtin:a", "value": {}}).object_id


def failure(call: Callable[..., object], *args: Any, **more: Any) -> SettingsError:
    with pytest.raises(SettingsError) as caught:
        call(*args, **more)
    assert "canary" not in str(caught.value)
    assert "\n" not in str(caught.value)
    return caught.value


def server_side(authority: trustme.CA, name: str = "127.0.0.1", **more: Any) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert(name, **more).configure_cert(context)
    return context


def closed_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return int(listener.getsockname()[1])


BROKEN: dict[str, Talk] = {
    "closed before any answer": hang_up,
    "closed in the status line": says(b"HTTP/1.1 20"),
    "closed in the headers": says(b"HTTP/1.1 200 OK\r\nContent-Type: appl"),
    "closed in the body": says(http()[:-3]),
    "no HTTP": says(b"\x00\x01 rubbish\r\n\r\n"),
    "wrong gzip": says(http(b"no gzip", "Content-Encoding: gzip")),
    "half a gzip": says(http(gzip.compress(b'{"items": []}' * 99)[:20], "Content-Encoding: gzip")),
    "chunks that end": says(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n4\r\n{\"it\r\n"),
    "wrong chunks": says(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n"),
}  # fmt: skip
