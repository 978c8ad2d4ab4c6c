# Copyright (c) 2026, community.dynatrace contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Keys that are no options: named as far as they can hold no secret."""

from __future__ import annotations

import pytest

from ansible_collections.community.dynatrace.plugins.module_utils._module_definition import Variables
from ansible_collections.community.dynatrace.plugins.module_utils._params import parser_problems, without_secrets
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
    assert "basic_auth.(a key): is not an option; options here: username, password" in reported


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
