# Copyright (c) 2026, community.dynatrace contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Action plugins: each opens on what its module opens on, and leaves the process as it was."""

from __future__ import annotations

import importlib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
import yaml

from ansible_collections.community.dynatrace.plugins.module_utils._ansible_module import (
    CONNECTION_OPTIONS,
    DynatraceModule,
)
from ansible_collections.community.dynatrace.plugins.plugin_utils import _fleet_action, _report_action

ROOT = Path(__file__).resolve().parents[4]
PLUGINS = "ansible_collections.community.dynatrace.plugins"
MODULES = sorted(path.stem for path in (ROOT / "plugins" / "modules").glob("*.py"))
# Behind these there is no module, only its documentation; and group defaults of environments are not theirs.
ALONE = {"environment_report": _report_action.OPTIONS, "fleet": _fleet_action.OPTIONS}
ACTIONS = sorted(path.stem for path in (ROOT / "plugins" / "action").glob("*.py") if path.stem not in ALONE)
MOST_LINES = 20


def entry(action: str) -> Any:
    return importlib.import_module(f"{PLUGINS}.action.{action}").ActionModule.entry


def test_every_module_has_an_action_plugin() -> None:
    assert sorted([*ACTIONS, *ALONE]) == MODULES
    assert all((ROOT / "plugins" / "action" / f"{name}.py").is_file() for name in ALONE)
    groups = yaml.safe_load((ROOT / "meta" / "runtime.yml").read_text())["action_groups"]
    # Defaults of the group are those of an environment: tokens that no module must get which has nothing to do with it.
    assert sorted(groups["dynatrace"]) == [name for name in ACTIONS if entry(name).environment]


@pytest.mark.parametrize("name", ACTIONS)
def test_an_action_plugin_opens_on_what_its_module_opens_on(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    served = []
    monkeypatch.setattr(DynatraceModule, "serve", served.append)
    importlib.import_module(f"{PLUGINS}.modules.{name}").main()
    assert served == [entry(name)]


@pytest.mark.parametrize("name", [*ACTIONS, *ALONE])
def test_an_action_plugin_has_no_logic(name: str) -> None:
    assert len((ROOT / "plugins" / "action" / f"{name}.py").read_text().splitlines()) <= MOST_LINES


@pytest.mark.parametrize("name", ACTIONS)
def test_no_option_does_what_only_a_module_does_of_itself(name: str) -> None:
    """Notes about aliases and deprecated options are given by AnsibleModule alone."""

    def walk(spec: Mapping[str, Any]) -> None:
        for option in spec.values():
            assert not {key for key in option if "alias" in key or "removed" in key or key == "fallback"}
            walk(option.get("options") or {})

    walk({**entry(name).options, **CONNECTION_OPTIONS})


@pytest.mark.parametrize("name", ALONE)
def test_an_action_without_a_module_documents_the_options_that_it_takes(name: str) -> None:
    module = importlib.import_module(f"{PLUGINS}.modules.{name}")
    documented = yaml.safe_load(module.DOCUMENTATION)["options"]
    reported = {name: {key: one[key] for key in one if key != "description"} for name, one in documented.items()}
    assert reported == ALONE[name]
