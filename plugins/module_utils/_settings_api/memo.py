# Copyright (c) 2026, community.dynatrace contributors
# SPDX-License-Identifier: BSD-2-Clause

"""Keeps the results of pure functions of values: many environments declare, and have, the same.

A value is recognized by a keyed digest of its JSON, so that no value, which may hold secrets, is kept.
"""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Callable
from typing import Any, TypeVar

_Result = TypeVar("_Result")

_KEY = os.urandom(16)
_MOST = 2_000


class Memo:
    """Results by the name of a function and its input. Safe in threads. A result must not be changed."""

    def __init__(self, most: int = _MOST) -> None:
        self._most = most
        self._kept: dict[tuple[str, bytes], Any] = {}

    def of(self, name: str, values: object, compute: Callable[[], _Result]) -> _Result:
        """Return the result of a function, which is called if the same input was not there before.

        :param values: all of its input. What JSON cannot express is not kept.
        """
        digest = _digest(values)
        if digest is None:
            return compute()
        key = (name, digest)
        try:
            found: _Result = self._kept[key]
        except KeyError:
            found = compute()
            if len(self._kept) >= self._most:
                self._kept.clear()
            self._kept[key] = found
        return found


def _digest(values: object) -> bytes | None:
    """A digest that differs for values of different types, such as ``1``, ``1.0``, and ``true``."""
    try:
        text = json.dumps(values, ensure_ascii=True, separators=(",", ":"))
    except (TypeError, ValueError, RecursionError):
        return None
    return hashlib.blake2b(text.encode(), key=_KEY, digest_size=16).digest()
