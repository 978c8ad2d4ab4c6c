# Copyright (c) 2026, community.dynatrace contributors
# SPDX-License-Identifier: BSD-2-Clause

"""The modules of session exports: from their parameters to the domain, and to the check of endpoints before a write."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timezone
from typing import TYPE_CHECKING, Any

from ._layers import merged_by_name
from ._module_definition import ModuleDefinition, Variables
from ._option_names import OptionNames
from ._policies import options as policy_options
from ._policies.evaluation import Review, SchemaState, planned_subjects
from ._policies.options import Policies, read_policies
from ._session_exports import vars_file
from ._session_exports.declaration import Declaration, declare, declared_secrets
from ._session_exports.options import argument_spec
from ._session_exports.selection import change_of, selected_exports, selection_problems, undeclared_names
from ._session_exports.service import (
    TARGET,
    as_variables,
    environment_domain,
    export_domain,
    exports_report,
    read,
    variables_of,
    with_schema_differences,
    with_zone_ids,
    zones_for,
)
from ._session_exports.state_changes import PARTIAL, declare_partly, partial_problems
from ._settings_api.apply import StepFailed
from ._settings_api.backend import read as read_existing
from ._settings_api.converge import Converged, Options, Part, converge
from ._settings_api.errors import Hint, InvalidInput, Problem
from ._settings_api.external_id_policy import Policy
from ._settings_api.permission_check import about_token
from ._settings_api.planning import Job
from ._settings_common.imported import Collected, Entry, from_data, to_data
from ._settings_common.options import WRITE_OPTIONS, option_problems, permission_check_of, policy_of

if TYPE_CHECKING:
    from ._session_exports.management_zones import Zones
    from ._settings_api.client import SettingsClient
    from ._settings_api.matching import Declared, Existing
    from ._settings_api.plan_types import Domain, Plan
    from ._settings_api.schema import Schema

OPTIONS: dict[str, dict[str, Any]] = {
    "exports": {"type": "list", "elements": "dict", "options": argument_spec()},
    "state": {
        "type": "str",
        "choices": ["present", "absent", "disabled", "enabled"],
        "default": "present",
    },
    "names": {"type": "list", "elements": "str"},
    "all_exports": {"type": "bool", "default": False},
    "rotate_secrets": {"type": "bool", "default": False},
    "paused_exports": {"type": "list", "elements": "str"},
    **policy_options.OPTIONS,
    **WRITE_OPTIONS,
    "schema_source": {"type": "str", "choices": ["published", "environment"], "default": "published"},
    "backup_directory": {"type": "path"},
    "accept_directory": {"type": "path"},
    "check_token": {"type": "bool", "default": False, "no_log": False},
    "endpoint_validation": {"type": "str", "choices": ["ignore", "warn", "strict"], "default": "warn"},
    "endpoint_check": {"type": "str", "choices": ["no", "connect", "send"], "default": "no"},
    "endpoint_check_ca_path": {"type": "path"},
    # The URL may hold a password.
    "endpoint_check_proxy": {"type": "str", "no_log": True},
}
IMPORT_OPTIONS: dict[str, dict[str, Any]] = {
    "dest": {"type": "path", "required": True},
    "overwrite": {"type": "bool", "default": False},
}


_PARTIAL_HINT = Hint(
    "{option.state}: enabled and disabled do not send secrets. Declare the export with its secrets, "
    "endpoint_definition.enable_user_session_export, and {option.state}: present."
)


# An export that violates a policy can still be removed or disabled.
_TAKES_AWAY = ("absent", "disabled")


@dataclass(frozen=True)
class Checked:
    """What was checked before anything is sent; without a declaration where that waits for the environment's schema."""

    declaration: Declaration | None
    domain: Domain
    policies: Policies


def check(params: Mapping[str, Any]) -> tuple[Checked, Sequence[Problem]]:
    """Everything that can be checked before anything is sent."""
    domain = export_domain()
    exports = params.get("exports")
    problems = selection_problems(params)
    problems += option_problems(params, exports or (), option=_option_name(params), name="export")
    if params.get("rotate_secrets") and params.get("state", "present") != "present":
        problems.append(Problem("only_present", "rotate_secrets"))
    if params.get("rotate_secrets") and params.get("prune"):
        problems.append(Problem("prune_or_rotate", "prune"))
    if params.get("store_external_id") is False and params.get("adopt") == "never":
        problems.append(Problem("never_adopt", "adopt"))
    if _verifies(params):
        problems += _endpoint_check().option_problems(params)
    policies, wrong = read_policies(params, only=domain.schema)
    problems += wrong
    if params.get("schema_source") == "environment":
        return Checked(None, domain, policies), problems
    declaration, found = _declared(params, domain.schema)
    return Checked(declaration, domain, policies), [*found, *problems]


def _option_name(params: Mapping[str, Any]) -> str:
    """The option or variable that declares exports."""
    return OptionNames.of(params).names.get("exports", "exports")


def _verifies(params: Mapping[str, Any]) -> bool:
    """Whether endpoints are to be checked. Other states only need the names of exports."""
    return params.get("endpoint_check") in ("connect", "send") and change_of(params) == "present"


def _endpoint_check() -> Any:
    """Imported at first use: it is built on this package, and few runs need it."""
    from ._endpoint_check import module

    return module


def _endpoint_problems(exports: Sequence[Declared]) -> list[Problem]:
    """Return problems of the endpoints that can be determined without a connection."""
    from ._endpoint_check.static_checks import declaration_problems

    return declaration_problems(exports)


def _declared(params: Mapping[str, Any], schema: Schema) -> tuple[Declaration, list[Problem]]:
    """The declaration by a schema, and all that is wrong with it."""
    state, option = change_of(params), _option_name(params)
    exports = selected_exports(params)
    if params.get("names") is not None and state not in ("present", "rotate"):
        option = "names"
    declaration = declare(exports, schema, where=option, absent=state in ("absent", *PARTIAL))
    if exports is None:
        # Omitting the option says nothing about the exports, unlike an empty list.
        return declaration, [Problem("required.list", option)]
    if undeclared_names(params) and not exports:
        # It has nothing to rotate.
        return declaration, []
    partly = partial_problems(declaration.exports, state, bool(params.get("all_exports")), schema, option)
    problems = [*declaration.problems, *partly]
    if problems or state != "present" or params.get("endpoint_validation") == "ignore":
        return declaration, problems
    found = _endpoint_problems(declaration.exports)
    if params.get("endpoint_validation") == "strict":
        return declaration, found
    hints = [Hint("{place:path}: {text}", {"place": problem.path, **problem.facts}) for problem in found]
    return replace(declaration, warnings=(*declaration.warnings, *hints)), []


def secrets(params: Mapping[str, Any]) -> list[object]:
    """The declared secrets, for the redaction of text from servers."""
    found = list(declared_secrets(params.get("exports")))
    proxy = params.get("endpoint_check_proxy")
    return [*found, *_endpoint_check().proxy_secrets(proxy)] if proxy else found


@dataclass(frozen=True)
class Prepared:
    """Declared exports, ready to be compared with those of an environment.

    :param job: what the engine has to do; ``None`` if there is nothing to do.
    :param facts: what the result says beside the exports.
    :param endpoint_checks: the result of the endpoint check, if one was made.
    """

    declaration: Declaration
    job: Job | None
    zones: Zones | None
    facts: Mapping[str, Any]
    endpoint_checks: Mapping[str, Any]


def prepare(client: SettingsClient, checked: Checked, params: Mapping[str, Any], check_mode: bool) -> Prepared:
    """Complete the declaration by what the environment has: its schema and its management zones. Check the endpoints.

    :raises InvalidInput: the declaration does not fit the schema of the environment, or names an unknown zone.
    """
    domain, declaration = checked.domain, checked.declaration
    facts: dict[str, Any] = {}
    if declaration is None:
        domain, facts = environment_domain(client)
        declaration, problems = _declared(params, domain.schema)
        if problems:
            hint = f"Checked against the schema of the environment, {facts['schema_version']}."
            raise InvalidInput(problems, hint=hint)
    if undeclared := undeclared_names(params):
        facts["undeclared_names"] = undeclared
        if not declaration.exports:
            return Prepared(declaration, None, None, facts, {})
    endpoint_checks: dict[str, Any] = {}
    if _verifies(params):
        endpoint_checks = _endpoint_check().check_endpoints(declaration.exports, params, check_mode)
    declaration, zones = with_zone_ids(client, declaration)
    exports, state = declaration.exports, change_of(params)

    def desired(existing: Sequence[Existing]) -> Sequence[Declared]:
        if state not in PARTIAL:
            return exports
        return declare_partly(existing, exports, state, domain.schema, everything=params["all_exports"])

    job = Job(
        TARGET,
        replace(domain, format_path=OptionNames.of(params).user_paths(domain.format_path)),
        _policy(client, params),
        desired,
        check_permission=permission_check_of(client, params, TARGET.schema_id, TARGET.scope, check_mode=check_mode),
        resubmission_hint=_PARTIAL_HINT if state in ("enabled", "disabled") else "",
    )
    return Prepared(declaration, job, zones, facts, endpoint_checks)


def _policy(client: SettingsClient, params: Mapping[str, Any]) -> Policy:
    """How to treat existing exports."""
    state = change_of(params)
    without_external_ids = "store_external_id is false, so exports are matched by their endpoint"
    policy = policy_of(params, client.environment_id, without_external_ids=without_external_ids)
    if state == "rotate" and policy.update_secrets in ("on_create", "with_updates"):
        policy = replace(policy, update_secrets="always")
    if state in PARTIAL:
        reason = "only a state or a secret changes, so no external ID is set"
        policy = replace(policy, adopt="without_external_id", no_new_external_ids=reason)
    return policy


def run(client: SettingsClient, checked: Checked, params: Mapping[str, Any], check_mode: bool) -> dict[str, Any]:
    """Converge as the parameters say."""
    prepared = prepare(client, checked, params, check_mode)
    job = prepared.job
    if job is None:
        return {"changed": False, "exports": [], "notes": [], **prepared.facts}
    saved: dict[str, str] = {}

    def backup(changing: Sequence[Part]) -> None:
        saved["backup_file"] = keep_backup(client, changing[0], params["backup_directory"])

    review = review_of(checked, params)

    def check_plans(plans: Sequence[Plan]) -> None:
        review.check([export_state(plans[0], job.domain)])

    options = Options(
        check_mode,
        params["server_validation"],
        params["approved_plan"],
        backup if params["backup_directory"] else None,
        check_plans if review else None,
    )
    try:
        done = converge(client, job, options)
    except StepFailed as error:
        raise with_schema_differences(error, client, job.domain) from None
    result = report(client, prepared, job.domain, done, params, check_mode)
    return {**result, **saved, **review.result(), "warnings": [*result["warnings"], *review.warnings()]}


def review_of(checked: Checked, params: Mapping[str, Any]) -> Review:
    """What evaluates the policies on the plan."""
    return Review(checked.policies, lenient=change_of(params) in _TAKES_AWAY)


def keep_backup(client: SettingsClient, exports: Part, folder: str) -> str:
    """Save the existing exports. Returns the path of the file."""
    text = as_variables(exports.existing, exports.job.domain, client.environment_url)
    return vars_file.keep(folder, client.environment_id, datetime.now(timezone.utc), text)


def report(
    client: SettingsClient,
    prepared: Prepared,
    domain: Domain,
    done: Converged,
    params: Mapping[str, Any],
    check_mode: bool,
) -> dict[str, Any]:
    """The result of the module."""
    result = exports_report(
        client,
        prepared.declaration,
        done,
        domain,
        prepared.zones,
        accept_directory=params["accept_directory"] if check_mode else None,
        explain_drift=params["explain_drift"] and check_mode,
    )
    if change_of(params) != "present":
        # Other states are about the named exports only; the others may well be declared.
        result |= {"unmanaged": [], "unmanaged_objects": []}
    if params["check_token"]:
        result["token"], why = about_token(client)
        result["notes"] += [why] if why else []
    changed = result["changed"] or prepared.endpoint_checks.get("changed", False)
    return {**result, **prepared.facts, **prepared.endpoint_checks, "changed": changed}


def export_state(plan: Plan, domain: Domain) -> SchemaState:
    """The exports as policies see them."""
    subjects = list(planned_subjects(plan, domain, TARGET.scope))
    return SchemaState(domain.schema, subjects, lambda path: domain.format_path("", path), domain.object_name)


def write_variables(
    client: SettingsClient, domain: Domain, params: Mapping[str, Any], check_mode: bool
) -> dict[str, Any]:
    """Write the existing exports as a file of inventory variables."""
    existing = read_existing(client, TARGET)
    zones, notes = zones_for(client, existing, "written")
    text = as_variables(existing, domain, client.environment_url, zones)
    changed, before = vars_file.save(params["dest"], text, overwrite=params["overwrite"], check=check_mode)
    result: dict[str, Any] = {"changed": changed, "dest": params["dest"], "count": len(existing)}
    if changed:
        headers = {"before_header": params["dest"], "after_header": params["dest"]}
        result["diff"] = [{**headers, "before": before and vars_file.shown(before), "after": text}]
    return {**result, "notes": [*notes, *client.notes]}


def collect(client: SettingsClient, domain: Domain, params: Mapping[str, Any]) -> dict[str, Any]:
    """The existing exports as entries of inventory variables, which are written together with others."""
    existing = read_existing(client, TARGET)
    zones, notes = zones_for(client, existing, "written")
    exports, stored, about = variables_of(existing, domain, client.environment_url, zones)
    entries = []
    for export in exports:
        secrets = list(stored.get(str(export.get("name")), ()))
        entries.append(Entry({"export": to_data(export), "secrets": secrets}))
    result: dict[str, Any] = {"changed": False, "count": len(existing), "notes": [*notes, *client.notes]}
    collected = Collected(params["dest"], params["overwrite"], "\n".join(about), client.environment_id, entries)
    return {**result, **collected.result()}


def render_entries(contents: Sequence[Mapping[str, Any]], about: str, _environment_id: str, variable: str) -> str:
    """The text of a file with entries of several environments."""
    exports = [from_data(one["export"]) for one in contents]
    stored = {str(export.get("name")): one["secrets"] for export, one in zip(exports, contents, strict=True)}
    return vars_file.render(exports, stored, about.splitlines(), variable=variable)


def _warm() -> None:
    """Read the schema and make its validator: both are kept."""
    endpoint = {"endpoint_url": "https://sessions.example.com/"}
    check({"exports": [{"name": "first", "endpoint_definition": endpoint}]})


VARIABLES = Variables(
    renamed={"exports": "slots"},
    others=("result",),
    # Of the playbooks.
    elsewhere=("dynatrace_backup_directory",),
)
WRITE = ModuleDefinition(
    OPTIONS,
    check,
    run,
    secrets,
    warm=_warm,
    variables=VARIABLES,
    shared={
        "paused_exports": "dynatrace_paused_exports",
        "permission_check": "dynatrace_permission_check",
        **policy_options.SHARED,
    },
    layered={"exports": merged_by_name, **policy_options.LAYERED},
)
IMPORT = ModuleDefinition(
    IMPORT_OPTIONS,
    lambda _params: (export_domain(), ()),
    write_variables,
    shared={"overwrite": "dynatrace_import_overwrite"},
    libraries=("requests", "yaml"),
    warm=export_domain,
)
COLLECT = replace(IMPORT, work=lambda client, domain, params, _check_mode: collect(client, domain, params))
READ = ModuleDefinition(
    {"references": {"type": "str", "choices": ["id", "name"], "default": "id"}},
    lambda _params: (export_domain(), ()),
    lambda client, domain, params, _check_mode: read(client, domain, zone_names=params["references"] == "name"),
    libraries=("requests",),
    warm=export_domain,
)
