# Copyright (c) 2026, community.dynatrace contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Variables that begin with dynatrace_: slips of the keys are refused, variables of one's own are not."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest

from ansible_collections.community.dynatrace.plugins.module_utils._ansible_module import CONNECTION_OPTIONS
from ansible_collections.community.dynatrace.plugins.module_utils._option_names import OptionNames
from ansible_collections.community.dynatrace.plugins.plugin_utils._shared_vars import (
    PLAYBOOK_VARIABLES,
    misspelt_shared,
)
from ansible_collections.community.dynatrace.tests.support.problems import texts

ROOT = Path(__file__).resolve().parents[4]


def slips(**variables: Any) -> OptionNames:
    shared = [f"dynatrace_{name}" for name in CONNECTION_OPTIONS]
    return misspelt_shared(["user_session_exports_slots", *shared], variables)


@pytest.mark.parametrize(
    ("name", "meant"),
    [
        ("enviroment_url", "environment_url"),
        ("api_tokn", "api_token"),
        ("valdiate_certs", "validate_certs"),
        ("cannary", "canary"),
        ("paused_export", "paused_exports"),
        ("import_overwite", "import_overwrite"),
    ],
)
def test_a_slip_in_a_shared_variable_is_refused_without_its_value(name: str, meant: str) -> None:
    words = slips(**{f"dynatrace_{name}": "S3cret"})
    assert texts(words.problems) == {
        f"dynatrace_{name}": f"is not a variable of the collection; did you mean dynatrace_{meant}?"
    }
    assert words.meant == (f"dynatrace_{meant}",)


def test_a_slip_beside_the_right_variable_is_only_a_warning() -> None:
    words = slips(dynatrace_enviroment_url="a", dynatrace_environment_url="b")
    assert not words.problems and not words.meant
    assert words.warnings == (
        "dynatrace_enviroment_url is not a variable of the collection. Only dynatrace_environment_url has an effect.",
    )


def test_variables_of_ones_own_that_begin_like_shared_ones_are_no_slips() -> None:
    own = {"dynatrace_api_tokens": {}, "dynatrace_host": "a", "dynatrace_api_token_id": "b", "dynatrace_stage": "c"}
    assert slips(**own) == OptionNames()
    assert slips(dynatrace_api_tokn="a", dynatrace_api_token_of_all="{{ dynatrace_api_tokn }}") == OptionNames()


def test_the_variables_of_the_playbooks_are_those_that_they_describe() -> None:
    texts = [path.read_text() for path in (ROOT / "playbooks").rglob("*.yml")]
    assert sorted({name for text in texts for name in re.findall(r"^# (dynatrace_\w+) ", text, re.M)}) == list(
        PLAYBOOK_VARIABLES
    )


def test_no_variable_of_the_collection_is_a_slip_of_another() -> None:
    files = [path for folder in ("playbooks", "plugins", "roles") for path in (ROOT / folder).rglob("*.*")]
    texts = [path.read_text() for path in files if path.suffix in (".yml", ".py")]
    # What ends with an underscore is a prefix.
    names = {name for text in texts for name in re.findall(r"\bdynatrace_[a-z_]*[a-z]\b", text)}
    assert len(names) > 50
    for name in names:
        assert slips(**{name: 1}) == OptionNames(), name
