# Copyright (c) 2026, community.dynatrace contributors
# SPDX-License-Identifier: BSD-2-Clause

"""The module that prepares indices: from its parameters to its result."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from .._endpoint_check import module as endpoint_check
from .._endpoint_check.endpoints import Endpoint, read_endpoints
from .._endpoint_check.findings import summary
from .._endpoint_check.mapping_diff import fields, mapping_problems
from .._endpoint_check.module import EndpointCheckFailed
from .._endpoint_check.network import ConnectOptions
from .._module_definition import ModuleDefinition
from .._settings_api.errors import Problem
from .ensure_index import IndexResult, IndexSpec, ensure_indices

OPTIONS: dict[str, dict[str, Any]] = {
    "exports": endpoint_check.OPTIONS["exports"],
    "state": {"type": "str", "choices": ["present"], "default": "present"},
    "layout": {"type": "str", "choices": ["nested", "flat"], "default": "nested"},
    "rollover": {"type": "bool", "default": False},
    "mapping": {"type": "dict"},
    "settings": {"type": "dict"},
    **{name: endpoint_check.OPTIONS[name] for name in ("timeout", "proxy", "ca_path")},
}


@dataclass(frozen=True)
class IndexInput:
    """What was checked before anything is sent."""

    endpoints: Sequence[Endpoint]
    spec: IndexSpec
    connect_options: ConnectOptions
    notes: Sequence[str]


def check(params: Mapping[str, Any]) -> tuple[IndexInput, Sequence[Problem]]:
    """Everything that can be checked before anything is sent."""
    found, problems, notes = read_endpoints(params.get("exports"), several=True)
    connect_options, more = endpoint_check.read_connect_options(params)
    given = params.get("mapping")
    wrong = mapping_problems(given, "mapping")
    given = given if isinstance(given, Mapping) and not wrong else {}
    settings = params.get("settings")
    spec = IndexSpec(
        given,
        frozenset(path for path, node in fields(given.get("properties")) if "type" in node),
        settings if isinstance(settings, Mapping) else {},
        "flat" if params.get("layout") == "flat" else "nested",
        params.get("rollover") is True,
    )
    return IndexInput(found, spec, connect_options, notes), [*problems, *wrong, *more]


def work(_client: None, ready: IndexInput, _params: Mapping[str, Any], check_mode: bool) -> dict[str, Any]:
    """Prepare all indices.

    :raises EndpointCheckFailed: one of them could not be prepared; the details contain the whole result.
    """
    notes = list(ready.notes)
    done = ensure_indices(ready.endpoints, ready.spec, ready.connect_options, check_mode=check_mode)
    if not done:
        notes.append("No export has send_direct.active, so there is no index to prepare.")
    result: dict[str, Any] = {
        "changed": any(one.changed for one in done),
        "indices": [one.result() for one in done],
        "diff": [diff for one in done if one.changed for diff in one.diffs()],
        "notes": notes,
    }
    failed = [one for one in done if one.operation == "failed"]
    if failed:
        raise EndpointCheckFailed(_message(failed, len(done)), details=result)
    return result


def _message(failed: Sequence[IndexResult], count: int) -> str:
    names = ", ".join(dict.fromkeys(str(one.endpoint.index) for one in failed))
    found = []
    for one in failed:
        # Without an error the last finding is the reason, whatever its severity is for a check.
        errors = [finding for finding in one.findings.found if finding.severity == "error"]
        found += [(finding, one.endpoint.where) for finding in errors or one.findings.found[-1:]]
    return summary(f"{len(failed)} of {count} indices could not be prepared ({names}):", found)


INDEX = ModuleDefinition(
    OPTIONS, check, work, endpoint_check.secrets, libraries=(), warm=endpoint_check.warm, environment=False
)
