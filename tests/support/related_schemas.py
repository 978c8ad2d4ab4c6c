# Copyright (c) 2026, community.dynatrace contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Schemas of which one refers to another, and one has a rule for deletions; declarations of them."""

from __future__ import annotations

from typing import Any

import pytest

from ansible_collections.community.dynatrace.plugins.module_utils._problems import render
from ansible_collections.community.dynatrace.plugins.module_utils._settings_api.client import SettingsClient
from ansible_collections.community.dynatrace.plugins.module_utils._settings_api.connection import (
    AccessToken,
    Connection,
)
from ansible_collections.community.dynatrace.plugins.module_utils._settings_api.errors import InvalidInput
from ansible_collections.community.dynatrace.plugins.module_utils._settings_api.references import Reference
from ansible_collections.community.dynatrace.plugins.module_utils._settings_objects import settings_module
from ansible_collections.community.dynatrace.tests.support.simulator import Simulator

PIPELINES, ROUTING, GUARDED = "builtin:pipelines", "builtin:routing", "builtin:guarded"


NAME = {"name": {"type": "text", "nullable": False}}


UNIQUE = {"schemaConstraints": [{"type": "UNIQUE", "uniqueProperties": ["name"]}]}


COMMON = {"version": "1", "multiObject": True, "maxObjects": 100, "allowedScopes": ["environment"], **UNIQUE}


SCHEMAS: list[dict[str, Any]] = [
    {
        **COMMON,
        "schemaId": PIPELINES,
        "properties": NAME,
        "deletionConstraints": [{"type": "REFERENTIAL_INTEGRITY", "schemaIds": [ROUTING, "builtin:unknown"]}],
    },
    {
        **COMMON,
        "schemaId": ROUTING,
        "properties": {
            **NAME,
            "pipeline": {"type": "setting", "referencedType": PIPELINES, "nullable": True},
            "pipelineName": {"type": "text", "nullable": True},
        },
    },
    {
        **COMMON,
        "schemaId": GUARDED,
        "properties": NAME,
        "deletionConstraints": [{"customValidatorId": "guarded-delete-validator"}],
    },
]


def run_settings(
    simulator: Simulator, env: str, *declarations: dict[str, Any], check_mode: bool = False, **options: Any
) -> dict[str, Any]:
    defaults = {name: spec.get("default") for name, spec in settings_module.OPTIONS.items()}
    params = {**defaults, "declarations": list(declarations), **options}
    ready, problems = settings_module.check(params)
    if ready is None:
        raise InvalidInput(problems)
    with SettingsClient(Connection(simulator.url(env), AccessToken(simulator.token(env)))) as client:
        return settings_module.run(client, ready, params, check_mode)


def problems_of(simulator: Simulator, env: str, *declarations: dict[str, Any]) -> list[str]:
    """What is wrong; nothing was written, and check mode says the same."""
    before = simulator.objects(env)
    found = []
    for check_mode in (True, False):
        with pytest.raises(InvalidInput) as wrong:
            run_settings(simulator, env, *declarations, check_mode=check_mode)
        found.append([f"{one['path']}: {one['message']}" for one in render(wrong.value)[1]["problems"]])
    assert simulator.objects(env) == before
    assert found[0] == found[1]
    return found[0]


def settings(schema_id: str, *objects: dict[str, Any], **more: Any) -> dict[str, Any]:
    return {"schema_id": schema_id, "objects": list(objects), **more}


def named(name: str, **value: Any) -> dict[str, Any]:
    return {"name": name, "value": {"name": name, **value}}


def reference_to(schema_id: str, name: str) -> str:
    return Reference(schema_id, name).text
