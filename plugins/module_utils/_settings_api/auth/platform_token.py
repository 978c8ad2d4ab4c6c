# Copyright (c) 2026, community.dynatrace contributors
# SPDX-License-Identifier: BSD-2-Clause

"""Platform tokens. Facts: settings-api 3.1."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, ClassVar

from ..errors import Advice, Hint, Problem
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
    ACCESS_TOKEN: "other_token.access",
    OAUTH_CLIENT: "other_token.oauth",
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
    REJECTED: ClassVar[str] = (
        "Is the platform token enabled and not expired, is this environment among those that it is valid for, and does "
        "the user who created it still have access to this environment?"
    )

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
        return Hint(f"Give {holder} {{scopes}}, {policy}", {"scopes": listed_scopes(given)})
    return Hint(
        "Reading needs the scopes settings:objects:read and settings:schemas:read, writing also "
        f"settings:objects:write. Give them to {holder}, {policy}"
    )
