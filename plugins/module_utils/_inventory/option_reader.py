# Copyright (c) 2026, community.dynatrace contributors
# SPDX-License-Identifier: BSD-2-Clause

"""Options as a user wrote them: known names and right types, or a problem with its path. No message holds a value."""

from __future__ import annotations

import difflib
import os
from collections.abc import Callable, Mapping
from typing import Any

from .._settings_api.errors import Problem

_YES, _NO = ("true", "yes", "on"), ("false", "no", "off")


class Given:
    """One mapping of options, and the list to which its problems go.

    :param where: path of the mapping as the user would write it, empty at the top.
    :param kinds: what each option is: ``str``, ``texts``, ``path``, ``bool``, ``number`` or ``any``.

    ``wrong`` names the options that have another type: given, but without a value.
    """

    def __init__(self, value: Any, kinds: Mapping[str, str], where: str, problems: list[Problem]) -> None:
        self.where = where
        self.problems = problems
        self.wrong: set[str] = set()
        self._values: dict[str, Any] = {}
        if not isinstance(value, Mapping):
            problems.append(Problem("type", where, {"expected": "options"}))
            self.wrong = set(kinds)
            return
        for name, part in value.items():
            if name not in kinds:
                near = difflib.get_close_matches(str(name), list(kinds), n=1)
                # An unknown name can be anything, even a secret, so it is only shown if it resembles an option.
                if near:
                    self.problem(str(name), "unknown_option.meant", meant=near[0])
                else:
                    self.problem("(one option)", "unknown_option", options=list(kinds))
            elif part is not None:
                self._take(name, part, kinds[name])

    def _take(self, name: str, value: Any, kind: str) -> None:
        try:
            self._values[name] = _KINDS[kind](value)
        except (TypeError, ValueError):
            self.wrong.add(name)
            self.problem(name, "type", expected=kind)

    def __contains__(self, name: str) -> bool:
        return name in self._values

    def get(self, name: str, default: Any = None) -> Any:
        """The value, or the default where it was not given or is wrong."""
        return self._values.get(name, default)

    def path(self, name: str) -> str:
        """The path of one of these options."""
        return f"{self.where}.{name}" if self.where else name

    def problem(self, name: str, code: str, **facts: Any) -> None:
        """Note what is wrong with an option."""
        self.problems.append(Problem(code, self.path(name), facts))

    def among(self, name: str, choices: tuple[str, ...]) -> None:
        """Note a problem unless the text, or every one of the texts, is one of the choices."""
        value = self.get(name)
        texts = value if isinstance(value, tuple) else () if value is None else (value,)
        if any(text not in choices for text in texts):
            self.problem(name, "choice.list" if isinstance(value, tuple) else "choice", choices=choices)


def _text(value: Any) -> str:
    # An id of digits is a number for YAML.
    if isinstance(value, bool) or not isinstance(value, (str, int)):
        raise TypeError
    return str(value)


def _texts(value: Any) -> tuple[str, ...]:
    return tuple(_text(item) for item in value) if isinstance(value, (list, tuple)) else (_text(value),)


def _path(value: Any) -> str:
    if not isinstance(value, str):
        raise TypeError
    return os.path.expanduser(os.path.expandvars(value))


def _flag(value: Any) -> bool:
    # A template of an older ansible-core gives text.
    word = str(value).lower()
    if word not in _YES + _NO:
        raise ValueError
    return word in _YES


def _number(value: Any) -> float:
    if isinstance(value, bool) or not isinstance(value, (str, int, float)):
        raise TypeError
    return float(value)


_KINDS: dict[str, Callable[[Any], Any]] = {
    "any": lambda value: value,
    "bool": _flag,
    "number": _number,
    "path": _path,
    "str": _text,
    "texts": _texts,
}
