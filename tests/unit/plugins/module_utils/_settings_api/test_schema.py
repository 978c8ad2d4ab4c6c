# Copyright (c) 2026, community.dynatrace contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""What the engine makes of a schema: completion, problems, secrets, comparison, shown with session exports."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

from ansible_collections.community.dynatrace.tests.support.export_schema import (
    CLIENT_SECRET,
    EXPORTS,
    PASSWORD,
    URL,
    problems,
    small,
    with_basic,
)


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

    def test_a_section_is_active_with_the_whole_chain_above_it(self) -> None:
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


def test_one_is_not_true() -> None:
    condition = {"type": "EQUALS", "property": "on", "expectedValue": True}
    schema = small({"on": {"type": "boolean"}, "shown": {"type": "text", "precondition": condition}})
    assert "shown" in schema.complete({"on": True, "shown": "x"}).value
    assert "shown" not in schema.complete({"on": 1, "shown": "x"}).value


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

    def test_an_inactive_one_does_not_count(self) -> None:
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


def test_importing_the_engine_does_not_import_the_validator() -> None:
    module = "ansible_collections.community.dynatrace.plugins.module_utils._settings_api.schema"
    code = f"import sys; sys.path[:0] = {sys.path!r}; import {module}; sys.exit('jsonschema' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
