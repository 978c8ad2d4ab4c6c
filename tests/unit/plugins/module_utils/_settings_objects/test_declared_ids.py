# Copyright (c) 2026, community.dynatrace contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""A reference stands for the ID of an object only if its name belongs to that object alone."""

from __future__ import annotations

from typing import Any

from ansible_collections.community.dynatrace.plugins.module_utils._settings_api.matching import Existing
from ansible_collections.community.dynatrace.plugins.module_utils._settings_objects.declared_ids import KnownIds

SCHEMA = "builtin:example"


def existing(object_id: str, **value: Any) -> Existing:
    return Existing.from_item({"objectId": object_id, "value": value})


def test_a_name_by_which_another_object_is_found_is_no_reference() -> None:
    ids = KnownIds()
    ids.add(SCHEMA, existing("1", name="A"))
    ids.add(SCHEMA, existing("2", name="B", customId="A"), ["A"])
    assert ids.reference("1") is None
    found = ids.reference("2")
    assert found is not None and found.name == "B"


def test_the_same_object_may_be_added_again() -> None:
    ids = KnownIds()
    for _turn in range(2):
        ids.add(SCHEMA, existing("1", name="A"), ["A"])
    found = ids.reference("1")
    assert found is not None and found.name == "A"
