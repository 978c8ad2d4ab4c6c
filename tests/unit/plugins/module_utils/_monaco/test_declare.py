# Copyright (c) 2026, community.dynatrace contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Objects as declarations: texts, references, variables, secrets."""

from __future__ import annotations

from pathlib import Path

import pytest

from ansible_collections.community.dynatrace.plugins.module_utils._settings_api.references import Reference, literal
from ansible_collections.community.dynatrace.tests.support.monaco_projects import (
    SECRET,
    ZONES,
    converted_inventory,
    declared_value,
    project_of,
    rendered_file,
)

EXPORTS = "builtin:elasticsearch.user-session-export-settings-v2"


HOSTILE = [
    "{{ 1 + 1 }}",
    "{% if true %}",
    "#jinja2: variable_start_string: '['",
    "<<dynatrace:object_id:a::b>>",
    "y",
    "[1]",
]


@pytest.mark.parametrize("text", HOSTILE)
def test_text_of_a_project_is_never_a_template(tmp_path: Path, text: str) -> None:
    parameters = {"text": text, "known": {"type": "environment", "name": "KNOWN"}}
    project_of(
        tmp_path,
        '{"a": "{{ .text }}", "b": "{{ .text }}{{ .known }}", "c": "x {{ .known }}: {{ .text }}"}',
        parameters=parameters,
    )
    converted_inventory(tmp_path)
    value = declared_value(tmp_path, vault_known="k")["value"]
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
    project_of(tmp_path, template, parameters=parameters)
    summary = converted_inventory(tmp_path)["summary"]
    assert "- vault_flag: environment variable FLAG, a text in JSON" in summary
    assert "- vault_url: environment variable URL" in summary
    zone = Reference(ZONES, "O'Hara {{ x }}", legacy=True).text
    expected = {"a": zone, "b": f"id {zone} of U", "c": True, "d": "{{ 'a' }}", "e": "[U]"}
    assert declared_value(tmp_path, vault_url="U")["value"] == expected
    again = declared_value(tmp_path, vault_url="5", vault_flag="[1, 2]", vault_odd="x")["value"]
    assert again == {**expected, "b": f"id {zone} of 5", "c": [1, 2], "d": "x", "e": "[5]"}


def test_two_secrets_never_share_a_variable(tmp_path: Path) -> None:
    parameters = {
        "p": {"type": "environment", "name": "ONE_PASSWORD"},
        "q": {"type": "environment", "name": "one-password"},
    }
    template = {"password": SECRET, "a": "{{ .p }}", "b": "{{ .q }}", "c": "{{ .p }}"}
    project_of(tmp_path, template, parameters=parameters)
    sources = {one["name"]: one["source"] for one in converted_inventory(tmp_path)["variables"]}
    variables = {name: source.partition(" (")[0].rpartition(" ")[2] for name, source in sources.items()}
    one = declared_value(tmp_path, **variables)
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
    project_of(tmp_path, value, EXPORTS, parameters=parameters)
    converted_inventory(tmp_path)
    (slot,) = rendered_file(tmp_path, "group_vars/dynatrace/monaco.yml", vault_password="pw")[
        "user_session_exports_slots"
    ]
    assert slot == {
        "name": "One",
        "endpoint_definition": {"endpoint_url": "https://a.example.com", "enable_user_session_export": True},
        "authentication": {"active": True, "auth_type": "basic", "basic_auth": {"username": "u", "password": "pw"}},
        "export_behavior": {"disable_notification": False, "management_zone": "O'Hara {{ x }}"},
    }
    value["endpointDefinition"]["endpointUrl"] = "https://{{ .zone }}.example.com"
    project_of(tmp_path, value, EXPORTS, parameters=parameters)
    (reason,) = [one["reason"] for one in converted_inventory(tmp_path, overwrite=True)["not_converted"]]
    assert reason == "has a reference in a property that cannot have one in user_session_exports_slots"
