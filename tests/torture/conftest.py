# Copyright (c) 2026, community.dynatrace contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""One simulator for each worker; counts travel with the reports of tests and are summed up at the end."""

from __future__ import annotations

import collections
import ssl
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from ansible_collections.community.dynatrace.tests.support.simulator import Simulator
from ansible_collections.community.dynatrace.tests.torture.support import Arena, Ledger
from ansible_collections.community.dynatrace.tests.torture.support import arena as opened

TALLY, DAMAGE = "torture counts", "torture damage"


@pytest.fixture(scope="session")
def simulator() -> Iterator[Simulator]:
    with Simulator() as running:
        # Plain http: without this each call of the control endpoint loads the machine's certificates, for 20 ms.
        running._context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        yield running


@pytest.fixture
def ledger(record_property: Any) -> Iterator[Ledger]:
    """What was done and what was damaged."""
    found = Ledger()
    yield found
    record_property(TALLY, dict(found.counts))
    record_property(DAMAGE, dict(found.damage))


@pytest.fixture
def arena(simulator: Simulator, ledger: Ledger, tmp_path: Path) -> Iterator[Arena]:
    """A fresh environment."""
    with opened(simulator, ledger, tmp_path) as found:
        yield found


def pytest_terminal_summary(terminalreporter: Any) -> None:
    """The tables: what was done, and what was damaged."""
    sums: dict[str, collections.Counter[str]] = {TALLY: collections.Counter(), DAMAGE: collections.Counter()}
    for reports in terminalreporter.stats.values():
        for report in reports:
            # Recorded in the teardown, and handed on with every later report of the same test: counted once.
            if getattr(report, "when", "") == "teardown":
                for name, counts in report.user_properties:
                    if name in sums:
                        sums[name].update(counts)
    if not sums[TALLY]:
        return
    terminalreporter.section("torture")
    for name, title in ((TALLY, "done"), (DAMAGE, "damage")):
        terminalreporter.write_line(f"{title}:")
        for what, count in sorted(sums[name].items()):
            terminalreporter.write_line(f"  {count:>7}  {what}")
    total = sum(sums[DAMAGE].values())
    terminalreporter.write_line(f"damage in all: {total}")
