# Copyright (c) 2026, community.dynatrace contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""The files that a conversion writes mean what the project means, as Ansible reads them."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from ansible_collections.community.dynatrace.plugins.module_utils._monaco.module import MONACO
from ansible_collections.community.dynatrace.plugins.module_utils._settings_api.errors import (
    InvalidInput,
)
from ansible_collections.community.dynatrace.tests.support.monaco_projects import (
    SECRET,
    converted_inventory,
    declared_value,
    project_of,
    rendered_file,
)


def test_the_inventory_has_environments_and_groups(tmp_path: Path) -> None:
    project_of(tmp_path, {})
    result = converted_inventory(tmp_path)
    names = ("eu_url", "eu_token", "client", "client_secret", "p", "sso", "old_token")
    assert rendered_file(tmp_path, "hosts.yml", **{f"vault_{name}": name for name in names}) == {
        "dynatrace": {
            "children": {
                "prod_eu": {
                    "hosts": {
                        "eu": {
                            "dynatrace_environment_url": "eu_url",
                            "dynatrace_api_token": "eu_token",
                            "dynatrace_oauth_client_id": "client",
                            "dynatrace_oauth_client_secret": "client_secret",
                            "dynatrace_oauth_token_url": "sso",
                        },
                        "___us___": {
                            "dynatrace_environment_url": "https://us.example.com",
                            "dynatrace_platform_token": "p",
                            "dynatrace_oauth_token_url": "https://sso.example.com/token",
                        },
                        "old": {
                            "dynatrace_environment_url": "https://old.example.com",
                            "dynatrace_api_token": "old_token",
                        },
                    }
                }
            }
        }
    }
    assert [one["name"] for one in result["variables"]] == [
        "vault_client",
        "vault_client_secret",
        "vault_eu_token",
        "vault_eu_url",
        "vault_old_token",
        "vault_p",
        "vault_sso",
    ]
    assert result["files"] == [
        str(tmp_path / "inventory" / name) for name in ("hosts.yml", "group_vars/dynatrace/monaco.yml")
    ]


def test_secrets_are_in_no_file(tmp_path: Path) -> None:
    template = {"password": SECRET, "token": "{{ .t }}", "apiToken": "***123***", "list": [{"secret": SECRET}]}
    parameters = {"t": {"type": "environment", "name": "TOKEN", "default": SECRET}}
    project_of(tmp_path, template, parameters=parameters)
    result = converted_inventory(tmp_path)
    variables = {"vault_one_password": "p", "vault_token": "t", "vault_one_list_0_secret": "s"}
    one = declared_value(tmp_path, **variables)
    assert one["value"] == {"list": [{}]}
    assert one["secrets"] == [
        {"path": "password", "value": "p"},
        {"path": "token", "value": "t"},
        {"path": "list[0].secret", "value": "s"},
    ]
    assert variables.keys() <= {one["name"] for one in result["variables"]}
    assert "- builtin:x One, apiToken" in result["summary"], "only its mask is known"
    assert SECRET not in json.dumps(result)
    assert not [path for path in (tmp_path / "inventory").rglob("*.yml") if SECRET in path.read_text()]


def test_nothing_is_written_if_a_file_is_in_the_way(tmp_path: Path) -> None:
    project_of(tmp_path, {})
    assert converted_inventory(tmp_path, check_mode=True)["changed"] and not (tmp_path / "inventory").exists()
    other = tmp_path / "inventory" / "group_vars" / "dynatrace" / "monaco.yml"
    other.parent.mkdir(parents=True)
    other.write_text(SECRET)
    with pytest.raises(InvalidInput) as found:
        converted_inventory(tmp_path)
    assert [one.code for one in found.value.problems] == ["file_differs"]
    assert [path.name for path in (tmp_path / "inventory").rglob("*.yml")] == ["monaco.yml"]
    result = converted_inventory(tmp_path, overwrite=True, hosts_file=False)
    assert SECRET not in json.dumps(result["diff"]) and not (tmp_path / "inventory" / "hosts.yml").exists()
    assert not converted_inventory(tmp_path, hosts_file=False)["changed"]


def test_schemas_need_their_id() -> None:
    _ready, problems = MONACO.check({"schemas": [{"schemaId": "builtin:x"}, {"a": 1}]})
    assert [(one.code, one.path) for one in problems] == [("required", "schemas[1].schemaId")]
