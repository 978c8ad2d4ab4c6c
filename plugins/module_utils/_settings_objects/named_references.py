# Copyright (c) 2026, community.dynatrace contributors
# SPDX-License-Identifier: BSD-2-Clause

"""Values that were read, with references by name in place of the IDs of other objects: they fit other environments."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any

from .._settings_api.errors import SettingsError
from .._settings_api.legacy_ids import ZONES_SCHEMA_ID, schema_of
from .._settings_api.matching import Existing
from .._settings_api.parallel import map_reads
from .._settings_api.property_path import texts_in
from .._settings_api.references import literal, references_in
from .declaration import path_text
from .declared_ids import KnownIds

if TYPE_CHECKING:
    from .._settings_api.client import SettingsClient

OPTION = {"type": "str", "choices": ["id", "name"], "default": "id"}
_FIELDS = ("objectId", "value", "scope", "externalId")
# The number of a management zone. Shorter texts are more likely to be something else.
_ZONE_NUMBER = re.compile(r"-?\d{6,19}", re.ASCII)


def read_known_ids(
    client: SettingsClient, schema_id: str, existing: Sequence[Existing], *, whole: bool, limit: int
) -> tuple[KnownIds, list[str]]:
    """Return the objects that values refer to, and notes about those that cannot be read. One request for each schema.

    :param whole: whether these are all objects of the schema. Otherwise, a name can belong to another one as well.
    """
    texts = {text for one in existing for text in texts_in(one.value)}
    wanted = {schema_of(text) for text in texts} - {""}
    if any(map(_ZONE_NUMBER.fullmatch, texts)):
        wanted.add(ZONES_SCHEMA_ID)
    ids = KnownIds()
    if whole:
        wanted.discard(schema_id)
        for one in existing:
            ids.add(schema_id, one)

    def read(own: SettingsClient, other: str) -> list[dict[str, Any]] | SettingsError:
        try:
            return own.list_objects(other, scope="", fields=_FIELDS, limit=limit)
        except SettingsError as error:
            return error

    others = sorted(wanted)
    notes = []
    for other, items in zip(others, map_reads(client, read, others), strict=True):
        if isinstance(items, SettingsError):
            notes.append(f"IDs of objects of {other} are returned unchanged: {items.message}")
            continue
        for item in items:
            ids.add(other, Existing.from_item(item))
    return ids, notes


def with_references(value: Any, ids: KnownIds, own_id: str) -> Any:
    """Return a value with references in place of the IDs of other objects."""
    if isinstance(value, dict):
        return {key: with_references(child, ids, own_id) for key, child in value.items()}
    if isinstance(value, list):
        return [with_references(child, ids, own_id) for child in value]
    if not isinstance(value, str):
        return value
    found = ids.reference(value) if value != own_id else None
    return literal(value) if found is None else found.text


def references_report(value: Any) -> Iterator[dict[str, Any]]:
    """Yield the references in a value, for people."""
    for path, reference in references_in(value):
        yield {
            "path": path_text("", path),
            "schema_id": reference.schema_id,
            "name": reference.name,
            "legacy": reference.legacy,
        }
