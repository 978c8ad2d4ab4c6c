# Copyright (c) 2026, community.dynatrace contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""The role says of its variables what the module says of its options."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import yaml

from ansible_collections.community.dynatrace.plugins.module_utils._ansible_module import CONNECTION_OPTIONS
from ansible_collections.community.dynatrace.plugins.module_utils._export_modules import WRITE

ROOT = Path(__file__).resolve().parents[2]
ROLE = ROOT / "roles" / "user_session_exports"


def test_what_is_generated_from_the_module_is_up_to_date() -> None:
    command = [sys.executable, str(ROOT / "tests" / "tools" / "generate_role_options.py"), "--check"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


def test_the_role_passes_every_variable_on_and_hides_every_secret() -> None:
    specs = yaml.safe_load((ROLE / "meta" / "argument_specs.yml").read_text(encoding="utf-8"))
    # Under the name of the entry point, main, Ansible would check them itself, and say what it finds in its own way.
    assert list(specs["argument_specs"]) == ["variables"]
    options = specs["argument_specs"]["variables"]["options"]
    (task,) = yaml.safe_load((ROLE / "tasks" / "main.yml").read_text(encoding="utf-8"))
    passed = task["community.dynatrace.user_session_exports"]
    assert passed == {"vars_prefix": "user_session_exports_"}
    assert WRITE.variables is not None
    assert WRITE.variables.renamed == {"exports": "slots"}
    own = {f"user_session_exports_{name}" for name in WRITE.options.keys() - {"exports"}}
    shared = {f"dynatrace_{name}" for name in CONNECTION_OPTIONS.keys() - {"vars_prefix"}}
    assert {"user_session_exports_slots", *own, *shared} == set(options)
    secret = {name for name, spec in options.items() if spec.get("no_log")}
    assert {f"dynatrace_{name}" for name in ("api_token", "platform_token", "oauth_client_secret")} < secret
    assert {options[name]["type"] for name in secret} == {"raw"}
