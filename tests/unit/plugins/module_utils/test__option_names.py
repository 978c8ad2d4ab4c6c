# Copyright (c) 2026, community.dynatrace contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Messages in the words of whoever wrote the variables."""

from __future__ import annotations

import pytest

from ansible_collections.community.dynatrace.plugins.module_utils._ansible_module import CONNECTION_OPTIONS
from ansible_collections.community.dynatrace.plugins.module_utils._option_names import OPTION, OptionNames
from ansible_collections.community.dynatrace.plugins.module_utils._session_exports.module import (
    OPTIONS,
    VARIABLES,
)
from ansible_collections.community.dynatrace.plugins.module_utils._settings_api.errors import (
    InvalidInput,
    Problem,
    SettingsError,
)

PREFIX = "user_session_exports_"
SPEC = {**OPTIONS, **CONNECTION_OPTIONS}
KNOWN = {name: PREFIX + VARIABLES.renamed.get(name, name) for name in SPEC if name not in (OPTION, "vars_prefix")}
WORDS = OptionNames(KNOWN)


def test_an_option_is_called_like_the_variable_that_gave_it_wherever_it_stands() -> None:
    found = WORDS.problem(Problem("exports[1].name", "is the same; say confirm_prune_all: true, or state: absent"))
    assert found.path == f"{PREFIX}slots[1].name"
    assert found.message == f"is the same; say {PREFIX}confirm_prune_all: true, or {PREFIX}state: absent"


@pytest.mark.parametrize(
    "text",
    [
        "4 exports are declared",
        "exports[0].authentication.oauth2.client_id",
        "the state of it",
        "x.api_token",
        "my_api_token",
    ],
)
def test_words_of_every_day_and_parts_of_paths_stay_as_they_are(text: str) -> None:
    assert WORDS.text(text) == text


def test_what_a_server_says_stays_as_it_is() -> None:
    told = WORDS.error(SettingsError("It said: state: bad, api_token", hint="Check environment_url."))
    assert str(told) == f"It said: state: bad, api_token. Check {PREFIX}environment_url."
    assert isinstance(WORDS.error(InvalidInput([Problem("prune", "x")])), InvalidInput)


def test_without_variables_the_options_are_the_words() -> None:
    error = SettingsError("a", hint="Check environment_url.")
    assert OptionNames.of({}).error(error) is error


def test_a_module_gets_what_the_action_plugin_found() -> None:
    words = OptionNames({"a": "b"}, (Problem("p", "m"),), ("w",), ("c",))
    assert OptionNames.of({OPTION: words.to_option()}) == words
