# Copyright (c) 2026, community.dynatrace contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""One thing is changed about exports that are there: paused, resumed, a secret rotated. The rest stays as it is."""

from __future__ import annotations

from typing import Any

import pytest

from ansible_collections.community.dynatrace.plugins.module_utils import _export_modules as module
from ansible_collections.community.dynatrace.plugins.module_utils._problems import text_of
from ansible_collections.community.dynatrace.plugins.module_utils._session_exports.declaration import declare
from ansible_collections.community.dynatrace.plugins.module_utils._session_exports.service import export_domain
from ansible_collections.community.dynatrace.plugins.module_utils._session_exports.state_changes import declare_partly
from ansible_collections.community.dynatrace.plugins.module_utils._settings_api.backend import Target
from ansible_collections.community.dynatrace.plugins.module_utils._settings_api.converge import Options, converge
from ansible_collections.community.dynatrace.plugins.module_utils._settings_api.external_id import ExternalId
from ansible_collections.community.dynatrace.plugins.module_utils._settings_api.external_id_policy import Policy
from ansible_collections.community.dynatrace.plugins.module_utils._settings_api.planning import Job
from ansible_collections.community.dynatrace.tests.support.model_server import ModelServer
from ansible_collections.community.dynatrace.tests.support.problems import invalid
from ansible_collections.community.dynatrace.tests.support.simulator import basic_auth, export_value

RULES = export_domain()
BY_HAND = {"exportBehavior": {"disableNotification": True, "customConfiguration": "by hand"}}


def there(*hosts: str, own: bool = True) -> ModelServer:
    """Exports as someone left them, each with a password."""
    server = ModelServer()
    for host in hosts:
        value = export_value(
            f"https://{host}.example.com/", authentication=basic_auth("u", f"old of {host}"), **BY_HAND
        )
        server.seed(value, ExternalId(host).encode() if own else None)
    return server


def run(server: ModelServer, state: Any, *exports: dict[str, Any], everything: bool = False, **policy: Any) -> Any:
    wanted = declare(list(exports), RULES.schema, absent=True).exports

    def desired(existing: Any) -> Any:
        return declare_partly(existing, wanted, state, RULES.schema, everything=everything)

    target = Target(RULES.schema.schema_id)
    return converge(server, Job(target, RULES, Policy(no_new_external_ids="no", **policy), desired), Options())


def enabled(server: ModelServer) -> dict[str, bool]:
    found = (item["value"]["endpointDefinition"] for item in server.objects.values())
    return {
        one["endpointUrl"].removeprefix("https://").partition(".")[0]: one["enableUserSessionExport"] for one in found
    }


def password_of(server: ModelServer, number: int = 0) -> str:
    return str(list(server.objects.values())[number]["value"]["authentication"]["basicAuth"]["password"])


@pytest.mark.parametrize("own", [True, False])
def test_one_is_paused_and_resumed_and_nothing_else_of_it_changes(own: bool) -> None:
    server = there("a", "b", own=own)
    before = server.list()
    name = "b" if own else "b.example.com"
    outcome = run(server, "disabled", {"name": name})
    assert outcome.changed and server.writes == ["update"]
    assert enabled(server) == {"a": True, "b": False}
    assert password_of(server, 1) == "old of b"
    assert not run(server, "disabled", {"name": name}).changed
    assert run(server, "enabled", {"name": name}).changed
    after = server.list()
    assert [(have.value, have.external_id) for have in after] == [(have.value, have.external_id) for have in before]


def test_all_are_paused_whatever_their_names_are() -> None:
    server = there("a", "b")
    by_hand = export_value("https://c.example.com/")
    server.seed(by_hand, None)
    assert run(server, "disabled", everything=True).changed
    assert enabled(server) == {"a": False, "b": False, "c": False}
    assert [item["externalId"] for item in server.objects.values()] == [
        ExternalId("a").encode(),
        ExternalId("b").encode(),
        None,
    ]
    assert not run(server, "disabled", everything=True).changed


def test_a_name_that_is_not_there_is_reported_with_those_that_are_and_nothing_is_written() -> None:
    server = there("a", "b")
    with invalid(r"exports\[1\]: no export has the name 'c'; existing exports: a, b"):
        run(server, "disabled", {"name": "a"}, {"name": "c"})
    assert server.writes == []


def test_only_the_secret_is_rotated() -> None:
    server = there("a", "b")
    secret = {"authentication": {"basic_auth": {"password": "new"}}}
    outcome = run(server, "rotate", {"name": "a", **secret}, update_secrets="always")
    assert server.writes == ["update"]
    assert (password_of(server, 0), password_of(server, 1)) == ("new", "old of b")
    assert [report.state for report in outcome.items[0].secrets] == ["set"]
    value = next(iter(server.objects.values()))["value"]
    assert value["exportBehavior"] == BY_HAND["exportBehavior"]


def test_a_secret_for_another_way_to_authenticate_has_no_place() -> None:
    server = there("a")
    wrong = {"name": "a", "authentication": {"oauth2": {"client_secret": "new"}}}
    with invalid(r"exports\[0\]\.authentication\.oauth2\.client_secret: cannot be stored"):
        run(server, "rotate", wrong, update_secrets="always")
    blank = {"name": "a", "authentication": {"basic_auth": {"password": " "}}}
    with invalid(r"exports\[0\]\.authentication\.basic_auth\.password: must not be blank"):
        run(server, "rotate", blank, update_secrets="always")
    assert server.writes == []


@pytest.mark.parametrize(
    ("params", "path", "words"),
    [
        ({"state": "disabled", "exports": []}, "exports", "is empty"),
        ({"rotate_secrets": True, "exports": [{"name": "a"}]}, "exports[0]", "has no secret"),
        (
            {"state": "disabled", "exports": [{"name": "a"}], "all_exports": True},
            "all_exports",
            "so exports must be empty",
        ),
        (
            {"rotate_secrets": True, "exports": [], "all_exports": True},
            "all_exports",
            "is only valid with state: disabled or enabled",
        ),
        (
            {"state": "present", "exports": [], "all_exports": True},
            "all_exports",
            "is only valid with state: disabled or enabled",
        ),
        (
            {"state": "disabled", "exports": [{"name": "a"}], "prune": True},
            "prune",
            "is only valid with state: present",
        ),
        ({"state": "enabled", "exports": [{"name": ""}]}, "exports[0].name", "is required"),
    ],
)
def test_what_makes_no_sense_is_refused_before_anything_is_read(params: dict[str, Any], path: str, words: str) -> None:
    _ready, problems = module.check(params)
    assert [problem.path for problem in problems] == [path]
    assert words in text_of(problems[0])
