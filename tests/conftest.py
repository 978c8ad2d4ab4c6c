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
    # pytest reads this from pyproject.toml, ansible-test does not.
    simulator = str(ROOT / "roles" / "settings_api_simulator" / "files")
    if simulator not in sys.path:
        sys.path.append(simulator)
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
    # For a second environment, in which the same rules only have to run.
    settings.register_profile("few", max_examples=40, derandomize=True, **common)
    settings.register_profile("long", max_examples=20_000, **common)
    settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE") or ("ci" if os.environ.get("CI") else "default"))


_link_tree()
_hypothesis_profiles()
pytest_plugins = ["ansible_collections.community.dynatrace.tests.support.counters"]


OWN_REFERENCE = ROOT / "tests" / "reference"
"""Schemas, answers and exported sessions that were written for these tests."""


@pytest.fixture(
    scope="session",
    params=[pytest.param("own", id="own"), pytest.param("corpus", id="corpus", marks=pytest.mark.corpus)],
)
def reference(request: pytest.FixtureRequest) -> Path:
    """A folder with schemas and answers: the project's own, and then the one that DYNATRACE_REFERENCE names.

    The second one, with real schemas and recorded answers, is not part of the project. Where the variable is set the
    folder must exist.
    """
    if request.param == "own":
        return OWN_REFERENCE
    named = os.environ.get("DYNATRACE_REFERENCE")
    if not named:
        pytest.skip("no corpus: DYNATRACE_REFERENCE names no folder")
    if not (Path(named) / "schemas").is_dir():
        pytest.fail("DYNATRACE_REFERENCE names a folder without schemas/")
    return Path(named)


@pytest.fixture(scope="session")
def own_reference() -> Path:
    """The project's own schemas and answers, where the corpus would prove no more."""
    return OWN_REFERENCE


@pytest.fixture(scope="session")
def is_corpus(reference: Path) -> bool:
    """Whether the folder is the corpus of real schemas and answers, which is large."""
    return reference != OWN_REFERENCE
