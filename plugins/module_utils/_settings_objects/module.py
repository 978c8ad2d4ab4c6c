# Copyright (c) 2026, community.dynatrace contributors
# SPDX-License-Identifier: BSD-2-Clause

"""From module parameters to the service, for the modules of any schema."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from .._module_definition import ModuleDefinition
from .._policies import options as policies
from .._settings_api.errors import Problem
from .._settings_api.paging import LIMIT
from .._settings_common.options import WRITE_OPTIONS, option_problems, policy_of
from . import history, named_references, restore
from .access_options import ACCESS_OPTIONS
from .declaration import OPTION, given_problems
from .service import converge, read, read_schema

if TYPE_CHECKING:
    from .._settings_api.client import SettingsClient

_SECRET = {
    "path": {"type": "str", "no_log": False},
    "value": {"type": "raw", "no_log": True},
}
_MONACO = {name: {"type": "str"} for name in ("project", "id", "origin_object_id")}
OBJECT = {
    "name": {"type": "str"},
    "object_id": {"type": "str"},
    "adopt_from": {"type": "dict", "options": {"monaco": {"type": "dict", "options": _MONACO}}},
    "value": {"type": "dict"},
    "secrets": {"type": "list", "elements": "dict", "options": _SECRET, "no_log": False},
    **ACCESS_OPTIONS,
}
ADMIN_ACCESS: dict[str, Any] = {"type": "bool", "default": False}
OPTIONS: dict[str, dict[str, Any]] = {
    "schema_id": {"type": "str", "required": True},
    "scope": {"type": "str"},
    "objects": {"type": "list", "elements": "dict", "required": True, "options": OBJECT},
    "match_on": {"type": "list", "elements": "str"},
    "state": {"type": "str", "choices": ["present", "absent"], "default": "present"},
    "recreate": {"type": "bool", "default": False},
    "max_objects": {"type": "int", "default": LIMIT},
    "admin_access": ADMIN_ACCESS,
    **policies.OPTIONS,
    **WRITE_OPTIONS,
}
INFO_OPTIONS: dict[str, dict[str, Any]] = {
    "schema_id": {"type": "str", "required": True},
    "scope": {"type": "str"},
    "scope_types": {"type": "list", "elements": "str"},
    "names": {"type": "list", "elements": "str"},
    "filter": {"type": "str"},
    "fields": {"type": "list", "elements": "str"},
    "include_permissions": {"type": "bool", "default": False},
    "references": named_references.OPTION,
    "admin_access": ADMIN_ACCESS,
    "max_objects": {"type": "int", "default": LIMIT},
}
SCHEMA_OPTIONS: dict[str, dict[str, Any]] = {
    "schema_id": {"type": "str"},
    "version": {"type": "str"},
    "include": {"type": "list", "elements": "str", "choices": ["schema", "json_schema"], "default": []},
}


def check(params: Mapping[str, Any]) -> tuple[None, Sequence[Problem]]:
    """What can be checked before the schema is read."""
    objects = params.get("objects")
    listed = objects if isinstance(objects, list) else []
    return None, [
        *_required(params, "schema_id", "scope"),
        *_limit_problems(params),
        *given_problems(listed, params),
        *option_problems(params, listed, option=OPTION, name="object"),
        *policies.read_policies(params)[1],
    ]


def secrets(params: Mapping[str, Any]) -> list[object]:
    """The declared secrets, for the redaction of foreign text."""
    return secrets_of(params.get("objects"))


def secrets_of(objects: object) -> list[object]:
    """The secrets of a list of objects, whatever its form."""
    found: list[object] = []
    for one in objects if isinstance(objects, list) else ():
        listed = one.get("secrets") if isinstance(one, Mapping) else None
        found += [
            part.get("value") for part in (listed if isinstance(listed, list) else ()) if isinstance(part, Mapping)
        ]
    return found


def run(client: SettingsClient, _checked: None, params: Mapping[str, Any], check_mode: bool) -> dict[str, Any]:
    """Converge as the parameters say."""
    return converge(
        client,
        params,
        policy_of(params, client.environment_id, without_external_ids="store_external_id is false"),
        check_mode,
    )


def _required(params: Mapping[str, Any], *names: str) -> list[Problem]:
    return [Problem("empty", name) for name in names if params.get(name) is not None and not params[name]]


def _limit_problems(params: Mapping[str, Any]) -> list[Problem]:
    limit = params.get("max_objects")
    return [Problem("minimum", "max_objects", {"least": 1})] if isinstance(limit, int) and limit < 1 else []


def _check_info(params: Mapping[str, Any]) -> tuple[None, Sequence[Problem]]:
    problems = [*_required(params, "schema_id", "scope"), *_limit_problems(params)]
    if params.get("scope") and params.get("scope_types"):
        problems.append(Problem("scope_or_types", "scope_types"))
    return None, problems


def _check_schema(params: Mapping[str, Any]) -> tuple[None, Sequence[Problem]]:
    problems = _required(params, "schema_id", "version")
    for name in ("version", "include"):
        if params.get(name) and not params.get("schema_id"):
            problems.append(Problem("only_schema_id", name))
    return None, problems


WRITE = ModuleDefinition(OPTIONS, check, run, secrets, shared=policies.SHARED, layered=policies.LAYERED)
READ = ModuleDefinition(
    INFO_OPTIONS,
    _check_info,
    lambda client, _ready, params, _check_mode: read(client, params),
    libraries=("requests",),
)
SCHEMA = ModuleDefinition(
    SCHEMA_OPTIONS,
    _check_schema,
    lambda client, _ready, params, _check_mode: read_schema(
        client, params["schema_id"], params["version"], params["include"]
    ),
)
HISTORY = ModuleDefinition(
    history.HISTORY_OPTIONS,
    history.check,
    lambda client, period, params, _check_mode: history.read(client, period, params),
    libraries=("requests",),
)
RESTORE = ModuleDefinition(
    restore.RESTORE_OPTIONS,
    restore.check,
    restore.run,
    shared={**policies.SHARED, "permission_check": "dynatrace_permission_check"},
    layered=policies.LAYERED,
)
