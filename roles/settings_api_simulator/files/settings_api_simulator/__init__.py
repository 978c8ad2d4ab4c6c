# Copyright (c) 2026, community.dynatrace contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""A local simulator of the Dynatrace Settings API v2, to try, test and benchmark its clients.

It shares no code with the collection's own engine: it reads schema JSON and interprets it by itself, so that a mistake
in one of the two shows as a disagreement.
"""

from __future__ import annotations

__version__ = "0.1.0"
