# Copyright (c) 2026, community.dynatrace contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""The JSON Schema of a policy: what is refused, and that what it finds never contains the value."""

from __future__ import annotations

from typing import Any

import pytest

from ansible_collections.community.dynatrace.plugins.module_utils._policies.json_schema import compile_schema
from ansible_collections.community.dynatrace.plugins.module_utils._problems import text_of

CANARY = "S3cret-canary"


@pytest.mark.parametrize(
    ("schema", "path", "text"),
    [
        ({"type": "strin"}, ".type", "must be one of: array"),
        ({"properties": {"a": {"type": ["string", "text"]}}}, ".properties.a.type", "must be one of: array"),
        ({"pattern": "("}, ".pattern", "must be a regular expression"),
        ({"patternProperties": {"[": {}}}, ".patternProperties", "must be a regular expression"),
        ({"minimum": "3"}, ".minimum", "is not a value that JSON Schema allows here"),
        ({"properties": []}, ".properties", "is not a value that JSON Schema allows here"),
        ({"allOf": [{"propertys": {}}]}, ".allOf[0].propertys", "did you mean properties?"),
        ({"x-team": "shop", "teams": 1}, ".teams", "is not a keyword of JSON Schema"),
        ({"format": "uri"}, ".format", "use pattern"),
        ({"$id": "https://example.com/"}, ".$id", "is not supported in a policy"),
        ({"$ref": "https://example.com/schema"}, ".$ref", "must refer to a part of the same schema"),
        ({"$ref": "file:///etc/passwd"}, ".$ref", "must refer to a part of the same schema"),
        ({"$ref": "#/$defs/b", "$defs": {"a": {}}}, ".$ref", "must refer to a part of the same schema"),
        ({"$schema": "http://json-schema.org/draft-07/schema#"}, ".$schema", "draft/2020-12"),
    ],
)
def test_what_is_wrong_with_a_schema(schema: dict[str, Any], path: str, text: str) -> None:
    (problem,) = compile_schema(schema).problems
    assert problem.path == path
    assert text in text_of(problem)


def test_all_problems_of_a_schema() -> None:
    schema = {"type": "strin", "not": {"pattern": "["}, "properties": {"a": {"minlength": 1}}}
    assert [problem.path for problem in compile_schema(schema).problems] == [
        ".not.pattern",
        ".properties.a.minlength",
        ".type",
    ]


def test_references_within_a_schema() -> None:
    schema = {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$defs": {"name": {"$anchor": "a_name", "pattern": "^x"}, "a/b": {"minLength": 2}},
        "properties": {"one": {"$ref": "#/$defs/name"}, "two": {"$ref": "#a_name"}, "three": {"$ref": "#/$defs/a~1b"}},
    }
    found = compile_schema(schema)
    assert found.problems == ()
    assert sorted(path for path, _problem in found.find({"one": "a", "two": "b", "three": "c"})) == [
        ("one",),
        ("three",),
        ("two",),
    ]


@pytest.mark.parametrize(
    ("schema", "value", "path", "text"),
    [
        ({"required": ["a", "b"]}, {"b": CANARY}, ("a",), "is required"),
        ({"dependentRequired": {"b": ["a"]}}, {"b": CANARY}, ("a",), "is required"),
        ({"const": True}, CANARY, (), "must be one of: true"),
        ({"enum": ["x", 1]}, CANARY, (), "must be one of: x, 1"),
        ({"pattern": "^x"}, CANARY, (), "must match the pattern ^x"),
        ({"type": ["integer", "null"]}, CANARY, (), "must be integer or null"),
        ({"maxLength": 3}, CANARY, (), "must be at most 3 characters"),
        ({"minItems": 2}, [CANARY], (), "must have at least 2 items"),
        ({"maxItems": 0}, [CANARY], (), "must have at most 0 items, but has 1"),
        ({"uniqueItems": True}, [CANARY, CANARY], (), "must not contain the same item twice"),
        ({"contains": {"const": 1}}, [CANARY], (), "does not contain the required items, or contains too many of them"),
        ({"properties": {"a": False}}, {"a": CANARY}, ("a",), "is not allowed"),
        ({"additionalProperties": False}, {CANARY: CANARY}, (), "has a property that is not allowed"),
        ({"propertyNames": {"pattern": "^x"}}, {CANARY: 1}, (), "must match the pattern ^x"),
        ({"not": {"type": "string"}}, CANARY, (), "does not satisfy the keyword not"),
        ({"anyOf": [{"const": 1}, {"const": 2}]}, CANARY, (), "does not satisfy the keyword anyOf"),
        ({"if": {"type": "string"}, "then": {"minLength": 99}}, CANARY, (), "must be at least 99 characters"),
        ({"items": {"exclusiveMinimum": 2}}, [2], (0,), "must be greater than 2"),
        ({"multipleOf": 2}, 3, (), "does not satisfy the keyword multipleOf"),
    ],
)
def test_what_a_schema_finds(schema: dict[str, Any], value: Any, path: tuple[Any, ...], text: str) -> None:
    compiled = compile_schema(schema)
    assert compiled.problems == ()
    ((where, problem),) = compiled.find(value)
    assert (where, text_of(problem)) == (path, text)
    assert CANARY not in repr(problem)
