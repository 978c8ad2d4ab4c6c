# Copyright (c) 2026, community.dynatrace contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""What runs a module in the process of Ansible: environment variables, directory, and for which Python."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import pytest

from ansible_collections.community.dynatrace.plugins.plugin_utils import _in_process


def test_surroundings_are_put_back_whatever_happens(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("THERE", "before")
    monkeypatch.delenv("ABSENT", raising=False)
    before, place = dict(os.environ), Path.cwd()

    class TimeIsUp(BaseException):
        """Like the one of ansible-core."""

    def work() -> None:
        with _in_process.surroundings({"THERE": "now", "ABSENT": 7}, str(tmp_path)):  # type: ignore[dict-item]
            assert (os.environ["THERE"], os.environ["ABSENT"], Path.cwd()) == ("now", "7", tmp_path)
            raise TimeIsUp

    with pytest.raises(TimeIsUp):
        work()
    assert (dict(os.environ), Path.cwd()) == (before, place)


def test_only_the_python_that_runs_ansible_is_its_own(tmp_path: Path) -> None:
    link = tmp_path / "python"
    link.symlink_to(sys.executable)
    assert _in_process._is_own(sys.executable)
    assert not _in_process._is_own(str(link)), "a link elsewhere may be a virtualenv"
    assert not _in_process._is_own("python3")
    assert not _in_process._is_own("/usr/bin/env python3")
