# Copyright (c) 2026, community.dynatrace contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""The HTTP server process: its socket, its ready file, its end."""

from __future__ import annotations

import asyncio
import json
import socket
import ssl
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import uvicorn
from uvicorn.protocols.http.h11_impl import H11Protocol

from .daemon import is_running
from .middleware import Middleware
from .state import write_private


class TellingProtocol(H11Protocol):
    """Puts the connection's transport into the state of every request, so that a fault can break it."""

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        self.app_state = {**self.app_state, "transport": transport}


class Server(uvicorn.Server):
    """Says when it is ready, and ends by itself after a time or with its parent."""

    def __init__(
        self,
        config: uvicorn.Config,
        on_ready: Callable[[], None],
        stop_after: float | None = None,
        parent: int | None = None,
    ) -> None:
        super().__init__(config)
        self._on_ready = on_ready
        self._end = None if stop_after is None else time.monotonic() + stop_after
        self._parent = parent

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets=sockets)
        if self.started:
            self._on_ready()

    async def on_tick(self, counter: int) -> bool:
        if self._end is not None and time.monotonic() >= self._end:
            return True
        if self._parent is not None and counter % 10 == 0 and not is_running(self._parent):
            return True
        return await super().on_tick(counter)


def listen(host: str, port: int) -> socket.socket:
    """:raises OSError: the address cannot be had."""
    family, kind, protocol, _name, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
    found = socket.socket(family, kind, protocol)
    found.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        found.bind(address)
    except OSError:
        found.close()
        raise
    return found


def configuration(
    app: Middleware, log_level: str, cert: Path | None, key: Path | None, client_ca: Path | None
) -> uvicorn.Config:
    """How uvicorn is to run: one process, plain h11, no access log of its own (it would show query strings)."""
    return uvicorn.Config(
        app,
        http=TellingProtocol,
        ws="none",
        lifespan="off",
        loop="asyncio",
        log_config=None,
        log_level=log_level,
        access_log=False,
        server_header=False,
        proxy_headers=False,
        timeout_keep_alive=30,
        timeout_graceful_shutdown=1,
        ssl_certfile=str(cert) if cert else None,
        ssl_keyfile=str(key) if key else None,
        ssl_ca_certs=str(client_ca) if client_ca else None,
        ssl_cert_reqs=ssl.CERT_REQUIRED if client_ca else ssl.CERT_NONE,
    )


def write_ready_file(path: Path, content: dict[str, Any]) -> None:
    """The ready file holds tokens: only its owner may read it."""
    write_private(path, json.dumps(content, indent=2) + "\n")
