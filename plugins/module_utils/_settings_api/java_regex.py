# Copyright (c) 2026, community.dynatrace contributors
# SPDX-License-Identifier: BSD-2-Clause

"""Java regular expressions, as schemas hold them, rewritten so that Python, ECMAScript and Rust all read them alike.

A pattern is searched for, not matched as a whole. Real ones are anchored, and where one is not (``^$|arn:...``) it is
better to let the server refuse a value than to refuse one that it takes.
"""

from __future__ import annotations

import re
from functools import lru_cache

_SPACE = "\\t-\\r "  # Java's \s is ASCII; in other languages it is not
_CLASSES = {"d": "0-9", "w": "A-Za-z0-9_", "s": _SPACE}
# What is left of ASCII without a class, and all above it.
_INVERSE = {"D": "\\x00-/:-", "W": "\\x00-/:-@\\[-\\^`\\{-", "S": "\\x00-\\x08\\x0e-\\x1f!-"}
_LAST = chr(0x10FFFF)
_LINE_ENDS = "\\n\\r\\u0085\\u2028\\u2029"
_CONTROLS = {"a": "\\x07", "e": "\\x1b", "t": "\\t", "n": "\\n", "r": "\\r", "f": "\\f"}
_SYNTAX = frozenset("^$\\.*+?()[]{}|")
_BLANK = "\\t-\\r\\x1c- \\u0085\\u00a0\\u1680\\u2000-\\u200a\\u2028\\u2029\\u202f\\u205f\\u3000"

END = "$(?!\\n)"  # Python's $ would take a line end behind it
NOT_BLANK = f"[^{_BLANK}]"
NO_WHITESPACE = f"^[^{_BLANK}]*{END}"
TRIMMED = f"^(?![{_BLANK}])(?:[^{_BLANK}]|[{_BLANK}]+[^{_BLANK}])*{END}"


class Untranslatable(ValueError):
    """The pattern uses something that only Java knows."""


@lru_cache(maxsize=512)
def translate(pattern: str) -> str:
    """The same pattern for other languages.

    :raises Untranslatable: it cannot be said in the others, or is no regular expression.
    """
    result = "".join(_tokens(pattern))
    try:
        re.compile(result)
    except (re.error, OverflowError, RecursionError):
        raise Untranslatable(pattern) from None
    return result


def _tokens(pattern: str) -> list[str]:
    out: list[str] = []
    at = 0
    while at < len(pattern):
        char = pattern[at]
        if char == "\\":
            token, at = _escape(pattern, at, inside=False)
            out.append(token)
            continue
        if char == "[":
            token, at = _set(pattern, at)
            out.append(token)
            continue
        if char in "*+?}" and pattern[at + 1 : at + 2] == "+":
            raise Untranslatable(pattern)  # possessive
        if char == "(" and pattern[at + 1 : at + 2] == "?":
            # Named groups, atomic groups and inline flags differ between languages.
            found = re.compile(r"\(\?(?::|=|!|<=|<!)").match(pattern, at)
            if not found:
                raise Untranslatable(pattern)
            out.append(found.group())
            at = found.end()
            continue
        if char == "{":
            quantifier = re.compile(r"\{[0-9]+(,[0-9]*)?\}").match(pattern, at)
            if not quantifier or pattern[quantifier.end() : quantifier.end() + 1] == "+":
                raise Untranslatable(pattern)
            out.append(quantifier.group())
            at = quantifier.end()
            continue
        out.append({".": f"[^{_LINE_ENDS}]", "$": END, "}": "\\}", "]": "\\]"}.get(char, char))
        at += 1
    return out


def _escape(pattern: str, at: int, *, inside: bool) -> tuple[str, int]:
    """One escape, and where it ends; inside a set without brackets of its own."""
    char = pattern[at + 1 : at + 2]
    after = at + 2
    if char in _CLASSES and char:
        return (_CLASSES[char] if inside else f"[{_CLASSES[char]}]"), after
    if char in _INVERSE and char:
        return (f"{_INVERSE[char]}{_LAST}" if inside else f"[^{_CLASSES[char.lower()]}]"), after
    if char in _CONTROLS and char:
        return _CONTROLS[char], after
    number = re.compile(r"\\(?:x[0-9a-fA-F]{2}|u[0-9a-fA-F]{4})").match(pattern, at)
    if number:
        return number.group(), number.end()
    if not inside and char in ("b", "B"):
        return "\\" + char, after
    if not inside and char == "A":
        return "^", after
    if not inside and char == "z":
        return END, after
    if not char or (char.isalnum() and char.isascii()):
        raise Untranslatable(pattern)
    return _literal(char, inside=inside), after


def _literal(char: str, *, inside: bool) -> str:
    needs = char in "\\]^[-" if inside else char in _SYNTAX
    return "\\" + char if needs else char


def _set(pattern: str, at: int) -> tuple[str, int]:
    """A character set, and where it ends."""
    at += 1
    out = ["["]
    if pattern[at : at + 1] == "^":
        out.append("^")
        at += 1
    first = True
    while True:
        char = pattern[at : at + 1]
        if not char or char == "[" or pattern.startswith("&&", at):
            raise Untranslatable(pattern)  # no end, or sets within sets
        if char == "]" and not first:
            return "".join(out) + "]", at + 1
        if char == "-" and not first and pattern[at + 1 : at + 2] not in ("]", "") and _ranges(out[-1]):
            out.append("-")
            at += 1
            token, at = _member(pattern, at)
            out.append(token)
            out.append("")  # a range is not the start of another one
        else:
            token, at = _member(pattern, at)
            out.append(token)
        first = False


def _member(pattern: str, at: int) -> tuple[str, int]:
    if pattern[at] == "\\":
        return _escape(pattern, at, inside=True)
    if pattern[at] == "[":
        raise Untranslatable(pattern)
    return _literal(pattern[at], inside=True), at + 1


def _ranges(token: str) -> bool:
    """Whether a token is a single character, with which a range may begin."""
    return len(token) == 1 or (token.startswith("\\") and "-" not in token[2:] and len(token) in (2, 4, 6))
