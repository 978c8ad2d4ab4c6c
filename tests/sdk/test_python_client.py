# Copyright (c) 2026, community.dynatrace contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Dynatrace's Python client cannot tell the simulator from an environment."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path

from ansible_collections.community.dynatrace.tests.sdk.conftest import ORDERED
from ansible_collections.community.dynatrace.tests.support.simulator import EXPORT_SCHEMA, Simulator

SCRIPT = Path(__file__).with_name("python_client.py")


def test_the_whole_life_of_objects(simulator: Simulator, sdk_python: str) -> None:
    simulator.reset()
    command = [sdk_python, str(SCRIPT), simulator.base_url, simulator.token(), ORDERED["schemaId"]]
    value = json.dumps({"token": "a secret"})
    done = subprocess.run(command, input=value, capture_output=True, text=True, check=False, timeout=120)
    assert done.returncode == 0, done.stderr
    found = json.loads(done.stdout)
    assert {ORDERED["schemaId"], EXPORT_SCHEMA} <= set(found["schemas"])
    assert found["validated"] == [{"code": 200}]
    assert [one["code"] for one in found["created"]] == [200] * 3
    assert found["got"][:4] == ["a", "a", "environment", ORDERED["schemaId"]]
    assert found["got"][4] >= 2026 and found["got"][5] == "a"
    assert found["updated"] == {"code": 200, "objectId": found["created"][0]["objectId"]}
    assert found["paged"] == ["a", "b", "c"]
    assert found["filtered"] == [True]
    stale, wrong, schema, missing, page = found["refused"]
    assert "409" in stale and "are outdated" in stale
    assert "400" in wrong and "Must be of type text" in wrong
    assert "404" in schema and "No schema with topic identifier 'builtin:nothing'" in schema
    assert "404" in missing and "Settings not found" in missing
    assert "400" in page and "pageSize" in page
    assert found["deleted"] == 204
    assert found["left"] == ["b", "c"]
    assert "a secret" not in done.stdout
