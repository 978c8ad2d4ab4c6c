# Copyright (c) 2026, community.dynatrace contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""A fleet of 50 environments with all that monitoring usually needs, from variables of groups, with references."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from ansible_collections.community.dynatrace.tests.support import monitoring_schemas
from ansible_collections.community.dynatrace.tests.support.monitoring_schemas import (
    NOTIFICATIONS,
    OBJECTIVES,
    PROFILES,
    REQUEST_NAMES,
    WINDOWS,
    ZONES,
)
from ansible_collections.community.dynatrace.tests.support.playbooks import Command, command
from ansible_collections.community.dynatrace.tests.support.simulator import EXPORT_SCHEMA, Simulator

COUNT = 50
FLEET = [f"shop{number:02}" for number in range(COUNT)]
EUROPE = FLEET[: COUNT // 2]
PRODUCTION = FLEET[::2]
SECRET = "S3cret-canary"


def ref(schema_id: str, name: str, more: str = "") -> str:
    return f"{{{{ '{schema_id}' | community.dynatrace.object_id('{name}'{more}) }}}}"


def settings(schema_id: str, *objects: dict[str, Any]) -> dict[str, Any]:
    return {"schema_id": schema_id, "objects": list(objects)}


def hook(name: str, profile: str) -> dict[str, Any]:
    headers = [{"name": "Authorization", "secret": True}]
    return {
        "name": name,
        "value": {
            "display_name": name.capitalize(),
            "alerting_profile": ref(PROFILES, profile),
            "web_hook_notification": {"url": "https://hook.example.com/", "payload": "{}", "headers": headers},
        },
        "secrets": [{"path": "web_hook_notification/headers[0]/secret_value", "value": "{{ vault_hook }}"}],
    }


def request_name(name: str, **more: Any) -> dict[str, Any]:
    return {"name": name, "value": {"naming_pattern": name, **more}}


# What refers to something is declared before it, and in another group.
EVERYWHERE: dict[str, Any] = {
    "vault_hook": f"{SECRET}-{{{{ inventory_hostname }}}}",
    "user_session_exports_slots": [
        {"name": "archive", "endpoint_definition": {"endpoint_url": "https://archive.example.com/sessions"}}
    ],
    "dynatrace_settings": [
        settings(NOTIFICATIONS, hook("operators", "critical")),
        settings(
            PROFILES,
            {
                "name": "critical",
                "value": {
                    "name": "Critical",
                    "management_zone": ref(ZONES, "Checkout"),
                    "severity_rules": [{"severity_level": "AVAILABILITY", "delay_in_minutes": 5}],
                },
            },
        ),
        settings(
            WINDOWS,
            {
                "name": "nightly",
                "value": {
                    "general_properties": {"name": "Nightly"},
                    "filters": [{"management_zones": [ref(ZONES, "Checkout")]}],
                },
            },
        ),
        settings(
            OBJECTIVES,
            {
                "value": {
                    "name": "Availability",
                    "metric_expression": "builtin:service.successes",
                    "filter": f"type(SERVICE),mzId({ref(ZONES, 'Checkout', ', legacy=true')})",
                    "target_success": 99.5,
                }
            },
        ),
        settings(
            REQUEST_NAMES,
            request_name("{Request:Method} checkout", management_zone=ref(ZONES, "Checkout")),
            request_name("{Request:Method} admin"),
            request_name("{Request:Method} rest"),
        ),
        settings(ZONES, {"value": {"name": "Checkout"}}),
    ],
}
IN_EUROPE = {"dynatrace_settings__europe": [settings(ZONES, {"value": {"name": "GDPR"}})]}
IN_PRODUCTION = {
    "dynatrace_settings__production": [
        settings(OBJECTIVES, {"value": {"name": "Availability", "metric_expression": "builtin:service.successes",
                                        "filter": "", "target_success": 99.9}}),
    ]
}  # fmt: skip


@pytest.fixture
def simulator(tmp_path: Path) -> Iterator[Simulator]:
    with Simulator(FLEET, options=["--schema", str(monitoring_schemas.write(tmp_path / "schemas"))]) as running:
        for env in FLEET:
            running.switches(env, references="exist")
        yield running


def playbook(folder: Path, name: str, *arguments: str, **extra: Any) -> Command:
    done = command(folder, "ansible-playbook", "-i", "inventory", f"community.dynatrace.{name}", *arguments, **extra)
    assert SECRET not in done.output
    assert "Traceback" not in done.output, done.output
    return done


def report(folder: Path, mode: str) -> dict[str, Any]:
    text = (folder / "dynatrace-report" / f"{mode}.json").read_text()
    assert SECRET not in text
    return dict(json.loads(text))


def test_fifty_environments_have_what_their_groups_declare(simulator: Simulator, tmp_path: Path) -> None:
    path = tmp_path / "inventory"
    path.mkdir()
    hosts = {
        name: {"dynatrace_environment_url": simulator.url(name), "dynatrace_api_token": simulator.token(name)}
        for name in FLEET
    }
    children = {name: {"hosts": dict.fromkeys(own)} for name, own in (("europe", EUROPE), ("production", PRODUCTION))}
    (path / "hosts.yml").write_text(yaml.safe_dump({"dynatrace": {"hosts": hosts, "children": children}}))
    for group, content in (("dynatrace", EVERYWHERE), ("europe", IN_EUROPE), ("production", IN_PRODUCTION)):
        file = path / "group_vars" / f"{group}.yml"
        file.parent.mkdir(exist_ok=True)
        file.write_text(yaml.safe_dump(content, sort_keys=False))
    done = playbook(tmp_path, "configure")
    assert done.code == 0, done.output
    assert report(tmp_path, "configure")["counts"]["changed"] == COUNT
    for env in FLEET:
        there: dict[str, list[dict[str, Any]]] = {}
        for one in simulator.objects(env):
            there.setdefault(one["schemaId"], []).append(one)
        zones = {one["value"]["name"]: one["objectId"] for one in there[ZONES]}
        assert set(zones) == {"Checkout", *(["GDPR"] if env in EUROPE else [])}
        (profile,), (notification,) = there[PROFILES], there[NOTIFICATIONS]
        assert profile["value"]["managementZone"] == zones["Checkout"]
        assert notification["value"]["alertingProfile"] == profile["objectId"]
        secret = "webHookNotification/headers/0/secretValue"
        assert simulator.secret_is(env, notification["objectId"], secret, f"{SECRET}-{env}")
        (window,), (objective,) = there[WINDOWS], there[OBJECTIVES]
        assert window["value"]["filters"] == [{"managementZones": [zones["Checkout"]]}]
        assert objective["value"]["targetSuccess"] == (99.9 if env in PRODUCTION else 99.5)
        assert objective["value"]["filter"].startswith("type(SERVICE),mzId(" if env not in PRODUCTION else "")
        patterns = [one["value"]["namingPattern"].split()[-1] for one in there[REQUEST_NAMES]]
        assert patterns == ["checkout", "admin", "rest"]
        assert len(there[EXPORT_SCHEMA]) == 1
    # Nothing changed: a request for each schema, one for the list of schemas, and one for the exports.
    simulator.clear_log()
    strict = {"dynatrace_fail_on_drift": True, "dynatrace_fail_on_unmanaged": True, "dynatrace_check_tokens": False}
    done = playbook(tmp_path, "audit", **strict)
    assert done.code == 0, done.output
    found = report(tmp_path, "audit")
    assert {one["state"] for one in found["environments"]} == {"unchanged"} and len(found["environments"]) == COUNT
    requests = [one for one in simulator.requests() if "/settings/schemas/" not in one["path"]]
    assert set(Counter(one["environment"] for one in requests).values()) == {1 + 6 + 1}
    # Someone moves a rule in one environment, and deletes what others refer to in another one.
    (moved,) = [one for one in simulator.objects(FLEET[7], REQUEST_NAMES) if "rest" in one["value"]["namingPattern"]]
    simulator.delete(FLEET[7], moved["objectId"])
    simulator.seed(FLEET[7], [{"schemaId": REQUEST_NAMES, "value": {"enabled": True, "namingPattern": "by hand"}}])
    (window,) = simulator.objects(FLEET[8], WINDOWS)
    simulator.delete(FLEET[8], window["objectId"])
    done = playbook(tmp_path, "audit", **strict)
    assert done.code != 0
    states = {one["host"]: one["state"] for one in report(tmp_path, "audit")["environments"]}
    assert {host for host, state in states.items() if state != "unchanged"} == {FLEET[7], FLEET[8]}
    assert playbook(tmp_path, "configure").code == 0
    # The import finds what exactly the groups share.
    patterns = ",".join((ZONES, PROFILES, NOTIFICATIONS, WINDOWS, OBJECTIVES, REQUEST_NAMES))
    done = playbook(
        tmp_path, "import", dynatrace_import_schemas=patterns, dynatrace_import_merge=True,
        dynatrace_import_directory="imported/host_vars",
    )  # fmt: skip
    assert done.code == 0, done.output
    groups = sorted(file.parent.name for file in (tmp_path / "imported").glob("group_vars/*/settings.yml"))
    assert groups == ["all", "europe", "production"]
    # The order of the rules matters, so they stay together, and one environment has a rule that was created by hand.
    for file in (tmp_path / "imported").glob("host_vars/*/settings.yml"):
        assert f"schema_id: {REQUEST_NAMES}" in file.read_text()
