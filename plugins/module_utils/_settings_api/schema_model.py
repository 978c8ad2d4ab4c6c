# Copyright (c) 2026, community.dynatrace contributors
# SPDX-License-Identifier: BSD-2-Clause

"""Reads a Dynatrace schema document into plain objects.

Format: settings-api 2.2 to 2.4. Servers differ in age, so unknown parts are never an error. They are skipped and
recorded.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from .java_regex import Untranslatable, translate

TEXT_KINDS = frozenset(
    {"text", "secret", "setting", "local_date", "local_time", "local_date_time", "zoned_date_time", "time_zone"}
)
SCALARS = TEXT_KINDS | {"boolean", "integer", "float"}
KINDS = SCALARS | {"list", "set"}
_PRECONDITIONS = frozenset({"AND", "OR", "NOT", "EQUALS", "IN", "NULL", "REGEX_MATCH"})

Precondition = Mapping[str, Any]


@dataclass
class Property:
    """One property, or the items of a list.

    ``kind`` is a Dynatrace type, or ``enum``, ``object``, or ``any`` for an unknown type.
    """

    name: str
    kind: str
    where: str
    nullable: bool = False
    title: str = ""
    default: Any = None
    type_name: str = ""
    enum: tuple[Any, ...] = ()
    items: Property | None = None
    min_objects: int = 0
    max_objects: int | None = None
    precondition: Precondition | None = None
    constraints: tuple[Mapping[str, Any], ...] = ()
    # Can only be set when the object is created.
    fixed: bool = False
    # The schema of the objects that the property refers to by their IDs.
    referenced_schema: str = ""


@dataclass
class ObjectType:
    """A type with properties. The schema itself is one without a name."""

    name: str
    properties: dict[str, Property]
    constraints: tuple[Mapping[str, Any], ...] = ()
    title: str = ""
    # Properties with circular preconditions. Preconditions that refer to one use its value without checking whether it
    # is active.
    circular: frozenset[str] = frozenset()

    @cached_property
    def has_preconditions(self) -> bool:
        """Whether a property can be inactive. Called when all properties are known."""
        return any(prop.precondition is not None for prop in self.properties.values())


@dataclass
class Model:
    """All types of a schema, and the parts that were not understood."""

    root: ObjectType
    types: dict[str, ObjectType] = field(default_factory=dict)
    not_understood: list[str] = field(default_factory=list)
    # Types that must contain themselves. Creating such an object from defaults would never end.
    bottomless: frozenset[str] = frozenset()

    def object_of(self, prop: Property) -> ObjectType:
        """Return the type of an ``object`` property."""
        return self.types[prop.type_name]

    def object_types(self) -> Iterator[ObjectType]:
        """Yield all types, the schema itself first."""
        yield self.root
        yield from self.types.values()

    @cached_property
    def has_other_constraints(self) -> bool:
        """Whether there are constraints that JSON Schema does not know. Called when everything is known."""
        kinds = list(self.object_types())
        return any(kind.constraints or any(map(_is_unusual, kind.properties.values())) for kind in kinds)


def _is_unusual(prop: Property) -> bool:
    unusual = any(constraint.get("type") in ("REGEX", "UNIQUE") for constraint in prop.constraints)
    return unusual or (prop.items is not None and _is_unusual(prop.items))


def read(document: Mapping[str, Any]) -> Model:
    """Read a schema document (``GET /settings/schemas/{id}``)."""
    model = Model(ObjectType("", {}))
    named = _mapping(document.get("types"))
    # Names first, because types can refer to each other and to themselves.
    model.types = {str(name): ObjectType(str(name), {}) for name in named}
    for kind, node in [(model.root, document), *((model.types[str(name)], named[name]) for name in named)]:
        node = _mapping(node)
        kind.title = _text(node.get("displayName"))
        kind.constraints = _constraints(node)
        for name, prop in _mapping(node.get("properties")).items():
            where = f"{kind.name}.{name}" if kind.name else str(name)
            kind.properties[str(name)] = _property(model, document, str(name), _mapping(prop), where)
        for prop in kind.properties.values():
            _check_precondition(model, kind, prop)
        kind.circular = frozenset(
            _in_circles(
                {
                    name: properties_of(one.precondition)
                    for name, one in kind.properties.items()
                    if one.precondition is not None
                }
            )
        )
    inside = {
        kind.name: {one.type_name for one in kind.properties.values() if one.kind == "object" and not one.nullable}
        for kind in model.types.values()
    }
    model.bottomless = frozenset(_in_circles(inside))
    return model


def properties_of(precondition: Precondition) -> set[str]:
    """Return the sibling properties that a precondition refers to."""
    names = {str(precondition["property"]).split("/", maxsplit=1)[0]} if "property" in precondition else set()
    for part in parts_of(precondition):
        names |= properties_of(part)
    return names


def parts_of(precondition: Precondition) -> list[Precondition]:
    """Return the preconditions inside AND, OR, and NOT."""
    parts = precondition.get("preconditions")
    inner = precondition.get("precondition")
    return [*(parts if isinstance(parts, list) else ()), *([inner] if isinstance(inner, Mapping) else ())]


def _property(model: Model, document: Mapping[str, Any], name: str, node: Mapping[str, Any], where: str) -> Property:
    kind = node.get("type")
    items = node.get("items")
    prop = Property(
        name=name,
        kind=kind if isinstance(kind, str) and kind in KINDS else "any",
        where=where,
        nullable=node.get("nullable") is True,
        title=_text(node.get("displayName")),
        default=node.get("default"),
        precondition=node.get("precondition"),
        constraints=_constraints(node),
        fixed=node.get("modificationPolicy") == "NEVER",
        referenced_schema=_text(node.get("referencedType")) if kind == "setting" else "",
    )
    if isinstance(kind, Mapping):
        section, _slash, target = str(kind.get("$ref", "")).removeprefix("#/").partition("/")
        if section == "types" and target in model.types:
            prop.kind, prop.type_name = "object", target
        elif section == "enums" and isinstance(_mapping(document.get("enums")).get(target), Mapping):
            values = _mapping(document["enums"][target]).get("items") or []
            prop.kind = "enum"
            prop.enum = tuple(item["value"] for item in values if isinstance(item, Mapping) and "value" in item)
    if prop.kind == "any":
        model.not_understood.append(f"{where}: type {_text(kind) or 'of an unknown form'}")
    if prop.kind in ("list", "set"):
        inherited = {"referencedType": node.get("referencedType")}
        prop.items = _property(model, document, name, {**inherited, **_mapping(items)}, f"{where}[]")
        minimum, maximum = node.get("minObjects"), node.get("maxObjects")
        prop.min_objects = minimum if isinstance(minimum, int) else 0
        prop.max_objects = maximum if isinstance(maximum, int) else None
    return prop


def _check_precondition(model: Model, kind: ObjectType, prop: Property) -> None:
    if prop.precondition is None or _understood(prop.precondition, kind):
        return
    # It is unknown when the property is active, so it is optional.
    prop.precondition = None
    prop.nullable = True
    model.not_understood.append(f"{prop.where}: precondition of an unknown form")


def _understood(precondition: Any, kind: ObjectType) -> bool:
    if not isinstance(precondition, Mapping) or precondition.get("type") not in _PRECONDITIONS:
        return False
    name = precondition["type"]
    parts = parts_of(precondition)
    if name in ("AND", "OR", "NOT"):
        enough = len(parts) == 1 if name == "NOT" else isinstance(precondition.get("preconditions"), list)
        return enough and all(_understood(part, kind) for part in parts)
    needs = {"EQUALS": "expectedValue", "IN": "expectedValues", "REGEX_MATCH": "pattern"}.get(name, "property")
    if (
        needs not in precondition
        or (name == "REGEX_MATCH" and not precondition["pattern"])
        or (name == "IN" and not isinstance(precondition[needs], list))
    ):
        return False
    if name == "REGEX_MATCH":
        try:
            translate(precondition["pattern"] or "")
        except Untranslatable:
            return False
    return str(precondition.get("property", "")).split("/", maxsplit=1)[0] in kind.properties


def _in_circles(links: Mapping[str, set[str]]) -> Iterator[str]:
    for start in links:
        found: set[str] = set()
        todo = [start]
        while todo:
            new = links.get(todo.pop(), set()) - found
            found |= new
            todo.extend(new)
        if start in found:
            yield start


def _constraints(node: Mapping[str, Any]) -> tuple[Mapping[str, Any], ...]:
    found = node.get("constraints")
    return tuple(one for one in found if isinstance(one, Mapping)) if isinstance(found, list) else ()


def _mapping(node: Any) -> Mapping[str, Any]:
    return node if isinstance(node, Mapping) else {}


def _text(node: Any) -> str:
    return node if isinstance(node, str) else ""
