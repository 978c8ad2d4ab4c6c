# Copyright (c) 2026, community.dynatrace contributors
# SPDX-License-Identifier: BSD-2-Clause

"""Problems of the input as data, and errors.

The text of a problem is made at the edge, by ``_problems.py``, so no code can read it. An error has a message of one
line: what happened, where, and (in its hints) what to do next. Neither facts, messages, hints nor details ever hold a
secret.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from .messages import OPTION_NAMES, Advice, Hint, Names, text_of_advice

__all__ = ["Advice", "Hint"]


@dataclass(frozen=True)
class Problem:
    """One thing wrong with the input.

    :param code: what is wrong, a key of ``TEXTS`` in ``_problems.py``. What follows a dot is a variant of it.
    :param path: the path of the option as the user wrote it.
    :param facts: what the text names.
    """

    code: str
    path: str
    facts: Mapping[str, Any] = field(default_factory=dict, hash=False)

    def __lt__(self, other: Problem) -> bool:
        return (self.path, self.code) < (other.path, other.code)

    @property
    def kind(self) -> str:
        """The code without its variant."""
        return self.code.partition(".")[0]

    def at(self, path: str) -> Problem:
        """The same problem of another option."""
        return Problem(self.code, path, self.facts)


def custom(text: object, code: str, facts: Mapping[str, Any] | None = None) -> Problem:
    """A problem of a property: as the schema words it, if it does.

    :param text: the message in the schema.
    """
    if isinstance(text, str) and text:
        return Problem("custom" + code[len(code.partition(".")[0]) :], "", {**(facts or {}), "text": text})
    return Problem(code, "", facts or {})


class UnknownName(LookupError):
    """A name that is not the name of one thing; ``problem`` says why, without a path."""

    def __init__(self, code: str, facts: Mapping[str, Any]) -> None:
        super().__init__(code)
        self.problem = Problem(code, "", facts)


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

    def __init__(self, message: str, *, hint: Advice = "", details: Mapping[str, Any] | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.hints: tuple[Advice, ...] = ()
        self.details: dict[str, Any] = dict(details or {})
        self.advise(hint)

    def advise(self, *hints: Advice) -> None:
        """Set what to do next, and replace earlier hints."""
        self.hints = tuple(hint for hint in hints if hint)

    def hint_text(self, names: Names = OPTION_NAMES) -> str:
        """What to do next, with other names for options."""
        return " ".join(text_of_advice(hint, names) for hint in self.hints)

    @property
    def hint(self) -> str:
        """What to do next."""
        return self.hint_text()

    def text(self, names: Names = OPTION_NAMES) -> str:
        """Message and hints, with other names for options."""
        hint = self.hint_text(names)
        if not hint:
            return self.message
        if "\n" in self.message:
            return f"{self.message.rstrip()}\n{hint}"
        # What a server says ends as it likes.
        return f"{self.message}{'' if self.message.endswith(('.', '!', '?')) else '.'} {hint}"

    def __str__(self) -> str:
        return self.text()


class InvalidInput(SettingsError):
    """The declaration is wrong; nothing was sent. Holds every problem found, not only the first.

    Its message is for developers: ``_problems.py`` makes the one for users.
    """

    def __init__(self, problems: Iterable[Problem], *, hint: Advice = "") -> None:
        self.problems = tuple(problems)
        super().__init__("; ".join(f"{problem.path}: {problem.code}" for problem in self.problems), hint=hint)


class MissingLibrary(SettingsError):
    """A run-time library is not installed for the Python that runs the module."""

    def __init__(self, library: str) -> None:
        super().__init__(f"The Python library {library} is not installed.", hint=f"Install it: pip install {library}")
        self.library = library


class ConnectionFailed(SettingsError):
    """No connection, or one that broke while reading. A write that ends in this error was certainly not applied."""

    def __init__(self, message: str, *, hint: Advice = "", details: Mapping[str, Any] | None = None) -> None:
        super().__init__(message, hint=hint, details={"connection_failed": True, **(details or {})})


class ReadOnlyEnvironment(SettingsError):
    """The environment is not to be written to. Nothing was sent."""

    def __init__(self) -> None:
        super().__init__(
            "This environment is read-only, so nothing was written.",
            hint="It is protected by dynatrace_read_only: true.",
        )


class AnswerLost(SettingsError):
    """A write was sent and its outcome is not known: the connection broke, timed out, or the server answered 5xx."""


class UnexpectedAnswer(SettingsError):
    """Something answered, but not the Settings API: HTML, a redirect, broken JSON."""


class IncompleteList(UnexpectedAnswer):
    """A list lacks objects, or changes while it is read: nothing may be concluded from it."""


NO_ENVIRONMENT_ID = "The address of a Managed environment must end with /e/<id>."
"""What to check if the address would be that of a whole cluster."""


class OtherServer(UnexpectedAnswer):
    """Something else than the API answered, so the address is wrong most often.

    :param may_lack_id: whether the address would be that of a whole cluster.
    """

    def __init__(self, message: str, *, may_lack_id: bool, details: Mapping[str, Any] | None = None) -> None:
        super().__init__(message, details=details)
        hint = Hint("Check that {option.environment_url} is the base URL of an environment.")
        self.advise(hint, NO_ENVIRONMENT_ID if may_lack_id else "")


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
        hint: Advice = "",
        details: Mapping[str, Any] | None = None,
    ) -> None:
        super().__init__(message, hint=hint, details={"status": status, **(details or {})})
        self.status = status
        self.violations = tuple(violations)


class TokenRejected(ApiError):
    """401: the token is invalid, expired, disabled or of another environment."""


class ClientRefused(TokenRejected):
    """A token service gives no token for the OAuth client."""


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
