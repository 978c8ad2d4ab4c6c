# Copyright (c) 2026, community.dynatrace contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""ASGI middleware: logs every request, applies a fault if one is due, sends the response."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any
from urllib.parse import parse_qsl

from .control_access import ControlAccess
from .faults import Fault, Faults
from .request_log import RequestLog, body_summary
from .requests import MAX_BODY
from .responses import Connection, RawResponse, Receive, Send, corrupted, replacement

log = logging.getLogger("settings_api_simulator")

# Bytes of the path and the query that web servers in front of an application accept by default: 8 KB.
_MAX_REQUEST_LINE = 8000
_REPLACED = ("status", "html", "redirect", "delete_refused")


App = Callable[[MutableMapping[str, Any], Receive, Send], Awaitable[None]]


class Middleware:
    """ASGI middleware around the whole application."""

    def __init__(
        self,
        app: App,
        environment_of: Callable[[str], str | None],
        requests: RequestLog,
        faults: Faults,
        access: ControlAccess,
    ) -> None:
        self._app = app
        self._access = access
        self._environment_of = environment_of
        self._requests = requests
        self._faults = faults

    async def __call__(self, scope: MutableMapping[str, Any], receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            return
        connection = Connection(scope, receive, send)
        headers = {name.decode("latin-1").lower(): value.decode("latin-1") for name, value in scope["headers"]}
        query = parse_qsl(scope["query_string"].decode("latin-1"), keep_blank_values=True)
        path, method = scope["path"], scope["method"]
        body = await _body(receive)
        if body is None:
            return  # the client went away while it was sending: nothing was done
        if path == "/_simulator" or path.startswith("/_simulator/"):
            client = scope.get("client")
            refusal = self._access.refusal(str(client[0]) if client else None, headers, bool(body))
            if refusal is not None:
                await connection.send(RawResponse.of_json(refusal[0], {"error": refusal[1]}))
                return
            await connection.send(await self._run(scope, body))
            return
        environment = self._environment_of(path)
        entry = self._requests.open(method, path, query, environment, headers)
        entry["body"] = body_summary(body)
        started = time.perf_counter()

        scope["simulator.entry"] = entry

        async def handle() -> RawResponse:
            if len(scope.get("raw_path") or b"") + len(scope["query_string"]) > _MAX_REQUEST_LINE:
                return RawResponse(414, b"<html><h1>414 Request-URI Too Large</h1></html>", "text/html")
            return await self._run(scope, body)

        fault = self._faults.pick(method, path, environment)
        entry["fault"] = fault.action if fault is not None else None
        try:
            if fault is not None and fault.when == "inside":
                scope["simulator.fault"] = fault
                await self._send(connection, await handle(), entry)
            elif fault is None:
                await self._send(connection, await handle(), entry)
            else:
                await self._apply_fault(fault, connection, handle, entry)
        finally:
            entry["seconds"] = round(time.perf_counter() - started, 4)
            log.info("%s %s %s fault=%s", method, path, entry["status"], entry["fault"])

    async def _apply_fault(
        self, fault: Fault, connection: Connection, handle: Callable[[], Awaitable[RawResponse]], entry: dict[str, Any]
    ) -> None:
        response: RawResponse | None = await handle() if fault.when == "after" else None
        if fault.action == "delay":
            await asyncio.sleep(fault.seconds or 1)
            await self._send(connection, response or await handle(), entry)
        elif fault.action == "hang":
            await connection.hang(fault.seconds)
        elif fault.action == "drop":
            await connection.drop()
        elif fault.action in _REPLACED:
            await self._send(connection, replacement(fault), entry)
        else:
            base = response if response is not None else RawResponse.of_json(200, {})
            await self._send(connection, corrupted(base, fault), entry)

    async def _send(self, connection: Connection, response: RawResponse, entry: dict[str, Any]) -> None:
        # Noted before it is sent: a client that has its answer finds the request in the log.
        entry["status"] = response.status
        entry["answered"] = True
        await connection.send(response)

    async def _run(self, scope: MutableMapping[str, Any], body: bytes) -> RawResponse:
        """The reply of the application, collected instead of sent.

        No handler waits between its first and its last step, so requests are carried out one after the other.
        """
        response = RawResponse(500)
        parts: list[bytes] = []

        async def receive() -> MutableMapping[str, Any]:
            return {"type": "http.request", "body": body, "more_body": False}

        async def send(message: MutableMapping[str, Any]) -> None:
            if message["type"] == "http.response.start":
                response.status = message["status"]
                found = {name.decode("latin-1"): value.decode("latin-1") for name, value in message["headers"]}
                found.pop("content-length", None)
                response.content_type = found.pop("content-type", "")
                response.headers = found
            elif message["type"] == "http.response.body":
                parts.append(message.get("body", b""))

        try:
            await self._app(scope, receive, send)
        except Exception as error:  # a mistake of the simulator; its text could hold a secret, its type cannot
            where = error.__traceback__
            while where is not None and where.tb_next is not None:
                where = where.tb_next
            place = f"{where.tb_frame.f_code.co_filename}:{where.tb_lineno}" if where is not None else "?"
            log.error("simulator error: %s at %s", type(error).__name__, place)
            return RawResponse.of_json(
                500, {"error": {"code": 500, "message": "Internal Server Error occurred (simulator)"}}
            )
        response.body = b"".join(parts)
        return response


async def _body(receive: Receive) -> bytes | None:
    """The body, of which no more is kept than is needed to see that it is too large."""
    chunks: list[bytes] = []
    size = 0
    while True:
        message = await receive()
        if message["type"] == "http.disconnect":
            return None
        chunk = message.get("body", b"")
        if size <= MAX_BODY:
            chunks.append(chunk)
        size += len(chunk)
        if not message.get("more_body", False):
            return b"".join(chunks)
