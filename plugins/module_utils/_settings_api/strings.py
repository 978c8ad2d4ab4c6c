# Copyright (c) 2026, community.dynatrace contributors
# SPDX-License-Identifier: BSD-2-Clause

"""Validity and length of strings."""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterable

from .errors import Problem

# Words in snake_case or camelCase, without digits. A random string hardly ever looks like this.
_WORDS = re.compile(r"[a-z]+(?:_[a-z]+)*|[a-z]{2,}(?:[A-Z][a-z]{2,})+", re.ASCII)
_LONGEST_NAME = 40
_NEAR = 0.75
# A name that has a digit.
_PROTOCOLS = ("oauth2", "oAuth2")
_GLUED = re.compile(r"\s*([A-Za-z]\w*)\s*([:=])", re.ASCII)
HIDDEN_NAME = "(a key)"


def length(text: str) -> int:
    """Return the length in UTF-16 code units, like Java on the server. Characters outside the BMP count as two."""
    return len(text) if text.isascii() else len(text) + sum(one > "\uffff" for one in text)


def is_text(value: object) -> bool:
    """Whether the string can be sent. YAML can contain lone surrogates, but UTF-8 cannot."""
    if not isinstance(value, str):
        return False
    return value.isascii() or not any("\ud800" <= one <= "\udfff" for one in value)


def glued_name(name: str, known: Iterable[str], head: str = "") -> Problem | None:
    """The problem of a key like ``password:S3cret``: YAML takes it for one key without the space.

    :param head: the path up to the name.
    """
    found = _GLUED.match(name)
    if not found or found[1] not in known:
        return None
    return Problem("glued.colon" if found[2] == ":" else "glued.equals", head + found[1], {"name": found[1]})


def before_sign(name: str) -> str:
    """The name in a key like ``pasword:S3cret``, to look for one that is like it; without a sign all of it."""
    found = _GLUED.match(name)
    return found[1] if found else name


def shown_name(name: str, known: Iterable[str] = (), *, beside_secret: bool = False) -> str:
    """An unknown key as a message may show it: only what looks like a name, since anything else may be a secret.

    :param known: names that are shown in any spelling.
    :param beside_secret: whether one of them is that of a secret. A part of its value may have become the key:
        ``{username: elastic, password: one,two}`` has the key ``two``. Then only what is like a known name is shown.
    """
    names = [*known, *_PROTOCOLS]
    if plain_name(name) in map(plain_name, names):
        return name
    if len(name) > _LONGEST_NAME or not _WORDS.fullmatch(name):
        return HIDDEN_NAME
    return HIDDEN_NAME if beside_secret and not _is_like(name.lower(), [one.lower() for one in names]) else name


def _is_like(name: str, known: list[str]) -> bool:
    """Whether a name is nearly a known one, or the beginning or end of one."""
    near = difflib.get_close_matches(name, known, n=1, cutoff=_NEAR)
    return bool(near) or (len(name) > 2 and any(one.startswith(name) or one.endswith(name) for one in known))


def plain_name(name: str) -> str:
    """A name without what tells its spellings apart."""
    return re.sub(r"[^a-z0-9]", "", name.lower()) if name.isidentifier() or "-" in name else name
