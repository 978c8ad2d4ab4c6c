# Copyright (c) 2026, community.dynatrace contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""The request to end a run: by a signal, and by the end of the parent process."""

from __future__ import annotations

import os
import signal

import pytest

from ansible_collections.community.dynatrace.plugins.plugin_utils._fleet import stop as module
from ansible_collections.community.dynatrace.plugins.plugin_utils._fleet.stop import Stop


def answer_of_a_fork(stop: Stop) -> bool:
    """Whether a forked process is asked to begin nothing more."""
    parent, pid = os.getpid(), os.fork()
    if not pid:
        stop.follow(parent)
        os._exit(int(stop.asked))
    return os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) == 1


def test_a_forked_process_knows_of_a_signal_that_its_parent_got() -> None:
    with Stop() as stop:
        assert not stop.asked and not answer_of_a_fork(stop)
        os.kill(os.getpid(), signal.SIGINT)
        assert stop.asked and answer_of_a_fork(stop)
        assert stop.check() and stop.reason == "SIGINT" and not stop.overdue


def test_the_end_of_the_parent_process_ends_a_run() -> None:
    with Stop() as stop:
        stop.follow(-1)
        assert stop.asked
        assert stop.check() and stop.reason == "Ansible ended"


def test_a_run_waits_for_a_while(monkeypatch: pytest.MonkeyPatch) -> None:
    now = [100.0]
    monkeypatch.setattr(module.time, "monotonic", lambda: now[0])
    with Stop() as stop:
        os.kill(os.getpid(), signal.SIGTERM)
        assert stop.check() and not stop.overdue
        now[0] += 11
        assert stop.overdue
