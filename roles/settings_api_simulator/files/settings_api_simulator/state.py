# Copyright (c) 2026, community.dynatrace contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""The state of the simulator: environments, their objects, and a file that survives a restart."""

from __future__ import annotations

import dataclasses
import json
import os
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from .behavior_flags import BehaviorFlags, ConfigError
from .config import Config, EnvironmentConfig, SchemaCatalog
from .environment_list import ListEntry, default_cluster_tokens
from .history import History
from .ids import new_revision, new_uid, object_id, update_token
from .interpreter import Schema
from .tokens import Token, default_tokens

ALL_USERS = "all-users"


@dataclass
class StoredObject:
    """One settings object, secrets in clear. Times are epoch milliseconds."""

    uid: str
    schema_id: str
    schema_version: str
    scope: str
    value: dict[str, Any]
    external_id: str | None
    created_by: str
    modified_by: str
    created: int
    modified: int
    revision: str
    # Whether clients may change or delete it; objects that the product itself creates can be locked.
    modifiable: bool = True
    deletable: bool = True
    movable: bool = True
    # Access to objects of schemas with owner-based access control: the owner's user id, and what others may do, by
    # "all-users", "user/<id>" or "group/<id>".
    owner: str | None = None
    permissions: dict[str, list[str]] = field(default_factory=dict)

    @property
    def id(self) -> str:
        return object_id(self.schema_id, self.scope, self.uid)

    @property
    def update_token(self) -> str:
        return update_token(self.uid, self.revision)


@dataclass
class Environment:
    """One environment.

    All work on it is done in functions that never wait, on the one thread of the event loop: that is its lock, a
    write is whole before the next request is looked at.
    """

    id: str
    flags: BehaviorFlags
    tokens: dict[str, Token]
    catalog: SchemaCatalog
    overrides: dict[str, Schema] = field(default_factory=dict)
    missing: frozenset[str] = frozenset()
    objects: dict[str, StoredObject] = field(default_factory=dict)
    on_change: Callable[[], None] = lambda: None
    listing: ListEntry = field(default_factory=ListEntry)
    # How many writes there were: shows whether a request changed anything.
    writes: int = 0
    history: History = field(default_factory=History)

    def schema(self, schema_id: str, version: str | None = None) -> Schema | None:
        """A schema as this environment has it: an override hides every other version."""
        if schema_id in self.missing:
            return None
        override = self.overrides.get(schema_id)
        if override is not None:
            return override if version in (None, override.version) else None
        return self.catalog.get(schema_id, version)

    def schema_ids(self) -> list[str]:
        return sorted((set(self.catalog.ids()) | set(self.overrides)) - self.missing)

    def of_schema(self, schema_id: str, scope: str | None = None) -> list[StoredObject]:
        found = [item for item in self.objects.values() if item.schema_id == schema_id]
        return found if scope is None else [item for item in found if item.scope == scope]

    def changed(self) -> None:
        self.writes += 1
        self.on_change()

    def create(
        self,
        schema: Schema,
        scope: str,
        value: dict[str, Any],
        external_id: str | None,
        author: str,
        position: int | None = None,
        owner: str | None = None,
        uid: str = "",
    ) -> StoredObject:
        """:param position: index among all objects, None: last."""
        now = now_ms()
        uid = uid or new_uid()
        item = StoredObject(
            uid, schema.id, schema.version, scope, value, external_id, author, author, now, now, new_revision()
        )
        item.owner = owner
        self.objects[item.uid] = item
        self.history.record("CREATE", item, author, None, item.value)
        if position is not None:
            self.move(item, position)
        self.changed()
        return item

    def write(
        self, item: StoredObject, schema: Schema, value: dict[str, Any], author: str, position: int | None = None
    ) -> None:
        """Replaces the value: a new revision, so every older update token is stale.

        :param position: index among all objects, None: where it is.
        """
        order = list(self.objects)
        if position is not None:
            self.move(item, position)
        before = item.value
        item.value = value
        item.schema_version = schema.version
        item.modified_by = author
        item.modified = max(now_ms(), item.modified + 1)
        item.revision = new_revision()
        kind = "UPDATE" if before != value else "REORDER" if list(self.objects) != order else "NO_CHANGE"
        self.history.record(kind, item, author, before, value, item.owner)
        self.changed()

    def remove(self, item: StoredObject, author: str) -> None:
        del self.objects[item.uid]
        self.history.record("DELETE", item, author, item.value, None, item.owner)
        self.changed()

    def move(self, item: StoredObject, position: int) -> None:
        others = [other for other in self.objects.values() if other.uid != item.uid]
        others.insert(position, item)
        self.objects = {other.uid: other for other in others}


class SimulatorState:
    """All environments, and the state file."""

    def __init__(self, config: Config, state_file: Path | None = None) -> None:
        # What has arrived at the receiver, if there is one.
        self.received: list[dict[str, Any]] = []
        self.config = config
        self._file = state_file
        self._loading = True
        self._oauth_tokens: dict[str, Token] = {}
        content = self._load()
        saved = dict(content.get("environments") or {})
        self._cluster_tokens = self._tokens_of_cluster(content)
        self.environments: dict[str, Environment] = {}
        for name in [*config.environments, *(key for key in saved if key not in config.environments)]:
            self.add(name, config.environments.get(name), saved.get(name))
        # Objects of the configuration are for a first start; a state file knows better.
        self.to_seed = {
            name: part.objects for name, part in config.environments.items() if part.objects and name not in saved
        }
        self._loading = False
        self.save()

    @property
    def default(self) -> str:
        return self.config.default_environment

    def add(self, name: str, data: EnvironmentConfig | None = None, saved: dict[str, Any] | None = None) -> Environment:
        """A new environment (or a fresh one in place of it); objects of the configuration are put in by the caller."""
        data = data or EnvironmentConfig(flags=self.config.flags)
        tokens = data.tokens
        if tokens is None:
            # Tokens that were made by chance must be good after a restart as well.
            tokens = _kept((saved or {}).get("tokens")) or default_tokens()
        environment = Environment(
            name,
            data.flags,
            tokens,
            self.config.catalog,
            {schema.id: schema for schema in data.overrides},
            frozenset(data.missing),
            {part["uid"]: StoredObject(**part) for part in (saved or {}).get("objects") or ()},
            self.save,
            data.listing,
        )
        self.environments[name] = environment
        return environment

    def token(self, environment: Environment, text: str, platform: bool) -> Token | None:
        """The token of that text, if it belongs to that environment and kind of path."""
        known = list(environment.tokens.values())
        if platform and environment.id == self.default:
            known += self._oauth_tokens.values()
        return next((token for token in known if token.token == text and token.platform == platform), None)

    @property
    def cluster_tokens(self) -> dict[str, Token]:
        """The tokens of the cluster, by name."""
        return self._cluster_tokens

    def cluster_token(self, text: str) -> Token | None:
        return next((token for token in self._cluster_tokens.values() if token.token == text), None)

    def oauth_token(self, text: str) -> Token | None:
        return self._oauth_tokens.get(text)

    def remember_oauth(self, token: Token) -> None:
        """OAuth tokens live for minutes: those that are over are forgotten, and none is in the state file."""
        self._oauth_tokens = {key: old for key, old in self._oauth_tokens.items() if not old.expired()}
        self._oauth_tokens[token.token] = token

    def _tokens_of_cluster(self, content: dict[str, Any]) -> dict[str, Token]:
        configured = self.config.fleet.cluster_tokens
        if configured is not None:
            return configured
        return _kept(content.get("cluster_tokens")) or default_cluster_tokens()

    def _load(self) -> dict[str, Any]:
        if self._file is None or not self._file.exists() or self._file.stat().st_size == 0:
            return {}
        try:
            content = json.loads(self._file.read_text(encoding="utf-8"))
            dict(content["environments"])
            return dict(content)
        except (OSError, ValueError, KeyError, TypeError) as error:
            raise ConfigError(f"state file {self._file} cannot be read: {type(error).__name__}") from None

    def save(self) -> None:
        """Writes the state file, whole or not at all. It holds secrets in clear: only its owner may read it."""
        if self._file is None or self._loading:
            return
        content = {
            "environments": {
                environment.id: {
                    "tokens": {key: dataclasses.asdict(token) for key, token in environment.tokens.items()},
                    "objects": [dataclasses.asdict(item) for item in environment.objects.values()],
                }
                for environment in self.environments.values()
            },
            "cluster_tokens": {key: dataclasses.asdict(token) for key, token in self._cluster_tokens.items()},
        }
        write_private(self._file, json.dumps(content))


def _kept(saved: Any) -> dict[str, Token]:
    """The tokens of a state file."""
    return {
        key: Token(
            **{
                **part,
                "scopes": tuple(part["scopes"]),
                "schemas": _tuple(part.get("schemas")),
                "groups": tuple(part.get("groups") or ()),
            }
        )
        for key, part in (saved or {}).items()
    }


def _tuple(part: Any) -> tuple[str, ...] | None:
    return None if part is None else tuple(part)


def write_private(path: Path, text: str) -> None:
    """Writes a file in one step, readable by its owner only."""
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    try:
        with os.fdopen(handle, "w", encoding="utf-8") as file:
            file.write(text)
        os.replace(name, path)
    except BaseException:
        os.unlink(name)
        raise


def now_ms() -> int:
    return int(time.time() * 1000)
