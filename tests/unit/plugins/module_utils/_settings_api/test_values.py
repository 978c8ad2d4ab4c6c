# Copyright (c) 2026, community.dynatrace contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""How two values of a schema are compared."""

from __future__ import annotations

from typing import Any

import pytest

from ansible_collections.community.dynatrace.tests.support.export_schema import (
    EXPORTS,
    URL,
    small,
    with_basic,
)
from ansible_collections.community.dynatrace.tests.support.object_plans import (
    MaskingServer,
    declared_object,
    prop,
    run_objects,
    schema,
)


class TestComparison:
    def desired(self, **more: Any) -> dict[str, Any]:
        return EXPORTS.complete({**with_basic(password="p"), **more}).value

    def test_what_the_server_leaves_out_is_no_difference(self) -> None:
        desired = self.desired()
        current = {
            "endpointDefinition": {"endpointUrl": "https://sink.example/", "contentType": "application/json"},
            "authentication": {
                "active": True,
                "basicAuth": {"username": "dynatrace", "password": "#mask#"},
                "oAuth2": {"clientId": "", "clientSecret": ""},
            },
            "exportBehavior": {"managementZone": None},
            "addedIn2026": 1,
        }
        assert EXPORTS.differences(current, desired) == []

    def test_each_difference_is_a_place(self) -> None:
        desired = self.desired(sendDirect={"active": True, "indexName": "sessions"})
        current = self.desired()
        current["endpointDefinition"].update(usePost=True, endpointUrl="https://old.example/")
        assert EXPORTS.differences(current, desired) == [
            URL,
            ("endpointDefinition", "usePost"),
            ("sendDirect", "active"),
            ("sendDirect", "indexName"),
        ]
        back = EXPORTS.differences(current=desired, desired=current)
        assert back == EXPORTS.differences(current, desired)

    def test_sets_have_no_order_and_numbers_one_form(self) -> None:
        types = {"Rule": {"properties": {"name": {"type": "text"}, "on": {"type": "boolean", "default": True}}}}
        rule = {"type": {"$ref": "#/types/Rule"}}
        text = {"type": "text"}
        schema = small(
            {
                "tags": {"type": "set", "items": text},
                "steps": {"type": "list", "items": text},
                "rules": {"type": "list", "items": rule},
                "group": {"type": "set", "items": rule},
                "ratio": {"type": "float", "nullable": True},
            },
            types=types,
        )
        one = {
            "tags": ["a", "b"],
            "steps": ["a", "b"],
            "rules": [{"name": "x"}],
            "group": [{"name": "x"}, {"name": "y"}],
            "ratio": 1,
        }
        same = {**one, "tags": ["b", "a"], "group": [{"name": "y"}, {"name": "x", "on": None}], "ratio": 1.0}
        assert schema.differences(one, same) == []
        other = {"tags": ["a"], "steps": ["b", "a"], "rules": [{"name": "z"}], "group": [{"name": "x"}], "ratio": True}
        assert schema.differences(one, other) == [("tags",), ("steps",), ("rules", 0, "name"), ("group",), ("ratio",)]

    def test_an_object_that_need_not_be_there_is_a_difference_when_it_is(self) -> None:
        types = {"Limit": {"properties": {"on": {"type": "boolean", "nullable": False, "default": False}}}}
        schema = small({"limit": {"type": {"$ref": "#/types/Limit"}, "nullable": True}}, types=types)
        assert schema.differences({}, {"limit": {}}) == [("limit",)]
        assert schema.differences({"limit": {"on": False}}, {"limit": {}}) == []

    def test_what_a_newer_server_knows_survives(self) -> None:
        current = self.desired()
        current["retention"] = {"days": 7}
        current["endpointDefinition"]["compression"] = "gzip"
        current["authentication"]["basicAuth"]["realm"] = "x"
        desired = self.desired(authentication={"active": False})
        assert EXPORTS.unknown_properties(current) == [
            ("endpointDefinition", "compression"),
            ("authentication", "basicAuth", "realm"),
            ("retention",),
        ]
        carried = EXPORTS.carry_unknown(current, desired)
        assert carried["retention"] == {"days": 7} and carried["endpointDefinition"]["compression"] == "gzip"
        assert carried["authentication"] == {"active": False}  # its parent is gone
        assert EXPORTS.active_value(carried) == desired
        carried["retention"]["days"] = 1
        assert current["retention"] == {"days": 7} and "retention" not in desired


@pytest.mark.parametrize(
    ("kind", "one", "other", "same"),
    [
        ("local_time", "14:13", "14:13:00", True),
        ("local_time", "14:13", "14:13:00.000", True),
        ("local_time", "14:13", "14:13:01", False),
        ("local_date_time", "2030-01-31T14:13", "2030-01-31T14:13:00", True),
        ("zoned_date_time", "2030-01-31T14:13Z", "2030-01-31T15:13:00+01:00", True),
        ("zoned_date_time", "2030-01-31T14:13Z", "2030-01-31T14:13:00+0000[UTC]", True),
        ("zoned_date_time", "2030-01-31T14:13Z", "2030-01-31T14:13:00+01:00", False),
        ("time_zone", "UTC", "Etc/UTC", True),
        ("time_zone", "UTC", "Europe/Vienna", False),
        ("float", 1, 1.0, True),
        ("integer", 1, 1.0, True),
        ("text", "1", "1.0", False),
        ("text", None, None, True),
    ],
)
def test_forms_of_one_value(kind: str, one: Any, other: Any, same: bool) -> None:
    rules = schema(value=prop(kind))
    server = MaskingServer()
    server.seed({"name": "a", "value": one})
    assert run_objects(server, rules, declared_object({"name": "a", "value": other})).changed is not same


@pytest.mark.parametrize("nullable", [True, False])
@pytest.mark.parametrize("kind", ["list", "set"])
def test_a_missing_list_is_an_empty_one(kind: str, nullable: bool) -> None:
    rules = schema(tags=prop(kind, nullable=nullable, items={"type": "text"}, minObjects=0))
    for there, wanted in (({}, {"tags": []}), ({"tags": []}, {}), ({"tags": None}, {"tags": []})):
        server = MaskingServer()
        server.seed({"name": "a", **there})
        assert not run_objects(server, rules, declared_object({"name": "a", **wanted})).changed
