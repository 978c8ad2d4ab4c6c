# Copyright (c) 2026, community.dynatrace contributors
# SPDX-License-Identifier: BSD-2-Clause

"""From module parameters to indices that are ready for sessions."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from .._module_definition import ModuleDefinition
from .._settings_api.errors import Problem
from . import door
from .door import EndpointCheckFailed
from .mapping import SESSIONS
from .mapping_rules import mapping_problems, overlay, typed_fields
from .network import Means
from .prepare import Prepared, Wish, prepare_all
from .targets import Target, read_targets

OPTIONS: dict[str, dict[str, Any]] = {
    "exports": door.OPTIONS["exports"],
    "state": {"type": "str", "choices": ["present"], "default": "present"},
    "mapping": {"type": "dict"},
    "settings": {"type": "dict"},
    **{name: door.OPTIONS[name] for name in ("timeout", "proxy", "ca_path")},
}


@dataclass(frozen=True)
class Ready:
    """What was checked before anything is sent."""

    targets: Sequence[Target]
    wish: Wish
    means: Means
    notes: Sequence[str]


def check(params: Mapping[str, Any]) -> tuple[Ready, Sequence[Problem]]:
    """Everything that can be checked before anything is sent."""
    found, problems, notes = read_targets(params.get("exports"), several=True)
    means, more = door.read_means(params)
    given = params.get("mapping")
    wrong = mapping_problems(given, "mapping")
    given = given if isinstance(given, Mapping) and not wrong else {}
    settings = params.get("settings")
    wish = Wish(
        overlay(SESSIONS, given),
        frozenset(typed_fields(given.get("properties"))),
        settings if isinstance(settings, Mapping) else {},
    )
    return Ready(found, wish, means, notes), [*problems, *wrong, *more]


def work(_client: None, ready: Ready, _params: Mapping[str, Any], check_mode: bool) -> dict[str, Any]:
    """Prepare all indices.

    :raises EndpointCheckFailed: one of them could not be; the others are as they are told.
    """
    notes = list(ready.notes)
    done = prepare_all(ready.targets, ready.wish, ready.means, check_mode=check_mode)
    if not done:
        notes.append("No export has send_direct.active, so there is no index to prepare.")
    result: dict[str, Any] = {
        "changed": any(one.changed for one in done),
        "indices": [one.result() for one in done],
        "diff": [one.diff() for one in done if one.changed],
        "notes": notes,
    }
    if any(one.operation == "failed" for one in done):
        raise EndpointCheckFailed(_summary(done), details=result)
    return result


def _summary(done: Sequence[Prepared]) -> str:
    bad = [one for one in done if one.operation == "failed"]
    lines = []
    for one in bad:
        # What ended it comes last, however bad it would be for a check.
        found = one.findings.found
        told = [finding for finding in found if finding.severity == "error"] or found[-1:]
        lines += [
            f"  {finding.option}: {finding.message} ({finding.code}). {finding.cure}".rstrip() for finding in told
        ]
    names = ", ".join(dict.fromkeys(str(one.target.index) for one in bad))
    return "\n".join([f"{len(bad)} of {len(done)} indices could not be prepared ({names}):", *lines])


INDEX = ModuleDefinition(OPTIONS, check, work, door.secrets, libraries=(), warm=door.warm, environment=False)
