# Copyright (c) 2026, community.dynatrace contributors
# SPDX-License-Identifier: BSD-2-Clause

"""Management zones: a zone has a name, a numeric ID, and an object ID. A setting can contain either ID.

The numeric ID is derived from the UUID in the object ID, see ``_settings_api/legacy_ids.py``.
"""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Mapping
from typing import Any

from .._settings_api.errors import UnknownName
from .._settings_api.legacy_ids import ZONES_SCHEMA_ID, numeric_id
from .._settings_api.property_path import get_path

__all__ = ["ZONES_SCHEMA_ID", "ZONE_FIELDS", "Zones", "numeric_id", "same_zone"]

ZONE_FIELDS = ("objectId", "value")


def same_zone(one: object, other: object) -> bool:
    """Whether two IDs belong to the same zone."""
    first = numeric_id(one)
    return one == other or (first is not None and first == numeric_id(other))


class UnknownZone(UnknownName):
    """A name that is not the name of one zone."""


class Zones:
    """The zones of one environment by name."""

    def __init__(self, items: Iterable[Mapping[str, Any]]) -> None:
        self._ids: dict[str, list[str]] = {}
        self._names: dict[str, str] = {}
        for item in items:
            name = get_path(item, ("value", "name"))
            zone = numeric_id(item.get("objectId"))
            if isinstance(name, str) and zone is not None:
                self._ids.setdefault(name, []).append(zone)
                self._names[zone] = name

    def name_of(self, zone: object) -> str | None:
        """Return the name of a zone, or ``None`` if it is unknown, or shared with another zone."""
        name = self._names.get(numeric_id(zone) or "")
        return name if name is not None and len(self._ids[name]) == 1 else None

    def resolve(self, name: str) -> str:
        """Return the numeric ID of a zone.

        :raises UnknownZone: if the name is unknown or ambiguous.
        """
        found = self._ids.get(name, [])
        if len(found) == 1:
            return found[0]
        if found:
            raise UnknownZone("ambiguous_zone", {"count": len(found), "name": name, "ids": found})
        near = difflib.get_close_matches(name, self._ids, n=3, cutoff=0.5)
        lowered = [known for known in self._ids if known.lower() == name.lower()]
        near = list(dict.fromkeys([*lowered, *near]))
        if near:
            raise UnknownZone("unknown_zone.near", {"name": name, "near": near})
        raise UnknownZone("unknown_zone", {"name": name, "count": len(self._ids)})
