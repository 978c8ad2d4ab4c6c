# Copyright (c) 2026, community.dynatrace contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Whole jobs through ansible-runner, laid out as a job-template server lays them out; and the slices of one."""

from __future__ import annotations

import json
import os
import re
import subprocess
import textwrap
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from ansible_collections.community.dynatrace.tests.support import jobs
from ansible_collections.community.dynatrace.tests.support.jobs import answers, injected, prepare
from ansible_collections.community.dynatrace.tests.support.marks import plain
from ansible_collections.community.dynatrace.tests.support.playbooks import VENV, command
from ansible_collections.community.dynatrace.tests.support.simulator import EXPORT_SCHEMA, Simulator
from ansible_collections.community.dynatrace.tests.tools import environments

GUIDE = Path(__file__).resolve().parents[2] / "docs" / "docsite" / "rst" / "guide_job_templates.rst"
HOSTS = ("one", "two", "three", "four")
KEY, PASSWORD = "canary of the fingerprints", "canary of Elasticsearch"
ACCOUNT, CLIENT_SECRET = "0aa00000-0000-0000-0000-000000000001", "canary of the client"
ALL = {
    "rotate_secrets.yml": "dynatrace_rotate_exports",
    "disable.yml": "dynatrace_disable_exports",
    "enable.yml": "dynatrace_enable_exports",
}
pytestmark = [
    pytest.mark.once,
    pytest.mark.skipif(not jobs.HAS_RUNNER, reason="ansible-runner is not in this environment"),
]


@pytest.fixture
def simulator() -> Iterator[Simulator]:
    with Simulator(HOSTS) as running:
        yield running


@pytest.fixture
def updated(simulator: Simulator, tmp_path: Path) -> dict[str, Any]:
    """The inventory after its update, with what its credential injects."""
    token = simulator.ready["cluster"]["tokens"]["service_provider"]
    environment = injected("Dynatrace cluster", url=simulator.base_url, token=token)
    found = jobs.update(prepare(tmp_path / "update"), environment)
    assert token not in json.dumps(found)
    return found


def fleet(simulator: Simulator, *hosts: str) -> dict[str, str]:
    """What the credentials of the job templates inject: tokens of these environments, and the secret of the export."""
    tokens = "".join(f"{host}: {simulator.token(host)}\n" for host in hosts)
    own = injected("Dynatrace fleet", tokens=tokens, fingerprint_key=KEY)
    return {**own, **injected("Session export secrets", elastic_password=PASSWORD)}


def block(name: str) -> str:
    """A file that the guide shows."""
    (found,) = re.findall(rf":caption: {re.escape(name)}\n\n((?:    .*\n|\n)+)", GUIDE.read_text(encoding="utf-8"))
    return textwrap.dedent(str(found))


def write(folder: Path, name: str, text: str) -> None:
    path = folder / "project" / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")


def used(simulator: Simulator) -> dict[str, set[str]]:
    """By environment, the tokens that reached it."""
    found: dict[str, set[str]] = {}
    for request in simulator.requests():
        found.setdefault(request["environment"], set()).add(request["token"])
    return found


def test_a_job_gets_the_token_of_each_environment_and_leaves_no_secret(
    simulator: Simulator, updated: dict[str, Any], tmp_path: Path
) -> None:
    # One environment has no token: it fails and is named, and no other token is tried there.
    secrets = fleet(simulator, "one", "three", "four")
    survey = answers("configure.yml")
    simulator.clear_log()
    first = jobs.run(prepare(tmp_path / "first"), "configure.yml", updated, environment=secrets, survey=survey)
    assert first.code == 2
    assert 'the credential "Dynatrace fleet" has no token for the environment two' in first.printed
    assert [bool(simulator.objects(host, EXPORT_SCHEMA)) for host in HOSTS] == [True, False, True, True]
    assert simulator.requests(environment="two") == []
    again = jobs.run(
        prepare(tmp_path / "again"),
        "configure.yml",
        updated,
        environment=secrets,
        survey=answers("configure.yml", dynatrace_serial="1", dynatrace_max_fail_percentage=50),
        limit="one,three,four",
    )
    assert again.code == 0 and set(again.changed.values()) == {0}
    assert used(simulator) == {host: {"full"} for host in ("one", "three", "four")}
    for secret in (*(simulator.token(host) for host in HOSTS), KEY, PASSWORD):
        assert secret not in first.left + again.left, "no secret in what a job leaves"
    report = again.file("dynatrace-report/job-1/configure.json")
    assert {one["host"]: one["state"] for one in report["environments"]} == dict.fromkeys(
        ("one", "three", "four"), "unchanged"
    )


def test_each_job_template_does_what_it_says(simulator: Simulator, updated: dict[str, Any], tmp_path: Path) -> None:
    secrets = fleet(simulator, *HOSTS)

    def job(name: str, playbook: str, *arguments: str, code: int = 0, **survey: object) -> jobs.Job:
        done = jobs.run(
            prepare(tmp_path / name),
            playbook,
            updated,
            environment=secrets,
            survey=answers(playbook, **survey),
            arguments=arguments,
            limit="one,two",
        )
        assert done.code == code, done.printed[-4000:]
        for secret in (simulator.token("one"), KEY, PASSWORD):
            assert secret not in done.left
        return done

    def enabled() -> list[bool]:
        return [
            item["value"]["endpointDefinition"]["enableUserSessionExport"]
            for host in ("one", "two")
            for item in simulator.objects(host, EXPORT_SCHEMA)
        ]

    job("drift", "audit.yml", code=2)
    job("reported", "audit.yml", dynatrace_fail_on_drift="false")
    assert not simulator.objects("one", EXPORT_SCHEMA), "an audit changes nothing"
    job("configure", "configure.yml")
    assert simulator.objects("three", EXPORT_SCHEMA) == [], "the limit holds"
    job("well", "audit.yml")
    for playbook, variable in ALL.items():
        job(playbook, playbook, "--diff", **{variable: "all" if playbook == "disable.yml" else " elasticsearch "})
        assert enabled() == [playbook != "disable.yml"] * 2
    imported = job("import", "import.yml", "--check", "--diff")
    assert "elastic.example.com" in imported.left
    writes = simulator.objects("one", EXPORT_SCHEMA)
    for playbook, variable in {**ALL, "remove.yml": "dynatrace_remove_exports"}.items():
        job(f"check-{playbook}", playbook, "--check", "--diff", **{variable: "elasticsearch"})
    job("check-configure", "configure.yml", "--check", "--diff", dynatrace_serial="50%")
    assert simulator.objects("one", EXPORT_SCHEMA) == writes, "a check changes nothing"
    job("remove", "remove.yml", dynatrace_remove_exports="elasticsearch, archive")
    assert enabled() == []


def test_the_slices_of_a_job_have_one_report(simulator: Simulator, updated: dict[str, Any], tmp_path: Path) -> None:
    secrets = fleet(simulator, *HOSTS)
    reports = []
    artifacts: dict[str, Any] = {}
    shared = tmp_path / "reports"
    for number, hosts in enumerate((HOSTS[:2], HOSTS[2:])):
        # A slice has only its own hosts in its inventory.
        own = {host: updated["_meta"]["hostvars"][host] for host in hosts}
        groups = {
            name: {**group, "hosts": [host for host in group.get("hosts", ()) if host in hosts]}
            for name, group in updated.items()
            if name != "_meta"
        }
        folder = prepare(tmp_path / f"slice{number}")
        survey = answers("audit.yml", dynatrace_fail_on_drift="false")
        inventory = {**groups, "_meta": {"hostvars": own}}
        # All slices write into one place, and each is a job of its own.
        extra = {"awx_job_id": 7 + number, "dynatrace_report_directory": str(shared)}
        done = jobs.run(folder, "audit.yml", inventory, environment=secrets, survey=survey, extra=extra)
        assert done.code == 0, done.printed[-3000:]
        reports.append(str(shared / f"job-{7 + number}" / "audit.json"))
        # As the server merges those of slices.
        artifacts.update(done.artifacts)
    (tmp_path / "merge.yml").write_text(block("merge.yml"))
    merged = command(tmp_path, "ansible-playbook", "merge.yml", reports=reports)
    assert merged.code == 0, merged.output
    whole = json.loads((tmp_path / "whole.json").read_text())
    assert {one["host"]: one["state"] for one in whole["environments"]} == dict.fromkeys(HOSTS, "drift")
    assert set(whole["plan_digests"]) == set(HOSTS)
    summaries = {f"dynatrace_fleet_{7 + number}": artifacts[f"dynatrace_fleet_{7 + number}"] for number in range(2)}
    assert [one["counts"]["drift"] for one in summaries.values()] == [2, len(HOSTS) - 2]
    # A job that follows has them as variables.
    (tmp_path / "summaries.yml").write_text(block("summaries.yml"))
    following = command(tmp_path, "ansible-playbook", "summaries.yml", **artifacts)
    assert following.output.count('"mode": "audit"') == 2, following.output


def test_tokens_of_the_vault_reach_a_job_encrypted(simulator: Simulator, tmp_path: Path) -> None:
    (shown,) = re.findall(r"((?:    .*\n)+    ansible-vault encrypt_string.*\n)", GUIDE.read_text(encoding="utf-8"))
    folder = prepare(tmp_path / "job")
    (tmp_path / "password").write_text("only-for-this-test")
    for host in HOSTS:
        # As the guide says, each with its own token.
        done = subprocess.run(
            ["sh", "-ec", textwrap.dedent(shown).replace("shop.yml", f"{host}.yml")],
            cwd=folder / "project",
            env={
                **environments.clean_environment(VENV),
                "ANSIBLE_VAULT_PASSWORD_FILE": str(tmp_path / "password"),
            },
            input=simulator.token(host),
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )
        assert done.returncode == 0, done.stderr
    cluster = simulator.ready["cluster"]["tokens"]["service_provider"]
    # The update needs no password of the vault, and stores what it cannot read.
    updated = jobs.update(folder, injected("Dynatrace cluster", url=simulator.base_url, token=cluster))
    assert json.dumps(updated).count("__ansible_vault") == len(HOSTS)
    simulator.clear_log()
    done = jobs.run(
        folder,
        "configure.yml",
        updated,
        environment=fleet(simulator),
        survey=answers("configure.yml"),
        vault_password="only-for-this-test",
    )
    assert done.code == 0, done.printed[-4000:]
    assert used(simulator) == {host: {"full"} for host in HOSTS}
    for host in HOSTS:
        assert simulator.token(host) not in done.left


def test_tokens_of_another_store_are_looked_up(simulator: Simulator, tmp_path: Path) -> None:
    # A store with a command line, which knows three environments.
    store = tmp_path / "store" / "vault"
    store.parent.mkdir()
    cases = "".join(f"  secret/dynatrace/{host}) echo '{simulator.token(host)}';;\n" for host in HOSTS[:3])
    store.write_text(
        f'#!/bin/sh\n[ "$1 $2 $3" = "kv get -field=token" ] || exit 64\ncase $4 in\n{cases}  *) exit 2;;\nesac\n'
    )
    store.chmod(0o700)
    folder = prepare(tmp_path / "job")
    name = "inventory/group_vars/dynatrace/token_store.yml"
    write(folder, name, block(name))
    cluster = injected(
        "Dynatrace cluster", url=simulator.base_url, token=simulator.ready["cluster"]["tokens"]["service_provider"]
    )
    inventory = jobs.update(folder, cluster)
    simulator.clear_log()
    path = f"{store.parent}{os.pathsep}{environments.clean_environment(VENV)['PATH']}"
    done = jobs.run(
        folder,
        "configure.yml",
        inventory,
        environment={"PATH": path, **fleet(simulator)},
        survey=answers("configure.yml", dynatrace_canary=0),
    )
    assert done.code == 2, done.printed[-4000:]
    assert used(simulator) == {host: {"full"} for host in HOSTS[:3]}
    assert simulator.token("one") not in done.left


def test_an_oauth_client_serves_its_account_and_nothing_else(tmp_path: Path) -> None:
    config = {
        "environments": {"saas0001": {"listing": {"name": "Shop"}}, "bank": {}, "cargo": {}},
        "default_environment": "saas0001",
        "accounts": {ACCOUNT: {"environments": ["saas0001"]}},
        "oauth_clients": {
            "lister": {"secret": "s1", "scopes": ["account-env-read"], "resource": f"urn:dtaccount:{ACCOUNT}"},
            "dt0s02.FLEET": {
                "secret": CLIENT_SECRET,
                "scopes": ["settings:objects:read", "settings:objects:write", "settings:schemas:read"],
                "resource": f"urn:dtaccount:{ACCOUNT}",
            },
        },
    }
    with Simulator(config=config) as simulator:
        folder = prepare(tmp_path / "job")
        source = "plugin: community.dynatrace.environments\nclusters:\n  - {}\naccounts:\n  - {}\n"
        write(folder, jobs.SOURCE, source)
        inputs = {"account": ACCOUNT, "client_id": "lister", "client_secret": "s1"}
        inventory = jobs.update(
            folder,
            {
                **injected(
                    "Dynatrace cluster",
                    url=simulator.base_url,
                    token=simulator.ready["cluster"]["tokens"]["service_provider"],
                ),
                **injected("Dynatrace account", **inputs),
                "DYNATRACE_OAUTH_TOKEN_URL": simulator.ready["oauth_token_url"],
                "DYNATRACE_ACCOUNT_URL": simulator.base_url,
            },
        )
        # The simulator lists its environments with their addresses; a SaaS environment has one without a path.
        hostvars = {host: plain(own) for host, own in inventory["_meta"]["hostvars"].items()}
        inventory["_meta"]["hostvars"] = {
            host: {**own, "dynatrace_environment_url": simulator.url(own["dynatrace_environment_id"])}
            for host, own in hostvars.items()
        }
        simulator.clear_log()
        client = {"client_id": "dt0s02.FLEET", "client_secret": CLIENT_SECRET, "account": ACCOUNT}
        tokens = f"bank: {simulator.token('bank')}"
        environment = {
            **injected("Dynatrace fleet", tokens=tokens, fingerprint_key=KEY, **client),
            **injected("Session export secrets", elastic_password=PASSWORD),
        }
        done = jobs.run(
            folder,
            "configure.yml",
            inventory,
            environment=environment,
            survey=answers("configure.yml"),
            extra={"dynatrace_oauth_token_url": simulator.ready["oauth_token_url"]},
        )
        assert done.code == 2 and "has no token for the environment cargo" in done.printed, done.printed[-4000:]
        reached = {(one["environment"], one["authentication"]) for one in simulator.requests() if one["environment"]}
        assert {environment for environment, _kind in reached} == {"saas0001", "bank"}
        assert len(reached) == 2, "the client for its account, the token for the other"
        assert [bool(simulator.objects(name, EXPORT_SCHEMA)) for name in config["environments"]] == [True, True, False]
        assert CLIENT_SECRET not in done.left


def test_the_pair_for_one_environment_goes_nowhere_else(simulator: Simulator, tmp_path: Path) -> None:
    pair = injected("Dynatrace environment", url=simulator.url("one"), token=simulator.token("one"))
    secrets = {**pair, **injected("Session export secrets", elastic_password=PASSWORD)}
    # Hosts that were written into the inventory by hand: one says nothing, the other is somewhere else.
    there = {"dynatrace_environment_url": simulator.url("two"), "dynatrace_environment_id": "two"}
    project = jobs.PROJECT / "inventory" / "group_vars" / "dynatrace"
    variables = {name: value for path in sorted(project.glob("*.yml")) for name, value in jobs.load(path).items()}
    inventory = {
        "dynatrace": {"hosts": ["this", "other"], "vars": variables},
        "_meta": {"hostvars": {"this": {}, "other": there}},
    }
    simulator.clear_log()
    folder = prepare(tmp_path / "job")
    done = jobs.run(folder, "configure.yml", inventory, environment=secrets, survey=answers("configure.yml"))
    assert done.code == 2
    assert "is not the address to which the credentials in environment variables belong" in done.printed
    assert used(simulator) == {"one": {"full"}}
    assert simulator.objects("one", EXPORT_SCHEMA)
    assert subprocess.run(["grep", "-rl", simulator.token("one"), str(folder / "project")], check=False).returncode == 1
