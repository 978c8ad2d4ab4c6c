# Copyright (c) 2026, community.dynatrace contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Scopes that a schema allows, and objects that override the value of the environment."""

from __future__ import annotations

from typing import Any

import pytest

from ansible_collections.community.dynatrace.plugins.module_utils._problems import text_of
from ansible_collections.community.dynatrace.plugins.module_utils._settings_api.errors import InvalidInput
from ansible_collections.community.dynatrace.plugins.module_utils._settings_api.matching import Existing
from ansible_collections.community.dynatrace.plugins.module_utils._settings_api.schema import Schema
from ansible_collections.community.dynatrace.plugins.module_utils._settings_objects.declaration import Rules
from ansible_collections.community.dynatrace.plugins.module_utils._settings_objects.module import READ
from ansible_collections.community.dynatrace.plugins.module_utils._settings_objects.scopes import (
    Overrides,
    is_of_type,
    scope_type_problems,
)
from ansible_collections.community.dynatrace.plugins.module_utils._settings_objects.service import read

HOST, GROUP = "HOST-0000000000000001", "HOST_GROUP-0000000000000002"


def document(*scopes: str, multi: bool = False) -> dict[str, Any]:
    more = {"schemaConstraints": [{"type": "UNIQUE", "uniqueProperties": ["name"]}]} if multi else {}
    properties = {
        "name": {"type": "text", "nullable": True},
        "enabled": {"type": "boolean", "nullable": False, "default": True},
        "percent": {"type": "integer", "nullable": False, "default": 80},
        "token": {"type": "secret", "nullable": True},
    }
    return {
        "schemaId": "test:capacity",
        "version": "1.0",
        "allowedScopes": list(scopes),
        "multiObject": multi,
        "properties": properties,
        "types": {},
        "enums": {},
        **more,
    }


def schema(*scopes: str, multi: bool = False) -> Schema:
    return Schema.from_document(document(*scopes, multi=multi))


class Client:
    """An environment with some objects, which counts its requests."""

    notes = ()
    environment_id = "env"

    def __init__(self, document: dict[str, Any], *items: tuple[str, dict[str, Any]]) -> None:
        self.document, self.items, self.listed = document, items, []

    def get_schema(self, _schema_id: str, *, version: str | None = None) -> dict[str, Any]:
        return self.document

    def list_objects(self, _schema_id: str, *, scope: str, **_more: Any) -> list[dict[str, Any]]:
        self.listed.append(scope)
        return [
            {"objectId": f"id-{number}", "scope": one, "value": value}
            for number, (one, value) in enumerate(self.items)
            if scope in ("", one)
        ]


def details(client: Client, **options: Any) -> list[dict[str, Any]]:
    params = {
        **dict.fromkeys(READ.options),
        "schema_id": "test:capacity",
        "max_objects": 100,
        **options,
    }
    return read(client, params)["details"]  # type: ignore[arg-type]


def overridden(client: Client, **options: Any) -> dict[str, Any]:
    return {one["scope"]: one["overrides"] for one in details(client, **options)}


@pytest.mark.parametrize(
    ("scope", "scope_type", "expected"),
    [
        (HOST, "HOST", True),
        (GROUP, "HOST", False),
        (GROUP, "HOST_GROUP", True),
        ("environment", "environment", True),
        ("environment-ish", "environment", True),
        ("HOST", "HOST_GROUP", False),
    ],
)
def test_a_scope_is_of_the_type_before_its_id(scope: str, scope_type: str, expected: bool) -> None:
    assert is_of_type(scope, scope_type) is expected


def test_without_a_scope_all_scopes_are_read_with_one_list() -> None:
    client = Client(document("environment", "HOST"), ("environment", {"percent": 70}), (HOST, {"percent": 90}))
    assert [one["scope"] for one in details(client)] == ["environment", HOST]
    assert client.listed == [""]


def test_a_schema_of_the_environment_only_is_asked_for_that_scope() -> None:
    client = Client(document("environment"), ("environment", {}))
    details(client)
    assert client.listed == ["environment"]


def test_the_types_of_scopes_filter_the_objects_and_keep_the_comparison() -> None:
    client = Client(
        document("environment", "HOST", "HOST_GROUP"),
        ("environment", {"percent": 70}),
        (HOST, {"percent": 90}),
        (GROUP, {"percent": 70}),
    )
    assert overridden(client, scope_types=["HOST_GROUP", "HOST"]) == {
        HOST: {"base": "environment", "base_object_id": "id-0", "properties": ["percent"]},
        GROUP: {"base": "environment", "base_object_id": "id-0", "properties": []},
    }
    assert list(overridden(client, scope_types=["environment"])) == ["environment"]


def test_without_an_object_of_the_environment_its_defaults_are_overridden() -> None:
    client = Client(document("environment", "HOST"), (HOST, {"enabled": False, "percent": 80}))
    assert overridden(client) == {
        HOST: {"base": "schema_default", "base_object_id": None, "properties": ["enabled"]},
    }


def test_what_is_not_known_is_null() -> None:
    items = (("environment", {"percent": 70}), (HOST, {"percent": 90}))
    client = Client(document("environment", "HOST"), *items)
    assert overridden(client, scope=HOST) == {HOST: None}
    assert overridden(client, filter="value.percent > 1") == {"environment": None, HOST: None}
    assert overridden(Client(document("HOST"), (HOST, {}))) == {HOST: None}


def test_of_several_objects_those_with_the_same_unique_properties_are_compared() -> None:
    client = Client(
        document("environment", "HOST", multi=True),
        ("environment", {"name": "disk", "percent": 70}),
        (HOST, {"name": "disk", "percent": 95, "token": "***"}),
        (HOST, {"name": "memory"}),
    )
    found = [(one["name"], one["overrides"]) for one in details(client)]
    assert found == [
        ("disk", None),
        ("disk", {"base": "environment", "base_object_id": "id-0", "properties": ["percent"]}),
        ("memory", None),
    ]


def test_a_secret_is_not_compared() -> None:
    one = schema("environment", "HOST")
    base, other = (Existing(name, {"token": name}) for name in ("first", "second"))
    compared = Overrides(Rules.of(one, None, all_scopes=True), [("environment", base), (HOST, other)])
    assert compared.of(HOST, other) == {"base": "environment", "base_object_id": "first", "properties": []}


def test_a_wrong_type_is_named_with_what_was_probably_meant() -> None:
    (problem,) = scope_type_problems(schema("environment", "HOST"), ["environment", "host"])
    assert (problem.path, text_of(problem)) == (
        "scope_types[1]",
        "is not a scope type of test:capacity; its scope types are: environment, HOST; did you mean HOST?",
    )
    with pytest.raises(InvalidInput):
        details(Client(document("environment", "HOST")), scope_types=["SERVICE"])


def test_a_scope_and_types_exclude_each_other() -> None:
    _nothing, problems = READ.check({"schema_id": "test:capacity", "scope": HOST, "scope_types": ["HOST"]})
    assert [one.path for one in problems] == ["scope_types"]
