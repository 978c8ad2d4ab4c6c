# Copyright (c) 2026, community.dynatrace contributors
# SPDX-License-Identifier: BSD-2-Clause

"""Two mappings: one merged into another, and what one lacks of another, or has with another type."""

from __future__ import annotations

import copy
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from .._settings_api.errors import Problem

OBJECTS = ("object", "nested")
# Types of which each accepts what the first one accepts, and keeps its meaning.
_FAMILIES = (
    ("keyword", "constant_keyword", "wildcard", "text", "match_only_text"),
    ("long", "unsigned_long", "double", "float", "integer"),
    ("double", "float", "half_float", "scaled_float"),
    ("date", "date_nanos"),
    ("ip", "keyword", "wildcard", "text", "match_only_text"),
    ("object", "flattened", "flat_object"),
    ("flattened", "object", "flat_object"),
    ("flat_object", "object", "flattened"),
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
class TypeConflict:
    """A field that exists with another type than desired. The type of a field cannot be changed.

    :param fits: whether it accepts what is sent nevertheless.
    """

    field: str
    type: str
    desired: str
    fits: bool

    def __str__(self) -> str:
        return f"{self.field} ({self.type}, not {self.desired})"


@dataclass
class MappingDelta:
    """What a mapping lacks of another.

    :param properties: the part of it that has to be added.
    :param added: paths of the fields in it.
    """

    properties: dict[str, Any] = field(default_factory=dict)
    added: list[str] = field(default_factory=list)
    differing: list[TypeConflict] = field(default_factory=list)


def mapping_problems(mapping: Any, where: str) -> list[Problem]:
    """What is wrong with a mapping that a user has written."""
    if mapping is None:
        return []
    if not isinstance(mapping, Mapping):
        return [Problem("type", where, {"expected": "dict"})]
    problems = [
        Problem("no_mapping_parameter", f"{where}.{name}")
        for name in mapping
        if str(name) not in _ROOT and not str(name).startswith("_")
    ]
    return problems + list(_field_problems(mapping, where))


def _field_problems(node: Mapping[str, Any], where: str) -> Iterator[Problem]:
    properties = node.get("properties", {})
    if not isinstance(properties, Mapping):
        yield Problem("type", f"{where}.properties", {"expected": "fields"})
        return
    for name, given in properties.items():
        path = f"{where}.properties.{name}"
        if not isinstance(name, str) or not name or "." in name:
            yield Problem("field_name", path)
        elif not isinstance(given, Mapping):
            yield Problem("type", path, {"expected": "field"})
        elif not isinstance(given.get("type", ""), str):
            yield Problem("field_type", f"{path}.type")
        elif "type" not in given and "properties" not in given:
            yield Problem("field_without_type", path)
        else:
            yield from _field_problems(given, path)


def type_of(node: Mapping[str, Any]) -> str:
    """The type of a field; without one it is an object."""
    return str(node.get("type", "object"))


def overlay(under: Mapping[str, Any], over: Mapping[str, Any]) -> dict[str, Any]:
    """A mapping merged into another: fields of an object are joined, a field of another type replaces it."""
    result = copy.deepcopy(dict(under))
    result.update(copy.deepcopy({name: value for name, value in over.items() if name != "properties"}))
    first, second = over.get("dynamic_templates"), under.get("dynamic_templates")
    if isinstance(first, list) and isinstance(second, list):
        # The first that matches is used.
        result["dynamic_templates"] = copy.deepcopy(_by_name(first, second))
    if "properties" in over:
        there = result.setdefault("properties", {})
        for name, given in over["properties"].items():
            there[name] = _joined(there[name], given) if name in there else copy.deepcopy(given)
    return result


def _by_name(first: list[Any], second: list[Any]) -> list[Any]:
    names = {name for one in first if isinstance(one, Mapping) for name in one}
    return [*first, *(one for one in second if not isinstance(one, Mapping) or not names.intersection(one))]


def _joined(under: Mapping[str, Any], over: Mapping[str, Any]) -> dict[str, Any]:
    # Fields that are added to an object say nothing about its type; they cannot be below arbitrary keys.
    kind = type_of(over) if "type" in over else type_of(under)
    if "type" not in over and "properties" in over and kind not in OBJECTS:
        kind, under = "object", {"type": "object"}
    if kind in OBJECTS and type_of(under) in OBJECTS:
        return overlay(under, over)
    return copy.deepcopy({**under, **over} if kind == type_of(under) else dict(over))


def fields(properties: Any, above: str = "") -> Iterator[tuple[str, Mapping[str, Any]]]:
    """(path, field) of all fields of a mapping, each object before what is in it."""
    for name, node in properties.items() if isinstance(properties, Mapping) else ():
        if isinstance(node, Mapping):
            yield f"{above}{name}", node
            yield from fields(node.get("properties"), f"{above}{name}.")


def leaves(properties: Any, above: str = "") -> list[str]:
    """The paths of all fields; of an object only those in it, unless it is empty."""
    return [path for path, node in fields(properties, above) if not node.get("properties")]


def mapping_delta(have: Any, want: Mapping[str, Any], exact: Collection[str] = (), above: str = "") -> MappingDelta:
    """What the properties of a mapping lack of others.

    :param exact: paths of fields for which no related type is accepted.
    """
    have = have if isinstance(have, Mapping) else {}
    found = MappingDelta()
    for name, desired in want.items():
        path, there = f"{above}{name}", have.get(name)
        if not isinstance(there, Mapping):
            found.properties[name] = copy.deepcopy(desired)
            found.added += leaves({name: desired}, above)
            continue
        kinds = type_of(there), type_of(desired)
        if (
            kinds == ("date", "date")
            and not takes_milliseconds(there)
            and (there.get("format") != desired.get("format"))
        ):
            # Dynatrace sends milliseconds, which other formats reject or take for something else.
            text = f"date with the format {there['format']}"
            found.differing.append(TypeConflict(path, text, "date", fits=False))
        if kinds[0] != kinds[1]:
            found.differing.append(TypeConflict(path, *kinds, fits=path not in exact and _fits(*kinds)))
        if kinds[0] in OBJECTS and kinds[1] in OBJECTS and there.get("enabled", True) is not False:
            below = mapping_delta(there.get("properties"), desired.get("properties", {}), exact, f"{path}.")
            found.added += below.added
            found.differing += below.differing
            if below.properties:
                # Without its type a nested field would be an object.
                kind = {"type": there["type"]} if "type" in there else {}
                found.properties[name] = {**kind, "properties": below.properties}
    return found


def object_conflicts(one: Mapping[str, Any], other: Mapping[str, Any], above: str = "") -> list[str]:
    """Fields that are an object in one mapping and nested in the other, which cannot be merged."""
    found = []
    theirs = other.get("properties")
    for name, node in (one.get("properties") or {}).items():
        match = theirs.get(name) if isinstance(theirs, Mapping) else None
        if isinstance(node, Mapping) and isinstance(match, Mapping):
            if type_of(node) != type_of(match) and {type_of(node), type_of(match)} <= set(OBJECTS):
                found.append(f"{above}{name} ({type_of(node)}, not {type_of(match)})")
            else:
                found += object_conflicts(node, match, f"{above}{name}.")
    return found


def takes_milliseconds(date: Mapping[str, Any]) -> bool:
    """Whether a date field takes milliseconds since 1970."""
    return "epoch_millis" in str(date.get("format") or "epoch_millis").split("||")


def _fits(there: str, desired: str) -> bool:
    return any(family[0] == desired and there in family for family in _FAMILIES)
