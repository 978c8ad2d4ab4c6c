# Copyright (c) 2026, community.dynatrace contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""``/settings/effectiveValues``: what holds at a scope, with defaults where nothing is stored."""

from __future__ import annotations

from typing import Any

from .errors import ApiError, query_error
from .ids import ENVIRONMENT_SCOPE
from .interpreter import Schema
from .interpreter.leaves import default_value
from .objects_api import check_scopes
from .paging import fields_of, first_or_next, next_key, page_size, split
from .requests import READ, ApiRequest, ApiResponse
from .scopes import normalized
from .serializers import shown
from .state import StoredObject

FIELDS = (
    "summary", "searchSummary", "created", "modified", "createdBy", "modifiedBy", "author", "origin", "schemaId",
    "schemaVersion", "value", "externalId",
)  # fmt: skip
_PARAMETERS = ("schemaIds", "scope", "fields", "pageSize", "adminAccess")


def list_values(request: ApiRequest) -> ApiResponse:
    """Objects of the scope; else those of the environment; else the default value, if there can be one object only."""
    token = request.token(READ)
    parameters, start = first_or_next(request, _PARAMETERS)
    environment, scope = request.environment, parameters.get("scope")
    if not scope:
        raise query_error("scope", "must not be null.")
    check_scopes(request, [scope])
    schema_ids = split(parameters.get("schemaIds"))
    for schema_id in schema_ids or ():
        if environment.schema(schema_id) is None:
            raise ApiError(404, f"No schema with topic identifier '{schema_id}'")
    request.check_schemas(token, READ, schema_ids or ())
    viewer = request.viewer(token)
    fields = fields_of(parameters.get("fields"), FIELDS, ("origin", "value"))
    size = page_size(parameters.get("pageSize"))
    items: list[dict[str, Any]] = []
    for schema_id in schema_ids or environment.schema_ids():
        schema = environment.schema(schema_id)
        if schema is None:
            continue
        found, origin = _found(request, schema, normalized(scope))
        if found:
            plain = tuple(field for field in fields if field != "origin")
            shown_items = [shown(environment, item, plain, viewer) for item in found if viewer.may_read(item)]
            items += [{**({"origin": origin} if "origin" in fields else {}), **item} for item in shown_items]
        elif not schema.multi_object:
            items.append(_default(schema, fields))
    content: dict[str, Any] = {"items": items[start : start + size], "totalCount": len(items), "pageSize": size}
    if start + size < len(items):
        content["nextPageKey"] = next_key(parameters, start + size)
    return ApiResponse(200, content)


def _found(request: ApiRequest, schema: Schema, scope: str) -> tuple[list[StoredObject], str]:
    # Groups of hosts and the like stand between the two; entities are not simulated.
    for one in dict.fromkeys((scope, ENVIRONMENT_SCOPE)):
        found = request.environment.of_schema(schema.id, one)
        if found:
            return found, one
    return [], ""


def _default(schema: Schema, fields: tuple[str, ...]) -> dict[str, Any]:
    name = str(schema.raw.get("displayName") or schema.id)
    content = {
        "origin": "default",
        "summary": name,
        "searchSummary": name,
        "schemaId": schema.id,
        "schemaVersion": schema.version,
        "value": default_value(schema),
    }
    return {field: content[field] for field in fields if field in content}
