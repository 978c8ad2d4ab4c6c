# Copyright (c) 2026, community.dynatrace contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""The playbooks by name, and a plan that is approved before it is carried out; on two environments each."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from ansible_collections.community.dynatrace.tests.support import forked_ansible
from ansible_collections.community.dynatrace.tests.support.playbooks import VENV, play
from ansible_collections.community.dynatrace.tests.support.simulator import (
    EXPORT_SCHEMA,
    Simulator,
    basic_auth,
    export_object,
    export_value,
)
from ansible_collections.community.dynatrace.tests.tools import environments

HOSTS = ("one", "two")


@pytest.fixture
def simulator() -> Iterator[Simulator]:
    with Simulator(list(HOSTS)) as running:
        for host in HOSTS:
            for name in ("archive", "billing"):
                login = basic_auth("dynatrace", f"canary of {name}")
                value = export_value(f"https://{name}.example.com/", authentication=login)
                running.seed(host, [export_object(f"community.dynatrace:1:{name}/", value)])
            running.seed(host, [export_object(None, export_value("https://by-hand.example.com/"))])
        running.clear_log()
        yield running


def named(simulator: Simulator, folder: Path, playbook: str, *arguments: str, fails: bool = False, **extra: Any) -> str:
    """Run a playbook of the collection; what it printed."""
    hosts = {
        host: {
            "dynatrace_environment_url": simulator.url(host),
            "dynatrace_api_token": simulator.token(host),
            # An inventory says more than a playbook is about.
            "user_session_exports_prune": True,
            "user_session_exports_slots": [],
        }
        for host in HOSTS
    }
    inventory = folder / "inventory.yml"
    inventory.write_text(yaml.safe_dump({"dynatrace": {"hosts": hosts}}))
    command = ["ansible-playbook", "-i", str(inventory), f"community.dynatrace.{playbook}", *arguments]
    code, output = forked_ansible.run(
        [str(VENV / "bin" / command[0]), *command[1:], "-e", json.dumps(extra)],
        folder,
        environments.clean_environment(VENV),
    )
    assert bool(code) == fails, output
    assert "canary" not in output
    return output


def there(simulator: Simulator, host: str) -> dict[str, bool]:
    """Which exports run."""
    found = (item["value"]["endpointDefinition"] for item in simulator.objects(host, EXPORT_SCHEMA))
    return {one["endpointUrl"].split("/")[2].partition(".")[0]: one["enableUserSessionExport"] for one in found}


RUNNING = {"archive": True, "billing": True, "by-hand": True}


def test_one_is_paused_and_resumed_everywhere(simulator: Simulator, tmp_path: Path) -> None:
    named(simulator, tmp_path, "disable", "--check", dynatrace_disable_exports=["archive"])
    assert there(simulator, "one") == RUNNING
    named(simulator, tmp_path, "disable", dynatrace_disable_exports=["archive"])
    assert there(simulator, "one") == there(simulator, "two") == {**RUNNING, "archive": False}
    named(simulator, tmp_path, "enable", "--limit", "two", dynatrace_enable_exports=["archive"])
    assert there(simulator, "one") == {**RUNNING, "archive": False}
    assert there(simulator, "two") == RUNNING
    for item in simulator.objects("two", EXPORT_SCHEMA):
        host = item["value"]["endpointDefinition"]["endpointUrl"].split("/")[2].partition(".")[0]
        if host != "by-hand":
            path = "authentication/basicAuth/password"
            assert simulator.secret_is("two", item["objectId"], path, f"canary of {host}"), "its secret was kept"
        else:
            assert item.get("externalId") is None


def test_all_are_paused_those_made_by_hand_too(simulator: Simulator, tmp_path: Path) -> None:
    named(simulator, tmp_path, "disable", dynatrace_disable_exports="all")
    assert there(simulator, "one") == there(simulator, "two") == dict.fromkeys(RUNNING, False)
    named(simulator, tmp_path, "enable", dynatrace_enable_exports="all")
    assert there(simulator, "one") == there(simulator, "two") == RUNNING


def test_some_are_removed_and_a_second_time_nothing_happens(simulator: Simulator, tmp_path: Path) -> None:
    for _turn in range(2):
        named(simulator, tmp_path, "remove", dynatrace_remove_exports=["billing", "not 'there'"])
        assert set(there(simulator, "one")) == set(there(simulator, "two")) == {"archive", "by-hand"}
    assert [one["method"] for one in simulator.requests() if one["applied"]] == ["DELETE"] * 2


@pytest.mark.parametrize("playbook", ["disable", "enable", "remove"])
def test_without_names_nothing_happens(simulator: Simulator, tmp_path: Path, playbook: str) -> None:
    output = named(simulator, tmp_path, playbook, fails=True)
    assert f"dynatrace_{playbook}_exports is missing" in output
    assert "is empty" in named(simulator, tmp_path, "disable", fails=True, dynatrace_disable_exports=[])
    unknown = named(simulator, tmp_path, "disable", fails=True, dynatrace_disable_exports=["archiv"])
    assert "no export has the name 'archiv'; existing exports: archive, billing, by-hand.example.com" in " ".join(
        unknown.split()
    )
    assert not [one for one in simulator.requests() if one["applied"]]


def test_the_plan_that_was_reviewed_is_the_plan_that_is_carried_out(simulator: Simulator, tmp_path: Path) -> None:
    exports = [{"name": "archive", "endpoint_definition": {"endpoint_url": "https://new.example.com/"}}]
    connection = {"environment_url": simulator.url("one"), "api_token": simulator.token("one")}
    options = {**connection, "exports": exports}
    module = "community.dynatrace.user_session_exports"
    approved = {**options, "approved_plan": "{{ reviewed.plan_digest }}"}
    tasks: list[dict[str, Any]] = [
        {"name": "review", module: options, "check_mode": True, "register": "reviewed"},
        {"name": "other", module: {**approved, "prune": True}, "ignore_errors": True},
        {"name": "same", module: approved},
        {"name": "again", module: approved},
    ]
    run = play(tmp_path, tasks)
    assert "The plan is not the one that was approved" in run.of("other")["msg"]
    assert run.of("other")["plan_digest"] != run.of("review")["plan_digest"] == run.of("same")["plan_digest"]
    assert [run.of(step)["changed"] for step in ("review", "same", "again")] == [True, True, False]
    assert [one["method"] for one in simulator.requests() if one["applied"]] == ["PUT"]
