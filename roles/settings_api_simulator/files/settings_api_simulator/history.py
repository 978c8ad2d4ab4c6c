# Copyright (c) 2026, community.dynatrace contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""What happened to the objects of an environment. It is not in the state file: a restart forgets it."""

from __future__ import annotations

import time
from collections import deque
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from .state import StoredObject

_KEPT = 20_000


@dataclass(frozen=True)
class Revision:
    """One change. Values hold secrets in clear; ``before`` is None for a new object, ``after`` for a deleted one."""

    kind: str
    time: int
    object_id: str
    uid: str
    schema_id: str
    schema_version: str
    scope: str
    revision: str
    author: str
    before: dict[str, Any] | None
    after: dict[str, Any] | None
    owner_before: str | None
    owner_after: str | None


class History:
    """The last changes, oldest first."""

    def __init__(self) -> None:
        self.entries: deque[Revision] = deque(maxlen=_KEPT)

    def record(
        self,
        kind: str,
        item: StoredObject,
        author: str,
        before: dict[str, Any] | None,
        after: dict[str, Any] | None,
        owner_before: str | None = None,
    ) -> None:
        """Adds a change that was carried out."""
        now = int(time.time() * 1000)
        self.entries.append(
            Revision(
                kind,
                max(now, self.entries[-1].time + 1) if self.entries else now,
                item.id,
                item.uid,
                item.schema_id,
                item.schema_version,
                item.scope,
                item.revision,
                author,
                before,
                after,
                owner_before if kind != "CREATE" else None,
                item.owner if kind != "DELETE" else None,
            )
        )
