# Copyright (c) 2026, community.dynatrace contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Ordered schemas: declared objects come into their order with the fewest moves, the others keep theirs."""

from __future__ import annotations

from itertools import combinations

from hypothesis import given
from hypothesis import strategies as st

from ansible_collections.community.dynatrace.plugins.module_utils._settings_api.order import placements


def carried_out(order: list[str], wanted: list[tuple[str, str | None]], placed: dict[str, str]) -> list[str]:
    """What an environment has afterwards: each is put behind its anchor, in the order in which it is sent."""
    result = list(order)
    ids = {key: object_id or f"new {key}" for key, object_id in wanted}
    for key, anchor in placed.items():
        if ids[key] in result:
            result.remove(ids[key])
        result.insert(result.index(anchor) + 1 if anchor else 0, ids[key])
    # What has no place goes to the end.
    result += [ids[key] for key, object_id in wanted if object_id is None and key not in placed]
    return result


@st.composite
def scenarios(draw: st.DrawFn) -> tuple[list[str], list[tuple[str, str | None]]]:
    order = [f"id{number}" for number in range(draw(st.integers(0, 7)))]
    there = draw(st.lists(st.sampled_from(order), unique=True)) if order else []
    wanted: list[tuple[str, str | None]] = [(f"key of {one}", one) for one in there]
    for number in range(draw(st.integers(0, 3))):
        wanted.insert(draw(st.integers(0, len(wanted))), (f"key {number}", None))
    return order, wanted


@given(scenarios())
def test_the_order_is_reached_and_the_rest_stays(scenario: tuple[list[str], list[tuple[str, str | None]]]) -> None:
    order, wanted = scenario
    placed = placements(order, wanted)
    result = carried_out(order, wanted, placed)
    ids = [object_id or f"new {key}" for key, object_id in wanted]
    assert [one for one in result if one in ids] == ids
    others = [one for one in order if one not in ids]
    assert [one for one in result if one in others] == others
    # A second run has nothing to do.
    assert placements(result, [(key, object_id or f"new {key}") for key, object_id in wanted]) == {}


@given(scenarios())
def test_no_order_takes_fewer_moves(scenario: tuple[list[str], list[tuple[str, str | None]]]) -> None:
    order, wanted = scenario
    there = [order.index(object_id) for _key, object_id in wanted if object_id is not None]
    longest = max(
        (
            size
            for size in range(len(there) + 1)
            if any(sorted(part) == list(part) for part in combinations(there, size))
        ),
        default=0,
    )
    moved = [key for key, object_id in wanted if object_id is not None and key in placements(order, wanted)]
    assert len(moved) == len(there) - longest


def test_new_ones_go_behind_the_one_they_follow() -> None:
    wanted: list[tuple[str, str | None]] = [("a", "1"), ("x", None), ("y", None), ("b", "2")]
    assert placements(["1", "other", "2"], wanted) == {"y": "1", "x": "1"}
    assert carried_out(["1", "other", "2"], wanted, {"y": "1", "x": "1"}) == ["1", "new x", "new y", "other", "2"]


def test_where_nothing_is_there_yet_each_goes_to_the_end() -> None:
    assert placements(["other"], [("x", None), ("y", None)]) == {}
