# Copyright (c) 2026, community.dynatrace contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Reads at the same time: the order of results, a connection for each thread, and errors."""

from __future__ import annotations

import threading
from typing import Any

import pytest

from ansible_collections.community.dynatrace.plugins.module_utils._settings_api.errors import SettingsError
from ansible_collections.community.dynatrace.plugins.module_utils._settings_api.parallel import map_reads


class Client:
    """Counts its clones, and who uses one at the same time."""

    def __init__(self) -> None:
        self.clones: list[Client] = []
        self.closed: list[Client] = []
        self.busy = False

    def clone(self) -> Client:
        """A client with a connection of its own."""
        self.clones.append(Client())
        return self.clones[-1]

    def close_clone(self, clone: Client) -> None:
        """Close the connection of a clone."""
        self.closed.append(clone)


def read_with(client: Any, items: list[int], threads: int, together: int = 0) -> list[int]:
    """Read all items; ``together`` of them wait for each other."""
    barrier = threading.Barrier(together) if together else None

    def read(own: Any, item: int) -> int:
        assert not own.busy, "a connection is used by one thread at a time"
        own.busy = True
        if barrier is not None and item < together:
            barrier.wait(timeout=30)
        own.busy = False
        return item * 10

    return map_reads(client, read, items, threads)


def test_results_are_in_the_order_of_the_items() -> None:
    client = Client()
    # Three wait for each other, so there are at least three threads at the same time.
    assert read_with(client, list(range(20)), 4, together=3) == [number * 10 for number in range(20)]
    assert len(client.clones) == 4
    assert client.closed == client.clones


def test_no_more_threads_than_items_and_none_for_one() -> None:
    client = Client()
    assert read_with(client, [1, 2], 8) == [10, 20]
    assert len(client.clones) == 2
    for items in ([], [5]):
        alone = Client()
        assert read_with(alone, items, 8) == [item * 10 for item in items]
        assert alone.clones == []


def test_the_first_error_in_the_order_of_the_items_is_raised_and_connections_are_closed() -> None:
    client = Client()

    def read(_own: Any, item: int) -> int:
        if item in (2, 4):
            raise SettingsError(f"no {item}")
        return item

    with pytest.raises(SettingsError, match="no 2"):
        map_reads(client, read, list(range(6)), 3)  # type: ignore[arg-type]
    assert client.closed == client.clones and len(client.clones) == 3
