# Copyright (c) 2026, community.dynatrace contributors
# SPDX-License-Identifier: BSD-2-Clause

"""What is wrong with a value, all of it, and without the value."""

from __future__ import annotations

import difflib
import math
import re
import warnings
from collections.abc import Callable, Iterator, Mapping
from typing import TYPE_CHECKING, Any

from .errors import MissingLibrary, Problem, custom
from .preconditions import ActiveProperties
from .property_path import Path, get_path, sort_key
from .schema_model import Model, ObjectType, Property
from .strings import before_sign, glued_name, is_text, length, shown_name
from .values import plain_form, split_path

if TYPE_CHECKING:
    from jsonschema.exceptions import ValidationError

# The path of a problem of a value is one in the value, until the option is known that holds it.
Found = tuple[Path, Problem]

_COMPARISONS: dict[str, tuple[Callable[[Any, Any], bool], str]] = {
    "GREATER_THAN": (lambda one, other: one > other, "greater_than"),
    "GREATER_THAN_OR_EQUAL": (lambda one, other: one >= other, "minimum"),
    "LESS_THAN": (lambda one, other: one < other, "less_than"),
    "LESS_THAN_OR_EQUAL": (lambda one, other: one <= other, "maximum"),
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


def find(model: Model, validator: Any, value: Any) -> list[Found]:
    """All problems, sorted by place."""
    found: dict[Path, list[Problem]] = {}
    empty: set[Path] = set()
    for error in validator.iter_errors(value):
        for path, problem in _explained(error):
            if problem not in found.setdefault(path, []):
                found[path].append(problem)
        if isinstance(error.instance, str) and not error.instance.strip():
            empty.add(tuple(error.absolute_path))
    for path in empty:
        # Of an empty text it is enough to say so.
        blank = [problem for problem in found[path] if problem.code in ("blank", "empty")]
        found[path] = blank[:1] or found[path]
    for path, problem in _beyond(model, model.root, value, ()) if model.has_other_constraints else ():
        if problem not in found.setdefault(path, []):
            found[path].append(problem)
    for path, problems in list(found.items()):
        for meant in [(*path[:-1], problem.facts["meant"]) for problem in problems if "meant" in problem.facts]:
            # What is written in other letters is not missing as well.
            if [problem.code for problem in found.get(meant, ())] == ["required"]:
                del found[meant]
    return [(path, problem) for path in sorted(found, key=sort_key) for problem in sorted(found[path])]


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
    known = schema.get("problem")
    keyword = str(error.validator)
    expected: Any = error.validator_value
    value: Any = error.instance
    if keyword == "required":
        for name in expected:
            if name not in value:
                yield (*path, name), _known_problem(known) or Problem("required", "")
    elif keyword == "additionalProperties":
        names = list(schema["properties"])
        title = str(schema.get("title", "")) if path else ""
        for name in value:
            if name not in schema["properties"]:
                yield _unknown_property(path, str(name), names, title)
    elif keyword == "type":
        if value is None:
            yield path, Problem("required", "")
            return
        wanted = expected if isinstance(expected, str) else expected[0]
        if wanted == "string" and isinstance(value, str):
            yield path, Problem("half_character", "")
            return
        yield path, _wrong_type(value, wanted)
    else:
        yield path, _known_problem(known) or _of_keyword(keyword, expected, value, schema)


def _known_problem(known: Any) -> Problem | None:
    """What the schema calls a violation itself, if it does."""
    if not isinstance(known, Mapping):
        return None
    return Problem(known["code"], "", {name: fact for name, fact in known.items() if name != "code"})


# The problem of a keyword, and the fact that holds what the keyword demands.
KEYWORD_PROBLEMS = {
    "minLength": ("min_length", "least"),
    "maxLength": ("max_length", "most"),
    "minItems": ("min_items", "least"),
    "minimum": ("minimum", "least"),
    "maximum": ("maximum", "most"),
    "uniqueItems": ("same_item", "unique"),
}


def _of_keyword(keyword: str, expected: Any, value: Any, schema: Mapping[str, Any]) -> Problem:
    if keyword == "enum":
        return Problem("choice", "", {"choices": [one for one in expected if one is not None]})
    if keyword == "minLength" and not value:
        return Problem("empty", "")
    if keyword in ("minimum", "maximum") and "minimum" in schema and "maximum" in schema:
        return Problem("between", "", {"least": schema["minimum"], "most": schema["maximum"]})
    if keyword == "maxItems":
        return Problem("max_items", "", {"most": expected, "count": len(value)})
    code, fact = KEYWORD_PROBLEMS.get(keyword, ("invalid", "expected"))
    return Problem(code, "", {fact: expected})


def _wrong_type(value: Any, wanted: str) -> Problem:
    for name, kinds in (
        ("boolean", bool),
        ("string", str),
        ("number", (int, float)),
        ("array", list),
        ("object", dict),
    ):
        if isinstance(value, kinds):
            if name == wanted or (name, wanted) == ("number", "integer"):
                break
            code = "type.quotes" if (name, wanted) == ("number", "string") else "type.other"
            return Problem(code, "", {"expected": wanted, "found": name})
    return Problem("type", "", {"expected": wanted})


def _unknown_property(path: Path, name: str, known: list[str], title: str) -> Found:
    """An unknown property. It is shown only as far as it cannot contain a secret."""
    glued = glued_name(name, known)
    if glued:
        return (*path, glued.facts["name"]), glued.at("")
    near = difflib.get_close_matches(before_sign(name).lower(), [one.lower() for one in known], n=1, cutoff=0.6)
    facts: dict[str, Any] = {"title": f"a property of {title}" if title else "a known property"}
    code = "unknown_property"
    if near:
        code, facts["meant"] = "unknown_property.meant", next(one for one in known if one.lower() == near[0])
    elif 0 < len(known) <= 12:
        code, facts["known"] = "unknown_property.known", known
    return (*path, shown_name(name, known)), Problem(code, "", facts)


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
            yield path, custom(constraint.get("customMessage"), "regex")
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
            facts = {"properties": names, "first": first}
            yield (*path, position), custom(constraint.get("customMessage"), "not_unique.item", facts)


def _complex(kind: ObjectType, constraint: Mapping[str, Any], value: dict[str, Any], path: Path) -> Iterator[Found]:
    name, text = constraint.get("type"), constraint.get("customMessage")
    if name in _COMPARISONS and _comparable(kind, constraint):
        one, other = constraint["properties"]
        holds, code = _COMPARISONS[name]
        pair = (value.get(one), value.get(other))
        numbers = all(_is_finite(each) for each in pair)
        texts = all(isinstance(each, str) for each in pair)
        if (numbers or texts) and not holds(*pair):
            yield (*path, one), custom(text, code, {"least": other, "most": other})
    elif name == "PROPERTY_COUNT_RANGE" and isinstance(constraint.get("properties"), list):
        names = [str(each) for each in constraint["properties"]]
        given = sum(value.get(each) is not None for each in names)
        least, most = constraint.get("minimumPropertyCount"), constraint.get("maximumPropertyCount")
        if isinstance(least, int) and given < least:
            yield path, custom(text, "too_few_properties", {"least": least, "properties": names})
        if isinstance(most, int) and given > most:
            yield path, custom(text, "too_many_properties", {"most": most, "properties": names})


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
