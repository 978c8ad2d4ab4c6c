# Copyright (c) 2026, community.dynatrace contributors
# SPDX-License-Identifier: BSD-2-Clause

"""Keeps the results of pure functions of values: many environments declare, and have, the same.

A value is recognized by a keyed digest, so that no value, which may hold secrets, is kept.
"""

from __future__ import annotations

import hashlib
import marshal
import os
from collections.abc import Callable
from threading import RLock
from typing import Any, TypeVar

_Result = TypeVar("_Result")

_KEY = os.urandom(16)
_MOST = 2_000
# The last format of marshal in which equal values have equal bytes: later ones depend on how often an object is used.
_FORMAT = 2


class Memo:
    """Results by the name of a function and its input. A result must not be changed.

    Safe in threads: those that need the same result at the same time compute it once.

    :param most: the sum of the weights of all results that are kept.
    """

    def __init__(self, most: int = _MOST) -> None:
        self._most = most
        self._kept: dict[tuple[str, bytes], Any] = {}
        self._weight = 0
        self._lock = RLock()

    def holds(self, weight: int) -> bool:
        """Whether a result of this weight can be kept."""
        return weight <= self._most

    def of(self, name: str, values: object, compute: Callable[[], _Result], weight: int = 1) -> _Result:
        """Return the result of a function, which is called if the same input was not there before.

        :param values: all of its input. What is not plain data is not kept.
        """
        digest = digest_of(values)
        if digest is None:
            return compute()
        key = (name, digest)
        try:
            found: _Result = self._kept[key]
        except KeyError:
            with self._lock:
                if key in self._kept:
                    found = self._kept[key]
                else:
                    found = compute()
                    self._keep(key, found, weight)
        return found

    def _keep(self, key: tuple[str, bytes], result: Any, weight: int) -> None:
        if self._weight + weight > self._most:
            self._kept.clear()
            self._weight = 0
        self._kept[key] = result
        self._weight += weight


def digest_of(values: Any) -> bytes | None:
    """A digest that differs for values of different types, such as ``1``, ``1.0``, and ``true``.

    ``None`` for what is not plain data.
    """
    try:
        content = marshal.dumps(values, _FORMAT)
    except (TypeError, ValueError, RecursionError):
        return None
    return hashlib.blake2b(content, key=_KEY, digest_size=16).digest()
