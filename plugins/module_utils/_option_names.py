# Copyright (c) 2026, community.dynatrace contributors
# SPDX-License-Identifier: BSD-2-Clause

"""The names of options as users know them: with a role or a playbook, an option is a variable of another name.

An action plugin that reads options from variables passes these names on in an internal option. Both the plugin and the
module then name ``user_session_exports_slots[1]`` and not ``exports[1]``.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from ._settings_api.errors import Problem
from ._settings_api.messages import Names, UserPath
from ._settings_api.property_path import Path

OPTION = "_option_names"
"""What the action plugin passes on has this name among the options, and is none: no argument spec has it."""


def apart(params: Mapping[str, Any]) -> tuple[dict[str, Any], dict[str, Any]]:
    """The options, and what the action plugin passed on beside them."""
    passed_on = {OPTION: params[OPTION]} if OPTION in params else {}
    return {name: value for name, value in params.items() if name != OPTION}, passed_on


@dataclass(frozen=True)
class OptionNames(Names):
    """How users know the options of a task.

    :param problems: what is wrong with variables, where only the action plugin can see it.
    :param warnings: the same, where it is not wrong enough to stop.
    :param meant: variables that one with a problem was most likely meant to be, so that they are not missing as well.
    :param declared_in: the variable, and the group or host, that each of these items comes from, by its name.
    """

    problems: tuple[Problem, ...] = ()
    warnings: tuple[str, ...] = ()
    meant: tuple[str, ...] = ()
    declared_in: Mapping[str, str] = field(default_factory=dict)

    @classmethod
    def of(cls, params: Mapping[str, Any]) -> OptionNames:
        """What is passed on in parameters; nothing if they do not come from variables."""
        given = params.get(OPTION)
        if not isinstance(given, Mapping):
            return _NONE
        names, items, declared_in = (given.get(key) or {} for key in ("names", "items", "declared_in"))
        problems = tuple(Problem(str(code), UserPath(path), facts) for code, path, facts in given.get("problems") or ())
        warnings, meant = (tuple(given.get(key) or ()) for key in ("warnings", "meant"))
        return cls(names, items, problems, warnings, meant, declared_in)

    def to_option(self) -> dict[str, Any]:
        """For a module, which is another process."""
        return {
            "names": dict(self.names),
            "items": {option: list(paths) for option, paths in self.items.items()},
            "problems": [[problem.code, str(problem.path), dict(problem.facts)] for problem in self.problems],
            "warnings": list(self.warnings),
            "meant": list(self.meant),
            "declared_in": dict(self.declared_in),
        }

    def user_paths(self, format_path: Callable[[str, Path], str]) -> Callable[[str, Path], str]:
        """What formats the path of a property in a declaration as the user wrote it, for messages about a server."""
        return lambda where, path: self.path(format_path(where, path)) if where else format_path(where, path)

    def each(self, problems: Iterable[Problem]) -> list[Problem]:
        """Problems of options as those of the variables that gave them."""
        return [problem.at(self.path(problem.path)) for problem in problems]


_NONE = OptionNames()
