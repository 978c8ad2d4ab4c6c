# Copyright (c) 2026, community.dynatrace contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""``/settings/objects``."""

from __future__ import annotations

import base64
import json
from collections.abc import Mapping
from typing import Any

from . import writes
from .calls import READ, WRITE, Answer, Call
from .errors import ApiError, Violation, body_error, not_found, query_error
from .published import session_exports
from .store import StoredObject
from .views import DEFAULT_LIST_FIELDS, FIELDS, shown

_MAX_PAGE = 500
_LIST_PARAMETERS = ("schemaIds", "scopes", "externalIds", "fields", "filter", "sort", "pageSize", "adminAccess")
_SORTABLE = {"created": "created", "modified": "modified", "createdBy": "created_by", "modifiedBy": "modified_by"}


def list_objects(call: Call) -> Answer:
    call.token(READ)
    page_key = call.one("nextPageKey")
    if page_key is not None:
        mixed = [name for name, _value in call.query if name not in ("nextPageKey", "api-token", "Api-Token")]
        if mixed:
            text = "must not be used in combination with nextPageKey query parameter."
            raise ApiError(400, "Constraints violated.", tuple(Violation(name, text, None) for name in mixed))
        asked, start = _read_page_key(page_key)
    else:
        asked, start = {name: call.one(name) for name in _LIST_PARAMETERS}, 0
    found, fields, size = _selected(call, asked)
    page = found[start : start + size]
    content: dict[str, Any] = {
        "items": [shown(call.environment, item, fields) for item in page],
        "totalCount": len(found),
        "pageSize": size,
    }
    if start + size < len(found):
        content["nextPageKey"] = _page_key(asked, start + size)
    return Answer(200, content)


def _selected(call: Call, asked: Mapping[str, str | None]) -> tuple[list[StoredObject], tuple[str, ...], int]:
    schema_ids, scopes, labels = (_split(asked.get(name)) for name in ("schemaIds", "scopes", "externalIds"))
    if schema_ids is None and scopes is None:
        raise query_error("schemaIds", "either schemaIds or scopes must be given.")
    for schema_id in schema_ids or ():
        if call.environment.schema(schema_id) is None:
            raise ApiError(404, f"No schema with topic identifier '{schema_id}'")
    if any(len(label) > writes.MAX_EXTERNAL_ID for label in labels or ()):
        raise query_error("externalIds", f"size must be between 1 and {writes.MAX_EXTERNAL_ID}.")
    fields = tuple(_split(asked.get("fields")) or DEFAULT_LIST_FIELDS)
    for field in fields:
        if field not in FIELDS:
            raise query_error("fields", f"unknown field {field}.")
    wanted = None if scopes is None else {"environment" if scope == "tenant" else scope for scope in scopes}
    found = [
        item
        for item in call.environment.objects.values()
        if (schema_ids is None or item.schema_id in schema_ids)
        and (wanted is None or item.scope in wanted)
        and (labels is None or item.external_id in labels)
        # An object whose schema this environment does not have (any more) is not to be seen.
        and call.environment.schema(item.schema_id) is not None
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


def _page_size(given: str | None) -> int:
    if given is None:
        return 100
    if not given.isascii() or not given.isdigit() or not 1 <= int(given) <= _MAX_PAGE:
        raise query_error("pageSize", f"must be between 1 and {_MAX_PAGE}.")
    return int(given)


def _split(given: str | None) -> list[str] | None:
    return [part for part in given.split(",") if part] if given else None


def _page_key(asked: Mapping[str, str | None], start: int) -> str:
    return base64.urlsafe_b64encode(json.dumps([dict(asked), start]).encode()).decode()


def _read_page_key(key: str) -> tuple[dict[str, str | None], int]:
    try:
        asked, start = json.loads(base64.urlsafe_b64decode(key))
        return {str(name): value for name, value in asked.items()}, max(0, int(start))
    except (ValueError, TypeError, AttributeError):
        raise query_error("nextPageKey", "is not valid.") from None


def get_object(call: Call) -> Answer:
    call.token(READ)
    item = writes.find(call.environment, call.parameters["object_id"])
    if item is None or call.environment.schema(item.schema_id) is None:
        raise not_found()
    return Answer(200, shown(call.environment, item))


def post_objects(call: Call) -> Answer:
    token = call.token(WRITE)
    items = call.json()
    if not isinstance(items, list) or not items or not all(isinstance(item, dict) for item in items):
        raise body_error("Could not map JSON: an array of settings objects is expected.")
    exports = sum(1 for item in items if item.get("schemaId") == session_exports.SCHEMA_ID)
    options = _options(call, token.author)
    answers = [_created(call, index, item, exports <= 1, options) for index, item in enumerate(items)]
    codes = {answer["code"] for answer in answers}
    return Answer(codes.pop() if len(codes) == 1 else 207, answers)


_POST_KEYS = {"schemaId", "scope", "value", "schemaVersion", "externalId", "objectId", "insertAfter"}


def _created(call: Call, index: int, given: dict[str, Any], alone: bool, options: writes.Options) -> dict[str, Any]:
    """One item; those before it stay, whatever becomes of this one."""
    try:
        unknown = sorted(set(given) - _POST_KEYS)
        if unknown:
            raise ApiError(400, f"Unrecognized field: {', '.join(unknown)}", echo="value")
        item = writes.create(call.environment, given, alone, options)
    except ApiError as error:
        return _item_answer(error, f"{given.get('schemaId')}/{index}", given.get("value"))
    return {"code": 200} if item is None else {"code": 200, "objectId": item.id}


def put_object(call: Call) -> Answer:
    # "The settings.read scope is required as well."
    token = call.token(WRITE, READ)
    given = call.json()
    if not isinstance(given, dict):
        raise body_error("Could not map JSON: a settings object is expected.")
    options = _options(call, token.author)
    try:
        item = writes.update(call.environment, call.parameters["object_id"], given, options)
        content: dict[str, Any] = {"code": 200} if options.validate_only else {"code": 200, "objectId": item.id}
        status = 200
    except ApiError as error:
        known = writes.find(call.environment, call.parameters["object_id"])
        content = _item_answer(error, f"{known.schema_id}/0" if known else "", given.get("value"))
        status = error.status
    return Answer(status, [content] if call.environment.switches.put_answer == "array" else content)


def delete_object(call: Call) -> Answer:
    call.token(WRITE)
    try:
        writes.delete(call.environment, call.parameters["object_id"], call.one("updateToken"))
    except ApiError as error:
        return Answer(error.status, _item_answer(error, "", None))
    return Answer(204)


def _options(call: Call, author: str) -> writes.Options:
    return writes.Options(author, validate_only=call.flag("validateOnly"), repair=call.flag("repairInput"))


def _item_answer(error: ApiError, prefix: str, value: Any) -> dict[str, Any]:
    content: dict[str, Any] = {"code": error.status, "error": error.error(prefix)}
    if error.echo == "value":
        content["invalidValue"] = value  # the payload as it was sent, secrets and all: observed
    elif error.echo == "empty":
        content["invalidValue"] = {}
    return content
