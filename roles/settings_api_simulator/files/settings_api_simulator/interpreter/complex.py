# Copyright (c) 2026, community.dynatrace contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Constraints over several properties of an object, and over all objects of a schema."""

from __future__ import annotations

import json
import operator
from collections.abc import Callable, Iterable, Iterator
from itertools import pairwise
from typing import Any

from ..errors import Violation
from .constraints import pick, values_at
from .schema import Definition, Schema

_ORDER: dict[str, tuple[Callable[[Any, Any], bool], str]] = {
    "GREATER_THAN": (operator.gt, "greater than"),
    "GREATER_THAN_OR_EQUAL": (operator.ge, "greater than or equal to"),
    "LESS_THAN": (operator.lt, "less than"),
    "LESS_THAN_OR_EQUAL": (operator.le, "less than or equal to"),
}


def broken_in_object(constraints: Iterable[Definition], value: dict[str, Any]) -> Iterator[tuple[str, str]]:
    """Property path (may be empty) and fault of every complex constraint of a schema or type that does not hold."""
    for constraint in constraints:
        kind = str(constraint.get("type"))
        names = [str(name) for name in constraint.get("properties") or []]
        fault: tuple[str, str] | None = None
        if kind in _ORDER:
            fault = _order(kind, names, value)
        elif kind == "PROPERTY_COUNT_RANGE":
            fault = _count(constraint, names, value)
        if fault is not None:
            yield fault[0], str(constraint.get("customMessage") or fault[1])


def _order(kind: str, names: list[str], value: dict[str, Any]) -> tuple[str, str] | None:
    compare, words = _ORDER[kind]
    for first, second in pairwise(names):
        one, other = pick(value, first), pick(value, second)
        comparable = isinstance(one, (int, float)) and isinstance(other, (int, float))
        # Dates and times are texts whose order is that of their letters.
        comparable = comparable or (isinstance(one, str) and isinstance(other, str))
        if comparable and not compare(one, other):
            return first, f"Must be {words} {second}"
    return None


def _count(constraint: Definition, names: list[str], value: dict[str, Any]) -> tuple[str, str] | None:
    count = sum(1 for name in names if pick(value, name) is not None)
    least, most = constraint.get("minimumPropertyCount"), constraint.get("maximumPropertyCount")
    if (least is None or count >= least) and (most is None or count <= most):
        return None
    return "", f"Number of set properties must be between {least or 0} and {most or len(names)}: {', '.join(names)}"


def broken_among(
    schema: Schema, value: dict[str, Any], same_scope: list[dict[str, Any]], everywhere: list[dict[str, Any]]
) -> Iterator[Violation]:
    """What is wrong with a value because of the other objects of its schema."""
    for constraint in schema.schema_constraints:
        kind = constraint.get("type")
        if kind in ("UNIQUE", "MULTI_SCOPE_UNIQUE"):
            names = [str(name) for name in constraint.get("uniqueProperties") or []]
            flatten = bool(constraint.get("flattenCollections"))
            others = same_scope if kind == "UNIQUE" else everywhere
            if any(_collide(value, other, names, flatten) for other in others):
                yield Violation(names[0] if names else "", str(constraint.get("customMessage") or "Must be unique"))
        elif kind == "BYTE_SIZE_LIMIT":
            limit = int(constraint.get("byteLimit") or 0)
            if limit and sum(len(json.dumps(other)) for other in [value, *same_scope]) > limit:
                yield Violation("", f"Size of all objects must not exceed {limit} bytes")


def _collide(one: dict[str, Any], other: dict[str, Any], names: list[str], flatten: bool) -> bool:
    if not names:
        return False
    for name in names:
        first, second = values_at(one, name), values_at(other, name)
        if not first or not second:
            return False
        if flatten:
            first, second = _flattened(first), _flattened(second)
            if not any(item in second for item in first):
                return False
        elif first != second:
            return False
    return True


def _flattened(values: list[Any]) -> list[Any]:
    return [item for value in values for item in (value if isinstance(value, list) else [value])]
