# Copyright (c) 2026, community.dynatrace contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Lists of several variables as one list."""

from __future__ import annotations

from ansible_collections.community.dynatrace.plugins.module_utils._layers import Layer, concatenated, merged_by_name

LOW = Layer("slots", "group all", [{"name": "a", "old": 1}, {"name": "b"}, "odd"])
HIGH = Layer("slots__own", "", [{"name": "c"}, {"name": "a"}, {"url": "without a name"}])


def test_all_items_one_after_the_other() -> None:
    merged = concatenated([LOW, HIGH])
    assert merged.items == (*LOW.items, *HIGH.items)
    assert merged.paths == tuple([f"slots[{n}]" for n in range(3)] + [f"slots__own[{n}]" for n in range(3)])
    assert merged.sources == ("slots (group all)",) * 3 + ("slots__own",) * 3


def test_a_name_is_there_once_and_keeps_its_place() -> None:
    merged = merged_by_name([LOW, HIGH])
    assert merged.items == ({"name": "a"}, {"name": "b"}, "odd", {"name": "c"}, {"url": "without a name"})
    assert merged.paths[0] == "slots__own[1]"
    assert merged.sources[:2] == ("slots__own", "slots (group all)")
