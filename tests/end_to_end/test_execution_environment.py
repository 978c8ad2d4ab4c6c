# Copyright (c) 2026, community.dynatrace contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""What ansible-builder makes of the collection, and of the example of an execution environment."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml

from ansible_collections.community.dynatrace.tests.support.playbooks import VENV, command
from ansible_collections.community.dynatrace.tests.tools.environments import COLLECTIONS, ROOT

BUILDER = VENV / "bin" / "ansible-builder"
pytestmark = [
    pytest.mark.once,
    pytest.mark.skipif(not BUILDER.exists(), reason="ansible-builder is not in this environment"),
]


def test_the_collection_tells_what_it_needs(tmp_path: Path) -> None:
    done = command(tmp_path, "ansible-builder", "introspect", str(COLLECTIONS))
    assert done.code == 0, done.output
    found = yaml.safe_load(done.output[done.output.index("---") :])
    assert [line.partition(">")[0] for line in found["python"]] == ["requests", "jsonschema"]
    assert not found.get("system")


def test_the_example_is_one(tmp_path: Path) -> None:
    example = ROOT / "examples" / "execution-environment" / "execution-environment.yml"
    done = command(tmp_path, "ansible-builder", "create", "-f", str(example), "-c", "context")
    assert done.code == 0, done.output
    # Named for Podman or for Docker, whichever is there.
    (file,) = (tmp_path / "context").glob("*file")
    assert "python3.11" in file.read_text(encoding="utf-8")
    listed = (tmp_path / "context" / "_build" / "requirements.yml").read_text(encoding="utf-8")
    assert "community.dynatrace" in listed
