# Copyright (c) 2026, community.dynatrace contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Whether an index, an alias or a template takes sessions."""

from __future__ import annotations

import json
from collections.abc import Callable

import pytest

from ansible_collections.community.dynatrace.tests.support.endpoint_servers import (
    COMPLETE,
    MAPPING,
    Elasticsearch,
)
from ansible_collections.community.dynatrace.tests.support.endpoint_ways import (
    INDEX,
    STAMPS_AS_LONG,
    TYPE,
    URL,
    USER,
    Stage,
    Way,
    assert_finding,
    check_export,
    codes_of,
    index_document,
    with_fields,
    with_index,
)

INDICES: dict[str, Way] = {
    "no index": Way("index_missing", INDEX, lambda s: s.elastic(Elasticsearch(indices={}))),
    "dates as long": Way("date_fields_not_dates", INDEX, lambda s: s.elastic(with_index(STAMPS_AS_LONG))),
    "dates not mapped": Way(
        "date_fields_unmapped", INDEX, lambda s: s.elastic(with_index({"properties": {"ip": {"type": "ip"}}}))
    ),
    "strict mapping": Way("mapping_strict", INDEX, lambda s: s.elastic(with_index({"dynamic": "strict", **MAPPING}))),
    "full disk": Way(
        "index_blocked",
        INDEX,
        lambda s: s.elastic(with_index(settings={"index": {"blocks": {"read_only_allow_delete": "true"}}})),
    ),
    "alias of two": Way(
        "alias_without_write_index",
        INDEX,
        lambda s: s.elastic(
            Elasticsearch(
                indices={
                    "user-sessions": {
                        name: {"aliases": {"user-sessions": {}}, "mappings": MAPPING, "settings": {}}
                        for name in ("one", "two")
                    }
                }
            )
        ),
    ),
    "data stream": Way(
        "index_is_data_stream",
        INDEX,
        lambda s: s.elastic(
            Elasticsearch(
                indices={
                    "user-sessions": {".ds-user-sessions-1": {"mappings": MAPPING, "data_stream": "user-sessions"}}
                }
            )
        ),
    ),
    "index not to be seen": Way("index_unseen", INDEX, lambda s: s.elastic(Elasticsearch(forbids=("/user-sessions",)))),
    "may not write": Way("privilege_missing", USER, lambda s: s.elastic(Elasticsearch(may_write=False))),
    "bulk forbidden": Way("privilege_missing", USER, lambda s: s.elastic(Elasticsearch(forbids=("/_bulk",)))),
    "content type refused by Elasticsearch": Way(
        "content_type_refused", TYPE, lambda s: s.elastic(endpoint={"content_type": "text/plain"})
    ),
}


@pytest.mark.parametrize("name", INDICES)
def test_an_unfit_index_has_its_own_finding(stage: Stage, name: str, capfd: pytest.CaptureFixture[str]) -> None:
    assert_finding(stage, INDICES[name], capfd)


PROBED: dict[str, tuple[Callable[[], Elasticsearch], str, str]] = {
    "closed": (lambda: Elasticsearch(closed=("user-sessions",)), "index_closed", INDEX),
    "write block": (
        lambda: with_index(COMPLETE, settings={"index": {"blocks": {"write": "true"}}}), "index_blocked", INDEX,
    ),
    "read-only cluster": (lambda: Elasticsearch(read_only=True), "cluster_blocked", URL),
    "no right to write, Elasticsearch": (lambda: Elasticsearch(may_write=False), "privilege_missing", USER),
    "no right to write, OpenSearch": (
        lambda: Elasticsearch("2.11.0", opensearch=True, may_write=False), "privilege_missing", USER,
    ),
    "no right to write, index not to be read": (
        lambda: Elasticsearch("2.11.0", opensearch=True, may_write=False, forbids=("/user-sessions",)),
        "privilege_missing",
        USER,
    ),
    "alias of one, not for writes": (
        lambda: Elasticsearch(
            indices={"user-sessions": {"a": index_document(aliases={"user-sessions": {"is_write_index": False}})}}
        ),
        "alias_without_write_index",
        INDEX,
    ),
    "routing": (
        lambda: with_index({**COMPLETE, "_routing": {"required": True}}), "routing_required", INDEX,
    ),
    "shard": (
        lambda: Elasticsearch(update={"type": "unavailable_shards_exception", "reason": "primary is not active"}),
        "shard_unavailable",
        INDEX,
    ),
    "something else": (
        lambda: Elasticsearch(update={"type": "new_exception", "reason": "because"}), "write_refused", INDEX,
    ),
    "default pipeline": (
        lambda: with_index(COMPLETE, settings={"index": {"default_pipeline": "nosuch"}}), "pipeline_missing", INDEX,
    ),
    "automatic creation is off": (
        lambda: Elasticsearch(indices={}, templates={"user-sessions": COMPLETE}, auto_create="false"),
        "index_not_created_automatically",
        INDEX,
    ),
    "the template forbids automatic creation": (
        lambda: Elasticsearch(indices={}, templates={"user-sessions": COMPLETE}, template_auto_create=False),
        "index_not_created_automatically",
        INDEX,
    ),
    "template of a data stream": (
        lambda: Elasticsearch(
            "2.19.0",
            opensearch=True,
            indices={},
            templates={"user-sessions": COMPLETE},
            data_streams=("user-sessions",),
        ),
        "index_is_data_stream",
        INDEX,
    ),
    "templates not to be read": (
        lambda: Elasticsearch(indices={}, may_read_cluster=False), "index_templates_unseen", INDEX,
    ),
    "rollover alias": (
        lambda: Elasticsearch(indices={"user-sessions": {"user-sessions-000001": index_document(aliases=WRITE)}}),
        "rollover_without_template",
        INDEX,
    ),
    "address as long": (lambda: with_index(with_fields(ip={"type": "long"})), "field_conflicts", INDEX),
    "city as object": (lambda: with_index(with_fields(city={"type": "object"})), "field_conflicts", INDEX),
    "date in days": (
        lambda: with_index(with_fields(startTime={"type": "date", "format": "yyyy-MM-dd"})), "field_conflicts", INDEX,
    ),
    "a field of some sessions": (
        lambda: with_index(with_fields(appVersion={"type": "long"})), "field_conflicts_possible", INDEX,
    ),
    "tags as fields": (lambda: with_index(with_fields(stringTags={"type": "object"})), "tags_as_fields", INDEX),
    "strict inside": (
        lambda: with_index(with_fields(userActions={"type": "nested", "dynamic": "strict"})), "mapping_strict", INDEX,
    ),
    "rate limit": (lambda: Elasticsearch(busy={"/": 429}), "throttled", URL),
    "starting": (lambda: Elasticsearch(busy={"/": 503}), "server_unavailable", URL),
    "gateway": (lambda: Elasticsearch(busy={"/": 502}), "server_unavailable", URL),
    "circuit breaker": (lambda: Elasticsearch(busy={"/user-sessions": 429}), "throttled", URL),
    "index during a failover": (lambda: Elasticsearch(busy={"/user-sessions": 503}), "server_unavailable", URL),
}  # fmt: skip


DATES_BY_NAME = {"dynamic_templates": [{"d": {"match": "*Time", "mapping": {"type": "date"}}}]}


WRITE = {"user-sessions": {"is_write_index": True}}


@pytest.mark.parametrize("name", PROBED)
def test_what_will_fail_is_known_without_a_session(stage: Stage, name: str) -> None:
    make, code, option = PROBED[name]
    server = make()
    before = json.dumps(server.indices)
    result = check_export(stage.world, stage.elastic(server))
    bad = {one["code"]: one for one in result["checks"][0]["findings"] if one["severity"] in ("error", "warning")}
    assert code in bad, codes_of(result)
    assert bad[code]["option"] == f"exports[0].{option}"
    assert len(bad) <= 2, bad
    assert (json.dumps(server.indices), server.stored, server.documents) == (before, [], {})


@pytest.mark.parametrize(
    "server",
    [
        Elasticsearch(legacy={"user-sessions": COMPLETE}, indices={}),
        Elasticsearch(
            indices={}, templates={"user-sessions": COMPLETE}, auto_create="false", template_auto_create=True
        ),
        Elasticsearch(
            indices={},
            templates={"user-sessions": DATES_BY_NAME},
        ),
    ],
)
def test_a_template_is_as_good_as_an_index(stage: Stage, server: Elasticsearch) -> None:
    assert codes_of(check_export(stage.world, stage.elastic(server)))[-1] == "index_from_template"


def test_a_calculated_index_name_is_a_warning(stage: Stage) -> None:
    wanted = stage.elastic(Elasticsearch(indices={}), send_direct={"index_name": "<sessions-{now/d}>"})
    result = check_export(stage.world, wanted)
    assert "index_name_date_math" in codes_of(result)
    assert "index_name_invalid" not in codes_of(result)
