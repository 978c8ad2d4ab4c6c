# Copyright (c) 2026, community.dynatrace contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""The fleet without Ansible: what options mean, which environments are one, which are wanted, how hosts are called."""

from __future__ import annotations

import ast
from pathlib import Path

from ansible_collections.community.dynatrace.plugins.module_utils._inventory.collect import collect
from ansible_collections.community.dynatrace.tests.support.inventory import (
    hosts,
    options,
)


def test_an_address_is_enough() -> None:
    found = hosts(
        {
            "environments": [
                "https://abc12345.live.dynatrace.com/",
                "https://d.example.com/e/0f1e2d3c-0000-0000-0000-000000000000",
                {"url": "https://activegate.example.com:9999/e/def67890", "host": "behind", "tags": "one"},
            ]
        }
    )
    assert {name: facts["dynatrace_environment_kind"] for name, facts in found.items()} == {
        "abc12345": "saas",
        "0f1e2d3c-0000-0000-0000-000000000000": "managed",
        "behind": "saas",
    }
    assert found["behind"] == {
        "dynatrace_environment_id": "def67890",
        "dynatrace_environment_url": "https://activegate.example.com:9999/e/def67890",
        "dynatrace_environment_name": "def67890",
        "dynatrace_environment_kind": "saas",
        "dynatrace_environment_state": "unknown",
        "dynatrace_environment_tags": ["one"],
        "dynatrace_environment_source": "environments",
    }


def test_the_name_of_a_token_variable() -> None:
    given = {
        "api_token_variable": "vault_token",
        "environments": [
            "https://abc12345.live.dynatrace.com",
            {
                "url": "https://x.example.com/e/a-b.c",
                "name": "Süd & Nord",
                "api_token_variable": "vault_{id}_of_{name}",
            },
        ],
    }
    found = [host.token_variable for host in collect(options(given)).hosts]
    assert found == ["vault_token", "vault_a_b_c_of_sud_nord"]


# one environment from several sources


def test_an_empty_result_is_reported() -> None:
    fleet = collect(options({"environments": ["https://a.example.com"], "filters": {"kinds": "managed"}}))
    assert fleet.hosts == []
    assert fleet.warnings == ["No environment is left. 1 found, but filtered out or disabled."]


# names of hosts


def test_the_fleet_does_not_know_ansible() -> None:
    folder = Path(__file__).resolve().parents[5] / "plugins" / "module_utils" / "_inventory"
    imported = {
        (node.module if isinstance(node, ast.ImportFrom) else node.names[0].name) or ""
        for path in folder.glob("*.py")
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, (ast.Import, ast.ImportFrom))
    }
    assert imported
    assert [name for name in imported if name.startswith("ansible") or "session" in name] == []
