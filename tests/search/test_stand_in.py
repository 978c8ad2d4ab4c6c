# Copyright (c) 2026, community.dynatrace contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""The stand-in of other tests answers as the real servers do: status, kind of content, and what it says of the body."""

from __future__ import annotations

import copy
import itertools
import json
from collections.abc import Iterator, Mapping
from typing import Any

import pytest

from ansible_collections.community.dynatrace.tests.support.endpoint_servers import Asked, Elasticsearch, Said

from .cluster import Cluster
from .states import PLAIN, mapping

pytestmark = pytest.mark.servers(*PLAIN)
VERSIONS = {"elasticsearch7": "7.17.29", "elasticsearch8": "8.17.0", "opensearch2": "2.19.3"}
NDJSON, JSON = "application/x-ndjson", "application/json"
# Answers that say the same on each server; other text is the server's own.
SAME = {"type", "result", "status", "errors", "acknowledged", "index", "_index", "_id", "_version"}
LEAST = 97
Request = tuple[str, str, bytes, str]


def indices(cluster: Cluster) -> dict[str, dict[str, Any]]:
    """Indices in various states, by the ends of their names."""
    whole = {**mapping(cluster), "dynamic": "true"}
    small = {"properties": {"startTime": {"type": "date"}, "city": {"type": "keyword"}, "ip": {"type": "ip"}}}
    return {
        "whole": {"mappings": whole},
        "small": {"mappings": small},
        "strict": {"mappings": {**small, "dynamic": "strict"}},
        "fixed": {"mappings": {**small, "dynamic": "false"}},
        "routed": {"mappings": {**small, "_routing": {"required": True}}},
        "blocked": {"mappings": small, "settings": {"index": {"blocks": {"write": "true"}}}},
        "full": {"mappings": small, "settings": {"index": {"blocks": {"read_only_allow_delete": "true"}}}},
        "closed": {"mappings": small},
        "piped": {"mappings": small, "settings": {"index": {"default_pipeline": "nosuch"}}},
    }


def prepare(cluster: Cluster, prefix: str) -> Elasticsearch:
    """The same on both: the indices, an alias, a template."""
    there: dict[str, Any] = {}
    template = {"properties": {"startTime": {"type": "date"}}}
    for end, body in indices(cluster).items():
        name = f"{prefix}-{end}"
        cluster.ask("PUT", f"/{name}", {**body, "settings": {**body.get("settings", {}), "number_of_replicas": 0}})
        there[name] = {"aliases": {}, "settings": {}, **copy.deepcopy(body)}
    cluster.ask("POST", f"/{prefix}-closed/_close")
    for alias, flag in (("none", False), ("one", True)):
        own = {"aliases": {f"{prefix}-{alias}": {"is_write_index": flag}}, "mappings": template}
        cluster.ask("PUT", f"/{prefix}-behind-{alias}", own)
        there[f"{prefix}-{alias}"] = {f"{prefix}-behind-{alias}": {**copy.deepcopy(own), "settings": {}}}
    pattern = {"index_patterns": [f"{prefix}-made*"], "template": {"mappings": template}, "priority": 700}
    cluster.ask("PUT", f"/_index_template/{prefix}-made", pattern)
    cluster.ask("PUT", f"/_ingest/pipeline/{prefix}-pipe", {"processors": []})
    return Elasticsearch(
        VERSIONS[cluster.name],
        opensearch=cluster.opensearch,
        indices=there,
        templates={f"{prefix}-made": template},
        closed=(f"{prefix}-closed",),
        pipelines=(f"{prefix}-pipe",),
    )


def lines(*parts: Any) -> bytes:
    """A body of lines of JSON."""
    return b"".join(json.dumps(part).encode() + b"\n" for part in parts)


def requests(prefix: str, cluster: Cluster) -> Iterator[Request]:
    """Everything that the stand-in answers; the ones that change something last."""
    for path in ("", f"{prefix}-whole", f"{prefix}-closed", f"{prefix}-nosuch", f"{prefix}-one", f"{prefix}-none"):
        yield "GET", f"/{path}", b"", ""
    for path in ("_nosuch", "_index_template/nosuch", "_ingest/pipeline/nosuch", f"_ingest/pipeline/{prefix}-pipe"):
        yield "GET", f"/{path}", b"", ""
    yield "GET", "/_cluster/state/metadata?filter_path=metadata.index_template", b"", ""
    yield "POST", f"/_index_template/_simulate_index/{prefix}-made", b"", ""
    yield "POST", f"/_index_template/_simulate_index/{prefix}-nosuch", b"", ""
    yield from bulks(prefix, cluster)
    yield from documents(prefix)
    yield from changes(prefix)


def bulks(prefix: str, cluster: Cluster) -> Iterator[Request]:
    """Each action with each state of an index, and bulks that are refused as a whole."""
    ends = [*indices(cluster), "one", "none", "made", "nosuch-made"]
    document = {"startTime": 1767571200000, "city": "Linz"}
    more: dict[str, tuple[Any, ...]] = {"index": (document,), "create": (document,), "update": ({"doc": {}},)}
    for end, action in itertools.product(ends, ("update", "delete", "create", "index", "index", "delete")):
        # An update or a deletion of what is not there does not create an index on the stand-in, nor does the check.
        if end in ("made", "nosuch-made") and action == "update":
            continue
        place = {"_index": f"{prefix}-{end}", "_id": f"{end}-1"}
        yield "POST", "/_bulk", lines({action: place}, *more.get(action, ())), NDJSON
    place = {"_index": f"{prefix}-small", "_id": "2"}
    index = lines({"index": place}, document)
    yield "POST", f"/{prefix}-small/_bulk", lines({"index": {"_id": "3"}}, document), NDJSON
    for path in ("", "?timeout=5s", "?pipeline=nosuch", f"?pipeline={prefix}-pipe", "?foo=bar", "?refresh=true"):
        yield "POST", f"/_bulk{path}", index, NDJSON
    yield "PUT", "/_bulk", index, JSON
    yield "POST", "/_bulk/", index, f"{NDJSON}; charset=UTF-8"
    yield "POST", "/_bulk", index, "text/plain"
    yield "POST", "/_bulk", index.rstrip(b"\n"), NDJSON
    yield "POST", "/_bulk", b"\n", NDJSON
    yield "POST", "/_bulk", lines({"nosuch": place}, document), NDJSON
    yield "GET", "/_bulk", b"", ""
    unseen = {**place, "_id": "none", "if_seq_no": 0, "if_primary_term": 1}
    yield "POST", "/_bulk", lines({"delete": unseen}), NDJSON
    yield "POST", "/_bulk", lines({"delete": {**unseen, "_index": f"{prefix}-nosuch"}}), NDJSON
    for name in ("Capitals", "_under", "-minus"):
        yield "POST", "/_bulk", lines({"index": {**place, "_index": name}}, document), NDJSON
    if cluster.major >= 8:
        yield "POST", "/_bulk", lines({"index": {**place, "_type": "_doc"}}, document), NDJSON


def documents(prefix: str) -> Iterator[Request]:
    """Values that a mapping takes or not."""
    wrong: list[dict[str, Any]] = [
        {"startTime": "yesterday"},
        {"city": {"a": 1}},
        {"ip": "no address"},
        {"duration": "long"},
        {"userActions": "text"},
        {"userActions": [{"startTime": {"a": 1}}]},
        {"bounce": "perhaps"},
        {"stringTags": "text"},
    ]
    right: list[dict[str, Any]] = [
        {"ip": "198.51.100.7"},
        {"duration": 4},
        {"userActions": [{"startTime": 5, "name": "x"}]},
        {"bounce": True},
        {"stringTags": {"a.b": "c"}},
        {"city": None},
    ]
    for number, document in enumerate([*wrong, *right]):
        place = {"_index": f"{prefix}-whole", "_id": f"document-{number}"}
        yield "POST", "/_bulk", lines({"index": place}, document), NDJSON
    for end in ("strict", "fixed"):
        place = {"_index": f"{prefix}-{end}", "_id": "field"}
        yield "POST", "/_bulk", lines({"index": place}, {"another": 1}), NDJSON


def changes(prefix: str) -> Iterator[Request]:
    """Indices, mappings and templates."""
    dated = {"properties": {"startTime": {"type": "date"}}}

    def put(path: str, body: Mapping[str, Any]) -> Request:
        return "PUT", f"/{path}", json.dumps(body).encode(), JSON

    yield put(f"{prefix}-new", {"mappings": dated})
    yield put(f"{prefix}-new", {"mappings": dated})
    yield put(f"{prefix}-set", {"mappings": dated, "settings": {"number_of_replicas": 0}})
    yield put(f"{prefix}-unset", {"settings": {"nosuch_setting": 1}})
    yield put(f"{prefix}-typed", {"mappings": {"properties": {"a": {"type": "nosuch"}}}})
    for name in ("Capitals", "_under", "-minus", f"{prefix}-a,b"):
        yield put(name, {})
    yield put(f"{prefix}-000001", {"aliases": {f"{prefix}-rolled": {"is_write_index": True}}})
    yield put(f"{prefix}-small/_mapping", {"properties": {"more": {"type": "keyword"}}})
    yield put(f"{prefix}-small/_mapping", {"properties": {"city": {"type": "long"}}})
    yield put(f"{prefix}-whole/_mapping", {"properties": {"userActions": {"type": "object", "properties": {}}}})
    yield put(f"{prefix}-nosuch-one/_mapping", {"properties": {}})
    yield put(f"_index_template/{prefix}-put", {"index_patterns": [f"{prefix}-put*"], "priority": 701})
    yield "GET", f"/_index_template/{prefix}-put", b"", ""
    yield "GET", f"/{prefix}-new", b"", ""


def differences(given: Any, real: Any, path: str = "") -> list[str]:
    """What the stand-in says and the real server does not: other keys, kinds of values, outcomes."""
    if isinstance(given, Mapping):
        if not isinstance(real, Mapping):
            return [f"{path or 'body'}: an object, not {real!r}"]
        absent = [f"{path}.{key}: is not there" for key in given if key not in real]
        return absent + [
            line for key in given if key in real for line in differences(given[key], real[key], f"{path}.{key}")
        ]
    if isinstance(given, list) and isinstance(real, list):
        return [line for one, other in zip(given, real, strict=False) for line in differences(one, other, f"{path}[]")]
    name = path.rpartition(".")[2]
    if type(given) is not type(real) or (name in SAME and "mappings" not in path and given != real):
        return [f"{path}: {given!r}, not {real!r}"]
    return []


def compare(request: Request, given: Said, real: Said) -> list[str]:
    """How two responses differ."""
    found = [] if given.status == real.status else [f"status {given.status}, not {real.status}"]
    kinds = [
        {"content-type": JSON, **{name.lower(): text for name, text in said.headers.items()}}["content-type"]
        for said in (given, real)
    ]
    if kinds[0].partition(";")[0] != kinds[1].partition(";")[0]:
        found.append(f"content type {kinds[0]}, not {kinds[1]}")
    if kinds[1].startswith(JSON):
        found += differences(json.loads(given.content), json.loads(real.content))
    method, path, body, kind = request
    return [f"{method} {path} {body[:160].decode()} ({kind}): {line}" for line in found]


def test_the_stand_in_answers_as_the_server(cluster: Cluster) -> None:
    prefix = "sessions-like"
    try:
        stand_in = prepare(cluster, prefix)
        wrong, count = [], 0
        for request in requests(prefix, cluster):
            method, path, body, kind = request
            headers = {"content-type": kind} if kind else {}
            given = stand_in(Asked(method, path, headers, body))
            wrong += compare(request, given, cluster.raw(method, path, body, kind))
            count += 1
    finally:
        cluster.discard(prefix)
    assert wrong == [], "\n".join(wrong)
    assert count >= LEAST
