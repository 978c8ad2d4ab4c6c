# Copyright (c) 2026, community.dynatrace contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""From parameters to a result or a failure: missing libraries, and defects."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from ansible_collections.community.dynatrace.tests.support.module_process import EXPORT, SECRET, connection, module
from ansible_collections.community.dynatrace.tests.support.simulator import Simulator


@pytest.fixture(scope="module")
def simulator() -> Iterator[Simulator]:
    with Simulator(["one"]) as running:
        yield running


@pytest.mark.parametrize("library", ["requests", "jsonschema"])
def test_a_missing_library_is_named_and_nothing_is_sent(simulator: Simulator, tmp_path: Path, library: str) -> None:
    blocker = f"import sys\nsys.modules[{library!r}] = None\n"
    (tmp_path / "sitecustomize.py").write_text(blocker)
    simulator.clear_log()
    result = module("user_session_exports", {**connection(simulator), "exports": [EXPORT]}, site=tmp_path)
    assert result["failed"] is True
    assert library in result["msg"]
    assert simulator.requests() == []


def test_a_defect_is_reported_in_one_line_without_the_text_of_the_exception(
    simulator: Simulator, tmp_path: Path
) -> None:
    # The text of an unexpected exception may hold anything: here a secret.
    (tmp_path / "sitecustomize.py").write_text(
        "import json, requests\n"
        "def broken(*args, **kwargs):\n"
        f"    raise RuntimeError('{SECRET[:2]}' + '{SECRET[2:]}')\n"
        "requests.adapters.HTTPAdapter.send = broken\n"
    )
    result = module("user_session_exports", {**connection(simulator), "exports": [EXPORT]}, site=tmp_path)
    assert result["failed"] is True
    assert "Unexpected RuntimeError at sitecustomize.py:3" in result["msg"]
    assert str(tmp_path) not in result["msg"]


def test_the_info_module_needs_no_jsonschema(simulator: Simulator, tmp_path: Path) -> None:
    (tmp_path / "sitecustomize.py").write_text("import sys\nsys.modules['jsonschema'] = None\n")
    result = module("user_session_exports_info", connection(simulator), site=tmp_path)
    assert result["slots"]["maximum"] == 3
