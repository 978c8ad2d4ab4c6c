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
from .behavior_flags import BehaviorFlags, ConfigError
from .environment_list import FleetConfig, ListEntry
from .interpreter import Schema, SchemaError
from .tokens import OAuthClient, Token

DEFAULT_ENVIRONMENT = "abc12345"

_TOP_KEYS = {"default_environment", "environments", "oauth_clients", "oauth_expires_in", "schemas", "behavior_flags"}
_TOP_KEYS |= {"accounts", "cluster"}
_ENVIRONMENT_KEYS = {"tokens", "behavior_flags", "schema_overrides", "missing_schemas", "objects", "listing"}


class SchemaCatalog:
    """Schemas by id and version. The version that was added last is the newest."""

    def __init__(self, schemas: Iterable[Schema] = ()) -> None:
        self._catalog: dict[str, dict[str, Schema]] = {}
        for schema in schemas:
            self.add(schema)

    def add(self, schema: Schema) -> None:
        versions = self._catalog.setdefault(schema.id, {})
        versions.pop(schema.version, None)
        versions[schema.version] = schema

    def get(self, schema_id: str, version: str | None = None) -> Schema | None:
        versions = self._catalog.get(schema_id) or {}
        if version is not None:
            return versions.get(version)
        return next(reversed(versions.values()), None)

    def ids(self) -> list[str]:
        return sorted(self._catalog)


@dataclass
class EnvironmentConfig:
    """One environment as configured. ``tokens`` None: the default ones are made."""

    tokens: dict[str, Token] | None = None
    flags: BehaviorFlags = field(default_factory=BehaviorFlags)
    overrides: list[Schema] = field(default_factory=list)
    missing: tuple[str, ...] = ()
    objects: list[dict[str, Any]] = field(default_factory=list)
    listing: ListEntry = field(default_factory=ListEntry)

    @classmethod
    def read(cls, name: str, data: Any, base: BehaviorFlags, folder: Path | None = None) -> EnvironmentConfig:
        """:raises ConfigError: with the environment and key named."""
        if not isinstance(data, Mapping):
            raise ConfigError(f"environment {name}: must be an object")
        _only(data, _ENVIRONMENT_KEYS, f"environment {name}")
        try:
            tokens = data.get("tokens")
            return cls(
                tokens=None if tokens is None else {key: Token.read(key, part) for key, part in tokens.items()},
                flags=BehaviorFlags.read(data.get("behavior_flags") or {}, base),
                overrides=[_schema(part, folder) for part in _listed(data.get("schema_overrides"))],
                missing=tuple(data.get("missing_schemas") or ()),
                objects=list(data.get("objects") or ()),
                listing=ListEntry.read(data.get("listing") or {}),
            )
        except (ConfigError, AttributeError, TypeError) as error:
            raise ConfigError(f"environment {name}: {error}") from None


@dataclass
class Config:
    """The whole configuration."""

    catalog: SchemaCatalog
    environments: dict[str, EnvironmentConfig]
    default_environment: str
    oauth_clients: dict[str, OAuthClient] = field(default_factory=dict)
    oauth_expires_in: int = 300
    flags: BehaviorFlags = field(default_factory=BehaviorFlags)
    fleet: FleetConfig = field(default_factory=FleetConfig)


def load(path: Path | None, environments: Iterable[str] = (), schemas: Iterable[Path] = ()) -> Config:
    """The configuration of a file (or the default one) plus environments and schema files from the command line.

    :raises ConfigError: one line that names the file and the key.
    """
    data: Any = {}
    if path is not None:
        try:
            data = json.loads(path.read_text(encoding="utf-8"))
        except OSError as error:
            raise ConfigError(f"cannot read {path}: {error.strerror}") from None
        except ValueError as error:
            raise ConfigError(f"{path} is not JSON: {error}") from None
    try:
        return read(data, environments, schemas, path.parent if path else None)
    except ConfigError as error:
        raise ConfigError(f"{path}: {error}" if path else str(error)) from None


def read(
    data: Any, environments: Iterable[str] = (), schemas: Iterable[Path] = (), folder: Path | None = None
) -> Config:
    """:raises ConfigError: unknown key, wrong value, unreadable schema file."""
    if not isinstance(data, Mapping):
        raise ConfigError("the configuration must be a JSON object")
    _only(data, _TOP_KEYS, "the configuration")
    catalog = SchemaCatalog(Schema(raw) for raw in published.schemas())
    for part in [(folder or Path()) / str(name) for name in data.get("schemas") or ()] + list(schemas):
        for schema in schema_files(part):
            catalog.add(schema)
    flags = BehaviorFlags.read(data.get("behavior_flags") or {})
    found = {
        name: EnvironmentConfig.read(name, part, flags, folder)
        for name, part in (data.get("environments") or {}).items()
    }
    for name in environments:
        found.setdefault(name, EnvironmentConfig(flags=flags))
    if not found:
        found[DEFAULT_ENVIRONMENT] = EnvironmentConfig(flags=flags)
    default = data.get("default_environment") or next(iter(found))
    if default not in found:
        raise ConfigError(f"default_environment {default!r} is not among the environments")
    clients = data.get("oauth_clients") or {}
    return Config(
        catalog=catalog,
        environments=found,
        default_environment=default,
        oauth_clients={key: OAuthClient.read(key, part) for key, part in clients.items()},
        oauth_expires_in=int(data.get("oauth_expires_in", 300)),
        flags=flags,
        fleet=FleetConfig.read(data.get("cluster"), data.get("accounts")),
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


def _listed(data: Any) -> list[Any]:
    """A list of schemas or files; a mapping schema id -> schema is taken as well."""
    if data is None:
        return []
    return list(data.values()) if isinstance(data, Mapping) else list(data)


def _only(data: Mapping[str, Any], known: set[str], where: str) -> None:
    unknown = sorted(set(data) - known)
    if unknown:
        raise ConfigError(f"{where}: unknown key {', '.join(unknown)}; there are {', '.join(sorted(known))}")
