# Copyright (c) 2026, community.dynatrace contributors
# SPDX-License-Identifier: BSD-2-Clause

"""Compares two values of one schema, and preserves properties that the schema does not define."""

from __future__ import annotations

import math
import re
from abc import ABC, abstractmethod
from collections.abc import Callable, Hashable, Iterator, Mapping, Sequence
from datetime import datetime, timezone
from itertools import zip_longest
from typing import Any

from .preconditions import ActiveProperties
from .property_path import SCALARS, Path, copied, get_path
from .schema_model import Model, ObjectType, Property

_ABSENT = object()
_TIME = re.compile(
    r"(\d{4}-\d{2}-\d{2}T)?(\d{2}:\d{2})(?::(\d{2})(?:\.(\d{1,9}))?)?(Z|[+-]\d{2}:?\d{2}(?::?\d{2})?)?(?:\[([^\]]+)\])?"
)
_UTC = frozenset(
    {"UTC", "GMT", "UCT", "Z", "ZULU", "UNIVERSAL", "GREENWICH", "GMT0", "GMT+0", "GMT-0", "+00:00", "UTC+00:00"}
)


class Comparison(ABC):
    """Comparison of values of one schema, which knows its defaults."""

    def __init__(self, model: Model) -> None:
        self._model = model

    @abstractmethod
    def _default(self, prop: Property) -> Any:
        """Return the default of an active property."""

    def active_value(self, value: Any) -> dict[str, Any]:
        """Return a value from a server for comparison: without inactive properties, nulls, and unknown properties.

        Wrong types are kept.
        """
        found: dict[str, Any] = self._active_value(self._model.root, value)
        return found

    def differences(self, current: Any, desired: Any) -> list[Path]:
        """Return the paths at which two values differ, in the order of the schema. Secrets are ignored.

        Sets are compared without order. A list or set that differs is one path, unless both have the same number of
        objects. Absent booleans and enums count as their defaults.
        """
        return [] if identical(current, desired) else list(self._differ(self._model.root, current, desired, ()))

    def unknown_properties(self, value: Any) -> list[Path]:
        """Return the paths of active properties in ``value`` that the schema, maybe older than the server, lacks."""
        return list(self._unknown(self._model.root, value, ()))

    def carry_unknown(self, current: Any, desired: dict[str, Any]) -> dict[str, Any]:
        """Return ``desired`` with the unknown properties of ``current``, where their parents exist.

        In lists, where the item can be matched.
        """
        result: dict[str, Any] = copied(desired)
        if not identical(current, desired):
            self._carry(self._model.root, current, result)
        return result

    def lost_unknown(self, current: Any, desired: Any) -> list[Path]:
        """The unknown properties of list items that have no counterpart in ``desired``."""
        kept = self.carry_unknown(current, desired)
        remaining = {path for path in self.unknown_properties(kept) if any(isinstance(part, int) for part in path)}
        found = [path for path in self.unknown_properties(current) if any(isinstance(part, int) for part in path)]
        return found if len(remaining) < len(found) else []

    def counterpart(self, current: Any, desired: Any, path: Path) -> Path | None:
        """Where ``current`` has what ``desired`` has at ``path``; ``None`` if it has none, or that is not certain."""
        kind: ObjectType | None = self._model.root
        prop: Property | None = None
        result: list[str | int] = []
        for part in path:
            if isinstance(part, int):
                place = self._matched(prop, current, desired).get(part) if prop is not None else None
                if place is None or prop is None:
                    return None
                result.append(place)
                current, desired, prop = current[place], desired[part], prop.items
            else:
                prop = kind.properties.get(part) if kind is not None else None
                result.append(part)
                current, desired = _child(current, part), _child(desired, part)
            kind = self._model.object_of(prop) if prop is not None and prop.kind == "object" else None
        return tuple(result)

    def form_at(self, path: Path, value: Any) -> Hashable:
        """A form of the value at a path in which equal values are equal."""
        kind: ObjectType | None = self._model.root
        prop: Property | None = None
        for part in path:
            prop = kind.properties.get(str(part)) if kind is not None else None
            kind = self._model.object_of(prop) if prop is not None and prop.kind == "object" else None
        return plain_form(value) if prop is None else self._form(prop, value)

    def _matched(self, prop: Property, current: Any, desired: Any) -> dict[int, int]:
        """The places of the items of a desired list in the current one: by unique properties, else by content."""
        if prop.items is None or not isinstance(current, list) or not isinstance(desired, list):
            return {}
        result: dict[int, int] = {}
        for form in (
            *(self._unique_key(prop.items, names) for names in _unique_names(prop)),
            self._item_form(prop.items),
        ):
            there: dict[Hashable, list[int]] = {}
            wanted: dict[Hashable, list[int]] = {}
            for place, item in enumerate(current):
                if place not in result.values():
                    there.setdefault(form(item), []).append(place)
            for place, item in enumerate(desired):
                if place not in result:
                    wanted.setdefault(form(item), []).append(place)
            for key, places in wanted.items():
                if key is not None and len(there.get(key, ())) == len(places):
                    result.update(zip(places, there[key], strict=True))
        return result

    def _unique_key(self, items: Property, names: Sequence[str]) -> Callable[[Any], Hashable]:
        def key(item: Any) -> Hashable:
            found = [get_path(item, split_path(name)) for name in names]
            return None if any(one is None for one in found) else tuple(plain_form(one) for one in found)

        return key

    def _item_form(self, items: Property) -> Callable[[Any], Hashable]:
        return lambda item: self._form(items, item)

    def _carry(self, kind: ObjectType, current: Any, desired: Any) -> None:
        if not isinstance(current, Mapping) or not isinstance(desired, dict):
            return
        for name, child in current.items():
            if name not in kind.properties and child is not None and desired.get(name) is None:
                desired[name] = copied(child)
        for name, prop in kind.properties.items():
            self._carry_property(prop, current.get(name), desired.get(name))

    def _carry_property(self, prop: Property, current: Any, desired: Any) -> None:
        if prop.kind == "object":
            self._carry(self._model.object_of(prop), current, desired)
        elif prop.items is not None:
            for place, source in self._matched(prop, current, desired).items():
                self._carry_property(prop.items, current[source], desired[place])

    def aligned(self, current: Any, desired: Any) -> dict[str, Any]:
        """Return ``desired`` with the items of sets in the order of ``current``, so that items keep their secrets."""
        if identical(current, desired):
            same: dict[str, Any] = copied(desired)
            return same
        found: dict[str, Any] = self._aligned(self._model.root, current, desired)
        return found

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

        if not kind.has_preconditions:
            return list(kind.properties.values())
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
        if value.__class__ in SCALARS:
            return value
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
            elif given is None and prop.kind in ("list", "set"):
                given = []
            elif given is None and not prop.nullable and prop.kind == "object":
                given = None if self._default(prop) is None else {}
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
        return plain_form(canonical(prop.kind, value))

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


def identical(one: Any, other: Any) -> bool:
    """Whether two values are equal in all of their parts, types included. Much faster than a comparison by schema."""
    if one.__class__ is not other.__class__:
        return False
    if one.__class__ is dict:
        return len(one) == len(other) and all(
            name in other and identical(child, other[name]) for name, child in one.items()
        )
    if one.__class__ is list:
        return len(one) == len(other) and all(map(identical, one, other))
    return bool(one == other)


def canonical(kind: str, value: Any) -> Any:
    """One form for all forms of a time: with seconds, without zeros behind them, in UTC."""
    if not isinstance(value, str):
        return value
    if kind == "time_zone":
        return "UTC" if value.upper().removeprefix("ETC/") in _UTC else value
    found = _TIME.fullmatch(value) if kind in ("local_time", "local_date_time", "zoned_date_time") else None
    if found is None:
        return value
    day, time, seconds, fraction, offset, region = found.groups()
    plain = f"{day or ''}{time}:{seconds or '00'}"
    digits = (fraction or "").rstrip("0")
    if kind == "zoned_date_time" and offset and day:
        try:
            moment = datetime.fromisoformat(f"{plain}{_offset(offset)}").astimezone(timezone.utc)
        except ValueError:
            return value
        plain = f"{moment:%Y-%m-%dT%H:%M:%S}Z"
        offset = ""
    name = region if region and region.upper().removeprefix("ETC/") not in _UTC else ""
    return f"{plain}.{digits}{offset or ''}[{name}]"


def _offset(text: str) -> str:
    """``+01:00`` for ``Z``, ``+0100`` and ``+01:00``."""
    digits = text.replace(":", "")
    return "+00:00" if text == "Z" else f"{digits[:3]}:{digits[3:5]}" + (f":{digits[5:]}" if digits[5:] else "")


def split_path(text: str) -> Path:
    """The path of a property as constraints name it: parts are separated by slashes or by dots (settings-api 2.4)."""
    return tuple(part for part in re.split("[/.]", text) if part)


def _unique_names(prop: Property) -> Iterator[list[str]]:
    for constraint in prop.constraints:
        names = constraint.get("uniqueProperties")
        if constraint.get("type") == "UNIQUE" and isinstance(names, list) and names:
            yield [str(name) for name in names]


def _child(value: Any, name: str) -> Any:
    return value.get(name) if isinstance(value, Mapping) else None


def plain_form(value: Any) -> Hashable:
    """Return a hashable form, which is equal for values that are equal in JSON."""
    if value.__class__ is str:
        return ("text", value)
    if isinstance(value, Mapping):
        return ("object", frozenset((str(key), plain_form(child)) for key, child in value.items()))
    if isinstance(value, list):
        return ("list", tuple(plain_form(child) for child in value))
    if isinstance(value, bool) or value is None:
        return ("constant", str(value))
    if isinstance(value, float) and math.isnan(value):
        return ("number", "nan")
    if isinstance(value, (int, float)):
        return ("number", value)
    return ("text", str(value))
