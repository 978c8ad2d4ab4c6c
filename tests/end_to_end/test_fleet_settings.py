# Copyright (c) 2026, community.dynatrace contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""The playbooks with settings and session exports together: configure, audit, import, restore."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest
import yaml

from ansible_collections.community.dynatrace.tests.support.playbooks import Command, command
from ansible_collections.community.dynatrace.tests.support.simulator import EXPORT_SCHEMA, Simulator

ZONES = "builtin:management-zones"
PROFILES = "builtin:appsec.notification-alerting-profile"
NOTIFICATIONS = "builtin:appsec.notification-integration"
WINDOWS = "builtin:example.windows"
RULES = "builtin:rum.provider-breakdown"
SECRET = "S3cret-canary"
FLEET = [f"shop{number}" for number in range(10)]


@pytest.fixture(scope="module")
def simulator(own_reference: Path) -> Iterator[Simulator]:
    with Simulator(FLEET, options=["--schema", str(own_reference / "schemas")]) as running:
        yield running


def ref(schema_id: str, name: str) -> str:
    return f"{{{{ '{schema_id}' | community.dynatrace.object_id('{name}') }}}}"


def rule(name: str) -> dict[str, Any]:
    value = {"resource_name": name, "resource_type": "ThirdParty", "report_public_improvement": False}
    return {"value": {**value, "domain_name_pattern_list": [{"domain_name_pattern": f"{name}.example.com"}]}}


ALL: dict[str, Any] = {
    "user_session_exports_slots": [
        {"name": "archive", "endpoint_definition": {"endpoint_url": "https://archive.example.com/sessions"}}
    ],
    "dynatrace_settings": [
        {
            "schema_id": NOTIFICATIONS,
            "objects": [
                {
                    "name": "hook",
                    "value": {
                        "display_name": "Hook",
                        "enabled": True,
                        "trigger": "SECURITY_PROBLEM",
                        "type": "WEBHOOK",
                        "security_problem_based_alerting_profile": ref(PROFILES, "shop"),
                        "security_problem_based_webhook_payload": {"payload": "{}"},
                        "webhook_configuration": {
                            "accept_any_certificate": False,
                            "headers": [{"name": "Authorization", "secret": True}],
                            "url": "https://hook.example.com/",
                        },
                    },
                    "secrets": [{"path": "webhook_configuration/headers[0]/secret_value", "value": "{{ vault_hook }}"}],
                }
            ],
        },
        {
            "schema_id": PROFILES,
            "objects": [
                {
                    "name": "shop",
                    "value": {
                        "name": "Shop",
                        "enabled": True,
                        "enabled_risk_levels": ["CRITICAL"],
                        "enabled_trigger_events": ["SECURITY_PROBLEM_OPENED"],
                        "management_zone": ref(ZONES, "shop"),
                    },
                }
            ],
        },
        {"schema_id": ZONES, "objects": [{"name": "shop", "value": {"name": "Shop", "rules": []}}]},
        {"schema_id": RULES, "objects": [rule("one"), rule("two")]},
    ],
    "vault_hook": SECRET,
}


def inventory(simulator: Simulator, folder: Path, **files: Mapping[str, Any]) -> Path:
    """A directory with an inventory, and files of variables."""
    hosts = {
        name: {"dynatrace_environment_url": simulator.url(name), "dynatrace_api_token": simulator.token(name)}
        for name in FLEET
    }
    path = folder / "inventory"
    path.mkdir(parents=True, exist_ok=True)
    groups = {"dynatrace": {"hosts": hosts, "children": {"europe": {"hosts": {FLEET[0]: {}}}}}}
    (path / "hosts.yml").write_text(yaml.safe_dump(groups))
    for name, content in files.items():
        file = path / "group_vars" / f"{name}.yml"
        file.parent.mkdir(exist_ok=True)
        file.write_text(yaml.safe_dump(dict(content)))
    return path


def playbook(folder: Path, name: str, *arguments: str, **extra: Any) -> Command:
    done = command(folder, "ansible-playbook", "-i", "inventory", f"community.dynatrace.{name}", *arguments, **extra)
    assert SECRET not in done.output
    assert "Traceback" not in done.output, done.output
    return done


def report(folder: Path, mode: str) -> dict[str, Any]:
    text = (folder / "dynatrace-report" / f"{mode}.json").read_text()
    assert SECRET not in text
    return dict(json.loads(text))


def writes(simulator: Simulator) -> list[str]:
    return [
        one["method"]
        for one in simulator.requests()
        if one["method"] != "GET" and one["query"].get("validateOnly") != "true" and "/settings/" in one["path"]
    ]


def test_a_fleet_has_exports_and_settings_from_its_groups(simulator: Simulator, tmp_path: Path) -> None:
    europe = {
        "dynatrace_settings__europe": [{"schema_id": ZONES, "objects": [{"name": "gdpr", "value": {"name": "GDPR"}}]}]
    }
    inventory(simulator, tmp_path, dynatrace=ALL, europe=europe)
    # The plan is reviewed, and exactly this plan is carried out.
    done = playbook(tmp_path, "audit", dynatrace_check_tokens=False)
    assert done.code == 0, done.output
    assert writes(simulator) == []
    done = playbook(tmp_path, "configure", "-e", "@dynatrace-report/audit-plans.json")
    assert done.code == 0, done.output
    assert report(tmp_path, "configure")["counts"]["changed"] == len(FLEET)
    for env in FLEET:
        zones = {one["value"]["name"] for one in simulator.objects(env, ZONES)}
        assert zones == ({"Shop", "GDPR"} if env == FLEET[0] else {"Shop"})
        assert len(simulator.objects(env, EXPORT_SCHEMA)) == 1
        (profile,) = simulator.objects(env, PROFILES)
        assert profile["value"]["managementZone"] in {one["objectId"] for one in simulator.objects(env, ZONES)}
    # One list of schemas, one request for each schema, and one for the exports.
    simulator.clear_log()
    done = playbook(tmp_path, "audit", dynatrace_fail_on_drift=True, dynatrace_check_tokens=False)
    assert done.code == 0, done.output
    requests = [one["path"].rpartition("/settings/")[2] for one in simulator.requests(environment=FLEET[1])]
    assert sorted(one for one in requests if not one.startswith("schemas/")) == ["objects"] * 5 + ["schemas"]
    documents = [one for one in simulator.requests() if "/settings/schemas/" in one["path"]]
    assert len(documents) < 4 * len(FLEET), "environments with the same version share its document"
    # What someone changed is found, with its schema.
    (zone,) = simulator.objects(FLEET[3], ZONES)
    simulator.change(FLEET[3], zone["objectId"], merge={"description": "by hand"})
    done = playbook(tmp_path, "audit", dynatrace_fail_on_drift=True, dynatrace_check_tokens=False)
    assert done.code != 0
    assert f"{ZONES} shop" in done.output and "description" in done.output
    found = report(tmp_path, "audit")
    assert {one["host"]: one["state"] for one in found["environments"] if one["state"] != "unchanged"} == {
        FLEET[3]: "drift"
    }
    page = (tmp_path / "dynatrace-report" / "audit.html").read_text()
    assert f'title="{ZONES}"' in page and "1 of 1 object" in page
    assert playbook(tmp_path, "configure").code == 0
    # An import of one environment is as declared there, and fits another one.
    done = playbook(
        tmp_path, "import", "--limit", FLEET[0], dynatrace_import_schemas=f"{ZONES},builtin:appsec.*,{RULES}"
    )
    assert done.code == 0, done.output
    text = (tmp_path / "inventory" / "host_vars" / FLEET[0] / "settings.yml").read_text()
    assert "community.dynatrace.object_id(" in text and SECRET not in text
    assert "vault_" in text.splitlines()[-1]
    (tmp_path / "inventory" / "group_vars" / "dynatrace.yml").unlink()
    done = playbook(tmp_path, "audit", "--limit", FLEET[0], dynatrace_fail_on_drift=True, dynatrace_check_tokens=False)
    assert done.code == 0, done.output


def test_one_approval_is_about_exports_and_settings(simulator: Simulator, tmp_path: Path) -> None:
    changed = {**ALL, "dynatrace_settings": [{"schema_id": ZONES, "objects": [{"name": "x", "value": {"name": "X"}}]}]}
    changed["user_session_exports_slots"] = [
        {"name": "other", "endpoint_definition": {"endpoint_url": "https://other.example.com/"}}
    ]
    inventory(simulator, tmp_path, dynatrace=changed)
    simulator.clear_log()
    done = playbook(
        tmp_path, "configure", "--limit", FLEET[9], dynatrace_approved_plans={FLEET[9]: "1:0123456789abcdef"}
    )
    assert done.code != 0
    assert "is not the one that was approved" in done.output
    assert writes(simulator) == []


def test_a_wrong_declaration_fails_its_environment_alone(simulator: Simulator, tmp_path: Path) -> None:
    wrong = {"dynatrace_settings__europe": [{"schema_id": "builtin:managment-zones", "objects": []}]}
    inventory(simulator, tmp_path, dynatrace=ALL, europe=wrong)
    done = playbook(tmp_path, "audit", "--limit", ",".join(FLEET[:2]), dynatrace_check_tokens=False)
    assert done.code != 0
    assert "dynatrace_settings__europe[0].schema_id: builtin:managment-zones is not a schema" in done.output
    states = {one["host"]: one["state"] for one in report(tmp_path, "audit")["environments"]}
    assert states[FLEET[0]] == "failed" and states[FLEET[1]] in ("unchanged", "drift")


def test_a_task_for_each_environment_does_not_ignore_settings(simulator: Simulator, tmp_path: Path) -> None:
    inventory(simulator, tmp_path, dynatrace=ALL)
    done = playbook(tmp_path, "audit", "--limit", FLEET[0], dynatrace_per_host=True)
    assert done.code != 0
    assert "dynatrace_settings requires dynatrace_per_host: false" in done.output


def test_an_environment_is_brought_back_to_a_backup(simulator: Simulator, tmp_path: Path) -> None:
    env = "restored"
    simulator.add_environment(env)
    (old,) = simulator.seed(env, [{"schemaId": ZONES, "value": {"name": "Old", "rules": [], "description": "before"}}])
    simulator.seed(env, [{"schemaId": RULES, "value": {
        "resourceName": "kept", "resourceType": "ThirdParty", "reportPublicImprovement": False,
        "domainNamePatternList": [{"domainNamePattern": "kept.example.com"}]}}])  # fmt: skip
    path = tmp_path / "inventory"
    path.mkdir()
    host = {"dynatrace_environment_url": simulator.url(env), "dynatrace_api_token": simulator.token(env)}
    changed = [{"value": {"name": "Old", "description": "after"}}, {"value": {"name": "New"}}]
    host["dynatrace_settings"] = [{"schema_id": ZONES, "objects": changed}]
    (path / "hosts.yml").write_text(yaml.safe_dump({"dynatrace": {"hosts": {env: host}}}))
    done = playbook(tmp_path, "configure", dynatrace_backup_directory="backups")
    assert done.code == 0, done.output
    assert len(simulator.objects(env, ZONES)) == 2
    (backup,) = (tmp_path / "backups").iterdir()
    assert ZONES in backup.read_text() and RULES not in backup.read_text(), "only what changes"
    simulator.clear_log()
    restore = ("restore_backup", "--limit", env, "--diff")
    checked = playbook(tmp_path, *restore, "--check", dynatrace_restore_file=str(backup))
    assert checked.code == 0, checked.output
    assert '-    "description": "after"' in checked.output and '+    "description": "before"' in checked.output
    assert writes(simulator) == []
    assert playbook(tmp_path, *restore, dynatrace_restore_file=str(backup)).code == 0
    (there,) = simulator.objects(env, ZONES)
    assert (there["objectId"], there["value"]["description"]) == (old, "before")
    again = playbook(tmp_path, *restore, dynatrace_restore_file=str(backup))
    assert "changed=0" in again.output, again.output
