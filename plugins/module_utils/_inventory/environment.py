# Copyright (c) 2026, community.dynatrace contributors
# SPDX-License-Identifier: BSD-2-Clause

"""One environment as a source lists it, and many of them: put together, chosen, named. Pure."""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, fields, replace
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from .._settings_api.errors import InvalidInput, Problem

if TYPE_CHECKING:
    from .wanted import Selection

KINDS = ("saas", "managed")
# Names that Ansible gives a meaning of its own.
_RESERVED = {"all", "ungrouped", "localhost"}


def uuid_like(text: str) -> bool:
    """Whether an id looks like that of a Managed environment; some documented ones have a digit too many."""
    return re.fullmatch(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{8,}", text, re.IGNORECASE) is not None


@dataclass(frozen=True)
class Environment:
    """One environment. What a source does not tell is ``None``.

    :param state: ``enabled``, ``disabled``, or another word of the source in small letters.
    :param source: account, host of the cluster, or ``environments`` for the list in the file.
    :param host: the name of the host, if it was written down.
    :param api_token_variable: name of the variable with the token; ``{id}`` and ``{name}`` may stand in it.
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
        """For a cache; holds no secret."""
        return {**asdict(self), "tags": None if self.tags is None else list(self.tags)}

    @classmethod
    def from_json(cls, given: Mapping[str, Any]) -> Environment:
        """:raises ValueError: it is not what ``as_json`` gave."""
        known = {field.name for field in fields(cls)}
        tags = given.get("tags")
        texts = {**given, "tags": None}
        if set(given) != known or (tags is not None and not isinstance(tags, list)):
            raise ValueError
        if not all(value is None or isinstance(value, str) for value in (*texts.values(), *(tags or ()))):
            raise ValueError
        if not given["id"] or not given["url"]:
            raise ValueError
        return cls(**{**given, "tags": None if tags is None else tuple(tags)})

    @property
    def known_state(self) -> str:
        """The state, also where the source does not tell it."""
        return self.state or "unknown"


def together(found: Iterable[Environment]) -> tuple[list[Environment], list[str]]:
    """Each environment once, and what is worth a warning.

    The same id is the same environment. What was found first wins, value by value; later ones fill in what it lacks.
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
        # A listed one may well have another way, through an ActiveGate.
        if first.source not in ("environments", one.source) and first.url != one.url:
            hosts = " and ".join(str(urlsplit(url).hostname) for url in (first.url, one.url))
            notes.append(f"Environment {one.id} is listed at {hosts}; the first is used.")
    return [replace(one, kind=one.kind or "saas") for one in known.values()], notes


def chosen(found: Iterable[Environment], filters: Selection, exclude: Selection) -> list[Environment]:
    """Those that every given part of ``filters`` admits and no part of ``exclude`` names.

    Disabled ones are left out unless ``filters`` names states.
    """
    states = filters.states
    return [
        one
        for one in found
        if (one.known_state in states if states else one.known_state != "disabled")
        and _all(parts for name, parts in _matches(one, filters).items() if name != "states" and parts is not None)
        and not any(_matches(one, exclude).values())
    ]


def _all(parts: Iterable[bool | None]) -> bool:
    return all(parts)


def _matches(one: Environment, selection: Selection) -> dict[str, bool | None]:
    """By part of the selection, whether the environment is meant; ``None`` where the part says nothing."""
    words = {one.id.lower(), (one.name or one.id).lower()}
    return {
        "names": any(fnmatchcase(word, wanted.lower()) for word in words for wanted in selection.names)
        if selection.names
        else None,
        "kinds": one.kind in selection.kinds if selection.kinds else None,
        "states": one.known_state in selection.states if selection.states else None,
        "tags": not set(selection.tags).isdisjoint(one.tags or ()) if selection.tags else None,
    }


def slug(text: str) -> str:
    """Small letters, digits and dashes, of whatever is in a name."""
    plain = unicodedata.normalize("NFKD", text.replace("\u00df", "ss")).encode("ascii", "ignore").decode()
    return re.sub(r"[^a-z0-9]+", "-", plain.lower()).strip("-")


def named(found: Iterable[Environment], rule: str) -> dict[str, Environment]:
    """Host names and their environments.

    :param rule: ``id``, or ``name``: the slug of the name. Where several have the same, the id is added to each of
        them, so that no name depends on the order.
    :raises InvalidInput: two of them would be the same host.
    """
    environments = list(found)
    slugs = [slug(one.name or "") for one in environments]
    often = Counter(slugs)
    hosts: dict[str, Environment] = {}
    problems = []
    for one, text in zip(environments, slugs, strict=True):
        if rule == "name" and text:
            host = one.host or (text if often[text] == 1 and text not in _RESERVED else f"{text}-{one.id}")
        else:
            host = one.host or one.id
        if host in hosts:
            text = f"the host {host} would be two environments, {hosts[host].id} and {one.id}; give one a host"
            problems.append(Problem("environments", text))
        hosts[host] = one
    if problems:
        raise InvalidInput(problems)
    return hosts
