# Copyright (c) 2026, community.dynatrace contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The properties of a schema as a flat list, and the smallest valid value made from them."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from ansible_collections.community.dynatrace.plugins.module_utils._settings_api.property_list import (
    describe_precondition,
    list_properties,
    smallest_value,
)
from ansible_collections.community.dynatrace.plugins.module_utils._settings_api.schema import Schema

TEXT = {"type": "text", "nullable": False}


def document(properties: dict[str, Any], **more: Any) -> dict[str, Any]:
    return {"schemaId": "builtin:small", "version": "1", "multiObject": True, "properties": properties, **more}


def listed(properties: dict[str, Any], **more: Any) -> dict[str, dict[str, Any]]:
    return {one["path"]: one for one in list_properties(document(properties, **more))}


def test_each_property_says_what_it_takes() -> None:
    found = listed(
        {
            "name": {
                **TEXT,
                "constraints": [{"type": "LENGTH", "minLength": 1, "maxLength": 50}],
                "displayName": "Name",
            },
            "kind": {"type": {"$ref": "#/enums/Kind"}, "nullable": False, "default": "A"},
            "count": {"type": "integer", "constraints": [{"type": "RANGE", "minimum": 1, "maximum": 9}]},
            "token": {"type": "secret", "nullable": False, "default": "never shown"},
            "fixed": {**TEXT, "modificationPolicy": "NEVER", "description": "Set once."},
            "zone": {**TEXT, "nullable": True, "referencedType": "builtin:management-zones"},
        },
        enums={"Kind": {"items": [{"value": "A"}, {"value": "B"}]}},
    )
    assert found["name"] == {
        "path": "name",
        "type": "text",
        "required": True,
        "secret": False,
        "immutable": False,
        "min_length": 1,
        "max_length": 50,
        "title": "Name",
    }
    assert (found["kind"]["type"], found["kind"]["allowed_values"], found["kind"]["default"]) == (
        "enum",
        ["A", "B"],
        "A",
    )
    assert (found["count"]["minimum"], found["count"]["maximum"]) == (1, 9)
    assert found["token"]["secret"] and "default" not in found["token"]
    assert found["fixed"]["immutable"] and found["fixed"]["description"] == "Set once."
    assert found["zone"]["referenced_schema"] == "builtin:management-zones" and not found["zone"]["required"]


def test_nested_and_recursive_types_are_listed_once_by_their_path() -> None:
    node = {"name": TEXT, "children": {"type": "list", "items": {"type": {"$ref": "#/types/Node"}}}}
    found = listed(
        {"tree": {"type": "list", "maxObjects": 3, "items": {"type": {"$ref": "#/types/Node"}}}},
        types={"Node": {"properties": node}},
    )
    assert list(found) == ["tree", "tree[].name", "tree[].children"]
    assert found["tree"]["item_type"] == "object" and found["tree"]["max_items"] == 3
    assert found["tree[].children"]["recursive"] is True


def test_conditions_add_up_on_the_way_down() -> None:
    active = {"type": "EQUALS", "property": "active", "expectedValue": True}
    found = listed(
        {
            "active": {"type": "boolean", "default": False},
            "login": {"type": {"$ref": "#/types/Login"}, "precondition": active},
        },
        types={
            "Login": {
                "properties": {
                    "user": {**TEXT, "precondition": {"type": "IN", "property": "kind", "expectedValues": ["A", "B"]}},
                    "kind": {**TEXT, "default": "A"},
                }
            }
        },
    )
    assert found["login.user"]["required_when"] == "active == true and kind in [A, B]"
    assert found["login.kind"]["active_when"] == "active == true"


@pytest.mark.parametrize(
    ("condition", "text"),
    [
        ({}, ""),
        ({"type": "NULL", "property": "a/b"}, "a.b is not set"),
        (
            {"type": "NOT", "precondition": {"type": "EQUALS", "property": "a", "expectedValue": None}},
            "not (a == null)",
        ),
        ({"type": "REGEX_MATCH", "property": "a", "pattern": "^x"}, "a matches ^x"),
        (
            {
                "type": "OR",
                "preconditions": [
                    {"type": "EQUALS", "property": "a", "expectedValue": 1},
                    {"type": "NULL", "property": "b"},
                ],
            },
            "(a == 1 or b is not set)",
        ),
        ({"type": "OF_THE_FUTURE"}, ""),
    ],
)
def test_preconditions_read_as_expressions(condition: dict[str, Any], text: str) -> None:
    assert describe_precondition(condition) == text


def test_nearly_every_real_schema_has_a_valid_example(reference: Path) -> None:
    incomplete = []
    files = sorted((reference / "schemas").glob("*.json"))
    for file in files:
        real = json.loads(file.read_text(encoding="utf-8"))
        schema = Schema.from_document(real)
        value, left = smallest_value(real, schema)
        assert bool(left) == bool(schema.problems(schema.complete(value).value)), file.name
        paths = [one["path"] for one in list_properties(real)]
        assert len(paths) == len(set(paths)), file.name
        incomplete += [file.name] if left else []
    assert len(incomplete) <= 0.05 * len(files), incomplete


def test_a_default_that_may_not_be_given_is_none() -> None:
    found = listed({"name": {**TEXT, "default": "", "constraints": [{"type": "NOT_BLANK"}]}})
    assert found["name"]["required"] and "default" not in found["name"]


@pytest.mark.parametrize("huge", [10**6, 10**60])
def test_a_schema_that_demands_huge_values_has_no_example(huge: int) -> None:
    properties: dict[str, Any] = {
        "text": {**TEXT, "constraints": [{"type": "LENGTH", "minLength": huge}]},
        "list": {"type": "list", "nullable": False, "minObjects": huge, "items": {"type": "text"}},
    }
    for name, prop in properties.items():
        small = document({name: prop})
        value, _missing = smallest_value(small, Schema.from_document(small))
        assert len(str(value)) < 5000
