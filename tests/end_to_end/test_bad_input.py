# Copyright (c) 2026, community.dynatrace contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Wrong input and wrong environments: one clear line with the path of the option, nothing sent, nothing written."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from ansible_collections.community.dynatrace.tests.support.playbooks import Playbook, play
from ansible_collections.community.dynatrace.tests.support.simulator import (
    EXPORT_SCHEMA,
    Simulator,
    export_object,
    export_value,
)

MODULE = "community.dynatrace.user_session_exports"
SECRET = "S3cret-canary"


@pytest.fixture(scope="module")
def simulator() -> Iterator[Simulator]:
    with Simulator(
        ["one", "old", "full"], config={"environments": {"old": {"missing_schemas": [EXPORT_SCHEMA]}}}
    ) as running:
        yield running


def export(name: Any = "a", url: Any = "https://a.example.com/", **more: Any) -> dict[str, Any]:
    """The options of an export."""
    return {"name": name, "endpoint_definition": {"endpoint_url": url}, **more}


def auth(**client: Any) -> dict[str, Any]:
    """Basic authentication."""
    return {"authentication": {"active": True, "basic_auth": {"username": "u", "password": SECRET, **client}}}


OAUTH = {
    "authentication": {
        "active": True,
        "auth_type": "oauth2",
        "oauth2": {"access_token_url": "https://t.example.com/", "client_id": "c"},
    }
}
SAME = {"send_direct": {"active": True, "index_name": "i"}}
# What is declared (or other options of the module), and what the message must say.
REFUSED: dict[str, tuple[dict[str, Any], list[str]]] = {
    "four slots": (
        {"exports": [export(name, f"https://{name}.example.com/") for name in "abcd"]},
        ["exports: 4 exports are declared, but an environment supports at most 3"],
    ),
    "one name twice": ({"exports": [export(), export(url="https://b.example.com/")]}, ["exports[1].name: "]),
    "one endpoint twice": ({"exports": [export(**SAME), export("b", **SAME)]}, ["exports[1]: has the same endpoint"]),
    "plain http": (
        {"exports": [export(url="http://a.example.com/")]},
        ["exports[0].endpoint_definition.endpoint_url: "],
    ),
    "blank password": (
        {"exports": [export(**auth(password=" "))]},
        ["exports[0].authentication.basic_auth.password: "],
    ),
    "no index": (
        {"exports": [export(send_direct={"active": True})]},
        ["exports[0].send_direct.index_name: is required"],
    ),
    "empty prune": ({"exports": [], "prune": True}, ["prune: would remove every export"]),
    "unknown option": (
        {"exports": [export(send_directly={})]},
        ["exports[0].send_directly: is not an option; did you mean send_direct?"],
    ),
    "wrong types": (
        {
            "exports": [
                export(**auth(password=[SECRET])),
                export("b", ["https://b.example.com/"], send_direct="yes"),
                {**export("c", "https://c.example.com/"), "authentication": {"active": "perhaps"}},
                7,
            ]
        },
        [
            "exports[0].authentication.basic_auth.password: must be text",
            "exports[1].endpoint_definition.endpoint_url: must be text",
            "exports[1].send_direct: must be a dictionary",
            "exports[2].authentication.active: must be true or false",
            "exports[3]: must be a dictionary",
        ],
    ),
    "everything at once": (
        {
            "exports": [
                export(None, "ftp://x"),
                export("b", **auth(username="", password="x" * 501)),
                export("b", "https://c.example.com/", export_behavior={"custom_configuration": "x" * 501}),
            ],
            "confirm_prune_all": True,
        },
        [
            "exports[0].name: is required",
            "exports[0].endpoint_definition.endpoint_url: ",
            "exports[1].authentication.basic_auth.password: must be at most 500",
            "exports[1].authentication.basic_auth.username: ",
            "exports[2].export_behavior.custom_configuration: ",
            "exports[2].name: is the same as exports[1].name",
            "confirm_prune_all: ",
        ],
    ),
    "no address": ({"exports": [], "environment_url": None}, ["environment_url: is required"]),
    "plain http elsewhere": (
        {"exports": [], "environment_url": "http://example.com"},
        ["environment_url: must"],
    ),
    "no token": ({"exports": [], "api_token": None}, ["api_token: is required"]),
    "fingerprints without key": (
        {"exports": [], "update_secrets": "on_change"},
        ["secret_fingerprint_key: "],
    ),
}
# What is found out only by asking; still nothing is written.
FAILED: dict[str, tuple[dict[str, Any], list[str]]] = {
    "oauth2 without a secret": ({"exports": [export(**OAUTH)]}, ["exports[0].authentication.oauth2.client_secret"]),
    "nothing listens": (
        {"exports": [export()], "environment_url": "http://127.0.0.1:9"},
        ["No connection to 127.0.0.1", "environment_url"],
    ),
    "expired token": ({"exports": [export()], "api_token": "EXPIRED"}, ["does not accept the token"]),
    "token without scope": ({"exports": [export()], "api_token": "OTHER"}, ["settings.read"]),
    "another environment": ({"exports": [export()], "environment_url": "BASE/e/nowhere"}, ["environment_url"]),
    "a web page": ({"exports": [export()], "environment_url": "BASE/ui"}, ["environment_url"]),
    "no such schema": (
        {"exports": [export()], "environment_url": "BASE/e/old", "api_token": "OLD"},
        ["settings schema"],
    ),
    "all slots taken": (
        {"exports": [export("new", "https://new.example.com/")], "environment_url": "BASE/e/full", "api_token": "FULL"},
        ["cannot fit", "https://x.example.com/", "https://y.example.com/", "https://z.example.com/"],
    ),
}


def run(simulator: Simulator, folder: Path, cases: dict[str, tuple[dict[str, Any], list[str]]]) -> Playbook:
    """All cases in one play."""
    words = {
        "EXPIRED": simulator.token("one", "expired"),
        "OTHER": simulator.token("one", "other"),
        "OLD": simulator.token("old"),
        "FULL": simulator.token("full"),
    }
    tasks = []
    for name, (options, _expected) in cases.items():
        given = {"environment_url": simulator.url("one"), "api_token": simulator.token("one"), **options}
        given["environment_url"] = (given["environment_url"] or "").replace("BASE", simulator.base_url)
        given["api_token"] = words.get(given["api_token"], given["api_token"])
        given = {key: value for key, value in given.items() if value}
        tasks.append({"name": name, MODULE: {"exports": [], **given}, "ignore_errors": True})
    return play(folder, tasks)


def said(simulator: Simulator, folder: Path, cases: dict[str, tuple[dict[str, Any], list[str]]]) -> None:
    """Every case fails with what it should say, and never with a traceback or a secret."""
    done = run(simulator, folder, cases)
    for name, (_options, expected) in cases.items():
        result = done.of(name)
        assert name in done.failed
        for text in expected:
            assert text in result["msg"], f"{name}: {result['msg']}"
    assert "Traceback" not in done.output
    assert SECRET not in done.output + str(done.results)


def test_wrong_input_is_refused_with_all_its_errors_and_nothing_is_sent(simulator: Simulator, tmp_path: Path) -> None:
    simulator.clear_log()
    said(simulator, tmp_path, REFUSED)
    assert simulator.requests() == []


def test_a_wrong_environment_is_named_and_nothing_is_written(simulator: Simulator, tmp_path: Path) -> None:
    simulator.reset("full")
    urls = [f"https://{name}.example.com/" for name in "xyz"]
    simulator.seed("full", [export_object(value=export_value(url)) for url in urls])
    simulator.clear_log()
    said(simulator, tmp_path, FAILED)
    assert {one["method"] for one in simulator.requests()} == {"GET"}
