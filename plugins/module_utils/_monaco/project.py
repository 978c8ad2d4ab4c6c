# Copyright (c) 2026, community.dynatrace contributors
# SPDX-License-Identifier: BSD-2-Clause

"""Converts the projects of a manifest for all of its environments."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

from .._session_exports.declaration import ZONE, published_schema
from .._settings_api.property_path import get_path
from .._settings_api.schema import Schema
from .convert import API_SCHEMAS, Converted, IsSecret, convert, secrets_of
from .definitions import Definition, read_definitions
from .levels import Levels, Variants, in_order
from .manifest import Environment, Manifest
from .marks import Coordinate, Marks
from .names import object_names
from .parameters import NotConverted, Parameters

_SLOTS = published_schema().schema_id
_NO_ENVIRONMENT = Environment("", "")


@dataclass
class Conversion:
    """The result.

    :param left_out: what is not converted, in which environments, and why.
    :param ordered: the schemas and scopes whose objects have an order.
    """

    levels: Levels = field(default_factory=Levels)
    names: Mapping[Coordinate, str] = field(default_factory=dict)
    left_out: dict[tuple[str, str], list[str]] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)
    ordered: list[tuple[str, str]] = field(default_factory=list)
    count: int = 0
    schema_ids: tuple[str, ...] = ()


def convert_projects(manifest: Manifest, schemas: Mapping[str, Schema]) -> Conversion:
    """Convert all projects.

    :param schemas: the schemas that are known, which say what is secret.
    """
    definitions = read_definitions(manifest.projects)
    known, marks = definitions.found, Marks()
    environments = {one.name: Parameters(known, one, marks) for one in manifest.environments}
    result = Conversion(notes=[*manifest.notes])
    for what, why in definitions.left_out:
        result.left_out[(what, why)] = []
    is_secret = secrets_of({**schemas, _SLOTS: published_schema()})

    def converted_in(parameters: Parameters, environment: str | None = None) -> dict[Coordinate, Converted]:
        left_out = result.left_out if environment is not None else {}
        return _convert(list(known.values()), parameters, marks, is_secret, environment or "", left_out)

    found = {name: converted_in(parameters, name) for name, parameters in environments.items()}
    # What overrides are overrides of.
    base = converted_in(Parameters(known, _NO_ENVIRONMENT, marks))
    groups = {
        group: converted_in(Parameters(known, replace(_NO_ENVIRONMENT, group=group), marks))
        for group in manifest.groups
    }
    result.names = object_names(known, list(environments.values()), API_SCHEMAS)
    variants = {
        one: Variants(
            base.get(one),
            {name: objects[one] for name, objects in groups.items() if one in objects},
            {name: objects[one] for name, objects in found.items() if one in objects},
        )
        for one in known
    }
    references = {one: target for parameters in environments.values() for one, target in parameters.references.items()}
    _place({coordinate: one for coordinate, one in variants.items() if one.hosts}, references, manifest, result)
    result.notes += _notes(list(known.values()), found, schemas)
    converted = dict.fromkeys(one for objects in found.values() for one in objects)
    result.count = len(converted)
    result.schema_ids = tuple(dict.fromkeys(one.type for one in converted))
    return result


def _convert(
    definitions: Sequence[Definition],
    parameters: Parameters,
    marks: Marks,
    is_secret: IsSecret,
    environment: str,
    left_out: dict[tuple[str, str], list[str]],
) -> dict[Coordinate, Converted]:
    """The objects of one environment."""
    found: dict[Coordinate, Converted] = {}
    for definition in definitions:
        coordinate = definition.coordinate
        try:
            converted = convert(definition, parameters, marks, is_secret)
            if converted is not None:
                _check_export(converted)
                found[coordinate] = converted
        except NotConverted as problem:
            left_out.setdefault((str(coordinate), str(problem)), []).append(environment)
    while broken := [
        (coordinate, target)
        for coordinate, one in found.items()
        for target in one.references
        if target not in found and target.type not in API_SCHEMAS
    ]:
        for coordinate, target in broken:
            if found.pop(coordinate, None):
                reason = f"refers to {target}, which is not converted"
                left_out.setdefault((str(coordinate), reason), []).append(environment)
    return found


def _check_export(converted: Converted) -> None:
    """Exports have references to management zones only."""
    if converted.coordinate.type != _SLOTS or not any(converted.references):
        return
    if len(list(converted.references)) > 1 or isinstance(get_path(dict(converted.value), ZONE), (str, type(None))):
        raise NotConverted("has a reference in a property that cannot have one in user_session_exports_slots")


def _place(
    variants: Mapping[Coordinate, Variants],
    references: Mapping[Coordinate, Sequence[Coordinate]],
    manifest: Manifest,
    result: Conversion,
) -> None:
    """Put the objects in order, and each into its level."""
    lists: dict[tuple[str, str], list[Coordinate]] = {}
    for coordinate, own in variants.items():
        first = next(iter(own.hosts.values()))
        lists.setdefault((coordinate.type, repr(first.scope)), []).append(coordinate)
    complete = len(manifest.environments)
    for key, coordinates in lists.items():
        targets = {one: next(iter(variants[one].hosts.values())).insert_after for one in coordinates}
        ordered = any(target is not None for target in targets.values())
        objects, unknown = in_order(coordinates, targets.__getitem__, lambda one: references.get(one, ()))
        for one in unknown:
            result.left_out.setdefault((str(one), "has an insertAfter that is not another object of the list"), [])
        if ordered:
            result.ordered.append(key)
        divided = ordered and any(len(variants[one].hosts) < complete for one in objects)
        for one in objects:
            if divided:
                for name, variant in variants[one].hosts.items():
                    result.levels.hosts.setdefault(name, []).append(variant)
            else:
                result.levels.add(variants[one], manifest.groups, together=ordered)


def _notes(
    definitions: Sequence[Definition],
    found: Mapping[str, Mapping[Coordinate, Converted]],
    schemas: Mapping[str, Schema],
) -> Iterator[str]:
    """What is not in the declarations, and need not be."""
    converted = [one for one in definitions if any(one.coordinate in objects for objects in found.values())]
    versions = sum(one.has_schema_version for one in converted)
    if versions:
        objects = "1 object" if versions == 1 else f"{versions} objects"
        yield f"schemaVersion is omitted from {objects}, because values follow the schema of each environment."
    permissions = [str(one.coordinate) for one in converted if one.has_permissions]
    if permissions:
        yield f"Permissions are not converted, and are left unchanged: {', '.join(permissions)}."
    unknown = sorted({one.coordinate.type for one in converted} - {*schemas, _SLOTS})
    if unknown:
        yield f"Without these schemas, secrets are recognized by the names of properties: {', '.join(unknown)}."
    for one in converted:
        skip = one.properties.skip
        if isinstance(skip, dict) and skip.get("type") == "environment":
            yield f"{one.coordinate} is declared, although the environment variable {skip.get('name')} can skip it."
