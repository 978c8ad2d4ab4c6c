# Copyright (c) 2026, community.dynatrace contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""What is wrong with policies, all of it; which of them are about an environment; and several variables."""

from __future__ import annotations

from typing import Any

from ansible_collections.community.dynatrace.plugins.module_utils._layers import Layer
from ansible_collections.community.dynatrace.plugins.module_utils._params import parser_problems
from ansible_collections.community.dynatrace.plugins.module_utils._policies.options import (
    OPTIONS,
    merged_policies,
    read_policies,
)
from ansible_collections.community.dynatrace.plugins.module_utils._problems import text_of
from ansible_collections.community.dynatrace.plugins.module_utils._session_exports.declaration import published_schema

ANY = {"match": {"schema_ids": ["*"]}, "schema": {}}


def problems_of(*policies: dict[str, Any], **more: Any) -> list[tuple[str, str]]:
    _policies, problems = read_policies({"policies": list(policies), **more}, only=published_schema())
    return [(problem.path, text_of(problem)) for problem in problems]


def names_of(*policies: dict[str, Any], groups: list[str]) -> list[str]:
    found, problems = read_policies({"policies": list(policies), "environment_groups": groups})
    assert problems == []
    return [policy.name for policy in found.policies]


def test_everything_that_is_wrong_is_said_at_once() -> None:
    found = problems_of(
        {"name": "one"},
        {**ANY, "name": "one"},
        {**ANY, "match": {"schema_ids": [""]}, "exclude": {"names": []}, "schema": {"requried": ["a"]}},
        {**ANY, "name": "off", "match": {"schema_ids": ["builtin:elasticsearch.user-session-export-settings"]}},
    )
    assert found == [
        ("policies[0].schema", "is required"),
        ("policies[0].match.schema_ids", "is required"),
        ("policies[1].name", "is the same as policies[0].name"),
        ("policies[2].name", "is required"),
        ("policies[2].schema.requried", "is not a keyword of JSON Schema (Draft 2020-12); did you mean required?"),
        ("policies[2].match.schema_ids[0]", "must not be empty"),
        ("policies[2].exclude", "must not be empty"),
        (
            "policies[3].match.schema_ids[0]",
            "builtin:elasticsearch.user-session-export-settings is not a schema of this environment; did you mean "
            "builtin:elasticsearch.user-session-export-settings-v2?",
        ),
    ]


def test_unknown_keys_and_choices_are_near_something() -> None:
    policy = {
        "name": "a",
        "shema": {},
        "match": {"schema_id": ["x"]},
        "severity": "info",
        "target": "lists",
        "message": "x",
    }
    found, _rest = parser_problems(OPTIONS, {"policies": [policy]})
    assert {problem.path: text_of(problem) for problem in found} == {
        "policies[0].shema": "is not an option; did you mean schema?",
        "policies[0].message": "is not an option; did you mean msg?",
        "policies[0].match.schema_id": "is not an option; did you mean schema_ids?",
        "policies[0].severity": "must be one of: error, warning",
        "policies[0].target": "must be one of: object, list",
    }


def test_names_of_properties_are_those_of_the_schema() -> None:
    policy = {
        "name": "a",
        "match": {"schema_ids": [published_schema().schema_id]},
        "schema": {
            "required": ["endpoint_definition"],
            "properties": {"authentication": {"dependentRequired": {"activ": ["basicAuth"]}}},
        },
    }
    assert problems_of(policy) == [
        (
            f"policies[0].schema.{path}",
            "is not the name of a property of builtin:elasticsearch.user-session-export-settings-v2, so the rule would "
            f"check nothing; did you mean {meant}?",
        )
        for path, meant in (
            ("required[0]", "endpointDefinition"),
            ("properties.authentication.dependentRequired.activ", "active"),
        )
    ]


def test_groups_select_environments() -> None:
    production = {**ANY, "name": "production", "match": {"schema_ids": ["*"], "groups": ["production", "shop"]}}
    others = {**ANY, "name": "others", "exclude": {"groups": ["production"]}}
    every = {**ANY, "name": "every", "match": {"schema_ids": ["*"], "groups": ["all"]}}
    # An exception for some exports of a group is no exception for the environment.
    some = {**ANY, "name": "some", "exclude": {"groups": ["production"], "names": ["archive"]}}
    off = {"name": "off", "enabled": False}
    assert names_of(production, others, every, some, off, groups=["production"]) == ["production", "every", "some"]
    assert names_of(production, others, every, some, off, groups=[]) == ["others", "every", "some"]


def test_an_exception_in_a_group_is_none_elsewhere() -> None:
    policy = {**ANY, "name": "some", "exclude": {"groups": ["production"], "names": ["archive*"]}}
    for groups, about in ((["production"], False), (["staging"], True)):
        (found,) = read_policies({"policies": [policy], "environment_groups": groups})[0].policies
        assert found.about("builtin:x", "environment", "archive-1") is about
        assert found.about("builtin:x", "environment", "shop") is True


def test_a_later_variable_replaces_a_policy_and_can_switch_it_off() -> None:
    layers = [
        Layer("dynatrace_policies", "group all", [{**ANY, "name": "a"}, {**ANY, "name": "b"}]),
        Layer("dynatrace_policies__test", "group test", [{"name": "a", "enabled": False}]),
    ]
    merged = merged_policies(layers)
    assert [(one["name"], one.get("enabled")) for one in merged.items] == [("a", False), ("b", None)]
    assert merged.items[0]["source"] == "dynatrace_policies__test (group test)"
    assert merged.paths == ("dynatrace_policies__test[0]", "dynatrace_policies[1]")
    assert merged.in_result is False
