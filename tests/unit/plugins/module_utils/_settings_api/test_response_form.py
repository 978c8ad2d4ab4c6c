# Copyright (c) 2026, community.dynatrace contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Answers of a wrong form: one clear error where they come in, and no other error ever behind that."""

from __future__ import annotations

import copy
import json
from collections.abc import Iterator
from typing import Any

import pytest

from ansible_collections.community.dynatrace.plugins.module_utils._session_exports.published_schema import PUBLISHED
from ansible_collections.community.dynatrace.plugins.module_utils._settings_api import response_form
from ansible_collections.community.dynatrace.plugins.module_utils._settings_api.errors import (
    AnswerLost,
    UnexpectedAnswer,
)
from ansible_collections.community.dynatrace.plugins.module_utils._settings_api.matching import FIELDS, Existing
from ansible_collections.community.dynatrace.plugins.module_utils._settings_api.response_form import WrongForm
from ansible_collections.community.dynatrace.plugins.module_utils._settings_api.schema import Schema
from ansible_collections.community.dynatrace.plugins.module_utils._settings_api.schema_diff import differences
from ansible_collections.community.dynatrace.tests.support.byte_server import client, http, says, serving

OBJECT: dict[str, Any] = {
    "objectId": "vu9U3hXa3q0AAAABAAM",
    "value": {"name": "a", "list": [1, {"b": None}]},
    "scope": "environment",
    "schemaVersion": "1.0",
    "updateToken": "token",
    "externalId": "monaco:x",
    "modified": 1700000000000,
    "author": "someone",
    "modificationInfo": {"modifiable": True},
}
WRONG: list[Any] = [1, 1.5, True, "text", [], [1], {}, {"a": 1}, None]


def page(*items: Any, **more: Any) -> Any:
    return response_form.object_page({"items": list(items), **more}, 0, FIELDS)


def nested(depth: int) -> dict[str, Any]:
    value: dict[str, Any] = {}
    for _level in range(depth):
        value = {"a": value}
    return value


def test_an_object_of_the_right_form_passes() -> None:
    assert page(OBJECT, {"objectId": "2", "value": {}}, totalCount=2).items[0] == OBJECT
    assert page(totalCount=None, nextPageKey="").next_key is None


@pytest.mark.parametrize("name", sorted(OBJECT))
@pytest.mark.parametrize("wrong", WRONG, ids=repr)
def test_what_is_let_through_never_fails_behind_it(name: str, wrong: Any) -> None:
    item = {**OBJECT, name: wrong}
    try:
        page(item)
    except WrongForm as error:
        assert name in str(error)
        return
    have = Existing.from_item(item)
    assert isinstance(have.object_id, str)
    assert isinstance(have.value, dict)
    assert isinstance(have.foreign or have.cut, bool)
    for text in (have.update_token, have.external_id, have.author):
        assert text is None or isinstance(text, str)
    assert have.modified is None or isinstance(have.modified, int)


@pytest.mark.parametrize(
    ("item", "what"),
    [
        ({"value": {}}, "objectId is not an id"),
        ({"objectId": "", "value": {}}, "objectId is not an id"),
        ({"objectId": "a\nb", "value": {}}, "objectId is not an id"),
        ({"objectId": "a" * 3000, "value": {}}, "objectId is not an id"),
        ({"objectId": "a"}, "value is not an object"),
        ({"objectId": "a", "value": None}, "value is not an object"),
        ({"objectId": "a", "value": {}, "externalId": {"a": 1}}, "externalId is not text"),
        ({"objectId": "a", "value": {}, "modified": 10**20}, "modified is not a time"),
        ({"objectId": "a", "value": nested(200)}, "nested more than"),
        ({"objectId": "a", "value": {"a": [{}] * 1_000_000}}, "larger than the API can store"),
        ({"objectId": "a", "value": {"a": "x" * 5_000_000}}, "larger than the API can store"),
    ],
)
def test_a_wrong_object_is_named_by_what_is_wrong(item: dict[str, Any], what: str) -> None:
    with pytest.raises(WrongForm, match=what):
        page(item)


@pytest.mark.parametrize("body", [None, 1, "text", [], {}, {"items": None}, {"items": {}}, {"items": [1]}])
def test_what_is_no_list_is_named(body: Any) -> None:
    with pytest.raises(WrongForm, match="not a list of settings objects"):
        response_form.object_page(body, 0, FIELDS)


@pytest.mark.parametrize("more", [{"totalCount": "2"}, {"totalCount": -1}, {"totalCount": True}, {"nextPageKey": 5}])
def test_what_surrounds_the_items_is_checked(more: dict[str, Any]) -> None:
    with pytest.raises(WrongForm, match=next(iter(more))):
        page(**more)


def places(node: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    yield path
    children = node.items() if isinstance(node, dict) else enumerate(node) if isinstance(node, list) else ()
    for key, child in children:
        yield from places(child, (*path, key))


def replaced(document: Any, path: tuple[Any, ...], value: Any) -> Any:
    changed = copy.deepcopy(document)
    node = changed
    for key in path[:-1]:
        node = node[key]
    node[path[-1]] = value
    return changed


def use(document: dict[str, Any]) -> None:
    """What the engine does with a schema."""
    schema = Schema.from_document(document)
    json.dumps(schema.json_schema())
    completed = schema.complete({})
    schema.problems(completed.value)
    schema.secret_paths(completed.value)
    schema.unknown_properties({"x": 1})
    schema.active_value(completed.value)
    differences(PUBLISHED, document)


SMALL: dict[str, Any] = {
    "schemaId": "builtin:small",
    "version": "1",
    "displayName": "Small",
    "multiObject": True,
    "maxObjects": 5,
    "ordered": False,
    "allowedScopes": ["environment"],
    "enums": {"Kind": {"items": [{"value": "a", "displayName": "A"}]}},
    "types": {
        "Part": {
            "properties": {
                "text": {"type": "text", "nullable": True, "constraints": [{"type": "LENGTH", "maxLength": 3}]},
                "other": {"type": "text", "precondition": {"type": "NULL", "property": "text"}},
            },
            "constraints": [{"type": "PROPERTY_COUNT_RANGE", "properties": ["text"], "maximumPropertyCount": 1}],
        }
    },
    "properties": {
        "name": {"type": "text", "default": "x", "constraints": [{"type": "PATTERN", "pattern": "^a.*$"}]},
        "kind": {"type": {"$ref": "#/enums/Kind"}, "default": "a"},
        "number": {"type": "integer", "default": 1, "constraints": [{"type": "RANGE", "minimum": 0, "maximum": 9}]},
        "upper": {
            "type": "integer",
            "nullable": True,
            "precondition": {
                "type": "AND",
                "preconditions": [
                    {"type": "EQUALS", "property": "kind", "expectedValue": "a"},
                    {"type": "NOT", "precondition": {"type": "IN", "property": "number", "expectedValues": [3]}},
                    {"type": "REGEX_MATCH", "property": "name", "pattern": "a.*"},
                ],
            },
        },
        "parts": {"type": "list", "items": {"type": {"$ref": "#/types/Part"}}, "minObjects": 0, "maxObjects": 3},
        "secret": {"type": "secret", "modificationPolicy": "DEFAULT", "default": ""},
    },
    "constraints": [{"type": "LESS_THAN", "properties": ["number", "upper"]}, {"type": "SECRET_RESUBMISSION"}],
    "schemaConstraints": [{"type": "UNIQUE", "uniqueProperties": ["name", "parts/text"]}],
}


@pytest.mark.parametrize("path", [path for path in places(SMALL) if path], ids=lambda path: "/".join(map(str, path)))
def test_no_schema_of_a_wrong_form_gets_past_the_edge(path: tuple[Any, ...]) -> None:
    for wrong in WRONG:
        document = replaced(SMALL, path, wrong)
        try:
            response_form.check_schema(document)
        except WrongForm:
            continue
        use(document)


def test_a_schema_of_the_right_form_passes() -> None:
    assert response_form.check_schema(SMALL) is SMALL
    assert response_form.check_schema(dict(PUBLISHED))
    use(SMALL)


@pytest.mark.parametrize("document", [None, [], "text", {"properties": []}])
def test_what_is_no_schema_is_named(document: Any) -> None:
    with pytest.raises(WrongForm, match="not a schema"):
        response_form.check_schema(document)


# By the client


@pytest.mark.parametrize(
    ("body", "what"),
    [
        (b'{"items": [{"objectId": "a", "value": {}, "externalId": {}}]}', "externalId is not text"),
        (b'{"items": [{"objectId": 7, "value": {}}]}', "objectId is not an id"),
        (b'{"items": [{"objectId": "a", "value": {"a": NaN}}]}', "something instead of JSON"),
        (b'{"items": [{"objectId": "a", "value": {"a": 1e999}}]}', "something instead of JSON"),
    ],
)
def test_the_client_says_whose_answer_was_wrong(body: bytes, what: str) -> None:
    with serving(says(http(body))) as line, client(line.url) as made, pytest.raises(UnexpectedAnswer) as caught:
        made.list_objects("builtin:a", fields=FIELDS)
    assert what in str(caught.value)
    assert line.url in str(caught.value)


@pytest.mark.parametrize("object_id", [b"7", b'""', b'"a b"', b"{}"])
def test_a_write_that_answers_without_a_usable_id_is_not_known_to_be_done(object_id: bytes) -> None:
    answer = says(http(b'[{"code": 200, "objectId": %s}]' % object_id))
    with serving(answer) as line, client(line.url) as made, pytest.raises(AnswerLost):
        made.create_object({"schemaId": "builtin:a"})


@pytest.mark.parametrize("depth", [90, 98, 99, 100, 200])
def test_a_small_page_is_refused_as_a_large_one_is(depth: int) -> None:
    value: Any = {}
    for _level in range(depth):
        value = {"a": [value]} if depth % 2 else {"a": value}
    body = {"items": [{"objectId": "a", "value": value}]}

    def found(size: int) -> str:
        try:
            response_form.object_page(body, size, FIELDS)
        except WrongForm as error:
            return str(error)
        return ""

    assert found(1000) == found(0) == found(10_000_000)
