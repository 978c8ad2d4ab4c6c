# Copyright (c) 2026, community.dynatrace contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""SIGKILL at every request of a run, before and after the server carried it out: the next run finishes the work."""

from __future__ import annotations

import json
import os
import subprocess
import sys

import pytest

from ansible_collections.community.dynatrace.tests.fault_injection.support import (
    LONG,
    MODULE,
    SCENARIOS,
    Arena,
    Scenario,
)
from ansible_collections.community.dynatrace.tests.tools import environments

KILLED = SCENARIOS if LONG else SCENARIOS[:3]


@pytest.mark.parametrize("scenario", KILLED, ids=str)
@pytest.mark.parametrize("when", ["before", "after"])
def test_a_killed_run_is_finished_by_the_next(arena: Arena, scenario: Scenario, when: str) -> None:
    _ended, sent = arena.baseline(scenario)
    for position in range(len(sent)):
        arena.begin(scenario)
        arena.simulator.fault("hang", environment=arena.env, skip=position, when=when)
        process = arena.start(arena.of(scenario))
        arena.wait_for_fault(when)
        process.kill()
        arena.ledger.count("kills")
        finish(arena, scenario)


@pytest.mark.skipif(not LONG, reason="FAULT_INJECTION=long")
@pytest.mark.parametrize("scenario", SCENARIOS, ids=str)
def test_killed_again_while_it_recovers(arena: Arena, scenario: Scenario) -> None:
    """The run after a kill is killed as well, at every request that it has."""
    _ended, sent = arena.baseline(scenario)
    for first in range(1, len(sent)):
        for second in range(1, len(sent) - first + 2):
            arena.begin(scenario)
            for position in (first, second):
                arena.simulator.clear_log()
                arena.simulator.clear_faults()
                arena.simulator.fault("hang", environment=arena.env, skip=position, when="after")
                process = arena.start(arena.of(scenario))
                if reached(arena, process):
                    process.kill()
                    arena.ledger.count("kills")
            arena.simulator.clear_faults()
            finish(arena, scenario)


def test_the_module_called_as_a_program(arena: Arena) -> None:
    """Nothing but the interpreter and the module: the forked processes of the other tests are no special case."""
    scenario = SCENARIOS[1]
    arena.begin(scenario)
    arena.simulator.fault("hang", environment=arena.env, skip=2, when="after")
    command = [sys.executable, "-m", MODULE]
    path = str(environments.COLLECTIONS)
    process = subprocess.Popen(
        command,
        stdin=subprocess.PIPE,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        env={**os.environ, "PYTHONPATH": path, "PYTHONDONTWRITEBYTECODE": "1"},
    )
    assert process.stdin is not None
    with process.stdin:
        process.stdin.write(json.dumps({"ANSIBLE_MODULE_ARGS": arena.of(scenario)}).encode())
    arena.wait_for_fault("after")
    process.kill()
    assert process.wait() == -9
    arena.ledger.count("kills")
    finish(arena, scenario)


def reached(arena: Arena, process: object) -> bool:
    """Whether the run came to the request that hangs; else it is at its end."""
    while True:
        hit = [one for one in arena.requests() if one["fault"]]
        if hit and (hit[0]["applied"] or hit[0]["method"] == "GET"):
            return True
        if not process.alive:  # type: ignore[attr-defined]
            return False


def finish(arena: Arena, scenario: Scenario) -> None:
    """A plain run, which must succeed without a single refused request, and then one that finds nothing to do."""
    arena.ledger.check("more than three", len(arena.objects()) <= 3)
    arena.simulator.clear_log()
    ended = arena.run(arena.of(scenario))
    arena.ledger.check("next run fails", not ended.failed, ended)
    refused = [(one["method"], one["status"]) for one in arena.requests() if one["status"] >= 400]
    arena.ledger.check("next run is refused something", not refused, refused)
    arena.judge(scenario)
    arena.judge_quiet(scenario)
