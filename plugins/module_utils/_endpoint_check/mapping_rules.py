# Copyright (c) 2026, community.dynatrace contributors
# SPDX-License-Identifier: BSD-2-Clause

"""Mappings of an index: one laid over another, what one lacks of another, and what of it cannot be changed any more."""

from __future__ import annotations

import copy
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from .._settings_api.errors import Problem

_OBJECTS = ("object", "nested")
# Types of which each takes what the first one takes, and keeps its meaning.
_FAMILIES = (
    ("keyword", "constant_keyword", "wildcard", "text", "match_only_text"),
    ("long", "unsigned_long", "double", "float", "integer"),
    ("double", "float", "half_float", "scaled_float"),
    ("date", "date_nanos"),
    ("ip", "keyword", "wildcard", "text", "match_only_text"),
    ("object", "flattened", "flat_object"),
)
_ROOT = (
    "properties",
    "dynamic",
    "dynamic_templates",
    "dynamic_date_formats",
    "date_detection",
    "numeric_detection",
    "runtime",
)


@dataclass(frozen=True)
class Difference:
    """A field that is there and of another type than wanted. The type of a field cannot be changed.

    :param fits: whether it takes what is sent all the same.
    """

    field: str
    type: str
    wanted: str
    fits: bool

    def __str__(self) -> str:
        return f"{self.field} ({self.type}, not {self.wanted})"


@dataclass
class Lacking:
    """What a mapping lacks of another.

    :param properties: the part of it that has to be added.
    :param added: paths of the fields in it.
    """

    properties: dict[str, Any] = field(default_factory=dict)
    added: list[str] = field(default_factory=list)
    differing: list[Difference] = field(default_factory=list)


def mapping_problems(mapping: Any, where: str) -> list[Problem]:
    """What is wrong with a mapping that a user has written."""
    if mapping is None:
        return []
    if not isinstance(mapping, Mapping):
        return [Problem(where, "must be a dictionary")]
    problems = [
        Problem(f"{where}.{name}", "is no parameter of a mapping; fields stand below properties")
        for name in mapping
        if str(name) not in _ROOT and not str(name).startswith("_")
    ]
    return problems + list(_field_problems(mapping, where))


def _field_problems(node: Mapping[str, Any], where: str) -> Iterator[Problem]:
    properties = node.get("properties", {})
    if not isinstance(properties, Mapping):
        yield Problem(f"{where}.properties", "must be a dictionary of fields")
        return
    for name, given in properties.items():
        path = f"{where}.properties.{name}"
        if not isinstance(name, str) or not name or "." in name:
            yield Problem(path, "must be the name of one field; fields of an object stand below its properties")
        elif not isinstance(given, Mapping):
            yield Problem(path, "must be a dictionary with the type of the field")
        elif not isinstance(given.get("type", ""), str):
            yield Problem(f"{path}.type", "must be the name of a type")
        elif "type" not in given and "properties" not in given:
            yield Problem(path, "needs a type, or properties")
        else:
            yield from _field_problems(given, path)


def kind_of(node: Mapping[str, Any]) -> str:
    """The type of a field; without one it is an object."""
    return str(node.get("type", "object"))


def overlay(under: Mapping[str, Any], over: Mapping[str, Any]) -> dict[str, Any]:
    """A mapping laid over another: fields of an object are joined, a field of another type replaces it."""
    result = copy.deepcopy(dict(under))
    result.update(copy.deepcopy({name: value for name, value in over.items() if name != "properties"}))
    first, second = over.get("dynamic_templates"), under.get("dynamic_templates")
    if isinstance(first, list) and isinstance(second, list):
        # The first that matches counts.
        result["dynamic_templates"] = copy.deepcopy(_by_name(first, second))
    if "properties" in over:
        fields = result.setdefault("properties", {})
        for name, given in over["properties"].items():
            fields[name] = _joined(fields[name], given) if name in fields else copy.deepcopy(given)
    return result


def _by_name(first: list[Any], second: list[Any]) -> list[Any]:
    names = {name for one in first if isinstance(one, Mapping) for name in one}
    return [*first, *(one for one in second if not isinstance(one, Mapping) or not names.intersection(one))]


def _joined(under: Mapping[str, Any], over: Mapping[str, Any]) -> dict[str, Any]:
    # Whoever only adds fields to an object says nothing about its type.
    wanted = kind_of(over) if "type" in over else kind_of(under)
    if wanted in _OBJECTS and kind_of(under) in _OBJECTS:
        return overlay(under, over)
    return copy.deepcopy({**under, **over} if wanted == kind_of(under) else dict(over))


def fields_of(properties: Any, above: str = "") -> Iterator[str]:
    """The paths of all fields; of an object only those in it, unless it is empty."""
    for name, node in properties.items() if isinstance(properties, Mapping) else ():
        below = node.get("properties") if isinstance(node, Mapping) else None
        if below:
            yield from fields_of(below, f"{above}{name}.")
        else:
            yield f"{above}{name}"


def typed_fields(properties: Any, above: str = "") -> Iterator[str]:
    """The paths of all fields, objects too, that are given a type."""
    for name, node in properties.items() if isinstance(properties, Mapping) else ():
        if "type" in node:
            yield f"{above}{name}"
        yield from typed_fields(node.get("properties"), f"{above}{name}.")


def lacking(have: Any, want: Mapping[str, Any], exact: Collection[str] = (), above: str = "") -> Lacking:
    """What the properties of a mapping lack of others.

    :param exact: paths of fields for which no related type is as good.
    """
    have = have if isinstance(have, Mapping) else {}
    found = Lacking()
    for name, wanted in want.items():
        path, there = f"{above}{name}", have.get(name)
        if not isinstance(there, Mapping):
            found.properties[name] = copy.deepcopy(wanted)
            found.added += fields_of({name: wanted}, above)
            continue
        kinds = kind_of(there), kind_of(wanted)
        if kinds[0] == "alias":
            continue
        if kinds[0] != kinds[1]:
            found.differing.append(Difference(path, *kinds, fits=path not in exact and _fits(*kinds)))
        if kinds[0] in _OBJECTS and kinds[1] in _OBJECTS and there.get("enabled", True) is not False:
            below = lacking(there.get("properties"), wanted.get("properties", {}), exact, f"{path}.")
            found.added += below.added
            found.differing += below.differing
            if below.properties:
                # Without its type a nested field would be taken for an object.
                kind = {"type": there["type"]} if "type" in there else {}
                found.properties[name] = {**kind, "properties": below.properties}
    return found


def _fits(there: str, wanted: str) -> bool:
    return any(family[0] == wanted and there in family for family in _FAMILIES)
