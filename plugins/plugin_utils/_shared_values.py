# Copyright (c) 2026, community.dynatrace contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What was found out about values that hosts share: the hosts of a group have the same objects, not only equal ones."""

from __future__ import annotations

from collections.abc import Callable, Hashable
from threading import RLock
from typing import Any, TypeVar

_Result = TypeVar("_Result")


class SharedValues:
    """Results by the objects that they were computed from, which are kept, so that no other object gets their ids.

    Neither these objects nor the results may be changed. Safe in threads, which begin with the same values at the same
    time: each result is computed once.

    :param most: the number of results that are kept.
    """

    def __init__(self, most: int) -> None:
        self._most = most
        self._lock = RLock()
        self._kept: dict[tuple[Hashable, ...], tuple[tuple[Any, ...], Any]] = {}

    def of(self, name: Hashable, values: tuple[Any, ...], compute: Callable[[], _Result]) -> _Result:
        """Return the result for these objects, which is computed if it is not known.

        :param name: everything else that the result depends on.
        """
        if not all(isinstance(value, (dict, list)) for value in values):
            return compute()
        key = (name, *map(id, values))
        known = self._kept.get(key)
        if known is None:
            with self._lock:
                known = self._kept.get(key) or (values, compute())
                if len(self._kept) >= self._most:
                    self._kept.clear()
                self._kept[key] = known
        result: _Result = known[1]
        return result
