# Copyright (c) 2026, community.dynatrace contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""OAuth clients: one token for a run, replaced when it ends; what is said of a client that gets none."""

from __future__ import annotations

import time
from typing import Any

import pytest
from pytest_httpserver import HTTPServer

from ansible_collections.community.dynatrace.plugins.module_utils._settings_api.auth import OAuthClient
from ansible_collections.community.dynatrace.plugins.module_utils._settings_api.client import SettingsClient
from ansible_collections.community.dynatrace.plugins.module_utils._settings_api.errors import (
    TokenRejected,
    UnexpectedAnswer,
)
from ansible_collections.community.dynatrace.tests.support.api_server import (
    PLATFORM,
    Connect,
    envelope,
    expect,
    failure,
)


def oauth(server: HTTPServer, **more: Any) -> OAuthClient:
    return OAuthClient("dt0s02.ID", "dt0s02.ID.canary", token_url=server.url_for("/sso/token"), **more)


def expect_token(server: HTTPServer, token: str, seconds: Any = 300, **form: str) -> None:
    scope = "settings%3Aobjects%3Aread+settings%3Aobjects%3Awrite+settings%3Aschemas%3Aread"
    data = f"grant_type=client_credentials&client_id=dt0s02.ID&client_secret=dt0s02.ID.canary&scope={scope}"
    data += "".join(f"&{key}={value}" for key, value in form.items())
    server.expect_ordered_request(
        "/sso/token", method="POST", data=data, headers={"Content-Type": "application/x-www-form-urlencoded"}
    ).respond_with_json({"access_token": token, "expires_in": seconds, "token_type": "Bearer"})


def expect_object(server: HTTPServer, token: str, status: int = 200) -> None:
    body = {"objectId": "o"} if status == 200 else envelope(status, "no")
    headers = {"Authorization": f"Bearer {token}"}
    expect(server, "GET", f"{PLATFORM}/settings/objects/o", headers=headers).respond_with_json(body, status)


def test_an_oauth_client_gets_one_token_at_the_first_request(server: HTTPServer, connect: Connect) -> None:
    client = connect(oauth(server, account_urn="urn:dtaccount:1"), path="")
    assert server.log == []
    expect_token(server, "one", resource="urn%3Adtaccount%3A1")
    expect_object(server, "one")
    expect_object(server, "one")
    client.get_object("o")
    client.get_object("o")
    assert client.requests_sent == 3


def test_a_token_that_ended_is_replaced_once(server: HTTPServer, connect: Connect) -> None:
    client = connect(oauth(server), path="")
    expect_token(server, "one")
    expect_object(server, "one", 401)
    expect_token(server, "two")
    expect_object(server, "two")
    client.get_object("o")
    expect_object(server, "two", 401)
    expect_token(server, "three")
    expect_object(server, "three", 401)
    assert isinstance(failure(lambda: client.get_object("o")), TokenRejected)


def test_a_token_is_replaced_before_it_ends(
    server: HTTPServer, connect: Connect, monkeypatch: pytest.MonkeyPatch
) -> None:
    client = connect(oauth(server), path="")
    expect_token(server, "one")
    expect_object(server, "one")
    client.get_object("o")
    now = time.monotonic
    monkeypatch.setattr(f"{SettingsClient.__module__}.time.monotonic", lambda: now() + 275)
    expect_token(server, "two")
    expect_object(server, "two")
    client.get_object("o")


@pytest.mark.parametrize("jump", [-400 * 86400, 400 * 86400])
def test_a_clock_that_jumps_ends_no_token(
    server: HTTPServer, connect: Connect, monkeypatch: pytest.MonkeyPatch, jump: float
) -> None:
    client = connect(oauth(server), path="")
    expect_token(server, "one")
    expect_object(server, "one")
    expect_object(server, "one")
    client.get_object("o")
    now = time.time
    monkeypatch.setattr(time, "time", lambda: now() + jump)
    client.get_object("o")
    assert client.requests_sent == 3


@pytest.mark.parametrize("seconds", [None, "300", 0, -1, 1e300, 5])
def test_an_odd_lifetime_still_serves_a_run(server: HTTPServer, connect: Connect, seconds: Any) -> None:
    client = connect(oauth(server), path="")
    expect_token(server, "one", seconds)
    for _turn in range(2):
        expect_object(server, "one")
        client.get_object("o")


@pytest.mark.parametrize("status", [400, 401, 403])
def test_a_refused_oauth_client_names_the_options_to_check(server: HTTPServer, connect: Connect, status: int) -> None:
    answer = {"error": "invalid_client", "error_description": "canary"}
    server.expect_request("/sso/token").respond_with_json(answer, status)
    error = failure(lambda: connect(oauth(server), path="").get_object("o"))
    assert isinstance(error, TokenRejected)
    assert "invalid_client" in error.message
    assert "oauth_client_secret" in error.hint
    assert "canary" not in str(error)
    assert len(server.log) == 1


@pytest.mark.parametrize("token", [None, "", 7, "a\r\nX-Evil: 1", "tok€n"])
def test_a_token_that_no_header_can_carry_is_refused(server: HTTPServer, connect: Connect, token: Any) -> None:
    server.expect_request("/sso/token").respond_with_json({"access_token": token, "expires_in": 300})
    error = failure(lambda: connect(oauth(server), path="").get_object("o"))
    assert isinstance(error, UnexpectedAnswer)
    assert "oauth_token_url" in error.hint


def test_a_token_that_was_fetched_is_a_secret_too(server: HTTPServer, connect: Connect) -> None:
    expect_token(server, "fetched-canary")
    headers = {"Authorization": "Bearer fetched-canary"}
    answer = envelope(409, "no: fetched-canary")
    expect(server, "GET", f"{PLATFORM}/settings/objects/o", headers=headers).respond_with_json(answer, 409)
    assert "canary" not in str(failure(lambda: connect(oauth(server), path="").get_object("o")))
