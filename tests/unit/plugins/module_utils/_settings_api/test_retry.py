# Copyright (c) 2026, community.dynatrace contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""What is repeated and what never is, how long is waited, and what is reported."""

from __future__ import annotations

import itertools
import json
import time
from collections.abc import Callable, Iterator
from email.utils import formatdate
from typing import Any

import pytest
from pytest_httpserver import HTTPServer
from werkzeug import Request, Response

from ansible_collections.community.dynatrace.plugins.module_utils._settings_api import retry
from ansible_collections.community.dynatrace.plugins.module_utils._settings_api.client import SettingsClient
from ansible_collections.community.dynatrace.plugins.module_utils._settings_api.connection import (
    AccessToken,
    Connection,
    OAuthClient,
)
from ansible_collections.community.dynatrace.plugins.module_utils._settings_api.errors import (
    ServerFailed,
    SettingsError,
    Throttled,
    TokenRejected,
)
from ansible_collections.community.dynatrace.plugins.module_utils._settings_api.retry import Patience, asked_wait

NOW = 1_800_000_000.0
PATH = "/api/v2/settings/objects"
CREATED = [{"code": 200, "objectId": "o"}]
SOON = {"Retry-After": "0"}

Clients = Callable[..., SettingsClient]


@pytest.fixture(scope="module")
def running_server() -> Iterator[HTTPServer]:
    with HTTPServer(host="127.0.0.1", threaded=True) as running:
        yield running


@pytest.fixture
def server(running_server: HTTPServer) -> HTTPServer:
    running_server.clear()
    return running_server


@pytest.fixture
def connect(server: HTTPServer) -> Iterator[Clients]:
    made: list[SettingsClient] = []

    def connected(credentials: Any = None, **more: Any) -> SettingsClient:
        made.append(SettingsClient(Connection(server.url_for("/"), credentials or AccessToken("token"), **more)))
        return made[-1]

    yield connected
    for client in made:
        client.close()


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """The pauses, which take no time."""
    pauses: list[float] = []
    monkeypatch.setattr(f"{retry.__name__}.time.sleep", pauses.append)
    return pauses


def answer(server: HTTPServer, *answers: tuple[int, dict[str, str]], body: Any = None) -> list[str]:
    """Answers in this order, the last one again and again; the methods that came in."""
    seen: list[str] = []
    content = {"items": []} if body is None else body

    def handler(request: Request) -> Response:
        seen.append(request.method)
        status, headers = answers[min(len(seen), len(answers)) - 1]
        error = {"error": {"code": status, "message": "Too many requests.", "constraintViolations": None}}
        text = json.dumps(content if status < 400 else error)
        return Response(text, status, headers, content_type="application/json")

    server.expect_request(PATH).respond_with_handler(handler)
    return seen


def read(client: SettingsClient) -> list[dict[str, Any]]:
    return client.list_objects("builtin:a", fields=["value"])


def failure(call: Callable[[], object]) -> SettingsError:
    with pytest.raises(SettingsError) as caught:
        call()
    return caught.value


# repeated


@pytest.mark.parametrize("status", [429, 500, 502, 503, 504])
def test_a_read_is_repeated_until_the_api_is_well(
    server: HTTPServer, connect: Clients, clock: list[float], status: int
) -> None:
    seen = answer(server, (status, {}), (status, {}), (200, {}))
    client = connect()
    assert read(client) == []
    assert seen == ["GET"] * 3
    assert client.requests_sent == 3
    assert 0.4 < clock[0] < 0.6 < clock[1] < 1.2


def test_a_throttled_write_was_not_applied_and_is_repeated(
    server: HTTPServer, connect: Clients, clock: list[float]
) -> None:
    seen = answer(server, (429, {}), (429, SOON), (200, {}), body=CREATED)
    assert connect().create_object({"schemaId": "a"}).object_id == "o"
    assert seen == ["POST"] * 3


def test_the_request_for_a_token_is_repeated_like_a_read(
    server: HTTPServer, connect: Clients, clock: list[float]
) -> None:
    answers = iter([503, 429, 500, 200])

    def token(_request: Request) -> Response:
        return Response('{"access_token": "a", "expires_in": 300}', next(answers), content_type="application/json")

    server.expect_request("/token", method="POST").respond_with_handler(token)
    server.expect_request("/platform/classic/environment-api/v2/settings/objects").respond_with_json({"items": []})
    assert read(connect(OAuthClient("i", "s", token_url=server.url_for("/token")))) == []


def test_a_broken_token_service_is_not_a_wrong_secret(server: HTTPServer, connect: Clients, clock: list[float]) -> None:
    server.expect_request("/token").respond_with_data("", 500)
    error = failure(lambda: read(connect(OAuthClient("i", "s", token_url=server.url_for("/token")), retry_timeout=0)))
    assert isinstance(error, ServerFailed)
    assert not isinstance(error, TokenRejected)


def test_what_was_waited_is_reported(server: HTTPServer, connect: Clients, clock: list[float]) -> None:
    answer(server, (429, {"Retry-After": "2"}), (429, {"Retry-After": "1"}), (503, {"Retry-After": "3"}), (200, {}))
    client = connect()
    read(client)
    assert clock == [2, 1, 3]
    assert client.notes == ["Waited 6.0 s in total: the API throttled (2 times), status 503 (1 times)."]


# the budget


def test_one_budget_serves_all_requests_of_a_run(server: HTTPServer, connect: Clients, clock: list[float]) -> None:
    wait = {"Retry-After": "4"}
    answer(server, (429, wait), (200, {}), (429, wait), (200, {}), (429, wait), (200, {}))
    client = connect(retry_timeout=10)
    read(client)
    read(client)
    error = failure(lambda: read(client))
    assert isinstance(error, Throttled)
    assert clock == [4, 4]
    assert "Waited 8.0 s of the retry_timeout of 10 s" in error.message
    assert "4 s" in error.message
    assert "retry_timeout" in error.hint


@pytest.mark.parametrize("status", [429, 503])
def test_a_wait_that_cannot_be_afforded_fails_at_once(
    server: HTTPServer, connect: Clients, clock: list[float], status: int
) -> None:
    seen = answer(server, (status, {"Retry-After": "3600"}))
    error = failure(lambda: read(connect()))
    assert isinstance(error, Throttled)
    assert error.status == status
    assert "3600 s" in error.message
    assert (seen, clock) == (["GET"], [])


def test_the_budget_and_not_a_count_ends_the_patience(server: HTTPServer, connect: Clients, clock: list[float]) -> None:
    answer(server, (429, {}))
    assert isinstance(failure(lambda: read(connect(retry_timeout=300))), Throttled)
    assert 275 < sum(clock) <= 300
    assert max(clock) <= 22


def test_retry_after_zero_for_ever_is_no_busy_loop(server: HTTPServer, connect: Clients, clock: list[float]) -> None:
    seen = answer(server, (429, SOON))
    assert isinstance(failure(lambda: read(connect(retry_timeout=10))), Throttled)
    assert len(seen) < 25


def test_no_waiting_at_all_can_be_asked_for(server: HTTPServer, connect: Clients, clock: list[float]) -> None:
    seen = answer(server, (429, SOON))
    assert isinstance(failure(lambda: read(connect(retry_timeout=0))), Throttled)
    assert (seen, clock) == (["GET"], [])


@pytest.mark.parametrize("status", [500, 502, 504])
def test_a_server_that_keeps_failing_is_not_called_throttling(
    server: HTTPServer, connect: Clients, clock: list[float], status: int
) -> None:
    answer(server, (status, {}))
    error = failure(lambda: read(connect(retry_timeout=3)))
    assert isinstance(error, ServerFailed)
    assert not isinstance(error, Throttled)
    assert f"status {status}" in error.message
    assert "Waited" in error.message
    assert 0 < error.details["retry_wait_seconds"] <= 3


def test_a_refused_connection_is_tried_again_even_for_a_write(connect: Clients, clock: list[float]) -> None:
    client = SettingsClient(Connection("http://127.0.0.1:1", AccessToken("token")))
    assert "127.0.0.1" in str(failure(lambda: client.create_object({})))
    assert client.requests_sent == 3


# headers, whose units contradict each other


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        ({}, None),
        ({"Retry-After": "7"}, 7),
        ({"Retry-After": " 1.5 "}, 1.5),
        ({"Retry-After": "-5"}, 0),
        ({"Retry-After": "nan"}, 0),
        ({"Retry-After": formatdate(NOW + 9, usegmt=True)}, 9),
        ({"Retry-After": formatdate(NOW - 9, usegmt=True)}, 0),
        ({"Retry-After": "soon"}, None),
        ({"Retry-After": "soon", "X-RateLimit-Reset": "3"}, 3),
        ({"Retry-After": "7", "X-RateLimit-Reset": "3"}, 7),
        ({"X-RateLimit-Reset": str(int(NOW + 5))}, 5),
        ({"X-RateLimit-Reset": str(int((NOW + 5) * 1e3))}, 5),
        ({"X-RateLimit-Reset": str(int((NOW + 5) * 1e6))}, 5),
        ({"X-RateLimit-Reset": str(int(NOW - 5))}, 0),
        ({"X-RateLimit-Reset": str(int(NOW + 86400))}, 20),
        ({"X-RateLimit-Reset": "900000"}, 20),
        ({"X-RateLimit-Reset": "-1"}, None),
        ({"X-RateLimit-Reset": "nan"}, None),
        ({"X-RateLimit-Reset": "9" * 40}, None),
        ({"X-RateLimit-Reset": "later"}, None),
    ],
)
def test_the_wait_that_an_answer_asks_for(headers: dict[str, str], seconds: float | None) -> None:
    assert asked_wait(headers, NOW) == (seconds if seconds is None else pytest.approx(seconds, abs=0.01))


@pytest.mark.parametrize("jump", [-400 * 86400, -3600, 3600, 400 * 86400])
@pytest.mark.parametrize(
    "headers",
    [
        {"Retry-After": formatdate(NOW + 9, usegmt=True)},
        {"X-RateLimit-Reset": str(int(NOW + 9))},
        {"X-RateLimit-Reset": str(int((NOW + 9) * 1e6))},
    ],
)
def test_a_clock_that_is_wrong_or_jumps_changes_no_wait(
    monkeypatch: pytest.MonkeyPatch, headers: dict[str, str], jump: float
) -> None:
    """A time is compared with the time of the server that names it."""
    monkeypatch.setattr(time, "time", lambda: NOW + jump)
    assert asked_wait({**headers, "Date": formatdate(NOW, usegmt=True)}) == pytest.approx(9)


@pytest.mark.parametrize("date", ["", "soon", "Mon, 01 Jan 0001 00:00:00 -0000", "Fri, 31 Dec 9999 23:59:59 -2359"])
@pytest.mark.parametrize("asked", ["Mon, 01 Jan 0001 00:00:00 -0000", "Fri, 31 Dec 9999 23:59:59 -2359", "inf"])
def test_dates_at_the_ends_of_time_are_no_error(date: str, asked: str) -> None:
    wait = asked_wait({"Retry-After": asked, "Date": date})
    assert wait is None or wait >= 0


def test_a_clock_that_jumps_between_two_waits_changes_no_budget(
    server: HTTPServer, connect: Clients, clock: list[float], monkeypatch: pytest.MonkeyPatch
) -> None:
    answer(server, *[(429, {"Retry-After": "4"})] * 3)
    times = itertools.count(step=86400)
    monkeypatch.setattr(time, "time", lambda: NOW + next(times))
    with pytest.raises(Throttled):
        read(connect(retry_timeout=10))
    assert clock == [4, 4]


def test_a_reset_time_is_followed(server: HTTPServer, connect: Clients, clock: list[float]) -> None:
    answer(server, (429, {"X-RateLimit-Reset": str(int((time.time() + 5) * 1e6))}), (200, {}))
    read(connect())
    # The time of the server comes in whole seconds.
    assert 4 < clock[0] <= 6


def test_the_budget_is_never_overdrawn(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(f"{retry.__name__}.time.sleep", lambda _seconds: None)
    patience = Patience(1.0)
    patience.wait(0.6, "status 503", 503)
    with pytest.raises(retry.OutOfPatienceError) as caught:
        patience.wait(0.6, "status 503", 503)
    assert (caught.value.wanted, patience.waited) == (0.6, 0.6)


# Several connections to one environment


def test_requests_that_wait_at_the_same_time_use_the_budget_once(monkeypatch: pytest.MonkeyPatch) -> None:
    patience, now = Patience(8.0), [100.0]
    slept: list[float] = []

    def sleep(seconds: float) -> None:
        slept.append(seconds)
        if len(slept) == 1:
            # Two seconds later, another request has to wait for six: three more than this one.
            now[0] += 2.0
            assert not patience.affords(7.0)
            patience.wait(6.0, "the API throttled", 429)
            now[0] += 6.0

    monkeypatch.setattr(f"{retry.__name__}.time.monotonic", lambda: now[0])
    monkeypatch.setattr(f"{retry.__name__}.time.sleep", sleep)
    patience.wait(5.0, "the API throttled", 429)
    assert slept == [5.0, 6.0]
    assert (patience.waited, patience.repeated) == (8.0, 2)
    assert patience.notes == ["Waited 8.0 s in total: the API throttled (2 times)."]
    assert not patience.affords(0.1)


def test_no_request_begins_while_another_one_waits(monkeypatch: pytest.MonkeyPatch) -> None:
    patience, now = Patience(60.0), [100.0]
    slept: list[float] = []

    def sleep(seconds: float) -> None:
        slept.append(seconds)
        if len(slept) == 1:
            now[0] += 1.0
            patience.hold()
        now[0] += seconds

    monkeypatch.setattr(f"{retry.__name__}.time.monotonic", lambda: now[0])
    monkeypatch.setattr(f"{retry.__name__}.time.sleep", sleep)
    patience.hold()
    assert slept == []
    patience.wait(5.0, "the API throttled", 429)
    patience.hold()
    assert slept == [5.0, 4.0]
    assert (patience.waited, patience.repeated) == (5.0, 1)


def test_a_clone_has_the_cookies_and_its_waits_and_requests_count(
    server: HTTPServer, connect: Clients, clock: list[float]
) -> None:
    cookies: list[str] = []

    def handler(request: Request) -> Response:
        cookies.append(request.headers.get("Cookie", ""))
        if len(cookies) == 2:
            return Response("{}", 429, SOON, content_type="application/json")
        return Response('{"items": []}', 200, {"Set-Cookie": "node=one; Path=/"}, content_type="application/json")

    server.expect_request(PATH).respond_with_handler(handler)
    client = connect()
    read(client)
    assert not client.has_waited
    clone = client.clone()
    read(clone)
    assert client.has_waited and client.notes == clone.notes
    client.close_clone(clone)
    assert cookies == ["", "node=one", "node=one"]
    assert client.requests_sent == len(cookies)
