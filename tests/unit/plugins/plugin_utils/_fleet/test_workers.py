# Copyright (c) 2026, community.dynatrace contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Processes and threads of a fleet: every host has one result, whatever happens to a process."""

from __future__ import annotations

import multiprocessing
import os
import signal
import threading
from collections import Counter
from typing import Any

import pytest

from ansible_collections.community.dynatrace.plugins.plugin_utils._fleet.workers import Stop, Work, Workers

HOSTS = [f"h{number}" for number in range(60)]


def work(**more: Any) -> Work:
    parts: dict[str, Any] = {
        "prepare": lambda host: host,
        "run": lambda host: (host, os.getpid()),
        "lost": lambda host, error: (host, "lost" if error is None else type(error).__name__),
        "alone": lambda _prepared: {},
        "enter": lambda _environ: None,
    }
    return Work(**{**parts, **more})


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
    assert "h20" in lost and len(lost) <= 5


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


def test_several_batches_use_the_same_processes() -> None:
    with Stop() as stop, Workers(work(), stop, processes=2, threads=8, tick=lambda: None) as workers:
        pids = [{result[1] for _host, result in workers.outcomes(HOSTS)} for _batch in range(2)]
    assert pids[0] == pids[1] and len(pids[0]) == 2
