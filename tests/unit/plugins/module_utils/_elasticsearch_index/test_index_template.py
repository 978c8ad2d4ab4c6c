# Copyright (c) 2026, community.dynatrace contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Rollover aliases, and the index templates that they need."""

from __future__ import annotations

from ansible_collections.community.dynatrace.tests.support.endpoint_servers import (
    Elasticsearch,
    World,
    serving,
    to_elastic,
)
from ansible_collections.community.dynatrace.tests.support.prepared_indices import NAME, only_index, prepare_index


def test_a_rollover_alias_gets_a_template_and_a_first_index(world: World) -> None:
    elastic = Elasticsearch(indices={})
    with serving(elastic, world.tls()) as end:
        wanted = to_elastic(end.url("/_bulk"))
        predicted = prepare_index(world, wanted, check_mode=True, rollover=True, settings={"number_of_shards": 2})
        assert (elastic.indices, elastic.index_templates) == ({}, {})
        done = prepare_index(world, wanted, rollover=True, settings={"number_of_shards": 2})
        assert done == predicted
        assert only_index(done)["template"] == {"name": NAME, "operation": "created"}
        assert (only_index(done)["index"], only_index(done)["operation"]) == (f"{NAME}-000001", "created")
        template = elastic.index_templates[NAME]
        assert template["index_patterns"] == [f"{NAME}-*"]
        assert template["template"]["mappings"]["properties"]["startTime"] == {"type": "date"}
        assert elastic.indices[NAME][f"{NAME}-000001"]["aliases"] == {NAME: {"is_write_index": True}}
        end.asked.clear()
        again = prepare_index(world, wanted, rollover=True, settings={"number_of_shards": 2})
        assert (only_index(again)["operation"], again["diff"], len(end.asked)) == ("unchanged", [], 3)
        # What someone has added to the template stays, what it lacks is added.
        template["_meta"] = {"owner": "search team"}
        del template["template"]["mappings"]["properties"]["endTime"]
        more = prepare_index(world, wanted, rollover=True, settings={"number_of_shards": 2})
        assert only_index(more)["template"] == {"name": NAME, "operation": "updated"}
        assert only_index(more)["operation"] == "updated"
        assert elastic.index_templates[NAME]["_meta"] == {"owner": "search team"}
        assert "endTime" in elastic.index_templates[NAME]["template"]["mappings"]["properties"]
