# Copyright (c) 2026, community.dynatrace contributors
# SPDX-License-Identifier: BSD-2-Clause

"""The IDs that objects have outside the Settings API: the UUID in an object ID, and the number of a management zone.

The number is derived from the UUID (settings-api 1.7, 3.9; as in a published client).
"""

from __future__ import annotations

import base64
import binascii
import re
import uuid

ZONES_SCHEMA_ID = "builtin:management-zones"
_NUMERIC = re.compile(r"-?\d{1,19}\Z", re.ASCII)
# The beginning of every object ID: a magic number.
_START = "vu9U3hXa3q0"
_UUID = re.compile(rb"[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}")


def legacy_id(schema_id: str, object_id: str) -> str | None:
    """Return the ID of an object outside the Settings API, or ``None`` if its object ID does not contain one."""
    if schema_id == ZONES_SCHEMA_ID:
        return numeric_id(object_id)
    found = uuid_of(object_id)
    return str(found) if found else None


def numeric_id(zone: object) -> str | None:
    """Return the numeric ID for a numeric ID or an object ID, or ``None`` for anything else, such as a name."""
    if not isinstance(zone, str):
        return None
    if _NUMERIC.match(zone):
        return str(int(zone))
    found = uuid_of(zone)
    return str(_number(found)) if found else None


def uuid_of(object_id: str) -> uuid.UUID | None:
    """Return the UUID in an object ID, or ``None``."""
    found = _UUID.search(_decoded(object_id))
    return uuid.UUID(found.group().decode("ascii")) if found else None


def schema_of(object_id: str) -> str:
    """Return the schema in an object ID, empty for any other text."""
    if not object_id.startswith(_START):
        return ""
    decoded = _decoded(object_id)
    # Magic number, version, and the length of the schema ID in front of it.
    length = int.from_bytes(decoded[12:14], "big")
    name = decoded[14 : 14 + length]
    return name.decode("ascii") if len(name) == length and re.fullmatch(rb"[\w.:-]+", name) else ""


def _decoded(object_id: str) -> bytes:
    if len(object_id) < 40:
        return b""
    try:
        return base64.b64decode(object_id + "=" * (-len(object_id) % 4), altchars=b"-_", validate=True)
    except (binascii.Error, ValueError):
        return b""


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
