# Copyright (c) 2026, community.dynatrace contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Credentials from the environment go to addresses from the environment, whatever the inventory says."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from ansible_collections.community.dynatrace.plugins.module_utils._ansible_module import CONNECTION_OPTIONS
from ansible_collections.community.dynatrace.plugins.module_utils._params import build_connection
from ansible_collections.community.dynatrace.plugins.module_utils._settings_api.connection import OAuthClient

URL = "https://abc12345.live.dynatrace.com"
OWN = "https://login.example.com/token"


def build(**options: Any) -> Any:
    return build_connection({**{name: one.get("default") for name, one in CONNECTION_OPTIONS.items()}, **options})


@pytest.fixture
def oauth(monkeypatch: pytest.MonkeyPatch) -> pytest.MonkeyPatch:
    monkeypatch.setenv("DYNATRACE_ENV_URL", URL)
    monkeypatch.setenv("DYNATRACE_OAUTH_CLIENT_ID", "dt0s02.EXAMPLE")
    monkeypatch.setenv("DYNATRACE_OAUTH_CLIENT_SECRET", "dt0s02.EXAMPLE.S3cret")
    return monkeypatch


@pytest.fixture
def token(monkeypatch: pytest.MonkeyPatch) -> pytest.MonkeyPatch:
    monkeypatch.setenv("DYNATRACE_ENV_URL", URL)
    monkeypatch.setenv("DYNATRACE_API_TOKEN", "dt0c01.ABC.DEF")
    return monkeypatch


@pytest.mark.parametrize(
    ("option", "value", "names"),
    [
        ("environment_url", "https://elsewhere.example.com", "DYNATRACE_ENV_URL"),
        ("environment_url", "http://abc12345.live.dynatrace.com", "DYNATRACE_ENV_URL"),
        ("proxy", "http://elsewhere.example.com:3128", "DYNATRACE_PROXY"),
        ("ca_path", "/elsewhere.pem", "DYNATRACE_CA_PATH"),
        ("validate_certs", False, "DYNATRACE_CA_PATH"),
    ],
)
def test_an_option_that_leads_them_elsewhere_is_named(
    token: pytest.MonkeyPatch, option: str, value: object, names: str
) -> None:
    connection, problems = build(**{option: value})
    assert connection is None
    assert [problem.path for problem in problems] == [option]
    assert names in str(problems[0])
    if option != "environment_url":
        own = {"api_token": "dt0c01.GHI.JKL", "environment_url": URL}
        assert not any("environment" in str(one) for one in build(**own, **{option: value})[1])


def test_an_oauth_client_goes_to_the_token_service_of_dynatrace_or_the_one_of_the_environment(
    oauth: pytest.MonkeyPatch,
) -> None:
    (problem,) = build(oauth_token_url=OWN)[1]
    assert problem.path == "oauth_token_url" and problem.facts["variable"] == "DYNATRACE_OAUTH_TOKEN_URL"
    connection, problems = build()
    assert not problems and isinstance(connection.credentials, OAuthClient)
    assert connection.credentials.token_url == "https://sso.dynatrace.com/sso/oauth2/token"
    oauth.setenv("DYNATRACE_OAUTH_TOKEN_URL", OWN)
    for options in ({}, {"oauth_token_url": OWN}):
        connection, problems = build(**options)
        assert not problems and connection.credentials.token_url == OWN


def test_the_same_address_in_another_form_is_the_same(token: pytest.MonkeyPatch) -> None:
    for url in (
        f"{URL}/",
        f"{URL}/api/v2",
        "https://abc12345.apps.dynatrace.com",
        URL.upper().replace("HTTPS", "https"),
    ):
        connection, problems = build(environment_url=url)
        assert not problems and connection.environment_id == "abc12345"


def test_proxy_and_authority_of_the_environment_are_used(token: pytest.MonkeyPatch, tmp_path: Path) -> None:
    authorities = tmp_path / "ca"
    authorities.mkdir()
    token.setenv("DYNATRACE_PROXY", "http://proxy.example.com:3128")
    token.setenv("DYNATRACE_CA_PATH", str(authorities))
    for options in ({}, {"proxy": "http://proxy.example.com:3128", "ca_path": str(authorities)}):
        connection, problems = build(**options)
        assert not problems
        assert (connection.proxy, connection.ca_path) == ("http://proxy.example.com:3128", str(authorities))
