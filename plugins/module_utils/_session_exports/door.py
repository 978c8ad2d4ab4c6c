# Copyright (c) 2026, community.dynatrace contributors
# SPDX-License-Identifier: BSD-2-Clause

"""From module parameters to the service, for every door of session exports."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, Any

from .._entry import Entry
from .._settings.errors import Problem
from .._settings.labelling import Policy
from .._settings.secrets import Fingerprints, UpdateSecrets, key_problems
from .declaration import Declaration, declare, declared_secrets
from .options import argument_spec
from .partial import PARTIAL, declare_partly, partial_problems
from .service import converge, domain, read

if TYPE_CHECKING:
    from .._settings.client import SettingsClient
    from .._settings.plan import Domain

OPTIONS: dict[str, dict[str, Any]] = {
    "exports": {"type": "list", "elements": "dict", "required": True, "options": argument_spec()},
    "state": {
        "type": "str",
        "choices": ["present", "absent", "paused", "resumed", "rotated"],
        "default": "present",
    },
    "all_exports": {"type": "bool", "default": False},
    "prune": {"type": "bool", "default": False},
    "prune_all": {"type": "bool", "default": False},
    "update_secrets": {"type": "str", "choices": ["on_create", "on_change", "always"], "no_log": False},
    "secret_fingerprint_key": {"type": "str", "no_log": True},
    "secret_fingerprint_old_key": {"type": "str", "no_log": True},
    "adopt": {"type": "str", "choices": ["unlabelled", "any", "never"], "default": "unlabelled"},
    "labels": {"type": "bool", "default": True},
    "validate_on_server": {"type": "bool", "default": True},
    "approved_plan": {"type": "str"},
}


def check(params: Mapping[str, Any]) -> tuple[tuple[Declaration, Domain], Sequence[Problem]]:
    """Everything that can be checked before anything is sent."""
    rules = domain()
    state = str(params.get("state"))
    declaration = declare(
        params.get("exports"),
        rules.schema,
        absent=state in ("absent", *PARTIAL),
        prune=bool(params.get("prune")),
        prune_all=bool(params.get("prune_all")),
    )
    keys = key_problems(
        params.get("update_secrets"), params.get("secret_fingerprint_key"), params.get("secret_fingerprint_old_key")
    )
    if params.get("labels") is False and params.get("adopt") == "never":
        text = "never cannot go with labels: false, which finds exports again by their endpoint alone"
        keys.append(Problem("adopt", text))
    partly = partial_problems(declaration.exports, state, bool(params.get("all_exports")), rules.schema)
    return (declaration, rules), [*declaration.problems, *keys, *partly]


def secrets(params: Mapping[str, Any]) -> list[object]:
    """The declared secrets, for the redaction of foreign text."""
    return list(declared_secrets(params.get("exports")))


def work(
    client: SettingsClient, ready: tuple[Declaration, Domain], params: Mapping[str, Any], check_mode: bool
) -> dict[str, Any]:
    """Converge as the parameters say."""
    declaration, rules = ready
    key, state = params["secret_fingerprint_key"], params["state"]
    mode: UpdateSecrets = params["update_secrets"] or ("on_change" if key else "on_create")
    if state == "rotated" and mode == "on_create":
        mode = "always"
    fingerprints = None
    if key and mode != "on_create":
        fingerprints = Fingerprints(key, client.environment_id, params["secret_fingerprint_old_key"] or None)
    policy = Policy(
        update_secrets=mode,
        adopt=params["adopt"],
        prune=params["prune"],
        fingerprints=fingerprints,
        no_labels="" if params["labels"] else "labels is false, so exports are found by their endpoint",
    )
    partly = None
    if state in PARTIAL:
        policy = replace(policy, adopt="unlabelled", no_new_labels=f"state: {state} sets no label")
        partly = partial(
            declare_partly,
            wanted=declaration.exports,
            state=state,
            schema=rules.schema,
            everything=params["all_exports"],
        )
    return converge(
        client,
        declaration,
        rules,
        policy=policy,
        check=check_mode,
        validate_on_server=params["validate_on_server"],
        partly=partly,
        approved=params["approved_plan"],
    )


def _warm() -> None:
    """Read the schema and make its validator: both are kept."""
    endpoint = {"endpoint_url": "https://sessions.example.com/"}
    check({"exports": [{"name": "first", "endpoint_definition": endpoint}]})


WRITE = Entry(OPTIONS, check, work, secrets, warm=_warm)
READ = Entry(
    {},
    lambda _params: (domain(), ()),
    lambda client, rules, _params, _check_mode: read(client, rules),
    libraries=("requests",),
    warm=domain,
)
