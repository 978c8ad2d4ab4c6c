# Copyright (c) 2026, community.dynatrace contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Which server answers, where its root is, and what it says of itself."""

from __future__ import annotations

import pytest

from ansible_collections.community.dynatrace.plugins.module_utils._endpoint_check.elasticsearch import (
    IndexState,
    base_url,
)
from ansible_collections.community.dynatrace.plugins.module_utils._endpoint_check.endpoints import (
    ends_in_bulk,
)
from ansible_collections.community.dynatrace.tests.support.endpoint_servers import (
    MAPPING,
    Elasticsearch,
    says,
    to_elastic,
)
from ansible_collections.community.dynatrace.tests.support.endpoint_ways import (
    DOC_TYPE,
    URL,
    USER,
    Stage,
    Way,
    assert_finding,
    check_export,
    codes_of,
    with_index,
)
from ansible_collections.community.dynatrace.tests.support.prepared_indices import NAME

SERVERS: dict[str, Way] = {
    "no Elasticsearch": Way("not_elasticsearch", URL, lambda s: to_elastic(s.serve(says(200, {"a": 1})).url("/_bulk"))),
    "type for 8": Way("doc_type_not_supported", DOC_TYPE, lambda s: s.elastic(send_direct={"doc_type": "_doc"})),
    "type for OpenSearch 2": Way(
        "doc_type_not_supported",
        DOC_TYPE,
        lambda s: s.elastic(Elasticsearch("2.11.0", opensearch=True), send_direct={"doc_type": "_doc"}),
    ),
    "other type for 7": Way(
        "doc_type_differs", DOC_TYPE, lambda s: s.elastic(Elasticsearch("7.10.2"), send_direct={"doc_type": "session"})
    ),
    "no type for 6": Way(
        "doc_type_missing",
        DOC_TYPE,
        lambda s: s.elastic(with_index({"_doc": MAPPING}, version="6.8.0")),
    ),
    "other type in 6": Way(
        "doc_type_differs",
        DOC_TYPE,
        lambda s: s.elastic(with_index({"session": MAPPING}, version="6.8.0"), send_direct={"doc_type": "_doc"}),
    ),
    "version not to be seen": Way("version_unseen", USER, lambda s: s.elastic(Elasticsearch(forbids=("/",)))),
}


@pytest.mark.parametrize("name", SERVERS)
def test_a_wrong_server_or_document_type_has_its_own_finding(
    stage: Stage, name: str, capfd: pytest.CaptureFixture[str]
) -> None:
    assert_finding(stage, SERVERS[name], capfd)


@pytest.mark.parametrize("path", ["/other/_bulk", "/es/_bulk"])
def test_a_url_of_another_index_is_still_that_of_an_elasticsearch(stage: Stage, path: str) -> None:
    result = check_export(stage.world, stage.elastic(path=path))
    assert {"url_names_index", "index_found"} <= set(codes_of(result))
    assert result["ok"] is True


def test_a_user_who_may_only_write_is_not_called_wrong(stage: Stage) -> None:
    server = Elasticsearch("2.19.0", opensearch=True, forbids=("/", "/user-sessions"), may_read_cluster=False)
    result = check_export(stage.world, stage.elastic(server))
    assert codes_of(result)[-2:] == ["version_unseen", "index_unseen"]
    assert result["ok"] is True
    assert (server.documents, server.stored) == ({}, [])


@pytest.mark.parametrize(
    ("url", "base"),
    [
        ("https://e:9200/_bulk", "https://e:9200/"),
        ("https://e:9200/_bulk/", "https://e:9200/"),
        ("https://e/es/_bulk", "https://e/es/"),
        ("https://e/es/my-index/_bulk?pipeline=p", "https://e/es/"),
        ("https://e:9200", "https://e:9200/"),
        ("https://e:9200/somewhere", None),
    ],
)
def test_the_root_of_an_elasticsearch_follows_from_the_bulk_url(url: str, base: str | None) -> None:
    assert base_url(url, "my-index") == base
    assert ends_in_bulk(url) is ("_bulk" in url)


def test_the_mapping_of_an_index_that_shows_its_document_type_is_found_below_it() -> None:
    properties = {"properties": {"startTime": {"type": "date"}}}
    typed = IndexState(NAME, {NAME: {"mappings": {"session": properties}}}, typed=True)
    assert (typed.doc_type, typed.mapping) == ("session", properties)
    # Without a type the names at the root are parameters of the mapping, not types.
    routed = {"_routing": {"required": True}}
    plain = IndexState(NAME, {NAME: {"mappings": routed}})
    assert (plain.doc_type, plain.mapping) == (None, routed)
