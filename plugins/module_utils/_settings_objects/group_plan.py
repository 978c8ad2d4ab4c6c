# Copyright (c) 2026, community.dynatrace contributors
# SPDX-License-Identifier: BSD-2-Clause

"""The declared objects of one schema and scope, before and after what they refer to is known."""

from __future__ import annotations

from collections.abc import Iterable

from .._settings_api.errors import InvalidInput, Problem
from .._settings_api.external_id_policy import Policy
from .._settings_api.matching import FIELDS, Existing, match
from .._settings_api.plan_types import Item
from .._settings_api.references import (
    Targets,
    UnknownReference,
    has_marks,
    references_in,
    replaced,
    title_of,
)
from .access_options import OWNER_FIELD, declares_access
from .declaration import DeclaredObject, declare
from .declarations import Group

# What may be done with an object is not among the default fields (settings-api 3.2).
_FIELDS = (*FIELDS, "modificationInfo")


class GroupPlan:
    """The declared objects of a group, with IDs in place of what they refer to."""

    def __init__(self, group: Group, policy: Policy, targets: Targets) -> None:
        self.group = group
        self.policy = policy
        self.existing: list[Existing] = []
        self._targets = targets
        self._version = 0
        self._marked = {one.where for one in group.objects if has_marks(one.options.get("value"))}
        self.references = {
            one.where: list(references_in(one.options.get("value"))) if one.where in self._marked else []
            for one in group.objects
        }
        self.refers = bool(self._marked)
        self.declared, self.problems = declare(group.objects, group.rules, f"{group.where}.objects")

    def resolve(self) -> list[Problem]:
        """Replace references by the IDs that are known now. Return all problems."""
        problems: list[Problem] = []
        if not self.refers:
            return problems
        self._version = self._targets.version
        for one in self.group.objects:
            for path, reference in self.references[one.where]:
                try:
                    self._targets.resolve(reference)
                except UnknownReference as error:
                    problems.append(error.problem.at(self.group.rules.format_path(one.where, path)))
        if not problems:
            objects = [self._resolved(one) for one in self.group.objects]
            self.declared, problems = declare(objects, self.group.rules, f"{self.group.where}.objects")
        return problems

    def _resolved(self, one: DeclaredObject) -> DeclaredObject:
        if one.where not in self._marked:
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
        domain = group.rules.domain()
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


def fields_to_read(plan: GroupPlan) -> tuple[str, ...]:
    """The fields to read: the owner only if it matters."""
    return (*_FIELDS, OWNER_FIELD) if declares_access(plan.group.objects) else _FIELDS
