# Copyright (c) 2026, community.dynatrace contributors
# SPDX-License-Identifier: BSD-2-Clause

"""From module parameters to the service, for every door of session exports."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timezone
from functools import partial
from typing import TYPE_CHECKING, Any

from .._module_definition import ModuleDefinition, Variables
from .._option_names import OptionNames
from .._settings_api.errors import InvalidInput, Problem
from .._settings_api.external_id_policy import Policy
from .._settings_api.secrets import Fingerprints, UpdateSecrets, key_problems
from .._settings_api.token_lookup import about_token
from . import vars_file
from .declaration import Declaration, declare, declared_secrets
from .options import argument_spec
from .service import as_variables, converge, domain, environment_domain, read, read_existing
from .state_changes import PARTIAL, declare_partly, partial_problems

if TYPE_CHECKING:
    from .._settings_api.client import SettingsClient
    from .._settings_api.matching import Existing
    from .._settings_api.plan import Domain
    from .._settings_api.schema import Schema

OPTIONS: dict[str, dict[str, Any]] = {
    "exports": {"type": "list", "elements": "dict", "options": argument_spec()},
    "state": {
        "type": "str",
        "choices": ["present", "absent", "disabled", "enabled", "rotated"],
        "default": "present",
    },
    "all_exports": {"type": "bool", "default": False},
    "prune": {"type": "bool", "default": False},
    "confirm_prune_all": {"type": "bool", "default": False},
    "update_secrets": {"type": "str", "choices": ["on_create", "on_change", "always"], "no_log": False},
    "secret_fingerprint_key": {"type": "str", "no_log": True},
    "secret_fingerprint_previous_key": {"type": "str", "no_log": True},
    "adopt": {"type": "str", "choices": ["without_external_id", "any", "never"], "default": "without_external_id"},
    "store_external_id": {"type": "bool", "default": True},
    "server_validation": {"type": "bool", "default": True},
    "approved_plan": {"type": "str"},
    "schema_source": {"type": "str", "choices": ["published", "environment"], "default": "published"},
    "backup_directory": {"type": "path"},
    "check_token": {"type": "bool", "default": False, "no_log": False},
    "endpoint_check": {"type": "str", "choices": ["no", "connect", "send"], "default": "no"},
    "endpoint_check_ca_path": {"type": "path"},
    # The URL may hold a password.
    "endpoint_check_proxy": {"type": "str", "no_log": True},
}
IMPORT_OPTIONS: dict[str, dict[str, Any]] = {
    "dest": {"type": "path", "required": True},
    "overwrite": {"type": "bool", "default": False},
}


@dataclass(frozen=True)
class Ready:
    """What was checked before anything is sent; without a declaration where that waits for the environment's schema."""

    declaration: Declaration | None
    rules: Domain


def check(params: Mapping[str, Any]) -> tuple[Ready, Sequence[Problem]]:
    """Everything that can be checked before anything is sent."""
    rules = domain()
    keys = key_problems(
        params.get("update_secrets"),
        params.get("secret_fingerprint_key"),
        params.get("secret_fingerprint_previous_key"),
    )
    if params.get("store_external_id") is False and params.get("adopt") == "never":
        text = "never cannot go with store_external_id: false, which finds exports again by their endpoint alone"
        keys.append(Problem("adopt", text))
    if _verifies(params):
        keys += _endpoint_check().verify_problems(params)
    if params.get("schema_source") == "environment":
        return Ready(None, rules), keys
    declaration, problems = _declared(params, rules.schema)
    return Ready(declaration, rules), [*problems, *keys]


def _verifies(params: Mapping[str, Any]) -> bool:
    """Whether far ends are to be checked. Other states need no more than the names of exports."""
    return params.get("endpoint_check") in ("connect", "send") and params.get("state", "present") == "present"


def _endpoint_check() -> Any:
    """Imported at first use: it is built on this package, and few runs need it."""
    from .._endpoint_check import verify

    return verify


def _declared(params: Mapping[str, Any], schema: Schema) -> tuple[Declaration, list[Problem]]:
    """The declaration by a schema, and all that is wrong with it."""
    state = str(params.get("state"))
    where = OptionNames.of(params).names.get("exports", "exports")
    declaration = declare(
        params.get("exports"),
        schema,
        where=where,
        absent=state in ("absent", *PARTIAL),
        prune=bool(params.get("prune")),
        confirm_prune_all=bool(params.get("confirm_prune_all")),
    )
    partly = partial_problems(declaration.exports, state, bool(params.get("all_exports")), schema, where)
    if params.get("exports") is None:
        # Nothing was said about what is there; an empty list would say something.
        return declaration, [Problem(where, "is required; an empty list means none")]
    return declaration, [*declaration.problems, *partly]


def secrets(params: Mapping[str, Any]) -> list[object]:
    """The declared secrets, for the redaction of foreign text."""
    given = list(declared_secrets(params.get("exports")))
    return [
        *given,
        *(
            _endpoint_check().proxy_secrets(params.get("endpoint_check_proxy"))
            if params.get("endpoint_check_proxy")
            else ()
        ),
    ]


def work(client: SettingsClient, ready: Ready, params: Mapping[str, Any], check_mode: bool) -> dict[str, Any]:
    """Converge as the parameters say."""
    rules, declaration = ready.rules, ready.declaration
    told: dict[str, Any] = {}
    if declaration is None:
        rules, told = environment_domain(client)
        declaration, problems = _declared(params, rules.schema)
        if problems:
            raise InvalidInput(
                problems, hint=f"Checked against the schema of the environment, {told['schema_version']}."
            )
    verified = _endpoint_check().verify(params, check_mode) if _verifies(params) else {}
    key, state = params["secret_fingerprint_key"], params["state"]
    mode: UpdateSecrets = params["update_secrets"] or ("on_change" if key else "on_create")
    if state == "rotated" and mode == "on_create":
        mode = "always"
    fingerprints = None
    if key and mode != "on_create":
        fingerprints = Fingerprints(key, client.environment_id, params["secret_fingerprint_previous_key"] or None)
    policy = Policy(
        update_secrets=mode,
        adopt=params["adopt"],
        prune=params["prune"],
        fingerprints=fingerprints,
        no_labels=""
        if params["store_external_id"]
        else "store_external_id is false, so exports are found by their endpoint",
    )
    partly = None
    if state in PARTIAL:
        policy = replace(policy, adopt="without_external_id", no_new_labels=f"state: {state} sets no label")
        partly = partial(
            declare_partly,
            wanted=declaration.exports,
            state=state,
            schema=rules.schema,
            everything=params["all_exports"],
        )
    kept: list[str] = []

    def keep_what_is_there(existing: Sequence[Existing]) -> None:
        text = as_variables(existing, rules, client.environment_url)
        now = datetime.now(timezone.utc)
        kept.append(vars_file.keep(params["backup_directory"], client.environment_id, now, text))

    result = converge(
        client,
        declaration,
        rules,
        policy=policy,
        check=check_mode,
        server_validation=params["server_validation"],
        partly=partly,
        approved=params["approved_plan"],
        before=keep_what_is_there if params["backup_directory"] else None,
    )
    if kept:
        told["backup_file"] = kept[0]
    if params["check_token"]:
        told["token"], why = about_token(client)
        result["notes"] += [why] if why else []
    if verified.pop("changed", False):
        result["changed"] = True
    return {**result, **told, **verified}


def write_variables(
    client: SettingsClient, rules: Domain, params: Mapping[str, Any], check_mode: bool
) -> dict[str, Any]:
    """Write what is there as a file of inventory variables."""
    existing = read_existing(client)
    text = as_variables(existing, rules, client.environment_url)
    changed, before = vars_file.save(params["dest"], text, overwrite=params["overwrite"], check=check_mode)
    result: dict[str, Any] = {"changed": changed, "dest": params["dest"], "count": len(existing)}
    if changed:
        headers = {"before_header": params["dest"], "after_header": params["dest"]}
        result["diff"] = [{**headers, "before": before and vars_file.shown(before), "after": text}]
    return {**result, "notes": list(client.notes)}


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
WRITE = ModuleDefinition(OPTIONS, check, work, secrets, warm=_warm, variables=VARIABLES)
IMPORT = ModuleDefinition(
    IMPORT_OPTIONS,
    lambda _params: (domain(), ()),
    write_variables,
    libraries=("requests", "yaml"),
    warm=domain,
)
READ = ModuleDefinition(
    {},
    lambda _params: (domain(), ()),
    lambda client, rules, _params, _check_mode: read(client, rules),
    libraries=("requests",),
    warm=domain,
)
