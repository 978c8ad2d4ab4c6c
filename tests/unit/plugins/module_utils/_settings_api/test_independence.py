# Copyright (c) 2026, community.dynatrace contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Which writes of a plan may be sent at the same time, and which keep their order."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pytest

from ansible_collections.community.dynatrace.plugins.module_utils._settings_api.independence import with_independence
from ansible_collections.community.dynatrace.plugins.module_utils._settings_api.matching import Existing
from ansible_collections.community.dynatrace.plugins.module_utils._settings_api.plan_types import (
    Action,
    Item,
    Operation,
    Plan,
    Step,
)
from ansible_collections.community.dynatrace.plugins.module_utils._settings_api.schema import Schema

COLOR, NAME = ("color",), ("rules", 0, "name")


def schema(**more: Any) -> Schema:
    text = {"type": "text", "nullable": True}
    rule = {"type": "object", "properties": {"name": text}}
    return Schema.from_document(
        {
            "schemaId": "test:schema",
            "version": "1",
            "multiObject": True,
            "allowedScopes": ["environment"],
            "properties": {
                "color": text,
                "refersTo": text,
                "rules": {"type": "list", "items": {"type": {"$ref": "#/types/rule"}}, "nullable": True},
            },
            "types": {"rule": rule},
            "enums": {},
            "schemaConstraints": [
                {"type": "UNIQUE", "uniqueProperties": ["rules/name"], "flattenCollections": True},
            ],
            **more,
        }
    )


def marks(
    rules: Schema,
    steps: Sequence[tuple[Action, str]],
    changed: Any = (COLOR,),
    operation: Operation = "updated",
    refers: dict[str, str] | None = None,
) -> list[int | None]:
    existing = [Existing(name, {"refersTo": (refers or {}).get(name)}, "token", None) for name in "abc"]
    items = tuple(Item(name, operation, object_id=name, changed=changed) for name in dict(map(reversed, steps)))  # type: ignore[call-overload]
    plan = Plan(items, tuple(Step(action, name, object_id=name) for action, name in steps), (), 3, None)
    return [step.independent for step in with_independence(plan, existing, rules).steps]


def test_updates_of_values_do_not_depend_on_each_other() -> None:
    assert marks(schema(), [("update", "a"), ("update", "b"), ("create", "c")]) == [-1, -1, None]


def test_one_write_is_left_as_it_is() -> None:
    assert marks(schema(), [("update", "a")]) == [None]


@pytest.mark.parametrize(
    "document",
    [
        {"ordered": True},
        {"schemaConstraints": [{"type": "CUSTOM_VALIDATOR_REF", "customValidatorId": "x"}]},
        {"schemaConstraints": [{"type": "MULTI_SCOPE_UNIQUE", "uniqueProperties": ["color"]}]},
    ],
    ids=["one list", "a rule of the server", "unique over scopes"],
)
def test_a_schema_whose_objects_depend_on_each_other_keeps_the_order(document: dict[str, Any]) -> None:
    assert marks(schema(**document), [("update", "a"), ("update", "b")]) == [None, None]


@pytest.mark.parametrize("changed", [NAME, ("rules",), ("rules", 0)])
def test_a_value_that_another_object_can_take_over_keeps_its_place(changed: Any) -> None:
    assert marks(schema(), [("update", "a"), ("update", "b")], changed=(COLOR, changed)) == [None, None]


def test_an_object_that_takes_the_slot_of_another_one_keeps_its_place() -> None:
    assert marks(schema(), [("update", "a"), ("update", "b")], (), "created") == [None, None]


def test_the_writes_of_one_object_keep_their_order() -> None:
    steps: list[tuple[Action, str]] = [("update", "a"), ("set_external_id", "a"), ("update", "b"), ("update", "c")]
    assert marks(schema(), steps) == [None, None, -1, -1]


def test_deletions_of_objects_that_refer_to_each_other_are_in_different_groups() -> None:
    steps: list[tuple[Action, str]] = [("delete", "c"), ("delete", "b"), ("delete", "a")]
    assert marks(schema(), steps, operation="deleted") == [0, 0, 0]
    assert marks(schema(), steps, operation="deleted", refers={"c": "a", "b": "a"}) == [0, 0, 1]
