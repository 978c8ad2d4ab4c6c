# Copyright (c) 2026, community.dynatrace contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""The guide to moving a Monaco project is walked line by line, and shows what the playbook writes and prints."""

from __future__ import annotations

import json
import re
import textwrap
from pathlib import Path

import pytest

from ansible_collections.community.dynatrace.tests.support.guides import follow, guide_text

# What a guide says does not depend on the core.
pytestmark = pytest.mark.once

GUIDE = "guide_from_monaco.rst"
SECRET = "the-archive-password"


def shown(caption: str = "") -> str:
    """A sample of the guide: the one with a caption, or the only one without."""
    head = rf"   :caption: {re.escape(caption)}\n" if caption else ""
    (found,) = re.findall(rf"^\.\. code-block:: text\n{head}\n((?:    .*\n|\n)+)", guide_text(GUIDE), re.M)
    return textwrap.dedent(found).strip()


def test_guide_to_moving_a_monaco_project(tmp_path: Path) -> None:
    folder = tmp_path / "project"
    output = {step.line: step.output for step in follow(GUIDE, folder)}
    inventory = folder / "inventory"
    production = (inventory / "group_vars" / "production" / "monaco.yml").read_text()
    assert production.partition(".\n")[2].strip() == shown("inventory/group_vars/production/monaco.yml")
    everywhere = (inventory / "group_vars" / "dynatrace" / "monaco.yml").read_text()
    summary = shown()
    assert [line.removeprefix("# ") for line in everywhere.splitlines() if line.startswith("#")][1:] == summary.split(
        "\n"
    )
    (converted,) = (text for line, text in output.items() if "import_from_monaco" in line)
    for line in summary.splitlines():
        assert json.dumps(line) in converted
    assert SECRET not in everywhere + production
    audits = [text for line, text in output.items() if ".audit " in line]
    assert len(audits) == 1, "the same command twice: the last one is kept"
    (preview,) = (text for line, text in output.items() if "--check" in line)
    assert "Checkout" in preview and SECRET not in "".join(output.values())
