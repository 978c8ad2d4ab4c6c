# Copyright (c) 2026, community.dynatrace contributors
# SPDX-License-Identifier: BSD-2-Clause

"""Reads of one environment that do not depend on each other, at the same time."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from queue import SimpleQueue
from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from .client import SettingsClient

_Item = TypeVar("_Item")
_Result = TypeVar("_Result")
THREADS = 8


def map_reads(
    client: SettingsClient,
    read: Callable[[SettingsClient, _Item], _Result],
    items: Sequence[_Item],
    threads: int = THREADS,
) -> list[_Result]:
    """Return the result of a read for each item. Every thread has its own connection.

    :raises SettingsError: the first one of any read.
    """
    count = min(threads, len(items))
    if count < 2:
        return [read(client, item) for item in items]
    clones = [client.clone() for _number in range(count)]
    free: SimpleQueue[SettingsClient] = SimpleQueue()
    for clone in clones:
        free.put(clone)

    def work(item: _Item) -> _Result:
        own = free.get()
        try:
            return read(own, item)
        finally:
            free.put(own)

    try:
        with ThreadPoolExecutor(count) as pool:
            futures = [pool.submit(work, item) for item in items]
        return [future.result() for future in futures]
    finally:
        for clone in clones:
            client.close_clone(clone)
