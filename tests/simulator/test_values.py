# Copyright (c) 2026, community.dynatrace contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Values: what the server finds wrong with them, and where."""

from __future__ import annotations

import copy
from typing import Any

import hypothesis
import pytest
from hypothesis import strategies

from ansible_collections.community.dynatrace.tests.support.simulator import (
    ZONE_SCHEMA,
    Simulator,
    basic_auth,
    export_object,
    export_value,
    oauth2,
)
from settings_api_simulator.interpreter import Schema, check
from settings_api_simulator.interpreter.complex import broken_among
from settings_api_simulator.interpreter.java_regex import matches
from settings_api_simulator.interpreter.leaves import (
    repaired,
    with_empty_collections,
    with_empty_inactive,
    without_inactive,
)
from settings_api_simulator.published import session_exports

from .client import Api, violations

HTTPS = "For security reasons we only allow HTTPS endpoints"


def changed(path: str, new: Any) -> dict[str, Any]:
    """A whole export with every branch active, one part exchanged (... removes it)."""
    value = export_value(
        authentication=basic_auth("user", "secret"), sendDirect={"active": True, "indexName": "sessions"}
    )
    *parents, last = path.split("/")
    here = value
    for part in parents:
        here = here[part]
    if new is ...:
        del here[last]
    else:
        here[last] = new
    return value


@pytest.mark.parametrize(
    ("path", "new", "message"),
    [
        ("endpointDefinition", ..., "Must not be null"),
        ("endpointDefinition/endpointUrl", ..., "Must not be null"),
        ("endpointDefinition/contentType", None, "Must not be null"),  # a default is not filled in
        ("endpointDefinition/endpointUrl", "http://a.example.com", HTTPS),
        ("endpointDefinition/endpointUrl", "https://a b", "Not a valid URI"),
        ("endpointDefinition/endpointUrl", "https://" + "a" * 493, "Size must be between 1 and 500"),
        ("endpointDefinition/usePost", "yes", "Must be of type boolean"),
        ("endpointDefinition/usePost", 1, "Must be of type boolean"),
        ("endpointDefinition/typo", True, "Unknown property"),
        ("endpointDefinition", [], "Must be of type EndpointDefinition"),
        ("authentication/basicAuth", ..., "Must not be null"),
        ("authentication/basicAuth/password", ..., "Must not be null"),
        ("authentication/basicAuth/password", "   ", "Must not be blank"),
        ("authentication/basicAuth/username", 5, "Must be of type text"),
        ("sendDirect/indexName", ..., "Must not be null"),
        ("sendDirect/docType", "", "Size must be between 1 and 500"),
        ("exportBehavior/managementZone", "Production", "Must be of type setting"),
        ("exportBehavior/customConfiguration", "x" * 501, "Size must be between 1 and 500"),
    ],
)
def test_a_wrong_value_is_named_with_its_path(api: Api, path: str, new: Any, message: str) -> None:
    value = changed(path, new)
    answer = api.post(export_object(value=value))
    assert answer.status_code == 400
    assert violations(answer) == {path: message}
    assert answer.json()[0]["invalidValue"] == value  # echoed, secrets and all


def test_a_value_that_is_not_in_its_enum(api: Api) -> None:
    value = export_value(authentication=oauth2("secret", grantType="password"))
    found = violations(api.post(export_object(value=value)))
    assert found == {"authentication/oAuth2/grantType": 'Value must be one of ["clientCredentials"]'}


def test_all_violations_are_reported_at_once(api: Api) -> None:
    value = export_value("http://x", authentication={"active": True, "authType": "oauth2", "oAuth2": {"scope": ""}})
    found = violations(api.post(export_object(value=value)))
    assert set(found) == {
        "endpointDefinition/endpointUrl",
        "authentication/oAuth2/grantType",
        "authentication/oAuth2/accessTokenUrl",
        "authentication/oAuth2/clientId",
        "authentication/oAuth2/clientSecret",
        "authentication/oAuth2/scope",
        "authentication/oAuth2/sendCredentials",
    }


def test_inactive_branches_are_refused_by_default(api: Api, simulator: Simulator, env: str) -> None:
    value = export_value(authentication={"active": False, "authType": "basic"}, sendDirect={"indexName": "i"})
    assert set(violations(api.post(export_object(value=value)))) == {"authentication/authType", "sendDirect/indexName"}
    simulator.switches(env, inactive_values="drop")
    assert api.get(api.create(export_object(value=value))).json()["value"] == export_value()
    simulator.switches(env, inactive_values="store")
    assert api.get(api.create(export_object(value=value))).json()["value"] == value


def test_null_means_unset(api: Api) -> None:
    value = export_value(exportBehavior={"managementZone": None}, sendDirect={"indexName": None})
    assert api.get(api.create(export_object(value=value))).json()["value"] == export_value()


def test_everything_that_can_be_set_is_returned(api: Api, simulator: Simulator, env: str) -> None:
    (zone,) = simulator.seed(env, [{"schemaId": ZONE_SCHEMA, "value": {"name": "z", "rules": []}}])
    value = export_value(
        endpointDefinition={"enableUserSessionExport": False, "contentType": "application/x-ndjson", "usePost": True},
        authentication=oauth2("secret", scope="export"),
        sendDirect={"active": True, "indexName": "sessions", "docType": "_doc"},
        exportBehavior={
            "managementZone": zone,
            "disableNotification": True,
            "customConfiguration": "ConnectTimeout=5000",
        },
    )
    object_id = api.create(export_object(value=value))
    expected = copy.deepcopy(value)
    shown = api.get(object_id).json()["value"]
    expected["authentication"]["oAuth2"]["clientSecret"] = shown["authentication"]["oAuth2"]["clientSecret"]
    assert shown == expected


def test_the_undocumented_repair_fills_and_drops(api: Api) -> None:
    value = {**export_value(), "typo": 1}
    del value["endpointDefinition"]["contentType"]
    assert api.post(export_object(value=value)).status_code == 400
    assert api.post(export_object(value=value), repairInput="true").status_code == 200


def schema(*, properties: dict[str, Any], **more: Any) -> Schema:
    return Schema({"schemaId": "builtin:test", "version": "1", "properties": properties, **more})


def faults(found: Schema, value: Any, previous: dict[str, Any] | None = None) -> dict[str, str]:
    return {violation.path: violation.message for violation in check(found, value, previous=previous)}


@pytest.mark.parametrize(
    ("constraint", "good", "bad"),
    [
        ({"type": "TRIMMED"}, "a b", " a"),
        ({"type": "NO_WHITESPACE"}, "ab", "a b"),
        ({"type": "NOT_EMPTY"}, " ", ""),
        ({"type": "NOT_BLANK"}, "a", " \t"),
        ({"type": "REGEX"}, "a+", "a("),
        ({"type": "PATTERN", "pattern": "a.b"}, "axb", "xaxb"),  # the whole text, as in Java
        ({"type": "LENGTH", "maxLength": 3}, "abc", "\N{GRINNING FACE}\N{GRINNING FACE}"),  # UTF-16 units, as in Java
    ],
)
def test_constraints_of_texts(constraint: dict[str, Any], good: str, bad: str) -> None:
    found = schema(properties={"p": {"type": "text", "constraints": [{**constraint, "customMessage": "no"}]}})
    assert faults(found, {"p": good}) == {}
    assert faults(found, {"p": bad}) == {"p": "no"}


def test_numbers_have_types_and_ranges() -> None:
    within = [{"type": "RANGE", "minimum": 1, "maximum": 5}]
    found = schema(
        properties={"i": {"type": "integer", "constraints": within}, "f": {"type": "float", "nullable": True}}
    )
    assert faults(found, {"i": 5, "f": 1}) == {}
    assert faults(found, {"i": 1.0}) == {"i": "Must be of type integer"}
    assert faults(found, {"i": True}) == {"i": "Must be of type integer"}
    assert faults(found, {"i": 0, "f": "1"}) == {
        "i": "Must be greater than or equal to 1",
        "f": "Must be of type float",
    }


def test_collections() -> None:
    rule = {"properties": {"name": {"type": "text"}}}
    found = schema(
        types={"Rule": rule},
        properties={
            "tags": {"type": "set", "items": {"type": "text"}, "minObjects": 1, "maxObjects": 2},
            "rules": {
                "type": "list",
                "nullable": True,
                "items": {"type": {"$ref": "#/types/Rule"}},
                "constraints": [{"type": "UNIQUE", "uniqueProperties": ["name"]}],
                "maxObjects": 9,
            },
        },
    )
    assert faults(found, {"tags": ["a", "b"], "rules": [{"name": "x"}, {"name": "y"}]}) == {}
    assert faults(found, {"tags": []}) == {"tags": "Size must be between 1 and 2"}
    assert faults(found, {"tags": ["a", "a"]}) == {"tags": "Must not contain duplicates"}
    assert faults(found, {"tags": ["a", None]}) == {"tags/1": "Must not be null"}
    assert faults(found, {"tags": ["a"], "rules": [{"name": "x"}, {"nome": 1}]}) == {
        "rules/1/nome": "Unknown property",
        "rules/1/name": "Must not be null",
    }
    assert faults(found, {"tags": ["a"], "rules": [{"name": "x"}] * 2}) == {"rules": "Must be unique: name"}


def test_preconditions() -> None:
    in_list = {"type": "IN", "property": "kind", "expectedValues": ["a", "b"]}
    starts = {"type": "REGEX_MATCH", "property": "kind", "pattern": "a.*"}
    found = schema(
        properties={
            "kind": {"type": "text", "nullable": True},
            "listed": {"type": "text", "precondition": in_list},
            "other": {"type": "text", "precondition": {"type": "NOT", "precondition": in_list}},
            "both": {"type": "text", "precondition": {"type": "AND", "preconditions": [in_list, starts]}},
            "unset": {"type": "text", "precondition": {"type": "NULL", "property": "kind"}},
            "future": {"type": "text", "precondition": {"type": "UNKNOWN"}},
        }
    )
    assert set(faults(found, {"kind": "a"})) == {"listed", "both"}
    assert set(faults(found, {"kind": "b"})) == {"listed"}
    assert set(faults(found, {"kind": "z"})) == {"other"}
    assert set(faults(found, {})) == {"other", "unset"}
    assert set(faults(found, {"kind": "z", "other": "o", "listed": "l", "future": "f"})) == {"listed"}


def test_constraints_over_several_properties() -> None:
    found = schema(
        properties={"low": {"type": "integer", "nullable": True}, "high": {"type": "integer", "nullable": True}},
        constraints=[
            {"type": "LESS_THAN", "properties": ["low", "high"]},
            {"type": "PROPERTY_COUNT_RANGE", "properties": ["low", "high"], "minimumPropertyCount": 1},
        ],
    )
    assert faults(found, {"low": 1, "high": 2}) == {}
    assert faults(found, {"low": 2, "high": 2}) == {"low": "Must be less than high"}
    assert list(faults(found, {})) == [""]


def test_a_property_that_may_not_be_modified() -> None:
    found = schema(properties={"id": {"type": "text", "modificationPolicy": "NEVER"}})
    assert faults(found, {"id": "b"}) == {}
    assert faults(found, {"id": "b"}, {"id": "a"}) == {"id": "Must not be modified"}
    assert faults(found, {"id": "a"}, {"id": "a"}) == {}


JSON_VALUES = strategies.recursive(
    strategies.none() | strategies.booleans() | strategies.integers() | strategies.text(max_size=5),
    lambda inner: (
        strategies.lists(inner, max_size=3)
        | strategies.dictionaries(strategies.sampled_from(["active", "authType", "basicAuth", "oAuth2", "x"]), inner)
    ),
    max_leaves=12,
)


@hypothesis.given(authentication=JSON_VALUES, url=JSON_VALUES)
def test_any_json_is_judged_and_nothing_breaks(authentication: Any, url: Any) -> None:
    export = Schema(session_exports.schema("0.0.214"))
    value = {**export_value(), "authentication": authentication}
    value["endpointDefinition"] = {**value["endpointDefinition"], "endpointUrl": url}
    found = check(export, value)
    assert found == check(export, copy.deepcopy(value))
    for changed_value in (without_inactive(export, value), with_empty_inactive(export, value), repaired(export, value)):
        check(export, changed_value)
    active = without_inactive(export, value)
    assert not [violation for violation in check(export, active) if "precondition" in violation.message]


def schema_of(properties: dict[str, Any], types: dict[str, Any] | None = None, **more: Any) -> Schema:
    types = {name: {"type": "object", "properties": part} for name, part in (types or {}).items()}
    return Schema({"schemaId": "builtin:x", "version": "1", "properties": properties, "types": types, **more})


LISTS = schema_of(
    {
        "name": {"type": "text"},
        "needed": {"type": "list", "minObjects": 0, "items": {"type": "text"}},
        "filled": {"type": "set", "minObjects": 1, "items": {"type": "text"}},
        "optional": {"type": "list", "nullable": True, "items": {"type": "text"}},
        "asleep": {
            "type": "list",
            "items": {"type": "text"},
            "precondition": {"type": "EQUALS", "property": "name", "expectedValue": "awake"},
        },
        "inner": {"type": {"$ref": "#/types/Inner"}},
        "many": {"type": "list", "items": {"type": {"$ref": "#/types/Inner"}}},
    },
    {
        "Inner": {
            "tags": {"type": "set", "items": {"type": "text"}},
            "size": {"type": "integer", "default": 3},
        }
    },
)


def test_a_missing_list_that_must_not_be_null_counts_as_empty() -> None:
    value = {"name": "x", "inner": {"size": 1}, "many": [{"size": 2}], "filled": ["one"]}
    assert check(LISTS, value) == []
    assert check(LISTS, {**value, "needed": None, "inner": {"size": 1, "tags": None}}) == []
    without = {name: part for name, part in value.items() if name != "filled"}
    # Then its size is checked.
    assert [(one.path, one.message) for one in check(LISTS, without)] == [
        ("filled", "Size must be between 1 and 2147483647")
    ]
    # Objects are not made.
    assert [one.path for one in check(LISTS, {"name": "x", "filled": ["one"]})] == ["inner"]
    assert with_empty_collections(LISTS, value) == {
        "name": "x",
        "needed": [],
        "filled": ["one"],
        "inner": {"size": 1, "tags": []},
        "many": [{"size": 2, "tags": []}],
    }


def test_what_is_stored_has_the_empty_list(api: Api, simulator: Simulator, env: str) -> None:
    simulator.configure(env, schema_overrides=[LISTS.raw])
    value = {"name": "x", "filled": ["one"], "inner": {"size": 1}}
    object_id = api.create({"schemaId": "builtin:x", "scope": "environment", "value": value})
    found = api.get(object_id).json()["value"]
    assert found == {**value, "needed": [], "many": [], "inner": {"size": 1, "tags": []}}
    assert api.put(object_id, {**value, "inner": {"size": 2}}).status_code == 200


def test_repair_input(api: Api, simulator: Simulator, env: str) -> None:
    """Missing objects are made with their defaults; what is unknown, or below a precondition, is dropped."""
    simulator.configure(env, schema_overrides=[LISTS.raw])
    value = {"name": "x", "filled": ["one"], "asleep": [], "typo": 1}
    item = {"schemaId": "builtin:x", "scope": "environment", "value": value}
    assert api.post(item).status_code == 400
    answer = api.post(item, repairInput="true")
    assert answer.status_code == 200
    made = {"name": "x", "filled": ["one"], "needed": [], "many": [], "inner": {"size": 3, "tags": []}}
    assert api.get(answer.json()[0]["objectId"]).json()["value"] == made
    without_size = api.post({**item, "value": {"name": "x"}}, repairInput="true")
    assert violations(without_size) == {"filled": "Size must be between 1 and 2147483647"}


def test_a_type_that_needs_itself_cannot_be_repaired() -> None:
    node = {"next": {"type": {"$ref": "#/types/Node"}}, "size": {"type": "integer", "default": 1}}
    loop = schema_of({"first": {"type": {"$ref": "#/types/Node"}}, "size": node["size"]}, {"Node": node})
    assert repaired(loop, {}) == {"size": 1}
    assert [one.path for one in check(loop, repaired(loop, {}))] == ["first"]


PLACE = {"city": {"type": "text", "nullable": True}, "tags": {"type": "set", "items": {"type": "text"}}}


def among(names: list[str], one: dict[str, Any], other: dict[str, Any], **more: Any) -> bool:
    """Whether a UNIQUE constraint of the schema refuses the one beside the other."""
    constraint = {"type": "UNIQUE", "uniqueProperties": names, **more}
    schema = schema_of(
        {
            "place": {"type": {"$ref": "#/types/Place"}},
            "rules": {"type": "list", "items": {"type": {"$ref": "#/types/Place"}}},
        },
        {"Place": PLACE},
        schemaConstraints=[constraint],
    )
    return bool(list(broken_among(schema, one, [other], [other])))


@pytest.mark.parametrize("path", ["place.city", "place/city"])
def test_unique_below_an_object(path: str) -> None:
    linz, graz = ({"place": {"city": city}} for city in ("Linz", "Graz"))
    assert among([path], linz, linz)
    assert not among([path], linz, graz)
    assert not among([path], {"place": {}}, {"place": {"city": None}})  # nothing is not equal to nothing


def test_unique_through_a_list() -> None:
    one, other, both = ({"rules": [{"city": city} for city in cities]} for cities in (["a"], ["b"], ["a", "b"]))
    assert among(["rules.city"], both, both)
    assert not among(["rules.city"], one, both)
    assert among(["rules/city"], one, both, flattenCollections=True)
    assert not among(["rules/city"], one, other, flattenCollections=True)
    assert among(["place.tags"], {"place": {"tags": ["x", "y"]}}, {"place": {"tags": ["y"]}}, flattenCollections=True)


def test_unique_items_of_a_list() -> None:
    unique = {"type": "UNIQUE", "uniqueProperties": ["place.city", "kind"]}
    item = {"place": {"type": {"$ref": "#/types/Place"}}, "kind": {"type": "text", "nullable": True}}
    schema = schema_of(
        {"rules": {"type": "list", "items": {"type": {"$ref": "#/types/Item"}}, "constraints": [unique]}},
        {"Place": PLACE, "Item": item},
    )

    def refused(*items: dict[str, Any]) -> bool:
        return bool(check(schema, {"rules": list(items)}))

    linz, graz = ({"place": {"city": city}, "kind": "x"} for city in ("Linz", "Graz"))
    assert refused(linz, linz)
    assert not refused(linz, graz, {**linz, "kind": "y"})


@pytest.mark.parametrize(
    ("pattern", "text", "expected"),
    [
        (r"\p{Alpha}+", "abc", True),
        (r"\p{Alpha}+", "ab1", False),
        (r"(?<name>a)b", "ab", True),
        (r"\Qa.b\E", "a.b", True),
        (r"\Qa.b\E", "axb", False),
        (r"a.b", "a\rb", False),
        (r"\d", "\N{ARABIC-INDIC DIGIT ONE}", False),
        (r"[a.]+", ".a", True),
        (r"^a$", "a\n", False),
        (r"[a&&[b]]", "whatever it is", True),  # not understood: matches everything
    ],
)
def test_patterns_match_as_in_java(pattern: str, text: str, expected: bool) -> None:
    assert matches(pattern, text) is expected
