# Copyright (c) 2026, community.dynatrace contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""What callback plugins see: the options that come from variables are not among the arguments of a task."""

from __future__ import annotations

from pathlib import Path

import pytest

from ansible_collections.community.dynatrace.tests.support.playbooks import play
from ansible_collections.community.dynatrace.tests.support.simulator import Simulator, basic_auth

PASSWORD = "canary-of-the-password"


@pytest.mark.parametrize("inside", ["true", "false"])
def test_a_callback_that_stores_everything_gets_no_secret(tmp_path: Path, inside: str) -> None:
    with Simulator(["shop"]) as simulator:
        token = simulator.token("shop")
        login = basic_auth("dynatrace", PASSWORD)["basicAuth"]
        slot = {
            "name": "archive",
            "endpoint_definition": {"endpoint_url": "https://archive.example.com/"},
            "authentication": {"active": True, "basic_auth": {"username": login["username"], "password": PASSWORD}},
        }
        variables = {
            "dynatrace_environment_url": simulator.url("shop"),
            "dynatrace_api_token": token,
            "user_session_exports_slots": [slot],
            "dynatrace_in_process": inside == "true",
        }
        stored = tmp_path / "stored.txt"
        task = {
            "name": "Configure",
            "community.dynatrace.user_session_exports": {"vars_prefix": "user_session_exports_"},
        }
        run = play(
            tmp_path,
            [task],
            hosts={"shop": variables},
            arguments=["-vvv", "--diff"],
            environment={"ANSIBLE_CALLBACKS_ENABLED": "collect,store_everything", "STORE_FILE": str(stored)},
        )
        assert run.code == 0, run.output
        assert run.of("Configure")["changed"]
    text = stored.read_text()
    assert "vars_prefix" in text, "the arguments of the task are there"
    # What the inventory gives is in no event; only what the task says is.
    for secret in (token, PASSWORD):
        assert secret not in text
        assert secret not in run.output
