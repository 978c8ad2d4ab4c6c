# Copyright (c) 2026, community.dynatrace contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Where an object of an ordered schema is put."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from .errors import ApiError, bad_position, not_found
from .ids import read_object_id
from .interpreter import Schema
from .state import Environment, StoredObject


def position_of(
    environment: Environment, schema: Schema, scope: str, data: Mapping[str, Any], item: StoredObject | None
) -> int | None:
    """The index among all objects that ``insertAfter`` or ``insertBefore`` means; None: the last, or where it is.

    :param item: the object that is moved, None for a new one.
    :raises ApiError: the neighbor is gone, of another schema or scope, or one of both cannot be moved.
    """
    after, before = data.get("insertAfter"), data.get("insertBefore")
    if after is None and before is None:
        return None
    if not schema.ordered or (after is not None and before is not None):
        raise bad_position()
    if item is not None and not item.movable:
        raise bad_position()
    order = [other for other in environment.objects.values() if item is None or other.uid != item.uid]
    same = [other for other in order if other.schema_id == schema.id and other.scope == scope]
    if after == "":
        target, shift = (same[0] if same else None), 0
    elif before == "":
        target, shift = (same[-1] if same else None), 1
    else:
        target, shift = _neighbor(environment, schema, str(after or before)), 1 if after is not None else 0
        if target not in same:
            raise bad_position()
    if target is None:
        return len(order)
    if not target.movable:
        raise bad_position()
    return order.index(target) + shift


def _neighbor(environment: Environment, schema: Schema, object_id: str) -> StoredObject:
    parts = read_object_id(object_id)
    target = environment.objects.get(parts[2]) if parts else None
    if target is not None and parts is not None and target.schema_id == parts[0]:
        return target
    form = environment.flags.missing_neighbor
    if form == "not_found":
        raise not_found()
    if form == "violation" or parts is None:
        raise bad_position()
    # The text was seen, its status was not.
    raise ApiError(404, f"Neighbor with key '{parts[2]}' not found for '{schema.id}'", echo="value")
