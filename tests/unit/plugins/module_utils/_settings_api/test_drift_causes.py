# Copyright (c) 2026, community.dynatrace contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Which change made a difference: the newest one of the same object that touched the property."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import datetime, timedelta, timezone
from typing import Any

from ansible_collections.community.dynatrace.plugins.module_utils._settings_api import response_form
from ansible_collections.community.dynatrace.plugins.module_utils._settings_api.drift_causes import Cause, find_causes
from ansible_collections.community.dynatrace.plugins.module_utils._settings_api.errors import Throttled
from ansible_collections.community.dynatrace.plugins.module_utils._settings_api.history import iso
from ansible_collections.community.dynatrace.plugins.module_utils._settings_api.paging import Page
from ansible_collections.community.dynatrace.plugins.module_utils._settings_api.plan_types import Item
from ansible_collections.community.dynatrace.plugins.module_utils._settings_api.schema import Schema
from ansible_collections.community.dynatrace.plugins.module_utils._settings_objects.declaration import Rules

NAME, LIMITS = {"type": "text", "nullable": False}, {"type": {"$ref": "#/types/Limits"}, "nullable": False}
SCHEMA = Schema.from_document(
    {
        "schemaId": "builtin:rules",
        "version": "1",
        "multiObject": True,
        "properties": {"name": NAME, "limits": LIMITS, "token": {"type": "secret", "nullable": True}},
        "types": {
            "Limits": {
                "properties": {
                    "low": {"type": "integer", "nullable": False},
                    "high": {"type": "integer", "nullable": False},
                }
            }
        },
    }
)
DOMAIN = Rules.of(SCHEMA, ["name"]).domain()


def value(name: str = "a", low: int = 1, high: int = 9) -> dict[str, Any]:
    return {"name": name, "limits": {"low": low, "high": high}, "token": "***123***"}


class Reader:
    """Answers one page; the first change is the newest."""

    environment_url = "https://abc.example.com"

    def __init__(self, *changes: tuple[str, str, dict[str, Any] | None, dict[str, Any] | None]) -> None:
        now = datetime.now(timezone.utc)
        self.queries: list[Mapping[str, str]] = []
        self._items = [
            {
                "objectId": object_id,
                "type": "CREATE" if before is None else "DELETE" if after is None else "UPDATE",
                "modificationInfo": {"lastModifiedBy": author, "lastModifiedTime": iso(now - timedelta(hours=number))},
                "jsonBefore": None if before is None else json.dumps(before),
                "jsonAfter": None if after is None else json.dumps(after),
            }
            for number, (object_id, author, before, after) in enumerate(changes)
        ]

    def history_page(self, params: Mapping[str, str]) -> Page:
        self.queries.append(params)
        return response_form.history_page({"items": self._items, "nextPageKey": "more"}, 0)


def updated(*paths: Any, name: str = "a", object_id: str = "o1") -> Item:
    return Item(name, "updated", object_id=object_id, changed=paths)


def authors(reader: Reader, *items: Item) -> list[list[tuple[Any, ...]]]:
    found, note = find_causes(reader, "environment", items, DOMAIN)
    assert note == ""
    return [[_plain(cause) for cause in found.get(item.key, [])] for item in items]


def _plain(cause: Cause) -> tuple[Any, ...]:
    return (".".join(map(str, cause.path)), cause.revision.author, cause.before, cause.after)


def test_the_newest_change_of_the_property_is_its_cause() -> None:
    reader = Reader(
        ("o2", "eve", value(low=1), value(low=9)),
        ("o1", "jane", value(low=2), value(low=3)),
        ("o1", "omar", value(low=1), value(low=2)),
        ("o1", "li", value(high=5), value(high=9)),
        ("o1", "me", None, value(high=5)),
    )
    item = updated(("limits", "low"), ("limits", "high"), ("name",))
    assert authors(reader, item) == [
        [("limits.low", "jane", 2, 3), ("limits.high", "li", 5, 9), ("name", "me", None, "a")]
    ]
    assert len(reader.queries) == 1, "one request, although there are more pages"
    assert "objectId = 'o1'" in reader.queries[0]["filter"]


def test_several_objects_take_one_request() -> None:
    reader = Reader(("o1", "jane", value(low=2), value(low=3)), ("o2", "omar", value(low=1), value(low=2)))
    found = authors(reader, updated(("limits",)), updated(("limits", "low"), name="b", object_id="o2"))
    assert [one[0][1] for one in found] == ["jane", "omar"]
    assert len(reader.queries) == 1 and "objectId" not in reader.queries[0]["filter"]


def test_an_object_that_is_missing_was_deleted_by_someone_if_it_was_there() -> None:
    reader = Reader(("o7", "eve", value("b"), None), ("o8", "jane", value("a"), None), ("o9", "omar", value("a"), None))
    missing = Item("a", "created", where="objects[0]", after=value("a"))
    new = Item("c", "created", where="objects[1]", after=value("c"))
    assert authors(reader, missing, new) == [[("", "jane", None, None)], []]


def test_an_object_to_prune_was_created_by_someone() -> None:
    reader = Reader(("o1", "omar", value(low=1), value(low=2)), ("o1", "jane", None, value()))
    assert authors(reader, Item("a", "deleted", object_id="o1")) == [[("", "jane", None, None)]]


def test_nothing_is_said_about_secrets_and_unknown_changes() -> None:
    reader = Reader(("o1", "jane", value(low=2), value(low=3)))
    assert authors(reader, updated(("token",), ("limits", "high"))) == [[]]


def test_nothing_is_asked_without_a_difference() -> None:
    reader = Reader()
    same, labelled = (
        Item("a", "unchanged", object_id="o1"),
        Item("b", "updated", object_id="o2", external_id_state="set"),
    )
    assert authors(reader, same, labelled) == [[], []]
    assert reader.queries == []


def test_a_history_that_cannot_be_read_costs_a_note() -> None:
    class Busy(Reader):
        def history_page(self, params: Mapping[str, str]) -> Page:
            raise Throttled("https://abc.example.com throttles requests.", status=429)

    text = "It is unknown who caused the differences: https://abc.example.com throttles requests."
    assert find_causes(Busy(), "environment", [updated(("name",))], DOMAIN) == ({}, text)
    assert find_causes(Busy(), "", [updated(("name",))], DOMAIN)[1].endswith(
        "the history can only be read for one scope."
    )
