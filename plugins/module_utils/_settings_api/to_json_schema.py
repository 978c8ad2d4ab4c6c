# Copyright (c) 2026, community.dynatrace contributors
# SPDX-License-Identifier: BSD-2-Clause

"""A Dynatrace schema as JSON Schema (Draft 2020-12), with nothing but standard keywords.

What JSON Schema cannot say is checked in ``validation.py``. The keyword ``problem``, which validators ignore, holds
code and facts of the problem that a violation is.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

from .java_regex import END, NO_WHITESPACE, NOT_BLANK, TRIMMED, Untranslatable, translate
from .preconditions import activity_name, condition_schema, describe, reference
from .schema_model import Model, ObjectType, Property
from .strings import length
from .values import split_path

KnownValidators = Mapping[str, tuple[str, str]]
"""For each known validator that runs on the server: a pattern, and the code of the problem."""
NO_VALIDATORS: KnownValidators = MappingProxyType({})

_TYPES = {"boolean": "boolean", "integer": "integer", "float": "number", "list": "array", "set": "array"}
_DATE, _TIME = "[0-9]{4}-[0-9]{2}-[0-9]{2}", "[0-9]{2}:[0-9]{2}(?::[0-9]{2}(?:\\.[0-9]{1,9})?)?"
_ZONE = "(?:Z|[+-][0-9]{2}:?[0-9]{2}(?::?[0-9]{2})?)(?:\\[[^\\]]+\\])?"
_FORMATS = {
    "local_date": (_DATE, "date"),
    "local_time": (_TIME, "time"),
    "local_date_time": (f"{_DATE}T{_TIME}", "date_time"),
    "zoned_date_time": (f"{_DATE}T{_TIME}{_ZONE}", "zoned_date_time"),
    "time_zone": ("[A-Za-z0-9_+:/-]+", "time_zone"),
}


class Translation:
    """The translation of one schema."""

    def __init__(self, model: Model, known_validators: KnownValidators = NO_VALIDATORS) -> None:
        self._model = model
        self._known = known_validators
        self._constraints: dict[str, list[dict[str, Any]]] = {}
        self.unchecked_constraints: list[str] = []
        for kind in model.object_types():
            for prop in kind.properties.values():
                one: Property | None = prop
                while one is not None:
                    self._constraints[one.where] = list(self._translated(one))
                    one = one.items

    def schema(self, title: str) -> dict[str, Any]:
        """The whole schema."""
        definitions = {kind.name: self._object(kind) for kind in self._model.types.values()}
        for kind in self._model.object_types():
            for prop in kind.properties.values():
                if prop.precondition is not None:
                    definitions[activity_name(kind, prop.name)] = condition_schema(kind, prop.precondition)
        root = {"$schema": "https://json-schema.org/draft/2020-12/schema", "title": title}
        return {**root, **self._object(self._model.root), "$defs": definitions}

    def constraints_of(self, prop: Property) -> list[dict[str, Any]]:
        """The constraints of a property."""
        return [dict(one) for one in self._constraints[prop.where]]

    def fits(self, prop: Property, value: Any) -> bool:
        """Whether a scalar satisfies a property's own type and constraints."""
        if prop.kind == "enum":
            return value in prop.enum
        if prop.kind == "boolean":
            return isinstance(value, bool)
        if prop.kind in ("integer", "float"):
            whole = prop.kind == "float" or isinstance(value, int) or (isinstance(value, float) and value.is_integer())
            right = _is_number(value) and whole
        else:
            right = prop.kind == "any" or isinstance(value, str)
        if not right:
            return False
        return all(_fits(one, value) for one in self._constraints[prop.where])

    def _object(self, kind: ObjectType) -> dict[str, Any]:
        schema: dict[str, Any] = {"type": "object"}
        if kind.title and kind.name:
            schema["title"] = kind.title
        schema["properties"] = {
            name: self._property(prop) if prop.precondition is None else {} for name, prop in kind.properties.items()
        }
        schema["additionalProperties"] = False
        schema["required"] = [
            name for name, prop in kind.properties.items() if self._required(prop) and prop.precondition is None
        ]
        conditions = [
            self._conditional(kind, prop) for prop in kind.properties.values() if prop.precondition is not None
        ]
        if conditions:
            schema["allOf"] = conditions
        return schema

    def _conditional(self, kind: ObjectType, prop: Property) -> dict[str, Any]:
        then: dict[str, Any] = {"properties": {prop.name: self._property(prop)}}
        if self._required(prop):
            then["required"] = [prop.name]
            words = describe(prop.precondition) if prop.precondition is not None else ""
            if words:
                then["problem"] = {"code": "required.while", "condition": words}
        return {"if": reference(activity_name(kind, prop.name)), "then": then}

    def _required(self, prop: Property) -> bool:
        """Whether a property must be there while it is active. A missing list or set counts as an empty one."""
        if prop.nullable or prop.kind not in ("list", "set"):
            return not prop.nullable
        return prop.min_objects > 0 or any("minItems" in one for one in self._constraints[prop.where])

    def _property(self, prop: Property) -> dict[str, Any]:
        schema = self._value(prop)
        if prop.title:
            schema = {"title": prop.title, **schema}
        scalar = prop.kind not in ("secret", "object", "list", "set")
        if scalar and not prop.nullable and prop.default is not None and self.fits(prop, prop.default):
            schema["default"] = prop.default
        return schema

    def _value(self, prop: Property) -> dict[str, Any]:
        if prop.kind == "any":
            return {}
        if prop.kind == "object":
            target = reference(prop.type_name)
            return {"if": {"not": {"type": "null"}}, "then": target} if prop.nullable else target
        if prop.kind == "enum":
            return {"enum": [*prop.enum, *([None] if prop.nullable else [])]}
        name = _TYPES.get(prop.kind, "string")
        schema: dict[str, Any] = {"type": [name, "null"] if prop.nullable else name}
        if prop.kind == "secret":
            schema["writeOnly"] = True
        if prop.items is not None:
            schema["items"] = self._value(prop.items)
            if prop.min_objects > 0:
                schema["minItems"] = prop.min_objects
            if prop.max_objects is not None:
                schema["maxItems"] = prop.max_objects
            if prop.kind == "set":
                schema["uniqueItems"] = True
        constraints = self._constraints[prop.where]
        if constraints:
            schema["allOf"] = [dict(one) for one in constraints]
        return schema

    def _translated(self, prop: Property) -> Any:
        if prop.kind in _FORMATS:
            pattern, code = _FORMATS[prop.kind]
            yield {"pattern": f"^(?:{pattern}){END}", "problem": {"code": code}}
        limits = [one for one in prop.constraints if one.get("type") == "LENGTH"]
        longest = min((one["maxLength"] for one in limits if _is_count(one.get("maxLength"))), default=None)
        for constraint in prop.constraints:
            found = self._constraint(prop, constraint)
            if found is None:
                what = constraint.get("customValidatorId") or constraint.get("pattern") or ""
                self.unchecked_constraints.append(f"{prop.where}: {constraint.get('type')} {what}".rstrip())
            elif "pattern" in found and longest is not None:
                # A text that is too long anyway is not searched: some patterns take for ever on it.
                yield {"if": {"maxLength": longest}, "then": found}
            elif found:
                yield found

    def _constraint(self, prop: Property, constraint: Mapping[str, Any]) -> dict[str, Any] | None:
        """One constraint; empty when it is checked elsewhere or says nothing, ``None`` when it cannot be checked."""
        kind = constraint.get("type")
        problem: dict[str, Any] = {}
        found: dict[str, Any] | None = None
        if kind == "LENGTH":
            found = {key: constraint[key] for key in ("minLength", "maxLength") if _is_count(constraint.get(key))}
            if found.get("minLength") == 0:
                del found["minLength"]
        elif kind == "RANGE":
            found = {key: constraint[key] for key in ("minimum", "maximum") if _is_number(constraint.get(key))}
        elif kind == "NOT_BLANK":
            found, problem = {"pattern": NOT_BLANK}, {"code": "blank"}
        elif kind == "NOT_EMPTY":
            found, problem = {"minLength": 1, "minItems": 1}, {"code": "empty"}
        elif kind == "TRIMMED":
            found, problem = {"pattern": TRIMMED}, {"code": "not_trimmed"}
        elif kind == "NO_WHITESPACE":
            found, problem = {"pattern": NO_WHITESPACE}, {"code": "white_space"}
        elif kind == "PATTERN":
            found = self._pattern(constraint.get("pattern"))
            problem = {"code": "pattern", "pattern": constraint.get("pattern")}
        elif kind == "CUSTOM_VALIDATOR_REF" and constraint.get("customValidatorId") in self._known:
            pattern, code = self._known[constraint["customValidatorId"]]
            found, problem = self._pattern(pattern), {"code": code}
        elif kind == "REGEX" or (kind == "UNIQUE" and prop.kind in ("list", "set")):
            # Scalars and whole items here; by some properties only, or a regex of the user: see validation.py.
            if kind == "UNIQUE" and not self._reaches(prop, constraint.get("uniqueProperties")):
                return None
            found = {} if kind == "REGEX" or constraint.get("uniqueProperties") else {"uniqueItems": True}
        text = constraint.get("customMessage")
        if isinstance(text, str) and text:
            problem = {"code": "custom", "text": text}
        return {**found, "problem": problem} if found and problem else found

    def _reaches(self, prop: Property, names: Any) -> bool:
        """Whether the items of a list have the properties by which they shall be unique."""
        for name in names if isinstance(names, list) else ():
            one = prop.items
            for part in split_path(str(name)):
                kind = self._model.object_of(one) if one is not None and one.kind == "object" else None
                one = kind.properties.get(str(part)) if kind is not None else None
            if one is None:
                return False
        return True

    @staticmethod
    def _pattern(pattern: Any) -> dict[str, Any] | None:
        try:
            return {"pattern": translate(pattern)} if isinstance(pattern, str) else None
        except Untranslatable:
            return None


def _fits(schema: Mapping[str, Any], value: Any) -> bool:
    if "if" in schema:
        return not _fits(schema["if"], value) or _fits(schema["then"], value)
    if isinstance(value, str):
        size = length(value)
        long_enough = schema.get("minLength", 0) <= size <= schema.get("maxLength", size)
        return long_enough and ("pattern" not in schema or re.search(schema["pattern"], value) is not None)
    if isinstance(value, (int, float)):
        return bool(schema.get("minimum", value) <= value <= schema.get("maximum", value))
    return True


def _is_number(value: Any) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool)


def _is_count(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and value >= 0
