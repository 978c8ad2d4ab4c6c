# Copyright (c) 2026, community.dynatrace contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Where a check works: its environment, the stream that it writes to, and the commands that it runs."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TextIO

import environments
from environments import ROOT

COMMAND_LIMIT = 1800
"""Seconds after which a single command counts as hanging."""
RUNNING: set[subprocess.Popen[str]] = set()


class Skipped(Exception):
    """A step that cannot run here; the text says why.

    :param excused: whether that is no failure where all steps are required, because a service on the internet is down.
    """

    def __init__(self, reason: str, result: str = "skipped", *, excused: bool = False) -> None:
        super().__init__(reason)
        self.result = result
        self.excused = excused


@dataclass
class Runner:
    """Where a step works: its environment, and the stream that it writes to."""

    venv: Path
    out: TextIO = sys.stdout
    extra: dict[str, str] = field(default_factory=dict)
    failures: list[str] = field(default_factory=list)
    background: bool = False
    """Tests run beside it, which get the processors first."""

    def say(self, text: str) -> None:
        """One line to the reader."""
        self.out.write(f"{text}\n")
        self.out.flush()

    def tool(self, name: str) -> str:
        """The path of a program of the environment."""
        return str(self.venv / "bin" / name)

    def run(
        self,
        *command: str,
        title: str = "",
        cwd: Path = ROOT,
        hide: str = "",
        refuse: str = "",
        env: Mapping[str, str] | None = None,
    ) -> int:
        """Runs one command; its failure fails the step, and so does a line that `refuse` matches.

        `hide` matches lines that only a failure shows.
        """
        title = title or " ".join([Path(command[0]).name, *command[1:3]])
        collections = cwd.parents[2] if cwd != ROOT and "ansible_collections" in cwd.parts else environments.COLLECTIONS
        environment = environments.clean_environment(self.venv, collections) | self.extra | dict(env or {})
        self.out.flush()
        # Its own process group, so that a hanging command goes with everything that it started.
        process = subprocess.Popen(
            [*(("nice",) if self.background else ()), *command],
            cwd=cwd,
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE if hide or refuse else self.out,
            stderr=subprocess.STDOUT,
            text=True,
            start_new_session=True,
        )
        RUNNING.add(process)
        try:
            output, _none = process.communicate(timeout=COMMAND_LIMIT)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
            output, _none = process.communicate()
            self.say(f"   {title}: ended after {COMMAND_LIMIT} s")
        RUNNING.discard(process)
        lines = (output or "").splitlines()
        refused = [line for line in lines if refuse and re.search(refuse, line)]
        for line in lines:
            if process.returncode or line in refused or not (hide and re.search(hide, line)):
                self.say(line)
        if refused and not process.returncode:
            self.failures.append(f"{title}: {len(refused)} lines that must not be")
        if process.returncode:
            self.failures.append(title)
            self.say(f"   {title}: failed (exit {process.returncode})")
        return process.returncode


def pytest(runner: Runner, *folders: str, venv: Path | None = None, marks: str = "", processes: int = 0) -> None:
    """Runs the tests of some folders, or those with some marks, on as many workers as there are cores, two at least."""
    runner.venv = venv or runner.venv
    present = [folder for folder in folders if (ROOT / "tests" / folder).exists()]
    if not present:
        raise Skipped(f"no tests/{' or tests/'.join(folders)} yet")
    workers = str(processes or max(2, min(os.cpu_count() or 2, 8)))
    arguments = os.environ.get("TEST_ARGS", "").split()
    command = [
        runner.tool("python"),
        "-m",
        "pytest",
        "-n",
        workers,
        # Each worker begins with a half of the tests, in order: what the tests of a file share is set up once.
        "--dist",
        "worksteal",
        *(f"tests/{folder}" for folder in present),
        *(("-m", marks) if marks else ()),
        *arguments,
    ]
    runner.run(*command, title=f"pytest {' '.join(present)}")
