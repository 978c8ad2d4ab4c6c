# Copyright (c) 2026, community.dynatrace contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""The 24 deviations that a first comparison with real servers found, each with a test of its own.

=== =================================================== ===================================================
row what was said or done before                        also in
=== =================================================== ===================================================
1   samples add guessed fields to an index for good     test_states: "empty mapping", "only startTime"
2   samples create the index                            test_roles: creator
3   a closed index is fine                              test_states: "closed"
4   a user without the right to write is fine           test_roles: reader, stranger
5   an alias that no one may write to is fine           test_states: "alias, not for writes"
6   a busy server is no Elasticsearch                   test_index_checks (unit)
7   a busy server or a block is a matter of rights      test_states: "metadata block"
8   tags "a" and "a.b" exclude each other               test_index, test_states: "tags as fields"
9   the next index of a rollover alias has no mapping   test_index, test_states: "rollover alias"
10  a data stream to be is taken for an index           test_states: "template of a data stream"
11  automatic creation is taken for granted             test_states: "template, no automatic creation" and 3 more
12  a read-only cluster is a matter of credentials      test_states: "read-only cluster"
13  a full disk is a matter of rights, or of time       test_states: "full disk", "full disk, new index"
14  conflicts of fields are not seen                    test_states: all that have field_conflicts
15  pipelines, parameters, lost shards are not seen     test_states: "pipeline of the URL missing" and 5 more
16  a URL with an index is no Elasticsearch             test_states: "URL of another index" and 3 more
17  date math is an invalid name                        test_states: "date math", "date math with a template"
18  legacy and dynamic templates are not seen           test_states: "legacy template" and 4 more
19  fields that are not mapped are dates                test_states: "not dynamic, empty", "runtime, empty"
20  the recipe for an index of sessions does not work   test_index
21  Elasticsearch 6 is sent to a module that refuses it test_elasticsearch (unit)
22  OpenSearch gets the names of Elasticsearch rights   test_playbooks: the table of the guide
23  check mode predicts a creation that is refused      test_states: each state, check mode against the run
24  the document type of an Elasticsearch 7 index       test_states: "the type of the index"
=== =================================================== ===================================================
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest

from ansible_collections.community.dynatrace.tests.support.endpoint_servers import (
    PASSWORD,
    App,
    Elasticsearch,
    Said,
    basic,
    locked,
    serving,
    to_elastic,
)

from .cluster import Cluster, bulk
from .sessions import sessions
from .states import STATES, mapping
from .test_states import check, codes, prepare, stored

Row = Callable[[Cluster, str], None]
ROWS: dict[int, tuple[str, Row]] = {}


def row(number: int, server: str) -> Callable[[Row], Row]:
    """The test of one deviation, on a server that shows it."""

    def add(test: Row) -> Row:
        ROWS[number] = (server, test)
        return test

    return add


@contextmanager
def in_front(cluster: Cluster, app: App) -> Iterator[Callable[..., dict[str, Any]]]:
    """An endpoint of its own that answers by itself, or as the server does; gives exports that send to it."""
    with serving(locked(app), cluster.world.tls()) as end:
        yield lambda index, path="/_bulk": to_elastic(
            end.url(path), send_direct={"index_name": index}, authentication=basic(PASSWORD)
        )


def found(cluster: Cluster, name: str, state: str, mode: str = "connect") -> dict[str, Any]:
    """The check of an index in one of the states."""
    STATES[state].make(cluster, name)
    return check(cluster, cluster.export(name), mode)


@row(1, "elasticsearch8")
def samples_do_not_spoil_a_mapping(cluster: Cluster, name: str) -> None:
    for number, state in enumerate(("empty mapping", "only startTime")):
        index = f"{name}-{number}"
        STATES[state].make(cluster, index)
        before = cluster.mapping(index)
        sent = check(cluster, cluster.export(index), "send")
        assert (codes(sent)[-1], sent["samples"]["sent"], sent["changed"]) == ("send_skipped", 0, False)
        assert cluster.mapping(index) == before
        assert prepare(cluster, cluster.export(index))["operation"] == "updated"


@row(2, "opensearch2-security")
def samples_do_not_create_an_index(cluster: Cluster, name: str) -> None:
    sent = check(cluster, cluster.export(name, user="creator"), "send")
    assert (codes(sent)[-1], sent["samples"]["sent"]) == ("send_skipped", 0)
    assert cluster.raw("GET", f"/{name}").status == 404
    assert prepare(cluster, cluster.export(name))["operation"] == "created"


@row(3, "elasticsearch7")
def a_closed_index_takes_no_sessions(cluster: Cluster, name: str) -> None:
    result = found(cluster, name, "closed")
    assert (result["ok"], codes(result, "error")) == (False, ["index_closed"])


@row(4, "opensearch2-security")
def a_user_who_may_not_write_fails(cluster: Cluster, name: str) -> None:
    prepare(cluster, cluster.export(name))
    for user in ("reader", "stranger"):
        result = check(cluster, cluster.export(name, user=user))
        assert (result["ok"], codes(result, "error")) == (False, ["privilege_missing"]), user


@row(5, "opensearch2")
def an_alias_without_a_write_index_takes_no_sessions(cluster: Cluster, name: str) -> None:
    result = found(cluster, name, "alias, not for writes")
    assert codes(result, "error") == ["alias_without_write_index"]
    assert codes(prepare(cluster, cluster.export(name)), "error") == ["alias_without_write_index"]


@row(6, "opensearch2")
def a_busy_server_is_still_a_search_server(cluster: Cluster, name: str) -> None:
    expected = {429: "throttled", 500: "server_failed", 502: "server_unavailable", 503: "server_unavailable"}
    for status, code in {**expected, 504: "server_unavailable", 302: "redirect"}.items():
        busy = Said(status, b"not initialized", {"Location": "https://localhost/"})
        with in_front(cluster, lambda asked, busy=busy: busy if asked.path == "/" else cluster.forward(asked)) as of:
            result = check(cluster, of(name))
        assert codes(result, "error") == [code]
        assert "send_direct" not in result["findings"][-1]["remediation"]


@row(7, "opensearch2")
def only_a_security_exception_is_about_rights(cluster: Cluster, name: str) -> None:
    prepare(cluster, cluster.export(name))
    for status in (429, 503):
        error = {"type": "circuit_breaking_exception", "reason": "Data too large"}
        said = Said(status, {"error": error, "status": status})
        with in_front(cluster, lambda asked, said=said: said if name in asked.path else cluster.forward(asked)) as of:
            result = check(cluster, of(name))
        assert codes(result, "error") == ["throttled" if status == 429 else "server_unavailable"]
        assert "Data too large" in result["findings"][-1]["message"]
    blocked = found(cluster, f"{name}-b", "metadata block")
    (unseen,) = [one for one in blocked["findings"] if one["code"] == "index_unseen"]
    assert "metadata (api)" in unseen["message"]
    assert "may not" not in unseen["message"]


@row(8, "elasticsearch7")
def tags_of_any_name_are_taken(cluster: Cluster, name: str) -> None:
    prepare(cluster, cluster.export(name))
    documents = list(sessions(3, tenant="tags"))
    for one, tag in zip(documents, ("a", "a.b", ".x"), strict=True):
        one["stringTags"] = {tag: "y"}
    said = cluster.raw("POST", "/_bulk?refresh=true", bulk(name, documents))
    assert json.loads(said.content)["errors"] is False
    assert cluster.ask("POST", f"/{name}/_count", {"query": {"term": {"stringTags.a.b": "y"}}})["count"] == 1
    assert "tags_as_fields" in codes(found(cluster, f"{name}-b", "tags as fields"))


@row(9, "elasticsearch8")
def the_next_index_of_a_rollover_alias_has_the_mapping(cluster: Cluster, name: str) -> None:
    assert codes(found(cluster, f"{name}-a", "rollover alias"), "warning") == ["rollover_without_template"]
    export = cluster.export(f"{name}-b")
    assert prepare(cluster, export, rollover=True)["operation"] == "created"
    rolled = cluster.ask("POST", f"/{name}-b/_rollover")["new_index"]
    assert cluster.mapping(rolled)["properties"]["startTime"]["type"] == "date"
    assert codes(check(cluster, export), "warning", "error") == []


@row(10, "opensearch2")
def a_template_of_data_streams_is_seen(cluster: Cluster, name: str) -> None:
    before = cluster.inventory()["state"].get("metadata", {}).get("data_stream")
    result = found(cluster, name, "template of a data stream", "send")
    assert (result["ok"], codes(result, "error")) == (False, ["index_is_data_stream"])
    for check_mode in (True, False):
        assert codes(prepare(cluster, cluster.export(name), check_mode), "error") == ["index_is_data_stream"]
    assert cluster.inventory()["state"].get("metadata", {}).get("data_stream") == before, "none was made"


@row(11, "elasticsearch8")
def automatic_creation_that_is_switched_off_is_seen(cluster: Cluster, name: str) -> None:
    result = found(cluster, name, "template that forbids automatic creation")
    assert codes(result, "error") == ["index_not_created_automatically"]
    assert prepare(cluster, cluster.export(name))["operation"] == "created"


@row(12, "elasticsearch7")
def a_read_only_cluster_is_no_matter_of_credentials(cluster: Cluster, name: str) -> None:
    try:
        result = found(cluster, name, "read-only cluster", "send")
    finally:
        STATES["read-only cluster"].undo(cluster, name)
    (error,) = [one for one in result["findings"] if one["severity"] == "error"]
    assert error["code"] == "cluster_blocked"
    assert "cluster read-only (api)" in error["message"]


@row(13, "opensearch2")
def a_full_disk_is_no_matter_of_rights(cluster: Cluster, name: str) -> None:
    assert codes(found(cluster, f"{name}-a", "full disk"), "error") == ["index_blocked"]
    full = STATES["full disk, new index"]
    full.make(cluster, f"{name}-b")
    try:
        made = prepare(cluster, cluster.export(f"{name}-b"))
    finally:
        full.undo(cluster, f"{name}-b")
    assert (made["operation"], codes(made, "error")) == ("failed", ["index_blocked"])
    assert "create-index blocked (api)" in made["findings"][-1]["message"]
    # Elasticsearch creates the index, and its shards wait for a disk.
    nowhere = {"index.routing.allocation.require.box": "nosuch"}
    made = prepare(cluster, cluster.export(f"{name}-c"), settings=nowhere)
    assert (made["operation"], codes(made, "warning")) == ("created", ["index_not_started"])
    assert codes(check(cluster, cluster.export(f"{name}-c")), "error") == ["shard_unavailable"]


@row(14, "elasticsearch8")
def conflicts_of_fields_are_seen(cluster: Cluster, name: str) -> None:
    expected = {
        "address as long": "field_conflicts",
        "city as object": "field_conflicts",
        "dates in days": "field_conflicts",
        "strict inside": "mapping_strict",
        "required routing": "routing_required",
    }
    for number, (state, code) in enumerate(expected.items()):
        assert codes(found(cluster, f"{name}-{number}", state), "error") == [code], state


@row(15, "opensearch2")
def pipelines_parameters_and_lost_shards_are_seen(cluster: Cluster, name: str) -> None:
    prepare(cluster, cluster.export(name))
    for path, code in {"/_bulk?pipeline=nosuch": "pipeline_missing", "/_bulk?foo=bar": "rejected"}.items():
        assert codes(check(cluster, cluster.export(name, path=path)), "error") == [code], path
    assert codes(found(cluster, f"{name}-a", "default pipeline missing"), "error") == ["pipeline_missing"]
    assert codes(found(cluster, f"{name}-b", "unassigned shard"), "error") == ["shard_unavailable"]


@row(16, "elasticsearch7")
def a_url_that_names_an_index_is_understood(cluster: Cluster, name: str) -> None:
    prepare(cluster, cluster.export(name))
    for path in ("/sessions-other/_bulk", "/es/_bulk", f"/{name}/_doc/_bulk"):
        export = cluster.export(name, path=path)
        assert codes(check(cluster, export), "error") == [], path
        assert "url_names_index" in codes(check(cluster, export)), path
        assert stored(cluster, export, path) == 5, path


@row(17, "opensearch2")
def date_math_is_a_warning(cluster: Cluster, name: str) -> None:
    STATES["date math with a template"].make(cluster, name)
    export = cluster.export(f"<{name}-{{now/d}}>")
    assert (codes(check(cluster, export), "error"), codes(check(cluster, export), "warning")) == (
        [],
        ["index_name_date_math"],
    )
    assert stored(cluster, export, "/_bulk") == 5


@row(18, "elasticsearch8")
def legacy_and_dynamic_templates_are_seen(cluster: Cluster, name: str) -> None:
    for number, state in enumerate(("legacy template", "template of dynamic templates")):
        result = found(cluster, f"{name}-{number}", state)
        assert (result["ok"], codes(result)[-1]) == (True, "index_from_template"), state


@row(19, "elasticsearch8")
def fields_that_are_not_mapped_are_no_dates(cluster: Cluster, name: str) -> None:
    for number, state in enumerate(("not dynamic, empty", "runtime, empty")):
        result = found(cluster, f"{name}-{number}", state)
        assert "date_fields_unmapped" in codes(result, "warning"), state
        assert "index_found" not in codes(result), state


@row(20, "elasticsearch7")
def an_index_that_sessions_made_can_be_replaced(cluster: Cluster, name: str) -> None:
    STATES["made by sessions"].make(cluster, f"{name}-a")
    (failed,) = [one for one in prepare(cluster, cluster.export(f"{name}-a"))["findings"] if one["severity"] == "error"]
    assert failed["code"] == "field_types_differ"
    assert "_reindex" in failed["remediation"]
    assert prepare(cluster, cluster.export(f"{name}-b"))["operation"] == "created"
    body = {"source": {"index": f"{name}-a"}, "dest": {"index": f"{name}-b"}}
    assert cluster.ask("POST", "/_reindex?refresh=true", body)["failures"] == []
    dates = {"query": {"range": {"startTime": {"gte": "2026-01-05", "lt": "2026-01-12"}}}}
    assert cluster.ask("POST", f"/{name}-b/_count", dates)["count"] == 5


@row(21, "elasticsearch7")
def version_6_has_a_remediation_of_its_own(cluster: Cluster, name: str) -> None:
    # There is no such server here; the stand-in is one.
    with in_front(cluster, Elasticsearch("6.8.23", indices={})) as of:
        export = of(name)
        export["send_direct"]["doc_type"] = "_doc"
        (missing,) = [one for one in check(cluster, export)["findings"] if one["severity"] == "error"]
        assert missing["code"] == "index_missing"
        assert "Before Elasticsearch 7, create it manually" in missing["remediation"]
        assert codes(prepare(cluster, export), "error") == ["version_too_old"]


@row(22, "opensearch2-security")
def rights_are_named_as_opensearch_names_them(cluster: Cluster, name: str) -> None:
    prepare(cluster, cluster.export(name))
    remedies = {
        one["code"]: one["remediation"]
        for user in ("exporter", "reader")
        for one in check(cluster, cluster.export(name, user=user))["findings"]
    }
    assert "cluster_monitor" in remedies["version_unseen"]
    assert "indices:admin/get" in remedies["index_unseen"]
    assert "indices:data/write/bulk" in remedies["privilege_missing"]


@row(23, "opensearch2")
def a_template_that_cannot_be_merged_is_predicted(cluster: Cluster, name: str) -> None:
    actions = {"properties": {"userActions": {"type": "object", "properties": {"name": {"type": "keyword"}}}}}
    template = {"index_patterns": [f"{name}*"], "priority": 700, "template": {"mappings": actions}}
    cluster.ask("PUT", f"/_index_template/{name}", template)
    for check_mode in (True, False):
        made = prepare(cluster, cluster.export(name), check_mode)
        assert (made["operation"], codes(made, "error")) == ("failed", ["index_template_conflicts"])
    assert cluster.raw("PUT", f"/{name}", json.dumps({"mappings": mapping(cluster)}).encode()).status == 400


@row(24, "elasticsearch7")
def the_document_type_is_that_of_the_index(cluster: Cluster, name: str) -> None:
    STATES["the type of the index"].make(cluster, name)
    export = cluster.export(name, doc_type="session")
    assert codes(check(cluster, export), "warning", "error") == []
    assert prepare(cluster, export)["operation"] == "unchanged"
    assert codes(check(cluster, cluster.export(name, doc_type="another")), "error") == ["doc_type_differs"]


@pytest.mark.parametrize(
    ("cluster", "number"),
    [pytest.param(server, number, id=f"{server}-row-{number}") for number, (server, _test) in sorted(ROWS.items())],
    indirect=["cluster"],
    scope="session",
)
def test_deviation(cluster: Cluster, number: int) -> None:
    name = f"sessions-row-{number:02d}"
    try:
        ROWS[number][1](cluster, name)
    finally:
        cluster.discard(name)


def test_each_row_has_a_test() -> None:
    assert sorted(ROWS) == list(range(1, 25))
    listed = [line.split()[0] for line in str(__doc__).splitlines() if line[:1].isdigit()]
    assert listed == [str(number) for number in sorted(ROWS)]
