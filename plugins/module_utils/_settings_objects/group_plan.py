# Copyright (c) 2026, community.dynatrace contributors
# SPDX-License-Identifier: BSD-2-Clause

"""The declared objects of one schema and scope, before and after what they refer to is known."""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Mapping, Sequence
from dataclasses import replace
from threading import Lock
from typing import Any
from weakref import WeakKeyDictionary

from .._settings_api.errors import InvalidInput, Problem
from .._settings_api.external_id_policy import Policy
from .._settings_api.matching import FIELDS, Existing, match
from .._settings_api.memo import Memo
from .._settings_api.plan_types import Item
from .._settings_api.property_path import Path
from .._settings_api.references import (
    Reference,
    Targets,
    UnknownReference,
    has_marks,
    references_in,
    replaced,
    title_of,
)
from .._settings_api.schema import Schema
from .access_options import OWNER_FIELD, declares_access
from .declaration import DeclaredObject, Rules, declare
from .declarations import Group, read_groups
from .declared_ids import declared_ids

# What may be done with an object is not among the default fields (settings-api 3.2).
_FIELDS = (*FIELDS, "modificationInfo")
# A fleet has few versions of its schemas at the same time.
_MOST_COMBINATIONS = 16


# Plans by schema, and by what else of the rules a plan without writes depends on.
_plans: WeakKeyDictionary[Schema, dict[Hashable, Memo]] = WeakKeyDictionary()


def _plans_of(rules: Rules) -> Memo:
    by_rules = _plans.setdefault(rules.schema, {})
    return by_rules.setdefault((rules.match_on, rules.all_scopes, rules.any_order), Memo())


class DeclaredGroup:
    """The declared objects of a group, validated. The same for all environments with the same schema."""

    def __init__(self, group: Group) -> None:
        self.group = group
        self.domain = replace(group.rules.domain(), memo=_plans_of(group.rules))
        self.marked = frozenset(one.where for one in group.objects if has_marks(one.options.get("value")))
        self.references = {
            one.where: list(references_in(one.options.get("value")))
            for one in group.objects
            if one.where in self.marked
        }
        self.ids = tuple(declared_ids(group))
        # What an environment has to be asked for the owner only if it matters.
        self.fields = (*_FIELDS, OWNER_FIELD) if declares_access(group.objects) else _FIELDS
        self.sources = group.sources
        self.declared, self.problems = declare(group.objects, group.rules, f"{group.where}.objects")


class DeclaredSettings:
    """The declarations of environments that declare the same.

    Objects are validated once for each combination of schemas. Safe in threads; must not be changed.

    :param option: the option or variable that contains them.
    """

    def __init__(self, declarations: Sequence[Mapping[str, Any]], option: str) -> None:
        self.declarations, self.option = declarations, option
        self.schema_ids = tuple(dict.fromkeys(str(one["schema_id"]) for one in declarations))
        self._lock = Lock()
        self._known: dict[tuple[Schema | None, ...], tuple[list[DeclaredGroup], list[Problem]]] = {}

    def groups(self, schemas: Mapping[str, Schema]) -> tuple[list[DeclaredGroup], list[Problem]]:
        """Return the objects by schema and scope, and everything that is wrong with how they are declared."""
        key = tuple(map(schemas.get, self.schema_ids))
        with self._lock:
            if key not in self._known:
                if len(self._known) >= _MOST_COMBINATIONS:
                    self._known.clear()
                groups, problems = read_groups(self.declarations, schemas, self.option)
                # What is wrong with the others would be reported twice.
                sound = [DeclaredGroup(group) for group in groups if not _has_problem(group, problems)]
                self._known[key] = (sound, problems)
            return self._known[key]


def _has_problem(group: Group, problems: Sequence[Problem]) -> bool:
    places = tuple({one.where.rpartition("objects[")[0] for one in group.objects})
    return any(problem.path.startswith(places) for problem in problems)


class GroupPlan:
    """The declared objects of a group in one environment, with IDs in place of what they refer to."""

    def __init__(self, shared: DeclaredGroup, policy: Policy, targets: Targets) -> None:
        self.shared = shared
        self.group = shared.group
        self.policy = policy
        self.existing: list[Existing] = []
        self._targets = targets
        self._version = 0
        self.references: Mapping[str, Sequence[tuple[Path, Reference]]] = shared.references
        self.refers = bool(shared.marked)
        self.declared, self.problems = shared.declared, shared.problems

    def resolve(self) -> list[Problem]:
        """Replace references by the IDs that are known now. Return all problems."""
        problems: list[Problem] = []
        if not self.refers:
            return problems
        self._version = self._targets.version
        for one in self.group.objects:
            for path, reference in self.references.get(one.where, ()):
                try:
                    self._targets.resolve(reference)
                except UnknownReference as error:
                    problems.append(error.problem.at(self.group.rules.format_path(one.where, path)))
        if not problems:
            objects = [self._resolved(one) for one in self.group.objects]
            self.declared, problems = declare(objects, self.group.rules, f"{self.group.where}.objects")
        return problems

    def _resolved(self, one: DeclaredObject) -> DeclaredObject:
        if one.where not in self.shared.marked:
            return one
        value = replaced(one.options["value"], lambda found: self._targets.resolve(found) or found.text)
        return DeclaredObject({**one.options, "value": value}, one.where, one.absent, one.source)

    def outdated(self) -> bool:
        """Whether IDs have become known since, which are then used."""
        if not self.refers or self._version == self._targets.version:
            return False
        if problems := self.resolve():
            raise InvalidInput(problems)
        return True

    def written(self, items: Iterable[Item]) -> None:
        """Note the IDs of new objects."""
        for item in items:
            if item.where:
                self._targets.learn(item.where, item.object_id)

    def add_targets(self) -> None:
        """Add the declared objects to what others can refer to, with the IDs of those that exist."""
        group, schema_id = self.group, self.group.schema.schema_id
        for desired in self.declared:
            if not desired.absent:
                names = (desired.name, title_of(desired.value))
                self._targets.add_declared(schema_id, group.scope, desired.where, filter(None, names))
        domain = self.shared.domain
        found = match(
            self.existing, self.declared, identity=domain.identity, describe=domain.describe, adopt=self.policy.adopt
        )
        for desired in self.declared:
            stored = found.pairs.get(desired.name)
            if stored is not None and desired.absent:
                self._targets.delete(stored.object_id)
            elif stored is not None:
                self._targets.learn(desired.where, stored.object_id)
        for stored in found.unclaimed if self.policy.prune else ():
            self._targets.delete(stored.object_id)
