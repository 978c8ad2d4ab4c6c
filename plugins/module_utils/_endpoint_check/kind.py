# Copyright (c) 2026, community.dynatrace contributors
# SPDX-License-Identifier: BSD-2-Clause

"""What there is to say about a kind of finding."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Severity = Literal["ok", "info", "warning", "error"]


@dataclass(frozen=True)
class Kind:
    """One kind of finding.

    :param cure: what to do, in the names of the options; empty where there is nothing to do.
    """

    severity: Severity
    meaning: str
    cure: str = ""
