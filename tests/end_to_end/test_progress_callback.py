# Copyright (c) 2026, community.dynatrace contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a run over several environments looks like in a terminal, and where there is none."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from ansible_collections.community.dynatrace.tests.support.playbooks import command
from ansible_collections.community.dynatrace.tests.support.simulator import Simulator
from ansible_collections.community.dynatrace.tests.support.terminal import screen, watched

HOSTS = ("one", "two", "three", "four", "five")
SECRET = "canary-7Yq2"
CALLBACK = {"ANSIBLE_STDOUT_CALLBACK": "community.dynatrace.progress"}


@pytest.fixture(scope="module")
def running() -> Iterator[Simulator]:
    with Simulator(HOSTS) as found:
        yield found


@pytest.fixture
def simulator(running: Simulator, tmp_path: Path) -> Simulator:
    """Five environments; one of them does not let us in."""
    for host in HOSTS:
        running.reset(host)
    running.clear_faults()
    running.fault("status", status=401, environment="two", times=None)
    hosts = {
        host: {
            "dynatrace_environment_url": running.managed_url(host),
            "dynatrace_api_token": running.token(host),
        }
        for host in HOSTS
    }
    login = {"active": True, "basic_auth": {"username": "me", "password": SECRET}}
    slot = {"name": "archive", "endpoint_definition": {"endpoint_url": "https://archive.example.com/"}}
    group = {"hosts": hosts, "vars": {"user_session_exports_slots": [{**slot, "authentication": login}]}}
    (tmp_path / "inventory.yml").write_text(yaml.safe_dump({"dynatrace": group}, sort_keys=False))
    return running


def run(folder: Path, playbook: str, *arguments: str, fails: bool = True, **environment: str) -> str:
    """What a run prints where there is no terminal."""
    done = command(
        folder,
        "ansible-playbook",
        "-i",
        "inventory.yml",
        f"community.dynatrace.{playbook}",
        *arguments,
        environment={**CALLBACK, **environment},
    )
    assert bool(done.code) is fails, done.output
    assert SECRET not in done.output and "Traceback" not in done.output and "WARNING" not in done.output
    return done.output


def test_a_terminal_shows_one_line_and_a_table(simulator: Simulator, tmp_path: Path) -> None:
    code, written = watched(tmp_path, "-i", "inventory.yml", "community.dynatrace.configure", environment=CALLBACK)
    assert code == 2 and SECRET not in written
    assert written.count("\x1b[K") > 2, "the line was written again"
    lines = screen(written)
    assert "5/5 environments, 4 changed, 1 failed" in lines
    table = lines[lines.index("ENVIRONMENT  STATE         SECONDS  WHAT") :]
    assert re.match(r"two +failed +\d+\.\d  .*token", table[1])
    assert sum("archive (created)" in line for line in table) == 4
    assert any(line.startswith("5 environments: 1 failed, 4 changed. ") for line in table)
    assert "To repeat the run for it: --limit 'two'" in table
    assert sum("two: failed" in line for line in lines) == 1
    assert len([line for line in lines if line.strip()]) < 15, "no line for each host and task"


def test_plain_lines_where_there_is_no_terminal(simulator: Simulator, tmp_path: Path) -> None:
    again = tmp_path / "again.txt"
    output = run(tmp_path, "configure", DYNATRACE_PROGRESS_RETRY_FILE=str(again), DYNATRACE_PROGRESS_INTERVAL="0")
    assert "\r" not in output and "\x1b" not in output and "PLAY [" not in output
    assert "one: changed: archive (created)" in output and "two: failed: " in output
    assert "5/5 environments, 4 changed, 1 failed" in output
    assert f"To repeat the run for it: --limit '@{again}'" in output
    assert again.read_text() == "two\n"
    simulator.clear_faults()
    output = run(tmp_path, "configure", "--limit", f"@{again}", fails=False, DYNATRACE_PROGRESS_RETRY_FILE=str(again))
    assert "1 environment: 1 changed." in output
    assert not again.exists()
    assert "5 environments: 5 unchanged." in run(tmp_path, "configure", fails=False)


def test_check_mode_says_what_would_change_and_shows_the_difference(simulator: Simulator, tmp_path: Path) -> None:
    output = run(tmp_path, "configure", "--check", "--diff")
    assert "5 environments: 1 failed, 4 would change." in output
    assert "4 environments, the same change: " in output and output.count("+++ after: export archive (created)") == 1
    assert "one: would change: archive (missing)" in output
    assert "4 would change" in run(tmp_path, "audit"), "an audit is check mode"


def test_those_that_a_canary_saved_were_not_reached(simulator: Simulator, tmp_path: Path) -> None:
    simulator.fault("status", status=401, environment="one", times=None)
    output = run(tmp_path, "configure", "-e", "dynatrace_canary=1")
    assert "5 environments: 1 failed, 4 not reached." in output
    assert "To repeat the run for them: --limit 'five,four,one,three,two'" in output


def test_with_v_it_is_the_default_output(simulator: Simulator, tmp_path: Path) -> None:
    output = run(tmp_path, "configure", "-v")
    assert "PLAY RECAP" in output and "TASK [Configure environments]" in output
    assert "ENVIRONMENT  STATE" not in output


def test_a_playbook_of_ones_own_keeps_its_voice(simulator: Simulator, tmp_path: Path) -> None:
    module: dict[str, Any] = {"exports": [], "vars_prefix": "user_session_exports_"}
    tasks = [
        {"ansible.builtin.debug": {"msg": "hello from {{ inventory_hostname }}"}, "run_once": True},
        {"community.dynatrace.user_session_exports": module, "ignore_errors": True},
        {"ansible.builtin.command": "true", "loop": [1, 2], "changed_when": False},
    ]
    play = {"hosts": "dynatrace", "gather_facts": False, "connection": "local", "tasks": tasks}
    play["vars"] = {"ansible_python_interpreter": "{{ ansible_playbook_python }}"}
    (tmp_path / "site.yml").write_text(json.dumps([play]))
    done = command(tmp_path, "ansible-playbook", "-i", "inventory.yml", "site.yml", environment=CALLBACK)
    assert done.code == 0, done.output
    assert "hello from one" in done.output
    assert "5 environments: 5 unchanged." in done.output
