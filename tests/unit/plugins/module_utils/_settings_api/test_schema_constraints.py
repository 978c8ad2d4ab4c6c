# Copyright (c) 2026, community.dynatrace contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a schema demands of all objects together."""

from __future__ import annotations

from typing import Any

from ansible_collections.community.dynatrace.plugins.module_utils._problems import text_of
from ansible_collections.community.dynatrace.plugins.module_utils._settings_api.property_path import Path
from ansible_collections.community.dynatrace.plugins.module_utils._settings_api.schema import Schema
from ansible_collections.community.dynatrace.plugins.module_utils._settings_api.schema_constraints import (
    SchemaConstraints,
)
from ansible_collections.community.dynatrace.tests.support.object_plans import prop, schema


def known(path: Path, through_lists: bool) -> bool:
    """Whether a schema would have the property: here every one but those that are called unknown."""
    return "unknown" not in path


def constraint(**more: Any) -> SchemaConstraints:
    return SchemaConstraints({"schemaConstraints": [more]}, known)


def test_two_objects_with_the_same_unique_properties_are_reported() -> None:
    overall = constraint(type="UNIQUE", uniqueProperties=["name", "scope/id"])
    assert overall.identifying == (("name",), ("scope", "id"))
    values: list[dict[str, Any]] = [
        {"name": "a", "scope": {"id": 1}},
        {"name": "a", "scope": {"id": 2}},
        {"name": "a", "scope": {"id": 1.0}},
        {"name": "a"},
        {"name": "a"},
    ]
    ((at, path, problem),) = overall.problems(values)
    assert (at, path, text_of(problem)) == (2, ("name",), "must be unique by name, scope/id (the same as object 0)")


def test_a_message_of_the_schema_is_used() -> None:
    overall = constraint(type="UNIQUE", uniqueProperties=["name"], customMessage="That name is taken")
    assert [text_of(problem) for _at, _path, problem in overall.problems([{"name": 1}, {"name": 1}])] == [
        "That name is taken (the same as object 0)"
    ]


def test_flattened_no_two_objects_share_an_item() -> None:
    overall = constraint(type="UNIQUE", uniqueProperties=["members"], flattenCollections=True)
    assert overall.identifying == ()
    found = list(overall.problems([{"members": ["a", "b"]}, {"members": ["c"]}, {"members": ["b", "a"]}]))
    assert [(at, path) for at, path, _text in found] == [(2, ("members",))]
    assert list(overall.problems([{"members": ["a", "a"]}, {}])) == []


def test_bytes_of_all_objects_are_counted_as_utf_8() -> None:
    overall = constraint(type="BYTE_SIZE_LIMIT", byteLimit=30)
    assert list(overall.problems([{"name": "x" * 10}])) == []
    assert [at for at, _path, _text in overall.problems([{"name": "x" * 10}, {"name": "ä" * 5}])] == [1]
    # As many letters, twice as many bytes.
    assert [at for at, _path, _text in overall.problems([{"name": "ä" * 18}])] == [0]


def test_what_cannot_be_checked_is_named() -> None:
    overall = SchemaConstraints(
        {
            "schemaConstraints": [
                {"type": "CUSTOM_VALIDATOR_REF", "customValidatorId": "counts"},
                {"type": "SOMETHING_NEW"},
                "not a constraint",
                {"type": "UNIQUE", "uniqueProperties": []},
                {"type": "UNIQUE", "uniqueProperties": ["name", "rule.unknown"]},
            ]
        },
        known,
    )
    assert overall.unchecked_constraints == (
        "all objects together: CUSTOM_VALIDATOR_REF counts",
        "all objects together: SOMETHING_NEW",
        "all objects together: UNIQUE",
        "all objects together: UNIQUE name, rule.unknown",
    )
    assert list(overall.problems([{}, {}])) == []


def test_paths_with_dots_are_paths() -> None:
    overall = constraint(type="UNIQUE", uniqueProperties=["rule.ruleName"])
    assert overall.identifying == (("rule", "ruleName"),)
    found = list(overall.problems([{"rule": {"ruleName": "a"}}, {"rule": {"ruleName": "a"}}]))
    assert [(at, path) for at, path, _text in found] == [(1, ("rule", "ruleName"))]


def test_flattened_also_below_lists() -> None:
    overall = constraint(type="UNIQUE", uniqueProperties=["groups/members.id"], flattenCollections=True)
    values = [{"groups": [{"members": [{"id": 1}, {"id": 2}]}]}, {"groups": [{"members": [{"id": 2.0}]}]}]
    assert [at for at, _path, _text in overall.problems(values)] == [1]


def test_paths_of_unique_items_may_have_dots_and_unknown_ones_are_named() -> None:
    def with_unique(name: str) -> Schema:
        inner = {"rule": prop({"$ref": "#/types/Rule"})}
        unique = [{"type": "UNIQUE", "uniqueProperties": [name]}]
        items = {"type": {"$ref": "#/types/Item"}}
        rules = prop("list", nullable=False, minObjects=0, items=items, constraints=unique)
        return schema(types={"Item": inner, "Rule": {"id": prop("text")}}, rules=rules)

    value = {"name": "a", "rules": [{"rule": {"id": "x"}}, {"rule": {"id": "x"}}]}
    assert [path for path, _text in with_unique("rule.id").problems(value)] == [("rules", 1)]
    assert with_unique("rule.id").unchecked_constraints == ()
    unknown = with_unique("rule.other")
    assert unknown.problems(value) == [] and any("rules" in one for one in unknown.unchecked_constraints)
