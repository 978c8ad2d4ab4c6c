# Copyright (c) 2026, community.dynatrace contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""The constraints of one property or item, each a function that answers with the fault or None."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from typing import Any

from .java_regex import compiled, matches
from .schema import Definition

_CHECKS: dict[str, Callable[[Definition, Any], str | None]] = {}


def broken(constraints: list[Definition], value: Any) -> list[str]:
    """What is wrong with a value that is not null and of the right type."""
    faults = []
    for constraint in constraints:
        check = _CHECKS.get(str(constraint.get("type")))
        fault = check(constraint, value) if check is not None else None
        if fault is not None:
            faults.append(str(constraint.get("customMessage") or fault))
    return faults


def _check(name: str) -> Callable[[Callable[[Definition, Any], str | None]], Callable[[Definition, Any], str | None]]:
    def register(function: Callable[[Definition, Any], str | None]) -> Callable[[Definition, Any], str | None]:
        _CHECKS[name] = function
        return function

    return register


def java_length(text: str) -> int:
    """Java counts UTF-16 units: an emoji is two."""
    return len(text.encode("utf-16-le", "surrogatepass")) // 2


def size_fault(count: int, least: Any, most: Any) -> str | None:
    """The text that the server uses for lengths of texts and sizes of collections."""
    if (least is None or count >= least) and (most is None or count <= most):
        return None
    return f"Size must be between {least or 0} and {most if most is not None else 2147483647}"


@_check("LENGTH")
def _length(constraint: Definition, value: Any) -> str | None:
    if not isinstance(value, str):
        return None
    return size_fault(java_length(value), constraint.get("minLength"), constraint.get("maxLength"))


@_check("NOT_BLANK")
def _not_blank(_constraint: Definition, value: Any) -> str | None:
    return "Must not be blank" if isinstance(value, str) and not value.strip() else None


@_check("NOT_EMPTY")
def _not_empty(_constraint: Definition, value: Any) -> str | None:
    return "Must not be empty" if isinstance(value, (str, list)) and not value else None


@_check("TRIMMED")
def _trimmed(_constraint: Definition, value: Any) -> str | None:
    return "Must be trimmed" if isinstance(value, str) and value != value.strip() else None


@_check("NO_WHITESPACE")
def _no_whitespace(_constraint: Definition, value: Any) -> str | None:
    return "Must not contain whitespace" if isinstance(value, str) and re.search(r"\s", value) else None


@_check("RANGE")
def _range(constraint: Definition, value: Any) -> str | None:
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        return None
    least, most = constraint.get("minimum"), constraint.get("maximum")
    if least is not None and value < least:
        return f"Must be greater than or equal to {least}"
    if most is not None and value > most:
        return f"Must be less than or equal to {most}"
    return None


@_check("PATTERN")
def _pattern(constraint: Definition, value: Any) -> str | None:
    pattern = str(constraint.get("pattern", ""))
    if isinstance(value, str) and not matches(pattern, value):
        return f"Must match pattern {pattern}"
    return None


@_check("REGEX")
def _regex(_constraint: Definition, value: Any) -> str | None:
    return "Must be a valid regular expression" if isinstance(value, str) and compiled(value) is None else None


@_check("UNIQUE")
def _unique(constraint: Definition, value: Any) -> str | None:
    if not isinstance(value, list):
        return None
    names = [str(name) for name in constraint.get("uniqueProperties") or []]
    seen: set[str] = set()
    for item in value:
        key = json.dumps([values_at(item, name) for name in names] if names else item, sort_keys=True)
        if key in seen:
            return f"Must be unique: {', '.join(names)}" if names else "Must be unique"
        seen.add(key)
    return None


@_check("CUSTOM_VALIDATOR_REF")
def _custom(constraint: Definition, value: Any) -> str | None:
    # Of all validators that live in the server, only what this one checks is known: https endpoints only.
    if constraint.get("customValidatorId") != "urlHttpsValidator" or not isinstance(value, str):
        return None
    return None if value.lower().startswith("https://") else "For security reasons we only allow HTTPS endpoints"


def pick(value: Any, path: str) -> Any:
    """The value below a path of slashes or dots, None where there is nothing. The path goes through objects only."""
    for part in path_parts(path):
        value = value.get(part) if isinstance(value, dict) else None
    return value


def values_at(value: Any, path: str) -> list[Any]:
    """All values below a path of slashes or dots that are not null; a list on the way counts with each of its items."""
    found = [value]
    for part in path_parts(path):
        found = [inner for one in found for inner in (one if isinstance(one, list) else [one])]
        found = [one[part] for one in found if isinstance(one, dict) and one.get(part) is not None]
    return found


def path_parts(path: str) -> list[str]:
    """Schemas separate the properties of a path by slashes or by dots; no property has either in its name."""
    return [part for part in re.split(r"[./]", path) if part]
