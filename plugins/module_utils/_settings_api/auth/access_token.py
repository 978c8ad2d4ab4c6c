# Copyright (c) 2026, community.dynatrace contributors
# SPDX-License-Identifier: BSD-2-Clause

"""Access tokens of an environment, and of a Managed cluster. Facts: settings-api 3.1 and 5.1."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, ClassVar

from ..errors import Advice, Problem
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
    PLATFORM_TOKEN: "other_token.platform",
    OAUTH_CLIENT: "other_token.oauth",
}


@dataclass(frozen=True)
class AccessToken(Credentials):
    """An access token of the environment, for the classic path."""

    token: str = field(repr=False)

    KIND: ClassVar[str] = "access_token"
    TITLE: ClassVar[str] = "an access token"
    REQUIRED: ClassVar[tuple[str, ...]] = ("api_token",)
    VARIABLES: ClassVar[Mapping[str, str]] = {"api_token": "DYNATRACE_API_TOKEN"}
    PLATFORM: ClassVar[bool] = False
    REJECTED: ClassVar[str] = "Is it of this environment, not expired, and enabled?"

    @classmethod
    def from_options(cls, options: Mapping[str, Any]) -> AccessToken:
        """The token."""
        return cls(options["api_token"])

    @property
    def secrets(self) -> list[str]:
        """The token."""
        return [self.token]

    def problems(self) -> list[Problem]:
        """What is wrong with its text."""
        option = "api_token"
        return text_problems(option, self.token) or token_problems(option, self.token, ACCESS_TOKEN, _OTHERS)

    def authorize(self, transport: Transport, redact: Callable[[str], str]) -> Authorization:
        """The token itself, without end."""
        return Authorization(f"Api-Token {self.token}")

    def permission_hint(self, scopes: Sequence[str]) -> Advice:
        """The scopes of tokens."""
        if scopes:
            return f"Give the access token {listed_scopes(scopes)}."
        return "Reading needs settings.read, writing also settings.write."

    @property
    def lookup(self) -> str | None:
        """Any environment can be asked about its own tokens."""
        return self.token
