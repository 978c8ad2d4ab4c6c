# Copyright (c) 2026, community.dynatrace contributors
# SPDX-License-Identifier: BSD-2-Clause

"""Whether an environment will refuse deletions, because other objects refer to what would be deleted.

The API has no dry run of a deletion. So what a schema requires (``deletionConstraints``) is checked before the first
write, as far as it can be.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from .._settings_api.converge import Part
from .._settings_api.deletion_order import names_of
from .._settings_api.errors import InvalidInput, Problem
from .._settings_api.matching import Existing
from .._settings_api.parallel import map_reads
from .._settings_api.plan_types import Plan
from .._settings_api.property_path import texts_in
from .._settings_api.references import title_of
from .declaration import name_in_external_id
from .schema_catalog import SchemaCatalog

if TYPE_CHECKING:
    from .._settings_api.client import SettingsClient

Lists = Mapping[str, Sequence[Mapping[str, Any]]]
Planned = Sequence[tuple[Part, Plan]]
_FIELDS = ("objectId", "value", "externalId")


def check_deletions(client: SettingsClient, catalog: SchemaCatalog, planned: Planned, lists: Lists) -> list[str]:
    """Check the deletions of all parts. Costs one request for each schema that can refer to them and was not read.

    :param lists: the items that were read, by schema.
    :returns: warnings about what only the environment knows.
    :raises InvalidInput: objects that stay refer to objects that would be deleted.
    """
    guarded = [
        (part, [step for step in plan.steps if step.action == "delete"])
        for part, plan in planned
        if part.job.domain.schema.constraints.guards_deletion
    ]
    guarded = [(part, steps) for part, steps in guarded if steps]
    if not guarded:
        return []
    referring = {
        schema_id
        for part, _steps in guarded
        for schema_id in part.job.domain.schema.constraints.referring_schemas
        if schema_id in catalog.versions
    }
    unread = sorted(schema_id for schema_id in referring if schema_id not in lists)
    read = map_reads(client, lambda own, one: own.list_objects(one, scope="", fields=_FIELDS), unread)
    lists = {**lists, **dict(zip(unread, read, strict=True))}
    staying = {schema_id: list(_staying(schema_id, planned, lists.get(schema_id, ()))) for schema_id in referring}
    problems: list[Problem] = []
    for part, steps in guarded:
        schema_id = part.job.target.schema_id
        existing = {one.object_id: one for one in part.existing}
        for step in steps:
            stored = existing.get(step.object_id or "")
            names = set(names_of([(schema_id, stored)])) if stored is not None else set()
            others = [
                f"{other} {name!r}"
                for other in part.job.domain.schema.constraints.referring_schemas
                for name, value in staying.get(other, ())
                if not names.isdisjoint(texts_in(value))
            ]
            if others:
                facts = {"object": f"{schema_id} {step.name!r}", "others": others}
                problems.append(Problem("still_referenced", step.where or part.title, facts))
    if problems:
        raise InvalidInput(problems)
    validators = {
        (part.job.target.schema_id, validator)
        for part, _steps in guarded
        for validator in part.job.domain.schema.constraints.deletion_validators
    }
    return [
        f"{schema_id}: the environment can refuse deletions because of a rule that only it knows ({validator})."
        for schema_id, validator in sorted(validators)
    ]


def _staying(
    schema_id: str, planned: Planned, items: Sequence[Mapping[str, Any]]
) -> Iterator[tuple[str, Mapping[str, Any]]]:
    """Yield the objects of a schema as they are after the run."""
    seen: set[str | None] = set()
    for part, plan in planned:
        if part.job.target.schema_id != schema_id:
            continue
        for item in plan.items:
            seen.add(item.object_id)
            if item.operation != "deleted" and item.after is not None:
                yield item.name, item.after
    for found in items:
        existing = Existing.from_item(found)
        if existing.object_id not in seen:
            name = name_in_external_id(existing, schema_id) or title_of(existing.value) or existing.object_id
            yield name, existing.value
