# Copyright (c) 2026, community.dynatrace contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Reads any Settings 2.0 schema JSON and says what is wrong with a value of it."""

from __future__ import annotations

from .schema import Schema, SchemaError
from .values import check

__all__ = ["Schema", "SchemaError", "check"]
