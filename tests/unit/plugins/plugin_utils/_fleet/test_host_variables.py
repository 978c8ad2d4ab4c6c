# Copyright (c) 2026, community.dynatrace contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""The variables of a host, and the keyword environment as it is for a host. In a real run: test_fleet_task."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest
from ansible.errors import AnsibleError

from ansible_collections.community.dynatrace.plugins.plugin_utils._fleet.host_variables import HostVariables


class Templar:
    """Renders ``{{ name }}``."""

    available_variables: dict[str, Any]

    def template(self, raw: Any) -> Any:
        name = str(raw).strip("{ }")
        return self.available_variables.get(name, raw)


def variables_of(environments: tuple[Any, ...] = (), **hosts: dict[str, Any]) -> HostVariables:
    manager = SimpleNamespace(get_vars=lambda *, host, **more: {**hosts[host], "asked": sorted(more)})
    inventory = SimpleNamespace(get_host=lambda name: name if name in hosts else None)
    hostvars = SimpleNamespace(_variable_manager=manager, _inventory=inventory, raw_get=hosts.__getitem__)
    task = SimpleNamespace(get_play=lambda: "play")
    given = {"hostvars": hostvars, "omit": "__omit__", "ansible_failed_hosts": ["b"], "other": 1}
    return HostVariables(task, given, Templar(), environments)


def test_a_host_has_its_variables_and_what_strategies_add() -> None:
    found = variables_of(a={"x": 1}).of("a")
    assert found == {
        "x": 1,
        "omit": "__omit__",
        "ansible_failed_hosts": ["b"],
        "asked": ["_hosts", "_hosts_all", "play", "task"],
    }
    assert variables_of(a={"x": 1}).inventory("a") == {"x": 1}
    with pytest.raises(AnsibleError, match="b is not in the inventory"):
        variables_of(a={}).of("b")


def test_the_last_environment_wins_and_nothing_is_no_variable() -> None:
    environments = ({"A": 1, "B": 2}, [{"B": 3}, {"C": None}], "{{ own }}")
    found = variables_of(environments, a={})
    assert found.environ({"own": {"D": True}}) == {"A": "1", "B": "3", "D": "True"}
    assert found.environ({"own": "no mapping"}) == {"A": "1", "B": "3"}
