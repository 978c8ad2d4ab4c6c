# Copyright (c) 2026, community.dynatrace contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Access tokens: what their form shows, and the header that carries them."""

from __future__ import annotations

import pytest

from ansible_collections.community.dynatrace.plugins.module_utils._settings_api.auth import AccessToken

ACCESS, PLATFORM, CLIENT = "dt0c01.PUBLIC.SECRET", "dt0s16.PUBLIC.SECRET", "dt0s02.PUBLIC.SECRET"


@pytest.mark.parametrize(
    ("token", "code"),
    [
        (ACCESS, None),
        (ACCESS.upper(), None),
        ("anything", None),
        (PLATFORM, "other_token.platform"),
        (CLIENT, "other_token.oauth"),
        ("dt0c01.PUBLIC", "part_of_token"),
        (f"Api-Token {ACCESS}", "token_alone"),
        ("", "blank"),
    ],
)
def test_a_token_is_of_its_kind_and_complete(token: str, code: str | None) -> None:
    found = AccessToken(token).problems()
    assert [(problem.code, problem.path) for problem in found] == ([(code, AccessToken.REQUIRED[0])] if code else [])
    assert "SECRET" not in str(found)


def test_a_request_carries_the_token_with_its_scheme() -> None:
    assert AccessToken("t").authorize(None, str).header == "Api-Token t"  # type: ignore[arg-type]
    assert "t" not in repr(AccessToken("t")).partition("(")[2].replace("token", "")


def test_missing_scopes_are_those_of_an_access_token() -> None:
    assert AccessToken("t").permission_hint(["settings.write"]) == "Grant the access token the scope settings.write."
    assert AccessToken("t").lookup == "t"
