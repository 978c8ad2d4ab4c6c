# Copyright (c) 2026, community.dynatrace contributors
# SPDX-License-Identifier: BSD-2-Clause

"""The option ``policies``: rules about settings as data, and everything that is wrong with them."""

from __future__ import annotations

import difflib
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from fnmatch import fnmatchcase
from typing import Any

from .._layers import Layer, Merged, merged_by_name
from .._option_names import OptionNames
from .._settings_api.errors import Problem
from .._settings_api.schema import Schema
from .json_schema import CompiledSchema, compile_schema, property_problems

OPTION = "policies"
GROUPS_OPTION = "environment_groups"
OVERRIDES_OPTION = "policy_overrides"
ALL = "all"
_PATTERNS = {"type": "list", "elements": "str"}
_SELECTOR = {"type": "dict", "options": dict.fromkeys(("schema_ids", "scopes", "groups", "names"), _PATTERNS)}
_POLICY: dict[str, dict[str, Any]] = {
    "name": {"type": "str"},
    "description": {"type": "str"},
    "enabled": {"type": "bool"},
    "match": _SELECTOR,
    "exclude": _SELECTOR,
    "target": {"type": "str", "choices": ["object", "list"]},
    "schema": {"type": "dict"},
    "applies_to": {"type": "str", "choices": ["desired", "current", "both"]},
    "severity": {"type": "str", "choices": ["error", "warning"]},
    # Ansible does not allow an option that is called message.
    "msg": {"type": "str"},
    "source": {"type": "str"},
}
OPTIONS: dict[str, dict[str, Any]] = {
    OPTION: {"type": "list", "elements": "dict", "options": _POLICY},
    GROUPS_OPTION: {"type": "list", "elements": "str"},
    OVERRIDES_OPTION: {"type": "list", "elements": "str"},
}
_WILDCARDS = frozenset("*?[")
# A schema ID that differs by a slip of the keys.
_NEAR = 0.9


@dataclass(frozen=True)
class Selector:
    """Selects objects. An empty list selects all; a pattern is one of the shell, with ``*`` and ``?``."""

    schema_ids: tuple[str, ...] = ()
    scopes: tuple[str, ...] = ()
    groups: tuple[str, ...] = ()
    names: tuple[str, ...] = ()

    @classmethod
    def of(cls, options: object) -> Selector:
        """Read the options ``match`` or ``exclude``."""
        given = options if isinstance(options, Mapping) else {}
        return cls(*(tuple(map(str, given.get(name) or ())) for name in ("schema_ids", "scopes", "groups", "names")))

    def selects_group(self, groups: Iterable[str]) -> bool:
        """Whether an environment in these groups is selected."""
        return not self.groups or not set(self.groups).isdisjoint({ALL, *groups})

    def selects_schema(self, schema_id: str) -> bool:
        """Whether objects of a schema are selected."""
        return _fits(self.schema_ids, schema_id)

    def selects(self, scope: str, name: str) -> bool:
        """Whether an object with this scope and name is selected."""
        return _fits(self.scopes, scope) and _fits(self.names, name)


def _fits(patterns: Sequence[str], text: str) -> bool:
    return not patterns or any(fnmatchcase(text, pattern) for pattern in patterns)


@dataclass(frozen=True)
class Policy:
    """One rule.

    :param where: its path as the user wrote it.
    :param excluded: what it does not apply to, or ``None``.
    :param each: whether it is about each object; otherwise about the list of the objects of a schema.
    :param overridden: whether it would refuse, and is only reported in this run.
    """

    name: str
    where: str
    match: Selector
    excluded: Selector | None
    each: bool
    schema: CompiledSchema
    desired: bool
    current: bool
    refuses: bool
    message: str = ""
    source: str = ""
    overridden: bool = False

    @property
    def severity(self) -> str:
        """The severity of the policy, even if this run overrides it."""
        return "error" if self.refuses or self.overridden else "warning"

    def about_schema(self, schema_id: str) -> bool:
        """Whether the policy is about objects of a schema."""
        return self.match.selects_schema(schema_id)

    def about(self, schema_id: str, scope: str, name: str) -> bool:
        """Whether the policy is about an object."""
        if not self.match.selects(scope, name):
            return False
        return self.excluded is None or not (
            self.excluded.selects_schema(schema_id) and self.excluded.selects(scope, name)
        )

    @property
    def named_schemas(self) -> list[tuple[int, str]]:
        """The schemas that are named without wildcards, with their positions."""
        return [
            (position, schema_id)
            for position, schema_id in enumerate(self.match.schema_ids)
            if _WILDCARDS.isdisjoint(schema_id)
        ]


@dataclass(frozen=True)
class Policies:
    """The policies of an environment: those that are enabled, and that its groups do not exclude."""

    policies: tuple[Policy, ...] = ()
    given: bool = False

    def named_schemas(self) -> list[str]:
        """The schemas that are named without wildcards."""
        return list(dict.fromkeys(schema_id for one in self.policies for _place, schema_id in one.named_schemas))

    def schema_problems(self, problem_of: Callable[[str, str], Problem | None]) -> list[Problem]:
        """Return a problem for each schema that the environment does not have.

        :param problem_of: returns the problem of a schema ID at a path.
        """
        found = (
            problem_of(f"{policy.where}.match.schema_ids[{position}]", schema_id)
            for policy in self.policies
            for position, schema_id in policy.named_schemas
        )
        return [problem for problem in found if problem is not None]

    def property_problems(self, schemas: Mapping[str, Schema]) -> list[Problem]:
        """Return a problem for each name in a policy that is not the name of a property of its schema."""
        return [
            problem.at(f"{policy.where}.schema{problem.path}")
            for policy in self.policies
            for _position, schema_id in policy.named_schemas
            if schema_id in schemas
            for problem in property_problems(policy.schema, schemas[schema_id])
        ]


def read_policies(params: Mapping[str, Any], *, only: Schema | None = None) -> tuple[Policies, list[Problem]]:
    """Return the policies of an environment, and everything that is wrong with them.

    :param only: the only schema that the module is about.
    """
    given = params.get(OPTION)
    listed = given if isinstance(given, list) else []
    option = OptionNames.of(params).names.get(OPTION, OPTION)
    groups = params.get(GROUPS_OPTION)
    # A name that no policy has is no mistake: the environments of a run share the names, and not all policies.
    overridden = params.get(OVERRIDES_OPTION) or ()
    problems: list[Problem] = []
    found: list[Policy] = []
    names: dict[str, str] = {}
    for number, one in enumerate(listed):
        where = f"{option}[{number}]"
        if not isinstance(one, Mapping):
            problems.append(Problem("type", where, {"expected": "options"}))
            continue
        name = one.get("name")
        if not name or not isinstance(name, str):
            problems.append(Problem("required", f"{where}.name"))
        elif name in names:
            problems.append(Problem("same_name", f"{where}.name", {"other": names[name]}))
        else:
            names[name] = where
        if one.get("enabled") is False:
            continue
        policy, wrong = _read(one, where)
        problems += [*wrong, *_selector_problems(one, where)]
        if groups is None and any(part.groups for part in (policy.match, policy.excluded) if part is not None):
            problems.append(Problem("required.groups", GROUPS_OPTION))
        in_groups = groups if isinstance(groups, list) else ()
        own = _in_environment(policy, list(map(str, in_groups)))
        if own is not None:
            found.append(replace(own, refuses=False, overridden=own.refuses) if name in overridden else own)
    policies = Policies(tuple(found), bool(listed))
    if only is not None:
        problems += policies.schema_problems(lambda path, schema_id: _near_problem(path, schema_id, only.schema_id))
        problems += policies.property_problems({only.schema_id: only})
    return policies, list(dict.fromkeys(problems))


def _in_environment(policy: Policy, groups: Sequence[str]) -> Policy | None:
    """The policy for an environment in these groups, ``None`` if it does not apply."""
    if not policy.match.selects_group(groups):
        return None
    excluded = policy.excluded
    if excluded is None or not excluded.groups:
        return policy
    if not excluded.selects_group(groups):
        return replace(policy, excluded=None)
    return policy if excluded.schema_ids or excluded.scopes or excluded.names else None


def _read(one: Mapping[str, Any], where: str) -> tuple[Policy, list[Problem]]:
    schema = one.get("schema")
    problems: list[Problem] = []
    compiled = CompiledSchema()
    if not isinstance(schema, Mapping):
        problems.append(Problem("required", f"{where}.schema"))
    else:
        compiled = compile_schema(schema)
        problems += [problem.at(f"{where}.schema{problem.path}") for problem in compiled.problems]
    match = one.get("match")
    if not isinstance(match, Mapping) or not match.get("schema_ids"):
        problems.append(Problem("required", f"{where}.match.schema_ids"))
    applies_to = one.get("applies_to") or "both"
    policy = Policy(
        name=str(one.get("name") or ""),
        where=where,
        match=Selector.of(match),
        excluded=Selector.of(one["exclude"]) if one.get("exclude") is not None else None,
        each=one.get("target") != "list",
        schema=compiled,
        desired=applies_to != "current",
        current=applies_to != "desired",
        refuses=one.get("severity") != "warning",
        message=str(one.get("msg") or ""),
        source=str(one.get("source") or ""),
    )
    return policy, problems


def _selector_problems(one: Mapping[str, Any], where: str) -> Iterator[Problem]:
    for name in ("match", "exclude"):
        selector = one.get(name)
        if selector is None or not isinstance(selector, Mapping):
            continue
        if name == "exclude" and not any(selector.values()):
            # It would exclude everything.
            yield Problem("empty", f"{where}.{name}")
        for key, patterns in selector.items():
            for position, pattern in enumerate(patterns if isinstance(patterns, list) else ()):
                if not pattern:
                    yield Problem("empty", f"{where}.{name}.{key}[{position}]")


def _near_problem(path: str, schema_id: str, known: str) -> Problem | None:
    """The problem of a schema ID that is another one by a slip of the keys."""
    if schema_id == known or difflib.SequenceMatcher(None, schema_id, known).ratio() < _NEAR:
        return None
    return Problem("unknown_schema.meant", path, {"schema": schema_id, "meant": [known]})


def merged_policies(layers: Sequence[Layer]) -> Merged:
    """The policies of all variables, each with the variable that it comes from. One replaces another of its name."""
    merged = merged_by_name(layers)
    items = tuple(
        {**item, "source": item.get("source") or source} if isinstance(item, Mapping) else item
        for item, source in zip(merged.items, merged.sources, strict=True)
    )
    return Merged(items, merged.paths, merged.sources, in_result=False)


SHARED = {OPTION: "dynatrace_policies", OVERRIDES_OPTION: "dynatrace_policy_overrides"}
"""The variables that the options of every module fall back to."""
LAYERED = {OPTION: merged_policies}
