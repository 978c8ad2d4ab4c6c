# Copyright (c) 2026, community.dynatrace contributors
# SPDX-License-Identifier: BSD-2-Clause

"""Preconditions: a property is active if its precondition holds. To the server, an inactive property does not exist.

A precondition refers to siblings, which can have preconditions themselves. An inactive sibling counts as null, so
a chain of preconditions is inactive from its first inactive property on (settings-api 1.3).
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any
from urllib.parse import quote

from .java_regex import translate
from .schema_model import ObjectType, Precondition, parts_of

ReadSibling = Callable[[str], Any]


class ActiveProperties:
    """The active properties of one object.

    :param read_sibling: returns the value of a sibling by name, ``None`` for null and absent. Called only for active
        siblings.
    """

    def __init__(self, kind: ObjectType, read_sibling: ReadSibling) -> None:
        self._kind = kind
        self._read_sibling = read_sibling
        self._known: dict[str, bool] = {}

    def is_active(self, name: str) -> bool:
        """Whether a property has no precondition, or its precondition holds."""
        prop = self._kind.properties.get(name)
        condition = prop.precondition if prop is not None else None
        if condition is None:
            return True
        if name not in self._known:
            self._known[name] = self._holds(condition)
        return self._known[name]

    def _holds(self, condition: Precondition) -> bool:
        name = condition["type"]
        if name == "AND":
            return all(self._holds(part) for part in parts_of(condition))
        if name == "OR":
            return any(self._holds(part) for part in parts_of(condition))
        if name == "NOT":
            return not self._holds(parts_of(condition)[0])
        seen = self._seen(str(condition["property"]).split("/"))
        if name == "NULL":
            return seen is None
        if name == "REGEX_MATCH":
            return isinstance(seen, str) and re.search(translate(condition["pattern"]), seen) is not None
        expected = [condition["expectedValue"]] if name == "EQUALS" else condition["expectedValues"]
        return any(same(seen, one) for one in expected)

    def _seen(self, path: list[str]) -> Any:
        first = path[0]
        if first not in self._kind.circular and not self.is_active(first):
            return None
        value = self._read_sibling(first)
        for part in path[1:]:
            value = value.get(part) if isinstance(value, dict) else None
        return value


def same(one: Any, other: Any) -> bool:
    """Equality as defined by JSON: ``1`` equals ``1.0`` but not ``true``."""
    return bool(one == other) and isinstance(one, bool) == isinstance(other, bool)


def activity_name(kind: ObjectType, name: str) -> str:
    """The name of the definition, in ``$defs`` of the JSON Schema, that states when a property is active."""
    return f"active:{kind.name}.{name}"


def reference(name: str) -> dict[str, Any]:
    """Return a ``$ref`` to a definition."""
    return {"$ref": "#/$defs/" + quote(name.replace("~", "~0").replace("/", "~1"), safe="~:.")}


def condition_schema(kind: ObjectType, condition: Precondition) -> dict[str, Any]:
    """Return a JSON Schema that an object satisfies if the precondition holds."""
    name = condition["type"]
    if name in ("AND", "OR"):
        parts = [condition_schema(kind, part) for part in parts_of(condition)]
        return {"allOf" if name == "AND" else "anyOf": parts} if parts else {} if name == "AND" else {"not": {}}
    if name == "NOT":
        return {"not": condition_schema(kind, parts_of(condition)[0])}
    path = str(condition["property"]).split("/")
    first = kind.properties[path[0]]
    chained = first.precondition is not None and path[0] not in kind.circular
    active = reference(activity_name(kind, path[0])) if chained else None
    if name == "NULL":
        present = _at(path, {"not": {"type": "null"}})
        return {"not": {"allOf": [active, present]} if active else present}
    if name == "REGEX_MATCH":
        test: dict[str, Any] = {"type": "string", "pattern": translate(condition["pattern"])}
    elif name == "EQUALS":
        test = {"const": condition["expectedValue"]}
    else:
        test = {"enum": list(condition["expectedValues"])} if condition["expectedValues"] else {"not": {}}
    present = _at(path, test)
    accepts_null = name != "REGEX_MATCH" and (
        condition["expectedValue"] is None if name == "EQUALS" else None in condition["expectedValues"]
    )
    if accepts_null:
        absent = condition_schema(kind, {"type": "NULL", "property": condition["property"]})
        return {"anyOf": [{"allOf": [active, present]} if active else present, absent]}
    return {"allOf": [active, present]} if active else present


def _at(path: list[str], test: dict[str, Any]) -> dict[str, Any]:
    for part in reversed(path):
        test = {"type": "object", "required": [part], "properties": {part: test}}
    return test


def describe(condition: Precondition) -> str:
    """Describe a simple precondition (``active is true``). Return an empty string for other preconditions."""
    name = condition["type"]
    if name == "EQUALS" and isinstance(condition["expectedValue"], (str, bool)):
        return f"{condition['property']} is {_word(condition['expectedValue'])}"
    if name == "IN" and 0 < len(condition["expectedValues"]) <= 4:
        return f"{condition['property']} is {' or '.join(_word(one) for one in condition['expectedValues'])}"
    if name == "AND":
        parts = [describe(part) for part in parts_of(condition)]
        return " and ".join(parts) if 0 < len(parts) <= 2 and all(parts) else ""
    return ""


def _word(value: Any) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)
