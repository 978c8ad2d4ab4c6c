# Copyright (c) 2026, community.dynatrace contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Which variables add to a list, in which order, and what is known about where they are defined."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml
from ansible.inventory.manager import InventoryManager
from ansible.parsing.dataloader import DataLoader
from ansible.vars.hostvars import HostVars
from ansible.vars.manager import VariableManager

from ansible_collections.community.dynatrace.plugins.module_utils._layers import merged_by_name
from ansible_collections.community.dynatrace.plugins.plugin_utils._layered_vars import layered_variables
from ansible_collections.community.dynatrace.plugins.plugin_utils._options_from_vars import taken_layered
from ansible_collections.community.dynatrace.tests.support.problems import texts

BASE = "user_session_exports_slots"


def variables(folder: Path, inventory: Any, files: dict[str, Any], **extra: Any) -> dict[str, Any]:
    """All variables of the host shop, as a task has them."""
    (folder / "inventory.yml").write_text(yaml.safe_dump(inventory))
    for name, content in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(yaml.safe_dump(content))
    loader = DataLoader()
    manager = InventoryManager(loader=loader, sources=[str(folder / "inventory.yml")])
    variable_manager = VariableManager(loader=loader, inventory=manager)
    found = dict(variable_manager.get_vars(host=manager.get_host("shop")))
    found["hostvars"] = HostVars(manager, variable_manager, loader)
    return {**found, **extra}


def order(found: dict[str, Any]) -> list[tuple[str, str]]:
    return [(one.name.removeprefix(BASE), one.origin) for one in layered_variables(BASE, found)]


INVENTORY = {
    "world": {
        "children": {
            "europe": {
                "hosts": {"shop": {f"{BASE}__aa_host": []}},
                "vars": {f"{BASE}__a_inline": []},
            }
        }
    }
}


def test_variables_are_ordered_as_ansible_orders_the_places_that_define_them(tmp_path: Path) -> None:
    files = {
        "group_vars/europe/exports.yml": {f"{BASE}__b": []},
        "group_vars/world.yml": {f"{BASE}__z": []},
        "group_vars/all.yml": {f"{BASE}__zz": [], BASE: []},
        "host_vars/shop.yml": {f"{BASE}__a": []},
    }
    found = variables(tmp_path, INVENTORY, files, **{f"{BASE}__0": []})
    assert [name for name, _origin in order(found)] == [
        "",
        "__zz",
        "__z",
        "__a_inline",
        "__b",
        "__a",
        "__aa_host",
        "__0",
    ]


def test_the_group_or_host_and_the_file_of_a_variable_are_known(tmp_path: Path) -> None:
    files = {"group_vars/world.yml": {f"{BASE}__z": []}, "host_vars/shop.yml": {f"{BASE}__a": []}}
    origins = dict(order(variables(tmp_path, INVENTORY, files)))
    assert origins["__a_inline"] == "group europe"
    assert origins["__aa_host"] == "host shop"
    assert origins["__z"].startswith("group world, group_vars/world.yml")
    assert origins["__a"].startswith("host shop, host_vars/shop.yml")


def test_priorities_of_groups_hold(tmp_path: Path) -> None:
    inventory = {
        "red": {"hosts": {"shop": {}}, "vars": {f"{BASE}__one": [], "ansible_group_priority": 10}},
        "teal": {"hosts": {"shop": {}}, "vars": {f"{BASE}__two": []}},
    }
    assert [name for name, _origin in order(variables(tmp_path, inventory, {}))] == ["__two", "__one"]


def test_without_an_inventory_the_names_decide() -> None:
    assert order({f"{BASE}__b": [], f"{BASE}__a": [], BASE: []}) == [("", ""), ("__a", ""), ("__b", "")]
    assert order({}) == []


def test_an_item_of_a_higher_layer_replaces_the_one_with_its_name(tmp_path: Path) -> None:
    files = {
        "group_vars/world.yml": {BASE: [{"name": "archive", "a": 1}, {"name": "billing"}]},
        "host_vars/shop.yml": {f"{BASE}__own": [{"name": "new"}, {"name": "archive", "b": 2}]},
    }
    found = variables(tmp_path, {"world": {"hosts": {"shop": {}}}}, files)
    merged = taken_layered("exports", BASE, found, lambda value: value, merged_by_name)
    assert merged.found["exports"] == [{"name": "archive", "b": 2}, {"name": "billing"}, {"name": "new"}]
    assert merged.paths == (f"{BASE}__own[1]", f"{BASE}[1]", f"{BASE}__own[0]")
    assert merged.declared_in["archive"].startswith(f"{BASE}__own (host shop, host_vars/shop.yml")
    assert merged.declared_in["billing"].startswith(f"{BASE} (group world, group_vars/world.yml")


@pytest.mark.parametrize("value", ["text", {"name": "a"}])
def test_a_variable_that_is_no_list_is_a_problem_of_its_own(value: Any) -> None:
    found = {BASE: [], f"{BASE}__a": value}
    merged = taken_layered("exports", BASE, found, lambda one: one, merged_by_name)
    assert texts(merged.problems) == {f"{BASE}__a": "must be a list"}


def test_two_items_of_one_variable_with_one_name_stay_for_the_validation_to_report() -> None:
    found = {BASE: [{"name": "a"}], f"{BASE}__x": [{"name": "a"}, {"name": "a"}]}
    merged = taken_layered("exports", BASE, found, lambda one: one, merged_by_name)
    assert len(merged.found["exports"]) == 2
