# Copyright (c) 2026, community.dynatrace contributors
# SPDX-License-Identifier: BSD-2-Clause

"""Platform tokens. Facts: settings-api 3.1."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import ClassVar

from ..errors import Advice, Hint
from .credentials import listed_scopes
from .token import PLATFORM_TOKEN, Token


class PlatformToken(Token):
    """A platform token, for the platform path of a SaaS environment."""

    KIND: ClassVar[str] = "platform_token"
    TITLE: ClassVar[str] = "a platform token"
    REQUIRED: ClassVar[tuple[str, ...]] = ("platform_token",)
    VARIABLES: ClassVar[Mapping[str, str]] = {"platform_token": "DYNATRACE_PLATFORM_TOKEN"}
    PLATFORM: ClassVar[bool] = True
    REJECTED: ClassVar[str] = (
        "Check that the platform token is enabled, has not expired, and is valid for this environment, and that "
        "the user who created it still has access to this environment."
    )
    BEGINNING: ClassVar[str] = PLATFORM_TOKEN
    SCHEME: ClassVar[str] = "Bearer"

    def permission_hint(self, scopes: Sequence[str]) -> Advice:
        """The scopes of tokens, and the policy of the user behind one."""
        return platform_hint(scopes, "the platform token", "the user who created it")


def platform_hint(scopes: Sequence[str], holder: str, user: str) -> Hint:
    """What the platform path needs.

    :param holder: what has the scopes; it may name options.
    :param user: who needs the permission too.
    """
    # The platform names internal scopes, which no token can be given.
    given = [scope for scope in scopes if not scope.startswith("settings:internal.")]
    policy = f"and {user} a policy that allows the same."
    if given:
        return Hint(f"Grant {holder} {{scopes}}, {policy}", {"scopes": listed_scopes(given)})
    return Hint(
        "Reading requires the scopes settings:objects:read and settings:schemas:read, and writing also "
        f"settings:objects:write. Grant them to {holder}, {policy}"
    )
