# Copyright (c) 2026, community.dynatrace contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Marks of what has no value before a deployment survive templates, and are found again."""

from __future__ import annotations

import json

from ansible_collections.community.dynatrace.plugins.module_utils._monaco.marks import (
    Coordinate,
    EnvironmentVariable,
    Marks,
    ObjectId,
    Text,
    has_marks,
    may_be_empty,
)

URL, FLAG = EnvironmentVariable("URL"), EnvironmentVariable("FLAG", "true")
ID = ObjectId(Coordinate("shop", "builtin:x", "one"))


def test_marks_within_a_text_are_read_as_what_they_stand_for() -> None:
    marks = Marks()
    text = f"id {marks.mark(ID)} of {marks.mark(URL)}"
    assert has_marks(text) and marks.mark(URL) == marks.mark(EnvironmentVariable("URL"))
    assert marks.read(text) == Text(("id ", ID, " of ", URL))
    assert marks.read("plain") == "plain" and not has_marks("plain")


def test_a_mark_without_quotes_is_json_and_remembers_that_it_had_none() -> None:
    marks = Marks()
    rendered = f'{{"a": {marks.mark(FLAG)}, "b": "\\"{marks.mark(URL)}"}}'
    found = json.loads(marks.quoted(rendered))
    assert marks.read(found["a"]) == Text((FLAG,), bare=True)
    assert marks.read(found["b"]) == Text(('"', URL))


def test_only_an_id_is_certainly_not_empty() -> None:
    marks = Marks()
    assert may_be_empty(marks.mark(URL)) and may_be_empty("")
    assert not may_be_empty(marks.mark(ID)) and not may_be_empty(f"a{marks.mark(URL)}")
