# Copyright (c) 2026, community.dynatrace contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Preconditions decide the same in the engine and in JSON Schema."""

from __future__ import annotations

from typing import Any

import jsonschema_rs
import pytest

from ansible_collections.community.dynatrace.tests.support.export_schema import (
    EXPORTS,
    small,
    with_basic,
)


@pytest.mark.parametrize(
    ("condition", "active"),
    [
        ({"type": "EQUALS", "property": "key", "expectedValue": "a"}, {"a"}),
        ({"type": "IN", "property": "key", "expectedValues": ["a", "b"]}, {"a", "b"}),
        ({"type": "NULL", "property": "key"}, {None}),
        ({"type": "NOT", "precondition": {"type": "NULL", "property": "key"}}, {"a", "b", "c"}),
        ({"type": "REGEX_MATCH", "property": "key", "pattern": "^[bc]$"}, {"b", "c"}),
        ({"type": "EQUALS", "property": "key", "expectedValue": None}, {None}),
        ({"type": "IN", "property": "key", "expectedValues": ["a", None]}, {"a", None}),
        ({"type": "AND", "preconditions": []}, {"a", "b", "c", None}),
        ({"type": "OR", "preconditions": []}, set()),
        (
            {
                "type": "OR",
                "preconditions": [
                    {"type": "EQUALS", "property": "key", "expectedValue": "c"},
                    {"type": "NULL", "property": "key"},
                ],
            },
            {"c", None},
        ),
    ],
    ids=lambda one: one.get("type") if isinstance(one, dict) else "",
)
def test_each_kind_of_precondition_here_and_in_json_schema(condition: dict[str, Any], active: set[str | None]) -> None:
    key = {"type": "text", "nullable": True}
    schema = small({"key": key, "shown": {"type": "integer", "precondition": condition}})
    for value in ("a", "b", "c", None):
        given = {"key": value, "shown": 1} if value else {"shown": 1}
        assert ("shown" in schema.complete(given).value) is (value in active)
        assert bool(schema.problems({**given, "shown": "wrong"})) is (value in active)
        assert bool(schema.problems({"key": value} if value else {})) is (value in active)


def test_other_validators_follow_the_chain_too() -> None:
    # Nothing is asked of a section that is inactive, also when the value was not completed before.
    value = EXPORTS.complete(with_basic(password="p")).value
    value["authentication"] = {"active": False, "authType": "basic"}
    assert EXPORTS.problems(value) == []
    assert jsonschema_rs.is_valid(EXPORTS.json_schema(), value)
    value["authentication"]["active"] = True
    assert [path for path, _text in EXPORTS.problems(value)] == [("authentication", "basicAuth")]
    assert not jsonschema_rs.is_valid(EXPORTS.json_schema(), value)
