# Copyright (c) 2026, community.dynatrace contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Platform tokens: what their form shows, and the header that carries them."""

from __future__ import annotations

import pytest
from pytest_httpserver import HTTPServer

from ansible_collections.community.dynatrace.plugins.module_utils._settings_api.auth import PlatformToken
from ansible_collections.community.dynatrace.tests.support.api_server import PLATFORM as PATH
from ansible_collections.community.dynatrace.tests.support.api_server import Connect, expect

ACCESS, PLATFORM, CLIENT = "dt0c01.PUBLIC.SECRET", "dt0s16.PUBLIC.SECRET", "dt0s02.PUBLIC.SECRET"


@pytest.mark.parametrize(
    ("token", "code"),
    [
        (PLATFORM, None),
        (ACCESS, "other_token.access"),
        (CLIENT, "other_token.oauth"),
        ("dt0s16.PUBLIC.", "part_of_token"),
        (f"{PLATFORM}\n", "white_space_at_end"),
    ],
)
def test_a_token_is_of_its_kind_and_complete(token: str, code: str | None) -> None:
    found = PlatformToken(token).problems()
    assert [(problem.code, problem.path) for problem in found] == ([(code, PlatformToken.REQUIRED[0])] if code else [])
    assert "SECRET" not in str(found)


def test_a_request_carries_the_token_with_its_scheme() -> None:
    assert PlatformToken("t").authorize(None, str).header == "Bearer t"  # type: ignore[arg-type]
    assert "t" not in repr(PlatformToken("t")).partition("(")[2].replace("token", "")


def test_a_platform_token_is_a_bearer_token_on_the_platform_path(server: HTTPServer, connect: Connect) -> None:
    headers = {"Authorization": "Bearer dt0s16.AAAA.canary", "User-Agent": "community.dynatrace/1"}
    expect(server, "GET", f"{PATH}/settings/objects/o", headers=headers).respond_with_json({"objectId": "o"})
    connect(PlatformToken("dt0s16.AAAA.canary"), path="", user_agent="community.dynatrace/1").get_object("o")
