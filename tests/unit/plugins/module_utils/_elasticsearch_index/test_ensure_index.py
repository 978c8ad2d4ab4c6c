# Copyright (c) 2026, community.dynatrace contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Indices for sessions: made with a mapping, given what they lack, left alone where they cannot be changed."""

from __future__ import annotations

import copy
import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest

from ansible_collections.community.dynatrace.plugins.module_utils._elasticsearch_index import module as index_module
from ansible_collections.community.dynatrace.plugins.module_utils._endpoint_check import module
from ansible_collections.community.dynatrace.plugins.module_utils._endpoint_check.elasticsearch import IndexState
from ansible_collections.community.dynatrace.plugins.module_utils._endpoint_check.finding_codes import INDEX_CODES
from ansible_collections.community.dynatrace.plugins.module_utils._endpoint_check.mapping_diff import (
    leaves,
    mapping_delta,
    overlay,
)
from ansible_collections.community.dynatrace.plugins.module_utils._endpoint_check.sample_sessions import sample_sessions
from ansible_collections.community.dynatrace.plugins.module_utils._endpoint_check.session_mapping import SESSION_MAPPING
from ansible_collections.community.dynatrace.tests.support.endpoint_servers import (
    PASSWORD,
    TOKEN,
    Asked,
    Elasticsearch,
    Said,
    World,
    basic,
    bearer,
    export,
    locked,
    oauth,
    says,
    serving,
    to_elastic,
    token_service,
)

NAME = "user-sessions"
# Milliseconds since 1970 in what Dynatrace sends.
DATE_FIELDS = (
    "startTime",
    "endTime",
    "userActions.startTime",
    "userActions.endTime",
    "events.startTime",
    "errors.startTime",
)
NDJSON = {"content-type": "application/x-ndjson"}
JSON = {"content-type": "application/json"}
LONG_DATE = {"startTime": {"type": "long"}}
# What JSON has, and the types that take it.
TAKES: dict[type, tuple[str, ...]] = {
    bool: ("boolean",),
    int: ("long", "double", "date"),
    float: ("double",),
    str: ("keyword", "ip"),
}


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> World:
    return World(tmp_path_factory.mktemp("world"))


def prepare(world: World, *exports: dict[str, Any], check_mode: bool = False, **options: Any) -> dict[str, Any]:
    """The result of the module, of a failure too; never a word of a secret in it."""
    params = {"exports": list(exports), "state": "present", "timeout": 5.0, "ca_path": world.ca_path, **options}
    ready, problems = index_module.check(params)
    assert not problems, problems
    try:
        result = index_module.work(None, ready, params, check_mode)
    except module.EndpointCheckFailed as error:
        result = {**error.details, "msg": error.message}
    assert "canary" not in json.dumps(result)
    return result


def only(result: dict[str, Any]) -> dict[str, Any]:
    (index,) = result["indices"]
    return dict(index)


def codes(result: dict[str, Any]) -> list[str]:
    """What was found, but for what is as it should be."""
    return [found["code"] for found in only(result)["findings"] if found["severity"] != "ok"]


def an_index(properties: Mapping[str, Any], **mapping: Any) -> dict[str, Any]:
    return {"aliases": {}, "mappings": {"properties": copy.deepcopy(dict(properties)), **mapping}, "settings": {}}


def at(mapping: Mapping[str, Any], path: str) -> dict[str, Any]:
    node: Any = mapping
    for name in path.split("."):
        node = node["properties"][name]
    return dict(node)


def values(node: Any, path: str = "") -> Iterator[tuple[str, Any]]:
    """(path, value) of everything in documents; lists are looked through."""
    if isinstance(node, list):
        for one in node:
            yield from values(one, path)
    elif isinstance(node, dict):
        for name, one in node.items():
            below = f"{path}.{name}" if path else name
            yield below, one
            yield from values(one, below)


def exported(reference: Path) -> list[dict[str, Any]]:
    files = sorted((reference / "examples").glob("exported-sessions.*.json"))
    if not files:
        pytest.skip("no examples of exported sessions in the reference folder")
    documents = [one for file in files for one in json.loads(file.read_text())]
    return [one for one in documents if "tenantId" in one]


def test_every_field_of_exported_sessions_is_mapped_as_what_it_is(reference: Path) -> None:
    documents = exported(reference)
    assert len(documents) >= 4
    wrong = []
    for path, value in values(documents):
        try:
            kind = at(SESSION_MAPPING, path).get("type")
        except KeyError:
            wrong.append(f"{path} is not mapped")
            continue
        if isinstance(value, list):
            objects = any(isinstance(one, dict) for one in value) or path.endswith("Properties")
            fits = kind == "nested" if objects else path in ("events", "errors") or not value
        else:
            fits = (
                (isinstance(value, dict) and kind in ("object", "flattened"))
                or value is None
                or kind in TAKES[type(value)]
            )
        # Milliseconds of this century; no other number is so large.
        is_time = isinstance(value, int) and value > 10**12
        if not fits or is_time is not (kind == "date" and value is not None):
            wrong.append(f"{path} is {kind}, and there is {value!r}")
    assert wrong == []


def test_every_field_of_our_own_samples_is_mapped_and_every_date_is_a_date() -> None:
    for path, value in values(sample_sessions()):
        kind = at(SESSION_MAPPING, path)["type"]
        assert isinstance(value, (list, dict)) or value is None or kind in TAKES[type(value)], path
    assert {at(SESSION_MAPPING, path)["type"] for path in DATE_FIELDS} == {"date"}
    assert {at(SESSION_MAPPING, path)["type"] for path in ("userActions", "events", "errors")} == {"nested"}
    # Elasticsearch takes 50 nested fields and 1000 fields by default.
    text = json.dumps(SESSION_MAPPING)
    assert text.count('"nested"') < 25
    assert text.count('"type"') < 250


def test_an_index_is_predicted_made_and_then_as_wanted(world: World) -> None:
    elastic = Elasticsearch(indices={})
    with serving(locked(elastic), world.tls()) as end:
        wanted = to_elastic(end.url("/_bulk"), authentication=basic())
        settings = {"number_of_shards": 3}
        predicted = prepare(world, wanted, check_mode=True, settings=settings)
        assert elastic.indices == {}
        assert {asked.method for asked in end.asked} <= {"GET", "POST"}
        made = prepare(world, wanted, settings=settings)
        again = prepare(world, wanted, settings={"number_of_shards": 5}, check_mode=True)
        assert made == predicted
        assert [result["changed"] for result in (made, again)] == [True, False]
        assert [only(result)["operation"] for result in (made, again)] == ["created", "unchanged"]
        assert {"startTime", "userActions.endTime", "stringTags"} <= set(only(made)["added"])
        assert (only(again)["added"], again["diff"]) == ([], [])
        index = elastic.indices[NAME]
        assert index["settings"] == {"index": {"number_of_shards": "3"}}
        assert at(index["mappings"], "userActions.startTime") == {"type": "date"}
        assert at(index["mappings"], "userActions")["type"] == "nested"
        (diff,) = made["diff"]
        assert (diff["before"], diff["after"]) == ("", overlay(SESSION_MAPPING, {}))
        assert diff["before_header"] == f"{end.url('/_bulk')} {NAME} (no index)"
        # And the check has nothing to say against it.
        params = {"exports": [wanted], "mode": "send", "fail_on": "warning", "timeout": 5.0, "ca_path": world.ca_path}
        reported = module.work(None, module.check(params)[0], params, False)
        assert "index_found" in [found["code"] for found in reported["checks"][0]["findings"]]


def test_what_an_index_lacks_is_added_and_nothing_else_changes(world: World) -> None:
    there = {
        "startTime": {"type": "date", "format": "epoch_millis"},
        "city": {"type": "text", "fields": {"raw": {"type": "keyword"}}},
        "endTime": {"type": "date_nanos"},
        "userActions": {"type": "nested", "properties": {"duration": {"type": "integer"}}},
        "own": {"type": "keyword"},
    }
    elastic = Elasticsearch(indices={NAME: {**an_index(there, dynamic="strict"), "settings": {"index": {"a": "1"}}}})
    with serving(locked(elastic), world.tls()) as end:
        wanted = to_elastic(end.url("/_bulk"), authentication=basic())
        predicted = prepare(world, wanted, check_mode=True)
        assert elastic.indices[NAME]["mappings"]["properties"] == there
        done = prepare(world, wanted)
        assert done == predicted
        assert only(done)["operation"] == "updated"
        assert "userActions.startTime" in only(done)["added"]
        assert not {"startTime", "endTime", "city", "userActions.duration"} & set(only(done)["added"])
        assert [(one["field"], one["type"], one["desired"]) for one in only(done)["differing"]] == [
            ("endTime", "date_nanos", "date"),
            ("city", "text", "keyword"),
            ("userActions.duration", "integer", "long"),
        ]
        assert codes(done) == ["field_types_related"]
        index = elastic.indices[NAME]
        assert index["settings"] == {"index": {"a": "1"}}
        assert (index["mappings"]["dynamic"], "date_detection" in index["mappings"]) == ("strict", False)
        assert {name: index["mappings"]["properties"][name] for name in ("startTime", "city", "endTime", "own")} == {
            name: there[name] for name in ("startTime", "city", "endTime", "own")
        }
        (diff,) = done["diff"]
        assert diff["before"]["properties"] == there
        # What was predicted is what is there.
        assert mapping_delta(index["mappings"]["properties"], diff["after"]["properties"]).added == []
        assert mapping_delta(diff["after"]["properties"], index["mappings"]["properties"]).added == []
        assert only(prepare(world, wanted))["operation"] == "unchanged"
    assert [asked.place for asked in end.asked if asked.method == "PUT"] == [f"/{NAME}/_mapping"]


def test_an_index_that_sessions_have_made_is_left_as_it_is(world: World) -> None:
    """Exactly what happens without a mapping: the dates are numbers, and no one can make dates of them any more."""
    elastic = Elasticsearch(indices={})
    with serving(elastic, world.tls()) as end:
        lines = [{"index": {"_index": NAME, "_id": "1"}}, sample_sessions()[0]]
        # The first session, as Dynatrace sends it.
        body = b"".join(json.dumps(line).encode() + b"\n" for line in lines)
        assert elastic(Asked("POST", "/_bulk", NDJSON, body)).status == 200
        before = copy.deepcopy(elastic.indices)
        assert before[NAME]["mappings"]["properties"]["startTime"] == {"type": "long"}
        results = [prepare(world, to_elastic(end.url("/_bulk")), check_mode=mode) for mode in (True, False)]
    assert elastic.indices == before
    assert results[0] == results[1]
    assert (only(results[0])["operation"], only(results[0])["added"], results[0]["changed"]) == ("failed", [], False)
    differing = {one["field"]: (one["type"], one["desired"]) for one in only(results[0])["differing"]}
    assert differing["startTime"] == ("long", "date")
    assert differing["userActions"] == ("object", "nested")
    assert differing["userActions.startTime"] == ("long", "date")
    first, second = results[0]["msg"].splitlines()
    assert first == "1 of 1 indices could not be prepared (user-sessions):"
    assert second.startswith("  exports[0].send_direct.index_name: the index user-sessions has fields with types that")
    assert "startTime (long, not date)" in second
    assert "_reindex" in second
    assert "send_direct.index_name" in second


def test_fields_of_ones_own_are_laid_over_and_taken_at_their_word(world: World) -> None:
    own = {
        "dynamic": False,
        "properties": {
            "city": {"type": "text"},
            "startTime": {"type": "date", "format": "epoch_millis"},
            "userActions": {"properties": {"targetUrl": {"type": "wildcard"}, "team": {"type": "keyword"}}},
        },
    }
    elastic = Elasticsearch(indices={})
    with serving(elastic, world.tls()) as end:
        wanted = to_elastic(end.url("/_bulk"))
        assert only(prepare(world, wanted, mapping=own))["operation"] == "created"
        mapping = elastic.indices[NAME]["mappings"]
        assert (mapping["dynamic"], at(mapping, "city"), at(mapping, "userActions.team")) == (
            "false",
            {"type": "text"},
            {"type": "keyword"},
        )
        assert at(mapping, "userActions")["type"] == "nested"
        assert at(mapping, "userActions.targetUrl") == {"type": "wildcard"}
        assert at(mapping, "userActions.endTime") == {"type": "date"}
        assert at(mapping, "startTime")["format"] == "epoch_millis"
        assert only(prepare(world, wanted, mapping=own))["operation"] == "unchanged"
        # Without it they are related types; with another one it is not what was asked for.
        assert codes(prepare(world, wanted)) == ["field_types_related"]
        other = {"properties": {"city": {"type": "keyword"}}}
        assert codes(prepare(world, wanted, mapping=other)) == ["field_types_differ"]
        # The way out for an index in which actions are not nested.
        elastic.indices[NAME]["mappings"]["properties"]["userActions"].pop("type")
        assert codes(prepare(world, wanted, mapping=own)) == ["field_types_differ"]
        own["properties"]["userActions"]["type"] = "object"
        assert only(prepare(world, wanted, mapping=own))["operation"] == "unchanged"


def test_opensearch_and_elasticsearch_7_are_prepared_too(world: World) -> None:
    for elastic in (Elasticsearch("2.11.0", opensearch=True, indices={}), Elasticsearch("7.10.2", indices={})):
        with serving(elastic, world.tls()) as end:
            assert only(prepare(world, to_elastic(end.url("/_bulk"))))["operation"] == "created"
            assert only(prepare(world, to_elastic(end.url("/_bulk"))))["operation"] == "unchanged"


def test_an_alias_is_followed_to_the_index_that_is_written_to(world: World) -> None:
    old, new = an_index(LONG_DATE), an_index({})
    new["aliases"] = {NAME: {"is_write_index": True}}
    elastic = Elasticsearch(indices={NAME: {"sessions-1": old, "sessions-2": new}})
    with serving(elastic, world.tls()) as end:
        done = prepare(world, to_elastic(end.url("/_bulk")))
        assert (only(done)["name"], only(done)["index"], only(done)["operation"]) == (NAME, "sessions-2", "updated")
        assert codes(done) == ["index_is_alias"]
        assert "startTime" in elastic.indices[NAME]["sessions-2"]["mappings"]["properties"]
        assert elastic.indices[NAME]["sessions-1"] == an_index(LONG_DATE)
        assert only(prepare(world, to_elastic(end.url("/_bulk"))))["operation"] == "unchanged"


def test_what_an_index_template_adds_is_predicted(world: World) -> None:
    template = {"properties": {"startTime": {"type": "long"}, "team": {"type": "keyword"}}}
    elastic = Elasticsearch(indices={}, templates={NAME: template})
    with serving(elastic, world.tls()) as end:
        wanted = to_elastic(end.url("/_bulk"))
        done = prepare(world, wanted, check_mode=True)
        assert codes(done) == ["index_template_adds"]
        assert prepare(world, wanted) == done
    mapping = elastic.indices[NAME]["mappings"]
    assert (at(mapping, "team"), at(mapping, "startTime")) == ({"type": "keyword"}, {"type": "date"})
    (diff,) = done["diff"]
    assert set(leaves(diff["after"]["properties"])) == set(only(done)["added"]) == set(
        leaves(mapping["properties"])
    )  # fmt: skip


def test_many_environments_that_share_an_index_make_it_once(world: World) -> None:
    elastic = Elasticsearch(indices={})
    with serving(locked(elastic), world.tls()) as end, serving(locked(elastic), world.tls()) as other:

        def of(environment: str, url: str, password: str | None = PASSWORD, index: str = NAME) -> dict[str, Any]:
            direct = {"index_name": index}
            return to_elastic(url, environment, authentication=basic(password), send_direct=direct)

        exports = [
            # A secret that only Dynatrace knows: another environment has it here.
            of("no-secret", end.url("/_bulk"), None),
            *(of(f"env-{number}", end.url("/_bulk")) for number in range(20)),
            of("env-1", end.url(f"/{NAME}/_bulk")),
            of("other", other.url("/_bulk"), index="other"),
            export(end.url("/archive")),
        ]
        done = prepare(world, *exports)
    first, second = done["indices"]
    assert (first["name"], first["operation"], len(first["exports"])) == (NAME, "created", 21)
    assert (second["name"], second["operation"], second["exports"]) == ("other", "created", ["other"])
    assert [asked.place for asked in end.asked if asked.method == "PUT"] == [f"/{NAME}"]


def test_two_that_make_an_index_at_the_same_time_both_find_it_made(world: World) -> None:
    class Race(Elasticsearch):
        def _change(self, name: str, given: Mapping[str, Any]) -> Any:
            first, self.raced = not getattr(self, "raced", False), True
            said = super()._change(name, given)
            # Someone else was faster: what was made is theirs.
            return super()._change(name, given) if first else said

    elastic = Race(indices={})
    with serving(elastic, world.tls()) as end:
        done = prepare(world, to_elastic(end.url("/_bulk")))
    assert (only(done)["operation"], done["changed"], done["diff"]) == ("unchanged", False, [])
    assert [(asked.method, asked.place) for asked in end.asked][-2:] == [("PUT", f"/{NAME}"), ("GET", f"/{NAME}")]


def test_a_token_opens_the_way_too(world: World) -> None:
    elastic = Elasticsearch(indices={})
    with (
        serving(bearer(elastic), world.tls()) as end,
        serving(token_service(), world.tls()) as login,
    ):
        done = prepare(world, to_elastic(end.url("/_bulk"), authentication=oauth(login.url("/token"))))
    assert only(done)["operation"] == "created"
    assert TOKEN not in json.dumps(done)


STRICT = {"index": {"blocks": {"read_only": "true"}}}
WRONG: dict[str, tuple[Any, dict[str, Any], str]] = {
    "an old version": (Elasticsearch("6.8.0", indices={}), {}, "version_too_old"),
    "no Elasticsearch": (says(200, {"hello": "world"}), {}, "not_elasticsearch"),
    "a data stream": (
        Elasticsearch(indices={NAME: {".ds-1": {"data_stream": NAME}}}), {}, "index_is_data_stream",
    ),
    "a template of a data stream": (
        Elasticsearch(indices={}, templates={NAME: {"properties": {}}}, data_streams=(NAME,)),
        {},
        "index_is_data_stream",
    ),
    "an alias of several": (
        Elasticsearch(indices={NAME: {"a": an_index({}), "b": an_index({})}}), {}, "alias_without_write_index",
    ),
    "not to be seen": (Elasticsearch(forbids=(f"/{NAME}",)), {}, "index_unseen"),
    "no privilege to make it": (Elasticsearch(indices={}, may_manage=False), {}, "index_privilege_missing"),
    "no privilege to change it": (
        Elasticsearch(indices={NAME: an_index({})}, may_manage=False),
        {},
        "index_privilege_missing",
    ),
    "a blocked index": (
        Elasticsearch(indices={NAME: {**an_index({}), "settings": STRICT}}), {}, "index_blocked",
    ),
    "a type that is none": (
        Elasticsearch(indices={}), {"mapping": {"properties": {"x": {"type": "kyword"}}}}, "index_refused",
    ),
    "dates as long": (Elasticsearch(indices={NAME: an_index(LONG_DATE)}), {}, "field_types_differ"),
    "a template that cannot be merged": (
        Elasticsearch("7.17.0", indices={}, templates={NAME: {"properties": {"userActions": {"type": "object"}}}}),
        {},
        "index_template_conflicts",
    ),
    "an index where an alias is needed": (Elasticsearch(), {"rollover": True}, "index_is_not_alias"),
    "wrong credentials": (locked(Elasticsearch(), "another"), {}, "credentials_refused"),
    "too many requests": (says(429), {}, "throttled"),
}  # fmt: skip


@pytest.mark.parametrize("way", WRONG)
def test_what_cannot_be_prepared_says_why_and_how_to_go_on(world: World, way: str) -> None:
    app, options, code = WRONG[way]
    with serving(app, world.tls()) as end:
        done = prepare(world, to_elastic(end.url("/_bulk"), authentication=basic()), **options)
    assert only(done)["operation"] == "failed"
    assert codes(done) == [code]
    assert (done["changed"], done["diff"], only(done)["added"]) == (False, [], [])
    last = only(done)["findings"][-1]
    assert last["remediation"]
    assert f"{last['option']}: {last['message']} ({code}). {last['remediation']}" in done["msg"]


def test_every_finding_of_its_own_is_met_here() -> None:
    met = {code for _app, _options, code in WRONG.values()}
    reported = {"index_is_alias", "index_template_adds", "field_types_related"}
    assert set(INDEX_CODES) - met == {*reported, "index_outcome_unknown", "index_confirmed", "index_not_started"}


@pytest.mark.parametrize("there", [{}, {NAME: an_index({"own": {"type": "keyword"}})}], ids=["create", "extend"])
def test_an_answer_that_is_lost_is_reported_and_the_next_run_finds_it_done(world: World, there: dict[str, Any]) -> None:
    elastic = Elasticsearch(indices=copy.deepcopy(there))

    def losing(asked: Asked) -> Any:
        said = elastic(asked)
        if asked.method == "PUT":
            raise ConnectionError
        return said

    with serving(losing, world.tls()) as end:
        lost = prepare(world, to_elastic(end.url("/_bulk")))
        assert codes(lost) == ["index_confirmed"]
        assert only(lost)["operation"] == ("updated" if there else "created")
        assert only(prepare(world, to_elastic(end.url("/_bulk"))))["operation"] == "unchanged"


def test_what_a_server_shows_of_a_secret_is_not_passed_on(world: World) -> None:
    echoing = {PASSWORD: {"type": PASSWORD}, "startTime": {"type": PASSWORD}}
    meta = {"_meta": {"seen": [PASSWORD, basic()]}}
    with serving(locked(Elasticsearch(indices={NAME: an_index(echoing, **meta)})), world.tls()) as end:
        assert codes(prepare(world, to_elastic(end.url("/_bulk"), authentication=basic()))) == ["field_types_differ"]
    with serving(locked(Elasticsearch(indices={NAME: an_index({}, **meta)})), world.tls()) as end:
        done = prepare(world, to_elastic(end.url("/_bulk"), authentication=basic()))
        assert (only(done)["operation"], len(done["diff"])) == ("updated", 1)


def test_what_a_server_fails_at_while_it_writes_is_no_change(world: World) -> None:
    for status, code in ((503, "server_unavailable"), (429, "throttled"), (404, "index_refused")):
        elastic = Elasticsearch(indices={})
        refusing = says(status, {"error": {"type": "x", "reason": "no room"}})
        with serving(
            lambda asked, elastic=elastic, refusing=refusing: (refusing if asked.method == "PUT" else elastic)(asked),
            world.tls(),
        ) as end:
            done = prepare(world, to_elastic(end.url("/_bulk")))
        assert (codes(done), done["changed"]) == ([code], False)


def test_one_that_fails_does_not_hold_up_the_others(world: World) -> None:
    elastic = Elasticsearch(indices={})
    with serving(elastic, world.tls()) as end, serving(says(500), world.tls()) as broken:
        exports = [
            to_elastic(broken.url("/_bulk"), "broken"),
            to_elastic(end.url("/_bulk"), "fine"),
            to_elastic(end.url("/in"), "no-bulk", send_direct={"index_name": "a"}),
            to_elastic(end.url("/_bulk"), "no-name", send_direct={"index_name": "Big"}),
            to_elastic(end.url("/_bulk"), "no-secret", authentication=basic(None), send_direct={"index_name": "b"}),
        ]
        done = prepare(world, *exports)
    assert [one["operation"] for one in done["indices"]] == ["failed", "created", "failed", "failed", "failed"]
    assert done["changed"] is True
    assert len(done["diff"]) == 1
    said = done["msg"].splitlines()
    assert said[0] == "4 of 5 indices could not be prepared (user-sessions, a, Big, b):"
    for line, code in zip(said[1:], ("server_failed", "bulk_url", "index_name_invalid", "secret_not_given")):  # noqa: B905
        assert f"({code})" in line
    assert "exports[4].authentication.basic_auth.password" in said[4]


def test_without_an_elasticsearch_there_is_nothing_to_do(world: World) -> None:
    done = prepare(world, export("https://localhost:1/archive"))
    assert (done["changed"], done["indices"]) == (False, [])
    assert "send_direct.active" in done["notes"][0]


def test_all_that_is_wrong_with_the_input_is_reported_at_once() -> None:
    mapping = {
        "startTime": {"type": "date"},
        "properties": {
            "a.b": {"type": "date"},
            "c": "date",
            "d": {"type": ["date"]},
            "e": {"format": "x"},
            "f": {"properties": {"g": {"properties": []}}},
        },
    }
    given = {"exports": [export("http://a.example.com/")], "mapping": mapping, "timeout": 0.0, "proxy": "ftp://x"}
    _ready, problems = index_module.check(given)
    assert [problem.path for problem in problems] == [
        "exports[0].endpoint_definition.endpoint_url",
        "mapping.startTime",
        "mapping.properties.a.b",
        "mapping.properties.c",
        "mapping.properties.d.type",
        "mapping.properties.e",
        "mapping.properties.f.properties.g.properties",
        "proxy",
        "timeout",
    ]
    assert index_module.check({})[1] == []


def test_templates_of_dynamic_fields_are_tried_in_order_those_given_first() -> None:
    mine, ours = {"mine": {}}, SESSION_MAPPING["dynamic_templates"]
    texts = {"texts": {"mapping": {"type": "text"}}}
    joined = overlay(SESSION_MAPPING, {"dynamic_templates": [mine, texts]})["dynamic_templates"]
    assert joined == [mine, texts, *(one for one in ours if "texts" not in one)]


def test_a_rollover_alias_gets_a_template_and_a_first_index(world: World) -> None:
    elastic = Elasticsearch(indices={})
    with serving(elastic, world.tls()) as end:
        wanted = to_elastic(end.url("/_bulk"))
        predicted = prepare(world, wanted, check_mode=True, rollover=True, settings={"number_of_shards": 2})
        assert (elastic.indices, elastic.index_templates) == ({}, {})
        done = prepare(world, wanted, rollover=True, settings={"number_of_shards": 2})
        assert done == predicted
        assert only(done)["template"] == {"name": NAME, "operation": "created"}
        assert (only(done)["index"], only(done)["operation"]) == (f"{NAME}-000001", "created")
        template = elastic.index_templates[NAME]
        assert template["index_patterns"] == [f"{NAME}-*"]
        assert template["template"]["mappings"]["properties"]["startTime"] == {"type": "date"}
        assert elastic.indices[NAME][f"{NAME}-000001"]["aliases"] == {NAME: {"is_write_index": True}}
        end.asked.clear()
        again = prepare(world, wanted, rollover=True, settings={"number_of_shards": 2})
        assert (only(again)["operation"], again["diff"], len(end.asked)) == ("unchanged", [], 3)
        # What someone has added to the template stays, what it lacks is added.
        template["_meta"] = {"owner": "search team"}
        del template["template"]["mappings"]["properties"]["endTime"]
        more = prepare(world, wanted, rollover=True, settings={"number_of_shards": 2})
        assert only(more)["template"] == {"name": NAME, "operation": "updated"}
        assert only(more)["operation"] == "updated"
        assert elastic.index_templates[NAME]["_meta"] == {"owner": "search team"}
        assert "endTime" in elastic.index_templates[NAME]["template"]["mappings"]["properties"]


def test_a_flat_layout_has_no_nested_field(world: World) -> None:
    elastic = Elasticsearch(indices={})
    with serving(elastic, world.tls()) as end:
        wanted = to_elastic(end.url("/_bulk"))
        assert only(prepare(world, wanted, layout="flat"))["operation"] == "created"
        assert '"nested"' not in json.dumps(elastic.indices)
        assert at(elastic.indices[NAME]["mappings"], "userActions.startTime") == {"type": "date"}
        assert only(prepare(world, wanted, layout="flat"))["operation"] == "unchanged"


def test_tags_are_mapped_by_what_the_server_has_for_any_key(world: World) -> None:
    kinds = {}
    servers = {"elasticsearch": ("8.15.0", False), "old": ("7.2.0", False), "opensearch": ("2.19.0", True)}
    for name, (version, opensearch) in {**servers, "opensearch 1": ("1.3.0", True)}.items():
        elastic = Elasticsearch(version, opensearch=opensearch, indices={})
        with serving(elastic, world.tls()) as end:
            assert only(prepare(world, to_elastic(end.url("/_bulk"))))["operation"] == "created"
        kinds[name] = elastic.indices[NAME]["mappings"]["properties"]["stringTags"].get("type", "object")
    assert kinds == {
        "elasticsearch": "flattened",
        "old": "object",
        "opensearch": "flat_object",
        "opensearch 1": "object",
    }


def test_a_change_that_the_server_does_not_confirm_is_not_called_made(world: World) -> None:
    elastic = Elasticsearch(indices={})

    def late(asked: Asked) -> Any:
        if asked.method == "PUT":
            return Said(503, {"error": {"type": "process_cluster_event_timeout_exception", "reason": "late"}})
        return elastic(asked)

    with serving(late, world.tls()) as end:
        assert codes(prepare(world, to_elastic(end.url("/_bulk")))) == ["index_outcome_unknown"]
    slow = Elasticsearch(indices={})

    def unstarted(asked: Asked) -> Any:
        said = slow(asked)
        acknowledged = {"acknowledged": True, "shards_acknowledged": False}
        return Said(200, acknowledged) if asked.method == "PUT" else said

    with serving(unstarted, world.tls()) as end:
        done = prepare(world, to_elastic(end.url("/_bulk")))
    assert (codes(done), only(done)["operation"]) == (["index_not_started"], "created")


def test_the_mapping_of_an_index_that_shows_its_document_type_is_found_below_it() -> None:
    properties = {"properties": {"startTime": {"type": "date"}}}
    typed = IndexState(NAME, {NAME: {"mappings": {"session": properties}}}, typed=True)
    assert (typed.doc_type, typed.mapping) == ("session", properties)
    # Without a type the names at the root are parameters of the mapping, not types.
    routed = {"_routing": {"required": True}}
    plain = IndexState(NAME, {NAME: {"mappings": routed}})
    assert (plain.doc_type, plain.mapping) == (None, routed)
