# Copyright (c) 2026, community.dynatrace contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Secrets: masked on read, kept by their mask, asked for again when what they protect changes."""

from __future__ import annotations

import hashlib
import re
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
from settings_api_simulator.behavior_flags import BehaviorFlags

from .client import Api, violations

PASSWORD = "authentication/basicAuth/password"
FIRST = "the first password"


# The form that a client knows, one that is the same for a whole object, one that no client knows, and the shortest.
MASKS = ("***{value}***", "********", "\u2591\u2592 not shown {object} \u2592\u2591", "*")


@pytest.fixture(autouse=True, params=MASKS)
def mask(request: pytest.FixtureRequest, simulator: Simulator, env: str) -> str:
    """Every test of this file runs with each of them."""
    simulator.switches(env, mask=request.param)
    return str(request.param)


@pytest.fixture
def object_id(api: Api) -> str:
    return api.create(export_object("prod", export_value(authentication=basic_auth("user", FIRST))))


def shown(api: Api, object_id: str) -> dict[str, Any]:
    return dict(api.get(object_id).json()["value"])


def test_a_secret_is_never_shown(api: Api, simulator: Simulator, env: str, object_id: str) -> None:
    mask = shown(api, object_id)["authentication"]["basicAuth"]["password"]
    outcome = api.get(object_id).text + api.find(None, scopes="environment").text + str(simulator.objects(env))
    assert mask in outcome
    assert FIRST not in outcome
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
    api: Api, simulator: Simulator, env: str, object_id: str, mask: str
) -> None:
    """The server cannot tell it from a secret, unless it is its own mask of this object as well."""
    other = api.create(export_object("other", export_value(authentication=basic_auth("user", "other"))))
    foreign = shown(api, other)["authentication"]["basicAuth"]["password"]
    api.put(object_id, export_value(authentication=basic_auth("user", foreign)))
    assert simulator.secret_is(env, object_id, PASSWORD, foreign if "{" in mask else FIRST)


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


KEYS = {
    "schemaId": "builtin:keys",
    "version": "1",
    "properties": {
        "keys": {"type": "list", "minObjects": 0, "maxObjects": 9, "items": {"type": {"$ref": "#/types/Key"}}},
    },
    "types": {
        "Key": {"type": "object", "properties": {"name": {"type": "text"}, "secret": {"type": "secret"}}},
    },
}


def keys(**secrets: str) -> dict[str, Any]:
    return {"keys": [{"name": name, "secret": secret} for name, secret in secrets.items()]}


def test_the_default_mask_is_three_digits_per_value(simulator: Simulator, api: Api) -> None:
    # The whole run may have another mask, see SIMULATOR_MASK.
    default = BehaviorFlags().mask
    simulator.add_environment("masks", schema_overrides=[KEYS], behavior_flags={"mask": default})
    api = Api(simulator.managed_url("masks"), simulator.token("masks"))
    item = {"schemaId": "builtin:keys", "scope": "environment", "value": keys(a="one", b="two", c="one")}
    found = [part["secret"] for part in api.get(api.create(item)).json()["value"]["keys"]]
    api.close()
    assert all(re.fullmatch(r"\*\*\*[0-9]{3}\*\*\*", one) for one in found)
    assert found[0] == found[2] != found[1]


def test_masks_of_items_that_moved(api: Api, simulator: Simulator, env: str, mask: str) -> None:
    """A server that shows one mask per value can find the item again; another goes by the place."""
    simulator.configure(env, schema_overrides=[KEYS])
    item = {"schemaId": "builtin:keys", "scope": "environment", "value": keys(a="one", b="two")}
    object_id = api.create(item)
    first, second = shown(api, object_id)["keys"]
    assert api.put(object_id, {"keys": [second, first]}).status_code == 200
    per_value = "{value}" in mask
    assert simulator.secret_is(env, object_id, "keys/0/secret", "two" if per_value else "one")
    assert api.put(object_id, {"keys": [second]}).status_code == 200
    assert simulator.secret_is(env, object_id, "keys/0/secret", "two" if per_value else "one")
