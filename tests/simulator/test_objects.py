# Copyright (c) 2026, community.dynatrace contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Objects: list, get, create, update, delete, authors and times."""

from __future__ import annotations

import base64
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import pytest

from ansible_collections.community.dynatrace.tests.support.simulator import (
    EXPORT_SCHEMA,
    WEBHOOK_SCHEMA,
    ZONE_SCHEMA,
    Simulator,
    export_object,
    export_value,
)
from settings_api_simulator import ids

from .client import Api, violations

Connect = Callable[..., Api]
POSITION = "Setting value cannot be inserted to the specified position"


def zone(name: str) -> dict[str, object]:
    return {"schemaId": ZONE_SCHEMA, "scope": "environment", "value": {"name": name, "rules": []}}


def test_an_object_lives_from_post_to_delete(api: Api) -> None:
    object_id = api.create(export_object())
    assert api.get(object_id).json()["value"] == export_value()
    answer = api.put(object_id, export_value("https://other.example.com/"))
    assert answer.json() == {"code": 200, "objectId": object_id}
    assert api.get(object_id).json()["value"]["endpointDefinition"]["endpointUrl"] == "https://other.example.com/"
    gone = api.delete(object_id)
    assert (gone.status_code, gone.content) == (204, b"")
    assert api.get(object_id).status_code == 404
    assert api.delete(object_id).json()["error"]["message"] == "Settings not found"


def test_author_and_times_of_the_last_write(api: Api, simulator: Simulator, env: str) -> None:
    (object_id,) = simulator.seed(env, [export_object(author="jane@example.com")])
    before = api.get(object_id).json()
    assert before["author"] == before["createdBy"] == "jane@example.com"
    assert before["created"] == before["modified"]
    api.put(object_id, export_value())
    after = api.get(object_id).json()
    assert after["author"] == ".".join(simulator.token(env).split(".")[:2])  # the public part, never the token
    assert after["createdBy"] == "jane@example.com"
    assert after["modified"] > before["modified"]
    assert after["modificationInfo"]["modifiable"] is True


def test_fields_replace_the_default_ones(api: Api) -> None:
    api.create(export_object("label"))
    assert set(api.items(EXPORT_SCHEMA, fields=None)[0]) == {"objectId", "value"}
    assert api.items(EXPORT_SCHEMA, fields="externalId") == [{"externalId": "label"}]
    assert api.find(EXPORT_SCHEMA, fields="nonsense").status_code == 400


def test_a_long_list_comes_in_pages(api: Api, simulator: Simulator, env: str) -> None:
    simulator.seed(env, [zone(f"zone {number}") for number in range(7)])
    first = api.find(ZONE_SCHEMA, pageSize=3, fields="value").json()
    assert (len(first["items"]), first["totalCount"], first["pageSize"]) == (3, 7, 3)
    names = [item["value"]["name"] for item in first["items"]]
    key = first["nextPageKey"]
    while key is not None:
        page = api.call("GET", "/settings/objects", params={"nextPageKey": key}).json()
        assert all(set(item) == {"value"} for item in page["items"])
        names += [item["value"]["name"] for item in page["items"]]
        key = page.get("nextPageKey")
    assert names == [f"zone {number}" for number in range(7)]


@pytest.mark.parametrize(
    "query", [{"pageSize": 501}, {"pageSize": 0}, {"pageSize": "x"}, {"filter": "value.name =", "fields": "value"}]
)
def test_a_query_that_is_not_understood_is_refused(api: Api, query: dict[str, object]) -> None:
    assert api.find(EXPORT_SCHEMA, **query).status_code == 400


def test_schema_or_scope_must_be_named(api: Api) -> None:
    assert api.find(None).status_code == 400
    assert api.find(None, scopes="environment").json()["totalCount"] == 0
    assert api.call("GET", "/settings/objects", params={"nextPageKey": "nonsense"}).status_code == 400


def test_several_schemas_and_external_ids_in_one_list(api: Api) -> None:
    api.create(export_object("one"))
    api.create(export_object("two"))
    api.create(zone("z"))
    assert len(api.items(f"{EXPORT_SCHEMA},{ZONE_SCHEMA}")) == 3
    assert [item["externalId"] for item in api.items(EXPORT_SCHEMA, externalIds="two,three")] == ["two"]
    assert api.items(EXPORT_SCHEMA, externalIds="three") == []


def test_a_stale_update_token_is_a_conflict(api: Api) -> None:
    object_id = api.create(export_object())
    other_id = api.create(export_object())
    token, other = (api.get(found).json()["updateToken"] for found in (object_id, other_id))
    assert api.put(object_id, export_value(), updateToken=token).status_code == 200
    lost = api.put(object_id, export_value(), updateToken=token)
    assert lost.status_code == 409
    assert lost.json()["error"]["message"].endswith(f"for '{EXPORT_SCHEMA}' are outdated")
    assert api.delete(object_id, token).status_code == 409
    assert api.get(other_id).json()["updateToken"] == other  # a write of one object leaves the others' alone
    assert api.put(object_id, export_value(), updateToken=other).status_code == 400
    assert api.delete(object_id, api.get(object_id).json()["updateToken"]).status_code == 204


def test_a_dry_run_changes_nothing(api: Api) -> None:
    assert api.post(export_object(), validateOnly="true").json() == [{"code": 200}]
    assert api.items(EXPORT_SCHEMA) == []
    object_id = api.create(export_object())
    before = api.get(object_id).json()
    assert api.put(object_id, export_value("https://new.example.com"), {"validateOnly": "true"}).json() == {"code": 200}
    assert api.put(object_id, export_value("http://new.example.com"), {"validateOnly": "true"}).status_code == 400
    assert api.get(object_id).json() == before


def test_a_fourth_export_is_refused_also_in_a_dry_run(api: Api, simulator: Simulator, env: str) -> None:
    for _turn in range(3):
        api.create(export_object())
    assert api.post(export_object(), validateOnly="true").status_code == 409
    assert api.post(export_object()).status_code == 409
    simulator.switches(env, maximum_objects_status=400)
    assert api.post(export_object()).status_code == 400
    assert len(api.items(EXPORT_SCHEMA)) == 3


def test_one_export_per_request(api: Api) -> None:
    answer = api.post(export_object(), export_object())
    assert answer.status_code == 400
    assert [item["code"] for item in answer.json()] == [400, 400]
    assert api.items(EXPORT_SCHEMA) == []


def test_items_are_written_one_by_one(api: Api) -> None:
    answer = api.post(zone("a"), zone("a"), zone("b"))
    assert answer.status_code == 207
    assert [item["code"] for item in answer.json()] == [200, 400, 200]
    assert answer.json()[1]["error"]["constraintViolations"][0]["path"] == f"{ZONE_SCHEMA}/0/name"
    assert [item["value"]["name"] for item in api.items(ZONE_SCHEMA)] == ["a", "b"]


def test_an_external_id_replaces_the_object_that_has_it(api: Api) -> None:
    object_id = api.create(export_object("prod"))
    again = api.create(export_object("prod", export_value("https://second.example.com")))
    assert again == object_id
    (item,) = api.items(EXPORT_SCHEMA)
    assert item["value"]["endpointDefinition"]["endpointUrl"] == "https://second.example.com"


def test_put_keeps_the_external_id_and_cannot_set_it(api: Api) -> None:
    object_id = api.create(export_object("prod"))
    api.put(object_id, export_value())
    assert api.items(EXPORT_SCHEMA)[0]["externalId"] == "prod"
    assert api.put(object_id, export_value(), externalId="other").status_code == 400


def test_an_external_id_is_set_by_the_object_id(api: Api) -> None:
    object_id = api.create(export_object())
    assert "externalId" not in api.items(EXPORT_SCHEMA)[0]
    assert api.create(export_object("late", objectId=object_id)) == object_id
    assert [item["externalId"] for item in api.items(EXPORT_SCHEMA)] == ["late"]


def test_external_ids_that_conflict(api: Api) -> None:
    one, _two = api.create(export_object("one")), api.create(export_object("two"))
    assert api.post(export_object("two", objectId=one)).status_code == 409
    assert api.post(export_object(objectId=one)).status_code == 400
    assert api.post(export_object("x" * 501)).status_code == 400
    assert api.post(export_object("new", objectId="nonsense")).status_code == 404
    webhook = {"schemaId": WEBHOOK_SCHEMA, "scope": "environment", "value": {}, "externalId": "a", "objectId": "b"}
    assert api.post(webhook).status_code == 400
    assert api.post(export_object("y" * 500)).status_code == 200


def test_bodies_that_are_none(api: Api) -> None:
    path = "/settings/objects"
    assert api.call("POST", path, data="[", headers={"Content-Type": "application/json"}).status_code == 400
    assert api.call("POST", path, data="[NaN]", headers={"Content-Type": "application/json"}).status_code == 400
    assert api.call("POST", path, data="[" * 100_000, headers={"Content-Type": "application/json"}).status_code == 400
    assert api.call("POST", path, json={"a": 1}).status_code == 400
    assert api.call("POST", path, json=[]).status_code == 400
    assert api.call("POST", path, data="[]", headers={"Content-Type": "text/plain"}).status_code == 415
    assert api.post({**export_object(), "typo": 1}).status_code == 400
    assert api.put(api.create(export_object()), None).status_code == 400


def test_more_than_a_megabyte_is_refused(api: Api) -> None:
    item = export_object(value=export_value(exportBehavior={"customConfiguration": "x" * 1_000_000}))
    assert api.post(item).status_code == 413


def test_the_order_of_ordered_objects(api: Api, simulator: Simulator, env: str) -> None:
    schema = {"schemaId": "builtin:ordered", "version": "1", "ordered": True, "properties": {"n": {"type": "integer"}}}
    simulator.configure(env, schema_overrides=[schema])

    def item(number: int, **more: object) -> dict[str, object]:
        return {"schemaId": "builtin:ordered", "scope": "environment", "value": {"n": number}, **more}

    one = api.create(item(1))
    api.create(item(2))
    api.create(item(3, insertAfter=one))
    zero = api.create(item(0, insertAfter=""))
    assert [found["value"]["n"] for found in api.items("builtin:ordered")] == [0, 1, 3, 2]
    api.put(zero, {"n": 0}, insertBefore="")
    assert [found["value"]["n"] for found in api.items("builtin:ordered")] == [1, 3, 2, 0]
    lost = api.post(item(4, insertAfter="nonsense"))
    assert violations(lost) == {"": POSITION}


@pytest.fixture
def ordered(simulator: Simulator, env: str) -> Callable[..., dict[str, object]]:
    """Makes objects of an ordered schema, which this environment has."""
    schema = {
        "schemaId": "builtin:ordered",
        "version": "1",
        "ordered": True,
        "allowedScopes": ["environment", "HOST"],
        "properties": {"n": {"type": "integer"}},
    }
    simulator.configure(env, schema_overrides=[schema])

    def item(number: int, **more: object) -> dict[str, object]:
        return {"schemaId": "builtin:ordered", "scope": "environment", "value": {"n": number}, **more}

    return item


def numbers(api: Api) -> list[int]:
    return [found["value"]["n"] for found in api.items("builtin:ordered", scopes="environment")]


def test_a_post_moves_the_object_that_it_replaces(api: Api, ordered: Callable[..., dict[str, object]]) -> None:
    first, _second, third = (api.create(ordered(n, externalId=f"n{n}")) for n in (1, 2, 3))
    assert api.create(ordered(1, externalId="n1", insertAfter=third)) == first
    assert numbers(api) == [2, 3, 1]
    api.create(ordered(1, externalId="n1"))
    assert numbers(api) == [2, 3, 1]  # nothing is said of the place
    api.create(ordered(3, externalId="renamed", objectId=third, insertAfter=""))
    assert numbers(api) == [3, 2, 1]


def test_first_and_last_are_among_the_objects_of_the_scope(api: Api, ordered: Callable[..., dict[str, object]]) -> None:
    host = "HOST-D3A3C5A146830A79"
    for number in (1, 2):
        api.create(ordered(number))
        api.create(ordered(number + 10, scope=host))
    api.create(ordered(0, insertAfter=""))
    assert numbers(api) == [0, 1, 2]
    assert [one["value"]["n"] for one in api.items("builtin:ordered", scopes=host)] == [11, 12]


@pytest.mark.parametrize(
    ("form", "status", "message"),
    [
        ("neighbor", 404, "Neighbor with key "),
        ("not_found", 404, "Settings not found"),
        ("violation", 400, "Constraints violated."),
    ],
)
def test_a_neighbor_that_is_gone(
    api: Api, simulator: Simulator, env: str, ordered: Callable[..., dict[str, object]], form: str, status: int,
    message: str,
) -> None:  # fmt: skip
    gone, moved = (api.create(ordered(n)) for n in (1, 2))
    api.delete(gone)
    simulator.switches(env, missing_neighbor=form)
    for answer in (api.post(ordered(3, insertAfter=gone)), api.put(moved, {"n": 2}, insertBefore=gone)):
        content = answer.json()[0] if isinstance(answer.json(), list) else answer.json()
        assert (answer.status_code, content["code"]) == (status, status)
        assert content["error"]["message"].startswith(message)
    assert numbers(api) == [2]


def test_a_neighbor_of_another_scope_or_that_cannot_be_moved(
    api: Api, simulator: Simulator, env: str, ordered: Callable[..., dict[str, object]]
) -> None:
    elsewhere = api.create(ordered(1, scope="HOST-D3A3C5A146830A79"))
    fixed, free = api.create(ordered(2)), api.create(ordered(3))
    simulator.change(env, fixed, movable=False)
    for neighbor in (elsewhere, fixed):
        assert violations(api.post(ordered(4, insertAfter=neighbor))) == {"": POSITION}
    assert violations(api.put(fixed, {"n": 2}, insertAfter=free)) == {"": POSITION}
    assert (
        api.find("builtin:ordered", fields="modificationInfo").json()["items"][1]["modificationInfo"]["movable"]
        is False
    )
    assert numbers(api) == [2, 3]


def test_an_id_holds_the_key_of_an_entity(api: Api, ordered: Callable[..., dict[str, object]]) -> None:
    object_id = api.create(ordered(1, scope="HOST-D3A3C5A146830A79"))
    raw = base64.urlsafe_b64decode(object_id + "==")
    assert b"\x00\x04HOST\x00\x10D3A3C5A146830A79" in raw
    assert ids.read_object_id(object_id) == ("builtin:ordered", "HOST-D3A3C5A146830A79", raw[-44:-8].decode())
    assert api.get(object_id).json()["scope"] == "HOST-D3A3C5A146830A79"


def test_concurrent_clients_do_not_affect_each_other(connect: Connect, simulator: Simulator, env: str) -> None:
    def race(number: int) -> list[int]:
        own = connect(env)
        return [own.post(export_object(f"label {number}")).status_code for _turn in range(5)]

    with ThreadPoolExecutor(8) as pool:
        codes = [code for found in pool.map(race, range(8)) for code in found]
    assert codes.count(200) == 3 * 5  # three got a slot and kept it
    assert codes.count(409) == 5 * 5
    assert len(simulator.objects(env)) == 3
