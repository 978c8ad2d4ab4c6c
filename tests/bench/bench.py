# Copyright (c) 2026, community.dynatrace contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a fleet costs: the module and the role beside Ansible's own cost, the same work by hand, and a plain script.

Everything is measured in one run on one machine, against the simulator of this collection:

bare       one ansible.builtin.debug task: what Ansible itself needs for a task on these hosts (bare2: two of them)
module     one task with community.dynatrace.user_session_exports, inside Ansible's process
role       the role community.dynatrace.user_session_exports, which has two tasks, inside Ansible's process
audit      the audit of all environments in one task (community.dynatrace.fleet), with its report
playbook   the same through the playbook community.dynatrace.audit
fleet      configuring all environments in one task, with its report
forked     the module forced to run as a module
by hand    ansible.builtin.uri: read, compare in Jinja, POST what is missing, PUT what differs (three tasks, secrets
           hidden). It neither validates, nor adopts, nor shows a diff, nor has a check mode
script     a pool of as many threads as there are forks, with requests

"first" creates three exports in each environment, "nothing" finds nothing to do, "all" changes all three. Times are
medians of three, start-up included; memory is that of the largest process; the simulator has a share of one core. A
star marks what was done once: it takes more than a minute.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import tempfile
import time
from collections.abc import Iterable
from dataclasses import asdict
from importlib.metadata import version
from pathlib import Path

from ansible_collections.community.dynatrace.tests.bench.goals import LARGE, goals
from ansible_collections.community.dynatrace.tests.bench.measure import HEAD, Bench, Case
from ansible_collections.community.dynatrace.tests.bench.schemas import schemas
from ansible_collections.community.dynatrace.tests.support.simulator import Simulator

# Above MOST environments only what has nothing to do is measured, and not the slow ways.
MOST = 200
# A machine with more to do measures itself.
QUIET = 0.5
SLOW = ("forked", "by hand")


def fleets(bench: Bench, counts: Iterable[int]) -> None:
    """From one environment to many."""
    for count in counts:
        bare = Case(count, "bare")
        bench.measure(bare)
        bench.measure(Case(count, "bare2"))
        for situation in ("first", "nothing", "all") if count <= MOST else ("nothing",):
            for what in ("module", "role", *SLOW, "script"):
                # Creating takes by hand what changing takes: once is enough of it.
                if what in SLOW and (count > MOST or (situation == "first" and count > 10)):
                    continue
                case = Case(count, what, situation)
                if situation != "first":
                    bench.settle(case)
                bench.measure(case, beside(case, bare))
        print()


def beside(case: Case, bare: Case) -> Case:
    """What a line is compared with."""
    if case.what == "module":
        return bare
    if case.what == "role":
        return Case(case.count, "bare2")
    return Case(case.count, "module", case.situation)


def ways(bench: Bench, count: int) -> None:
    """More forks, another strategy."""
    bench.settle(Case(count, "module"))
    for strategy in ("linear", "free"):
        for forks in (5, 25, 50):
            bare = Case(count, "bare", forks=forks, strategy=strategy)
            module = Case(count, "module", forks=forks, strategy=strategy)
            bench.measure(bare)
            bench.measure(module, bare)
    print()


def distance(bench: Bench, count: int) -> None:
    """Each response 50 ms later."""
    forks = 50
    bench.settle(Case(count, "module"))
    bare, module = Case(count, "bare", forks=forks), Case(count, "module", "distant", forks)
    bench.measure(bare)
    bench.measure(module, bare)
    bench.settle(Case(count, "script"))
    script = bench.measure(Case(count, "script", "distant", forks))
    together = script.wall + bench.costs[bare].wall
    print(f"module : (script + bare) = {bench.costs[module].wall / together:.2f}\n")


def fleet(bench: Bench, count: int, file: Path | None) -> None:
    """All environments in one task beside a bare task and a plain script."""
    found = list(goals(bench, count))
    print()
    for goal in found:
        verdict = "reached" if goal.measured <= goal.goal else "MISSED"
        print(
            f"{goal.text():>8} (goal {goal.goal_text()}, {verdict})  {goal.what}{goal.detail and f' ({goal.detail})'}"
        )
    print()
    if file is not None:
        figures = {"machine": machine(), "lines": bench.lines, "goals": [asdict(goal) for goal in found]}
        file.write_text(json.dumps(figures, indent=1) + "\n", encoding="utf-8")


def machine() -> str:
    """What the figures are about."""
    core = f"ansible-core {version('ansible-core')}, Python {platform.python_version()}"
    return f"{os.cpu_count()} cores, {platform.system()} {platform.machine()}, {core}, {time.strftime('%Y-%m-%d')}"


def main() -> None:
    """Print the tables."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("counts", nargs="*", type=int, help="numbers of environments (default: 1 10 50 200 1000)")
    parser.add_argument("--repeat", type=int, default=3, help="runs of each case that takes less than a minute (3)")
    parser.add_argument("--only", choices=["fleet", "fleets", "ways", "distance", "schemas"], help="one of the tables")
    parser.add_argument("--json", type=Path, help="file for the figures of the fleet, for generate_performance.py")
    options = parser.parse_args()
    print(machine())
    if (load := os.getloadavg()[0]) > QUIET:
        print(f"The load of this machine is {load:.1f}: what else runs on it is measured, too.")
    print()
    if options.only in (None, "schemas"):
        schemas()
    if options.only == "schemas":
        return
    counts = options.counts or [1, 10, 50, 200, 1000]
    most = min(MOST, max(counts))
    number = max(counts) * (LARGE if options.only in (None, "fleet") else 1)
    with (
        tempfile.TemporaryDirectory(prefix="bench-") as name,
        Simulator([f"e{one}" for one in range(number)]) as running,
    ):
        bench = Bench(Path(name), running, options.repeat)
        bench.once(Case(1, "role", "first"))  # once for the caches
        for title, work in (
            ("fleet", lambda: fleet(bench, max(counts), options.json)),
            ("fleets", lambda: fleets(bench, counts)),
            ("ways", lambda: ways(bench, most)),
            ("distance", lambda: distance(bench, most)),
        ):
            if options.only in (None, title):
                print(f"{title}\n")
                bench.line(HEAD)
                work()


if __name__ == "__main__":
    main()
