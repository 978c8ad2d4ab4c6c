# Copyright (c) 2026, community.dynatrace contributors
# SPDX-License-Identifier: BSD-2-Clause

"""The order of objects in an ordered schema: as few moves as possible put declared objects into their order.

Objects that are not declared keep their places among each other. ``insertAfter``: settings-api 3.4 and 3.5.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from .matching import Existing
from .plan_types import Item, Step


@dataclass(frozen=True)
class Move:
    """The write that moves an object, and its item with the effect on secrets."""

    step: Step
    item: Item


def arrange(
    existing: Sequence[Existing], items: Sequence[Item], writes: Sequence[Step], moves: Mapping[str, Move]
) -> tuple[list[Item], tuple[Step, ...]]:
    """Add the moves to items and writes.

    :param existing: in the order of the environment.
    :param items: in the order of the declaration.
    :param writes: creates and updates. The steps of one object are adjacent.
    :param moves: the moves of otherwise unchanged objects, by the key of their item.
    """
    steps: dict[str, list[Step]] = {}
    for step in writes:
        steps.setdefault(step.key, []).append(step)
    # An object that is deleted and created again is placed after its current predecessor.
    gone = {step.object_id for step in writes if step.action == "delete"}
    order = [current_object.object_id for current_object in existing if current_object.object_id not in gone]
    found = {current_object.object_id: current_object for current_object in existing}
    wanted = [item for item in items if _has_place(item, found)]
    anchors = placements(order, [(item.key, None if item.object_id in gone else item.object_id) for item in wanted])
    before = ""
    created_again = {item.object_id: item.key for item in wanted if item.object_id in gone}
    for current_object in existing:
        if current_object.object_id in created_again:
            anchors.setdefault(created_again[current_object.object_id], before)
        elif current_object.object_id not in gone:
            before = current_object.object_id
    result = [step for step in writes if step.key not in anchors]
    names = {item.object_id: item.name for item in items if item.object_id}
    moved: dict[str, str] = {}
    for item in wanted:
        if item.key in anchors and item.object_id is not None:
            behind = anchors[item.key]
            moved[item.key] = f"after {names.get(behind, behind)}" if behind else "to the first position"
    item_of = {item.key: item for item in wanted}
    for key, behind in anchors.items():
        item = item_of[key]
        own = steps.get(key, [])
        if not own:
            own = [moves[key].step]
        elif own[0].action == "set_external_id":
            move = replace(own[0], action="update", update_token=found[item.object_id or ""].update_token)
            own = [replace(move, external_id=None), *own]
        first = 1 if own[0].action == "delete" else 0
        result += [*own[:first], replace(own[first], insert_after=behind), *own[first + 1 :]]
    return [_moved(item, moved, moves) for item in items], tuple(result)


def placements(order: Sequence[str], wanted: Sequence[tuple[str, str | None]]) -> dict[str, str]:
    """Return the objects to place, in the order of the requests, each with its predecessor (empty for the first place).

    Objects after the same unmoved object are sent last to first, so that no request needs the ID of a new object.

    :param order: the IDs of the existing objects, in their order.
    :param wanted: keys in the desired order, each with its ID, or ``None`` for a new object.
    """
    positions = {object_id: position for position, object_id in enumerate(order)}
    there = [(key, positions[object_id]) for key, object_id in wanted if object_id is not None]
    staying = {there[index][0]: order[there[index][1]] for index in _longest_rising([place for _key, place in there])}
    if not staying:
        # All are new: each is appended, in the order of the declaration.
        return {}
    first = positions[next(iter(staying.values()))]
    anchor = order[first - 1] if first else ""
    result: dict[str, str] = {}
    group: list[str] = []
    for key, _object_id in wanted:
        if key in staying:
            result.update(dict.fromkeys(reversed(group), anchor))
            group, anchor = [], staying[key]
        else:
            group.append(key)
    result.update(dict.fromkeys(reversed(group), anchor))
    return result


def _longest_rising(values: Sequence[int]) -> list[int]:
    """Return the indices of a longest increasing subsequence."""
    tails: list[int] = []
    ends: list[int] = []
    before: list[int] = []
    for index, value in enumerate(values):
        place = bisect_left(tails, value)
        before.append(ends[place - 1] if place else -1)
        tails[place : place + 1] = [value]
        ends[place : place + 1] = [index]
    chain: list[int] = []
    index = ends[-1] if ends else -1
    while index >= 0:
        chain.append(index)
        index = before[index]
    return chain[::-1]


def _has_place(item: Item, found: Mapping[str, Existing]) -> bool:
    if item.operation == "deleted" or not item.where or (item.object_id is None and item.operation != "created"):
        return False
    current_object = found.get(item.object_id or "")
    return current_object is None or (current_object.movable and current_object.modifiable)


def _moved(item: Item, moved: Mapping[str, str], moves: Mapping[str, Move]) -> Item:
    if item.key not in moved:
        return item
    if item.operation == "unchanged" and item.key in moves:
        item = moves[item.key].item
    operation = "updated" if item.operation == "unchanged" else item.operation
    return replace(item, operation=operation, moved=moved[item.key])
