# Copyright (c) 2026, community.dynatrace contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Counts of actions and damage, which tests collect, reports transport, and the end of a run sums up."""

from __future__ import annotations

import collections
from collections.abc import Iterator
from typing import Any

import pytest

_DONE, _DAMAGE = "counts of what was done", "counts of damage"


class Ledger:
    """Counts of one test. Every check is counted. Damage is counted and fails the test."""

    def __init__(self) -> None:
        self.counts: collections.Counter[str] = collections.Counter()
        self.damage: collections.Counter[str] = collections.Counter()

    def count(self, what: str, number: int = 1) -> None:
        """Count actions."""
        self.counts[what] += number

    def check(self, kind: str, fine: object, *evidence: object) -> None:
        """Check that there is no damage of this kind."""
        self.damage[kind] += not fine
        assert fine, (kind, *evidence)


@pytest.fixture
def ledger(record_property: Any) -> Iterator[Ledger]:
    """Return the counters of a test."""
    found = Ledger()
    yield found
    record_property(_DONE, dict(found.counts))
    record_property(_DAMAGE, dict(found.damage))


def pytest_terminal_summary(terminalreporter: Any) -> None:
    """Format the tables of actions and damage."""
    sums: dict[str, collections.Counter[str]] = {_DONE: collections.Counter(), _DAMAGE: collections.Counter()}
    for reports in terminalreporter.stats.values():
        for report in reports:
            # Recorded in the teardown, and included in every later report of the same test, so it is counted once.
            if getattr(report, "when", "") == "teardown":
                for name, counts in report.user_properties:
                    if name in sums:
                        sums[name].update(counts)
    if not sums[_DONE]:
        return
    terminalreporter.section("counts")
    for name, title in ((_DONE, "done"), (_DAMAGE, "damage")):
        terminalreporter.write_line(f"{title}:")
        for what, count in sorted(sums[name].items()):
            terminalreporter.write_line(f"  {count:>9,}  {what}")
    total = sum(sums[_DAMAGE].values())
    terminalreporter.write_line(f"damage in all: {total}")
