# Copyright (c) 2026, community.dynatrace contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""The exports that a task is about: named ones, and those that are declared as paused."""

from __future__ import annotations

from typing import Any

import pytest

from ansible_collections.community.dynatrace.plugins.module_utils import _export_modules as module
from ansible_collections.community.dynatrace.plugins.module_utils._problems import text_of
from ansible_collections.community.dynatrace.plugins.module_utils._session_exports.selection import (
    selected_exports,
    selection_problems,
    undeclared_names,
)


def export(name: str, **endpoint: Any) -> dict[str, Any]:
    return {"name": name, "endpoint_definition": {"endpoint_url": f"https://{name}.example.com/", **endpoint}}


def running(exports: Any) -> dict[str, Any]:
    return {one["name"]: one["endpoint_definition"].get("enable_user_session_export") for one in exports}


@pytest.mark.parametrize("paused", [["archive", "not declared"], "archive, not declared"])
def test_a_paused_export_is_disabled_whatever_it_declares(paused: Any) -> None:
    exports = [export("archive", enable_user_session_export=True), export("billing")]
    found = selected_exports({"exports": exports, "state": "present", "paused_exports": paused})
    assert running(found) == {"archive": False, "billing": None}
    assert running(exports) == {"archive": True, "billing": None}, "the declaration itself is not changed"


def test_pausing_bears_exports_of_any_form() -> None:
    odd: list[Any] = [{"name": "archive"}, {"name": "archive", "endpoint_definition": 7}, "text", None]
    assert selected_exports({"exports": odd, "paused_exports": ["archive"]}) == odd
    assert selected_exports({"exports": "text", "paused_exports": ["archive"]}) == "text"
    assert selected_exports({"exports": None, "paused_exports": 7}) is None


@pytest.mark.parametrize("names", [["archive", " billing ", "archive"], "archive, billing"])
@pytest.mark.parametrize("state", ["absent", "disabled", "enabled"])
def test_names_are_sufficient(state: str, names: Any) -> None:
    params = {"exports": [], "state": state, "names": names}
    assert selected_exports(params) == [{"name": "archive"}, {"name": "billing"}]
    assert selection_problems(params) == [] == undeclared_names(params)


def test_only_declared_exports_are_rotated_and_the_others_are_known() -> None:
    params = {"exports": [export("archive"), export("billing")], "rotate_secrets": True, "names": ["archive", "other"]}
    assert [one["name"] for one in selected_exports(params)] == ["archive"]
    assert undeclared_names(params) == ["other"]


@pytest.mark.parametrize(
    ("params", "says"),
    [
        ({"state": "present", "names": ["a"]}, "is only valid with state: absent"),
        ({"state": "disabled", "names": ["a"], "all_exports": True}, "cannot be combined with all_exports"),
        ({"state": "disabled", "names": []}, "is empty"),
        ({"state": "disabled", "names": " , "}, "is empty"),
    ],
)
def test_names_that_mean_nothing_are_refused(params: dict[str, Any], says: str) -> None:
    (problem,) = selection_problems(params)
    assert (problem.path, says in text_of(problem)) == ("names", True)
    assert problem in module.check({"exports": [], **params})[1]


def test_an_environment_that_declares_none_of_them_is_skipped_without_a_request() -> None:
    params = {"exports": [export("billing")], "rotate_secrets": True, "names": ["archive"]}
    checked, problems = module.check(params)
    assert problems == []
    result = module.run(None, checked, params, False)  # type: ignore[arg-type]
    assert result == {"changed": False, "exports": [], "notes": [], "undeclared_names": ["archive"]}
