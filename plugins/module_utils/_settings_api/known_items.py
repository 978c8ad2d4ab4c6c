# Copyright (c) 2026, community.dynatrace contributors
# SPDX-License-Identifier: BSD-2-Clause

"""Plans objects that are as declared once: in most environments most objects are, and all of them in the same way."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import fields, replace
from typing import Any, Optional

from .errors import Problem
from .external_id_policy import Policy
from .matching import Declared, Existing
from .memo import Memo
from .order import Move
from .plan_types import Item, Step

Planned = tuple[Item, list[Step], Optional[Move]]  # noqa: UP045 - evaluated at run time

# What is different in each environment, and has no effect on an item but to be shown in it.
_OWN = frozenset({"object_id", "update_token", "modified", "author", "owner"})


def with_known(
    memo: Memo,
    desired: Declared,
    stored: Existing,
    policy: Policy,
    problems: list[Problem],
    plan: Callable[[], Planned],
) -> Planned:
    """Return the plan of a declared object that exists, which is only computed if it is not known.

    :param memo: of one domain. Its functions do not depend on IDs and times of objects.
    :param problems: what ``plan`` adds problems to.
    """
    computed: list[Planned] = []

    def compute() -> Item | None:
        before = len(problems)
        item, steps, move = plan()
        computed.append((item, steps, move))
        return None if steps or move is not None or len(problems) > before else item

    known = memo.of("item", [_fields(desired), _fields(stored, _OWN), _fields(policy)], compute)
    if computed:
        return computed[0]
    if known is None:
        return plan()
    return replace(known, object_id=stored.object_id, modified=stored.modified, author=stored.author), [], None


def _fields(one: Any, without: frozenset[str] = frozenset()) -> list[Any]:
    """The fields of a dataclass for a comparison. With what is not JSON in them, nothing is kept."""
    found = [getattr(one, part.name) for part in fields(one) if part.name not in without]
    return [sorted(value) if isinstance(value, frozenset) else value for value in found]
