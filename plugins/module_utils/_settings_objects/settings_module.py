# Copyright (c) 2026, community.dynatrace contributors
# SPDX-License-Identifier: BSD-2-Clause

"""From module parameters to the settings of an environment."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from .._layers import Layer, Merged, concatenated
from .._module_definition import ModuleDefinition
from .._option_names import OptionNames
from .._policies import options as policies
from .._settings_api.errors import Problem
from .._settings_api.paging import LIMIT
from .._settings_common.options import WRITE_OPTIONS, option_problems, policy_of
from .declarations import OPTION, declaration_problems
from .environment import converge_settings
from .group_plan import DeclaredSettings
from .module import ADMIN_ACCESS, OBJECT, secrets_of
from .to_vars import collect, write_variables

if TYPE_CHECKING:
    from .._settings_api.client import SettingsClient

_DECLARATION: dict[str, dict[str, Any]] = {
    "schema_id": {"type": "str"},
    "scope": {"type": "str"},
    "objects": {"type": "list", "elements": "dict", "options": OBJECT},
    "match_on": {"type": "list", "elements": "str"},
    "ordered": {"type": "bool"},
    "prune": {"type": "bool"},
    "confirm_prune_all": {"type": "bool"},
    "state": {"type": "str", "choices": ["present", "absent"]},
    "source": {"type": "str"},
}
_OF_DECLARATIONS = ("prune", "confirm_prune_all")
OPTIONS: dict[str, dict[str, Any]] = {
    OPTION: {"type": "list", "elements": "dict", "options": _DECLARATION},
    "recreate": {"type": "bool", "default": False},
    "max_objects": {"type": "int", "default": LIMIT},
    "admin_access": ADMIN_ACCESS,
    "schema_cache_directory": {"type": "path"},
    "backup_directory": {"type": "path"},
    "accept_directory": {"type": "path"},
    **policies.OPTIONS,
    **{name: option for name, option in WRITE_OPTIONS.items() if name not in _OF_DECLARATIONS},
}


def check(params: Mapping[str, Any]) -> tuple[DeclaredSettings | None, Sequence[Problem]]:
    """What can be checked before the schemas are read. Without problems, what is declared."""
    declarations = params.get(OPTION)
    listed = declarations if isinstance(declarations, list) else []
    option = OptionNames.of(params).names.get(OPTION, OPTION)
    problems = [] if declarations is not None else [Problem("required.list", option)]
    limit = params.get("max_objects")
    if isinstance(limit, int) and limit < 1:
        problems.append(Problem("minimum", "max_objects", {"least": 1}))
    _policies, wrong = policies.read_policies(params)
    problems += declaration_problems(listed, option)
    problems += [*option_problems(params, listed, option=option, name="object"), *wrong]
    return None if problems else DeclaredSettings(listed, option), problems


def secrets(params: Mapping[str, Any]) -> list[object]:
    """The declared secrets, for the redaction of foreign text."""
    declarations = params.get(OPTION)
    listed = declarations if isinstance(declarations, list) else []
    return [secret for one in listed if isinstance(one, Mapping) for secret in secrets_of(one.get("objects"))]


def run(
    client: SettingsClient, declared: DeclaredSettings, params: Mapping[str, Any], check_mode: bool
) -> dict[str, Any]:
    """Converge as the parameters say."""
    policy = policy_of(
        {**params, "prune": False}, client.environment_id, without_external_ids="store_external_id is false"
    )
    return converge_settings(client, declared, params, policy, check_mode)


def with_sources(layers: Sequence[Layer]) -> Merged:
    """The declarations of all variables, each with the variable that it comes from."""
    merged = concatenated(layers)
    items = tuple(
        {**item, "source": item.get("source") or source} if isinstance(item, Mapping) else item
        for item, source in zip(merged.items, merged.sources, strict=True)
    )
    return Merged(items, merged.paths, merged.sources)


SETTINGS = ModuleDefinition(
    OPTIONS,
    check,
    run,
    secrets,
    shared={
        OPTION: "dynatrace_settings",
        **policies.SHARED,
        "permission_check": "dynatrace_permission_check",
    },
    layered={OPTION: with_sources, **policies.LAYERED},
)


IMPORT_OPTIONS: dict[str, dict[str, Any]] = {
    "dest": {"type": "path", "required": True},
    "schema_ids": {"type": "list", "elements": "str"},
    "overwrite": {"type": "bool", "default": False},
    "max_objects": {"type": "int", "default": LIMIT},
    "schema_cache_directory": {"type": "path"},
}


def _check_import(params: Mapping[str, Any]) -> tuple[None, Sequence[Problem]]:
    patterns = params.get("schema_ids")
    problems = [] if patterns else [Problem("required", "schema_ids")]
    return None, problems + [
        Problem("empty", f"schema_ids[{number}]") for number, one in enumerate(patterns or ()) if not one
    ]


IMPORT = ModuleDefinition(
    IMPORT_OPTIONS,
    _check_import,
    lambda client, _checked, params, check_mode: write_variables(client, params, check_mode),
    shared={"overwrite": "dynatrace_import_overwrite", "schema_ids": "dynatrace_import_schemas"},
    libraries=("requests", "yaml"),
)
COLLECT = replace(IMPORT, work=lambda client, _checked, params, _check_mode: collect(client, params))
