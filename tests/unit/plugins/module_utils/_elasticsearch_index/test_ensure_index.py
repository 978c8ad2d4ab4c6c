# Copyright (c) 2026, community.dynatrace contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Indices for sessions: made with a mapping, given what they lack, left alone where they cannot be changed."""

from __future__ import annotations

import copy
import json
from collections.abc import Mapping
from typing import Any

import pytest

from ansible_collections.community.dynatrace.plugins.module_utils._endpoint_check import module
from ansible_collections.community.dynatrace.plugins.module_utils._endpoint_check.finding_codes import INDEX_CODES
from ansible_collections.community.dynatrace.plugins.module_utils._endpoint_check.mapping_diff import (
    leaves,
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
from ansible_collections.community.dynatrace.tests.support.prepared_indices import (
    NAME,
    codes_of_index,
    field_at,
    index_of_fields,
    only_index,
    prepare_index,
)

NDJSON = {"content-type": "application/x-ndjson"}
JSON = {"content-type": "application/json"}
LONG_DATE = {"startTime": {"type": "long"}}


def test_an_index_is_predicted_made_and_then_as_wanted(world: World) -> None:
    elastic = Elasticsearch(indices={})
    with serving(locked(elastic), world.tls()) as end:
        wanted = to_elastic(end.url("/_bulk"), authentication=basic())
        settings = {"number_of_shards": 3}
        predicted = prepare_index(world, wanted, check_mode=True, settings=settings)
        assert elastic.indices == {}
        assert {asked.method for asked in end.asked} <= {"GET", "POST"}
        made = prepare_index(world, wanted, settings=settings)
        again = prepare_index(world, wanted, settings={"number_of_shards": 5}, check_mode=True)
        assert made == predicted
        assert [result["changed"] for result in (made, again)] == [True, False]
        assert [only_index(result)["operation"] for result in (made, again)] == ["created", "unchanged"]
        assert {"startTime", "userActions.endTime", "stringTags"} <= set(only_index(made)["added"])
        assert (only_index(again)["added"], again["diff"]) == ([], [])
        index = elastic.indices[NAME]
        assert index["settings"] == {"index": {"number_of_shards": "3"}}
        assert field_at(index["mappings"], "userActions.startTime") == {"type": "date"}
        assert field_at(index["mappings"], "userActions")["type"] == "nested"
        (diff,) = made["diff"]
        assert (diff["before"], diff["after"]) == ("", overlay(SESSION_MAPPING, {}))
        assert diff["before_header"] == f"{end.url('/_bulk')} {NAME} (no index)"
        # And the check has nothing to say against it.
        params = {"exports": [wanted], "mode": "send", "fail_on": "warning", "timeout": 5.0, "ca_path": world.ca_path}
        reported = module.work(None, module.check(params)[0], params, False)
        assert "index_found" in [found["code"] for found in reported["checks"][0]["findings"]]


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
        results = [prepare_index(world, to_elastic(end.url("/_bulk")), check_mode=mode) for mode in (True, False)]
    assert elastic.indices == before
    assert results[0] == results[1]
    assert (only_index(results[0])["operation"], only_index(results[0])["added"], results[0]["changed"]) == (
        "failed",
        [],
        False,
    )
    differing = {one["field"]: (one["type"], one["desired"]) for one in only_index(results[0])["differing"]}
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
        assert only_index(prepare_index(world, wanted, mapping=own))["operation"] == "created"
        mapping = elastic.indices[NAME]["mappings"]
        assert (mapping["dynamic"], field_at(mapping, "city"), field_at(mapping, "userActions.team")) == (
            "false",
            {"type": "text"},
            {"type": "keyword"},
        )
        assert field_at(mapping, "userActions")["type"] == "nested"
        assert field_at(mapping, "userActions.targetUrl") == {"type": "wildcard"}
        assert field_at(mapping, "userActions.endTime") == {"type": "date"}
        assert field_at(mapping, "startTime")["format"] == "epoch_millis"
        assert only_index(prepare_index(world, wanted, mapping=own))["operation"] == "unchanged"
        # Without it they are related types; with another one it is not what was asked for.
        assert codes_of_index(prepare_index(world, wanted)) == ["field_types_related"]
        other = {"properties": {"city": {"type": "keyword"}}}
        assert codes_of_index(prepare_index(world, wanted, mapping=other)) == ["field_types_differ"]
        # The way out for an index in which actions are not nested.
        elastic.indices[NAME]["mappings"]["properties"]["userActions"].pop("type")
        assert codes_of_index(prepare_index(world, wanted, mapping=own)) == ["field_types_differ"]
        own["properties"]["userActions"]["type"] = "object"
        assert only_index(prepare_index(world, wanted, mapping=own))["operation"] == "unchanged"


def test_opensearch_and_elasticsearch_7_are_prepared_too(world: World) -> None:
    for elastic in (Elasticsearch("2.11.0", opensearch=True, indices={}), Elasticsearch("7.10.2", indices={})):
        with serving(elastic, world.tls()) as end:
            assert only_index(prepare_index(world, to_elastic(end.url("/_bulk"))))["operation"] == "created"
            assert only_index(prepare_index(world, to_elastic(end.url("/_bulk"))))["operation"] == "unchanged"


def test_an_alias_is_followed_to_the_index_that_is_written_to(world: World) -> None:
    old, new = index_of_fields(LONG_DATE), index_of_fields({})
    new["aliases"] = {NAME: {"is_write_index": True}}
    elastic = Elasticsearch(indices={NAME: {"sessions-1": old, "sessions-2": new}})
    with serving(elastic, world.tls()) as end:
        done = prepare_index(world, to_elastic(end.url("/_bulk")))
        assert (only_index(done)["name"], only_index(done)["index"], only_index(done)["operation"]) == (
            NAME,
            "sessions-2",
            "updated",
        )
        assert codes_of_index(done) == ["index_is_alias"]
        assert "startTime" in elastic.indices[NAME]["sessions-2"]["mappings"]["properties"]
        assert elastic.indices[NAME]["sessions-1"] == index_of_fields(LONG_DATE)
        assert only_index(prepare_index(world, to_elastic(end.url("/_bulk"))))["operation"] == "unchanged"


def test_what_an_index_template_adds_is_predicted(world: World) -> None:
    template = {"properties": {"startTime": {"type": "long"}, "team": {"type": "keyword"}}}
    elastic = Elasticsearch(indices={}, templates={NAME: template})
    with serving(elastic, world.tls()) as end:
        wanted = to_elastic(end.url("/_bulk"))
        done = prepare_index(world, wanted, check_mode=True)
        assert codes_of_index(done) == ["index_template_adds"]
        assert prepare_index(world, wanted) == done
    mapping = elastic.indices[NAME]["mappings"]
    assert (field_at(mapping, "team"), field_at(mapping, "startTime")) == ({"type": "keyword"}, {"type": "date"})
    (diff,) = done["diff"]
    assert set(leaves(diff["after"]["properties"])) == set(only_index(done)["added"]) == set(
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
        done = prepare_index(world, *exports)
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
        done = prepare_index(world, to_elastic(end.url("/_bulk")))
    assert (only_index(done)["operation"], done["changed"], done["diff"]) == ("unchanged", False, [])
    assert [(asked.method, asked.place) for asked in end.asked][-2:] == [("PUT", f"/{NAME}"), ("GET", f"/{NAME}")]


def test_a_token_opens_the_way_too(world: World) -> None:
    elastic = Elasticsearch(indices={})
    with (
        serving(bearer(elastic), world.tls()) as end,
        serving(token_service(), world.tls()) as login,
    ):
        done = prepare_index(world, to_elastic(end.url("/_bulk"), authentication=oauth(login.url("/token"))))
    assert only_index(done)["operation"] == "created"
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
        Elasticsearch(indices={NAME: {one: index_of_fields({}) for one in "ab"}}), {}, "alias_without_write_index",
    ),
    "not to be seen": (Elasticsearch(forbids=(f"/{NAME}",)), {}, "index_unseen"),
    "no privilege to make it": (Elasticsearch(indices={}, may_manage=False), {}, "index_privilege_missing"),
    "no privilege to change it": (
        Elasticsearch(indices={NAME: index_of_fields({})}, may_manage=False),
        {},
        "index_privilege_missing",
    ),
    "a blocked index": (
        Elasticsearch(indices={NAME: {**index_of_fields({}), "settings": STRICT}}), {}, "index_blocked",
    ),
    "a type that is none": (
        Elasticsearch(indices={}), {"mapping": {"properties": {"x": {"type": "kyword"}}}}, "index_refused",
    ),
    "dates as long": (Elasticsearch(indices={NAME: index_of_fields(LONG_DATE)}), {}, "field_types_differ"),
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
        done = prepare_index(world, to_elastic(end.url("/_bulk"), authentication=basic()), **options)
    assert only_index(done)["operation"] == "failed"
    assert codes_of_index(done) == [code]
    assert (done["changed"], done["diff"], only_index(done)["added"]) == (False, [], [])
    last = only_index(done)["findings"][-1]
    assert last["remediation"]
    assert f"{last['option']}: {last['message']} ({code}). {last['remediation']}" in done["msg"]


def test_every_finding_of_its_own_is_met_here() -> None:
    met = {code for _app, _options, code in WRONG.values()}
    reported = {"index_is_alias", "index_template_adds", "field_types_related"}
    assert set(INDEX_CODES) - met == {*reported, "index_outcome_unknown", "index_confirmed", "index_not_started"}


@pytest.mark.parametrize("there", [{}, {NAME: index_of_fields({"own": {"type": "keyword"}})}], ids=["create", "extend"])
def test_an_answer_that_is_lost_is_reported_and_the_next_run_finds_it_done(world: World, there: dict[str, Any]) -> None:
    elastic = Elasticsearch(indices=copy.deepcopy(there))

    def losing(asked: Asked) -> Any:
        said = elastic(asked)
        if asked.method == "PUT":
            raise ConnectionError
        return said

    with serving(losing, world.tls()) as end:
        lost = prepare_index(world, to_elastic(end.url("/_bulk")))
        assert codes_of_index(lost) == ["index_confirmed"]
        assert only_index(lost)["operation"] == ("updated" if there else "created")
        assert only_index(prepare_index(world, to_elastic(end.url("/_bulk"))))["operation"] == "unchanged"


def test_what_a_server_shows_of_a_secret_is_not_passed_on(world: World) -> None:
    echoing = {PASSWORD: {"type": PASSWORD}, "startTime": {"type": PASSWORD}}
    meta = {"_meta": {"seen": [PASSWORD, basic()]}}
    with serving(locked(Elasticsearch(indices={NAME: index_of_fields(echoing, **meta)})), world.tls()) as end:
        assert codes_of_index(prepare_index(world, to_elastic(end.url("/_bulk"), authentication=basic()))) == [
            "field_types_differ"
        ]
    with serving(locked(Elasticsearch(indices={NAME: index_of_fields({}, **meta)})), world.tls()) as end:
        done = prepare_index(world, to_elastic(end.url("/_bulk"), authentication=basic()))
        assert (only_index(done)["operation"], len(done["diff"])) == ("updated", 1)


def test_what_a_server_fails_at_while_it_writes_is_no_change(world: World) -> None:
    for status, code in ((503, "server_unavailable"), (429, "throttled"), (404, "index_refused")):
        elastic = Elasticsearch(indices={})
        refusing = says(status, {"error": {"type": "x", "reason": "no room"}})
        with serving(
            lambda asked, elastic=elastic, refusing=refusing: (refusing if asked.method == "PUT" else elastic)(asked),
            world.tls(),
        ) as end:
            done = prepare_index(world, to_elastic(end.url("/_bulk")))
        assert (codes_of_index(done), done["changed"]) == ([code], False)


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
        done = prepare_index(world, *exports)
    assert [one["operation"] for one in done["indices"]] == ["failed", "created", "failed", "failed", "failed"]
    assert done["changed"] is True
    assert len(done["diff"]) == 1
    said = done["msg"].splitlines()
    assert said[0] == "4 of 5 indices could not be prepared (user-sessions, a, Big, b):"
    for line, code in zip(said[1:], ("server_failed", "bulk_url", "index_name_invalid", "secret_not_given")):  # noqa: B905
        assert f"({code})" in line
    assert "exports[4].authentication.basic_auth.password" in said[4]


def test_a_flat_layout_has_no_nested_field(world: World) -> None:
    elastic = Elasticsearch(indices={})
    with serving(elastic, world.tls()) as end:
        wanted = to_elastic(end.url("/_bulk"))
        assert only_index(prepare_index(world, wanted, layout="flat"))["operation"] == "created"
        assert '"nested"' not in json.dumps(elastic.indices)
        assert field_at(elastic.indices[NAME]["mappings"], "userActions.startTime") == {"type": "date"}
        assert only_index(prepare_index(world, wanted, layout="flat"))["operation"] == "unchanged"


def test_tags_are_mapped_by_what_the_server_has_for_any_key(world: World) -> None:
    kinds = {}
    servers = {"elasticsearch": ("8.15.0", False), "old": ("7.2.0", False), "opensearch": ("2.19.0", True)}
    for name, (version, opensearch) in {**servers, "opensearch 1": ("1.3.0", True)}.items():
        elastic = Elasticsearch(version, opensearch=opensearch, indices={})
        with serving(elastic, world.tls()) as end:
            assert only_index(prepare_index(world, to_elastic(end.url("/_bulk"))))["operation"] == "created"
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
        assert codes_of_index(prepare_index(world, to_elastic(end.url("/_bulk")))) == ["index_outcome_unknown"]
    slow = Elasticsearch(indices={})

    def unstarted(asked: Asked) -> Any:
        said = slow(asked)
        acknowledged = {"acknowledged": True, "shards_acknowledged": False}
        return Said(200, acknowledged) if asked.method == "PUT" else said

    with serving(unstarted, world.tls()) as end:
        done = prepare_index(world, to_elastic(end.url("/_bulk")))
    assert (codes_of_index(done), only_index(done)["operation"]) == (["index_not_started"], "created")
