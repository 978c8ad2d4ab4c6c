# Copyright (c) 2026, community.dynatrace contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""The history of settings: time ranges, pages, secrets, and environments that do not have it."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta, timezone
from typing import Any

import pytest
from pytest_httpserver import HTTPServer

from ansible_collections.community.dynatrace.plugins.module_utils._settings_api import history, response_form
from ansible_collections.community.dynatrace.plugins.module_utils._settings_api.client import SettingsClient
from ansible_collections.community.dynatrace.plugins.module_utils._settings_api.connection import (
    AccessToken,
    Connection,
)
from ansible_collections.community.dynatrace.plugins.module_utils._settings_api.errors import (
    PermissionMissing,
    SchemaUnknown,
    UnexpectedAnswer,
)
from ansible_collections.community.dynatrace.plugins.module_utils._settings_api.history import (
    HistoryMissing,
    TimeRange,
    iso,
    parse_time,
    read_history,
)
from ansible_collections.community.dynatrace.plugins.module_utils._settings_api.paging import Page
from ansible_collections.community.dynatrace.plugins.module_utils._settings_api.schema import Schema
from ansible_collections.community.dynatrace.tests.support.problems import texts

NOW = datetime(2026, 11, 26, 12, tzinfo=timezone.utc)
DAY = timedelta(days=1)
SECRET = "S3cret-canary"
SCHEMA = Schema.from_document(
    {
        "schemaId": "builtin:connections",
        "version": "2",
        "multiObject": True,
        "properties": {
            "url": {"type": "text", "nullable": False},
            "token": {"type": "secret", "nullable": False},
            "headers": {
                "type": "list",
                "nullable": True,
                "items": {"type": {"$ref": "#/types/Header"}},
            },
        },
        "types": {
            "Header": {
                "properties": {
                    "name": {"type": "text", "nullable": False},
                    "value": {"type": "secret", "nullable": False},
                }
            }
        },
    }
)


def revision(number: int, **more: Any) -> dict[str, Any]:
    """A change as the API sends it."""
    moment = {"lastModifiedBy": "jane@example.com", "lastModifiedTime": iso(NOW - number * DAY)}
    return {"revision": f"r{number}", "objectId": "o1", "type": "UPDATE", "modificationInfo": moment, **more}


class Reader:
    """Answers pages in their order, and keeps the queries."""

    environment_url = "https://abc.example.com"

    def __init__(self, *pages: dict[str, Any]) -> None:
        self.pages = list(pages)
        self.queries: list[Mapping[str, str]] = []

    def history_page(self, params: Mapping[str, str]) -> Page:
        self.queries.append(params)
        return response_form.history_page(self.pages.pop(0), 0)


def read(*pages: dict[str, Any], **more: Any) -> tuple[history.History, Reader]:
    reader = Reader(*pages)
    return read_history(reader, SCHEMA, "environment", TimeRange(NOW - 14 * DAY, NOW), **more), reader


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("now", NOW),
        ("12h", NOW - timedelta(hours=12)),
        ("-2w", NOW - timedelta(weeks=2)),
        ("90 m ago", NOW - timedelta(minutes=90)),
        ("2026-11-20", datetime(2026, 11, 20, tzinfo=timezone.utc)),
        ("2026-11-20 08:00", datetime(2026, 11, 20, 8, tzinfo=timezone.utc)),
        ("2026-11-20T08:00:00Z", datetime(2026, 11, 20, 8, tzinfo=timezone.utc)),
        ("2026-11-20T08:00:00+01:00", datetime(2026, 11, 20, 7, tzinfo=timezone.utc)),
        ("0001-01-01", datetime(2000, 1, 1, tzinfo=timezone.utc)),
        ("yesterday", None),
        ("14", None),
        ("99999999999d", None),
        ("2026-13-01", None),
        ("", None),
    ],
)
def test_times_are_iso_8601_or_an_age(text: str, expected: datetime | None) -> None:
    assert parse_time(text, NOW) == expected


@pytest.mark.parametrize(
    ("start", "end", "problems"),
    [
        (NOW - 14 * DAY, NOW, {}),
        (NOW - 365 * DAY, NOW, {}),
        (NOW, NOW + timedelta(minutes=1), {}),
        (NOW + DAY, NOW + 2 * DAY, {"start_time": "is in the future"}),
        (NOW - DAY, NOW + DAY, {"end_time": "is in the future"}),
        (NOW - DAY, NOW - 2 * DAY, {"start_time": "is later than the end of the time range"}),
    ],
)
def test_a_time_range_lies_in_the_past(start: datetime, end: datetime, problems: dict[str, str]) -> None:
    assert texts(TimeRange(start, end).problems(NOW)) == problems


def test_a_time_range_is_a_year_at_most() -> None:
    assert "365 days" in texts(TimeRange(NOW - 366 * DAY, NOW).problems(NOW))["start_time"]


def test_the_first_page_names_schema_scope_and_both_ends_and_the_next_only_its_key() -> None:
    first = {"items": [revision(1), revision(2)], "nextPageKey": "more"}
    found, reader = read(first, {"items": [revision(3)]}, object_id="o1")
    assert [one.revision for one in found.revisions] == ["r1", "r2", "r3"] and found.complete
    query, following = reader.queries
    assert (query["schemaId"], query["scope"], query["pageSize"]) == ("builtin:connections", "environment", "500")
    assert query["filter"] == (
        "modificationInfo.lastModifiedTime >= '2026-11-12T12:00:00.000Z' and "
        "modificationInfo.lastModifiedTime <= '2026-11-26T12:00:00.000Z' and objectId = 'o1'"
    )
    assert following == {"nextPageKey": "more"}


def test_a_range_until_now_has_no_end_so_that_clocks_may_differ() -> None:
    reader = Reader({"items": []})
    read_history(reader, SCHEMA, "environment", TimeRange(NOW - DAY, NOW, until_now=True))
    assert reader.queries[0]["filter"] == "modificationInfo.lastModifiedTime >= '2026-11-25T12:00:00.000Z'"


def test_no_more_pages_are_read_than_the_limit_takes() -> None:
    found, reader = read({"items": [revision(1), revision(2)], "nextPageKey": "more"}, limit=2)
    assert len(found.revisions) == 2 and not found.complete
    assert len(reader.queries) == 1 and reader.queries[0]["pageSize"] == "2"


def test_empty_pages_without_end_are_not_read_for_ever() -> None:
    pages = [{"items": [], "nextPageKey": f"key{number}"} for number in range(history.MOST_PAGES + 1)]
    found, reader = read(*pages)
    assert not found.complete and len(reader.queries) == history.MOST_PAGES


def test_a_page_that_leads_back_ends_the_reading() -> None:
    page = {"items": [revision(1)], "nextPageKey": "again"}
    with pytest.raises(UnexpectedAnswer, match="leads back"):
        read(page, page)


def test_secrets_are_hidden_although_the_server_sends_them_in_clear_text() -> None:
    value = {
        "url": "https://a.example.com",
        "token": SECRET,
        "headers": [{"name": "x", "value": SECRET}],
        "oldPassword": SECRET,
        "proxy": {"password": SECRET},
    }
    change = revision(1, jsonBefore=json.dumps(value), jsonAfter=json.dumps({**value, "url": "https://b.example.com"}))
    (one,) = read({"items": [change]})[0].revisions
    assert one.before == {
        "url": "https://a.example.com",
        "token": "(stored)",
        "headers": [{"name": "x", "value": "(stored)"}],
        "oldPassword": "(not shown)",
        "proxy": "(not shown)",
    }
    assert one.changed(SCHEMA) == [("url",)]
    assert SECRET not in repr(one)


def test_times_come_as_text_or_in_milliseconds() -> None:
    for given in ("2026-11-20T08:00:00.123456789Z", "2026-11-20T08:00:00.123Z", 1795161600123):
        change = revision(1, modificationInfo={"lastModifiedBy": "jane@example.com", "lastModifiedTime": given})
        (one,) = read({"items": [change]})[0].revisions
        assert one.time is not None and iso(one.time) == "2026-11-20T08:00:00.123Z"
    (one,) = read({"items": [revision(1, modificationInfo={"lastModifiedTime": "soon"})]})[0].revisions
    assert one.time is None and one.author is None


@pytest.mark.parametrize(
    "wrong",
    [
        {"items": [{"jsonBefore": "{"}]},
        {"items": [{"jsonAfter": "[]"}]},
        {"items": [{"jsonAfter": "[" * 100000}]},
        {"items": [{"objectId": "no id"}]},
        {"items": [{"modificationInfo": []}]},
        {"items": [{"modificationInfo": {"lastModifiedBy": 1}}]},
        {"items": [{"source": {}}]},
        {"items": {}},
    ],
)
def test_a_history_in_another_form_is_refused(wrong: dict[str, Any]) -> None:
    with pytest.raises(response_form.WrongForm):
        response_form.history_page(wrong, 0)


@pytest.fixture(scope="module")
def running_server() -> Iterator[HTTPServer]:
    with HTTPServer(host="127.0.0.1", threaded=True) as running:
        yield running


@pytest.fixture
def server(running_server: HTTPServer) -> Iterator[HTTPServer]:
    running_server.clear()
    yield running_server


def ask(server: HTTPServer) -> history.History:
    url = server.url_for("/e/one")
    with SettingsClient(Connection(url, AccessToken("dt0c01.AAAA.canary-token"))) as client:
        return read_history(client, SCHEMA, "environment", TimeRange(NOW - DAY, NOW))


@pytest.mark.parametrize(
    ("status", "body"),
    [
        (404, json.dumps({"error": {"code": 404, "message": "HTTP 404 Not Found"}})),
        (404, "<html>not here</html>"),
        (405, json.dumps({"error": {"code": 405, "message": "HTTP 405 Method Not Allowed"}})),
    ],
)
def test_an_environment_without_the_endpoint_is_distinguished_from_others(
    server: HTTPServer, status: int, body: str
) -> None:
    server.expect_request("/e/one/api/v2/settings/history").respond_with_data(body, status)
    with pytest.raises(HistoryMissing, match=r"does not provide the history of settings"):
        ask(server)


def test_other_refusals_stay_what_they_are(server: HTTPServer) -> None:
    for status, text, kind in (
        (404, "No schema with topic identifier 'builtin:connections'", SchemaUnknown),
        (403, "Token is missing required scope. Use one of: settings.read (Read settings)", PermissionMissing),
    ):
        server.clear()
        error = {"error": {"code": status, "message": text}}
        server.expect_request("/e/one/api/v2/settings/history").respond_with_json(error, status)
        with pytest.raises(kind):
            ask(server)
