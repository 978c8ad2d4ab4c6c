# Copyright (c) 2026, community.dynatrace contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""A list is read whole or not at all: by itself, and by the client against a server that gives incomplete ones."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from types import SimpleNamespace
from typing import Any
from urllib.parse import urlencode

import pytest
from pytest_httpserver import HTTPServer
from werkzeug import Request, Response

from ansible_collections.community.dynatrace.plugins.module_utils._session_exports import service
from ansible_collections.community.dynatrace.plugins.module_utils._session_exports.published_schema import SCHEMA_ID
from ansible_collections.community.dynatrace.plugins.module_utils._settings_api import backend as engine
from ansible_collections.community.dynatrace.plugins.module_utils._settings_api import paging, retry
from ansible_collections.community.dynatrace.plugins.module_utils._settings_api.backend import Target
from ansible_collections.community.dynatrace.plugins.module_utils._settings_api.client import SettingsClient
from ansible_collections.community.dynatrace.plugins.module_utils._settings_api.connection import (
    AccessToken,
    Connection,
)
from ansible_collections.community.dynatrace.plugins.module_utils._settings_api.errors import IncompleteList, TooMuch
from ansible_collections.community.dynatrace.plugins.module_utils._settings_api.paging import (
    Listing,
    Page,
    read_whole,
    split_query,
)
from ansible_collections.community.dynatrace.plugins.module_utils._settings_objects import service as objects_service

LISTING = Listing("settings objects of builtin:a", "https://example.com", 100, "objectId")
FIRST = {"schemaIds": "builtin:a"}


def items(*ids: str) -> list[dict[str, Any]]:
    return [{"objectId": one, "value": {"name": one}} for one in ids]


class Server:
    """Answers pages in the order of a script, and notes what was asked and waited for."""

    def __init__(self, *pages: Page) -> None:
        self.pages = list(pages)
        self.asked: list[str] = []
        self.waited: list[float] = []

    def get(self, query: Mapping[str, str]) -> Page:
        self.asked.append(query.get("nextPageKey", "first"))
        return self.pages.pop(0) if len(self.pages) > 1 else self.pages[0]

    def pause(self, seconds: float) -> bool:
        self.waited.append(seconds)
        return True

    def read(self, listing: Listing = LISTING) -> list[str]:
        return [item["objectId"] for item in read_whole(self.get, FIRST, listing, self.pause)]


def test_an_empty_page_with_a_key_is_asked_for_again() -> None:
    server = Server(
        Page(items("1"), "a", 3),
        Page([], "b", 3),
        Page([], "b", 3),
        Page(items("2"), "b", 3),
        Page(items("3"), None, 3),
    )
    assert server.read() == ["1", "2", "3"]
    assert server.asked == ["first", "a", "a", "a", "b"]
    assert server.waited == [0.0, 0.5]


def test_an_empty_first_page_with_a_key_is_asked_for_again() -> None:
    server = Server(Page([], "a"), Page(items("1"), None))
    assert server.read() == ["1"]
    assert server.asked == ["first", "first"]


@pytest.mark.parametrize(
    "pages",
    [
        pytest.param([Page(items("1"), None, 2)], id="fewer than announced"),
        pytest.param([Page(items("1", "2", "3"), None, 2)], id="more than announced"),
        pytest.param([Page(items("1"), "a", 3), Page(items("1", "2"), None, 3)], id="twice over pages"),
        pytest.param([Page(items("1"), "a", 2), Page(items("2", "3"), None, 3)], id="the number changes"),
        pytest.param([Page(items("1"), "a"), Page(items("2"), "a")], id="a page leads back"),
    ],
)
def test_a_list_that_is_not_whole_is_read_again(pages: list[Page]) -> None:
    good = [Page(items("1"), "a", 2), Page(items("2"), None, 2)]
    server = Server(*pages, *pages, *good)
    assert server.read() == ["1", "2"]
    assert server.asked[-2:] == ["first", "a"]
    assert server.waited == [0.0, 0.5]


@pytest.mark.parametrize(
    ("page", "why"),
    [
        (Page([], "a"), "a page has no items although more pages follow"),
        (Page(items("1"), None, 2), "1 were returned, but 2 were announced"),
        (Page(items("1", "1"), None, 2), "an item is listed twice"),
        (Page([], None, 2), "0 were returned, but 2 were announced"),
    ],
)
def test_after_a_bounded_number_of_attempts_it_is_an_error(page: Page, why: str) -> None:
    server = Server(page)
    with pytest.raises(IncompleteList) as caught:
        server.read()
    count = len(paging._PAUSES) + 1
    assert caught.value.message == (
        f"https://example.com does not return the whole list of settings objects of builtin:a: {why} "
        f"({count} attempts)."
    )
    assert len(server.asked) == count
    assert sum(server.waited) < 30


def test_without_time_to_wait_it_fails_at_once() -> None:
    server = Server(Page(items("1"), None, 2))
    with pytest.raises(IncompleteList):
        read_whole(server.get, FIRST, LISTING, lambda seconds: seconds == 0)
    assert len(server.asked) == 2


@pytest.mark.parametrize("page", [Page(items("1"), None, 101), Page([], "a", 101)])
def test_more_than_the_limit_is_not_even_read(page: Page) -> None:
    server = Server(page, Page([], None, 101))
    with pytest.raises(TooMuch) as caught:
        server.read()
    assert "lists 101 settings objects of builtin:a; at most 100 are read." in str(caught.value)
    assert len(server.asked) <= 2


def test_a_list_without_end_stops_at_the_limit() -> None:
    class Endless(Server):
        def get(self, query: Mapping[str, str]) -> Page:
            number = len(self.asked)
            self.asked.append("")
            return Page(items(*(f"{number}-{part}" for part in range(10))), f"{number}")

    server = Endless(Page([], None))
    with pytest.raises(TooMuch) as caught:
        server.read()
    assert "more than 100" in str(caught.value)
    assert len(server.asked) == 11


def test_the_pages_of_all_attempts_together_are_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    """Otherwise each attempt could be as long as a list may be."""
    monkeypatch.setattr(paging, "_MAX_PAGES", 50)
    round_trip = [Page(items(str(number)), str(number)) for number in range(20)]
    server = Server(*[*round_trip, Page(items("x"), "0")] * 9)
    with pytest.raises(TooMuch) as caught:
        server.read()
    assert str(caught.value).startswith(
        "The list of settings objects of builtin:a at https://example.com has more than 50 pages "
        "in all 3 attempts together."
    )
    assert len(server.asked) == 51


def test_the_bytes_of_all_attempts_together_are_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(paging, "_MAX_BYTES", 10 << 20)
    server = Server(Page(items("1"), None, 2, size=4 << 20))
    with pytest.raises(TooMuch) as caught:
        server.read()
    assert "is larger than 10 MiB in all 3 attempts together" in str(caught.value)


def test_an_endless_list_of_slow_pages_ends(monkeypatch: pytest.MonkeyPatch) -> None:
    clock = iter(range(0, 10**6, 60))
    monkeypatch.setattr(paging, "time", SimpleNamespace(monotonic=lambda: next(clock)))

    class Endless(Server):
        def get(self, query: Mapping[str, str]) -> Page:
            self.asked.append("")
            return Page(items(f"{len(self.asked)}"), f"{len(self.asked)}")

    server = Endless(Page([], None))
    with pytest.raises(TooMuch) as caught:
        server.read()
    assert "takes longer than 30 minutes." in str(caught.value)
    assert len(server.asked) == 31


# By the client


@pytest.fixture(scope="module")
def running_server() -> Iterator[HTTPServer]:
    with HTTPServer(host="127.0.0.1", threaded=True) as running:
        yield running


@pytest.fixture
def server(running_server: HTTPServer, monkeypatch: pytest.MonkeyPatch) -> HTTPServer:
    running_server.clear()
    monkeypatch.setattr(f"{retry.__name__}.time.sleep", lambda _seconds: None)
    return running_server


def client_of(server: HTTPServer, **options: Any) -> SettingsClient:
    return SettingsClient(Connection(server.url_for("/e/env1"), AccessToken("dt0c01.A.B"), **options))


def answering(server: HTTPServer, *bodies: dict[str, Any]) -> list[Request]:
    seen: list[Request] = []

    def handler(request: Request) -> Response:
        seen.append(request)
        return Response(json.dumps(bodies[min(len(seen), len(bodies)) - 1]), content_type="application/json")

    server.expect_request("/e/env1/api/v2/settings/objects").respond_with_handler(handler)
    return seen


def test_the_engine_reads_an_object_of_a_page_that_came_empty_first(server: HTTPServer) -> None:
    one, two = items("1", "2")
    seen = answering(
        server,
        {"items": [one], "nextPageKey": "a", "totalCount": 2},
        {"items": [], "nextPageKey": "b", "totalCount": 2},
        {"items": [two], "totalCount": 2},
    )
    with client_of(server) as client:
        assert [have.object_id for have in engine.read(client, Target(SCHEMA_ID))] == ["1", "2"]
        assert [request.args.get("nextPageKey") for request in seen] == [None, "a", "a"]
        assert client.notes == ["Waited 0.0 s in total: an incomplete list (1 times)."]


def test_nothing_is_written_on_the_ground_of_an_incomplete_list(server: HTTPServer) -> None:
    seen = answering(server, {"items": [], "nextPageKey": "a", "totalCount": 1})
    with client_of(server) as client, pytest.raises(IncompleteList):
        engine.read(client, Target(SCHEMA_ID))
    assert {request.method for request in seen} == {"GET"}
    assert len(seen) == len(paging._PAUSES) + 1


def test_the_client_reads_no_more_than_the_limit(server: HTTPServer) -> None:
    seen = answering(server, {"items": items("1", "2"), "totalCount": 21_000_000, "nextPageKey": "a"})
    with client_of(server) as client, pytest.raises(TooMuch, match=r"lists 21000000 .* at most 20000 are read"):
        client.list_objects("builtin:a", fields=["objectId"])
    assert len(seen) == 1


def test_more_exports_than_the_schema_allows_and_a_margin_are_an_error(server: HTTPServer) -> None:
    answering(server, {"items": items(*map(str, range(104)))})
    with client_of(server) as client, pytest.raises(TooMuch, match="at most 103 are read"):
        engine.read(client, service.TARGET)


def test_the_error_of_the_modules_for_any_schema_names_the_option(server: HTTPServer) -> None:
    server.expect_request("/e/env1/api/v2/settings/schemas/builtin:a").respond_with_json(
        {"schemaId": "builtin:a", "version": "1", "properties": {}, "types": {}, "enums": {}}
    )
    answering(server, {"items": items("1", "2")})
    params = {"schema_id": "builtin:a", "scope": "environment", "names": None, "filter": None, "fields": None}
    with client_of(server) as client:
        with pytest.raises(TooMuch) as caught:
            objects_service.read(client, {**params, "max_objects": 1})
        assert "Raise max_objects" in str(caught.value)
        assert len(objects_service.read(client, {**params, "max_objects": 2})["objects"]) == 2


@pytest.mark.parametrize("count", [0, 1, 2, 40, 300])
def test_long_lists_are_asked_for_in_parts_that_fit_into_a_url(count: int) -> None:
    ids = [f"community.dynatrace:1:object {number}/" for number in range(count)]
    scopes = [f"HOST-{number:016X}" for number in range(count)]
    query = {**FIRST, "externalIds": ",".join(ids), "scopes": ",".join(scopes)}
    parts = list(split_query(query, ("externalIds", "scopes")))
    assert all(part["schemaIds"] == "builtin:a" for part in parts)
    assert all(len(urlencode(part)) < 7000 for part in parts)
    # Each pair of values is in one part.
    pairs = [
        (one, other) for part in parts for one in part["externalIds"].split(",") for other in part["scopes"].split(",")
    ]
    assert len(pairs) == len(set(pairs)) == max(1, count) ** 2
    assert (len(parts) == 1) == (count <= 40)


def test_a_value_that_does_not_fit_by_itself_is_sent_all_the_same() -> None:
    query = {"externalIds": "x" * 9000}
    assert list(split_query(query, ("externalIds",))) == [query]
