# Copyright (c) 2026, community.dynatrace contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""The answer to a write is lost, or cannot be understood: nothing is doubled, nothing lost, and the result is true."""

from __future__ import annotations

import random
from collections.abc import Mapping
from typing import Any

import pytest

from ansible_collections.community.dynatrace.tests.fault_injection.support import (
    LONG,
    SCENARIOS,
    Arena,
    Ended,
    Scenario,
    export_host,
)

WRITES = ("POST", "PUT", "DELETE")
ERRORS = (500, 502, 503, 504)
# Each leaves open whether the write was applied, or looks as if it had not been.
LOSSES: dict[str, dict[str, Any]] = {
    "dropped before": {"action": "drop", "when": "before"},
    "dropped after": {"action": "drop", "when": "after"},
    **{f"{status} before": {"action": "status", "status": status, "when": "before"} for status in ERRORS},
    **{f"{status} after": {"action": "status", "status": status, "when": "after"} for status in ERRORS},
    "gateway's page after": {"action": "status", "status": 502, "when": "after", "body": "<html>Bad gateway</html>"},
    "cut off": {"action": "truncate"},
    "cut off before the body": {"action": "truncate", "keep": 0},
    "half a JSON": {"action": "invalid_json"},
    "empty": {"action": "empty"},
    "web page after": {"action": "html", "when": "after"},
    "web page before": {"action": "html", "when": "before"},
    "broken gzip": {"action": "gzip", "broken": True},
}
# These cost the time-out.
SILENCES: dict[str, dict[str, Any]] = {
    "silent before": {"action": "hang", "when": "before"},
    "silent after": {"action": "hang", "when": "after"},
}
# These are unusual, but whole answers.
ODDITIES: dict[str, dict[str, Any]] = {
    "compressed": {"action": "gzip"},
    "as plain text": {"action": "content_type"},
    "slow": {"action": "drip", "bytes": 20, "seconds": 0.001},
}
CHOSEN = SCENARIOS if LONG else SCENARIOS[:3]
SHORT = ("dropped before", "dropped after", "503 after", "half a JSON", "web page before")


@pytest.mark.parametrize("scenario", CHOSEN, ids=str)
def test_a_lost_answer_does_no_harm(arena: Arena, scenario: Scenario) -> None:
    for name, fault in LOSSES.items():
        if LONG or name in SHORT:
            each_write(arena, scenario, fault)


@pytest.mark.parametrize("scenario", SCENARIOS[:6] if LONG else SCENARIOS[:1], ids=str)
def test_no_answer_in_time(arena: Arena, scenario: Scenario) -> None:
    for fault in SILENCES.values():
        each_write(arena, scenario, fault, timeout=0.5)


@pytest.mark.parametrize("scenario", SCENARIOS[:3], ids=str)
def test_an_unusual_answer_is_understood(arena: Arena, scenario: Scenario) -> None:
    for fault in ODDITIES.values():
        each_write(arena, scenario, fault, lost=False)


@pytest.mark.skipif(not LONG, reason="FAULT_INJECTION=long")
@pytest.mark.parametrize("scenario", SCENARIOS[:6], ids=str)
def test_an_answer_of_many_megabytes(arena: Arena, scenario: Scenario) -> None:
    each_write(arena, scenario, {"action": "huge", "megabytes": 70})


@pytest.mark.parametrize("scenario", SCENARIOS if LONG else SCENARIOS[:1], ids=str)
def test_a_read_that_breaks_is_repeated(arena: Arena, scenario: Scenario) -> None:
    plain, sent = arena.baseline(scenario)
    for position, request in enumerate(sent):
        if request["method"] == "GET":
            for fault in ({"action": "drop"}, {"action": "truncate"}, {"action": "status", "status": 500}):
                arena.begin(scenario)
                arena.simulator.fault(environment=arena.env, skip=position, **fault)
                ended = arena.run(arena.of(scenario))
                truthful(arena, scenario, plain, ended)


@pytest.mark.parametrize("scenario", CHOSEN, ids=str)
def test_a_line_that_is_bad_all_the_time(arena: Arena, scenario: Scenario) -> None:
    """Any write may be hit, also those that repair: the run ends well, or names what is done and what not."""
    plain, _sent = arena.baseline(scenario)
    chance = random.Random(scenario.name)
    for turn in range(60 if LONG else 8):
        arena.begin(scenario)
        for fault in chance.sample(sorted(LOSSES), 3):
            rule = {"times": None, "probability": chance.choice((0.1, 0.2, 0.4)), **LOSSES[fault]}
            arena.simulator.fault(environment=arena.env, method=list(WRITES), **rule)
        ended = arena.run(arena.of(scenario))
        hit = [one for one in arena.requests(*WRITES) if one["fault"]]
        arena.ledger.count("faults injected", len(hit))
        if ended.failed:
            arena.ledger.count("runs that gave up with a clear error")
            clear(arena, ended)
            arena.simulator.clear_faults()
            again = arena.run(arena.of(scenario))
            arena.ledger.check("next run fails", not again.failed, again)
            arena.judge(scenario)
            arena.judge_quiet(scenario)
        else:
            arena.simulator.clear_faults()
            truthful(arena, scenario, plain, ended, turn)


def each_write(
    arena: Arena, scenario: Scenario, fault: Mapping[str, Any], *, lost: bool = True, **limits: float
) -> None:
    """The fault hits one write after the other, each in a run of its own."""
    plain, sent = arena.baseline(scenario)
    for position, request in enumerate(sent):
        if request["method"] not in WRITES:
            continue
        arena.begin(scenario)
        arena.simulator.fault(environment=arena.env, skip=position, **fault)
        ended = arena.run(arena.of(scenario, **limits))
        arena.ledger.count("faults injected")
        (hit,) = [one for one in arena.requests() if one["fault"]]
        # An answer without a body cannot be spoiled.
        if lost and not (request["method"] == "DELETE" and fault["action"] in SPOILED):
            arena.ledger.check(
                "silence about a repetition", "read and compared again" in ended.notes, fault, hit, ended
            )
        truthful(arena, scenario, plain, ended, fault, hit)


SPOILED = ("truncate", "invalid_json", "empty", "gzip", "huge")


def truthful(arena: Arena, scenario: Scenario, plain: Ended, ended: Ended, *evidence: object) -> None:
    """The run did all that the undisturbed one does, and says the same about it; the next one has nothing to do."""
    arena.ledger.check("run fails", not ended.failed, ended, *evidence)
    arena.judge(scenario)
    wanted = plain.reported
    if scenario.switches:
        # A new read finds out that external IDs are hidden, and sets no more of them: one that is reported is there.
        identified = {export_host(one): bool(one.get("externalId")) for one in arena.objects()}
        for export in scenario.declared:
            if not identified[export.host] or ended.reported[export.name]["external_id_state"] == "none":
                wanted[export.name]["external_id_state"] = "none"
    same = ended.reported == wanted and ended.changed == plain.changed
    arena.ledger.check("untrue result", same, evidence, ended.reported, wanted, ended.notes)
    arena.judge_quiet(scenario)


def clear(arena: Arena, ended: Ended) -> None:
    """The lists of an error are those of the log: what is done was applied, and not more."""
    listed = [(one["name"], one["action"]) for one in ended.result["completed_writes"]]
    arena.ledger.check("untrue result", len(set(listed)) == len(listed), ended.result)
    arena.ledger.check("unclear error", ended.message and "Unexpected" not in ended.message, ended.message)
    applied = sum(one["applied"] for one in arena.requests(*WRITES))
    arena.ledger.check("untrue result", len(listed) <= applied, ended.result, applied)
