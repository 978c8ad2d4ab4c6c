# Copyright (c) 2026, community.dynatrace contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Tokens that cannot be fetched, or that the endpoint rejects."""

from __future__ import annotations

import pytest
import trustme

from ansible_collections.community.dynatrace.tests.support.endpoint_servers import (
    oauth,
    says,
    token_service,
)
from ansible_collections.community.dynatrace.tests.support.endpoint_ways import (
    SCOPE,
    TOKEN_URL,
    Stage,
    Way,
    assert_finding,
)

OAUTH: dict[str, Way] = {
    "wrong client secret": Way(
        "oauth_client_refused",
        "authentication.oauth2.client_secret",
        lambda s: s.logged_in(token_service(secret="another")),
    ),
    "unknown scope": Way(
        "oauth_scope_refused", SCOPE, lambda s: s.logged_in(token_service(refuses="invalid_scope"), scope="a b")
    ),
    "less scope": Way("oauth_scope_reduced", SCOPE, lambda s: s.logged_in(token_service(scope="a"), scope="a b")),
    "grant not allowed": Way(
        "oauth_grant_refused",
        "authentication.oauth2.client_id",
        lambda s: s.logged_in(token_service(refuses="unauthorized_client")),
    ),
    "token URL of a web page": Way(
        "oauth_url_wrong", TOKEN_URL, lambda s: s.logged_in(says(200, b"<html>canary", Content_Type="text/html"))
    ),
    "token URL that is not there": Way("oauth_url_wrong", TOKEN_URL, lambda s: s.logged_in(says(404))),
    "token service of an unknown authority": Way(
        "tls_authority",
        TOKEN_URL,
        lambda s: s.plain(
            authentication=oauth(s.serve(token_service(), s.world.tls(authority=trustme.CA())).url("/token"))
        ),
    ),
    "token service fails": Way("oauth_failed", TOKEN_URL, lambda s: s.logged_in(says(503))),
    "token of another type": Way(
        "oauth_token_type",
        TOKEN_URL,
        lambda s: s.logged_in(token_service(token_type="mac")),
    ),
    "token taken in the form only": Way(
        "oauth_token_by_form", TOKEN_URL, lambda s: s.logged_in(token_service(takes="form"))
    ),
    "token that the endpoint refuses": Way(
        "token_refused",
        SCOPE,
        lambda s: s.logged_in(token_service(), says(401, WWW_Authenticate="Bearer")),
        mode="send",
    ),
}


@pytest.mark.parametrize("name", OAUTH)
def test_a_token_that_cannot_be_used_has_its_own_finding(
    stage: Stage, name: str, capfd: pytest.CaptureFixture[str]
) -> None:
    assert_finding(stage, OAUTH[name], capfd)
