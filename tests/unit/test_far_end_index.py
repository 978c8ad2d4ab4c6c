# Copyright (c) 2026, community.dynatrace contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Indices for sessions: made once, completed where something is lacking, and never changed otherwise."""

from __future__ import annotations

import copy
import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest

from ansible_collections.community.dynatrace.plugins.module_utils._far_end import door, mapping, samples
from ansible_collections.community.dynatrace.tests.support.far_ends import (
    App,
    Asked,
    Elasticsearch,
    Said,
    World,
    basic,
    export,
    locked,
    other_hand,
    serving,
    to_elastic,
)


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> World:
    return World(tmp_path_factory.mktemp("world"))


def run(world: World, *exports: dict[str, Any], check_mode: bool = False, **options: Any) -> dict[str, Any]:
    """The result of the module; never a word of a secret in it."""
    params = {"exports": list(exports), "timeout": 5.0, "ca_path": world.ca_path, "mapping": None, "settings": None}
    params |= options
    ready, problems = door.check(params)
    assert not problems, problems
    result = door.prepare(None, ready, params, check_mode)
    assert "canary" not in json.dumps(result)
    return result


def refused(world: World, *exports: dict[str, Any], **options: Any) -> str:
    with pytest.raises(door.FarEndsRefuse) as caught:
        run(world, *exports, **options)
    assert "canary" not in f"{caught.value} {caught.value.details}"
    return str(caught.value)


def having(properties: dict[str, Any]) -> Elasticsearch:
    """An Elasticsearch whose index is there already."""
    index = {"aliases": {}, "settings": {}, "mappings": {"properties": properties}}
    return Elasticsearch(indices={"user-sessions": index})


def writes(asked: list[Asked]) -> list[str]:
    return [f"{one.method} {one.place}" for one in asked if one.method not in ("GET", "HEAD")]


def fields_of(document: Mapping[str, Any], above: str = "") -> Iterator[tuple[str, Any]]:
    """(path, value) of everything in a session document."""
    for name, value in document.items():
        items = [one for one in value if isinstance(one, dict)] if isinstance(value, list) else [value]
        for item in items:
            if isinstance(item, dict) and item:
                yield from fields_of(item, f"{above}{name}.")
            elif not isinstance(item, dict):
                yield f"{above}{name}", item


def kind_of(path: str) -> str | None:
    node: Any = mapping.PROPERTIES
    for part in path.split("."):
        node = node.get(part)
        if node is None:
            return None
        kind, node = str(node.get("type")), node.get("properties", {})
    return kind


def fits(kind: str | None, value: Any) -> bool:
    kinds: dict[type, tuple[str, ...]] = {
        bool: ("boolean",),
        int: ("long", "integer", "date"),
        float: ("double",),
        str: ("keyword", "ip"),
    }
    return value is None or kind in kinds[type(value)]


def documented(reference: Path) -> list[dict[str, Any]]:
    folder = reference / "examples"
    plain = json.loads((folder / "exported-sessions.plain.docs.json").read_text())
    bulk = json.loads((folder / "exported-sessions.elasticsearch-bulk.docs.json").read_text())
    return [one for one in [*plain, *bulk] if isinstance(one, dict) and "startTime" in one]


def test_every_field_of_documented_sessions_has_its_type(reference: Path) -> None:
    sessions = documented(reference)
    assert sessions
    found = {path: value for one in sessions for path, value in fields_of(one)}
    own = ("stringTags.", "numTags.", "dateTags.")
    missing = [path for path in found if kind_of(path) is None and not path.startswith(own)]
    assert missing == []
    assert [path for path, value in found.items() if not path.startswith(own) and not fits(kind_of(path), value)] == []


def test_every_field_of_our_samples_has_its_type() -> None:
    for session in samples.make_samples():
        for path, value in fields_of(session):
            assert fits(kind_of(path), value) or value == [], path
    assert {kind_of(path) for path in samples.DATE_FIELDS} == {"date"}


def test_a_missing_index_is_made_once(world: World) -> None:
    elastic = Elasticsearch(indices={})
    with serving(locked(elastic), world.tls()) as end:
        wanted = to_elastic(end.url("/_bulk"), authentication=basic())
        foreseen = run(world, wanted, check_mode=True, settings={"number_of_shards": 3})
        assert writes(end.asked) == [] and elastic.indices == {}
        done = run(world, wanted, settings={"number_of_shards": 3})
        assert writes(end.asked) == ["PUT /user-sessions"]
        assert foreseen == done, "check mode said what the run did"
        made = elastic.indices["user-sessions"]
        assert made["settings"]["index"] == {"number_of_shards": 3}
        assert made["mappings"]["properties"]["userActions"]["type"] == "nested"
        again = run(world, wanted)
        assert (again["changed"], again["indices"][0]["operation"], again["diff"]) == (False, "unchanged", [])
        assert writes(end.asked) == ["PUT /user-sessions"]


def test_an_index_gets_what_it_lacks_and_keeps_the_rest(world: World) -> None:
    there = {
        "startTime": {"type": "date"},
        "userId": {"type": "text"},
        "country": {"type": "long"},
        "mine": {"type": "keyword"},
        "userActions": {"properties": {"startTime": {"type": "date"}}},
    }
    elastic = Elasticsearch(
        indices={"user-sessions": {"aliases": {}, "settings": {}, "mappings": {"properties": there}}}
    )
    with serving(elastic, world.tls()) as end:
        wanted = to_elastic(end.url("/_bulk"))
        foreseen = run(world, wanted, check_mode=True)
        done = run(world, wanted)
        assert foreseen == done
        (one,) = done["indices"]
        assert one["operation"] == "updated" and one["differs"] == ["country (long)"]
        assert {"endTime", "userActions.endTime"} <= set(one["added"])
        assert not {"userId", "mine", "userActions.startTime"} & set(one["added"])
        after = elastic.indices["user-sessions"]["mappings"]["properties"]
        assert after["mine"] == {"type": "keyword"} and after["userId"] == {"type": "text"}
        assert done["diff"][0]["after"]["properties"] == after
        assert run(world, wanted)["changed"] is False


def test_dates_that_are_numbers_cannot_be_mended_and_nothing_is_added(world: World) -> None:
    there = {"startTime": {"type": "long"}}
    elastic = Elasticsearch(
        indices={"user-sessions": {"aliases": {}, "settings": {}, "mappings": {"properties": there}}}
    )
    with serving(elastic, world.tls()) as end:
        said = refused(world, to_elastic(end.url("/_bulk")))
        assert "startTime (long)" in said and "Make a new index" in said
        assert writes(end.asked) == []


def test_exports_that_share_an_index_prepare_it_once_and_others_are_passed_over(world: World) -> None:
    elastic = Elasticsearch(indices={})
    with serving(elastic, world.tls()) as end:
        first, second = (to_elastic(end.url("/_bulk"), name) for name in ("one", "two"))
        second["export_behavior"] = {"management_zone": "1"}
        other = to_elastic(end.url("/_bulk"), "three", send_direct={"index_name": "other"})
        done = run(world, first, second, other)
        assert [one["name"] for one in done["indices"]] == ["one", "three"]
        assert run(world, export(end.url()))["notes"] == ["No export goes to Elasticsearch (send_direct)."]


def test_a_mapping_of_ones_own_is_laid_over(world: World) -> None:
    elastic = Elasticsearch(indices={})
    with serving(elastic, world.tls()) as end:
        run(world, to_elastic(end.url("/_bulk")), mapping={"ip": {"type": "keyword"}, "extra": {"type": "long"}})
        made = elastic.indices["user-sessions"]["mappings"]["properties"]
        assert made["ip"]["type"] == "keyword" and made["extra"] == {"type": "long"}
        assert mapping.PROPERTIES["ip"]["type"] == "ip", "ours stays as it is"


def test_old_versions_have_their_mapping_below_the_type(world: World) -> None:
    elastic = Elasticsearch("6.8.0", indices={})
    with serving(elastic, world.tls()) as end:
        wanted = to_elastic(end.url("/_bulk"), send_direct={"doc_type": "session"})
        run(world, wanted)
        assert "properties" in elastic.indices["user-sessions"]["mappings"]["session"]
        del elastic.indices["user-sessions"]["mappings"]["session"]["properties"]["ip"]
        assert run(world, wanted)["indices"][0]["added"] == ["ip"]
        assert "PUT /user-sessions/_mapping/session" in writes(end.asked)


def test_somebody_who_was_faster_is_no_problem(world: World) -> None:
    elastic = Elasticsearch(indices={})
    complete = {"aliases": {}, "settings": {}, "mappings": mapping.wanted()}

    def raced(asked: Asked) -> Said:
        if asked.method == "PUT":
            elastic.indices.setdefault("user-sessions", copy.deepcopy(complete))
        return elastic(asked)

    with serving(raced, world.tls()) as end:
        done = run(world, to_elastic(end.url("/_bulk")))
        assert (done["changed"], done["indices"][0]["added"]) == (False, [])


def test_what_is_in_the_way_is_named(world: World) -> None:
    streams = {"user-sessions": {"user-sessions": {"data_stream": {}, "mappings": {}}}}
    for elastic, said in (
        (Elasticsearch(indices=streams), "is a data stream"),
        (Elasticsearch(indices={}, forbids=("/user-sessions",)), "this is not allowed"),
    ):
        with serving(elastic, world.tls()) as end:
            assert said in refused(world, to_elastic(end.url("/_bulk")))
    with serving(locked(Elasticsearch()), world.tls()) as end:
        assert "user name and password are refused" in refused(
            world, to_elastic(end.url("/_bulk"), authentication=basic("canary that is wrong"))
        )
        assert "secret is not given" in refused(world, to_elastic(end.url("/_bulk"), authentication=basic(None)))
        assert "does not end in _bulk" in refused(world, to_elastic(end.url("/elsewhere")))
        assert "capital letters" in refused(world, to_elastic(end.url("/_bulk"), send_direct={"index_name": "Big"}))


@pytest.fixture(scope="module")
def osmem() -> Iterator[App]:
    package = pytest.importorskip("osmem_server")
    with other_hand(Path(package.__file__).parent) as found:
        yield found


def test_a_real_server_takes_the_mapping_and_then_sessions(world: World, osmem: App) -> None:
    with serving(locked(osmem), world.tls()) as end:
        wanted = to_elastic(end.url("/_bulk"), authentication=basic(), send_direct={"index_name": "prepared"})
        foreseen = run(world, wanted, check_mode=True)
        assert run(world, wanted)["indices"] == foreseen["indices"]
        assert run(world, wanted)["changed"] is False
        params = {"exports": [wanted], "mode": "send", "fail_on": "error", "timeout": 5.0, "ca_path": world.ca_path}
        ready, _problems = door.check(params)
        checked = door.work(None, ready, params, False)
        found = [finding["code"] for finding in checked["checks"][0]["findings"]]
        assert found == ["reached", "elasticsearch_found", "index_found", "accepted", "samples_deleted"]
