# Copyright (c) 2026, community.dynatrace contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""``/settings/history``: who changed what, and when."""

from __future__ import annotations

import json
import re
from datetime import datetime
from functools import partial
from typing import Any

from . import filtering, secrets
from .errors import ApiError, query_error
from .history import Revision
from .paging import fields_of, first_or_next, next_key, page_size, split
from .requests import READ, ApiRequest, ApiResponse
from .scopes import normalized
from .serializers import iso, summary

FIELDS = (
    "revision", "jsonPatch", "jsonBefore", "jsonAfter", "objectId", "type", "schemaId", "schemaVersion",
    "schemaDisplayName", "modificationInfo", "summary", "source", "appId", "ownerBefore", "ownerAfter",
)  # fmt: skip
_PARAMETERS = ("schemaId", "scope", "filter", "sort", "fields", "pageSize", "adminAccess")
_TIME = "modificationInfo.lastModifiedTime"
_BOUND = re.compile(r"modificationInfo\.lastModifiedTime\s*(<=|>=|<|>|=)\s*'([^']*)'")
_DAY = 24 * 60 * 60 * 1000


def list_history(request: ApiRequest) -> ApiResponse:
    """Without a filter: the last two weeks."""
    token = request.token(READ)
    parameters, start = first_or_next(request, _PARAMETERS)
    scope, schema_ids = parameters.get("scope"), split(parameters.get("schemaId"))
    if not scope:
        raise query_error("scope", "must not be null.")
    if schema_ids is not None and len(schema_ids) > 1 and not request.platform:
        raise query_error("schemaId", "takes one schema.")
    for schema_id in schema_ids or ():
        if request.environment.schema(schema_id) is None:
            raise ApiError(404, f"No schema with topic identifier '{schema_id}'")
    request.check_schemas(token, READ, schema_ids or ())
    fields = fields_of(parameters.get("fields"), FIELDS, ("revision", "modificationInfo"))
    size = page_size(parameters.get("pageSize"))
    text = parameters.get("filter") or ""
    if " or " in text or "not " in text:
        raise query_error("filter", "fields can only be combined with and.")
    condition = filtering.parse(text, partial(_check, "filter")) if text else None
    oldest, newest = _range(text, request.environment.history.now)
    viewer = request.viewer(token)
    items = request.environment.objects
    found = [
        entry
        for entry in request.environment.history.entries
        if entry.scope == normalized(scope)
        and (schema_ids is None or entry.schema_id in schema_ids)
        and request.environment.schema(entry.schema_id) is not None
        and oldest <= entry.time <= newest
        and (entry.uid not in items or viewer.may_read(items[entry.uid]))
        and (condition is None or condition(partial(_look, entry)))
    ]
    found = filtering.in_order(found, parameters.get("sort") or f"-{_TIME}", partial(_check, "sort"), _look)
    content: dict[str, Any] = {
        "items": [_shown(request, entry, fields) for entry in found[start : start + size]],
        "startTime": iso(oldest),
        "endTime": iso(newest),
        "pageSize": size,
    }
    if start + size < len(found):
        content["nextPageKey"] = next_key(parameters, start + size)
    return ApiResponse(200, content)


def _range(text: str, now: int) -> tuple[int, int]:
    """The time that a request is about: the last two weeks without a filter; an open end is completed."""
    oldest, newest = now - (365 if text else 14) * _DAY, now
    for sign, moment in _BOUND.findall(text):
        try:
            milliseconds = int(datetime.fromisoformat(moment.replace("Z", "+00:00")).timestamp() * 1000)
        except ValueError:
            raise query_error("filter", f"{moment} is not a time.") from None
        oldest = milliseconds if sign in (">", ">=", "=") else oldest
        newest = milliseconds if sign in ("<", "<=", "=") else newest
    return oldest, newest


def _check(parameter: str, name: str) -> None:
    if name != _TIME and (name != "objectId" or parameter == "sort"):
        raise query_error(parameter, f"{name} is not supported.")


def _look(entry: Revision, name: str) -> Any:
    return entry.object_id if name == "objectId" else entry.time


def _shown(request: ApiRequest, entry: Revision, fields: tuple[str, ...]) -> dict[str, Any]:
    schema = request.environment.schema(entry.schema_id)
    assert schema is not None
    # Whether secrets are masked in a history is not known; they are.
    mask = partial(request.environment.flags.mask_of, entry.uid)
    before, after = (
        None if value is None else secrets.masked(schema, value, mask) for value in (entry.before, entry.after)
    )
    # A patch may be as coarse as this one, which replaces the whole.
    patch = [{"op": "replace", "path": "", "value": after}] if entry.kind == "UPDATE" else None
    content = {
        "revision": entry.revision,
        "jsonPatch": patch,
        "jsonBefore": None if before is None else json.dumps(before),
        "jsonAfter": None if after is None else json.dumps(after),
        "objectId": entry.object_id,
        "type": entry.kind,
        "schemaId": entry.schema_id,
        "schemaVersion": entry.schema_version,
        "schemaDisplayName": schema.raw.get("displayName"),
        "modificationInfo": {"lastModifiedBy": entry.author, "lastModifiedTime": iso(entry.time)},
        "summary": summary(schema, after or before or {}),
        "source": entry.source,
        "appId": None,
        "ownerBefore": None if entry.owner_before is None else {"type": "user", "id": entry.owner_before},
        "ownerAfter": None if entry.owner_after is None else {"type": "user", "id": entry.owner_after},
    }
    return {field: content[field] for field in fields if content[field] is not None or field.startswith("json")}
