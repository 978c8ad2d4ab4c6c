# Copyright (c) 2026, community.dynatrace contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""A project of Monaco becomes objects: rendered as Monaco does, at the right level, or with a reason why not."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from ansible_collections.community.dynatrace.tests.support.monaco_projects import config, converted, reasons

ONE = ("test",)


LEFT_OUT: dict[str, tuple[dict[str, Any], str]] = {
    "no template": (config("c", {"template": ""}), "has no template"),
    "missing template": (
        config("c", {"template": "gone.json"}),
        "lacks its template: gone.json cannot be read: No such file or directory",
    ),
    "function": (config("c", {"template": "if.json"}), "has a template that uses html, which is not supported here"),
    "unknown parameter": (config("c", {}), "has a template that inserts name, which is not a parameter"),
    "no JSON": (
        config("c", {"template": "wrong.json"}),
        "has a template whose result is not valid JSON (line 1 of the result)",
    ),
    "no number": (config("c", {"template": "nan.json"}), "has a template whose result is not valid JSON"),
    "no object": (config("c", {"template": "list.json"}), "has a template whose result is not a JSON object"),
    "unknown type": (
        config("c", {"name": {"type": "secret"}}),
        "has the parameter name of an unknown or incomplete type",
    ),
    "reference to nothing": (
        config("c", {"name": ["gone", "id"]}),
        "refers to shop:builtin:x:gone, which is not in the projects",
    ),
    "reference to itself": (config("c", {"name": ["name"]}), "has the parameter name, which refers to itself"),
    "own ID": (config("c", {"name": ["id"]}), "refers to its own ID"),
    "missing property": (
        config("c", {"name": ["twin", "gone"]}),
        "refers to the parameter gone of shop:builtin:x:twin, which does not exist",
    ),
    "too long a reference": (
        config("c", {"name": ["a", "b", "c", "d", "e"]}),
        "has the parameter name, a reference with 5 parts",
    ),
    "reference with a hole": (
        config("c", {"name": {"type": "reference", "project": "lib", "property": "id"}}),
        "has the parameter name, a reference without its configType or configId",
    ),
    "skipped target": (config("c", {"name": ["skipped", "id"]}), "refers to shop:builtin:x:skipped, which is skipped"),
    "ID without quotes": (
        config("c", {"template": "bare.json", "parameters": {"p": ["twin", "id"]}}),
        "has the ID of another object without quotes, p",
    ),
    "scope of another object": (
        config("c", {"name": "n"}, scope=["twin", "id"]),
        "has a scope that refers to another object; declare it with the ID of the scope",
    ),
    "no scope text": (config("c", {"name": "n"}, scope=5), "has a scope that is not text"),
    "wrong skip": (config("c", {"name": "n", "skip": "maybe"}), "has a skip parameter that is neither true nor false"),
    "skip by reference": (
        config("c", {"name": "n", "skip": {"type": "list"}}),
        "has a skip parameter that is neither a value nor an environment variable",
    ),
    "private characters": (config("c", {"name": "\ue000"}), "contains private-use characters (U+E000 to U+E002)"),
    "list of numbers": (
        config("c", {"name": {"type": "list", "values": [1]}}),
        "has the parameter name, a list with an element that is not text",
    ),
    "missing file": (
        config("c", {"name": {"type": "file", "path": "gone.txt"}}),
        "lacks the file of parameter name: gone.txt cannot be read: No such file or directory",
    ),
    "name of a property": (
        config("c", {"template": "key.json", "parameters": {"p": ["twin", "id"]}}),
        "has a property whose name is unknown before deployment",
    ),
}


@pytest.mark.parametrize("what", LEFT_OUT)
def test_what_is_not_converted_has_a_reason(tmp_path: Path, what: str) -> None:
    one, reason = LEFT_OUT[what]
    conversion = converted(
        tmp_path,
        one,
        config("twin", {"name": "Twin"}),
        config("skipped", {"name": "S", "skip": True}),
        shop__if_json="{{ html .name }}",
        shop__wrong_json="{",
        shop__nan_json='{"a": NaN}',
        shop__list_json="[]",
        shop__bare_json='{"p": {{ .p }}}',
        shop__key_json='{"{{ .p }}": 1}',
    )
    assert reasons(conversion)["c"].startswith(reason)
    assert [one.coordinate.id for one in conversion.levels.everywhere] == ["twin"]


def test_what_a_download_has_is_left_out_with_a_note(tmp_path: Path) -> None:
    settings = {"schemaVersion": "1.0", "permissions": {"allUsers": "read"}}
    one = config("one", {"name": "n", "originObjectId": "vu9U3hXa3q0AAAABAB"}, settings=settings)
    two = config("two", {"name": "n", "skip": {"type": "environment", "name": "SKIP_IT"}})
    conversion = converted(tmp_path, one, two)
    notes = conversion.notes
    assert [each.origin_object_id for each in conversion.levels.everywhere] == ["vu9U3hXa3q0AAAABAB", ""]
    assert any(note.startswith("schemaVersion is omitted from 1 object,") for note in notes)
    assert "Permissions are not converted, and are left unchanged: shop:builtin:x:one." in notes
    assert "shop:builtin:x:two is declared, although the environment variable SKIP_IT can skip it." in notes
