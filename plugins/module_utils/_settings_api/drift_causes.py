# Copyright (c) 2026, community.dynatrace contributors
# SPDX-License-Identifier: BSD-2-Clause

"""Explains drift: which change of the history made each difference between an object and its declaration."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta, timezone
from typing import Any

from .access import OWNER
from .errors import SettingsError
from .history import LONGEST, HistoryReader, Revision, TimeRange, read_history
from .plan_types import Domain, Item
from .property_path import Path, get_path
from .references import title_of

# As many changes as one request returns.
_MOST = 500
# The clock of the environment may be ahead of this one, and it answers for a year at most.
_MARGIN = timedelta(days=1)


@dataclass(frozen=True)
class Cause:
    """The change that made a difference. ``path`` is empty if it is about the object as a whole."""

    path: Path
    revision: Revision
    before: Any = field(default=None, repr=False)
    after: Any = field(default=None, repr=False)


def find_causes(
    client: HistoryReader, scope: str, items: Sequence[Item], domain: Domain
) -> tuple[dict[str, list[Cause]], str]:
    """The causes of all differences by the key of their item, and why they are not known, if so.

    It takes one request if there is a difference, and none otherwise. An environment that does not answer it costs a
    note, never the result.

    :param scope: of the objects.
    """
    drifted = [
        item
        for item in items
        if item.operation in ("created", "deleted") or item.changed or item.moved or _has_another_owner(item)
    ]
    if not drifted:
        return {}, ""
    if not scope:
        return {}, "It is unknown who caused the differences, because the history can only be read for one scope."
    now = datetime.now(timezone.utc)
    # What was deleted can have any ID.
    known = drifted[0].object_id if len(drifted) == 1 and drifted[0].operation != "created" else None
    try:
        period = TimeRange(now - LONGEST + _MARGIN, now, until_now=True)
        history = read_history(client, domain.schema, scope, period, object_id=known, limit=_MOST, pages=1)
    except SettingsError as error:
        return {}, f"It is unknown who caused the differences: {error.message}"
    return {item.key: list(_causes(item, history.revisions, domain)) for item in drifted}, ""


def _causes(item: Item, revisions: Sequence[Revision], domain: Domain) -> Iterator[Cause]:
    """For each difference of an object, the newest change that made it.

    :param revisions: of all objects, the newest first.
    """
    if item.operation == "created":
        gone = [one for one in revisions if one.operation == "deleted" and one.before is not None]
        # A history has no external IDs. Without identifying properties, only the title of an object is left.
        for identify in (domain.identity, title_of):
            wanted = identify(item.after or {})
            if wanted:
                yield from _newest(one for one in gone if identify(one.before or {}) == wanted)
                return
    own = [one for one in revisions if one.object_id == item.object_id]
    if item.operation == "deleted":
        yield from _newest(one for one in own if one.operation == "created")
        return
    # Of a secret, the history does not say which change set it: masks are opaque.
    for path in [path for path in item.changed if not domain.schema.is_secret(path)]:
        for one in own:
            if one.operation == "created" or any(_overlap(path, changed) for changed in one.changed(domain.schema)):
                yield Cause(path, one, get_path(one.before, path), get_path(one.after, path))
                break
    if item.moved:
        yield from _newest(one for one in own if one.operation == "moved")
    if _has_another_owner(item):
        transfers = (one for one in own if one.owner_after is not None and one.owner_before != one.owner_after)
        for found in _newest(transfers):
            # Permissions are not in a history.
            yield replace(found, path=(OWNER,), before=found.revision.owner_before, after=found.revision.owner_after)


def _has_another_owner(item: Item) -> bool:
    return item.access is not None and item.access.owner_after is not None and not item.access.is_new


def _newest(revisions: Iterator[Revision]) -> list[Cause]:
    found = next(revisions, None)
    return [] if found is None else [Cause((), found)]


def _overlap(path: Path, other: Path) -> bool:
    """Whether one of the paths leads to the other."""
    size = min(len(path), len(other))
    return path[:size] == other[:size]
