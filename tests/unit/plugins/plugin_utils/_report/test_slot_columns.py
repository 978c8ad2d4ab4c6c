# Copyright (c) 2026, community.dynatrace contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""The columns of the report."""

from __future__ import annotations

from ansible_collections.community.dynatrace.plugins.plugin_utils._report.slot_columns import columns
from ansible_collections.community.dynatrace.tests.support.reports import (
    item,
    told,
)


def test_the_same_export_stands_in_the_same_column() -> None:
    one = told({"exports": [item("a"), item("b"), item("c")]})
    two = told(
        {"exports": [item("c"), item("a")], "unmanaged_objects": [{"name": "https://x/"}], "slots": {"maximum": 3}}
    )
    three = told({"exports": [item("a"), item("d")]})
    headings, rows = columns([one, two, three, told(None)])
    assert headings == ["a", "Slot 2", "c"]
    assert [[cell and cell["name"] for cell in row] for row in rows] == [
        ["a", "b", "c"],
        ["a", "https://x/", "c"],
        ["a", "d", None],
        [None, None, None],
    ]
    many = told({"exports": [item(name) for name in "abcde"]})
    assert len(columns([many])[0]) == 5, "what is replaced needs room as well"
