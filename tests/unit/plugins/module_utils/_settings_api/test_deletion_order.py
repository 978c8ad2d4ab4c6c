# Copyright (c) 2026, community.dynatrace contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""The order of deletions, by what values refer to."""

from __future__ import annotations

from typing import Any

from ansible_collections.community.dynatrace.plugins.module_utils._settings_api.deletion_order import (
    deletion_waves,
    names_of,
)
from ansible_collections.community.dynatrace.plugins.module_utils._settings_api.legacy_ids import legacy_id
from ansible_collections.community.dynatrace.plugins.module_utils._settings_api.matching import Existing

SCHEMA = "test:schema"
# The object ID of a zone, which contains a UUID.
ZONE = (
    "vu9U3hXa3q0AAAABABhidWlsdGluOm1hbmFnZW1lbnQtem9uZXMABnRlbmFudAAGdGVuYW"
    "50ACQwMDAwMDAwMC0xMTExLTIyMjItMzMzMy00NDQ0NDQ0NDQ0NDS-71TeFdrerQ"
)


def stored(object_id: str, **value: Any) -> tuple[str, Existing]:
    return SCHEMA, Existing(object_id, value)


def test_an_object_goes_before_the_ones_that_it_refers_to() -> None:
    objects = [stored("a"), stored("b", to="a"), stored("c", list=[{"to": "b"}, "a"]), stored("d", to="elsewhere")]
    assert deletion_waves(objects) == {"c": 0, "b": 1, "a": 2, "d": 2}


def test_an_object_may_contain_its_own_id() -> None:
    assert deletion_waves([stored("a", own="a"), stored("b", own="b", to="a")]) == {"b": 0, "a": 1}


def test_a_circle_has_no_order_and_no_error() -> None:
    waves = deletion_waves([stored("a", to="b"), stored("b", to="a"), stored("c")])
    assert all(waves.get(name, 0) >= 0 for name in "abc")


def test_a_number_of_a_zone_is_a_reference_too() -> None:
    zone = ("builtin:management-zones", Existing(ZONE, {"name": "zone"}))
    number = legacy_id(*zone[:1], ZONE)
    assert number is not None
    assert names_of([zone]) == {ZONE: ZONE, number: ZONE}
    assert deletion_waves([zone, stored("b", zone=number)]) == {"b": 0, ZONE: 1}
