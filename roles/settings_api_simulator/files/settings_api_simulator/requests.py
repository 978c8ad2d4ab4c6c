# Copyright (c) 2026, community.dynatrace contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""One request to the API and its answer, independent of any server library."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from .access import Viewer
from .errors import ApiError, body_error
from .faults import Fault
from .ids import read_object_id
from .state import Environment, SimulatorState
from .tokens import (
    CLASSIC_READ,
    CLASSIC_WRITE,
    PLATFORM_ADMIN,
    PLATFORM_READ,
    PLATFORM_SCHEMAS,
    PLATFORM_WRITE,
    TITLES,
    Token,
)

MAX_BODY = 1_000_000  # "payload 1 MB"; whether that is 1,000,000 or 1,048,576 bytes is not said

READ, WRITE, SCHEMAS = "read", "write", "schemas"
_CLASSIC = {READ: CLASSIC_READ, WRITE: CLASSIC_WRITE, SCHEMAS: CLASSIC_READ}
_PLATFORM = {READ: PLATFORM_READ, WRITE: PLATFORM_WRITE, SCHEMAS: PLATFORM_SCHEMAS}


@dataclass
class ApiResponse:
    """Status, JSON content (None: no body) and extra headers."""

    status: int
    content: Any = None
    headers: Mapping[str, str] = field(default_factory=dict)


@dataclass
class ApiRequest:
    """A request to one environment, below ``/api/v2`` or the platform prefix."""

    state: SimulatorState
    environment: Environment
    platform: bool
    method: str
    parameters: Mapping[str, str]
    query: list[tuple[str, str]]
    headers: Mapping[str, str]
    body: bytes
    base_url: str
    # What the list is to do wrong, on demand.
    fault: Fault | None = None
    # How the log calls the token, once it is known.
    token_name: str | None = None

    def one(self, name: str) -> str | None:
        """The value of a query parameter, the last one if it was given twice."""
        return next((value for key, value in reversed(self.query) if key == name), None)

    def listed(self, name: str) -> list[str] | None:
        """A comma list; None if the parameter was not given."""
        data = self.one(name)
        return None if data is None else [part for part in data.split(",") if part]

    def flag(self, name: str) -> bool:
        return (self.one(name) or "").lower() == "true"

    def json(self) -> Any:
        """The body.

        :raises ApiError: too large, of another type, or not JSON.
        """
        if len(self.body) > MAX_BODY:
            raise ApiError(413, "Payload too large: at most 1 MB is accepted.")
        kind = self.headers.get("content-type", "").partition(";")[0].strip().lower()
        if kind != "application/json":
            raise ApiError(415, "Content type must be application/json.")
        try:
            return json.loads(self.body, parse_constant=_no_constant)
        except (ValueError, RecursionError):
            raise body_error("Could not map JSON: the body is not valid.") from None

    def token(self, *needed: str) -> Token:
        """The token of the caller, who must have all the needed rights.

        :raises ApiError: 401 without a good token, 403 if a scope is missing.
        """
        token = self._known_token()
        if token is None or not token.enabled or token.expired():
            raise ApiError(401, "Token Authentication failed")
        self.token_name = token.name
        names = _PLATFORM if self.platform else _CLASSIC
        for right in needed:
            if names[right] not in token.scopes:
                raise self._missing_right(right)
        return token

    def check_schemas(self, token: Token, right: str, schema_ids: Iterable[str]) -> None:
        """:raises ApiError: the policy behind a platform token does not cover one of the schemas."""
        for schema_id in schema_ids:
            if token.schemas is not None and schema_id not in token.schemas:
                raise self._missing_right(right, schema_id)

    def viewer(self, token: Token) -> Viewer:
        """The user that the request acts as."""
        admin = self.flag("adminAccess")
        if admin and PLATFORM_ADMIN not in token.scopes:
            raise ApiError(403, "Access denied")
        return Viewer(token.user_id, admin, token.groups)

    def _missing_right(self, right: str, schema_id: str | None = None) -> ApiError:
        """403 with the text that was seen on this path."""
        if self.platform:
            if right != WRITE:
                return ApiError(403, "Access denied")
            name = schema_id or self._schema_of_body() or "settings"
            scope = f"settings:internal.{name.rpartition(':')[2]}:write"
            return ApiError(403, f"write access to {name} not allowed without {scope} token scope")
        if self.environment.flags.classic_forbidden == "list":
            return ApiError(403, f"Token is missing required scope. Use one of: [{_PLATFORM[right]}]")
        scope = _CLASSIC[right]
        shown = f"{scope} ({TITLES[scope]})" if scope in TITLES else scope
        return ApiError(403, f"Token is missing required scope. Use one of: {shown}")

    def _schema_of_body(self) -> str | None:
        """The schema that a write is about, as far as the request says."""
        parts = read_object_id(self.parameters.get("object_id", ""))
        if parts is not None:
            return parts[0]
        try:
            found = json.loads(self.body)[0]["schemaId"]
        except (ValueError, LookupError, TypeError, RecursionError):
            return None
        return str(found)

    def _known_token(self) -> Token | None:
        scheme, _space, text = self.headers.get("authorization", "").partition(" ")
        expected = "bearer" if self.platform else "api-token"
        if not text and not self.platform:
            scheme, text = expected, self.one("api-token") or self.one("Api-Token") or ""
        if scheme.lower() != expected or not text:
            return None
        return self.state.token(self.environment, text.strip(), self.platform)


def _no_constant(name: str) -> Any:
    raise ValueError(name)
