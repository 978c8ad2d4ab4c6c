# Copyright (c) 2026, community.dynatrace contributors
# SPDX-License-Identifier: BSD-2-Clause

"""From an answer of the Settings API to a result or an error. Bodies: settings-api 3.4 and 3.10."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any

from .errors import (
    ApiError,
    Conflict,
    Hint,
    NotFound,
    PermissionMissing,
    Rejected,
    SchemaUnknown,
    ServerFailed,
    Throttled,
    TokenRejected,
    Violation,
)

# The name of a scope has parts: settings.read, settings:objects:read, ServiceProviderAPI has none.
_NAME = r"[A-Za-z][\w-]*(?:[.:][\w-]+)+"
_ALTERNATIVES = rf"\W*({_NAME}(?: *\([^()]*\))?(?:,? *(?:or )?{_NAME}(?: *\([^()]*\))?)*)"
# What servers say when a scope is missing (settings-api 3.10).
_SCOPES = (
    re.compile(rf"use one of:?{_ALTERNATIVES}", re.IGNORECASE),
    re.compile(rf"without ({_NAME}) (?:token )?scope", re.IGNORECASE),
    re.compile(rf"scopes?:?{_ALTERNATIVES}", re.IGNORECASE),
)
_NO_SCHEMA = re.compile(
    r"schema .*does not exist\.|No schema with topic identifier|is not supported for|schema .* (?:not found|unknown)",
    re.IGNORECASE,
)
# Longer texts of a server are cut before they are searched for secrets, and more violations are not shown.
_MAX_TEXT = 20_000
_MAX_VIOLATIONS = 100
_MAX_SCOPES = 20
Redact = Callable[[str], str]


def printable(text: str) -> str:
    """A message without control characters, which a terminal might obey; its lines stay."""
    return "".join(letter if letter.isprintable() or letter == "\n" else " " for letter in text)


def one_line(text: str) -> str:
    """Foreign text without line ends and control characters, which a terminal might obey."""
    return " ".join("".join(letter if letter.isprintable() else " " for letter in text).split())


def item_of(body: Any) -> Any:
    """The one item of an answer: reference and worked examples disagree on array or object (settings-api 3.5)."""
    return body[0] if isinstance(body, list) and len(body) == 1 else body


def error_of(body: Any) -> Mapping[str, Any] | None:
    """The error in an answer: the envelope of a refused request, or the item of a refused write."""
    item = item_of(body)
    error = item.get("error") if isinstance(item, Mapping) else None
    return error if isinstance(error, Mapping) else None


def status_of(status: int, body: Any) -> int:
    """Return the relevant status: in an array response, or with a successful HTTP status, that of the item."""
    error, item, listed = error_of(body), item_of(body), isinstance(body, list)
    if status >= 400 and not listed:
        return status
    details = item if listed and isinstance(item, Mapping) else error or {}
    code = details.get("code")
    if isinstance(code, int) and not isinstance(code, bool) and code >= 400:
        return code
    return 400 if error is not None and status < 400 else status


def api_error(status: int, body: Any, *, environment: str, write: bool, redact: Redact) -> ApiError:
    """The error that an answer means. ``invalidValue``, which echoes the payload, is never looked at."""
    error = error_of(body) or {}

    def shown(said: Any) -> str:
        return one_line(redact(str(said or "")[:_MAX_TEXT]))[:1000]

    text = shown(error.get("message"))
    listed = error.get("constraintViolations")
    violations = [
        Violation(_property_path(shown(one.get("path"))), shown(one.get("message")) or "not valid")
        for one in (listed[:_MAX_VIOLATIONS] if isinstance(listed, list) else ())
        if isinstance(one, Mapping)
    ]
    said = f": {text}" if text else "."
    if status == 401:
        return TokenRejected(
            f"{environment} does not accept the token{said}",
            status=status,
            hint="Check that it belongs to this environment, has not expired, and is enabled.",
        )
    if status == 403:
        missing = PermissionMissing(
            f"The token does not have the permission for this at {environment}{said}", status=status
        )
        missing.scopes = scopes_in(text) or tuple(map(shown, _missing_scopes(error)))
        return missing
    if status == 404 and _NO_SCHEMA.search(text):
        return SchemaUnknown(
            f"{environment} does not have this settings schema{said}",
            status=status,
            hint="Older Managed clusters, and editions without this feature, may not have it.",
        )
    if status == 404 and "tenant" in text:
        return NotFound(
            f"{environment} is not an environment of this server{said}",
            status=status,
            hint=Hint("Check {option.environment_url}."),
        )
    if status == 404:
        return NotFound(f"Not found at {environment}{said}", status=status, violations=violations)
    if status == 409:
        return Conflict(f"Conflict at {environment}{said}", status=status, violations=violations)
    if status == 429:
        return Throttled(f"{environment} throttles requests{said}", status=status)
    if status >= 500 and not write:
        return ServerFailed(f"{environment} failed with status {status}{said}", status=status)
    if status == 413:
        return Rejected(
            f"{environment} does not accept a request of this size{said}",
            status=status,
            hint="The limit is 1 MB for each request.",
        )
    if violations and not write:
        # For a write, they refer to properties. For a read, they refer to its parameters.
        listed_there = "; ".join(f"{one.path}: {one.message}" if one.path else one.message for one in violations)
        text = f"{text.rstrip('.:') or f'{environment} rejected the request'}: {listed_there}"
    return Rejected(
        text or f"{environment} rejected the request (status {status})", status=status, violations=violations
    )


def scopes_in(text: str) -> tuple[str, ...]:
    """The scopes that a refusal names; any one of them is enough."""
    for pattern in _SCOPES:
        found = pattern.search(text)
        if found:
            return tuple(re.findall(_NAME, re.sub(r"\([^()]*\)", " ", found.group(1))))
    return ()


def _missing_scopes(error: Mapping[str, Any]) -> list[str]:
    """The scopes that a platform service lists in the details of a refusal; not confirmed for this one."""
    details = error.get("details")
    scopes = details.get("missingScopes") if isinstance(details, Mapping) else None
    return [one for one in scopes[:_MAX_SCOPES] if isinstance(one, str) and one] if isinstance(scopes, list) else []


def _property_path(path: str) -> str:
    """``<schemaId>/<index>/<property path>`` without its head; a dotted tail is seen as well."""
    parts = path.split("/")
    # Schema ids have a colon, names of properties have none: "entries/0/id" has no head.
    if len(parts) > 1 and ":" in parts[0] and parts[1].isdigit():
        parts = parts[2:]
    return "/".join(part.replace(".", "/") for part in parts)
