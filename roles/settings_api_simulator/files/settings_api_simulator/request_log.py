# Copyright (c) 2026, community.dynatrace contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""The request log: what was asked, never a token or a secret."""

from __future__ import annotations

import json
import time
from collections import Counter, deque
from collections.abc import Mapping
from typing import Any

_KEPT = 20_000
_HIDDEN_QUERY = ("api-token",)


class RequestLog:
    """The last requests, oldest first, and counters of all since the last clearing."""

    def __init__(self) -> None:
        self._entries: deque[dict[str, Any]] = deque(maxlen=_KEPT)
        self._next = 1

    def open(
        self,
        method: str,
        path: str,
        query: list[tuple[str, str]],
        environment: str | None,
        headers: Mapping[str, str],
    ) -> dict[str, Any]:
        """A new entry; the caller completes it. ``status`` stays None when no answer was sent."""
        entry: dict[str, Any] = {
            "id": self._next,
            "time": time.time(),
            "method": method,
            "path": path,
            "query": {name: "hidden" if name.lower() in _HIDDEN_QUERY else value for name, value in query},
            "environment": environment,
            "authentication": headers.get("authorization", "").partition(" ")[0] or None,
            "token": None,
            "user_agent": headers.get("user-agent"),
            "body": None,
            "status": None,
            "answered": False,
            "applied": False,
            "fault": None,
            "seconds": None,
        }
        self._next += 1
        self._entries.append(entry)
        return entry

    def entries(self, filters: Mapping[str, str]) -> list[dict[str, Any]]:
        """Entries whose method, environment or status equal the filters, or whose path contains it."""
        found = list(self._entries)
        for name in ("method", "environment", "status", "id"):
            if name in filters:
                found = [entry for entry in found if str(entry[name]) == filters[name]]
        if "path" in filters:
            found = [entry for entry in found if filters["path"] in entry["path"]]
        return found

    def counters(self) -> dict[str, Any]:
        """How many, by method, status, environment and fault."""
        found = list(self._entries)
        return {"requests": len(found)} | {
            name: dict(Counter(str(entry[name]) for entry in found if entry[name] is not None))
            for name in ("method", "status", "environment", "fault")
        }

    def clear(self) -> None:
        self._entries.clear()


def body_summary(body: bytes) -> dict[str, Any] | None:
    """The shape of a body: its size and which keys its items have. No value but names of schemas."""
    if not body:
        return None
    summary: dict[str, Any] = {"bytes": len(body)}
    try:
        content = json.loads(body)
    except (ValueError, RecursionError):
        return summary
    items = content if isinstance(content, list) else [content]
    items = [item for item in items if isinstance(item, dict)]
    known = {"schemaId", "scope", "value", "schemaVersion", "externalId", "objectId", "insertAfter", "updateToken"}
    summary["items"] = len(items)
    summary["keys"] = sorted({key for item in items for key in item if key in known})
    summary["schemas"] = sorted({str(item["schemaId"]) for item in items if "schemaId" in item})
    return summary
