# Copyright (c) 2026, community.dynatrace contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Walks over the parts of a value that need more than checking: secrets, forced properties, inactive branches."""

from __future__ import annotations

import copy
from collections.abc import Callable, Iterator
from typing import Any

from .preconditions import Branches
from .schema import Definition, Schema

Path = tuple[str, ...]


def leaves(schema: Schema, value: Any) -> Iterator[tuple[Path, Definition, bool, Any]]:
    """Every set leaf: path, definition, whether it or a parent has ``forceSecretResubmission``, value.

    A list or set of plain values is one leaf; one of objects is walked.
    """
    if isinstance(value, dict):
        yield from _members(schema, schema.properties, value, (), False)


def _members(
    schema: Schema, properties: Definition, value: dict[str, Any], path: Path, forced: bool
) -> Iterator[tuple[Path, Definition, bool, Any]]:
    for name, definition in properties.items():
        if value.get(name) is not None:
            now = forced or bool(definition.get("forceSecretResubmission"))
            yield from _one(schema, definition, value[name], (*path, name), now)


def _one(
    schema: Schema, definition: Definition, value: Any, path: Path, forced: bool
) -> Iterator[tuple[Path, Definition, bool, Any]]:
    kind = schema.type_of(definition)
    items = definition.get("items")
    if kind is not None and isinstance(value, dict):
        yield from _members(schema, kind.get("properties") or {}, value, path, forced)
    elif items is not None and isinstance(value, list) and _structured(schema, items):
        for index, item in enumerate(value):
            yield from _one(schema, items, item, (*path, str(index)), forced)
    else:
        yield path, definition, forced, value


def _structured(schema: Schema, items: Definition) -> bool:
    return schema.type_of(items) is not None or items.get("type") == "secret"


def replaced(value: Any, path: Path, new: Any) -> Any:
    """A copy of the value with one leaf exchanged."""
    result = copy.deepcopy(value)
    here = result
    for part in path[:-1]:
        here = here[int(part)] if isinstance(here, list) else here[part]
    if isinstance(here, list):
        here[int(path[-1])] = new
    else:
        here[path[-1]] = new
    return result


def at(value: Any, path: Path) -> Any:
    """The part of a value at a path, None if there is none."""
    for part in path:
        if isinstance(value, list):
            value = value[int(part)] if part.isdigit() and int(part) < len(value) else None
        else:
            value = value.get(part) if isinstance(value, dict) else None
    return value


def without_inactive(schema: Schema, value: dict[str, Any]) -> dict[str, Any]:
    """A copy without what lies below preconditions that do not hold."""
    return _each_object(schema, schema.properties, value, _drop_inactive)


def with_empty_inactive(schema: Schema, value: dict[str, Any]) -> dict[str, Any]:
    """A copy whose inactive branches are filled with empty texts, as an old server was seen to store them."""

    def fill(properties: Definition, found: dict[str, Any]) -> dict[str, Any]:
        branches = Branches(properties, found)
        inactive = [name for name in properties if branches.active(name) is False and found.get(name) is None]
        extra = {name: _emptiness(schema, properties[name], 8) for name in inactive}
        return {**found, **{name: empty for name, empty in extra.items() if empty is not None}}

    return _each_object(schema, schema.properties, value, fill)


def with_empty_collections(schema: Schema, value: dict[str, Any]) -> dict[str, Any]:
    """A copy in which every missing list or set that must not be null is empty: servers take it so.

    A null counts as missing, as it does everywhere in a value.
    """

    def fill(properties: Definition, found: dict[str, Any]) -> dict[str, Any]:
        branches = Branches(properties, found)
        missing: dict[str, Any] = {
            name: []
            for name, definition in properties.items()
            if found.get(name) is None
            and definition.get("type") in ("list", "set")
            and not definition.get("nullable", False)
            and branches.active(name) is True
        }
        return {**found, **missing}

    return _each_object(schema, schema.properties, value, fill)


def repaired(schema: Schema, value: dict[str, Any]) -> dict[str, Any]:
    """The undocumented ``repairInput=true``, as clients rely on it.

    Unknown properties and values below preconditions that do not hold are dropped; missing ones that must not be null
    are filled with their default, objects with the defaults of their properties.
    """

    def repair(properties: Definition, found: dict[str, Any]) -> dict[str, Any]:
        result = {name: part for name, part in found.items() if name in properties}
        for _turn in properties:  # a default can bring another property to life
            branches = Branches(properties, result)
            missing = [
                name
                for name, definition in properties.items()
                if result.get(name) is None
                and branches.active(name)
                and not definition.get("nullable", False)
                and _default(schema, definition) is not None
            ]
            if not missing:
                break
            result[missing[0]] = _default(schema, properties[missing[0]])
        return _drop_inactive(properties, result)

    return _each_object(schema, schema.properties, value, repair)


def _default(schema: Schema, definition: Definition) -> Any:
    """What a missing value is made of; an object is empty at first. None if there is nothing to make it of."""
    if definition.get("default") is not None:
        return copy.deepcopy(definition["default"])
    # Only a schema that requires an object of a type within an object of the same type could go on for ever.
    return {} if schema.type_of(definition) is not None and not schema.contains_itself(definition) else None


def default_value(schema: Schema) -> dict[str, Any]:
    """The value that holds where nothing is stored: every active property with its default."""
    return repaired(schema, with_empty_collections(schema, {}))


def _drop_inactive(properties: Definition, found: dict[str, Any]) -> dict[str, Any]:
    branches = Branches(properties, found)
    return {name: part for name, part in found.items() if name not in properties or branches.active(name) is not False}


def _each_object(
    schema: Schema,
    properties: Definition,
    value: dict[str, Any],
    change: Callable[[Definition, dict[str, Any]], dict[str, Any]],
) -> dict[str, Any]:
    def inside(definition: Definition, part: Any) -> Any:
        kind = schema.type_of(definition)
        if kind is not None and isinstance(part, dict):
            return _each_object(schema, kind.get("properties") or {}, part, change)
        items = definition.get("items")
        if items is not None and isinstance(part, list):
            return [inside(items, item) for item in part]
        return copy.deepcopy(part)

    return {
        name: inside(properties[name], part) if name in properties else copy.deepcopy(part)
        for name, part in change(properties, value).items()
    }


def _emptiness(schema: Schema, definition: Definition, depth: int) -> Any:
    if definition.get("nullable", False) or depth == 0:
        return None
    kind = schema.type_of(definition)
    if kind is not None:
        parts = {n: _emptiness(schema, d, depth - 1) for n, d in (kind.get("properties") or {}).items()}
        return {name: part for name, part in parts.items() if part is not None}
    if definition.get("type") in ("text", "secret"):
        return ""
    return definition.get("default")
