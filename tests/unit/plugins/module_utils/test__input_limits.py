# Copyright (c) 2026, community.dynatrace contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Input that contains itself, or stands for billions of values, is refused with its path before anything walks it."""

from __future__ import annotations

import datetime
from typing import Any

import pytest

from ansible_collections.community.dynatrace.plugins.module_utils._input_limits import (
    MAX_CHARACTERS,
    MAX_DEPTH,
    MAX_VALUES,
    input_problem,
)
from ansible_collections.community.dynatrace.plugins.module_utils._problems import text_of


def reported(value: Any) -> str:
    problem = input_problem(value, "slots")
    return "" if problem is None else f"{problem.path}: {text_of(problem)}"


def nested(levels: int) -> Any:
    value: Any = "end"
    for _level in range(levels):
        value = {"a": value}
    return value


@pytest.mark.parametrize(
    "value",
    [None, "", 1.5, [], {}, [{"name": "archive", "endpoint_definition": {"endpoint_url": "https://a/"}}], {1: "one"}],
)
def test_ordinary_input_passes(value: Any) -> None:
    assert reported(value) == ""


def test_a_value_that_contains_itself() -> None:
    own: dict[str, Any] = {"name": "archive"}
    own["again"] = own
    assert reported([own]).startswith("slots[0].again.again.again")
    assert "levels deep; does it contain itself?" in reported([own])
    listed: list[Any] = []
    listed.append(listed)
    assert reported(listed).startswith("slots[0][0]")


def test_anchors_that_multiply() -> None:
    value: Any = "lol"
    for _level in range(9):
        value = [value] * 10
    assert "values" in reported(value)


def test_the_limits_themselves() -> None:
    assert reported(nested(MAX_DEPTH)) == "" and reported(nested(MAX_DEPTH + 1)) != ""
    assert reported([None] * (MAX_VALUES - 1)) == "" and reported([None] * (MAX_VALUES + 1)) != ""
    half = "x" * (MAX_CHARACTERS // 2)
    assert reported([half, half]) == "" and "characters" in reported([half, half, "x"])


def test_what_json_does_not_have_is_named_with_its_path_and_without_its_value() -> None:
    assert reported([{"password": b"S3cret"}]) == "slots[0].password: must be text, not binary data"
    assert reported([{"a": {datetime.date(2026, 1, 2): 1}}]) == "slots[0].a: has a key that is a date; put it in quotes"


def test_a_key_that_may_hold_a_secret_is_not_shown() -> None:
    assert reported({"password:S3cret": b""}) == "slots.(a key): must be text, not binary data"
    assert len(reported({"a" * 60: nested(200)})) < 300
