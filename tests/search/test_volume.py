# Copyright (c) 2026, community.dynatrace contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Many sessions: sent as Dynatrace sends them, rolled over, searched, aggregated. `make search-volume`."""

from __future__ import annotations

import json
import os
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from .cluster import Cluster, bulk
from .sessions import DAY, FIRST_DAY, sessions
from .test_states import check, codes, prepare

pytestmark = pytest.mark.servers("opensearch2")
COUNT = int(os.environ.get("SEARCH_VOLUME") or 600)
# What Dynatrace sends at once.
LARGEST_BODY = 896_000
NAME = "sessions-volume"
DASHBOARD = Path(__file__).resolve().parents[2] / "examples" / "search" / "user-sessions.dashboard.ndjson"
SLOW = 2000
CHECKOUT = "Loading of page /checkout"


class Truth:
    """What the sessions have, counted as they are generated."""

    def __init__(self) -> None:
        self.sessions = self.actions = self.slow = 0
        self.countries: Counter[str] = Counter()
        self.days: Counter[int] = Counter()

    def add(self, session: dict[str, Any]) -> None:
        """Count one."""
        actions = session["userActions"]
        self.sessions += 1
        self.actions += len(actions)
        self.slow += any(one["name"] == CHECKOUT and one["duration"] > SLOW for one in actions)
        self.countries[session["country"]] += 1
        self.days[(session["startTime"] - FIRST_DAY) // DAY] += 1


def bodies(truth: Truth) -> Iterator[bytes]:
    """The sessions, in bodies of the size that Dynatrace sends."""
    parts: list[bytes] = []
    size = 0
    for session in sessions(COUNT, tenant="volume", seed=3):
        truth.add(session)
        part = bulk(NAME, [session])
        if size + len(part) > LARGEST_BODY:
            yield b"".join(parts)
            parts, size = [], 0
        parts.append(part)
        size += len(part)
    yield b"".join(parts)


def search(cluster: Cluster, figures: dict[str, Any], title: str, body: dict[str, Any]) -> dict[str, Any]:
    """A search, whose time is noted."""
    start = time.monotonic()
    answer = cluster.ask("POST", f"/{NAME}/_search", {"size": 0, "track_total_hits": True, **body})
    figures[title] = round(time.monotonic() - start, 3)
    assert answer["_shards"]["failed"] == 0, answer
    return dict(answer)


def send(cluster: Cluster, truth: Truth, figures: dict[str, Any]) -> None:
    """Send the sessions, with a rollover half-way."""
    seconds, sent, rolled = 0.0, 0, False
    for body in bodies(truth):
        start = time.monotonic()
        said = cluster.raw("POST", "/_bulk", body, "application/x-ndjson")
        seconds += time.monotonic() - start
        assert said.status == 200
        assert json.loads(said.content)["errors"] is False
        sent += len(body)
        if not rolled and truth.sessions >= COUNT // 2:
            rolled = bool(cluster.ask("POST", f"/{NAME}/_rollover")["rolled_over"])
    assert rolled
    figures |= {"bytes sent": sent, "bytes of a session": sent // COUNT, "seconds to send": round(seconds, 1)}
    figures["sessions a second"] = round(COUNT / seconds)


@pytest.fixture(scope="module")
def figures(cluster: Cluster) -> Iterator[dict[str, Any]]:
    """A rollover alias full of sessions, and what was measured."""
    settings = {"number_of_shards": 1, "number_of_replicas": 0}
    export = cluster.export(NAME)
    assert prepare(cluster, export, rollover=True, settings=settings)["operation"] == "created"
    truth, found = Truth(), dict[str, Any]()
    send(cluster, truth, found)
    cluster.ask("POST", f"/{NAME}/_refresh")
    found["truth"] = truth
    assert codes(check(cluster, export), "warning", "error") == []
    yield found
    cluster.discard(NAME)


def test_sessions_are_found_as_they_were_sent(cluster: Cluster, figures: dict[str, Any]) -> None:
    truth: Truth = figures.pop("truth")
    everything = search(cluster, figures, "search: all", {})
    assert everything["hits"]["total"]["value"] == truth.sessions == COUNT

    days = {"date_histogram": {"field": "startTime", "calendar_interval": "day"}}
    daily = search(cluster, figures, "aggregation: sessions a day", {"aggs": {"days": days}})
    assert [one["doc_count"] for one in daily["aggregations"]["days"]["buckets"]] == [
        truth.days[day] for day in sorted(truth.days)
    ]
    countries = {"terms": {"field": "country"}, "aggs": {"p95": {"percentiles": {"field": "duration"}}}}
    by_country = search(cluster, figures, "aggregation: duration by country", {"aggs": {"countries": countries}})
    counted = {one["key"]: one["doc_count"] for one in by_country["aggregations"]["countries"]["buckets"]}
    assert counted == truth.countries

    slow = {
        "bool": {
            "filter": [
                {"term": {"userActions.name": CHECKOUT}},
                {"range": {"userActions.duration": {"gt": SLOW}}},
            ]
        }
    }
    body = {"query": {"nested": {"path": "userActions", "query": slow}}}
    found = search(cluster, figures, "search: slow action", body)
    assert found["hits"]["total"]["value"] == truth.slow
    pages = {"terms": {"field": "userActions.name"}, "aggs": {"time": {"avg": {"field": "userActions.duration"}}}}
    actions = {"nested": {"path": "userActions"}, "aggs": {"pages": pages}}
    by_page = search(cluster, figures, "aggregation: actions by name", {"aggs": {"actions": actions}})
    assert by_page["aggregations"]["actions"]["doc_count"] == truth.actions

    stats = cluster.ask("GET", f"/{NAME}/_stats/store,docs")
    assert len(stats["indices"]) == 2, "rolled over"
    assert all(one["primaries"]["docs"]["count"] > 0 for one in stats["indices"].values())
    figures["bytes stored"] = stats["_all"]["primaries"]["store"]["size_in_bytes"]
    figures["documents with nested ones"] = stats["_all"]["primaries"]["docs"]["count"]
    print(json.dumps({"sessions": COUNT, "actions": truth.actions, **figures}, indent=2))


def test_each_panel_of_the_dashboard_shows_something(cluster: Cluster, figures: dict[str, Any]) -> None:
    assert figures
    saved = [json.loads(line) for line in DASHBOARD.read_text(encoding="utf-8").splitlines()]
    panels = [json.loads(one["attributes"]["visState"]) for one in saved if one["type"] == "visualization"]
    assert panels
    for panel in panels:
        answer = search(cluster, {}, panel["title"], {"aggs": aggregation(panel["aggs"])})
        for result in answer["aggregations"].values():
            assert result.get("buckets") or result.get("value") is not None or result.get("values"), panel["title"]


def aggregation(parts: list[dict[str, Any]]) -> dict[str, Any]:
    """What a dashboard asks for one panel: the metrics within the buckets, each within the one before."""
    metrics = {
        f"metric-{one['id']}": {one["type"]: {"field": one["params"]["field"]}}
        for one in parts
        if one["schema"] == "metric" and one["type"] != "count"
    }
    metrics = metrics or {"metric-count": {"value_count": {"field": "userSessionId"}}}
    for one in reversed([one for one in parts if one["schema"] != "metric"]):
        body = {"field": one["params"]["field"]}
        if one["type"] == "date_histogram":
            body["fixed_interval"] = "1d"
        if one["type"] == "histogram":
            body["interval"] = one["params"]["interval"]
        metrics = {f"bucket-{one['id']}": {one["type"]: body, "aggs": metrics}}
    return metrics
