# Copyright (c) 2026, community.dynatrace contributors
# SPDX-License-Identifier: BSD-2-Clause

"""Names for objects, groups, hosts, and variables, made from those of Monaco."""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence

from .._settings_api.external_id import name_problem
from .._settings_common.adoption import variable_name
from .marks import Coordinate, has_marks
from .parameters import NAME, NotConverted, Parameters

# What Ansible or this collection uses for something else.
_RESERVED_GROUPS = ("all", "ungrouped", "dynatrace", "host")


def object_names(
    coordinates: Iterable[Coordinate], environments: Sequence[Parameters], schema_of: Mapping[str, str]
) -> dict[Coordinate, str]:
    """Return a name for the object of each configuration, the same in all environments.

    It is the name in Monaco. If that differs between environments, or is the name of several objects of the schema, it
    is the ID of the configuration.

    :param schema_of: the schema of each API that is not a schema itself.
    """
    wanted: dict[str, dict[Coordinate, str]] = {}
    for one in coordinates:
        name = _common_name(one, environments)
        usable = bool(name) and name_problem(name, "") is None
        wanted.setdefault(schema_of.get(one.type, one.type), {})[one] = name if usable else one.id
    found: dict[Coordinate, str] = {}
    for names in wanted.values():
        count = Counter(names.values())
        own = {one: name if count[name] == 1 else one.id for one, name in names.items()}
        count = Counter(own.values())
        found |= {one: name if count[name] == 1 else f"{one.project} {one.id}" for one, name in own.items()}
    return found


def _common_name(coordinate: Coordinate, environments: Sequence[Parameters]) -> str:
    names = set()
    for parameters in environments:
        try:
            names.add(parameters.value(coordinate, NAME))
        except NotConverted:
            return ""
    name = names.pop() if len(names) == 1 else ""
    # Parameters are texts as they stand in JSON.
    return "" if has_marks(name) else str(json.loads(f'"{name}"', strict=False))


def group_names(groups: Iterable[str], hosts: Iterable[str]) -> dict[str, str]:
    """Return the names of Ansible groups: identifiers that are not the name of a host."""
    taken = {*hosts, *_RESERVED_GROUPS}
    found: dict[str, str] = {}
    for group in groups:
        name = re.sub(r"\W", "_", group, flags=re.ASCII)
        found[group] = _free(f"group_{name}" if not name or name[0].isdigit() or name in taken else name, taken)
    return found


def host_names(environments: Iterable[str]) -> dict[str, str]:
    """Return the names of Ansible hosts, which are parts of paths and no patterns."""
    taken: set[str] = set()
    found: dict[str, str] = {}
    for environment in environments:
        name = re.sub(r"[^A-Za-z0-9._-]", "_", environment).lstrip(".-") or "environment"
        found[environment] = _free(name, taken)
    return found


def _free(name: str, taken: set[str]) -> str:
    free = next(
        one for number in range(1, len(taken) + 2) if (one := name if number == 1 else f"{name}_{number}") not in taken
    )
    taken.add(free)
    return free


def vault_variable(text: str) -> str:
    """The name of the variable for what an environment variable or a property contains."""
    name = variable_name(text)
    return name if name.startswith("vault_") else f"vault_{name}"
