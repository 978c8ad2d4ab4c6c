# Copyright (c) 2026, community.dynatrace contributors
# SPDX-License-Identifier: BSD-2-Clause

"""Constraints over all objects of a schema (settings-api 2.4, schema constraints)."""

from __future__ import annotations

import json
from collections.abc import Callable, Hashable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from .errors import Problem, custom
from .property_path import Path, get_path
from .values import plain_form, split_path

Found = tuple[int, Path, Problem]


@dataclass(frozen=True)
class _Unique:
    """``UNIQUE``: no two objects have the same values at the paths. If flattened, no two lists there share an item."""

    paths: tuple[Path, ...]
    flat: bool
    message: str


class SchemaConstraints:
    """The constraints over all objects of one schema and scope."""

    def __init__(self, document: Mapping[str, Any], reaches: Callable[[Path, bool], bool]) -> None:
        """:param reaches: whether the schema has a property at a path; lists on the way only if the flag says so."""
        given = document.get("schemaConstraints")
        self._unique: list[_Unique] = []
        self._byte_limit: int | None = None
        unchecked_constraints = []
        for node in given if isinstance(given, list) else ():
            if not isinstance(node, Mapping):
                continue
            names, limit, custom = node.get("uniqueProperties"), node.get("byteLimit"), node.get("customMessage")
            if node.get("type") == "UNIQUE" and isinstance(names, list) and names:
                paths = tuple(split_path(str(name)) for name in names)
                flat = node.get("flattenCollections") is True
                if all(reaches(path, flat) for path in paths):
                    self._unique.append(_Unique(paths, flat, custom if isinstance(custom, str) else ""))
                else:
                    unchecked_constraints.append(f"all objects together: UNIQUE {', '.join(map(str, names))}")
            elif node.get("type") == "BYTE_SIZE_LIMIT" and isinstance(limit, int) and limit > 0:
                self._byte_limit = limit
            else:
                what = f"all objects together: {node.get('type')} {node.get('customValidatorId', '')}"
                unchecked_constraints.append(what.rstrip())
        self.unchecked_constraints = tuple(unchecked_constraints)
        self._read_deletion(document.get("deletionConstraints"))

    def _read_deletion(self, given: object) -> None:
        """Read what the environment requires before it deletes an object."""
        referring: list[str] = []
        validators: list[str] = []
        for node in given if isinstance(given, list) else ():
            if not isinstance(node, Mapping):
                continue
            schema_ids = node.get("schemaIds")
            if node.get("type", "REFERENTIAL_INTEGRITY") == "REFERENTIAL_INTEGRITY" and isinstance(schema_ids, list):
                referring += map(str, schema_ids)
            else:
                validators.append(str(node.get("customValidatorId") or node.get("type") or "unknown"))
        self.referring_schemas = tuple(dict.fromkeys(referring))
        """Schemas whose objects prevent the deletion of an object that they refer to."""
        self.deletion_validators = tuple(validators)
        """Rules about deletion that only the server knows."""

    @property
    def guards_deletion(self) -> bool:
        """Whether the environment can refuse the deletion of an object."""
        return bool(self.referring_schemas or self.deletion_validators)

    @property
    def identifying(self) -> tuple[Path, ...]:
        """The properties that identify an object. Empty if the schema names none."""
        return next((one.paths for one in self._unique if not one.flat), ())

    @property
    def unique_paths(self) -> tuple[Path, ...]:
        """The properties whose values no two objects share."""
        return tuple(path for one in self._unique for path in one.paths)

    def problems(self, values: Sequence[Mapping[str, Any]]) -> Iterator[Found]:
        """Yield the problems of complete values: the position of the value, a path in it, and a problem."""
        for one in self._unique:
            seen: dict[Hashable, int] = {}
            for position, value in enumerate(values):
                for key in _keys(one, value):
                    first = seen.setdefault(key, position)
                    if first != position:
                        names = ", ".join("/".join(map(str, path)) for path in one.paths)
                        found = custom(one.message, "not_unique.object", {"properties": names, "first": first})
                        yield position, one.paths[0], found
                        break
        size = 0
        for position, value in enumerate(values if self._byte_limit is not None else ()):
            size += len(json.dumps(value, ensure_ascii=False).encode("utf-8", "surrogatepass"))
            if self._byte_limit is not None and size > self._byte_limit:
                yield position, (), Problem("too_large", "", {"most": self._byte_limit})
                break


def _keys(one: _Unique, value: Mapping[str, Any]) -> Iterator[Hashable]:
    if not one.flat:
        found = [get_path(value, path) for path in one.paths]
        if all(part is not None for part in found):
            yield tuple(plain_form(part) for part in found)
        return
    for path in one.paths:
        yield from {(path, plain_form(item)) for item in _items(value, path)}


def _items(value: Any, path: Path) -> Iterator[Any]:
    """What is at a path, through the lists on the way and at its end."""
    if isinstance(value, list):
        for item in value:
            yield from _items(item, path)
    elif not path:
        if value is not None:
            yield value
    elif isinstance(value, Mapping):
        yield from _items(value.get(path[0]), path[1:])
