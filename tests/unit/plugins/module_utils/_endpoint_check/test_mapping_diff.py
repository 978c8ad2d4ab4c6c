# Copyright (c) 2026, community.dynatrace contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a mapping lacks beside another one."""

from __future__ import annotations

from ansible_collections.community.dynatrace.plugins.module_utils._endpoint_check.mapping_diff import (
    mapping_delta,
    overlay,
)
from ansible_collections.community.dynatrace.plugins.module_utils._endpoint_check.session_mapping import SESSION_MAPPING
from ansible_collections.community.dynatrace.tests.support.endpoint_servers import (
    Elasticsearch,
    World,
    basic,
    locked,
    serving,
    to_elastic,
)
from ansible_collections.community.dynatrace.tests.support.prepared_indices import (
    NAME,
    codes_of_index,
    index_of_fields,
    only_index,
    prepare_index,
)


def test_what_an_index_lacks_is_added_and_nothing_else_changes(world: World) -> None:
    there = {
        "startTime": {"type": "date", "format": "epoch_millis"},
        "city": {"type": "text", "fields": {"raw": {"type": "keyword"}}},
        "endTime": {"type": "date_nanos"},
        "userActions": {"type": "nested", "properties": {"duration": {"type": "integer"}}},
        "own": {"type": "keyword"},
    }
    elastic = Elasticsearch(
        indices={NAME: {**index_of_fields(there, dynamic="strict"), "settings": {"index": {"a": "1"}}}}
    )
    with serving(locked(elastic), world.tls()) as end:
        wanted = to_elastic(end.url("/_bulk"), authentication=basic())
        predicted = prepare_index(world, wanted, check_mode=True)
        assert elastic.indices[NAME]["mappings"]["properties"] == there
        done = prepare_index(world, wanted)
        assert done == predicted
        assert only_index(done)["operation"] == "updated"
        assert "userActions.startTime" in only_index(done)["added"]
        assert not {"startTime", "endTime", "city", "userActions.duration"} & set(only_index(done)["added"])
        assert [(one["field"], one["type"], one["desired"]) for one in only_index(done)["differing"]] == [
            ("endTime", "date_nanos", "date"),
            ("city", "text", "keyword"),
            ("userActions.duration", "integer", "long"),
        ]
        assert codes_of_index(done) == ["field_types_related"]
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
        assert only_index(prepare_index(world, wanted))["operation"] == "unchanged"
    assert [asked.place for asked in end.asked if asked.method == "PUT"] == [f"/{NAME}/_mapping"]


def test_templates_of_dynamic_fields_are_tried_in_order_those_given_first() -> None:
    mine, ours = {"mine": {}}, SESSION_MAPPING["dynamic_templates"]
    texts = {"texts": {"mapping": {"type": "text"}}}
    joined = overlay(SESSION_MAPPING, {"dynamic_templates": [mine, texts]})["dynamic_templates"]
    assert joined == [mine, texts, *(one for one in ours if "texts" not in one)]
