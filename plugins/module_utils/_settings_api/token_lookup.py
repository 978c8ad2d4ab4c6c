# Copyright (c) 2026, community.dynatrace contributors
# SPDX-License-Identifier: BSD-2-Clause

"""What an access token may do, and until when. Facts: settings-api 3.1."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from .errors import SettingsError

if TYPE_CHECKING:
    from .client import SettingsClient

# What reading and writing settings takes.
SCOPES = ("settings.read", "settings.write")


def about_token(client: SettingsClient) -> tuple[dict[str, Any] | None, str]:
    """What is known about the token of a connection, and why nothing is: one of the two is empty.

    :returns: ``scopes``, ``missing_scopes`` (of those that reading and writing take), ``expires`` (ISO 8601, ``None``
        for never). Never the token, nor its id.
    """
    try:
        found = client.lookup_token()
    except SettingsError as error:
        return None, f"What the token may do is not known: {error.message}"
    scopes = found.get("scopes")
    if not isinstance(scopes, list):
        return None, "What the token may do is not known: the environment does not tell its scopes."
    had = sorted(str(scope) for scope in scopes)
    ends = found.get("expirationDate")
    return {
        "scopes": had,
        "missing_scopes": [scope for scope in SCOPES if scope not in had],
        "expires": ends if isinstance(ends, str) and ends else None,
    }, ""
