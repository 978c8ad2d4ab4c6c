# Copyright (c) 2026, community.dynatrace contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""The text of problems and errors, with the names that users know."""

from __future__ import annotations

import string
from collections.abc import Mapping
from typing import Any

import pytest

from ansible_collections.community.dynatrace.plugins.module_utils._ansible_module import CONNECTION_OPTIONS
from ansible_collections.community.dynatrace.plugins.module_utils._export_modules import (
    IMPORT_OPTIONS,
    OPTIONS,
)
from ansible_collections.community.dynatrace.plugins.module_utils._option_names import OptionNames
from ansible_collections.community.dynatrace.plugins.module_utils._problems import (
    TEXTS,
    render,
    text_of,
    with_comments,
)
from ansible_collections.community.dynatrace.plugins.module_utils._runner import failure_of
from ansible_collections.community.dynatrace.plugins.module_utils._settings_api.errors import (
    InvalidInput,
    Problem,
    SettingsError,
)
from ansible_collections.community.dynatrace.plugins.module_utils._settings_api.messages import Hint, Names
from ansible_collections.community.dynatrace.plugins.module_utils._settings_objects.module import (
    INFO_OPTIONS,
    SCHEMA_OPTIONS,
)
from ansible_collections.community.dynatrace.plugins.module_utils._settings_objects.module import (
    OPTIONS as OBJECTS,
)

PREFIX = "user_session_exports_"
KNOWN = {**OPTIONS, **IMPORT_OPTIONS, **OBJECTS, **INFO_OPTIONS, **SCHEMA_OPTIONS, **CONNECTION_OPTIONS}
NAMES = Names({name: PREFIX + name for name in KNOWN})


@pytest.mark.parametrize(
    ("problem", "text"),
    [
        (("required", {}), "is required"),
        (("required.both", {"credentials": "an OAuth client"}), "is required: both are needed for an OAuth client"),
        (("required.variables", {"variables": ["A"]}), "is required (or the environment variable A)"),
        (("required.variables", {"variables": ["A", "B"]}), "is required (or the environment variables A, B)"),
        (
            ("required.match", {"properties": ["a", "b/c"]}),
            "because the value does not contain a, b/c, which would identify the object",
        ),
        (("min_length", {"least": 1}), "must be at least 1 character"),
        (("max_length", {"most": 500}), "must be at most 500 characters"),
        (("max_items", {"most": 1, "count": 3}), "must have at most 1 item, but has 3"),
        (("too_many_values", {"most": 1_000_000}), "has more than 1,000,000 values"),
        (("type.other", {"expected": "list", "found": "string"}), "must be a list, not text"),
        (("type", {"expected": "raw"}), "must be raw"),
        (
            ("unknown_property.meant", {"title": "a known property", "meant": "a"}),
            "is not a known property, did you mean a?",
        ),
        (("unknown_property", {"title": "a property of Rule"}), "is not a property of Rule"),
        (("unknown_option.elsewhere", {"places": ["a.b", "c"]}), "is not an option here; did you mean a.b or c?"),
        (("several_credentials", {"options": ["a", "b", "c"]}), "set only one of a, b and c"),
        (("white_space_at_end", {}), "{{ ... | trim }} removes it"),
        (("variable_name", {}), "which can contain {id} and {name}"),
        (
            ("unknown_name", {"name": "it's", "there": ["a", "b"]}),
            'no export has the name "it\'s"; existing exports: a, b',
        ),
    ],
)
def test_a_text_says_what_the_facts_are(problem: tuple[str, dict[str, Any]], text: str) -> None:
    code, facts = problem
    assert text in text_of(Problem(code, "x", facts))


def test_an_option_is_called_like_the_variable_that_gave_it_wherever_it_is_named() -> None:
    facts = {"object": "export", "option_path": "x"}
    assert text_of(Problem("prune_all", "prune", facts), NAMES).endswith(
        f"set {PREFIX}confirm_prune_all: true to confirm"
    )
    assert text_of(Problem("only_present", "prune"), NAMES) == f"is only valid with {PREFIX}state: present"
    alternatives = [["platform_token"], ["oauth_client_id", "oauth_client_secret"]]
    assert text_of(Problem("required.credentials", "api_token", {"alternatives": alternatives}), NAMES) == (
        f"is required (or {PREFIX}platform_token, or {PREFIX}oauth_client_id and {PREFIX}oauth_client_secret)"
    )
    assert text_of(Problem("unknown_option.meant", "stat", {"meant": "state"}), NAMES).endswith(f"mean {PREFIX}state?")


@pytest.mark.parametrize("name", ["max_wait", "prune", "state: x", "api_token", "{option.prune}"])
def test_a_fact_that_looks_like_an_option_stays_as_it_is(name: str) -> None:
    """An export of this name was reported under the name of a variable."""
    facts = {"name": name, "there": ["confirm_prune_all"]}
    said = text_of(Problem("unknown_name", "exports[0]", facts), Names({**NAMES.names, "max_wait": "other"}))
    assert said == f"no export has the name {name!r}; existing exports: confirm_prune_all"


def test_an_option_path_in_a_text_is_that_of_the_variable_too() -> None:
    names = Names({"exports": "slots"}, {"exports": ["slots[0]", "slots__own[0]"]})
    problem = Problem("same_name", "exports[1].name", {"other": "exports[0]"})
    assert render(InvalidInput([problem]), names)[0] == "slots__own[0].name: is the same as slots[0].name"
    hint = Hint("Declare {secrets:paths}.", {"secrets": ["slots[1].a", "exports[0].b"]})
    assert hint.text(names) == "Declare slots__own[0].a, slots[0].b."


def test_what_a_server_says_stays_as_it_is() -> None:
    error = SettingsError("It said: state: bad, {option.api_token}", hint=Hint("Check {option.environment_url}."))
    assert render(error, NAMES)[0] == (f"It said: state: bad, {{option.api_token}}. Check {PREFIX}environment_url.")
    assert str(error).endswith("Check environment_url.")


def test_several_hints_are_several_sentences_and_empty_ones_are_none() -> None:
    error = SettingsError("Refused", hint=Hint("Set {option.adopt} to {how}.", {"how": "{any}"}))
    error.advise("First this.", "", *error.hints)
    assert error.text(NAMES) == f"Refused. First this. Set {PREFIX}adopt to {{any}}."
    assert error.hint == "First this. Set adopt to {any}."


def test_all_problems_are_listed_with_the_paths_of_variables() -> None:
    error = InvalidInput([Problem("required", "exports[0].name"), Problem("no_source", "")])
    failure = failure_of(error, OptionNames({"exports": f"{PREFIX}slots"}, warnings=("Careful.",)))
    assert failure.message == (
        "2 problems in the input, nothing was sent:\n"
        f"  {PREFIX}slots[0].name: is required\n"
        "  set at least one of clusters, accounts, and environments"
    )
    assert failure.details == {
        "problems": [
            {"path": f"{PREFIX}slots[0].name", "message": "is required"},
            {"path": "", "message": "set at least one of clusters, accounts, and environments"},
        ],
        "warnings": ["Careful."],
    }


def test_what_was_done_before_a_problem_is_kept() -> None:
    error = InvalidInput([Problem("mask", "a")], hint="Done before: nothing.")
    error.details.update(completed_writes=[])
    failure = failure_of(error, OptionNames())
    assert failure.message.endswith("omit it to keep the stored one. Done before: nothing.")
    assert failure.details["completed_writes"] == []


def test_a_json_schema_for_people_has_comments() -> None:
    engine = {
        "allOf": [{"pattern": "a", "problem": {"code": "pattern", "pattern": "a"}}],
        "properties": {"problem": {}},
    }
    assert with_comments(engine) == {
        "allOf": [{"pattern": "a", "$comment": "must match the pattern a"}],
        "properties": {"problem": {}},
    }


def test_every_option_that_a_text_names_exists() -> None:
    named = {
        field.removeprefix("option.")
        for text in TEXTS.values()
        for _literal, field, _format, _conversion in string.Formatter().parse(text)
        if field and field.startswith("option.")
    }
    assert named and named <= set(KNOWN)


def test_a_text_begins_in_small_letters_and_ends_without_a_full_stop() -> None:
    """It follows the path of an option, and a hint can follow it."""
    assert [text for text in TEXTS.values() if not text or text[0].isupper() or text.endswith(".")] == []


def test_the_engine_has_codes_only() -> None:
    error = InvalidInput([Problem("required", "a"), Problem("blank", "b")])
    assert str(error) == "a: required; b: blank"
    assert isinstance(error.problems[0].facts, Mapping)
