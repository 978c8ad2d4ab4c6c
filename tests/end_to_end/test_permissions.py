# Copyright (c) 2026, community.dynatrace contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Permissions of objects through the playbooks: configured, drifted, reported, and taken back."""

from __future__ import annotations

import json
import uuid
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest
import requests
import yaml

from ansible_collections.community.dynatrace.tests.support.playbooks import Command, command
from ansible_collections.community.dynatrace.tests.support.simulator import Simulator

NOTES = {
    "schemaId": "app:notes",
    "version": "1.0.0",
    "displayName": "Notes",
    "multiObject": True,
    "allowedScopes": ["environment"],
    "ownerBasedAccessControl": True,
    "properties": {"name": {"type": "text", "nullable": False}},
}
BOB = str(uuid.uuid5(uuid.NAMESPACE_OID, "bob@example.com"))
PERMISSIONS = {"all_users": "read", "users": [{"id": BOB, "access": "write"}], "groups": []}
NOTE = {"name": "note", "value": {"name": "note"}, "permissions": PERMISSIONS}


def playbook(folder: Path, name: str, *arguments: str, **extra: Any) -> Command:
    done = command(
        folder, "ansible-playbook", "-i", "inventory.yml", f"community.dynatrace.{name}", *arguments, **extra
    )
    assert "Traceback" not in done.output and "WARNING" not in done.output, done.output
    return done


@pytest.mark.once
def test_permissions_are_configured_audited_and_taken_back(tmp_path: Path) -> None:
    tokens: dict[str, Any] = {"ann": {"platform": True, "owner": "ann@example.com"}, "full": {}}
    config = {"environments": {"saas": {"tokens": tokens, "schema_overrides": [NOTES]}}}
    with Simulator(config=config) as simulator:
        token = simulator.token("saas", "ann")
        hosts = {"saas": {"dynatrace_environment_url": simulator.base_url, "dynatrace_platform_token": token}}
        declared = {"dynatrace_settings": [{"schema_id": "app:notes", "objects": [NOTE]}]}
        inventory = {"dynatrace": {"hosts": hosts, "vars": {**declared, "dynatrace_check_tokens": False}}}
        (tmp_path / "inventory.yml").write_text(yaml.safe_dump(inventory))
        done = playbook(tmp_path, "configure", "--diff")
        assert done.code == 0 and '"(permissions)"' in done.output, done.output

        (there,) = simulator.objects("saas", "app:notes")
        path = f"/platform/classic/environment-api/v2/settings/objects/{quote(there['objectId'], safe='')}/permissions"
        answer = requests.put(
            f"{simulator.base_url}{path}/all-users",
            json={"permissions": ["r", "w"]},
            headers={"Authorization": f"Bearer {token}"},
            timeout=20,
        )
        assert answer.status_code == 200
        simulator.clear_log()
        done = playbook(tmp_path, "audit", dynatrace_accept_directory="accepted")
        assert done.code == 0 and "app:notes note ((permissions)" in " ".join(done.output.split()), done.output
        assert not any(one["applied"] for one in simulator.requests())
        report = json.loads((tmp_path / "dynatrace-report" / "audit.json").read_text())
        (item,) = report["environments"][0]["exports"]
        assert item["changes"] == [{"path": "(permissions).all_users", "before": "write", "after": "read"}]
        assert "(permissions).all_users" in (tmp_path / "dynatrace-report" / "audit.html").read_text()
        (accepted,) = (tmp_path / "accepted" / "saas").iterdir()
        assert 'all_users: !unsafe "write"' in accepted.read_text()

        done = playbook(tmp_path, "configure", "-e", "@dynatrace-report/audit-plans.json")
        assert done.code == 0, done.output
        simulator.clear_log()
        done = playbook(tmp_path, "configure")
        assert "changed=0 " in done.output and not any(one["applied"] for one in simulator.requests())

        hosts["saas"] = {
            "dynatrace_environment_url": simulator.url("saas"),
            "dynatrace_api_token": simulator.token("saas"),
        }
        (tmp_path / "inventory.yml").write_text(yaml.safe_dump(inventory))
        done = playbook(tmp_path, "configure", dynatrace_settings_admin_access=True)
        shown = " ".join(done.output.split())
        assert done.code and "dynatrace_settings[0].objects[0].permissions: has no effect with an access token" in shown
        assert "dynatrace_settings_admin_access: needs dynatrace_platform_token, or" in shown
