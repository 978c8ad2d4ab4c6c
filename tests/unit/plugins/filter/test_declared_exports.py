# Copyright (c) 2026, community.dynatrace contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""The session exports of hosts, from the variables of their groups."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml
from ansible.errors import AnsibleFilterError
from ansible.inventory.manager import InventoryManager
from ansible.parsing.dataloader import DataLoader
from ansible.vars.hostvars import HostVars
from ansible.vars.manager import VariableManager

from ansible_collections.community.dynatrace.plugins.filter.declared_exports import BASE, declared_exports


def hostvars(folder: Path, **own: object) -> HostVars:
    shop = {f"{BASE}__a": [{"name": "billing", "of": "shop"}]}
    hosts = {"shop": shop, "bank": own}
    inventory = {
        "all": {
            "vars": {BASE: [{"name": "archive"}], f"{BASE}__z": [{"name": "billing", "of": "all"}]},
            "children": {"europe": {"hosts": hosts}},
        }
    }
    (folder / "inventory.yml").write_text(yaml.safe_dump(inventory))
    loader = DataLoader()
    manager = InventoryManager(loader=loader, sources=[str(folder / "inventory.yml")])
    return HostVars(manager, VariableManager(loader=loader, inventory=manager), loader)


def test_exports_of_hosts_are_those_that_the_role_would_configure(tmp_path: Path) -> None:
    found = declared_exports(hostvars(tmp_path), ["shop", "bank"])
    assert found == [
        {"name": "archive"},
        {"name": "billing", "of": "shop"},
        {"name": "archive"},
        {"name": "billing", "of": "all"},
    ]
    assert declared_exports(hostvars(tmp_path), []) == []


def test_wrong_input_is_named(tmp_path: Path) -> None:
    with pytest.raises(AnsibleFilterError, match="must be hostvars"):
        declared_exports({}, ["shop"])
    with pytest.raises(AnsibleFilterError, match=f"{BASE}__a of bank must be a list"):
        declared_exports(hostvars(tmp_path, **{f"{BASE}__a": "text"}), ["bank"])
