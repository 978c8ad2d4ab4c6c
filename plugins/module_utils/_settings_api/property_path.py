# Copyright (c) 2026, community.dynatrace contributors
# SPDX-License-Identifier: BSD-2-Clause

"""Paths in a settings value: property names and list positions from the top down."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from itertools import pairwise
from typing import Any, Union

Path = tuple[Union[str, int], ...]  # noqa: UP007 - evaluated at run time


# Values without parts, which most are. The test by class is much faster than one by an abstract class.
SCALARS = frozenset({str, int, bool, float, type(None)})


def copied(value: Any) -> Any:
    """Return a deep copy of JSON-like data."""
    if value.__class__ in SCALARS:
        return value
    if isinstance(value, Mapping):
        return {key: child if child.__class__ in SCALARS else copied(child) for key, child in value.items()}
    return [copied(child) for child in value] if isinstance(value, list) else value


def texts_at(value: Any, path: Path = ()) -> Iterator[tuple[Path, str]]:
    """Yield every text in a value with its path."""
    if isinstance(value, str):
        yield path, value
    elif isinstance(value, Mapping):
        for name, child in value.items():
            yield from texts_at(child, (*path, name))
    elif isinstance(value, list):
        for position, child in enumerate(value):
            yield from texts_at(child, (*path, position))


def texts_in(value: Any) -> Iterator[str]:
    """Yield every text in a value."""
    return (text for _path, text in texts_at(value))


def get_path(value: Any, path: Path) -> Any:
    """Return the value at ``path``, or ``None``."""
    for part in path:
        if isinstance(part, int):
            if not isinstance(value, list) or not 0 <= part < len(value):
                return None
            value = value[part]
        elif isinstance(value, dict):
            value = value.get(part)
        else:
            return None
    return value


def set_path(value: Any, path: Path, new: Any) -> None:
    """Set the value at ``path``, and create missing objects on the way.

    :raises LookupError: if the path leads through a missing list item or through a scalar.
    """
    for part, following in pairwise(path):
        if isinstance(part, str) and isinstance(following, str) and isinstance(value, dict) and value.get(part) is None:
            value[part] = {}
        value = _child(value, part)
    if isinstance(path[-1], int):
        _child(value, path[-1])
    elif not isinstance(value, dict):
        raise LookupError("the path leads through a value that is not an object")
    value[path[-1]] = new


def set_or_delete(value: Any, path: Path, new: Any) -> None:
    """Set the value at ``path``. ``None`` removes it."""
    if new is None:
        delete_path(value, path)
    else:
        set_path(value, path, copied(new))


def delete_path(value: Any, path: Path) -> None:
    """Remove the value at ``path``, if there is one. A list keeps its length: the item becomes ``None``."""
    parent = get_path(value, path[:-1])
    if isinstance(path[-1], int):
        if isinstance(parent, list) and 0 <= path[-1] < len(parent):
            parent[path[-1]] = None
    elif isinstance(parent, dict):
        parent.pop(path[-1], None)


def sort_key(path: Path) -> tuple[tuple[int, int, str], ...]:
    """Sort key for paths of names and positions."""
    return tuple((0, part, "") if isinstance(part, int) else (1, 0, part) for part in path)


def _child(value: Any, part: str | int) -> Any:
    if isinstance(part, int):
        if isinstance(value, list) and 0 <= part < len(value):
            return value[part]
    elif isinstance(value, dict) and part in value:
        return value[part]
    raise LookupError("the path leads through a value that does not exist")
