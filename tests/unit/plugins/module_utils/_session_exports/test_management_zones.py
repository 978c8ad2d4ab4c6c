# Copyright (c) 2026, community.dynatrace contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Management zones by name, by numeric id, and by object id."""

from __future__ import annotations

import base64
import json
import struct
import uuid
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ansible_collections.community.dynatrace.plugins.module_utils._problems import text_of
from ansible_collections.community.dynatrace.plugins.module_utils._session_exports.management_zones import (
    UnknownZone,
    Zones,
    numeric_id,
    same_zone,
)


def object_id(zone: uuid.UUID) -> str:
    """An object id as the documentation's real ones are built (settings-api 3.9)."""
    magic = bytes.fromhex("beef54de15dadead")
    parts = [b"builtin:management-zones", b"tenant", b"tenant", str(zone).encode()]
    packed = b"".join(struct.pack(">H", len(part)) + part for part in parts)
    return base64.urlsafe_b64encode(magic + struct.pack(">i", 1) + packed + magic).decode().rstrip("=")


@given(st.integers(-(2**63), 2**63 - 1))
def test_a_number_hides_in_the_first_half_of_the_uuid(number: int) -> None:
    zone = uuid.UUID(bytes=struct.pack(">q", number) + b"\x00" * 8)
    found = numeric_id(object_id(zone))
    # A version-4 UUID, by chance, is read in the older way.
    if not (zone.variant == uuid.RFC_4122 and zone.version == 4):
        assert found == str(number)
        assert same_zone(str(number), object_id(zone))


@pytest.mark.parametrize("number", [0, 1, -1, 63, 64, -65, 2**40, -(2**62), 2**63 - 1, -(2**63)])
def test_old_zones_keep_a_variable_length_number_in_a_random_looking_uuid(number: int) -> None:
    zigzag = (number << 1) ^ (number >> 63)
    zigzag &= 2**64 - 1
    encoded = bytearray()
    while True:
        encoded.append((zigzag & 0x7F) | (0x80 if zigzag > 0x7F else 0))
        zigzag >>= 7
        if not zigzag:
            break
    encoded = encoded.ljust(10, b"\x00")
    # Six bytes in front, four at the end, version and variant of a random UUID between them.
    zone = uuid.UUID(bytes=bytes(encoded[:6]) + b"\x40\x00\x80\x00\x00\x00" + bytes(encoded[6:]))
    assert zone.version == 4
    assert numeric_id(object_id(zone)) == str(number)


@pytest.mark.parametrize("name", ["Shop", "12345678901234567890", "1.5", "vu9U3hXa3q0", "", None, 7, "x" * 80])
def test_names_are_not_ids(name: object) -> None:
    assert numeric_id(name) is None


def test_the_documented_object_ids_are_read(reference: Path) -> None:
    answer = json.loads((reference / "examples" / "settings-objects.list-response.docs.json").read_text())
    for item in answer["items"]:
        assert numeric_id(item["objectId"]) is not None


def test_an_unknown_name_lists_near_ones_and_a_double_one_its_ids() -> None:
    one, two, three = (uuid.UUID(int=number << 64) for number in (1, 2, 3))
    names = [("Shop EU", one), ("Shop", two), ("Shop", three)]
    zones = Zones({"objectId": object_id(zone), "value": {"name": name}} for name, zone in names)
    assert zones.resolve("Shop EU") == "1"
    for name, said in (("shop eu", "Shop EU"), ("Shop", "2, 3"), ("nothing like it at all", "2 zones")):
        with pytest.raises(UnknownZone) as caught:
            zones.resolve(name)
        assert said in text_of(caught.value.problem)


def test_a_zone_has_its_name_by_its_id_in_both_forms() -> None:
    one, two, three = (uuid.UUID(int=number << 64 | 0x8000 << 48) for number in (7, 8, 9))
    items = [(one, "Shop"), (two, "Bank"), (three, "Bank")]
    zones = Zones({"objectId": object_id(zone), "value": {"name": name}} for zone, name in items)
    assert zones.name_of(object_id(one)) == zones.name_of(numeric_id(object_id(one))) == "Shop"
    assert zones.name_of(object_id(two)) is None, (
        "two zones have this name, so it would not be one that can be declared"
    )
    assert zones.name_of("5") is zones.name_of(None) is zones.name_of("Shop") is None
