# Copyright (c) 2026, community.dynatrace contributors
# SPDX-License-Identifier: BSD-2-Clause

"""Plans objects that are as declared once: in most environments all objects are, and in the same way.

The plan that is kept was made of objects without IDs, tokens, times, and authors. So it is the same for all
environments with the same values, and has nothing of the environment that it was first made for.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from .errors import InvalidInput
from .external_id_policy import Policy
from .matching import Declared, Existing
from .memo import Memo
from .plan_types import Item, Plan

MakePlan = Callable[[Sequence[Existing]], Plan]
# Stands in the place of an object ID. Neither an ID nor a text of a plan contains it.
_MARK = "\0"


@dataclass(frozen=True)
class _Known:
    """A plan without writes.

    :param items: each with the position of its object in the list that was read.
    :param unmanaged: positions.
    """

    items: tuple[tuple[Item, int | None], ...]
    unmanaged: tuple[int, ...]
    used: int
    maximum: int | None

    def plan(self, existing: Sequence[Existing]) -> Plan:
        """Return the plan of an environment."""
        items = tuple(item if place is None else _of(item, existing[place]) for item, place in self.items)
        return Plan(items, (), tuple(existing[place] for place in self.unmanaged), self.used, self.maximum)


def with_known(
    memo: Memo | None, existing: Sequence[Existing], declared: Sequence[Declared], policy: Policy, plan: MakePlan
) -> Plan:
    """Return a plan, which is only made if it is not known.

    :param memo: of one domain; ``None`` if its functions differ between environments.
    """
    if memo is None:
        return plan(existing)
    weight = 1 + len(existing) + len(declared)
    digests = [one.digest for one in declared]
    distinct = len({one.object_id for one in existing}) == len(existing)
    by_id = policy.fingerprints is not None or policy.prunable is not None or any(map(_by_id, declared))
    if by_id or not distinct or not all(digests) or not memo.holds(weight):
        return plan(existing)
    read = [[one.external_id, one.modifiable, one.deletable, one.movable, one.value] for one in existing]
    chosen = [getattr(policy, name) for name in policy.__dataclass_fields__ if name not in ("fingerprints", "sent")]
    key = [digests, chosen, sorted(policy.sent), read]
    known = memo.of("plan", key, lambda: _known(existing, plan), weight)
    return plan(existing) if known is None else known.plan(existing)


def _by_id(desired: Declared) -> bool:
    """Whether an object is declared by an ID, which is that of one environment."""
    return not (desired.object_id is None and desired.external_id is None and desired.origin_id is None)


def _known(existing: Sequence[Existing], plan: MakePlan) -> _Known | None:
    places = {f"{_MARK}{place}{_MARK}": place for place in range(len(existing))}
    nameless = [
        replace(one, object_id=mark, update_token=None, modified=None, author=None, owner=None)
        for one, mark in zip(existing, places, strict=True)
    ]
    try:
        found = plan(nameless)
    except InvalidInput:
        return None
    if found.steps or found.warnings or any(_has_mark(item) for item in found.items):
        return None
    return _Known(
        tuple((item, None if item.object_id is None else places[item.object_id]) for item in found.items),
        tuple(places[one.object_id] for one in found.unmanaged),
        found.used,
        found.maximum,
    )


def _has_mark(item: Item) -> bool:
    """Whether anything but the ID of an object depends on IDs."""
    return repr(_MARK)[1:-1] in repr(replace(item, object_id=None))


def _of(item: Item, stored: Existing) -> Item:
    return replace(item, object_id=stored.object_id, modified=stored.modified, author=stored.author)
