# Copyright (c) 2026, community.dynatrace contributors
# SPDX-License-Identifier: BSD-2-Clause

"""The objects of an environment as policies see them: those of a plan, and those of schemas that are not declared."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from .._policies.evaluation import SchemaState, Subject, planned_subjects, unmanaged_subject
from .._settings_api.converge import Part
from .._settings_api.matching import Existing
from .._settings_api.plan_types import Plan
from .._settings_api.schema import Schema
from .declaration import Rules, path_text

Items = Sequence[Mapping[str, Any]]


def settings_states(
    planned: Sequence[tuple[Part, Plan]], lists: Mapping[str, Items], undeclared: Mapping[str, Schema]
) -> Iterator[SchemaState]:
    """Yield the state of each schema.

    :param lists: the items that were read, by schema.
    :param undeclared: schemas without a declaration.
    """
    subjects: dict[str, list[Subject]] = {}
    schemas: dict[str, Schema] = {}
    for part, plan in planned:
        domain, target = part.job.domain, part.job.target
        scopes = {str(item.get("objectId")): str(item.get("scope") or "") for item in lists.get(target.schema_id, ())}
        schemas[target.schema_id] = domain.schema
        subjects.setdefault(target.schema_id, []).extend(planned_subjects(plan, domain, target.scope, scopes))
    for schema_id, schema in undeclared.items():
        schemas[schema_id] = schema
        subjects[schema_id] = list(_unmanaged(schema, lists.get(schema_id, ())))
    for schema_id, found in subjects.items():
        yield SchemaState(schemas[schema_id], found, lambda path: path_text("", path), f"{schema_id} object")


def _unmanaged(schema: Schema, items: Items) -> Iterator[Subject]:
    rules = Rules.of(schema, None, all_scopes=True)
    for item in items:
        existing = Existing.from_item(item)
        name = rules.own_name(existing) or rules.name(existing.value, existing.object_id)
        yield unmanaged_subject(existing, schema, name, str(item.get("scope") or ""))
