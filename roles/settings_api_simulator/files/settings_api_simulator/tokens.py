# Copyright (c) 2026, community.dynatrace contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Who is allowed to do what: access tokens of an environment, platform tokens, OAuth clients."""

from __future__ import annotations

import time
import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timezone
from typing import Any

from .behavior_flags import ConfigError
from .ids import new_access_token, token_identifier

CLASSIC_READ, CLASSIC_WRITE = "settings.read", "settings.write"
PLATFORM_READ, PLATFORM_WRITE = "settings:objects:read", "settings:objects:write"
PLATFORM_SCHEMAS, PLATFORM_APPS = "settings:schemas:read", "app-engine:apps:run"
PLATFORM_ADMIN = "settings:objects:admin"
PLATFORM_ALL = (PLATFORM_READ, PLATFORM_WRITE, PLATFORM_SCHEMAS, PLATFORM_APPS)

# What a scope is called in the answer to a token that lacks it.
TITLES = {CLASSIC_READ: "Read settings", CLASSIC_WRITE: "Write settings"}


@dataclass(frozen=True)
class Token:
    """One token. ``name`` is how logs call it; the token itself is never shown."""

    name: str
    token: str
    scopes: tuple[str, ...]
    platform: bool = False
    enabled: bool = True
    expires: float | None = None
    owner: str | None = None
    # Schemas that the policy behind a platform token is limited to; None: all.
    schemas: tuple[str, ...] | None = None
    # IDs of the groups of the user behind platform credentials.
    groups: tuple[str, ...] = ()

    @property
    def author(self) -> str:
        """How a write with this token is signed: the user, or the public part of the token."""
        return self.owner or token_identifier(self.token)

    @property
    def user_id(self) -> str | None:
        """The id of the user behind platform credentials; access tokens have none."""
        return str(uuid.uuid5(uuid.NAMESPACE_OID, self.owner or self.name)) if self.platform else None

    def expired(self) -> bool:
        return self.expires is not None and self.expires <= time.time()

    @classmethod
    def read(cls, name: str, data: Mapping[str, Any]) -> Token:
        """:raises ConfigError: unknown key or wrong value."""
        unknown = set(data) - {"token", "scopes", "platform", "enabled", "expires", "owner", "schemas", "groups"}
        if unknown:
            raise ConfigError(f"token {name}: unknown key {', '.join(sorted(unknown))}")
        platform = bool(data.get("platform", False))
        scopes = data.get("scopes", PLATFORM_ALL if platform else (CLASSIC_READ, CLASSIC_WRITE))
        if not isinstance(scopes, (list, tuple)) or not all(isinstance(scope, str) for scope in scopes):
            raise ConfigError(f"token {name}: scopes must be a list of texts")
        groups = data.get("groups", ())
        if not isinstance(groups, (list, tuple)) or not all(isinstance(group, str) for group in groups):
            raise ConfigError(f"token {name}: groups must be a list of ids")
        schemas = data.get("schemas")
        listed = schemas is None or isinstance(schemas, (list, tuple))
        if not listed or not all(isinstance(schema_id, str) for schema_id in schemas or ()):
            raise ConfigError(f"token {name}: schemas must be a list of schema ids")
        text = data.get("token") or new_access_token("dt0s16" if platform else "dt0c01")
        if not isinstance(text, str):
            raise ConfigError(f"token {name}: token must be a text")
        return cls(
            name=name,
            token=text,
            scopes=tuple(scopes),
            platform=platform,
            enabled=bool(data.get("enabled", True)),
            expires=_moment(name, data.get("expires")),
            owner=data.get("owner"),
            schemas=None if schemas is None else tuple(schemas),
            groups=tuple(groups),
        )


def default_tokens() -> dict[str, Token]:
    """One new token of every kind that a client can meet."""
    definitions: dict[str, dict[str, Any]] = {
        "full": {},
        "read": {"scopes": [CLASSIC_READ]},
        "write": {"scopes": [CLASSIC_WRITE]},
        "other": {"scopes": ["metrics.read"]},
        "expired": {"expires": 1},
        "disabled": {"enabled": False},
        "platform": {"platform": True},
        "platform_read": {"platform": True, "scopes": [PLATFORM_READ, PLATFORM_SCHEMAS, PLATFORM_APPS]},
    }
    return {name: Token.read(name, data) for name, data in definitions.items()}


@dataclass(frozen=True)
class OAuthClient:
    """An OAuth client; its tokens are good for the default environment, the only one with a platform path."""

    client_id: str
    secret: str
    scopes: tuple[str, ...] = PLATFORM_ALL
    resource: str | None = None

    @classmethod
    def read(cls, client_id: str, data: Mapping[str, Any]) -> OAuthClient:
        unknown = set(data) - {"secret", "scopes", "resource"}
        if unknown or not isinstance(data.get("secret"), str):
            raise ConfigError(f"oauth client {client_id}: takes secret (required), scopes and resource")
        return cls(client_id, data["secret"], tuple(data.get("scopes", PLATFORM_ALL)), data.get("resource"))


def _moment(name: str, data: Any) -> float | None:
    if data is None or (isinstance(data, (int, float)) and not isinstance(data, bool)):
        return data
    try:
        moment = datetime.fromisoformat(str(data).replace("Z", "+00:00"))
    except ValueError:
        raise ConfigError(f"token {name}: expires must be epoch seconds or an ISO 8601 time") from None
    return (moment if moment.tzinfo else moment.replace(tzinfo=timezone.utc)).timestamp()
