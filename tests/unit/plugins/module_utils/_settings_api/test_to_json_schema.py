# Copyright (c) 2026, community.dynatrace contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Schemas as JSON Schema: two validators accept it, and one written in Rust agrees with the engine on each value."""

from __future__ import annotations

import copy
import functools
import json
from pathlib import Path
from typing import Any

import jsonschema_rs
from hypothesis import given
from hypothesis import strategies as st
from jsonschema import Draft202012Validator

from ansible_collections.community.dynatrace.plugins.module_utils._settings_api.schema import Schema
from ansible_collections.community.dynatrace.tests.support.schema_values import Values, load
from ansible_collections.community.dynatrace.tests.support.schemas import indexes, read


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


def test_each_becomes_a_json_schema_that_two_validators_take(
    documents: tuple[dict[str, Any], ...], reference: Path
) -> None:
    for index in range(len(documents)):
        translated = read(index, reference).json_schema()
        Draft202012Validator.check_schema(translated)
        jsonschema_rs.Draft202012Validator(translated)
        json.dumps(translated, allow_nan=False)


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
