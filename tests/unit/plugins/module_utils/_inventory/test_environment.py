# Copyright (c) 2026, community.dynatrace contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Which environments are one, which are wanted, and how their hosts are named."""

from __future__ import annotations

from typing import Any

import pytest

from ansible_collections.community.dynatrace.plugins.module_utils._inventory.environment import (
    Environment,
    by_host_name,
    merged,
    selected,
    slug,
)
from ansible_collections.community.dynatrace.plugins.module_utils._inventory.options import (
    Selection,
)
from ansible_collections.community.dynatrace.tests.support.problems import invalid


def test_what_was_found_first_wins_value_by_value() -> None:
    listed = Environment("abc", "https://ag.example.com/e/abc", tags=("mine",), source="environments")
    by_api = Environment("ABC", "https://abc.example.com", "Shop", "saas", "enabled", source="acc")
    (one,), notes = merged([listed, by_api])
    assert one == Environment(
        "abc", "https://ag.example.com/e/abc", "Shop", "saas", "enabled", ("mine",), "environments"
    )
    assert notes == []


def test_two_clusters_that_list_the_same_environment() -> None:
    one, other = (Environment("x", f"https://{host}.example.com/e/x", source=host) for host in ("a", "b"))
    found, notes = merged([one, other])
    assert [item.url for item in found] == ["https://a.example.com/e/x"]
    assert notes == ["Environment x is listed at a.example.com and b.example.com. The first address is used."]


# filters


FLEET = [
    Environment("id1", "u", "Shop Berlin", "saas", "enabled"),
    Environment("id2", "u", "Shop Oslo", "managed", "enabled", ("prod", "north")),
    Environment("id3", "u", "Bank", "managed", "disabled", ("prod",)),
    Environment("id4", "u", None, "saas"),
]


@pytest.mark.parametrize(
    ("filters", "exclude", "found"),
    [
        ({}, {}, "124"),
        ({"states": ("disabled",)}, {}, "3"),
        ({"states": ("enabled", "disabled", "unknown")}, {}, "1234"),
        ({"kinds": ("managed",)}, {}, "2"),
        ({"names": ("shop*",)}, {}, "12"),
        ({"names": ("ID4", "*oslo")}, {}, "24"),
        ({"tags": ("north", "south")}, {}, "2"),
        ({"tags": ("prod",), "states": ("disabled",)}, {}, "3"),
        ({"names": ("shop*",)}, {"tags": ("north",)}, "1"),
        ({}, {"kinds": ("saas",), "names": ("bank",)}, "2"),
        ({}, {"states": ("unknown",)}, "12"),
    ],
)
def test_which_are_wanted(filters: dict[str, Any], exclude: dict[str, Any], found: str) -> None:
    wanted = selected(FLEET, Selection(**filters), Selection(**exclude))
    assert "".join(one.id[-1] for one in wanted) == found


@pytest.mark.parametrize(
    ("name", "text"),
    [("Web Shop (EU)", "web-shop-eu"), ("Straße über Öl", "strasse-uber-ol"), ("東京", ""), ("--a--", "a")],
)
def test_slugs(name: str, text: str) -> None:
    assert slug(name) == text


def test_host_names_do_not_depend_on_the_order() -> None:
    same = [Environment(name, "u", "Shop") for name in ("id1", "id2")]
    others = [Environment("id3", "u", "東京"), Environment("id4", "u", "localhost"), Environment("id5", "u", "Bank")]
    for order in (same + others, others + same[::-1]):
        found = {one.id: host for host, one in by_host_name(order, "name").items()}
        assert found == {"id1": "shop-id1", "id2": "shop-id2", "id3": "id3", "id4": "localhost-id4", "id5": "bank"}
    assert list(by_host_name(same, "id")) == ["id1", "id2"]


def test_two_environments_are_never_one_host() -> None:
    with invalid("the host id2 would be two environments, id1 and id2"):
        by_host_name([Environment("id1", "u", host="id2"), Environment("id2", "u")], "id")


# the house
