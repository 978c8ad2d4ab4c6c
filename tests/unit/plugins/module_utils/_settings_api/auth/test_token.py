# Copyright (c) 2026, community.dynatrace contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""What both kinds of tokens have in common."""

from __future__ import annotations

import pytest

from ansible_collections.community.dynatrace.plugins.module_utils._settings_api.auth import AccessToken, PlatformToken
from ansible_collections.community.dynatrace.plugins.module_utils._settings_api.auth.token import Token


@pytest.mark.parametrize("kind", [AccessToken, PlatformToken])
def test_a_token_comes_from_its_option_and_is_a_secret(kind: type[Token]) -> None:
    token = kind.from_options({kind.REQUIRED[0]: "older-form"})
    assert token.secrets == ["older-form"]
    assert token.problems() == [], "a token of an unknown form says nothing of its kind"
    assert "older-form" not in f"{token!r} {token}"
