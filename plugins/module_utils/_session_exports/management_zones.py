# Copyright (c) 2026, community.dynatrace contributors
# SPDX-License-Identifier: BSD-2-Clause

"""Management zones: a zone has a name, a numeric ID, and an object ID. A setting can contain either ID.

The numeric ID is derived from the UUID in the object ID (settings-api 1.7, 3.9; as in a published client).
"""

from __future__ import annotations

import base64
import binascii
import difflib
import re
import uuid
from collections.abc import Iterable, Mapping
from typing import Any

from .._settings_api.errors import Problem
from .._settings_api.property_path import get_path

ZONES_SCHEMA_ID = "builtin:management-zones"
ZONE_FIELDS = ("objectId", "value")
_NUMERIC = re.compile(r"-?\d{1,19}\Z", re.ASCII)
_UUID = re.compile(rb"[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}")


def numeric_id(zone: object) -> str | None:
    """Return the numeric ID for a numeric ID or an object ID, or ``None`` for anything else, such as a name."""
    if not isinstance(zone, str):
        return None
    if _NUMERIC.match(zone):
        return str(int(zone))
    if len(zone) < 40:
        return None
    try:
        decoded = base64.b64decode(zone + "=" * (-len(zone) % 4), altchars=b"-_", validate=True)
    except (binascii.Error, ValueError):
        return None
    found = _UUID.search(decoded)
    return str(_number(uuid.UUID(found.group().decode("ascii")))) if found else None


def _number(zone: uuid.UUID) -> int:
    if zone.variant == uuid.RFC_4122 and zone.version == 4:
        # Zones that are older than the Settings API: a random UUID contains a zigzag-encoded variable-length integer.
        result = 0
        for position, byte in enumerate(zone.bytes[:6] + zone.bytes[12:]):
            result |= (byte & 0x7F) << (7 * position)
            if not byte & 0x80:
                break
        result = _signed(result)
        shifted = (result & 0xFFFFFFFFFFFFFFFF) >> 1
        return ~shifted if result & 1 else shifted
    return _signed(int.from_bytes(zone.bytes[:8], "big"))


def _signed(number: int) -> int:
    number &= 0xFFFFFFFFFFFFFFFF
    return number - (1 << 64) if number >> 63 else number


def same_zone(one: object, other: object) -> bool:
    """Whether two IDs belong to the same zone."""
    first = numeric_id(one)
    return one == other or (first is not None and first == numeric_id(other))


class UnknownZone(LookupError):
    """A name that is not the name of one zone."""

    def __init__(self, code: str, facts: Mapping[str, Any]) -> None:
        super().__init__(code)
        self.problem = Problem(code, "", facts)


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
