# Copyright (c) 2026, community.dynatrace contributors
# SPDX-License-Identifier: BSD-2-Clause

"""The module that checks endpoints: from its parameters to its result."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import unquote, urlsplit

from .._module_definition import ModuleDefinition
from .._session_exports.declaration import declared_secrets
from .._session_exports.options import argument_spec
from .._settings_api.connection import AccessToken, Connection, connection_problems
from .._settings_api.errors import InvalidInput, Problem, SettingsError
from .._settings_api.matching import Declared
from .check import ExportCheck, check_all
from .endpoints import Endpoint, endpoints_of, read_endpoints
from .finding_codes import Severity
from .findings import summary
from .network import ConnectOptions

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
    """An export would not work; the details contain the whole result."""


@dataclass(frozen=True)
class CheckInput:
    """What was checked before anything is sent."""

    endpoints: Sequence[Endpoint]
    connect_options: ConnectOptions
    notes: Sequence[str]


def check(params: Mapping[str, Any]) -> tuple[CheckInput, Sequence[Problem]]:
    """Everything that can be checked before anything is sent."""
    found, problems, notes = read_endpoints(params.get("exports"), where=str(params.get("where") or "exports"))
    connect_options, more = read_connect_options(params)
    return CheckInput(found, connect_options, notes), [*problems, *more]


def read_connect_options(params: Mapping[str, Any]) -> tuple[ConnectOptions, list[Problem]]:
    """How endpoints are reached, and what is wrong with the options that say so."""
    days = params.get("certificate_expiry_days")
    connect_options = ConnectOptions(
        timeout=_number(params.get("timeout"), ConnectOptions.timeout),
        proxy=params.get("proxy") or None,
        ca_path=params.get("ca_path") or None,
        expiry_days=ConnectOptions.expiry_days if not isinstance(days, int) else days,
    )
    return connect_options, _connect_problems(connect_options)


def _number(given: Any, default: float) -> float:
    return float(given) if isinstance(given, int | float) else default


def _connect_problems(connect_options: ConnectOptions) -> list[Problem]:
    # Options of the same names have the same rules.
    same = Connection(
        "https://localhost",
        AccessToken("none"),
        ca_path=connect_options.ca_path,
        proxy=connect_options.proxy,
        timeout=connect_options.timeout,
    )
    problems = [problem for problem in connection_problems(same) if problem.path in ("ca_path", "proxy")]
    if not 0 < connect_options.timeout <= _LONGEST_TIMEOUT:
        problems.append(Problem("seconds.positive", "timeout", {"most": _LONGEST_TIMEOUT}))
    if connect_options.proxy and not problems and urlsplit(connect_options.proxy.strip()).scheme != "http":
        problems.append(Problem("proxy_scheme", "proxy"))
    return problems


def secrets(params: Mapping[str, Any]) -> list[object]:
    """The declared secrets, for the redaction of text from servers."""
    return [*declared_secrets(params.get("exports")), *proxy_secrets(params.get("proxy"))]


def proxy_secrets(proxy: object) -> list[str]:
    """The password in the URL of a proxy, as written and decoded."""
    try:
        password = urlsplit(proxy).password if isinstance(proxy, str) else None
    except ValueError:
        password = None
    return [password, unquote(password)] if password else []


def work(_client: None, ready: CheckInput, params: Mapping[str, Any], check_mode: bool) -> dict[str, Any]:
    """Check all exports.

    :raises EndpointCheckFailed: an export would not work, as ``fail_on`` says.
    """
    mode, notes = str(params["mode"]), list(ready.notes)
    if check_mode and mode == "send":
        mode = "connect"
        notes.append("In check mode, nothing is sent. The check ran with mode=connect.")
    checked = check_all(ready.endpoints, ready.connect_options, send=mode == "send")
    result: dict[str, Any] = {
        "changed": any(one.retained for one in checked),
        "ok": not any(one.findings.has("error") for one in checked),
        "mode": mode,
        "checks": [one.result() for one in checked],
        "notes": notes,
    }
    if params["fail_on"] != "never":
        levels: tuple[Severity, ...] = ("error", "warning") if params["fail_on"] == "warning" else ("error",)
        if any(one.findings.has(*levels) for one in checked):
            raise EndpointCheckFailed(_summary(checked, levels), details=result)
    return result


def _summary(checked: Sequence[ExportCheck], levels: Sequence[Severity]) -> str:
    bad = [one for one in checked if one.findings.has(*levels)]
    names = ", ".join(one.endpoint.name for one in bad)
    found = [(finding, one.endpoint.where) for one in bad for finding in one.findings.found]
    return summary(
        f"{len(bad)} of {len(checked)} exports do not pass ({names}):",
        [(finding, where) for finding, where in found if finding.severity in levels],
    )


def warm() -> None:
    """Read the schema and build its validator; both are cached."""
    check({"exports": [{"name": "first", "endpoint_definition": {"endpoint_url": "https://sessions.example.com/"}}]})


CHECK = ModuleDefinition(OPTIONS, check, work, secrets, libraries=(), warm=warm, environment=False)


def option_problems(params: Mapping[str, Any]) -> list[Problem]:
    """What is wrong with the options about endpoints of the module that writes, which has them with a prefix."""
    return [
        problem.at(f"endpoint_check_{problem.path}") for problem in read_connect_options(_without_prefix(params))[1]
    ]


def _without_prefix(params: Mapping[str, Any]) -> dict[str, Any]:
    return {name: params.get(f"endpoint_check_{name}") for name in ("ca_path", "proxy")}


def check_endpoints(exports: Sequence[Declared], params: Mapping[str, Any], check_mode: bool) -> dict[str, Any]:
    """Check the endpoints of declared exports, before the module that writes them writes anything.

    :returns: ``endpoint_checks``, and ``changed`` if something stays at an endpoint.
    :raises InvalidInput: no request can be made of an endpoint.
    :raises EndpointCheckFailed: an export would not work.
    """
    found, problems = endpoints_of(exports)
    if problems:
        raise InvalidInput(problems)
    own = {"mode": params.get("endpoint_check"), "fail_on": "error"}
    connect_options, _problems = read_connect_options(_without_prefix(params))
    try:
        result = work(None, CheckInput(found, connect_options, ()), own, check_mode)
    except EndpointCheckFailed as error:
        details = {"endpoint_checks": error.details["checks"], "changed": error.details["changed"]}
        raise EndpointCheckFailed(f"Nothing was written. {error.message}", details=details) from None
    return {"endpoint_checks": result["checks"], "changed": result["changed"]}
