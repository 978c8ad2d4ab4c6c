# Copyright (c) 2026, community.dynatrace contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""How a response is sent: whole, corrupted, a few bytes at a time, or not at all."""

from __future__ import annotations

import asyncio
import gzip
import json
from collections.abc import Awaitable, Callable, MutableMapping
from dataclasses import dataclass, field
from typing import Any

from .faults import Fault

Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]

LOGIN_PAGE = "<!DOCTYPE html><html><head><title>Sign in</title></head><body><h1>Sign in</h1></body></html>"
NOT_FOUND_PAGE = "<!DOCTYPE html><html><head><title>404</title></head><body><h1>Not found</h1></body></html>"

_TEXTS = {429: "Too many requests.", 500: "Internal Server Error occurred", 503: "Service unavailable"}
_HANG_SECONDS = 60 * 60.0


@dataclass
class RawResponse:
    """A reply before it is sent. ``keep`` bytes of it are sent when it is set, then the connection breaks."""

    status: int
    body: bytes = b""
    content_type: str = "application/json; charset=utf-8"
    headers: dict[str, str] = field(default_factory=dict)
    keep: int | None = None
    pause: float = 0
    piece: int | None = None

    @classmethod
    def of_json(cls, status: int, content: Any, headers: dict[str, str] | None = None) -> RawResponse:
        return cls(status, json.dumps(content).encode(), headers=dict(headers or {}))


class Connection:
    """One connection, as far as a reply needs it."""

    def __init__(self, scope: MutableMapping[str, Any], receive: Receive, send: Send) -> None:
        self._transport = (scope.get("state") or {}).get("transport")
        self._receive = receive
        self._send = send

    async def send(self, response: RawResponse) -> None:
        headers = {"content-type": response.content_type, **{k.lower(): v for k, v in response.headers.items()}}
        if response.status != 204:
            headers["content-length"] = str(len(response.body))
        else:
            del headers["content-type"]
        raw = [(name.encode("latin-1"), value.encode("latin-1")) for name, value in headers.items()]
        await self._send({"type": "http.response.start", "status": response.status, "headers": raw})
        body = response.body if response.keep is None else response.body[: response.keep]
        piece = response.piece or 65536
        for start in range(0, len(body), piece):
            if start and response.pause:
                await asyncio.sleep(response.pause)
            await self._send({"type": "http.response.body", "body": body[start : start + piece], "more_body": True})
        if response.keep is not None:
            await self._break(gently=True)
        else:
            await self._send({"type": "http.response.body", "body": b"", "more_body": False})

    async def drop(self) -> None:
        """Breaks the connection: the client sees a reset, and nothing of an answer."""
        await self._break(gently=False)

    async def hang(self, seconds: float | None) -> None:
        """Keeps the client waiting until it goes, or for so long; then the connection breaks."""
        try:
            await asyncio.wait_for(self._gone(), seconds or _HANG_SECONDS)
        except asyncio.TimeoutError:
            await self._break(gently=False)

    async def _break(self, *, gently: bool) -> None:
        if self._transport is None:
            raise RuntimeError("the server does not hand out its transports")
        if gently:
            self._transport.close()
        else:
            self._transport.abort()
        await self._gone()

    async def _gone(self) -> None:
        while (await self._receive())["type"] != "http.disconnect":
            pass


def replacement(fault: Fault) -> RawResponse:
    """The reply that a fault gives without, or in spite of, the one that the request would have got."""
    if fault.action == "html":
        return RawResponse(fault.status or 200, LOGIN_PAGE.encode(), "text/html; charset=utf-8", dict(fault.headers))
    if fault.action == "redirect":
        headers = {**fault.headers, "Location": fault.location or "/"}
        return RawResponse(fault.status or 302, b"", "text/html; charset=utf-8", headers)
    if fault.action == "delete_refused":
        # The wording of a temporary refusal is not known. That of a permanent one is (writes.py), and it differs.
        error = {"code": 400, "message": fault.body or "The settings object cannot be deleted at the moment"}
        return RawResponse.of_json(fault.status or 400, {"code": 400, "error": error}, dict(fault.headers))
    status = fault.status or 500
    if isinstance(fault.body, str):
        return RawResponse(status, fault.body.encode(), "text/plain; charset=utf-8", dict(fault.headers))
    content = fault.body
    if content is None:
        error = {"code": status, "message": _TEXTS.get(status, "Fault on demand"), "constraintViolations": None}
        content = {"error": error}
    return RawResponse.of_json(status, content, dict(fault.headers))


def corrupted(response: RawResponse, fault: Fault) -> RawResponse:
    """The reply that the request got, changed by a fault."""
    response.headers.update(fault.headers)
    if fault.action == "truncate":
        response.keep = len(response.body) // 2 if fault.keep is None else fault.keep
    elif fault.action == "invalid_json":
        response.body = b'{"items": [{"objectId": '
    elif fault.action == "empty":
        response.body = b""
    elif fault.action == "content_type":
        response.content_type = fault.content_type
    elif fault.action == "gzip":
        response.body = response.body if fault.broken else gzip.compress(response.body)
        response.headers["content-encoding"] = "gzip"
    elif fault.action == "drip":
        response.pause, response.piece = fault.seconds or 0.1, fault.bytes or 1
    elif fault.action == "huge":
        filler = b" " * (fault.megabytes * 1_000_000)
        response.body = response.body[:1] + filler + response.body[1:]
    if fault.status is not None:
        response.status = fault.status
    return response
