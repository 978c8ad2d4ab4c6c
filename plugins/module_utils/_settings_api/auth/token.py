# Copyright (c) 2026, community.dynatrace contributors
# SPDX-License-Identifier: BSD-2-Clause

"""What both kinds of tokens have in common: one option, and a form that says which kind a token is."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, ClassVar, TypeVar

from ..errors import Problem
from .credentials import Authorization, Credentials, text_problems

if TYPE_CHECKING:
    from ..transport import Transport

# The beginning of a token says what kind it is.
ACCESS_TOKEN, PLATFORM_TOKEN, OAUTH_CLIENT = "dt0c01", "dt0s16", "dt0s02"
_CODES = {
    ACCESS_TOKEN: "other_token.access",
    PLATFORM_TOKEN: "other_token.platform",
    OAUTH_CLIENT: "other_token.oauth",
}
_Token = TypeVar("_Token", bound="Token")


@dataclass(frozen=True)
class Token(Credentials):
    """A token that is sent unchanged with every request."""

    token: str = field(repr=False)

    # How tokens of this kind begin, and the scheme of their header.
    BEGINNING: ClassVar[str]
    SCHEME: ClassVar[str]

    @classmethod
    def from_options(cls: type[_Token], options: Mapping[str, Any]) -> _Token:
        """The token."""
        return cls(options[cls.REQUIRED[0]])

    @property
    def secrets(self) -> list[str]:
        """The token."""
        return [self.token]

    def problems(self) -> list[Problem]:
        """What its text and its form say; of tokens without a known beginning, the form says nothing."""
        option, beginning = self.REQUIRED[0], self.token[:6].lower()
        if problems := text_problems(option, self.token):
            return problems
        if any(letter.isspace() or letter in "\"'" for letter in self.token):
            return [Problem("token_alone", option)]
        if beginning != self.BEGINNING:
            return [Problem(_CODES[beginning], option)] if beginning in _CODES else []
        if self.token.count(".") != 2 or not all(self.token.split(".")):
            return [Problem("part_of_token", option, {"begin": beginning})]
        return []

    def authorize(self, transport: Transport, redact: Callable[[str], str]) -> Authorization:
        """The token itself, without end."""
        return Authorization(f"{self.SCHEME} {self.token}")
