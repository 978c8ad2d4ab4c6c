# Copyright (c) 2026, community.dynatrace contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Declared objects that would be found as one: one problem for each, whichever check finds it."""

from __future__ import annotations

from typing import Any

import pytest

from ansible_collections.community.dynatrace.plugins.module_utils._settings_api.schema import Schema
from ansible_collections.community.dynatrace.plugins.module_utils._settings_objects.declaration import (
    DeclaredObject,
    Rules,
    declare,
)


def schema(*constraints: dict[str, Any]) -> Schema:
    return Schema.from_document(
        {
            "schemaId": "test:zones",
            "multiObject": True,
            "schemaConstraints": list(constraints),
            "properties": {"name": {"type": "text", "nullable": False}},
        }
    )


@pytest.mark.parametrize(
    ("constraints", "match_on", "path"),
    [
        (({"type": "UNIQUE", "uniqueProperties": ["name"]},), None, "objects[1].value.name"),
        ((), ["name"], "objects[1]"),
    ],
    ids=["unique by the schema", "matched by an option"],
)
def test_two_objects_of_one_name_are_one_problem(constraints: Any, match_on: Any, path: str) -> None:
    objects = [DeclaredObject({"value": {"name": "Shop"}}, f"objects[{index}]") for index in range(2)]
    _wanted, problems = declare(objects, Rules.of(schema(*constraints), match_on))
    assert [one.path for one in problems] == [path]
