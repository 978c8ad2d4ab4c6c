# Copyright (c) 2026, community.dynatrace contributors
# SPDX-License-Identifier: BSD-2-Clause

"""Access tokens of an environment, and of a Managed cluster. Facts: settings-api 3.1 and 5.1."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import ClassVar

from ..errors import Advice
from .credentials import listed_scopes
from .token import ACCESS_TOKEN, Token


class AccessToken(Token):
    """An access token of the environment, for the classic path."""

    KIND: ClassVar[str] = "access_token"
    TITLE: ClassVar[str] = "an access token"
    REQUIRED: ClassVar[tuple[str, ...]] = ("api_token",)
    VARIABLES: ClassVar[Mapping[str, str]] = {"api_token": "DYNATRACE_API_TOKEN"}
    PLATFORM: ClassVar[bool] = False
    REJECTED: ClassVar[str] = "Check that it belongs to this environment, has not expired, and is enabled."
    BEGINNING: ClassVar[str] = ACCESS_TOKEN
    SCHEME: ClassVar[str] = "Api-Token"

    def permission_hint(self, scopes: Sequence[str]) -> Advice:
        """The scopes of tokens."""
        if scopes:
            return f"Grant the access token {listed_scopes(scopes)}."
        return "Reading requires the scope settings.read, and writing also settings.write."

    @property
    def lookup(self) -> str | None:
        """An environment can look up its own tokens."""
        return self.token
