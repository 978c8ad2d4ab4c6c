# Copyright (c) 2026, community.dynatrace contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""The mapping for sessions: it has every documented field, and the files in the examples agree with it."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from ansible_collections.community.dynatrace.plugins.module_utils._endpoint_check.sample_sessions import sample_sessions
from ansible_collections.community.dynatrace.plugins.module_utils._endpoint_check.session_mapping import (
    SESSION_MAPPING,
    session_mapping,
)
from ansible_collections.community.dynatrace.tests.search.sessions import sessions
from ansible_collections.community.dynatrace.tests.support.prepared_indices import field_at
from ansible_collections.community.dynatrace.tests.support.session_structure import DOCUMENTED, TYPES

FOLDER = Path(__file__).resolve().parents[5] / "examples" / "search"


@pytest.mark.parametrize(("product", "kind"), [("elasticsearch", "flattened"), ("opensearch", "flat_object")])
def test_the_component_template_for_other_tools_is_the_mapping_of_the_module(product: str, kind: str) -> None:
    path = FOLDER / f"user-sessions.component-template.{product}.json"
    expected = {"template": {"mappings": session_mapping("nested", kind)}}
    assert json.loads(path.read_text(encoding="utf-8")) == expected


@pytest.mark.parametrize("part", DOCUMENTED)
def test_every_documented_field_has_its_type(part: str) -> None:
    properties = session_mapping()["properties"]
    if part:
        properties = properties[part]["properties"]
    wrong = {
        name: properties.get(name, {}).get("type")
        for name, kind in DOCUMENTED[part].items()
        if properties.get(name, {}).get("type") not in TYPES[kind]
    }
    assert wrong == {}


def test_generated_sessions_have_documented_fields_only() -> None:
    for session in sessions(50):
        assert set(session) <= set(DOCUMENTED[""])
        for part in ("userActions", "events", "errors", "syntheticEvents"):
            assert all(set(one) <= set(DOCUMENTED[part]) for one in session[part]), part


def dashboard() -> dict[tuple[str, str], dict[str, Any]]:
    """The saved objects of the dashboard, by type and identifier."""
    lines = (FOLDER / "user-sessions.dashboard.ndjson").read_text(encoding="utf-8").splitlines()
    saved = [json.loads(line) for line in lines]
    found = {(one["type"], one["id"]): one for one in saved}
    assert len(found) == len(saved), "each identifier once"
    return found


def aggregations(saved: dict[tuple[str, str], dict[str, Any]]) -> Iterator[tuple[str, dict[str, Any]]]:
    """Of each panel: its title, and what it counts or groups by."""
    for (kind, _id), one in saved.items():
        if kind == "visualization":
            state = json.loads(one["attributes"]["visState"])
            assert state["title"] == one["attributes"]["title"]
            yield from ((state["title"], part) for part in state["aggs"])


def test_the_fields_of_the_dashboard_are_in_the_mapping_and_can_be_aggregated() -> None:
    properties = session_mapping()["properties"]
    fits = {
        "terms": ("keyword",),
        "cardinality": ("keyword",),
        "date_histogram": ("date",),
        "histogram": ("long",),
        "avg": ("long", "double"),
        "sum": ("long", "double"),
    }
    saved = dashboard()
    parts = [(title, part) for title, part in aggregations(saved) if part["type"] != "count"]
    assert len(parts) > 10
    for title, part in parts:
        field = part["params"]["field"]
        # Kibana aggregates no nested fields, so that it works with both layouts.
        assert properties[field]["type"] in fits[part["type"]], (title, field)
    pattern = saved["index-pattern", "user-sessions"]["attributes"]
    assert properties[pattern["timeFieldName"]]["type"] == "date"


def test_the_dashboard_can_be_imported() -> None:
    """As OpenSearch Dashboards and Kibana take it: references that resolve, versions that both can migrate."""
    saved = dashboard()
    for (kind, identifier), one in saved.items():
        assert set(one) == {"id", "type", "attributes", "references", "migrationVersion"}, identifier
        # OpenSearch Dashboards refuses objects of versions after 7.10.
        assert all(tuple(map(int, text.split("."))) <= (7, 10, 0) for text in one["migrationVersion"].values())
        assert all((other["type"], other["id"]) in saved for other in one["references"]), identifier
        if kind != "index-pattern":
            source = json.loads(one["attributes"]["kibanaSavedObjectMeta"]["searchSourceJSON"])
            named = [source["indexRefName"]] if kind == "visualization" else []
            panels = json.loads(one["attributes"].get("panelsJSON", "[]"))
            named += [panel["panelRefName"] for panel in panels]
            assert sorted(named) == sorted(other["name"] for other in one["references"]), identifier
            assert len({panel["panelIndex"] for panel in panels}) == len(panels)
    assert sorted(kind for kind, _id in saved).count("dashboard") == 1


# Milliseconds since 1970 in what Dynatrace sends.
DATE_FIELDS = (
    "startTime",
    "endTime",
    "userActions.startTime",
    "userActions.endTime",
    "events.startTime",
    "errors.startTime",
)


# What JSON has, and the types that take it.
TAKES: dict[type, tuple[str, ...]] = {
    bool: ("boolean",),
    int: ("long", "double", "date"),
    float: ("double",),
    str: ("keyword", "ip"),
}


def values_of(node: Any, path: str = "") -> Iterator[tuple[str, Any]]:
    """(path, value) of everything in documents; lists are looked through."""
    if isinstance(node, list):
        for one in node:
            yield from values_of(one, path)
    elif isinstance(node, dict):
        for name, one in node.items():
            below = f"{path}.{name}" if path else name
            yield below, one
            yield from values_of(one, below)


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
    for path, value in values_of(documents):
        try:
            kind = field_at(SESSION_MAPPING, path).get("type")
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
    for path, value in values_of(sample_sessions()):
        kind = field_at(SESSION_MAPPING, path)["type"]
        assert isinstance(value, (list, dict)) or value is None or kind in TAKES[type(value)], path
    assert {field_at(SESSION_MAPPING, path)["type"] for path in DATE_FIELDS} == {"date"}
    assert {field_at(SESSION_MAPPING, path)["type"] for path in ("userActions", "events", "errors")} == {"nested"}
    # Elasticsearch takes 50 nested fields and 1000 fields by default.
    text = json.dumps(SESSION_MAPPING)
    assert text.count('"nested"') < 25
    assert text.count('"type"') < 250
