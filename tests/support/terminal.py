# Copyright (c) 2026, community.dynatrace contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""A program in a terminal: everything that it writes, and what is on the screen at the end."""

from __future__ import annotations

import os
import pty
import re
import select
import subprocess
import time
from collections.abc import Mapping
from pathlib import Path

from ansible_collections.community.dynatrace.tests.support.playbooks import VENV
from ansible_collections.community.dynatrace.tests.tools import environments


def watched(folder: Path, *arguments: str, environment: Mapping[str, str] | None = None) -> tuple[int, str]:
    """Run ansible-playbook in a terminal of 80 columns; return its exit code and everything that it wrote."""
    ours, theirs = pty.openpty()
    variables = {**environments.clean_environment(VENV), "TERM": "xterm", "COLUMNS": "80", **(environment or {})}
    variables.pop("CI", None)
    done = subprocess.Popen(
        [VENV / "bin" / "ansible-playbook", *arguments],
        cwd=folder,
        env=variables,
        stdin=subprocess.DEVNULL,
        stdout=theirs,
        stderr=theirs,
    )
    os.close(theirs)
    seen = b""
    end = time.monotonic() + 120
    while time.monotonic() < end:
        if not select.select([ours], [], [], 1)[0]:
            continue
        try:
            part = os.read(ours, 65536)
        except OSError:
            break
        if not part:
            break
        seen += part
    os.close(ours)
    return done.wait(timeout=30), seen.decode()


def screen(written: str) -> list[str]:
    """Return the lines on the screen at the end, where a line that was updated has its last text."""
    text = re.sub(r"\x1b\[[0-9;]*m", "", written).replace("\r\n", "\n")
    return [line.rpartition("\x1b[K")[2].rpartition("\r")[2] for line in text.split("\n")]
