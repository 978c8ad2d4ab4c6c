# Copyright (c) 2026, community.dynatrace contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""What hosts have in common is assigned to groups so that each host still has just its own entries."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ansible_collections.community.dynatrace.plugins.module_utils._settings_common.imported import (
    Collected,
    Entry,
    from_data,
    place,
    to_data,
)
from ansible_collections.community.dynatrace.plugins.module_utils._settings_common.yaml_file import Plain

HOSTS = ("a", "b", "c", "d")
GROUPS = {
    "all": HOSTS,
    "dynatrace": HOSTS,
    "europe": ("a", "b"),
    "america": ("c", "d"),
    "one": ("a",),
    "with-others": ("c", "d", "elsewhere"),
    "../escape": ("b", "c"),
    "ungrouped": ("a", "d"),
}


def placed(entries: Mapping[str, Sequence[str]], *, portable: bool = True) -> tuple[dict[str, str], dict[str, str]]:
    found = place({host: [Entry(one, portable) for one in texts] for host, texts in entries.items()}, GROUPS)
    return tuple(
        {name: "".join(one.content for one in members) for name, members in part.items() if members}
        for part in (found.groups, found.hosts)
    )  # type: ignore[return-value]


@pytest.mark.parametrize(
    ("entries", "groups", "hosts"),
    [
        ({"a": "x", "b": "x", "c": "x", "d": "x"}, {"all": "x"}, {}),
        ({"a": "xy", "b": "yx", "c": "x", "d": "x"}, {"all": "x", "europe": "y"}, {}),
        ({"a": "x", "b": "", "c": "x", "d": ""}, {}, {"a": "x", "c": "x"}),
        # One host is not a group, and a group with other hosts does not share what only some of them have.
        ({"a": "x"}, {}, {"a": "x"}),
        ({"c": "x", "d": "x"}, {"america": "x"}, {}),
        ({"b": "x", "c": "x"}, {}, {"b": "x", "c": "x"}),
        ({"a": "x", "d": "x"}, {}, {"a": "x", "d": "x"}),
        # What a host has twice stays as it is.
        ({"a": "xx", "b": "x"}, {}, {"a": "xx", "b": "x"}),
    ],
)
def test_entries_belong_to_the_group_that_has_exactly_their_hosts(
    entries: dict[str, str], groups: dict[str, str], hosts: dict[str, str]
) -> None:
    assert placed({host: list(texts) for host, texts in entries.items()}) == (groups, hosts)


def test_what_means_something_else_elsewhere_stays_with_its_host() -> None:
    entries = {host: ["x"] for host in HOSTS}
    assert placed(entries, portable=False) == ({}, dict.fromkeys(HOSTS, "x"))


@given(st.dictionaries(st.sampled_from(HOSTS), st.lists(st.sampled_from("uvwxyz"), unique=True), min_size=1))
def test_each_host_has_its_entries_and_no_others(entries: dict[str, list[str]]) -> None:
    groups, hosts = placed(entries)
    for host, own in entries.items():
        of_groups = [text for group, texts in groups.items() if host in GROUPS[group] for text in texts]
        assert sorted([*of_groups, *hosts.get(host, "")]) == sorted(own)
    assert all(host in entries for group in groups for host in GROUPS[group])
    shuffled = {host: entries[host] for host in reversed(entries)}
    assert placed(shuffled) == (groups, hosts)


def test_entries_survive_a_result() -> None:
    value = {Plain("key"): ["text", Plain("{{ template }}"), {"plain": "no template"}, 1, None, True]}
    data = to_data(value)
    again = from_data(data)
    assert again == value
    assert [type(one) for one in again["key"][:2]] == [str, Plain]
    collected = Collected("/file.yml", True, "About", "abc", [Entry(data, False)])
    assert Collected.of(collected.result()["collected"]) == collected
