# Copyright (c) 2026, community.dynatrace contributors
# SPDX-License-Identifier: BSD-2-Clause

"""What the options of a fleet say, checked: the sources, and which environments are wanted."""

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

    :param where: path of the option that describes it.
    :param kind: ``managed`` is a cluster, ``saas`` an account.
    :param account: UUID of the account.
    """

    where: str
    kind: str
    connection: Connection
    account: str = ""
    api_token_variable: str | None = None

    @property
    def key(self) -> str:
        """What tells it apart from every other one; holds no secret."""
        return " ".join([self.kind, self.connection.base_url, self.account]).strip()

    @property
    def title(self) -> str:
        """What hosts say of where they come from."""
        return self.account or str(urlsplit(self.connection.base_url).hostname)


@dataclass(frozen=True)
class Selection:
    """Which environments are meant; an empty part says nothing."""

    names: tuple[str, ...] = ()
    kinds: tuple[str, ...] = ()
    states: tuple[str, ...] = ()
    tags: tuple[str, ...] = ()


@dataclass(frozen=True)
class FleetOptions:
    """All options, checked."""

    sources: tuple[Source, ...]
    listed: tuple[Environment, ...]
    filters: Selection
    exclude: Selection
    host_name: str
    group: str
    goes_on: bool
