# Copyright (c) 2026, community.dynatrace contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The import of a fleet: what all hosts of a group have in common is written to the variables of the group.

Nothing is written before all environments were read, and nothing at all if one of the files is not to be overwritten.
"""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from ansible_collections.community.dynatrace.plugins.module_utils import _export_modules
from ansible_collections.community.dynatrace.plugins.module_utils._module_definition import ModuleDefinition
from ansible_collections.community.dynatrace.plugins.module_utils._option_names import OptionNames
from ansible_collections.community.dynatrace.plugins.module_utils._problems import text_of
from ansible_collections.community.dynatrace.plugins.module_utils._session_exports import vars_file
from ansible_collections.community.dynatrace.plugins.module_utils._settings_api.errors import (
    InvalidInput,
    SettingsError,
)
from ansible_collections.community.dynatrace.plugins.module_utils._settings_common import yaml_file
from ansible_collections.community.dynatrace.plugins.module_utils._settings_common.imported import (
    COLLECTED,
    Collected,
    Entry,
    place,
)
from ansible_collections.community.dynatrace.plugins.module_utils._settings_objects import settings_module, to_vars


@dataclass(frozen=True)
class Import:
    """A module that imports variables.

    :param definition: reads an environment, and returns entries.
    :param file: the name of the file of a group.
    :param variable: the variable of a host. That of a group has a suffix.
    :param header: how the comments of its files begin.
    :param render_entries: called with the contents of entries, the comment, the ID of the environment or the name of
        the group, and the variable.
    """

    definition: ModuleDefinition
    file: str
    variable: str
    header: str
    render_entries: Callable[[Sequence[Any], str, str, str], str]

    def text(self, entries: Sequence[Entry], about: str, owner: str, variable: str) -> str:
        """The text of a file."""
        return self.render_entries([one.content for one in entries], about, owner, variable)

    def wrote(self, path: str) -> bool:
        """Whether a file is one that an import wrote."""
        try:
            with Path(path).open(encoding="utf-8", errors="replace") as file:
                return any(line.startswith(f"# {self.header}") for _number, line in zip(range(2), file, strict=False))
        except OSError:
            return False


# By the modules that write a file for each environment.
IMPORTS: dict[str, Import] = {
    "settings_to_vars": Import(
        settings_module.COLLECT, "settings.yml", to_vars.VARIABLE, to_vars.HEADER, to_vars.render_entries
    ),
    "user_session_exports_to_vars": Import(
        _export_modules.COLLECT,
        "user_session_exports.yml",
        vars_file.VARIABLE,
        vars_file.HEADER,
        _export_modules.render_entries,
    ),
}
_NAMES = OptionNames({"overwrite": "dynatrace_import_overwrite"})


@dataclass
class Written:
    """The files that were written, or would be."""

    files: list[str] = field(default_factory=list)
    diff: list[dict[str, str]] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)

    def lines(self, *, dry: bool) -> list[str]:
        """The files, for display."""
        wrote = [f"{'would write' if dry else 'wrote'} {path}" for path in self.files]
        if self.problems:
            head = "Not all files were written:" if wrote else "Nothing was written:"
            return [head, *(f"  {problem}" for problem in self.problems), *wrote]
        return wrote

    @property
    def failure(self) -> list[str]:
        """The lines of the message, if something went wrong."""
        before = [f"Written before: {', '.join(self.files)}. Repeat the import."] if self.files else []
        return [*self.problems, *before] if self.problems else []


def merged(
    what: Import,
    results: Mapping[str, Any],
    states: Iterable[str],
    groups: Mapping[str, Iterable[str]],
    directory: str,
    *,
    check: bool,
) -> Written:
    """Write what all environments returned, unless one of them could not be read.

    :param results: of the module, by host. What was collected is removed from them.
    :param states: of all environments, as in the report.
    """
    collected = _collected_of(results)
    if set(states) - {"unchanged"}:
        return Written(problems=["No file was written, because not all environments could be read."])
    return write(what, collected, groups, directory, check=check)


def write(
    what: Import,
    collected: Mapping[str, Collected],
    groups: Mapping[str, Iterable[str]],
    directory: str,
    *,
    check: bool,
) -> Written:
    """Write the variables of groups and hosts.

    :param collected: what was read, by host.
    :param groups: all hosts of each group of the inventory.
    :param directory: the directory of group variables.
    """
    files = list(_files(what, collected, groups, directory))
    found = Written()
    for path, text, overwrite in files:
        try:
            if overwrite and os.path.exists(path) and not what.wrote(path):
                found.problems.append(f"{path} was not written by an import. Rename it, or move its content.")
                continue
            changed, before = yaml_file.save(path, text, overwrite=overwrite, check=True)
            if changed:
                found.files.append(path)
                found.diff.append(yaml_file.diff(path, before, text))
        except SettingsError as error:
            found.problems.append(_message(error))
    if found.problems:
        return Written(problems=found.problems)
    return found if check else _save(files, found.diff)


def _save(files: Iterable[tuple[str, str, bool]], diff: Iterable[dict[str, str]]) -> Written:
    """Write files until one of them cannot be written."""
    diffs = {one["after_header"]: one for one in diff}
    found = Written()
    for path, text, overwrite in files:
        try:
            changed, _before = yaml_file.save(path, text, overwrite=overwrite, check=False)
        except SettingsError as error:
            found.problems.append(_message(error))
            break
        if changed:
            found.files.append(path)
            found.diff.append(diffs[path])
    return found


def _message(error: SettingsError) -> str:
    if isinstance(error, InvalidInput):
        return "; ".join(text_of(problem, _NAMES) for problem in error.problems)
    return error.text(_NAMES)


def _collected_of(results: Mapping[str, Any]) -> dict[str, Collected]:
    """What was collected, by host; it is removed from the results."""
    found = {host: result.pop(COLLECTED, None) for host, result in results.items()}
    return {host: Collected.of(one) for host, one in found.items() if one is not None}


def _files(
    what: Import, collected: Mapping[str, Collected], groups: Mapping[str, Iterable[str]], directory: str
) -> Iterator[tuple[str, str, bool]]:
    """The path and the text of each file, and whether it may replace another one."""
    members = {name: frozenset(hosts) for name, hosts in groups.items()}
    placement = place({host: one.entries for host, one in collected.items()}, members)
    overwrite = all(one.overwrite for one in collected.values())
    suffixes: dict[str, str] = {}
    for group in sorted(members):
        path = os.path.join(directory, group, what.file)
        entries = placement.groups.get(group, ())
        # What an earlier import wrote for a group of these hosts is not left beside the new files.
        outdated = not entries and not members[group].isdisjoint(collected) and what.wrote(path)
        if entries or outdated:
            about = f"{what.header}all hosts of the group {group}, without secrets."
            variable = f"{what.variable}__imported_{_suffix(group, suffixes)}"
            yield path, what.text(entries, about, group, variable), overwrite
    for host, entries in placement.hosts.items():
        one = collected[host]
        if entries or what.wrote(one.dest):
            text = what.text(entries, one.about, one.environment_id, what.variable)
            yield one.dest, text, one.overwrite


def _suffix(group: str, taken: dict[str, str]) -> str:
    """The name of a group as part of the name of a variable, which no other group has."""
    name = re.sub(r"\W", "_", group, flags=re.ASCII)
    while taken.setdefault(name, group) != group:
        name += "_"
    return name
