# Copyright (c) 2026, community.dynatrace contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Processes and threads of a fleet: every host has one result, whatever happens to a process."""

from __future__ import annotations

import multiprocessing
import os
import signal
import threading
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from ansible_collections.community.dynatrace.plugins.plugin_utils._fleet.stop import Stop
from ansible_collections.community.dynatrace.plugins.plugin_utils._fleet.workers import Work, Workers

HOSTS = [f"h{number}" for number in range(60)]


def work(**more: Any) -> Work:
    parts: dict[str, Any] = {
        "prepare": lambda host: host,
        "run": lambda host: (host, os.getpid()),
        "lost": lambda host, error, begun: (host, type(error).__name__ if error else "lost" if begun else "not begun"),
        "alone": lambda _prepared: {},
        "enter": lambda _environ: None,
    }
    return Work(**{**parts, **more})


class Begun:
    """The hosts that began, in all processes."""

    def __init__(self, path: Path) -> None:
        self._path = path
        path.touch()

    def add(self, host: str) -> None:
        with self._path.open("a") as file:
            file.write(f"{host}\n")

    @property
    def hosts(self) -> list[str]:
        return self._path.read_text().split()


def outcomes(task: Work, *, processes: int, threads: int = 8, hosts: list[str] = HOSTS) -> list[tuple[str, Any]]:
    with (
        Stop() as stop,
        Workers(task, stop, processes=processes, threads=threads, tick=lambda: None) as workers,
    ):
        return list(workers.outcomes(hosts))


@pytest.mark.parametrize("processes", [1, 3])
def test_every_host_has_its_own_result(processes: int) -> None:
    found = outcomes(work(), processes=processes)
    assert Counter(host for host, _result in found) == Counter(HOSTS)
    assert all(result[0] == host for host, result in found)
    pids = {result[1] for _host, result in found}
    assert pids == {os.getpid()} if processes == 1 else os.getpid() not in pids and len(pids) > 1


def test_a_small_fleet_needs_no_process() -> None:
    assert {result[1] for _host, result in outcomes(work(), processes=4, hosts=HOSTS[:5])} == {os.getpid()}


def test_a_process_that_is_killed_costs_only_the_hosts_it_worked_on() -> None:
    def run(host: str) -> tuple[str, int]:
        if host == "h20":
            os.kill(os.getpid(), signal.SIGKILL)
        return host, 0

    found = outcomes(work(run=run), processes=2, threads=2)
    assert Counter(host for host, _result in found) == Counter(HOSTS)
    lost = {host for host, result in found if result[1] == "lost"}
    assert lost == {"h20"}, "the other process, and the hosts that had not begun, go on"


@pytest.mark.parametrize("always", [True, False])
def test_a_process_that_is_killed_before_a_host_begins_costs_no_other_host(tmp_path: Path, always: bool) -> None:
    """Hosts that had not begun are given to the next process."""
    begun, before = Begun(tmp_path / "begun"), tmp_path / "killed"

    def prepare(host: str) -> str:
        if host == "h20" and (always or not before.exists()):
            before.touch()
            os.kill(os.getpid(), signal.SIGKILL)
        return host

    def run(host: str) -> tuple[str, int]:
        begun.add(host)
        return host, 0

    found = outcomes(work(prepare=prepare, run=run), processes=2, threads=24)
    assert Counter(host for host, _result in found) == Counter(HOSTS)
    failed = {host: result[1] for host, result in found if result[1]}
    assert failed.pop("h20", None) == ("not begun" if always else None)
    # Others in the process may have just begun.
    assert set(failed.values()) <= {"lost"}
    expected = set(HOSTS) - ({"h20"} if always else set())
    assert len(begun.hosts) == len(set(begun.hosts)), "no host begins twice"
    assert expected - set(failed) <= set(begun.hosts) <= expected


def test_a_result_that_cannot_be_sent_is_a_failure_of_its_host() -> None:
    found = dict(outcomes(work(run=lambda host: (host, threading.Lock() if host == "h7" else 0)), processes=2))
    assert {host for host, result in found.items() if result[1] == "TypeError"} == {"h7"}


@pytest.mark.parametrize("processes", [1, 2])
@pytest.mark.parametrize("kind", [RuntimeError, MemoryError, SystemExit, KeyboardInterrupt])
def test_a_crash_in_a_thread_costs_only_its_host(kind: type[BaseException], processes: int) -> None:
    def run(host: str) -> tuple[str, int]:
        if host == "h20":
            raise kind("with a secret")
        return host, 0

    found = dict(outcomes(work(run=run), processes=processes))
    assert found == {**{host: (host, 0) for host in HOSTS}, "h20": ("h20", kind.__name__)}


@pytest.mark.parametrize("processes", [1, 2])
def test_hosts_with_other_environment_variables_never_run_at_the_same_time(processes: int) -> None:
    inside: set[str] = set()
    current: list[str] = [""]

    def run(host: str) -> tuple[str, str]:
        inside.add(host[-1])
        seen = current[0] if inside == {host[-1]} else f"mixed {sorted(inside)}"
        inside.discard(host[-1])
        return host, seen

    def enter(kind: str) -> None:
        current[0] = kind

    hosts = [f"h{number}{'ab'[number // 10 % 2]}" for number in range(60)]
    task = work(run=run, alone=lambda host: host[-1], enter=enter)
    found = outcomes(task, processes=processes, hosts=hosts)
    assert {(host[-1], result[1]) for host, result in found} == {("a", "a"), ("b", "b")}


@pytest.mark.parametrize("processes", [1, 2])
def test_a_signal_ends_the_run_behind_the_hosts_that_are_being_processed(processes: int) -> None:
    main, arrived = os.getpid(), multiprocessing.Event()

    def run(host: str) -> tuple[str, int]:
        if host == "h3":
            os.kill(main, signal.SIGTERM)
        elif int(host[1:]) > 3:
            # The others are not processed before the signal has arrived.
            arrived.wait(60)
        return host, 0

    def tick() -> None:
        if stop.reason:
            arrived.set()

    with Stop() as stop, Workers(work(run=run), stop, processes=processes, threads=2, tick=tick) as workers:
        found = dict(workers.outcomes(HOSTS))
        assert stop.reason == "SIGTERM"
    assert "h3" in found and "h59" not in found
    assert signal.getsignal(signal.SIGTERM) is signal.SIG_DFL


@pytest.mark.parametrize("processes", [1, 2, 4])
def test_no_host_begins_after_a_signal(tmp_path: Path, processes: int) -> None:
    begun, arrived = Begun(tmp_path / "begun"), multiprocessing.Event()
    threads = 4

    def run(host: str) -> tuple[str, int]:
        begun.add(host)
        arrived.wait(60)
        return host, 0

    def tick() -> None:
        if stop.reason:
            arrived.set()
        elif len(begun.hosts) == threads:
            os.kill(os.getpid(), signal.SIGINT)

    with Stop() as stop, Workers(work(run=run), stop, processes=processes, threads=threads, tick=tick) as workers:
        found = dict(workers.outcomes(HOSTS))
    assert len(begun.hosts) == threads, "no more than may run at the same time, and none after the signal"
    assert found == {host: (host, 0) for host in begun.hosts}


@pytest.mark.parametrize("processes", [1, 2])
def test_a_signal_is_noticed_while_hosts_wait_for_one_with_other_environment_variables(
    tmp_path: Path, processes: int
) -> None:
    begun, arrived = Begun(tmp_path / "begun"), multiprocessing.Event()

    def run(host: str) -> tuple[str, bool]:
        begun.add(host)
        return host, arrived.wait(20)

    def tick() -> None:
        if stop.reason:
            arrived.set()
        elif len(begun.hosts) == processes:
            os.kill(os.getpid(), signal.SIGTERM)

    task = work(run=run, alone=lambda host: host)
    with Stop() as stop, Workers(task, stop, processes=processes, threads=8, tick=tick) as workers:
        found = dict(workers.outcomes(HOSTS))
    assert len(begun.hosts) == processes, "one in each process, and none after the signal"
    assert found == {host: (host, True) for host in begun.hosts}


def test_several_batches_use_the_same_processes() -> None:
    with Stop() as stop, Workers(work(), stop, processes=2, threads=8, tick=lambda: None) as workers:
        pids = [{result[1] for _host, result in workers.outcomes(HOSTS)} for _batch in range(2)]
    assert pids[0] == pids[1] and len(pids[0]) == 2
