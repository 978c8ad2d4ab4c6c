# Copyright (c) 2026, community.dynatrace contributors
# SPDX-License-Identifier: BSD-2-Clause

"""Options in the words in which they were given: those of a role or a playbook are variables of another name.

An action plugin takes options from variables, and tells what it took in an internal option. Whoever does the work, the
plugin or the module, then speaks of ``user_session_exports_slots[1]`` and not of ``exports[1]``.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
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
    """

    names: Mapping[str, str] = field(default_factory=dict)
    problems: tuple[Problem, ...] = ()
    warnings: tuple[str, ...] = ()
    meant: tuple[str, ...] = ()

    @classmethod
    def of(cls, params: Mapping[str, Any]) -> OptionNames:
        """What the parameters of a door hold; nothing if they do not come from variables."""
        given = params.get(OPTION)
        if not isinstance(given, Mapping):
            return _NONE
        problems = tuple(Problem(str(path), str(text)) for path, text in given.get("problems") or ())
        return cls(given.get("names") or {}, problems, *(tuple(given.get(key) or ()) for key in ("warnings", "meant")))

    def to_option(self) -> dict[str, Any]:
        """For a module, which is another process."""
        told = [[problem.path, problem.message] for problem in self.problems]
        more = {"warnings": list(self.warnings), "meant": list(self.meant)}
        return {"names": dict(self.names), "problems": told, **more}

    def problem(self, problem: Problem) -> Problem:
        """A problem of an option as one of the variable that gave it."""
        head = re.match(r"\w*", problem.path)
        option = head.group() if head else ""
        return Problem(self.names.get(option, option) + problem.path[len(option) :], self.text(problem.message))

    def text(self, text: str) -> str:
        """A sentence of ours with the names of options in it.

        Names of two words are found anywhere, the others, which are words of every day, only with a value behind them
        or after the word option.
        """
        if not self.names:
            return text
        return _pattern(tuple(sorted(self.names))).sub(lambda found: self.names[found.group()], text)

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
