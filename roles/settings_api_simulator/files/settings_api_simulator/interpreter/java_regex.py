# Copyright (c) 2026, community.dynatrace contributors
# SPDX-License-Identifier: GPL-3.0-or-later

r"""Patterns of schemas are Java regular expressions; Python's differ in small ways.

Translated: ``.`` (Java excludes more line ends), named groups, ``\z``, ``\h``, ``\R``, ``\Q..\E``, the usual
``\p{..}``. ``\d \w \s`` are ASCII in Java, hence ``re.ASCII``. What cannot be translated matches everything: the
simulator then knows less than the server.
"""

from __future__ import annotations

import functools
import re

_ANY = "[^\n\r\u0085\u2028\u2029]"
_CLASSES = {
    "Alpha": "a-zA-Z", "Digit": "0-9", "Alnum": "a-zA-Z0-9", "Upper": "A-Z", "Lower": "a-z", "Space": r"\s",
    "Punct": r"!-/:-@\[-`{-~", "XDigit": "0-9a-fA-F", "ASCII": "\x00-\x7f", "Blank": r" \t",
    "Lu": "A-Z\u00c0-\u00d6\u00d8-\u00de", "Ll": "a-z\u00df-\u00f6\u00f8-\u00ff",
    "L": "a-zA-Z\u00aa\u00b5\u00ba\u00c0-\u00d6\u00d8-\u00f6\u00f8-\u02ff\u0370-\u1fff\u3040-\uabff",
    "IsAlphabetic": "a-zA-Z\u00aa\u00b5\u00ba\u00c0-\u00d6\u00d8-\u00f6\u00f8-\u02ff\u0370-\u1fff\u3040-\uabff",
    "N": "0-9", "Nd": "0-9", "Z": r"\s\u00a0", "Zs": r" \u00a0",
}  # fmt: skip


@functools.lru_cache(maxsize=4096)
def compiled(pattern: str) -> re.Pattern[str] | None:
    """The pattern for Python, or None if it cannot be understood."""
    try:
        return re.compile(_translate(pattern), re.ASCII)
    except (re.error, LookupError, RecursionError, OverflowError):
        return None


def matches(pattern: str, text: str) -> bool:
    """Whether the whole text matches, as ``String.matches`` in Java."""
    found = compiled(pattern)
    return found is None or found.fullmatch(text) is not None


def _translate(pattern: str) -> str:
    out: list[str] = []
    position, inside = 0, 0
    while position < len(pattern):
        letter = pattern[position]
        if letter == "\\":
            piece, position = _escape(pattern, position, bool(inside))
            out.append(piece)
            continue
        if letter == "[":
            inside += 1
            # Python takes "[" inside a class literally; a Java union like [a[bc]] is flattened.
            out.append("[" if inside == 1 else "")
        elif letter == "]" and inside:
            inside -= 1
            out.append("]" if inside == 0 else "")
        elif inside and pattern.startswith("&&", position):
            raise LookupError("class intersection")
        elif letter == "." and not inside:
            out.append(_ANY)
        elif pattern.startswith("(?<", position) and pattern[position + 3 : position + 4] not in ("=", "!"):
            out.append("(?P<")
            position += 2
        else:
            out.append(letter)
        position += 1
    return "".join(out)


def _escape(pattern: str, position: int, inside: bool) -> tuple[str, int]:
    following = pattern[position + 1 : position + 2]
    if following == "Q":
        end = pattern.find("\\E", position)
        end = len(pattern) if end < 0 else end
        return re.escape(pattern[position + 2 : end]), end + 2
    if following in ("p", "P"):
        close = pattern.index("}", position) if pattern[position + 2 : position + 3] == "{" else position + 2
        name = pattern[position + 2 : close + 1].strip("{}")
        letters = _CLASSES[name]
        if inside:
            if following == "P":
                raise LookupError("negated class in a class")
            return letters, close + 1
        return f"[{'^' if following == 'P' else ''}{letters}]", close + 1
    simple = {
        "z": r"\Z",
        "Z": r"(?=\n?\Z)",
        "h": r"[ \t\u00a0]",
        "R": r"(?:\r\n|[\n\r\u0085\u2028\u2029])",
        "e": r"\x1b",
    }
    if following in simple:
        piece = simple[following]
        return (piece.strip("[]") if inside else piece), position + 2
    return pattern[position : position + 2], position + 2
