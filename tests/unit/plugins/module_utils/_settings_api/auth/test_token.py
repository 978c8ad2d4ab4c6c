# Copyright (c) 2026, community.dynatrace contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""What the form of a token says."""

from __future__ import annotations

import pytest

from ansible_collections.community.dynatrace.plugins.module_utils._settings_api.auth import AccessToken, PlatformToken
from ansible_collections.community.dynatrace.plugins.module_utils._settings_api.auth.token import Token

ACCESS, PLATFORM, CLIENT = "dt0c01.PUBLIC.SECRET", "dt0s16.PUBLIC.SECRET", "dt0s02.PUBLIC.SECRET"


@pytest.mark.parametrize(
    ("kind", "token", "code"),
    [
        (AccessToken, ACCESS, None),
        (AccessToken, ACCESS.upper(), None),
        (AccessToken, "anything", None),
        (AccessToken, PLATFORM, "other_token.platform"),
        (AccessToken, CLIENT, "other_token.oauth"),
        (AccessToken, "dt0c01.PUBLIC", "part_of_token"),
        (AccessToken, f"Api-Token {ACCESS}", "token_alone"),
        (AccessToken, "", "blank"),
        (PlatformToken, PLATFORM, None),
        (PlatformToken, ACCESS, "other_token.access"),
        (PlatformToken, CLIENT, "other_token.oauth"),
        (PlatformToken, "dt0s16.PUBLIC.", "part_of_token"),
        (PlatformToken, f"{PLATFORM}\n", "white_space_at_end"),
    ],
)
def test_a_token_is_of_its_kind_and_whole(kind: type[Token], token: str, code: str | None) -> None:
    found = kind(token).problems()
    assert [(problem.code, problem.path) for problem in found] == ([(code, kind.REQUIRED[0])] if code else [])
    assert "SECRET" not in str(found)


def test_a_request_carries_the_token_with_the_scheme_of_its_kind() -> None:
    headers = [kind("t").authorize(None, str).header for kind in (AccessToken, PlatformToken)]  # type: ignore[arg-type]
    assert headers == ["Api-Token t", "Bearer t"]
    assert "t" not in repr(AccessToken("t")).partition("(")[2].replace("token", "")
