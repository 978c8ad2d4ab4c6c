# Copyright (c) 2026, community.dynatrace contributors
# SPDX-License-Identifier: BSD-2-Clause

"""From a list of declarations to the objects of each schema and scope, which several declarations can add to."""

from __future__ import annotations

from collections.abc import Hashable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from .._settings_api.errors import Problem
from .._settings_api.property_path import Path
from .._settings_api.schema import Schema
from .declaration import DeclaredObject, Rules, given_problems, parse_path, path_text
from .scopes import ENVIRONMENT, scope_problem

OPTION = "declarations"


@dataclass(frozen=True)
class Group:
    """The declared objects of one schema and scope.

    :param where: the path of the first declaration.
    :param scope: empty if the environment derives the scope from the value.
    """

    rules: Rules
    scope: str
    where: str
    objects: tuple[DeclaredObject, ...]
    prune: bool = False

    @property
    def schema(self) -> Schema:
        """The schema of the objects."""
        return self.rules.schema

    @property
    def title(self) -> str:
        """The schema and, unless it is the environment, the scope."""
        return f"{self.schema.schema_id}{f' in {self.scope}' if self.scope not in ('', ENVIRONMENT) else ''}"

    @property
    def sources(self) -> dict[str, str]:
        """The source of each object by its path."""
        return {one.where: one.source for one in self.objects}


def declaration_problems(declarations: Sequence[Any], option: str = OPTION) -> Iterator[Problem]:
    """What is wrong with the declarations whatever the schemas say.

    :param option: the option or variable that contains them.
    """
    for number, one in enumerate(declarations):
        where = f"{option}[{number}]"
        if not isinstance(one, Mapping):
            yield Problem("type", where, {"expected": "options"})
            continue
        if not one.get("schema_id"):
            yield Problem("required", f"{where}.schema_id")
        if one.get("scope") is not None and not one["scope"]:
            yield Problem("empty", f"{where}.scope")
        objects = one.get("objects")
        if objects is None:
            yield Problem("required.list", f"{where}.objects")
        listed = objects if isinstance(objects, list) else []
        yield from given_problems(listed, one, f"{where}.objects", f"{where}.")
        absent = one.get("state") == "absent"
        if one.get("prune") and absent:
            yield Problem("only_present", f"{where}.prune")
        if one.get("confirm_prune_all") and not one.get("prune"):
            yield Problem("nothing_to_confirm", f"{where}.confirm_prune_all")


def read_groups(
    declarations: Sequence[Mapping[str, Any]], schemas: Mapping[str, Schema], option: str = OPTION
) -> tuple[list[Group], list[Problem]]:
    """Return the declared objects by schema and scope, and everything that is wrong with how they are declared."""
    problems: list[Problem] = []
    found: dict[tuple[str, str], list[tuple[str, Mapping[str, Any]]]] = {}
    for number, one in enumerate(declarations):
        where = f"{option}[{number}]"
        schema = schemas.get(str(one["schema_id"]))
        if schema is None:
            continue
        scope, wrong = _scope(schema, one.get("scope"))
        problems += [problem.at(f"{where}.{problem.path}") for problem in wrong]
        found.setdefault((schema.schema_id, scope), []).append((where, one))
    groups = [_group(schemas[schema_id], scope, members, problems) for (schema_id, scope), members in found.items()]
    return groups, problems


def _scope(schema: Schema, given: str | None) -> tuple[str, list[Problem]]:
    allowed = schema.allowed_scopes
    if given is None:
        return ENVIRONMENT if not allowed or ENVIRONMENT in allowed else "", []
    return ENVIRONMENT if given == "tenant" else given, scope_problem(schema, given)


def _group(
    schema: Schema, scope: str, members: Sequence[tuple[str, Mapping[str, Any]]], problems: list[Problem]
) -> Group:
    """One group. An option of a later declaration takes precedence."""
    options: dict[str, Any] = {}
    for where, one in members:
        options |= {name: one[name] for name in ("match_on", "prune", "ordered") if one.get(name) is not None}
        problems += _option_problems(schema, scope, where, one)
    snake: set[str] = set()

    def format_path(at: str, path: Path) -> str:
        return path_text(at, schema.names.snake_path(path) if at in snake else path)

    match_on = options.get("match_on")
    rules = Rules.of(
        schema, [_by_schema(schema, text) for text in match_on] if match_on else None, all_scopes=not scope
    )
    rules = replace(rules, format_path=format_path, any_order=options.get("ordered") is False)
    objects: list[DeclaredObject] = []
    for where, one in members:
        source = str(one.get("source") or "")
        earlier = [(place, other) for place, other in enumerate(objects) if other.source != source]
        by_name = {_name(other): place for place, other in earlier if _name(other)}
        by_identity = {key: place for place, other in earlier if (key := _identity(rules, other)) is not None}
        same = {_name(other): other.where for other in objects if other.source == source and _name(other)}
        for index, options_of in enumerate(one["objects"]):
            at = f"{where}.objects[{index}]"
            desired = _object(schema, options_of, at, one, snake, problems)
            name = _name(desired)
            if name and name in same and not same[name].startswith(f"{where}."):
                problems.append(Problem("same_name", f"{at}.name", {"other": same[name]}))
            key = _identity(rules, desired)
            place = by_name.get(name) if name else None
            place = by_identity.get(key) if place is None and key is not None else place
            if place is None:
                objects.append(desired)
            else:
                objects[place] = desired
    first, prune = members[0][0], bool(options.get("prune"))
    confirmed = any(one.get("confirm_prune_all") for _where, one in members)
    if prune and not confirmed and all(one.absent for one in objects):
        problems.append(Problem("prune_schema", f"{first}.prune", {"schema": schema.schema_id}))
    return Group(rules, scope, first, tuple(objects), prune)


def _option_problems(schema: Schema, scope: str, where: str, one: Mapping[str, Any]) -> Iterator[Problem]:
    if one.get("ordered") and not schema.ordered:
        yield Problem("no_order", f"{where}.ordered", {"schema": schema.schema_id})
    if one.get("prune") and not scope:
        yield Problem("required.prune", f"{where}.scope")
    for position, text in enumerate(one.get("match_on") or ()):
        path = schema.names.read_path(parse_path(str(text)))
        if path and (not schema.has(path) or schema.is_secret(path)):
            yield Problem("no_identity", f"{where}.match_on[{position}]", {"schema": schema.schema_id})


def _by_schema(schema: Schema, text: str) -> str:
    return "/".join(map(str, schema.names.read_path(parse_path(text))))


def _object(
    schema: Schema,
    options: Mapping[str, Any],
    at: str,
    declaration: Mapping[str, Any],
    snake: set[str],
    problems: list[Problem],
) -> DeclaredObject:
    """One object, whose value has the names of the schema."""
    spelled = schema.names.read(options.get("value"))
    if spelled.mixed:
        facts = {"name": path_text("", spelled.by_schema or ())}
        problems.append(Problem("mixed_names", path_text(at, spelled.in_snake_case or ()), facts))
    elif spelled.in_snake_case is not None:
        snake.add(at)
    absent = declaration.get("state") == "absent"
    return DeclaredObject({**options, "value": spelled.value}, at, absent, str(declaration.get("source") or ""))


def _name(desired: DeclaredObject) -> str:
    name = desired.options.get("name")
    return name if isinstance(name, str) else ""


def _identity(rules: Rules, desired: DeclaredObject) -> Hashable | None:
    value = desired.options.get("value")
    if rules.single:
        return "the only one"
    return rules.identity(value) if isinstance(value, Mapping) else None
