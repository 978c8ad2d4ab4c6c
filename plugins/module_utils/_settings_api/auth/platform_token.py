# Copyright (c) 2026, community.dynatrace contributors
# SPDX-License-Identifier: BSD-2-Clause

"""Platform tokens. Facts: settings-api 3.1."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, ClassVar

from ..errors import Problem
from .credentials import (
    ACCESS_TOKEN,
    OAUTH_CLIENT,
    PLATFORM_TOKEN,
    Authorization,
    Credentials,
    listed_scopes,
    text_problems,
    token_problems,
)

if TYPE_CHECKING:
    from ..transport import Transport

_OTHERS = {
    ACCESS_TOKEN: "is an access token (dt0c01): give it as api_token",
    OAUTH_CLIENT: "is of an OAuth client (dt0s02): give oauth_client_id and oauth_client_secret",
}


@dataclass(frozen=True)
class PlatformToken(Credentials):
    """A platform token, for the platform path of a SaaS environment."""

    token: str = field(repr=False)

    KIND: ClassVar[str] = "platform_token"
    TITLE: ClassVar[str] = "a platform token"
    REQUIRED: ClassVar[tuple[str, ...]] = ("platform_token",)
    VARIABLES: ClassVar[Mapping[str, str]] = {"platform_token": "DYNATRACE_PLATFORM_TOKEN"}
    PLATFORM: ClassVar[bool] = True

    @classmethod
    def from_options(cls, options: Mapping[str, Any]) -> PlatformToken:
        """The token."""
        return cls(options["platform_token"])

    @property
    def secrets(self) -> list[str]:
        """The token."""
        return [self.token]

    def problems(self) -> list[Problem]:
        """What is wrong with its text."""
        option = "platform_token"
        return text_problems(option, self.token) or token_problems(option, self.token, PLATFORM_TOKEN, _OTHERS)

    def authorize(self, transport: Transport, redact: Callable[[str], str]) -> Authorization:
        """The token itself, without end."""
        return Authorization(f"Bearer {self.token}")

    def permission_hint(self, scopes: Sequence[str]) -> str:
        """The scopes of tokens, and the policy of the user behind one."""
        return platform_hint(scopes, "the platform token", "the user who created it")


def platform_hint(scopes: Sequence[str], holder: str, user: str) -> str:
    """What the platform path needs.

    :param holder: what has the scopes.
    :param user: who needs the permission too.
    """
    # The platform names internal scopes, which no token can be given.
    given = [scope for scope in scopes if not scope.startswith("settings:internal.")]
    if given:
        return f"Give {holder} {listed_scopes(given)}, and {user} a policy that allows the same."
    return (
        f"Reading needs the scopes settings:objects:read and settings:schemas:read, writing also "
        f"settings:objects:write. Give them to {holder}, and {user} a policy that allows the same."
    )
