# Copyright (c) 2026, community.dynatrace contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""SIGKILL in the middle of a rollout with a canary and batches: nothing runs ahead, and the next run finishes it.

Whole ``ansible-playbook`` processes with their workers, at the writes of the canary, of a batch and of the last one.
"""

from __future__ import annotations

import contextlib
import json
import os
import signal
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from ansible_collections.community.dynatrace.tests.fault_injection.support import LONG
from ansible_collections.community.dynatrace.tests.support.counters import Ledger
from ansible_collections.community.dynatrace.tests.support.playbooks import VENV
from ansible_collections.community.dynatrace.tests.support.simulator import EXPORT_SCHEMA, Simulator
from ansible_collections.community.dynatrace.tests.tools import environments

BATCHES = (("canary",), ("one", "two"), ("three", "four"))
HOSTS = tuple(host for batch in BATCHES for host in batch)
PASSWORD = "canary-of-a-password-8Kd3"
PATH = "authentication/basicAuth/password"
SLOTS: list[dict[str, Any]] = [
    {"name": "archive", "endpoint_definition": {"endpoint_url": "https://archive.example.com/"}},
    {
        "name": "elastic",
        "endpoint_definition": {"endpoint_url": "https://elastic.example.com/"},
        "authentication": {"active": True, "basic_auth": {"username": "dynatrace", "password": PASSWORD}},
    },
]
SHORT = (("canary", 1, "after"), ("two", 0, "after"), ("three", 1, "before"))
KILLS = tuple((host, write, when) for host in HOSTS for write in (0, 1) for when in ("before", "after"))


@pytest.fixture
def simulator() -> Iterator[Simulator]:
    with Simulator(HOSTS) as running:
        yield running


def start(folder: Path) -> subprocess.Popen[str]:
    variables = json.dumps({"dynatrace_canary": 1, "dynatrace_serial": 2, "dynatrace_backup_directory": "kept"})
    return subprocess.Popen(
        [
            str(VENV / "bin" / "ansible-playbook"),
            *("-i", "inventory.yml", "community.dynatrace.configure", "--diff", "-e", variables),
        ],
        cwd=folder,
        env={
            **environments.clean_environment(VENV),
            "ANSIBLE_NOCOLOR": "1",
            "ANSIBLE_HOME": str(folder / "home"),
            "ANSIBLE_LOG_PATH": str(folder / "ansible.log"),
        },
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )


def kill(process: subprocess.Popen[str]) -> None:
    """The process and its workers, which have sessions of their own: nothing is tidied up."""
    listed = subprocess.run(["ps", "-eo", "pid=,ppid="], capture_output=True, text=True, check=True).stdout
    parents = {int(pid): int(above) for pid, above in map(str.split, listed.splitlines())}
    pids = [process.pid]
    for pid in pids:
        pids += [child for child, above in parents.items() if above == pid]
    for pid in pids:
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)
    process.communicate()
    assert process.returncode == -signal.SIGKILL


def reached(simulator: Simulator, host: str, when: str, process: subprocess.Popen[str]) -> None:
    """Wait until a request of the host hangs."""
    while True:
        hit = [one for one in simulator.requests(environment=host) if one["fault"]]
        if hit and (when == "before" or hit[0]["applied"]):
            return
        assert process.poll() is None, process.communicate()[0]
        time.sleep(0.01)


def writes(simulator: Simulator) -> set[str]:
    return {one["environment"] for one in simulator.requests() if one["method"] != "GET" and one["applied"]}


def doubled(simulator: Simulator, host: str) -> list[str]:
    urls = [one["value"]["endpointDefinition"]["endpointUrl"] for one in simulator.objects(host, EXPORT_SCHEMA)]
    return sorted({url for url in urls if urls.count(url) > 1})


def search(ledger: Ledger, folder: Path, output: str = "") -> None:
    for path in folder.rglob("*"):
        if path.is_file() and path.name != "inventory.yml":
            ledger.check("secret in a file", PASSWORD not in path.read_text(errors="replace"), path)
            ledger.count("files searched for a secret")
    ledger.check("secret in the output", PASSWORD not in output)


def test_a_killed_rollout_does_not_run_ahead_and_is_finished_by_the_next(
    simulator: Simulator, ledger: Ledger, tmp_path: Path
) -> None:
    found = {
        host: {"dynatrace_environment_url": simulator.managed_url(host), "dynatrace_api_token": simulator.token(host)}
        for host in HOSTS
    }
    group = {"hosts": found, "vars": {"user_session_exports_slots": SLOTS}}
    (tmp_path / "inventory.yml").write_text(yaml.safe_dump({"dynatrace": group}, sort_keys=False))
    for host, write, when in KILLS if LONG else SHORT:
        for one in HOSTS:
            simulator.reset(one)
        simulator.clear_log()
        simulator.fault("hang", environment=host, method="POST", skip=write, when=when)
        process = start(tmp_path)
        reached(simulator, host, when, process)
        kill(process)
        simulator.clear_faults()
        ledger.count("rollouts killed")
        (batch,) = (number for number, names in enumerate(BATCHES) if host in names)
        allowed = {name for names in BATCHES[: batch + 1] for name in names}
        ledger.check("a later batch was changed", writes(simulator) <= allowed, (host, write, when), writes(simulator))
        before = {name for names in BATCHES[:batch] for name in names}
        ledger.check("an earlier batch was left", before <= writes(simulator), (host, write, when), writes(simulator))
        search(ledger, tmp_path)
        finished = start(tmp_path)
        output = finished.communicate(timeout=300)[0]
        ledger.check("next run fails", finished.returncode == 0, output[-2000:])
        search(ledger, tmp_path, output)
        for name in HOSTS:
            exports = simulator.objects(name, EXPORT_SCHEMA)
            ledger.check("lost or left over", len(exports) == len(SLOTS), name, exports)
            ledger.check("doubled", not doubled(simulator, name), name, exports)
            ledger.check(
                "wrong secret",
                any(simulator.secret_is(name, one["objectId"], PATH, PASSWORD) for one in exports),
                name,
            )
        ledger.count("environments judged", len(HOSTS))
    simulator.clear_log()
    last = start(tmp_path)
    output = last.communicate(timeout=300)[0]
    ledger.check("next run changes something", not writes(simulator) and "changed=1" not in output, output[-2000:])
    assert f"{len(HOSTS)} environments: {len(HOSTS)} as declared" in output, output[-2000:]
