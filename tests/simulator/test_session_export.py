# Copyright (c) 2026, community.dynatrace contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Sessions that end: which exports get them, in which form, with how many tries, and when an alert is raised."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from ansible_collections.community.dynatrace.tests.support.endpoint_servers import (
    CLIENT_SECRET,
    PASSWORD,
    Asked,
    Elasticsearch,
    EndpointServer,
    Said,
    World,
    bearer,
    locked,
    says,
    serving,
    token_service,
)
from ansible_collections.community.dynatrace.tests.support.simulator import (
    Simulator,
    SimulatorError,
    basic_auth,
    export_object,
    export_value,
    oauth2,
)


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> World:
    return World(tmp_path_factory.mktemp("world"))


@pytest.fixture(scope="module")
def running() -> Iterator[Simulator]:
    with Simulator(["env"], options=["--receiver"]) as found:
        yield found


@pytest.fixture
def simulator(running: Simulator) -> Simulator:
    running.reset("env")
    return running


def stream(simulator: Simulator, world: World, *values: dict[str, Any], **order: Any) -> list[dict[str, Any]]:
    simulator.seed("env", [export_object(None, value) for value in values])
    return simulator.stream("env", **{"ca_file": world.ca_path, "timeout": 5.0, **order})


def posted(url: str, **sections: Any) -> dict[str, Any]:
    direct = {"usePost": True, "contentType": "application/x-ndjson"}
    return export_value(url, **{"endpointDefinition": direct, **sections})


def test_sessions_arrive_as_lines_by_put_or_post(simulator: Simulator, world: World) -> None:
    with serving(says(), world.tls()) as end:
        outcome = stream(simulator, world, export_value(end.url("/a")), posted(end.url("/b")), count=3)
        assert [(one["bulks"], one["sessions"], one["tries"]) for one in outcome] == [(1, 3, 1)] * 2
        kinds = {one.place: (one.method, one.headers["content-type"]) for one in end.asked}
        assert kinds == {"/a": ("PUT", "application/json"), "/b": ("POST", "application/x-ndjson")}
        for one in end.asked:
            assert [line["tenantId"] for line in one.lines] == ["env"] * 3 and one.body.endswith(b"\n")


def test_they_have_fields_that_documented_sessions_have(simulator: Simulator, world: World, reference: Path) -> None:
    documented = json.loads((reference / "examples" / "exported-sessions.plain.docs.json").read_text())
    known = {name for one in documented for name in one}
    with serving(says(), world.tls()) as end:
        stream(simulator, world, export_value(end.url()), count=1)
        assert set(end.asked[0].lines[0]) <= known


def test_an_elasticsearch_gets_action_lines(simulator: Simulator, world: World) -> None:
    elastic = Elasticsearch()
    direct = {"active": True, "indexName": "user-sessions"}
    value = posted("", sendDirect=direct, authentication=basic_auth("dynatrace", PASSWORD))
    with serving(locked(elastic), world.tls()) as end:
        value["endpointDefinition"]["endpointUrl"] = end.url("/_bulk")
        (outcome,) = stream(simulator, world, value, count=4)
        assert (outcome["sessions"], outcome["failures"]) == (4, [])
        assert (outcome["stored"], outcome["refused"], outcome["reasons"]) == (4, 0, {})
        assert len(elastic.stored) == 4
        assert all(one.startswith("env-1") for one in elastic.stored), "<tenant>-<internal id>-<start time>"


def test_sessions_that_were_sent_are_not_yet_stored(simulator: Simulator, world: World) -> None:
    """A bulk API answers 200 even if it refuses every document."""
    fine = {"index": {"_id": "1", "status": 201, "result": "created"}}
    long = "x" * 1000
    mapping = {"type": "document_parsing_exception", "reason": f"failed to parse field [startTime] {long}"}
    refused = {"index": {"_id": "2", "status": 400, "error": mapping}}
    busy = {"index": {"_id": "3", "status": 429, "error": {"type": "es_rejected_execution_exception", "reason": None}}}
    old = {"index": {"_id": "4", "status": 503, "error": "UnavailableShardsException"}}
    content = {"errors": True, "items": [fine, refused, refused, busy, old]}
    direct = {"active": True, "indexName": "user-sessions"}
    with serving(says(200, content), world.tls()) as end:
        (outcome,) = stream(simulator, world, posted(end.url("/_bulk"), sendDirect=direct))
    assert (outcome["sessions"], outcome["stored"], outcome["refused"]) == (5, 1, 4)
    assert (outcome["dropped"], outcome["alerts"], outcome["failures"]) == (0, 0, []), "the product does not look at it"
    assert sorted(outcome["reasons"].values()) == [1, 1, 2]
    assert (
        "es_rejected_execution_exception" in outcome["reasons"] and "UnavailableShardsException" in outcome["reasons"]
    )
    assert max(map(len, outcome["reasons"])) == 300


@pytest.mark.parametrize("answer", [None, {"items": "x"}, {"items": [1]}, {"items": [{}]}, []])
def test_an_endpoint_that_says_nothing_of_single_sessions(simulator: Simulator, world: World, answer: object) -> None:
    direct = {"active": True, "indexName": "user-sessions"}
    with serving(says(200, answer), world.tls()) as end:
        outcome = stream(
            simulator, world, posted(end.url("/_bulk"), sendDirect=direct), export_value(end.url("/plain"))
        )
    assert [(one["sessions"], one["stored"], one["refused"]) for one in outcome] == [(5, None, 0)] * 2


def test_oauth_fetches_a_token_first(simulator: Simulator, world: World) -> None:
    with serving(token_service(takes="header"), world.tls()) as login, serving(bearer(says()), world.tls()) as end:
        client = oauth2(CLIENT_SECRET, accessTokenUrl=login.url("/token"), clientId="dynatrace")
        (outcome,) = stream(simulator, world, export_value(end.url(), authentication=client))
        assert (outcome["sessions"], outcome["failures"]) == (5, [])


def test_a_paused_export_gets_nothing(simulator: Simulator, world: World) -> None:
    with serving(says(), world.tls()) as end:
        value = export_value(end.url(), endpointDefinition={"enableUserSessionExport": False, "endpointUrl": end.url()})
        (outcome,) = stream(simulator, world, value)
        assert (outcome["disabled"], outcome["tries"]) == (True, 0) and end.asked == []


@pytest.mark.parametrize("silent", [False, True])
def test_three_more_tries_then_an_alert_unless_it_is_disabled(simulator: Simulator, world: World, silent: bool) -> None:
    with serving(says(202), world.tls()) as end:
        value = export_value(end.url(), exportBehavior={"disableNotification": silent})
        (outcome,) = stream(simulator, world, value)
        assert (outcome["tries"], outcome["dropped"], outcome["sessions"]) == (4, 1, 0)
        assert outcome["failures"] == ["status 202"] * 4, "nothing but 200 is a success"
        assert outcome["alerts"] == (0 if silent else 1)


def test_a_try_that_succeeds_is_the_last(simulator: Simulator, world: World) -> None:
    answers = iter((503, 503, 200))

    def waking(_asked: Asked) -> Said:
        return Said(next(answers))

    with serving(waking, world.tls()) as end:
        (outcome,) = stream(simulator, world, export_value(end.url()))
        assert (outcome["tries"], outcome["sessions"], outcome["alerts"]) == (3, 5, 0)


def bulk_sizes(end: EndpointServer) -> list[int]:
    return [len(one.lines) for one in end.asked]


def test_a_bulk_ends_with_a_thousand_sessions_or_896000_bytes(simulator: Simulator, world: World) -> None:
    with serving(says(), world.tls()) as end:
        (outcome,) = stream(simulator, world, export_value(end.url()), count=2500)
        assert outcome["bulks"] == len(end.asked) > 2
        assert sum(bulk_sizes(end)) == 2500 and max(bulk_sizes(end)) <= 1000
        assert max(len(one.body) for one in end.asked) <= 896_000


def test_an_untrusted_endpoint_gets_nothing(simulator: Simulator, world: World) -> None:
    with serving(says(), world.tls()) as end:
        (outcome,) = stream(simulator, world, export_value(end.url()), ca_file=None)
        assert outcome["failures"] == ["SSLCertVerificationError"] * 4 and end.asked == []


def test_orders_that_make_no_sense_are_refused(simulator: Simulator, world: World) -> None:
    for order in ({"count": 0}, {"speed": 1}, {"ca_file": "/nowhere.pem"}):
        with pytest.raises(SimulatorError):
            stream(simulator, world, **order)


def test_the_receiver_beside_it_wants_its_password_and_keeps_what_arrives(simulator: Simulator) -> None:
    about = simulator.ready["receiver"]
    login = basic_auth(about["username"], about["password"])
    right = export_value(about["url"], authentication=login)
    wrong = export_value(about["url"] + "?x", authentication=basic_auth(about["username"], "wrong"))
    simulator.seed("env", [export_object(None, value) for value in (right, wrong)])
    outcome = simulator.stream("env", ca_file=about["ca_file"], count=2)
    assert {(one["sessions"], one["alerts"]) for one in outcome} == {(2, 0), (0, 1)}
    (arrived,) = simulator.received()
    assert (arrived["method"], len(arrived["sessions"])) == ("PUT", 2)
