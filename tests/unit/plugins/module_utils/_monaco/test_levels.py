# Copyright (c) 2026, community.dynatrace contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Overrides become variables of groups and hosts, and insertAfter the order of a list."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from ansible_collections.community.dynatrace.plugins.module_utils._monaco.project import Conversion
from ansible_collections.community.dynatrace.tests.support.monaco_projects import config, converted, reasons


def overridden(name: str, groups: Mapping[str, Any], environments: Mapping[str, Any], **more: Any) -> dict[str, Any]:
    return config(
        name,
        {"name": name, "template": "v.json", "parameters": {"v": "base"}, **more},
        groupOverrides=[{"group": key, "override": one} for key, one in groups.items()],
        environmentOverrides=[{"environment": key, "override": one} for key, one in environments.items()],
        settings={"insertAfter": "FRONT"} if name == "first" else {},
    )


def v(value: str) -> dict[str, Any]:
    return {"parameters": {"v": value}}


def levels(conversion: Conversion) -> dict[str, dict[str, Any]]:
    found = {"all": conversion.levels.everywhere, **conversion.levels.groups, **conversion.levels.hosts}
    return {level: {one.coordinate.id: one.value["v"] for one in objects} for level, objects in found.items()}


@pytest.mark.parametrize(
    ("groups", "environments", "expected"),
    [
        ({}, {}, {"all": "base"}),
        ({"prod": v("p")}, {}, {"all": "base", "prod": "p"}),
        ({}, {"eu": v("e")}, {"all": "base", "eu": "e"}),
        ({"test": v("t")}, {"qa": v("q")}, {"all": "base", "test": "t", "qa": "q"}),
        ({"test": v("t")}, {"eu": v("e")}, {"all": "base", "test": "t", "eu": "e"}),
        ({"prod": v("p")}, {"eu": v("e")}, {"all": "base", "prod": "p", "eu": "e"}),
        ({"prod": {"skip": True}}, {}, {"test": "base"}),
        ({"test": {"skip": "true"}}, {"qa": {"skip": False, **v("q")}}, {"prod": "base", "qa": "q"}),
        ({"prod": {"template": "w.json"}}, {}, {"all": "base", "prod": "w base"}),
        ({"unknown": v("u")}, {"unknown": v("u")}, {"all": "base"}),
    ],
)
def test_overrides_become_variables_of_groups_and_hosts(
    tmp_path: Path, groups: dict[str, Any], environments: dict[str, Any], expected: dict[str, str]
) -> None:
    """What an environment gets is what Monaco deploys: its own override wins over that of its group."""
    conversion = converted(
        tmp_path,
        overridden("one", groups, environments),
        shop__v_json='{"v": "{{ .v }}"}',
        shop__w_json='{"v": "w {{ .v }}"}',
    )
    assert conversion.left_out == {}
    found = {level: values["one"] for level, values in levels(conversion).items() if values}
    assert found == expected


def test_a_scope_that_differs_is_declared_for_each_host(tmp_path: Path) -> None:
    one = config(
        "one",
        {"name": "n", "parameters": {"host": "HOST-1"}},
        scope=["host"],
        environmentOverrides=[{"environment": "eu", "override": {"parameters": {"host": "HOST-2"}}}],
    )
    conversion = converted(tmp_path, one)
    assert {name: one.scope for name, (one,) in conversion.levels.hosts.items()} == {
        "dev": "HOST-1",
        "qa": "HOST-1",
        "eu": "HOST-2",
    }
    assert not conversion.levels.everywhere and not conversion.levels.groups


def ordered(*pairs: tuple[str, Any], **more: Any) -> list[dict[str, Any]]:
    return [
        config(name, {"name": name}, settings={} if after is None else {"insertAfter": after}, **more)
        for name, after in pairs
    ]


def test_insert_after_is_the_order_of_the_list(tmp_path: Path) -> None:
    conversion = converted(
        tmp_path,
        *ordered(
            ("d", ["c", "id"]), ("a", "FRONT"), ("z", "BACK"), ("b", ["a", "id"]), ("c", ["b", "id"]), ("m", None)
        ),
    )
    assert [one.coordinate.id for one in conversion.levels.everywhere] == ["a", "b", "c", "d", "m", "z"]
    assert conversion.ordered == [("builtin:x", "'environment'")] and conversion.left_out == {}


def test_of_two_objects_at_the_same_place_the_one_that_is_deployed_last_is_next_to_it(tmp_path: Path) -> None:
    def one(name: str, after: Any = None, refers_to: str = "") -> dict[str, Any]:
        # The template does not use the parameter: it only makes Monaco deploy the other one first.
        parameters = {"later": {"type": "reference", "configId": refers_to, "property": "id"}} if refers_to else {}
        return config(
            name, {"name": name, "parameters": parameters}, settings={} if after is None else {"insertAfter": after}
        )

    conversion = converted(
        tmp_path,
        *(one("a", "FRONT"), one("b", "FRONT", "a")),
        *(one("d", ["a", "id"]), one("e", ["a", "id"], "d")),
        *(one("f", None, "g"), one("g"), one("h"), one("i", "BACK", "j"), one("j", "BACK")),
    )
    assert "".join(one.coordinate.id for one in conversion.levels.everywhere) == "baedgfhji"
    assert conversion.left_out == {}


def test_a_place_that_is_not_known_is_reported(tmp_path: Path) -> None:
    conversion = converted(tmp_path, *ordered(("a", "some-object-id"), ("b", ["c", "id"]), ("c", ["b", "id"])))
    assert [one.coordinate.id for one in conversion.levels.everywhere] == ["a", "b", "c"]
    assert set(reasons(conversion).values()) == {"has an insertAfter that is not another object of the list"}
    assert set(reasons(conversion)) == {"a", "b", "c"}


def test_an_ordered_list_is_not_divided(tmp_path: Path) -> None:
    first, second = ordered(("a", None), ("b", ["a", "id"]))
    first["groupOverrides"] = [{"group": "prod", "override": {"skip": True}}]
    second["groupOverrides"] = [{"group": "prod", "override": {"name": "B"}}]
    conversion = converted(tmp_path, first, second)
    found = {name: [one.coordinate.id for one in objects] for name, objects in conversion.levels.hosts.items()}
    assert found == {"dev": ["a", "b"], "qa": ["a", "b"]}, "b refers to what is skipped in eu"
    assert list(conversion.left_out.values()) == [["eu"]]
