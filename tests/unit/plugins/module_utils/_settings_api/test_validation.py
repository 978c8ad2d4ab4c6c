# Copyright (c) 2026, community.dynatrace contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a schema says of a value that does not fit it."""

from __future__ import annotations

import sys
from typing import Any

import pytest

from ansible_collections.community.dynatrace.plugins.module_utils._problems import text_of
from ansible_collections.community.dynatrace.plugins.module_utils._session_exports.published_schema import PUBLISHED
from ansible_collections.community.dynatrace.plugins.module_utils._settings_api.errors import MissingLibrary
from ansible_collections.community.dynatrace.plugins.module_utils._settings_api.schema import Schema
from ansible_collections.community.dynatrace.tests.support.export_schema import (
    EXPORTS,
    PASSWORD,
    problems,
    small,
    with_basic,
)


class TestProblems:
    def test_all_are_reported_at_once_each_at_its_place(self) -> None:
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
            "sendDirect.indexName": ["is required if active is true"],
        }

    def test_the_words_are_those_of_the_schema(self) -> None:
        value = with_basic(password="p")
        value["authentication"] = {"active": True, "authType": "oauth2", "oAuth2": {"accessTokenUrl": "ftp://x y"}}
        assert problems(value)["authentication.oAuth2.accessTokenUrl"] == [
            "For security reasons we only allow HTTPS endpoints",
            "Not a valid URI",
            "Not a valid http(s) URL",
        ]

    def test_a_key_is_shown_where_it_looks_like_a_name(self) -> None:
        # What a comma cuts off from a secret has no value, and is dropped before.
        found = problems(with_basic(password="one", hunter=None, region="eu", S3cret="x"))
        assert set(found) == {"authentication.basicAuth.region", "authentication.basicAuth.(a key)"}

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
        found = EXPORTS.problems(EXPORTS.complete(value).value)
        assert "canary" not in str(found)
        assert sum(text_of(problem).startswith("must") for _path, problem in found) >= 6

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
            "rules": ["must have at most 2 items, but has 3"],
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
            "": ["requires at least 1 of: one, two"],
            "low": ["must be at most high"],
        }
        assert problems({"low": "2", "high": 1, "one": "x", "two": "y"}, schema) == {
            "": ["accepts at most 1 of: one, two"],
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
