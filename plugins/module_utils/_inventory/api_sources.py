# Copyright (c) 2026, community.dynatrace contributors
# SPDX-License-Identifier: BSD-2-Clause

"""Asking an API for its environments: Managed Cluster API v2 and Account Management API v2. Facts: settings-api 5."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from .._settings_api.auth import AccessToken, Authorization
from .._settings_api.connection import Connection, connection_problems
from .._settings_api.errors import (
    ApiError,
    ClientRefused,
    NotFound,
    OtherServer,
    PermissionMissing,
    SettingsError,
    Throttled,
    TokenRejected,
    UnexpectedAnswer,
)
from .._settings_api.messages import Names
from .._settings_api.paging import Listing, Page, read_whole
from .._settings_api.redaction import Redactor
from .._settings_api.response_form import WrongForm, page_of
from .._settings_api.responses import api_error, one_line, status_of
from .._settings_api.transport import Reply, Transport
from .environment import Environment, Source

# The largest that is documented.
PAGE_SIZE = "1000"
# More than any known fleet has.
LIMIT = 20000
_LONGEST_TEXT = 300
_MOST_TAGS = 200
_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,199}")
_STATE = re.compile(r"[A-Za-z_]{1,40}")

# By kind of source: what to do about a refused token, a missing scope, and a path that is not there.
_HINTS = {
    "managed": (
        "Check that it is a token of the cluster (not of an environment), has not expired, and is enabled.",
        "Grant the cluster token the scope ServiceProviderAPI (Service Provider API).",
        "Check that url is the address of a Managed cluster.",
    ),
    "saas": (
        "Check that the OAuth client belongs to this account.",
        "Grant the OAuth client the scope account-env-read.",
        "Check oauth_account_urn.",
    ),
}


def fetch(source: Source) -> list[Environment]:
    """All environments that a source lists.

    :raises SettingsError: one line, which begins with the path of the option that describes the source.
    """
    try:
        api = _Api(source)
        try:
            return api.cluster() if source.kind == "managed" else api.account()
        finally:
            api.close()
    except SettingsError as error:
        _explain(error, source)
        raise


def _explain(error: SettingsError, source: Source) -> None:
    token, scope, path = _HINTS[source.kind]
    hint = error.hint_text(Names({"environment_url": "url"}))
    # A refusal of the token service has its own hint.
    if isinstance(error, TokenRejected) and not isinstance(error, ClientRefused):
        hint = token
    elif isinstance(error, PermissionMissing):
        hint = scope
    elif isinstance(error, (NotFound, OtherServer)):
        hint = path
    elif isinstance(error, Throttled):
        hint = "Raise retry_timeout."
    error.advise(hint)
    error.message = f"{source.where}: {error.message}"


class _Api:
    """A connection with one source."""

    def __init__(self, source: Source) -> None:
        self._source = source
        self._base = source.connection.base_url
        self._redactor = Redactor(source.connection.secrets)
        self._transport = Transport(source.connection, redact=self._redact)
        self._authorized: Authorization | None = None

    def close(self) -> None:
        """Close the connection."""
        self._transport.close()

    def cluster(self) -> list[Environment]:
        """Page by page. A page that shifted meanwhile repeats an environment and lacks another: all are read again."""

        def get(params: Mapping[str, str]) -> Page:
            return self._page(self._get("/api/cluster/v2/environments", params), "environments")

        listing = Listing("environments", self._base, LIMIT, "id")

        def pause(seconds: float) -> bool:
            return self._transport.patience.pause(seconds, "an incomplete list")

        found = read_whole(get, {"pageSize": PAGE_SIZE, "sort": "name"}, listing, pause)
        return [self._managed(item) for item in found]

    def account(self) -> list[Environment]:
        """In one answer, there are no pages."""
        reply = self._get(f"/env/v2/accounts/{self._source.account}/environments", {})
        listing = Listing("environments", self._base, LIMIT, "id")
        found = read_whole(lambda _params: self._page(reply, "data"), {}, listing, lambda _seconds: False)
        return [self._saas(item) for item in found]

    def _get(self, path: str, params: Mapping[str, str]) -> Reply:
        if self._authorized is None:
            self._authorized = self._source.connection.credentials.authorize(self._transport, self._redact)
            self._redactor = Redactor([*self._source.connection.secrets, *self._authorized.secrets])
        headers = {"Authorization": self._authorized.header}
        reply = self._transport.send("GET", self._base + path, headers=headers, params=params)
        status = status_of(reply.status, reply.body)
        if status >= 400:
            raise self._refused(status, reply.body)
        return reply

    def _redact(self, text: str) -> str:
        return self._redactor(text)

    def _refused(self, status: int, body: Any) -> ApiError:
        failure = api_error(status, body, environment=self._base, write=False, redact=self._redact)
        waited = self._transport.patience.waited
        if waited:
            failure.message += f" Waited {waited:.1f} s."
        return failure

    def _page(self, reply: Reply, key: str) -> Page:
        try:
            return page_of(reply.body, reply.size, key, "a list of environments", self._check)
        except WrongForm as error:
            hint = _HINTS[self._source.kind][2]
            raise UnexpectedAnswer(f"{self._base} responded with {error}.", hint=hint) from None

    def _check(self, item: dict[str, Any]) -> None:
        # It becomes part of an address and the name of a host, so it must look like an id.
        found = item.get("id")
        if not isinstance(found, str) or not _ID.fullmatch(found):
            raise UnexpectedAnswer(f"{self._base} lists an environment without a usable ID.")

    def _managed(self, item: Mapping[str, Any]) -> Environment:
        state, tags, shown = item.get("state"), item.get("tags"), None
        state = state.lower() if isinstance(state, str) and _STATE.fullmatch(state) else None
        if isinstance(tags, list):
            shown = tuple(_shown(tag) for tag in tags[:_MOST_TAGS] if isinstance(tag, str))
        return self._environment(item, f"{self._base}/e/{item['id']}", state=state, tags=shown)

    def _saas(self, item: Mapping[str, Any]) -> Environment:
        url, active = item.get("url"), item.get("active")
        url = url.strip().rstrip("/") if isinstance(url, str) else ""
        if connection_problems(Connection(url, AccessToken("none"))):
            raise UnexpectedAnswer(f"{self._base} lists the environment {item['id']} without a usable address.")
        state = {True: "enabled", False: "disabled"}.get(active) if isinstance(active, bool) else None
        return self._environment(item, url, state=state)

    def _environment(self, item: Mapping[str, Any], url: str, **more: Any) -> Environment:
        name = item.get("name")
        return Environment(
            id=item["id"],
            url=url,
            name=_shown(name) or None if isinstance(name, str) else None,
            kind=self._source.kind,
            source=self._source.title,
            **more,
        )


def _shown(text: str) -> str:
    return one_line(text)[:_LONGEST_TEXT]
