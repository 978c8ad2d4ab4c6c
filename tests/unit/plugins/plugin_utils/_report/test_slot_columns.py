# Copyright (c) 2026, community.dynatrace contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""The columns of the report."""

from __future__ import annotations

from ansible_collections.community.dynatrace.plugins.plugin_utils._report.page import as_page
from ansible_collections.community.dynatrace.plugins.plugin_utils._report.slot_columns import columns
from ansible_collections.community.dynatrace.tests.support.reports import (
    environment_of,
    item,
    report,
)


def test_the_same_export_stands_in_the_same_column() -> None:
    one = environment_of({"exports": [item("a"), item("b"), item("c")]})
    two = environment_of(
        {"exports": [item("c"), item("a")], "unmanaged_objects": [{"name": "https://x/"}], "slots": {"maximum": 3}}
    )
    three = environment_of({"exports": [item("a"), item("d")]})
    headings, rows = columns([one, two, three, environment_of(None)])
    assert headings == ["a", "Slot 2", "c"]
    assert [[cell and cell["name"] for cell in row] for row in rows] == [
        ["a", "b", "c"],
        ["a", "https://x/", "c"],
        ["a", "d", None],
        [None, None, None],
    ]
    many = environment_of({"exports": [item(name) for name in "abcde"]})
    assert len(columns([many])[0]) == 5, "what is replaced needs room as well"


def settings(schema_id: str, *objects: dict[str, object], unmanaged: tuple[str, ...] = ()) -> dict[str, object]:
    return {
        "schema_id": schema_id,
        "objects": list(objects),
        "unmanaged_objects": [{"name": name, "object_id": "id"} for name in unmanaged],
    }


def test_each_schema_has_one_column_with_the_number_of_objects_that_differ() -> None:
    zones, profiles = "builtin:management-zones", "builtin:alerting.profile"
    drift = [item("Shop", operation="updated"), item("Bank", operation="created"), item("Same")]
    one = environment_of(
        {"changed": True, "schemas": [settings(zones, *drift, unmanaged=("Old",)), settings(profiles, item("P"))]}
    )
    two = environment_of({"schemas": [settings(zones, item("Shop"))]}, "two")
    headings, rows = columns([one, two])
    assert headings == [profiles, zones], "no slots without exports"
    assert [[cell and (cell.get("name"), cell["state"]) for cell in row] for row in rows] == [
        [("1 object", "unchanged"), ("2 of 3 objects", "drift")],
        [(None, "none"), ("1 object", "unchanged")],
    ]
    assert one["state"] == "drift"
    assert [export["name"] for export in one["exports"]][:2] == [f"{zones} Shop", f"{zones} Bank"]
    assert one["unmanaged"] == [f"{zones} Old"]
    page = as_page(report(one, two))
    assert [text in page for text in ("2 of 3 objects", "none declared", "Shop, Bank")] == [True, True, True]


def test_exports_and_schemas_stand_beside_each_other() -> None:
    one = environment_of(
        {"exports": [item("archive")], "slots": {"maximum": 3}, "schemas": [settings("builtin:a", item("x"))]}
    )
    headings, (row,) = columns([one])
    assert headings == ["archive", "Slot 2", "Slot 3", "builtin:a"]
    assert [cell and cell["name"] for cell in row] == ["archive", None, None, "1 object"]
