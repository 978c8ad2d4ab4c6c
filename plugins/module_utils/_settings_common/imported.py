# Copyright (c) 2026, community.dynatrace contributors
# SPDX-License-Identifier: BSD-2-Clause

"""What several environments have in common belongs to the variables of the group that has exactly these hosts."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from .yaml_file import Plain

ALL = "all"
COLLECTED = "collected"


@dataclass(frozen=True)
class Entry:
    """A part of imported variables that stays together: an object, or all objects whose order matters.

    :param content: what the domain renders, as data that results can hold. Equal content means the same entry.
    :param portable: whether it means the same in each environment.
    """

    content: Any
    portable: bool = True

    @property
    def key(self) -> str:
        """The same for equal entries only."""
        return json.dumps(self.content)


@dataclass(frozen=True)
class Collected:
    """What is imported of one environment.

    :param dest: the file of its host.
    :param overwrite: whether that file, and those of its groups, may be overwritten.
    :param about: the comment of the file.
    """

    dest: str
    overwrite: bool
    about: str
    environment_id: str
    entries: Sequence[Entry]

    def result(self) -> dict[str, Any]:
        """It as part of the result of a module."""
        return {COLLECTED: {**vars(self), "entries": [dict(vars(one)) for one in self.entries]}}

    @classmethod
    def of(cls, result: Mapping[str, Any]) -> Collected:
        """What ``result`` returned."""
        return cls(**{**result, "entries": [Entry(**one) for one in result["entries"]]})


def to_data(value: Any) -> Any:
    """A value for a file as data that results can hold, which knows the texts that have no tag."""
    if isinstance(value, Plain):
        return {"plain": str(value)}
    if isinstance(value, Mapping):
        return {"properties": [[to_data(name), to_data(child)] for name, child in value.items()]}
    return [to_data(child) for child in value] if isinstance(value, (list, tuple)) else value


def from_data(data: Any) -> Any:
    """The value of ``to_data``."""
    if isinstance(data, list):
        return [from_data(child) for child in data]
    if not isinstance(data, Mapping):
        return data
    if "plain" in data:
        return Plain(data["plain"])
    return {from_data(name): from_data(child) for name, child in data["properties"]}


@dataclass
class Placement:
    """Which entries belong to which group and which host, both in alphabetical order."""

    groups: dict[str, list[Entry]] = field(default_factory=dict)
    hosts: dict[str, list[Entry]] = field(default_factory=dict)


def place(entries: Mapping[str, Sequence[Entry]], groups: Mapping[str, Iterable[str]]) -> Placement:
    """Assign each entry to the group whose hosts are exactly those that have it, and otherwise to its hosts.

    :param entries: by host. The order within a host is kept.
    :param groups: all hosts of each group, whether or not they have entries.
    """
    owners: dict[str, list[str]] = {}
    for host in sorted(entries):
        for entry in entries[host]:
            owners.setdefault(entry.key, []).append(host)
    by_hosts = _groups_by_hosts(groups)
    found = Placement(hosts={host: [] for host in sorted(entries)})
    members: dict[str, dict[str, Entry]] = {}
    for host in found.hosts:
        for entry in entries[host]:
            same = owners[entry.key]
            # An entry that one host has twice is left unchanged.
            group = by_hosts.get(frozenset(same)) if entry.portable and len(set(same)) == len(same) else None
            if group is None:
                found.hosts[host].append(entry)
            else:
                members.setdefault(group, {}).setdefault(entry.key, entry)
    found.groups = {group: list(members[group].values()) for group in sorted(members)}
    return found


def _groups_by_hosts(groups: Mapping[str, Iterable[str]]) -> dict[frozenset[str], str]:
    """The group for a set of hosts: ``all`` if it has just these, otherwise the first one in alphabetical order."""
    found: dict[frozenset[str], str] = {}
    names = [name for name in sorted(groups, key=lambda name: (name != ALL, name)) if is_directory_name(name)]
    for name in names:
        hosts = frozenset(groups[name])
        if len(hosts) > 1 and name != "ungrouped":
            found.setdefault(hosts, name)
    return found


def is_directory_name(name: str) -> bool:
    """Whether a name can be that of a directory, and leads to no other one."""
    return bool(name) and "/" not in name and name not in (".", "..")
