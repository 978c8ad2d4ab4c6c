# Copyright (c) 2026, community.dynatrace contributors
# SPDX-License-Identifier: BSD-2-Clause

"""Is an environment ready for a run: address, certificate, clock, token, schemas. Nothing is written."""

from __future__ import annotations

import difflib
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime, timezone
from typing import TYPE_CHECKING, Any, Literal
from urllib.parse import urlsplit

from .._settings_api.errors import ConnectionFailed, SettingsError
from .._settings_api.history import read_iso
from .._settings_api.permission_check import about_token
from .probe import Probe, probe

if TYPE_CHECKING:
    from .._settings_api.client import SettingsClient
    from .._settings_api.connection import Connection

Status = Literal["ok", "warning", "error", "skipped"]
_LONGEST_ID = 200
MAX_CLOCK_DIFFERENCE = 60.0
"""Seconds. OAuth tokens live for five minutes (settings-api 3.1), and certificates begin and end at a time."""


@dataclass(frozen=True)
class Check:
    """One finding: what was checked, how it went, and what to do."""

    name: str
    status: Status
    message: str
    remediation: str = ""


def check_environment(
    client: SettingsClient, connection: Connection, schema_ids: Sequence[str], *, write: bool, days: int
) -> dict[str, Any]:
    """Check everything that can be known without writing.

    :param schema_ids: the schemas that the environment must have.
    :param write: whether the token must be able to write, too.
    :param days: warn of a token or certificate that expires in fewer days.
    :returns: the result as the module documents it.
    """
    shown = probe(connection)
    checks = [_address(connection)]
    result: dict[str, Any] = {
        "changed": False,
        "environment_id": client.environment_id,
        "environment_url": client.environment_url,
        "environment_kind": environment_kind(connection),
        "token_kind": connection.credentials.KIND,
        "clock_difference": None if shown.clock_difference is None else round(shown.clock_difference),
        "certificate_expires": shown.certificate_expires and shown.certificate_expires.isoformat(),
        "reachable": True,
        "token": None,
        "schemas": {},
    }
    try:
        found = {str(one.get("schemaId")): str(one.get("latestSchemaVersion", "")) for one in client.list_schemas()}
    except ConnectionFailed as error:
        result["reachable"] = False
        checks.append(Check("connection", "error", error.message, error.hint))
    except SettingsError as error:
        checks.append(_connection(connection))
        checks.append(Check("access", "error", error.message, error.hint))
    else:
        checks += [_connection(connection), *_certificate(shown, days), *_clock(shown)]
        result["token"], more = _token(client, connection, write=write, days=days)
        checks += more
        versions = {one: client.public_text(found[one]) for one in schema_ids if one in found}
        result["schemas"] = {one: versions.get(one) for one in schema_ids}
        checks += [_schema(one, versions, list(found), client.public_text) for one in schema_ids]
    result["checks"] = [asdict(one) for one in checks]
    result["ok"] = not any(one.status == "error" for one in checks)
    result["warning_count"] = sum(one.status == "warning" for one in checks)
    return {**result, "notes": list(client.notes)}


def environment_kind(connection: Connection) -> str:
    """``saas``, ``managed`` or ``activegate`` by the form of the address (settings-api 3.1)."""
    parts = urlsplit(connection.base_url)
    if (parts.hostname or "").endswith(".dynatrace.com"):
        return "saas"
    # An Environment ActiveGate listens on 9999 unless configured otherwise.
    return "activegate" if parts.port == 9999 else "managed"


def _address(connection: Connection) -> Check:
    if connection.may_lack_its_id:
        text = f"{connection.base_url} has no /e/<id>, so it looks like the address of a whole cluster."
        return Check("address", "warning", text, "Add /e/ and the ID of the environment to environment_url.")
    return Check("address", "ok", f"{connection.base_url} ({environment_kind(connection)})")


def _connection(connection: Connection) -> Check:
    through = " through the proxy" if connection.proxy else ""
    if connection.validate_certs:
        return Check("connection", "ok", f"The API responds{through}.")
    text = f"The API responds{through}, and its certificate is not checked (validate_certs is false)."
    return Check("connection", "warning", text, "Set ca_path to the certificate of the authority instead.")


def _expiry(name: str, subject: str, left: int, days: int, remediation: str) -> Check:
    text = f"{subject} expires in {_count(left, 'day')}."
    return Check(name, "warning", text, remediation) if left < days else Check(name, "ok", text)


def _certificate(shown: Probe, days: int) -> list[Check]:
    if shown.certificate_expires is None:
        return []
    left = _days_until(shown.certificate_expires)
    return [_expiry("certificate", "The certificate of the server", left, days, "Renew the certificate.")]


def _clock(shown: Probe) -> list[Check]:
    if shown.clock_difference is None:
        return []
    seconds = round(abs(shown.clock_difference))
    if seconds <= MAX_CLOCK_DIFFERENCE:
        return [Check("clock", "ok", "The clocks are synchronized.")]
    order = "ahead of" if shown.clock_difference > 0 else "behind"
    text = f"The clock of the server is {_count(seconds, 'second')} {order} that of this machine."
    remediation = "Synchronize the clocks, because tokens and certificates depend on them."
    return [Check("clock", "warning", text, remediation)]


def _token(
    client: SettingsClient, connection: Connection, *, write: bool, days: int
) -> tuple[dict[str, Any] | None, list[Check]]:
    if connection.credentials.KIND != "access_token":
        text = (
            "The API accepts the credentials. Write permission of platform credentials is only known when they write."
        )
        return None, [Check("token", "skipped", text)]
    about, reason = about_token(client)
    if about is None:
        return None, [Check("token", "warning", reason, "Check the scopes and the expiry date of the token manually.")]
    needed = [scope for scope in about["missing_scopes"] if write or scope == "settings.read"]
    left = _days_left(about["expires"])
    if needed:
        listed = " and ".join(needed)
        text = f"The token lacks the {'scope' if len(needed) == 1 else 'scopes'} {listed}."
        scopes = Check("token", "error", text, f"Create a token with {listed}.")
    else:
        scopes = Check("token", "ok", f"The token has the scopes {', '.join(about['scopes'])}.")
    if left is None:
        expiry = Check("token_expiry", "ok", "The token does not expire.")
    else:
        expiry = _expiry("token_expiry", "The token", left, days, "Create a new token before this date.")
    return {**about, "missing_scopes": needed, "days_left": left}, [scopes, expiry]


def _schema(schema_id: str, versions: dict[str, str], found: list[str], public_text: Callable[[str], str]) -> Check:
    if schema_id in versions:
        return Check("schema", "ok", f"{schema_id} exists in version {versions[schema_id]}.")
    near = difflib.get_close_matches(schema_id, [one for one in found if len(one) < _LONGEST_ID], n=1, cutoff=0.8)
    older = "Older Managed clusters, and other editions, may not have it."
    remediation = f"Did you mean {public_text(near[0])}?" if near else older
    return Check("schema", "error", f"The environment does not have the schema {schema_id}.", remediation)


def _days_left(expires: str | None) -> int | None:
    try:
        return _days_until(read_iso(expires or ""))
    except ValueError:
        return None


def _days_until(ends: datetime) -> int:
    return int((ends - datetime.now(timezone.utc)).total_seconds() // 86400)


def _count(number: int, unit: str) -> str:
    return f"{number} {unit}{'' if number == 1 else 's'}"
