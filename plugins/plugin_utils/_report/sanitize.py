# Copyright (c) 2026, community.dynatrace contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The shape of what goes into a report: anything else is left out, and text is made fit to be written anywhere.

Outcomes hold text of servers and of other people, and earlier reports come from files: neither is trusted. What a shape
does not name does not get in, so that no part of a result can bring a secret along.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Mapping
from functools import lru_cache
from typing import Any

from ansible_collections.community.dynatrace.plugins.module_utils._settings_api.memo import Memo
from ansible_collections.community.dynatrace.plugins.module_utils._settings_api.urls import public_url

Shape = Callable[[object], Any]

LONGEST_TEXT = 4000
DEEPEST = 8
_LONGEST_KEPT = 200
# Dynatrace tokens have a prefix of their own, so one that got into a message is recognised by its form.
_TOKEN = re.compile(r"\bdt0[a-z]\d\d\.[A-Za-z0-9]+\.[A-Za-z0-9]+")
# Text that is not an address may be a secret that was entered by mistake.
_ADDRESS = re.compile(
    r"(?:https?://)?(?:\(not shown\)@)?"
    r"(?:localhost|[A-Za-z0-9-]+(?:\.[A-Za-z0-9-]+)+|\[[0-9a-fA-F:.]+\])(?::\d{1,5})?(?![^/?#])"
    r"(?:/[^?#]*?/e/[A-Za-z0-9-]+(?![^/?#])|/e/[A-Za-z0-9-]+(?![^/?#]))?"
)
# Characters that XML 1.0 does not allow, and those that change the direction of text.
_NOT_WRITABLE = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\ud800-\udfff\ufffe\uffff]")


def text(value: object) -> str:
    """Plain text of at most 4,000 characters; nothing for what is not text or a number."""
    if isinstance(value, bool) or not isinstance(value, (str, int, float)):
        return ""
    # Ansible's own types of text are left behind here.
    plain = str.__str__(value) if isinstance(value, str) else str(value)
    return _short_text(plain) if len(plain) <= _LONGEST_KEPT else _writable(plain)


def _writable(plain: str) -> str:
    plain = _TOKEN.sub("(token not shown)", _NOT_WRITABLE.sub("\N{REPLACEMENT CHARACTER}", plain))
    return plain if len(plain) <= LONGEST_TEXT else plain[: LONGEST_TEXT - 1] + "…"


# Most texts are those of other environments: names, paths, states.
_short_text = lru_cache(maxsize=10_000)(_writable)


def some_text(value: object) -> str | None:
    """Plain text, or nothing."""
    return text(value) or None


def flag(value: object) -> bool:
    """Whether it is true, and not only like it."""
    return value is True


def some_flag(value: object) -> bool | None:
    """True, false, or nothing."""
    return value if isinstance(value, bool) else None


def number(value: object) -> int | None:
    """A whole number, or nothing."""
    return int(value) if isinstance(value, int) and not isinstance(value, bool) else None


def amount(value: object) -> float | None:
    """A finite number that is not negative, or nothing."""
    if not isinstance(value, (int, float)) or isinstance(value, bool):
        return None
    return float(value) if math.isfinite(value) and value >= 0 else None


def url(value: object) -> str | None:
    """A URL without user, password, query, and fragment, any of which may contain a secret; other text unchanged."""
    return public_url(text(value)) or None


def environment_url(value: object) -> str | None:
    """The URL of an environment: without anything behind the address, where a token may have been pasted."""
    shown = url(value)
    if not shown:
        return None
    found = _ADDRESS.match(shown)
    if found is None:
        return "(not shown)"
    return found[0] if shown[found.end() :].strip("/") == "" else f"{found[0]}/..."


def json_like(value: object, depth: int = 0) -> Any:
    """Mappings, lists, text, numbers and flags; deeper than eight levels nothing."""
    if value is None or isinstance(value, bool):
        return value
    if isinstance(value, int):
        return int(value)
    if isinstance(value, float):
        return float(value) if math.isfinite(value) else None
    if isinstance(value, str):
        return url(value) if "://" in value else text(value)
    if depth >= DEEPEST:
        return None
    if isinstance(value, Mapping):
        return {text(key): json_like(child, depth + 1) for key, child in value.items()}
    return [json_like(child, depth + 1) for child in value] if isinstance(value, (list, tuple)) else None


def mapping(value: object) -> dict[str, Any] | None:
    """A dictionary of JSON-like values, or nothing."""
    return json_like(value) if isinstance(value, Mapping) else None


def one_of(*words: str) -> Shape:
    """One of these words, or the first of them."""
    return lambda value: value if value in words else words[0]


def list_of(shape: Shape) -> Shape:
    """A list; what has no content is left out."""

    def shaped(value: object) -> list[Any]:
        found = map(shape, value) if isinstance(value, (list, tuple)) else ()
        return [one for one in found if one not in (None, "", {})]

    return shaped


def record(**fields: Shape) -> Shape:
    """A dictionary with exactly these keys."""

    def shaped(value: object) -> dict[str, Any]:
        source = value if isinstance(value, Mapping) else {}
        return {name: shape(source.get(name)) for name, shape in fields.items()}

    return shaped


def mostly_same(own: tuple[str, ...], **fields: Shape) -> Shape:
    """A dictionary with exactly these keys, most of which have the same values in many environments.

    What is shaped once must not be changed.

    :param own: the keys whose values differ.
    """
    whole, differing = record(**fields), {name: fields[name] for name in own}
    memo = Memo()

    def shaped(value: object) -> dict[str, Any]:
        source = value if isinstance(value, Mapping) else {}
        same = {name: child for name, child in source.items() if name not in differing}
        known: dict[str, Any] = memo.of("record", same, lambda: whole(same))
        return {**known, **{name: shape(source.get(name)) for name, shape in differing.items()}}

    return shaped


def if_given(shape: Shape) -> Shape:
    """Nothing, if nothing (or no dictionary) is given."""
    return lambda value: shape(value) if isinstance(value, Mapping) else None
