# Copyright (c) 2026, community.dynatrace contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""One simulator for each worker, and a fresh environment of it for each test."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from ansible_collections.community.dynatrace.tests.fault_injection.support import Arena
from ansible_collections.community.dynatrace.tests.fault_injection.support import arena as opened
from ansible_collections.community.dynatrace.tests.support.counters import Ledger
from ansible_collections.community.dynatrace.tests.support.simulator import Simulator


@pytest.fixture(scope="session")
def simulator() -> Iterator[Simulator]:
    with Simulator() as running:
        yield running


@pytest.fixture
def arena(simulator: Simulator, ledger: Ledger, tmp_path: Path) -> Iterator[Arena]:
    """A fresh environment."""
    with opened(simulator, ledger, tmp_path) as found:
        yield found
