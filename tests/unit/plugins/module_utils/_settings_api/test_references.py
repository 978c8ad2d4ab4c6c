# Copyright (c) 2026, community.dynatrace contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""References by name: their form in a value, what they are resolved to, and the order that follows from them."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ansible_collections.community.dynatrace.plugins.module_utils._settings_api.references import (
    Reference,
    Targets,
    has_marks,
    has_references,
    literal,
    references_in,
    replaced,
    title_of,
    waves_of,
)
from ansible_collections.community.dynatrace.tests.support.problems import unknown

ZONES = "builtin:management-zones"
SHOP = Reference(ZONES, "shop")
NAMES = st.text(st.characters(blacklist_categories=["Cs"]), min_size=1)


@given(schema_id=NAMES, name=NAMES, legacy=st.booleans(), scope=st.text(st.characters(blacklist_categories=["Cs"])))
def test_a_reference_is_read_as_it_was_written(schema_id: str, name: str, legacy: bool, scope: str) -> None:
    reference = Reference(schema_id, name, legacy, scope)
    value = {"a": [{"b": f"before {reference.text} after"}]}
    assert list(references_in(value)) == [(("a", 0, "b"), reference)]
    assert replaced(value, lambda _found: "ID") == {"a": [{"b": "before ID after"}]}


@given(before=NAMES, name=NAMES)
def test_literal_text_is_never_a_reference(before: str, name: str) -> None:
    text = f"{before}{Reference(ZONES, name).text}<<dynatrace:literal>>"
    assert has_marks(text)
    marked = {"a": [literal(text)]}
    assert list(references_in(marked)) == []
    assert replaced(marked, lambda _found: "ID") == {"a": [text]}


def test_values_without_references_are_left_as_they_are() -> None:
    value = {"a": "<<dynatrace:", "b": [1, None, True, "<<dynatrace:object_id:a>>"]}
    assert not has_references(value)
    assert replaced(value, str) == value


def test_declared_objects_take_precedence_over_names_in_external_ids_and_in_values() -> None:
    targets = Targets()
    targets.add_existing(ZONES, "environment", "by-title", own_name="", title="shop")
    assert targets.resolve(SHOP) == "by-title"
    targets.add_existing(ZONES, "environment", "by-external-id", own_name="shop", title="Other")
    assert targets.resolve(SHOP) == "by-external-id"
    targets.add_declared(ZONES, "environment", "declarations[0].objects[0]", ["shop"])
    assert targets.resolve(SHOP) is None
    version = targets.version
    targets.learn("declarations[0].objects[0]", "new")
    assert targets.resolve(SHOP) == "new"
    assert targets.version == version + 1
    targets.learn("declarations[0].objects[0]", "new")
    assert targets.version == version + 1


def test_an_unknown_name_is_an_error_with_similar_names() -> None:
    targets = Targets()
    targets.add_existing(ZONES, "environment", "1", own_name="", title="Shop")
    with unknown("neither declared nor in the environment; did you mean 'Shop'"):
        targets.resolve(Reference(ZONES, "Shpo"))
    with unknown("0 objects of it are known"):
        targets.resolve(Reference("builtin:other", "Shop"))


def test_two_objects_of_one_name_are_an_error_unless_the_scope_tells_them_apart() -> None:
    targets = Targets()
    targets.add_existing(ZONES, "environment", "1", own_name="", title="shop")
    targets.add_existing(ZONES, "HOST-1", "2", own_name="", title="shop")
    with unknown("which matches 2 objects: 1, 2"):
        targets.resolve(SHOP)
    assert targets.resolve(Reference(ZONES, "shop", scope="HOST-1")) == "2"


def test_an_object_that_the_run_deletes_cannot_be_referred_to() -> None:
    targets = Targets()
    targets.add_existing(ZONES, "environment", "1", own_name="shop", title="")
    targets.delete("1")
    with unknown("which this run deletes"):
        targets.resolve(SHOP)


def test_an_id_without_a_legacy_form_is_an_error() -> None:
    targets = Targets()
    targets.add_existing(ZONES, "environment", "no-uuid", own_name="shop", title="")
    with unknown("has no legacy ID"):
        targets.resolve(Reference(ZONES, "shop", legacy=True))


def test_what_is_referred_to_is_written_in_an_earlier_wave() -> None:
    waves, cycle = waves_of({"hook": ["profile"], "profile": ["zone"], "other": ["zone"]})
    assert not cycle
    assert (waves["profile"], waves["hook"], waves["other"]) == (1, 2, 1)
    assert waves_of({}) == ({}, [])


@pytest.mark.parametrize(
    ("needs", "cycle"),
    [
        ({"a": ["a"]}, ["a", "a"]),
        ({"a": ["b"], "b": ["a"]}, ["a", "b", "a"]),
        ({"x": ["a"], "a": ["b", "c"], "b": [], "c": ["a"]}, ["a", "c", "a"]),
    ],
)
def test_a_cycle_is_found(needs: dict[str, list[str]], cycle: list[str]) -> None:
    assert waves_of(needs)[1] == cycle


def test_an_object_is_called_by_what_its_value_says() -> None:
    assert title_of({"displayName": "B", "name": "A"}) == "A"
    assert title_of({"displayName": "B", "name": ""}) == "B"
    assert title_of({"enabled": True}) == ""
