# Copyright (c) 2026, community.dynatrace contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Modules as Ansible runs them: a process of its own, arguments as JSON on its input, a result as JSON."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from ansible_collections.community.dynatrace.tests.support.simulator import Simulator

PACKAGE = "ansible_collections.community.dynatrace.plugins.modules"
SECRET = "S3cret-canary"
EXPORT = {
    "name": "a",
    "endpoint_definition": {"endpoint_url": "https://a.example.com/"},
    "authentication": {"active": True, "basic_auth": {"username": "u", "password": SECRET}},
}


def module(
    name: str, arguments: Mapping[str, Any], *, site: Path | None = None, check: bool = False, **environment: str
) -> dict[str, Any]:
    """Run a module once.

    :param site: a folder whose ``sitecustomize.py`` is loaded first, to play an incomplete machine.
    """
    folders = [str(site)] if site else []
    internal = {"_ansible_check_mode": check, "_ansible_diff": True, "_ansible_verbosity": 3}
    done = subprocess.run(
        [sys.executable, "-m", f"{PACKAGE}.{name}"],
        input=json.dumps({"ANSIBLE_MODULE_ARGS": {**arguments, **internal}}),
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
        env={
            **{key: value for key, value in os.environ.items() if not key.startswith("DYNATRACE_")},
            "PYTHONPATH": os.pathsep.join([*folders, *filter(None, sys.path)]),
            **environment,
        },
    )
    assert "Traceback" not in done.stdout + done.stderr, done.stderr
    assert SECRET not in done.stdout + done.stderr
    found: dict[str, Any] = json.loads(done.stdout)
    return found


def connection(simulator: Simulator) -> dict[str, str]:
    """The options that reach the environment ``one`` of a simulator."""
    return {"environment_url": simulator.url("one"), "api_token": simulator.token("one")}
