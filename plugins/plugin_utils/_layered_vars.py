# Copyright (c) 2026, community.dynatrace contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Which variables add to a list, and in which order: that of Ansible's precedence, by where each is defined.

Ansible has one value for each name of a variable. So the groups of a host add to one list with variables of different
names: ``dynatrace_settings`` in one group, ``dynatrace_settings__shop`` in another.
"""

from __future__ import annotations

import os
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from ansible.inventory.helpers import sort_groups

from ansible_collections.community.dynatrace.plugins.plugin_utils._untrusted import place_of

SEPARATOR = "__"
# The folders of variables, and the entity that a file or folder in them is about.
_FOLDERS = re.compile(r"(?:^|/)((group|host)_vars/([^/]+?)(?:\.(?:ya?ml|json))?(?:/.*)?)$")


@dataclass(frozen=True)
class LayeredVariable:
    """A variable that adds to a list, and where it is defined, as far as Ansible knows."""

    name: str
    origin: str


def layered_variables(base: str, variables: Mapping[str, Any]) -> list[LayeredVariable]:
    """Return the variables that add to ``base``, the ones of the lowest precedence first.

    The order is that of Ansible: the group ``all``, parent groups before their children, the host, and after that
    everything that is not in the inventory (variables of plays and tasks, extra variables). At one place, the variable
    without a suffix comes first, then the suffixes in alphabetical order.
    """
    names = [name for name in variables if name == base or name.startswith(base + SEPARATOR)]
    if not names:
        return []
    if names == [base]:
        return [LayeredVariable(base, "")]
    host, groups = _host_and_groups(variables)
    placed = []
    for name in names:
        rank, origin = _place(name, variables[name], host, groups)
        placed.append((rank, name, LayeredVariable(name, origin)))
    return [layered for _rank, _name, layered in sorted(placed, key=lambda one: one[:2])]


def _host_and_groups(variables: Mapping[str, Any]) -> tuple[Any, Sequence[Any]]:
    """The host as Ansible's inventory has it, and its groups in the order of their precedence."""
    inventory = getattr(variables.get("hostvars"), "_inventory", None)
    host = inventory.get_host(variables.get("inventory_hostname")) if inventory is not None else None
    return host, sort_groups(host.get_groups()) if host is not None else ()


def _place(name: str, value: Any, host: Any, groups: Sequence[Any]) -> tuple[int, str]:
    """The rank of a variable among the groups and the host, and a description of where it is defined."""
    if host is None:
        return 0, ""
    ranks = {group.name: rank for rank, group in enumerate(groups)}
    path, line = place_of(value)
    found = _FOLDERS.search(path.replace(os.sep, "/")) if path else None
    if found:
        where, kind, entity = found.groups()
        file = f"{where}:{line}" if line else where
        if kind == "host" and entity == host.name:
            return len(groups), f"host {entity}, {file}"
        if kind == "group" and entity in ranks:
            return ranks[entity], f"group {entity}, {file}"
    if _defines(host, name, value):
        return len(groups), f"host {host.name}"
    for group in reversed(groups):
        if _defines(group, name, value):
            return ranks[group.name], f"group {group.name}"
    return len(groups) + 1, os.path.basename(path) if path else ""


def _defines(entity: Any, name: str, value: Any) -> bool:
    """Whether an inventory source gives a group or host this value of a variable."""
    own = getattr(entity, "vars", {})
    return name in own and (own[name] is value or bool(own[name] == value))
