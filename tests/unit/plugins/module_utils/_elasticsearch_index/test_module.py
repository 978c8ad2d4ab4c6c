# Copyright (c) 2026, community.dynatrace contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""The module: its input, and exports without an Elasticsearch."""

from __future__ import annotations

from ansible_collections.community.dynatrace.plugins.module_utils._elasticsearch_index import module as index_module
from ansible_collections.community.dynatrace.tests.support.endpoint_servers import (
    World,
    export,
)
from ansible_collections.community.dynatrace.tests.support.prepared_indices import prepare_index


def test_without_an_elasticsearch_there_is_nothing_to_do(world: World) -> None:
    done = prepare_index(world, export("https://localhost:1/archive"))
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
