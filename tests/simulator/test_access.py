# Copyright (c) 2026, community.dynatrace contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Owners and permissions of objects, what a token may do, and the history."""

from __future__ import annotations

import base64
import json
import time
from collections.abc import Iterator
from datetime import datetime, timezone
from typing import Any
from urllib.parse import quote

import pytest
import requests

from ansible_collections.community.dynatrace.tests.support.simulator import (
    EXPORT_SCHEMA,
    Simulator,
    SimulatorError,
    basic_auth,
    export_object,
    export_value,
)

from .client import Api

PLATFORM = "/platform/classic/environment-api/v2"
NOTES = {
    "schemaId": "app:notes",
    "version": "1.0.0",
    "displayName": "Notes",
    "ownerBasedAccessControl": True,
    "properties": {"name": {"type": "text"}},
}
WRITE_SCOPES = ["settings:objects:read", "settings:objects:write", "settings:schemas:read", "app-engine:apps:run"]


@pytest.fixture(scope="module")
def saas() -> Iterator[Simulator]:
    tokens: dict[str, Any] = {
        "ann": {"platform": True, "owner": "ann@example.com"},
        "bob": {"platform": True, "owner": "bob@example.com", "groups": ["operators"]},
        "admin": {"platform": True, "owner": "admin@example.com", "scopes": [*WRITE_SCOPES, "settings:objects:admin"]},
        "limited": {"platform": True, "owner": "lea@example.com", "schemas": [EXPORT_SCHEMA]},
        "reader": {"platform": True, "owner": "ron@example.com", "scopes": ["settings:objects:read"]},
        "nothing": {"platform": True, "owner": "nic@example.com", "scopes": []},
        "full": {},
        "other": {"scopes": ["metrics.read"]},
    }
    environment = {"tokens": tokens, "schema_overrides": [NOTES]}
    config = {"environments": {"saas": environment}, "oauth_clients": {"dt0s02.A": {"secret": "s+ /:%"}}}
    with Simulator(config=config) as found:
        yield found


@pytest.fixture
def users(saas: Simulator) -> Iterator[dict[str, Api]]:
    saas.reset()
    found = {
        name: Api(saas.base_url, token, prefix=PLATFORM, scheme="Bearer")
        for name, token in saas.ready["environments"]["saas"]["tokens"].items()
        if name not in ("full", "other")
    }
    found["full"] = Api(saas.base_url, saas.token(None, "full"))
    found["other"] = Api(saas.base_url, saas.token(None, "other"))
    yield found
    for api in found.values():
        api.close()


def note(name: str = "one", **more: object) -> dict[str, Any]:
    return {"schemaId": "app:notes", "scope": "environment", "value": {"name": name}, **more}


def user_id(api: Api) -> str:
    answer = api.session.get(api.base.replace("classic/environment-api/v2", "metadata/v1/user"), timeout=20)
    assert answer.status_code == 200
    return str(answer.json()["userId"])


def test_who_am_i(users: dict[str, Api]) -> None:
    ann = users["ann"]
    answer = ann.session.get(ann.base.replace("classic/environment-api/v2", "metadata/v1/user"), timeout=20).json()
    assert (answer["userName"], answer["emailAddress"]) == ("ann@example.com", "ann@example.com")
    assert answer["userId"] == user_id(ann) != user_id(users["bob"])


def test_an_object_of_a_user_is_private(users: dict[str, Api]) -> None:
    object_id = users["ann"].create(note())
    assert [len(users[name].items("app:notes")) for name in ("ann", "bob", "full")] == [1, 0, 0]
    assert users["bob"].get(object_id).status_code == 404
    assert users["bob"].put(object_id, {"name": "x"}).status_code == 404
    assert users["bob"].delete(object_id).status_code == 404
    found = users["ann"].get(object_id).json()
    assert found["owner"] == {"type": "user", "id": user_id(users["ann"])}
    assert found["resourceContext"]["operations"] == ["read", "write", "delete"]
    # With administrative access, for those who have it.
    assert users["admin"].items("app:notes") == []
    assert len(users["admin"].items("app:notes", adminAccess="true")) == 1
    assert users["bob"].find("app:notes", adminAccess="true").status_code == 403


def test_an_object_of_an_access_token_is_public(users: dict[str, Api]) -> None:
    object_id = users["full"].create(note())
    found = users["bob"].get(object_id).json()
    assert "owner" not in found
    assert users["bob"].put(object_id, {"name": "changed"}).status_code == 200


def test_permissions(users: dict[str, Api]) -> None:
    ann, bob = users["ann"], users["bob"]
    object_id = ann.create(note())
    path = f"/settings/objects/{quote(object_id, safe='')}/permissions"
    accessor = {"type": "user", "id": user_id(bob)}
    one = f"{path}/user/{user_id(bob)}"
    assert ann.call("GET", path).json() == {"accessors": []}
    assert ann.call("GET", one).status_code == 404
    assert ann.call("PUT", one, json={"permissions": ["r"]}).status_code == 404
    added = ann.call("POST", path, json={"accessor": accessor, "permissions": ["r"]})
    assert (added.status_code, added.json()) == (201, {"accessor": accessor, "permissions": ["r"]})
    assert ann.call("POST", path, json={"accessor": accessor, "permissions": ["r"]}).status_code == 400
    assert bob.get(object_id).json()["resourceContext"]["operations"] == ["read"]
    assert bob.put(object_id, {"name": "x"}).status_code == 403
    assert bob.call("POST", path, json={"accessor": {"type": "all-users"}, "permissions": ["r"]}).status_code == 403
    assert ann.call("PUT", one, json={"permissions": ["r", "w"]}).status_code == 200
    assert bob.put(object_id, {"name": "x"}).status_code == 200
    everyone = {"accessor": {"type": "all-users"}, "permissions": ["r"]}
    assert bob.call("POST", path, json=everyone).status_code == 201
    assert users["reader"].call("GET", f"{path}/all-users").json() == everyone
    assert len(users["full"].items("app:notes")) == 1
    assert ann.call("DELETE", one).status_code == 204
    assert bob.put(object_id, {"name": "y"}).status_code == 403
    assert ann.call("DELETE", f"{path}/all-users").status_code == 204
    assert bob.get(object_id).status_code == 404
    unwritable = {"accessor": accessor, "permissions": ["w"]}
    for wrong in ({}, {"permissions": ["r"]}, unwritable, {"accessor": {"type": "x"}}):
        assert ann.call("POST", path, json=wrong).status_code == 400
    assert ann.call("GET", f"{path}/robot/1").status_code == 404


def test_permissions_of_a_group_are_those_of_its_members(users: dict[str, Api]) -> None:
    ann, bob = users["ann"], users["bob"]
    object_id = ann.create(note())
    path = f"/settings/objects/{quote(object_id, safe='')}/permissions"
    accessor = {"type": "group", "id": "operators"}
    assert ann.call("POST", path, json={"accessor": accessor, "permissions": ["r"]}).status_code == 201
    assert [users[name].get(object_id).status_code for name in ("bob", "reader", "full")] == [200, 404, 404]
    assert bob.put(object_id, {"name": "x"}).status_code == 403
    assert ann.call("PUT", f"{path}/group/operators", json={"permissions": ["r", "w"]}).status_code == 200
    assert bob.put(object_id, {"name": "x"}).status_code == 200


@pytest.mark.parametrize(
    ("part", "method", "path"),
    [
        ("history", "GET", "/settings/history"),
        ("effective-permissions:resolve", "POST", "/settings/effective-permissions:resolve"),
        ("permissions", "GET", "/settings/objects/x/permissions"),
        ("permissions", "POST", "/settings/objects/x:transfer-ownership"),
        ("effectiveValues", "GET", "/settings/effectiveValues"),
    ],
)
def test_an_environment_can_lack_each_part(
    users: dict[str, Api], saas: Simulator, part: str, method: str, path: str
) -> None:
    saas.clear_log()
    saas.switches(missing_endpoints=[part])
    try:
        answer = users["ann"].call(method, path, json={} if method == "POST" else None)
    finally:
        saas.switches(missing_endpoints=[])
    assert (answer.status_code, answer.json()["error"]["message"]) == (404, "HTTP 404 Not Found")
    assert not any(entry["applied"] for entry in saas.requests())


def test_what_only_asks_is_no_write(users: dict[str, Api], saas: Simulator) -> None:
    ann = users["ann"]
    object_id = ann.create(note())
    asked = {"permissions": [{"permission": "settings:objects:write"}]}
    saas.clear_log()
    for method, path, body in (
        ("GET", "/settings/history?schemaId=app:notes&scope=environment", None),
        ("POST", "/settings/effective-permissions:resolve", asked),
        ("GET", f"/settings/objects/{quote(object_id, safe='')}/permissions", None),
    ):
        assert ann.call(method, path, json=body).status_code == 200
    assert [entry["applied"] for entry in saas.requests()] == [False, False, False]
    path = f"/settings/objects/{quote(object_id, safe='')}/permissions"
    ann.call("POST", path, json={"accessor": {"type": "all-users"}, "permissions": ["r"]})
    assert saas.requests()[-1]["applied"]


def test_permissions_are_for_schemas_with_owners(users: dict[str, Api]) -> None:
    object_id = users["ann"].create(export_object())
    path = f"/settings/objects/{quote(object_id, safe='')}/permissions"
    assert users["ann"].call("GET", path).status_code == 400
    assert "owner" not in users["ann"].get(object_id).json()


def test_ownership_is_transferred_by_the_owner(users: dict[str, Api]) -> None:
    ann, bob = users["ann"], users["bob"]
    object_id = ann.create(note())
    path = f"/settings/objects/{quote(object_id, safe='')}"
    body = {"newOwner": {"type": "user", "id": user_id(bob)}}
    everyone = {"accessor": {"type": "all-users"}, "permissions": ["r", "w"]}
    assert ann.call("POST", f"{path}/permissions", json=everyone).status_code == 201
    assert bob.call("POST", f"{path}:transfer-ownership", json=body).status_code == 403
    assert ann.call("POST", f"{path}:transfer-ownership", json={"newOwner": {"type": "group"}}).status_code == 400
    assert ann.call("POST", f"{path}:transfer-ownership", json=body).status_code == 204
    assert bob.get(object_id).json()["owner"]["id"] == user_id(bob)
    assert bob.call("DELETE", f"{path}/permissions/all-users").status_code == 204
    assert ann.get(object_id).status_code == 404


def test_texts_of_403(users: dict[str, Api], saas: Simulator) -> None:
    def text(answer: requests.Response) -> str:
        assert answer.status_code == 403
        return str(answer.json()["error"]["message"])

    write = "write access to app:notes not allowed without settings:internal.notes:write token scope"
    assert text(users["nothing"].find(EXPORT_SCHEMA)) == "Access denied"
    assert text(users["nothing"].call("GET", "/settings/schemas")) == "Access denied"
    assert text(users["reader"].post(note())) == write
    assert text(users["reader"].put(users["ann"].create(note()), {"name": "x"})) == write
    assert text(users["limited"].find("app:notes")) == "Access denied"
    assert text(users["limited"].post(note())) == write
    assert users["limited"].find(EXPORT_SCHEMA).status_code == 200
    titles = "Token is missing required scope. Use one of: settings.read (Read settings)"
    assert text(users["other"].find(EXPORT_SCHEMA)) == titles
    saas.switches(classic_forbidden="list")
    read, post = users["other"].find(EXPORT_SCHEMA), users["other"].post(note())
    saas.switches(classic_forbidden="titles")
    assert text(read) == "Token is missing required scope. Use one of: [settings:objects:read]"
    assert text(post) == "Token is missing required scope. Use one of: [settings:objects:write]"


def test_effective_permissions(users: dict[str, Api]) -> None:
    def granted(user: str, permission: str, context: object = None) -> str:
        asked = {"permission": permission, **({"context": context} if context else {})}
        path = "/settings/effective-permissions:resolve"
        answer = users[user].call("POST", path, json={"permissions": [asked]})
        assert answer.status_code == 200, answer.text
        (found,) = answer.json()
        assert found["permission"] == permission
        return str(found["granted"])

    read, write = "settings:objects:read", "settings:objects:write"
    assert [granted(user, write) for user in ("ann", "full", "limited")] == ["true", "true", "condition"]
    own, foreign = ({"schemaId": one, "scope": "environment"} for one in (EXPORT_SCHEMA, "app:notes"))
    assert [granted("limited", read, one) for one in (own, foreign)] == ["true", "false"]
    assert granted("admin", "settings:objects:admin") == "true"
    assert granted("ann", "settings:objects:admin") == "false"
    for wrong in ({}, {"permissions": []}, {"permissions": [{"permission": "fly"}]}):
        answer = users["ann"].call("POST", "/settings/effective-permissions:resolve", json=wrong)
        assert answer.status_code == 400


def test_history(users: dict[str, Api], saas: Simulator) -> None:
    ann, path = users["ann"], "/settings/history"
    object_id = ann.create(export_object("one", export_value(authentication=basic_auth("user", "the password"))))
    plain = export_value("https://second.example.com")
    ann.put(object_id, plain)
    saas.delete(None, object_id)
    fields = "type,objectId,jsonBefore,jsonAfter,modificationInfo,schemaId,summary,source"
    query = {"schemaId": EXPORT_SCHEMA, "scope": "environment", "fields": fields, "filter": f"objectId = '{object_id}'"}
    answer = ann.call("GET", path, params=query)
    found = answer.json()["items"]
    assert [one["type"] for one in found] == ["DELETE", "UPDATE", "CREATE"]  # the newest first
    assert [one["jsonAfter"] is None for one in found] == [True, False, False]
    assert found[2]["jsonBefore"] is None
    assert json.loads(found[1]["jsonAfter"])["endpointDefinition"]["endpointUrl"] == "https://second.example.com"
    assert found[1]["modificationInfo"]["lastModifiedBy"] == "ann@example.com"
    assert "the password" not in answer.text
    times = [one["modificationInfo"]["lastModifiedTime"] for one in found]
    assert times == sorted(times, reverse=True)
    later = {**query, "filter": f"objectId = '{object_id}' and modificationInfo.lastModifiedTime > '{times[1]}'"}
    assert [one["type"] for one in ann.call("GET", path, params=later).json()["items"]] == ["DELETE"]
    paged = ann.call("GET", path, params={**query, "pageSize": "2"}).json()
    last = ann.call("GET", path, params={"nextPageKey": paged["nextPageKey"]}).json()
    assert [one["type"] for one in last["items"]] == ["CREATE"]
    assert "nextPageKey" not in last


def test_the_kinds_and_sources_of_changes(users: dict[str, Api], saas: Simulator) -> None:
    ann, path = users["ann"], "/settings/history"
    (by_hand,) = saas.seed(None, [export_object("hand", author="eve@example.com")])
    value = ann.get(by_hand).json()["value"]
    ann.put(by_hand, value)
    saas.change(None, by_hand, merge={"endpointDefinition": {"usePost": True}})
    query = {
        "schemaId": EXPORT_SCHEMA,
        "scope": "environment",
        "filter": f"objectId = '{by_hand}'",
        "fields": "type,source",
    }
    found = ann.call("GET", path, params=query).json()["items"]
    kinds = [(one["type"], one["source"]) for one in found]
    assert kinds == [("UPDATE", "UI"), ("NO_CHANGE", "REST"), ("CREATE", "UI")]
    log = saas.requests(path=path)
    assert log and not any(entry["applied"] for entry in log)


def test_the_range_of_a_history(users: dict[str, Api], saas: Simulator) -> None:
    day = 24 * 60 * 60 * 1000
    now = int(time.time() * 1000)
    ages = {"new": 1, "old": 20, "ancient": 400}
    for number, (name, age) in enumerate(ages.items()):
        value = export_value(f"https://{name}.example.com")
        saas.seed(None, [export_object(f"{name}{number}", value, time=now - age * day)])

    def found(text: str | None = None) -> list[str]:
        query = {"schemaId": EXPORT_SCHEMA, "scope": "environment", "fields": "jsonAfter"}
        answer = users["ann"].call("GET", "/settings/history", params={**query, **({"filter": text} if text else {})})
        assert answer.status_code == 200, answer.text
        urls = [json.loads(one["jsonAfter"])["endpointDefinition"]["endpointUrl"] for one in answer.json()["items"]]
        names = [url.partition("//")[2].partition(".")[0] for url in urls]
        return [name for name in names if name in ages]

    def moment(age: int) -> str:
        return datetime.fromtimestamp((now - age * day) / 1000, timezone.utc).isoformat()

    field = "modificationInfo.lastModifiedTime"
    saas_objects = [one["externalId"] for one in saas.objects()]
    assert sorted(saas_objects) == ["ancient2", "new0", "old1"]
    assert found() == ["new"]
    assert found(f"{field} <= '{moment(10)}'") == ["old"]  # one year back
    assert found(f"{field} > '{moment(500)}'") == ["new", "old", "ancient"]
    assert found(f"{field} > '{moment(500)}' and {field} < '{moment(30)}'") == ["ancient"]


def test_a_move_is_in_the_history(saas: Simulator) -> None:
    ordered = {**NOTES, "schemaId": "builtin:ordered", "ordered": True, "ownerBasedAccessControl": False}
    saas.add_environment("ordered", schema_overrides=[ordered])
    api = Api(saas.managed_url("ordered"), saas.token("ordered"))
    notes = [{**note(name), "schemaId": "builtin:ordered"} for name in ("one", "two")]
    first, _second = (api.create(item) for item in notes)
    api.put(first, {"name": "one"}, insertBefore="")
    api.put(first, {"name": "renamed"}, insertAfter="")
    query = {"schemaId": "builtin:ordered", "scope": "environment", "fields": "type"}
    found = api.call("GET", "/settings/history", params=query).json()["items"]
    api.close()
    assert [one["type"] for one in found] == ["UPDATE", "REORDER", "CREATE", "CREATE"]


def test_an_older_server_lacks_parts_of_the_api(users: dict[str, Api], saas: Simulator) -> None:
    object_id = users["ann"].create(note())
    resolve = {"permissions": [{"permission": "settings:objects:read"}]}
    requests_of = {
        "history": ("GET", "/settings/history?scope=environment", None),
        "effectiveValues": ("GET", "/settings/effectiveValues?scope=environment", None),
        "permissions": ("GET", f"/settings/objects/{object_id}/permissions", None),
        "effective-permissions:resolve": ("POST", "/settings/effective-permissions:resolve", resolve),
    }
    for name in requests_of:
        saas.switches(missing_endpoints=[name])
        codes = {
            other: users["ann"].call(method, path, json=body).status_code
            for other, (method, path, body) in requests_of.items()
        }
        assert codes == {other: 404 if other == name else 200 for other in requests_of}
    saas.switches(missing_endpoints=[])
    with pytest.raises(SimulatorError, match="missing_endpoints"):
        saas.switches(missing_endpoints=["objects"])


@pytest.mark.parametrize(
    ("query", "status"),
    [
        ({"schemaId": EXPORT_SCHEMA}, 400),
        ({"schemaId": "builtin:nothing", "scope": "environment"}, 404),
        ({"schemaId": EXPORT_SCHEMA, "scope": "environment", "filter": "objectId = 'a' or objectId = 'b'"}, 400),
        ({"schemaId": EXPORT_SCHEMA, "scope": "environment", "filter": "summary = 'a'"}, 400),
        ({"schemaId": EXPORT_SCHEMA, "scope": "environment", "fields": "value"}, 400),
        ({"schemaId": f"{EXPORT_SCHEMA},app:notes", "scope": "environment"}, 400),
    ],
)
def test_a_history_that_is_refused(users: dict[str, Api], query: dict[str, str], status: int) -> None:
    assert users["full"].call("GET", "/settings/history", params=query).status_code == status


def test_client_credentials_by_http_basic(saas: Simulator) -> None:
    form = {"grant_type": "client_credentials"}

    def ask(name: str, password: str, **more: str) -> requests.Response:
        text = base64.b64encode(f"{quote(name, safe='')}:{quote(password, safe='')}".encode()).decode()
        headers = {"Authorization": f"Basic {text}"}
        return requests.post(f"{saas.base_url}/sso/oauth2/token", data={**form, **more}, headers=headers, timeout=20)

    assert ask("dt0s02.A", "s+ /:%").json()["token_type"] == "Bearer"
    assert ask("dt0s02.A", "wrong").json()["error"] == "invalid_client"
    assert ask("dt0s02.A", "s+ /:%", client_id="dt0s02.B").json()["error"] == "invalid_client"
    assert ask("dt0s02.A", "s+ /:%", client_secret="s+ /:%").json()["error"] == "invalid_request"
