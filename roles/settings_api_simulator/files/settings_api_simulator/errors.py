# Copyright (c) 2026, community.dynatrace contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Error answers: the envelope, the constraint violations, and the texts that real servers were seen to use."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

BODY = "PAYLOAD_BODY"
QUERY = "QUERY"
NO_SETTING = "Must be of type setting"


@dataclass(frozen=True)
class Violation:
    """One entry of ``constraintViolations``. For a value the path is relative to it, its parts joined by slashes."""

    path: str
    message: str
    where: str | None = BODY

    def as_json(self, prefix: str = "", dotted: bool = False) -> dict[str, Any]:
        tail = self.path.replace("/", ".") if dotted else self.path
        path = f"{prefix}/{tail}" if prefix and tail else prefix or tail
        entry: dict[str, Any] = {"path": path, "message": self.message}
        if self.where is not None:
            entry["parameterLocation"] = self.where
            entry["location"] = None
        return entry


@dataclass
class ApiError(Exception):
    """An answer other than success: for a whole request (envelope), or for one item of a write."""

    status: int
    message: str
    violations: tuple[Violation, ...] = ()
    headers: Mapping[str, str] = field(default_factory=dict)
    # What an item answer echoes as invalidValue: "value" (what was sent), "empty" ({}) or "nothing".
    echo: str = "nothing"

    def error(self, prefix: str = "", dotted: bool = False) -> dict[str, Any]:
        content: dict[str, Any] = {"code": self.status, "message": self.message}
        if self.violations:
            content["constraintViolations"] = [violation.as_json(prefix, dotted) for violation in self.violations]
        return content

    def envelope(self) -> dict[str, Any]:
        return {"error": self.error()}


def query_error(path: str, message: str) -> ApiError:
    """A wrong query parameter. The observed answer has neither parameterLocation nor location."""
    return ApiError(400, "Constraints violated.", (Violation(path, message, None),))


def body_error(message: str) -> ApiError:
    """A body that is not what the operation takes."""
    return ApiError(400, message)


def invalid_value(violations: Iterable[Violation]) -> ApiError:
    """A value that the schema refuses."""
    found = tuple(violations)
    if found and all(violation.message == NO_SETTING for violation in found):
        return ApiError(400, "Constraints violated.", found, echo="value")  # observed for wrong references
    return ApiError(400, f"Validation failed for {len(found)} Validators.", found, echo="value")


def unknown_schema(schema_id: str, version: str | None = None) -> ApiError:
    """A schema, or a version of it, that this environment does not have."""
    tail = f" with version {version}" if version is not None else ""
    return ApiError(404, f"Configuration schema {schema_id} does not exist{tail}.", echo="empty")


def not_found() -> ApiError:
    return ApiError(404, "Settings not found")


def bad_position() -> ApiError:
    """A neighbor that an object cannot stand beside."""
    text = "Setting value cannot be inserted to the specified position"
    return ApiError(400, "Constraints violated.", (Violation("", text),), echo="value")


def outdated(revision: str, uid: str, schema_id: str) -> ApiError:
    """The update token is stale: the object was changed in between."""
    return ApiError(409, f"Revisions: '{revision}' for Key '{uid}' for '{schema_id}' are outdated")
