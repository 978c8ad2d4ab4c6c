# Copyright (c) 2026, community.dynatrace contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Whatever value meets whatever real schema: laws that always hold, and a validator written in Rust that agrees."""

from __future__ import annotations

import copy
import functools
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import jsonschema_rs
import pytest
from hypothesis import given
from hypothesis import strategies as st
from jsonschema import Draft202012Validator

from ansible_collections.community.dynatrace.plugins.module_utils._session_exports.published_schema import PUBLISHED
from ansible_collections.community.dynatrace.plugins.module_utils._settings_api.property_path import (
    delete_path,
    get_path,
)
from ansible_collections.community.dynatrace.plugins.module_utils._settings_api.schema import Schema
from ansible_collections.community.dynatrace.tests.support.schema_values import SAMPLES, Values, load


@pytest.fixture(scope="module")
def documents(reference: Path, is_corpus: bool) -> tuple[dict[str, Any], ...]:
    found = load(reference)
    assert len(found) > (200 if is_corpus else 10)
    return found


@functools.cache
def read(folder_index: int, folder: Path) -> Schema:
    return Schema.from_document(load(folder)[folder_index])


def without_own_checks(document: dict[str, Any]) -> dict[str, Any]:
    """The document without what JSON Schema cannot say, and which another validator cannot know therefore."""
    result = copy.deepcopy(document)
    for kind in (result, *result["types"].values()):
        kind.pop("constraints", None)
        for prop in kind["properties"].values():
            for one in (prop, prop.get("items") or {}):
                ours = ("UNIQUE", "REGEX")
                one["constraints"] = [each for each in one.get("constraints", []) if each["type"] not in ours]
    return result


@functools.cache
def pair(index: int, folder: Path) -> tuple[Schema, jsonschema_rs.Draft202012Validator]:
    schema = Schema.from_document(without_own_checks(load(folder)[index]))
    return schema, jsonschema_rs.Draft202012Validator(schema.json_schema())


@functools.lru_cache(maxsize=1)
def with_secrets(folder: Path) -> list[int]:
    return [index for index, document in enumerate(load(folder)) if '"secret"' in json.dumps(document)]


def indexes(count: int) -> st.SearchStrategy[int]:
    # The session export schema, which matters most, in a third of all cases.
    return st.one_of(st.just(0), st.integers(0, count - 1), st.integers(0, count - 1))


def secrets_of(value: Any, schema: Schema) -> Iterator[Any]:
    for path in schema.secret_paths(value):
        yield path, get_path(value, path)


class TestRealSchemas:
    def test_each_is_read_whole(self, documents: tuple[dict[str, Any], ...], reference: Path) -> None:
        for index in range(len(documents)):
            schema = read(index, reference)
            listed = [
                line
                for line in schema.unchecked_constraints
                if "VALIDATOR_REF" not in line and "SECRET_RES" not in line
            ]
            assert all(line.startswith("all objects together: ") for line in listed), (schema.schema_id, listed)

    def test_each_becomes_a_json_schema_that_two_validators_take(
        self, documents: tuple[dict[str, Any], ...], reference: Path
    ) -> None:
        for index in range(len(documents)):
            translated = read(index, reference).json_schema()
            Draft202012Validator.check_schema(translated)
            jsonschema_rs.Draft202012Validator(translated)
            json.dumps(translated, allow_nan=False)

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


@given(data=st.data())
def test_a_validator_in_rust_agrees(data: st.DataObject, documents: Any, reference: Path) -> None:
    index = data.draw(indexes(len(documents)))
    schema, rust = pair(index, reference)
    given_value = Values(documents[index], data).whole()
    for value in (given_value, schema.complete(given_value).value):
        theirs = {tuple(error.instance_path) for error in rust.iter_errors(value)}
        ours = schema.problems(value, secrets_optional=False)
        assert bool(ours) == bool(theirs), (ours, theirs)
        # A missing or unknown property is reported at its own place here, at its parent there.
        # Null counts as missing, and what is missing is not listed beside its misspelling.
        meant = {(*place[:-1], problem.facts.get("meant")) for place, problem in ours}
        for path in theirs - meant:
            assert any(place[: len(path)] == path for place, _text in ours), (path, ours)
        for place, _text in ours:
            assert place in theirs or place[:-1] in theirs, (place, theirs)


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
