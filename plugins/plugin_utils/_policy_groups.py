# Copyright (c) 2026, community.dynatrace contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The inventory groups of an environment, which policies select, and groups in policies that are misspelled."""

from __future__ import annotations

import difflib
from collections.abc import Collection, Iterator, Mapping
from dataclasses import replace
from typing import Any

from ansible_collections.community.dynatrace.plugins.module_utils._module_definition import ModuleDefinition
from ansible_collections.community.dynatrace.plugins.module_utils._option_names import OPTION as WORDS
from ansible_collections.community.dynatrace.plugins.module_utils._option_names import OptionNames
from ansible_collections.community.dynatrace.plugins.module_utils._policies.options import GROUPS_OPTION, OPTION
from ansible_collections.community.dynatrace.plugins.module_utils._settings_api.errors import Problem

_NEAR = 0.8


def with_groups(entry: ModuleDefinition, args: Mapping[str, Any], variables: Mapping[str, Any]) -> dict[str, Any]:
    """Return the arguments of a task, with the groups of the host if there are policies and no groups are given."""
    args = dict(args)
    policies = args.get(OPTION)
    if OPTION not in entry.options or not isinstance(policies, list) or not policies:
        return args
    if GROUPS_OPTION not in args and "group_names" in variables:
        args[GROUPS_OPTION] = [str(name) for name in variables["group_names"]]
    known = variables.get("groups")
    if isinstance(known, Mapping):
        names = OptionNames.of(args)
        problems = list(_unknown_groups(policies, {str(name) for name in known}, names.option(OPTION)))
        if problems:
            problems = [problem.at(names.path(problem.path)) for problem in problems]
            args[WORDS] = replace(names, problems=(*names.problems, *problems)).to_option()
    return args


def _unknown_groups(policies: Collection[Any], known: Collection[str], option: str) -> Iterator[Problem]:
    """A problem for each group that does not exist, and whose name is nearly that of one that does.

    Policies can be shared by inventories with different groups, so another name is not a mistake.
    """
    for number, policy in enumerate(policies):
        for key in ("match", "exclude"):
            selector = policy.get(key) if isinstance(policy, Mapping) else None
            groups = selector.get("groups") if isinstance(selector, Mapping) else None
            for position, group in enumerate(groups if isinstance(groups, list) else ()):
                near = difflib.get_close_matches(str(group), known, n=1, cutoff=_NEAR)
                if near and str(group) not in known:
                    path = f"{option}[{number}].{key}.groups[{position}]"
                    yield Problem("policy.unknown_group", path, {"meant": near[0]})
