# Copyright (c) 2026, community.dynatrace contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Imports from Python's bytecode cache, beside Ansible's own loader of collections."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

from ansible_collections.community.dynatrace.tests.tools import environments

PLUGINS = "ansible_collections.community.dynatrace.plugins"
# Prints which loader a part of the fleet task had, and whether other imports are Ansible's matter again.
SCRIPT = f"""
import sys
from ansible.plugins.loader import init_plugin_loader, action_loader
init_plugin_loader([])
assert action_loader.get("community.dynatrace.fleet", class_only=True)
assert not [one for one in sys.meta_path if getattr(one, "__module__", "").endswith("._cached_imports")]
print(type(sys.modules["{PLUGINS}.plugin_utils._fleet.workers"].__loader__).__name__)
print(type(sys.modules["{PLUGINS}.plugin_utils"].__loader__).__name__)
import {PLUGINS}.filter.declared_exports as other
print(type(other.__loader__).__name__)
"""


@pytest.fixture
def printed() -> list[str]:
    env = {**os.environ, "ANSIBLE_COLLECTIONS_PATH": str(environments.COLLECTIONS)}
    env.pop("PYTHONPATH", None)
    done = subprocess.run(
        [sys.executable, "-c", SCRIPT], env=env, capture_output=True, text=True, check=True, timeout=120
    )
    return done.stdout.split()


def test_the_code_of_the_fleet_task_is_not_compiled_in_each_run(printed: list[str]) -> None:
    assert printed[0] == "SourceFileLoader"


def test_everything_else_is_imported_by_ansible(printed: list[str]) -> None:
    assert [name for name in printed[1:] if name == "SourceFileLoader"] == []
