# Copyright (c) 2026, community.dynatrace contributors
# SPDX-License-Identifier: BSD-2-Clause

"""The objects of an environment as policies see them: those of a plan, and those of schemas that are not declared."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

from .._policies.evaluation import Review, SchemaState, Subject, planned_subjects, unmanaged_subject
from .._policies.options import read_policies
from .._settings_api.converge import Options, Part
from .._settings_api.errors import InvalidInput
from .._settings_api.matching import Declared, Existing
from .._settings_api.plan_types import Plan
from .._settings_api.planning import Job
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
        yield _state(schemas[schema_id], found)


def _state(schema: Schema, subjects: Sequence[Subject]) -> SchemaState:
    return SchemaState(schema, subjects, lambda path: path_text("", path), f"{schema.schema_id} object")


def review_of(params: Mapping[str, Any], schema: Schema, *, lenient: bool) -> Review:
    """Return the review of a module that is about one schema.

    :param lenient: see ``Review``.
    :raises InvalidInput: policies that are not valid for the schema.
    """
    policies, problems = read_policies(params, only=schema)
    if problems:
        raise InvalidInput(problems)
    return Review(policies, lenient=lenient)


def reviewed(job: Job, options: Options, review: Review) -> tuple[Job, Options]:
    """Return the job of one schema and the options with a review of each of its plans."""
    if not review:
        return job, options
    scopes: dict[str, str] = {}

    def desired(existing: Sequence[Existing]) -> Sequence[Declared]:
        scopes.update((one.object_id, one.scope) for one in existing)
        return job.desired(existing)

    def check(plans: Sequence[Plan]) -> None:
        subjects = list(planned_subjects(plans[0], job.domain, job.target.scope, scopes))
        review.check([_state(job.domain.schema, subjects)])

    return replace(job, desired=desired), replace(options, review=check)


def _unmanaged(schema: Schema, items: Items) -> Iterator[Subject]:
    rules = Rules.of(schema, None, all_scopes=True)
    for item in items:
        existing = Existing.from_item(item)
        name = rules.own_name(existing) or rules.name(existing.value, existing.object_id)
        yield unmanaged_subject(existing, schema, name, str(item.get("scope") or ""))
