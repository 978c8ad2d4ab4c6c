# Copyright (c) 2026, community.dynatrace contributors
# SPDX-License-Identifier: BSD-2-Clause

"""The module environment_check: options, and the way to the checks."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from .._module_definition import ModuleDefinition
from .._settings_api.errors import Problem, SettingsError
from .checks import check_environment

if TYPE_CHECKING:
    from .._settings_api.client import SettingsClient

OPTIONS: dict[str, dict[str, Any]] = {
    "schema_ids": {"type": "list", "elements": "str", "default": []},
    "access": {"type": "str", "choices": ["read", "write"], "default": "write"},
    "days": {"type": "int", "default": 14},
    "fail_on_error": {"type": "bool", "default": True},
}


def check(params: Mapping[str, Any]) -> tuple[None, Sequence[Problem]]:
    """What is wrong with the options."""
    problems = []
    days = params.get("days")
    if isinstance(days, int) and days < 0:
        problems.append(Problem("minimum", "days", {"least": 0}))
    for position, schema_id in enumerate(params.get("schema_ids") or ()):
        if not str(schema_id).strip():
            problems.append(Problem("blank", f"schema_ids[{position}]"))
    return None, problems


def work(client: SettingsClient, _ready: None, params: Mapping[str, Any], _check_mode: bool) -> dict[str, Any]:
    """Check the environment.

    :raises SettingsError: it is not ready, and ``fail_on_error`` is set.
    """
    schema_ids = list(dict.fromkeys(params["schema_ids"]))
    result = check_environment(
        client, client.connection, schema_ids, write=params["access"] == "write", days=params["days"]
    )
    if not result["ok"] and params["fail_on_error"]:
        first, *others = [one for one in result["checks"] if one["status"] == "error"]
        more = f" ({len(others)} more)" if others else ""
        raise SettingsError(f"{first['message']}{more}", hint=first["remediation"], details=result)
    return result


CHECK = ModuleDefinition(OPTIONS, check, work, libraries=("requests",))
