# Copyright (c) 2026, community.dynatrace contributors
# SPDX-License-Identifier: BSD-2-Clause

"""Translates the Java regular expressions of schemas so that Python, ECMAScript, and Rust interpret them identically.

Patterns are searched for and not matched as a whole. Real patterns are anchored. If one is not (``^$|arn:...``), it is
better that the server rejects a value than to reject one that the server accepts.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import lru_cache

_SPACE = "\\t-\\r "  # Java's \s is ASCII; in other languages it is not
_CLASSES = {"d": "0-9", "w": "A-Za-z0-9_", "s": _SPACE}
# The rest of ASCII without a class. Everything above ASCII is added.
_INVERSE = {"D": "\\x00-/:-", "W": "\\x00-/:-@\\[-\\^`\\{-", "S": "\\x00-\\x08\\x0e-\\x1f!-"}
_LAST = chr(0x10FFFF)
_LINE_ENDS = "\\n\\r\\u0085\\u2028\\u2029"
_CONTROLS = {"a": "\\x07", "e": "\\x1b", "t": "\\t", "n": "\\n", "r": "\\r", "f": "\\f"}
_QUANTIFIER = re.compile(r"\{[0-9]+(,[0-9]*)?\}")
# Named groups, atomic groups and inline flags differ between languages.
_GROUP = re.compile(r"\(\?(?::|=|!|<=|<!)")
_NUMBER = re.compile(r"\\(?:x[0-9a-fA-F]{2}|u[0-9a-fA-F]{4})")
_SYNTAX = frozenset("^$\\.*+?()[]{}|")
_BLANK = "\\t-\\r\\x1c- \\u0085\\u00a0\\u1680\\u2000-\\u200a\\u2028\\u2029\\u202f\\u205f\\u3000"

END = "$(?!\\n)"  # Python's $ also matches before a trailing newline
_ANCHORS = {"b": "\\b", "B": "\\B", "A": "^", "z": END}
NOT_BLANK = f"[^{_BLANK}]"
NO_WHITESPACE = f"^[^{_BLANK}]*{END}"
TRIMMED = f"^(?![{_BLANK}])(?:[^{_BLANK}]|[{_BLANK}]+[^{_BLANK}])*{END}"


class Untranslatable(ValueError):
    """The pattern uses a feature that only Java supports."""


@lru_cache(maxsize=512)
def translate(pattern: str) -> str:
    """Return the equivalent pattern for other languages.

    :raises Untranslatable: if there is none, or if it is not a valid regular expression.
    """
    result = "".join(_tokens(pattern))
    try:
        re.compile(result)
    except (re.error, OverflowError, RecursionError):
        raise Untranslatable(pattern) from None
    return result


def _tokens(pattern: str) -> Iterator[str]:
    at = 0
    while at < len(pattern):
        token, at = _token(pattern, at)
        yield token


def _token(pattern: str, at: int) -> tuple[str, int]:
    """Translate what begins at a position, and return its end."""
    char, following = pattern[at], pattern[at + 1 : at + 2]
    if char == "\\":
        return _escape(pattern, at, inside=False)
    if char == "[":
        return _set(pattern, at)
    if char in "*+?}" and following == "+":
        raise Untranslatable(pattern)  # possessive
    if char == "{" or (char == "(" and following == "?"):
        found = (_QUANTIFIER if char == "{" else _GROUP).match(pattern, at)
        if not found or (char == "{" and pattern[found.end() : found.end() + 1] == "+"):
            raise Untranslatable(pattern)
        return found.group(), found.end()
    return {".": f"[^{_LINE_ENDS}]", "$": END, "}": "\\}", "]": "\\]"}.get(char, char), at + 1


def _escape(pattern: str, at: int, *, inside: bool) -> tuple[str, int]:
    """Translate one escape and return its end. Inside a set, it gets no brackets."""
    char = pattern[at + 1 : at + 2]
    after = at + 2
    if char in _CLASSES:
        return (_CLASSES[char] if inside else f"[{_CLASSES[char]}]"), after
    if char in _INVERSE:
        return (f"{_INVERSE[char]}{_LAST}" if inside else f"[^{_CLASSES[char.lower()]}]"), after
    if char in _CONTROLS:
        return _CONTROLS[char], after
    number = _NUMBER.match(pattern, at)
    if number:
        return number.group(), number.end()
    if not inside and char in _ANCHORS:
        return _ANCHORS[char], after
    if not char or (char.isalnum() and char.isascii()):
        raise Untranslatable(pattern)
    return _literal(char, inside=inside), after


def _literal(char: str, *, inside: bool) -> str:
    needs = char in "\\]^[-" if inside else char in _SYNTAX
    return "\\" + char if needs else char


def _set(pattern: str, at: int) -> tuple[str, int]:
    """Translate a character set and return its end."""
    at += 1
    out = ["["]
    if pattern[at : at + 1] == "^":
        out.append("^")
        at += 1
    first = True
    while True:
        char = pattern[at : at + 1]
        if not char or char == "[" or pattern.startswith("&&", at):
            raise Untranslatable(pattern)  # unterminated, or nested sets
        if char == "]" and not first:
            return "".join(out) + "]", at + 1
        is_range = char == "-" and not first and pattern[at + 1 : at + 2] not in ("]", "") and _ranges(out[-1])
        token, at = _member(pattern, at + 1 if is_range else at)
        # A range is not the start of another range.
        out += ["-", token, ""] if is_range else [token]
        first = False


def _member(pattern: str, at: int) -> tuple[str, int]:
    if pattern[at] == "\\":
        return _escape(pattern, at, inside=True)
    if pattern[at] == "[":
        raise Untranslatable(pattern)
    return _literal(pattern[at], inside=True), at + 1


def _ranges(token: str) -> bool:
    """Whether a token is a single character, which can begin a range."""
    return len(token) == 1 or (token.startswith("\\") and "-" not in token[2:] and len(token) in (2, 4, 6))
