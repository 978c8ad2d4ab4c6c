# Copyright (c) 2026, community.dynatrace contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Schemas, token look-up, the platform's metadata, and OAuth tokens."""

from __future__ import annotations

import base64
import binascii
import time
from collections.abc import Mapping
from datetime import datetime, timezone
from typing import Any
from urllib.parse import parse_qs, unquote_plus

from .errors import ApiError, body_error, query_error
from .ids import new_access_token, token_identifier
from .requests import SCHEMAS, ApiRequest, ApiResponse
from .state import SimulatorState
from .tokens import PLATFORM_APPS, Token

_STUB = {
    "schemaId": "schemaId", "displayName": "displayName", "maturity": "maturity", "latestSchemaVersion": "version",
    "multiObject": "multiObject", "ordered": "ordered", "ownerBasedAccessControl": "ownerBasedAccessControl",
}  # fmt: skip


def list_schemas(request: ApiRequest) -> ApiResponse:
    request.token(SCHEMAS)
    fields = request.listed("fields") or ["schemaId", "displayName", "latestSchemaVersion"]
    for field in fields:
        if field not in _STUB:
            raise query_error("fields", f"unknown field {field}.")
    items = []
    for schema_id in request.environment.schema_ids():
        schema = request.environment.schema(schema_id)
        if schema is not None:
            items.append({field: schema.raw[_STUB[field]] for field in fields if _STUB[field] in schema.raw})
    return ApiResponse(200, {"items": items, "totalCount": len(items)})


def get_schema(request: ApiRequest) -> ApiResponse:
    request.token(SCHEMAS)
    schema_id, version = request.parameters["schema_id"], request.one("schemaVersion")
    schema = request.environment.schema(schema_id, version)
    if schema is None:
        tail = f" with version {version}" if version is not None else ""
        text = f"Configuration schema {schema_id} does not exist{tail}."
        raise ApiError(404, text if version is not None else f"No schema with topic identifier '{schema_id}'")
    return ApiResponse(200, schema.raw)


def lookup_token(request: ApiRequest) -> ApiResponse:
    """What the server knows about a token; any good token may ask."""
    request.token()
    data = request.json()
    text = data.get("token") if isinstance(data, dict) else None
    if not isinstance(text, str):
        raise body_error("Could not map JSON: a token is expected.")
    token = request.state.token(request.environment, text, platform=False)
    if token is None:
        raise ApiError(404, "Token does not exist.")
    content: dict[str, Any] = {
        "id": token_identifier(token.token),
        "name": token.name,
        "enabled": token.enabled,
        "personalAccessToken": False,
        "owner": token.owner or "admin",
        "creationDate": "2026-01-01T00:00:00.000Z",
        "scopes": list(token.scopes),
    }
    if token.expires is not None:
        moment = datetime.fromtimestamp(token.expires, timezone.utc)
        content["expirationDate"] = moment.strftime("%Y-%m-%dT%H:%M:%S.000Z")
    return ApiResponse(200, content)


def classic_domain(request: ApiRequest) -> ApiResponse:
    """The classic address of the environment behind a platform address."""
    token = request.token()
    if PLATFORM_APPS not in token.scopes:
        raise ApiError(403, "Access denied")
    return ApiResponse(200, {"domain": request.base_url})


def current_user(request: ApiRequest) -> ApiResponse:
    """The user behind platform credentials."""
    token = request.token()
    name = token.owner or f"{token.name}@example.com"
    return ApiResponse(200, {"userName": name, "userId": token.user_id, "emailAddress": name})


def oauth_token(state: SimulatorState, headers: Mapping[str, str], body: bytes) -> ApiResponse:
    """The client credentials flow, in the form or by HTTP Basic; errors as RFC 6749 5.2 says."""
    no_store = {"Cache-Control": "no-store"}

    def refused(status: int, error: str, text: str) -> ApiResponse:
        return ApiResponse(status, {"error": error, "error_description": text}, no_store)

    content_type = headers.get("content-type", "")
    if content_type.partition(";")[0].strip().lower() != "application/x-www-form-urlencoded":
        return refused(400, "invalid_request", "a form is expected")
    form = {name: values[-1] for name, values in parse_qs(body.decode("utf-8", "replace")).items()}
    if form.get("grant_type") != "client_credentials":
        return refused(400, "unsupported_grant_type", "only client_credentials is supported")
    basic = _basic_credentials(headers.get("authorization", ""))
    if basic is not None and "client_secret" in form:
        return refused(400, "invalid_request", "the client must use one way to authenticate")
    client_id, secret = basic or (form.get("client_id", ""), form.get("client_secret"))
    client = state.config.oauth_clients.get(client_id)
    if client is None or client.secret != secret or form.get("client_id", client_id) != client_id:
        return refused(401, "invalid_client", "client authentication failed")
    if client.resource is not None and form.get("resource") != client.resource:
        return refused(400, "invalid_target", "the resource is not the client's account")
    scopes = tuple((form.get("scope") or " ".join(client.scopes)).split())
    if not set(scopes) <= set(client.scopes):
        return refused(400, "invalid_scope", "the client does not have the scope")
    lifetime = state.config.oauth_expires_in
    token = Token(
        name=f"oauth {client.client_id}",
        token=new_access_token("oauth"),
        scopes=scopes,
        platform=True,
        expires=time.time() + lifetime,
        owner=client.client_id,
    )
    state.remember_oauth(token)
    content = {
        "token_type": "Bearer",
        "access_token": token.token,
        "expires_in": lifetime,
        "scope": " ".join(scopes),
        "resource": form.get("resource", ""),
    }
    return ApiResponse(200, content, no_store)


def _basic_credentials(header: str) -> tuple[str, str] | None:
    """Name and password of HTTP Basic, both encoded as in a form (RFC 6749 2.3.1)."""
    scheme, _space, text = header.partition(" ")
    if scheme.lower() != "basic":
        return None
    try:
        name, _colon, password = base64.b64decode(text.strip(), validate=True).decode().partition(":")
    except (binascii.Error, ValueError):
        return "", ""
    return unquote_plus(name), unquote_plus(password)
