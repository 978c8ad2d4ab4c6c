# Copyright (c) 2026, community.dynatrace contributors
# SPDX-License-Identifier: BSD-2-Clause

"""Which writes of a plan do not depend on each other, so that their order does not matter."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import replace

from .deletion_order import deletion_waves
from .matching import Existing
from .plan_types import Plan, Step
from .property_path import Path
from .schema import Schema

_UPDATES = -1


def with_independence(plan: Plan, existing: Sequence[Existing], schema: Schema) -> Plan:
    """Mark the writes that do not depend on each other.

    These are updates of values, and deletions of objects that do not refer to each other. The others keep their order:

    - all writes of an ordered schema, because its objects are in one list,
    - all writes of a schema with rules over all objects that only the environment knows,
    - updates of properties whose values no two objects share, because one can take the value that another one had,
    - writes of an object that has more than one, and those of external IDs, permissions, and owners.
    """
    if len(plan.steps) < 2 or schema.ordered or schema.constraints.unchecked_constraints:
        return plan
    count = Counter(step.key for step in plan.steps)
    unique = [_names(path) for path in schema.constraints.unique_paths]
    unsafe = {
        item.key
        for item in plan.items
        # An update that creates something puts it in the place of another object.
        if item.operation == "created" or any(_overlaps(_names(path), unique) for path in item.changed)
    }
    deleted = {step.object_id for step in plan.steps if step.action == "delete"}
    waves = deletion_waves((schema.schema_id, one) for one in existing if one.object_id in deleted)

    def marked(step: Step) -> Step:
        if count[step.key] > 1 or (step.action == "update" and step.key in unsafe):
            return step
        if step.action == "delete":
            return replace(step, independent=waves.get(step.object_id or "", 0))
        return replace(step, independent=_UPDATES) if step.action == "update" else step

    return replace(plan, steps=tuple(map(marked, plan.steps)))


def _names(path: Path) -> tuple[str, ...]:
    return tuple(part for part in path if isinstance(part, str))


def _overlaps(path: tuple[str, ...], others: Sequence[tuple[str, ...]]) -> bool:
    """Whether one of the paths contains another."""
    return any(path[: len(other)] == other[: len(path)] for other in others)
