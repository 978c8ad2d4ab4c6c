# Copyright (c) 2026, community.dynatrace contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""The guide to settings of a fleet is walked line by line."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import time
from pathlib import Path

import pytest

from ansible_collections.community.dynatrace.tests.end_to_end.test_guides import running_below, walk
from ansible_collections.community.dynatrace.tests.support.playbooks import VENV
from ansible_collections.community.dynatrace.tests.tools import environments

# What a guide says does not depend on the core.
pytestmark = pytest.mark.once


def test_guide_to_settings_of_a_fleet(tmp_path: Path) -> None:
    folder = tmp_path / "project"
    folder.mkdir()
    ready = folder / "simulator" / "ready.json"
    environment = environments.clean_environment(VENV) | {"ANSIBLE_NOCOLOR": "1", "PWD": str(folder)}
    environment["PATH"] = f"{VENV / 'bin'}{os.pathsep}{environment['PATH']}"
    output: dict[str, str] = {}
    refused = ""
    imported = ""
    try:
        for name, content, code in walk("guide_settings.rst"):
            if name:
                (folder / name).parent.mkdir(parents=True, exist_ok=True)
                (folder / name).write_text(content, encoding="utf-8")
                continue
            for line in content.strip().splitlines():
                if line.startswith("rm "):
                    imported = (folder / "inventory" / "host_vars" / "shop-eu" / "settings.yml").read_text()
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
                if code and line.endswith("configure"):
                    refused = done.stdout
                assert done.returncode == code, f"{line}\n{done.stdout}"
    finally:
        if ready.exists():
            os.kill(json.loads(ready.read_text())["pid"], signal.SIGTERM)
    # It ends by itself, when it has the time.
    ends = time.monotonic() + 30
    while running_below(tmp_path) and time.monotonic() < ends:
        time.sleep(0.1)
    assert not running_below(tmp_path)
    assert 'name: !unsafe "Checkout"' in imported
    (preview,) = [text for line, text in output.items() if line.endswith("configure --check --diff")]
    assert '+    "description": "Everything that customers pay with"' in preview
    # Only the environments that declare the zone are refused, and the next run makes the change.
    assert "Policy zones-have-a-description" in refused and "Describe what the management zone is for." in refused
    assert "2 of 3 environments failed or need attention" in refused
    assert "2 changed" in output["ansible-playbook -i inventory community.dynatrace.configure"]
    report = json.loads((folder / "dynatrace-report" / "audit.json").read_text())
    assert {one["host"]: one["state"] for one in report["environments"]} == {
        "bank-eu": "unchanged",
        "shop-eu": "unchanged",
        "shop-us": "drift",
    }
