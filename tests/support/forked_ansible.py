# Copyright (c) 2026, community.dynatrace contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Programs of Ansible as forks of a process that has imported ansible-core: a short run takes half of the time.

Only the short form of the end-to-end tests (``END_TO_END=short``) runs them so. The program is the installed one, with
the same arguments and environment; only the imports of ansible-core and of the libraries are shared. Ansible reads its
settings while it is imported. So each set of settings has its own process, and a directory with an ``ansible.cfg`` has
none.
"""

from __future__ import annotations

import contextlib
import gc
import importlib
import json
import os
import signal
import subprocess
import sys
import tempfile
import threading
from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import NoReturn

ENABLED = os.environ.get("END_TO_END") == "short" and "COVERAGE_PROCESS_CONFIG" not in os.environ
PROGRAMS = ("ansible-playbook", "ansible-inventory")
# For settings that only one run has, a process would cost more than it saves.
_WORTHWHILE = 2
# Variables that ansible-core itself does not read.
_NO_SETTINGS = ("DYNATRACE_", "COLLECT_FILE", "TMPDIR")

Settings = frozenset[tuple[str, str]]


class Server:
    """A process that waits for programs to run, one after the other."""

    def __init__(self, python: Path, environment: Mapping[str, str]) -> None:
        self._process = subprocess.Popen(
            [str(python), __file__],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            env=dict(environment),
            cwd="/",
            text=True,
            start_new_session=True,
        )
        self.busy = threading.Lock()

    def run(
        self, command: Sequence[str], folder: Path, environment: Mapping[str, str], timeout: float
    ) -> tuple[int, str]:
        """Run a program. Return its exit code and its output.

        :raises subprocess.TimeoutExpired: it did not end in time, and was killed.
        """
        assert self._process.stdin is not None and self._process.stdout is not None
        with tempfile.NamedTemporaryFile("r", encoding="utf-8", prefix="output-") as output:
            request = {
                "command": list(command),
                "folder": str(folder),
                "environment": dict(environment),
                "output": output.name,
            }
            timer = threading.Timer(timeout, self.kill)
            timer.start()
            try:
                self._process.stdin.write(f"{json.dumps(request)}\n")
                self._process.stdin.flush()
                code = self._process.stdout.readline()
            finally:
                timer.cancel()
            if not code:
                self.kill()
                raise subprocess.TimeoutExpired(list(command), timeout, output.read())
            return int(code), output.read()

    def kill(self) -> None:
        """End the process and its forks. The workers of Ansible, in sessions of their own, end with their tasks."""
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self._process.pid, signal.SIGKILL)
        self._process.wait()


_SERVERS: dict[Settings, Server] = {}
_USES: Counter[Settings] = Counter()


def server_for(program: Path, folder: Path, environment: Mapping[str, str]) -> Server | None:
    """The process that can run a program with these settings, if there is one; its lock is held by the caller then."""
    if not ENABLED or program.name not in PROGRAMS or (folder / "ansible.cfg").exists():
        return None
    settings = frozenset(item for item in environment.items() if not item[0].startswith(_NO_SETTINGS))
    _USES[settings] += 1
    if settings not in _SERVERS:
        if _USES[settings] < _WORTHWHILE:
            return None
        _SERVERS[settings] = Server(program.with_name("python"), dict(settings))
    server = _SERVERS[settings]
    return server if server.busy.acquire(blocking=False) else None


def run(command: Sequence[str], folder: Path, environment: Mapping[str, str], timeout: float = 300) -> tuple[int, str]:
    """Run a program of Ansible in a folder. Return its exit code and its output."""
    server = server_for(Path(command[0]), folder, environment)
    if server is not None:
        try:
            return server.run(command, folder, environment, timeout)
        finally:
            server.busy.release()
    done = subprocess.run(
        command,
        cwd=folder,
        env=dict(environment),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        timeout=timeout,
        check=False,
    )
    return done.returncode, done.stdout


def _become(request: Mapping[str, object]) -> NoReturn:
    """In the fork: turn into the program that was asked for."""
    import atexit
    import runpy

    from ansible import constants
    from ansible.utils.path import cleanup_tmp_file

    os.chdir(str(request["folder"]))
    environment = request["environment"]
    assert isinstance(environment, dict)
    os.environ.clear()
    os.environ.update(environment)
    tempfile.tempdir = None
    output = os.open(str(request["output"]), os.O_WRONLY | os.O_APPEND)
    os.dup2(output, 1)
    os.dup2(output, 2)
    os.close(output)
    # The only thing that reading the settings creates, for each process.
    atexit.unregister(cleanup_tmp_file)
    shared = Path(constants.DEFAULT_LOCAL_TMP)
    constants.DEFAULT_LOCAL_TMP = tempfile.mkdtemp(prefix=f"ansible-local-{os.getpid()}", dir=shared.parent)
    atexit.register(cleanup_tmp_file, constants.DEFAULT_LOCAL_TMP, warn=True)
    command = request["command"]
    assert isinstance(command, list)
    sys.argv = command
    code: object = 0
    try:
        runpy.run_path(command[0], run_name="__main__")
    except SystemExit as end:
        code = end.code
    # All that the end of a process does, except for freeing each object.
    atexit._run_exitfuncs()
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(code if isinstance(code, int) else 1)


def _serve() -> None:
    """Import ansible-core, then fork for each line of the standard input."""
    requests = os.fdopen(os.dup(0), encoding="utf-8")
    answers = os.fdopen(os.dup(1), "w", encoding="utf-8")
    null = os.open(os.devnull, os.O_RDWR)
    for standard in (0, 1):
        os.dup2(null, standard)
    # The folder of this file is no place to import from.
    sys.path.remove(str(Path(__file__).resolve().parent))
    for module in (
        "ansible.cli.inventory",
        "ansible.cli.playbook",
        "jsonschema.validators",
        "requests",
        "ansible.executor.playbook_executor",
        "ansible.plugins.strategy.linear",
    ):
        importlib.import_module(module)
    gc.freeze()
    while line := requests.readline():
        pid = os.fork()
        if not pid:
            requests.close()
            answers.close()
            _become(json.loads(line))
        _pid, status = os.waitpid(pid, 0)
        answers.write(f"{os.waitstatus_to_exitcode(status)}\n")
        answers.flush()


if __name__ == "__main__":
    _serve()
