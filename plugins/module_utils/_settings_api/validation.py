# Copyright (c) 2026, community.dynatrace contributors
# SPDX-License-Identifier: BSD-2-Clause

"""What is wrong with a value, all of it, in plain English and without the value."""

from __future__ import annotations

import difflib
import math
import re
import warnings
from collections.abc import Callable, Iterator, Mapping
from typing import TYPE_CHECKING, Any

from .errors import MissingLibrary
from .preconditions import ActiveProperties
from .property_path import Path, get_path, sort_key
from .schema_model import Model, ObjectType, Property
from .strings import NO_TEXT, before_sign, glued_name, glued_text, is_text, length, shown_name
from .values import plain_form, split_path

if TYPE_CHECKING:
    from jsonschema.exceptions import ValidationError

Found = tuple[Path, str]

_NAMES = {
    "string": "text",
    "boolean": "true or false",
    "integer": "a whole number",
    "number": "a number",
    "array": "a list",
    "object": "a dictionary of properties",
}
_COMPARISONS: dict[str, tuple[Callable[[Any, Any], bool], str]] = {
    "GREATER_THAN": (lambda one, other: one > other, "must be greater than {}"),
    "GREATER_THAN_OR_EQUAL": (lambda one, other: one >= other, "must be at least {}"),
    "LESS_THAN": (lambda one, other: one < other, "must be less than {}"),
    "LESS_THAN_OR_EQUAL": (lambda one, other: one <= other, "must be at most {}"),
}
_LOCAL = frozenset({"local_date", "local_time", "local_date_time"})
# What makes a regular expression wrong in any language; Python's own words for it.
_BROKEN = ("unterminated", "missing )", "unbalanced", "nothing to repeat", "bad escape (end")


def make_validator(schema: Mapping[str, Any]) -> Any:
    """A validator for a JSON Schema.

    :raises MissingLibrary: ``jsonschema`` is not installed.
    """
    try:
        from jsonschema import Draft202012Validator, validators
    except ImportError:
        raise MissingLibrary("jsonschema") from None
    # YAML has .nan and .inf, and halves of characters; JSON has not.
    checker = Draft202012Validator.TYPE_CHECKER.redefine_many(
        {"number": lambda _checker, one: _is_finite(one), "string": lambda _checker, one: is_text(one)}
    )
    own = {"uniqueItems": _unique_items, "minLength": _min_length, "maxLength": _max_length}
    extend: Any = validators.extend
    return extend(Draft202012Validator, own, type_checker=checker)(schema)


def _min_length(_validator: Any, least: Any, value: Any, _schema: Any) -> Iterator[ValidationError]:
    from jsonschema.exceptions import ValidationError

    if is_text(value) and length(value) < least:
        yield ValidationError("too short")


def _max_length(_validator: Any, most: Any, value: Any, _schema: Any) -> Iterator[ValidationError]:
    from jsonschema.exceptions import ValidationError

    if is_text(value) and length(value) > most:
        yield ValidationError("too long")


def _unique_items(_validator: Any, wanted: Any, value: Any, _schema: Any) -> Iterator[ValidationError]:
    # The library's own compares each item with each.
    from jsonschema.exceptions import ValidationError

    if wanted and isinstance(value, list) and len({plain_form(item) for item in value}) < len(value):
        yield ValidationError("not unique")


_MEANT = re.compile(r", did you mean (\S+)\?$")


def find(model: Model, validator: Any, value: Any) -> list[Found]:
    """All problems, sorted by place."""
    found: dict[Path, list[str]] = {}
    empty: set[Path] = set()
    for error in validator.iter_errors(value):
        for path, message in _explained(error):
            if message not in found.setdefault(path, []):
                found[path].append(message)
        if isinstance(error.instance, str) and not error.instance.strip():
            empty.add(tuple(error.absolute_path))
    for path in empty:
        # Of an empty text it is enough to say so.
        blank = [message for message in found[path] if message in ("must not be blank", "must not be empty")]
        found[path] = blank[:1] or found[path]
    for path, message in _beyond(model, model.root, value, ()):
        if message not in found.setdefault(path, []):
            found[path].append(message)
    hints = [(path, _MEANT.search(message)) for path, messages in found.items() for message in messages]
    for right in [(*path[:-1], hint[1]) for path, hint in hints if hint]:
        # What is written in other letters is not missing as well.
        if found.get(right) == ["is required"]:
            del found[right]
    return [(path, message) for path in sorted(found, key=sort_key) for message in sorted(found[path])]


def not_checked(model: Model) -> Iterator[str]:
    """Constraints on whole objects that cannot be checked here."""
    for kind in model.object_types():
        for constraint in kind.constraints:
            name = constraint.get("type")
            if name in _COMPARISONS and _comparable(kind, constraint):
                continue
            if name == "PROPERTY_COUNT_RANGE" and isinstance(constraint.get("properties"), list):
                continue
            yield f"{kind.name}: {name} {constraint.get('customValidatorId', '')}".strip(": ")


def _explained(error: ValidationError) -> Iterator[Found]:
    path: Path = tuple(error.absolute_path)
    schema: Mapping[str, Any] = error.schema if isinstance(error.schema, Mapping) else {}
    comment = schema.get("$comment")
    keyword = str(error.validator)
    expected: Any = error.validator_value
    value: Any = error.instance
    if keyword == "required":
        for name in expected:
            if name not in value:
                yield (*path, name), comment or "is required"
    elif keyword == "additionalProperties":
        known = list(schema["properties"])
        title = str(schema.get("title", "")) if path else ""
        for name in value:
            if name not in schema["properties"]:
                yield _unknown_property(path, str(name), known, title, beside_secret=_has_secret(schema))
    elif keyword == "type":
        if value is None:
            yield path, "is required"
            return
        wanted = expected if isinstance(expected, str) else expected[0]
        if wanted == "string" and isinstance(value, str):
            yield path, NO_TEXT
            return
        yield path, f"must be {_NAMES[wanted]}" + _but(value, wanted)
    elif comment:
        yield path, comment
    else:
        yield path, _sentence(keyword, expected, value, schema)


def _sentence(keyword: str, expected: Any, value: Any, schema: Mapping[str, Any]) -> str:
    if keyword == "enum":
        return "must be one of: " + ", ".join(str(one) for one in expected if one is not None)
    if keyword == "minLength":
        return f"must be at least {_count(expected, 'character')}" if value else "must not be empty"
    if keyword == "maxLength":
        return f"must be at most {_count(expected, 'character')}"
    if keyword in ("minimum", "maximum") and "minimum" in schema and "maximum" in schema:
        return f"must be between {schema['minimum']} and {schema['maximum']}"
    if keyword == "minItems":
        return f"must have at least {_count(expected, 'item')}"
    if keyword == "maxItems":
        return f"must have at most {_count(expected, 'item')}, it has {len(value)}"
    return {
        "minimum": f"must be at least {expected}",
        "maximum": f"must be at most {expected}",
        "uniqueItems": "must not contain the same item twice",
    }.get(keyword, "is not valid")


def _count(number: int, thing: str) -> str:
    return f"{number} {thing}" + ("" if number == 1 else "s")


def _but(value: Any, wanted: str) -> str:
    for name, kinds in (
        ("boolean", bool),
        ("string", str),
        ("number", (int, float)),
        ("array", list),
        ("object", dict),
    ):
        if isinstance(value, kinds):
            quotes = " (quotes make a text of it)" if (name, wanted) == ("number", "string") else ""
            return f", not {_NAMES[name]}{quotes}" if name != wanted and (name, wanted) != ("number", "integer") else ""
    return ""


def _has_secret(schema: Mapping[str, Any]) -> bool:
    """Whether a property of an object is a secret, also one that is only active under a condition."""
    parts = [schema, *(one.get("then", {}) for one in schema.get("allOf", ()))]
    properties = [prop for part in parts for prop in part.get("properties", {}).values()]
    return any(prop.get("writeOnly") or prop.get("items", {}).get("writeOnly") for prop in properties)


def _unknown_property(path: Path, name: str, known: list[str], title: str, *, beside_secret: bool) -> Found:
    """A key that is no property. It is shown only as far as it can hold no secret."""
    glued = glued_name(name, known)
    if glued:
        return (*path, glued[0]), glued_text(*glued)
    return (*path, shown_name(name, known, beside_secret=beside_secret)), _unknown(name, known, title)


def _unknown(name: str, known: list[str], title: str) -> str:
    near = difflib.get_close_matches(before_sign(name).lower(), [one.lower() for one in known], n=1, cutoff=0.6)
    text = f"is not a property of {title}" if title else "is not a known property"
    if near:
        return f"{text}, did you mean {next(one for one in known if one.lower() == near[0])}?"
    return f"{text}, which are: {', '.join(known)}" if 0 < len(known) <= 12 else text


def _beyond(model: Model, kind: ObjectType, value: Any, path: Path) -> Iterator[Found]:
    """What JSON Schema cannot say. Wrong types are passed over, they are reported already."""
    if not isinstance(value, dict):
        return
    for constraint in kind.constraints:
        yield from _complex(kind, constraint, value, path)
    active = ActiveProperties(kind, value.get)
    for name, prop in kind.properties.items():
        if value.get(name) is not None and active.is_active(name):
            yield from _beyond_property(model, prop, value[name], (*path, name))


def _beyond_property(model: Model, prop: Property, value: Any, path: Path) -> Iterator[Found]:
    if prop.kind == "object":
        yield from _beyond(model, model.object_of(prop), value, path)
    for constraint in prop.constraints:
        if constraint.get("type") == "REGEX" and isinstance(value, str) and _is_broken(value):
            yield path, constraint.get("customMessage") or "must be a regular expression"
        elif constraint.get("type") == "UNIQUE" and constraint.get("uniqueProperties") and isinstance(value, list):
            yield from _not_unique(constraint, value, path)
    if prop.items is not None and isinstance(value, list):
        for position, item in enumerate(value):
            yield from _beyond_property(model, prop.items, item, (*path, position))


def _not_unique(constraint: Mapping[str, Any], items: list[Any], path: Path) -> Iterator[Found]:
    names = [str(name) for name in constraint["uniqueProperties"]]
    seen: dict[str, int] = {}
    for position, item in enumerate(items):
        key = [get_path(item, split_path(name)) for name in names]
        if all(one is None for one in key):
            continue
        first = seen.setdefault(repr(key), position)
        if first != position:
            text = constraint.get("customMessage") or f"must be unique in the list by {', '.join(names)}"
            yield (*path, position), f"{text} (the same as item {first})"


def _complex(kind: ObjectType, constraint: Mapping[str, Any], value: dict[str, Any], path: Path) -> Iterator[Found]:
    name, custom = constraint.get("type"), constraint.get("customMessage")
    if name in _COMPARISONS and _comparable(kind, constraint):
        one, other = constraint["properties"]
        holds, text = _COMPARISONS[name]
        pair = (value.get(one), value.get(other))
        numbers = all(_is_finite(each) for each in pair)
        texts = all(isinstance(each, str) for each in pair)
        if (numbers or texts) and not holds(*pair):
            yield (*path, one), custom or text.format(other)
    elif name == "PROPERTY_COUNT_RANGE" and isinstance(constraint.get("properties"), list):
        names = [str(each) for each in constraint["properties"]]
        given = sum(value.get(each) is not None for each in names)
        least, most = constraint.get("minimumPropertyCount"), constraint.get("maximumPropertyCount")
        listed = ", ".join(names)
        if isinstance(least, int) and given < least:
            yield path, custom or f"needs at least {least} of: {listed}"
        if isinstance(most, int) and given > most:
            yield path, custom or f"takes at most {most} of: {listed}"


def _comparable(kind: ObjectType, constraint: Mapping[str, Any]) -> bool:
    names = constraint.get("properties")
    if not isinstance(names, list) or len(names) != 2:
        return False
    kinds = [kind.properties[name].kind if name in kind.properties else "" for name in names]
    return set(kinds) <= {"integer", "float"} or (kinds[0] == kinds[1] and kinds[0] in _LOCAL)


def _is_finite(value: Any) -> bool:
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        return False
    return isinstance(value, int) or math.isfinite(value)


def _is_broken(pattern: str) -> bool:
    if "\\Q" in pattern:
        return False
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            re.compile(pattern)
    except re.error as error:
        return error.msg.startswith(_BROKEN)
    except (OverflowError, RecursionError):
        return False
    return False
