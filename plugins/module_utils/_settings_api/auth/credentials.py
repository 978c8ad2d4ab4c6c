# Copyright (c) 2026, community.dynatrace contributors
# SPDX-License-Identifier: BSD-2-Clause

"""What every kind of credentials knows about itself. Facts: settings-api 3.1."""

from __future__ import annotations

import math
from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, ClassVar

from ..errors import Advice, Problem

if TYPE_CHECKING:
    from ..transport import Transport


@dataclass(frozen=True)
class Authorization:
    """The headers of a request, and until when they are valid (``time.monotonic``).

    :param secrets: those that came up only now.
    """

    header: str = field(repr=False)
    ends: float = math.inf
    secrets: tuple[str, ...] = field(default=(), repr=False)


class Credentials(ABC):
    """Credentials for requests."""

    # How results call it.
    KIND: ClassVar[str]
    # How messages call it, with its article.
    TITLE: ClassVar[str]
    # Options that must be given, and every option with the environment variable that can hold it.
    REQUIRED: ClassVar[tuple[str, ...]]
    VARIABLES: ClassVar[Mapping[str, str]]
    # Whether they are for the platform path of SaaS, on the host .apps., or for the classic one.
    PLATFORM: ClassVar[bool]
    # What to check if the environment rejects them.
    REJECTED: ClassVar[str]
    # Whether a refused request may be repeated with a new authorization.
    RENEWABLE: ClassVar[bool] = False

    @classmethod
    @abstractmethod
    def from_options(cls, options: Mapping[str, Any]) -> Credentials:
        """Made of the options with their names."""

    @property
    @abstractmethod
    def secrets(self) -> list[str]:
        """The secrets, in the forms in which a response could repeat them."""

    @abstractmethod
    def problems(self) -> list[Problem]:
        """Everything wrong with the options; no message holds a secret."""

    @abstractmethod
    def authorize(self, transport: Transport, redact: Callable[[str], str]) -> Authorization:
        """The authorization of the next requests.

        :param redact: applied to what a token service says.
        :raises SettingsError: a token service refuses it.
        """

    @abstractmethod
    def permission_hint(self, scopes: Sequence[str]) -> Advice:
        """What to do when a permission is missing.

        :param scopes: those that the server names; one of them is enough.
        """

    @property
    def lookup(self) -> str | None:
        """The token that the environment can be asked about, if it knows tokens of this kind."""
        return None


def listed_scopes(scopes: Sequence[str]) -> str:
    """Scopes of which one is enough, for a message."""
    return f"the scope {scopes[0]}" if len(scopes) == 1 else f"one of the scopes {', '.join(scopes)}"


def text_problems(option: str, text: str) -> list[Problem]:
    """What is wrong with the text of any credentials."""
    if not text.strip():
        return [Problem("blank", option)]
    if text != text.strip():
        return [Problem("white_space_at_end", option)]
    if not text.isascii() or not text.isprintable():
        return [Problem("wrong_characters", option)]
    return []
