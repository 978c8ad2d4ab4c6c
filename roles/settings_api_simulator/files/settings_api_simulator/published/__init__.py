# Copyright (c) 2026, community.dynatrace contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Schemas that every environment has from the start, written as data of their own from the published facts."""

from __future__ import annotations

from typing import Any

from . import management_zones, resubmission, session_exports


def schemas() -> list[dict[str, Any]]:
    """All built-in schemas; of one with several versions the newest comes last."""
    return [
        session_exports.schema("0.0.15"),
        session_exports.schema("0.0.214"),
        management_zones.schema(),
        resubmission.schema(),
    ]
