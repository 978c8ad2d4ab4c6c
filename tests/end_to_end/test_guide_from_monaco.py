# Copyright (c) 2026, community.dynatrace contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""The guide to moving a Monaco project is walked line by line, and shows what the playbook writes and prints."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import textwrap
import time
from pathlib import Path

import pytest

from ansible_collections.community.dynatrace.tests.end_to_end.test_guides import guide_text, running_below, walk
from ansible_collections.community.dynatrace.tests.support.playbooks import VENV
from ansible_collections.community.dynatrace.tests.tools import environments

# What a guide says does not depend on the core.
pytestmark = pytest.mark.once

GUIDE = "guide_from_monaco.rst"
SECRET = "the-archive-password"


def shown(caption: str = "") -> str:
    """A sample of the guide: the one with a caption, or the only one without."""
    head = rf"   :caption: {re.escape(caption)}\n" if caption else ""
    (found,) = re.findall(rf"^\.\. code-block:: text\n{head}\n((?:    .*\n|\n)+)", guide_text(GUIDE), re.M)
    return textwrap.dedent(found).strip()


def test_guide_to_moving_a_monaco_project(tmp_path: Path) -> None:
    folder = tmp_path / "project"
    folder.mkdir()
    ready = folder / "simulator" / "ready.json"
    environment = environments.clean_environment(VENV) | {"ANSIBLE_NOCOLOR": "1", "PWD": str(folder)}
    environment["PATH"] = f"{VENV / 'bin'}{os.pathsep}{environment['PATH']}"
    output: dict[str, str] = {}
    try:
        for name, content, code in walk(GUIDE):
            if name:
                (folder / name).parent.mkdir(parents=True, exist_ok=True)
                (folder / name).write_text(content, encoding="utf-8")
                continue
            for line in content.strip().splitlines():
                done = subprocess.run(
                    ["bash", "-c", line],
                    cwd=folder,
                    env=environment,
                    stdin=subprocess.DEVNULL,
                    stdout=subprocess.PIPE,
                    stderr=subprocess.STDOUT,
                    text=True,
                    timeout=300,
                    check=False,
                )
                output[line] = done.stdout
                assert done.returncode == code, f"{line}\n{done.stdout}"
    finally:
        if ready.exists():
            os.kill(json.loads(ready.read_text())["pid"], signal.SIGTERM)
    # It ends by itself, when it has the time.
    ends = time.monotonic() + 30
    while running_below(tmp_path) and time.monotonic() < ends:
        time.sleep(0.2)
    assert not running_below(tmp_path)
    inventory = folder / "inventory"
    production = (inventory / "group_vars" / "production" / "monaco.yml").read_text()
    assert production.partition(".\n")[2].strip() == shown("inventory/group_vars/production/monaco.yml")
    everywhere = (inventory / "group_vars" / "dynatrace" / "monaco.yml").read_text()
    summary = shown()
    assert [line.removeprefix("# ") for line in everywhere.splitlines() if line.startswith("#")][1:] == summary.split(
        "\n"
    )
    (converted,) = (text for line, text in output.items() if "import_from_monaco" in line)
    for line in summary.splitlines():
        assert json.dumps(line) in converted
    assert SECRET not in everywhere + production
    audits = [text for line, text in output.items() if ".audit " in line]
    assert len(audits) == 1, "the same command twice: the last one is kept"
    (preview,) = (text for line, text in output.items() if "--check" in line)
    assert "Checkout" in preview and SECRET not in "".join(output.values())
