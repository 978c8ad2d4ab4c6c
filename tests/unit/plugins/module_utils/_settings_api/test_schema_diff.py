# Copyright (c) 2026, community.dynatrace contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""How one version of a schema differs from another, in words."""

from __future__ import annotations

import copy
import json
from itertools import pairwise
from pathlib import Path
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from ansible_collections.community.dynatrace.plugins.module_utils._session_exports.published_schema import PUBLISHED
from ansible_collections.community.dynatrace.plugins.module_utils._settings_api.schema_diff import differences

DOCUMENT: dict[str, Any] = {
    "multiObject": True,
    "maxObjects": 3,
    "properties": {
        "name": {"type": "text", "default": "", "constraints": [{"type": "LENGTH", "maxLength": 5}]},
        "kind": {"type": {"$ref": "#/enums/Kind"}, "default": "a"},
        "inner": {"type": {"$ref": "#/types/Inner"}},
        "items": {"type": "list", "maxObjects": 2, "items": {"type": {"$ref": "#/types/Inner"}}},
    },
    "types": {"Inner": {"properties": {"size": {"type": "integer", "default": 1}}}},
    "enums": {"Kind": {"items": [{"value": "a"}, {"value": "b"}]}},
}


def reported(other: Any) -> list[str]:
    return [f"{'.'.join(map(str, one.path))}: {one.text}" for one in differences(DOCUMENT, other)]


def changed(**more: Any) -> dict[str, Any]:
    document = copy.deepcopy(DOCUMENT)
    document.update(more)
    return document


def test_the_same_is_no_difference_whatever_it_is_called() -> None:
    other = changed(displayName="Another", version="2", documentation="More")
    other["properties"]["name"]["displayName"] = "Name"
    assert reported(other) == []
    assert differences(PUBLISHED, copy.deepcopy(PUBLISHED)) == []


def test_each_kind_of_difference_is_reported_at_its_place() -> None:
    other = changed(maxObjects=5)
    properties = other["properties"]
    del properties["kind"]
    properties["new"] = {"type": "text", "default": ""}
    properties["optional"] = {"type": "integer", "nullable": True}
    properties["name"] = {"type": "text", "default": "x", "nullable": True, "constraints": [{"type": "NOT_BLANK"}]}
    other["types"]["Inner"]["properties"]["size"] = {"type": "float", "default": 2}
    properties["items"]["maxObjects"] = 3
    assert reported(other) == [
        ": maxObjects is 5, not 3",
        "name: can be omitted",
        "name: has default x, not empty",
        "name: has the constraint NOT_BLANK",
        "name: has no constraint LENGTH (maxLength 5)",
        "kind: no longer exists",
        "inner.size: is of type float, not integer",
        "inner.size: has default 2, not 1",
        "items: has maxObjects 3, not 2",
        "items.[].size: is of type float, not integer",
        "items.[].size: has default 2, not 1",
        "new: is new: text, required",
        "optional: is new: integer",
    ]


def test_values_of_an_enumeration_that_came_and_went_are_reported() -> None:
    other = changed(enums={"Kind": {"items": [{"value": "b"}, {"value": "c"}]}})
    assert reported(other) == ["kind: also takes c", "kind: does not accept a"]


def test_types_that_contain_themselves_come_to_an_end() -> None:
    document = changed()
    document["types"]["Inner"]["properties"]["inner"] = {"type": {"$ref": "#/types/Inner"}, "nullable": True}
    other = copy.deepcopy(document)
    other["types"]["Inner"]["properties"]["inner"]["nullable"] = False
    assert [".".join(map(str, one.path)) for one in differences(document, other)] == [
        "inner.inner", "items.[].inner",
    ]  # fmt: skip


WORDS = ["properties", "types", "enums", "type", "items", "$ref", "constraints", "Inner", "name", "value"]
JSON: st.SearchStrategy[Any] = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(WORDS), inner, max_size=4),
    max_leaves=12,
)


@given(JSON)
def test_a_document_of_any_form_is_borne(other: Any) -> None:
    if isinstance(other, dict):
        differences(DOCUMENT, other)
        differences(other, DOCUMENT)


def test_every_real_schema_is_the_same_as_itself_and_differs_from_others(reference: Path, is_corpus: bool) -> None:
    documents = [
        json.loads(path.read_text(encoding="utf-8")) for path in sorted((reference / "schemas").glob("*.json"))
    ]
    documents = [one for one in documents if isinstance(one, dict) and "properties" in one]
    assert len(documents) > (200 if is_corpus else 10)
    for one in documents:
        assert differences(one, copy.deepcopy(one)) == []
    for one, other in pairwise(documents):
        if one["properties"].keys() != other["properties"].keys():
            assert differences(one, other), one["schemaId"]
