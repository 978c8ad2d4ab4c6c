# Copyright (c) 2026, community.dynatrace contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Several declarations become the objects of each schema and scope; later sources take precedence."""

from __future__ import annotations

from typing import Any

from ansible_collections.community.dynatrace.plugins.module_utils._settings_api.schema import Schema
from ansible_collections.community.dynatrace.plugins.module_utils._settings_objects.declarations import (
    Group,
    declaration_problems,
    read_groups,
)

TEXT = {"type": "text", "nullable": True}
DOCUMENT: dict[str, Any] = {
    "schemaId": "test:zones",
    "version": "1",
    "multiObject": True,
    "allowedScopes": ["environment", "HOST"],
    "properties": {"name": TEXT, "longName": TEXT, "apiToken": {"type": "secret", "nullable": True}},
    "types": {},
    "enums": {},
    "schemaConstraints": [{"type": "UNIQUE", "uniqueProperties": ["name"]}],
}
SCHEMAS = {
    "test:zones": Schema.from_document(DOCUMENT),
    "test:single": Schema.from_document({**DOCUMENT, "schemaId": "test:single", "multiObject": False}),
    "test:derived": Schema.from_document({**DOCUMENT, "schemaId": "test:derived", "allowedScopes": ["CLUSTER"]}),
}


def declared(*objects: dict[str, Any], schema_id: str = "test:zones", **more: Any) -> dict[str, Any]:
    return {"schema_id": schema_id, "objects": list(objects), **more}


def one(own_name: str = "", /, **value: Any) -> dict[str, Any]:
    return {**({"name": own_name} if own_name else {}), "value": value}


def groups_of(*declarations: dict[str, Any]) -> list[Group]:
    groups, problems = read_groups(declarations, SCHEMAS)
    assert problems == []
    return groups


def wrong(*declarations: dict[str, Any]) -> dict[str, str]:
    _groups, problems = read_groups(declarations, SCHEMAS)
    return {problem.path: problem.code for problem in problems}


def test_declarations_about_one_schema_and_scope_add_up() -> None:
    groups = groups_of(
        declared(one("a")),
        declared(one("h"), scope="HOST-1"),
        declared(one("b"), prune=True),
        declared(one("s"), schema_id="test:single"),
        declared(one("t"), scope="tenant"),
    )
    found = [(group.title, group.where, [part.where for part in group.objects], group.prune) for group in groups]
    assert found == [
        (
            "test:zones",
            "declarations[0]",
            ["declarations[0].objects[0]", "declarations[2].objects[0]", "declarations[4].objects[0]"],
            True,
        ),
        ("test:zones in HOST-1", "declarations[1]", ["declarations[1].objects[0]"], False),
        ("test:single", "declarations[3]", ["declarations[3].objects[0]"], False),
    ]


def test_an_object_replaces_the_one_of_an_earlier_source_by_its_name_or_by_what_identifies_it() -> None:
    (group,) = groups_of(
        declared(one("a", name="A"), one(name="B"), one("c", name="C"), source="all"),
        declared(one("a", name="A2"), one(name="B", longName="from the group"), source="group"),
        declared(one("c", name="C"), source="host", state="absent"),
    )
    found = [(part.options["value"].get("name"), part.source, part.absent) for part in group.objects]
    assert found == [("A2", "group", False), ("B", "group", False), ("C", "host", True)]
    assert group.sources["declarations[1].objects[1]"] == "group"


def test_a_schema_with_one_object_has_one_whatever_its_value() -> None:
    (group,) = groups_of(
        declared(one(longName="all"), schema_id="test:single", source="all"),
        declared(one(longName="host"), schema_id="test:single", source="host"),
    )
    assert [part.options["value"] for part in group.objects] == [{"longName": "host"}]


def test_the_same_name_twice_in_one_source_is_a_mistake() -> None:
    assert wrong(declared(one("a", name="A"), source="x"), declared(one("a", name="B"), source="x")) == {
        "declarations[1].objects[0].name": "same_name"
    }


def test_names_of_properties_can_be_in_snake_case_and_problems_then_name_them_so() -> None:
    (group,) = groups_of(declared(one(name="A", long_name="x"), one(name="B", longName="y")))
    assert [part.options["value"] for part in group.objects] == [
        {"name": "A", "longName": "x"},
        {"name": "B", "longName": "y"},
    ]
    path_of = group.rules.format_path
    assert path_of("declarations[0].objects[0]", ("longName",)) == "declarations[0].objects[0].value.long_name"
    assert path_of("declarations[0].objects[1]", ("longName",)) == "declarations[0].objects[1].value.longName"
    (path,) = wrong(declared(one(name="A", long_name="x", longName="y")))
    assert path == "declarations[0].objects[0].value.long_name"


def test_what_the_schema_does_not_have_is_a_problem() -> None:
    assert wrong(
        declared(one("a"), ordered=True, match_on=["apiToken", "nothing"]),
        declared(one("b"), scope="HOSTS-1"),
        declared(schema_id="test:derived", prune=True),
        declared(schema_id="test:single", prune=True),
    ) == {
        "declarations[0].ordered": "no_order",
        "declarations[0].match_on[0]": "no_identity",
        "declarations[0].match_on[1]": "no_identity",
        "declarations[1].scope": "unknown_scope.meant",
        "declarations[2].scope": "required.prune",
        "declarations[2].prune": "prune_schema",
        "declarations[3].prune": "prune_schema",
    }


def test_the_scope_that_the_environment_derives_is_left_open() -> None:
    (group,) = groups_of(declared(one("a"), schema_id="test:derived"))
    assert (group.scope, group.rules.all_scopes, group.title) == ("", True, "test:derived")


def test_what_is_wrong_whatever_the_schema() -> None:
    given = [
        {"objects": []},
        {"schema_id": "x", "scope": ""},
        "text",
        {"schema_id": "x", "objects": [{"name": "a"}, {"name": "a", "value": {}}]},
        {"schema_id": "x", "objects": [], "prune": True, "state": "absent"},
        {"schema_id": "x", "objects": [], "confirm_prune_all": True},
    ]
    assert [(problem.path, problem.code) for problem in declaration_problems(given, "dynatrace_settings")] == [
        ("dynatrace_settings[0].schema_id", "required"),
        ("dynatrace_settings[1].scope", "empty"),
        ("dynatrace_settings[1].objects", "required.list"),
        ("dynatrace_settings[2]", "type"),
        ("dynatrace_settings[3].objects[0].value", "required"),
        ("dynatrace_settings[3].objects[1].name", "same_name"),
        ("dynatrace_settings[4].prune", "only_present"),
        ("dynatrace_settings[5].confirm_prune_all", "nothing_to_confirm"),
    ]
