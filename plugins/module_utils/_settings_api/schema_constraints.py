# Copyright (c) 2026, community.dynatrace contributors
# SPDX-License-Identifier: BSD-2-Clause

"""Constraints over all objects of a schema (settings-api 2.4, schema constraints)."""

from __future__ import annotations

import json
from collections.abc import Hashable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from .property_path import Path, get_path
from .values import plain_form

Found = tuple[int, Path, str]


@dataclass(frozen=True)
class _Unique:
    """``UNIQUE``: no two objects have the same values at the paths. If flattened, no two lists there share an item."""

    paths: tuple[Path, ...]
    flat: bool
    message: str


class SchemaConstraints:
    """The constraints over all objects of one schema and scope."""

    def __init__(self, document: Mapping[str, Any]) -> None:
        given = document.get("schemaConstraints")
        self._unique: list[_Unique] = []
        self._byte_limit: int | None = None
        unchecked_constraints = []
        for node in given if isinstance(given, list) else ():
            if not isinstance(node, Mapping):
                continue
            names, limit, custom = node.get("uniqueProperties"), node.get("byteLimit"), node.get("customMessage")
            if node.get("type") == "UNIQUE" and isinstance(names, list) and names:
                paths = tuple(tuple(str(name).split("/")) for name in names)
                flat = node.get("flattenCollections") is True
                self._unique.append(_Unique(paths, flat, custom if isinstance(custom, str) else ""))
            elif node.get("type") == "BYTE_SIZE_LIMIT" and isinstance(limit, int) and limit > 0:
                self._byte_limit = limit
            else:
                what = f"all objects together: {node.get('type')} {node.get('customValidatorId', '')}"
                unchecked_constraints.append(what.rstrip())
        self.unchecked_constraints = tuple(unchecked_constraints)

    @property
    def identifying(self) -> tuple[Path, ...]:
        """The properties that identify an object. Empty if the schema names none."""
        return next((one.paths for one in self._unique if not one.flat), ())

    def problems(self, values: Sequence[Mapping[str, Any]]) -> Iterator[Found]:
        """Yield the problems of complete values: the position of the value, a path in it, and a message."""
        for one in self._unique:
            seen: dict[Hashable, int] = {}
            for position, value in enumerate(values):
                for key in _keys(one, value):
                    first = seen.setdefault(key, position)
                    if first != position:
                        names = ", ".join("/".join(map(str, path)) for path in one.paths)
                        text = one.message or f"must be unique by {names}"
                        yield position, one.paths[0], f"{text} (the same as object {first})"
                        break
        size = 0
        for position, value in enumerate(values if self._byte_limit is not None else ()):
            size += len(json.dumps(value, ensure_ascii=False).encode("utf-8", "surrogatepass"))
            if self._byte_limit is not None and size > self._byte_limit:
                yield position, (), f"with it all objects together have more than {self._byte_limit} bytes"
                break


def identity(paths: Sequence[Path], value: Any) -> Hashable | None:
    """Return the values at the paths, or ``None`` if there are none."""
    found = [get_path(value, path) for path in paths]
    return None if all(one is None for one in found) else tuple(plain_form(one) for one in found)


def _keys(one: _Unique, value: Mapping[str, Any]) -> Iterator[Hashable]:
    if not one.flat:
        key = identity(one.paths, value)
        if key is not None and not any(get_path(value, path) is None for path in one.paths):
            yield key
        return
    for path in one.paths:
        items = get_path(value, path)
        yield from {(path, plain_form(item)) for item in (items if isinstance(items, list) else ())}
