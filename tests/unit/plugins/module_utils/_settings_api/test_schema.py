# Copyright (c) 2026, community.dynatrace contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""What the engine makes of a schema: completion, problems, secrets, comparison, told with session exports."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import jsonschema_rs
import pytest

from ansible_collections.community.dynatrace.plugins.module_utils._session_exports.published_schema import PUBLISHED
from ansible_collections.community.dynatrace.plugins.module_utils._settings_api.errors import MissingLibrary
from ansible_collections.community.dynatrace.plugins.module_utils._settings_api.property_path import (
    delete_path,
    get_path,
    set_path,
)
from ansible_collections.community.dynatrace.plugins.module_utils._settings_api.schema import Schema

HTTPS_ONLY = {"urlHttpsValidator": ("^https://", "must be an https URL")}
EXPORTS = Schema.from_document(PUBLISHED, known_validators=HTTPS_ONLY)
URL = ("endpointDefinition", "endpointUrl")
PASSWORD = ("authentication", "basicAuth", "password")
CLIENT_SECRET = ("authentication", "oAuth2", "clientSecret")


def with_basic(**auth: Any) -> dict[str, Any]:
    return {
        "endpointDefinition": {"endpointUrl": "https://sink.example/"},
        "authentication": {"active": True, "basicAuth": {"username": "dynatrace", **auth}},
    }


def problems(value: Any, schema: Schema = EXPORTS, **how: Any) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for path, message in schema.problems(schema.complete(value).value, **how):
        found.setdefault(".".join(map(str, path)), []).append(message)
    return found


def small(properties: dict[str, Any], **more: Any) -> Schema:
    """A schema made for one question."""
    full = {name: {"nullable": False, **prop} for name, prop in properties.items()}
    return Schema.from_document({"schemaId": "test", "version": "1", "multiObject": True, "properties": full, **more})


class TestCompletion:
    def test_an_export_needs_only_its_url(self) -> None:
        done = EXPORTS.complete({"endpointDefinition": {"endpointUrl": "https://sink.example/"}})
        assert done.value == {
            "endpointDefinition": {
                "endpointUrl": "https://sink.example/",
                "enableUserSessionExport": True,
                "contentType": "application/json",
                "usePost": False,
            },
            "authentication": {"active": False},
            "sendDirect": {"active": False},
            "exportBehavior": {"disableNotification": False},
        }
        assert EXPORTS.problems(done.value) == []

    def test_what_the_documentation_posts_is_accepted_as_it_is(self, reference: Path) -> None:
        posted = json.loads((reference / "examples" / "session-export.post-request.docs.json").read_text())[0]["value"]
        assert EXPORTS.complete(posted).value == EXPORTS.active_value(posted)  # all that goes are two nulls
        assert EXPORTS.problems(posted) == []
        assert EXPORTS.differences(posted, EXPORTS.complete(posted).value) == []

    def test_a_branch_lives_with_the_whole_chain_above_it(self) -> None:
        auth = {"authType": "basic", "basicAuth": {"username": "u", "password": "p"}}
        done = EXPORTS.complete({"authentication": {"active": False, **auth}})
        assert done.value["authentication"] == {"active": False}
        assert done.ignored == (("authentication", "authType"), ("authentication", "basicAuth"))
        done = EXPORTS.complete({"authentication": {"active": True, **auth}})
        assert done.value["authentication"] == {"active": True, **auth}
        assert done.ignored == ()

    def test_the_other_way_to_authenticate_is_dropped_and_named(self) -> None:
        done = EXPORTS.complete(
            {"authentication": {"active": True, "authType": "oauth2", "basicAuth": {"username": "u"}}}
        )
        assert done.value["authentication"]["oAuth2"] == {"grantType": "clientCredentials", "sendCredentials": "header"}
        assert done.ignored == (("authentication", "basicAuth"),)

    def test_no_default_is_invented_for_secrets_or_against_the_constraints(self) -> None:
        done = EXPORTS.complete({"authentication": {"active": True}})
        assert done.value["authentication"]["basicAuth"] == {}
        assert "endpointUrl" not in done.value["endpointDefinition"]

    def test_null_is_absent(self) -> None:
        done = EXPORTS.complete(
            {"endpointDefinition": {"usePost": None}, "sendDirect": None, "exportBehavior": {"managementZone": None}}
        )
        assert done.value["endpointDefinition"]["usePost"] is False
        assert done.value["sendDirect"] == {"active": False}
        assert "managementZone" not in done.value["exportBehavior"]

    def test_the_given_value_is_left_alone(self) -> None:
        value: dict[str, Any] = {"endpointDefinition": {}, "unknown": {"list": [1]}}
        done = EXPORTS.complete(value)
        done.value["unknown"]["list"].append(2)
        assert value == {"endpointDefinition": {}, "unknown": {"list": [1]}}

    def test_a_list_that_may_be_empty_is(self) -> None:
        items = {"type": "text"}
        schema = small(
            {
                "free": {"type": "list", "items": items, "minObjects": 0},
                "some": {"type": "set", "items": items, "minObjects": 1},
                "default": {"type": "set", "items": items, "minObjects": 1, "default": ["a"]},
                "none": {"type": "list", "items": items, "nullable": True},
            }
        )
        assert schema.complete({}).value == {"free": [], "default": ["a"]}
        assert problems({}, schema) == {"some": ["is required"]}

    def test_a_type_that_contains_itself_ends(self) -> None:
        types = {
            "Node": {
                "properties": {
                    "name": {"type": "text", "nullable": False, "default": "x"},
                    "next": {"type": {"$ref": "#/types/Node"}, "nullable": True},
                    "must": {"type": {"$ref": "#/types/Node"}, "nullable": False},
                }
            }
        }
        schema = small({"tree": {"type": {"$ref": "#/types/Node"}}}, types=types)
        done = schema.complete({"tree": {"next": {"next": {}}}})
        assert schema.complete(done.value) == done
        assert done.value["tree"]["next"]["next"]["name"] == "x"
        assert schema.problems(done.value)  # and no value can be complete


class TestProblems:
    def test_all_are_told_at_once_each_at_its_place(self) -> None:
        value = {
            "endpointDefinition": {"endpointUrl": "http://sink.example/", "usePost": "maybe", "contentType": "x" * 501},
            "authentication": {"active": True, "basicAuth": {"password": " "}},
            "sendDirect": {"active": True},
            "exportBehavior": {"managementZone": "7; drop", "disableNotifications": True},
        }
        assert problems(value) == {
            "authentication.basicAuth.password": ["must not be blank"],
            "authentication.basicAuth.username": ["is required"],
            "endpointDefinition.contentType": ["must be at most 500 characters"],
            "endpointDefinition.endpointUrl": ["must be an https URL"],
            "endpointDefinition.usePost": ["must be true or false, not text"],
            "exportBehavior.disableNotifications": ["is not a known property, did you mean disableNotification?"],
            "exportBehavior.managementZone": ["must match the pattern ^-?\\d{1,19}$"],
            "sendDirect.indexName": ["is required while active is true"],
        }

    def test_the_words_are_those_of_the_schema(self) -> None:
        value = with_basic(password="p")
        value["authentication"] = {"active": True, "authType": "oauth2", "oAuth2": {"accessTokenUrl": "ftp://x y"}}
        assert problems(value)["authentication.oAuth2.accessTokenUrl"] == [
            "For security reasons we only allow HTTPS endpoints",
            "Not a valid URI",
            "Not a valid http(s) URL",
        ]

    def test_an_enum_lists_its_values(self) -> None:
        assert problems({**with_basic(), "authentication": {"active": True, "authType": "BASIC_AUTH"}}) == {
            "authentication.authType": ["must be one of: basic, oauth2"]
        }

    @pytest.mark.parametrize("password", ["x", "x" * 500, "\N{LATIN SMALL LETTER E WITH ACUTE}" * 500])
    def test_limits_are_inclusive_and_count_characters(self, password: str) -> None:
        assert problems(with_basic(password=password)) == {}

    def test_a_character_outside_the_basic_plane_counts_twice_as_the_server_counts(self) -> None:
        face = "\N{GRINNING FACE}"
        assert problems(with_basic(password=face * 250)) == {}
        assert problems(with_basic(password=face * 251)) == {".".join(PASSWORD): ["must be at most 500 characters"]}

    @pytest.mark.parametrize("secret", ["", " \t\n", "\N{NO-BREAK SPACE}", "x" * 501, 5, True, ["x"], {"a": 1}])
    def test_a_secret_may_be_absent_but_not_wrong(self, secret: Any) -> None:
        assert list(problems(with_basic(password=secret))) == [".".join(PASSWORD)]

    def test_an_absent_secret_is_a_problem_when_one_says_so(self) -> None:
        assert problems(with_basic()) == {}
        assert problems(with_basic(), secrets_optional=False) == {".".join(PASSWORD): ["is required"]}

    def test_a_line_end_does_not_slip_through_a_pattern(self) -> None:
        assert problems({**with_basic(), "exportBehavior": {"managementZone": "123\n"}})
        assert problems({**with_basic(), "exportBehavior": {"managementZone": "\N{ARABIC-INDIC DIGIT ONE}"}})
        assert not problems({**with_basic(), "exportBehavior": {"managementZone": "-9223372036854775808"}})

    @pytest.mark.parametrize("value", [None, 7, "text", [], True])
    def test_a_value_that_is_no_object(self, value: Any) -> None:
        assert list(problems(value)) == [""]
        assert EXPORTS.secret_paths(value) == EXPORTS.expected_secret_paths(value) == []
        assert EXPORTS.differences(value, value) == EXPORTS.unknown_properties(value) == []

    def test_values_are_never_repeated(self) -> None:
        canary = "canary-7f3a"
        value = {
            "endpointDefinition": {"endpointUrl": canary, "contentType": [canary], "usePost": canary},
            "authentication": {"active": True, "authType": canary},
            "sendDirect": canary,
            "exportBehavior": {"managementZone": {canary: canary}, "disableNotification": {"x": canary}},
        }
        found = str(EXPORTS.problems(EXPORTS.complete(value).value))
        assert "canary" not in found and found.count("must") >= 6

    def test_numbers(self) -> None:
        ratio = {"type": "float", "constraints": [{"type": "RANGE", "minimum": 0, "maximum": 1}]}
        schema = small({"ratio": ratio, "count": {"type": "integer"}})
        assert problems({"ratio": 0.5, "count": 3}, schema) == {}
        assert problems({"ratio": 2, "count": True}, schema) == {
            "ratio": ["must be between 0 and 1"],
            "count": ["must be a whole number, not true or false"],
        }
        assert problems({"ratio": float("nan"), "count": 1.5}, schema) == {
            "ratio": ["must be a number"],
            "count": ["must be a whole number"],
        }

    def test_lists_and_sets(self) -> None:
        unique = {"type": "UNIQUE", "uniqueProperties": ["name"]}
        types = {"Rule": {"properties": {"name": {"type": "text", "nullable": False}}}}
        schema = small(
            {
                "rules": {
                    "type": "list",
                    "items": {"type": {"$ref": "#/types/Rule"}},
                    "constraints": [unique],
                    "maxObjects": 2,
                },
                "tags": {
                    "type": "set",
                    "items": {"type": "text", "constraints": [{"type": "NO_WHITESPACE"}]},
                    "minObjects": 1,
                },
            },
            types=types,
        )
        assert problems({"rules": [{"name": "a"}, {"name": "b"}], "tags": ["x"]}, schema) == {}
        assert problems({"rules": [{"name": "a"}, {"name": "a"}, {}], "tags": ["x", "y z", "x"]}, schema) == {
            "rules": ["must have at most 2 items, it has 3"],
            "rules.1": ["must be unique in the list by name (the same as item 0)"],
            "rules.2.name": ["is required"],
            "tags": ["must not contain the same item twice"],
            "tags.1": ["must not contain white space"],
        }
        assert problems({"rules": {}, "tags": []}, schema) == {
            "rules": ["must be a list, not a dictionary of properties"],
            "tags": ["must have at least 1 item"],
        }

    def test_properties_are_held_against_each_other(self) -> None:
        whole = {"type": "integer", "nullable": False}
        constraints = [
            {"type": "LESS_THAN_OR_EQUAL", "properties": ["low", "high"]},
            {
                "type": "PROPERTY_COUNT_RANGE",
                "properties": ["one", "two"],
                "minimumPropertyCount": 1,
                "maximumPropertyCount": 1,
            },
        ]
        text = {"type": "text", "nullable": True}
        schema = small({"low": whole, "high": whole, "one": text, "two": text}, constraints=constraints)
        assert problems({"low": 1, "high": 1, "one": "x"}, schema) == {}
        assert problems({"low": 2, "high": 1}, schema) == {
            "": ["needs at least 1 of: one, two"],
            "low": ["must be at most high"],
        }
        assert problems({"low": "2", "high": 1, "one": "x", "two": "y"}, schema) == {
            "": ["takes at most 1 of: one, two"],
            "low": ["must be a whole number, not text"],
        }

    @pytest.mark.parametrize(
        ("kind", "good", "bad"),
        [
            ("local_date", "2030-01-31", "31.1.2030"),
            ("local_time", "13:45:00", "13.45"),
            ("local_date_time", "2030-01-31T13:45:00", "2030-01-31 13:45"),
            ("zoned_date_time", "2030-01-31T13:45:00+01:00[Europe/Vienna]", "2030-01-31T13:45:00"),
            ("time_zone", "Europe/Vienna", "my time"),
        ],
    )
    def test_dates_and_times(self, kind: str, good: str, bad: str) -> None:
        schema = small({"when": {"type": kind}})
        assert problems({"when": good}, schema) == {}
        assert problems({"when": bad}, schema)["when"][0].startswith("must be ")

    def test_a_regular_expression_of_the_user_is_one(self) -> None:
        schema = small({"filter": {"type": "text", "constraints": [{"type": "REGEX"}]}})
        for good in ("a+b", "(?i)a++", "[a-z&&[^x]]", "\\p{Alpha}", "(?<name>x)", "\\Q(\\E"):
            assert problems({"filter": good}, schema) == {}, good
        for bad in ("a(", "[a", "*", "a)", "\\"):
            assert problems({"filter": bad}, schema) == {"filter": ["must be a regular expression"]}, bad

    def test_without_the_library_it_says_what_to_install(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setitem(sys.modules, "jsonschema", None)
        with pytest.raises(MissingLibrary, match="pip install jsonschema"):
            Schema.from_document(PUBLISHED).problems({})


class TestTolerance:
    """Servers are older and newer than any schema file."""

    def test_what_is_not_known_is_passed_over_and_listed(self) -> None:
        schema = small(
            {
                "new": {"type": "hologram", "constraints": [{"type": "SHINY"}]},
                "lost": {"type": {"$ref": "#/types/Missing"}},
                "odd": {"type": "text", "precondition": {"type": "FULL_MOON"}},
                "java": {"type": "text", "constraints": [{"type": "PATTERN", "pattern": "^\\p{Lu}++$"}]},
            }
        )
        assert problems({"new": {"any": [1]}, "lost": 5, "java": "x"}, schema) == {}
        assert problems({"new": 1, "lost": 1, "odd": "y", "java": "x"}, schema) == {}
        assert set(schema.unchecked_constraints) == {
            "new: type hologram",
            "new: SHINY",
            "lost: type of an unknown form",
            "odd: precondition of an unknown form",
            "java: PATTERN ^\\p{Lu}++$",
        }

    @pytest.mark.parametrize(
        "document", [{}, {"properties": None, "types": [], "constraints": 7}, {"properties": {"x": None}}]
    )
    def test_a_document_of_another_form_is_no_crash(self, document: dict[str, Any]) -> None:
        schema = Schema.from_document(document)
        assert schema.complete({}).value == {}
        assert schema.max_objects == 1

    def test_limits_of_a_schema(self) -> None:
        assert (EXPORTS.max_objects, EXPORTS.multi_object, EXPORTS.allowed_scopes) == (3, True, ("environment",))
        assert EXPORTS.schema_id == PUBLISHED["schemaId"] and EXPORTS.version == "0.0.15"
        assert small({}).max_objects is None
        assert Schema.from_document({"multiObject": False, "maxObjects": 5}).max_objects == 1

    def test_what_cannot_be_checked_here_is_listed(self) -> None:
        listed = "\n".join(EXPORTS.unchecked_constraints)
        assert "userSessionExportSettingsV2Validator" in listed and "exportBulkSize" in listed
        assert "urlHttpsValidator" not in listed  # told what it checks
        assert "urlHttpsValidator" in "\n".join(Schema.from_document(PUBLISHED).unchecked_constraints)

    def test_preconditions_that_go_round_in_a_circle_end(self) -> None:
        def when(name: str) -> dict[str, Any]:
            return {"type": "EQUALS", "property": name, "expectedValue": "on"}

        text = {"type": "text", "nullable": True}
        schema = small({"a": {**text, "precondition": when("b")}, "b": {**text, "precondition": when("a")}})
        assert schema.complete({"a": "on", "b": "on"}).value == {"a": "on", "b": "on"}
        assert schema.complete({"a": "x", "b": "on"}).value == {"a": "x"}
        assert problems({"a": "on", "b": "on"}, schema) == {}

    def test_a_precondition_may_look_into_a_sibling(self) -> None:
        types = {"Mode": {"properties": {"kind": {"type": "text", "nullable": False, "default": "plain"}}}}
        condition = {"type": "EQUALS", "property": "mode/kind", "expectedValue": "fancy"}
        schema = small(
            {"mode": {"type": {"$ref": "#/types/Mode"}}, "extra": {"type": "text", "precondition": condition}},
            types=types,
        )
        assert schema.complete({"mode": {"kind": "plain"}, "extra": "x"}).ignored == (("extra",),)
        assert problems({"mode": {"kind": "fancy"}}, schema) == {"extra": ["is required while mode/kind is fancy"]}


@pytest.mark.parametrize(
    ("condition", "living"),
    [
        ({"type": "EQUALS", "property": "key", "expectedValue": "a"}, {"a"}),
        ({"type": "IN", "property": "key", "expectedValues": ["a", "b"]}, {"a", "b"}),
        ({"type": "NULL", "property": "key"}, {None}),
        ({"type": "NOT", "precondition": {"type": "NULL", "property": "key"}}, {"a", "b", "c"}),
        ({"type": "REGEX_MATCH", "property": "key", "pattern": "^[bc]$"}, {"b", "c"}),
        ({"type": "EQUALS", "property": "key", "expectedValue": None}, {None}),
        ({"type": "IN", "property": "key", "expectedValues": ["a", None]}, {"a", None}),
        ({"type": "AND", "preconditions": []}, {"a", "b", "c", None}),
        ({"type": "OR", "preconditions": []}, set()),
        (
            {
                "type": "OR",
                "preconditions": [
                    {"type": "EQUALS", "property": "key", "expectedValue": "c"},
                    {"type": "NULL", "property": "key"},
                ],
            },
            {"c", None},
        ),
    ],
    ids=lambda one: one.get("type") if isinstance(one, dict) else "",
)
def test_each_kind_of_precondition_here_and_in_json_schema(condition: dict[str, Any], living: set[str | None]) -> None:
    key = {"type": "text", "nullable": True}
    schema = small({"key": key, "shown": {"type": "integer", "precondition": condition}})
    for value in ("a", "b", "c", None):
        given = {"key": value, "shown": 1} if value else {"shown": 1}
        assert ("shown" in schema.complete(given).value) is (value in living)
        assert bool(schema.problems({**given, "shown": "wrong"})) is (value in living)
        assert bool(schema.problems({"key": value} if value else {})) is (value in living)


def test_one_is_not_true() -> None:
    condition = {"type": "EQUALS", "property": "on", "expectedValue": True}
    schema = small({"on": {"type": "boolean"}, "shown": {"type": "text", "precondition": condition}})
    assert "shown" in schema.complete({"on": True, "shown": "x"}).value
    assert "shown" not in schema.complete({"on": 1, "shown": "x"}).value


def test_other_validators_follow_the_chain_too() -> None:
    # Nothing is asked of a branch whose beginning is dead, also when the value was not completed before.
    value = EXPORTS.complete(with_basic(password="p")).value
    value["authentication"] = {"active": False, "authType": "basic"}
    assert EXPORTS.problems(value) == []
    assert jsonschema_rs.is_valid(EXPORTS.json_schema(), value)
    value["authentication"]["active"] = True
    assert [path for path, _text in EXPORTS.problems(value)] == [("authentication", "basicAuth")]
    assert not jsonschema_rs.is_valid(EXPORTS.json_schema(), value)


class TestSecrets:
    def test_a_default_for_one_is_ignored(self) -> None:
        schema = small({"token": {"type": "secret", "default": "changeme"}})
        assert schema.complete({}).value == {}
        assert "changeme" not in json.dumps(schema.json_schema())
        assert schema.expected_secret_paths({}) == [("token",)]

    def test_they_are_found_where_they_live(self) -> None:
        value = with_basic(password="p")
        assert EXPORTS.secret_paths(value) == [PASSWORD]
        assert EXPORTS.expected_secret_paths(value) == [PASSWORD]
        assert EXPORTS.is_secret(PASSWORD) and not EXPORTS.is_secret(URL) and not EXPORTS.is_secret(PASSWORD[:2])
        assert not EXPORTS.is_secret(("no", "such", 1)) and not EXPORTS.is_secret(())

    def test_a_dead_one_does_not_count(self) -> None:
        value = with_basic(password="hidden")
        value["authentication"]["active"] = False
        assert EXPORTS.secret_paths(value) == EXPORTS.expected_secret_paths(value) == []
        value["authentication"].update(active=True, authType="oauth2")
        assert EXPORTS.secret_paths(value) == []
        assert EXPORTS.expected_secret_paths(value) == [CLIENT_SECRET]

    def test_they_are_found_inside_lists(self) -> None:
        types = {"Account": {"properties": {"user": {"type": "text"}, "token": {"type": "secret", "nullable": False}}}}
        schema = small(
            {
                "accounts": {"type": "list", "items": {"type": {"$ref": "#/types/Account"}}},
                "keys": {"type": "list", "items": {"type": "secret"}},
            },
            types=types,
        )
        value = {"accounts": [{"user": "a"}, {"user": "b", "token": "t"}], "keys": ["k"]}
        assert schema.secret_paths(value) == [("accounts", 1, "token"), ("keys", 0)]
        assert schema.expected_secret_paths(value) == [("accounts", 0, "token"), ("accounts", 1, "token"), ("keys", 0)]
        assert schema.is_secret(("accounts", 5, "token")) and schema.is_secret(("keys", 0))
        assert schema.differences(value, {**value, "keys": ["other"]}) == []
        assert schema.differences(value, {**value, "keys": []}) == [("keys",)]


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


class TestPaths:
    def test_reading_writing_removing(self) -> None:
        value: dict[str, Any] = {"a": {"b": [{"c": 1}]}}
        assert get_path(value, ("a", "b", 0, "c")) == 1
        assert get_path(value, ("a", "b", 1, "c")) is None and get_path(value, ("a", 0)) is None
        set_path(value, ("a", "b", 0, "c"), 2)
        set_path(value, ("x", "y"), 3)
        delete_path(value, ("no", "such"))
        delete_path(value, ("a", "b", 0, "c"))
        assert value == {"a": {"b": [{}]}, "x": {"y": 3}}
        with pytest.raises(LookupError):
            set_path(value, ("a", "b", 4), 1)


def test_importing_the_engine_does_not_import_the_validator() -> None:
    module = "ansible_collections.community.dynatrace.plugins.module_utils._settings_api.schema"
    code = f"import sys; sys.path[:0] = {sys.path!r}; import {module}; sys.exit('jsonschema' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
