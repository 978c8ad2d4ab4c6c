# Copyright (c) 2026, community.dynatrace contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""The index module on real servers: tags, rollover, layouts, and an index that sessions have made."""

from __future__ import annotations

import json
from typing import Any

import pytest

from .cluster import Cluster, bulk
from .sessions import sessions
from .states import PLAIN
from .test_states import check, codes, prepare, stored

pytestmark = pytest.mark.servers(*PLAIN)


def refused(cluster: Cluster, body: bytes) -> list[str]:
    """Send a bulk; the reasons for which documents were rejected."""
    said = cluster.raw("POST", "/_bulk?refresh=true", body)
    assert said.status == 200, said
    items = [next(iter(item.values())) for item in json.loads(said.content)["items"]]
    return [item["error"]["reason"] for item in items if "error" in item]


def count(cluster: Cluster, index: str, query: dict[str, Any]) -> int:
    """How many documents match."""
    return int(cluster.ask("POST", f"/{index}/_count", {"query": query})["count"])


def test_tags_of_any_name_are_stored_and_can_be_searched(cluster: Cluster) -> None:
    index = "sessions-tags"
    assert prepare(cluster, cluster.export(index))["operation"] == "created"
    documents = list(sessions(3, tenant="tags"))
    for one, tags in zip(documents, ({"a": "x"}, {"a.b": "y"}, {"A tag": "z"}), strict=True):
        one["stringTags"] = tags
    assert refused(cluster, bulk(index, documents)) == []
    for path in ("a", "a.b", "A tag"):
        assert count(cluster, index, {"term": {f"stringTags.{path}": "xyz"[("a", "a.b", "A tag").index(path)]}}) == 1


def test_the_next_index_of_a_rollover_alias_has_the_mapping_too(cluster: Cluster) -> None:
    name = "sessions-rolled"
    export = cluster.export(name)
    settings = {"number_of_shards": 1, "number_of_replicas": 0}
    predicted = prepare(cluster, export, check_mode=True, rollover=True, settings=settings)
    assert cluster.raw("GET", f"/{name}").status == 404
    done = prepare(cluster, export, rollover=True, settings=settings)
    assert (done["index"], done["operation"]) == (f"{name}-000001", "created")
    assert done["template"] == {"name": name, "operation": "created"}
    assert (done["diff"], done["template"]) == (predicted["diff"], predicted["template"])
    cluster.requests.clear()
    assert prepare(cluster, export, rollover=True, settings=settings)["operation"] == "unchanged"
    assert len(cluster.requests) <= 3
    assert codes(check(cluster, export), "warning", "error") == []
    assert stored(cluster, export, "/_bulk") == 5
    assert cluster.ask("POST", f"/{name}/_rollover")["new_index"] == f"{name}-000002"
    assert "index_found" in codes(check(cluster, export, "send"))
    assert stored(cluster, export, "/_bulk") == 5
    rolled = cluster.ask("GET", f"/{name}-000002")[f"{name}-000002"]
    assert rolled["mappings"]["properties"]["startTime"]["type"] == "date"
    assert rolled["settings"]["index"]["number_of_replicas"] == "0"
    assert prepare(cluster, export, rollover=True, settings=settings)["operation"] == "unchanged"


def test_a_flat_layout_searches_actions_without_nested_queries(cluster: Cluster) -> None:
    export = cluster.export("sessions-flat")
    assert prepare(cluster, export, layout="flat")["operation"] == "created"
    assert stored(cluster, export, "/_bulk") == 5
    assert count(cluster, "sessions-flat", {"term": {"userActions.application": "Shop"}}) == 5
    assert prepare(cluster, export, layout="flat")["operation"] == "unchanged"
    assert prepare(cluster, export)["operation"] == "failed"


@pytest.mark.servers("elasticsearch7", "opensearch2")  # the published libraries of 8 have no _reindex
def test_sessions_of_an_index_that_they_made_are_copied_to_one_with_dates(cluster: Cluster) -> None:
    """The recipe of the guide."""
    assert refused(cluster, bulk("sessions-old", list(sessions(8, tenant="old")))) == []
    old, new = cluster.export("sessions-old"), cluster.export("sessions-new")
    assert codes(prepare(cluster, old), "error") == ["field_types_differ"]
    assert prepare(cluster, new)["operation"] == "created"
    copied = cluster.ask(
        "POST", "/_reindex?refresh=true", {"source": {"index": "sessions-old"}, "dest": {"index": "sessions-new"}}
    )
    assert (copied["created"], copied["failures"]) == (8, [])
    assert count(cluster, "sessions-new", {"range": {"startTime": {"gte": "2026-01-05", "lt": "2026-01-12"}}}) == 8


def test_an_unchanged_index_takes_two_requests(cluster: Cluster) -> None:
    export = cluster.export("sessions-again")
    prepare(cluster, export)
    cluster.requests.clear()
    assert prepare(cluster, export)["operation"] == "unchanged"
    assert cluster.requests == ["GET /", "GET /sessions-again"]
