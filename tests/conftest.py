# Copyright (c) 2026, community.dynatrace contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Shared by all tests: the import tree, hypothesis profiles, the reference folder."""

from __future__ import annotations

import importlib
import os
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]


def _link_tree() -> None:
    # The same as `make tree`, so that a plain `pytest` works in a fresh clone too.
    sys.path.insert(0, str(ROOT / "tests" / "tools"))
    try:
        importlib.import_module("environments").link_tree()
    finally:
        sys.path.pop(0)
    importlib.invalidate_caches()


def _hypothesis_profiles() -> None:
    try:
        from hypothesis import HealthCheck, configuration, settings
    except ImportError:  # the oldest core's environment has none
        return
    configuration.set_hypothesis_home_dir(ROOT / ".build" / "hypothesis")
    common = {"deadline": None, "print_blob": True, "suppress_health_check": [HealthCheck.too_slow]}
    settings.register_profile("default", max_examples=200, **common)
    # The same examples every time: a failure in CI is about the change.
    settings.register_profile("ci", max_examples=200, derandomize=True, **common)
    settings.register_profile("long", max_examples=20_000, **common)
    settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE") or ("ci" if os.environ.get("CI") else "default"))


_link_tree()
_hypothesis_profiles()
pytest_plugins = ["ansible_collections.community.dynatrace.tests.support.counters"]


@pytest.fixture(scope="session")
def reference() -> Path:
    """The folder with real schemas and recorded answers, which is not part of the project."""
    folder = Path(os.environ.get("DYNATRACE_REFERENCE") or ROOT.parent / "shared" / "reference")
    if not (folder / "schemas").is_dir():
        message = "no reference folder: set DYNATRACE_REFERENCE to the one with schemas/ and examples/"
        if os.environ.get("CI") == "true":
            pytest.fail(message)
        pytest.skip(message)
    return folder
