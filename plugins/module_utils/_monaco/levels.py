# Copyright (c) 2026, community.dynatrace contributors
# SPDX-License-Identifier: BSD-2-Clause

"""Where objects are declared: for all environments, for a group, or for one; and in which order."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from .convert import Converted
from .marks import Coordinate

_FRONT, _BACK = "FRONT", "BACK"


@dataclass
class Levels:
    """The objects of each level, in their order."""

    everywhere: list[Converted] = field(default_factory=list)
    groups: dict[str, list[Converted]] = field(default_factory=dict)
    hosts: dict[str, list[Converted]] = field(default_factory=dict)

    def add(self, variants: Variants, groups: Mapping[str, Sequence[str]], *, together: bool) -> None:
        """Place the object of a configuration.

        An object of a group replaces the one of all environments, and that of a host the one of its group. An object
        that some environments do not have is declared for the groups or hosts that have it.

        :param together: whether the list must not be divided, because it is ordered.
        """
        own, names = variants.hosts, [name for members in groups.values() for name in members]
        one_scope = len({repr(one.scope) for one in own.values()}) == 1
        everywhere = one_scope and len(own) == len(names)
        if not everywhere and (together or not one_scope):
            for name, one in own.items():
                self.hosts.setdefault(name, []).append(one)
            return
        base = _common(variants.base, list(own.values())) if everywhere else None
        if base is not None:
            self.everywhere.append(base)
        for group, members in groups.items():
            present = [own[name] for name in members if name in own]
            current = base
            if present and len(present) == len(members):
                current = _common(variants.groups.get(group), present)
                if current != base:
                    self.groups.setdefault(group, []).append(current)
            for name in members:
                if name in own and own[name] != current:
                    self.hosts.setdefault(name, []).append(own[name])


@dataclass
class Variants:
    """The object of a configuration.

    :param base: without overrides, if it can be converted.
    :param groups: the same with the overrides of each group.
    :param hosts: in each environment that has it.
    """

    base: Converted | None = None
    groups: dict[str, Converted] = field(default_factory=dict)
    hosts: dict[str, Converted] = field(default_factory=dict)


def _common(declared: Converted | None, variants: Sequence[Converted]) -> Converted:
    """What several environments have in common: what the project says, or what most of them have."""
    if declared is not None and declared.scope == variants[0].scope:
        return declared
    return max(variants, key=variants.count)


def in_order(
    objects: Sequence[Coordinate],
    insert_after: Callable[[Coordinate], Coordinate | str | None],
    refers_to: Callable[[Coordinate], Iterable[Coordinate]],
) -> tuple[list[Coordinate], list[Coordinate]]:
    """Return configurations in the order that ``insertAfter`` asks for, and those whose place is not known.

    :param objects: the configurations of one schema and scope, in the order of the project.
    :param insert_after: the configuration, ``FRONT`` or ``BACK`` that one is inserted after.
    :param refers_to: the configurations that one refers to, which are deployed before it.
    """
    targets = {one: insert_after(one) for one in objects}
    # Of two objects with the same target, the one that is deployed last is next to it.
    last_first = _deployed(objects[::-1], refers_to)[::-1]
    following: dict[Coordinate, list[Coordinate]] = {}
    for one in last_first:
        target = targets[one]
        if isinstance(target, Coordinate) and target in targets and target != one:
            following.setdefault(target, []).append(one)
    placed = {one for others in following.values() for one in others}
    front = [one for one in last_first if targets[one] == _FRONT]
    others = [one for one in _deployed(objects, refers_to) if one not in placed and targets[one] != _FRONT]
    unknown = [one for one in others if targets[one] not in (None, _BACK)]
    result: list[Coordinate] = []
    pending = [*front, *sorted(others, key=lambda one: targets[one] == _BACK)][::-1]
    while pending:
        one = pending.pop()
        result.append(one)
        pending += following.pop(one, [])[::-1]
    found = set(result)
    circular = [one for one in objects if one not in found]
    return [*result, *circular], [*unknown, *circular]


def _deployed(
    objects: Iterable[Coordinate], refers_to: Callable[[Coordinate], Iterable[Coordinate]]
) -> list[Coordinate]:
    """Return configurations in the order in which they are deployed: after those that they refer to."""
    found: dict[Coordinate, None] = {}
    opened: set[Coordinate] = set()
    wanted = list(objects)
    pending = wanted[::-1]
    while pending:
        one = pending[-1]
        if one in opened:
            found[pending.pop()] = None
        else:
            opened.add(one)
            pending += [other for other in refers_to(one) if other not in opened]
    members = set(wanted)
    return [one for one in found if one in members]
