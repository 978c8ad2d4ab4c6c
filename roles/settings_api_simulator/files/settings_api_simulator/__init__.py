# Copyright (c) 2026, community.dynatrace contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""A local stand-in for the Dynatrace Settings API v2, for trying, testing and measuring clients of it.

It shares no code with the collection's own engine: it reads schema JSON and interprets it by itself, so that a mistake
in one of the two shows as a disagreement.
"""

from __future__ import annotations

__version__ = "0.1.0"
