# Copyright (c) 2026, community.dynatrace contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""When a module's work is done inside Ansible's process, and when in one of its own.

Which way a task went is shown by ansible-core itself: with ``-vvv`` it names the file of each module that it runs.
"""

from __future__ import annotations

import collections
import getpass
import os
import signal
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from ansible_collections.community.dynatrace.tests.support.playbooks import VENV, play
from ansible_collections.community.dynatrace.tests.support.simulator import Simulator
from ansible_collections.community.dynatrace.tests.tools import environments

MODULE = "community.dynatrace.user_session_exports"
INFO = "community.dynatrace.user_session_exports_info"
VARIABLE = "dynatrace_in_process"
SECRET = "S3cret-canary"
PYTHON = "ansible_python_interpreter"


@pytest.fixture(scope="module")
def simulator() -> Iterator[Simulator]:
    with Simulator(["one", "two", "three"]) as running:
        yield running


@pytest.fixture
def here(simulator: Simulator) -> dict[str, str]:
    simulator.clear_faults()
    return {"environment_url": simulator.url("one"), "api_token": simulator.token("one")}


@pytest.fixture
def site(tmp_path: Path) -> Path:
    """A folder whose ``sitecustomize.py`` is loaded first, to play an incomplete machine."""
    folder = tmp_path / "site"
    folder.mkdir()
    return folder


def with_site(site: Path) -> dict[str, str]:
    return {"PYTHONPATH": os.pathsep.join([str(site), str(environments.COLLECTIONS)])}


def test_what_asks_for_a_process_of_its_own_gets_one(here: dict[str, str], tmp_path: Path) -> None:
    other = tmp_path / "python"
    other.write_text(f'#!/bin/sh\nexec {VENV}/bin/python "$@"\n')
    other.chmod(0o700)
    plugins = tmp_path / "connections"
    plugins.mkdir()
    (plugins / "nearby.py").write_text(
        'DOCUMENTATION = "name: nearby\\nshort_description: local by another name\\noptions: {}"\n'
        "from ansible.plugins.connection.local import Connection as Local\n"
        "class Connection(Local):\n    transport = 'nearby'\n"
    )
    user = {"become": True, "become_user": getpass.getuser()}
    inside: dict[str, dict[str, Any]] = {
        "nothing asked": {},
        "the same Python": {"vars": {PYTHON: "{{ ansible_playbook_python }}"}},
        "the same Python by another name": {"vars": {PYTHON: f"{VENV}/bin/python3"}},
        "discovery": {"vars": {PYTHON: "auto_silent"}},
        "delegated to localhost": {"delegate_to": "localhost", "vars": {"ansible_connection": "local"}},
        "another remote user": {"remote_user": "someone"},
        "check mode": {"check_mode": True},
        "forced over the interpreter": {"vars": {VARIABLE: True, PYTHON: str(other)}},
        "forced over become": {"vars": {VARIABLE: "yes"}, **user},
        "forced over the connection": {"vars": {VARIABLE: True, "ansible_connection": "nearby"}},
        "forced by a template": {"vars": {VARIABLE: "{{ 1 == 1 }}", PYTHON: str(other)}},
        "auto": {"vars": {VARIABLE: "auto"}},
    }
    module: dict[str, dict[str, Any]] = {
        "another interpreter": {"vars": {PYTHON: str(other)}},
        "another interpreter of the delegate": {
            "delegate_to": "localhost",
            "vars": {"ansible_connection": "local", PYTHON: str(other)},
        },
        "another connection": {"vars": {"ansible_connection": "nearby"}},
        "become": user,
        "become of the delegate": {"delegate_to": "localhost", "vars": {"ansible_connection": "local"}, **user},
        "async": {"async": 60, "poll": 1},
        "variables for a new Python": {"environment": {"PYTHONWARNINGS": "ignore"}},
        "forced": {"vars": {VARIABLE: False}},
    }
    refused: dict[str, dict[str, Any]] = {
        "async, forced": {"async": 60, "poll": 1, "vars": {VARIABLE: True}},
        "no such way": {"vars": {VARIABLE: "sometimes"}},
    }
    tasks = [{"name": name, INFO: here, **more} for name, more in {**inside, **module}.items()]
    tasks += [{"name": name, INFO: here, "ignore_errors": True, **more} for name, more in refused.items()]
    run = play(
        tmp_path,
        tasks,
        arguments=["-vvv"],
        environment={"ANSIBLE_CONNECTION_PLUGINS": str(plugins), "ANSIBLE_ASYNC_DIR": str(tmp_path / "async")},
    )
    assert run.code == 0, run.output[-3000:]
    assert run.modules == set(module)
    assert run.failed == set(refused)
    assert all(run.of(name)["slots"]["maximum"] == 3 for name in (*inside, *module))
    assert "async requires a separate process" in run.of("async, forced")["msg"]
    assert "must be auto, true, or false" in run.of("no such way")["msg"]


def test_modules_whose_files_are_to_be_kept_run_from_files(here: dict[str, str], tmp_path: Path) -> None:
    keep = {"ANSIBLE_KEEP_REMOTE_FILES": "true", "ANSIBLE_REMOTE_TEMP": str(tmp_path / "kept")}
    run = play(tmp_path, [{"name": "kept", INFO: here}], environment=keep)
    assert run.code == 0, run.output
    assert list((tmp_path / "kept").rglob("AnsiballZ_user_session_exports_info.py"))


@pytest.mark.parametrize("strategy", ["linear", "free"])
def test_libraries_are_loaded_once_and_not_for_each_host(
    simulator: Simulator, tmp_path: Path, site: Path, strategy: str
) -> None:
    (site / "sitecustomize.py").write_text(
        "import os, sys\n"
        "class Spy:\n"
        "    def find_spec(self, name, path=None, target=None):\n"
        "        with open(os.environ['SPY'], 'a') as file:\n"
        "            file.write(f'{os.getpid()} {name}\\n')\n"
        "sys.meta_path.insert(0, Spy())\n"
    )
    hosts = {
        env: {"environment_url": simulator.url(env), "api_token": simulator.token(env)}
        for env in ("one", "two", "three")
    }
    here = {"environment_url": "{{ environment_url }}", "api_token": "{{ api_token }}"}
    export = {"name": "a", "endpoint_definition": {"endpoint_url": "https://a.example.com/"}}
    run = play(
        tmp_path,
        [{"name": "write", MODULE: {**here, "exports": [export]}}, {"name": "read", INFO: here}],
        hosts=hosts,
        strategy=strategy,
        environment={**with_site(site), "SPY": str(tmp_path / "spy")},
    )
    assert run.code == 0, run.output
    assert len(run.results) == 6
    by_process = collections.defaultdict(set)
    for line in (tmp_path / "spy").read_text().splitlines():
        process, name = line.split()
        by_process[process].add(name.partition(".")[0])
    assert len(by_process) <= 7
    libraries = {"requests", "urllib3", "jsonschema", "ssl", "http"}
    assert [process for process, names in by_process.items() if names & libraries] == [next(iter(by_process))]


@pytest.mark.parametrize("library", ["requests", "jsonschema"])
def test_without_a_library_the_module_says_so(here: dict[str, str], tmp_path: Path, site: Path, library: str) -> None:
    (site / "sitecustomize.py").write_text(f"import sys\nsys.modules[{library!r}] = None\n")
    clean = tmp_path / "python"
    clean.write_text(f'#!/bin/sh\nPYTHONPATH= exec {VENV}/bin/python "$@"\n')
    clean.chmod(0o700)
    export = {"name": "a", "endpoint_definition": {"endpoint_url": "https://a.example.com/"}}
    write = {MODULE: {**here, "exports": [export]}, "ignore_errors": True}
    run = play(
        tmp_path,
        [
            {"name": "by itself", **write},
            {"name": "forced", **write, "vars": {VARIABLE: True}},
            {"name": "where it is", **write, "vars": {PYTHON: str(clean)}},
            {"name": "read", INFO: here, "ignore_errors": True},
        ],
        arguments=["-vvv"],
        environment=with_site(site),
    )
    assert {"by itself", "where it is"} <= run.modules
    assert run.of("by itself")["msg"] == run.of("forced")["msg"]
    assert library in run.of("forced")["msg"]
    assert "where it is" not in run.failed
    # Reading needs no jsonschema.
    assert ("read" in run.failed) is (library == "requests")
    assert ("read" in run.modules) is (library == "requests")


def test_a_defect_is_reported_without_the_text_of_the_exception(
    here: dict[str, str], tmp_path: Path, site: Path
) -> None:
    (site / "sitecustomize.py").write_text(
        "import requests\n"
        "def broken(*args, **kwargs):\n"
        f"    raise RuntimeError('{SECRET[:2]}' + '{SECRET[2:]}')\n"
        "requests.adapters.HTTPAdapter.send = broken\n"
    )
    tasks = [{"name": "read", INFO: here, "ignore_errors": True}]
    tracebacks = {"ANSIBLE_DISPLAY_TRACEBACK": "always"}
    run = play(tmp_path, tasks, arguments=["-vvvvv"], environment={**with_site(site), **tracebacks})
    assert not run.modules
    assert "Unexpected RuntimeError at sitecustomize.py:3" in run.of("read")["msg"]
    assert SECRET not in run.output + str(run.results)


def test_what_a_task_set_is_gone_after_it(here: dict[str, str], tmp_path: Path) -> None:
    tasks = [
        {
            "name": "in a loop",
            INFO: {"environment_url": "{{ item }}"},
            "loop": [here["environment_url"], "https://elsewhere.example.com", here["environment_url"]],
            "environment": {"DYNATRACE_ENV_URL": here["environment_url"], "DYNATRACE_API_TOKEN": here["api_token"]},
            "ignore_errors": True,
        },
        {"name": "after it", INFO: {}, "ignore_errors": True},
    ]
    run = play(tmp_path, tasks, arguments=["-vvv"])
    assert not run.modules
    results = run.of("in a loop")["results"]
    assert ["slots" in one for one in results] == [True, False, True]
    assert "is not the address to which the credentials in environment variables belong" in results[1]["msg"]
    assert "environment_url: is required" in run.of("after it")["msg"]


def test_a_job_of_its_own_can_be_asked_for_later(here: dict[str, str], tmp_path: Path) -> None:
    status = {"jid": "{{ job.ansible_job_id }}"}
    tasks = [
        {"name": "start", INFO: here, "async": 60, "poll": 0, "register": "job"},
        {
            "name": "end",
            "ansible.builtin.async_status": status,
            "register": "found",
            "until": "found is finished",
            "retries": 60,
            "delay": 1,
        },
        {"name": "clean", "ansible.builtin.async_status": {**status, "mode": "cleanup"}},
    ]
    run = play(tmp_path, tasks, environment={"ANSIBLE_ASYNC_DIR": str(tmp_path / "async")})
    assert run.code == 0, run.output
    assert run.of("end")["slots"]["maximum"] == 3


@pytest.mark.parametrize("way", ["true", "false"])
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM], ids=["interrupted", "terminated"])
def test_a_run_that_is_stopped_leaves_nothing_behind(
    simulator: Simulator, here: dict[str, str], tmp_path: Path, way: str, number: signal.Signals
) -> None:
    simulator.clear_log()
    simulator.fault("hang", environment="one", seconds=60, times=None)
    play(tmp_path, [{"name": "read", INFO: here}], arguments=["--syntax-check"], vars={VARIABLE: way})
    command = [str(VENV / "bin" / "ansible-playbook"), "-i", "inventory.yml", "play.yml"]
    # The name of the folder is in the environment of every process that the run starts.
    marked = {**environments.clean_environment(VENV), "RUN_OF": str(tmp_path)}
    with subprocess.Popen(
        command,
        cwd=tmp_path,
        env=marked,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        start_new_session=True,
        # A test that runs in the background of a shell has interrupts ignored, and would hand that on.
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),
    ) as process:
        try:
            wait_for(lambda: simulator.requests(environment="one"))
            # As a terminal or a job server does it.
            os.killpg(process.pid, number)
            output, _none = process.communicate(timeout=30)
            assert process.returncode != 0
            assert "Traceback" not in output, output
            wait_for(lambda: not marked_by(tmp_path))
        finally:
            for left in marked_by(tmp_path):
                os.kill(int(left), signal.SIGKILL)
            simulator.clear_faults()


def marked_by(folder: Path) -> list[str]:
    """Processes that a run in this folder has started and that are still there."""
    found = []
    for entry in Path("/proc").glob("[0-9]*/environ"):
        try:
            content = entry.read_bytes()
        except OSError:
            continue
        if f"RUN_OF={folder}\0".encode() in content + b"\0":
            found.append(entry.parent.name)
    return found


def wait_for(condition: Any) -> None:
    """Until it is true, 20 seconds at most."""
    end = time.monotonic() + 20
    while not condition():
        assert time.monotonic() < end
        time.sleep(0.05)
