# Copyright (c) 2026, community.dynatrace contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""A reference stands for the ID of an object only if its name belongs to that object alone."""

from __future__ import annotations

import base64
from typing import Any
from urllib.parse import quote

from ansible_collections.community.dynatrace.plugins.module_utils._settings_api.matching import Existing
from ansible_collections.community.dynatrace.plugins.module_utils._settings_api.references import Reference
from ansible_collections.community.dynatrace.plugins.module_utils._settings_api.schema import Schema
from ansible_collections.community.dynatrace.plugins.module_utils._settings_objects.declarations import read_groups
from ansible_collections.community.dynatrace.plugins.module_utils._settings_objects.declared_ids import (
    KnownIds,
    declared_ids,
)

SCHEMA = "builtin:example"


def existing(object_id: str, **value: Any) -> Existing:
    return Existing.from_item({"objectId": object_id, "value": value})


def object_id(schema_id: str, uuid: str) -> str:
    """An object ID as servers make it: a magic number, a version, and the parts with their lengths."""
    content = base64.urlsafe_b64decode("vu9U3hXa3q0=") + (1).to_bytes(4, "big")
    for part in (schema_id, "tenant", "tenant", uuid):
        content += len(part).to_bytes(2, "big") + part.encode()
    return base64.urlsafe_b64encode(content).decode().rstrip("=")


def test_a_name_by_which_another_object_is_found_is_no_reference() -> None:
    ids = KnownIds()
    ids.add(SCHEMA, existing("1", name="A"))
    ids.add(SCHEMA, existing("2", name="B", customId="A"), ["A"])
    assert ids.reference("1") is None
    found = ids.reference("2")
    assert found is not None and found.name == "B"


def test_the_same_object_may_be_added_again() -> None:
    ids = KnownIds()
    for _turn in range(2):
        ids.add(SCHEMA, existing("1", name="A"), ["A"])
    found = ids.reference("1")
    assert found is not None and found.name == "A"


def test_a_name_of_an_external_id_takes_precedence_over_the_title() -> None:
    ids = KnownIds()
    own = {
        "objectId": "1",
        "value": {"name": "Title"},
        "externalId": f"community.dynatrace:1:{quote(SCHEMA + '/own', safe='')}/",
    }
    ids.add(SCHEMA, Existing.from_item(own))
    assert "1" in ids and "2" not in ids
    assert str(ids.reference("1")) == f"{SCHEMA} 'own'"


def test_ids_are_named_for_people_and_references_are_known_after_apply() -> None:
    ids = KnownIds()
    ids.add(SCHEMA, existing("id-of-a", name="A"))
    ids.add_name(SCHEMA, "new", "id-of-new")
    value = {"one": "id-of-a", "list": ["id-of-new", "text", 1], "later": Reference(SCHEMA, "B").text}
    assert ids.named(value) == {
        "one": f"({SCHEMA} 'A')",
        "list": [f"({SCHEMA} 'new')", "text", 1],
        "later": f"({SCHEMA} 'B', known after apply)",
    }


def test_an_id_in_a_declaration_is_found_with_its_path_and_schema() -> None:
    zone = object_id("builtin:management-zones", "00000000-1111-2222-3333-444444444444")
    schema = Schema.from_document(
        {"schemaId": SCHEMA, "version": "1", "multiObject": True, "properties": {"name": {"type": "text"}}, "types": {}}
    )
    value = {"name": "x", "list": [{"zone": zone}], "other": "text"}
    groups, _problems = read_groups(
        [{"schema_id": SCHEMA, "objects": [{"name": "a", "value": value}]}], {SCHEMA: schema}
    )
    (found,) = declared_ids(groups[0])
    assert (found.path, found.object_id) == ("declarations[0].objects[0].value.list[0].zone", zone)
    assert "object_id" in found.warning and "builtin:management-zones" in found.warning
