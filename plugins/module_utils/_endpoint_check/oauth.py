# Copyright (c) 2026, community.dynatrace contributors
# SPDX-License-Identifier: BSD-2-Clause

"""A token by client credentials: as the schema says (in the header), then as the product's page says (in the form)."""

from __future__ import annotations

import base64
from collections.abc import Mapping
from typing import Any
from urllib.parse import quote_plus, urlencode

from . import targets
from .exchange import Answer, exchange
from .findings import Findings
from .network import Means
from .targets import OAuthLogin, Target

_SCOPE_ERRORS = ("invalid_scope", "invalid_target")
_GRANT_ERRORS = ("unsupported_grant_type", "unauthorized_client")


def fetch_token(target: Target, login: OAuthLogin, means: Means, findings: Findings) -> str:
    """A token for the far end.

    :raises Ended: there is none, with the finding that says why.
    """
    where = target.option(targets.TOKEN_URL)
    errors: list[str] = []
    statuses: list[int] = []
    for way in ("header", "form"):
        answer = _ask(way, target, login, means, findings)
        body = answer.json()
        body = body if isinstance(body, Mapping) else {}
        token = body.get("access_token")
        if answer.status == 200 and isinstance(token, str) and token and token.isascii() and token.isprintable():
            findings.hide([token])
            _tell(way, body, target, login, errors, findings)
            return token
        error = body.get("error")
        failed = answer.status == 429 or answer.status >= 500
        if not isinstance(error, str) and not failed and answer.status not in (400, 401, 403):
            text = f"the request for a token was answered with status {answer.status} and without a token"
            raise findings.end("oauth_url_wrong", where, text)
        # Some services fail where they should refuse: the other way may still be the right one.
        errors.append(error if isinstance(error, str) and error and not failed else f"status {answer.status}")
        statuses.append(answer.status)
    said = f"in the header: {errors[0]}; in the form: {errors[1]}"
    if any(status == 429 or status >= 500 for status in statuses):
        raise findings.end("oauth_failed", where, f"the token service failed or throttles ({said})")
    if any(error in _SCOPE_ERRORS for error in errors):
        text = f"the token service does not give the scope {login.scope!r} ({said})"
        raise findings.end("oauth_scope_refused", target.option(targets.SCOPE), text)
    if any(error in _GRANT_ERRORS for error in errors):
        text = f"the token service gives the client no token by client credentials ({said})"
        raise findings.end("oauth_grant_refused", target.option(targets.CLIENT_ID), text)
    text = f"the token service refuses the client ({said})"
    raise findings.end("oauth_client_refused", target.option(targets.CLIENT_SECRET), text)


def _ask(way: str, target: Target, login: OAuthLogin, means: Means, findings: Findings) -> Answer:
    secret = login.client_secret or ""
    form = {"grant_type": "client_credentials", **({"scope": login.scope} if login.scope else {})}
    headers = {"Content-Type": "application/x-www-form-urlencoded", "Accept": "application/json"}
    if way == "header":
        # Encoded as RFC 6749, section 2.3.1, says.
        pair = f"{quote_plus(login.client_id)}:{quote_plus(secret)}"
        findings.hide([pair])
        headers["Authorization"] = "Basic " + base64.b64encode(pair.encode()).decode("ascii")
    else:
        form |= {"client_id": login.client_id, "client_secret": secret}
    option = target.option(targets.TOKEN_URL)
    return exchange("POST", login.token_url, option, means, findings, headers=headers, body=urlencode(form).encode())


def _tell(
    way: str, body: Mapping[str, Any], target: Target, login: OAuthLogin, errors: list[str], findings: Findings
) -> None:
    where = target.option(targets.TOKEN_URL)
    findings.facts["oauth_credentials"] = way
    if way == "header":
        findings.add("oauth_token_by_header", where, "the token service gave a token, credentials in the header")
    else:
        text = f"the token service gave a token, credentials in the form; in the header it refused them ({errors[0]})"
        findings.add("oauth_token_by_form", where, text)
    kind = str(body.get("token_type", "Bearer"))
    if kind.lower() != "bearer":
        findings.add("oauth_token_type", where, f"the token is of the type {kind}")
    granted = body.get("scope")
    if login.scope and isinstance(granted, str):
        missing = [scope for scope in login.scope.split() if scope not in granted.split()]
        if missing:
            text = f"the token lacks of the scope: {' '.join(missing)}"
            findings.add("oauth_scope_reduced", target.option(targets.SCOPE), text)
