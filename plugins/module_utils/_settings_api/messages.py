# Copyright (c) 2026, community.dynatrace contributors
# SPDX-License-Identifier: BSD-2-Clause

"""Sentences that name options, which users may know as variables of other names."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Union


class UserPath(str):
    """A path as the user wrote it, whatever options are called."""


@dataclass(frozen=True)
class Names:
    """What the user calls options.

    :param names: the variable of an option.
    :param items: the path of each item of an option whose items come from several variables.
    """

    names: Mapping[str, str] = field(default_factory=dict)
    items: Mapping[str, Sequence[str]] = field(default_factory=dict)

    def option(self, name: str) -> str:
        """The variable that an option comes from, or the option."""
        return self.names.get(name, name)

    def path(self, path: str) -> str:
        """A path that begins with an option, or with its variable, as the user wrote it."""
        if isinstance(path, UserPath):
            return path
        found = re.match(r"(\w*)(?:\[(\d+)\])?", path)
        head, index = found.groups() if found else ("", None)
        if found and index is not None:
            for option, paths in self.items.items():
                if head in (option, self.option(option)) and int(index) < len(paths):
                    return UserPath(paths[int(index)] + path[found.end() :])
        return UserPath(self.option(head) + path[len(head) :])


OPTION_NAMES = Names()
"""For users of the options themselves."""


class _Options:
    """The names of options in a template: ``{option.timeout}``."""

    def __init__(self, names: Names) -> None:
        self._names = names

    def __getattr__(self, option: str) -> str:
        return self._names.option(option)


class _Fact:
    """A fact in a template. Its format says what it is: an ``option``, a ``path``, a noun to count, ..."""

    def __init__(self, value: Any, names: Names, kinds: Mapping[str, Mapping[str, str]]) -> None:
        self._value = value
        self._names = names
        self._kinds = kinds

    def __repr__(self) -> str:
        return repr(self._value)

    def __format__(self, kind: str) -> str:
        value, option = self._value, self._names.option
        if kind in self._kinds:
            return self._kinds[kind].get(value, str(value))
        if kind == "option":
            return option(value)
        if kind == "path":
            return self._names.path(value)
        if kind == "alternatives":
            return ", or ".join(" and ".join(map(option, part)) for part in value)
        if kind == "and":
            *most, last = map(option, value)
            return f"{', '.join(most)} and {last}"
        if kind == "or":
            return " or ".join(value)
        if isinstance(value, (list, tuple)):
            listed = ", ".join(map({"options": option, "paths": self._names.path}.get(kind, str), value))
            return f"{kind}{'' if len(value) == 1 else 's'} {listed}" if kind == "variable" else listed
        if kind.isalpha():
            return f"{value} {kind}{'' if value == 1 else 's'}"
        return format(value, kind)


@dataclass(frozen=True)
class Hint:
    """A sentence that names options, as in ``Check {option.proxy}.``."""

    template: str
    facts: Mapping[str, Any] = field(default_factory=dict)

    def text(self, names: Names = OPTION_NAMES, kinds: Mapping[str, Mapping[str, str]] | None = None) -> str:
        """The sentence with the names that the user knows.

        :param kinds: formats of facts that stand for the values of a table.
        """
        facts = {name: _Fact(fact, names, kinds or {}) for name, fact in self.facts.items()}
        return self.template.format(option=_Options(names), **facts)


Advice = Union[str, Hint]  # noqa: UP007 - evaluated at run time


def text_of_advice(advice: Advice, names: Names = OPTION_NAMES) -> str:
    """A sentence with or without options."""
    return advice.text(names) if isinstance(advice, Hint) else advice
