# Copyright (c) 2026, community.dynatrace contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""A throttled or unavailable API: waited for within a budget, and nothing is sent twice that was looked at once."""

from __future__ import annotations

import re
import time
from collections.abc import Callable

import pytest

from ansible_collections.community.dynatrace.plugins.module_utils._settings_api import apply
from ansible_collections.community.dynatrace.tests.fault_injection.support import LONG, SCENARIOS, Arena, Scenario
from ansible_collections.community.dynatrace.tests.fault_injection.test_lost_answers import WRITES, truthful

CHOSEN = SCENARIOS if LONG else SCENARIOS[:2]
# Short waits, in every form that the API may ask for them.
ASKED: dict[str, Callable[[], dict[str, str]]] = {
    "Retry-After": lambda: {"Retry-After": "0.05"},
    "Retry-After now": lambda: {"Retry-After": "0"},
    "reset in seconds": lambda: {"X-RateLimit-Reset": f"{time.time() + 0.1:.3f}"},
    "reset in milliseconds": lambda: {"X-RateLimit-Reset": f"{(time.time() + 0.1) * 1e3:.0f}"},
    "reset in microseconds": lambda: {"X-RateLimit-Reset": f"{(time.time() + 0.1) * 1e6:.0f}"},
    "reset as a span": lambda: {"X-RateLimit-Reset": "0.05"},
}


@pytest.mark.parametrize("scenario", CHOSEN, ids=str)
def test_throttled_at_every_request(arena: Arena, scenario: Scenario) -> None:
    plain, sent = arena.baseline(scenario)
    for position, asked in enumerate(sent):
        name, headers = list(ASKED.items())[position % len(ASKED)]
        arena.begin(scenario)
        arena.simulator.fault("status", status=429, headers=headers(), environment=arena.env, skip=position, times=2)
        ended = arena.run(arena.of(scenario))
        arena.ledger.count("faults injected", 2)
        arena.ledger.check("silence about waiting", "the API throttled (2 times)" in ended.notes, name, ended)
        # Refused before it was looked at: the same request again, and no other one in between.
        methods = [one["method"] for one in arena.requests()]
        wanted = [one["method"] for one in sent]
        wanted[position:position] = [asked["method"]] * 2
        arena.ledger.check("unneeded requests", methods == wanted, name, methods, wanted)
        truthful(arena, scenario, plain, ended)


@pytest.mark.parametrize("name", ASKED)
def test_every_form_of_asking_is_understood(arena: Arena, name: str) -> None:
    scenario = SCENARIOS[0]
    arena.begin(scenario)
    arena.simulator.fault("status", status=429, headers=ASKED[name](), environment=arena.env)
    ended = arena.run(arena.of(scenario))
    arena.ledger.count("faults injected")
    waited = re.search(r"Waited ([0-9.]+) s", ended.notes)
    # A wrong unit would wait for as long as the budget allows.
    assert not ended.failed and waited and float(waited[1]) < 2
    arena.judge(scenario)


@pytest.mark.parametrize("status", [429, 503])
def test_without_a_word_about_how_long(arena: Arena, status: int) -> None:
    scenario = SCENARIOS[0]
    arena.begin(scenario)
    arena.simulator.fault("status", status=status, environment=arena.env, method="GET")
    ended = arena.run(arena.of(scenario))
    arena.ledger.count("faults injected")
    assert not ended.failed and "Waited 0." in ended.notes, ended
    arena.judge(scenario)


def test_unavailable_for_a_while_in_the_middle_of_the_writes(arena: Arena) -> None:
    """A write is not repeated at a 503, it may have been applied; the read that looks for it waits."""
    scenario = SCENARIOS[1]
    plain, _sent = arena.baseline(scenario)
    arena.begin(scenario)
    headers = {"Retry-After": "0.05"}
    arena.simulator.fault("status", status=503, headers=headers, environment=arena.env, skip=2, times=4)
    ended = arena.run(arena.of(scenario))
    arena.ledger.count("faults injected", 4)
    assert "status 503 (3 times)" in ended.notes, ended
    truthful(arena, scenario, plain, ended)


@pytest.mark.parametrize("method", ["GET", "PUT"])
def test_the_budget_is_kept(arena: Arena, method: str) -> None:
    scenario = SCENARIOS[1]
    arena.begin(scenario)
    arena.simulator.fault(
        "status", status=429, headers={"Retry-After": "0.2"}, environment=arena.env, method=method, times=None
    )
    ended = arena.run(arena.of(scenario, retry_timeout=0.5))
    assert ended.failed
    text = "throttles requests. Waited 0.4 s of the retry_timeout of 0.5 s, and the next wait would take 0.2 s."
    assert text in ended.message
    assert "Raise retry_timeout" in ended.message
    asked = arena.requests(method)
    arena.ledger.count("faults injected", len(asked))
    assert [one["status"] for one in asked] == [429] * 3
    assert not any(one["applied"] for one in arena.requests(*WRITES))


def test_a_wait_that_the_budget_does_not_allow_is_not_begun(arena: Arena) -> None:
    scenario = SCENARIOS[1]
    arena.begin(scenario)
    arena.simulator.fault("status", status=429, headers={"Retry-After": "3600"}, environment=arena.env, times=None)
    ended = arena.run(arena.of(scenario))
    arena.ledger.count("faults injected")
    assert ended.failed and "the next wait would take 3600 s" in ended.message
    assert len(arena.requests()) == 1


@pytest.mark.parametrize("scenario", CHOSEN, ids=str)
def test_a_refusal_is_never_repeated(arena: Arena, scenario: Scenario, monkeypatch: pytest.MonkeyPatch) -> None:
    """400, 401, 403 and 413 say the same the second time, but for a deletion, which may be refused for a while."""
    monkeypatch.setattr(apply, "_pause", lambda _seconds: None)
    _plain, sent = arena.baseline(scenario)
    for status in (400, 401, 403, 413):
        for position in range(len(sent)):
            arena.begin(scenario)
            arena.simulator.fault("status", status=status, environment=arena.env, skip=position, times=None)
            ended = arena.run(arena.of(scenario))
            arena.ledger.count("faults injected")
            refused = [one for one in arena.requests() if one["status"] == status]
            tries = 1 + len(apply.PAUSES) if status == 400 and refused[0]["method"] == "DELETE" else 1
            arena.ledger.check("refusal repeated", len(refused) == tries, status, refused)
            arena.ledger.check("unclear error", ended.failed and ended.message, ended)
            assert len(arena.requests()) == position + tries
