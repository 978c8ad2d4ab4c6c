# Copyright (c) 2026, community.dynatrace contributors
# SPDX-License-Identifier: BSD-2-Clause

"""Whether the credentials may write, asked before the first write. Facts: settings-api 3.12.

The scopes of an access token hold for all settings, so that a token without them is refused at its first write, before
anything has changed. What platform credentials may do depends on policies, which can allow one schema and not another.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from .errors import PermissionMissing, SettingsError

if TYPE_CHECKING:
    from .client import SettingsClient

WRITE = "settings:objects:write"
# What reading and writing settings takes.
SCOPES = ("settings.read", "settings.write")
_MISSING = (404, 405, 501)
_MOST_SCOPES = 1000


def check_write_permission(client: SettingsClient, schema_id: str, scope: str) -> str:
    """Ask the environment whether the credentials may write objects. One request, or two where only tokens are known.

    :param scope: empty if the environment derives it from the value.
    :returns: why it is not known; empty if they may.
    :raises PermissionMissing: they may not.
    """
    context = {"schemaId": schema_id, **({"scope": scope} if scope else {})}
    try:
        answers = client.resolve_permissions([{"permission": WRITE, "context": context}])
    except SettingsError as error:
        if error.details.get("status") not in _MISSING:
            return f"It is unknown whether the credentials have write permission: {error.message}"
        return _check_token(client, schema_id)
    if _granted(answers) == "false":
        raise _missing(client, schema_id, WRITE)
    return ""


def _check_token(client: SettingsClient, schema_id: str) -> str:
    """The same by the scopes of an access token, for environments that cannot resolve permissions."""
    token, why = about_token(client)
    if token is None:
        return why
    if SCOPES[1] in token["missing_scopes"]:
        raise _missing(client, schema_id, SCOPES[1])
    return ""


def _granted(answers: Sequence[Mapping[str, Any]]) -> str:
    """``true``, ``false`` or ``condition``; anything else is no reason to stop."""
    granted = [str(one.get("granted")).lower() for one in answers if one.get("permission") in (None, WRITE)]
    return "false" if granted and set(granted) == {"false"} else "true"


def _missing(client: SettingsClient, schema_id: str, scope: str) -> PermissionMissing:
    error = PermissionMissing(
        f"The token has no write permission for {schema_id} at {client.environment_url}, so nothing was changed.",
        status=403,
    )
    error.scopes = (scope,)
    error.advise(client.connection.credentials.permission_hint(error.scopes))
    return error


def about_token(client: SettingsClient) -> tuple[dict[str, Any] | None, str]:
    """What is known about the token of a connection, and why nothing is: one of the two is empty.

    :returns: ``scopes``, ``missing_scopes`` (of those that reading and writing take), ``expires`` (ISO 8601, ``None``
        for never). Never the token, nor its id.
    """
    try:
        found = client.lookup_token()
    except SettingsError as error:
        return None, f"The permissions of the token are unknown: {error.message}"
    scopes = found.get("scopes")
    if not isinstance(scopes, list):
        return None, "The permissions of the token are unknown, because the environment does not report its scopes."
    had = sorted({client.public_text(scope) for scope in scopes[:_MOST_SCOPES]})
    ends = found.get("expirationDate")
    return {
        "scopes": had,
        "missing_scopes": [scope for scope in SCOPES if scope not in had],
        "expires": client.public_text(ends) if isinstance(ends, str) and ends else None,
    }, ""
