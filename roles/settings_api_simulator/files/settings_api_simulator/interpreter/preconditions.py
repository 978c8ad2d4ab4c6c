# Copyright (c) 2026, community.dynatrace contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Which properties of an object are active."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any

from .java_regex import matches
from .schema import Definition

Lookup = Callable[[str], Any]


def same(one: Any, other: Any) -> bool:
    """Equality of JSON values: true is not 1."""
    if isinstance(one, bool) or isinstance(other, bool):
        return one is other
    return bool(one == other)


def holds(condition: Definition, look: Lookup) -> bool | None:
    """Whether a precondition holds; None if it is of a kind that is not known."""
    kind = condition.get("type")
    if kind in ("AND", "OR"):
        return _combined([holds(part, look) for part in condition.get("preconditions") or []], kind == "AND")
    if kind == "NOT":
        inner = holds(condition.get("precondition") or {}, look)
        return None if inner is None else not inner
    if kind not in ("EQUALS", "IN", "NULL", "REGEX_MATCH"):
        return None
    value = look(str(condition.get("property", "")))
    if kind == "NULL":
        return value is None
    if kind == "EQUALS":
        return same(value, condition.get("expectedValue"))
    if kind == "IN":
        return any(same(value, expected) for expected in condition.get("expectedValues") or [])
    return isinstance(value, str) and matches(str(condition.get("pattern", "")), value)


def _combined(parts: list[bool | None], every: bool) -> bool | None:
    decisive = not every
    if decisive in parts:
        return decisive
    return None if None in parts else every


class Branches:
    """The properties of one object value, active or inactive.

    An inactive property counts as not set for the preconditions that look at it. Defaults are not filled in: the server
    does not do it on write.
    """

    def __init__(self, properties: Definition, value: Mapping[str, Any]) -> None:
        self._properties = properties
        self._value = value
        self._known: dict[str, bool | None] = {}

    def active(self, name: str) -> bool | None:
        """True, False, or None if the precondition cannot be understood."""
        if name not in self._known:
            self._known[name] = True  # for a circle of preconditions
            condition = (self._properties.get(name) or {}).get("precondition")
            self._known[name] = holds(condition, self._look) if condition else True
        return self._known[name]

    def _look(self, path: str) -> Any:
        first, *remaining = [part for part in re.split(r"[./]", path) if part] or [""]
        if first in self._properties and self.active(first) is False:
            return None
        value = self._value.get(first)
        for part in remaining:
            value = value.get(part) if isinstance(value, Mapping) else None
        return value
