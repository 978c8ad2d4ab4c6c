# Copyright (c) 2026, community.dynatrace contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""What is there exactly as declared is recognized without a comparison by the schema, and nothing else is."""

from __future__ import annotations

import copy
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ansible_collections.community.dynatrace.plugins.module_utils._settings_api import values
from ansible_collections.community.dynatrace.plugins.module_utils._settings_api.schema import Schema
from ansible_collections.community.dynatrace.plugins.module_utils._settings_api.values import identical

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=3),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=2), inner, max_size=3),
    max_leaves=8,
)


@given(JSON)
def test_a_copy_is_identical(value: Any) -> None:
    assert identical(value, copy.deepcopy(value))


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (1, True),
        (1, 1.0),
        ({"a": 0}, {"a": False}),
        ([1, 2], [1, 2.0]),
        ({"a": None}, {}),
        ({"a": 1}, {"b": 1}),
        ([{}], [[]]),
        ([1], [1, 1]),
        ("1", 1),
    ],
)
def test_values_of_other_types_or_sizes_are_not(one: Any, other: Any) -> None:
    assert not any(identical(*pair) for pair in ((one, other), (other, one)))


def schema(**properties: dict[str, Any]) -> Schema:
    return Schema.from_document({"schemaId": "builtin:x", "version": "1", "properties": properties, "types": {}})


@pytest.mark.parametrize(
    ("properties", "secrets"),
    [
        ({"a": {"type": "text"}}, False),
        ({"a": {"type": "secret"}}, True),
        ({"a": {"type": "list", "items": {"type": "secret"}}}, True),
        ({"a": {"type": "list", "items": {"type": "text"}}}, False),
    ],
)
def test_a_schema_knows_whether_it_has_secrets(properties: dict[str, Any], secrets: bool) -> None:
    assert schema(**properties).has_secrets is secrets


def test_equal_values_are_not_compared_by_the_schema(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_arguments: object) -> Any:
        raise AssertionError("compared by the schema")

    monkeypatch.setattr(values.Comparison, "_differ", refuse)
    value = {"a": [{"b": 1}]}
    example = schema(a={"type": "text"})
    assert example.differences(value, copy.deepcopy(value)) == []
    with pytest.raises(AssertionError):
        example.differences(value, {"a": [{"b": 2}]})
