# Copyright (c) 2026, community.dynatrace contributors
# SPDX-License-Identifier: BSD-2-Clause

"""The module that converts a Terraform state."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from .._module_definition import ModuleDefinition
from .._settings_api.errors import InvalidInput, Problem
from .._settings_api.paging import LIMIT
from .convert import DEFAULT_SUFFIX, write_variables
from .state import OPTION, State, read_state

if TYPE_CHECKING:
    from .._settings_api.client import SettingsClient

OPTIONS: dict[str, dict[str, Any]] = {
    OPTION: {"type": "path"},
    "dest": {"type": "path", "required": True},
    "commands_dest": {"type": "path"},
    "variable_suffix": {"type": "str", "default": DEFAULT_SUFFIX},
    "program": {"type": "str"},
    "overwrite": {"type": "bool", "default": False},
    "max_objects": {"type": "int", "default": LIMIT},
    "schema_cache_directory": {"type": "path"},
}
_SUFFIX = re.compile(r"[A-Za-z0-9_]*\Z", re.ASCII)
_PROGRAM = re.compile(r"[\w./-]+(?: [\w./=-]+)*\Z", re.ASCII)


def check(params: Mapping[str, Any]) -> tuple[State | None, Sequence[Problem]]:
    """Read the state, which is an input like any other."""
    problems = []
    if not _SUFFIX.match(str(params.get("variable_suffix") or "")):
        problems.append(Problem("terraform.suffix", "variable_suffix"))
    if params.get("program") is not None and not _PROGRAM.match(str(params["program"])):
        problems.append(Problem("terraform.program", "program"))
    limit = params.get("max_objects")
    if isinstance(limit, int) and limit < 1:
        problems.append(Problem("minimum", "max_objects", {"least": 1}))
    path = params.get(OPTION)
    if not path:
        return None, [Problem("required", OPTION), *problems]
    try:
        return read_state(str(path)), problems
    except InvalidInput as error:
        return None, [*error.problems, *problems]


def _run(client: SettingsClient, state: State, params: Mapping[str, Any], check_mode: bool) -> dict[str, Any]:
    return write_variables(client, state, params, check_mode)


CONVERT = ModuleDefinition(
    OPTIONS,
    check,
    _run,
    shared={OPTION: "dynatrace_terraform_state", "overwrite": "dynatrace_import_overwrite"},
    libraries=("requests", "yaml"),
)
