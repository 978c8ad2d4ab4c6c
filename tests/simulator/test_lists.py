# Copyright (c) 2026, community.dynatrace contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a list of objects can be asked for, what it says of each object, and the faults of a list."""

from __future__ import annotations

from typing import Any
from urllib.parse import quote

import pytest

from ansible_collections.community.dynatrace.tests.support.simulator import (
    EXPORT_SCHEMA,
    ZONE_SCHEMA,
    Simulator,
    export_object,
    export_value,
)

from .client import Api

SHOPS = {
    "schemaId": "builtin:shops",
    "version": "1.2.3",
    "displayName": "Shops",
    "allowedScopes": ["environment", "HOST"],
    "schemaConstraints": [{"type": "UNIQUE", "uniqueProperties": ["place.city"]}],
    "properties": {
        "size": {"type": "integer"},
        "open": {"type": "boolean"},
        "place": {"type": {"$ref": "#/types/Place"}},
        "token": {"type": "secret", "nullable": True},
    },
    "types": {"Place": {"type": "object", "properties": {"city": {"type": "text"}}}},
}


def shop(city: str, size: int, is_open: bool = True, **more: object) -> dict[str, Any]:
    value = {"size": size, "open": is_open, "place": {"city": city}, **more}
    return {"schemaId": "builtin:shops", "scope": "environment", "value": value}


@pytest.fixture
def shops(api: Api, simulator: Simulator, env: str) -> Api:
    simulator.configure(env, schema_overrides=[SHOPS])
    for item in (shop("Linz", 3), shop("Graz", 10, False), shop("St. Johann's", 7), shop("Wels_*", 3, token="secret")):
        api.create(item)
    return api


def cities(api: Api, **query: str) -> list[str]:
    answer = api.find("builtin:shops", **{"fields": "value,created,modifiedBy", **query})
    assert answer.status_code == 200, answer.text
    return [item["value"]["place"]["city"] for item in answer.json()["items"]]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("value.place.city = 'Linz'", ["Linz"]),
        ("value.place.city != 'Linz' and value.open = true", ["St. Johann's", "Wels_*"]),
        ("value.size > 3 and value.size <= 7", ["St. Johann's"]),
        ("value.size < 7 or value.open = false", ["Linz", "Graz", "Wels_*"]),
        ("not (value.size = 3 or value.size = 7)", ["Graz"]),
        ("not value.open = true", ["Graz"]),
        ("value.place.city contains 'a'", ["Graz", "St. Johann's"]),
        ("value.place.city starts-with 'St. Johann\\'s'", ["St. Johann's"]),
        ("value.place.city ends-with 'z' and value.size >= 10", ["Graz"]),
        ("value.size in (7, 10)", ["Graz", "St. Johann's"]),
        ("value.place.city in ('Linz')", ["Linz"]),
        ("created > '2020-01-01T00:00:00Z'", ["Linz", "Graz", "St. Johann's", "Wels_*"]),
        ("created < '2020-01-01T00:00:00Z'", []),
        ("modifiedBy starts-with 'dt0c01.'", ["Linz", "Graz", "St. Johann's", "Wels_*"]),
        ("value.unknown = 1", []),
        ("value.token = 'secret'", []),  # compared as it is shown
        ("((((( value.size = 10 )))))", ["Graz"]),
    ],
)
def test_filter(shops: Api, text: str, expected: list[str]) -> None:
    assert cities(shops, filter=text) == expected


@pytest.mark.parametrize(
    "text",
    [
        "value.size",
        "value.size =",
        "value.size == 3",
        "value.size = 3 and",
        "value.size = 3)",
        "(value.size = 3",
        "value.size like 3",
        "size = 3",
        "scope = 'environment'",
        "author = 'x'",  # not among the fields that are asked for
        "created > 'yesterday'",
        "value.size in ()",
        "value.place.city = Linz",
        "value.place.city = 'Linz",
        "((((((value.size = 3))))))",
        "value.place.city = '" + "x" * 1024 + "'",
    ],
)
def test_filters_that_are_refused(shops: Api, text: str) -> None:
    answer = shops.find("builtin:shops", filter=text, fields="value,created")
    assert answer.status_code == 400
    assert answer.json()["error"]["constraintViolations"][0]["path"] == "filter"


def test_sort(shops: Api) -> None:
    assert cities(shops, sort="value.place.city") == ["Graz", "Linz", "St. Johann's", "Wels_*"]
    assert cities(shops, sort="-value.size,value.place.city") == ["Graz", "St. Johann's", "Linz", "Wels_*"]
    assert cities(shops, sort="-created")[-1] == "Linz"
    for wrong in ("value.size", "created", "scope"):
        assert shops.find("builtin:shops", fields="objectId", sort=wrong).status_code == 400
    page = shops.find("builtin:shops", fields="value", sort="value.size", filter="value.size < 10", pageSize=1).json()
    assert page["totalCount"] == 3
    following = shops.call("GET", "/settings/objects", params={"nextPageKey": page["nextPageKey"]}).json()
    assert [one["value"]["size"] for one in page["items"] + following["items"]] == [3, 3]


def test_summaries(shops: Api, simulator: Simulator, env: str) -> None:
    def found() -> list[tuple[str, str]]:
        items = shops.find("builtin:shops", fields="summary,searchSummary").json()["items"]
        return [(item["summary"], item["searchSummary"]) for item in items]

    # Its name is what must be unique. A summary is Markdown, the other one is not.
    assert found()[0] == ("Linz", "Linz")
    assert found()[3] == ("Wels\\_\\*", "Wels_*")
    simulator.configure(env, schema_overrides=[{**SHOPS, "summaryPattern": "{place/city} ({size})"}])
    assert found()[1] == ("Graz (10)", "Graz (10)")
    simulator.configure(env, schema_overrides=[{**SHOPS, "schemaConstraints": [], "summaryPattern": "{token}"}])
    assert found()[3] == ("Shops", "Shops")


def test_a_scope_that_cannot_be_is_not_found(shops: Api) -> None:
    for scope in ("enviroment", "HOST-", "NOTHING-1234567890ABCDEF", "environment,enviroment"):
        answer = shops.find("builtin:shops", scopes=scope)
        assert answer.status_code == 404, scope
        assert answer.json()["error"]["message"] == f"Scope {scope.rpartition(',')[2]} does not exist."
    for scope in ("environment", "tenant", "HOST-D3A3C5A146830A79", "SERVICE-D3A3C5A146830A79"):
        assert shops.find("builtin:shops", scopes=scope).status_code == 200, scope


GENERATED = {
    "schemaId": "builtin:clusters",
    "version": "1",
    "multiObject": False,
    "allowedScopes": ["KUBERNETES_CLUSTER"],
    "properties": {"id": {"type": "text", "nullable": True}, "label": {"type": "text"}},
}


def test_a_schema_that_generates_its_scope(api: Api, simulator: Simulator, env: str) -> None:
    simulator.configure(env, schema_overrides=[GENERATED])
    item: dict[str, Any] = {"schemaId": "builtin:clusters", "value": {"id": "a1", "label": "one"}}
    assert api.post(item).json()[0]["error"]["constraintViolations"][0]["message"] == "must not be null"
    simulator.switches(env, generated_scopes={"builtin:clusters": "id"})
    first = api.create(item)
    assert api.create({**item, "value": {"id": "a1", "label": "renamed"}}) == first
    assert api.create({**item, "value": {"id": "a2", "label": "renamed"}}) != first
    found = api.items("builtin:clusters")
    assert [one["value"]["label"] for one in found] == ["renamed", "renamed"]
    assert all(one["scope"].startswith("KUBERNETES_CLUSTER-") and len(one["scope"]) == 35 for one in found)
    assert api.create({**item, "scope": "KUBERNETES_CLUSTER-D3A3C5A146830A79"}) not in (first, "")


def exports(api: Api) -> list[str]:
    return [item["value"]["endpointDefinition"]["endpointUrl"] for item in api.items(EXPORT_SCHEMA)]


def zones(api: Api, count: int) -> None:
    for number in range(count):
        value = {"name": f"zone {number}", "rules": []}
        api.create({"schemaId": ZONE_SCHEMA, "scope": "environment", "value": value})


def pages(api: Api, limit: int = 20) -> list[list[str]]:
    found, key = [], None
    for _turn in range(limit):
        query: dict[str, Any] = {"nextPageKey": key} if key else {"schemaIds": ZONE_SCHEMA, "pageSize": 2}
        answer = api.call("GET", "/settings/objects", params=query).json()
        found.append([item["value"]["name"] for item in answer["items"]])
        key = answer.get("nextPageKey")
        if key is None:
            break
    return found


def test_an_empty_page_with_a_key(api: Api, simulator: Simulator, env: str) -> None:
    zones(api, 3)
    simulator.fault("empty_page", environment=env, skip=1, times=2)
    assert pages(api) == [["zone 0", "zone 1"], [], [], ["zone 2"]]
    simulator.fault("empty_page", environment=env)
    assert pages(api)[0] == []  # the first page as well
    assert simulator.requests(environment=env)[-1]["fault"] is None


def test_pages_that_overlap(api: Api, simulator: Simulator, env: str) -> None:
    zones(api, 4)
    simulator.fault("overlap", environment=env, skip=1, items=1)
    assert pages(api) == [["zone 0", "zone 1"], ["zone 1", "zone 2"], ["zone 3"]]


def test_a_list_that_lacks_what_was_just_created(api: Api, simulator: Simulator, env: str) -> None:
    api.create(export_object(value=export_value("https://a.example.com")))
    api.create(export_object(value=export_value("https://b.example.com")))
    simulator.fault("stale_list", environment=env)
    assert exports(api) == ["https://a.example.com"]
    assert exports(api) == ["https://a.example.com", "https://b.example.com"]


def test_a_deletion_that_is_refused_for_a_while(api: Api, simulator: Simulator, env: str) -> None:
    object_id = api.create(export_object())
    simulator.fault("delete_refused", environment=env, times=2)
    refused = [api.delete(object_id) for _turn in range(2)]
    assert [answer.status_code for answer in refused] == [400, 400]
    assert "at the moment" in refused[0].json()["error"]["message"]
    assert api.delete(object_id).status_code == 204


def test_a_write_that_was_carried_out_and_answered_503(api: Api, simulator: Simulator, env: str) -> None:
    simulator.fault("status", status=503, when="after", environment=env, method="POST")
    assert api.post(export_object("one")).status_code == 503
    assert [item["externalId"] for item in api.items(EXPORT_SCHEMA)] == ["one"]
    assert simulator.requests(environment=env, method="POST")[0]["applied"] is True


def test_effective_values(shops: Api, simulator: Simulator, env: str) -> None:
    single = {
        "schemaId": "builtin:single",
        "version": "1",
        "multiObject": False,
        "allowedScopes": ["environment", "HOST"],
        "properties": {
            "on": {"type": "boolean", "default": True},
            "names": {"type": "list", "items": {"type": "text"}},
            "inner": {"type": {"$ref": "#/types/Inner"}},
        },
        "types": {"Inner": {"type": "object", "properties": {"size": {"type": "integer", "default": 7}}}},
    }
    simulator.configure(env, schema_overrides=[single, SHOPS])
    host = "HOST-D3A3C5A146830A79"

    def values(schema: str, scope: str, **query: str) -> list[dict[str, Any]]:
        asked = {"schemaIds": schema, "scope": scope, **query}
        answer = shops.call("GET", "/settings/effectiveValues", params=asked)
        assert answer.status_code == 200, answer.text
        return list(answer.json()["items"])

    default = {"on": True, "names": [], "inner": {"size": 7}}
    assert values("builtin:single", host) == [{"origin": "default", "value": default}]
    value = {**default, "on": False}
    shops.create({"schemaId": "builtin:single", "scope": "environment", "value": value})
    assert values("builtin:single", host) == [{"origin": "environment", "value": value}]
    shops.create({"schemaId": "builtin:single", "scope": host, "value": default})
    assert values("builtin:single", host, fields="origin,schemaId") == [{"origin": host, "schemaId": "builtin:single"}]
    assert [one["origin"] for one in values("builtin:shops", "environment")] == ["environment"] * 4
    assert "secret" not in str(values("builtin:shops", "environment"))
    for wrong in ({"schemaIds": "builtin:single"}, {"scope": "environment", "schemaIds": "builtin:nothing"}):
        assert shops.call("GET", "/settings/effectiveValues", params=wrong).status_code in (400, 404)


def test_the_tail_of_a_violation_path_with_dots(shops: Api, simulator: Simulator, env: str) -> None:
    item = shop("Linz", 1)
    item["value"]["place"] = {"city": 5}
    simulator.switches(env, violation_paths="dotted")
    path = shops.post(item).json()[0]["error"]["constraintViolations"][0]["path"]
    assert path == "builtin:shops/0/place.city"
    object_id = shops.items("builtin:shops")[0]["objectId"]
    refused = shops.put(object_id, item["value"])
    assert refused.json()["error"]["constraintViolations"][0]["path"] == "builtin:shops/0/place.city"
    assert shops.call("GET", f"/settings/objects/{quote(object_id, safe='')}").status_code == 200


def test_a_request_line_that_web_servers_do_not_accept_is_refused(shops: Api) -> None:
    answer = shops.find("builtin:shops", externalIds=",".join(f"external-id-{number}" for number in range(500)))
    assert answer.status_code == 414 and "html" in answer.headers["Content-Type"]
