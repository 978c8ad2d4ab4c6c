# Copyright (c) 2026, community.dynatrace contributors
# SPDX-License-Identifier: BSD-2-Clause

"""Validity and length of strings."""

from __future__ import annotations

NO_TEXT = "must be text: it holds half of a character (a lone surrogate), which cannot be sent"


def length(text: str) -> int:
    """Return the length in UTF-16 code units, like Java on the server. Characters outside the BMP count as two."""
    return len(text) if text.isascii() else len(text) + sum(one > "\uffff" for one in text)


def is_text(value: object) -> bool:
    """Whether the string can be sent. YAML can contain lone surrogates, but UTF-8 cannot."""
    if not isinstance(value, str):
        return False
    return value.isascii() or not any("\ud800" <= one <= "\udfff" for one in value)
