# Copyright (c) 2026, community.dynatrace contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Secrets: masked on read, kept by their mask, asked for again when what they protect changes."""

from __future__ import annotations

import hashlib
from typing import Any

import pytest

from ansible_collections.community.dynatrace.tests.support.simulator import (
    WEBHOOK_SCHEMA,
    Simulator,
    basic_auth,
    export_object,
    export_value,
    oauth2,
)

from .client import Api, violations

PASSWORD = "authentication/basicAuth/password"
FIRST = "the first password"


@pytest.fixture
def object_id(api: Api) -> str:
    return api.create(export_object("prod", export_value(authentication=basic_auth("user", FIRST))))


def shown(api: Api, object_id: str) -> dict[str, Any]:
    return dict(api.get(object_id).json()["value"])


def test_a_secret_is_never_shown(api: Api, simulator: Simulator, env: str, object_id: str) -> None:
    mask = shown(api, object_id)["authentication"]["basicAuth"]["password"]
    told = api.get(object_id).text + api.find(None, scopes="environment").text + str(simulator.objects(env))
    assert mask in told
    assert FIRST not in told
    assert simulator.secret_is(env, object_id, PASSWORD, FIRST)
    assert not simulator.secret_is(env, object_id, PASSWORD, mask)
    assert simulator.objects(env)[0]["secrets"] == {PASSWORD: hashlib.sha256(FIRST.encode()).hexdigest()}


def test_the_mask_sent_back_keeps_the_secret(api: Api, simulator: Simulator, env: str, object_id: str) -> None:
    value = shown(api, object_id)
    value["exportBehavior"]["disableNotification"] = True
    assert api.put(object_id, value).status_code == 200
    assert simulator.secret_is(env, object_id, PASSWORD, FIRST)


def test_a_plain_secret_replaces_the_old_one(api: Api, simulator: Simulator, env: str, object_id: str) -> None:
    assert api.put(object_id, export_value(authentication=basic_auth("user", "second"))).status_code == 200
    assert simulator.secret_is(env, object_id, PASSWORD, "second")


def test_leaving_the_secret_out_is_refused(api: Api, object_id: str) -> None:
    value = shown(api, object_id)
    del value["authentication"]["basicAuth"]["password"]
    assert violations(api.put(object_id, value)) == {PASSWORD: "Must not be null"}


def test_a_mask_in_a_post_becomes_the_secret(api: Api, simulator: Simulator, env: str, object_id: str) -> None:
    value = shown(api, object_id)
    mask = value["authentication"]["basicAuth"]["password"]
    assert api.create(export_object("prod", value)) == object_id  # replaced by its label
    assert simulator.secret_is(env, object_id, PASSWORD, mask)


def test_the_mask_of_another_object_is_a_text_like_any_other(
    api: Api, simulator: Simulator, env: str, object_id: str
) -> None:
    other = api.create(export_object("other", export_value(authentication=basic_auth("user", "other"))))
    mask = shown(api, other)["authentication"]["basicAuth"]["password"]
    api.put(object_id, export_value(authentication=basic_auth("user", mask)))
    assert simulator.secret_is(env, object_id, PASSWORD, mask)


@pytest.mark.parametrize(
    ("section", "name", "new"),
    [("endpointDefinition", "endpointUrl", "https://evil.example.com"), ("authentication", "username", "other")],
)
def test_a_mask_beside_a_change_of_what_it_protects_is_refused(
    api: Api, simulator: Simulator, env: str, object_id: str, section: str, name: str, new: str
) -> None:
    value = shown(api, object_id)
    part = value[section] if name in value[section] else value[section]["basicAuth"]
    part[name] = new
    answer = api.put(object_id, value)
    assert answer.status_code == 400
    assert list(violations(answer)) == [PASSWORD]
    assert "re-enter" in violations(answer)[PASSWORD]
    assert simulator.secret_is(env, object_id, PASSWORD, FIRST)
    simulator.switches(env, resubmission="declared")  # the schema itself declares nothing
    assert api.put(object_id, value).status_code == 200


def test_clients_of_oauth_are_protected_too(api: Api) -> None:
    object_id = api.create(export_object(value=export_value(authentication=oauth2("secret"))))
    for name, new in (("accessTokenUrl", "https://evil.example.com"), ("clientId", "other")):
        value = shown(api, object_id)
        value["authentication"]["oAuth2"][name] = new
        assert list(violations(api.put(object_id, value))) == ["authentication/oAuth2/clientSecret"]
    value = shown(api, object_id)
    value["authentication"]["oAuth2"]["scope"] = "export"
    assert api.put(object_id, value).status_code == 200


def test_some_servers_may_want_the_secret_for_any_change(
    api: Api, simulator: Simulator, env: str, object_id: str
) -> None:
    value = shown(api, object_id)
    assert api.put(object_id, value).status_code == 200
    value["exportBehavior"]["disableNotification"] = True
    simulator.switches(env, resubmission="any_change")
    assert list(violations(api.put(object_id, value))) == [PASSWORD]
    simulator.switches(env, resubmission="off")
    assert api.put(object_id, value).status_code == 200


def test_a_schema_that_declares_resubmission(api: Api) -> None:
    value = {"name": "hook", "url": "https://a.example.com", "type": "token", "token": "t"}
    object_id = api.create({"schemaId": WEBHOOK_SCHEMA, "scope": "environment", "value": value})
    masked = shown(api, object_id)
    assert api.put(object_id, {**masked, "name": "renamed"}).status_code == 200
    refused = api.put(object_id, {**masked, "url": "https://b.example.com"})
    text = "For security reasons please re-enter the secrets to save the new configuration."
    assert violations(refused) == {"token": text}
    assert api.put(object_id, {**masked, "url": "https://b.example.com", "token": "t2"}).status_code == 200


def test_a_name_that_is_taken(api: Api) -> None:
    value = {"name": "hook", "url": "https://a.example.com", "type": "token", "token": "t"}
    item = {"schemaId": WEBHOOK_SCHEMA, "scope": "environment", "value": value}
    api.create(item)
    assert violations(api.post(item)) == {"name": "This name is already taken."}


def test_the_mask_is_each_environments_own(api: Api, simulator: Simulator, env: str, object_id: str) -> None:
    simulator.switches(env, mask="*" * 8)
    assert shown(api, object_id)["authentication"]["basicAuth"]["password"] == "********"
