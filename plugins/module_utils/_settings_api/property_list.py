# Copyright (c) 2026, community.dynatrace contributors
# SPDX-License-Identifier: BSD-2-Clause

"""The properties of a schema as a flat list, and a minimal valid value.

Read from the schema document itself (format: settings-api 2.2 to 2.4): titles, descriptions and limits are of no use to
the engine and are not in its model.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from .property_path import Path, get_path, set_path
from .schema import Schema

_LIMITS = {"minLength": "min_length", "maxLength": "max_length", "minimum": "minimum", "maximum": "maximum"}
# A schema that demands longer texts or lists has no useful example.
_MAX_EXAMPLE = 1000
_RANGE = {"RANGE": ("minimum", "maximum"), "LENGTH": ("minLength", "maxLength")}
# Candidates for strings whose format is not specified by a rule.
_TEXTS = (
    "example",
    "https://example.com/",
    "example.com",
    "1",
    "192.0.2.1",
    "user@example.com",
    "builtin:example",
    "https://example.com",
    "/example",
    "EXAMPLE",
    "example-1",
    "example.example",
    "bizevents.example",
    "key=value",
    "$eq(example)",
    "e",
    'matchesValue(id, "example")',
    "HOST-0123456789ABCDEF",
    "2030-01-01",
    "12:00:00",
    "2030-01-01T12:00:00",
    "2030-01-01T12:00:00Z",
    "UTC",
    "123456789012",
    "arn:aws:iam::123456789012:role/example",
    "00000000-0000-4000-8000-000000000000",
)
_BY_TYPE = {
    "local_date": "2030-01-01",
    "local_time": "12:00:00",
    "local_date_time": "2030-01-01T12:00:00",
    "zoned_date_time": "2030-01-01T12:00:00Z",
    "time_zone": "UTC",
    "boolean": False,
}
_ROUNDS = 60


def list_properties(document: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Return all properties, nested ones by their path (``rules[].name``), in the order of the schema.

    :returns: for each ``path``, ``type``, ``required``, ``secret`` and ``immutable``; where the schema says so also
        ``default``, ``allowed_values``, limits, ``pattern``, ``required_when``, ``active_when``, ``referenced_schema``,
        ``title``, ``description``, and ``recursive`` for a type that contains itself, which is listed once.
    """
    return list(_below(document, document, "", (), ()))


def _below(
    document: Mapping[str, Any],
    node: Mapping[str, Any],
    head: str,
    inside: tuple[str, ...],
    conditions: tuple[str, ...],
) -> Iterator[dict[str, Any]]:
    for name, prop in _mapping(node.get("properties")).items():
        prop = _mapping(prop)
        path = f"{head}.{name}" if head else str(name)
        own = describe_precondition(_mapping(prop.get("precondition")))
        needed = (*conditions, own) if own else conditions
        entry = _entry(document, prop, path, needed)
        target, suffix = prop, ""
        while target.get("type") in ("list", "set"):
            target, suffix = _mapping(target.get("items")), f"{suffix}[]"
        type_name, type_node = _referenced(document, target, "types")
        if type_name and type_name in inside:
            entry["recursive"] = True
        yield entry
        if type_name and type_name not in inside:
            yield from _below(document, type_node, path + suffix, (*inside, type_name), needed)


def _entry(
    document: Mapping[str, Any], prop: Mapping[str, Any], path: str, conditions: tuple[str, ...]
) -> dict[str, Any]:
    kind, values = _kind(document, prop)
    required = prop.get("nullable") is not True and "default" not in prop and kind not in ("list", "set", "object")
    if kind in ("list", "set") and _number(prop.get("minObjects")):
        required = required or "default" not in prop
    entry: dict[str, Any] = {
        "path": path,
        "type": kind,
        "required": required,
        "secret": prop.get("type") == "secret",
        "immutable": prop.get("modificationPolicy") == "NEVER",
    }
    if prop.get("default") is not None and not entry["secret"]:
        entry["default"] = prop["default"]
    if kind in ("list", "set"):
        item = _mapping(prop.get("items"))
        entry["item_type"], item_values = _kind(document, item)
        values = values or item_values
        limits = {"min_items": _number(prop.get("minObjects")), "max_items": _number(prop.get("maxObjects"))}
        entry |= {name: number for name, number in limits.items() if number}
        prop = {**prop, "referencedType": item.get("referencedType", prop.get("referencedType"))}
    if values:
        entry["allowed_values"] = values
    for constraint in prop.get("constraints") or ():
        entry |= _limits(_mapping(constraint))
    if entry.get("default") == "" and (entry.get("not_empty") or entry.get("min_length")):
        # A default that violates its own constraints is not used.
        del entry["default"]
        entry["required"] = required = prop.get("nullable") is not True
    if conditions:
        entry["required_when" if required else "active_when"] = " and ".join(conditions)
    if isinstance(prop.get("referencedType"), str):
        entry["referenced_schema"] = prop["referencedType"]
    for name, source in (("title", "displayName"), ("description", "description")):
        if isinstance(prop.get(source), str) and prop[source].strip():
            entry[name] = prop[source].strip()
    return entry


def _limits(constraint: Mapping[str, Any]) -> dict[str, Any]:
    name = str(constraint.get("type"))
    if name == "PATTERN" and isinstance(constraint.get("pattern"), str):
        return {"pattern": constraint["pattern"]}
    if name in ("NOT_BLANK", "NOT_EMPTY"):
        return {"not_empty": True}
    return {
        _LIMITS[key]: constraint[key] for key in _RANGE.get(name, ()) if isinstance(constraint.get(key), (int, float))
    }


def _kind(document: Mapping[str, Any], prop: Mapping[str, Any]) -> tuple[str, list[Any]]:
    """Return the type in one word, and the values of an enumeration."""
    kind = prop.get("type")
    if isinstance(kind, str):
        return kind, []
    _name, enum = _referenced(document, prop, "enums")
    if enum:
        listed = enum.get("items")
        items = [item for item in listed if isinstance(item, Mapping)] if isinstance(listed, list) else []
        return "enum", [item["value"] for item in items if "value" in item]
    return "object", []


def _referenced(document: Mapping[str, Any], prop: Mapping[str, Any], section: str) -> tuple[str, Mapping[str, Any]]:
    """Return the type or enumeration of a property, or an empty name."""
    found = _mapping(prop.get("type")).get("$ref")
    head, _slash, name = str(found or "").removeprefix("#/").partition("/")
    node = _mapping(_mapping(document.get(section)).get(name)) if head == section else {}
    return (name, node) if node else ("", {})


def describe_precondition(condition: Mapping[str, Any]) -> str:
    """Return a precondition as an expression, for example ``authentication.active == true and type in [a, b]``."""
    name = condition.get("type")
    operand = str(condition.get("property", "")).replace("/", ".")
    if name in ("AND", "OR"):
        listed = condition.get("preconditions")
        parts = [describe_precondition(_mapping(part)) for part in listed] if isinstance(listed, list) else []
        text = f" {name.lower()} ".join(part for part in parts if part)
        return f"({text})" if len(parts) > 1 else text
    if name == "NOT":
        inner = describe_precondition(_mapping(condition.get("precondition")))
        return f"not ({inner.removeprefix('(').removesuffix(')') if inner.startswith('(') else inner})" if inner else ""
    if name == "NULL":
        return f"{operand} is not set"
    if name == "REGEX_MATCH":
        return f"{operand} matches {condition.get('pattern')}"
    if name == "EQUALS":
        return f"{operand} == {_literal(condition.get('expectedValue'))}"
    if name == "IN" and isinstance(condition.get("expectedValues"), list):
        return f"{operand} in [{', '.join(map(_literal, condition['expectedValues']))}]"
    return ""


def _literal(value: Any) -> str:
    if value is None:
        return "null"
    return str(value).lower() if isinstance(value, bool) else str(value)


def smallest_value(document: Mapping[str, Any], schema: Schema) -> tuple[dict[str, Any], list[str]]:
    """Return a value with only the required properties, and the paths at which the user has to set a value.

    Built by asking the schema what is missing, so that preconditions and defaults are obeyed without being read twice.
    Secrets are left out.

    :returns: the value, and the paths where no valid text was found.
    :raises MissingLibrary: ``jsonschema`` is not installed.
    """
    value: dict[str, Any] = {}
    tried: dict[Path, int] = {}
    given_up: set[Path] = set()
    for _round in range(_ROUNDS):
        completed = schema.complete(value).value
        wrong = [
            path
            for path in dict.fromkeys(path for path, _text in schema.problems(completed))
            if path and path not in given_up and not schema.is_secret(path)
        ]
        if not wrong:
            break
        for path in wrong:
            node = _node_at(document, path)
            candidates = _candidates(document, node, completed, path) if node is not None else []
            position = tried.get(path, 0)
            if position >= len(candidates):
                given_up.add(path)
                continue
            tried[path] = position + 1
            _put(value, completed, path, candidates[position])
    left = schema.problems(schema.complete(value).value)
    return value, list(dict.fromkeys(_text_of(path) for path, _text in left if not schema.is_secret(path)))


def _put(value: dict[str, Any], completed: Mapping[str, Any], path: Path, new: Any) -> None:
    # The problem can be inside a default, which is completed before it is corrected.
    for end in range(1, len(path)):
        if get_path(value, path[:end]) is None and get_path(completed, path[:end]) is not None:
            set_path(value, path[:end], {} if isinstance(path[end], str) else [])
    parent = get_path(value, path[:-1])
    position = path[-1]
    if isinstance(parent, list) and isinstance(position, int):
        parent.extend([None] * (position + 1 - len(parent)))
    set_path(value, path, new)


def _node_at(document: Mapping[str, Any], path: Path) -> Mapping[str, Any] | None:
    node: Mapping[str, Any] = document
    for part in path:
        if isinstance(part, int):
            node = _mapping(node.get("items"))
        else:
            holder = node if node is document else _referenced(document, node, "types")[1]
            node = _mapping(_mapping(holder.get("properties")).get(part))
        if not node:
            return None
    return node


def _candidates(document: Mapping[str, Any], node: Mapping[str, Any], completed: Any, path: Path) -> list[Any]:
    kind, values = _kind(document, node)
    if kind == "enum":
        return [one for one in values if _is_plain(one)]
    if kind == "object":
        return [{}]
    if kind in ("list", "set"):
        number = max(1, _number(node.get("minObjects")) or 0, len(get_path(completed, path) or ()))
        if number > _MAX_EXAMPLE:
            return []
        item_kind, item_values = _kind(document, _mapping(node.get("items")))
        if item_kind == "object":
            return [[{} for _index in range(number)]]
        if item_values:
            return [item_values[:number]]
        listed = [*_texts(_mapping(node.get("items")), item_kind)]
        return [[one] for one in listed] if number == 1 else [listed[:number]]
    return _texts(node, kind)


def _texts(node: Mapping[str, Any], kind: str) -> list[Any]:
    limits: dict[str, Any] = {}
    for constraint in node.get("constraints") or ():
        limits |= _limits(_mapping(constraint))
    if kind in ("integer", "float"):
        low, high = limits.get("minimum"), limits.get("maximum")
        return [number for number in (low, high, 1, 0, 100) if number is not None]
    if kind in _BY_TYPE:
        return [_BY_TYPE[kind]]
    least, most = int(limits.get("min_length", 1)), int(limits.get("max_length", 1000))
    placeholder = _mapping(node.get("metadata")).get("placeholder")
    found = [placeholder] if isinstance(placeholder, str) and _is_plain(placeholder) else []
    if least > _MAX_EXAMPLE:
        return []
    return [text if len(text) >= least else text.ljust(least, "x") for text in (*found, *_TEXTS) if len(text) <= most]


def _is_plain(value: Any) -> bool:
    """Whether Ansible would not evaluate a value of the schema as a template, wherever it is pasted."""
    return not isinstance(value, str) or ("{" not in value and "#" not in value)


def _text_of(path: Path) -> str:
    text = ""
    for part in path:
        text += f"[{part}]" if isinstance(part, int) else f"{'.' if text else ''}{part}"
    return text


def _mapping(node: Any) -> Mapping[str, Any]:
    return node if isinstance(node, Mapping) else {}


def _number(node: Any) -> int | None:
    return node if isinstance(node, int) and not isinstance(node, bool) else None
