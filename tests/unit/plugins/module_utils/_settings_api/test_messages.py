# Copyright (c) 2026, community.dynatrace contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Sentences that name options."""

from __future__ import annotations

import pytest

from ansible_collections.community.dynatrace.plugins.module_utils._settings_api.messages import (
    Hint,
    Names,
    text_of_advice,
)

NAMES = Names({"exports": "slots", "timeout": "dynatrace_timeout"}, {"exports": ["slots[0]", "slots__own[0]"]})


@pytest.mark.parametrize(
    ("template", "facts", "text"),
    [
        ("Raise {option.timeout}.", {}, "Raise dynatrace_timeout."),
        ("Raise {option.retry_timeout}.", {}, "Raise retry_timeout."),
        ("{where:path} is wrong", {"where": "exports[1].name"}, "slots__own[0].name is wrong"),
        ("see {where:paths}", {"where": ["exports[0]", "timeout"]}, "see slots[0], dynatrace_timeout"),
        ("{name}", {"name": "{option.timeout}"}, "{option.timeout}"),
        ("{name}", {"name": "exports[1]"}, "exports[1]"),
        ("{name!r} {count:,}", {"name": "a", "count": 1000}, "'a' 1,000"),
        ("{count:item}, {more:item}", {"count": 1, "more": 2}, "1 item, 2 items"),
        ("{options:and}", {"options": ["a", "timeout"]}, "a and dynatrace_timeout"),
        ("{names:or}", {"names": ["a", "timeout"]}, "a or timeout"),
        ("{kind:type}", {"kind": "list"}, "a list"),
        ("{kind:type}", {"kind": "other"}, "other"),
    ],
)
def test_options_have_the_names_that_the_user_knows_and_facts_stay_as_they_are(
    template: str, facts: dict[str, object], text: str
) -> None:
    assert Hint(template, facts).text(NAMES, {"type": {"list": "a list"}}) == text


def test_a_sentence_without_options_is_a_text() -> None:
    assert text_of_advice("Check {option.timeout}.", NAMES) == "Check {option.timeout}."
    assert text_of_advice(Hint("Check {option.timeout}.")) == "Check timeout."


def test_a_path_is_renamed_once() -> None:
    once = Names({}, {"exports": ["exports[1]", "exports[0]"]})
    assert once.path("exports[0].a") == "exports[1].a" == once.path(once.path("exports[0].a"))
