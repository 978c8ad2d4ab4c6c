# Copyright (c) 2026, community.dynatrace contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""What was found out about an object is kept for this object, and for no other one."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from threading import Event
from typing import Any

from ansible_collections.community.dynatrace.plugins.plugin_utils._shared_values import SharedValues


def test_an_object_is_looked_at_once_and_an_equal_one_on_its_own() -> None:
    shared, calls, one = SharedValues(10), [], [1]

    def look(value: Any) -> int:
        calls.append(value)
        return len(calls)

    found = [shared.of("name", (value,), lambda value=value: look(value)) for value in (one, one, [1], one)]
    assert found == [1, 1, 2, 1]
    assert shared.of("other", (one,), lambda: look(one)) == 3, "another question"
    assert [shared.of("name", ("a",), lambda: look("a")) for _turn in range(2)] == [4, 5], "texts are never shared"


def test_no_other_object_gets_the_result_of_one_that_is_gone() -> None:
    shared = SharedValues(10)
    for number in range(100):
        # Without a reference to it, the next list would often have the id of the last one.
        assert shared.of("name", ([number],), lambda number=number: number) == number
    assert len(shared._kept) <= 10


def test_threads_that_begin_together_compute_once() -> None:
    shared, value, calls, begun, go = SharedValues(10), [1], [], Event(), Event()

    def compute() -> int:
        calls.append(1)
        begun.set()
        assert go.wait(10)
        return 1

    with ThreadPoolExecutor(4) as pool:
        first = pool.submit(shared.of, "name", (value,), compute)
        assert begun.wait(10)
        others = [pool.submit(shared.of, "name", (value,), compute) for _number in range(3)]
        go.set()
        assert [one.result() for one in (first, *others)] == [1, 1, 1, 1]
    assert calls == [1]
