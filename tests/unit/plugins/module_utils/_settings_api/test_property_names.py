# Copyright (c) 2026, community.dynatrace contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Names of properties in snake_case: read, written, mixed, ambiguous; for every schema there and back again."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from ansible_collections.community.dynatrace.plugins.module_utils._settings_api.property_list import smallest_value
from ansible_collections.community.dynatrace.plugins.module_utils._settings_api.property_names import snake_case
from ansible_collections.community.dynatrace.plugins.module_utils._settings_api.schema import Schema

TEXT = {"type": "text"}
DOCUMENT = {
    "schemaId": "builtin:example",
    "properties": {
        "displayName": TEXT,
        "name": TEXT,
        "rules": {"type": "list", "items": {"type": {"$ref": "#/types/Rule"}}},
        "userID": TEXT,
        "user_id": TEXT,
    },
    "types": {"Rule": {"type": "object", "properties": {"minValue": {"type": "integer"}, "any": {"type": "unknown"}}}},
}
NAMES = Schema.from_document(DOCUMENT).names


@pytest.mark.parametrize(
    ("name", "snake"),
    [
        ("displayName", "display_name"),
        ("name", "name"),
        ("enableURLMonitoring", "enable_url_monitoring"),
        ("hostID", "host_id"),
        ("RuleTesting", "rule_testing"),
        ("p95Value", "p95_value"),
        ("snake_case", "snake_case"),
    ],
)
def test_names_in_snake_case(name: str, snake: str) -> None:
    assert snake_case(name) == snake


def test_a_value_in_snake_case_gets_the_names_of_the_schema() -> None:
    found = NAMES.read({"display_name": "A", "name": "B", "rules": [{"min_value": 1, "any": {"own_key": 1}}]})
    assert found.value == {"displayName": "A", "name": "B", "rules": [{"minValue": 1, "any": {"own_key": 1}}]}
    assert not found.mixed and found.in_snake_case == ("display_name",)


def test_a_value_with_the_names_of_the_schema_stays() -> None:
    value = {"displayName": "A", "rules": [{"minValue": 1}], "surprise": {"own_key": 1}}
    found = NAMES.read(value)
    assert found.value == value
    assert found.in_snake_case is None and not found.mixed


def test_both_forms_in_one_value_are_named() -> None:
    found = NAMES.read({"displayName": "A", "rules": [{"min_value": 1}]})
    assert found.mixed
    assert (found.by_schema, found.in_snake_case) == (("displayName",), ("rules", 0, "min_value"))
    assert NAMES.read({"displayName": "A", "display_name": "B"}).mixed


def test_a_form_of_two_names_belongs_to_the_property_of_exactly_this_name() -> None:
    assert NAMES.read({"user_id": "A"}).value == {"user_id": "A"}
    assert NAMES.read({"userID": "A"}).value == {"userID": "A"}


def test_paths_in_both_directions() -> None:
    assert NAMES.read_path(("rules", 0, "min_value")) == ("rules", 0, "minValue")
    assert NAMES.read_path(("rules", 0, "minValue")) == ("rules", 0, "minValue")
    assert NAMES.snake_path(("rules", 0, "minValue")) == ("rules", 0, "min_value")
    assert NAMES.snake_path(("surpriseMe",)) == ("surpriseMe",)


def in_snake_case(schema: Schema, value: Any, path: tuple[str | int, ...] = ()) -> Any:
    if isinstance(value, dict):
        return {
            schema.names.snake_path((*path, key))[-1]: in_snake_case(schema, child, (*path, key))
            for key, child in value.items()
        }
    if isinstance(value, list):
        return [in_snake_case(schema, child, (*path, index)) for index, child in enumerate(value)]
    return value


def test_the_smallest_value_of_every_schema_is_the_same_in_both_forms(reference: Path) -> None:
    count = 0
    for file in sorted((reference / "schemas").glob("*.json")):
        document = json.loads(file.read_text(encoding="utf-8"))
        schema = Schema.from_document(document)
        value, _incomplete = smallest_value(document, schema)
        found = schema.names.read(in_snake_case(schema, value))
        assert found.value == value, file.name
        assert not found.mixed, file.name
        count += 1
    assert count >= 10
