# Copyright (c) 2026, community.dynatrace contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Every request comes in here: logged, hit by a fault if one is due, answered."""

from __future__ import annotations

import asyncio
import logging
import re
import time
from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any
from urllib.parse import parse_qsl

from .calls import MAX_BODY
from .faults import Fault, Faults
from .replies import Receive, Reply, Send, Wire, instead, spoiled
from .requestlog import RequestLog, body_summary

log = logging.getLogger("settings_api_simulator")

_INSTEAD = ("status", "html", "redirect")
_LOOPBACK = re.compile(r"127\..*|::1|::ffff:127\..*|localhost")


App = Callable[[MutableMapping[str, Any], Receive, Send], Awaitable[None]]


class Gate:
    """ASGI middleware around the whole application."""

    def __init__(
        self, app: App, environment_of: Callable[[str], str | None], requests: RequestLog, faults: Faults
    ) -> None:
        self._app = app
        self._environment_of = environment_of
        self._requests = requests
        self._faults = faults

    async def __call__(self, scope: MutableMapping[str, Any], receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            return
        wire = Wire(scope, receive, send)
        headers = {name.decode("latin-1").lower(): value.decode("latin-1") for name, value in scope["headers"]}
        query = parse_qsl(scope["query_string"].decode("latin-1"), keep_blank_values=True)
        path, method = scope["path"], scope["method"]
        body = await _body(receive)
        if body is None:
            return  # the client went away while it was sending: nothing was done
        if path == "/_simulator" or path.startswith("/_simulator/"):
            client = scope.get("client")
            if client is not None and not _LOOPBACK.fullmatch(str(client[0])):
                await wire.send(Reply.of_json(403, {"error": "the control endpoint is for this machine only"}))
                return
            await wire.send(await self._run(scope, body))
            return
        environment = self._environment_of(path)
        entry = self._requests.open(method, path, query, environment, headers)
        entry["body"] = body_summary(body)
        started = time.perf_counter()

        scope["simulator.entry"] = entry

        async def handle() -> Reply:
            return await self._run(scope, body)

        fault = self._faults.pick(method, path, environment)
        entry["fault"] = fault.action if fault is not None else None
        try:
            if fault is None:
                await self._send(wire, await handle(), entry)
            else:
                await self._misbehave(fault, wire, handle, entry)
        finally:
            entry["seconds"] = round(time.perf_counter() - started, 4)
            log.info("%s %s %s fault=%s", method, path, entry["status"], entry["fault"])

    async def _misbehave(
        self, fault: Fault, wire: Wire, handle: Callable[[], Awaitable[Reply]], entry: dict[str, Any]
    ) -> None:
        reply: Reply | None = await handle() if fault.when == "after" else None
        if fault.action == "delay":
            await asyncio.sleep(fault.seconds or 1)
            await self._send(wire, reply or await handle(), entry)
        elif fault.action == "hang":
            await wire.hang(fault.seconds)
        elif fault.action == "drop":
            await wire.drop()
        elif fault.action in _INSTEAD:
            await self._send(wire, instead(fault), entry)
        else:
            base = reply if reply is not None else Reply.of_json(200, {})
            await self._send(wire, spoiled(base, fault), entry)

    async def _send(self, wire: Wire, reply: Reply, entry: dict[str, Any]) -> None:
        # Noted before it is sent: a client that has its answer finds the request in the log.
        entry["status"] = reply.status
        entry["answered"] = True
        await wire.send(reply)

    async def _run(self, scope: MutableMapping[str, Any], body: bytes) -> Reply:
        """The reply of the application, collected instead of sent.

        No handler waits between its first and its last step, so requests are carried out one after the other.
        """
        reply = Reply(500)
        parts: list[bytes] = []

        async def receive() -> MutableMapping[str, Any]:
            return {"type": "http.request", "body": body, "more_body": False}

        async def send(message: MutableMapping[str, Any]) -> None:
            if message["type"] == "http.response.start":
                reply.status = message["status"]
                found = {name.decode("latin-1"): value.decode("latin-1") for name, value in message["headers"]}
                found.pop("content-length", None)
                reply.content_type = found.pop("content-type", "")
                reply.headers = found
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
            return Reply.of_json(500, {"error": {"code": 500, "message": "Internal Server Error occurred (simulator)"}})
        reply.body = b"".join(parts)
        return reply


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
