# Copyright (c) 2026, community.dynatrace contributors
# SPDX-License-Identifier: BSD-2-Clause

"""Declarations of objects that another tool manages: with a name, their ID, and a variable for each stored secret."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field

from .yaml_file import Plain


def variable_name(path: str) -> str:
    """``jira.apiToken`` as ``jira_api_token``."""
    return re.sub(r"[^A-Za-z0-9]+", "_", re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", path)).strip("_").lower()


@dataclass(frozen=True)
class VaultVariable:
    """The variable that a declaration expects for a stored secret."""

    schema_id: str
    name: str
    path: str
    variable: str


@dataclass
class Adoption:
    """How to declare the objects that are adopted.

    :param names: their names by object ID.
    :param prefix: the beginning of the names of all variables.
    :param variables: those that declarations use, which grow as objects are declared.
    """

    names: Mapping[str, str]
    prefix: str
    variables: list[VaultVariable] = field(default_factory=list)
    _taken: set[str] = field(default_factory=set)

    def secret(self, schema_id: str, name: str, path: str) -> Plain:
        """Return the template for a secret, which uses a variable of its own."""
        variable = base = variable_name(f"{self.prefix}_{name}_{path}")
        number = 2
        while variable in self._taken:
            variable, number = f"{base}_{number}", number + 1
        self._taken.add(variable)
        self.variables.append(VaultVariable(schema_id, name, path, variable))
        return Plain(f"{{{{ {variable} }}}}")
