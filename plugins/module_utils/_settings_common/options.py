# Copyright (c) 2026, community.dynatrace contributors
# SPDX-License-Identifier: BSD-2-Clause

"""The options of every module that writes settings objects: what is wrong with them, and the policy they make."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sized
from typing import TYPE_CHECKING, Any

from .._settings_api.errors import PermissionMissing, Problem
from .._settings_api.external_id_policy import Policy
from .._settings_api.permission_check import check_write_permission
from .._settings_api.secrets import Fingerprints, UpdateSecrets, key_problems

if TYPE_CHECKING:
    from .._settings_api.client import SettingsClient

WRITE_OPTIONS: dict[str, dict[str, Any]] = {
    "prune": {"type": "bool", "default": False},
    "confirm_prune_all": {"type": "bool", "default": False},
    "update_secrets": {"type": "str", "choices": ["with_updates", "on_create", "on_change", "always"], "no_log": False},
    "secret_fingerprint_key": {"type": "str", "no_log": True},
    "secret_fingerprint_previous_key": {"type": "str", "no_log": True},
    "adopt": {"type": "str", "choices": ["without_external_id", "any", "never"], "default": "without_external_id"},
    "store_external_id": {"type": "bool", "default": True},
    "server_validation": {"type": "bool", "default": True},
    "approved_plan": {"type": "str"},
    "explain_drift": {"type": "bool", "default": False},
    "permission_check": {"type": "str", "choices": ["auto", "always", "never"], "default": "auto"},
}


def option_problems(params: Mapping[str, Any], objects: Sized, *, option: str, name: str) -> Iterator[Problem]:
    """What is wrong with these options, whatever is declared.

    :param objects: what is declared.
    :param option: the name of the option or variable that declares it.
    :param name: what one object is called.
    """
    prune = bool(params.get("prune"))
    if prune and params.get("state", "present") != "present":
        yield Problem("only_present", "prune")
    elif prune and not objects and not params.get("confirm_prune_all"):
        yield Problem("prune_all", "prune", {"object": name, "option_path": option})
    if params.get("confirm_prune_all") and not prune:
        yield Problem("nothing_to_confirm", "confirm_prune_all")
    yield from key_problems(
        params.get("update_secrets"),
        params.get("secret_fingerprint_key"),
        params.get("secret_fingerprint_previous_key"),
    )


def permission_check_of(
    client: SettingsClient, params: Mapping[str, Any], schema_id: str, scope: str, *, check_mode: bool
) -> Callable[[], str] | None:
    """What to ask the environment before the first write, if anything.

    By default, it is asked about platform credentials only, and not in check mode. There, a missing permission is a
    note.
    """
    how = params["permission_check"]
    asks = how == "always" or (how == "auto" and client.connection.credentials.PLATFORM and not check_mode)

    def check() -> str:
        try:
            return check_write_permission(client, schema_id, scope)
        except PermissionMissing as error:
            if check_mode:
                return error.message
            raise

    return check if asks else None


def policy_of(params: Mapping[str, Any], environment: str, *, without_external_ids: str) -> Policy:
    """Return the policy for existing objects.

    :param environment: its id.
    :param without_external_ids: why no external IDs are set, where the options say so.
    """
    key = params["secret_fingerprint_key"]
    mode: UpdateSecrets = params["update_secrets"] or ("on_change" if key else "with_updates")
    fingerprints = None
    if key and mode in ("on_change", "always"):
        fingerprints = Fingerprints(key, environment, params["secret_fingerprint_previous_key"] or None)
    return Policy(
        update_secrets=mode,
        adopt=params["adopt"],
        prune=params["prune"],
        recreate=bool(params.get("recreate")),
        fingerprints=fingerprints,
        no_external_ids="" if params["store_external_id"] else without_external_ids,
    )
