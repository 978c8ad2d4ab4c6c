# Copyright (c) 2026, community.dynatrace contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""The files that a conversion writes mean what the project means, as Ansible reads them."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from ansible.parsing.dataloader import DataLoader
from ansible.template import Templar

from ansible_collections.community.dynatrace.plugins.filter.object_id import object_id
from ansible_collections.community.dynatrace.plugins.module_utils._monaco.module import MONACO
from ansible_collections.community.dynatrace.plugins.module_utils._settings_api.errors import (
    InvalidInput,
    SettingsError,
)
from ansible_collections.community.dynatrace.plugins.module_utils._settings_api.references import Reference, literal
from ansible_collections.community.dynatrace.plugins.plugin_utils._untrusted import trust_as_template

ZONES = "builtin:management-zones"
EXPORTS = "builtin:elasticsearch.user-session-export-settings-v2"
SECRET = "S3cret-canary"
HOSTILE = [
    "{{ 1 + 1 }}",
    "{% if true %}",
    "#jinja2: variable_start_string: '['",
    "<<dynatrace:object_id:a::b>>",
    "y",
    "[1]",
]
MANIFEST = {
    "manifestVersion": "1.0",
    "projects": [{"name": "shop"}],
    "environmentGroups": [
        {
            "name": "prod-eu",
            "environments": [
                {
                    "name": "eu",
                    "url": {"type": "environment", "value": "EU_URL"},
                    "auth": {
                        "token": {"name": "EU_TOKEN"},
                        "oAuth": {"clientId": {"name": "CLIENT"}, "clientSecret": {"name": "CLIENT_SECRET"}},
                    },
                },
                {
                    "name": "{{ us }}",
                    "url": {"value": "https://us.example.com/"},
                    "auth": {"platformToken": {"name": "P"}},
                },
            ],
        }
    ],
}


def project(folder: Path, template: Any, schema: str = "builtin:x", **more: Any) -> Path:
    zone = {"id": "zone", "type": {"settings": {"schema": ZONES, "scope": "environment"}}}
    zone["config"] = {"name": "O'Hara {{ x }}", "template": "zone.json"}
    one = {"id": "one", "type": {"settings": {"schema": schema, "scope": "environment"}}}
    one["config"] = {"name": "One", "template": "one.json", **more}
    files = {
        "manifest.yaml": json.dumps(MANIFEST),
        "shop/config.yaml": json.dumps({"configs": [zone, one]}),
        "shop/zone.json": '{"name": "{{ .name }}"}',
        "shop/one.json": template if isinstance(template, str) else json.dumps(template),
    }
    for name, content in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(content, encoding="utf-8")
    return folder / "manifest.yaml"


def convert(folder: Path, check_mode: bool = False, **more: Any) -> dict[str, Any]:
    params = {"manifest": str(folder / "manifest.yaml"), "dest": str(folder / "inventory"), "hosts_file": True}
    params |= {"schemas": [], "overwrite": False, **more}
    ready, problems = MONACO.check(params)
    assert not problems
    return MONACO.work(None, ready, params, check_mode)


def rendered(folder: Path, name: str, **variables: str) -> Any:
    """A file of the inventory, as Ansible reads and renders it."""
    loader = DataLoader()
    # Since ansible-core 2.19, only what is trusted is a template.
    trust = {} if trust_as_template is None else {"trusted_as_template": True}
    templar = Templar(loader=loader, variables=variables)
    templar.environment.filters["community.dynatrace.object_id"] = object_id
    return templar.template(loader.load_from_file(str(folder / "inventory" / name), **trust))


def value_of(folder: Path, **variables: str) -> dict[str, Any]:
    _zones, declared = rendered(folder, "group_vars/dynatrace/monaco.yml", **variables)["dynatrace_settings"]
    (one,) = declared["objects"]
    assert one["adopt_from"] == {"monaco": {"project": "shop", "id": "one"}} and one["name"] == "One"
    return dict(one)


def test_the_inventory_has_environments_and_groups(tmp_path: Path) -> None:
    project(tmp_path, {})
    result = convert(tmp_path)
    names = ("eu_url", "eu_token", "client", "client_secret", "p")
    assert rendered(tmp_path, "hosts.yml", **{f"vault_{name}": name for name in names}) == {
        "dynatrace": {
            "children": {
                "prod_eu": {
                    "hosts": {
                        "eu": {
                            "dynatrace_environment_url": "eu_url",
                            "dynatrace_api_token": "eu_token",
                            "dynatrace_oauth_client_id": "client",
                            "dynatrace_oauth_client_secret": "client_secret",
                        },
                        "___us___": {
                            "dynatrace_environment_url": "https://us.example.com",
                            "dynatrace_platform_token": "p",
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
        "vault_p",
    ]
    assert result["files"] == [
        str(tmp_path / "inventory" / name) for name in ("hosts.yml", "group_vars/dynatrace/monaco.yml")
    ]


@pytest.mark.parametrize("text", HOSTILE)
def test_text_of_a_project_is_never_a_template(tmp_path: Path, text: str) -> None:
    parameters = {"text": text, "known": {"type": "environment", "name": "KNOWN"}}
    project(
        tmp_path,
        '{"a": "{{ .text }}", "b": "{{ .text }}{{ .known }}", "c": "x {{ .known }}: {{ .text }}"}',
        parameters=parameters,
    )
    convert(tmp_path)
    value = value_of(tmp_path, vault_known="k")["value"]
    assert value == {"a": literal(text), "b": f"{literal(text)}k", "c": f"x k: {literal(text)}"}


def test_references_and_variables_within_texts(tmp_path: Path) -> None:
    parameters = {
        "zone": [ZONES, "zone", "id"],
        "url": {"type": "environment", "name": "URL"},
        "flag": {"type": "environment", "name": "FLAG", "default": "true"},
        "odd": {"type": "environment", "name": "ODD", "default": "{{ 'a' }}"},
    }
    template = '{"a": "{{ .zone }}", "b": "id {{ .zone }} of {{ .url }}", "c": {{ .flag }}, "d": "{{ .odd }}"'
    template += ', "e": "[{{ .url }}]"}'
    project(tmp_path, template, parameters=parameters)
    summary = convert(tmp_path)["summary"]
    assert "- vault_flag: environment variable FLAG, a text in JSON" in summary
    assert "- vault_url: environment variable URL" in summary
    zone = Reference(ZONES, "O'Hara {{ x }}", legacy=True).text
    expected = {"a": zone, "b": f"id {zone} of U", "c": True, "d": "{{ 'a' }}", "e": "[U]"}
    assert value_of(tmp_path, vault_url="U")["value"] == expected
    again = value_of(tmp_path, vault_url="5", vault_flag="[1, 2]", vault_odd="x")["value"]
    assert again == {**expected, "b": f"id {zone} of 5", "c": [1, 2], "d": "x", "e": "[5]"}


def test_secrets_are_in_no_file(tmp_path: Path) -> None:
    template = {"password": SECRET, "token": "{{ .t }}", "apiToken": "***123***", "list": [{"secret": SECRET}]}
    parameters = {"t": {"type": "environment", "name": "TOKEN", "default": SECRET}}
    project(tmp_path, template, parameters=parameters)
    result = convert(tmp_path)
    variables = {"vault_one_password": "p", "vault_token": "t", "vault_one_list_0_secret": "s"}
    one = value_of(tmp_path, **variables)
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


def test_two_secrets_never_share_a_variable(tmp_path: Path) -> None:
    parameters = {
        "p": {"type": "environment", "name": "ONE_PASSWORD"},
        "q": {"type": "environment", "name": "one-password"},
    }
    template = {"password": SECRET, "a": "{{ .p }}", "b": "{{ .q }}", "c": "{{ .p }}"}
    project(tmp_path, template, parameters=parameters)
    sources = {one["name"]: one["source"] for one in convert(tmp_path)["variables"]}
    variables = {name: source.partition(" (")[0].rpartition(" ")[2] for name, source in sources.items()}
    one = value_of(tmp_path, **variables)
    assert one["value"] == {"a": "ONE_PASSWORD", "b": "one-password", "c": "ONE_PASSWORD"}
    assert one["secrets"] == [{"path": "password", "value": "password"}]
    assert {"vault_one_password", "vault_one_password_2", "vault_one_password_3"} <= set(sources)


def test_exports_become_slots(tmp_path: Path) -> None:
    value = {
        "endpointDefinition": {"endpointUrl": "https://a.example.com", "enableUserSessionExport": True},
        "authentication": {"active": True, "authType": "basic", "basicAuth": {"username": "u", "password": "{{ .p }}"}},
        "exportBehavior": {"disableNotification": False, "managementZone": "{{ .zone }}"},
    }
    parameters = {"p": {"type": "environment", "name": "PASSWORD"}, "zone": [ZONES, "zone", "id"]}
    project(tmp_path, value, EXPORTS, parameters=parameters)
    convert(tmp_path)
    (slot,) = rendered(tmp_path, "group_vars/dynatrace/monaco.yml", vault_password="pw")["user_session_exports_slots"]
    assert slot == {
        "name": "One",
        "endpoint_definition": {"endpoint_url": "https://a.example.com", "enable_user_session_export": True},
        "authentication": {"active": True, "auth_type": "basic", "basic_auth": {"username": "u", "password": "pw"}},
        "export_behavior": {"disable_notification": False, "management_zone": "O'Hara {{ x }}"},
    }
    value["endpointDefinition"]["endpointUrl"] = "https://{{ .zone }}.example.com"
    project(tmp_path, value, EXPORTS, parameters=parameters)
    (reason,) = [one["reason"] for one in convert(tmp_path, overwrite=True)["not_converted"]]
    assert reason == "has a reference in a property that cannot have one in user_session_exports_slots"


def test_nothing_is_written_if_a_file_is_in_the_way(tmp_path: Path) -> None:
    project(tmp_path, {})
    assert convert(tmp_path, check_mode=True)["changed"] and not (tmp_path / "inventory").exists()
    other = tmp_path / "inventory" / "group_vars" / "dynatrace" / "monaco.yml"
    other.parent.mkdir(parents=True)
    other.write_text(SECRET)
    with pytest.raises(InvalidInput) as found:
        convert(tmp_path)
    assert [one.code for one in found.value.problems] == ["file_differs"]
    assert [path.name for path in (tmp_path / "inventory").rglob("*.yml")] == ["monaco.yml"]
    result = convert(tmp_path, overwrite=True, hosts_file=False)
    assert SECRET not in json.dumps(result["diff"]) and not (tmp_path / "inventory" / "hosts.yml").exists()
    assert not convert(tmp_path, hosts_file=False)["changed"]


WRONG: dict[str, tuple[Any, str]] = {
    "no YAML": ("a: [", "is not valid YAML in line 1"),
    "no manifest": ({"a": 1}, "is not a manifest of Monaco 2, because it has no manifestVersion"),
    "no projects": ({**MANIFEST, "projects": []}, "has no projects"),
    "no environments": ({**MANIFEST, "environmentGroups": []}, "has no environments"),
    "no directory": (
        {**MANIFEST, "projects": [{"name": "gone"}]},
        "does not exist, but is the directory of the project gone",
    ),
    "two projects": ({**MANIFEST, "projects": [{"name": "shop"}] * 2}, "has two projects named shop"),
    "no list": ({**MANIFEST, "projects": {}}, "must be a list in line 1"),
}


@pytest.mark.parametrize("what", WRONG)
def test_a_wrong_manifest_is_named(tmp_path: Path, what: str) -> None:
    content, message = WRONG[what]
    path = project(tmp_path, {})
    path.write_text(content if isinstance(content, str) else json.dumps(content))
    with pytest.raises(SettingsError) as found:
        convert(tmp_path)
    assert message in found.value.message and str(tmp_path) in found.value.message
    path.unlink()
    with pytest.raises(SettingsError, match=r"manifest.yaml cannot be read"):
        convert(tmp_path)


def test_a_grouping_project_is_one_project_for_each_folder(tmp_path: Path) -> None:
    path = project(tmp_path, {})
    grouping = {**MANIFEST, "projects": [{"name": "all", "type": "grouping", "path": "."}], "accounts": []}
    path.write_text(json.dumps(grouping))
    result = convert(tmp_path)
    (_zones, declared) = rendered(tmp_path, "group_vars/dynatrace/monaco.yml")["dynatrace_settings"]
    assert declared["objects"][0]["adopt_from"] == {"monaco": {"project": "all.shop", "id": "one"}}
    assert result["notes"][0] == "The accounts of the manifest are not settings."


def test_schemas_need_their_id() -> None:
    _ready, problems = MONACO.check({"schemas": [{"schemaId": "builtin:x"}, {"a": 1}]})
    assert [(one.code, one.path) for one in problems] == [("required", "schemas[1].schemaId")]
