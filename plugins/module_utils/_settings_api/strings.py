# Copyright (c) 2026, community.dynatrace contributors
# SPDX-License-Identifier: BSD-2-Clause

"""Validity and length of strings."""

from __future__ import annotations

import re
from collections.abc import Iterable

from .errors import Problem

_SECRET_FREE_NAME = re.compile(r"[A-Za-z]+(?:_[A-Za-z]+)*", re.ASCII)
_LONGEST_NAME = 60
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


def shown_name(name: str, known: Iterable[str] = ()) -> str:
    """An unknown key as a message may show it: only what looks like a name, since anything else may be a secret.

    :param known: names that are shown in any spelling.
    """
    looks_like_one = len(name) <= _LONGEST_NAME and _SECRET_FREE_NAME.fullmatch(name)
    return name if looks_like_one or plain_name(name) in map(plain_name, known) else HIDDEN_NAME


def plain_name(name: str) -> str:
    """A name without what tells its spellings apart."""
    return re.sub(r"[^a-z0-9]", "", name.lower()) if name.isidentifier() or "-" in name else name
