# Copyright (c) 2026, community.dynatrace contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Whatever value meets whatever real schema: laws that always hold."""

from __future__ import annotations

import copy
import functools
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from ansible_collections.community.dynatrace.plugins.module_utils._session_exports.published_schema import PUBLISHED
from ansible_collections.community.dynatrace.plugins.module_utils._settings_api.property_path import (
    delete_path,
    get_path,
)
from ansible_collections.community.dynatrace.plugins.module_utils._settings_api.schema import Schema
from ansible_collections.community.dynatrace.tests.support.schema_values import SAMPLES, Values, load
from ansible_collections.community.dynatrace.tests.support.schemas import indexes, read


@functools.lru_cache(maxsize=1)
def with_secrets(folder: Path) -> list[int]:
    return [index for index, document in enumerate(load(folder)) if '"secret"' in json.dumps(document)]


def secrets_of(value: Any, schema: Schema) -> Iterator[Any]:
    for path in schema.secret_paths(value):
        yield path, get_path(value, path)


class TestRealSchemas:
    def test_each_has_defaults_that_are_right(self, documents: tuple[dict[str, Any], ...], reference: Path) -> None:
        for index, document in enumerate(documents):
            schema = read(index, reference)
            value = schema.complete({}).value
            assert schema.complete(value).value == value
            wrong = [found for found in schema.problems(value) if found[1].kind != "required"]
            if document["schemaId"] == "builtin:alerting.maintenance-window":
                wrong = [found for found in wrong if found[1].code != "less_than"]  # two equal defaults
            assert not wrong, (document["schemaId"], wrong)


@given(data=st.data())
def test_completing_twice_changes_nothing(data: st.DataObject, documents: Any, reference: Path) -> None:
    index = data.draw(indexes(len(documents)))
    schema, value = read(index, reference), Values(documents[index], data).whole()
    before = copy.deepcopy(value)
    done = schema.complete(value)
    assert value == before
    again = schema.complete(done.value)
    assert again.value == done.value and again.ignored == ()
    for path in done.ignored:
        assert get_path(value, path) is not None and get_path(done.value, path) is None
    # A completed value is its own active part, but for what the schema does not know.
    live = schema.active_value(done.value)
    assert schema.active_value(live) == live
    assert schema.differences(done.value, live) == []
    if not schema.unknown_properties(done.value):
        assert live == done.value


@given(data=st.data())
def test_comparison_is_fair(data: st.DataObject, documents: Any, reference: Path) -> None:
    index = data.draw(indexes(len(documents)))
    schema = read(index, reference)
    one, other = (Values(documents[index], data).whole() for _turn in range(2))
    for value in (one, other):
        assert schema.differences(value, value) == []
        assert schema.differences(value, schema.active_value(value)) == []
    found = schema.differences(one, other)
    assert found == schema.differences(other, one)
    assert len(found) == len(set(found)) and not any(schema.is_secret(path) for path in found)
    # Without its secrets a value differs from itself in nothing.
    bare = copy.deepcopy(one)
    for path, _secret in secrets_of(one, schema):
        if isinstance(path[-1], str):
            delete_path(bare, path)
    assert schema.differences(one, bare) == []


@given(data=st.data())
def test_what_is_unknown_is_carried_and_nothing_else_changes(
    data: st.DataObject, documents: Any, reference: Path
) -> None:
    index = data.draw(indexes(len(documents)))
    schema = read(index, reference)
    current = Values(documents[index], data).whole()
    desired = schema.active_value(schema.complete(Values(documents[index], data).whole()).value)
    carried = schema.carry_unknown(current, desired)
    assert schema.active_value(carried) == desired
    for path in schema.unknown_properties(carried):
        assert get_path(carried, path) == get_path(current, path)
    known = {path for path in schema.unknown_properties(current) if not any(isinstance(part, int) for part in path)}
    for path in known:
        if isinstance(get_path(desired, path[:-1]), dict):
            assert get_path(carried, path) == get_path(current, path)


@given(data=st.data())
def test_secrets_are_where_they_are_said_to_be(data: st.DataObject, documents: Any, reference: Path) -> None:
    index = data.draw(st.sampled_from(with_secrets(reference)))
    schema, value = read(index, reference), Values(documents[index], data).whole()
    done = schema.complete(value).value
    for path in schema.secret_paths(done):
        assert schema.is_secret(path) and get_path(done, path) is not None
    assert set(schema.secret_paths(done)) <= set(schema.expected_secret_paths(done))  # none is nullable in these
    absent = [path for path in schema.expected_secret_paths(done) if get_path(done, path) is None]
    strict = {path for path, _text in schema.problems(done, secrets_optional=False)}
    lenient = {path for path, _text in schema.problems(done)}
    assert strict - lenient == set(absent)


@given(value=st.recursive(st.sampled_from(SAMPLES), lambda inner: st.lists(inner) | st.dictionaries(
    st.sampled_from(["authentication", "active", "basicAuth", "password", "sendDirect", "exportBehavior", "x"]), inner
)))  # fmt: skip
def test_no_value_at_all_makes_it_stumble(value: Any) -> None:
    schema = Schema.from_document(PUBLISHED)
    done = schema.complete(value).value
    assert isinstance(schema.problems(done), list)
    assert schema.differences(value, done) == schema.differences(done, value)
    assert isinstance(schema.unknown_properties(value), list)
    assert schema.expected_secret_paths(value) == schema.expected_secret_paths(done)
