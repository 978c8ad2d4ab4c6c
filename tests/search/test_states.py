# Copyright (c) 2026, community.dynatrace contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""The check against real servers: in every state its verdict and what the server does with sessions agree."""

from __future__ import annotations

import json
import os
from typing import Any

import pytest

from ansible_collections.community.dynatrace.plugins.module_utils._elasticsearch_index import module as index_module
from ansible_collections.community.dynatrace.plugins.module_utils._endpoint_check import module
from ansible_collections.community.dynatrace.plugins.module_utils._endpoint_check.module import EndpointCheckFailed

from .cluster import Cluster, bulk
from .sessions import sessions
from .states import PLAIN, STATES, State, encoded, name_of

NDJSON = "application/x-ndjson"
MOST_REQUESTS = 6
FULL = os.environ.get("SEARCH") == "full"


def check(cluster: Cluster, export: dict[str, Any], mode: str = "connect", timeout: float = 20.0) -> dict[str, Any]:
    """The result of the check of one export."""
    given = {"exports": [export], "mode": mode, "fail_on": "never", "timeout": timeout}
    params = {**given, "ca_path": cluster.world.ca_path}
    ready, problems = module.check(params)
    assert not problems, problems
    result = module.work(None, ready, params, False)
    return {**result["checks"][0], "changed": result["changed"]}


def prepare(cluster: Cluster, export: dict[str, Any], check_mode: bool = False, **options: Any) -> dict[str, Any]:
    """The result of the index module for one export."""
    params = {"exports": [export], "state": "present", "timeout": 20.0, "ca_path": cluster.world.ca_path, **options}
    ready, problems = index_module.check(params)
    assert not problems, problems
    try:
        result = index_module.work(None, ready, params, check_mode)
    except EndpointCheckFailed as error:
        result = error.details
    return {**result["indices"][0], "changed": result["changed"], "diff": result["diff"]}


def codes(result: dict[str, Any], *severities: str) -> list[str]:
    """The codes of findings."""
    return [one["code"] for one in result["findings"] if not severities or one["severity"] in severities]


def stored(cluster: Cluster, export: dict[str, Any], path: str) -> int:
    """Send five sessions as Dynatrace does; how many the server has taken."""
    direct, endpoint = export["send_direct"], export["endpoint_definition"]
    typed = {"_type": direct["doc_type"]} if direct.get("doc_type") else {}
    body = bulk(direct["index_name"], list(sessions(5, tenant="fact", seed=7)), **typed)
    method = "POST" if endpoint["use_post"] else "PUT"
    separator = "&" if "?" in path else "?"
    # Time enough for changes of the mapping on a busy machine; a shard that never starts is not waited for longer.
    said = cluster.raw(method, f"{path}{separator}timeout=5s&refresh=true", body, endpoint["content_type"])
    if said.status != 200:
        return 0
    items = [next(iter(item.values())) for item in json.loads(said.content)["items"]]
    count = sum(200 <= item["status"] < 300 for item in items)
    counted = cluster.raw("POST", f"/{encoded(direct['index_name'])}/_count", b'{"query":{"match_all":{}}}')
    if counted.status == 200:
        assert json.loads(counted.content)["count"] >= count
    return count


def start_time_is_a_date(cluster: Cluster, index: str) -> bool:
    """Whether sessions can be searched by their start."""
    query = {"query": {"range": {"startTime": {"gte": "2026-01-01", "lt": "2026-02-01", "format": "yyyy-MM-dd"}}}}
    said = cluster.raw("POST", f"/{encoded(index)}/_count", json.dumps(query).encode())
    return said.status == 200 and json.loads(said.content)["count"] >= 5


def _cases(first: int) -> list[Any]:
    """Each state on each server; in the short form on one server, and the two tests of a state on different ones."""
    servers = {
        name: state.servers if FULL else (state.servers[(number + first) % len(state.servers)],)
        for number, (name, state) in enumerate(STATES.items())
    }
    return [
        pytest.param(server, name, id=f"{server}-{name}")
        for server in PLAIN
        for name in STATES
        if server in servers[name]
    ]


@pytest.mark.parametrize(("cluster", "name"), _cases(0), indirect=["cluster"], scope="session")
def test_verdict_and_fact_agree(cluster: Cluster, name: str) -> None:
    state: State = STATES[name]
    index = name_of(list(STATES).index(name))
    path = state.path.format(index)
    export = cluster.export(state.index.format(index), path=path, **state.export)
    target = export["send_direct"]["index_name"]
    state.make(cluster, index)
    try:
        before = cluster.inventory()
        cluster.requests.clear()
        connected = check(cluster, export)
        requests = list(cluster.requests)
        sent = check(cluster, export, "send")
        after = cluster.inventory()
        predicted = prepare(cluster, export, check_mode=True)
        assert cluster.inventory() == after, "check mode of the index module changes nothing"
        count = stored(cluster, export, path)
        dated = count == 5 and start_time_is_a_date(cluster, target)
    finally:
        state.undo(cluster, index)
        cluster.discard(index)
    found = [f"{one['code']}: {one['message']}" for one in connected["findings"]]
    summary = f"{name}: stored {count}, sent {codes(sent)}, requests {requests}, found {found}"
    # What was there is as it was, but for the counters of documents that came and went.
    accepted = "accepted" in codes(sent)
    assert after["state"] == before["state"], summary
    # Documents that came and went leave nothing but counters.
    left = {name: count for name, count in after["documents"].items() if count}
    assert left == {name: count for name, count in before["documents"].items() if count}, summary
    if not accepted:
        assert after["writes"] == before["writes"], summary
    assert sent["changed"] is False
    assert len(requests) <= MOST_REQUESTS, summary
    # The verdict.
    bad, unsure = codes(connected, "error"), codes(connected, "warning")
    assert set(state.codes) <= set(codes(connected)), summary
    if count < 5:
        assert bad, summary
    elif not dated:
        assert bad or unsure, summary
    else:
        assert not bad, summary
    if accepted:
        assert count == 5, summary
    assert set(codes(sent)) - {"accepted", "samples_deleted", "send_skipped"} == set(codes(connected)), summary
    assert predicted["operation"] in ("created", "updated", "unchanged", "failed")


@pytest.mark.parametrize(("cluster", "name"), _cases(1), indirect=["cluster"], scope="session")
def test_the_index_module_does_what_check_mode_predicted(cluster: Cluster, name: str) -> None:
    state: State = STATES[name]
    index = name_of(list(STATES).index(name), "sessions-module")
    export = cluster.export(state.index.format(index), path=state.path.format(index), **state.export)
    state.make(cluster, index)
    try:
        predicted = prepare(cluster, export, check_mode=True)
        done = prepare(cluster, export)
        again = prepare(cluster, export)
        summary = f"{name}: predicted {predicted['findings']}, done {done['findings']}"
        if predicted["operation"] == "failed" or done["operation"] != "failed":
            same = (done["operation"], done["added"]) == (predicted["operation"], predicted["added"])
            assert same, summary
            # Compared apart: pytest would explain the difference for minutes.
            same = done["diff"] == predicted["diff"]
            assert same, summary
        if done["operation"] != "failed":
            assert again["operation"] == "unchanged", again["findings"]
        else:
            # Only what cannot be predicted: a block, a limit.
            assert (codes(done, "error") or codes(done))[-1] in (
                *codes(predicted),
                "index_blocked",
                "cluster_blocked",
                "index_refused",
            ), summary
        if done["operation"] in ("created", "updated") and not state.index.startswith("<"):
            checked = set(codes(check(cluster, export)))
            assert not {"date_fields_unmapped", "index_missing", "mapping_strict"} & checked, summary
    finally:
        state.undo(cluster, index)
        cluster.discard(index)
