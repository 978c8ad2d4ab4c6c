# Copyright (c) 2026, community.dynatrace contributors
# SPDX-License-Identifier: BSD-2-Clause

"""Asking an API for its environments: Managed Cluster API v2 and Account Management API v2. Facts: settings-api 5."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from .._settings_api.connection import AccessToken, Connection, OAuthClient, connection_problems
from .._settings_api.errors import (
    ApiError,
    NotFound,
    PermissionMissing,
    SettingsError,
    Throttled,
    TokenRejected,
    UnexpectedAnswer,
)
from .._settings_api.oauth import fetch_token, own_secrets
from .._settings_api.responses import api_error, one_line, status_of
from .._settings_api.secrets import Redactor
from .._settings_api.transport import Transport
from .environment import Environment
from .wanted import Source

# The largest that is documented.
PAGE_SIZE = "1000"
_MAX_PAGES = 1000
_LONGEST_TEXT = 300
_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,199}")
_STATE = re.compile(r"[A-Za-z_]{1,40}")

# By kind of source: what to do about a refused token, a missing scope, and a path that is not there.
_HINTS = {
    "managed": (
        "Is it a token of the cluster (not of an environment), not expired, and enabled?",
        "Give the cluster token the scope ServiceProviderAPI (Service Provider API).",
        "Is url the address of a Managed cluster?",
    ),
    "saas": (
        "Is the OAuth client one of this account?",
        "Give the OAuth client the scope account-env-read.",
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
    # A refusal of the token service has a hint of its own.
    if isinstance(error, TokenRejected) and "oauth_" not in error.hint:
        error.hint = token
    elif isinstance(error, PermissionMissing):
        error.hint = scope
    elif isinstance(error, NotFound):
        error.hint = path
    elif isinstance(error, Throttled):
        error.hint = "Raise retry_timeout."
    elif "base URL of an environment" in error.hint:
        error.hint = path
    error.hint = error.hint.replace("environment_url", "url")
    error.message = f"{source.where}: {error.message}"


class _Api:
    """A connection with one source."""

    def __init__(self, source: Source) -> None:
        self._source = source
        self._base = source.connection.base_url
        self._transport = Transport(source.connection)
        self._redact = Redactor(own_secrets(source.connection))
        self._headers: dict[str, str] = {}

    def close(self) -> None:
        """Close the connection."""
        self._transport.close()

    def cluster(self) -> list[Environment]:
        """Page by page. A page that shifted meanwhile may repeat an environment: it is taken once."""
        params = {"pageSize": PAGE_SIZE, "sort": "name"}
        found: dict[str, Environment] = {}
        seen = set()
        for _page in range(_MAX_PAGES):
            body = self._get("/api/cluster/v2/environments", params)
            for item in self._list(body, "environments"):
                one = self._managed(item)
                found.setdefault(one.id, one)
            following = body.get("nextPageKey")
            if not following:
                return list(found.values())
            if following in seen:
                break
            seen.add(following)
            # Beside it every other parameter must be left out.
            params = {"nextPageKey": str(following)}
        raise UnexpectedAnswer(f"{self._base} has no last page of environments.")

    def account(self) -> list[Environment]:
        """In one answer, there are no pages."""
        body = self._get(f"/env/v2/accounts/{self._source.account}/environments", {})
        return [self._saas(item) for item in self._list(body, "data")]

    def _get(self, path: str, params: Mapping[str, str]) -> Mapping[str, Any]:
        if not self._headers:
            self._headers = {"Authorization": self._authorization()}
        reply = self._transport.send("GET", self._base + path, headers=self._headers, params=params)
        status = status_of(reply.status, reply.body)
        if status >= 400:
            raise self._refused(status, reply.body)
        if not isinstance(reply.body, Mapping):
            raise self._wrong_shape()
        return reply.body

    def _refused(self, status: int, body: Any) -> ApiError:
        failure = api_error(status, body, environment=self._base, write=False, redact=self._redact)
        waited = self._transport.patience.waited
        if waited:
            failure.message += f" Waited {waited:.1f} s."
        return failure

    def _authorization(self) -> str:
        credentials = self._source.connection.credentials
        if isinstance(credentials, OAuthClient):
            token, _ends = fetch_token(self._transport, credentials, self._redact)
            self._redact = Redactor([*own_secrets(self._source.connection), token])
            return f"Bearer {token}"
        return f"Api-Token {credentials.token}"

    def _list(self, body: Mapping[str, Any], name: str) -> list[Mapping[str, Any]]:
        items = body.get(name)
        if not isinstance(items, list) or not all(isinstance(item, Mapping) for item in items):
            raise self._wrong_shape()
        return items

    def _managed(self, item: Mapping[str, Any]) -> Environment:
        state = item.get("state")
        tags = item.get("tags")
        name = self._id(item)
        return self._environment(
            item,
            f"{self._base}/e/{name}",
            state=state.lower() if isinstance(state, str) and _STATE.fullmatch(state) else None,
            tags=tuple(_shown(tag) for tag in tags if isinstance(tag, str)) if isinstance(tags, list) else None,
        )

    def _saas(self, item: Mapping[str, Any]) -> Environment:
        url, active = item.get("url"), item.get("active")
        url = url.strip().rstrip("/") if isinstance(url, str) else ""
        if connection_problems(Connection(url, AccessToken("none"))):
            raise UnexpectedAnswer(f"{self._base} lists the environment {self._id(item)} without a usable address.")
        state = {True: "enabled", False: "disabled"}.get(active) if isinstance(active, bool) else None
        return self._environment(item, url, state=state)

    def _environment(self, item: Mapping[str, Any], url: str, **more: Any) -> Environment:
        name = item.get("name")
        return Environment(
            id=self._id(item),
            url=url,
            name=_shown(name) or None if isinstance(name, str) else None,
            kind=self._source.kind,
            source=self._source.title,
            **more,
        )

    def _id(self, item: Mapping[str, Any]) -> str:
        # It becomes part of an address and the name of a host, so it must look like an id.
        found = item.get("id")
        if not isinstance(found, str) or not _ID.fullmatch(found):
            raise UnexpectedAnswer(f"{self._base} lists an environment without a usable id.")
        return found

    def _wrong_shape(self) -> UnexpectedAnswer:
        hint = _HINTS[self._source.kind][2]
        return UnexpectedAnswer(f"{self._base} answered with JSON that is not a list of environments.", hint=hint)


def _shown(text: str) -> str:
    return one_line(text)[:_LONGEST_TEXT]
