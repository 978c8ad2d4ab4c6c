# Copyright (c) 2026, community.dynatrace contributors
# SPDX-License-Identifier: BSD-2-Clause

"""The names of properties in snake_case, which can be declared in place of those of the schema."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

from .property_path import Path
from .schema_model import Model, ObjectType, Property

_WORD_START = re.compile(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])")


@lru_cache(maxsize=10_000)
def snake_case(name: str) -> str:
    """``minTrafficPerMinute`` as ``min_traffic_per_minute``."""
    return _WORD_START.sub("_", name).lower()


@dataclass
class Spelled:
    """A declared value with the names of the schema.

    :param by_schema: the first path, as declared, whose last name is that of the schema and would differ in snake_case.
    :param in_snake_case: the first path, as declared, whose last name is in snake_case.
    """

    value: Any = None
    by_schema: Path | None = None
    in_snake_case: Path | None = None
    _seen: list[str] = field(default_factory=list)

    @property
    def mixed(self) -> bool:
        """Whether both forms are used."""
        return self.by_schema is not None and self.in_snake_case is not None


class PropertyNames:
    """The names of all properties of a schema in both forms."""

    def __init__(self, model: Model) -> None:
        self._model = model
        self._names: dict[str, dict[str, str]] = {}

    def read(self, value: Any) -> Spelled:
        """Return a declared value with the names of the schema. Unknown names are kept."""
        spelled = Spelled()
        spelled.value = self._read(self._model.root, value, (), spelled)
        return spelled

    def read_path(self, path: Path) -> Path:
        """Return the path of a property with the names of the schema."""
        return tuple(
            name for _part, name in self._along(path, lambda kind, part: self._from_snake(kind).get(part, part))
        )

    def snake_path(self, path: Path) -> Path:
        """Return the path of a property with names in snake_case."""
        return tuple(
            snake_case(name) if isinstance(name, str) and known else name
            for known, name in self._along(path, lambda _kind, part: part)
        )

    def _along(self, path: Path, name_of: Any) -> Iterator[tuple[bool, str | int]]:
        """Yield each part of a path with the name in the schema, and whether the schema has it."""
        kind: ObjectType | None = self._model.root
        prop: Property | None = None
        for part in path:
            if isinstance(part, int):
                prop = prop.items if prop is not None else None
                yield prop is not None, part
            else:
                name = name_of(kind, part) if kind is not None and part not in kind.properties else part
                prop = kind.properties.get(name) if kind is not None else None
                yield prop is not None, name
            kind = self._model.object_of(prop) if prop is not None and prop.kind == "object" else None

    def _read(self, kind: ObjectType, value: Any, path: Path, spelled: Spelled) -> Any:
        if not isinstance(value, Mapping):
            return value
        result: dict[str, Any] = {}
        names = self._from_snake(kind)
        for key, child in value.items():
            name = key if key in kind.properties else names.get(key, key)
            at = (*path, key)
            prop = kind.properties.get(name)
            if prop is not None and name != key:
                spelled.in_snake_case = spelled.in_snake_case or at
            elif prop is not None and snake_case(key) != key:
                spelled.by_schema = spelled.by_schema or at
            if name in result:
                # Both forms of one property: the forms are mixed, so nothing is lost.
                name = key
            result[name] = self._read_property(prop, child, at, spelled) if prop is not None else child
        return result

    def _read_property(self, prop: Property, value: Any, path: Path, spelled: Spelled) -> Any:
        if prop.kind == "object":
            return self._read(self._model.object_of(prop), value, path, spelled)
        if prop.items is not None and isinstance(value, list):
            items = prop.items
            return [self._read_property(items, item, (*path, index), spelled) for index, item in enumerate(value)]
        return value

    def _from_snake(self, kind: ObjectType) -> Mapping[str, str]:
        """The names of a type by their form in snake_case, where it differs and belongs to one name only."""
        if kind.name not in self._names:
            forms: dict[str, list[str]] = {}
            for name in kind.properties:
                forms.setdefault(snake_case(name), []).append(name)
            self._names[kind.name] = {
                form: names[0] for form, names in forms.items() if len(names) == 1 and names[0] != form
            }
        return self._names[kind.name]
