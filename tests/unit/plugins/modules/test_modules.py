# Copyright (c) 2026, community.dynatrace contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Modules driven as Ansible drives them: a process of its own, arguments as JSON on its input, a result as JSON."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest

from ansible_collections.community.dynatrace.plugins.module_utils._ansible_module import CONNECTION_OPTIONS
from ansible_collections.community.dynatrace.plugins.module_utils._params import given_only, parser_problems
from ansible_collections.community.dynatrace.tests.support.problems import texts
from ansible_collections.community.dynatrace.tests.support.simulator import Simulator

PACKAGE = "ansible_collections.community.dynatrace.plugins.modules"
SECRET = "S3cret-canary"
EXPORT = {
    "name": "a",
    "endpoint_definition": {"endpoint_url": "https://a.example.com/"},
    "authentication": {"active": True, "basic_auth": {"username": "u", "password": SECRET}},
}


@pytest.fixture(scope="module")
def simulator() -> Iterator[Simulator]:
    with Simulator(["one"]) as running:
        yield running


def module(
    name: str, arguments: Mapping[str, Any], *, site: Path | None = None, check: bool = False, **environment: str
) -> dict[str, Any]:
    """Run a module once.

    :param site: a folder whose ``sitecustomize.py`` is loaded first, to play an incomplete machine.
    """
    folders = [str(site)] if site else []
    internal = {"_ansible_check_mode": check, "_ansible_diff": True, "_ansible_verbosity": 3}
    done = subprocess.run(
        [sys.executable, "-m", f"{PACKAGE}.{name}"],
        input=json.dumps({"ANSIBLE_MODULE_ARGS": {**arguments, **internal}}),
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
        env={
            **{key: value for key, value in os.environ.items() if not key.startswith("DYNATRACE_")},
            "PYTHONPATH": os.pathsep.join([*folders, *filter(None, sys.path)]),
            **environment,
        },
    )
    assert "Traceback" not in done.stdout + done.stderr, done.stderr
    assert SECRET not in done.stdout + done.stderr
    found: dict[str, Any] = json.loads(done.stdout)
    return found


def connection(simulator: Simulator) -> dict[str, str]:
    return {"environment_url": simulator.url("one"), "api_token": simulator.token("one")}


def test_a_result_shows_neither_secrets_nor_the_token_in_any_part(simulator: Simulator) -> None:
    result = module("user_session_exports", {**connection(simulator), "exports": [EXPORT]})
    assert result["changed"] is True
    assert simulator.token("one") not in json.dumps(result)
    shown = result.get("invocation", {}).get("module_args", {})
    if shown:  # newer cores leave the invocation out
        assert shown["exports"][0]["authentication"]["basic_auth"]["password"] == "(not shown)"
        assert shown["exports"][0]["endpoint_definition"]["endpoint_url"] == "https://a.example.com/"
    again = module("user_session_exports", {**connection(simulator), "exports": [EXPORT]})
    assert again["changed"] is False
    assert again["exports"][0]["secrets"][0]["state"] == "kept"


@pytest.mark.parametrize("library", ["requests", "jsonschema"])
def test_a_missing_library_is_named_and_nothing_is_sent(simulator: Simulator, tmp_path: Path, library: str) -> None:
    blocker = f"import sys\nsys.modules[{library!r}] = None\n"
    (tmp_path / "sitecustomize.py").write_text(blocker)
    simulator.clear_log()
    result = module("user_session_exports", {**connection(simulator), "exports": [EXPORT]}, site=tmp_path)
    assert result["failed"] is True
    assert library in result["msg"]
    assert simulator.requests() == []


def test_a_defect_is_told_in_one_line_without_the_text_of_the_exception(simulator: Simulator, tmp_path: Path) -> None:
    # The text of an unexpected exception may hold anything: here a secret.
    (tmp_path / "sitecustomize.py").write_text(
        "import json, requests\n"
        "def broken(*args, **kwargs):\n"
        f"    raise RuntimeError('{SECRET[:2]}' + '{SECRET[2:]}')\n"
        "requests.adapters.HTTPAdapter.send = broken\n"
    )
    result = module("user_session_exports", {**connection(simulator), "exports": [EXPORT]}, site=tmp_path)
    assert result["failed"] is True
    assert "Unexpected RuntimeError at sitecustomize.py:3" in result["msg"]
    assert str(tmp_path) not in result["msg"]


def test_the_info_module_needs_no_jsonschema(simulator: Simulator, tmp_path: Path) -> None:
    (tmp_path / "sitecustomize.py").write_text("import sys\nsys.modules['jsonschema'] = None\n")
    result = module("user_session_exports_info", connection(simulator), site=tmp_path)
    assert result["slots"]["maximum"] == 3


def test_credentials_may_come_from_the_environment(simulator: Simulator) -> None:
    given = connection(simulator)
    variables = {"DYNATRACE_ENV_URL": given["environment_url"], "DYNATRACE_API_TOKEN": given["api_token"]}
    assert "exports" in module("user_session_exports_info", {}, **variables)
    refused = module("user_session_exports_info", {"environment_url": "https://elsewhere.example.com"}, **variables)
    assert "is not the address that the credentials in the environment belong to" in refused["msg"]


def test_half_an_oauth_client_and_two_kinds_of_credentials_are_refused() -> None:
    url = {"environment_url": "https://abc.apps.dynatrace.com"}
    half = module("user_session_exports_info", {**url, "oauth_client_id": "x"})
    assert "oauth_client_secret: is required" in half["msg"]
    both = module("user_session_exports_info", {**url, "api_token": "dt0c01.ONE", "platform_token": "dt0s16.TWO"})
    assert "not several" in both["msg"]


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
