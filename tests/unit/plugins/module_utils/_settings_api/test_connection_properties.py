# Copyright (c) 2026, community.dynatrace contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Whatever form of URL is given: one base, one path, no way out of the environment."""

from __future__ import annotations

from urllib.parse import urlsplit

from hypothesis import given
from hypothesis import strategies as st

from ansible_collections.community.dynatrace.plugins.module_utils._settings_api.connection import (
    AccessToken,
    Connection,
    PlatformToken,
    connection_problems,
)

PLATFORM_PATH = "/platform/classic/environment-api/v2"
IDS = st.from_regex(r"[a-z]{3}[0-9]{5}", fullmatch=True)
UUIDS = st.uuids().map(str)
HOSTS = st.from_regex(r"[a-z][a-z0-9-]{0,10}[a-z0-9](\.[a-z]{2,8}){1,3}", fullmatch=True)
PORTS = st.one_of(st.just(""), st.integers(1, 65535).map(lambda port: f":{port}"))
SLASHES = st.integers(0, 3).map(lambda count: "/" * count)
BASES = st.one_of(
    st.builds(lambda env: f"https://{env}.live.dynatrace.com", IDS),
    st.builds(lambda host, port, env: f"https://{host}{port}/e/{env}", HOSTS, PORTS, st.one_of(IDS, UUIDS)),
)
FORMS = st.sampled_from(["", "/api", "/api/v2", PLATFORM_PATH])


@given(BASES, FORMS, SLASHES)
def test_every_form_of_a_url_means_the_same_base(base: str, form: str, slashes: str) -> None:
    given_url = base + form + slashes
    assert connection_problems(Connection(given_url, AccessToken("token"))) == []
    assert Connection(given_url, AccessToken("token")).api_url == f"{base}/api/v2"


@given(BASES, FORMS, SLASHES)
def test_a_base_is_its_own_base(base: str, form: str, slashes: str) -> None:
    for credentials in (AccessToken("token"), PlatformToken("token")):
        once = Connection(base + form + slashes, credentials)
        again = Connection(once.api_url, credentials)
        assert (again.base_url, again.api_url, again.environment_id) == (
            once.base_url,
            once.api_url,
            once.environment_id,
        )


@given(IDS, FORMS, st.sampled_from(["live", "apps"]))
def test_saas_is_one_environment_under_two_names(env: str, form: str, name: str) -> None:
    url = f"https://{env}.{name}.dynatrace.com{form}"
    assert Connection(url, AccessToken("token")).api_url == f"https://{env}.live.dynatrace.com/api/v2"
    assert Connection(url, PlatformToken("token")).api_url == f"https://{env}.apps.dynatrace.com{PLATFORM_PATH}"


@given(st.text(max_size=60), st.text(max_size=30))
def test_no_text_at_all_breaks_the_check(url: str, token: str) -> None:
    for credentials in (AccessToken(token), PlatformToken(token)):
        for text in (url, f"https://{url}", f"https://abc.example.com/{url}"):
            connection = Connection(text, credentials, proxy=url)
            if not connection_problems(connection):
                parts = urlsplit(connection.api_url)
                assert parts.scheme == "https" or parts.hostname in {"localhost", "127.0.0.1"}
                assert parts.username is None
                assert parts.query == parts.fragment == ""
