# Copyright (c) 2026, community.dynatrace contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Java's regular expressions mean the same after translation, in Python and in Rust."""

from __future__ import annotations

import json
import re
from pathlib import Path

import jsonschema_rs
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ansible_collections.community.dynatrace.plugins.module_utils._settings_api.java_regex import (
    NO_WHITESPACE,
    NOT_BLANK,
    TRIMMED,
    Untranslatable,
    translate,
)


def matches(pattern: str, text: str) -> bool:
    """Whether a translated pattern is found; Python and Rust must agree."""
    here = re.search(pattern, text) is not None
    assert jsonschema_rs.is_valid({"pattern": pattern}, text) is here, (pattern, text)
    return here


@pytest.mark.parametrize(
    ("java", "taken", "refused"),
    [
        ("^-?\\d{1,19}$", ["1", "-99"], ["1\n", "\N{ARABIC-INDIC DIGIT ONE}", "x1"]),
        ("^\\w+$", ["aZ_9"], ["é", "a-b"]),
        ("^\\S+$", ["é\N{NO-BREAK SPACE}"], ["a b", "a\x0bb"]),
        ("^[^\\s/]+$", ["ab"], ["a b", "a/b"]),
        ("^[\\S]$", ["é", "!"], [" ", "\t"]),
        ("^[\\D]+$", ["ab:/"], ["a1"]),
        ("^[\\W]+$", ["-é{"], ["a", "_"]),
        ("^a.c$", ["abc", "a\tc"], ["a\rc", "a\N{LINE SEPARATOR}c", "a\nc"]),
        ("^[a-z0-9-_#]+$", ["a-_#"], ["+", "."]),
        ("^[\\w:-]*$", ["a:-"], ["a.b"]),
        ("^[.$^]+$", [".$^"], ["a"]),
        ("^[]a]+$", ["]a"], ["b"]),
        ("^[^]a]+$", ["b"], ["]"]),
        ("^[a\\-z]+$", ["a-z"], ["b"]),
        ("\\Aab\\z", ["ab"], ["xab", "ab\n"]),
        ("^\\x2a\\u0041\\.$", ["*A."], ["*Ax"]),
        ("^(?!\\.).*$", ["a."], [".a"]),
        ("^\\/\\-\\#}$", ["/-#}"], ["/"]),
        ("^$|^ab$", ["", "ab"], ["b"]),
    ],
)
def test_they_mean_what_java_means(java: str, taken: list[str], refused: list[str]) -> None:
    pattern = translate(java)
    assert [text for text in taken if not matches(pattern, text)] == []
    assert [text for text in refused if matches(pattern, text)] == []


@pytest.mark.parametrize(
    "java",
    ["a++", "a{2}+", "(?i)a", "(?<name>a)", "(?>a)", "[a-z&&[^b]]", "[a[b]]", "\\p{Alpha}", "\\Qa\\E", "\\R",
     "\\1x\\k<n>", "(", "[a", "a\\", "*", "a{x}"],
)  # fmt: skip
def test_what_only_java_knows_is_not_guessed(java: str) -> None:
    with pytest.raises(Untranslatable):
        translate(java)


@given(st.text(alphabet=st.sampled_from("ab \t\n\r\x0b\x1f\N{NO-BREAK SPACE}\N{IDEOGRAPHIC SPACE}\N{LINE SEPARATOR}é")))
def test_white_space_is_what_unicode_says(text: str) -> None:
    assert matches(NOT_BLANK, text) is bool(text.strip())
    assert matches(TRIMMED, text) is (text == text.strip())
    assert matches(NO_WHITESPACE, text) is not any(char.isspace() for char in text)


def test_all_real_patterns_translate(reference: Path, is_corpus: bool) -> None:
    def patterns(node: object) -> set[str]:
        if isinstance(node, dict):
            own = {node["pattern"]} if node.get("type") in ("PATTERN", "REGEX_MATCH") else set()
            return own.union(*(patterns(child) for child in node.values()))
        return set().union(*(patterns(child) for child in node)) if isinstance(node, list) else set()

    found: set[str] = set()
    for file in (reference / "schemas").glob("*.json"):
        found |= patterns(json.loads(file.read_text()))
    assert len(found) > (70 if is_corpus else 8)
    for java in found:
        pattern = translate(java)
        for text in (
            "",
            "abc",
            "https://a.b/c",
            "a.b",
            "$eq(x)",
            "A1",
            "x\n",
            "{a}b",
            "a=b",
            "PROCESS_GROUP-0123456789ABCDEF",
        ):
            # All of them are plain enough to mean the same in Python as they stand, but for a line end at the end.
            as_it_stands = re.search(java, text, re.ASCII) is not None
            assert matches(pattern, text) is as_it_stands or text.endswith("\n"), (java, text)
