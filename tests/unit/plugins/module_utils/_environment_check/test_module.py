# Copyright (c) 2026, community.dynatrace contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""The module that checks an environment: its options, and when it fails."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest

from ansible_collections.community.dynatrace.plugins.module_utils._environment_check import module
from ansible_collections.community.dynatrace.plugins.module_utils._settings_api.errors import SettingsError

PARAMS: dict[str, Any] = {name: option["default"] for name, option in module.OPTIONS.items()}


def test_blank_schemas_and_negative_days_are_named() -> None:
    _none, problems = module.check({**PARAMS, "days": -1, "schema_ids": ["builtin:x", " "]})
    assert [(problem.code, problem.path) for problem in problems] == [("minimum", "days"), ("blank", "schema_ids[1]")]


def test_it_fails_with_the_first_error_and_the_number_of_others(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[Any] = []
    error = {"status": "error", "message": "No answer.", "remediation": "Check the address."}
    result = {"ok": False, "checks": [{"status": "ok", "message": "Fine."}, error, error]}

    def check_environment(_client: Any, _connection: Any, schema_ids: list[str], **more: Any) -> dict[str, Any]:
        asked.append((schema_ids, more))
        return result

    monkeypatch.setattr(module, "check_environment", check_environment)
    client: Any = SimpleNamespace(connection=None)
    params = {**PARAMS, "schema_ids": ["b", "a", "b"], "access": "read"}
    with pytest.raises(SettingsError, match=r"No answer. \(1 more\)") as caught:
        module.work(client, None, params, False)
    assert caught.value.details == result
    assert asked == [(["b", "a"], {"write": False, "days": 14})]
    assert module.work(client, None, {**params, "fail_on_error": False}, False) == result
