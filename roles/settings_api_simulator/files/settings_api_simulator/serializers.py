# Copyright (c) 2026, community.dynatrace contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""How a stored object looks in an answer."""

from __future__ import annotations

from datetime import datetime, timezone
from typing import Any

from . import secrets
from .ids import ENVIRONMENT_SCOPE, read_object_id, zone_number
from .interpreter import Schema
from .interpreter.leaves import leaves, replaced
from .published import management_zones
from .state import Environment, StoredObject

FIELDS = (
    "objectId", "summary", "searchSummary", "created", "modified", "createdBy", "modifiedBy", "author", "updateToken",
    "scope", "modificationInfo", "resourceContext", "owner", "schemaId", "schemaVersion", "value", "externalId",
)  # fmt: skip
DEFAULT_LIST_FIELDS = ("objectId", "value")
# owner and resourceContext belong to schemas with owner-based access, which the simulator does not play.
_GET_FIELDS = tuple(field for field in FIELDS if field not in ("owner", "resourceContext"))


def shown(environment: Environment, item: StoredObject, fields: tuple[str, ...] = _GET_FIELDS) -> dict[str, Any]:
    """The asked fields of one object, secrets masked."""
    schema = environment.schema(item.schema_id)
    result: dict[str, Any] = {}
    for field in fields:
        content = _field(environment, schema, item, field)
        if content is not None:
            result[field] = content
    return result


def _field(environment: Environment, schema: Schema | None, item: StoredObject, field: str) -> Any:
    if field == "value":
        return shown_value(environment, schema, item)
    if field in ("summary", "searchSummary"):
        return str(schema.raw.get("displayName") or item.schema_id) if schema else item.schema_id
    if field == "scope":
        plain = item.scope != ENVIRONMENT_SCOPE
        return item.scope if plain else environment.flags.returned_scope
    if field == "externalId":
        return item.external_id if environment.flags.returns_external_id else None
    if field == "modificationInfo":
        return {
            "createdBy": item.created_by,
            "createdTime": _iso(item.created),
            "lastModifiedBy": item.modified_by,
            "lastModifiedTime": _iso(item.modified),
            "deletable": item.deletable,
            "first": False,
            "modifiable": item.modifiable,
            "modifiablePaths": [],
            "movable": bool(schema and schema.ordered and item.modifiable),
            "nonModifiablePaths": [],
        }
    simple = {
        "objectId": item.id,
        "created": item.created,
        "modified": item.modified,
        "createdBy": item.created_by,
        "modifiedBy": item.modified_by,
        "author": item.modified_by,
        "updateToken": item.update_token,
        "schemaId": item.schema_id,
        "schemaVersion": item.schema_version,
    }
    return simple.get(field)


def shown_value(environment: Environment, schema: Schema | None, item: StoredObject) -> dict[str, Any]:
    """The value: secrets masked, references in the form that this environment returns, nulls or none."""
    value = item.value
    if schema is not None:
        value = secrets.masked(schema, value, environment.flags.mask_of(item.uid))
        if environment.flags.management_zone != "as_sent":
            value = _with_zones(environment, schema, value)
    return value if environment.flags.returns_nulls else _without_nulls(value)


def refers_to_zone(referenced: object) -> bool:
    """Whether a ``referencedType`` means management zones: the old name, or the schema."""
    return referenced in ("ManagementZone", management_zones.SCHEMA_ID)


def _with_zones(environment: Environment, schema: Schema, value: dict[str, Any]) -> dict[str, Any]:
    """References to zones as number or object id. A number needs its zone to be turned into an object id."""
    zones = {zone_number(zone.uid): zone.id for zone in environment.of_schema(management_zones.SCHEMA_ID)}
    for path, definition, _forced, leaf in list(leaves(schema, value)):
        if refers_to_zone(definition.get("referencedType")) and isinstance(leaf, str):
            known = read_object_id(leaf)
            if environment.flags.management_zone == "numeric":
                form = zone_number(known[2]) if known else leaf
            else:
                form = leaf if known else zones.get(leaf, leaf)
            value = replaced(value, path, form)
    return value


def _without_nulls(value: Any) -> Any:
    # The documented list leaves unset properties out.
    if isinstance(value, dict):
        return {name: _without_nulls(part) for name, part in value.items() if part is not None}
    return [_without_nulls(part) for part in value] if isinstance(value, list) else value


def _iso(milliseconds: int) -> str:
    moment = datetime.fromtimestamp(milliseconds / 1000, timezone.utc)
    return moment.strftime("%Y-%m-%dT%H:%M:%S.") + f"{milliseconds % 1000:03d}Z"
