# Copyright (c) 2026, community.dynatrace contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a person sees in an editor in dynatrace_settings, with the schema that settings_editor_schema writes."""

from __future__ import annotations

import json
import textwrap
from collections.abc import Iterator
from pathlib import Path

import pytest

from ansible_collections.community.dynatrace.plugins.module_utils._settings_objects.editor_schema import editor_schema
from ansible_collections.community.dynatrace.tests.editor.language_server import LanguageServer
from ansible_collections.community.dynatrace.tests.editor.scenarios import marks
from ansible_collections.community.dynatrace.tests.editor.test_editor import program, said

FIRST_LINE = "# yaml-language-server: $schema=settings.json\n"


@pytest.fixture(scope="module", params=["newest", "older"])
def server(request: pytest.FixtureRequest) -> Iterator[LanguageServer]:
    with LanguageServer(program(request.param)) as running:
        yield running


@pytest.fixture
def folder(tmp_path: Path, own_reference: Path) -> Path:
    found = sorted((own_reference / "schemas").glob("*.json"))
    documents = [json.loads(path.read_text(encoding="utf-8")) for path in found]
    schema = editor_schema(documents, source="the reference", complete=True)
    (tmp_path / "settings.json").write_text(json.dumps(schema))
    return tmp_path


def declared(text: str, schema_id: str = "builtin:appsec.notification-alerting-profile", more: str = "") -> str:
    value = textwrap.indent(textwrap.dedent(text).strip("\n"), " " * 10)
    head = f"dynatrace_settings:\n  - schema_id: {schema_id}\n{more}    objects:\n"
    return f"{head}      - name: shop\n        value:\n{value}\n"


VMWARE = "builtin:virtualization.vmware"
HOST = "enabled: true\nipaddress: vc.example.com\nlabel: l\nusername: u\n"
SCENARIOS = {
    "names of the schema": declared("""
        name: Shop
        enabled: true
        enabledRiskLevels: [LOW]
        enabledTriggerEvents: []
    """),
    "snake_case, and a reference by name": declared("""
        name: Shop
        enabled: "{{ on }}"
        enabled_risk_levels: [LOW]
        enabled_trigger_events: []
        management_zone: "{{ 'builtin:management-zones' | community.dynatrace.object_id('Shop') }}"
    """),
    "both forms of names": declared("""
        name: Shop
        enabled: true
        enabledRiskLevels: [LOW]  #! enabledRiskLevels is not allowed
        enabled_risk_levels: [LOW]
        enabled_trigger_events: []
    """),
    "a misspelt property": declared("""
        name: Shop
        enabled: true
        enabled_risk_level: [LOW]  #! enabled_risk_level is not allowed
        enabled_trigger_events: []
    """),
    "another choice": declared("""
        name: Shop
        enabled: true
        enabled_risk_levels:
          - LOWEST  #! Valid values: "CRITICAL", "HIGH", "MEDIUM", "LOW"
        enabled_trigger_events: []
    """),
    "a text in place of true": declared(HOST.replace("true", "always  #! must be true or false"), VMWARE),
    "a secret in the value": declared(f"{HOST}password: secret  #! is a secret; declare it in secrets\n", VMWARE),
    "another scope": declared(HOST, VMWARE, '    scope: environments  #! Valid values: "environment"\n'),
    "another schema": declared(HOST, "builtin:virtualization.vmwares  #! Value is not accepted"),
    "what is removed": declared("label: l", VMWARE, "    state: absent\n"),
    "an option that does not exist": declared(HOST, VMWARE, "    pruned: true  #! pruned is not allowed\n"),
}


def test_mistakes_are_marked_where_they_are_and_nothing_else_is(server: LanguageServer, folder: Path) -> None:
    uris = {name: (folder / f"{number}.yml").as_uri() for number, name in enumerate(SCENARIOS)}
    opened = server.open({uris[name]: FIRST_LINE + text for name, text in SCENARIOS.items()})
    wrong = {}
    for name, uri in uris.items():
        found, wanted = said(opened[uri]), marks(SCENARIOS[name])
        met = set(found) == set(wanted) and all(
            any(text in message for message in found[line]) for line, text in wanted.items()
        )
        if not met:
            wrong[name] = found
    assert wrong == {}


def offered(server: LanguageServer, folder: Path, text: str) -> set[str]:
    """What is offered at the place of the mark ``|``."""
    before, _mark, after = text.partition("|")
    uri = (folder / "offered.yml").as_uri()
    server.open({uri: FIRST_LINE + before + after})
    line = before.count("\n") + 1
    found = server.at("completion", uri, line, len(before.rpartition("\n")[2]))["items"]
    return {item["label"] for item in found}


def test_schemas_properties_and_choices_are_offered(server: LanguageServer, folder: Path) -> None:
    assert offered(server, folder, "dynatrace_settings:\n  - schema_id: |\n") >= {
        VMWARE,
        "builtin:host.monitoring.advanced",
    }


def test_properties_are_offered_in_the_form_that_is_used(server: LanguageServer, folder: Path) -> None:
    snake = offered(server, folder, declared("name: Shop\nenabled_risk_levels: [LOW]\n|\n"))
    assert "enabled_trigger_events" in snake and "enabledTriggerEvents" not in snake


def test_properties_are_offered_by_the_names_of_the_schema(server: LanguageServer, folder: Path) -> None:
    camel = offered(server, folder, declared("name: Shop\nenabledRiskLevels: [LOW]\n|\n"))
    assert "enabledTriggerEvents" in camel and "enabled_trigger_events" not in camel


def test_properties_are_explained(server: LanguageServer, folder: Path) -> None:
    uri = (folder / "explained.yml").as_uri()
    server.open({uri: FIRST_LINE + declared(HOST, VMWARE)})
    assert server.at("hover", uri, 7, 12)["contents"]
