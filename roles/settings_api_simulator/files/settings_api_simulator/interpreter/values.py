# Copyright (c) 2026, community.dynatrace contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Walks a value along its schema and collects every violation."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from typing import Any

from ..errors import Violation
from .complex import broken_in_object
from .constraints import broken, path_parts, size_fault
from .preconditions import Branches, same
from .schema import Definition, Schema, type_name

# (schema that is referred to, text) -> whether the text is a reference to an object of it
ReferenceCheck = Callable[[str, str], bool]
Path = tuple[str, ...]

_TEXT_FORMS = {
    "local_date": re.compile(r"\d{4}-\d{2}-\d{2}"),
    "local_time": re.compile(r"\d{2}:\d{2}(:\d{2}(\.\d{1,9})?)?"),
    "local_date_time": re.compile(r"\d{4}-\d{2}-\d{2}T\d{2}:\d{2}(:\d{2}(\.\d{1,9})?)?"),
    "zoned_date_time": re.compile(
        r"\d{4}-\d{2}-\d{2}T\d{2}:\d{2}(:\d{2}(\.\d{1,9})?)?(Z|[+-]\d{2}:\d{2})(\[[\w/+-]+\])?"
    ),
    "time_zone": re.compile(r"[A-Za-z][A-Za-z0-9_+/:-]*"),
}


def check(
    schema: Schema,
    value: Any,
    *,
    previous: dict[str, Any] | None = None,
    refuse_inactive: bool = True,
    refers: ReferenceCheck | None = None,
) -> list[Violation]:
    """All violations of a value.

    :param previous: the stored value when this is an update, for properties that may not be modified.
    :param refuse_inactive: whether a value below a precondition that does not hold is refused. The documentation is
        silent about it; to refuse is the strictest plausible behaviour.
    :param refers: whether a text is a reference to an object of a schema.
    """
    if not isinstance(value, dict):
        return [Violation("", "Must be of type object")]
    walk = _Walk(schema, refuse_inactive, refers or (lambda _schema, text: bool(text)))
    walk.members(schema.properties, schema.constraints, value, (), previous)
    return walk.found


class _Walk:
    def __init__(self, schema: Schema, refuse_inactive: bool, refers: ReferenceCheck) -> None:
        self._schema = schema
        self._refuse_inactive = refuse_inactive
        self._refers = refers
        self.found: list[Violation] = []

    def _add(self, path: Path, message: str) -> None:
        self.found.append(Violation("/".join(path), message))

    def members(
        self,
        properties: Definition,
        constraints: list[Definition],
        value: dict[str, Any],
        path: Path,
        previous: Any,
    ) -> None:
        """One object: its properties, then the constraints over several of them."""
        before = len(self.found)
        for name in value:
            if name not in properties:
                self._add((*path, name), "Unknown property")
        branches = Branches(properties, value)
        for name, definition in properties.items():
            self._member(definition, branches.active(name), value.get(name), (*path, name), previous)
        if len(self.found) == before:
            for where, message in broken_in_object(constraints, value):
                self._add((*path, *path_parts(where)), message)

    def _member(self, definition: Definition, active: bool | None, value: Any, path: Path, previous: Any) -> None:
        old = previous.get(path[-1]) if isinstance(previous, dict) else None
        if active is False:
            if value is not None and self._refuse_inactive:
                self._add(path, "Must not be set: its precondition is not fulfilled")
            return
        required = bool(active) and not definition.get("nullable", False)
        if value is None and required and definition.get("type") in ("list", "set"):
            value = []  # observed: a missing one counts as empty
        if value is None:
            # None: the precondition is of a kind that the simulator does not know, so it cannot insist.
            if required:
                self._add(path, "Must not be null")
            return
        self._value(definition, value, path, old)
        if definition.get("modificationPolicy") == "NEVER" and old is not None and not same(old, value):
            self._add(path, "Must not be modified")

    def _value(self, definition: Definition, value: Any, path: Path, previous: Any) -> None:
        kind = self._schema.type_of(definition)
        if kind is not None:
            if not isinstance(value, dict):
                self._add(path, f"Must be of type {type_name(definition)}")
                return
            self.members(kind.get("properties") or {}, list(kind.get("constraints") or []), value, path, previous)
        elif not self._of_type(definition, value):
            self._add(path, f"Must be of type {type_name(definition)}")
            return
        elif not self._enumerated(definition, value, path):
            return
        if isinstance(value, list):
            self._items(definition, value, path)
        for message in broken(list(definition.get("constraints") or []), value):
            self._add(path, message)

    def _of_type(self, definition: Definition, value: Any) -> bool:
        kind = definition.get("type")
        if kind in ("text", "secret"):
            return isinstance(value, str)
        if kind == "boolean":
            return isinstance(value, bool)
        if kind == "integer":
            return isinstance(value, int) and not isinstance(value, bool)
        if kind == "float":
            return isinstance(value, (int, float)) and not isinstance(value, bool)
        if kind in ("list", "set"):
            return isinstance(value, list)
        if kind == "setting":
            return isinstance(value, str) and self._refers(str(definition.get("referencedType") or ""), value)
        if isinstance(kind, str) and kind in _TEXT_FORMS:
            return isinstance(value, str) and _TEXT_FORMS[kind].fullmatch(value) is not None
        return True  # a kind from the future

    def _enumerated(self, definition: Definition, value: Any, path: Path) -> bool:
        enum = self._schema.enum_of(definition)
        if enum is None:
            return True
        values = [item.get("value") for item in enum.get("items") or []]
        if any(same(value, known) for known in values):
            return True
        self._add(path, f"Value must be one of {json.dumps(values)}")
        return False

    def _items(self, definition: Definition, value: list[Any], path: Path) -> None:
        fault = size_fault(len(value), definition.get("minObjects"), definition.get("maxObjects"))
        if fault is not None:
            self._add(path, fault)
        if definition.get("type") == "set":
            keys = [json.dumps(item, sort_keys=True) for item in value]
            if len(set(keys)) < len(keys):
                self._add(path, "Must not contain duplicates")
        item_definition = definition.get("items") or {}
        for index, item in enumerate(value):
            if item is None:
                self._add((*path, str(index)), "Must not be null")
            else:
                # Items have no identity, so what "not modified" means for them is not known: not checked.
                self._value(item_definition, item, (*path, str(index)), None)
