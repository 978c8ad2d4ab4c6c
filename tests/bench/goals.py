# Copyright (c) 2026, community.dynatrace contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""What the fleet task may cost, as ratios that hold on any machine with two cores, and what it costs."""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from ansible_collections.community.dynatrace.plugins.plugin_utils._fleet.environments import MODULES, Job, Prepared, run
from ansible_collections.community.dynatrace.tests.bench.measure import Bench, Case
from ansible_collections.community.dynatrace.tests.bench.plays import SLOTS

THREADS, MANY_THREADS = 50, 100
FEW = 20
# A fleet is compared with one of this many times its size, and with a part of it.
LARGE, SMALL = 5, 2
ENGINE_RUNS = 200


@dataclass(frozen=True)
class Goal:
    """A line of the table of goals.

    :param goal: the most that is allowed.
    :param detail: what else was measured.
    """

    what: str
    goal: float
    measured: float
    unit: str = ""
    detail: str = ""

    def text(self) -> str:
        """Return the measured value."""
        number = f"{self.measured:.2f}" if self.measured < 10 else f"{self.measured:.0f}"
        return f"{number}{self.unit}"

    def goal_text(self) -> str:
        """Return the goal."""
        return f"{self.goal:g}{self.unit}"


def goals(bench: Bench, count: int) -> Iterator[Goal]:
    """Measure everything in one run, and yield the goals."""
    whole = count >= 1000
    few, each = min(FEW, count), 200 if whole else max(1, count // 4)
    large, small = LARGE * count, max(1, count // SMALL)
    start, bare = Case(1, "bare"), Case(count, "bare")
    audit = Case(count, "audit", forks=THREADS)

    def wall(case: Case) -> float:
        return bench.costs[case].wall

    bench.settle(Case(large, "fleet"))
    bench.measure(start)
    bench.measure(bare)
    bench.measure(audit, bare)
    playbook = bench.measure(Case(count, "playbook", forks=THREADS), bare)
    for what in ("audit", "playbook"):
        bench.measure(Case(few, what, forks=THREADS), start)
    for size in (large, small):
        bench.measure(Case(size, "audit", forks=THREADS))
    near, distant = (Case(count, "audit", situation, MANY_THREADS) for situation in ("nothing", "distant"))
    bench.measure(near)
    bench.measure(distant, near)
    for what, base in (("bare", None), ("bare2", None), ("module", "bare"), ("role", "bare2")):
        bench.measure(Case(each, what), Case(each, base) if base else None)
    engine = engine_milliseconds(bench, min(count, ENGINE_RUNS))
    shared = 1024 * (bench.peak(audit) - bench.peak(Case(1, "audit", forks=THREADS))) / count
    largest = 1024 * (bench.costs[audit].memory - bench.costs[start].memory) / count
    changed = Case(count, "fleet", "all", forks=THREADS)
    bench.measure(changed, bare)
    bench.settle(Case(count, "script"))
    script, writes = Case(count, "script", forks=THREADS), Case(count, "script", "all", forks=THREADS)
    bench.measure(script)
    bench.measure(writes)

    def above_start(case: Case) -> float:
        return (wall(case) - wall(start)) / case.count

    yield Goal(
        f"{count:,} environments, nothing changed: audit with report compared with one bare task",
        0.2,
        wall(audit) / wall(bare),
        detail=f"CPU {bench.costs[audit].cpu / bench.costs[bare].cpu:.2f}, playbook {playbook.wall / wall(bare):.2f}",
    )
    together = wall(start) + wall(script)
    yield Goal(
        "The same compared with the start of ansible-playbook and the script together",
        2.0,
        wall(audit) / together,
        detail=f"playbook {playbook.wall / together:.2f}",
    )
    least = Case(few, "audit", forks=THREADS)
    yield Goal(
        f"{few} environments, nothing changed: audit compared with a bare task for one host",
        1.5,
        wall(least) / wall(start),
        detail=f"playbook {wall(Case(few, 'playbook', forks=THREADS)) / wall(start):.2f}",
    )
    yield Goal(
        f"{count:,} environments, all changed: configure compared with the start and the script together",
        2.0,
        wall(changed) / (wall(start) + wall(writes)),
        detail=f"script alone {wall(changed) / wall(writes):.2f}",
    )
    yield Goal("CPU time of the work on an unchanged environment, with its request", 4, engine, " ms")
    yield Goal(
        f"{each} environments, a task for each: module compared with one bare task",
        1.4,
        wall(Case(each, "module")) / wall(Case(each, "bare")),
    )
    yield Goal(
        f"{each} environments, a task for each: role compared with two bare tasks",
        1.4,
        wall(Case(each, "role")) / wall(Case(each, "bare2")),
    )
    yield Goal(
        f"{count:,} environments, {MANY_THREADS} threads: audit with a latency of 50 ms compared with none",
        1.3,
        wall(distant) / wall(near),
    )
    yield Goal(
        f"Time for each environment above the start: {large:,} environments compared with {small:,}",
        1.1,
        above_start(Case(large, "audit", forks=THREADS)) / above_start(Case(small, "audit", forks=THREADS)),
    )
    yield Goal(
        "Peak memory for each environment, all processes, above an audit of one",
        100,
        shared,
        " kB",
        detail=f"largest process {largest:.0f} kB",
    )


def engine_milliseconds(bench: Bench, count: int) -> float:
    """The CPU time of this process for an unchanged environment, one after the other."""
    entry = MODULES["user_session_exports"]
    entry.warm()
    job = Job(entry, ".", "", {}, {}, lambda _template: {}, dry=True, invocation=False, keeps=lambda _record: False)

    def prepared(number: int) -> Prepared:
        name = f"e{number}"
        connection = {"environment_url": bench.simulator.url(name), "api_token": bench.simulator.token(name)}
        args: dict[str, Any] = {**connection, "exports": SLOTS[bench.turn]}
        return Prepared(name, args, {"host": name}, {})

    ready = [prepared(number) for number in range(count)]
    outcomes = [run(one, job) for one in ready[:10]]
    start = time.process_time()
    outcomes += [run(one, job) for one in ready]
    used = time.process_time() - start
    wrong = [one.record for one in outcomes if one.failed or one.changed]
    assert not wrong, wrong[0]
    return 1000 * used / count
