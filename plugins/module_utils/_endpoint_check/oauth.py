# Copyright (c) 2026, community.dynatrace contributors
# SPDX-License-Identifier: BSD-2-Clause

"""A token by client credentials: in the header, as the schema says, then in the form, as the documentation says."""

from __future__ import annotations

import base64
from collections.abc import Mapping
from typing import Any
from urllib.parse import quote_plus, urlencode

from . import endpoints
from .endpoints import Endpoint, OAuthLogin
from .findings import Findings
from .http import Response, send_request
from .network import ConnectOptions

_SCOPE_ERRORS = ("invalid_scope", "invalid_target")
_GRANT_ERRORS = ("unsupported_grant_type", "unauthorized_client")


def fetch_token(endpoint: Endpoint, login: OAuthLogin, connect_options: ConnectOptions, findings: Findings) -> str:
    """A token for the endpoint.

    :raises CheckAborted: there is none, with the finding that says why.
    """
    where = endpoint.option(endpoints.TOKEN_URL)
    errors: list[str] = []
    statuses: list[int] = []
    for method in ("header", "form"):
        response = _request_token(method, endpoint, login, connect_options, findings)
        body = response.json()
        body = body if isinstance(body, Mapping) else {}
        token = body.get("access_token")
        if response.status == 200 and isinstance(token, str) and token and token.isascii() and token.isprintable():
            findings.add_secrets([token])
            _report(method, body, endpoint, login, errors, findings)
            return token
        error = body.get("error")
        failed = response.status == 429 or response.status >= 500
        if not isinstance(error, str) and not failed and response.status not in (400, 401, 403):
            text = f"the request for a token got status {response.status} and no token"
            raise findings.abort("oauth_url_wrong", where, text)
        # Some services fail where they should reject: the other method may still be right.
        errors.append(error if isinstance(error, str) and error and not failed else f"status {response.status}")
        statuses.append(response.status)
    details = f"in the header: {errors[0]}; in the form: {errors[1]}"
    if any(status == 429 or status >= 500 for status in statuses):
        raise findings.abort(
            "oauth_failed", where, f"the token service failed, or it limits the rate of requests ({details})"
        )
    if any(error in _SCOPE_ERRORS for error in errors):
        text = f"the token service does not grant the scope {login.scope!r} ({details})"
        raise findings.abort("oauth_scope_refused", endpoint.option(endpoints.SCOPE), text)
    if any(error in _GRANT_ERRORS for error in errors):
        text = f"the token service does not allow the client to use client credentials ({details})"
        raise findings.abort("oauth_grant_refused", endpoint.option(endpoints.CLIENT_ID), text)
    text = f"the token service rejects the client ({details})"
    raise findings.abort("oauth_client_refused", endpoint.option(endpoints.CLIENT_SECRET), text)


def _request_token(
    method: str, endpoint: Endpoint, login: OAuthLogin, connect_options: ConnectOptions, findings: Findings
) -> Response:
    secret = login.client_secret or ""
    form = {"grant_type": "client_credentials", **({"scope": login.scope} if login.scope else {})}
    headers = {"Content-Type": "application/x-www-form-urlencoded", "Accept": "application/json"}
    if method == "header":
        # Encoded as RFC 6749, section 2.3.1, says.
        pair = f"{quote_plus(login.client_id)}:{quote_plus(secret)}"
        findings.add_secrets([pair])
        headers["Authorization"] = "Basic " + base64.b64encode(pair.encode()).decode("ascii")
    else:
        form |= {"client_id": login.client_id, "client_secret": secret}
    option = endpoint.option(endpoints.TOKEN_URL)
    return send_request(
        "POST", login.token_url, option, connect_options, findings, headers=headers, body=urlencode(form).encode()
    )


def _report(
    method: str, body: Mapping[str, Any], endpoint: Endpoint, login: OAuthLogin, errors: list[str], findings: Findings
) -> None:
    where = endpoint.option(endpoints.TOKEN_URL)
    findings.facts["oauth_client_auth"] = method
    if method == "header":
        findings.add(
            "oauth_token_by_header", where, "the token service issued a token, with the credentials in the header"
        )
    else:
        text = f"the token service accepted the credentials in the form, but not in the header ({errors[0]})"
        findings.add("oauth_token_by_form", where, text)
    kind = str(body.get("token_type", "Bearer"))
    if kind.lower() != "bearer":
        findings.add("oauth_token_type", where, f"the token has the type {kind}")
    granted = body.get("scope")
    if login.scope and isinstance(granted, str):
        missing = [scope for scope in login.scope.split() if scope not in granted.split()]
        if missing:
            text = f"the token lacks these scopes: {' '.join(missing)}"
            findings.add("oauth_scope_reduced", endpoint.option(endpoints.SCOPE), text)
