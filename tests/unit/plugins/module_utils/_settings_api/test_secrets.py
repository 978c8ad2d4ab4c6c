# Copyright (c) 2026, community.dynatrace contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Which secrets a write sends, by update_secrets and by the fingerprints of earlier runs."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from ansible_collections.community.dynatrace.plugins.module_utils._session_exports.report import item_report
from ansible_collections.community.dynatrace.plugins.module_utils._settings_api.external_id import ExternalId
from ansible_collections.community.dynatrace.plugins.module_utils._settings_api.schema import Schema
from ansible_collections.community.dynatrace.plugins.module_utils._settings_api.secrets import Fingerprints
from ansible_collections.community.dynatrace.tests.support.export_plans import (
    KEY,
    RULES,
    basic,
    export,
    on_change,
    plan_for,
    run_exports,
    seeded,
)
from ansible_collections.community.dynatrace.tests.support.model_server import (
    ModelServer,
)
from ansible_collections.community.dynatrace.tests.support.object_plans import (
    MASK,
    REQUIRED,
    MaskingServer,
    declared_object,
    job_of_objects,
    prop,
    run_objects,
    schema,
)
from ansible_collections.community.dynatrace.tests.support.problems import invalid


def test_an_adopted_export_keeps_its_secret_unless_it_is_given() -> None:
    server = seeded(export("", "one", authentication=basic("by hand")))
    wanted = [export("a", "one", authentication=basic(None), export_behavior={"disable_notification": True})]
    run_exports(server, wanted)
    (stored,) = server.objects.values()
    assert stored["value"]["authentication"]["basicAuth"]["password"] == "by hand"
    assert stored["externalId"] is None


def test_a_new_export_needs_its_secret_an_existing_one_does_not() -> None:
    server = ModelServer()
    with invalid(r"exports\[0\]\.authentication\.basic_auth\.password"):
        run_exports(server, [export("a", "one", authentication=basic(None))])
    run_exports(server, [export("a", "one", authentication=basic())])
    assert not run_exports(server, [export("a", "one", authentication=basic(None))]).changed


def test_turning_authentication_on_sends_the_secret_that_was_not_there() -> None:
    server = ModelServer()
    run_exports(server, [export("a", "one")])
    with invalid("no secret is stored"):
        run_exports(server, [export("a", "one", authentication=basic(None))])
    outcome = run_exports(server, [export("a", "one", authentication=basic())])
    assert outcome.items[0].secrets[0].state == "set"
    assert not run_exports(server, [export("a", "one", authentication=basic())]).changed


def test_on_create_keeps_a_stored_secret_and_always_sends_it() -> None:
    server = ModelServer()
    run_exports(server, [export("a", "one", authentication=basic("first"))])
    assert not run_exports(server, [export("a", "one", authentication=basic("second"))]).changed
    outcome = run_exports(server, [export("a", "one", authentication=basic("second"))], update_secrets="always")
    (stored,) = server.objects.values()
    assert stored["value"]["authentication"]["basicAuth"]["password"] == "second"
    assert "always" in outcome.items[0].secrets[0].reason
    assert item_report(outcome.items[0], RULES)["changed_properties"] == ["authentication.basic_auth.password"]


def test_a_rotated_secret_is_sent_once_and_only_that_one() -> None:
    server = ModelServer()
    wanted = [export("a", "one", authentication=basic("first")), export("b", "two", authentication=basic("other"))]
    run_exports(server, wanted, **on_change())
    assert not plan_for(server, wanted, **on_change()).changed
    wanted[0]["authentication"]["basic_auth"]["password"] = "second"
    server.writes.clear()
    outcome = run_exports(server, wanted, **on_change())
    assert [item.operation for item in outcome.items] == ["updated", "unchanged"]
    assert outcome.items[0].secrets[0].state == "rotated"
    assert server.writes == ["update", "create"]  # the second stores the external ID
    assert sorted(item["value"]["authentication"]["basicAuth"]["password"] for item in server.objects.values()) == [
        "other",
        "second",
    ]
    assert not plan_for(server, wanted, **on_change()).changed


def test_a_hand_made_export_is_adopted_with_its_fingerprint_in_one_run() -> None:
    server = seeded(export("", "one", authentication=basic("by hand")))
    wanted = [export("a", "one", authentication=basic("declared"))]
    assert run_exports(server, wanted, **on_change()).items[0].secrets[0].state == "set"
    assert not plan_for(server, wanted, **on_change()).changed


def test_a_new_key_is_taken_over_in_one_run_and_the_old_one_tells_same_from_rotated() -> None:
    server = ModelServer()
    wanted = [export("a", "one", authentication=basic("same")), export("b", "two", authentication=basic("before"))]
    run_exports(server, wanted, **on_change())
    new = Fingerprints("another long random key, two", "abc12345", old_key=KEY.key)
    wanted[1]["authentication"]["basic_auth"]["password"] = "after"
    outcome = run_exports(server, wanted, **on_change(new))
    assert [item.secrets[0].state for item in outcome.items] == ["set", "rotated"]
    assert "the secret is unchanged" in outcome.items[0].secrets[0].reason
    assert not plan_for(server, wanted, **on_change(replace(new, old_key=None))).changed
    third = Fingerprints("yet another random key, three", "abc12345")
    assert "another key" in run_exports(server, wanted, **on_change(third)).items[0].secrets[0].reason
    assert not plan_for(server, wanted, **on_change(third)).changed


def test_a_fingerprint_differs_by_environment_name_and_key_and_shows_nothing() -> None:
    path = ("authentication", "basicAuth", "password")
    one = KEY.fields("a", {path: "secret"})
    others = [
        KEY.fields("b", {path: "secret"}),
        replace(KEY, environment="other").fields("a", {path: "secret"}),
        replace(KEY, key="a long random key, number two").fields("a", {path: "secret"}),
        KEY.fields("a", {path: "secret "}),
    ]
    assert len({one, *others}) == 5
    assert KEY.key not in repr(KEY)


def test_without_the_secret_or_a_place_for_its_fingerprint_nothing_is_guessed() -> None:
    server = seeded(export("", "one", authentication=basic("x")), external_ids=("monaco:abc",))
    wanted = [export("a", "one", authentication=basic("declared"))]
    outcome = run_exports(server, wanted, **on_change())
    assert outcome.items[0].secrets[0].state == "unverifiable"
    assert not outcome.changed
    wanted = [export("a", "one", authentication=basic(None))]
    assert run_exports(server, wanted, **on_change()).items[0].secrets[0].state == "kept"


def test_always_without_a_key_takes_the_fingerprint_away() -> None:
    server = ModelServer()
    wanted = [export("a", "one", authentication=basic())]
    run_exports(server, wanted, **on_change())
    run_exports(server, wanted, update_secrets="always")
    (stored,) = server.objects.values()
    assert stored["externalId"] == ExternalId("a").encode()


@pytest.mark.parametrize(
    ("policy", "state"), [({}, "set"), ({"update_secrets": "on_create"}, "kept"), ({"update_secrets": "always"}, "set")]
)
def test_a_declared_secret_goes_with_an_update_that_is_made_anyway(policy: Any, state: str) -> None:
    server = MaskingServer()
    server.seed({"name": "a", "color": "red", "token": MASK})
    wanted = declared_object({"name": "a", "color": "blue"}, ("token", "plain one"))
    done = run_objects(server, REQUIRED, wanted, **policy)
    assert [report.state for report in done.items[0].secrets] == [state]
    assert server.objects["object-1"]["value"]["token"] == ("plain one" if state == "set" else MASK)


def test_a_declared_secret_causes_no_update() -> None:
    server = MaskingServer()
    server.seed({"name": "a", "color": "red", "token": MASK})
    wanted = declared_object({"name": "a", "color": "red"}, ("token", "plain one"))
    done = run_objects(server, REQUIRED, wanted)
    assert not done.changed and done.items[0].secrets[0].state == "kept"


@pytest.mark.parametrize("secret", ["***123***", "******", "(stored)", "(kept)"])
def test_a_mask_is_never_stored_as_a_secret(secret: str) -> None:
    with invalid(r"objects\[0\].secrets\[0\].value: is the mask of a secret"):
        job_of_objects(REQUIRED, declared_object({"name": "a"}, ("token", secret)))


def test_the_mask_of_the_environment_is_no_secret_either() -> None:
    server = MaskingServer()
    server.seed({"name": "b", "token": "<hidden>"})
    with invalid("is the mask of a secret"):
        run_objects(server, REQUIRED, declared_object({"name": "a"}, ("token", "<hidden>")))
    assert server.writes == []


def listed(**constraints: Any) -> Schema:
    headers = prop("list", nullable=False, minObjects=0, items={"type": {"$ref": "#/types/Header"}}, **constraints)
    header = {"id": prop("text"), "value": prop("secret", nullable=False), "color": prop("text")}
    return schema(types={"Header": header}, headers=headers)


BY_CONTENT = listed()


BY_ID = listed(constraints=[{"type": "UNIQUE", "uniqueProperties": ["id"]}])


def headers(*items: dict[str, Any]) -> dict[str, Any]:
    return {"name": "a", "headers": list(items)}


@pytest.mark.parametrize("rules", [BY_CONTENT, BY_ID], ids=["by content", "by id"])
def test_items_of_a_list_keep_their_secrets(rules: Schema) -> None:
    """One item is added in front, one removed: each mask goes with its item."""
    server = MaskingServer()
    server.seed(headers(*({"id": name, "value": f"mask of {name}", "more": name} for name in "xyz")))
    wanted = declared_object(headers({"id": "new"}, {"id": "z"}, {"id": "x"}), ("headers[0].value", "plain new"))
    done = run_objects(server, rules, wanted)
    assert server.objects["object-1"]["value"]["headers"] == [
        {"id": "new", "value": "plain new"},
        {"id": "z", "value": "mask of z", "more": "z"},
        {"id": "x", "value": "mask of x", "more": "x"},
    ]
    assert "headers[1].more" in done.items[0].note
    assert not run_objects(server, rules, wanted).changed


def test_an_item_that_is_found_by_its_id_may_change() -> None:
    server = MaskingServer()
    server.seed(headers({"id": "x", "value": "mask", "color": "red"}))
    run_objects(server, BY_ID, declared_object(headers({"id": "x", "color": "blue"})))
    assert server.objects["object-1"]["value"]["headers"] == [{"id": "x", "value": "mask", "color": "blue"}]


def test_an_item_that_cannot_be_found_needs_its_secret() -> None:
    server = MaskingServer()
    server.seed(headers({"id": "x", "value": "mask", "color": "red"}))
    with invalid(r"objects\[0\].value.headers\[0\].value: is required"):
        run_objects(server, BY_CONTENT, declared_object(headers({"id": "x", "color": "blue"})))
    server.seed({**headers({"id": "x", "value": "m1"}, {"id": "x", "value": "m2"}), "name": "b"})
    with invalid(r"headers\[0\].value: is required"):
        run_objects(server, BY_CONTENT, declared_object({**headers({"id": "x"}), "name": "b"}))
