# Copyright (c) 2026, community.dynatrace contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Whether a value may be stored: what its schema says of it, beside the other objects of the environment."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from . import secrets
from .errors import ApiError, Violation, invalid_value, unknown_schema
from .ids import read_object_id, zone_number
from .interpreter import Schema, check
from .interpreter.complex import broken_among
from .interpreter.leaves import leaves, repaired, with_empty_collections, with_empty_inactive, without_inactive
from .published import management_zones
from .serializers import refers_to_zone
from .state import Environment, StoredObject

_VERSION = re.compile(r"\d+(\.\d+)*")


def schema_for_write(environment: Environment, data: Mapping[str, Any]) -> Schema:
    """The schema that an item of a write names.

    A version that is older than the newest is accepted, whether or not it is known (clients write down the version
    that they once read); one that is newer does not exist here.

    :raises ApiError: no schema is named, it is not there, or not in that version.
    """
    schema_id, version = data.get("schemaId"), data.get("schemaVersion")
    if not isinstance(schema_id, str):
        raise ApiError(400, "Constraints violated.", (Violation("schemaId", "must not be null"),))
    if version is not None and not isinstance(version, str):
        raise ApiError(400, "Constraints violated.", (Violation("schemaVersion", "must be a text"),))
    newest = environment.schema(schema_id)
    if newest is None:
        raise unknown_schema(schema_id)
    if version is None or version == newest.version:
        return newest
    if not _older(version, newest.version) or environment.flags.older_schema_versions == "refuse":
        raise unknown_schema(schema_id, version)
    return environment.schema(schema_id, version) or newest


def _older(version: str, newest: str) -> bool:
    if not _VERSION.fullmatch(version) or not _VERSION.fullmatch(newest):
        return False
    one, other = ([int(part) for part in text.split(".")] for text in (version, newest))
    return one < other


def value_to_store(
    environment: Environment,
    schema: Schema,
    scope: str,
    value: dict[str, Any],
    existing: StoredObject | None,
    kept: list[tuple[str, ...]],
    repair: bool,
) -> dict[str, Any]:
    """The value as the server keeps it.

    :param existing: the object that it replaces.
    :param kept: paths of secrets that were sent as their mask.
    :param repair: ``repairInput=true``.
    :raises ApiError: with every violation.
    """
    flags = environment.flags
    if repair:
        value = repaired(schema, value)
    if flags.inactive_values == "drop" or flags.inactive_branches == "empty":
        value = without_inactive(schema, value)
    value = with_empty_collections(schema, value)
    stored = existing.value if existing is not None else None
    found = check(
        schema,
        value,
        previous=stored,
        refuse_inactive=flags.inactive_values == "refuse",
        refers=lambda kind, text: refers(environment, kind, text),
    )
    if not found and schema.schema_constraints:
        others = [item for item in environment.of_schema(schema.id) if existing is None or item.uid != existing.uid]
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
    expected = management_zones.SCHEMA_ID if refers_to_zone(kind) else kind
    if expected and parts[0] != expected:
        return False
    return environment.flags.references == "form" or parts[2] in environment.objects


def referring_object(environment: Environment, item: StoredObject) -> StoredObject | None:
    """An object that keeps another one from being deleted, if the schema of the latter asks for that.

    ``REFERENTIAL_INTEGRITY`` names the schemas whose objects count.
    """
    schema = environment.schema(item.schema_id)
    constraints = (schema.raw.get("deletionConstraints") or []) if schema is not None else []
    guarded = {
        str(schema_id)
        for constraint in constraints
        if constraint.get("type", "REFERENTIAL_INTEGRITY") == "REFERENTIAL_INTEGRITY"
        for schema_id in constraint.get("schemaIds") or []
    }
    names = {item.id, *([zone_number(item.uid)] if refers_to_zone(item.schema_id) else [])}
    for other in environment.objects.values():
        found = environment.schema(other.schema_id) if other.schema_id in guarded else None
        if found is not None and other.uid != item.uid and _mentions(found, other.value, names):
            return other
    return None


def _mentions(schema: Schema, value: dict[str, Any], names: set[str]) -> bool:
    for _path, definition, _forced, leaf in leaves(schema, value):
        texts = leaf if isinstance(leaf, list) else [leaf]
        kinds = {definition.get("type"), (definition.get("items") or {}).get("type")}
        if ("setting" in kinds or definition.get("referencedType")) and any(text in names for text in texts):
            return True
    return False
