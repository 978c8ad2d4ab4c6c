# Copyright (c) 2026, community.dynatrace contributors
# SPDX-License-Identifier: BSD-2-Clause

"""Validated options of the inventory: the sources, and the selection of environments."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

if TYPE_CHECKING:
    from .._settings_api.connection import Connection
    from .environment import Environment


@dataclass(frozen=True)
class Source:
    """An API that lists environments.

    :param where: path of the option that defines the source.
    :param kind: ``managed`` for a cluster, ``saas`` for an account.
    :param account: UUID of the account.
    """

    where: str
    kind: str
    connection: Connection
    account: str = ""
    api_token_variable: str | None = None

    @property
    def key(self) -> str:
        """A unique key without secrets."""
        return " ".join([self.kind, self.connection.base_url, self.account]).strip()

    @property
    def title(self) -> str:
        """The source in the variables of hosts."""
        return self.account or str(urlsplit(self.connection.base_url).hostname)


@dataclass(frozen=True)
class Selection:
    """Selects environments. An empty part matches all."""

    names: tuple[str, ...] = ()
    kinds: tuple[str, ...] = ()
    states: tuple[str, ...] = ()
    tags: tuple[str, ...] = ()


@dataclass(frozen=True)
class FleetOptions:
    """All options, validated."""

    sources: tuple[Source, ...]
    listed: tuple[Environment, ...]
    filters: Selection
    exclude: Selection
    host_name: str
    group: str
    goes_on: bool
