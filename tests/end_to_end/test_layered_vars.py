# Copyright (c) 2026, community.dynatrace contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Declarations of several groups and a host, in variables with suffixes, add up; what a higher place declares wins."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from ansible_collections.community.dynatrace.tests.support.playbooks import Playbook, play
from ansible_collections.community.dynatrace.tests.support.simulator import EXPORT_SCHEMA, Simulator

SLOTS = "user_session_exports_slots"


@pytest.fixture(scope="module")
def simulator() -> Iterator[Simulator]:
    with Simulator(["shop", "bank"]) as running:
        yield running


def slot(name: str, url: str = "", **more: Any) -> dict[str, Any]:
    return {"name": name, "endpoint_definition": {"endpoint_url": url or f"https://{name}.example.com/", **more}}


def configure(simulator: Simulator, folder: Path, files: dict[str, Any], **keywords: Any) -> Playbook:
    folder.mkdir(parents=True, exist_ok=True)
    groups = {"world": {"children": {"europe": {"hosts": {"shop": {}, "bank": {}}}}}}
    (folder / "groups.yml").write_text(yaml.safe_dump(groups))
    for name, content in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(yaml.safe_dump(content))
    hosts = {
        name: {"dynatrace_environment_url": simulator.url(name), "dynatrace_api_token": simulator.token(name)}
        for name in ("shop", "bank")
    }
    role = {"name": "community.dynatrace.user_session_exports"}
    task = {"name": "Configure", "ansible.builtin.include_role": role}
    return play(folder, [task], hosts=hosts, arguments=["-i", str(folder / "groups.yml")], **keywords)


def urls(simulator: Simulator, env: str) -> set[str]:
    return {item["value"]["endpointDefinition"]["endpointUrl"] for item in simulator.objects(env, EXPORT_SCHEMA)}


def test_exports_of_groups_and_of_the_host_add_up(simulator: Simulator, tmp_path: Path) -> None:
    files = {
        "group_vars/world.yml": {SLOTS: [slot("archive"), slot("billing")]},
        "group_vars/europe.yml": {f"{SLOTS}__europe": [slot("elastic")]},
        "host_vars/shop.yml": {f"{SLOTS}__own": [slot("billing", "https://shop.example.com/")]},
    }
    run = configure(simulator, tmp_path, files)
    assert run.code == 0, run.output
    assert "WARNING" not in run.output
    assert urls(simulator, "bank") == {f"https://{name}.example.com/" for name in ("archive", "billing", "elastic")}
    assert urls(simulator, "shop") == {f"https://{name}.example.com/" for name in ("archive", "shop", "elastic")}
    (shop,) = [result for name, result in run.on("shop").items() if name.endswith("Configure user session exports")]
    assert shop["declared_in"]["billing"].startswith(f"{SLOTS}__own (host shop, host_vars/shop.yml")
    assert shop["declared_in"]["elastic"].startswith(f"{SLOTS}__europe (group europe, group_vars/europe.yml")


def test_problems_name_the_variable_that_has_them(simulator: Simulator, tmp_path: Path) -> None:
    files = {
        "group_vars/world.yml": {SLOTS: [slot("archive")]},
        "group_vars/europe.yml": {f"{SLOTS}__europe": [slot("elastic"), slot("plain", "http://plain.example.com/")]},
    }
    run = configure(simulator, tmp_path, files)
    assert run.code != 0
    assert f"{SLOTS}__europe[1].endpoint_definition.endpoint_url" in run.output
    files["group_vars/europe.yml"] = {f"{SLOTS}__europe": {"name": "elastic"}}
    assert f"{SLOTS}__europe: must be a list" in configure(simulator, tmp_path, files).output
