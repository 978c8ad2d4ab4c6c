# Copyright (c) 2026, community.dynatrace contributors
# SPDX-License-Identifier: BSD-2-Clause

"""A token by client credentials: in the header, as the schema says, then in the form, as the documentation says."""

from __future__ import annotations

import base64
from collections.abc import Mapping
from typing import Any
from urllib.parse import quote_plus, urlencode

from . import endpoints
from .endpoints import OAuthLogin
from .findings import Findings
from .http import EndpointClient, Response

_SCOPE_ERRORS = ("invalid_scope", "invalid_target")
_GRANT_ERRORS = ("unsupported_grant_type", "unauthorized_client")


def fetch_token(client: EndpointClient, login: OAuthLogin) -> str:
    """A token for the endpoint.

    :raises CheckAborted: there is none, with the finding that says why.
    """
    findings = client.findings
    errors: list[str] = []
    failed = False
    for method in ("header", "form"):
        response = _request_token(method, client, login)
        body = response.part()
        token = body.get("access_token")
        if response.status == 200 and isinstance(token, str) and token and token.isascii() and token.isprintable():
            findings.add_secrets([token])
            _report(method, body, login, errors, findings)
            return token
        error = body.get("error")
        unavailable = response.status == 429 or response.status >= 500
        if not isinstance(error, str) and not unavailable and response.status not in (400, 401, 403):
            text = f"the request for a token got status {response.status} and no token"
            raise findings.abort("oauth_url_wrong", endpoints.TOKEN_URL, text)
        # Some services fail where they should reject: the other method may still be right.
        errors.append(error if isinstance(error, str) and error and not unavailable else f"status {response.status}")
        failed = failed or unavailable
    details = f"in the header: {errors[0]}; in the form: {errors[1]}"
    if failed:
        text = f"the token service failed, or it limits the rate of requests ({details})"
        raise findings.abort("oauth_failed", endpoints.TOKEN_URL, text)
    if any(error in _SCOPE_ERRORS for error in errors):
        text = f"the token service does not grant the scope {login.scope!r} ({details})"
        raise findings.abort("oauth_scope_refused", endpoints.SCOPE, text)
    if any(error in _GRANT_ERRORS for error in errors):
        text = f"the token service does not allow the client to use client credentials ({details})"
        raise findings.abort("oauth_grant_refused", endpoints.CLIENT_ID, text)
    text = f"the token service rejects the client ({details})"
    raise findings.abort("oauth_client_refused", endpoints.CLIENT_SECRET, text)


def _request_token(method: str, client: EndpointClient, login: OAuthLogin) -> Response:
    secret = login.client_secret or ""
    form = {"grant_type": "client_credentials", **({"scope": login.scope} if login.scope else {})}
    headers = {"Content-Type": "application/x-www-form-urlencoded", "Accept": "application/json"}
    if method == "header":
        # Encoded as RFC 6749, section 2.3.1, says.
        pair = f"{quote_plus(login.client_id)}:{quote_plus(secret)}"
        client.findings.add_secrets([pair])
        headers["Authorization"] = "Basic " + base64.b64encode(pair.encode()).decode("ascii")
    else:
        form |= {"client_id": login.client_id, "client_secret": secret}
    body = urlencode(form).encode()
    return client.send("POST", login.token_url, endpoints.TOKEN_URL, headers=headers, body=body)


def _report(method: str, body: Mapping[str, Any], login: OAuthLogin, errors: list[str], findings: Findings) -> None:
    findings.facts["oauth_client_auth"] = method
    if method == "header":
        text = "the token service issued a token, with the credentials in the header"
        findings.add("oauth_token_by_header", endpoints.TOKEN_URL, text)
    else:
        text = f"the token service accepted the credentials in the form, but not in the header ({errors[0]})"
        findings.add("oauth_token_by_form", endpoints.TOKEN_URL, text)
    kind = str(body.get("token_type", "Bearer"))
    if kind.lower() != "bearer":
        findings.add("oauth_token_type", endpoints.TOKEN_URL, f"the token has the type {kind}")
    granted = body.get("scope")
    if login.scope and isinstance(granted, str):
        missing = [scope for scope in login.scope.split() if scope not in granted.split()]
        if missing:
            text = f"the token lacks these scopes: {' '.join(missing)}"
            findings.add("oauth_scope_reduced", endpoints.SCOPE, text)
