# Copyright (c) 2026, community.dynatrace contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""How a stored object looks in an answer."""

from __future__ import annotations

import re
from datetime import datetime, timezone
from functools import partial
from typing import Any

from . import secrets
from .access import Viewer
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
_OWNER_FIELDS = ("owner", "resourceContext")
_NAMES = ("name", "title", "displayName", "label", "ruleName", "key", "description")
_PLACEHOLDER = re.compile(r"\{([\w./-]+)(?:\|[^{}]*)?\}")


def get_fields(environment: Environment, item: StoredObject) -> tuple[str, ...]:
    """All fields that a single object has; some belong to schemas with owner-based access control."""
    schema = environment.schema(item.schema_id)
    if schema is not None and schema.raw.get("ownerBasedAccessControl"):
        return FIELDS
    return tuple(field for field in FIELDS if field not in _OWNER_FIELDS)


def shown(
    environment: Environment, item: StoredObject, fields: tuple[str, ...] = FIELDS, viewer: Viewer | None = None
) -> dict[str, Any]:
    """The asked fields of one object, secrets masked.

    :param viewer: who asks; by default someone who may do everything.
    """
    schema = environment.schema(item.schema_id)
    result: dict[str, Any] = {}
    for field in fields:
        content = _field(environment, schema, item, field)
        if field == "resourceContext":
            content = _resource_context(schema, item, viewer or Viewer.everything())
        if content is not None:
            result[field] = content
    return result


def _field(environment: Environment, schema: Schema | None, item: StoredObject, field: str) -> Any:
    if field == "value":
        return shown_value(environment, schema, item)
    if field in ("summary", "searchSummary"):
        plain = summary(schema, item.value) if schema is not None else item.schema_id
        # A summary is Markdown.
        return re.sub(r"([\\*_`])", r"\\\1", plain) if field == "summary" else plain
    if field == "owner":
        return None if item.owner is None else {"type": "user", "id": item.owner}
    if field == "scope":
        return item.scope if item.scope != ENVIRONMENT_SCOPE else environment.flags.returned_scope
    if field == "externalId":
        return item.external_id if environment.flags.returns_external_id else None
    if field == "modificationInfo":
        return {
            "deletable": item.deletable,
            "first": False,
            "modifiable": item.modifiable,
            "modifiablePaths": [],
            "movable": bool(schema and schema.ordered and item.movable),
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


def _resource_context(schema: Schema | None, item: StoredObject, viewer: Viewer) -> dict[str, Any]:
    allowed = {
        "read": True,
        "write": item.modifiable and viewer.may_write(item),
        "delete": item.deletable and viewer.may_write(item),
    }
    movable = bool(schema and schema.ordered and item.movable)
    return {
        "operations": [name for name, granted in allowed.items() if granted],
        "modifications": {"first": False, "modifiablePaths": [], "movable": movable, "nonModifiablePaths": []},
    }


def summary(schema: Schema, value: dict[str, Any]) -> str:
    """What an object is called in a list: by the pattern of its schema, else by a property that looks like a name.

    Of patterns only plain placeholders are understood, none of their formats.
    """
    texts = {path: leaf for path, kind, _forced, leaf in leaves(schema, value) if kind.get("type") != "secret"}
    by_path = {"/".join(path): str(leaf) for path, leaf in texts.items() if isinstance(leaf, (str, int, float))}
    pattern = str(schema.raw.get("summaryPattern") or "")
    if pattern and not _PLACEHOLDER.sub("", pattern).strip("{}").count("{"):
        found = _PLACEHOLDER.sub(lambda match: by_path.get(match[1].replace(".", "/"), ""), pattern).strip()
        if found:
            return found
    unique = [str(c["uniqueProperties"][0]) for c in schema.schema_constraints if c.get("uniqueProperties")]
    for name in (*_NAMES, *unique):
        if by_path.get(name.replace(".", "/")):
            return by_path[name.replace(".", "/")]
    return str(schema.raw.get("displayName") or schema.id)


def shown_value(environment: Environment, schema: Schema | None, item: StoredObject) -> dict[str, Any]:
    """The value: secrets masked, references in the form that this environment returns, nulls or none."""
    value = item.value
    if schema is not None:
        value = secrets.masked(schema, value, partial(environment.flags.mask_of, item.uid))
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


def iso(milliseconds: int) -> str:
    """A time as ISO 8601 with milliseconds."""
    moment = datetime.fromtimestamp(milliseconds / 1000, timezone.utc)
    return moment.strftime("%Y-%m-%dT%H:%M:%S.") + f"{milliseconds % 1000:03d}Z"
