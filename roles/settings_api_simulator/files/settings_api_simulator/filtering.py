# Copyright (c) 2026, community.dynatrace contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""The parameters ``filter`` and ``sort`` of lists.

``created > '2026-01-01T00:00:00Z' and (value.name contains 'shop' or not value.enabled = true)``. Operators: = != < <=
> >= contains starts-with ends-with in; texts stand in single quotes, a backslash escapes. A comparison with a property
that is not set is false.
"""

from __future__ import annotations

import operator
import re
from collections.abc import Callable, Sequence
from datetime import datetime, timezone
from typing import Any, TypeVar

from .errors import ApiError, query_error

MAX_LENGTH, MAX_DEPTH = 1024, 5

# The value of a field of one item.
Lookup = Callable[[str], Any]
Condition = Callable[[Lookup], bool]
_Item = TypeVar("_Item")

_TOKEN = re.compile(
    r"\s*(?:(?P<text>'(?:[^'\\]|\\.)*')|(?P<number>-?\d+(?:\.\d+)?)(?![\w.-])|(?P<sign><=|>=|!=|[=<>(),])|"
    r"(?P<word>[A-Za-z_][\w.-]*))"
)
_COMPARISONS: dict[str, Callable[[Any, Any], bool]] = {
    "=": operator.eq,
    "!=": operator.ne,
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
}
_TEXT_OPERATORS: dict[str, Callable[[str, str], bool]] = {
    "contains": lambda one, other: other in one,
    "starts-with": str.startswith,
    "ends-with": str.endswith,
}
_TIMES = ("created", "modified", "modificationInfo.lastModifiedTime")


def parse(text: str, check_field: Callable[[str], None], parameter: str = "filter") -> Condition:
    """The condition that a filter expression stands for.

    :param check_field: raises an ApiError for a field that cannot be used here.
    :raises ApiError: 400 that names what is wrong.
    """
    if len(text) > MAX_LENGTH:
        raise query_error(parameter, f"must not be longer than {MAX_LENGTH} characters.")
    return _Parser(text, check_field, parameter).whole()


class _Parser:
    """Recursive descent: or, and, not, comparison."""

    def __init__(self, text: str, check_field: Callable[[str], None], parameter: str) -> None:
        self._parameter = parameter
        self._check_field = check_field
        self._tokens = self._split(text)
        self._depth = 0

    def _split(self, text: str) -> list[tuple[str, str]]:
        found, position = [], 0
        text = text.rstrip()
        while position < len(text):
            match = _TOKEN.match(text, position)
            if match is None or match.lastgroup is None:
                raise self._fault(f"unexpected character at position {position}.")
            found.append((match.lastgroup, match[match.lastgroup]))
            position = match.end()
        return found

    def _fault(self, text: str) -> ApiError:
        return query_error(self._parameter, text)

    def whole(self) -> Condition:
        found = self._or()
        if self._tokens:
            raise self._fault(f"unexpected {self._tokens[0][1]}.")
        return found

    def _peek(self) -> str:
        return self._tokens[0][1].lower() if self._tokens and self._tokens[0][0] != "text" else ""

    def _take(self, expected: str = "") -> tuple[str, str]:
        if not self._tokens or (expected and self._peek() != expected):
            raise self._fault(f"{expected or 'something'} is expected" + (" at the end." if not self._tokens else "."))
        return self._tokens.pop(0)

    def _or(self) -> Condition:
        parts = [self._and()]
        while self._peek() == "or":
            self._take()
            parts.append(self._and())
        return lambda look: any(part(look) for part in parts)

    def _and(self) -> Condition:
        parts = [self._not()]
        while self._peek() == "and":
            self._take()
            parts.append(self._not())
        return lambda look: all(part(look) for part in parts)

    def _not(self) -> Condition:
        if self._peek() == "not":
            self._take()
            inner = self._not()
            return lambda look: not inner(look)
        if self._peek() != "(":
            return self._comparison()
        self._take()
        self._depth += 1
        if self._depth > MAX_DEPTH:
            raise self._fault(f"must not be nested deeper than {MAX_DEPTH} levels.")
        inner = self._or()
        self._take(")")
        self._depth -= 1
        return inner

    def _comparison(self) -> Condition:
        kind, field = self._take()
        if kind != "word":
            raise self._fault(f"a field is expected in place of {field}.")
        self._check_field(field)
        sign = self._take()[1].lower()
        if sign == "in":
            return self._membership(field)
        if sign not in _COMPARISONS and sign not in _TEXT_OPERATORS:
            raise self._fault(f"unknown operator {sign}.")
        expected = self._literal(field)
        if sign in _TEXT_OPERATORS:
            test = _TEXT_OPERATORS[sign]
            return lambda look: isinstance(look(field), str) and test(look(field), str(expected))
        compare = _COMPARISONS[sign]
        return lambda look: _compared(compare, look(field), expected)

    def _membership(self, field: str) -> Condition:
        self._take("(")
        expected = [self._literal(field)]
        while self._peek() == ",":
            self._take()
            expected.append(self._literal(field))
        self._take(")")
        return lambda look: any(_compared(operator.eq, look(field), one) for one in expected)

    def _literal(self, field: str) -> Any:
        kind, text = self._take()
        if kind == "text":
            plain = re.sub(r"\\(.)", r"\1", text[1:-1])
            return self._moment(plain) if field in _TIMES else plain
        if kind == "number":
            return float(text) if "." in text else int(text)
        if kind == "word" and text in ("true", "false", "null"):
            return {"true": True, "false": False, "null": None}[text]
        raise self._fault(f"a value is expected in place of {text}.")

    def _moment(self, text: str) -> int:
        try:
            moment = datetime.fromisoformat(text.replace("Z", "+00:00"))
        except ValueError:
            raise self._fault(f"{text} is not a time.") from None
        return int((moment if moment.tzinfo else moment.replace(tzinfo=timezone.utc)).timestamp() * 1000)


def _compared(compare: Callable[[Any, Any], bool], value: Any, expected: Any) -> bool:
    if isinstance(value, bool) != isinstance(expected, bool):
        return False
    numbers = isinstance(value, (int, float)) and isinstance(expected, (int, float))
    if numbers or (isinstance(value, str) and isinstance(expected, str)):
        return bool(compare(value, expected))
    if expected is None:
        return compare is not operator.lt and compare is not operator.gt and bool(compare(value is None, True))
    return False


def in_order(
    items: Sequence[_Item], sort: str | None, check_field: Callable[[str], None], look: Callable[[_Item, str], Any]
) -> list[_Item]:
    """The items as ``sort`` asks: fields separated by commas, ``-`` before one for descending order."""
    found = list(items)
    for part in reversed([part.strip() for part in (sort or "").split(",") if part.strip()]):
        name = part.lstrip("+-")
        check_field(name)
        found.sort(key=lambda item: _sort_key(look(item, name)), reverse=part.startswith("-"))
    return found


def _sort_key(value: Any) -> tuple[int, Any]:
    if isinstance(value, (bool, int, float)):
        return 0, value
    return (1, value) if isinstance(value, str) else (2, "")
