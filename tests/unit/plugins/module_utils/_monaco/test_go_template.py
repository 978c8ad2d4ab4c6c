# Copyright (c) 2026, community.dynatrace contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Templates are rendered as Go renders them, as far as they insert values. The rest is refused."""

from __future__ import annotations

from typing import Any

import pytest

from ansible_collections.community.dynatrace.plugins.module_utils._monaco.go_template import (
    TemplateProblem,
    escape_json,
    escape_values,
    render,
    render_file,
)

VALUES: dict[str, Any] = {"a": "A", "b": 1.5, "c": {"d": True, "e": None}, "l": [1, "x"], "f": 1e21}


@pytest.mark.parametrize(
    ("template", "rendered"),
    [
        ("{{.a}}", "A"),
        ('"{{ .a }}", {{.b}}', '"A", 1.5'),
        ("{{ $.a }}", "A"),
        ("x  {{- .a -}}  y", "xAy"),
        ("{{.c.d}} {{.c.e}} {{.l}} {{.f}}", "true <no value> [1 x] 1e+21"),
        ("{{{ .a }}}", "{A}"),
        ("{{{{ .a }}}}", None),
        ("{{`{{`}}x{{`}}`}}", "{{x}}"),
        ("{{{`{{`}}", "{{{"),
        ('{{"x\\ny"}} {{ "}}" }}', "x\ny }}"),
        ("a{{/* c */}}b {{- /* c */ -}} c", "abc"),
        ("}} { {.a} }", "}} { {.a} }"),
    ],
)
def test_values_are_inserted(template: str, rendered: str | None) -> None:
    if rendered is None:
        with pytest.raises(TemplateProblem):
            render_file(template, VALUES)
    else:
        assert render_file(template, VALUES) == rendered


@pytest.mark.parametrize(
    ("template", "problem"),
    [
        ("{{if .a}}x{{end}}", "uses if"),
        ("{{ range .l }}x{{ end }}", "uses range"),
        ("{{.a | printf}}", "uses a function, a pipe, or a variable"),
        ("{{ len .a }}", "uses a function, a pipe, or a variable"),
        ("{{ .a-b }}", "uses a function, a pipe, or a variable"),
        ("{{", "has an action without an end"),
        ("{{/*}}", "has a comment that Go does not take for one"),
        ("x{{ /* c */ }}", "has a comment that Go does not take for one"),
        ("{{ .zz }}", "inserts zz, for which there is no parameter"),
        ("{{ .c.zz }}", "inserts c.zz, for which there is no parameter"),
        ("{{ .a.b }}", "inserts a.b, for which there is no parameter"),
        ('{{ "\\x41" }}', "has a quoted text with an escape that only Go knows"),
    ],
)
def test_what_does_more_is_refused(template: str, problem: str) -> None:
    with pytest.raises(TemplateProblem) as found:
        render_file(template, VALUES)
    assert str(found.value) == problem


def test_three_braces_are_special_in_files_only() -> None:
    assert render_file("{{{.a}}", VALUES) == "{A"
    with pytest.raises(TemplateProblem):
        render("{{{.a}}", VALUES)


def test_texts_are_escaped_as_go_escapes_them() -> None:
    assert escape_json('\b\f\x01\x7f<>&\u2028\u00e9\n\r\t"\\/') == (
        '\\b\\f\\u0001\x7f\\u003c\\u003e\\u0026\\u2028\u00e9\\n\\r\\t\\"\\\\/'
    )
    assert escape_values({"a": {"b": '"'}, "l": ['"'], "n": 1}) == {"a": {"b": '\\"'}, "l": ['"'], "n": 1}
