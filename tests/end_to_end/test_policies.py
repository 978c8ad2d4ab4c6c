# Copyright (c) 2026, community.dynatrace contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Policies of groups in the playbooks: what refuses one environment, what is reported, and what is wrong with them."""

from __future__ import annotations

import json
import re
import shutil
import time
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest
import yaml

from ansible_collections.community.dynatrace.tests.support.guides import walk
from ansible_collections.community.dynatrace.tests.support.playbooks import Command, command
from ansible_collections.community.dynatrace.tests.support.simulator import EXPORT_SCHEMA, ZONE_SCHEMA, Simulator

EXAMPLES = Path(__file__).resolve().parents[2] / "examples" / "policies"
GUIDE = EXAMPLES.parents[1] / "docs" / "docsite" / "rst" / "guide_policies.rst"
SECRET = "S3cret-canary-of-policies"
FLEET = ("policy-production", "policy-staging", "policy-test")
TEN_DAYS_AGO = int((time.time() - 10 * 24 * 60 * 60) * 1000)


@pytest.fixture(scope="module")
def simulator() -> Iterator[Simulator]:
    with Simulator(list(FLEET)) as running:
        yield running


def inventory(simulator: Simulator, folder: Path, files: Mapping[str, Mapping[str, Any]]) -> None:
    """An inventory of the three environments, each in its group, and files of variables."""
    for env in FLEET:
        simulator.reset(env)
    hosts = {
        name: {"dynatrace_environment_url": simulator.url(name), "dynatrace_api_token": simulator.token(name)}
        for name in FLEET
    }
    children = {name.partition("-")[2]: {"hosts": {name: {}}} for name in FLEET}
    path = folder / "inventory"
    (path / "group_vars" / "all").mkdir(parents=True)
    (path / "hosts.yml").write_text(yaml.safe_dump({"dynatrace": {"hosts": hosts, "children": children}}))
    for name, content in files.items():
        (path / "group_vars" / f"{name}.yml").write_text(yaml.safe_dump(dict(content)))
    simulator.clear_log()


def playbook(folder: Path, name: str, *arguments: str, **extra: Any) -> Command:
    done = command(folder, "ansible-playbook", "-i", "inventory", f"community.dynatrace.{name}", *arguments, **extra)
    assert SECRET not in done.output
    assert "Traceback" not in done.output, done.output
    return done


def report(folder: Path, mode: str) -> dict[str, dict[str, Any]]:
    """The environments of a report, by host."""
    text = (folder / "dynatrace-report" / f"{mode}.json").read_text()
    assert SECRET not in text
    return {one["host"]: one for one in json.loads(text)["environments"]}


def export(name: str = "shop", **more: Any) -> dict[str, Any]:
    return {"name": name, "endpoint_definition": {"endpoint_url": "https://sessions.example.com/in"}, **more}


BASIC = {"active": True, "basic_auth": {"username": "dynatrace", "password": "{{ vault_password }}"}}
WITH_SECRET = {"user_session_exports_slots": [export(authentication=BASIC)], "vault_password": SECRET}


@pytest.mark.parametrize("per_host", [False, True], ids=["fleet", "per-host"])
def test_a_policy_refuses_one_environment_and_warns_of_another(
    simulator: Simulator, tmp_path: Path, per_host: bool
) -> None:
    (policy,) = yaml.safe_load((EXAMPLES / "exports_authenticate.yml").read_text()).values()
    plain = {"user_session_exports_slots": [export()]}
    weaker = [{**policy[0], "severity": "warning"}]
    off = [{"name": "exports-authenticate", "enabled": False}]
    files = {
        "all/exports": WITH_SECRET,
        # The policy refuses production, is a warning in staging, and is switched off in test.
        "production": plain,
        "staging": {**plain, "dynatrace_policies__staging": weaker},
        "test": {**plain, "dynatrace_policies__test": off},
    }
    inventory(simulator, tmp_path, files)
    for file in EXAMPLES.glob("*.yml"):
        if file.name in ("exports_authenticate.yml", "production_exports.yml"):
            shutil.copy(file, tmp_path / "inventory" / "group_vars" / "all" / file.name)
    checked = playbook(tmp_path, "audit", dynatrace_check_tokens=False, dynatrace_per_host=per_host)
    assert checked.code != 0
    done = playbook(tmp_path, "configure", dynatrace_per_host=per_host)
    assert done.code != 0
    for output, mode in ((checked.output, "audit"), (done.output, "configure")):
        assert "Policy exports-authenticate: export 'shop': An export sends sessions of users." in output
        found = report(tmp_path, mode)
        refused = found["policy-production"]
        assert refused["state"] == "failed"
        (violation,) = [one for one in refused["policy_violations"] if one["policy"] == "exports-authenticate"]
        assert violation["severity"] == "error"
        assert "group_vars/all/exports_authenticate.yml" in violation["source"]
        assert {problem["path"] for problem in violation["problems"]} >= {"authentication.active"}
        warned = found["policy-staging"]
        assert warned["state"] in ("drift", "changed")
        assert [one["severity"] for one in warned["policy_violations"]] == ["warning"]
        assert any("Policy exports-authenticate" in text for text in warned["warnings"])
        assert found["policy-test"]["policy_violations"] == []
        page = (tmp_path / "dynatrace-report" / f"{mode}.html").read_text()
        assert "1 policy violation" in page and "An export sends sessions of users." in page
    assert simulator.objects("policy-production") == []
    assert len(simulator.objects("policy-staging", EXPORT_SCHEMA)) == 1
    assert len(simulator.objects("policy-test", EXPORT_SCHEMA)) == 1
    if not per_host:
        # The table in the terminal has the warning, too.
        assert "Policy exports-authenticate is violated by shop." in done.output
    (tmp_path / "inventory" / "group_vars" / "production.yml").unlink()
    done = playbook(tmp_path, "configure", "--limit", "policy-production", dynatrace_per_host=per_host)
    assert done.code == 0, done.output
    done = playbook(
        tmp_path,
        "audit",
        "--limit",
        "policy-production",
        dynatrace_check_tokens=False,
        dynatrace_fail_on_drift=True,
        dynatrace_per_host=per_host,
    )
    assert done.code == 0, done.output


def test_what_is_wrong_with_policies_is_said_at_once_and_nothing_is_sent(simulator: Simulator, tmp_path: Path) -> None:
    wrong = [
        {"name": "one", "match": {"schema_ids": [EXPORT_SCHEMA], "groups": ["prodution"]}, "schema": {"requird": []}},
        {"name": "two", "match": {"schema_ids": [EXPORT_SCHEMA]}, "shema": {}},
    ]
    inventory(
        simulator, tmp_path, {"all/exports": {"user_session_exports_slots": [export()], "dynatrace_policies": wrong}}
    )
    done = playbook(tmp_path, "configure", "--limit", "policy-test")
    assert done.code != 0
    for text in (
        "dynatrace_policies[0].match.groups[0]: is not a group of the inventory; did you mean production?",
        "dynatrace_policies[0].schema.requird: is not a keyword of JSON Schema (Draft 2020-12); did you mean required?",
        "dynatrace_policies[1].shema: is not an option; did you mean schema?",
    ):
        assert text in done.output
    assert simulator.requests() == []


def test_the_role_of_settings_has_policies_too(simulator: Simulator, tmp_path: Path) -> None:
    policy = {
        "name": "zone-names",
        "match": {"schema_ids": [ZONE_SCHEMA], "groups": ["production"]},
        "schema": {"properties": {"name": {"pattern": "^[A-Z]"}}},
        "msg": "Begin the name with a capital letter.",
    }
    zones = [{"schema_id": ZONE_SCHEMA, "objects": [{"value": {"name": "shop", "rules": []}}]}]
    inventory(simulator, tmp_path, {"all/settings": {"dynatrace_settings": zones, "dynatrace_policies": [policy]}})
    play = [{"hosts": "dynatrace", "gather_facts": False, "roles": ["community.dynatrace.settings"]}]
    (tmp_path / "site.yml").write_text(yaml.safe_dump(play))
    done = command(tmp_path, "ansible-playbook", "-i", "inventory", "site.yml")
    assert done.code != 0
    text = f"Policy zone-names: {ZONE_SCHEMA} object 'shop': Begin the name with a capital letter. (name: must match"
    assert text in done.output
    assert simulator.objects("policy-production") == []
    assert len(simulator.objects("policy-staging", ZONE_SCHEMA)) == 1


ZONE_NAMES = {
    "name": "zone-names",
    "match": {"schema_ids": [ZONE_SCHEMA], "groups": ["production"]},
    "schema": {"properties": {"name": {"pattern": "^[A-Z]"}}},
    "msg": "Begin the name with a capital letter.",
}
IN_PROCESS = pytest.mark.parametrize("in_process", [True, False], ids=["in-process", "module"])


def zone_names(simulator: Simulator, env: str) -> list[str]:
    return sorted(one["value"]["name"] for one in simulator.objects(env, ZONE_SCHEMA))


@IN_PROCESS
def test_a_restore_to_before_a_policy_is_refused_and_can_be_overridden(
    simulator: Simulator, tmp_path: Path, in_process: bool
) -> None:
    inventory(simulator, tmp_path, {"all/policies": {"dynatrace_policies": [ZONE_NAMES]}})
    hosts = ("policy-production", "policy-staging")
    for env in hosts:
        zone = {
            "schemaId": ZONE_SCHEMA,
            "value": {"name": "shop", "rules": []},
            "time": TEN_DAYS_AGO,
            "validate": False,
        }
        (one,) = simulator.seed(env, [zone])
        simulator.change(env, one, merge={"name": "Shop"})
    simulator.clear_log()
    restore: dict[str, Any] = {
        "dynatrace_restore_as_of": "5d",
        "dynatrace_restore_schema_id": ZONE_SCHEMA,
        "dynatrace_restore_apply": True,
        "community_dynatrace_in_process": in_process,
    }
    done = playbook(tmp_path, "restore", "--limit", "policy-production,policy-staging", **restore)
    assert done.code != 0
    words = " ".join(done.output.split())
    text = f"Policy zone-names: {ZONE_SCHEMA} object 'shop': Begin the name with a capital letter. (name: must match"
    assert text in words
    assert "To restore it nevertheless, name the policy in dynatrace_policy_overrides." in words
    assert [zone_names(simulator, env) for env in hosts] == [["Shop"], ["shop"]]
    assert simulator.requests(method="PUT", environment="policy-production") == []
    restore["dynatrace_policy_overrides"] = ["zone-names"]
    done = playbook(tmp_path, "restore", "--limit", "policy-production", **restore)
    assert done.code == 0, done.output
    assert "Policy zone-names (overridden): " in " ".join(done.output.split())
    assert zone_names(simulator, "policy-production") == ["shop"]


@IN_PROCESS
def test_a_backup_from_before_a_policy_is_refused_and_can_be_overridden(
    simulator: Simulator, tmp_path: Path, in_process: bool
) -> None:
    inventory(simulator, tmp_path, {"all/policies": {"dynatrace_policies": [ZONE_NAMES]}})
    backup = [{"schema_id": ZONE_SCHEMA, "objects": [{"value": {"name": "shop", "rules": []}}]}]
    (tmp_path / "backup.yml").write_text(yaml.safe_dump({"dynatrace_settings": backup}))
    common = {"dynatrace_restore_file": "backup.yml", "community_dynatrace_in_process": in_process}
    limited = ("restore_backup", "--limit", "policy-production")
    for arguments in (["--check"], []):
        done = playbook(tmp_path, *limited, *arguments, **common)
        assert done.code != 0
        assert f"Policy zone-names: {ZONE_SCHEMA} object 'shop': Begin the name" in " ".join(done.output.split())
        assert simulator.objects("policy-production") == []
    done = playbook(tmp_path, *limited, dynatrace_policy_overrides=["zone-names"], **common)
    assert done.code == 0, done.output
    assert zone_names(simulator, "policy-production") == ["shop"]


@IN_PROCESS
def test_the_module_of_one_schema_takes_the_policies_of_the_inventory(
    simulator: Simulator, tmp_path: Path, in_process: bool
) -> None:
    inventory(simulator, tmp_path, {"all/policies": {"dynatrace_policies": [ZONE_NAMES]}})
    task = {
        "name": "Zone",
        "community.dynatrace.settings_objects": {
            "vars_prefix": "zones_",
            "schema_id": ZONE_SCHEMA,
            "objects": [{"value": {"name": "shop", "rules": []}}],
        },
    }
    play = {"hosts": "dynatrace", "gather_facts": False, "connection": "local", "tasks": [task]}
    (tmp_path / "site.yml").write_text(yaml.safe_dump([play]))

    def run(*arguments: str, **extra: Any) -> Command:
        line = ("-i", "inventory", "site.yml", *arguments)
        return command(tmp_path, "ansible-playbook", *line, community_dynatrace_in_process=in_process, **extra)

    for arguments in (["--check"], []):
        done = run(*arguments)
        assert done.code != 0
        assert f"Policy zone-names: {ZONE_SCHEMA} object 'shop': Begin the name" in " ".join(done.output.split())
        assert simulator.objects("policy-production") == []
    assert [zone_names(simulator, env) for env in FLEET] == [[], ["shop"], ["shop"]]
    done = run(dynatrace_policy_overrides=["zone-names"])
    assert done.code == 0, done.output
    assert "Policy zone-names (overridden): " in " ".join(done.output.split())
    assert zone_names(simulator, "policy-production") == ["shop"]


@pytest.mark.once
def test_the_guide_to_policies(simulator: Simulator, tmp_path: Path) -> None:
    inventory(simulator, tmp_path, {"all/exports": {"user_session_exports_slots": [export()]}})
    simulator.seed("policy-production", [{"schemaId": ZONE_SCHEMA, "value": {"name": "shop", "rules": []}}])
    output = ""
    for name, content, code in walk("guide_policies.rst"):
        if name:
            (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
            (tmp_path / name).write_text(content)
            continue
        for line in content.strip().splitlines():
            assert line.startswith("ansible-playbook ")
            done = command(tmp_path, *line.split())
            assert done.code == code, f"{line}\n{done.output}"
            output += done.output
    (sample,) = re.findall(r"code-block:: text\n\n((?:    .*\n)+)\nIn the result", GUIDE.read_text())
    assert " ".join(sample.split()) in " ".join(output.split())
    found = report(tmp_path, "audit")
    violated = {host: {one["policy"] for one in env["policy_violations"]} for host, env in found.items()}
    assert violated == {
        "policy-production": {"exports-authenticate", "zone-names"},
        "policy-staging": {"exports-authenticate"},
        "policy-test": set(),
    }
