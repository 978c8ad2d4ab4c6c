# Copyright (c) 2026, community.dynatrace contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a fleet costs: the module and the role beside Ansible's own cost, the same work by hand, and a plain script.

Everything is measured in one run on one machine, against the simulator of this collection:

bare       one ansible.builtin.debug task: what Ansible itself needs for a task on these hosts (bare2: two of them)
module     one task with community.dynatrace.user_session_exports, inside Ansible's process
role       the role community.dynatrace.user_session_exports, which has two tasks, inside Ansible's process
audit      the audit of all environments in one task (community.dynatrace.fleet), with its report
fleet      configuring all environments in one task, with its report
forked     the module forced to run as a module
by hand    ansible.builtin.uri: read, compare in Jinja, POST what is missing, PUT what differs (three tasks, secrets
           hidden). It neither validates, nor adopts, nor shows a diff, nor has a check mode
script     a pool of as many threads as there are forks, with requests

"first" creates three exports in each environment, "nothing" finds nothing to do, "all" changes all three. Times are
medians, start-up included; memory is that of the largest process; the simulator has a share of one core. A star marks
what was done once.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterable
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path

from ansible_collections.community.dynatrace.tests.bench.plays import EXPORT_SCHEMA, PLAYS, VALUES
from ansible_collections.community.dynatrace.tests.bench.schemas import schemas
from ansible_collections.community.dynatrace.tests.support.simulator import Simulator

FORKS = 25
# Above MANY everything is done once; above MOST only what has nothing to do, and not the slow ways.
MANY, MOST = 50, 200
SLOW = ("forked", "by hand")
HEAD = (
    "environments",
    "forks",
    "strategy",
    "situation",
    "what",
    "wall/s",
    "each/ms",
    "CPU/s",
    "MB",
    "requests",
    "simulator",
    "ratio",
)
WIDTHS = (12, 5, 8, 9, 8, 8, 8, 8, 5, 8, 9, 14)


@dataclass(frozen=True)
class Cost:
    """What one run took; ``simulator`` is the share of one core that the simulator had meanwhile."""

    wall: float
    cpu: float
    memory: float
    simulator: float
    requests: int


@dataclass(frozen=True)
class Case:
    """One line of the table."""

    count: int
    what: str
    situation: str = "nothing"
    forks: int = FORKS
    strategy: str = "linear"


class Bench:
    """The simulator, a folder with inventories and playbooks, and what was measured."""

    def __init__(self, folder: Path, simulator: Simulator, repeat: int) -> None:
        self.folder, self.simulator, self.repeat = folder, simulator, repeat
        self.costs: dict[Case, Cost] = {}
        # Which values the environments have: every "all" changes them to the others.
        self.turn = 0

    def measure(self, case: Case, base: Case | None = None) -> None:
        """Run a case and print its line.

        :param base: measured already, to divide the wall by.
        """
        times = 1 if case.count > MANY or (case.what in SLOW and case.count > 10) else self.repeat
        costs = [self.once(case) for _turn in range(times)]
        cost = Cost(*(statistics.median(getattr(one, name) for one in costs) for name in Cost.__annotations__))
        self.costs[case] = cost
        ratio = f"{cost.wall / self.costs[base].wall:.2f} x {base.what}" if base else ""
        parts = [case.count, case.forks, case.strategy, case.situation, case.what + ("*" if times == 1 else "")]
        parts += [f"{cost.wall:.2f}", f"{1000 * cost.wall / case.count:.1f}", f"{cost.cpu:.2f}", f"{cost.memory:.0f}"]
        table([*parts, f"{cost.requests / case.count:.1f}", f"{100 * cost.simulator:.0f} %", ratio])

    def once(self, case: Case) -> Cost:
        """One run, from the situation that it needs."""
        names = [f"e{number}" for number in range(case.count)]
        if case.situation == "first":
            for name in names:
                self.simulator.reset(name)
            self.turn = 0
        elif case.situation == "all":
            self.turn = 1 - self.turn
        hosts = {name: {"url": self.simulator.url(name), "token": self.simulator.token(name)} for name in names}
        own = {
            "ansible_connection": "local",
            "ansible_python_interpreter": sys.executable,
            "community_dynatrace_in_process": case.what != "forked",
            "turn": self.turn,
        }
        (self.folder / "inventory.json").write_text(json.dumps({"all": {"hosts": hosts, "vars": own}}))
        task = {
            "hosts": list(hosts.values()),
            "schema": EXPORT_SCHEMA,
            "values": VALUES[self.turn],
            "threads": case.forks,
        }
        (self.folder / "task.json").write_text(json.dumps(task))
        play = [{**PLAYS[case.what][self.turn], "strategy": case.strategy}] if case.what != "script" else []
        (self.folder / "play.json").write_text(json.dumps(play))
        command = ["-i", "inventory.json", "-f", str(case.forks), "play.json"]
        command = [str(Path(sys.prefix) / "bin" / "ansible-playbook"), *command]
        if case.what == "script":
            command = [sys.executable, str(Path(__file__).with_name("baseline.py")), "task.json"]
        return self.timed(command)

    def timed(self, command: list[str]) -> Cost:
        """One command: its wall, CPU and memory, those of its children included."""
        self.simulator.clear_log()
        busy, start = self.simulator_seconds(), time.monotonic()
        with (self.folder / "output.txt").open("w+") as output:
            process = subprocess.Popen(
                command,
                cwd=self.folder,
                env={**os.environ, "ANSIBLE_INVENTORY_ENABLED": "yaml", "ANSIBLE_LOCALHOST_WARNING": "false"},
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
            )
            _pid, status, used = os.wait4(process.pid, 0)
            process.returncode = os.waitstatus_to_exitcode(status)
            wall = time.monotonic() - start
            if process.returncode:
                output.seek(0)
                raise SystemExit(output.read()[-4000:])
        share = (self.simulator_seconds() - busy) / wall
        return Cost(wall, used.ru_utime + used.ru_stime, used.ru_maxrss / 1024, share, len(self.simulator.requests()))

    def simulator_seconds(self) -> float:
        """The CPU time of the simulator."""
        process = self.simulator.process
        fields = Path(f"/proc/{process.pid if process else 0}/stat").read_text().rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

    # The tables

    def fleets(self, counts: Iterable[int]) -> None:
        """From one environment to many."""
        for count in counts:
            bare = Case(count, "bare")
            self.measure(bare)
            self.measure(Case(count, "bare2"))
            for situation in ("first", "nothing", "all") if count <= MOST else ("nothing",):
                for what in ("module", "role", *SLOW, "script"):
                    # Creating takes by hand what changing takes: once is enough of it.
                    if what in SLOW and (count > MOST or (situation == "first" and count > 10)):
                        continue
                    case = Case(count, what, situation)
                    if situation != "first":
                        self.settle(case)
                    self.measure(case, self.beside(case, bare))
            print()

    def settle(self, case: Case) -> None:
        """Make the environments be as this way leaves them, at little cost."""
        what = {"forked": "module", "role": "module", "by hand": "script"}.get(case.what, case.what)
        self.once(Case(case.count, what, "first"))

    @staticmethod
    def beside(case: Case, bare: Case) -> Case:
        """What a line is compared with."""
        if case.what == "module":
            return bare
        if case.what == "role":
            return Case(case.count, "bare2")
        return Case(case.count, "module", case.situation)

    def fleet(self, count: int) -> None:
        """All environments in one task beside a bare task and a plain script, in one run: the short form."""
        start, bare = Case(1, "bare"), Case(count, "bare")
        self.measure(start)
        self.measure(bare)
        self.settle(Case(count, "fleet"))
        audit = Case(count, "audit", forks=50)
        self.measure(audit, bare)
        changed = Case(count, "fleet", "all", forks=50)
        self.measure(changed, bare)
        self.settle(Case(count, "script"))
        script, writes = Case(count, "script", forks=50), Case(count, "script", "all", forks=50)
        self.measure(script)
        self.measure(writes)
        walls = {case: cost.wall for case, cost in self.costs.items()}
        cpus = {case: cost.cpu for case, cost in self.costs.items()}
        memory = {case: cost.memory for case, cost in self.costs.items()}
        each = 1000 * (memory[audit] - memory[start]) / count
        print(f"audit : bare                   {walls[audit] / walls[bare]:.2f} (CPU {cpus[audit] / cpus[bare]:.2f})")
        print(f"audit : (start + script)       {walls[audit] / (walls[start] + walls[script]):.2f}")
        print(f"all changed : (start + script) {walls[changed] / (walls[start] + walls[writes]):.2f}")
        print(f"memory per environment         {each:.0f} kB above one environment\n")

    def ways(self, count: int) -> None:
        """More forks, another strategy."""
        self.settle(Case(count, "module"))
        for strategy in ("linear", "free"):
            for forks in (5, 25, 50):
                bare = Case(count, "bare", forks=forks, strategy=strategy)
                module = Case(count, "module", forks=forks, strategy=strategy)
                self.measure(bare)
                self.measure(module, bare)
        print()

    def distance(self, count: int) -> None:
        """Each answer 50 ms later."""
        forks = 50
        self.settle(Case(count, "module"))
        self.simulator.fault("delay", seconds=0.05, path="settings", times=None)
        bare, module = Case(count, "bare", forks=forks), Case(count, "module", forks=forks)
        script = Case(count, "script", forks=forks)
        self.measure(bare)
        self.measure(module, bare)
        self.simulator.clear_faults()
        self.settle(Case(count, "script"))
        self.simulator.fault("delay", seconds=0.05, path="settings", times=None)
        self.measure(script)
        self.simulator.clear_faults()
        together = self.costs[script].wall + self.costs[bare].wall
        print(f"module : (script + bare) = {self.costs[module].wall / together:.2f}\n")


def table(parts: Iterable[object]) -> None:
    """One line of the table."""
    print(" ".join(f"{part!s:>{width}}" for part, width in zip(parts, WIDTHS, strict=True)).rstrip(), flush=True)


def machine() -> str:
    """What the figures are about."""
    core = f"ansible-core {version('ansible-core')}, Python {platform.python_version()}"
    return f"{os.cpu_count()} cores, {platform.system()} {platform.machine()}, {core}, {time.strftime('%Y-%m-%d')}\n"


def main() -> None:
    """Print the tables."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("counts", nargs="*", type=int, help="numbers of environments (default: 1 10 50 200 1000)")
    parser.add_argument("--repeat", type=int, default=3, help=f"runs of each case up to {MANY} environments (3)")
    parser.add_argument("--only", choices=["fleet", "fleets", "ways", "distance", "schemas"], help="one of the tables")
    options = parser.parse_args()
    if options.only in (None, "schemas"):
        print(machine())
        schemas()
    if options.only == "schemas":
        return
    counts = options.counts or [1, 10, 50, 200, 1000]
    most = min(MOST, max(counts))
    environments = [f"e{number}" for number in range(max(counts))]
    with tempfile.TemporaryDirectory(prefix="bench-") as name, Simulator(environments) as simulator:
        bench = Bench(Path(name), simulator, options.repeat)
        bench.once(Case(1, "role", "first"))  # once for the caches
        for title, work in (
            ("fleet", lambda: bench.fleet(max(counts))),
            ("fleets", lambda: bench.fleets(counts)),
            ("ways", lambda: bench.ways(most)),
            ("distance", lambda: bench.distance(most)),
        ):
            if options.only in (None, title):
                print(f"{title}\n")
                table(HEAD)
                work()


if __name__ == "__main__":
    main()
