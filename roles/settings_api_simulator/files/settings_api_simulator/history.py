# Copyright (c) 2026, community.dynatrace contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""What happened to the objects of an environment. It is not in the state file: a restart forgets it."""

from __future__ import annotations

import contextlib
import time
from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from .state import StoredObject

_KEPT = 20_000
# What real servers call the sources of changes is not known.
REST, UI = "REST", "UI"


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
    source: str


class History:
    """The last changes, in the order in which they were recorded."""

    def __init__(self) -> None:
        self.entries: deque[Revision] = deque(maxlen=_KEPT)
        # Where changes come from, and when they happen (epoch milliseconds, None: now).
        self.source = REST
        self.time: int | None = None
        self._last = 0

    @property
    def now(self) -> int:
        """The present, in which everything that was recorded has happened: in epoch milliseconds."""
        return max(int(time.time() * 1000), self._last)

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
        # No two changes have the same time, so that their order is certain.
        now = self._last = max(int(time.time() * 1000), self._last + 1)
        self.entries.append(
            Revision(
                kind,
                now if self.time is None else self.time,
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
                self.source,
            )
        )

    @contextlib.contextmanager
    def by_hand(self, moment: int | None = None) -> Iterator[None]:
        """Changes are made in the product's own pages, maybe at another time."""
        self.source, self.time = UI, moment
        try:
            yield
        finally:
            self.source, self.time = REST, None
