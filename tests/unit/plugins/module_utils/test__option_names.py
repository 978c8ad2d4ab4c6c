# Copyright (c) 2026, community.dynatrace contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""The names of options as users know them."""

from __future__ import annotations

import pytest

from ansible_collections.community.dynatrace.plugins.module_utils._option_names import OPTION, OptionNames
from ansible_collections.community.dynatrace.plugins.module_utils._settings_api.errors import Problem

NAMES = OptionNames({"exports": "user_session_exports_slots", "prune": "user_session_exports_prune"})


@pytest.mark.parametrize(
    ("path", "variable"),
    [
        ("exports[1].name", "user_session_exports_slots[1].name"),
        ("exports", "user_session_exports_slots"),
        ("prune", "user_session_exports_prune"),
        ("prune_all", "prune_all"),
        ("objects[0].prune", "objects[0].prune"),
        ("", ""),
    ],
)
def test_only_the_option_at_the_beginning_of_a_path_has_the_name_of_its_variable(path: str, variable: str) -> None:
    assert NAMES.path(path) == variable
    assert NAMES.each([Problem("required", path)]) == [Problem("required", variable)]


def test_without_variables_options_have_their_own_names() -> None:
    assert OptionNames.of({"prune": True}).path("prune") == "prune"


LAYERED = OptionNames({"exports": "slots"}, {"exports": ["slots[0]", "slots__own[0]", "slots[1]"]})


@pytest.mark.parametrize(
    ("path", "own"),
    [("exports[1].name", "slots__own[0].name"), ("slots[2]", "slots[1]"), ("slots[7]", "slots[7]"), ("x[1]", "x[1]")],
)
def test_an_item_of_several_variables_is_called_by_the_variable_that_has_it(path: str, own: str) -> None:
    once = LAYERED.path(path)
    assert once == own and LAYERED.path(once) == own


def test_a_module_gets_what_the_action_plugin_found() -> None:
    problem = Problem("same_name", "p", {"other": "q"})
    found = OptionNames({"a": "b"}, {"a": ["x[0]"]}, (problem,), ("w",), ("c",), {"one": "x (group all)"})
    assert OptionNames.of({OPTION: found.to_option()}) == found
