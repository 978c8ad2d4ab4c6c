# Copyright (c) 2026, community.dynatrace contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Permissions and owners of objects, and what a token may do.

Only objects of schemas with ``ownerBasedAccessControl`` have permissions. What servers answer for others is not
documented; strict: 400.
"""

from __future__ import annotations

from typing import Any

from . import writes
from .errors import ApiError, body_error, not_found
from .requests import READ, SCHEMAS, WRITE, ApiRequest, ApiResponse
from .state import ALL_USERS, StoredObject
from .tokens import CLASSIC_READ, CLASSIC_WRITE, PLATFORM_ADMIN, PLATFORM_READ, PLATFORM_WRITE

_KINDS = ("user", "group")
_ALLOWED = (["r"], ["r", "w"])


def list_permissions(request: ApiRequest) -> ApiResponse:
    """``GET .../permissions``: all but the owner's."""
    item = _object(request, READ)
    return ApiResponse(200, {"accessors": [_accessor(key, item.permissions[key]) for key in item.permissions]})


def add(request: ApiRequest) -> ApiResponse:
    """``POST .../permissions``: one accessor that has none yet."""
    item = _object(request, WRITE)
    data = request.json()
    accessor = data.get("accessor") if isinstance(data, dict) else None
    if not isinstance(accessor, dict):
        raise body_error("Could not map JSON: an accessor and its permissions are expected.")
    key = _key_of(accessor)
    permissions = _permissions(data)
    if key in item.permissions:
        raise ApiError(400, "Permissions of this accessor exist already.")
    item.permissions[key] = permissions
    request.environment.changed()
    return ApiResponse(201, _accessor(key, permissions))


def get_one(request: ApiRequest) -> ApiResponse:
    """``GET .../permissions/all-users`` and ``.../{user|group}/{id}``."""
    item = _object(request, READ)
    key = _key_of_path(request)
    if key not in item.permissions:
        raise not_found()
    return ApiResponse(200, _accessor(key, item.permissions[key]))


def put_one(request: ApiRequest) -> ApiResponse:
    """``PUT``: of an accessor that has permissions."""
    item = _object(request, WRITE)
    key = _key_of_path(request)
    permissions = _permissions(request.json())
    if key not in item.permissions:
        raise not_found()
    item.permissions[key] = permissions
    request.environment.changed()
    return ApiResponse(200, {})


def delete_one(request: ApiRequest) -> ApiResponse:
    """``DELETE``: takes all permissions from an accessor."""
    item = _object(request, WRITE)
    key = _key_of_path(request)
    if key not in item.permissions:
        raise not_found()
    del item.permissions[key]
    request.environment.changed()
    return ApiResponse(204)


ONE = {"GET": get_one, "PUT": put_one, "DELETE": delete_one}


def transfer(request: ApiRequest) -> ApiResponse:
    """``POST ...:transfer-ownership``: by the owner, or with administrative access."""
    item = _object(request, WRITE)
    data = request.json()
    owner = data.get("newOwner") if isinstance(data, dict) else None
    if not isinstance(owner, dict) or owner.get("type") != "user" or not isinstance(owner.get("id"), str):
        raise body_error("newOwner must be a user with an id.")
    if item.owner is not None and not request.viewer(request.token(WRITE)).owns(item):
        raise ApiError(403, "Access denied")
    before, item.owner = item.owner, owner["id"]
    request.environment.history.record(
        "UPDATE", item, request.token(WRITE).author, item.value, item.value, owner_before=before
    )
    request.environment.changed()
    return ApiResponse(204)


def resolve(request: ApiRequest) -> ApiResponse:
    """``POST /settings/effective-permissions:resolve``: whether the token may do something, before it tries."""
    token = request.token(SCHEMAS)
    data = request.json()
    asked = data.get("permissions") if isinstance(data, dict) else None
    if not isinstance(asked, list) or not asked:
        raise body_error("Could not map JSON: a list of permissions is expected.")
    scopes = {PLATFORM_READ: CLASSIC_READ, PLATFORM_WRITE: CLASSIC_WRITE, PLATFORM_ADMIN: PLATFORM_ADMIN}
    found = []
    for one in asked:
        permission = one.get("permission") if isinstance(one, dict) else None
        if permission not in scopes:
            raise body_error(f"permission must be one of {', '.join(scopes)}.")
        context = one.get("context")
        granted = (permission if token.platform else scopes[permission]) in token.scopes
        state = "true" if granted else "false"
        if granted and token.schemas is not None:
            schema_id = context.get("schemaId") if isinstance(context, dict) else None
            state = "condition" if schema_id is None else str(schema_id in token.schemas).lower()
        found.append({"permission": permission, "granted": state, **({"context": context} if context else {})})
    return ApiResponse(200, found)


def _object(request: ApiRequest, right: str) -> StoredObject:
    token = request.token(right)
    viewer = request.viewer(token)
    item = writes.find(request.environment, request.parameters["object_id"], viewer)
    schema = request.environment.schema(item.schema_id) if item is not None else None
    if item is None or schema is None:
        raise not_found()
    request.check_schemas(token, right, [item.schema_id])
    if not schema.raw.get("ownerBasedAccessControl"):
        raise ApiError(400, f"Schema {schema.id} has no owner-based access control.")
    if right == WRITE:
        viewer.check_write(item)
    return item


def _accessor(key: str, permissions: list[str]) -> dict[str, Any]:
    kind, _slash, accessor_id = key.partition("/")
    return {"accessor": {"type": kind, **({"id": accessor_id} if accessor_id else {})}, "permissions": permissions}


def _key_of_path(request: ApiRequest) -> str:
    kind = request.parameters.get("kind")
    if kind is None:
        return ALL_USERS
    if kind not in _KINDS:
        raise not_found()
    return f"{kind}/{request.parameters['accessor']}"


def _key_of(accessor: dict[str, Any]) -> str:
    kind, accessor_id = accessor.get("type"), accessor.get("id")
    if kind == ALL_USERS and accessor_id is None:
        return ALL_USERS
    if kind in _KINDS and isinstance(accessor_id, str) and accessor_id:
        return f"{kind}/{accessor_id}"
    raise body_error("accessor must be all-users, or a user or group with an id.")


def _permissions(data: Any) -> list[str]:
    found = data.get("permissions") if isinstance(data, dict) else None
    if not isinstance(found, list) or not all(isinstance(part, str) for part in found) or sorted(found) not in _ALLOWED:
        raise body_error('permissions must be ["r"] or ["r", "w"].')
    return sorted(found)
