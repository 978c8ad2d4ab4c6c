# Copyright (c) 2026, community.dynatrace contributors
# SPDX-License-Identifier: BSD-2-Clause

"""The functions of Go templates, as far as they do not depend on what is not known before a deployment."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Sequence
from typing import Any

from .go_yaml import go_text
from .marks import has_marks, may_be_empty

_VERB = re.compile(r"%(.?)", re.DOTALL)


class TemplateProblem(Exception):
    """A template cannot be rendered. The message begins with a verb, the template is the subject."""


def is_true(value: Any) -> bool:
    """Whether a condition holds: empty values are false.

    :raises TemplateProblem: the value is not known.
    """
    return bool(_known(value) if isinstance(value, str) and may_be_empty(value) else value)


def call(name: str, arguments: Sequence[Any]) -> Any:
    """Call a function.

    :raises TemplateProblem: it fails, or depends on what is not known.
    """
    least, most, function = FUNCTIONS[name]
    if not least <= len(arguments) <= most:
        raise TemplateProblem(f"calls {name} with {len(arguments)} arguments")
    return function(*arguments)


def _known(value: Any) -> Any:
    if isinstance(value, str) and has_marks(value):
        raise TemplateProblem("has a condition that depends on a value that is unknown before deployment")
    return value


def _kind(value: Any) -> str:
    value = _known(value)
    if value is None or isinstance(value, (list, dict)):
        raise TemplateProblem("compares values that cannot be compared")
    return "bool" if isinstance(value, bool) else type(value).__name__


def _same(one: Any, *others: Any) -> bool:
    for other in others:
        if one is None or other is None:
            if one is other:
                return True
            continue
        if _kind(one) != _kind(other):
            raise TemplateProblem("compares values of different types")
        if one == other:
            return True
    return False


def _compared(holds: Callable[[Any, Any], bool]) -> Callable[[Any, Any], bool]:
    def compare(one: Any, other: Any) -> bool:
        if _kind(one) != _kind(other) or _kind(one) == "bool":
            raise TemplateProblem("compares values of different types")
        if isinstance(one, str):
            return holds(one.encode(), other.encode())
        return holds(one, other)

    return compare


def _length(value: Any) -> int:
    if not isinstance(value, (str, list, dict)):
        raise TemplateProblem("uses len with a value that has no length")
    return len(_known(value).encode() if isinstance(value, str) else value)


def _index(value: Any, *keys: Any) -> Any:
    if value is None:
        raise TemplateProblem("uses index with an element that does not exist")
    for key in keys:
        _known(key)
        if isinstance(value, dict) and isinstance(key, str):
            value = value.get(key)
        elif isinstance(value, list) and isinstance(key, int) and not isinstance(key, bool) and 0 <= key < len(value):
            value = value[key]
        else:
            raise TemplateProblem("uses index with an element that does not exist")
    return value


def _print(*values: Any) -> str:
    text = ""
    for position, value in enumerate(values):
        if position and not isinstance(value, str) and not isinstance(values[position - 1], str):
            text += " "
        text += go_text(value)
    return text


def _printf(form: Any, *values: Any) -> str:
    if not isinstance(form, str):
        raise TemplateProblem("uses a format that is not text")
    rest = list(values)

    def formatted(found: re.Match[str]) -> str:
        verb = found[1]
        if verb == "%":
            return "%"
        value = rest.pop(0) if rest else _MISSING
        fits = {
            "v": value is not _MISSING,
            "s": isinstance(value, str),
            "d": isinstance(value, int) and not isinstance(value, bool),
            "t": isinstance(value, bool),
            "q": isinstance(value, str) and value.isascii() and value.isprintable() and not has_marks(value),
        }
        if not fits.get(verb):
            raise TemplateProblem(f"formats a value with %{verb} that does not support it")
        return json.dumps(value) if verb == "q" else go_text(value)

    text = _VERB.sub(formatted, form)
    if rest:
        raise TemplateProblem("has more values than its format uses")
    return text


_MISSING = object()
_MANY = 1000
# The least and the highest number of arguments, and the function. The first two do not always evaluate all of them.
FUNCTIONS: dict[str, tuple[int, int, Callable[..., Any]]] = {
    "and": (1, _MANY, lambda *values: values[-1]),
    "or": (1, _MANY, lambda *values: values[-1]),
    "not": (1, 1, lambda value: not is_true(value)),
    "eq": (2, _MANY, _same),
    "ne": (2, 2, lambda one, other: not _same(one, other)),
    "lt": (2, 2, _compared(lambda one, other: one < other)),
    "le": (2, 2, _compared(lambda one, other: one <= other)),
    "gt": (2, 2, _compared(lambda one, other: one > other)),
    "ge": (2, 2, _compared(lambda one, other: one >= other)),
    "len": (1, 1, _length),
    "index": (1, _MANY, _index),
    "print": (0, _MANY, _print),
    "printf": (1, _MANY, _printf),
}
