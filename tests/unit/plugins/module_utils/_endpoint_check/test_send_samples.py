# Copyright (c) 2026, community.dynatrace contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""When samples are sent, and what becomes of them."""

from __future__ import annotations

import json
from typing import Any

import pytest

from ansible_collections.community.dynatrace.tests.support.byte_server import (
    hang_up,
)
from ansible_collections.community.dynatrace.tests.support.endpoint_servers import (
    COMPLETE,
    Asked,
    Elasticsearch,
    Said,
    export,
    says,
    to_elastic,
)
from ansible_collections.community.dynatrace.tests.support.endpoint_ways import (
    INDEX,
    REFUSED,
    STAMPS_AS_LONG,
    URL,
    Stage,
    Way,
    assert_finding,
    check_export,
    codes_of,
    with_index,
)

SAMPLES: dict[str, Way] = {
    "single sessions refused": Way(
        "items_refused", INDEX, lambda s: s.elastic(Elasticsearch(index=REFUSED)), mode="send"
    ),
    "samples not to be deleted": Way(
        "samples_not_deleted", INDEX, lambda s: s.elastic(Elasticsearch(delete=True)), mode="send"
    ),
    "bulk answered by something else": Way(
        "bulk_answer_unreadable",
        URL,
        lambda s: to_elastic(
            s.serve(lambda a: Said(200, {"ok": True}) if a.place == "/_bulk" else Elasticsearch()(a)).url("/_bulk")
        ),
        mode="send",
    ),
}


@pytest.mark.parametrize("name", SAMPLES)
def test_rejected_samples_have_their_own_finding(stage: Stage, name: str, capfd: pytest.CaptureFixture[str]) -> None:
    assert_finding(stage, SAMPLES[name], capfd)


def test_samples_whose_fate_is_unknown_are_reported(stage: Stage) -> None:
    wanted = export(stage.talk(hang_up))
    result = check_export(stage.world, wanted, "send")
    assert codes_of(result)[-2:] == ["answer_broken", "outcome_unknown"]
    assert result["changed"] is True


@pytest.mark.parametrize(
    "server", [Elasticsearch(indices={}), Elasticsearch(may_write=False), with_index(STAMPS_AS_LONG)]
)
def test_nothing_is_sent_where_an_error_was_found_before(stage: Stage, server: Elasticsearch) -> None:
    result = check_export(stage.world, stage.elastic(server), "send")
    assert codes_of(result)[-1] == "send_skipped"
    assert server.stored == []
    assert result["changed"] is False


def test_nothing_is_sent_that_would_create_an_index_or_add_fields_to_it(stage: Stage) -> None:
    template = {"user-sessions": COMPLETE}
    servers = [
        with_index({"properties": {"ip": {"type": "ip"}}}),
        with_index({}),
        Elasticsearch(indices={}, templates=template),
        Elasticsearch(forbids=("/user-sessions",)),
        Elasticsearch(indices={}, forbids=("/user-sessions",), may_read_cluster=False),
    ]
    for server in servers:
        before = json.dumps(server.indices)
        result = check_export(stage.world, stage.elastic(server), "send")
        assert codes_of(result)[-1] == "send_skipped", codes_of(result)
        assert json.dumps(server.indices) == before
        assert (server.stored, result["changed"]) == ([], False)


def test_samples_that_leave_fields_behind_are_a_change(stage: Stage) -> None:
    class Growing(Elasticsearch):
        def _apply(self, action: str, *args: Any) -> dict[str, Any]:
            result = super()._apply(action, *args)
            if action == "delete":
                self.indices["user-sessions"]["mappings"]["properties"]["more"] = {"type": "long"}
            return result

    result = check_export(stage.world, stage.elastic(Growing()), "send")
    assert "samples_changed_mapping" in codes_of(result)
    assert result["changed"] is True


@pytest.mark.parametrize("status", [202, 502, 504])
def test_samples_that_a_gateway_may_have_passed_on_are_taken_back(stage: Stage, status: int) -> None:
    server = Elasticsearch()

    def gateway(asked: Asked) -> Said:
        said = server(asked)
        return Said(status, {}) if asked.body.startswith(b'{"index"') else said

    result = check_export(stage.world, to_elastic(stage.serve(gateway).url("/_bulk")), "send")
    assert codes_of(result)[-2:] == ["status_not_200" if status == 202 else "server_unavailable", "samples_deleted"]
    assert (result["ok"], result["changed"]) == (False, False)
    assert len(server.stored) == 2
    assert server.documents == {}
    plain = check_export(stage.world, stage.plain(says(status)), "send")
    assert codes_of(plain)[-1] == ("samples_retained" if status == 202 else "outcome_unknown")
    assert plain["changed"] is True


def test_samples_that_stay_are_a_change(stage: Stage) -> None:
    refused = check_export(stage.world, stage.plain(says(404)), "send")
    taken = check_export(stage.world, stage.plain(says(202)), "send")
    stuck = check_export(stage.world, stage.elastic(Elasticsearch(delete=True)), "send")
    assert [refused["changed"], taken["changed"], stuck["changed"]] == [False, True, True]
