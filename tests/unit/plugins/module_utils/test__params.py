# Copyright (c) 2026, community.dynatrace contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Keys that are no options: named as far as they can hold no secret."""

from __future__ import annotations

import pytest

from ansible_collections.community.dynatrace.plugins.module_utils._ansible_module import CONNECTION_OPTIONS
from ansible_collections.community.dynatrace.plugins.module_utils._module_definition import Variables
from ansible_collections.community.dynatrace.plugins.module_utils._params import (
    given_only,
    parser_problems,
    without_secrets,
)
from ansible_collections.community.dynatrace.plugins.module_utils._session_exports.options import argument_spec
from ansible_collections.community.dynatrace.plugins.plugin_utils._options_from_vars import unknown_variables
from ansible_collections.community.dynatrace.plugins.plugin_utils._report.sanitize import (
    environment_url,
    json_like,
    url,
)
from ansible_collections.community.dynatrace.tests.support.problems import texts

SPEC = {"exports": {"type": "list", "elements": "dict", "options": argument_spec()}, "api_token": {"no_log": True}}
SECRET = "S3cret"


def refused(key: str) -> str:
    auth = {"basic_auth": {"username": "elastic", key: None}}
    problems, _rest = parser_problems(SPEC, {"exports": [{"name": "a", "authentication": auth}]})
    return "; ".join(f"{path}: {text}" for path, text in texts(problems).items())


@pytest.mark.parametrize("sign", [":", "="])
def test_a_known_name_before_a_colon_or_an_equals_sign_is_recognised(sign: str) -> None:
    reported = refused(f"password{sign}{SECRET}")
    assert reported.startswith("exports[0].authentication.basic_auth.password: has no value")
    assert SECRET not in reported


@pytest.mark.parametrize("key", [f"passw0rd:{SECRET}", f"password_{SECRET}", SECRET, f"x={SECRET}", "2026-11-26"])
def test_another_key_that_may_hold_a_secret_is_not_shown(key: str) -> None:
    reported = refused(key)
    assert key not in reported and SECRET not in reported
    assert "basic_auth.(a key): is not an option" in reported


@pytest.mark.parametrize("key", ["passwd", "user_name", "userName", "passwort", "user", "pass"])
def test_a_key_that_is_like_the_name_of_an_option_is_shown(key: str) -> None:
    assert f"basic_auth.{key}: is not an option" in refused(key)


@pytest.mark.parametrize("secret", ["hunter", "CorrectHorse", "correct_horse_battery", "qzxwvutsrpon", "Sesame"])
def test_a_secret_of_letters_that_became_a_key_is_not_shown(secret: str) -> None:
    # {username: elastic, password: one,hunter} has the key hunter.
    reported = refused(secret)
    assert secret not in reported
    assert "basic_auth.(a key): is not an option; available options: username, password" in reported


def test_a_misspelt_option_before_a_colon_is_recognised_and_its_value_is_not_shown() -> None:
    reported = refused("pasword:hunter-hunter-hunter")
    assert "hunter" not in reported
    assert "did you mean password?" in reported


@pytest.mark.parametrize(("key", "shown"), [("send_directly", True), ("retention", True), ("S3cret", False)])
def test_where_no_option_is_secret_words_are_shown(key: str, shown: bool) -> None:
    problems, _rest = parser_problems(SPEC, {"exports": [{"name": "a", key: {}}]})
    assert (f"exports[0].{key}" in texts(problems)) == shown
    assert (key in str(texts(problems))) == shown


def test_no_unknown_key_is_in_the_parameters_that_a_result_shows() -> None:
    assert without_secrets([{"name": "a", SECRET: 1}], SPEC["exports"]) == [{"name": "a"}]


def test_parameters_show_no_user_password_or_query_of_a_url() -> None:
    for address in (f"https://me:{SECRET}@x.example.com/", f"https://x.example.com/?t={SECRET}"):
        assert SECRET not in str(without_secrets(address, {"type": "str"}))
        assert SECRET not in str(without_secrets([address], {"type": "list"}))
    assert without_secrets("https://x.example.com/e/1", {"type": "str"}) == "https://x.example.com/e/1"


@pytest.mark.parametrize("name", [f"x_oauth_client_secret={SECRET}", f"x_{SECRET}"])
def test_a_stray_variable_shows_no_secret(name: str) -> None:
    found = unknown_variables("x_", {"oauth_client_secret": "x_oauth_client_secret"}, Variables({}), {name: 1})
    assert SECRET not in str((found.problems, found.warnings)) and (found.problems or found.warnings)


def test_the_report_shows_neither_query_nor_fragment_nor_user_of_a_url() -> None:
    assert url(f"https://x.example.com/a?Api-Token={SECRET}#{SECRET}") == "https://x.example.com/a?(not shown)"
    assert SECRET not in str(json_like({"a": [f"https://me:{SECRET}@x.example.com/?{SECRET}"]}))
    assert environment_url(f"https://x.live.dynatrace.com/api/v2/{SECRET}") == "https://x.live.dynatrace.com/..."
    for password in ("a/b", "a@b", "a?b", "a#b", "a:b"):
        assert url(f"https://me:{password}@x.example.com/c") == "https://(not shown)@x.example.com/c"
        assert environment_url(f"https://me:{password}@x.example.com/") == "https://(not shown)@x.example.com"
    for hidden in (SECRET, f"https://x.example.com:{SECRET}", f"https://{SECRET}", f"x.example.com {SECRET}"):
        assert environment_url(hidden) == "(not shown)"
    for kept in ("https://x.live.dynatrace.com", "https://m.example.com/e/abc-1", "https://g.example.com:9999/p/e/abc"):
        assert environment_url(kept) == kept


def test_every_wrong_type_is_named_with_its_path_and_the_rest_is_kept() -> None:
    spec = {"items": {"type": "list", "elements": "dict", "options": CONNECTION_OPTIONS}}
    given = {"items": [{"timeout": "soon", "proxy": ["x"]}, "x", {"validate_certs": "yes", "nonsense": 1}]}
    problems, rest = parser_problems(spec, given)
    assert [problem.path for problem in problems] == [
        "items[0].timeout",
        "items[0].proxy",
        "items[1]",
        "items[2].(a key)",
    ]
    assert rest["items"] == [{}, "x", {"validate_certs": True}]


@pytest.mark.parametrize("text", ["c2VjcmV0==", "https://sink.example.com/?q=1", "key=value", "", " "])
def test_a_text_in_the_place_of_a_dictionary_is_never_read_as_keys(text: str) -> None:
    spec = {"authentication": {"type": "dict", "options": {"active": {"type": "bool"}}}}
    problems, _rest = parser_problems(spec, {"authentication": text})
    assert texts(problems) == {"authentication": "must be a dictionary"}
    assert parser_problems(spec, {"authentication": '{"active": true}'}) == ([], {"authentication": {"active": True}})


def test_what_is_null_is_not_given_at_any_level() -> None:
    spec = {
        "exports": {"type": "list", "options": {"name": {}, "authentication": {"type": "dict", "options": {"x": {}}}}}
    }
    given = {
        "exports": [{"name": None, "authentication": {"x": None}, "stranger": None}, "text"],
        "stranger": None,
    }
    assert given_only(spec, given) == {"exports": [{"authentication": {}, "stranger": None}, "text"], "stranger": None}
