# Copyright (c) 2026, community.dynatrace contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Updates at the same time under faults: true reports, nothing written twice, and the next run completes them."""

from __future__ import annotations

import itertools
import multiprocessing
import time
from collections.abc import Sequence
from typing import Any

import pytest

from ansible_collections.community.dynatrace.plugins.module_utils._settings_api.client import SettingsClient
from ansible_collections.community.dynatrace.plugins.module_utils._settings_api.connection import (
    AccessToken,
    Connection,
)
from ansible_collections.community.dynatrace.plugins.module_utils._settings_api.errors import SettingsError
from ansible_collections.community.dynatrace.plugins.module_utils._settings_api.parallel import WRITES
from ansible_collections.community.dynatrace.plugins.module_utils._settings_objects import module
from ansible_collections.community.dynatrace.tests.fault_injection.support import LONG
from ansible_collections.community.dynatrace.tests.support.counters import Ledger
from ansible_collections.community.dynatrace.tests.support.simulator import Simulator

SCHEMA = "builtin:example.labels"
DOCUMENT = {
    "schemaId": SCHEMA,
    "version": "1",
    "multiObject": True,
    "allowedScopes": ["environment"],
    "maxObjects": 1000,
    "types": {},
    "enums": {},
    "properties": {
        name: {"type": "text", "nullable": False, "default": "", "constraints": [{"type": "LENGTH", "minLength": 1}]}
        for name in ("label", "color")
    },
    "schemaConstraints": [{"type": "UNIQUE", "uniqueProperties": ["label"]}],
}
LABELS = [f"label-{number:02}" for number in range(24 if LONG else 10)]
POSITIONS = range(len(LABELS)) if LONG else (0, 3, 8)
_numbers = itertools.count(1)


def declared(color: str) -> list[dict[str, Any]]:
    return [{"name": label, "value": {"label": label, "color": color}} for label in LABELS]


@pytest.fixture
def env(simulator: Simulator) -> str:
    """An environment with red labels, as an earlier run has left them."""
    name = f"labels{next(_numbers)}"
    simulator.add_environment(name)
    simulator.configure(name, schema_overrides=[DOCUMENT])
    assert run(simulator, name, "red")["changed"]
    simulator.clear_log()
    return name


def run(simulator: Simulator, env: str, color: str = "blue", **options: Any) -> dict[str, Any]:
    return converged(simulator.url(env), simulator.token(env), color, **options)


def converged(url: str, token: str, color: str, **options: Any) -> dict[str, Any]:
    defaults = {name: spec.get("default") for name, spec in module.OPTIONS.items()}
    params = {**defaults, "schema_id": SCHEMA, "objects": declared(color), **options}
    with SettingsClient(Connection(url, AccessToken(token), retry_timeout=20)) as client:
        return module.run(client, None, params, False)


def updates(simulator: Simulator, env: str, **match: Any) -> list[dict[str, Any]]:
    return simulator.requests(method="PUT", environment=env, **match)


def overlap(requests: Sequence[dict[str, Any]]) -> int:
    """The highest number of requests that were under way at the same time."""
    times = [(one["time"], 1) for one in requests] + [(one["time"] + one["seconds"], -1) for one in requests]
    return max(itertools.accumulate(change for _moment, change in sorted(times)))


def colors(simulator: Simulator, env: str) -> dict[str, str]:
    return {one["value"]["label"]: one["value"]["color"] for one in simulator.objects(env, SCHEMA)}


def all_blue(simulator: Simulator, env: str, ledger: Ledger, result: dict[str, Any] | None) -> None:
    """What is there is what is declared, each object was written once, and the result says so."""
    ledger.check("wrong objects", colors(simulator, env) == dict.fromkeys(LABELS, "blue"), colors(simulator, env))
    applied = [one["path"] for one in updates(simulator, env) if one["applied"]]
    ledger.check("written twice", len(applied) == len(set(applied)), applied)
    if result is not None:
        found = [(one["name"], one["operation"]) for one in result["objects"]]
        ledger.check("wrong report", found == [(label, "updated") for label in LABELS], found)
    ledger.check("a second run changes something", not run(simulator, env)["changed"])


def test_updates_overlap_within_the_bound(simulator: Simulator, env: str, ledger: Ledger) -> None:
    simulator.fault("delay", seconds=0.1, method="PUT", environment=env, times=None)
    done = run(simulator, env)
    simulator.clear_faults()
    assert overlap(updates(simulator, env)) == WRITES
    all_blue(simulator, env, ledger, done)


@pytest.mark.parametrize("position", POSITIONS)
@pytest.mark.parametrize("when", ["before", "after"])
def test_lost_answers(simulator: Simulator, env: str, ledger: Ledger, when: str, position: int) -> None:
    """The objects are read, and written only if they were not."""
    simulator.fault("drop", method="PUT", when=when, environment=env, skip=position, times=2)
    done = run(simulator, env)
    simulator.clear_faults()
    ledger.count("faults injected", 2)
    all_blue(simulator, env, ledger, done)


@pytest.mark.parametrize("position", POSITIONS)
def test_conflicts(simulator: Simulator, env: str, ledger: Ledger, position: int) -> None:
    simulator.fault("status", status=409, method="PUT", environment=env, skip=position, times=2)
    done = run(simulator, env)
    simulator.clear_faults()
    ledger.count("faults injected", 2)
    all_blue(simulator, env, ledger, done)


@pytest.mark.parametrize("position", POSITIONS if LONG else (3,))
def test_a_throttled_update_slows_all(simulator: Simulator, env: str, ledger: Ledger, position: int) -> None:
    """No update begins before the time that the environment has asked for, and then they are sent one by one."""
    headers = {"Retry-After": "1"}
    simulator.fault("status", status=429, headers=headers, method="PUT", environment=env, skip=position)
    done = run(simulator, env)
    simulator.clear_faults()
    ledger.count("faults injected")
    sent = updates(simulator, env)
    (throttled,) = (one for one in sent if one["status"] == 429)
    ends = throttled["time"] + throttled["seconds"]
    # Others may have been on their way, and go on together when the time is over.
    during = [one for one in sent if ends + 0.4 < one["time"] < ends + 0.95]
    ledger.check("sent to an environment that throttles", not during, during)
    later = [one for one in sent if one["time"] >= ends + 0.95][WRITES:]
    ledger.check("not slowed down", overlap([throttled, *later]) == 1, later)
    assert any("the API throttled (1 times)" in note for note in done["notes"])
    all_blue(simulator, env, ledger, done)


@pytest.mark.parametrize("position", POSITIONS)
def test_a_refusal_half_way(simulator: Simulator, env: str, ledger: Ledger, position: int) -> None:
    """What is done, what failed, and what was not tried is all of it, in order, and as the environment has it."""
    simulator.fault("status", status=400, method="PUT", environment=env, skip=position)
    with pytest.raises(SettingsError) as failed:
        run(simulator, env)
    simulator.clear_faults()
    ledger.count("faults injected")
    details = failed.value.details
    done, refused, skipped = (
        [one["name"] for one in details[key]] for key in ("done", "failed_writes", "skipped_writes")
    )
    ledger.check("incomplete report", sorted([*done, *refused, *skipped]) == LABELS, details)
    ledger.check("order of the report", all(names == sorted(names) for names in (done, refused, skipped)), details)
    blue = [label for label, color in sorted(colors(simulator, env).items()) if color == "blue"]
    ledger.check("wrong report", blue == done and len(refused) == 1, blue, details)
    assert run(simulator, env)["changed"]
    all_blue(simulator, env, ledger, None)


def test_a_killed_run_is_completed_by_the_next_one(simulator: Simulator, env: str, ledger: Ledger) -> None:
    simulator.fault("delay", seconds=0.2, method="PUT", environment=env, times=None)
    context = multiprocessing.get_context("forkserver")
    process = context.Process(target=converged, args=(simulator.url(env), simulator.token(env), "blue"))
    process.start()
    while not any(one["applied"] for one in updates(simulator, env)):
        assert process.is_alive()
        time.sleep(0.02)
    process.kill()
    process.join()
    simulator.clear_faults()
    ledger.count("kills")
    assert run(simulator, env)["changed"]
    ledger.check("wrong objects", colors(simulator, env) == dict.fromkeys(LABELS, "blue"))
    ledger.check("a second run changes something", not run(simulator, env)["changed"])
