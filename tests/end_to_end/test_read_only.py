# Copyright (c) 2026, community.dynatrace contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""An environment that the inventory declares as read-only is not written to, whatever a role, a play or a task says."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
import yaml

from ansible_collections.community.dynatrace.tests.support.playbooks import command, play
from ansible_collections.community.dynatrace.tests.support.simulator import (
    EXPORT_SCHEMA,
    ZONE_SCHEMA,
    Simulator,
    export_object,
    export_value,
)

EXPORTS = [{"name": "archive", "endpoint_definition": {"endpoint_url": "https://archive.example.com/"}}]
NO = {"dynatrace_read_only": False, "user_session_exports_read_only": False}


@pytest.mark.parametrize("in_process", [True, False])
def test_nothing_is_written_and_reading_goes_on(tmp_path: Path, in_process: bool) -> None:
    with Simulator() as simulator:
        simulator.seed(None, [export_object(None, export_value("https://by-hand.example.com/"))])
        connection = {"environment_url": simulator.url(), "api_token": simulator.token()}
        shared = {f"dynatrace_{name}": value for name, value in connection.items()}
        role = {"vars_prefix": "user_session_exports_"}
        zone = {"schema_id": ZONE_SCHEMA, "objects": [{"name": "a", "value": {"name": "a", "rules": []}}]}
        tasks: list[dict[str, Any]] = [
            {
                "name": "role",
                "community.dynatrace.user_session_exports": role,
                "vars": {**NO, **shared, "user_session_exports_slots": EXPORTS},
                "ignore_errors": True,
            },
            {
                "name": "task",
                "community.dynatrace.user_session_exports": {**connection, "exports": EXPORTS, "read_only": False},
                "vars": NO,
                "ignore_errors": True,
            },
            {
                "name": "objects",
                "community.dynatrace.settings_objects": {**connection, **zone},
                "vars": NO,
                "ignore_errors": True,
            },
            {
                "name": "check",
                "community.dynatrace.user_session_exports": {**connection, "exports": EXPORTS},
                "check_mode": True,
            },
            {"name": "nothing to do", "community.dynatrace.user_session_exports": {**connection, "exports": []}},
            {"name": "read", "community.dynatrace.user_session_exports_info": connection},
        ]
        host = {"dynatrace_read_only": True, "dynatrace_in_process": in_process}
        run = play(tmp_path, tasks, hosts={"env": host}, vars=NO)
        assert run.code == 0, run.output
        assert run.failed == {"role", "task", "objects"}
        for task in run.failed:
            assert "This environment is read-only, so nothing was written" in run.of(task)["msg"]
        assert run.of("check")["changed"] is True and len(run.of("read")["exports"]) == 1
        assert not [one for one in simulator.requests() if one["applied"]]


@pytest.mark.once
def test_the_report_shows_it(tmp_path: Path) -> None:
    with Simulator(("open", "closed")) as simulator:
        hosts: dict[str, dict[str, Any]] = {
            name: {"dynatrace_environment_url": simulator.url(name), "dynatrace_api_token": simulator.token(name)}
            for name in ("open", "closed")
        }
        hosts["closed"]["dynatrace_read_only"] = True
        group = {"hosts": hosts, "vars": {"user_session_exports_slots": EXPORTS}}
        (tmp_path / "inventory.yml").write_text(yaml.safe_dump({"dynatrace": group}))
        words = ("-i", "inventory.yml", "-e", "dynatrace_fail_on_drift=false")
        audit = command(tmp_path, "ansible-playbook", *words, "community.dynatrace.audit")
        assert audit.code == 0, audit.output
        report = json.loads((tmp_path / "dynatrace-report" / "audit.json").read_text())
        assert {one["host"]: one["read_only"] for one in report["environments"]} == {"open": False, "closed": True}
        assert '<small class="tell">read-only</small>' in (tmp_path / "dynatrace-report" / "audit.html").read_text()
        configure = command(tmp_path, "ansible-playbook", *words, "community.dynatrace.configure")
        assert configure.code == 2 and "[closed]: FAILED" in configure.output.replace("fatal: ", "")
        found = [len(simulator.objects(name, EXPORT_SCHEMA)) for name in ("open", "closed")]
        assert found == [1, 0]


def test_a_value_that_is_no_boolean_is_refused(tmp_path: Path) -> None:
    task = {"name": "read", "community.dynatrace.user_session_exports": {"exports": []}}
    run = play(tmp_path, [task], hosts={"env": {"dynatrace_read_only": "perhaps"}})
    assert "dynatrace_read_only must be true or false" in run.output
