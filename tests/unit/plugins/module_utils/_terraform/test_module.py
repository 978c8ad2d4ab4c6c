# Copyright (c) 2026, community.dynatrace contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""The module that converts a state: what is wrong with its options."""

from __future__ import annotations

import json
from pathlib import Path

from ansible_collections.community.dynatrace.plugins.module_utils._terraform.module import CONVERT
from ansible_collections.community.dynatrace.tests.support.problems import texts
from ansible_collections.community.dynatrace.tests.support.terraform import resource, state
from settings_api_simulator.ids import new_uid, object_id

ID = object_id("builtin:management-zones", "environment", new_uid())


def test_a_state_is_required() -> None:
    assert texts(CONVERT.check({})[1]) == {"state_file": "is required"}


def test_everything_that_is_wrong_is_reported_with_the_state_that_cannot_be_read(tmp_path: Path) -> None:
    wrong = {"variable_suffix": "a-b", "program": "terraform; id", "max_objects": 0}
    (tmp_path / "state.json").write_text(json.dumps(state(resource("dynatrace_alerting.a", ID))))
    for name, more in (("state.json", set()), ("gone.json", {"state_file"})):
        _state, problems = CONVERT.check({"state_file": str(tmp_path / name), **wrong})
        assert set(texts(problems)) == {*wrong, *more}
    read, problems = CONVERT.check({"state_file": str(tmp_path / "state.json"), "program": "terragrunt run --"})
    assert read is not None and not problems
