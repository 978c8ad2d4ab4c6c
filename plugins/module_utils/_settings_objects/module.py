# Copyright (c) 2026, community.dynatrace contributors
# SPDX-License-Identifier: BSD-2-Clause

"""From module parameters to the service, for the doors of any schema."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from .._module_definition import ModuleDefinition
from .._settings_api.errors import Problem
from .._settings_api.external_id_policy import Policy
from .._settings_api.secrets import Fingerprints, UpdateSecrets, key_problems
from .declaration import given_problems
from .service import converge, read, read_schema

if TYPE_CHECKING:
    from .._settings_api.client import SettingsClient

_SECRET = {
    "path": {"type": "str", "no_log": False},
    "value": {"type": "raw", "no_log": True},
}
_OBJECT = {
    "name": {"type": "str"},
    "value": {"type": "dict"},
    "secrets": {"type": "list", "elements": "dict", "options": _SECRET, "no_log": False},
}
OPTIONS: dict[str, dict[str, Any]] = {
    "schema_id": {"type": "str", "required": True},
    "scope": {"type": "str", "default": "environment"},
    "objects": {"type": "list", "elements": "dict", "required": True, "options": _OBJECT},
    "match_on": {"type": "list", "elements": "str"},
    "state": {"type": "str", "choices": ["present", "absent"], "default": "present"},
    "prune": {"type": "bool", "default": False},
    "confirm_prune_all": {"type": "bool", "default": False},
    "update_secrets": {"type": "str", "choices": ["on_create", "on_change", "always"], "no_log": False},
    "secret_fingerprint_key": {"type": "str", "no_log": True},
    "secret_fingerprint_previous_key": {"type": "str", "no_log": True},
    "adopt": {"type": "str", "choices": ["without_external_id", "any", "never"], "default": "without_external_id"},
    "store_external_id": {"type": "bool", "default": True},
    "server_validation": {"type": "bool", "default": True},
    "approved_plan": {"type": "str"},
}
INFO_OPTIONS: dict[str, dict[str, Any]] = {
    "schema_id": {"type": "str", "required": True},
    "scope": {"type": "str", "default": "environment"},
    "names": {"type": "list", "elements": "str"},
    "filter": {"type": "str"},
    "fields": {"type": "list", "elements": "str"},
}
SCHEMA_OPTIONS: dict[str, dict[str, Any]] = {
    "schema_id": {"type": "str"},
    "version": {"type": "str"},
}


def check(params: Mapping[str, Any]) -> tuple[Policy, Sequence[Problem]]:
    """What can be checked before the schema is read."""
    objects = params.get("objects")
    listed = objects if isinstance(objects, list) else []
    key, old_key = params.get("secret_fingerprint_key"), params.get("secret_fingerprint_previous_key")
    mode: UpdateSecrets = params.get("update_secrets") or ("on_change" if key else "on_create")
    policy = Policy(
        update_secrets=mode,
        adopt=params.get("adopt") or "without_external_id",
        prune=bool(params.get("prune")),
        no_labels="" if params.get("store_external_id") is not False else "store_external_id is false",
    )
    return policy, [
        *_required(params, "schema_id", "scope"),
        *given_problems(listed, params),
        *key_problems(params.get("update_secrets"), key, old_key),
    ]


def secrets(params: Mapping[str, Any]) -> list[object]:
    """The declared secrets, for the redaction of foreign text."""
    objects = params.get("objects")
    found: list[object] = []
    for one in objects if isinstance(objects, list) else ():
        listed = one.get("secrets") if isinstance(one, Mapping) else None
        found += [
            part.get("value") for part in (listed if isinstance(listed, list) else ()) if isinstance(part, Mapping)
        ]
    return found


def work(client: SettingsClient, policy: Policy, params: Mapping[str, Any], check_mode: bool) -> dict[str, Any]:
    """Converge as the parameters say."""
    key = params["secret_fingerprint_key"]
    if key and policy.update_secrets != "on_create":
        fingerprints = Fingerprints(key, client.environment_id, params["secret_fingerprint_previous_key"] or None)
        policy = policy.with_fingerprints(fingerprints)
    return converge(client, params, policy, check=check_mode)


def _required(params: Mapping[str, Any], *names: str) -> list[Problem]:
    return [Problem(name, "must not be empty") for name in names if params.get(name) is not None and not params[name]]


def _check_schema(params: Mapping[str, Any]) -> tuple[None, Sequence[Problem]]:
    problems = _required(params, "schema_id", "version")
    if params.get("version") and not params.get("schema_id"):
        problems.append(Problem("version", "goes with schema_id"))
    return None, problems


WRITE = ModuleDefinition(OPTIONS, check, work, secrets)
READ = ModuleDefinition(
    INFO_OPTIONS,
    lambda params: (None, _required(params, "schema_id", "scope")),
    lambda client, _ready, params, _check_mode: read(client, params),
    libraries=("requests",),
)
SCHEMA = ModuleDefinition(
    SCHEMA_OPTIONS,
    _check_schema,
    lambda client, _ready, params, _check_mode: read_schema(client, params["schema_id"], params["version"]),
    libraries=("requests",),
)
