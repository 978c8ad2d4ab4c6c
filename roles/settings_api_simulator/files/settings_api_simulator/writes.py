# Copyright (c) 2026, community.dynatrace contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""The rules of create, replace, update and delete, one object at a time."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import partial
from typing import Any

from . import secrets
from .access import Viewer
from .errors import ApiError, Violation, body_error, not_found, outdated
from .ids import read_object_id, read_update_token
from .interpreter import Schema
from .positions import position_of
from .published import session_exports
from .scopes import scope_of
from .state import Environment, StoredObject
from .value_checks import referring_object, schema_for_write, value_to_store

MAX_EXTERNAL_ID = 500


@dataclass(frozen=True)
class Options:
    """Query parameters of a write, and who does it."""

    author: str
    validate_only: bool = False
    repair: bool = False
    # Seeds of the control endpoint may be values that no caller could write.
    validate: bool = True
    viewer: Viewer = field(default_factory=Viewer.everything)
    # The UUID of a new object. Empty for any.
    uid: str = ""


def find(environment: Environment, object_id: str, viewer: Viewer | None = None) -> StoredObject | None:
    """The object of an id; None if there is none, or none that the viewer may read."""
    parts = read_object_id(object_id)
    item = environment.objects.get(parts[2]) if parts else None
    if item is None or item.schema_id != (parts or ("",))[0]:
        return None
    return item if viewer is None or viewer.may_read(item) else None


def create(environment: Environment, data: Mapping[str, Any], alone: bool, options: Options) -> StoredObject | None:
    """One item of a POST: a new object, or the replacement of one.

    :param alone: whether it is the only item of its request for this schema.
    :returns: the object; None for ``validateOnly``.
    :raises ApiError: the item's answer.
    """
    schema = schema_for_write(environment, data)
    scope = scope_of(schema, data, environment.flags.generated_scopes)
    external_id = _external_id(environment, data)
    existing = _existing(environment, schema, scope, external_id, data)
    if not alone and schema.id == session_exports.SCHEMA_ID:
        # "You can add only one user session export configuration per request"
        raise ApiError(400, "Only one user session export configuration can be added per request.", echo="value")
    value = _value(data)
    # The documentation mentions masks on PUT only: in a POST a mask is a text like any other, and becomes the secret.
    if existing is not None:
        options.viewer.check_write(existing)
        _allowed(existing.modifiable, "Modification")
    if options.validate:
        value = value_to_store(environment, schema, scope, value, existing, [], options.repair)
    position = position_of(environment, schema, scope, data, existing)
    if existing is None and options.validate:
        _room(environment, schema, scope)
    if options.validate_only:
        return None
    if existing is None:
        owner = options.viewer.user if schema.raw.get("ownerBasedAccessControl") else None
        return environment.create(schema, scope, value, external_id, options.author, position, owner, options.uid)
    existing.external_id = external_id
    environment.write(existing, schema, value, options.author, position)
    return existing


def update(environment: Environment, object_id: str, data: Mapping[str, Any], options: Options) -> StoredObject:
    """A PUT.

    :raises ApiError: the answer.
    """
    item = find(environment, object_id, options.viewer)
    if item is None:
        raise not_found()
    unknown = sorted(set(data) - {"value", "schemaVersion", "updateToken", "insertAfter", "insertBefore"})
    if unknown:
        # externalId and scope cannot be changed by PUT; what the server does with them is not known: refused.
        raise body_error(f"Unrecognized field: {', '.join(unknown)}")
    schema = schema_for_write(environment, {**data, "schemaId": item.schema_id})
    token = data.get("updateToken")
    if token is not None:
        _current(item, token)
    options.viewer.check_write(item)
    _allowed(item.modifiable, "Modification")
    value, kept = secrets.unmasked(schema, _value(data), item.value, partial(environment.flags.mask_of, item.uid))
    value = value_to_store(environment, schema, item.scope, value, item, kept, options.repair)
    position = position_of(environment, schema, item.scope, data, item)
    if not options.validate_only:
        environment.write(item, schema, value, options.author, position)
    return item


def by_hand(environment: Environment, item: StoredObject, value: dict[str, Any], options: Options) -> None:
    """A change made in the product's own pages: no masks, no token, secrets are typed in.

    :raises ApiError: the value is refused (unless validation is off).
    """
    schema = schema_for_write(environment, {"schemaId": item.schema_id})
    if options.validate:
        value = value_to_store(environment, schema, item.scope, value, item, [], options.repair)
    environment.write(item, schema, value, options.author)


def delete(environment: Environment, object_id: str, token: str | None, options: Options) -> None:
    """A DELETE. ``validateOnly`` is ignored, as it is by real servers: the object is gone.

    :raises ApiError: the answer.
    """
    item = find(environment, object_id, options.viewer)
    if item is None:
        raise not_found()
    if token is not None:
        _current(item, token)
    options.viewer.check_write(item)
    _allowed(item.deletable, "Deletion")
    if environment.flags.deletion_constraints == "enforce":
        other = referring_object(environment, item)
        if other is not None:
            text = f"Object is still referenced by an object of schema {other.schema_id}"
            raise ApiError(400, "Constraints violated.", (Violation("", text),))
    environment.remove(item, options.author)


def _external_id(environment: Environment, data: Mapping[str, Any]) -> str | None:
    external_id = data.get("externalId")
    if external_id is None:
        return None
    if not isinstance(external_id, str) or not external_id or len(external_id) > MAX_EXTERNAL_ID:
        message = f"Size must be between 1 and {MAX_EXTERNAL_ID}"
        raise ApiError(400, "Constraints violated.", (Violation("externalId", message),))
    length = environment.flags.external_id_length
    return external_id if length is None else external_id[:length]


def _existing(
    environment: Environment, schema: Schema, scope: str, external_id: str | None, data: Mapping[str, Any]
) -> StoredObject | None:
    """The object that a POST replaces."""
    object_id = data.get("objectId")
    if external_id is None and object_id is None and schema.multi_object:
        return None
    same = environment.of_schema(schema.id, scope)
    with_external_id = next((one for one in same if external_id is not None and one.external_id == external_id), None)
    if object_id is None:
        # A schema with one object per scope has nothing to add to: its object is replaced.
        return with_external_id or (same[0] if same and not schema.multi_object else None)
    if external_id is None:
        raise ApiError(400, "objectId: Only applicable if an external identifier is provided.", echo="value")
    item = find(environment, str(object_id))
    if item is None:
        if schema.id.startswith("app:"):
            raise ApiError(400, "objectId must not be sent when an object of an app schema is created.", echo="value")
        raise not_found()
    if item.schema_id != schema.id or item.scope != scope:
        raise ApiError(400, "objectId belongs to another schema or scope.", echo="value")
    if with_external_id is not None and with_external_id.uid != item.uid:
        raise ApiError(409, "objectId and externalId belong to different objects.", echo="value")
    return item


def _value(data: Mapping[str, Any]) -> dict[str, Any]:
    value = data.get("value")
    if not isinstance(value, dict):
        raise ApiError(400, "Constraints violated.", (Violation("value", "must not be null"),))
    return value


def _room(environment: Environment, schema: Schema, scope: str) -> None:
    if not schema.multi_object or not schema.max_objects or len(environment.objects) < schema.max_objects:
        return
    if len(environment.of_schema(schema.id, scope)) >= schema.max_objects:
        # Not documented. 409 is what a client's design note says; the flag maximum_objects_status gives 400.
        status = environment.flags.maximum_objects_status
        text = f"Maximum number of objects reached: {schema.max_objects} for schema {schema.id}"
        raise ApiError(status, text, echo="value")


def _allowed(allowed: bool, what: str) -> None:
    if not allowed:
        # The text is known of a deletion (settings-api 3.6); that of a modification is made after it.
        raise ApiError(400, f"{what} of value(s) is not allowed")


def _current(item: StoredObject, token: Any) -> None:
    parts = read_update_token(token) if isinstance(token, str) else None
    if parts is None or parts[0] != item.uid:
        raise ApiError(400, "Invalid update token")
    if parts[1] != item.revision:
        raise outdated(parts[1], item.uid, item.schema_id)
