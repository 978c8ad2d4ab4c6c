# Copyright (c) 2026, community.dynatrace contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""The rules of create, replace, update and delete, one object at a time."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from . import secrets
from .errors import ApiError, Violation, body_error, invalid_value, not_found, outdated, unknown_schema
from .ids import ENVIRONMENT_SCOPE, read_object_id, read_update_token, scope_class, zone_number
from .interpreter import Schema, check
from .interpreter.complex import broken_among
from .interpreter.leaves import repaired, with_empty_inactive, without_inactive
from .published import management_zones, session_exports
from .serializers import refers_to_zone
from .state import Environment, StoredObject

MAX_EXTERNAL_ID = 500
_POSITION = "Setting value cannot be inserted to the specified position"


@dataclass(frozen=True)
class Options:
    """Query parameters of a write, and who does it."""

    author: str
    validate_only: bool = False
    repair: bool = False
    # Seeds of the control endpoint may be values that no caller could write.
    validate: bool = True


def find(environment: Environment, object_id: str) -> StoredObject | None:
    parts = read_object_id(object_id)
    item = environment.objects.get(parts[2]) if parts else None
    return item if item is not None and item.schema_id == (parts or ("",))[0] else None


def create(environment: Environment, data: Mapping[str, Any], alone: bool, options: Options) -> StoredObject | None:
    """One item of a POST: a new object, or the replacement of one.

    :param alone: whether it is the only item of its request for this schema.
    :returns: the object; None for ``validateOnly``.
    :raises ApiError: the item's answer.
    """
    schema = _schema(environment, data)
    scope = _scope(schema, data)
    external_id = _external_id(environment, data)
    existing = _existing(environment, schema, scope, external_id, data)
    if not alone and schema.id == session_exports.SCHEMA_ID:
        # "You can add only one user session export configuration per request"
        raise ApiError(400, "Only one user session export configuration can be added per request.", echo="value")
    value = _value(data)
    # The documentation tells of masks on PUT only: in a POST a mask is a text like any other, and becomes the secret.
    if existing is not None:
        _allowed(existing.modifiable, "Modification")
    value = _checked(environment, schema, scope, value, existing, [], options)
    position = _position(environment, schema, data, existing)
    if existing is None and options.validate:
        _room(environment, schema, scope)
    if options.validate_only:
        return None
    if existing is None:
        return environment.create(schema, scope, value, external_id, options.author, position)
    existing.external_id = external_id
    environment.write(existing, schema, value, options.author)
    return existing


def update(environment: Environment, object_id: str, data: Mapping[str, Any], options: Options) -> StoredObject:
    """A PUT.

    :raises ApiError: the answer.
    """
    item = find(environment, object_id)
    if item is None:
        raise not_found()
    unknown = sorted(set(data) - {"value", "schemaVersion", "updateToken", "insertAfter", "insertBefore"})
    if unknown:
        # externalId and scope cannot be changed by PUT; what the server does with them is not known: refused.
        raise body_error(f"Unrecognized field: {', '.join(unknown)}")
    schema = _schema(environment, {**data, "schemaId": item.schema_id})
    token = data.get("updateToken")
    if token is not None:
        _current(item, token)
    _allowed(item.modifiable, "Modification")
    sent = _value(data)
    value, kept = secrets.unmasked(schema, sent, item.value, environment.flags.mask_of(item.uid))
    value = _checked(environment, schema, item.scope, value, item, kept, options)
    position = _position(environment, schema, data, item)
    if not options.validate_only:
        if position is not None:
            environment.move(item, position)
        environment.write(item, schema, value, options.author)
    return item


def by_hand(environment: Environment, item: StoredObject, value: dict[str, Any], options: Options) -> None:
    """A change made in the product's own pages: no masks, no token, secrets are typed in.

    :raises ApiError: the value is refused (unless validation is off).
    """
    schema = _schema(environment, {"schemaId": item.schema_id})
    value = _checked(environment, schema, item.scope, value, item, [], options)
    environment.write(item, schema, value, options.author)


def delete(environment: Environment, object_id: str, token: str | None) -> None:
    """A DELETE. Deletion constraints (referential integrity) are not played.

    :raises ApiError: the answer.
    """
    item = find(environment, object_id)
    if item is None:
        raise not_found()
    if token is not None:
        _current(item, token)
    _allowed(item.deletable, "Deletion")
    environment.remove(item)


def _schema(environment: Environment, data: Mapping[str, Any]) -> Schema:
    schema_id, version = data.get("schemaId"), data.get("schemaVersion")
    if not isinstance(schema_id, str):
        raise ApiError(400, "Constraints violated.", (Violation("schemaId", "must not be null"),))
    if version is not None and not isinstance(version, str):
        raise ApiError(400, "Constraints violated.", (Violation("schemaVersion", "must be a text"),))
    schema = environment.schema(schema_id)
    if schema is None:
        raise unknown_schema(schema_id)
    if version is None:
        return schema
    chosen = environment.schema(schema_id, version)
    if chosen is None:
        raise unknown_schema(schema_id, version)
    return chosen


def _scope(schema: Schema, data: Mapping[str, Any]) -> str:
    scope = data.get("scope")
    if not isinstance(scope, str) or not scope:
        raise ApiError(400, "Constraints violated.", (Violation("scope", "must not be null"),))
    # The documentation's own example says tenant where the schema says environment.
    scope = ENVIRONMENT_SCOPE if scope == "tenant" else scope
    if scope not in schema.allowed_scopes and scope_class(scope) not in schema.allowed_scopes:
        raise ApiError(404, f"No write access for scope class {scope_class(scope)}")
    return scope


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
    same = environment.of_schema(schema.id, scope)
    same_external_id = next(
        (item for item in same if external_id is not None and item.external_id == external_id), None
    )
    object_id = data.get("objectId")
    if object_id is None:
        # A schema with one object per scope has nothing to add to: its object is replaced.
        return same_external_id or (same[0] if same and not schema.multi_object else None)
    if external_id is None:
        raise ApiError(400, "objectId: Only applicable if an external identifier is provided.", echo="value")
    item = find(environment, str(object_id))
    if item is None:
        if schema.id.startswith("app:"):
            raise ApiError(400, "objectId must not be given when an object of an app schema is created.", echo="value")
        raise not_found()
    if item.schema_id != schema.id or item.scope != scope:
        raise ApiError(400, "objectId belongs to another schema or scope.", echo="value")
    if same_external_id is not None and same_external_id.uid != item.uid:
        raise ApiError(409, "objectId and externalId belong to different objects.", echo="value")
    return item


def _value(data: Mapping[str, Any]) -> dict[str, Any]:
    value = data.get("value")
    if not isinstance(value, dict):
        raise ApiError(400, "Constraints violated.", (Violation("value", "must not be null"),))
    return value


def _checked(
    environment: Environment,
    schema: Schema,
    scope: str,
    value: dict[str, Any],
    existing: StoredObject | None,
    kept: list[tuple[str, ...]],
    options: Options,
) -> dict[str, Any]:
    """The value to store.

    :raises ApiError: with every violation.
    """
    if not options.validate:
        return value
    flags = environment.flags
    if options.repair:
        value = repaired(schema, value)
    if flags.inactive_values == "drop" or flags.inactive_branches == "empty":
        value = without_inactive(schema, value)
    stored = existing.value if existing is not None else None
    found = check(
        schema,
        value,
        previous=stored,
        refuse_inactive=flags.inactive_values == "refuse",
        refers=lambda kind, text: refers(environment, kind, text),
    )
    others = [item for item in environment.of_schema(schema.id) if existing is None or item.uid != existing.uid]
    if not found:
        found = list(
            broken_among(schema, value, [o.value for o in others if o.scope == scope], [o.value for o in others])
        )
    if stored is not None:
        found += secrets.resubmission_violations(schema, value, stored, kept, flags.resubmission)
    if found:
        raise invalid_value(found)
    return with_empty_inactive(schema, value) if flags.inactive_branches == "empty" else value


def refers(environment: Environment, kind: str, text: str) -> bool:
    """Whether a text refers to an object of a schema. Zones also have a number, which newer fields take as well."""
    parts = read_object_id(text)
    if parts is None:
        if not refers_to_zone(kind) or not re.fullmatch(r"-?[0-9]{1,19}", text):
            return False
        return environment.flags.references == "form" or any(
            zone_number(zone.uid) == text for zone in environment.of_schema(management_zones.SCHEMA_ID)
        )
    wanted = management_zones.SCHEMA_ID if refers_to_zone(kind) else kind
    if wanted and parts[0] != wanted:
        return False
    return environment.flags.references == "form" or parts[2] in environment.objects


def _room(environment: Environment, schema: Schema, scope: str) -> None:
    count = len(environment.of_schema(schema.id, scope))
    if schema.multi_object and schema.max_objects and count >= schema.max_objects:
        # Not documented. 409 is what a client's design note says; the behavior flag maximum_objects_status gives 400.
        status = environment.flags.maximum_objects_status
        text = f"Maximum number of objects reached: {schema.max_objects} for schema {schema.id}"
        raise ApiError(status, text, echo="value")


def _position(
    environment: Environment, schema: Schema, data: Mapping[str, Any], item: StoredObject | None
) -> int | None:
    """Where the object is to stand among all; None: last, or where it is."""
    after, before = data.get("insertAfter"), data.get("insertBefore")
    if after is None and before is None:
        return None
    if not schema.ordered or (after is not None and before is not None):
        raise ApiError(400, _POSITION, echo="value")
    order = [other for other in environment.objects.values() if item is None or other.uid != item.uid]
    if after == "":
        return 0
    if before == "":
        return len(order)
    target = find(environment, str(after if after is not None else before))
    if target is None or target not in order or target.schema_id != schema.id:
        raise ApiError(400, _POSITION, echo="value")
    return order.index(target) + (1 if after is not None else 0)


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
