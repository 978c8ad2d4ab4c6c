# Copyright (c) 2026, community.dynatrace contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""The modules for objects of any schema: what is checked before the schema is read."""

from __future__ import annotations

from typing import Any

import pytest

from ansible_collections.community.dynatrace.plugins.module_utils._settings_objects import module


@pytest.mark.parametrize(
    ("definition", "params", "found"),
    [
        (
            module.WRITE,
            {"schema_id": "", "objects": [], "max_objects": 0},
            {"schema_id": "empty", "max_objects": "minimum"},
        ),
        (
            module.READ,
            {"schema_id": "a", "scope": "HOST-1", "scope_types": ["HOST"]},
            {"scope_types": "scope_or_types"},
        ),
        (module.READ, {"schema_id": "a", "scope": ""}, {"scope": "empty"}),
        (
            module.SCHEMA,
            {"version": "1", "include": ["schema"]},
            {"version": "only_schema_id", "include": "only_schema_id"},
        ),
    ],
)
def test_options_are_checked(definition: Any, params: dict[str, Any], found: dict[str, str]) -> None:
    assert {problem.path: problem.code for problem in definition.check(params)[1]} == found


@pytest.mark.parametrize("objects", [None, "text", [1], [{"secrets": "x"}], [{"secrets": [1]}]])
def test_secrets_are_looked_for_in_any_form_of_input(objects: Any) -> None:
    assert module.secrets({"objects": objects}) == []
    secret = {"secrets": [{"path": "token", "value": "S3cret"}]}
    assert module.secrets({"objects": [*(objects if isinstance(objects, list) else ()), secret]}) == ["S3cret"]
