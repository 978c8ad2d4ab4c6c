# Copyright (c) 2026, community.dynatrace contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Each kind of parameter, and what it becomes."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from ansible_collections.community.dynatrace.plugins.module_utils._monaco.marks import (
    Coordinate,
    EnvironmentVariable,
    ObjectId,
    Text,
)
from ansible_collections.community.dynatrace.tests.support.monaco_projects import TEMPLATE, config, converted

# Each kind of parameter, where it stands in a template, and what it becomes.
PARAMETERS: dict[str, tuple[Any, str, Any]] = {
    "text": ('quote " and\nline', '"{{ .p }}"', 'quote " and\nline'),
    "text within a text": ("b", '"a{{ .p }}c"', "abc"),
    "number": (1.10, "{{ .p }}", 1.1),
    "boolean": (True, "{{ .p }}", True),
    "null": ({"type": "value", "value": None}, '"{{ .p }}"', "<no value>"),
    "value map": ({"type": "value", "value": {"key": 'x "y"'}}, '"{{ .p.key }}"', 'x "y"'),
    "list": ({"type": "list", "values": ["a", 'b"']}, "{{ .p }}", ["a", 'b"']),
    "list of values": ({"type": "list", "values": [{"type": "value", "value": "a"}]}, "{{ .p }}", ["a"]),
    "compound, escaped twice": (
        {"type": "compound", "format": "{{ .name }} & {{ .q }}", "references": ["name", "q"]},
        '"{{ .p }}"',
        'The \\"name\\" & 7',
    ),
    "reference within the configuration": (["q"], "{{ .p }}", 7),
    "file": ({"type": "file", "path": "f.txt", "references": ["q"]}, '"{{ .p }}"', 'q is "7"\n'),
    "file, not escaped": ({"type": "file", "path": "g.txt", "escape": False}, "{{ .p }}", {"g": 1}),
    "brace around an action": (5, '"{{{ .p }}}"', "{5}"),
    "braces of a download": (5, '"{{`{{`}} .x {{`}}`}}"', "{{ .x }}"),
    "environment variable": (
        {"type": "environment", "name": "URL"},
        '"{{ .p }}"',
        Text((EnvironmentVariable("URL"),)),
    ),
    "environment variable with a default": (
        {"type": "environment", "name": "URL", "default": 5},
        '"a {{ .p }} b"',
        Text(("a ", EnvironmentVariable("URL", "5"), " b")),
    ),
    "environment variable without quotes": (
        {"type": "environment", "name": "FLAG"},
        "{{ .p }}",
        Text((EnvironmentVariable("FLAG"),), bare=True),
    ),
    "environment variable in a compound": (
        {"type": "compound", "format": "x {{ .v }}", "references": ["v"]},
        '"{{ .p }}"',
        Text(("x ", EnvironmentVariable("V"))),
    ),
    "ID of another object": (
        ["builtin:y", "other", "id"],
        '"{{ .p }}"',
        Text((ObjectId(Coordinate("shop", "builtin:y", "other")),)),
    ),
    "ID in another project": (
        ["lib", "builtin:y", "far", "id"],
        '"{{ .p }}"',
        Text((ObjectId(Coordinate("lib", "builtin:y", "far")),)),
    ),
    "ID in the long form": (
        {"type": "reference", "configType": "builtin:y", "configId": "other", "property": "id"},
        '"{{ .p }}"',
        Text((ObjectId(Coordinate("shop", "builtin:y", "other")),)),
    ),
    "ID of an object of the same schema": (
        ["twin", "id"],
        '"{{ .p }}"',
        Text((ObjectId(Coordinate("shop", "builtin:x", "twin")),)),
    ),
    "name of another object": (["builtin:y", "other", "name"], '"{{ .p }}"', 'Other "one"'),
    "parameter of another object": (["builtin:y", "other", "deep.key"], '"{{ .p }}"', "deep value"),
    "scope of another object": (["builtin:y", "other", "scope"], '"{{ .p }}"', "HOST-1"),
}


OTHERS = [
    config(
        "other",
        {"name": 'Other "one"', "parameters": {"deep": {"type": "value", "value": {"key": "deep value"}}}},
        "builtin:y",
        scope="HOST-1",
    ),
    config("twin", {"name": "Twin"}),
]


@pytest.mark.parametrize("kind", PARAMETERS)
def test_each_kind_of_parameter(tmp_path: Path, kind: str) -> None:
    given, place, expected = PARAMETERS[kind]
    parameters = {"p": given, "q": 7, "v": {"type": "environment", "name": "V"}}
    one = config("one", {"name": 'The "name"', "template": "own.json", "parameters": parameters})
    far = config("far", {"name": "Far", "template": "far.json"}, "builtin:y")
    conversion = converted(
        tmp_path,
        one,
        *OTHERS,
        shop__own_json=f'{{"found": {place}}}',
        shop__f_txt='q is "{{ .q }}"\n',
        shop__g_txt='{"g": 1}',
        shared__lib__far_json=TEMPLATE,
        **{"shared/lib/c.yml": json.dumps({"configs": [far]})},
    )
    assert conversion.left_out == {}
    values = {one.coordinate.id: one.value for one in conversion.levels.everywhere}
    assert values["one"] == {"found": expected}
