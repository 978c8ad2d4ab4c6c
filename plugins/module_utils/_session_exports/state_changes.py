# Copyright (c) 2026, community.dynatrace contributors
# SPDX-License-Identifier: BSD-2-Clause

"""Declarations that change one property of existing exports, and nothing else."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from .._settings_api.errors import InvalidInput, Problem
from .._settings_api.matching import Declared, Existing
from .._settings_api.property_path import copied, delete_path, get_path, set_path
from .._settings_api.schema import Schema
from .declaration import export_names
from .options import path_text

PARTIAL: tuple[str, ...] = ("disabled", "enabled", "rotate")
ENABLED = ("endpointDefinition", "enableUserSessionExport")


def declare_partly(
    existing: Sequence[Existing],
    wanted: Sequence[Declared],
    state: str,
    schema: Schema,
    *,
    everything: bool = False,
) -> list[Declared]:
    """The existing exports with the one requested change, as a declaration.

    :param wanted: names, for ``rotate`` with secrets. The name in the external ID, or what the info module calls an
        export without one.
    :param everything: all existing exports instead of ``wanted``.
    :raises InvalidInput: a name is not there, or twice; a secret has no place.
    """
    names = export_names(existing)
    if everything:
        wanted = [Declared(name, {}, f"exports[{index}]") for index, name in enumerate(names)]
    problems: list[Problem] = []
    result: list[Declared] = []
    for desired in wanted:
        found = [current_object for current_object, name in zip(existing, names, strict=True) if name == desired.name]
        if len(found) != 1:
            facts: dict[str, Any] = {"name": desired.name, "there": sorted(names) or ["none"]}
            if found:
                facts["count"] = len(found)
            problems.append(Problem("ambiguous_name" if found else "unknown_name", desired.where, facts))
            continue
        value = copied(schema.active_value(found[0].value))
        places = schema.secret_paths(value)
        for path in places:
            delete_path(value, path)
        if state == "rotate":
            problems += _put_secrets(desired, value, schema)
        else:
            set_path(value, ENABLED, state == "enabled")
        result.append(Declared(desired.name, value, desired.where))
    if problems:
        raise InvalidInput(problems)
    return result


def _put_secrets(desired: Declared, value: dict[str, object], schema: Schema) -> list[Problem]:
    given = schema.given_secret_paths(desired.value)
    places = schema.expected_secret_paths(value)
    problems = [Problem("other_authentication", path_text(desired.where, path)) for path in given if path not in places]
    for path in given:
        if path in places:
            set_path(value, path, get_path(desired.value, path))
    found = schema.problems(value)
    return problems + [problem.at(path_text(desired.where, path)) for path, problem in found if path in given]


def partial_problems(
    wanted: Sequence[Declared], state: str, everything: bool, schema: Schema, where: str = "exports"
) -> list[Problem]:
    """What is wrong with a partial declaration before anything is read.

    :param where: the name of the option or variable that the user wrote.
    """
    problems = []
    if everything and state not in ("disabled", "enabled"):
        problems.append(Problem("all_exports_state", "all_exports"))
    elif everything and wanted:
        problems.append(Problem("all_exports_alone", "all_exports", {"option_path": where}))
    elif state in PARTIAL and not wanted and not everything:
        problems.append(Problem("no_names" if state == "rotate" else "no_names.all", where))
    if state == "rotate":
        for desired in wanted:
            if not schema.given_secret_paths(desired.value):
                problems.append(Problem("no_secret", desired.where, {"name": desired.name}))
    return problems
