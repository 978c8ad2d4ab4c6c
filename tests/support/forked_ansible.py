# Copyright (c) 2026, community.dynatrace contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Programs of Ansible as forks of a process that has imported ansible-core: a short run takes half of the time.

Only the short form of the end-to-end tests (``END_TO_END=short``) runs them so. The program is the installed one, with
the same arguments and environment; only the imports of ansible-core, of the libraries and of this collection are
shared. Ansible reads its settings while it is imported. So each set of settings has its own process, and so has each
directory with an ``ansible.cfg``.
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
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import NoReturn

ENABLED = os.environ.get("END_TO_END") == "short" and "COVERAGE_PROCESS_CONFIG" not in os.environ
PROGRAMS = ("ansible-playbook", "ansible-inventory")
# Those that were used last stay; each is a process that has imported Ansible.
_MOST_SERVERS = 4
# Variables that ansible-core itself does not read.
_NO_SETTINGS = ("DYNATRACE_", "COLLECT_FILE", "TMPDIR")
COLLECTION = "ansible_collections.community.dynatrace"

Settings = tuple[Path, str, frozenset[tuple[str, str]]]


class Server:
    """A process that waits for programs to run, one after the other."""

    def __init__(self, python: Path, environment: Mapping[str, str], folder: Path) -> None:
        self._process = subprocess.Popen(
            [str(python), __file__],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            env=dict(environment),
            cwd=folder,
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
"""By settings, in the order of their last use."""


def server_for(program: Path, folder: Path, environment: Mapping[str, str]) -> Server | None:
    """The process that can run a program with these settings, if there is one; its lock is held by the caller then."""
    if not ENABLED or program.name not in PROGRAMS:
        return None
    variables = {name: text for name, text in environment.items() if not name.startswith(_NO_SETTINGS)}
    file = folder / "ansible.cfg"
    own = (folder, file.read_text(encoding="utf-8")) if file.exists() else (Path("/"), "")
    settings = (*own, frozenset(variables.items()))
    server = _SERVERS.pop(settings, None) or Server(program.with_name("python"), variables, own[0])
    _SERVERS[settings] = server
    if not server.busy.acquire(blocking=False):
        return None
    while len(_SERVERS) > _MOST_SERVERS:
        idle = next((key for key, one in _SERVERS.items() if one.busy.acquire(blocking=False)), None)
        if idle is None:
            break
        _SERVERS.pop(idle).kill()
    return server


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


def _import_collection() -> None:
    """Import the modules of this collection as Ansible would, whose loader compiles each of them in each run."""
    from ansible.plugins.loader import init_plugin_loader
    from ansible.utils.collection_loader._collection_finder import _AnsibleCollectionFinder

    init_plugin_loader()
    with contextlib.suppress(ImportError):
        cached_imports = importlib.import_module(f"{COLLECTION}.plugins.plugin_utils._cached_imports").cached_imports
        plugins = Path(importlib.import_module(f"{COLLECTION}.plugins").__path__[0])
        with cached_imports():
            for kind in ("module_utils", "plugin_utils"):
                for path in sorted((plugins / kind).rglob("*.py")):
                    name = ".".join(path.relative_to(plugins).with_suffix("").parts)
                    with contextlib.suppress(ImportError):
                        importlib.import_module(f"{COLLECTION}.plugins.{name.removesuffix('.__init__')}")
    # The program has its own, which knows its arguments and the directory of its playbook.
    _AnsibleCollectionFinder._remove()


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
        # Some tests take a library away.
        with contextlib.suppress(ImportError):
            importlib.import_module(module)
    _import_collection()
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
