# Copyright (c) 2026, community.dynatrace contributors
# SPDX-License-Identifier: BSD-2-Clause

"""The result for all declared settings of one environment."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any

from .._settings_api.converge import Converged
from .._settings_api.converge_all import AllConverged
from .._settings_common.report import item_diff, item_report, result_of, with_authors, with_environment
from .declaration import path_text
from .declarations import Group
from .declared_ids import KnownIds

if TYPE_CHECKING:
    from .._settings_api.client import SettingsClient


def settings_result(
    client: SettingsClient, groups: Sequence[Group], done: AllConverged, ids: KnownIds, warnings: Sequence[str]
) -> dict[str, Any]:
    """Return the result of the module, with names in place of IDs in the diff.

    :param groups: the group of each part.
    """
    for group, part in zip(groups, done.parts, strict=True):
        for item in part.items:
            if item.operation == "created" and item.object_id:
                ids.add_name(group.schema.schema_id, item.name, item.object_id)
    schemas = [_schema_result(client, group, part) for group, part in zip(groups, done.parts, strict=True)]
    diff = [
        {**entry, "schema_id": group.schema.schema_id}
        for group, part in zip(groups, done.parts, strict=True)
        for entry in _diff(group, part, ids)
    ]
    return {
        "changed": done.changed,
        "schemas": schemas,
        "plan_digest": done.digest,
        "diff": with_environment(diff, client),
        "notes": [*done.notes, *(note for part in done.parts for note in part.notes), *client.notes],
        "warnings": list(dict.fromkeys([*warnings, *(text for part in done.parts for text in part.warnings)])),
    }


def _schema_result(client: SettingsClient, group: Group, part: Converged) -> dict[str, Any]:
    sources = group.sources
    common = result_of(part, client, group.rules.domain())
    objects = [
        {**item_report(item, path_text, ignored="ignored_properties"), "order_change": item.moved}
        | {"source": sources.get(item.where, "")}
        for item in part.items
    ]
    return {
        "schema_id": group.schema.schema_id,
        "scope": group.scope,
        "changed": part.changed,
        "objects": with_authors(objects, client),
        "unmanaged_objects": common["unmanaged_objects"],
        "schema_version": group.schema.version,
        "unchecked_constraints": list(group.schema.unchecked_constraints),
        "notes": [],
    }


def _diff(group: Group, part: Converged, ids: KnownIds) -> Iterator[dict[str, Any]]:
    """The entries of a diff, with names in place of IDs."""
    domain = group.rules.domain()
    for item in part.items:
        if item.operation != "unchanged":
            entry = item_diff(item, domain, lambda value, _name: {**ids.named(value)})
            for header in ("before_header", "after_header"):
                entry[header] = f"{group.title} {entry[header]}"
            yield entry
