# Copyright (c) 2026, community.dynatrace contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""The module for settings of many schemas: its input, and where each declaration comes from."""

from __future__ import annotations

from ansible_collections.community.dynatrace.plugins.module_utils._settings_objects import settings_module


def test_declarations_are_required_and_limits_are_checked() -> None:
    _none, problems = settings_module.check({"max_objects": 0})
    assert {problem.path: problem.code for problem in problems} == {
        "declarations": "required.list",
        "max_objects": "minimum",
    }


def test_an_import_needs_schemas() -> None:
    for given, paths in ((None, ["schema_ids"]), (["builtin:a", ""], ["schema_ids[1]"]), (["builtin:*"], [])):
        _none, problems = settings_module.IMPORT.check({"schema_ids": given})
        assert [problem.path for problem in problems] == paths


def test_secrets_of_all_declarations_are_known() -> None:
    secret = {"secrets": [{"path": "a", "value": "S3cret"}]}
    declared = [{"objects": [secret]}, "text", {"objects": None}]
    assert settings_module.secrets({"declarations": declared}) == ["S3cret"]
    assert settings_module.secrets({"declarations": "text"}) == []
