# Copyright (c) 2026, community.dynatrace contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Templates are rendered as Go renders them, as far as public projects need it. The rest is refused."""

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

VALUES: dict[str, Any] = {"a": "A", "b": 1.5, "c": {"d": True, "e": None}, "l": [1, "x"], "f": 1e21, "nil": None}
VALUES["u"] = "\ue0001\ue001"
VALUES["id"] = "\ue0022\ue001"


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
        ("{{if .a}}x", "has if without end"),
        ("{{end}}", "uses end, which is not supported here"),
        ("{{ template `x` }}", "uses template, which is not supported here"),
        ("{{ range .l }}{{ break }}{{ end }}", "uses break, which is not supported here"),
        ("{{ with .a }}{{ end }}", "uses with, which is not supported here"),
        ("{{ $x := .a }}", "declares a variable, which is supported in loops only"),
        ("{{ if $x := .a }}{{ end }}", "declares a variable, which is supported in loops only"),
        ("{{ range $i, $j, $k := .l }}{{ end }}", "has an action that is not supported"),
        ("{{ $x = .a }}", "has an action that is not supported"),
        ("{{ if .a }}{{ else range .l }}{{ end }}", "has an else that is not supported"),
        ("{{ html .a }}", "uses html, which is not supported here"),
        ("{{ printf `%d` .b }}", "uses printf, which is not supported here"),
        ("{{ .a-b }}", "has an action that is not supported"),
        ("{{ 'c' }}", "has an action that is not supported"),
        ("{{ (.a }}", "has an action that is not supported"),
        ("{{ if .a }}{{ end x }}", "has an else that is not supported"),
        ("{{ $x }}", "uses the variable $x, which is not declared"),
        ("{{ .a .b }}", "passes arguments to a value that is not a function"),
        ("{{ nil }}", "uses nil, which is not supported here"),
        ("{{ .a | html }}", "has an action that is not supported"),
        ("{{ (.c).d }}", "has an action that is not supported"),
        ("{{ }}", "has an action that is not supported"),
        ("{{ and }}", "calls and with 0 arguments"),
        ("{{ not .a .b }}", "calls not with 2 arguments"),
        ("{{ range .a }}{{ end }}", "has a loop over a value that is not a list"),
        ("{{ eq .a 1 }}", "compares values of different types"),
        ("{{ eq .l .l }}", "compares values that cannot be compared"),
        ("{{ index .l 9 }}", "uses index with an element that does not exist"),
        ("{{ if .u }}x{{ end }}", "has a condition that depends on a value that is unknown before deployment"),
        ('{{ eq .u "x" }}', "has a condition that depends on a value that is unknown before deployment"),
        ("{{ index .c .u }}", "has a condition that depends on a value that is unknown before deployment"),
        ("{{", "has an action without an end"),
        ("{{ `" * 4999, "has an action without an end"),
        ("{{if .a}}" * 5000, "is nested too deeply"),
        (f"{{{{ {'(' * 5000} }}}}", "is nested too deeply"),
        ("{{/*}}", "has an action that is not supported"),
        ("x{{ /* c */ }}", "has an action that is not supported"),
        ("{{ .zz }}", "inserts zz, which is not a parameter"),
        ("{{ .c.zz }}", "inserts c.zz, which is not a parameter"),
        ("{{ .a.b }}", "inserts a.b, which is not a parameter"),
        ('{{ "\\x41" }}', "has a quoted string with an escape sequence that is specific to Go"),
    ],
)
def test_what_does_more_is_refused(template: str, problem: str) -> None:
    with pytest.raises(TemplateProblem) as found:
        render_file(template, VALUES)
    assert str(found.value) == problem


# The expected texts are what Go prints.
@pytest.mark.parametrize(
    ("template", "rendered"),
    [
        ("{{if .a}}x{{end}}{{if .nil}}x{{else}}y{{end}}", "xy"),
        ("{{if not .c.d}}x{{else if eq .a `A`}}y{{else}}z{{end}}", "y"),
        ("{{if .nil}}a{{else if .nil}}b{{else}}{{if .a}}c{{end}}{{end}}d", "cd"),
        ("{{range .l}}[{{.}}]{{end}}", "[1][x]"),
        ("[{{range $i, $e := .l}}{{if $i}},{{end}}{{$e}}{{end}}]", "[1,x]"),
        ("{{range .nil}}x{{else}}none{{end}}", "none"),
        ("{{range $k, $v := .c}}{{$k}}={{$v}};{{end}}", "d=true;e=<no value>;"),
        ("{{range $i, $e := .l}}{{range $j, $f := $.l}}{{$i}}{{$j}} {{end}}{{end}}", "00 01 10 11 "),
        ('{{index .l 1}}{{index .c "d"}}{{index . "zz"}}', "xtrue<no value>"),
        ('{{range $e := .l}}{{$e}}{{end}}{{if and (not .nil) (ne .a "B") (or .nil (eq .b 1.5))}}y{{end}}', "1xy"),
        ("{{if .id}}x{{end}}{{ if or false .a }}{{ .u }}{{ end }}", "x\ue0001\ue001"),
        ("{{and .a .b}}{{or .nil .b}}{{or .a .zz}}{{and .nil .zz}}", "1.51.5A<no value>"),
        ('{{eq .a "A" "B"}}{{eq .a "B" "A"}}{{ne .a "A"}}{{eq .nil .nil}}', "truetruefalsetrue"),
        ("{{5}}{{-5}}{{1.50}}{{true}}{{.a}}{{- if .a -}} x {{- end -}} y", "5-51.5trueAxy"),
    ],
)
def test_conditions_loops_and_functions(template: str, rendered: str) -> None:
    assert render_file(template, VALUES) == rendered


def test_three_braces_are_special_in_files_only() -> None:
    assert render_file("{{{.a}}", VALUES) == "{A"
    with pytest.raises(TemplateProblem):
        render("{{{.a}}", VALUES)


def test_texts_are_escaped_as_go_escapes_them() -> None:
    assert escape_json('\b\f\x01\x7f<>&\u2028\u00e9\n\r\t"\\/') == (
        '\\b\\f\\u0001\x7f\\u003c\\u003e\\u0026\\u2028\u00e9\\n\\r\\t\\"\\\\/'
    )
    assert escape_values({"a": {"b": '"'}, "l": ['"'], "n": 1}) == {"a": {"b": '\\"'}, "l": ['"'], "n": 1}
