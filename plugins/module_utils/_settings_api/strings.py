# Copyright (c) 2026, community.dynatrace contributors
# SPDX-License-Identifier: BSD-2-Clause

"""What counts as text, and how long it is."""

from __future__ import annotations

NO_TEXT = "must be text: it holds half of a character (a lone surrogate), which cannot be sent"


def length(text: str) -> int:
    """In UTF-16 units, as the server's language counts (a character outside the basic plane is two)."""
    return len(text) if text.isascii() else len(text) + sum(one > "\uffff" for one in text)


def is_text(value: object) -> bool:
    """Whether it is text that can be sent: YAML can hold half of a surrogate pair, UTF-8 cannot."""
    if not isinstance(value, str):
        return False
    return value.isascii() or not any("\ud800" <= one <= "\udfff" for one in value)
