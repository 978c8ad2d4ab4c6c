# Copyright (c) 2026, community.dynatrace contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""What stands in the README files of the simulator and of the examples is run as it stands, line by line."""

from __future__ import annotations

import json
import re
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from ansible_collections.community.dynatrace.tests.support.playbooks import VENV, command
from ansible_collections.community.dynatrace.tests.support.simulator import EXPORT_SCHEMA, Simulator
from ansible_collections.community.dynatrace.tests.tools import environments

ROOT = Path(__file__).resolve().parents[2]
SIMULATOR = ROOT / "roles" / "settings_api_simulator" / "README.md"
EXAMPLES = ROOT / "examples" / "README.md"
# What a README says does not depend on the core.
pytestmark = pytest.mark.once


def blocks(readme: Path, kind: str) -> list[str]:
    return re.findall(rf"^```{kind}\n(.*?)^```", readme.read_text(encoding="utf-8"), re.M | re.S)


def lines(readme: Path) -> list[str]:
    """Its commands, in order."""
    return [line for block in blocks(readme, "shell") for line in block.splitlines()]


def environment() -> dict[str, str]:
    return environments.clean_environment(VENV) | {"ANSIBLE_NOCOLOR": "1", "ANSIBLE_LOCALHOST_WARNING": "false"}


def shell(line: str, folder: Path, **more: str) -> str:
    done = subprocess.run(
        ["bash", "-c", line],
        cwd=folder,
        env=environment() | more,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        timeout=300,
        check=False,
    )
    assert done.returncode == 0, f"{line}\n{done.stdout}"
    return done.stdout


def test_the_playbook_of_the_simulator(tmp_path: Path) -> None:
    (playbook,) = blocks(SIMULATOR, "yaml")
    (tmp_path / "try.yml").write_text(playbook)
    done = command(tmp_path, "ansible-playbook", "try.yml", environment=environment())
    assert done.code == 0, done.output
    assert "TASK [Read the exports of its environment]" in done.output
    assert (tmp_path / ".simulator" / "simulator.log").exists()
    assert not (tmp_path / ".simulator" / "ready.json").exists(), "it was stopped"


def test_the_simulator_by_itself(tmp_path: Path) -> None:
    (tmp_path / "roles").symlink_to(ROOT / "roles")
    reported, runs = lines(SIMULATOR)
    assert "--ready-file" in shell(reported, tmp_path)
    process = subprocess.Popen(
        ["bash", "-c", f"exec env {runs}"], cwd=tmp_path, env=environment(), stdin=subprocess.DEVNULL
    )
    try:
        end = time.monotonic() + 30
        while not (tmp_path / "ready.json").exists():
            assert process.poll() is None and time.monotonic() < end
            time.sleep(0.05)
        ready = json.loads((tmp_path / "ready.json").read_text())
        assert ready["pid"] == process.pid
        assert set(ready) >= {"url", "control_url", "control_token", "port", "pid", "environments"}
    finally:
        process.send_signal(signal.SIGTERM)
    assert process.wait(timeout=10) in (0, -signal.SIGTERM)


@pytest.fixture
def staging() -> Iterator[Simulator]:
    with Simulator(["def67890"]) as running:
        yield running


def test_the_commands_of_the_examples(staging: Simulator, tmp_path: Path) -> None:
    """Base URL and token are put in first, as it says, with an editor."""
    shutil.copytree(ROOT / "examples", tmp_path / "examples")
    folder = tmp_path / "examples"
    enters, graph, view, play, edit = lines(EXAMPLES)
    assert enters == "cd examples"

    assert "@production" in shell(graph, folder) and "activegate-staging" in shell(graph, folder)
    assert "example-" in shell(view, folder)

    editor = tmp_path / "editor"
    editor.write_text(f"#!{sys.executable}\n" + EDITOR.format(token=staging.token()))
    editor.chmod(0o700)
    shell(edit, folder, EDITOR=str(editor))
    host = folder / "inventory" / "host_vars" / "activegate-staging"
    assert (host / "vault").read_text().startswith("$ANSIBLE_VAULT")
    url = host / "environment.yml"
    url.write_text(url.read_text().replace("https://activegate.example.com:9999/e/def67890", staging.url()))

    shown = shell(play, folder)
    assert "export elasticsearch (created)" in shown and "changed=1" in shown
    assert not staging.objects(None, EXPORT_SCHEMA), "check mode"
    assert staging.token() not in shown
    # The same without looking first.
    shell(play.replace(" --check --diff", ""), folder)
    assert len(staging.objects(None, EXPORT_SCHEMA)) == 3


EDITOR = """\
import re, sys
text = open(sys.argv[-1]).read()
text, count = re.subn("(?m)^(vault_dynatrace_api_token): .*$", r"\\1: {token}", text)
assert count == 1, text
open(sys.argv[-1], "w").write(text)
"""
