# Copyright (c) 2026, community.dynatrace contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""The data, applied with the real modules of awx.awx to a server that checks what it gets."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from ansible_collections.community.dynatrace.tests.end_to_end.test_job_templates import block
from ansible_collections.community.dynatrace.tests.support import controller_server, jobs
from ansible_collections.community.dynatrace.tests.support.controller_server import Controller, ControllerServer
from ansible_collections.community.dynatrace.tests.support.playbooks import Command, command

PLAYBOOK = "community.dynatrace.setup_job_templates"
SECRETS = ("the-cluster-token", "dt0c01.AAAAAAAA.BBBBBBBB", "at-least-16-random-characters", "the-elastic-password")


@dataclass
class Runner:
    """An administrator's folder, and the server."""

    folder: Path
    server: ControllerServer

    @property
    def memory(self) -> Controller:
        return self.server.memory

    def apply(self, *arguments: str, credentials: bool = True, code: int = 0, **extra: object) -> Command:
        files = [f"@{jobs.EXAMPLES / 'controller.yml'}", *(["@credentials.yml"] if credentials else [])]
        words = [word for file in files for word in ("-e", file)]
        self.memory.asked.clear()
        # Newer cores warn that awx.awx uses what will be gone one day.
        environment = {**self.server.environment, "ANSIBLE_DEPRECATION_WARNINGS": "false"}
        done = command(self.folder, "ansible-playbook", PLAYBOOK, *words, *arguments, environment=environment, **extra)
        assert done.code == code, done.output
        assert not re.search(r"WARNING(?!.*(localhost|inventory|encrypted data))", done.output), done.output
        for secret in SECRETS:
            assert secret not in done.output
        return done

    def changes(self, *arguments: str) -> set[str]:
        """The tasks that change something, or would."""
        tasks = re.split(r"^TASK \[", self.apply(*arguments, "--diff").output, flags=re.M)[1:]
        return {task.partition("]")[0] for task in tasks if re.search(r"^changed: ", task, re.M)}


@pytest.fixture
def runner(tmp_path: Path) -> Iterator[Runner]:
    (tmp_path / "credentials.yml").write_text(block("credentials.yml"))
    with ControllerServer(tuple(jobs.TEMPLATES)) as server:
        yield Runner(tmp_path, server)


def test_all_of_it_is_made_once_and_put_back_when_someone_edits(runner: Runner) -> None:
    foreseen = runner.apply("--check")
    assert runner.memory.writes == [] and "was left out of the check" in foreseen.output
    runner.apply("-vv")
    for kind, variable in {
        "credential_types": "controller_credential_types",
        "execution_environments": "controller_execution_environments",
        "projects": "controller_projects",
        "inventories": "controller_inventories",
        "inventory_sources": "controller_inventory_sources",
        "job_templates": "controller_templates",
        "schedules": "controller_schedules",
    }.items():
        assert {one["name"] for one in runner.memory.objects[kind].values()} == {
            jobs.DATA["dynatrace_execution_environment"] if "{{" in one["name"] else one["name"]
            for one in jobs.DATA[variable]
        }
    for name, given in jobs.TYPES.items():
        kept = runner.memory.named("credential_types", name)
        assert {key: kept[key] for key in given} == given, "with braces, which nothing has rendered"
    for given in jobs.TEMPLATES.values():
        kept = runner.memory.named("job_templates", given["name"])
        there = {key: value for key, value in given.items() if key in kept and key not in kept_as_ids(kept)}
        assert {key: kept[key] for key in there} == there
        assert runner.memory.attached(given["name"]) == set(given["credentials"])
        if "survey_spec" in given:
            assert runner.memory.survey(given["name"]) == given["survey_spec"]
    (source,) = runner.memory.objects["inventory_sources"].values()
    credential = runner.memory.objects["credentials"][source["credential"]]
    assert (credential["name"], source["source_path"]) == ("Dynatrace cluster", jobs.SOURCE)
    assert credential["inputs"]["token"] == SECRETS[0]
    fleet = runner.memory.named("credentials", "Dynatrace fleet")["inputs"]
    assert [line.partition(":")[0] for line in fleet["tokens"].splitlines()] == [
        "abc12345",
        "0f1e2d3c-0000-0000-0000-000000000000",
    ]

    assert runner.changes() == set() and runner.memory.writes == []
    assert runner.changes("--check") == set()

    # Someone edits in the web interface.
    audit = "Dynatrace session exports - audit"
    runner.memory.named("job_templates", audit)["job_slice_count"] = 5
    runner.memory.named("job_templates", audit)["ask_limit_on_launch"] = False
    runner.memory.survey(audit)["spec"][0]["default"] = "false"
    runner.memory.credentials[runner.memory.named("job_templates", audit)["id"]].pop()
    (schedule,) = runner.memory.objects["schedules"].values()
    schedule["enabled"] = False
    source["overwrite"] = False
    expected = {"Create the job templates", "Create the schedules", "Create the inventory source"}
    assert runner.changes("--check") == expected
    assert runner.memory.writes == [] and schedule["enabled"] is False
    assert runner.changes() == expected
    assert runner.memory.survey(audit) == jobs.TEMPLATES["audit.yml"]["survey_spec"]
    assert runner.memory.attached(audit) == set(jobs.TEMPLATES["audit.yml"]["credentials"])
    kept = runner.memory.named("job_templates", audit)
    assert kept["ask_limit_on_launch"] is True
    assert kept["job_slice_count"] == 5, "what is not declared is left as it is"
    assert runner.changes() == set()


def kept_as_ids(kept: dict[str, object]) -> set[str]:
    """Fields that name other objects, which the server knows by their IDs."""
    return set(controller_server.KINDS["job_templates"].refers) & set(kept)


def test_secrets_that_are_stored_stay_until_they_are_to_be_sent(runner: Runner) -> None:
    runner.apply()
    text = (runner.folder / "credentials.yml").read_text()
    changed = text.replace("the-elastic-password", '!unsafe "another {{ password }}"')
    (runner.folder / "credentials.yml").write_text(changed)
    assert runner.changes() == set()
    (runner.folder / "credentials.yml").write_text(changed.replace("update_secrets: false", "update_secrets: true"))
    assert runner.changes() == {"Create the credentials"}
    assert runner.memory.named("credentials", "Session export secrets")["inputs"] == {
        "elastic_password": "another {{ password }}"
    }


def test_without_credentials_their_types_are_made_and_the_rest_waits(runner: Runner) -> None:
    done = runner.apply(credentials=False, code=2)
    reported = "These credentials are not there: Dynatrace cluster, Dynatrace fleet, Session export secrets."
    assert reported in done.output
    assert len(runner.memory.objects["credential_types"]) == len(jobs.TYPES)
    assert not runner.memory.objects["job_templates"]
    # The administrator makes them in the web interface.
    for name in ("Dynatrace cluster", "Dynatrace fleet", "Session export secrets"):
        kind = runner.memory.named("credential_types", name)["id"]
        runner.memory.make("credentials", {"name": name, "credential_type": kind, "organization": 1})
    runner.apply(credentials=False)
    assert len(runner.memory.objects["job_templates"]) == len(jobs.TEMPLATES)


def test_what_the_server_refuses_is_reported(runner: Runner) -> None:
    runner.apply()
    # A field more, while credentials of the type are there.
    kind = {**jobs.TYPES["Session export secrets"]}
    kind["inputs"] = {"fields": [*kind["inputs"]["fields"], {"id": "more", "type": "string", "label": "More"}]}
    kind["injectors"] = {}
    done = runner.apply(code=2, controller_credential_types=[kind])
    assert "You don't have permission to PATCH" in done.output
    wrong = {**jobs.DATA["controller_schedules"][0], "rrule": "DTSTART:20270101T040000 RRULE:FREQ=DAILY"}
    done = runner.apply(code=2, controller_schedules=[wrong])
    assert "INTERVAL required in rrule" in done.output


def test_behind_the_gateway_of_newer_platforms(tmp_path: Path) -> None:
    (tmp_path / "credentials.yml").write_text(block("credentials.yml"))
    with ControllerServer(tuple(jobs.TEMPLATES), controller_server.PREFIXES[1]) as server:
        runner = Runner(tmp_path, server)
        runner.apply()
        assert len(runner.memory.objects["schedules"]) == 1
        assert runner.changes() == set()
