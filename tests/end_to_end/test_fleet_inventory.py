# Copyright (c) 2026, community.dynatrace contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""A fleet as inventory: a cluster, an account and a written list become hosts, and the role runs on them."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from ansible_collections.community.dynatrace.tests.support.marks import plain
from ansible_collections.community.dynatrace.tests.support.playbooks import Command, command
from ansible_collections.community.dynatrace.tests.support.simulator import EXPORT_SCHEMA, Simulator

ACCOUNT = "0aa00000-0000-0000-0000-000000000001"
SECRET = "canary of the OAuth client"
CONFIG = {
    "environments": {
        "saas0001": {"listing": {"name": "Web shop"}},
        "saas0002": {"listing": {"state": "DISABLED"}},
        "m-1": {"listing": {"name": "Bank {{ lookup('pipe', 'echo broken') }}", "tags": ["prod", "bank"]}},
        "m-2": {"listing": {"name": "Atlas", "tags": ["test"]}},
        "m-3": {"listing": {"name": "Cargo", "state": "DISABLED"}},
        "w-1": {},
    },
    "cluster": {"environments": ["m-1", "m-2", "m-3"]},
    "accounts": {ACCOUNT: {"environments": ["saas0001", "saas0002"]}},
    "oauth_clients": {
        "lister": {"secret": SECRET, "scopes": ["account-env-read"], "resource": f"urn:dtaccount:{ACCOUNT}"}
    },
}
URL = "https://archive.example.com/"


@pytest.fixture(scope="module")
def fleet() -> Iterator[Simulator]:
    with Simulator(config=CONFIG) as running:
        yield running


@pytest.fixture
def simulator(fleet: Simulator) -> Simulator:
    fleet.clear_faults()
    fleet.clear_log()
    return fleet


def sources(simulator: Simulator, **more: Any) -> dict[str, Any]:
    """All three kinds of source in one file; its secrets are in variables of the environment."""
    return {
        "plugin": "community.dynatrace.environments",
        "api_token_variable": "vault_token_{id}",
        "clusters": [{"url": simulator.base_url, "token": "{{ lookup('env', 'MY_CLUSTER_TOKEN') }}"}],
        "accounts": [
            {
                "oauth_account_urn": ACCOUNT,
                "oauth_client_id": "lister",
                "oauth_client_secret": "{{ lookup('env', 'MY_SECRET') }}",
                "oauth_token_url": simulator.ready["oauth_token_url"],
                "url": simulator.base_url,
            }
        ],
        "environments": [{"url": simulator.managed_url("w-1"), "name": "Written", "tags": ["prod"], "host": "written"}],
        "keyed_groups": [
            {"key": "dynatrace_environment_kind", "separator": ""},
            {"key": "dynatrace_environment_tags", "prefix": "tag"},
        ],
        "groups": {"banks": "'bank' in dynatrace_environment_tags"},
        "compose": {"session_index": "'sessions-' ~ dynatrace_environment_id"},
        "strict": True,
        **more,
    }


def run(simulator: Simulator, folder: Path, program: str, *arguments: str, **more: Any) -> Command:
    """A program on the inventory file in the folder; what is in ``more`` is laid over the file."""
    file = folder / "fleet.environments.yml"
    file.write_text(yaml.safe_dump(sources(simulator, **more)))
    token = simulator.ready["cluster"]["tokens"]["service_provider"]
    given = {"MY_CLUSTER_TOKEN": token, "MY_SECRET": SECRET, "ANSIBLE_INVENTORY_ANY_UNPARSED_IS_FAILED": "true"}
    done = command(folder, program, "-i", str(file), *arguments, environment=given)
    assert SECRET not in done.output and token not in done.output
    return done


def listed(simulator: Simulator, folder: Path, **more: Any) -> dict[str, Any]:
    done = run(simulator, folder, "ansible-inventory", "--list", **more)
    assert done.code == 0, done.output
    return dict(json.loads(done.output[done.output.index("{") :]))


def test_three_sources_become_one_inventory(simulator: Simulator, tmp_path: Path) -> None:
    found = listed(simulator, tmp_path)
    assert sorted(found["dynatrace"]["hosts"]) == ["m-1", "m-2", "saas0001", "written"], "disabled ones are left out"
    assert {group: sorted(found[group]["hosts"]) for group in ("saas", "tag_prod", "banks")} == {
        "saas": ["saas0001", "written"],
        "tag_prod": ["m-1", "written"],
        "banks": ["m-1"],
    }
    bank = found["_meta"]["hostvars"]["m-1"]
    assert plain(bank["dynatrace_environment_url"]) == simulator.managed_url("m-1")
    assert "sessions-m-1" in str(bank["session_index"]), "some cores mark what came from elsewhere"
    assert plain(bank["dynatrace_api_token_variable"]) == "vault_token_m_1"
    # As the cluster says it: someone else wrote it, so it is no template.
    assert "echo broken" in str(bank["dynatrace_environment_name"])
    graph = run(simulator, tmp_path, "ansible-inventory", "--graph")
    assert "|  |--written" in graph.output


def test_filters_choose_and_names_can_be_hosts(simulator: Simulator, tmp_path: Path) -> None:
    chosen = {"filters": {"states": ["enabled", "disabled"], "kinds": ["managed"]}, "exclude": {"tags": ["test"]}}
    found = listed(simulator, tmp_path, host_name="name", **chosen)
    assert "cargo" in found["dynatrace"]["hosts"] and "atlas" not in found["dynatrace"]["hosts"]


def test_with_a_cache_the_second_run_asks_no_one(simulator: Simulator, tmp_path: Path) -> None:
    cache = {"cache": True, "cache_plugin": "ansible.builtin.jsonfile", "cache_connection": str(tmp_path / "cache")}
    first = listed(simulator, tmp_path, **cache)
    assert len(simulator.requests()) == 3, "a token, an account, a cluster"
    simulator.clear_log()
    assert listed(simulator, tmp_path, **cache) == first
    assert simulator.requests() == []
    kept = "".join(path.read_text() for path in (tmp_path / "cache").iterdir())
    assert "saas0001" in kept
    assert SECRET not in kept and simulator.ready["cluster"]["tokens"]["service_provider"] not in kept


def test_a_source_that_fails_is_named_and_others_can_go_on(simulator: Simulator, tmp_path: Path) -> None:
    simulator.fault("status", status=401, path="/api/cluster", times=None)
    failed = run(simulator, tmp_path, "ansible-inventory", "--list")
    assert failed.code != 0
    assert "clusters[0]: " in failed.output and "Traceback" not in failed.output
    went_on = listed(simulator, tmp_path, on_source_error="warn")
    assert sorted(went_on["dynatrace"]["hosts"]) == ["saas0001", "written"]


def test_a_mistake_in_the_file_is_named_and_no_one_is_asked(simulator: Simulator, tmp_path: Path) -> None:
    wrong = {"clusters": [{"url": "http://dynatrace.example.com", "tokn": "canary"}], "host_name": "nickname"}
    failed = run(simulator, tmp_path, "ansible-inventory", "--list", **wrong)
    assert failed.code != 0 and "canary" not in failed.output
    for path in ("clusters[0].url", "clusters[0]", "host_name"):
        assert path in failed.output, failed.output
    assert simulator.requests() == []


def test_a_group_that_cannot_be_decided_is_an_error_if_strict(simulator: Simulator, tmp_path: Path) -> None:
    failed = run(simulator, tmp_path, "ansible-inventory", "--list", groups={"x": "no_such_thing > 1"})
    assert failed.code != 0 and "no_such_thing" in failed.output
    assert listed(simulator, tmp_path, groups={"x": "no_such_thing > 1"}, strict=False)["dynatrace"]["hosts"]


def test_the_playbooks_run_on_them_each_with_its_own_token(simulator: Simulator, tmp_path: Path) -> None:
    hosts = {"m-1": "m-1", "m-2": "m-2", "saas0001": "saas0001", "written": "w-1"}
    variables = {f"vault_token_{env.replace('-', '_')}": simulator.token(env) for env in hosts.values()}
    exports = [{"name": "archive", "endpoint_definition": {"endpoint_url": URL}}]
    folder = tmp_path / "group_vars"
    folder.mkdir()
    (folder / "dynatrace.yml").write_text(yaml.safe_dump({**variables, "user_session_exports_slots": exports}))
    for changed in (4, 0):
        done = run(simulator, tmp_path, "ansible-playbook", "community.dynatrace.user_session_exports")
        assert done.code == 0, done.output
        assert done.output.count("changed=1 ") == changed
    for env in hosts.values():
        (made,) = simulator.objects(env, EXPORT_SCHEMA)
        assert made["value"]["endpointDefinition"]["endpointUrl"] == URL
    assert not simulator.objects("m-3", EXPORT_SCHEMA), "it is disabled"
