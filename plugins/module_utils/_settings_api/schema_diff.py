# Copyright (c) 2026, community.dynatrace contributors
# SPDX-License-Identifier: BSD-2-Clause

"""Describes how a version of a schema differs from another, property by property.

Differences without effect on values (display names, documentation, order) are ignored.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Literal

from .property_path import Path

Document = Mapping[str, Any]
_SCHEMA_KEYS = ("multiObject", "maxObjects", "ordered", "allowedScopes")
_IGNORED_KEYS = frozenset({"type", "customMessage"})


@dataclass(frozen=True)
class Difference:
    """One difference. ``path`` is empty for the whole schema. ``text`` completes a sentence that begins with it."""

    path: Path
    kind: Literal["added", "removed", "changed"]
    text: str


def differences(known: Document, other: Document) -> list[Difference]:
    """Return how ``other`` differs from ``known``. Accepts documents of any form."""
    found = [
        Difference((), "changed", f"{name} is {_shown(other.get(name))}, not {_shown(known.get(name))}")
        for name in _SCHEMA_KEYS
        if known.get(name) != other.get(name)
    ]
    found += [Difference((), "changed", text) for text in _constraints(known, other)]
    return [*found, *_objects(known, other, known, other, (), frozenset())]


def _objects(
    known: Document, other: Document, one: Document, two: Document, path: Path, seen: frozenset[tuple[str, str]]
) -> Iterator[Difference]:
    """Compare the properties of an object type in both documents."""
    first, second = _below(one, "properties"), _below(two, "properties")
    for name, prop in first.items():
        if name in second:
            yield from _property(known, other, _below(prop), _below(second[name]), (*path, name), seen)
        else:
            yield Difference((*path, name), "removed", "no longer exists")
    for name, prop in second.items():
        if name not in first:
            yield Difference((*path, name), "added", _introduced(other, _below(prop)))


def _property(
    known: Document, other: Document, one: Document, two: Document, path: Path, seen: frozenset[tuple[str, str]]
) -> Iterator[Difference]:
    texts = []
    if _kind(known, one) != _kind(other, two):
        texts.append(f"is of type {_kind(other, two)}, not {_kind(known, one)}")
    if (one.get("nullable") is True) != (two.get("nullable") is True):
        texts.append("can be omitted" if two.get("nullable") is True else "must not be null")
    for name in ("default", "minObjects", "maxObjects"):
        if one.get(name) != two.get(name) and not (name != "default" and _kind(known, one) not in ("list", "set")):
            texts.append(f"has {name} {_shown(two.get(name))}, not {_shown(one.get(name))}")
    first, second = _enum(known, one), _enum(other, two)
    if new := [_shown(value) for value in second if first and value not in first]:
        texts.append(f"also takes {', '.join(new)}")
    if gone := [_shown(value) for value in first if second and value not in second]:
        texts.append(f"does not accept {', '.join(gone)}")
    if one.get("precondition") != two.get("precondition"):
        texts.append("has a different precondition")
    texts += _constraints(one, two)
    for text in texts:
        yield Difference(path, "changed", text)
    names = (_target(one), _target(two))
    if all(names) and names not in seen:
        types = _below(known, "types", names[0]), _below(other, "types", names[1])
        for text in _constraints(*types):
            yield Difference(path, "changed", text)
        yield from _objects(known, other, *types, path, seen | {names})
    items = _below(one, "items"), _below(two, "items")
    if all(items):
        yield from _property(known, other, *items, (*path, "[]"), seen)


def _introduced(document: Document, prop: Document) -> str:
    """Describe a property that only the other schema has."""
    needed = prop.get("nullable") is not True and prop.get("default") in (None, "") and not _target(prop)
    when = " if its precondition is met" if "precondition" in prop else ""
    fallback = f", default {_shown(prop['default'])}" if prop.get("default") not in (None, "") else ""
    return f"is new: {_kind(document, prop)}{fallback}{f', required{when}' if needed else ''}"


def _constraints(one: Document, two: Document) -> list[str]:
    first, second = _constraint_texts(one), _constraint_texts(two)
    return [
        *(f"has the constraint {text}" for text in second if text not in first),
        *(f"has no constraint {text}" for text in first if text not in second),
    ]


def _constraint_texts(node: Document) -> list[str]:
    listed = node.get("constraints")
    return [_constraint(part) for part in listed if isinstance(part, Mapping)] if isinstance(listed, list) else []


def _constraint(node: Document) -> str:
    details = [f"{key} {_shown(value)}" for key, value in sorted(node.items()) if key not in _IGNORED_KEYS]
    return f"{node.get('type')} ({', '.join(details)})" if details else str(node.get("type"))


def _reference(prop: Document, section: str) -> str:
    kind = prop.get("type")
    reference = kind.get("$ref") if isinstance(kind, Mapping) else None
    head = f"#/{section}/"
    return reference.removeprefix(head) if isinstance(reference, str) and reference.startswith(head) else ""


def _target(prop: Document) -> str:
    """Return the name of the object type of a property, or an empty string for other types."""
    return _reference(prop, "types")


def _enum(document: Document, prop: Document) -> list[Any]:
    items = _below(document, "enums", _reference(prop, "enums")).get("items")
    return [item.get("value") for item in items if isinstance(item, Mapping)] if isinstance(items, list) else []


def _kind(document: Document, prop: Document) -> str:
    if _target(prop):
        return "object"
    if _reference(prop, "enums"):
        return "enum"
    return str(prop.get("type"))


def _shown(value: Any) -> str:
    """Format a value of a schema, which is not secret."""
    if isinstance(value, bool):
        return str(value).lower()
    if value is None:
        return "not set"
    if isinstance(value, list):
        return ", ".join(map(_shown, value)) or "empty"
    text = str(value)
    return (text if len(text) <= 100 else f"{text[:99]}…") or "empty"


def _below(node: Any, *names: str) -> Document:
    for name in names:
        node = node.get(name) if isinstance(node, Mapping) else None
    return node if isinstance(node, Mapping) else {}
