# Copyright (c) 2026, community.dynatrace contributors
# SPDX-License-Identifier: BSD-2-Clause

"""Bounds the depth and size of input before anything else walks through it.

YAML anchors can make a value contain itself, and a few lines of them stand for billions of values.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from ._settings_api.errors import Problem
from ._settings_api.strings import shown_name

MAX_DEPTH = 60
"""Levels of nesting. The deepest known settings value has 12."""
MAX_VALUES = 200_000
"""Values in one option, each counted as often as it appears."""
MAX_CHARACTERS = 20_000_000
"""Characters of all texts in one option."""
_MAX_PATH = 120

# A value, its key in the value above, the entry of that, and its depth.
_Entry = tuple[Any, Any, Any, int]


def input_problem(value: Any, where: str) -> Problem | None:
    """Why a value cannot be processed, or ``None``. Takes no longer than the limits allow, whatever the value holds.

    :param where: the option or variable.
    """
    root: _Entry = (value, None, None, 0)
    pending: list[_Entry] = [root]
    values = characters = 0
    while pending:
        entry = pending.pop()
        node, _key, _above, depth = entry
        values += 1
        if isinstance(node, str):
            characters += len(node)
        if isinstance(node, bytes):
            return Problem("binary", _path(where, entry))
        if depth > MAX_DEPTH:
            return Problem("too_deep", _path(where, entry), {"most": MAX_DEPTH})
        if values > MAX_VALUES:
            return Problem("too_many_values.anchors", where, {"most": MAX_VALUES})
        if characters > MAX_CHARACTERS:
            return Problem("too_many_characters", where, {"most": MAX_CHARACTERS})
        for key, child in _children(node):
            if not isinstance(key, (str, int, float, type(None))):
                return Problem("key_type", _path(where, entry), {"type": type(key).__name__})
            pending.append((child, key, entry, depth + 1))
            if len(pending) > MAX_VALUES:
                return Problem("too_many_values", where, {"most": MAX_VALUES})
    return None


def _children(node: Any) -> Iterator[tuple[Any, Any]]:
    # Before ansible-core 2.19 encrypted text is a special kind of sequence.
    if isinstance(node, Mapping):
        yield from node.items()
    elif isinstance(node, (list, tuple)):
        yield from enumerate(node)


def _path(where: str, entry: _Entry) -> str:
    keys: list[Any] = []
    while entry[2] is not None:
        keys.append(entry[1])
        entry = entry[2]
    text = where
    for key in reversed(keys):
        # A key that is not a name can be a line with a missing space, and can contain a secret.
        text += f"[{key}]" if isinstance(key, int) else f".{shown_name(str(key))}"
        if len(text) > _MAX_PATH:
            return f"{text[:_MAX_PATH]}..."
    return text
