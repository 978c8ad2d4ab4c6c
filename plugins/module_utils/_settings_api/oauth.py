# Copyright (c) 2026, community.dynatrace contributors
# SPDX-License-Identifier: BSD-2-Clause

"""Client credentials of OAuth 2.0, and the secrets that a connection holds. Facts: settings-api 3.1 and 5.2."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING
from urllib.parse import unquote, urlsplit

from .connection import Connection, OAuthClient
from .errors import ServerFailed, TokenRejected, UnexpectedAnswer
from .responses import one_line

if TYPE_CHECKING:
    from .transport import Transport

# Fetched anew a little before it ends.
_TOKEN_MARGIN = 30.0


def fetch_token(transport: Transport, client: OAuthClient, redact: Callable[[str], str]) -> tuple[str, float]:
    """A bearer token, and the moment (``time.monotonic``) from which on it should be fetched anew.

    :param redact: applied to the code of a refusal.
    :raises TokenRejected: the client gets none.
    :raises ServerFailed: the token service failed.
    :raises UnexpectedAnswer: it answered without a token.
    """
    form = {
        "grant_type": "client_credentials",
        "client_id": client.client_id,
        "client_secret": client.client_secret,
        "scope": client.scope,
        **({"resource": client.account_urn} if client.account_urn else {}),
    }
    url = client.token_url.strip()
    reply = transport.send("POST", url, form=form, repeatable=True)
    host = urlsplit(url).hostname
    if reply.status >= 500:
        raise ServerFailed(f"{host} failed with status {reply.status} when asked for a token.", status=reply.status)
    body = reply.body if isinstance(reply.body, Mapping) else {}
    token = body.get("access_token")
    if reply.status < 400 and not (isinstance(token, str) and token and token.isascii() and token.isprintable()):
        raise UnexpectedAnswer(
            f"{host} answered without a usable token for the OAuth client.", hint="Check oauth_token_url."
        )
    if reply.status >= 400:
        code = one_line(redact(str(body.get("error") or f"status {reply.status}")))[:200]
        raise TokenRejected(
            f"{host} gave no token for the OAuth client: {code}.",
            status=reply.status,
            hint="Check oauth_client_id, oauth_client_secret, oauth_scope and oauth_account_urn.",
        )
    lifetime = body.get("expires_in")
    # Documented: five minutes.
    seconds = float(lifetime) if isinstance(lifetime, int | float) and 0 < lifetime < 1e9 else 300.0
    return str(token), time.monotonic() + seconds - min(_TOKEN_MARGIN, seconds / 2)


def own_secrets(connection: Connection) -> list[str]:
    """The secrets among the options of a connection, in the forms in which an answer could repeat them."""
    credentials = connection.credentials
    own = [credentials.client_secret if isinstance(credentials, OAuthClient) else credentials.token]
    if isinstance(credentials, OAuthClient):
        own.append(f"{credentials.client_id}:{credentials.client_secret}")
    proxy = urlsplit(connection.proxy or "")
    if proxy.password:
        # As written, as meant, and as in the header that carries it.
        plain = unquote(proxy.password)
        own += [proxy.password, plain, f"{unquote(proxy.username or '')}:{plain}"]
    return own
