# Copyright (c) 2026, community.dynatrace contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""The playbooks of the collection, as data."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

PLAYBOOKS = sorted((Path(__file__).resolve().parents[2] / "playbooks").rglob("*.yml"))


@pytest.mark.parametrize("path", PLAYBOOKS, ids=lambda path: path.name)
def test_plays_on_environments_have_the_strategy_that_runs_a_task_once(path: Path) -> None:
    """With the strategies ``free`` and ``host_pinned``, ``run_once`` has no effect and canaries are not waited for."""
    found = yaml.safe_load(path.read_text(encoding="utf-8"))
    for play in found if isinstance(found, list) else []:
        if "dynatrace_hosts" in str(play.get("hosts")) and "run_once" in json.dumps(play.get("tasks")):
            assert play.get("strategy") == "linear", play["name"]


@pytest.mark.parametrize("path", PLAYBOOKS, ids=lambda path: path.name)
def test_no_task_for_each_host_follows_the_fleet_task(path: Path) -> None:
    """Even a skipped one costs more time for a large fleet than the fleet task."""
    found = yaml.safe_load(path.read_text(encoding="utf-8"))
    for play in found if isinstance(found, list) else []:
        if isinstance(play, dict) and "community.dynatrace.fleet" in json.dumps(play.get("tasks")):
            assert not list(for_each_host(play["tasks"]))


def for_each_host(parts: list[dict[str, Any]]) -> Iterator[str]:
    """The names of the tasks that run for each host. Imported ones are in a file of their own."""
    for part in parts:
        if part.get("run_once") is True or "ansible.builtin.import_tasks" in part:
            continue
        if "block" in part:
            yield from for_each_host([*part["block"], *part.get("rescue", ()), *part.get("always", ())])
        else:
            yield str(part["name"])
