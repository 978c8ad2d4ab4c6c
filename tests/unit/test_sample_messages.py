# Copyright (c) 2026, community.dynatrace contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Sample messages in the documentation are messages that the code can produce.

A sample consists of fixed text, which must be in the code, and of data such as names, numbers and addresses. What is
left after removing the fixed text must therefore not contain two adjacent ordinary words.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest

from ansible_collections.community.dynatrace.tests.support import plugin_docs

ROOT = Path(__file__).resolve().parents[2]
PAGES = [ROOT / "README.md", *(ROOT / "roles").glob("*/README.md"), *(ROOT / "docs" / "docsite" / "rst").glob("*.rst")]
# Return values whose text the collection writes, as values and as elements of lists.
TEXTS = {"message", "reason", "remediation"}
LISTS = {"notes", "unmanaged", "schema_differences", "unchecked_constraints", "summary"}
BY_HOST = {"reasons", "unmanaged"}
WORDS = re.compile(r"(?<![\w./-])[A-Za-z]?[a-z]+ [a-z]{2,}(?![\w./:-])")
DOCUMENTATION = {"DOCUMENTATION", "EXAMPLES", "RETURN", "INFO"}


def fixed_texts() -> Iterator[str]:
    """The fixed parts of all texts in the code of the plugins, without documentation and docstrings."""
    for file in (ROOT / "plugins").rglob("*.py"):
        tree = ast.parse(file.read_text(encoding="utf-8"))
        ignored = set()
        for node in ast.walk(tree):
            if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant):
                ignored.add(node.value)
            elif isinstance(node, ast.Assign) and any(getattr(one, "id", "") in DOCUMENTATION for one in node.targets):
                ignored.update(one for one in ast.walk(node.value) if isinstance(one, ast.Constant))
        for node in ast.walk(tree):
            if isinstance(node, ast.Constant) and isinstance(node.value, str) and node not in ignored:
                # Of a template, what is between its placeholders.
                yield from re.split(r"\{[\w:!]*\}", re.sub(r"\{option\.(\w+)\}", r"\1", node.value))


def samples_of(value: Any, key: str = "") -> Iterator[str]:
    """The messages in a sample of return values."""
    if isinstance(value, Mapping):
        for name, inner in value.items():
            if name in BY_HOST and isinstance(inner, Mapping):
                yield from inner.values()
            else:
                yield from samples_of(inner, name)
    elif isinstance(value, list):
        for inner in value:
            if isinstance(inner, str) and key in LISTS:
                yield inner
            else:
                yield from samples_of(inner, key)
    elif isinstance(value, str) and key in TEXTS:
        yield value


def documented() -> Iterator[tuple[str, str]]:
    """Every sample message, with the place where it is."""
    for plugin in plugin_docs.plugins("modules"):
        sample = {name: about["sample"] for name, about in plugin.returned.items() if "sample" in about}
        for text in samples_of(sample):
            yield plugin.name, text
    for page in PAGES:
        text = page.read_text(encoding="utf-8")
        for block in re.findall(r"^ *\d+ problems in the input.*\n((?: +\S.*\n)+)", text, re.M):
            for line in block.splitlines():
                yield page.name, line.strip().partition(": ")[2]


SAMPLES = sorted({(place, text) for place, text in documented() if text})


def unknown_part(sample: str, fixed: list[str]) -> str:
    """What of a sample is neither fixed text of the code nor data; empty if the sample is right."""
    rest = sample.lower()
    for text in fixed:
        rest = rest.replace(text, "\0")
    found = WORDS.search(rest)
    return found[0] if found else ""


@pytest.fixture(scope="module")
def fixed() -> list[str]:
    """The longest first, so that a part of a message does not hide the rest of it."""
    texts = {text.lower() for text in fixed_texts()}
    return sorted((text for text in texts if " " in text.strip() or len(text) > 5), key=len, reverse=True)


def test_there_are_samples() -> None:
    assert len(SAMPLES) > 20
    assert {"user_session_exports", "README.md"} <= {place for place, _text in SAMPLES}


def test_a_message_that_does_not_exist_is_found(fixed: list[str]) -> None:
    assert unknown_part("must be https (plain http is for loopback only)", fixed)


@pytest.mark.parametrize(("place", "sample"), SAMPLES)
def test_a_sample_message_exists(place: str, sample: str, fixed: list[str]) -> None:
    unknown = unknown_part(sample, fixed)
    assert not unknown, f"{place}: {sample}"
