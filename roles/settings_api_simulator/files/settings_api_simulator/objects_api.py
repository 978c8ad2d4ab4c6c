# Copyright (c) 2026, community.dynatrace contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""``/settings/objects``."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from . import filtering, writes
from .access import Viewer
from .behavior_flags import BehaviorFlags
from .errors import ApiError, body_error, not_found, query_error
from .paging import Parameters, fields_of, first_or_next, next_key, page_size, split
from .published import session_exports
from .requests import READ, WRITE, ApiRequest, ApiResponse
from .scopes import known_scope, normalized
from .serializers import DEFAULT_LIST_FIELDS, FIELDS, get_fields, shown, shown_value
from .state import StoredObject
from .tokens import Token

_LIST_PARAMETERS = ("schemaIds", "scopes", "externalIds", "fields", "filter", "sort", "pageSize", "adminAccess")
_COMPARABLE = ("created", "modified", "createdBy", "modifiedBy", "author")


def list_objects(request: ApiRequest) -> ApiResponse:
    token = request.token(READ)
    parameters, start = first_or_next(request, _LIST_PARAMETERS)
    found, fields, size = _selected(request, token, parameters)
    fault, end = request.fault, start + size
    if fault is not None and fault.action == "stale_list":
        # A node of the cluster that does not know the newest objects yet.
        newest = sorted(found, key=lambda item: item.created)[-fault.items :]
        found = [item for item in found if item not in newest]
    total = len(found)
    if fault is not None and fault.action == "empty_page" and start < total:
        page, end = [], start
    elif fault is not None and fault.action == "overlap":
        # An object was added in front of the page meanwhile: what was the last of one page begins the next one.
        page = found[max(0, start - fault.items) : max(0, start - fault.items) + size]
        end = max(0, start - fault.items) + size
    else:
        page = found[start:end]
    viewer = request.viewer(token)
    content: dict[str, Any] = {
        "items": [shown(request.environment, item, fields, viewer) for item in page],
        "totalCount": total,
        "pageSize": size,
    }
    if end < total:
        content["nextPageKey"] = next_key(parameters, end)
    return ApiResponse(200, content)


def _selected(
    request: ApiRequest, token: Token, parameters: Parameters
) -> tuple[list[StoredObject], tuple[str, ...], int]:
    environment = request.environment
    schema_ids, scopes, external_ids = (split(parameters.get(name)) for name in ("schemaIds", "scopes", "externalIds"))
    if schema_ids is None and scopes is None:
        raise query_error("schemaIds", "either schemaIds or scopes must be given.")
    for schema_id in schema_ids or ():
        if environment.schema(schema_id) is None:
            raise ApiError(404, f"No schema with topic identifier '{schema_id}'")
    request.check_schemas(token, READ, schema_ids or ())
    if any(len(external_id) > writes.MAX_EXTERNAL_ID for external_id in external_ids or ()):
        raise query_error("externalIds", f"size must be between 1 and {writes.MAX_EXTERNAL_ID}.")
    check_scopes(request, scopes or ())
    expected = None if scopes is None else {normalized(scope) for scope in scopes}
    fields = fields_of(parameters.get("fields"), FIELDS, DEFAULT_LIST_FIELDS)
    viewer = request.viewer(token)
    found = [
        item
        for item in environment.objects.values()
        if (schema_ids is None or item.schema_id in schema_ids)
        and (expected is None or item.scope in expected)
        and (external_ids is None or item.external_id in external_ids)
        # An object whose schema this environment does not have (any more) is not to be seen.
        and environment.schema(item.schema_id) is not None
        and (token.schemas is None or item.schema_id in token.schemas)
        and viewer.may_read(item)
    ]
    return _filtered(request, found, fields, parameters), fields, page_size(parameters.get("pageSize"))


def check_scopes(request: ApiRequest, scopes: Sequence[str]) -> None:
    """:raises ApiError: a scope that this environment does not know."""
    environment = request.environment
    for scope in scopes:
        schemas = (schema for schema in map(environment.schema, environment.schema_ids()) if schema is not None)
        if not known_scope(normalized(scope), schemas):
            # The text is made up; that it is a 404 is documented.
            raise ApiError(404, f"Scope {scope} does not exist.")


def _filtered(
    request: ApiRequest, found: list[StoredObject], fields: tuple[str, ...], parameters: Parameters
) -> list[StoredObject]:
    """What ``filter`` lets through, as ``sort`` orders it. Only fields that are asked for can be used."""

    def look(item: StoredObject, name: str) -> Any:
        if name in _COMPARABLE:
            return shown(request.environment, item, (name,)).get(name)
        # Secrets are compared as they are shown.
        part: Any = shown_value(request.environment, request.environment.schema(item.schema_id), item)
        for step in name.split(".")[1:]:
            part = part.get(step) if isinstance(part, dict) else None
        return part

    def checker(parameter: str) -> Any:
        def check(name: str) -> None:
            if name not in _COMPARABLE and not name.startswith("value."):
                raise query_error(parameter, f"{name} is not supported.")
            if name.partition(".")[0] not in fields:
                raise query_error(parameter, f"{name} must be among the fields of the response.")

        return check

    text = parameters.get("filter")
    if text:
        condition = filtering.parse(text, checker("filter"))
        found = [item for item in found if condition(lambda name, item=item: look(item, name))]  # type: ignore[misc]
    return filtering.in_order(found, parameters.get("sort"), checker("sort"), look)


def get_object(request: ApiRequest) -> ApiResponse:
    token = request.token(READ)
    viewer = request.viewer(token)
    item = writes.find(request.environment, request.parameters["object_id"], viewer)
    if item is None or request.environment.schema(item.schema_id) is None:
        raise not_found()
    request.check_schemas(token, READ, [item.schema_id])
    return ApiResponse(200, shown(request.environment, item, get_fields(request.environment, item), viewer))


def post_objects(request: ApiRequest) -> ApiResponse:
    token = request.token(WRITE)
    items = request.json()
    if not isinstance(items, list) or not items or not all(isinstance(item, dict) for item in items):
        raise body_error("Could not map JSON: an array of settings objects is expected.")
    request.check_schemas(token, WRITE, [str(item.get("schemaId")) for item in items])
    exports = sum(1 for item in items if item.get("schemaId") == session_exports.SCHEMA_ID)
    options = _options(request, token)
    answers = [_created(request, item, exports <= 1, options) for item in items]
    codes = {answer["code"] for answer in answers}
    return ApiResponse(codes.pop() if len(codes) == 1 else 207, answers)


_POST_KEYS = {"schemaId", "scope", "value", "schemaVersion", "externalId", "objectId", "insertAfter"}


def _created(request: ApiRequest, data: dict[str, Any], alone: bool, options: writes.Options) -> dict[str, Any]:
    """One item; those before it stay, whatever becomes of this one."""
    try:
        unknown = sorted(set(data) - _POST_KEYS)
        if unknown:
            raise ApiError(400, f"Unrecognized field: {', '.join(unknown)}", echo="value")
        item = writes.create(request.environment, data, alone, options)
    except ApiError as error:
        # Observed: the index is 0 in the paths of every item.
        return _item_answer(error, f"{data.get('schemaId')}/0", data.get("value"), request.environment.flags)
    return {"code": 200} if item is None else {"code": 200, "objectId": item.id}


def put_object(request: ApiRequest) -> ApiResponse:
    # "The settings.read scope is required as well."
    token = request.token(WRITE, READ)
    data = request.json()
    if not isinstance(data, dict):
        raise body_error("Could not map JSON: a settings object is expected.")
    environment, object_id = request.environment, request.parameters["object_id"]
    options = _options(request, token)
    known = writes.find(environment, object_id, options.viewer)
    request.check_schemas(token, WRITE, [known.schema_id] if known else [])
    try:
        item = writes.update(environment, object_id, data, options)
        content: dict[str, Any] = {"code": 200} if options.validate_only else {"code": 200, "objectId": item.id}
        status = 200
    except ApiError as error:
        if error.status == 403:
            raise
        prefix = f"{known.schema_id}/0" if known else ""
        content = _item_answer(error, prefix, data.get("value"), environment.flags)
        status = error.status
    return ApiResponse(status, [content] if environment.flags.put_answer == "array" else content)


def delete_object(request: ApiRequest) -> ApiResponse:
    token = request.token(WRITE)
    environment, object_id = request.environment, request.parameters["object_id"]
    options = _options(request, token)
    known = writes.find(environment, object_id, options.viewer)
    request.check_schemas(token, WRITE, [known.schema_id] if known else [])
    try:
        writes.delete(environment, object_id, request.one("updateToken"), options)
    except ApiError as error:
        if error.status == 403:
            raise
        return ApiResponse(error.status, _item_answer(error, "", None, environment.flags))
    return ApiResponse(204)


def _options(request: ApiRequest, token: Token) -> writes.Options:
    viewer: Viewer = request.viewer(token)
    validate_only, repair = request.flag("validateOnly"), request.flag("repairInput")
    return writes.Options(token.author, validate_only=validate_only, repair=repair, viewer=viewer)


def _item_answer(error: ApiError, prefix: str, value: Any, flags: BehaviorFlags) -> dict[str, Any]:
    dotted = flags.violation_paths == "dotted"
    content: dict[str, Any] = {"code": error.status, "error": error.error(prefix, dotted)}
    if error.echo == "value":
        content["invalidValue"] = value  # the payload as it was sent, secrets and all: observed
    elif error.echo == "empty":
        content["invalidValue"] = {}
    return content
