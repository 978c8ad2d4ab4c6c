# Copyright (c) 2026, community.dynatrace contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""What was found for a value is kept for equal ones, and nothing of the value with it."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ansible_collections.community.dynatrace.plugins.module_utils._session_exports.declaration import published_schema
from ansible_collections.community.dynatrace.plugins.module_utils._settings_api.memo import Memo
from ansible_collections.community.dynatrace.tests.support.simulator import basic_auth, export_value


def called(memo: Memo, *inputs: object) -> list[int]:
    """How often the function was called after each input."""
    calls: list[object] = []

    def compute() -> None:
        calls.append(None)

    counts = []
    for one in inputs:
        memo.of("name", one, compute)
        counts.append(len(calls))
    return counts


def test_equal_values_are_computed_once() -> None:
    assert called(Memo(), {"a": [1, "x"]}, {"a": [1, "x"]}, {"a": [1, "y"]}) == [1, 1, 2]


@pytest.mark.parametrize(("one", "other"), [(1, True), (1, 1.0), (0, False), ("1", 1), (None, "null"), ("", None)])
def test_values_of_different_types_are_different(one: object, other: object) -> None:
    assert called(Memo(), [one], [other]) == [1, 2]


def test_what_is_no_plain_data_is_computed_each_time() -> None:
    circle: list[Any] = []
    circle.append(circle)

    class Text(str):
        pass

    assert called(Memo(), object(), Text("a"), Text("a"), circle, circle) == [1, 2, 3, 4, 5]


def test_a_memo_does_not_grow_without_end() -> None:
    memo = Memo(most=3)
    called(memo, *range(100))
    assert len(memo._kept) <= 3


def test_no_secret_is_kept() -> None:
    schema = published_schema()
    secret = "a-secret-of-" + "one-environment"
    value = export_value("https://a.example.com/", authentication=basic_auth("u", secret))
    schema.problems(value)
    schema.differences(value, value)
    schema.expected_secret_paths(value)
    kept = repr(schema._memo._kept)
    assert secret not in kept and len(schema._memo._kept) >= 3


VALUES = st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(-2, 2), st.text("ab{", max_size=3), st.floats(allow_nan=False)),
    lambda inner: st.one_of(
        st.lists(inner, max_size=3),
        st.dictionaries(st.sampled_from(["endpointDefinition", "endpointUrl", "authentication", "active", "x"]), inner),
    ),
    max_leaves=8,
)


@given(values=st.lists(VALUES, min_size=1, max_size=4))
def test_a_schema_finds_for_any_value_what_it_finds_without_a_memory(values: list[Any]) -> None:
    schema = published_schema()

    def found() -> list[Any]:
        return [
            (schema.problems(value), schema.secret_paths(value), schema.differences(values[0], value))
            for value in values
        ]

    remembered = [found(), found()]
    schema._memo = Memo()
    assert remembered == [found()] * 2
