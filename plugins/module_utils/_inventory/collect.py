# Copyright (c) 2026, community.dynatrace contributors
# SPDX-License-Identifier: BSD-2-Clause

"""From validated options to hosts: queries the sources, caches their responses, and merges the environments."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from .._settings_api.errors import SettingsError
from .api_sources import fetch
from .environment import Environment, FleetOptions, Source, by_host_name, merged, selected, slug


class SourcesFailed(SettingsError):
    """Sources failed, and the inventory must not, or cannot, continue without them."""


@dataclass(frozen=True)
class Host:
    """One host of the inventory.

    :param facts: variables with values from servers, which must never be evaluated as templates.
    :param token_variable: name of the variable that contains the token, if it is set.
    """

    name: str
    facts: dict[str, Any]
    token_variable: str | None = None


@dataclass
class Fleet:
    """The hosts, warnings, and data for the cache.

    :param memory: environments of API sources, by source, for the cache. It contains no secret.
    :param asked: whether a source was queried, so that the cache has to be updated.
    """

    hosts: list[Host]
    warnings: list[str] = field(default_factory=list)
    memory: dict[str, Any] = field(default_factory=dict)
    asked: bool = False


def collect(options: FleetOptions, memory: Any = None) -> Fleet:
    """Query every source that is not in ``memory``, and create hosts.

    :param memory: cache of an earlier run. Data in an unknown format is ignored.
    :raises SourcesFailed: with one line for each failed source.
    :raises InvalidInput: if two environments would be the same host.
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
        # Not in the cache, because the file can change until the next run.
        found += [replace(one, api_token_variable=source.api_token_variable) for one in environments]
    if failures and not (options.goes_on and (fleet.memory or options.listed)):
        head = failures[0] if len(failures) == 1 else f"{len(failures)} sources failed:"
        more = "" if len(failures) == 1 else "".join(f"\n  {text}" for text in failures)
        raise SourcesFailed(head + more)
    fleet.warnings += [f"{text} Its environments are missing." for text in failures]
    environments, notes = merged(found)
    wanted = selected(environments, options.filters, options.exclude)
    if environments and not wanted:
        notes.append(f"No environment is left. {len(environments)} found, but filtered out or disabled.")
    fleet.warnings += notes
    fleet.hosts = [_host(name, one) for name, one in by_host_name(wanted, options.host_name).items()]
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
    # Replace characters that are not allowed in variable names.
    return re.sub(r"[^A-Za-z0-9_]", "_", text)
