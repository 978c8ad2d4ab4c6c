# Copyright (c) 2026, community.dynatrace contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Names of objects, groups, hosts and vault variables."""

from __future__ import annotations

from pathlib import Path

from ansible_collections.community.dynatrace.plugins.module_utils._monaco.names import (
    group_names,
    host_names,
    vault_variable,
)
from ansible_collections.community.dynatrace.tests.support.monaco_projects import config, converted


def test_names_are_those_of_monaco_if_they_are_unique(tmp_path: Path) -> None:
    names = {"a": "Same", "b": "Same", "c": 'Own "name"', "d": " blank", "e": {"type": "environment", "name": "X"}}
    configs = [config(one, {"name": name}) for one, name in names.items()]
    configs.append(config("f", {"name": "f"}, environmentOverrides=[{"environment": "eu", "override": {"name": "g"}}]))
    conversion = converted(tmp_path, *configs, config("g", {"template": "constant.json"}), shop__constant_json="{}")
    assert {one.id: name for one, name in conversion.names.items()} == {
        **{one: one for one in "abdefg"},
        "c": 'Own "name"',
    }


def test_names_of_groups_hosts_and_variables() -> None:
    hosts = host_names(["dev", "a/b", "a:b", ".hidden"])
    assert hosts == {"dev": "dev", "a/b": "a_b", "a:b": "a_b_2", ".hidden": "hidden"}
    assert group_names(["dev", "prod-eu", "1st", "all"], hosts.values()) == {
        "dev": "group_dev",
        "prod-eu": "prod_eu",
        "1st": "group_1st",
        "all": "group_all",
    }
    assert vault_variable("SLACK_TOKEN") == "vault_slack_token" == vault_variable("VAULT_SLACK_TOKEN")
    assert vault_variable("Shop basicAuth.password") == "vault_shop_basic_auth_password"
