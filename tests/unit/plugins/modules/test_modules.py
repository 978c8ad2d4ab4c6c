# Copyright (c) 2026, community.dynatrace contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Modules driven as Ansible drives them: a process of its own, arguments as JSON on its input, a result as JSON."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from ansible_collections.community.dynatrace.tests.support.module_process import connection, module
from ansible_collections.community.dynatrace.tests.support.simulator import Simulator


@pytest.fixture(scope="module")
def simulator() -> Iterator[Simulator]:
    with Simulator(["one"]) as running:
        yield running


def test_credentials_may_come_from_the_environment(simulator: Simulator) -> None:
    given = connection(simulator)
    variables = {"DYNATRACE_ENV_URL": given["environment_url"], "DYNATRACE_API_TOKEN": given["api_token"]}
    assert "exports" in module("user_session_exports_info", {}, **variables)
    refused = module("user_session_exports_info", {"environment_url": "https://elsewhere.example.com"}, **variables)
    assert "is not the address to which the credentials in environment variables belong" in refused["msg"]


def test_half_an_oauth_client_and_two_kinds_of_credentials_are_refused() -> None:
    url = {"environment_url": "https://abc.apps.dynatrace.com"}
    half = module("user_session_exports_info", {**url, "oauth_client_id": "x"})
    assert "oauth_client_secret: is required" in half["msg"]
    both = module("user_session_exports_info", {**url, "api_token": "dt0c01.ONE", "platform_token": "dt0s16.TWO"})
    assert "set only one of" in both["msg"]
