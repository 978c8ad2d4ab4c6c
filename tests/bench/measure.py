# Copyright (c) 2026, community.dynatrace contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Measures runs of ``ansible-playbook`` and of a plain script against the simulator."""

from __future__ import annotations

import json
import os
import statistics
import subprocess
import sys
import threading
import time
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ansible_collections.community.dynatrace.tests.bench.plays import EXPORT_SCHEMA, PLAYBOOKS, PLAYS, SLOTS, VALUES
from ansible_collections.community.dynatrace.tests.support.simulator import Simulator

FORKS = 25
LATENCY_SECONDS = 0.05
# What takes longer is done once.
LONG_SECONDS = 60
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
WIDTHS = (12, 5, 8, 9, 9, 8, 8, 8, 5, 8, 9, 14)


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
    """One line of the table; in the situation ``distant``, nothing changes and each response comes later."""

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
        self.lines: list[str] = []
        # Which values the environments have: every "all" changes them to the others.
        self.turn = 0

    def measure(self, case: Case, base: Case | None = None, *, times: int = 0) -> Cost:
        """Run a case and print its line.

        :param base: measured already, to divide the wall by.
        :param times: number of runs, if it is not the usual one.
        """
        costs = [self.once(case)]
        while len(costs) < (times or self.repeat) and costs[0].wall < LONG_SECONDS:
            costs.append(self.once(case))
        cost = Cost(*(statistics.median(getattr(one, name) for one in costs) for name in Cost.__annotations__))
        self.costs[case] = cost
        ratio = f"{cost.wall / self.costs[base].wall:.2f} x {base.what}" if base else ""
        parts = [case.count, case.forks, case.strategy, case.situation, case.what + ("*" if len(costs) == 1 else "")]
        parts += [f"{cost.wall:.2f}", f"{1000 * cost.wall / case.count:.1f}", f"{cost.cpu:.2f}", f"{cost.memory:.0f}"]
        self.line([*parts, f"{cost.requests / case.count:.1f}", f"{100 * cost.simulator:.0f} %", ratio])
        return cost

    def line(self, parts: Iterable[object]) -> None:
        """Print a line of the table, and keep it."""
        texts = zip(parts, WIDTHS, strict=True)
        self.lines.append(" ".join(f"{part!s:>{width}}" for part, width in texts).rstrip())
        print(self.lines[-1], flush=True)

    def once(self, case: Case) -> Cost:
        """One run, from the situation that it needs."""
        command = self.prepared(case)
        if case.situation == "distant":
            self.simulator.fault("delay", seconds=LATENCY_SECONDS, path="settings", times=None)
        try:
            return self.timed(command)
        finally:
            self.simulator.clear_faults()

    def prepared(self, case: Case) -> list[str]:
        """Bring about the situation of a run, write its files, and return its command."""
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
            "dynatrace_in_process": case.what != "forked",
            "turn": self.turn,
        }
        if case.what in PLAYBOOKS:
            own |= {
                "dynatrace_environment_url": "{{ url }}",
                "dynatrace_api_token": "{{ token }}",
                "user_session_exports_slots": SLOTS[self.turn],
            }
        (self.folder / "inventory.json").write_text(json.dumps({"all": {"hosts": hosts, "vars": own}}))
        if case.what == "script":
            task = {
                "hosts": list(hosts.values()),
                "schema": EXPORT_SCHEMA,
                "values": VALUES[self.turn],
                "threads": case.forks,
            }
            (self.folder / "task.json").write_text(json.dumps(task))
            return [sys.executable, str(Path(__file__).with_name("baseline.py")), "task.json"]
        command = [str(Path(sys.prefix) / "bin" / "ansible-playbook"), "-i", "inventory.json", "-f", str(case.forks)]
        if case.what in PLAYBOOKS:
            extra = {"dynatrace_hosts": "all", "dynatrace_threads": case.forks, **PLAYBOOKS[case.what][1]}
            return [*command, PLAYBOOKS[case.what][0], "-e", json.dumps(extra)]
        play: dict[str, Any] = {**PLAYS[case.what][self.turn], "strategy": case.strategy}
        for one in play.get("tasks", ()):
            if "community.dynatrace.fleet" in one:
                one["community.dynatrace.fleet"]["threads"] = case.forks
        (self.folder / "play.json").write_text(json.dumps([play]))
        return [*command, "play.json"]

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

    def peak(self, case: Case) -> float:
        """The most memory in MB that all processes of a run had together: what they share counts once.

        Looking at it takes time, so such a run is not timed.
        """
        peak, done = 0.0, threading.Event()

        def watch() -> None:
            nonlocal peak
            while not done.wait(0.05):
                peak = max(peak, sum(map(_own_kilobytes, _descendants(os.getpid(), self.simulator.process))))

        watcher = threading.Thread(target=watch)
        watcher.start()
        try:
            self.once(case)
        finally:
            done.set()
            watcher.join()
        return peak / 1024

    def settle(self, case: Case) -> None:
        """Make the environments be as this way leaves them, at little cost."""
        what = {"forked": "module", "role": "module", "by hand": "script"}.get(case.what, case.what)
        self.once(Case(case.count, what, "first"))


def _descendants(pid: int, other: subprocess.Popen[str] | None) -> Iterator[int]:
    """The processes that a process has started, and theirs, without those of another one."""
    try:
        children = Path(f"/proc/{pid}/task").glob("*/children")
        found = [int(word) for path in children for word in path.read_text().split()]
    except OSError:
        return
    for child in found:
        if other is None or child != other.pid:
            yield child
            yield from _descendants(child, other)


def _own_kilobytes(pid: int) -> int:
    """The memory of a process, where what several processes share is divided among them."""
    try:
        lines = Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()
    except OSError:
        return 0
    return sum(int(line.split()[1]) for line in lines if line.startswith("Pss:"))
