# Copyright (c) 2026, community.dynatrace contributors
# SPDX-License-Identifier: BSD-2-Clause

"""Hides known secrets in text that comes from a server, also where they are encoded, reversed, or cut."""

from __future__ import annotations

import base64
import html
import json
import re
from collections.abc import Callable, Iterable, Iterator
from functools import cached_property, lru_cache
from urllib.parse import quote, quote_plus

REDACTED = "(redacted)"
# A blank or very short secret would replace every space or most words of a message.
MIN_REDACTED_LENGTH = 4
# Half of a shorter secret is part of ordinary words.
_MIN_CUT_LENGTH = 8
# Of a long secret less than half is hidden as well, so that the number of characters to compare stays small.
_LONGEST_ECHO = 32
_TOKEN_ECHO = 12
_TOKEN = re.compile(r"dt0[a-z]\d\d\.[^.\s]+\.([^.\s]+)", re.IGNORECASE)
_URL = re.compile(r"[a-z][a-z0-9+.-]*://(?:([^/?#]*)@)?[^/?#@]*(.*)", re.IGNORECASE | re.DOTALL)
# A shorter path of a URL is not secret on its own.
_MIN_PATH_LENGTH = 16
# Each encodes one character independently of its neighbors.
_ENCODINGS: tuple[Callable[[str], str], ...] = (
    str,
    lambda one: quote(_bytes(one)),
    lambda one: quote(_bytes(one), safe=""),
    lambda one: quote_plus(_bytes(one)),
    lambda one: quote(quote(_bytes(one), safe=""), safe=""),
    lambda one: quote_plus(quote_plus(_bytes(one))),
    lambda one: json.dumps(one)[1:-1],
    lambda one: json.dumps(one, ensure_ascii=False)[1:-1],
    html.escape,
    lambda one: _bytes(one).hex(),
)
# Characters of Base64 that hold bits of the bytes before, by the number of these bytes.
_SHARED_AT_START = (0, 2, 3)


class Redactor:
    """Replaces known secrets in messages from servers. The last line of defense.

    An echo of half a secret or more is found, in upper and lower case, backwards, in hexadecimal digits, Base64, JSON,
    HTML, and URLs (also encoded twice), and so are 12 characters of the secret part of a token. Secrets of fewer than
    8 characters are only found as a whole, those of fewer than 4 never. The time is proportional to the text.
    """

    def __init__(self, secrets: Iterable[object]) -> None:
        self._secrets = frozenset(
            secret for secret in secrets if isinstance(secret, str) and len(secret.strip()) >= MIN_REDACTED_LENGTH
        )

    def __call__(self, text: str) -> str:
        """Return the text without secrets."""
        if not self._secrets:
            return text
        # Replaced parts are not text of a server, so a second pass changes nothing.
        return REDACTED.join(map(self._redacted, text.split(REDACTED)))

    @cached_property
    def _echoes(self) -> frozenset[str]:
        """The texts to hide; together they cover each secret and each longer part of it."""
        return frozenset(map(_folded, (echo for secret in self._secrets for echo in _echoes(secret))))

    @cached_property
    def _lengths(self) -> dict[str, tuple[int, ...]]:
        """The lengths of the echoes by their first characters, the longest first."""
        found: dict[str, set[int]] = {}
        for echo in self._echoes:
            found.setdefault(echo[:MIN_REDACTED_LENGTH], set()).add(len(echo))
        return {start: tuple(sorted(lengths, reverse=True)) for start, lengths in found.items()}

    def _redacted(self, text: str) -> str:
        folded, lengths, echoes = _folded(text), self._lengths, self._echoes
        starts = [
            at
            for at in range(len(folded) - MIN_REDACTED_LENGTH + 1)
            if folded[at : at + MIN_REDACTED_LENGTH] in lengths
        ]
        # Of echoes; those that overlap or touch are one.
        spans: list[tuple[int, int]] = []
        for at in starts:
            begin, end = spans[-1] if spans else (0, -1)
            for length in lengths[folded[at : at + MIN_REDACTED_LENGTH]]:
                if at + length <= end:
                    break
                if folded[at : at + length] in echoes:
                    if at <= end:
                        spans[-1] = (begin, at + length)
                    else:
                        spans.append((at, at + length))
                    break
        ends, begins = (0, *(end for _begin, end in spans)), (*(begin for begin, _end in spans), len(text))
        return REDACTED.join(text[end:begin] for end, begin in zip(ends, begins, strict=True))


def _bytes(text: str) -> bytes:
    return text.encode("utf-8", "surrogatepass")


@lru_cache(maxsize=4096)
def _folded_letter(letter: str) -> str:
    """The letter without its case, as one letter: positions in the folded text are those in the text."""
    return next((form for form in (letter.casefold(), letter.lower()) if len(form) == 1), letter)


def _folded(text: str) -> str:
    return text.lower() if text.isascii() else "".join(map(_folded_letter, text))


def _echoes(secret: str) -> Iterator[str]:
    """All texts that reveal the secret or enough of it."""
    whole = len(secret)
    url = _URL.fullmatch(secret)
    if url:
        # Other addresses share the host, or a part of it.
        yield from _encoded(secret, whole)
        user_info, path = url[1] or "", url[2]
        for part in dict.fromkeys((user_info, user_info.partition(":")[2])):
            if len(part.strip()) >= MIN_REDACTED_LENGTH:
                yield from _encoded(part, _half(part))
        if len(path) >= _MIN_PATH_LENGTH:
            yield from _encoded(path, _half(path))
    else:
        yield from _encoded(secret, _half(secret))
    for token in _TOKEN.finditer(secret):
        if len(token[1]) >= _TOKEN_ECHO:
            yield from _encoded(token[1], _TOKEN_ECHO)


def _half(secret: str) -> int:
    """The number of characters that reveal too much of a secret."""
    return len(secret) if len(secret) < _MIN_CUT_LENGTH else min((len(secret) + 1) // 2, _LONGEST_ECHO)


def _encoded(secret: str, length: int) -> Iterator[str]:
    """All parts of this length, forwards and backwards, in each encoding."""
    for text in (secret, secret[::-1]):
        parts = range(len(text) - length + 1)
        # Too many blanks to tell from ordinary text: then only the whole counts.
        telling = [at for at in parts if len("".join(text[at : at + length].split())) >= MIN_REDACTED_LENGTH]
        blank = len(telling) < len(parts)
        for encode in _ENCODINGS:
            letters = list(map(encode, text))
            for at in telling:
                yield "".join(letters[at : at + length])
            if blank:
                yield "".join(letters)
        yield from _in_base64(_bytes(text), len(_bytes(text)) * length // len(text))


def _in_base64(raw: bytes, length: int) -> Iterator[str]:
    """The parts of the Base64 text that hold this many bytes, wherever in the encoded text the bytes begin."""
    for before, shared in enumerate(_SHARED_AT_START):
        encoded = base64.b64encode(b"\0" * before + raw).decode("ascii").rstrip("=")[shared:]
        # As many characters as these bytes fill alone.
        size = max(MIN_REDACTED_LENGTH + 1, (8 * length - 8) // 6)
        for at in range(len(encoded) - size + 1):
            part = encoded[at : at + size]
            yield part
            if not part.isalnum():
                yield part.replace("+", "-").replace("/", "_")
                yield quote(part, safe="")
