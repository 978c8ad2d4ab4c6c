# Copyright (c) 2026, community.dynatrace contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""The playbook preflight: every environment is checked, one table and one file say what is missing."""

from __future__ import annotations

import json
import stat
from pathlib import Path
from typing import Any

import yaml

from ansible_collections.community.dynatrace.tests.support.playbooks import Command, command
from ansible_collections.community.dynatrace.tests.support.simulator import EXPORT_SCHEMA, Simulator


def preflight(folder: Path, hosts: dict[str, Any], **extra: Any) -> Command:
    (folder / "inventory.yml").write_text(yaml.safe_dump({"dynatrace": {"hosts": hosts}}))
    return command(folder, "ansible-playbook", "-i", "inventory.yml", "community.dynatrace.preflight", **extra)


def variables(simulator: Simulator, host: str, token: str = "full") -> dict[str, Any]:
    return {
        "dynatrace_environment_url": simulator.managed_url(host),
        "dynatrace_api_token": simulator.token(host, token),
    }


def test_what_is_missing_is_in_one_table_and_one_file(tmp_path: Path) -> None:
    with Simulator(["fine", "reads", "expired", "old"]) as simulator:
        simulator.configure("old", missing_schemas=[EXPORT_SCHEMA])
        simulator.clear_log()
        hosts = {
            "fine": variables(simulator, "fine"),
            "reads": variables(simulator, "reads", "read"),
            "expired": variables(simulator, "expired", "expired"),
            "old": variables(simulator, "old"),
            "down": {"dynatrace_environment_url": "http://127.0.0.1:1/e/down", "dynatrace_api_token": "dt0c01.AB.CD"},
            "typo": {"dynatrace_environment_url": "not a URL", "dynatrace_api_token": "dt0c01.AB.CD"},
        }
        done = preflight(tmp_path, hosts)
        output = done.output
        assert done.code != 0, output
        assert "Not ready: down, expired, old, reads, typo" in output
        assert "error: The token lacks the scope settings.write." in output
        assert f"The environment does not have the schema {EXPORT_SCHEMA}." in output
        written = [one for one in simulator.requests() if one["method"] not in ("GET", "POST")]
        assert not written and all(one["path"].endswith("/lookup") for one in simulator.requests(method="POST"))
    report = tmp_path / "dynatrace-report" / "preflight.json"
    findings = json.loads(report.read_text())
    assert {host: one["ok"] for host, one in findings.items()} == {host: host == "fine" for host in hosts}
    assert findings["down"]["reachable"] is False and findings["reads"]["reachable"] is True
    assert stat.S_IMODE(report.stat().st_mode) == 0o600
    tokens = [one["dynatrace_api_token"] for one in hosts.values()]
    assert not any(token in output + report.read_text() for token in tokens)


def test_a_token_that_reads_is_enough_when_asked_so_and_no_file_is_written(tmp_path: Path) -> None:
    with Simulator(["reads"]) as simulator:
        hosts = {"reads": variables(simulator, "reads", "read")}
        done = preflight(tmp_path, hosts, dynatrace_preflight_access="read", dynatrace_report_directory="")
    assert done.code == 0, done.output
    assert "reads  ok: managed" in done.output
    assert not (tmp_path / "dynatrace-report").exists()


def test_a_group_without_hosts_is_no_success(tmp_path: Path) -> None:
    done = preflight(tmp_path, {}, dynatrace_hosts="elsewhere")
    assert done.code != 0 and "elsewhere" in done.output
