# Copyright (c) 2026, community.dynatrace contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""What runs a module definition as an Ansible module."""

from __future__ import annotations

import json
from collections.abc import Iterator

import pytest

from ansible_collections.community.dynatrace.tests.support.module_process import EXPORT, connection, module
from ansible_collections.community.dynatrace.tests.support.simulator import Simulator


@pytest.fixture(scope="module")
def simulator() -> Iterator[Simulator]:
    with Simulator(["one"]) as running:
        yield running


def test_a_result_shows_neither_secrets_nor_the_token_in_any_part(simulator: Simulator) -> None:
    result = module("user_session_exports", {**connection(simulator), "exports": [EXPORT]})
    assert result["changed"] is True
    assert simulator.token("one") not in json.dumps(result)
    shown = result.get("invocation", {}).get("module_args", {})
    if shown:  # newer cores leave the invocation out
        assert shown["exports"][0]["authentication"]["basic_auth"]["password"] == "(not shown)"
        assert shown["exports"][0]["endpoint_definition"]["endpoint_url"] == "https://a.example.com/"
    again = module("user_session_exports", {**connection(simulator), "exports": [EXPORT]})
    assert again["changed"] is False
    assert again["exports"][0]["secrets"][0]["state"] == "kept"
