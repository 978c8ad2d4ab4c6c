# Copyright (c) 2026, community.dynatrace contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Divides a fleet into batches: a canary, then so many environments at a time. Imports nothing of Ansible."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class Rollout:
    """How a fleet is divided, and when the run stops.

    :param canary: number of environments in the first batch; if one of them fails, no other batch is processed.
    :param serial: number or percentage of environments in each batch after that.
    :param max_fail_percentage: the run stops if more than this percentage of a batch fails.
    """

    canary: int = 0
    serial: str = "100%"
    max_fail_percentage: int = 100

    def problems(self) -> list[str]:
        """What is wrong with the values."""
        found = []
        if self.canary < 0:
            found.append("canary must not be negative")
        if not re.fullmatch(r"[0-9]+%?", self.serial):
            found.append("serial must be a number or a percentage")
        if not 0 <= self.max_fail_percentage <= 100:
            found.append("max_fail_percentage must be between 0 and 100")
        return found

    def batches(self, hosts: Sequence[str]) -> list[list[str]]:
        """Divide hosts into batches, as the keyword ``serial`` does."""
        total, found, start = len(hosts), [], 0
        sizes = [self.canary] if self.canary else []
        while start < total:
            size = sizes.pop() if sizes else self._size(total)
            found.append(list(hosts[start : start + size]))
            start += size
        return found

    def stops(self, index: int, size: int, failed: int) -> bool:
        """Return whether no batch is to follow.

        :param index: of the batch that has ended.
        :param failed: number of environments in it that failed.
        """
        limit = 0 if self.canary and index == 0 else self.max_fail_percentage
        return failed * 100 > size * limit

    def _size(self, total: int) -> int:
        number = int(self.serial.rstrip("%"))
        size = total * number // 100 if self.serial.endswith("%") else number
        return max(1, size) if self.serial.endswith("%") else size or total
