# Copyright (c) 2026, community.dynatrace contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""What Monaco has deployed is what the converted project declares: no difference in an audit, no change in a run."""

from __future__ import annotations

import base64
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from ansible_collections.community.dynatrace.tests.support.playbooks import Command, command
from ansible_collections.community.dynatrace.tests.support.simulator import Simulator

ZONES = "builtin:management-zones"
PROFILES = "builtin:appsec.notification-alerting-profile"
NOTIFICATIONS = "builtin:appsec.notification-integration"
RULES = "builtin:rum.provider-breakdown"
HOSTS = "builtin:host.monitoring.advanced"
HOST = "HOST-0123456789ABCDEF"
SECRET = "S3cret-canary"
FLEET = {"dev": "test", "eu": "prod", "us": "prod"}
MANIFEST = {
    "manifestVersion": "1.0",
    "projects": [{"name": "apps", "type": "grouping", "path": "apps"}, {"name": "base"}],
    "environmentGroups": [
        {
            "name": group,
            "environments": [
                {
                    "name": name,
                    "url": {"type": "environment", "value": f"{name}_url"},
                    "auth": {"token": {"name": name}},
                }
                for name, own in FLEET.items()
                if own == group
            ],
        }
        for group in dict.fromkeys(FLEET.values())
    ],
}
BASE = """\
configs:
  - id: shop
    type: {settings: {schema: "builtin:management-zones", scope: environment}}
    config:
      name: "Shop {{ 1 }}"
      template: zone.json
      parameters:
        description: {type: compound, format: "{{ .name }} of <{{ .owner }}>", references: [name, owner]}
        owner: y
    environmentOverrides:
      - environment: us
        override: {parameters: {owner: 1.10}}
    groupOverrides:
      - group: prod
        override: {parameters: {owner: production}}
  - id: host
    type: {settings: {schema: "builtin:host.monitoring.advanced", scope: [hostId]}}
    config:
      template: host.json
      parameters: {hostId: HOST-0123456789ABCDEF, on: on}
"""
SHOP = """\
configs:
  - id: profile
    type: {settings: {schema: "builtin:appsec.notification-alerting-profile", scope: environment}}
    config:
      name: Shop
      template: profile.json
      parameters:
        levels: {type: list, values: [CRITICAL]}
        label: [base, "builtin:management-zones", shop, name]
  - id: hook
    type: {settings: {schema: "builtin:appsec.notification-integration", scope: environment}}
    config:
      name: Hook
      template: hook.json
      parameters:
        profile: ["builtin:appsec.notification-alerting-profile", profile, id]
        secret: {type: environment, name: HOOK_SECRET}
  - id: third
    type: &second
      settings:
        schema: builtin:rum.provider-breakdown
        scope: environment
        insertAfter: [second, id]
    config: {name: third, template: rule.json}
  - id: first
    type: {settings: {schema: "builtin:rum.provider-breakdown", scope: environment}}
    config: {name: first, template: rule.json}
  - id: second
    type: {settings: {schema: "builtin:rum.provider-breakdown", scope: environment, insertAfter: [first, id]}}
    config: {name: second, template: rule.json}
"""
TEMPLATES = {
    "base/zone.json": '{"name": "{{ .name }}", "description": "{{ .description }}", "rules": []}',
    "base/host.json": '{"processAgentInjection": {{ .on }}, "codeModuleInjection": false}',
    "apps/shop/profile.json": '{"name": "{{ .name }}", "enabled": true, "enabledRiskLevels": {{ .levels }},'
    ' "enabledTriggerEvents": ["SECURITY_PROBLEM_OPENED"]}',
    "apps/shop/hook.json": json.dumps(
        {
            "displayName": "{{ .name }}",
            "enabled": True,
            "trigger": "SECURITY_PROBLEM",
            "type": "WEBHOOK",
            "securityProblemBasedAlertingProfile": "{{ .profile }}",
            "securityProblemBasedWebhookPayload": {"payload": "{{`{{`}}title{{`}}`}}"},
            "webhookConfiguration": {
                "acceptAnyCertificate": False,
                "headers": [{"name": "Authorization", "secret": True, "secretValue": "{{ .secret }}"}],
                "url": "https://hook.example.com/",
            },
        }
    ),
    "apps/shop/rule.json": '{"resourceName": "{{ .name }}", "resourceType": "ThirdParty",'
    ' "reportPublicImprovement": false, "domainNamePatternList": [{"domainNamePattern": "{{ .name }}.example.com"}]}',
}
OWNERS = {"dev": "true", "eu": "production", "us": "1.1"}


def external_id(project: str, schema: str, config: str) -> str:
    return "monaco:" + base64.b64encode(f"{project}${schema}${config}".encode()).decode()


def deployed(simulator: Simulator, name: str) -> None:
    """Put what Monaco would have made of the project into an environment."""

    def add(project: str, schema: str, config: str, value: dict[str, Any], scope: str = "environment") -> str:
        item = {"schemaId": schema, "scope": scope, "externalId": external_id(project, schema, config), "value": value}
        return simulator.seed(name, [item])[0]

    description = f"Shop {{{{ 1 }}}} of <{OWNERS[name]}>"
    add("base", ZONES, "shop", {"name": "Shop {{ 1 }}", "description": description, "rules": []})
    add("base", HOSTS, "host", {"processAgentInjection": True, "codeModuleInjection": False}, HOST)
    profile = json.loads(TEMPLATES["apps/shop/profile.json"].replace("{{ .levels }}", '["CRITICAL"]'))
    profile_id = add("apps.shop", PROFILES, "profile", {**profile, "name": "Shop"})
    hook = TEMPLATES["apps/shop/hook.json"].replace("{{ .name }}", "Hook").replace("{{ .profile }}", profile_id)
    hook = hook.replace("{{ .secret }}", SECRET).replace("{{`{{`}}", "{{").replace("{{`}}`}}", "}}")
    add("apps.shop", NOTIFICATIONS, "hook", json.loads(hook))
    for rule in ("first", "second", "third"):
        add("apps.shop", RULES, rule, json.loads(TEMPLATES["apps/shop/rule.json"].replace("{{ .name }}", rule)))


@pytest.fixture(scope="module")
def simulator(own_reference: Path) -> Iterator[Simulator]:
    with Simulator(list(FLEET), options=["--schema", str(own_reference / "schemas")]) as running:
        yield running


def playbook(folder: Path, name: str, *arguments: str, **extra: Any) -> Command:
    done = command(folder, "ansible-playbook", f"community.dynatrace.{name}", *arguments, **extra)
    assert "WARNING" not in done.output.replace("[WARNING]: No inventory was parsed", "").replace(
        "[WARNING]: provided hosts list is empty", ""
    ), done.output
    return done


def test_a_converted_project_is_what_monaco_has_deployed(simulator: Simulator, tmp_path: Path) -> None:
    for name in FLEET:
        deployed(simulator, name)
    files = {"manifest.yaml": json.dumps(MANIFEST), "base/c.yaml": BASE, "apps/shop/c.yml": SHOP, **TEMPLATES}
    for file, content in files.items():
        path = tmp_path / "monaco" / file
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(content)
    connection = {"dynatrace_environment_url": simulator.url("eu"), "dynatrace_api_token": simulator.token("eu")}
    convert = {"dynatrace_monaco_manifest": "monaco/manifest.yaml", **connection}
    done = playbook(tmp_path, "import_from_monaco", **convert)
    assert done.code == 0, done.output
    assert "Not converted" not in done.output and "recognized by the names" not in done.output, done.output
    again = playbook(tmp_path, "import_from_monaco", **convert)
    assert "changed=0" in again.output, "the schemas are read again, and nothing differs"
    secrets = {f"vault_{name}_url": simulator.url(name) for name in FLEET}
    secrets |= {f"vault_{name}": simulator.token(name) for name in FLEET} | {"vault_hook_secret": SECRET}
    (tmp_path / "inventory" / "group_vars" / "dynatrace" / "vault.yml").write_text(yaml.safe_dump(secrets))
    everywhere = (tmp_path / "inventory" / "group_vars" / "dynatrace" / "monaco.yml").read_text()
    assert "path: webhookConfiguration.headers[0].secretValue" in everywhere, "a secret, as the schema says"
    written = {str(path.relative_to(tmp_path / "inventory")) for path in (tmp_path / "inventory").rglob("monaco.yml")}
    assert written == {f"{one}/monaco.yml" for one in ("group_vars/dynatrace", "group_vars/prod", "host_vars/us")}

    audit = playbook(tmp_path, "audit", "-i", "inventory", dynatrace_fail_on_drift=True)
    assert audit.code == 0, audit.output
    configured = playbook(tmp_path, "configure", "-i", "inventory")
    assert configured.code == 0 and "changed=0" in configured.output, configured.output
    (hook,) = simulator.objects("us", NOTIFICATIONS)
    assert hook["externalId"] == external_id("apps.shop", NOTIFICATIONS, "hook"), "Monaco still finds it"
    value = json.loads(json.dumps(hook["value"]).replace('"Hook"', '"Changed"'))
    simulator.change("us", hook["objectId"], value=value, validate=False)
    audit = playbook(tmp_path, "audit", "-i", "inventory", dynatrace_fail_on_drift=True)
    assert audit.code == 2 and "displayName" in audit.output
    report = json.loads((tmp_path / "dynatrace-report" / "audit.json").read_text())
    assert {one["host"]: one["state"] for one in report["environments"]} == {
        **dict.fromkeys(FLEET, "unchanged"),
        "us": "drift",
    }
    assert SECRET not in done.output + audit.output + configured.output
