# Copyright (c) 2026, community.dynatrace contributors
# SPDX-License-Identifier: BSD-2-Clause

"""From module parameters to the check, for every door of it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import unquote, urlsplit

from .._module_definition import ModuleDefinition
from .._session_exports.declaration import declared_secrets
from .._session_exports.options import argument_spec
from .._settings_api.connection import AccessToken, Connection, connection_problems
from .._settings_api.errors import Problem, SettingsError
from .check import Checked, check_all
from .network import Means
from .targets import Target, read_targets

_LONGEST_TIMEOUT = 300

OPTIONS: dict[str, dict[str, Any]] = {
    "exports": {"type": "list", "elements": "dict", "required": True, "options": argument_spec()},
    "mode": {"type": "str", "choices": ["connect", "send"], "default": "connect"},
    "fail_on": {"type": "str", "choices": ["never", "error", "warning"], "default": "error"},
    "timeout": {"type": "float", "default": 30.0},
    # The URL may hold a password.
    "proxy": {"type": "str", "no_log": True},
    "ca_path": {"type": "path"},
    "certificate_expiry_days": {"type": "int", "default": 30},
}


class EndpointCheckFailed(SettingsError):
    """An export would not work; the details hold the whole result."""


@dataclass(frozen=True)
class Ready:
    """What was checked before anything is sent."""

    targets: Sequence[Target]
    means: Means
    notes: Sequence[str]


def check(params: Mapping[str, Any]) -> tuple[Ready, Sequence[Problem]]:
    """Everything that can be checked before anything is sent."""
    found, problems, notes = read_targets(params.get("exports"), where=str(params.get("where") or "exports"))
    means, more = read_means(params)
    return Ready(found, means, notes), [*problems, *more]


def read_means(params: Mapping[str, Any]) -> tuple[Means, list[Problem]]:
    """How to reach far ends, and what is wrong with the options that say so."""
    days = params.get("certificate_expiry_days")
    means = Means(
        timeout=_number(params.get("timeout"), Means.timeout),
        proxy=params.get("proxy") or None,
        ca_path=params.get("ca_path") or None,
        expiry_days=Means.expiry_days if not isinstance(days, int) else days,
    )
    return means, _means_problems(means)


def _number(given: Any, default: float) -> float:
    return float(given) if isinstance(given, int | float) else default


def _means_problems(means: Means) -> list[Problem]:
    # The options of the same names mean the same, so the same is wrong with them.
    same = Connection(
        "https://localhost", AccessToken("none"), ca_path=means.ca_path, proxy=means.proxy, timeout=means.timeout
    )
    problems = [problem for problem in connection_problems(same) if problem.path in ("ca_path", "proxy")]
    if not 0 < means.timeout <= _LONGEST_TIMEOUT:
        problems.append(Problem("timeout", f"must be more than 0 and at most {_LONGEST_TIMEOUT} seconds"))
    if means.proxy and not problems and urlsplit(means.proxy.strip()).scheme != "http":
        problems.append(
            Problem("proxy", "must be a URL that begins with http://; a proxy reached by TLS is not supported")
        )
    return problems


def secrets(params: Mapping[str, Any]) -> list[object]:
    """The declared secrets, for the redaction of foreign text."""
    return [*declared_secrets(params.get("exports")), *proxy_secrets(params.get("proxy"))]


def proxy_secrets(proxy: object) -> list[str]:
    """The password in the URL of a proxy, as written and as meant."""
    try:
        password = urlsplit(proxy).password if isinstance(proxy, str) else None
    except ValueError:
        password = None
    return [password, unquote(password)] if password else []


def work(_client: None, ready: Ready, params: Mapping[str, Any], check_mode: bool) -> dict[str, Any]:
    """Check all exports.

    :raises EndpointCheckFailed: an export would not work, as ``fail_on`` says.
    """
    mode, notes = str(params["mode"]), list(ready.notes)
    if check_mode and mode == "send":
        mode = "connect"
        notes.append("In check mode nothing is sent: checked as with mode=connect.")
    checked = check_all(ready.targets, ready.means, send=mode == "send")
    result: dict[str, Any] = {
        "changed": any(one.stays for one in checked),
        "ok": not any(one.findings.has("error") for one in checked),
        "mode": mode,
        "checks": [one.result() for one in checked],
        "notes": notes,
    }
    if params["fail_on"] != "never":
        levels = ("error", "warning") if params["fail_on"] == "warning" else ("error",)
        if any(one.findings.has(*levels) for one in checked):
            raise EndpointCheckFailed(_summary(checked, levels), details=result)
    return result


def _summary(checked: Sequence[Checked], levels: Sequence[str]) -> str:
    bad = [one for one in checked if any(finding.severity in levels for finding in one.findings.found)]
    lines = [
        f"  {finding.option or one.target.where}: {finding.message} ({finding.code}). {finding.cure}".rstrip()
        for one in bad
        for finding in one.findings.found
        if finding.severity in levels
    ]
    names = ", ".join(one.target.name for one in bad)
    head = f"{len(bad)} of {len(checked)} exports do not pass ({names}):"
    return "\n".join([head, *lines])


def warm() -> None:
    """Read the schema and make its validator: both are kept."""
    check({"exports": [{"name": "first", "endpoint_definition": {"endpoint_url": "https://sessions.example.com/"}}]})


CHECK = ModuleDefinition(OPTIONS, check, work, secrets, libraries=(), warm=warm, environment=False)
