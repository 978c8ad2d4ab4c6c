# Copyright (c) 2026, community.dynatrace contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""A failure in the middle of several writes: what is done, failed and was not tried, for people and playbooks."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from ansible_collections.community.dynatrace.tests.fault_injection.support import LONG, SCENARIOS, Arena, Scenario
from ansible_collections.community.dynatrace.tests.fault_injection.test_lost_answers import WRITES
from ansible_collections.community.dynatrace.tests.support.playbooks import play

# What the parts of each scenario are, in the order in which they are sent.
CHOSEN = SCENARIOS if LONG else SCENARIOS[:4]


@pytest.mark.parametrize("scenario", CHOSEN, ids=str)
def test_a_refusal_in_the_middle_tells_where(arena: Arena, scenario: Scenario) -> None:
    _plain, sent = arena.baseline(scenario)
    writes = [one for one in sent if one["method"] in WRITES]
    for position, _write in enumerate(writes):
        arena.begin(scenario)
        arena.simulator.fault("status", status=403, environment=arena.env, method=list(WRITES), skip=position)
        ended = arena.run(arena.of(scenario))
        arena.ledger.count("faults injected")
        lists = [ended.result[name] for name in ("completed_writes", "failed_writes", "skipped_writes")]
        arena.ledger.check("untrue result", ended.failed, ended)
        arena.ledger.check("untrue result", sum(map(len, lists)) == len(writes), lists)
        arena.ledger.check("untrue result", [len(one) for one in lists[:2]] == [position, 1], lists)
        applied = sum(one["applied"] for one in arena.requests(*WRITES))
        arena.ledger.check("untrue result", applied == position, lists, applied)
        again = arena.run(arena.of(scenario))
        arena.ledger.check("next run fails", not again.failed, again)
        arena.judge(scenario)
        arena.judge_quiet(scenario)


def test_an_always_section_goes_on_from_there(arena: Arena, tmp_path: Path) -> None:
    """One update and two takeovers; the second object is refused. The playbook removes what could not be finished."""
    scenario = SCENARIOS[1]
    arena.begin(scenario)
    arena.simulator.fault("status", status=400, environment=arena.env, method="POST", skip=1)
    module = "community.dynatrace.user_session_exports"
    names = {
        part: f"{{{{ result.{part} | map(attribute='name') | unique }}}}"
        for part in ("completed_writes", "skipped_writes")
    }
    block: dict[str, Any] = {
        "block": [{"name": "Converge", module: arena.of(scenario), "register": "result"}],
        "always": [
            {"name": "Show", "ansible.builtin.debug": {"msg": [names["completed_writes"], names["skipped_writes"]]}},
            {"name": "Failed", "ansible.builtin.debug": {"msg": "{{ result.failed_writes }}"}},
        ],
    }
    run = play(tmp_path, [block])
    assert run.code == 2, run.output
    assert run.of("Show")["msg"] == [["a"], ["c"]]
    assert run.of("Failed")["msg"] == [{"name": "b", "action": "replace"}]
    assert "Completed: update a, set the external ID of a. Skipped: write c." in run.of("Converge")["msg"]
    arena.ledger.count("faults injected")
    again = play(tmp_path / "again", [{"name": "Converge", module: arena.of(scenario)}])
    assert again.code == 0 and again.of("Converge")["changed"] is True, again.output
    arena.judge(scenario)
    arena.judge_quiet(scenario)
