# Copyright (c) 2026, community.dynatrace contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Requests at the same time: the order of results, a connection for each thread, failures, and how many there are."""

from __future__ import annotations

import threading
from typing import Any

import pytest

from ansible_collections.community.dynatrace.plugins.module_utils._settings_api.adapter import kept_connections
from ansible_collections.community.dynatrace.plugins.module_utils._settings_api.errors import SettingsError
from ansible_collections.community.dynatrace.plugins.module_utils._settings_api.parallel import (
    MORE_PER_SERVER,
    map_reads,
    map_writes,
)


class Client:
    """Counts its clones, and who uses one at the same time."""

    server = "dynatrace.example.com"
    throttled = False

    def __init__(self) -> None:
        self.asked = 0
        self.returned = threading.Event()
        self.clones: list[Client] = []
        self.closed: list[Client] = []
        self.busy = False

    @property
    def has_waited(self) -> bool:
        """Asked before each write of a clone."""
        self.asked += 1
        if self.asked > 1:
            self.returned.set()
        return Client.throttled

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
    assert len(client.clones) == 3
    assert client.closed == client.clones


def test_no_more_threads_than_items_and_none_for_one() -> None:
    client = Client()
    assert read_with(client, [1, 2], 8) == [10, 20]
    assert len(client.clones) == 1
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
    assert client.closed == client.clones and len(client.clones) == 2


def failed(result: int) -> bool:
    return result < 0


def test_writes_are_sent_at_the_same_time_up_to_the_bound_and_results_are_in_the_order_of_the_items() -> None:
    client: Any = Client()
    meet = threading.Barrier(4)
    under_way: list[int] = []
    most: list[int] = []

    def write(_own: Any, item: int) -> int:
        under_way.append(item)
        most.append(len(under_way))
        if item < 4:
            meet.wait(timeout=30)
        under_way.remove(item)
        return item * 10

    assert map_writes(client, write, list(range(40)), 4, failed) == [number * 10 for number in range(40)]
    assert 4 in most and max(most) == 4
    assert client.closed == client.clones and len(client.clones) == 3


def test_after_a_failure_no_write_begins_and_those_under_way_are_awaited() -> None:
    client: Any = Client()
    meet = threading.Barrier(4)

    def write(own: Any, item: int) -> int:
        meet.wait(timeout=30)
        if own is client.clones[0]:
            return -1
        # The thread of the one that failed has looked for another write, and has found none.
        assert client.clones[0].returned.wait(timeout=30)
        return item * 10

    found = map_writes(client, write, list(range(20)), 4, failed)
    assert found[4:] == [None] * 16
    assert found.count(-1) == 1 and None not in found[:4]


def test_an_exception_ends_the_writes_too() -> None:
    client: Any = Client()
    seen: list[int] = []

    def write(_own: Any, item: int) -> int:
        seen.append(item)
        raise KeyError(item)

    with pytest.raises(KeyError):
        map_writes(client, write, list(range(50)), 2, failed)
    assert len(seen) <= 2 and client.closed == client.clones


def test_one_at_a_time_no_connection_is_added() -> None:
    client: Any = Client()
    assert map_writes(client, lambda _own, item: -1 if item == 2 else item, [0, 1, 2, 3], 1, failed) == [0, 1, -1, None]
    assert client.clones == []


def test_an_environment_that_makes_requests_wait_gets_one_write_at_a_time(monkeypatch: pytest.MonkeyPatch) -> None:
    client: Any = Client()
    meet = threading.Barrier(4)
    by_clones: list[int] = []

    def write(own: Any, item: int) -> int:
        if item < 4:
            meet.wait(timeout=30)
            # All four are under way when the environment throttles.
            monkeypatch.setattr(Client, "throttled", True)
        if own is not client:
            by_clones.append(item)
        return item

    assert map_writes(client, write, list(range(20)), 4, failed) == list(range(20))
    assert len(by_clones) == 3 and max(by_clones) < 4


def test_many_environments_of_one_server_share_a_limited_number_of_additional_connections() -> None:
    """Each has at least its own one, whatever the others use."""
    clients: list[Any] = [Client() for _number in range(6)]
    elsewhere: Any = Client()
    elsewhere.server = "other.example.com"

    def nested(rest: list[Any]) -> None:
        """Read with one client while all clients before it are reading."""
        if not rest:
            map_reads(elsewhere, lambda _own, item: item, [0, 1, 2], 3)
            return
        map_reads(rest[0], lambda _own, item: nested(rest[1:]) if item == 0 else None, list(range(8)), 8)

    nested(clients)
    counts = [len(client.clones) for client in clients]
    assert counts == [7, 7, 2, 0, 0, 0] and sum(counts) == MORE_PER_SERVER
    assert len(elsewhere.clones) == 2
    # They are given back.
    again: Any = Client()
    map_reads(again, lambda _own, item: item, list(range(8)), 8)
    assert len(again.clones) == 7


@pytest.mark.parametrize(("environments", "clones"), [(1, 7), (5, 7), (10, 4), (50, 0), (500, 0)])
def test_environments_that_are_processed_at_the_same_time_share_their_connections(
    environments: int, clones: int
) -> None:
    client = Client()
    with kept_connections(50, environments):
        assert read_with(client, list(range(20)), 8) == read_with(Client(), list(range(20)), 1)
    assert len(client.clones) == clones
