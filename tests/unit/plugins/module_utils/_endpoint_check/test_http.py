# Copyright (c) 2026, community.dynatrace contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Responses of endpoints: statuses, sizes, encodings, time limits."""

from __future__ import annotations

import gzip
import socket
import time

import pytest

from ansible_collections.community.dynatrace.plugins.module_utils._endpoint_check import http as http_requests
from ansible_collections.community.dynatrace.tests.support.byte_server import (
    hang_up,
    http,
)
from ansible_collections.community.dynatrace.tests.support.byte_server import (
    says as raw_server,
)
from ansible_collections.community.dynatrace.tests.support.endpoint_servers import (
    Asked,
    Elasticsearch,
    Said,
    export,
    says,
    to_elastic,
)
from ansible_collections.community.dynatrace.tests.support.endpoint_ways import (
    POST,
    TYPE,
    URL,
    Stage,
    Way,
    assert_finding,
    check_export,
    codes_of,
    drips,
)

ANSWERS: dict[str, Way] = {
    "slow": Way("answer_timeout", URL, lambda s: (s.plain(drips), {"timeout": 0.5}), mode="send"),
    "hangs up": Way("answer_broken", URL, lambda s: export(s.talk(hang_up)), mode="send"),
    "not HTTP": Way("answer_broken", URL, lambda s: export(s.talk(raw_server(b"220 mail canary\r\n"))), mode="send"),
    "wrong path": Way("endpoint_not_found", URL, lambda s: s.plain(says(404)), mode="send"),
    "wrong method": Way("method_refused", POST, lambda s: s.plain(says(405)), mode="send"),
    "wrong content type": Way("content_type_refused", TYPE, lambda s: s.plain(says(415)), mode="send"),
    "too large": Way("body_too_large", URL, lambda s: s.plain(says(413)), mode="send"),
    "redirect": Way(
        "redirect",
        URL,
        lambda s: s.plain(says(301, Location="https://canary:x@else.example.com/?t=canary")),
        mode="send",
    ),
    "throttled": Way("throttled", URL, lambda s: s.plain(says(429)), mode="send"),
    "fails": Way("server_failed", URL, lambda s: s.plain(says(500)), mode="send"),
    "rejects": Way("rejected", URL, lambda s: s.plain(says(400, {"error": "no"})), mode="send"),
    "accepts with 202": Way("status_not_200", URL, lambda s: s.plain(says(202)), mode="send"),
    "accepts with 204": Way("status_not_200", URL, lambda s: s.plain(says(204)), mode="send"),
}


@pytest.mark.parametrize("name", ANSWERS)
def test_each_response_has_its_own_finding(stage: Stage, name: str, capfd: pytest.CaptureFixture[str]) -> None:
    assert_finding(stage, ANSWERS[name], capfd)


def test_a_drip_of_single_bytes_is_not_waited_for(stage: Stage) -> None:
    sent: list[int] = []

    def drip(connection: socket.socket) -> None:
        for byte in http(b"x" * 2000):
            connection.sendall(bytes([byte]))
            sent.append(byte)
            time.sleep(0.05)

    assert "answer_timeout" in codes_of(check_export(stage.world, export(stage.talk(drip)), "send", timeout=1.5))
    assert len(sent) < 2000, "the connection was closed before the response had an end"


def test_the_reason_of_the_server_is_shown_and_shortened(stage: Stage) -> None:
    long = {"error": {"type": "security_exception", "reason": "no permissions for [x] " + "y" * 1_000_000}}
    wanted = to_elastic(stage.serve(lambda a: Said(503, long)).url("/_bulk"))
    result = check_export(stage.world, wanted)
    (one,) = [one for one in result["checks"][0]["findings"] if one["code"] == "server_unavailable"]
    assert "no permissions for [x]" in one["message"]
    assert len(one["message"]) <= 400


def test_a_response_that_is_too_large_is_not_read_to_its_end(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(http_requests, "_LONGEST_BODY", 1000)
    wanted = to_elastic(stage.serve(says(200, b"x" * 2000)).url("/_bulk"))
    assert codes_of(check_export(stage.world, wanted))[-1] == "answer_too_large"


def test_a_compressed_response_is_read(stage: Stage) -> None:
    server = Elasticsearch()

    def compressing(asked: Asked) -> Said:
        said = server(asked)
        return Said(said.status, gzip.compress(said.content), {"Content-Encoding": "gzip"})

    assert "index_found" in codes_of(check_export(stage.world, to_elastic(stage.serve(compressing).url("/_bulk"))))


def test_a_gateway_that_speaks_http2_is_named(stage: Stage) -> None:
    settings = bytes.fromhex("000000040000000000")
    wanted = export(stage.talk(raw_server(settings)))
    assert codes_of(check_export(stage.world, wanted, "send"))[1:2] == ["answer_broken"]
    plain = {"Content-Type": "text/plain"}
    text = b"upstream connect error, reset reason: remote refused stream reset"
    wanted = export(stage.serve(lambda _a: Said(503, text, plain)).url())
    result = check_export(stage.world, wanted, "send")
    (one,) = [one for one in result["checks"][0]["findings"] if one["code"] == "server_unavailable"]
    assert "refused stream" in one["message"]


def test_a_node_that_hangs_ends_at_the_time_limit(stage: Stage) -> None:
    server = Elasticsearch()

    def hangs(asked: Asked) -> Said:
        if asked.place == "/_bulk":
            time.sleep(1.5)
        return server(asked)

    wanted = to_elastic(stage.serve(hangs).url("/_bulk"))
    assert codes_of(check_export(stage.world, wanted, timeout=0.5))[-1] == "answer_timeout"
