# Copyright (c) 2026, community.dynatrace contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Batches of a fleet: as Ansible's keyword serial divides it, and when a run stops."""

from __future__ import annotations

import pytest

from ansible_collections.community.dynatrace.plugins.plugin_utils._fleet.batches import Rollout

HOSTS = [f"h{number}" for number in range(10)]


@pytest.mark.parametrize(
    ("canary", "serial", "sizes"),
    [
        (0, "100%", [10]),
        (1, "100%", [1, 9]),
        (2, "3", [2, 3, 3, 2]),
        (0, "25%", [2, 2, 2, 2, 2]),
        (0, "1%", [1] * 10),
        (0, "0", [10]),
        (20, "5", [10]),
    ],
)
def test_batches(canary: int, serial: str, sizes: list[int]) -> None:
    batches = Rollout(canary, serial).batches(HOSTS)
    assert [len(batch) for batch in batches] == sizes
    assert [host for batch in batches for host in batch] == HOSTS


def test_no_hosts_are_no_batches() -> None:
    assert Rollout(1, "5").batches([]) == []


@pytest.mark.parametrize(
    ("limit", "canary", "index", "failed", "stops"),
    [
        (100, 0, 0, 10, False),
        (100, 1, 0, 1, True),
        (100, 1, 1, 9, False),
        (50, 0, 0, 5, False),
        (40, 0, 0, 5, True),
        (0, 0, 2, 1, True),
        (0, 0, 2, 0, False),
    ],
)
def test_when_a_run_stops(limit: int, canary: int, index: int, failed: int, stops: bool) -> None:
    assert Rollout(canary, "100%", limit).stops(index, 10, failed) is stops


def test_wrong_values_are_named() -> None:
    assert Rollout(-1, "many", 101).problems() == [
        "canary must not be negative",
        "serial must be a number or a percentage",
        "max_fail_percentage must be between 0 and 100",
    ]
    assert Rollout().problems() == []
