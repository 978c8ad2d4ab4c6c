# Copyright (c) 2026, community.dynatrace contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""``/settings/objects``."""

from __future__ import annotations

import base64
import json
from collections.abc import Mapping
from typing import Any

from . import writes
from .errors import ApiError, Violation, body_error, not_found, query_error
from .published import session_exports
from .requests import READ, WRITE, ApiRequest, ApiResponse
from .serializers import DEFAULT_LIST_FIELDS, FIELDS, shown
from .state import StoredObject

_MAX_PAGE = 500
_LIST_PARAMETERS = ("schemaIds", "scopes", "externalIds", "fields", "filter", "sort", "pageSize", "adminAccess")
_SORTABLE = {"created": "created", "modified": "modified", "createdBy": "created_by", "modifiedBy": "modified_by"}


def list_objects(request: ApiRequest) -> ApiResponse:
    request.token(READ)
    page_key = request.one("nextPageKey")
    if page_key is not None:
        mixed = [name for name, _value in request.query if name not in ("nextPageKey", "api-token", "Api-Token")]
        if mixed:
            text = "must not be used in combination with nextPageKey query parameter."
            raise ApiError(400, "Constraints violated.", tuple(Violation(name, text, None) for name in mixed))
        asked, start = _read_page_key(page_key)
    else:
        asked, start = {name: request.one(name) for name in _LIST_PARAMETERS}, 0
    found, fields, size = _selected(request, asked)
    page = found[start : start + size]
    content: dict[str, Any] = {
        "items": [shown(request.environment, item, fields) for item in page],
        "totalCount": len(found),
        "pageSize": size,
    }
    if start + size < len(found):
        content["nextPageKey"] = _page_key(asked, start + size)
    return ApiResponse(200, content)


def _selected(request: ApiRequest, asked: Mapping[str, str | None]) -> tuple[list[StoredObject], tuple[str, ...], int]:
    schema_ids, scopes, external_ids = (_split(asked.get(name)) for name in ("schemaIds", "scopes", "externalIds"))
    if schema_ids is None and scopes is None:
        raise query_error("schemaIds", "either schemaIds or scopes must be given.")
    for schema_id in schema_ids or ():
        if request.environment.schema(schema_id) is None:
            raise ApiError(404, f"No schema with topic identifier '{schema_id}'")
    if any(len(external_id) > writes.MAX_EXTERNAL_ID for external_id in external_ids or ()):
        raise query_error("externalIds", f"size must be between 1 and {writes.MAX_EXTERNAL_ID}.")
    fields = tuple(_split(asked.get("fields")) or DEFAULT_LIST_FIELDS)
    for field in fields:
        if field not in FIELDS:
            raise query_error("fields", f"unknown field {field}.")
    wanted = None if scopes is None else {"environment" if scope == "tenant" else scope for scope in scopes}
    found = [
        item
        for item in request.environment.objects.values()
        if (schema_ids is None or item.schema_id in schema_ids)
        and (wanted is None or item.scope in wanted)
        and (external_ids is None or item.external_id in external_ids)
        # An object whose schema this environment does not have (any more) is not to be seen.
        and request.environment.schema(item.schema_id) is not None
    ]
    if asked.get("filter"):
        raise query_error("filter", "is not supported by the simulator.")
    return _sorted(found, asked.get("sort")), fields, _page_size(asked.get("pageSize"))


def _sorted(found: list[StoredObject], sort: str | None) -> list[StoredObject]:
    for part in reversed(_split(sort) or []):
        name = part.lstrip("+-")
        if name not in _SORTABLE:
            raise query_error("sort", f"{name}: is not supported by the simulator.")
        found = sorted(found, key=lambda item: getattr(item, _SORTABLE[name]), reverse=part.startswith("-"))
    return found


def _page_size(data: str | None) -> int:
    if data is None:
        return 100
    if not data.isascii() or not data.isdigit() or not 1 <= int(data) <= _MAX_PAGE:
        raise query_error("pageSize", f"must be between 1 and {_MAX_PAGE}.")
    return int(data)


def _split(data: str | None) -> list[str] | None:
    return [part for part in data.split(",") if part] if data else None


def _page_key(asked: Mapping[str, str | None], start: int) -> str:
    return base64.urlsafe_b64encode(json.dumps([dict(asked), start]).encode()).decode()


def _read_page_key(key: str) -> tuple[dict[str, str | None], int]:
    try:
        asked, start = json.loads(base64.urlsafe_b64decode(key))
        return {str(name): value for name, value in asked.items()}, max(0, int(start))
    except (ValueError, TypeError, AttributeError):
        raise query_error("nextPageKey", "is not valid.") from None


def get_object(request: ApiRequest) -> ApiResponse:
    request.token(READ)
    item = writes.find(request.environment, request.parameters["object_id"])
    if item is None or request.environment.schema(item.schema_id) is None:
        raise not_found()
    return ApiResponse(200, shown(request.environment, item))


def post_objects(request: ApiRequest) -> ApiResponse:
    token = request.token(WRITE)
    items = request.json()
    if not isinstance(items, list) or not items or not all(isinstance(item, dict) for item in items):
        raise body_error("Could not map JSON: an array of settings objects is expected.")
    exports = sum(1 for item in items if item.get("schemaId") == session_exports.SCHEMA_ID)
    options = _options(request, token.author)
    answers = [_created(request, index, item, exports <= 1, options) for index, item in enumerate(items)]
    codes = {answer["code"] for answer in answers}
    return ApiResponse(codes.pop() if len(codes) == 1 else 207, answers)


_POST_KEYS = {"schemaId", "scope", "value", "schemaVersion", "externalId", "objectId", "insertAfter"}


def _created(
    request: ApiRequest, index: int, data: dict[str, Any], alone: bool, options: writes.Options
) -> dict[str, Any]:
    """One item; those before it stay, whatever becomes of this one."""
    try:
        unknown = sorted(set(data) - _POST_KEYS)
        if unknown:
            raise ApiError(400, f"Unrecognized field: {', '.join(unknown)}", echo="value")
        item = writes.create(request.environment, data, alone, options)
    except ApiError as error:
        return _item_answer(error, f"{data.get('schemaId')}/{index}", data.get("value"))
    return {"code": 200} if item is None else {"code": 200, "objectId": item.id}


def put_object(request: ApiRequest) -> ApiResponse:
    # "The settings.read scope is required as well."
    token = request.token(WRITE, READ)
    data = request.json()
    if not isinstance(data, dict):
        raise body_error("Could not map JSON: a settings object is expected.")
    options = _options(request, token.author)
    try:
        item = writes.update(request.environment, request.parameters["object_id"], data, options)
        content: dict[str, Any] = {"code": 200} if options.validate_only else {"code": 200, "objectId": item.id}
        status = 200
    except ApiError as error:
        known = writes.find(request.environment, request.parameters["object_id"])
        content = _item_answer(error, f"{known.schema_id}/0" if known else "", data.get("value"))
        status = error.status
    return ApiResponse(status, [content] if request.environment.flags.put_answer == "array" else content)


def delete_object(request: ApiRequest) -> ApiResponse:
    request.token(WRITE)
    try:
        writes.delete(request.environment, request.parameters["object_id"], request.one("updateToken"))
    except ApiError as error:
        return ApiResponse(error.status, _item_answer(error, "", None))
    return ApiResponse(204)


def _options(request: ApiRequest, author: str) -> writes.Options:
    return writes.Options(author, validate_only=request.flag("validateOnly"), repair=request.flag("repairInput"))


def _item_answer(error: ApiError, prefix: str, value: Any) -> dict[str, Any]:
    content: dict[str, Any] = {"code": error.status, "error": error.error(prefix)}
    if error.echo == "value":
        content["invalidValue"] = value  # the payload as it was sent, secrets and all: observed
    elif error.echo == "empty":
        content["invalidValue"] = {}
    return content
