# Copyright (c) 2026, community.dynatrace contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Base URLs as people write them, and what is refused before anything is sent."""

from __future__ import annotations

import math
from pathlib import Path
from typing import Any

import pytest

from ansible_collections.community.dynatrace.plugins.module_utils._settings_api.connection import (
    AccessToken,
    Connection,
    Credentials,
    OAuthClient,
    PlatformToken,
    connection_problems,
)
from ansible_collections.community.dynatrace.tests.support.problems import texts

ACCESS = AccessToken("dt0c01.AAAA.canary")
PLATFORM = PlatformToken("dt0s16.AAAA.canary")
OAUTH = OAuthClient("dt0s02.AAAA", "dt0s02.AAAA.canary")
PLATFORM_PATH = "/platform/classic/environment-api/v2"
SAAS = "https://abc12345.live.dynatrace.com"
MANAGED = "https://dynatrace.example.com/e/0f1e2d3c-1111-2222-3333-444444444444"
GATE = "https://gate.example.com:9999/e/abc12345"


def api_url(url: str, credentials: Credentials) -> str:
    return Connection(url, credentials).api_url


def problems(url: str = SAAS, credentials: Credentials = ACCESS, **options: Any) -> dict[str, str]:
    return texts(connection_problems(Connection(url, credentials, **options)))


@pytest.mark.parametrize("base", [SAAS, MANAGED, GATE])
@pytest.mark.parametrize("ending", ["", "/", "//", "/api", "/api/", "/api/v2", "/api/v2/", "/api/v2//"])
def test_an_access_token_reaches_the_classic_api_of_every_deployment(base: str, ending: str) -> None:
    assert api_url(base + ending, ACCESS) == f"{base}/api/v2"
    assert problems(base + ending) == {}


@pytest.mark.parametrize("credentials", [PLATFORM, OAUTH])
@pytest.mark.parametrize("host", ["abc12345.live.dynatrace.com", "abc12345.apps.dynatrace.com"])
@pytest.mark.parametrize("ending", ["", "/", "/api/v2", PLATFORM_PATH, f"{PLATFORM_PATH}/"])
def test_platform_credentials_go_to_the_platform_path(credentials: Credentials, host: str, ending: str) -> None:
    assert api_url(f"https://{host}{ending}", credentials) == f"https://abc12345.apps.dynatrace.com{PLATFORM_PATH}"


def test_an_access_token_on_the_address_of_the_platform_goes_to_the_classic_host() -> None:
    assert api_url(f"https://abc12345.apps.dynatrace.com{PLATFORM_PATH}", ACCESS) == f"{SAAS}/api/v2"


def test_hosts_of_another_kind_keep_their_name() -> None:
    assert api_url("https://abc.sprint.example.com", PLATFORM) == f"https://abc.sprint.example.com{PLATFORM_PATH}"
    assert api_url("http://127.0.0.1:8080", PLATFORM) == f"http://127.0.0.1:8080{PLATFORM_PATH}"


def test_capital_letters_in_the_host_make_no_difference() -> None:
    assert (
        api_url("HTTPS://ABC12345.Live.Dynatrace.COM", PLATFORM)
        == f"https://abc12345.apps.dynatrace.com{PLATFORM_PATH}"
    )


@pytest.mark.parametrize("credentials", [PLATFORM, OAUTH])
def test_managed_has_no_platform_path(credentials: Credentials) -> None:
    assert "api_token" in problems(MANAGED, credentials)["environment_url"]


@pytest.mark.parametrize("url", [SAAS, f"{SAAS}/api/v2/", "https://abc12345.apps.dynatrace.com"])
def test_the_id_of_an_environment_does_not_depend_on_how_its_url_is_written(url: str) -> None:
    assert {Connection(url, one).environment_id for one in (ACCESS, PLATFORM)} == {"abc12345"}


def test_the_id_is_the_same_behind_a_gate() -> None:
    assert Connection(GATE, ACCESS).environment_id == "abc12345"
    assert Connection("https://10.1.2.3:9999", ACCESS).environment_id == "10.1.2.3"


@pytest.mark.parametrize("token", ["", "  ", "canary\n", "canary\r\nX-Evil: 1", " canary", "canäry", "canary\x00"])
def test_a_token_that_cannot_be_one_is_refused_without_showing_it(token: str) -> None:
    for option, found in (
        ("api_token", problems(credentials=AccessToken(token))),
        ("platform_token", problems(credentials=PlatformToken(token))),
        ("oauth_client_secret", problems(credentials=OAuthClient("id", token))),
        ("oauth_client_id", problems(credentials=OAuthClient(token, "secret"))),
    ):
        assert list(found) == [option]
        assert "can" not in found[option].replace("cannot", "")


def test_client_secrets_go_over_https_only() -> None:
    assert (
        "https://"
        in problems(credentials=OAuthClient("id", "s", token_url="http://sso.example.com/t"))["oauth_token_url"]
    )
    assert problems(credentials=OAuthClient("id", "s", token_url="http://127.0.0.1:1/t")) == {}


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    missing = str(tmp_path / "ca.pem")
    found = problems(ca_path=missing, client_cert=missing, client_key=missing)
    assert list(found) == ["ca_path", "client_cert", "client_key"]
    assert missing in found["ca_path"]


def test_a_key_alone_is_refused(tmp_path: Path) -> None:
    key = tmp_path / "key.pem"
    key.write_text("")
    assert "client_cert" in problems(client_key=str(key))["client_key"]


@pytest.mark.parametrize(
    "proxy", ["proxy.example.com:3128", "user:canary@proxy:1", "socks5://proxy:1", "http://", "http://[", "://"]
)
def test_a_proxy_needs_a_scheme_that_is_known(proxy: str) -> None:
    assert "must be a URL like http://" in problems(proxy=proxy)["proxy"]
    assert "canary" not in str(problems(proxy=proxy))


def test_a_proxy_may_ask_for_a_password() -> None:
    assert problems(proxy="http://user:p%40ss@proxy.example.com:3128") == {}


@pytest.mark.parametrize("seconds", [0, -1, math.nan, math.inf, 1e9])
def test_a_time_out_is_a_usable_number(seconds: float) -> None:
    assert "timeout" in problems(timeout=seconds)


@pytest.mark.parametrize("seconds", [-1, math.nan, math.inf])
def test_the_longest_wait_is_a_usable_number(seconds: float) -> None:
    assert "retry_timeout" in problems(retry_timeout=seconds)
    assert problems(retry_timeout=0) == {}


def test_everything_wrong_is_said_at_once() -> None:
    found = problems(
        "http://abc.example.com", AccessToken(""), ca_path="/no/such/file", proxy="proxy:1", timeout=0, retry_timeout=-1
    )
    assert list(found) == ["environment_url", "api_token", "ca_path", "proxy", "timeout", "retry_timeout"]


@pytest.mark.parametrize("credentials", [ACCESS, PLATFORM, OAUTH])
def test_no_text_form_shows_a_secret(credentials: Credentials) -> None:
    connection = Connection(SAAS, credentials, proxy="http://user:canary@proxy:1")
    for text in (repr(credentials), str(credentials), f"{credentials}", repr(connection)):
        assert "canary" not in text


@pytest.mark.parametrize(
    ("token", "platform", "why"),
    [
        ("dt0c01.AAAA", False, "is not a complete token, which has three parts: dt0c01.PUBLIC.SECRET"),
        ("dt0c01.AAAA.", False, "is not a complete token"),
        ("dt0s16.AAAA", True, "is not a complete token"),
        ("dt0s16.AAAA.canary", False, "is a platform token (dt0s16); set it as platform_token"),
        ("dt0c01.AAAA.canary", True, "is an access token (dt0c01); set it as api_token"),
        ("dt0s02.AAAA.canary", False, "belongs to an OAuth client"),
        ("Api-Token dt0c01.AAAA.canary", False, "must be only the token"),
        ("'dt0c01.AAAA.canary'", False, "must be only the token"),
    ],
)
def test_the_form_of_a_token_tells_what_is_wrong_with_it(token: str, platform: bool, why: str) -> None:
    given = PlatformToken(token) if platform else AccessToken(token)
    message = problems(credentials=given)["platform_token" if platform else "api_token"]
    assert why in message
    assert "canary" not in message


@pytest.mark.parametrize("token", ["abcDEF_123-older-token", "dt0c01.AAAA.canary"])
def test_a_token_of_an_unknown_form_may_be_an_older_one(token: str) -> None:
    assert problems(credentials=AccessToken(token)) == {}


@pytest.mark.parametrize(
    ("url", "rest"),
    [
        ("https://abc12345.live.dynatrace.com/ui/settings", "/ui/settings"),
        ("https://abc12345.apps.dynatrace.com/ui/apps/x", "/ui/apps/..."),
        ("https://abc12345.live.dynatrace.com/S3cret", "/..."),
        (f"{SAAS}/api/v2/settings/objects", "/api/v2/settings/objects"),
        (f"{MANAGED}/api/v2/settings/objects", "/api/v2/settings/objects"),
        (f"{MANAGED}/api/v2/S3cret", "/api/v2/..."),
    ],
)
def test_an_address_inside_an_environment_is_not_that_of_the_environment(url: str, rest: str) -> None:
    assert problems(url)["environment_url"] == f"must be only the address of the environment, without {rest}"


@pytest.mark.parametrize(
    "url", ["https://proxy.example.com/ui/e/abc", "https://proxy.example.com/dynatrace/e/abc", GATE]
)
def test_a_path_before_the_id_may_be_that_of_a_proxy(url: str) -> None:
    assert problems(url) == {}


def test_an_id_that_was_forgotten() -> None:
    assert "the ID of the environment is missing" in problems("https://dynatrace.example.com/e/")["environment_url"]
