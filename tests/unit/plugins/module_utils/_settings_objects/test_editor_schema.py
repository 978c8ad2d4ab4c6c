# Copyright (c) 2026, community.dynatrace contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""The schema for editors accepts what the module accepts, in both forms of names, and marks the usual mistakes."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from ansible_collections.community.dynatrace.plugins.module_utils._settings_api.property_list import smallest_value
from ansible_collections.community.dynatrace.plugins.module_utils._settings_api.property_names import snake_case
from ansible_collections.community.dynatrace.plugins.module_utils._settings_api.property_path import delete_path
from ansible_collections.community.dynatrace.plugins.module_utils._settings_api.schema import Schema
from ansible_collections.community.dynatrace.plugins.module_utils._settings_objects import editor_schema as editor
from ansible_collections.community.dynatrace.plugins.module_utils._settings_objects.module import OBJECT
from ansible_collections.community.dynatrace.plugins.module_utils._settings_objects.settings_module import OPTIONS
from ansible_collections.community.dynatrace.tests.support.editor_documents import HOST, VMWARE, errors, one_of

jsonschema = pytest.importorskip("jsonschema")
PROFILES = "builtin:appsec.notification-alerting-profile"


def documents(reference: Path) -> list[dict[str, Any]]:
    return [json.loads(path.read_text(encoding="utf-8")) for path in sorted((reference / "schemas").glob("*.json"))]


def snake(schema: Schema, value: Any) -> Any:
    """A value with names in snake_case."""

    def renamed(node: Any, path: tuple[Any, ...]) -> Any:
        if isinstance(node, dict):
            return {
                schema.names.snake_path((*path, key))[-1]: renamed(part, (*path, key)) for key, part in node.items()
            }
        return [renamed(part, (*path, at)) for at, part in enumerate(node)] if isinstance(node, list) else node

    return renamed(value, ())


def test_what_the_engine_accepts_is_not_marked(reference: Path) -> None:
    found = documents(reference)
    jsonschema.Draft7Validator.check_schema(editor.editor_schema(found, source="x", complete=True))
    wrong = {}
    for document in found:
        schema = Schema.from_document(document)
        value, incomplete = smallest_value(document, schema)
        if incomplete:
            continue
        for path in schema.given_secret_paths(value):
            delete_path(value, path)
        assert schema.given_secret_paths(value) == []
        whole = editor.editor_schema([document], source="x", complete=True)
        for form in (value, snake(schema, value)):
            one = {"schema_id": schema.schema_id, "objects": [{"name": "a", "value": form}]}
            if marked := errors(whole, one):
                wrong[schema.schema_id] = marked
    assert wrong == {}


PROFILE = {"name": "A", "enabled": True, "enabledRiskLevels": ["LOW"], "enabledTriggerEvents": []}
VALUE = "dynatrace_settings/0/objects/0/value"


@pytest.mark.parametrize(
    ("declared", "marked"),
    [
        (one_of(VMWARE, HOST), []),
        (one_of(VMWARE, {**HOST, "enabled": "{{ on }}"}), []),
        (one_of(VMWARE, "{{ value }}"), []),
        ("{{ declaration }}", []),
        (one_of(VMWARE, {**HOST, "enabled": "no"}), [f"{VALUE}/enabled"]),
        (one_of(VMWARE, {**HOST, "ipadress": "a"}), [VALUE]),
        (one_of(VMWARE, {**HOST, "password": "S3cret"}), [f"{VALUE}/password"]),
        (one_of(VMWARE, {name: part for name, part in HOST.items() if name != "label"}), [VALUE]),
        (one_of(VMWARE, {"label": "a"}, state="absent"), []),
        (one_of(VMWARE, HOST, scope="environments"), ["dynatrace_settings/0/scope"]),
        (one_of("builtin:nothing", {}), ["dynatrace_settings/0/schema_id"]),
        ({"schema_id": VMWARE}, ["dynatrace_settings/0"]),
        (one_of(VMWARE, HOST, prun=True), ["dynatrace_settings/0"]),
        (one_of(PROFILES, {**PROFILE, "enabledRiskLevels": ["LOWEST"]}), [f"{VALUE}/enabledRiskLevels/0"]),
        (one_of(PROFILES, {snake_case(name): part for name, part in PROFILE.items()}), []),
        (one_of(PROFILES, {**PROFILE, "enabled_risk_levels": ["LOW"]}), [VALUE]),
    ],
)
def test_mistakes_are_marked(own_reference: Path, declared: Any, marked: list[str]) -> None:
    whole = editor.editor_schema(documents(own_reference), source="x", complete=True)
    assert sorted(set(errors(whole, declared))) == marked
    moved = [path.replace("dynatrace_settings", "dynatrace_settings__group") for path in marked]
    assert sorted(set(errors(whole, declared, variable="dynatrace_settings__group"))) == moved


def test_another_schema_is_no_mistake_if_not_all_are_covered(own_reference: Path) -> None:
    some = editor.editor_schema(documents(own_reference)[:2], source="x", complete=False)
    assert errors(some, one_of("builtin:nothing", {"anything": 1})) == []


def test_every_option_has_a_description() -> None:
    assert list(editor.DECLARATION) == list(OPTIONS["declarations"]["options"])
    assert sorted(editor.OBJECT) == sorted(OBJECT)
