# Copyright (c) 2026, community.dynatrace contributors
# SPDX-License-Identifier: BSD-2-Clause

"""Compares two values of one schema, and preserves properties that the schema does not define."""

from __future__ import annotations

import math
from collections.abc import Callable, Hashable, Iterator, Mapping
from itertools import zip_longest
from typing import Any

from .preconditions import ActiveProperties
from .property_path import Path, copied, get_path, set_path
from .schema_model import Model, ObjectType, Property

_ABSENT = object()


class Comparison:
    """Comparison of values of one schema.

    :param default: returns the default of an active property.
    """

    def __init__(self, model: Model, default: Callable[[Property], Any]) -> None:
        self._model = model
        self._default = default

    def active_value(self, value: Any) -> Any:
        """Return the value without inactive properties, nulls, and unknown properties. Wrong types are kept."""
        return self._active_value(self._model.root, value)

    def differences(self, current: Any, desired: Any) -> list[Path]:
        """Return the paths of the leaves that differ, except secrets."""
        return list(self._differ(self._model.root, current, desired, ()))

    def unknown(self, value: Any) -> list[Path]:
        """Return the topmost paths that the schema does not define."""
        return list(self._unknown(self._model.root, value, ()))

    def carry(self, current: Any, desired: dict[str, Any]) -> dict[str, Any]:
        """Copy unknown properties where their parents exist, except in lists, whose items have no identity."""
        result: dict[str, Any] = copied(desired)
        for path in self.unknown(current):
            if any(isinstance(part, int) for part in path) or not isinstance(get_path(result, path[:-1]), dict):
                continue
            if get_path(result, path) is None:
                set_path(result, path, copied(get_path(current, path)))
        return result

    def aligned(self, current: Any, desired: Any) -> Any:
        """Return ``desired`` with the items of its sets in the order of ``current``."""
        return self._aligned(self._model.root, current, desired)

    def _aligned(self, kind: ObjectType, current: Any, desired: Any) -> Any:
        if not isinstance(current, Mapping) or not isinstance(desired, Mapping):
            return copied(desired)
        result = {name: copied(child) for name, child in desired.items() if name not in kind.properties}
        for name, prop in kind.properties.items():
            if name in desired:
                result[name] = self._aligned_property(prop, current.get(name), desired[name])
        return result

    def _aligned_property(self, prop: Property, current: Any, desired: Any) -> Any:
        if prop.kind == "object":
            return self._aligned(self._model.object_of(prop), current, desired)
        if prop.items is None or not isinstance(current, list) or not isinstance(desired, list):
            return copied(desired)
        items = list(desired)
        if prop.kind == "set":
            positions = {self._form(prop.items, item): at for at, item in reversed(list(enumerate(current)))}
            items.sort(key=lambda item: positions.get(self._form(prop.items or prop, item), len(current)))
        pairs = zip_longest(items, current[: len(items)])
        return [self._aligned_property(prop.items, counterpart, item) for item, counterpart in pairs]

    def _active_properties(self, kind: ObjectType, value: Mapping[Any, Any]) -> list[Property]:
        def look(name: str) -> Any:
            given = value.get(name)
            return self._default(kind.properties[name]) if given is None else given

        active = ActiveProperties(kind, look)
        return [prop for name, prop in kind.properties.items() if active.is_active(name)]

    def _active_value(self, kind: ObjectType, value: Any) -> Any:
        if not isinstance(value, Mapping):
            return value
        active = self._active_properties(kind, value)
        return {
            prop.name: self._active_property(prop, value[prop.name])
            for prop in active
            if value.get(prop.name) is not None
        }

    def _active_property(self, prop: Property, value: Any) -> Any:
        if prop.kind == "object":
            return self._active_value(self._model.object_of(prop), value)
        if prop.items is not None and isinstance(value, list):
            return [self._active_property(prop.items, item) for item in value]
        return copied(value)

    def _side(self, kind: ObjectType, value: Mapping[Any, Any]) -> dict[str, Any]:
        """Return the compared properties of an object. Absent objects and lists that can be empty count as empty."""
        side: dict[str, Any] = {}
        for prop in self._active_properties(kind, value):
            given = value.get(prop.name)
            if given is None and not prop.nullable and prop.kind in ("boolean", "enum"):
                given = self._default(prop)
            elif given is None and not prop.nullable and prop.kind in ("object", "list", "set"):
                empty: Any = {} if prop.kind == "object" else []
                given = None if self._default(prop) is None else empty
            if given is not None and prop.kind != "secret":
                side[prop.name] = given
        return side

    def _differ(self, kind: ObjectType, one: Any, other: Any, path: Path) -> Iterator[Path]:
        if not isinstance(one, Mapping) or not isinstance(other, Mapping):
            if self._form_object(kind, one) != self._form_object(kind, other):
                yield path
            return
        first, second = self._side(kind, one), self._side(kind, other)
        for name, prop in kind.properties.items():
            if name in first or name in second:
                yield from self._differ_property(
                    prop, first.get(name, _ABSENT), second.get(name, _ABSENT), (*path, name)
                )

    def _differ_property(self, prop: Property, one: Any, other: Any, path: Path) -> Iterator[Path]:
        if self._form(prop, one) == self._form(prop, other):
            return
        if prop.kind == "object":
            kind = self._model.object_of(prop)
            nothing: dict[str, Any] = {}
            inner = list(
                self._differ(kind, nothing if one is _ABSENT else one, nothing if other is _ABSENT else other, path)
            )
            yield from inner or [path]
        elif (
            prop.kind == "list"
            and prop.items is not None
            and prop.items.kind == "object"
            and isinstance(one, list)
            and isinstance(other, list)
            and len(one) == len(other)
        ):
            for position, (first, second) in enumerate(zip(one, other, strict=True)):
                yield from self._differ_property(prop.items, first, second, (*path, position))
        else:
            yield path

    def _form(self, prop: Property, value: Any) -> Hashable:
        """Return a hashable form, which is equal for equal values: typed, without secrets, sets without order."""
        if value is _ABSENT:
            return ("absent",)
        if prop.kind == "secret":
            return ("secret",)
        if prop.kind == "object":
            return self._form_object(self._model.object_of(prop), value)
        if prop.items is not None and isinstance(value, list):
            forms = [self._form(prop.items, item) for item in value]
            return ("set", frozenset(forms)) if prop.kind == "set" else ("list", tuple(forms))
        return plain_form(value)

    def _form_object(self, kind: ObjectType, value: Any) -> Hashable:
        if not isinstance(value, Mapping):
            return plain_form(value)
        side = self._side(kind, value)
        return ("object", frozenset((name, self._form(kind.properties[name], child)) for name, child in side.items()))

    def _unknown(self, kind: ObjectType, value: Any, path: Path) -> Iterator[Path]:
        if not isinstance(value, Mapping):
            return
        for prop in self._active_properties(kind, value):
            yield from self._unknown_property(prop, value.get(prop.name), (*path, prop.name))
        for name, child in value.items():
            if name not in kind.properties and child is not None:
                yield (*path, str(name))

    def _unknown_property(self, prop: Property, value: Any, path: Path) -> Iterator[Path]:
        if prop.kind == "object":
            yield from self._unknown(self._model.object_of(prop), value, path)
        elif prop.items is not None and isinstance(value, list):
            for position, item in enumerate(value):
                yield from self._unknown_property(prop.items, item, (*path, position))


def plain_form(value: Any) -> Hashable:
    """Return a hashable form, which is equal for values that are equal in JSON."""
    if isinstance(value, Mapping):
        return ("object", frozenset((str(key), plain_form(child)) for key, child in value.items()))
    if isinstance(value, list):
        return ("list", tuple(plain_form(child) for child in value))
    if isinstance(value, bool) or value is None:
        return ("constant", str(value))
    if isinstance(value, (int, float)):
        return ("number", "nan" if math.isnan(value) else value)
    return ("text", str(value))
