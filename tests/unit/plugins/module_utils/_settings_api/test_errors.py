# Copyright (c) 2026, community.dynatrace contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Problems as data, and the texts of errors."""

from __future__ import annotations

import pytest

from ansible_collections.community.dynatrace.plugins.module_utils._settings_api.errors import (
    InvalidInput,
    OtherServer,
    Problem,
    SettingsError,
    custom,
)


def test_problems_are_sorted_by_path_and_the_same_ones_are_one() -> None:
    twice = [Problem("same_name", "b", {"other": "a"}) for _again in range(2)]
    assert sorted({*twice, Problem("required", "a")}) == [Problem("required", "a"), twice[0]]


@pytest.mark.parametrize(("code", "kind"), [("required", "required"), ("required.while", "required"), ("type", "type")])
def test_a_variant_is_of_the_same_kind(code: str, kind: str) -> None:
    assert Problem(code, "a").kind == kind


def test_a_message_of_the_schema_takes_the_place_of_the_own_one() -> None:
    facts = {"first": 0}
    assert custom("Taken", "not_unique.item", facts) == Problem("custom.item", "", {"first": 0, "text": "Taken"})
    assert custom("", "not_unique.item", facts) == custom(None, "not_unique.item", facts)
    assert custom("Wrong", "regex") == Problem("custom", "", {"text": "Wrong"})


@pytest.mark.parametrize(
    ("message", "text"),
    [("It ended", "It ended. Do it."), ("It ended!", "It ended! Do it."), ("Two:\n  a\n", "Two:\n  a\nDo it.")],
)
def test_a_hint_follows_what_a_server_says(message: str, text: str) -> None:
    assert str(SettingsError(message, hint="Do it.")) == text
    assert str(SettingsError(message)) == message


def test_another_server_is_most_often_a_wrong_address() -> None:
    error = OtherServer("No JSON.", may_lack_id=False, details={"status": 404})
    assert error.hint == "Check that environment_url is the base URL of an environment." and error.details == {
        "status": 404
    }
    assert "/e/" in OtherServer("No JSON.", may_lack_id=True).hint


def test_an_error_of_the_input_has_no_text_of_its_own() -> None:
    assert str(InvalidInput([Problem("required", "a")], hint="Look.")) == "a: required. Look."
