# Copyright (c) 2026, community.dynatrace contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The session exports that hosts declare in variables of groups and hosts."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from ansible.errors import AnsibleFilterError

from ansible_collections.community.dynatrace.plugins.module_utils._layers import Layer, merged_by_name
from ansible_collections.community.dynatrace.plugins.plugin_utils._layered_vars import layered_variables

DOCUMENTATION = r"""
---
name: declared_exports
short_description: Return the session exports that hosts declare
version_added: 0.1.0
author:
  - community.dynatrace contributors (@ansible-collections)
description:
  - Returns the exports that the given hosts declare in C(user_session_exports_slots) and in all variables whose names
    begin with C(user_session_exports_slots__). As in P(community.dynatrace.user_session_exports#role), an export
    replaces one with the same name from an earlier variable of the same host.
positional: hosts
options:
  _input:
    description: The variable C(hostvars).
    type: dict
    required: true
  hosts:
    description: Names of hosts.
    type: list
    elements: str
    required: true
"""

EXAMPLES = r"""
- name: Check the endpoints of all hosts
  community.dynatrace.user_session_exports_endpoint_check:
    exports: "{{ hostvars | community.dynatrace.declared_exports(ansible_play_hosts) }}"
  run_once: true
"""

RETURN = r"""
---
_value:
  description: The exports of all hosts, one after the other.
  type: list
  elements: dict
"""

BASE = "user_session_exports_slots"


def declared_exports(hostvars: Any, hosts: Iterable[str]) -> list[Any]:
    """Return the declared exports of hosts."""
    if not hasattr(hostvars, "raw_get"):
        raise AnsibleFilterError("The input of community.dynatrace.declared_exports must be hostvars.")
    found: list[Any] = []
    for host in hosts:
        raw = {**hostvars.raw_get(host), "hostvars": hostvars, "inventory_hostname": host}
        layers = []
        for one in layered_variables(BASE, raw):
            items = hostvars[host][one.name]
            if not isinstance(items, list):
                raise AnsibleFilterError(f"{one.name} of {host} must be a list.")
            layers.append(Layer(one.name, one.origin, items))
        found += merged_by_name(layers).items
    return found


class FilterModule:
    """The filters of this file."""

    def filters(self) -> dict[str, Callable[..., Any]]:
        """Return the filters by name."""
        return {"declared_exports": declared_exports}
