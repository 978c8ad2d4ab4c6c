# Copyright (c) 2026, community.dynatrace contributors
# SPDX-License-Identifier: BSD-2-Clause

"""From checked options to hosts: asks the sources, remembers what they said, puts it together."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from .._settings_api.errors import SettingsError
from .api_sources import fetch
from .environment import Environment, chosen, named, slug, together
from .wanted import FleetOptions, Source

Memory = Mapping[str, Any]


class SourcesFailed(SettingsError):
    """Sources failed, and going on without them was not asked for, or nothing else is left."""


@dataclass(frozen=True)
class Host:
    """One host of the inventory.

    :param facts: variables whose values others have written: never to be taken for templates.
    :param token_variable: name of the variable that holds the token, if it was told.
    """

    name: str
    facts: dict[str, Any]
    token_variable: str | None = None


@dataclass
class Fleet:
    """The hosts, and what to tell and to remember.

    :param memory: what API sources said, by source, for a cache. Holds no secret.
    :param asked: whether a source was asked, so that the memory is new.
    """

    hosts: list[Host]
    warnings: list[str] = field(default_factory=list)
    memory: dict[str, Any] = field(default_factory=dict)
    asked: bool = False


def collect(options: FleetOptions, memory: Any = None) -> Fleet:
    """Ask every source that ``memory`` does not know, and make hosts.

    :param memory: that of an earlier run; anything that does not look like one is ignored.
    :raises SourcesFailed: every failed source in one line each.
    :raises InvalidInput: two environments would be the same host.
    """
    fleet = Fleet([])
    found = list(options.listed)
    failures = []
    for source in options.sources:
        known = _remembered(memory, source)
        try:
            environments = fetch(source) if known is None else known
        except SettingsError as error:
            failures.append(str(error))
            continue
        fleet.asked = fleet.asked or known is None
        fleet.memory[source.key] = [one.as_json() for one in environments]
        # Not in the memory: the file may say something else by then.
        found += [replace(one, api_token_variable=source.api_token_variable) for one in environments]
    if failures and not (options.goes_on and (fleet.memory or options.listed)):
        head = failures[0] if len(failures) == 1 else f"{len(failures)} sources failed:"
        more = "" if len(failures) == 1 else "".join(f"\n  {text}" for text in failures)
        raise SourcesFailed(head + more)
    fleet.warnings += [f"{text} Its environments are missing." for text in failures]
    known_ones, notes = together(found)
    wanted = chosen(known_ones, options.filters, options.exclude)
    if known_ones and not wanted:
        notes.append(f"No environment is left: {len(known_ones)} found, all of them filtered out or disabled.")
    fleet.warnings += notes
    fleet.hosts = [_host(name, one) for name, one in named(wanted, options.host_name).items()]
    return fleet


def _remembered(memory: Any, source: Source) -> list[Environment] | None:
    listed = memory.get(source.key) if isinstance(memory, Mapping) else None
    if not isinstance(listed, list):
        return None
    try:
        return [Environment.from_json(dict(item)) for item in listed]
    except (TypeError, ValueError):
        return None


def _host(host: str, one: Environment) -> Host:
    facts = {
        "dynatrace_environment_id": one.id,
        "dynatrace_environment_url": one.url,
        "dynatrace_environment_name": one.name or one.id,
        "dynatrace_environment_kind": one.kind,
        "dynatrace_environment_state": one.known_state,
        "dynatrace_environment_tags": list(one.tags or ()),
        "dynatrace_environment_source": one.source,
    }
    return Host(host, facts, _variable(one))


def _variable(one: Environment) -> str | None:
    if not one.api_token_variable:
        return None
    parts = {"{id}": one.id, "{name}": slug(one.name or "") or one.id}
    text = re.sub(r"\{(id|name)\}", lambda match: parts[match.group()], one.api_token_variable)
    # All that is not allowed in the name of a variable.
    return re.sub(r"[^A-Za-z0-9_]", "_", text)
