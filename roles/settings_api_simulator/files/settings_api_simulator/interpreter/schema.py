# Copyright (c) 2026, community.dynatrace contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""One schema, unchanged, with the look-ups that the other modules need."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

Definition = Mapping[str, Any]


class SchemaError(ValueError):
    """A file that is not a schema."""


class Schema:
    """A schema JSON; ``raw`` is served untouched."""

    def __init__(self, raw: dict[str, Any]) -> None:
        for key, kind in (("schemaId", str), ("version", str), ("properties", dict)):
            if not isinstance(raw.get(key), kind):
                raise SchemaError(f"not a settings schema: {key} is missing or is not a {kind.__name__}")
        self.raw = raw
        self.id: str = raw["schemaId"]
        self.version: str = raw["version"]
        self.multi_object = bool(raw.get("multiObject", True))
        self.ordered = bool(raw.get("ordered", False))
        self.max_objects = int(raw.get("maxObjects") or 0)
        self.allowed_scopes: list[str] = list(raw.get("allowedScopes") or ["environment"])
        self.properties: Definition = raw["properties"]
        self.constraints: list[Definition] = list(raw.get("constraints") or [])
        self.schema_constraints: list[Definition] = list(raw.get("schemaConstraints") or [])

    def type_of(self, definition: Definition) -> Definition | None:
        """The object type that a property or item refers to, None if it is of another kind."""
        return self._referred(definition, "#/types/", "types")

    def enum_of(self, definition: Definition) -> Definition | None:
        """The enumeration that a property or item refers to."""
        return self._referred(definition, "#/enums/", "enums")

    def _referred(self, definition: Definition, prefix: str, section: str) -> Definition | None:
        kind = definition.get("type")
        reference = kind.get("$ref") if isinstance(kind, Mapping) else None
        if not isinstance(reference, str) or not reference.startswith(prefix):
            return None
        found = (self.raw.get(section) or {}).get(reference[len(prefix) :])
        return found if isinstance(found, Mapping) else None

    def contains_itself(self, definition: Definition) -> bool:
        """Whether an object type has a property of its own type that must not be null, directly or further down."""
        start = self.type_of(definition)
        seen: list[Definition] = []
        waiting = [start] if start is not None else []
        while waiting:
            kind = waiting.pop()
            for inner in (kind.get("properties") or {}).values():
                found = None if inner.get("nullable", False) else self.type_of(inner)
                if found is start:
                    return True
                if found is not None and not any(found is known for known in seen):
                    seen.append(found)
                    waiting.append(found)
        return False

    def all_constraints(self, kind: str) -> Iterator[Definition]:
        """The complex constraints of one kind: of the schema and of its types."""
        sources = [self.constraints]
        sources += [list(found.get("constraints") or []) for found in (self.raw.get("types") or {}).values()]
        for source in sources:
            yield from (constraint for constraint in source if constraint.get("type") == kind)


def type_name(definition: Definition) -> str:
    """How an error message calls the type of a property."""
    kind = definition.get("type")
    if isinstance(kind, Mapping):
        return str(kind.get("$ref", "object")).rsplit("/", 1)[-1]
    return str(kind)
