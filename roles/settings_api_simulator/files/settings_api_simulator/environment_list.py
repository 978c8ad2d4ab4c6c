# Copyright (c) 2026, community.dynatrace contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""How environments are listed: by a Managed cluster, by SaaS accounts."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from .behavior_flags import ConfigError
from .tokens import Token

CLUSTER_SCOPE, ACCOUNT_SCOPE = "ServiceProviderAPI", "account-env-read"
STATES = ("ENABLED", "DISABLED")


@dataclass(frozen=True)
class ListEntry:
    """What the lists show of one environment. ``name`` and ``url`` None: made from its id."""

    name: str | None = None
    state: str = "ENABLED"
    tags: tuple[str, ...] = ()
    trial: bool = False
    created: str = "2026-01-01T00:00:00.000Z"
    url: str | None = None

    @classmethod
    def read(cls, data: Any, base: ListEntry | None = None) -> ListEntry:
        """:raises ConfigError: unknown key or wrong value."""
        known = [one.name for one in dataclasses.fields(cls)]
        if not isinstance(data, Mapping) or set(data) - set(known):
            raise ConfigError(f"listing: takes {', '.join(known)}")
        parts = {**data, "tags": tuple(data.get("tags") or ())} if "tags" in data else dict(data)
        found = dataclasses.replace(base or cls(), **parts)
        if found.state not in STATES:
            raise ConfigError(f"listing: state must be one of {', '.join(STATES)}")
        if not isinstance(found.trial, bool) or not all(isinstance(tag, str) for tag in found.tags):
            raise ConfigError("listing: trial must be true or false, tags must be texts")
        return found


@dataclass
class FleetConfig:
    """Who lists what. ``cluster`` None: every environment that no account lists."""

    cluster: list[str] | None = None
    cluster_tokens: dict[str, Token] | None = None
    accounts: dict[str, list[str]] = field(default_factory=dict)

    @classmethod
    def read(cls, cluster: Any, accounts: Any) -> FleetConfig:
        """:raises ConfigError: with the key named."""
        cluster, accounts = cluster or {}, accounts or {}
        if not isinstance(cluster, Mapping) or set(cluster) - {"environments", "tokens"}:
            raise ConfigError("cluster: takes environments (a list of ids) and tokens")
        tokens = cluster.get("tokens")
        if tokens is not None and not isinstance(tokens, Mapping):
            raise ConfigError("cluster: tokens must be an object")
        found = {}
        for account, part in accounts.items() if isinstance(accounts, Mapping) else [("", None)]:
            if not isinstance(part, Mapping) or set(part) != {"environments"}:
                raise ConfigError(f"account {account}: takes environments (a list of ids)")
            found[account] = _ids(part["environments"], f"account {account}")
        return cls(
            cluster=None if cluster.get("environments") is None else _ids(cluster["environments"], "cluster"),
            cluster_tokens=None if tokens is None else {key: cluster_token(key, part) for key, part in tokens.items()},
            accounts=found,
        )


def cluster_token(name: str, data: Mapping[str, Any]) -> Token:
    """A token of the cluster: no environment knows it, and it knows no environment's API."""
    return Token.read(name, {"scopes": [CLUSTER_SCOPE], **data})


def default_cluster_tokens() -> dict[str, Token]:
    """One new token of every kind that a client can meet."""
    definitions: dict[str, dict[str, Any]] = {
        "service_provider": {},
        "other": {"scopes": ["ClusterTokenManagement"]},
        "expired": {"expires": 1},
        "disabled": {"enabled": False},
    }
    return {name: cluster_token(name, data) for name, data in definitions.items()}


def _ids(data: Any, where: str) -> list[str]:
    if not isinstance(data, (list, tuple)) or not all(isinstance(part, str) for part in data):
        raise ConfigError(f"{where}: environments must be a list of ids")
    return list(data)
