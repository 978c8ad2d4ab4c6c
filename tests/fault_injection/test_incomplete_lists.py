# Copyright (c) 2026, community.dynatrace contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""A list that lacks objects, or shows one twice: nothing is created a second time, nothing is pruned because of it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest

from ansible_collections.community.dynatrace.plugins.module_utils._settings_api import client
from ansible_collections.community.dynatrace.tests.fault_injection.support import PRUNE, A, Arena, B, C, Scenario
from ansible_collections.community.dynatrace.tests.fault_injection.test_lost_answers import WRITES

THERE = Scenario("nothing-to-do", (A, B, C), PRUNE, earlier=(((A, B, C), {}),))
# A few seconds instead of a minute, for a list that never becomes whole.
SHORT = {"retry_timeout": 3.0}
# With pages of two objects the second page is the last one.
PASSING: dict[str, tuple[str, Mapping[str, Any]]] = {
    "an empty first page": ("empty_page", {}),
    "an empty second page": ("empty_page", {"skip": 1}),
    "an empty page twice": ("empty_page", {"skip": 1, "times": 2}),
    "pages that overlap": ("overlap", {"skip": 1, "items": 1}),
    "a second page without the newest": ("stale_list", {"skip": 1, "items": 1}),
}
LASTING: dict[str, tuple[str, Mapping[str, Any]]] = {
    "only empty pages": ("empty_page", {"times": None}),
    "no second page": ("empty_page", {"skip": 1, "times": None}),
}


@pytest.fixture(autouse=True)
def pages_of_two(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(client, "PAGE_SIZE", "2")


def ids(arena: Arena) -> set[str]:
    return {item["objectId"] for item in arena.objects()}


def begin(arena: Arena, action: str, rule: Mapping[str, Any]) -> set[str]:
    """Three exports, and a fault of the next list; the ids of the exports."""
    arena.begin(THERE)
    before = ids(arena)
    assert len(before) == len(THERE.declared)
    arena.simulator.fault(action, environment=arena.env, method="GET", **rule)
    return before


def judge(arena: Arena, before: set[str]) -> None:
    """The same objects as before, and not one write."""
    assert any(one["fault"] for one in arena.requests()), "the fault was met"
    arena.ledger.count("faults injected")
    arena.ledger.check("written after an incomplete list", not arena.requests(*WRITES), arena.requests(*WRITES))
    arena.ledger.check("created a second time or pruned", ids(arena) == before, before, ids(arena))


@pytest.mark.parametrize("name", PASSING)
def test_a_list_that_is_whole_when_read_again_changes_nothing(arena: Arena, name: str) -> None:
    before = begin(arena, *PASSING[name])
    ended = arena.run(arena.of(THERE))
    assert not ended.failed and not ended.changed, ended
    judge(arena, before)
    arena.judge(THERE)


@pytest.mark.parametrize("name", LASTING)
def test_a_list_that_never_becomes_whole_is_an_error_without_a_write(arena: Arena, name: str) -> None:
    before = begin(arena, *LASTING[name])
    ended = arena.run(arena.of(THERE, **SHORT))
    assert ended.failed and "does not return the whole list" in ended.message, ended
    judge(arena, before)
    arena.simulator.clear_faults()
    assert not arena.run(arena.of(THERE)).changed


@pytest.mark.parametrize("name", [*PASSING, *LASTING])
def test_prune_deletes_only_what_is_not_declared(arena: Arena, name: str) -> None:
    """With one export too many, a fault never makes the run delete another one."""
    scenario = Scenario("one-too-many", (A, C), PRUNE, earlier=(((A, B, C), {}),))
    action, rule = (PASSING | LASTING)[name]
    arena.begin(scenario)
    before = {item["objectId"]: item["value"]["endpointDefinition"]["endpointUrl"] for item in arena.objects()}
    kept = {key for key, url in before.items() if "//b." not in url}
    arena.simulator.fault(action, environment=arena.env, method="GET", **rule)
    ended = arena.run(arena.of(scenario, **SHORT))
    arena.ledger.count("faults injected")
    arena.ledger.check("created a second time", ids(arena) <= set(before), before, ids(arena))
    arena.ledger.check("pruned what is declared", kept <= ids(arena), before, ids(arena))
    assert ended.failed is (name in LASTING), ended
    assert ids(arena) == (set(before) if ended.failed else kept)
    assert not ended.failed or not arena.requests(*WRITES)
