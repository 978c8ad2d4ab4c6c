# Copyright (c) 2026, community.dynatrace contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""The progress that the fleet task itself shows, with Ansible's default output: no callback plugin is needed."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from ansible_collections.community.dynatrace.tests.end_to_end.test_fleet import HOSTS, SECRET, SLOTS, Fleet
from ansible_collections.community.dynatrace.tests.support.simulator import Simulator
from ansible_collections.community.dynatrace.tests.support.terminal import screen, watched

AUDIT = ("-i", "inventory.yml", "community.dynatrace.audit")
LINE = r"\d/5 environments, (\d would change, )?(\d failed, )?\d left"
TABLE = "ENVIRONMENT  STATE         SECONDS  WHAT"


@pytest.fixture
def fleet(tmp_path: Path) -> Iterator[Fleet]:
    """Five environments. One of them does not accept its token, and another takes more than a second."""
    with Simulator(HOSTS) as simulator:
        simulator.fault("status", status=401, environment="one", times=None)
        simulator.fault("delay", seconds=1.2, environment="two", times=None)
        found = Fleet(simulator, tmp_path)
        found.declare(SLOTS)
        yield found


def test_a_terminal_shows_one_line_and_a_table_at_the_end(fleet: Fleet) -> None:
    code, written = watched(fleet.folder, *AUDIT)
    assert code == 2 and SECRET not in written
    updates = re.findall(rf"\r\x1b\[K{LINE}", written)
    assert len(updates) > 2 and written.count("\n5/5") == 0, "one line, updated in place"
    lines = [line.rstrip() for line in screen(written)]
    assert not [line for line in lines if re.match(LINE, line)], "it is removed at the end"
    table = lines[lines.index(TABLE) + 1 :]
    assert re.match(r"one +failed +\d+\.\d  .*token", table[0])
    assert any(line.startswith("5 environments: 1 failed, 4 would change. ") for line in table), table


@pytest.mark.parametrize("way", ["variable", "configuration"])
def test_a_quiet_terminal_shows_no_progress(fleet: Fleet, way: str) -> None:
    arguments = [*AUDIT, "-e", "dynatrace_progress=false"] if way == "variable" else AUDIT
    quiet = {"ANSIBLE_DISPLAY_OK_HOSTS": "false"} if way == "configuration" else {}
    code, written = watched(fleet.folder, *arguments, environment=quiet)
    assert code == 2 and "\x1b[K" not in written and not re.search(LINE, written)


def test_without_a_terminal_there_are_plain_lines(fleet: Fleet) -> None:
    """When progress is due is a matter of a unit test: here the run is over before."""
    done = fleet.run("audit", fails=True)
    assert "\x1b" not in done.output and "\r" not in done.output and TABLE not in done.output
    assert "5 environments: 1 failed, 4 drift" in done.output
