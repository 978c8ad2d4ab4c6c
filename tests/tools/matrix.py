# Copyright (c) 2026, community.dynatrace contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Runs the whole runs, and ansible-test sanity, with every supported core, and ends with a table.

MATRIX="2.18 next" narrows it to some cores, TEST_ARGS to some tests. MATRIX_SANITY=no and MATRIX_WHOLE=no leave one
of the two out.
"""

from __future__ import annotations

import os
import re
import time
from functools import partial
from pathlib import Path

import check
import environments
from runner import Runner, pytest

CORES = {
    "2.16": "oldest",
    "2.18": "core-2.18",
    "2.19": "core-2.19",
    "2.20": "core-2.20",
    "2.21": "test",
    "next": "next",
}


def _tests(venv: Path, tools: Path) -> str:
    """The whole runs with the core of an environment."""
    if os.environ.get("MATRIX_WHOLE") == "no":
        return "left out"
    runner = Runner(tools, extra={"END_TO_END_VENV": str(venv)})
    pytest(runner, "end_to_end", marks="not once and not corpus")
    return "failed" if runner.failures else "ok"


def _sanity(venv: Path) -> str:
    """ansible-test sanity of a core, in an environment of that core."""
    if os.environ.get("MATRIX_SANITY") == "no":
        return "left out"
    runner = Runner(venv)
    check.sanity(runner)
    return "failed" if runner.failures else "ok"


def run() -> int:
    """The command; its exit code."""
    environments.link_tree()
    chosen = os.environ.get("MATRIX", "").split() or list(CORES)
    unknown = [core for core in chosen if core not in CORES]
    if unknown:
        print(f"error: MATRIX names {', '.join(unknown)}; there are: {', '.join(CORES)}")
        return 2
    tools = environments.ensure("test")
    rows: list[tuple[str, ...]] = [("core", "ansible-core, Python", "whole runs", "seconds", "sanity", "seconds")]
    for core in chosen:
        name = CORES[core]
        if environments.choose(environments.GROUPS[name]) is None:
            rows.append((core, "no Python for it on this machine", "skipped", "", "skipped", ""))
            continue
        venv = environments.ensure(name)
        described = re.sub(r", in .*", "", environments.describe(venv))
        print(f"\n-- {core}: {described}", flush=True)
        told = [core, described]
        for work in (partial(_tests, venv, tools), partial(_sanity, venv)):
            start = time.monotonic()
            told += [work(), f"{time.monotonic() - start:.0f}"]
        rows.append(tuple(told))
    widths = [max(len(row[index]) for row in rows) for index in range(len(rows[0]))]
    print()
    for row in rows:
        print("  ".join(part.ljust(width) for part, width in zip(row, widths, strict=True)).rstrip())
    return int(any("failed" in row for row in rows))
