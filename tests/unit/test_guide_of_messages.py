# Copyright (c) 2026, community.dynatrace contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""The guide to messages speaks of messages that exist."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
GUIDE = ROOT / "docs" / "docsite" / "rst" / "guide_troubleshooting.rst"


def texts() -> Iterator[str]:
    """Every text in the code, and the playbooks; what is put into it at run time stands as three dots."""
    for file in (ROOT / "plugins").rglob("*.py"):
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Constant) and isinstance(node.value, str):
                yield re.sub(r"\{option\.(\w+)\}", r"\1", node.value)
            elif isinstance(node, ast.JoinedStr):
                yield "".join(str(part.value) if isinstance(part, ast.Constant) else "..." for part in node.values)
    for file in (ROOT / "playbooks").rglob("*.yml"):
        yield " ".join(re.sub(r"{{.*?}}", "...", file.read_text(encoding="utf-8"), flags=re.DOTALL).split())


def quoted() -> list[str]:
    """The messages that the guide explains: the heads of its entries."""
    heads = re.findall(r"^(``.+)\n   \S", GUIDE.read_text(encoding="utf-8"), re.M)
    return [text for head in heads for text in re.findall(r"``(.+?)``", head)]


@pytest.fixture(scope="module")
def known() -> str:
    return "\n".join(texts())


def test_the_guide_explains_messages() -> None:
    assert len(quoted()) > 25


@pytest.mark.parametrize("message", quoted())
def test_a_message_that_is_explained_exists(message: str, known: str) -> None:
    for part in message.split("..."):
        assert known.count(part.strip(" .")), f"no message says {part!r}"
