# Copyright (c) 2026, community.dynatrace contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Guides as a reader follows them: the files that they show are written, and the commands run."""

from __future__ import annotations

import contextlib
import json
import os
import re
import shlex
import shutil
import signal
import subprocess
import textwrap
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from ansible_collections.community.dynatrace.tests.support import forked_ansible
from ansible_collections.community.dynatrace.tests.support.playbooks import VENV
from ansible_collections.community.dynatrace.tests.tools import environments

GUIDES = Path(__file__).resolve().parents[2] / "docs" / "docsite" / "rst"
# What only a shell understands.
_SHELL = re.compile(r"[^\w@%+=:,./ '\"-]")


def guide_text(name: str) -> str:
    """Return the text of a guide."""
    return (GUIDES / name).read_text(encoding="utf-8")


def walk(guide: str) -> Iterator[tuple[str, str, int]]:
    """What a reader does, in order: a file to write, or commands with the exit code that they are to have."""
    block = r"(?:^\.\. exit code (\d)\n\n)?^\.\. code-block:: (\w+)\n(?: +:caption: (\S+)\n)?\n((?:    .*\n|\n)+)"
    for code, kind, name, content in re.findall(block, guide_text(guide), re.M):
        if kind == "text":
            continue
        yield name if kind == "yaml" else "", textwrap.dedent(content), int(code or 0)


def run_line(line: str, folder: Path, environment: Mapping[str, str]) -> tuple[int, str]:
    """Run a command line in a folder. Return its exit code and its output."""
    if not _SHELL.search(line) and line.split()[0] in forked_ansible.PROGRAMS:
        program, *arguments = shlex.split(line)
        found = shutil.which(program, path=environment["PATH"])
        if found:
            return forked_ansible.run([found, *arguments], folder, environment)
    done = subprocess.run(
        ["bash", "-c", line],
        cwd=folder,
        env=dict(environment),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        timeout=600,
        check=False,
    )
    return done.returncode, done.stdout


def running_below(folder: Path) -> list[str]:
    """Simulators whose command line names a folder."""
    found = []
    for entry in Path("/proc").glob("[0-9]*/cmdline"):
        try:
            words = entry.read_bytes().replace(b"\0", b" ").decode(errors="replace")
        except OSError:
            continue
        if str(folder) in words and "settings_api_simulator" in words:
            found.append(words)
    return found


@dataclass
class Step:
    """A command of a guide, the exit code that the guide announces, and what it printed."""

    line: str
    code: int
    output: str


def follow(guide: str, folder: Path, *programs: Path) -> Iterator[Step]:
    """Do what a guide says in an empty folder, one command after the other. In the end, no simulator is left.

    :param programs: folders with programs that the reader has.
    """
    folder.mkdir()
    environment = environments.clean_environment(VENV) | {"ANSIBLE_NOCOLOR": "1", "PWD": str(folder)}
    environment["PATH"] = os.pathsep.join([*map(str, programs), str(VENV / "bin"), environment["PATH"]])
    try:
        for name, content, code in walk(guide):
            if name:
                (folder / name).parent.mkdir(parents=True, exist_ok=True)
                (folder / name).write_text(content, encoding="utf-8")
                continue
            for line in content.strip().splitlines():
                returned, output = run_line(line, folder, environment)
                assert returned == code, f"{line}\n{output}"
                yield Step(line, code, output)
    finally:
        ready = folder / "simulator" / "ready.json"
        if ready.exists():
            with contextlib.suppress(ProcessLookupError):
                os.kill(json.loads(ready.read_text())["pid"], signal.SIGTERM)
    # It ends by itself, when it has the time.
    ends = time.monotonic() + 30
    while running_below(folder) and time.monotonic() < ends:
        time.sleep(0.1)
    assert not running_below(folder)
