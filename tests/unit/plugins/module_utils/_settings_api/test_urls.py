# Copyright (c) 2026, community.dynatrace contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""URLs in options: which can be used, and what is shown of one."""

from __future__ import annotations

import pytest

from ansible_collections.community.dynatrace.plugins.module_utils._settings_api.urls import public_url, url_problems
from ansible_collections.community.dynatrace.tests.support.problems import texts


@pytest.mark.parametrize(
    "url",
    ["", "abc12345", "abc12345.live.dynatrace.com", "ftp://abc.example.com", "https://", "https://[", "https://a..b",
     "https://abc.example.com:port", "https://abc.example.com:99999", "https://" + "a" * 64 + ".example.com",
     "https://a%62c.example.com"],
)  # fmt: skip
def test_what_is_not_a_url_is_refused_with_an_example(url: str) -> None:
    assert "must be a URL like https://" in texts(url_problems("environment_url", url))["environment_url"]


@pytest.mark.parametrize(
    ("url", "why"),
    [
        ("http://abc12345.live.dynatrace.com", "https://"),
        ("http://localhost.example.com", "https://"),
        ("http://127.0.0.1.example.com", "https://"),
        ("https://user:canary@abc.example.com", "user name or password"),
        ("https://canary@abc.example.com", "user name or password"),
        ("https://@abc.example.com", "user name or password"),
        ("https://abc.example.com?api-token=canary", "query"),
        ("https://abc.example.com/#canary", "fragment"),
        ("https://abc.example.com/a b", "white space"),
        ("https://abc.example.com/e/a\nb", "white space"),
        ("https://abc.example.com/\x00", "control characters"),
        ("https://abc.example.com/e\\a", "backslashes"),
    ],
)
def test_a_url_that_would_leak_or_mislead_is_refused(url: str, why: str) -> None:
    message = texts(url_problems("environment_url", url))["environment_url"]
    assert why in message
    assert "canary" not in message


@pytest.mark.parametrize("url", ["http://127.0.0.1:1", "http://localhost:1", "http://[::1]:1/e/a", "http://127.8.9.1"])
def test_plain_http_is_for_this_machine(url: str) -> None:
    assert texts(url_problems("environment_url", url)) == {}


@pytest.mark.parametrize(
    ("url", "shown"),
    [
        ("https://a.example.com/b", "https://a.example.com/b"),
        ("https://user:canary@a.example.com/b", "https://(not shown)@a.example.com/b"),
        ("https://user:can@ry@a.example.com/b", "https://(not shown)@a.example.com/b"),
        ("https://a.example.com/b?token=canary#canary", "https://a.example.com/b?(not shown)"),
        ("https://[canary", "(not shown)"),
        ("no URL", "no URL"),
    ],
)
def test_what_may_be_secret_is_not_shown_of_a_url(url: str, shown: str) -> None:
    assert public_url(url) == shown
