# Copyright (c) 2026, community.dynatrace contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Keys that may hold a secret, and text that cannot be sent."""

from __future__ import annotations

import pytest

from ansible_collections.community.dynatrace.plugins.module_utils._settings_api.errors import Problem
from ansible_collections.community.dynatrace.plugins.module_utils._settings_api.strings import (
    glued_name,
    is_text,
    length,
)


@pytest.mark.parametrize(
    ("key", "problem"),
    [
        ("password:S3cret", Problem("glued.colon", "at.password", {"name": "password"})),
        (" password = S3cret", Problem("glued.equals", "at.password", {"name": "password"})),
        ("passwd:S3cret", None),
        ("password", None),
    ],
)
def test_a_key_with_its_value_is_recognised_and_the_value_is_in_no_fact(key: str, problem: Problem | None) -> None:
    assert glued_name(key, ["password"], "at.") == problem


@pytest.mark.parametrize(("text", "units"), [("", 0), ("abc", 3), ("ä", 1), ("\N{PILE OF POO}", 2)])
def test_the_length_is_that_of_java(text: str, units: int) -> None:
    assert length(text) == units


@pytest.mark.parametrize(("value", "right"), [("a", True), ("ä", True), ("\ud800", False), (1, False), (None, False)])
def test_half_a_character_is_no_text(value: object, right: bool) -> None:
    assert is_text(value) is right
