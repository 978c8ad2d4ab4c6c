# Copyright (c) 2026, community.dynatrace contributors
# SPDX-License-Identifier: BSD-2-Clause

"""The order of deletions: an object goes before the ones that it refers to."""

from __future__ import annotations

from collections.abc import Iterable

from .legacy_ids import legacy_id
from .matching import Existing
from .property_path import texts_in
from .references import waves_of


def deletion_waves(deleted: Iterable[tuple[str, Existing]]) -> dict[str, int]:
    """Return in which wave each object can be deleted, by its ID: after all objects that refer to it.

    Objects that refer to each other have no order. The environment decides about them.

    :param deleted: the objects to delete, each with the ID of its schema.
    """
    objects = [(schema_id, one) for schema_id, one in deleted if one.object_id]
    known = names_of(objects)
    needs = {
        one.object_id: sorted({known[text] for text in texts_in(one.value) if text in known} - {one.object_id})
        for _schema_id, one in objects
    }
    depths, _cycle = waves_of(needs)
    deepest = max(depths.values(), default=0)
    return {object_id: deepest - depth for object_id, depth in depths.items()}


def names_of(objects: Iterable[tuple[str, Existing]]) -> dict[str, str]:
    """Return the IDs by which values refer to objects, with the ID of the object."""
    return {
        name: one.object_id
        for schema_id, one in objects
        for name in (one.object_id, legacy_id(schema_id, one.object_id))
        if name
    }
