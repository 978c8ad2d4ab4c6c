# Copyright (c) 2026, community.dynatrace contributors
# SPDX-License-Identifier: BSD-2-Clause

"""OAuth clients with client credentials: each run gets a token of five minutes. Facts: settings-api 3.1 and 5.2."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, ClassVar
from urllib.parse import urlsplit

from ..errors import Advice, ClientRefused, Hint, Problem, ServerFailed, UnexpectedAnswer
from ..responses import one_line
from ..urls import url_problems
from .credentials import Authorization, Credentials, text_problems
from .platform_token import platform_hint

if TYPE_CHECKING:
    from ..transport import Transport

# Renewed a little before it ends.
_MARGIN = 30.0
# Documented for tokens whose answer says nothing else.
_LIFETIME = 300.0


@dataclass(frozen=True)
class OAuthClient(Credentials):
    """An OAuth client, for the platform path."""

    client_id: str
    client_secret: str = field(repr=False)
    token_url: str = field(default="https://sso.dynatrace.com/sso/oauth2/token", repr=False)
    scope: str = "settings:objects:read settings:objects:write settings:schemas:read"
    account_urn: str | None = None

    KIND: ClassVar[str] = "oauth_client"
    TITLE: ClassVar[str] = "an OAuth client"
    REQUIRED: ClassVar[tuple[str, ...]] = ("oauth_client_id", "oauth_client_secret")
    VARIABLES: ClassVar[Mapping[str, str]] = {
        "oauth_client_id": "DYNATRACE_OAUTH_CLIENT_ID",
        "oauth_client_secret": "DYNATRACE_OAUTH_CLIENT_SECRET",
        "oauth_account_urn": "DYNATRACE_OAUTH_ACCOUNT_URN",
    }
    PLATFORM: ClassVar[bool] = True
    REJECTED: ClassVar[str] = (
        "Check that the OAuth client belongs to the account of this environment, and that its user has access to it."
    )
    RENEWABLE: ClassVar[bool] = True

    @classmethod
    def from_options(cls, options: Mapping[str, Any]) -> OAuthClient:
        """The client, with the token service that the options name."""
        return cls(
            client_id=str(options["oauth_client_id"]),
            client_secret=str(options["oauth_client_secret"]),
            token_url=options["oauth_token_url"],
            scope=options["oauth_scope"],
            account_urn=options.get("oauth_account_urn"),
        )

    @property
    def secrets(self) -> list[str]:
        """The secret, alone and as HTTP Basic has it."""
        return [self.client_secret, f"{self.client_id}:{self.client_secret}"]

    def problems(self) -> list[Problem]:
        """What is wrong with the address of the token service, and with the texts."""
        return [
            *url_problems("oauth_token_url", self.token_url),
            *text_problems("oauth_client_id", self.client_id),
            *text_problems("oauth_client_secret", self.client_secret),
        ]

    def authorize(self, transport: Transport, redact: Callable[[str], str]) -> Authorization:
        """A new token.

        :raises TokenRejected: the client gets none.
        :raises ServerFailed: the token service failed.
        :raises UnexpectedAnswer: it answered without a token.
        """
        form = {
            "grant_type": "client_credentials",
            "client_id": self.client_id,
            "client_secret": self.client_secret,
            "scope": self.scope,
            **({"resource": self.account_urn} if self.account_urn else {}),
        }
        url = self.token_url.strip()
        reply = transport.send("POST", url, form=form, repeatable=True)
        host = urlsplit(url).hostname
        if reply.status >= 500:
            raise ServerFailed(
                f"{host} failed with status {reply.status} on the request for a token.", status=reply.status
            )
        body = reply.body if isinstance(reply.body, Mapping) else {}
        if reply.status >= 400:
            code = one_line(redact(str(body.get("error") or f"status {reply.status}")))[:200]
            raise ClientRefused(
                f"{host} issued no token for the OAuth client: {code}.",
                status=reply.status,
                hint=Hint(
                    "Check {option.oauth_client_id}, {option.oauth_client_secret}, {option.oauth_scope}, and "
                    "{option.oauth_account_urn}."
                ),
            )
        token, lifetime = body.get("access_token"), body.get("expires_in")
        if not (isinstance(token, str) and token and token.isascii() and token.isprintable()):
            raise UnexpectedAnswer(
                f"{host} responded without a usable token for the OAuth client.",
                hint=Hint("Check {option.oauth_token_url}."),
            )
        seconds = float(lifetime) if isinstance(lifetime, (int, float)) and 0 < lifetime < 1e9 else _LIFETIME
        ends = time.monotonic() + seconds - min(_MARGIN, seconds / 2)
        return Authorization(f"Bearer {token}", ends, (token,))

    def permission_hint(self, scopes: Sequence[str]) -> Advice:
        """The scopes of the client, those that it asks for, and the policy of its service user."""
        return platform_hint(scopes, "the OAuth client ({option.oauth_scope} must request them)", "its service user")
