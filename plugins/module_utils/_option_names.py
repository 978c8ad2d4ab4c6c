# Copyright (c) 2026, community.dynatrace contributors
# SPDX-License-Identifier: BSD-2-Clause

"""Options in the words in which they were given: those of a role or a playbook are variables of another name.

An action plugin takes options from variables, and tells what it took in an internal option. Whoever does the work, the
plugin or the module, then speaks of ``user_session_exports_slots[1]`` and not of ``exports[1]``.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

from ._settings_api.errors import InvalidInput, Problem, SettingsError

OPTION = "_words"
"""What the action plugin tells stands under this name among the options, and is none: no argument spec has it."""


def apart(params: Mapping[str, Any]) -> tuple[dict[str, Any], dict[str, Any]]:
    """The options, and what the action plugin tells beside them."""
    told = {OPTION: params[OPTION]} if OPTION in params else {}
    return {name: value for name, value in params.items() if name != OPTION}, told


@dataclass(frozen=True)
class OptionNames:
    """How the options of a task are called by whoever gave them.

    :param names: the variable of an option.
    :param problems: what is wrong with variables, where only the action plugin can see it.
    :param warnings: the same, where it is not wrong enough to stop.
    :param meant: variables that one with a problem was most likely meant to be, so that they are not missing as well.
    :param items: the path of each item of an option whose items come from several variables.
    :param declared_in: the variable, and the group or host, that each of these items comes from, by its name.
    """

    names: Mapping[str, str] = field(default_factory=dict)
    problems: tuple[Problem, ...] = ()
    warnings: tuple[str, ...] = ()
    meant: tuple[str, ...] = ()
    items: Mapping[str, Sequence[str]] = field(default_factory=dict)
    declared_in: Mapping[str, str] = field(default_factory=dict)

    @classmethod
    def of(cls, params: Mapping[str, Any]) -> OptionNames:
        """What the parameters of a door hold; nothing if they do not come from variables."""
        given = params.get(OPTION)
        if not isinstance(given, Mapping):
            return _NONE
        problems = tuple(Problem(str(path), str(text)) for path, text in given.get("problems") or ())
        warnings, meant = (tuple(given.get(key) or ()) for key in ("warnings", "meant"))
        items, declared_in = (given.get(key) or {} for key in ("items", "declared_in"))
        return cls(given.get("names") or {}, problems, warnings, meant, items, declared_in)

    def to_option(self) -> dict[str, Any]:
        """For a module, which is another process."""
        told = [[problem.path, problem.message] for problem in self.problems]
        more = {"warnings": list(self.warnings), "meant": list(self.meant), "declared_in": dict(self.declared_in)}
        items = {option: list(paths) for option, paths in self.items.items()}
        return {"names": dict(self.names), "problems": told, "items": items, **more}

    def problem(self, problem: Problem) -> Problem:
        """A problem of an option as one of the variable that gave it."""
        head = re.match(r"\w*", problem.path)
        option = head.group() if head else ""
        path = self.names.get(option, option) + problem.path[len(option) :]
        return Problem(self._item_paths(path), self.text(problem.message))

    def _item_paths(self, text: str) -> str:
        """A text in which an item of several variables is called by the variable that has it."""
        for option, paths in self.items.items():
            variable = self.names.get(option, option)

            def own(found: re.Match[str], paths: Sequence[str] = paths) -> str:
                index = int(found[1])
                return paths[index] if index < len(paths) else found.group()

            text = re.sub(rf"(?<![\w.]){re.escape(variable)}\[(\d+)\]", own, text)
        return text

    def text(self, text: str) -> str:
        """A sentence of ours with the names of options in it.

        Names of two words are found anywhere, the others, which are words of every day, only with a value behind them
        or after the word option.
        """
        if not self.names:
            return text
        text = _pattern(tuple(sorted(self.names))).sub(lambda found: self.names[found.group()], text)
        return self._item_paths(text)

    def error(self, error: SettingsError) -> SettingsError:
        """An error of the engine. What a server says is left as it is."""
        if not self.names:
            return error
        if isinstance(error, InvalidInput):
            return InvalidInput(self.each(error.problems), hint=self.text(error.hint))
        return SettingsError(error.message, hint=self.text(error.hint), details=error.details)

    def each(self, problems: Iterable[Problem]) -> list[Problem]:
        """Several problems."""
        return [self.problem(problem) for problem in problems]


_NONE = OptionNames()


@lru_cache(maxsize=8)
def _pattern(names: tuple[str, ...]) -> re.Pattern[str]:
    clear = "|".join(name for name in names if "_" in name) or "(?!)"
    plain = "|".join(name for name in names if "_" not in name) or "(?!)"
    return re.compile(rf"(?<![\w.])(?:{clear})(?!\w)|(?<![\w.])(?:{plain})(?=: \w)|(?<=\boption )(?:{plain})(?!\w)")
