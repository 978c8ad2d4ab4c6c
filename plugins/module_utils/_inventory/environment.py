# Copyright (c) 2026, community.dynatrace contributors
# SPDX-License-Identifier: BSD-2-Clause

"""An environment as a source lists it; merging, selecting, and naming of environments. Pure functions."""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import asdict, dataclass, fields, replace
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from .._settings_api.errors import InvalidInput, Problem

if TYPE_CHECKING:
    from .._settings_api.connection import Connection

KINDS = ("saas", "managed")
# Names with a special meaning in Ansible.
_RESERVED = {"all", "ungrouped", "localhost"}


def uuid_like(text: str) -> bool:
    """Whether an ID looks like that of a Managed environment. Some documented ones have one digit too many."""
    return re.fullmatch(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{8,}", text, re.IGNORECASE) is not None


@dataclass(frozen=True)
class Environment:
    """One environment. Values that a source does not provide are ``None``.

    :param state: ``enabled``, ``disabled``, or another state of the source in lowercase.
    :param source: the account, the host of the cluster, or ``environments`` for the list in the file.
    :param host: the name of the host, if it was set explicitly.
    :param api_token_variable: name of the variable with the token. It can contain ``{id}`` and ``{name}``.
    """

    id: str
    url: str
    name: str | None = None
    kind: str | None = None
    state: str | None = None
    tags: tuple[str, ...] | None = None
    source: str = ""
    host: str | None = None
    api_token_variable: str | None = None

    def as_json(self) -> dict[str, Any]:
        """Return the environment for a cache. It contains no secret."""
        return asdict(self)

    @classmethod
    def from_json(cls, given: Mapping[str, Any]) -> Environment:
        """:raises ValueError: if it is not a result of ``as_json``."""
        tags = given.get("tags")
        texts = [value for name, value in given.items() if name != "tags"]
        if set(given) != {field.name for field in fields(cls)} or not isinstance(tags or [], (list, tuple)):
            raise ValueError
        if not all(value is None or isinstance(value, str) for value in (*texts, *(tags or ()))):
            raise ValueError
        if not given["id"] or not given["url"]:
            raise ValueError
        return cls(**{**given, "tags": None if tags is None else tuple(tags)})

    @property
    def known_state(self) -> str:
        """The state, or ``unknown`` if the source does not provide it."""
        return self.state or "unknown"


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


def merged(found: Iterable[Environment]) -> tuple[list[Environment], list[str]]:
    """Merge environments with the same ID. Return them, and warnings.

    For each value, the first source takes precedence. Later sources provide missing values.
    """
    known: dict[str, Environment] = {}
    notes = []
    for one in found:
        key = one.id.lower()
        first = known.get(key)
        if first is None:
            known[key] = one
            continue
        lacking = {name: value for name, value in asdict(one).items() if getattr(first, name) is None}
        known[key] = replace(first, **lacking)
        # An environment in the list of the file can have another address, for example through an ActiveGate.
        if first.source not in ("environments", one.source) and first.url != one.url:
            hosts = " and ".join(str(urlsplit(url).hostname) for url in (first.url, one.url))
            notes.append(f"Environment {one.id} is listed at {hosts}. The first address is used.")
    return [replace(one, kind=one.kind or "saas") for one in known.values()], notes


def selected(found: Iterable[Environment], filters: Selection, exclude: Selection) -> list[Environment]:
    """Return the environments that match all parts of ``filters`` and no part of ``exclude``.

    Disabled environments are excluded unless ``filters`` has states.
    """
    states = filters.states
    return [
        one
        for one in found
        if (one.known_state in states if states else one.known_state != "disabled")
        and all(_matches(one, replace(filters, states=())))
        and not any(_matches(one, exclude))
    ]


def _matches(one: Environment, selection: Selection) -> Iterator[bool]:
    """Yield for each part of a selection that is not empty whether the environment matches it."""
    words = {one.id.lower(), (one.name or one.id).lower()}
    if selection.names:
        yield any(fnmatchcase(word, wanted.lower()) for word in words for wanted in selection.names)
    if selection.kinds:
        yield one.kind in selection.kinds
    if selection.states:
        yield one.known_state in selection.states
    if selection.tags:
        yield not set(selection.tags).isdisjoint(one.tags or ())


def slug(text: str) -> str:
    """Convert a name to lowercase letters, digits, and dashes."""
    plain = unicodedata.normalize("NFKD", text.replace("\u00df", "ss")).encode("ascii", "ignore").decode()
    return re.sub(r"[^a-z0-9]+", "-", plain.lower()).strip("-")


def by_host_name(found: Iterable[Environment], rule: str) -> dict[str, Environment]:
    """Return environments by host name.

    :param rule: ``id``, or ``name`` for the slug of the name. If several environments have the same slug, the ID is
        appended to each, so that no host name depends on the order.
    :raises InvalidInput: if two environments would be the same host.
    """
    environments = list(found)
    slugs = [slug(one.name or "") for one in environments]
    counts = Counter(slugs)
    hosts: dict[str, Environment] = {}
    problems = []
    for one, text in zip(environments, slugs, strict=True):
        if rule == "name" and text:
            host = one.host or (text if counts[text] == 1 and text not in _RESERVED else f"{text}-{one.id}")
        else:
            host = one.host or one.id
        if host in hosts:
            facts = {"host": host, "ids": [hosts[host].id, one.id]}
            problems.append(Problem("same_host", "environments", facts))
        hosts[host] = one
    if problems:
        raise InvalidInput(problems)
    return hosts
