# Copyright (c) 2026, community.dynatrace contributors
# SPDX-License-Identifier: BSD-2-Clause

"""Requests to one environment that do not depend on each other, at the same time."""

from __future__ import annotations

import contextlib
import threading
from collections import Counter, deque
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from queue import SimpleQueue
from typing import TYPE_CHECKING, TypeVar

from .adapter import connections_for_reads

if TYPE_CHECKING:
    from .client import SettingsClient

_Item = TypeVar("_Item")
_Result = TypeVar("_Result")
THREADS = 8
# Writes of one environment. A server that is busy with them still has to answer its users.
WRITES = 4
# Connections of this process to one server, besides the first one of each environment: a cluster has many environments.
MORE_PER_SERVER = 16

_lock = threading.Lock()
_more_in_use: Counter[str] = Counter()


def map_reads(
    client: SettingsClient,
    read: Callable[[SettingsClient, _Item], _Result],
    items: Sequence[_Item],
    threads: int = THREADS,
) -> list[_Result]:
    """Return the result of a read for each item. Every thread has its own connection.

    :raises SettingsError: the first one of any read.
    """
    count = min(connections_for_reads(threads), len(items))
    if count < 2:
        return [read(client, item) for item in items]
    with _clients(client, count) as clients:
        free: SimpleQueue[SettingsClient] = SimpleQueue()
        for one in clients:
            free.put(one)

        def work(item: _Item) -> _Result:
            own = free.get()
            try:
                return read(own, item)
            finally:
                free.put(own)

        with ThreadPoolExecutor(len(clients)) as pool:
            futures = [pool.submit(work, item) for item in items]
        return [future.result() for future in futures]


def map_writes(
    client: SettingsClient,
    write: Callable[[SettingsClient, _Item], _Result],
    items: Sequence[_Item],
    threads: int,
    failed: Callable[[_Result], bool],
) -> list[_Result | None]:
    """Return the result of a write for each item, or ``None`` if it was not sent.

    They begin in the order of the items. After one that failed, no other begins, and those under way are awaited. As
    soon as the environment has made a request wait, the rest is sent one after the other.

    :param failed: whether a result is a failure.
    """
    results: list[_Result | None] = [None] * len(items)
    pending = deque(enumerate(items))
    lock = threading.Lock()

    def work(own: SettingsClient, *, is_first: bool = False) -> None:
        while is_first or not own.has_waited:
            with lock:
                if not pending:
                    return
                index, item = pending.popleft()
            complete = False
            try:
                results[index] = result = write(own, item)
                complete = not failed(result)
            finally:
                if not complete:
                    with lock:
                        pending.clear()

    if min(threads, len(items)) < 2:
        work(client, is_first=True)
        return results
    with _clients(client, min(threads, len(items))) as clients:
        with ThreadPoolExecutor(len(clients)) as pool:
            futures = [pool.submit(work, own, is_first=own is client) for own in clients]
        for future in futures:
            future.result()
    return results


@contextlib.contextmanager
def _clients(client: SettingsClient, count: int) -> Iterator[list[SettingsClient]]:
    """A client and clones of it: so many altogether, or fewer if other environments at the same server use many."""
    server = client.server
    with _lock:
        more = max(0, min(count - 1, MORE_PER_SERVER - _more_in_use[server]))
        _more_in_use[server] += more
    clones: list[SettingsClient] = []
    try:
        for _number in range(more):
            clones.append(client.clone())
        yield [client, *clones]
    finally:
        for clone in clones:
            client.close_clone(clone)
        with _lock:
            _more_in_use[server] -= more
