# Copyright (c) 2026, community.dynatrace contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""What clusters and accounts are asked, and what is made of each answer. Against a real server on loopback."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from pytest_httpserver import HTTPServer
from werkzeug import Response

from ansible_collections.community.dynatrace.plugins.module_utils._inventory.collect import (
    Fleet,
    SourcesFailed,
    collect,
)
from ansible_collections.community.dynatrace.plugins.module_utils._inventory.environment import Environment
from ansible_collections.community.dynatrace.plugins.module_utils._inventory.options import FleetOptions, read_options

TOKEN, SECRET, BEARER = "C4naryClusterToken", "C4naryClientSecret", "C4naryBearer"
ACCOUNT = "00000000-0000-0000-0000-00000000000a"
CLUSTER, LISTED = "/api/cluster/v2/environments", f"/env/v2/accounts/{ACCOUNT}/environments"
FIRST = {"pageSize": "1000", "sort": "name"}
HTML = "<!DOCTYPE html><html><title>Sign in</title></html>"


@pytest.fixture(scope="module")
def running_server() -> Iterator[HTTPServer]:
    with HTTPServer(host="127.0.0.1", threaded=True) as running:
        yield running


@pytest.fixture
def server(running_server: HTTPServer) -> Iterator[HTTPServer]:
    running_server.clear()
    yield running_server
    running_server.check_assertions()


def options(server: HTTPServer, *kinds: str, **more: Any) -> FleetOptions:
    base = server.url_for("")
    given: dict[str, Any] = {"retry_timeout": 0, "timeout": 5, **more}
    if "cluster" in kinds:
        given["clusters"] = [{"url": base, "token": TOKEN}]
    if "account" in kinds:
        client = {"oauth_client_id": "me", "oauth_client_secret": SECRET, "oauth_account_urn": ACCOUNT}
        given["accounts"] = [{**client, "url": base, "oauth_token_url": f"{base}/token"}]
    return read_options(given, {}, "test/1")


def expect_token(server: HTTPServer, *, ordered: bool = True) -> None:
    form = {
        "grant_type": "client_credentials",
        "client_id": "me",
        "client_secret": SECRET,
        "scope": "account-env-read",
        "resource": f"urn:dtaccount:{ACCOUNT}",
    }
    expect = server.expect_ordered_request if ordered else server.expect_request
    handler = expect("/token", method="POST", data=None)
    handler.respond_with_handler(
        lambda request: Response(
            json.dumps({"access_token": BEARER, "expires_in": 300} if request.form.to_dict() == form else {}),
            content_type="application/json",
        )
    )


def failure(server: HTTPServer, *kinds: str) -> str:
    with pytest.raises(SourcesFailed) as caught:
        collect(options(server, *kinds))
    text = str(caught.value)
    for secret in (TOKEN, SECRET, BEARER):
        assert secret not in text + repr(caught.value.details)
    assert "environment_url" not in text
    return text


def by_name(fleet: Fleet) -> dict[str, dict[str, Any]]:
    return {host.name: {key.rpartition("_")[2]: fact for key, fact in host.facts.items()} for host in fleet.hosts}


def test_the_recorded_answer_of_a_cluster(server: HTTPServer, reference: Path) -> None:
    recorded = json.loads((reference / "examples" / "environments.cluster-api-v2.list-response.docs.json").read_text())
    recorded["totalCount"] = 3  # it shows one page of many, and a list that is shorter than its count is read again
    headers = {"Authorization": f"Api-Token {TOKEN}", "User-Agent": "test/1", "Accept": "application/json"}
    server.expect_ordered_request(CLUSTER, headers=headers, query_string=FIRST).respond_with_json(recorded)
    key = recorded["nextPageKey"]
    last = {"environments": [{**recorded["environments"][0], "id": "third", "state": "DISABLED", "tags": ["a"]}]}
    server.expect_ordered_request(CLUSTER, headers=headers, query_string={"nextPageKey": key}).respond_with_json(last)
    fleet = collect(options(server, "cluster", filters={"states": ["enabled", "disabled"]}))
    found = by_name(fleet)
    one, other = recorded["environments"]
    assert list(found) == [one["id"], other["id"], "third"]
    assert found[one["id"]] == {
        "id": one["id"],
        "url": server.url_for(f"/e/{one['id']}"),
        "name": one["name"],
        "kind": "managed",
        "state": "enabled",
        "tags": [],
        "source": "127.0.0.1",
    }
    assert (found["third"]["state"], found["third"]["tags"]) == ("disabled", ["a"])


def test_an_account_in_the_documented_form(server: HTTPServer, reference: Path) -> None:
    model = json.loads(
        (reference / "examples" / "environments.account-api-v2.list-response.docs-model.json").read_text()
    )
    expect_token(server)
    # As it was seen in the tests of a published client.
    real = {"id": "vsy13800", "url": "https://vsy13800.dev.dynatracelabs.com", "active": True, "name": "vsy13800"}
    assert set(model["data"][0]) == set(real)
    unnamed = {"id": "abc12345", "url": "https://abc12345.apps.dynatrace.com/", "active": False}
    headers = {"Authorization": f"Bearer {BEARER}"}
    server.expect_ordered_request(LISTED, headers=headers).respond_with_json({"data": [real, unnamed]})
    fleet = collect(options(server, "account", filters={"states": ["enabled", "disabled"]}))
    assert by_name(fleet) == {
        "vsy13800": {
            "id": "vsy13800",
            "url": "https://vsy13800.dev.dynatracelabs.com",
            "name": "vsy13800",
            "kind": "saas",
            "state": "enabled",
            "tags": [],
            "source": ACCOUNT,
        },
        "abc12345": {
            "id": "abc12345",
            "url": "https://abc12345.apps.dynatrace.com",
            "name": "abc12345",
            "kind": "saas",
            "state": "disabled",
            "tags": [],
            "source": ACCOUNT,
        },
    }


def test_a_list_whose_pages_shifted_is_read_again(server: HTTPServer) -> None:
    one, two = ({"id": name, "name": name, "state": "ENABLED", "tags": []} for name in ("one", "two"))
    for bodies in ([one], [one]), ([one], [two]):
        server.expect_ordered_request(CLUSTER).respond_with_json({"environments": bodies[0], "nextPageKey": "a"})
        server.expect_ordered_request(CLUSTER).respond_with_json({"environments": bodies[1]})
    assert list(by_name(collect(options(server, "cluster")))) == ["one", "two"]


@pytest.mark.parametrize(
    ("body", "why"),
    [
        ({"environments": [], "nextPageKey": "a"}, "a page has no items although more pages follow"),
        ({"environments": [{"id": "one"}], "totalCount": 2}, "1 were returned, but 2 were announced"),
        ({"environments": [{"id": "one"}, {"id": "one"}]}, "an item is listed twice"),
    ],
)
def test_an_incomplete_list_is_an_error(server: HTTPServer, body: dict[str, Any], why: str) -> None:
    server.expect_request(CLUSTER).respond_with_json(body)
    assert why in failure(server, "cluster")


def test_a_list_of_millions_is_refused_before_it_is_read(server: HTTPServer) -> None:
    server.expect_request(CLUSTER).respond_with_data(
        b'{"environments": [' + b"{}," * 5_000_000 + b"{}]}", content_type="application/json"
    )
    assert "has more than 4000000 values" in failure(server, "cluster")


def test_more_environments_than_any_fleet_has_are_an_error(server: HTTPServer) -> None:
    found = [{"id": f"env{number}"} for number in range(20001)]
    server.expect_request(CLUSTER).respond_with_json({"environments": found})
    assert "at most 20000 are read" in failure(server, "cluster")


@pytest.mark.parametrize("name", ["../../etc/passwd", "..", "a/../b", "/etc/passwd", "a\\..\\b", "..%2f..", "a\x00b"])
def test_no_host_is_named_like_a_path(server: HTTPServer, name: str) -> None:
    server.expect_request(CLUSTER).respond_with_json({"environments": [{"id": "one", "name": name}]})
    for host in by_name(collect(replace(options(server, "cluster"), host_name="name"))):
        assert not set(host) & set("/\\\0%")
        assert host not in (".", "..")
    server.clear()
    server.expect_request(CLUSTER).respond_with_json({"environments": [{"id": name}]})
    assert "without a usable ID" in failure(server, "cluster")


ENVELOPE = {
    "error": {"code": 403, "message": f"Token {TOKEN} is missing required scope. Use one of: ServiceProviderAPI"}
}


@pytest.mark.parametrize(
    ("status", "body", "parts"),
    [
        (401, {"error": {"code": 401, "message": "no"}}, ["does not accept the token: no", "a token of the cluster"]),
        (403, ENVELOPE, ["(redacted)", "the scope ServiceProviderAPI (Service Provider API)."]),
        (404, HTML, ["Check that url is the address of a Managed cluster."]),
        (302, "", ["redirects GET /api/cluster/v2/environments", "Check url."]),
        (200, HTML, ["a web page instead of JSON", "Check that url is the address of a Managed cluster."]),
        (200, {"environments": {}}, ["not a list of environments"]),
        (200, [], ["not a list of environments"]),
        (200, {"environments": [{"id": "../x"}]}, ["without a usable ID"]),
        (200, {"environments": [{"name": "x"}]}, ["without a usable ID"]),
        (429, {"error": {"code": 429}}, ["throttles requests", "Raise retry_timeout."]),
        (500, {}, ["failed with status 500"]),
    ],
)
def test_what_a_cluster_can_answer_instead(server: HTTPServer, status: int, body: Any, parts: list[str]) -> None:
    kind = "text/html" if isinstance(body, str) else "application/json"
    text = body if isinstance(body, str) else json.dumps(body)
    headers = {"Location": "https://elsewhere.example.com/?t=" + TOKEN} if status == 302 else {}
    server.expect_request(CLUSTER).respond_with_data(text, status, headers, content_type=kind)
    reported = failure(server, "cluster")
    assert reported.startswith("clusters[0]: ")
    assert "\n" not in reported
    for part in parts:
        assert part in reported


@pytest.mark.parametrize(
    ("status", "body", "part"),
    [
        (401, {"error": True, "message": "Unauthorized"}, "Check that the OAuth client belongs to this account."),
        (403, {"error": True, "message": SECRET + BEARER}, "Grant the OAuth client the scope account-env-read."),
        (404, {"error": True}, "Check oauth_account_urn."),
        (200, {"data": [{"id": "a", "active": True}]}, "lists the environment a without a usable address"),
        (200, {"data": [{"id": "a", "url": "http://x.example.com"}]}, "without a usable address"),
        (200, {"data": [{"id": "a", "url": 3}]}, "without a usable address"),
        (200, {"tenantResources": []}, "not a list of environments"),
    ],
)
def test_what_an_account_can_answer_instead(server: HTTPServer, status: int, body: Any, part: str) -> None:
    expect_token(server)
    server.expect_request(LISTED).respond_with_json(body, status)
    reported = failure(server, "account")
    assert reported.startswith("accounts[0]: ") and part in reported


def test_no_token_for_the_oauth_client(server: HTTPServer) -> None:
    body = {"error": "invalid_client", "error_description": SECRET}
    server.expect_request("/token").respond_with_json(body, 400)
    reported = failure(server, "account")
    assert "issued no token for the OAuth client: invalid_client" in reported and "Check oauth_client_id" in reported


def test_every_failed_source_is_reported(server: HTTPServer) -> None:
    server.expect_request(CLUSTER).respond_with_json({}, 401)
    server.expect_request("/token").respond_with_json({"error": "invalid_client"}, 400)
    lines = failure(server, "cluster", "account").splitlines()
    assert lines[0] == "2 sources failed:"
    assert [line.split(":")[0].strip() for line in lines[1:]] == ["clusters[0]", "accounts[0]"]


def test_going_on_without_one(server: HTTPServer) -> None:
    server.expect_request(CLUSTER).respond_with_json({}, 401)
    expect_token(server, ordered=False)
    answer = {"data": [{"id": "a", "url": "https://a.example.com", "active": True}]}
    server.expect_request(LISTED).respond_with_json(answer)
    fleet = collect(options(server, "cluster", "account", on_source_error="warn"))
    assert [host.name for host in fleet.hosts] == ["a"]
    (warning,) = fleet.warnings
    assert warning.startswith("clusters[0]: ") and warning.endswith("Its environments are missing.")
    # Only what was answered is remembered.
    assert len(fleet.memory) == 1


def test_going_on_needs_something_to_go_on_with(server: HTTPServer) -> None:
    server.expect_request(CLUSTER).respond_with_json({}, 401)
    with pytest.raises(SourcesFailed):
        collect(options(server, "cluster", on_source_error="warn"))


def test_a_short_trouble_is_waited_for(server: HTTPServer) -> None:
    server.expect_ordered_request(CLUSTER).respond_with_data("", 503, {"Retry-After": "0"})
    server.expect_ordered_request(CLUSTER).respond_with_json({"environments": []})
    assert collect(options(server, "cluster", retry_timeout=5)).hosts == []


def test_foreign_text_is_one_line_and_short(server: HTTPServer) -> None:
    item = {"id": "a", "name": "one\n\x1b[31mtwo " + "x" * 999, "state": "EN ABLED", "tags": ["a\nb", 3]}
    server.expect_request(CLUSTER).respond_with_json({"environments": [item]})
    found = by_name(collect(options(server, "cluster")))["a"]
    assert found["name"].startswith("one [31mtwo x") and len(found["name"]) == 300
    assert (found["tags"], found["state"]) == (["a b"], "unknown")


# memory


def test_what_was_remembered_is_not_asked_again(server: HTTPServer) -> None:
    item = {"id": "a", "name": "A", "state": "ENABLED", "tags": ["t"]}
    server.expect_ordered_request(CLUSTER).respond_with_json({"environments": [item]})
    first = collect(options(server, "cluster"))
    stored = json.loads(json.dumps(first.memory))
    assert TOKEN not in json.dumps(stored)
    again = collect(options(server, "cluster", api_token_variable="later"), stored)
    assert (first.asked, again.asked) == (True, False)
    assert again.hosts[0].facts == first.hosts[0].facts
    assert again.hosts[0].token_variable == "later"


@pytest.mark.parametrize("broken", ["x", ["x"], [{"id": "a"}], [{**Environment("", "u").as_json()}], [None], {}])
def test_a_memory_that_is_none_is_ignored(server: HTTPServer, broken: Any) -> None:
    server.expect_ordered_request(CLUSTER).respond_with_json({"environments": []})
    assert collect(options(server, "cluster"), {f"managed {server.url_for('')}": broken}).asked
