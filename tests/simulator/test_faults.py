# Copyright (c) 2026, community.dynatrace contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Faults on demand, and the log of what really happened."""

from __future__ import annotations

import time
from typing import Any

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


@pytest.fixture
def last(simulator: Simulator, env: str) -> Any:
    """The last request of this test's environment in the log."""
    return lambda: simulator.requests(environment=env)[-1]


def test_throttled_twice_then_fine(api: Api, simulator: Simulator, env: str) -> None:
    simulator.fault("status", status=429, headers={"Retry-After": "7"}, environment=env, times=2)
    answers = [api.find(EXPORT_SCHEMA) for _turn in range(3)]
    assert [answer.status_code for answer in answers] == [429, 429, 200]
    assert answers[0].headers["retry-after"] == "7"


def test_a_rule_hits_what_it_is_for(api: Api, simulator: Simulator, env: str) -> None:
    simulator.fault("status", status=503, environment=env, method="PUT", path="settings/objects/", skip=1, times=None)
    object_id = api.create(export_object())
    assert [api.put(object_id, export_value()).status_code for _turn in range(3)] == [200, 503, 503]
    simulator.clear_faults()
    assert api.put(object_id, export_value()).status_code == 200


@pytest.mark.parametrize("when", ["before", "after"])
def test_the_connection_breaks(api: Api, simulator: Simulator, env: str, last: Any, when: str) -> None:
    simulator.fault("drop", environment=env, when=when)
    with pytest.raises(requests.ConnectionError):
        api.post(export_object())
    assert len(simulator.objects(env)) == (1 if when == "after" else 0)
    entry = last()
    assert (entry["status"], entry["fault"], entry["applied"]) == (None, "drop", when == "after")


def test_an_error_after_it_was_done(api: Api, simulator: Simulator, env: str) -> None:
    simulator.fault("status", status=502, when="after", environment=env)
    assert api.post(export_object()).status_code == 502
    assert len(simulator.objects(env)) == 1


def test_no_answer_in_time(api: Api, simulator: Simulator, env: str) -> None:
    simulator.fault("hang", environment=env)
    with pytest.raises(requests.ReadTimeout):
        api.call("GET", "/settings/schemas", timeout=0.2)
    simulator.fault("hang", environment=env, seconds=0.1)
    with pytest.raises(requests.ConnectionError):
        api.call("GET", "/settings/schemas")


def test_a_late_answer(api: Api, simulator: Simulator, env: str) -> None:
    simulator.fault("delay", environment=env, seconds=0.2)
    started = time.monotonic()
    assert api.find(EXPORT_SCHEMA).status_code == 200
    assert time.monotonic() - started >= 0.2


def test_answers_that_are_spoiled(api: Api, simulator: Simulator, env: str) -> None:
    url, headers = f"{api.base}/settings/schemas", dict(api.session.headers)

    def get(action: str, **rule: Any) -> requests.Response:
        simulator.fault(action, environment=env, **rule)
        return requests.get(url, headers=headers, timeout=20, allow_redirects=False)

    right = requests.get(url, headers=headers, timeout=20)
    page = get("html")
    assert (page.status_code, page.headers["content-type"]) == (200, "text/html; charset=utf-8")
    moved = get("redirect", location="https://elsewhere.example.com/")
    assert (moved.status_code, moved.headers["location"]) == (302, "https://elsewhere.example.com/")
    with pytest.raises(requests.exceptions.ChunkedEncodingError):
        get("truncate")
    with pytest.raises(requests.exceptions.JSONDecodeError):
        get("invalid_json").json()
    assert get("empty").content == b""
    plain = get("content_type")
    assert (plain.headers["content-type"], plain.content) == ("text/plain", right.content)
    packed = get("gzip")
    assert (packed.headers["content-encoding"], packed.content) == ("gzip", right.content)
    with pytest.raises(requests.exceptions.ContentDecodingError):
        get("gzip", broken=True)
    assert get("drip", bytes=100, seconds=0.01).content == right.content
    huge = get("huge", megabytes=3)
    assert len(huge.content) > 3_000_000
    assert huge.json() == right.json()
    assert get("status", body={"own": 1}, status=418).json() == {"own": 1}


def test_a_write_whose_answer_is_cut_was_done(api: Api, simulator: Simulator, env: str) -> None:
    simulator.fault("truncate", environment=env)
    with pytest.raises(requests.RequestException):
        api.post(export_object())
    assert len(simulator.objects(env)) == 1


@pytest.mark.parametrize(
    "wrong", [{"action": "explode"}, {"action": "drop", "typo": 1}, {"action": "drop", "path": "("}]
)
def test_a_rule_that_makes_no_sense_is_refused(simulator: Simulator, wrong: dict[str, Any]) -> None:
    with pytest.raises(SimulatorError, match="fault:"):
        simulator.fault(**wrong)


def test_the_log_holds_requests_but_no_secret(api: Api, simulator: Simulator, env: str, last: Any) -> None:
    value = export_value(authentication=basic_auth("user", "canary-secret"))
    api.post(export_object("label", value), validateOnly="true")
    entry = last()
    assert (entry["method"], entry["path"]) == ("POST", f"/e/{env}/api/v2/settings/objects")
    assert entry["query"] == {"validateOnly": "true"}
    assert (entry["status"], entry["applied"], entry["token"]) == (200, False, "full")
    assert entry["body"]["keys"] == ["externalId", "schemaId", "scope", "value"]
    url = f"{simulator.managed_url(env)}/api/v2/settings/schemas"
    answer = requests.get(url, params={"api-token": simulator.token(env)}, timeout=20)
    assert answer.status_code == 200
    log = str(simulator.requests()) + simulator.log_file.read_text()
    assert "canary-secret" not in log
    assert simulator.token(env) not in log


def test_the_log_can_be_searched(api: Api, simulator: Simulator, env: str) -> None:
    api.find(EXPORT_SCHEMA)
    api.create(export_object())
    assert [entry["method"] for entry in simulator.requests(environment=env)] == ["GET", "POST"]
    assert len(simulator.requests(environment=env, method="POST", status=200, path="objects")) == 1
    assert simulator.counters()["environment"][env] == 2
