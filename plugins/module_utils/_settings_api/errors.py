# Copyright (c) 2026, community.dynatrace contributors
# SPDX-License-Identifier: BSD-2-Clause

"""What can go wrong, said for the person at the terminal.

Every message is one line: what happened, where, and (in ``hint``) what to do next. Neither message, hint nor details
ever hold a secret.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, order=True)
class Problem:
    """One thing wrong with the input: the option path as the user wrote it, and what is wrong with it."""

    path: str
    message: str

    def __str__(self) -> str:
        return f"{self.path}: {self.message}" if self.path else self.message


@dataclass(frozen=True)
class Violation:
    """One constraint violation of an answer: the property path (slashes, without schema id and index) and its text."""

    path: str
    message: str


class SettingsError(Exception):
    """Base of all errors that the engine raises on purpose.

    :param message: one line, what happened and where.
    :param hint: what to do next, may be empty.
    :param details: plain JSON-able data for the result; never a secret.
    """

    def __init__(self, message: str, *, hint: str = "", details: Mapping[str, Any] | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint
        self.details: dict[str, Any] = dict(details or {})

    def __str__(self) -> str:
        if not self.hint:
            return self.message
        if "\n" in self.message:
            return f"{self.message.rstrip()}\n{self.hint}"
        # What a server says ends as it likes.
        return f"{self.message}{'' if self.message.endswith(('.', '!', '?')) else '.'} {self.hint}"


class InvalidInput(SettingsError):
    """The declaration is wrong; nothing was sent. Holds every problem found, not only the first."""

    def __init__(self, problems: Iterable[Problem], *, hint: str = "") -> None:
        self.problems = tuple(problems)
        count = len(self.problems)
        lines = "\n".join(f"  {problem}" for problem in self.problems)
        head = str(self.problems[0]) if count == 1 else f"{count} problems in the input, nothing was sent:\n{lines}"
        super().__init__(head, hint=hint, details={"problems": [vars(problem) for problem in self.problems]})


class MissingLibrary(SettingsError):
    """A run-time library is not installed for the Python that runs the module."""

    def __init__(self, library: str) -> None:
        super().__init__(f"The Python library {library} is not installed.", hint=f"Install it: pip install {library}")
        self.library = library


class ConnectionFailed(SettingsError):
    """No connection, or one that broke while reading. A write that ends in this error was certainly not applied."""

    def __init__(self, message: str, *, hint: str = "", details: Mapping[str, Any] | None = None) -> None:
        super().__init__(message, hint=hint, details={"connection_failed": True, **(details or {})})


class ReadOnlyEnvironment(SettingsError):
    """The environment is not to be written to. Nothing was sent."""

    def __init__(self) -> None:
        super().__init__(
            "This environment is read-only, so nothing was written.", hint="It has dynatrace_read_only: true."
        )


class AnswerLost(SettingsError):
    """A write was sent and its outcome is not known: the connection broke, timed out, or the server answered 5xx."""


class UnexpectedAnswer(SettingsError):
    """Something answered, but not the Settings API: HTML, a redirect, broken JSON."""


class IncompleteList(UnexpectedAnswer):
    """A list lacks objects, or changes while it is read: nothing may be concluded from it."""


class TooMuch(UnexpectedAnswer):
    """An answer is larger than anything that is expected; the message says what was too much."""


class ApiError(SettingsError):
    """The Settings API answered with an error.

    :param status: HTTP status code, or the code of the item in a POST answer.
    """

    def __init__(
        self,
        message: str,
        *,
        status: int,
        violations: Iterable[Violation] = (),
        hint: str = "",
        details: Mapping[str, Any] | None = None,
    ) -> None:
        super().__init__(message, hint=hint, details={"status": status, **(details or {})})
        self.status = status
        self.violations = tuple(violations)


class TokenRejected(ApiError):
    """401: the token is invalid, expired, disabled or of another environment."""


class PermissionMissing(ApiError):
    """403: the token is valid but lacks a scope; ``scopes`` names it when the server did: one of them is enough."""

    scopes: tuple[str, ...] = ()

    @property
    def scope(self) -> str | None:
        """The first of them."""
        return self.scopes[0] if self.scopes else None


class NotFound(ApiError):
    """404: no such object, schema, scope or environment."""


class SchemaUnknown(NotFound):
    """404: this environment does not have the schema (an older Managed cluster, or an edition without it)."""


class Conflict(ApiError):
    """409: the object was changed by someone else since it was read, or an identifier is taken."""


class Rejected(ApiError):
    """400 and other refusals of content; ``violations`` say what the server did not accept."""


class Throttled(ApiError):
    """429 or 503 until the waiting budget was used up."""


class ServerFailed(ApiError):
    """5xx on a read."""
