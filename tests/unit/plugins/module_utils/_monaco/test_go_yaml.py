# Copyright (c) 2026, community.dynatrace contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""YAML is read as Go reads it. The expected values are what a Go program with yaml.v2 2.4.0 prints (``%v``)."""

from __future__ import annotations

import pytest

from ansible_collections.community.dynatrace.plugins.module_utils._monaco import go_yaml

PRINTED = {
    **dict.fromkeys(("y", "Y", "yes", "on", "On", "ON", "true", "TRUE"), "true"),
    **dict.fromkeys(("n", "N", "No", "off", "Off", "False"), "false"),
    **dict.fromkeys(("~", "null", "Null", ""), "<nil>"),
    **{text: text for text in ("oN", "tRUE", "'y'".strip("'") + "es!", "a b", "12:30:45", "0.1.2", "0b", "--1", "=")},
    **{
        text: text for text in ("2024-01-02", "2024-1-2", "2024-01-02T10:11:12Z", "2024-01-02 10:11:12", "._8", "1e400")
    },
    "'y'": "y",
    '"1.10"': "1.10",
    "!!str y": "y",
    "!!float 5": "5",
    "1.10": "1.1",
    "1.0": "1",
    "010": "8",
    "0o10": "8",
    "09": "9",
    "0x1F": "31",
    "0b101": "5",
    "-0b11": "-3",
    "+5": "5",
    "1_000": "1000",
    ".577_34": "0.57734",
    "1e3": "1000",
    "1e5": "100000",
    "1e6": "1e+06",
    "1.5e-7": "1.5e-07",
    "123456789.123": "1.23456789123e+08",
    "18446744073709551615": "18446744073709551615",
    "18446744073709551616": "1.8446744073709552e+19",
    "-9223372036854775809": "-9.223372036854776e+18",
    ".inf": "+Inf",
    "-.INF": "-Inf",
    ".nan": "NaN",
    "2024-13-01": "2024-13-01",
    "[y, n, 1.10]": "[true false 1.1]",
    "{n: 1, b: 2}": "map[b:2 false:1]",
    "{on: {off: 1.10}}": "map[true:map[false:1.1]]",
    "a: &x {k: 1}\nb: {<<: *x, j: 2}": "map[a:map[k:1] b:map[j:2 k:1]]",
}


@pytest.mark.parametrize("text", PRINTED)
def test_values_are_those_of_go(text: str) -> None:
    assert go_yaml.go_text(go_yaml.value(go_yaml.parse(text))) == PRINTED[text]


def test_where_a_text_is_expected_a_scalar_is_as_written() -> None:
    fields = go_yaml.fields(go_yaml.parse("{n: 1.10, on: y, date: 2024-01-02, none: ~}"))
    assert {key: go_yaml.text(node) for key, node in fields.items()} == {
        "n": "1.10",
        "on": "y",
        "date": "2024-01-02",
        "none": "",
    }


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("a: [", "is not valid YAML in line 1"),
        ("a: 1\nb: [x", "is not valid YAML in line 2"),
        ("&a [*a]", "contains itself in line 1"),
        ("a: 1\nb:\n  <<: 5", "merges a value that is not a mapping in line 3"),
    ],
)
def test_what_is_wrong_has_a_line_and_no_content(text: str, message: str) -> None:
    with pytest.raises(go_yaml.InvalidYaml) as found:
        go_yaml.value(go_yaml.parse(text))
    assert str(found.value) == message


def test_what_is_expected_is_said() -> None:
    node = go_yaml.parse("- {a: 1}")
    with pytest.raises(go_yaml.InvalidYaml, match="must be a mapping in line 1"):
        go_yaml.fields(node)
    with pytest.raises(go_yaml.InvalidYaml, match="must be text in line 1"):
        go_yaml.text(node)
    with pytest.raises(go_yaml.InvalidYaml, match="must be a list in line 1"):
        go_yaml.entries(node.value[0])
