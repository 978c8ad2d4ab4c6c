# Copyright (c) 2026, community.dynatrace contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""The plan against a small model of the API: whatever is there and whatever is declared, one run converges."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ansible_collections.community.dynatrace.plugins.module_utils._session_exports.declaration import declare
from ansible_collections.community.dynatrace.plugins.module_utils._session_exports.options import to_value
from ansible_collections.community.dynatrace.plugins.module_utils._session_exports.report import item_diff, item_report
from ansible_collections.community.dynatrace.plugins.module_utils._settings_api.errors import (
    InvalidInput,
    SettingsError,
)
from ansible_collections.community.dynatrace.plugins.module_utils._settings_api.external_id import ExternalId
from ansible_collections.community.dynatrace.plugins.module_utils._settings_api.plan_digest import plan_digest
from ansible_collections.community.dynatrace.tests.support.export_plans import (
    KEY,
    RULES,
    basic,
    export,
    plan_for,
    run_exports,
    seeded,
)
from ansible_collections.community.dynatrace.tests.support.model_server import (
    ModelServer,
)
from ansible_collections.community.dynatrace.tests.support.problems import invalid


def test_three_exports_are_created_and_then_nothing_is_left_to_do() -> None:
    server = ModelServer()
    wanted = [export("a", "one"), export("b", "two", authentication=basic()), export("c", "three")]
    assert run_exports(server, wanted).changed
    assert server.writes == ["create"] * 3
    assert not plan_for(server, wanted).changed
    assert not run_exports(server, list(reversed(wanted))).changed


def test_a_renamed_url_is_an_update_and_not_a_second_export() -> None:
    server = ModelServer()
    run_exports(server, [export("a", "old")])
    outcome = run_exports(server, [export("a", "new")])
    assert server.writes == ["create", "update"]
    assert len(server.objects) == 1
    assert item_report(outcome.items[0], RULES)["changed_properties"] == ["endpoint_definition.endpoint_url"]


def test_no_free_slot_an_undeclared_export_is_taken_over_without_a_gap() -> None:
    server = seeded(export("", "one"), export("", "two"), export("", "three"))
    lowest = []
    server.after_write = lambda server, _action: lowest.append(len(server.objects))
    wanted = [export("a", "one"), export("b", "two"), export("new", "four", authentication=basic())]
    outcome = run_exports(server, wanted, prune=True)
    assert min(lowest) == 3
    operations = {item.name: item.operation for item in outcome.items}
    assert operations["new"] == "created"
    assert "deleted" in operations.values()
    assert {item["externalId"] for item in server.objects.values()} == {
        ExternalId(name).encode() for name in ("a", "b", "new")
    }
    assert not plan_for(server, wanted, prune=True).changed


def test_a_free_slot_is_used_and_deletes_come_last() -> None:
    server = seeded(export("", "one"), export("", "two"))
    run_exports(server, [export("a", "three")], prune=True)
    assert server.writes == ["create", "delete", "delete"]


def test_what_cannot_fit_is_refused_with_the_names_of_the_others() -> None:
    server = seeded(
        export("", "one"), export("", "two"), export("", "three"), external_ids=(ExternalId("mine").encode(),)
    )
    with invalid("cannot fit") as caught:
        run_exports(server, [export("a", "four")])
    assert "'mine' to https://one/" in caught.message
    assert server.writes == []


def test_a_lost_update_is_compared_again() -> None:
    server = ModelServer()
    run_exports(server, [export("a", "one")])
    (object_id,) = server.objects
    touched = []

    def someone_saves(server: ModelServer, _action: str) -> None:
        if not touched:
            touched.append(True)
            server.touch(object_id)

    server.before_write = someone_saves
    outcome = run_exports(server, [export("a", "two")])
    assert outcome.changed
    assert len(outcome.notes) == 1
    assert outcome.items[0].operation == "updated"


def test_an_endless_fight_ends_in_an_error() -> None:
    server = ModelServer()
    run_exports(server, [export("a", "one")])
    server.before_write = lambda server, _action: server.touch(next(iter(server.objects)))
    with pytest.raises(SettingsError):
        run_exports(server, [export("a", "two")])


URLS = st.sampled_from(["u1", "u2", "u3", "u4"])
PASSWORDS = st.sampled_from([None, "S3cret-one", "S3cret-two"])
AUTHENTICATION = st.one_of(
    st.none(),
    st.just({"active": False}),
    st.builds(basic, PASSWORDS),
    st.builds(
        lambda secret: {
            "active": True,
            "auth_type": "oauth2",
            "oauth2": {"access_token_url": "https://t/", "client_id": "c", "client_secret": secret},
        },
        PASSWORDS,
    ),
)
EXPORT = st.builds(
    lambda name, url, auth, index, quiet: export(
        name,
        url,
        authentication=auth,
        send_direct={"active": True, "index_name": index} if index else None,
        export_behavior={"disable_notification": quiet},
    ),
    st.sampled_from("abcd"),
    URLS,
    AUTHENTICATION,
    st.sampled_from([None, "i1"]),
    st.booleans(),
)
EXTERNAL_IDS = st.sampled_from([None, "monaco:x", *(ExternalId(name).encode() for name in "abcd")])


@given(
    there=st.lists(st.tuples(EXPORT, EXTERNAL_IDS), max_size=3),
    wanted=st.lists(EXPORT, max_size=3, unique_by=lambda one: one["name"]),
    prune=st.booleans(),
    adopt=st.sampled_from(["without_external_id", "any", "never"]),
    update_secrets=st.sampled_from(["with_updates", "on_create", "always", "on_change"]),
)
def test_one_run_converges_whatever_is_there(
    there: list[Any], wanted: list[Any], prune: bool, adopt: Any, update_secrets: Any
) -> None:
    server = ModelServer()
    for options, external_id in there:
        value = RULES.schema.complete(to_value(options)).value
        for path in RULES.schema.expected_secret_paths(value):
            node = value[path[0]][path[1]]
            node[path[2]] = node.get(path[2]) or "S3cret-there"
        if external_id and any(item["externalId"] == external_id for item in server.objects.values()):
            external_id = None
        server.seed(value, external_id)
    declaration = declare(wanted, RULES.schema)
    if declaration.problems:
        return
    before = server.list()
    policy = {"prune": prune, "adopt": adopt, "update_secrets": update_secrets}
    if update_secrets == "on_change":
        policy["fingerprints"] = KEY
    try:
        predicted = plan_for(server, wanted, **policy)
    except InvalidInput:
        return
    assert server.list() == before
    # New plans of the run itself, such as one after a read that a write needs, are part of the approved one.
    outcome = run_exports(server, wanted, approved_plan=plan_digest(predicted), **policy)

    def reported(items: Any) -> list[Any]:
        return [{**item_report(item, RULES), "object_id": None, "diff": item_diff(item, RULES)} for item in items]

    assert reported(outcome.items) == reported(predicted.items)
    assert outcome.changed == predicted.changed
    assert "S3cret" not in repr(reported(outcome.items)) + repr(outcome.plan.items)
    assert len(server.writes) == len(predicted.steps)
    assert len(server.objects) == predicted.used <= 3
    # Nothing is left to do, but for what is sent with every run.
    if update_secrets == "always":
        policy["update_secrets"] = "on_create"
    assert not plan_for(server, wanted, **policy).changed
    found = {have.own_external_id.name: have for have in server.list() if have.own_external_id}
    for want in declaration.exports:
        matching = [have for have in server.list() if RULES.identity(have.value) == RULES.identity(want.value)]
        assert want.name in found or matching
    if prune:
        assert len(server.objects) == len(wanted)
