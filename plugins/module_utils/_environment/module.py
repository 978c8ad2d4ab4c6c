# Copyright (c) 2026, community.dynatrace contributors
# SPDX-License-Identifier: BSD-2-Clause

"""Everything that is declared for an environment: its session exports and its other settings, in one plan."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from .. import _export_modules as session_exports
from .._module_definition import ModuleDefinition
from .._policies.evaluation import Review
from .._policies.options import read_policies
from .._session_exports.service import TARGET
from .._settings_api.backend import read
from .._settings_api.converge import AllConverged, Options, Part, converge_all
from .._settings_api.errors import Problem
from .._settings_api.plan_types import Plan
from .._settings_common.options import policy_of
from .._settings_objects import settings_module
from .._settings_objects.declarations import OPTION
from .._settings_objects.environment import EnvironmentSettings
from .._settings_objects.group_plan import DeclaredSettings

if TYPE_CHECKING:
    from .._settings_api.client import SettingsClient

# Options of the module settings that have another value there than for exports.
_OWN = (
    "update_secrets",
    "secret_fingerprint_key",
    "secret_fingerprint_previous_key",
    "adopt",
    "store_external_id",
    "recreate",
    "max_objects",
)
_PREFIX = "settings_"
_SETTINGS_OPTIONS = {
    OPTION: settings_module.OPTIONS[OPTION],
    "schema_cache_directory": settings_module.OPTIONS["schema_cache_directory"],
    "admin_access": settings_module.OPTIONS["admin_access"],
    **{_PREFIX + name: settings_module.OPTIONS[name] for name in _OWN},
}


@dataclass(frozen=True)
class Checked:
    """What was checked before anything is sent. ``None`` for what is not declared.

    :param settings: empty if only policies are about settings.
    """

    exports: Any
    settings: DeclaredSettings | None


def check(params: Mapping[str, Any]) -> tuple[Checked, Sequence[Problem]]:
    """Everything that can be checked before anything is sent."""
    declares_settings = params.get(OPTION) is not None
    problems: list[Problem] = []
    exports = None
    if params.get("exports") is not None or not declares_settings:
        exports, found = session_exports.check(params)
        problems += found
    settings = None
    if declares_settings:
        settings, found = settings_module.check(_settings_params(params))
        own = [replace(one, path=_PREFIX + one.path) if one.path in _OWN else one for one in found]
        problems += [one for one in own if one not in problems]
    policies, found = read_policies(params)
    problems += [one for one in found if one not in problems]
    if not declares_settings and any(one != TARGET.schema_id for one in policies.named_schemas()):
        settings = DeclaredSettings((), OPTION)
    return Checked(exports, settings), problems


def _settings_params(params: Mapping[str, Any]) -> dict[str, Any]:
    """The parameters as those of the module settings."""
    own = {name: params[_PREFIX + name] for name in _OWN if _PREFIX + name in params}
    without = {name: value for name, value in params.items() if name not in _OWN}
    declarations = without.get(OPTION) or []
    return {**without, **own, OPTION: declarations, "prune": False, "confirm_prune_all": False}


def secrets(params: Mapping[str, Any]) -> list[object]:
    """The declared secrets, for the redaction of foreign text."""
    return [*session_exports.secrets(params), *settings_module.secrets(params)]


def run(client: SettingsClient, checked: Checked, params: Mapping[str, Any], check_mode: bool) -> dict[str, Any]:
    """Converge as the parameters say. There is one plan, so an approval is about everything."""
    if checked.settings is None:
        return session_exports.run(client, checked.exports, params, check_mode)
    own = _settings_params(params)
    if checked.exports is None:
        return settings_module.run(client, checked.settings, own, check_mode)
    policy = policy_of(own, client.environment_id, without_external_ids="store_external_id is false")
    settings = EnvironmentSettings(client, checked.settings, own, policy, check_mode, handled=(TARGET.schema_id,))
    prepared = session_exports.prepare(client, checked.exports, params, check_mode)
    if prepared.job is None:
        return {**settings_module.run(client, checked.settings, own, check_mode), "exports": [], **prepared.facts}
    domain = prepared.job.domain
    exports = Part("session exports", prepared.job, read(client, prepared.job.target))
    review = Review(settings.policies)
    saved: dict[str, str | None] = {}

    def backup(changing: Sequence[Part]) -> None:
        if exports in changing:
            saved["backup_file"] = session_exports.keep_backup(client, exports, params["backup_directory"])
        if file := settings.backup(params["backup_directory"], changing):
            saved["settings_backup_file"] = file

    def check_plans(plans: Sequence[Plan]) -> None:
        settings.check_deletions(plans[1:])
        if review:
            review.check([session_exports.export_state(plans[0], domain), *settings.states(plans[1:])])

    save = backup if params["backup_directory"] else None
    options = Options(check_mode, params["server_validation"], params["approved_plan"], save, check_plans)
    done = converge_all(client, [exports, *settings.parts], options)
    result = session_exports.report(client, prepared, domain, done.parts[0], params, check_mode)
    own_done = AllConverged(done.parts[1:], done.digest, done.notes)
    if params["accept_directory"] and check_mode:
        saved["settings_accept_file"] = settings.accept(own_done)
    more = settings.result(own_done)
    return {
        **result,
        **saved,
        **review.result(),
        "changed": result["changed"] or done.changed,
        "schemas": more["schemas"],
        "plan_digest": done.digest,
        "diff": [*result["diff"], *more["diff"]],
        "notes": list(dict.fromkeys([*result["notes"], *more["notes"]])),
        "warnings": list(dict.fromkeys([*result["warnings"], *more["warnings"], *review.warnings()])),
    }


ENVIRONMENT = ModuleDefinition(
    {**session_exports.WRITE.options, **_SETTINGS_OPTIONS},
    check,
    run,
    secrets,
    warm=session_exports.WRITE.warm,
    variables=session_exports.VARIABLES,
    shared={
        **session_exports.WRITE.shared,
        OPTION: "dynatrace_settings",
        "schema_cache_directory": "dynatrace_settings_schema_cache_directory",
        "admin_access": "dynatrace_settings_admin_access",
        **{_PREFIX + name: f"dynatrace_settings_{name}" for name in _OWN},
    },
    layered={**session_exports.WRITE.layered, **settings_module.SETTINGS.layered},
)
