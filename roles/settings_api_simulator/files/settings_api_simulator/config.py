# Copyright (c) 2026, community.dynatrace contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""The configuration file, and what it means."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from . import published
from .interpreter import Schema, SchemaError
from .listing import FleetConfig, Listing
from .switches import ConfigError, Switches
from .tokens import OAuthClient, Token

DEFAULT_ENVIRONMENT = "abc12345"

_TOP_KEYS = {"default_environment", "environments", "oauth_clients", "oauth_expires_in", "schemas", "switches"}
_TOP_KEYS |= {"accounts", "cluster"}
_ENVIRONMENT_KEYS = {"tokens", "switches", "schema_overrides", "missing_schemas", "objects", "listing"}


class SchemaShelf:
    """Schemas by id and version. The version that was added last is the newest."""

    def __init__(self, schemas: Iterable[Schema] = ()) -> None:
        self._shelf: dict[str, dict[str, Schema]] = {}
        for schema in schemas:
            self.add(schema)

    def add(self, schema: Schema) -> None:
        versions = self._shelf.setdefault(schema.id, {})
        versions.pop(schema.version, None)
        versions[schema.version] = schema

    def get(self, schema_id: str, version: str | None = None) -> Schema | None:
        versions = self._shelf.get(schema_id) or {}
        if version is not None:
            return versions.get(version)
        return next(reversed(versions.values()), None)

    def ids(self) -> list[str]:
        return sorted(self._shelf)


@dataclass
class EnvironmentConfig:
    """One environment as configured. ``tokens`` None: the default ones are made."""

    tokens: dict[str, Token] | None = None
    switches: Switches = field(default_factory=Switches)
    overrides: list[Schema] = field(default_factory=list)
    missing: tuple[str, ...] = ()
    objects: list[dict[str, Any]] = field(default_factory=list)
    listing: Listing = field(default_factory=Listing)

    @classmethod
    def read(cls, name: str, given: Any, base: Switches, folder: Path | None = None) -> EnvironmentConfig:
        """:raises ConfigError: with the environment and key named."""
        if not isinstance(given, Mapping):
            raise ConfigError(f"environment {name}: must be an object")
        _only(given, _ENVIRONMENT_KEYS, f"environment {name}")
        try:
            tokens = given.get("tokens")
            return cls(
                tokens=None if tokens is None else {key: Token.read(key, part) for key, part in tokens.items()},
                switches=Switches.read(given.get("switches") or {}, base),
                overrides=[_schema(part, folder) for part in _listed(given.get("schema_overrides"))],
                missing=tuple(given.get("missing_schemas") or ()),
                objects=list(given.get("objects") or ()),
                listing=Listing.read(given.get("listing") or {}),
            )
        except (ConfigError, AttributeError, TypeError) as error:
            raise ConfigError(f"environment {name}: {error}") from None


@dataclass
class Config:
    """The whole configuration."""

    shelf: SchemaShelf
    environments: dict[str, EnvironmentConfig]
    default_environment: str
    oauth_clients: dict[str, OAuthClient] = field(default_factory=dict)
    oauth_expires_in: int = 300
    switches: Switches = field(default_factory=Switches)
    fleet: FleetConfig = field(default_factory=FleetConfig)


def load(path: Path | None, environments: Iterable[str] = (), schemas: Iterable[Path] = ()) -> Config:
    """The configuration of a file (or the default one) plus environments and schema files from the command line.

    :raises ConfigError: one line that names the file and the key.
    """
    given: Any = {}
    if path is not None:
        try:
            given = json.loads(path.read_text(encoding="utf-8"))
        except OSError as error:
            raise ConfigError(f"cannot read {path}: {error.strerror}") from None
        except ValueError as error:
            raise ConfigError(f"{path} is not JSON: {error}") from None
    try:
        return read(given, environments, schemas, path.parent if path else None)
    except ConfigError as error:
        raise ConfigError(f"{path}: {error}" if path else str(error)) from None


def read(
    given: Any, environments: Iterable[str] = (), schemas: Iterable[Path] = (), folder: Path | None = None
) -> Config:
    """:raises ConfigError: unknown key, wrong value, unreadable schema file."""
    if not isinstance(given, Mapping):
        raise ConfigError("the configuration must be a JSON object")
    _only(given, _TOP_KEYS, "the configuration")
    shelf = SchemaShelf(Schema(raw) for raw in published.schemas())
    for part in [(folder or Path()) / str(name) for name in given.get("schemas") or ()] + list(schemas):
        for schema in schema_files(part):
            shelf.add(schema)
    switches = Switches.read(given.get("switches") or {})
    found = {
        name: EnvironmentConfig.read(name, part, switches, folder)
        for name, part in (given.get("environments") or {}).items()
    }
    for name in environments:
        found.setdefault(name, EnvironmentConfig(switches=switches))
    if not found:
        found[DEFAULT_ENVIRONMENT] = EnvironmentConfig(switches=switches)
    default = given.get("default_environment") or next(iter(found))
    if default not in found:
        raise ConfigError(f"default_environment {default!r} is not among the environments")
    clients = given.get("oauth_clients") or {}
    return Config(
        shelf=shelf,
        environments=found,
        default_environment=default,
        oauth_clients={key: OAuthClient.read(key, part) for key, part in clients.items()},
        oauth_expires_in=int(given.get("oauth_expires_in", 300)),
        switches=switches,
        fleet=FleetConfig.read(given.get("cluster"), given.get("accounts")),
    )


def schema_files(path: Path) -> list[Schema]:
    """The schema of a file, or those of all ``*.json`` files of a folder.

    :raises ConfigError: naming the file.
    """
    if path.is_dir():
        return [schema for file in sorted(path.glob("*.json")) for schema in schema_files(file)]
    try:
        return [Schema(json.loads(path.read_text(encoding="utf-8")))]
    except OSError as error:
        raise ConfigError(f"cannot read schema {path}: {error.strerror}") from None
    except (ValueError, AttributeError) as error:
        raise ConfigError(f"schema {path}: {error}") from None


def _schema(part: Any, folder: Path | None) -> Schema:
    if isinstance(part, str):
        return schema_files((folder or Path()) / part)[0]
    try:
        return Schema(part)
    except (SchemaError, AttributeError) as error:
        raise ConfigError(f"schema_overrides: {error}") from None


def _listed(given: Any) -> list[Any]:
    """A list of schemas or files; a mapping schema id -> schema is taken as well."""
    if given is None:
        return []
    return list(given.values()) if isinstance(given, Mapping) else list(given)


def _only(given: Mapping[str, Any], known: set[str], where: str) -> None:
    unknown = sorted(set(given) - known)
    if unknown:
        raise ConfigError(f"{where}: unknown key {', '.join(unknown)}; there are {', '.join(sorted(known))}")
