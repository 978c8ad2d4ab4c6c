# Copyright (c) 2026, community.dynatrace contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Session exports declared against the model server: their options, plans and runs."""

from __future__ import annotations

from typing import Any

from ansible_collections.community.dynatrace.plugins.module_utils._session_exports.declaration import declare
from ansible_collections.community.dynatrace.plugins.module_utils._session_exports.options import to_value
from ansible_collections.community.dynatrace.plugins.module_utils._session_exports.service import export_domain
from ansible_collections.community.dynatrace.plugins.module_utils._settings_api.backend import Target
from ansible_collections.community.dynatrace.plugins.module_utils._settings_api.converge import Options, converge
from ansible_collections.community.dynatrace.plugins.module_utils._settings_api.external_id_policy import Policy
from ansible_collections.community.dynatrace.plugins.module_utils._settings_api.plan import make_plan
from ansible_collections.community.dynatrace.plugins.module_utils._settings_api.plan_types import Plan
from ansible_collections.community.dynatrace.plugins.module_utils._settings_api.planning import Job, build_plan
from ansible_collections.community.dynatrace.plugins.module_utils._settings_api.secrets import Fingerprints
from ansible_collections.community.dynatrace.tests.support.model_server import (
    ModelServer,
)

RULES = export_domain()


def export(name: str, url: str, **more: Any) -> dict[str, Any]:
    """The options of one export."""
    return {"name": name, "endpoint_definition": {"endpoint_url": f"https://{url}/"}, **more}


def basic(password: str | None = "hunter2", username: str = "dynatrace") -> dict[str, Any]:
    """The options of basic authentication."""
    return {"active": True, "basic_auth": {"username": username, "password": password}}


def plan_for(server: ModelServer, exports: list[dict[str, Any]], absent: bool = False, **policy: Any) -> Plan:
    declaration = declare(exports, RULES.schema, absent=absent)
    assert not declaration.problems, declaration.problems
    return make_plan(server.list(), declaration.exports, RULES, Policy(**policy))


def run_exports(
    server: ModelServer,
    exports: list[dict[str, Any]],
    absent: bool = False,
    approved_plan: str | None = None,
    **policy: Any,
) -> Any:
    return converge(server, job_of_exports(exports, absent=absent, **policy), Options(approved_plan=approved_plan))


def job_of_exports(exports: list[dict[str, Any]], *, absent: bool = False, **policy: Any) -> Job:
    declaration = declare(exports, RULES.schema, absent=absent)
    assert not declaration.problems, declaration.problems
    return Job(Target(RULES.schema.schema_id), RULES, Policy(**policy), lambda _existing: declaration.exports)


def seeded(*exports: dict[str, Any], external_ids: tuple[str | None, ...] = ()) -> ModelServer:
    server = ModelServer()
    for position, options in enumerate(exports):
        value = RULES.schema.complete(to_value(options)).value
        server.seed(value, external_ids[position] if position < len(external_ids) else None)
    return server


KEY = Fingerprints("a long random key, number one", "abc12345")


def on_change(key: Fingerprints = KEY) -> dict[str, Any]:
    """The policy of on_change."""
    return {"update_secrets": "on_change", "fingerprints": key}


def hiding(server: ModelServer, exports: list[dict[str, Any]], **policy: Any) -> Plan:
    """The plan for an environment that returns no external IDs, and finds objects by them all the same."""
    server.hides = True
    server.asked.clear()
    return build_plan(server, server.list(), job_of_exports(exports, **policy))
