# Copyright (c) 2026, community.dynatrace contributors
# SPDX-License-Identifier: BSD-2-Clause

"""A Dynatrace Settings 2.0 schema: validation, defaults, active properties, secrets, comparison.

Null and absent are equal everywhere (settings-api 7.5). Values are never changed in place.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from . import validation as checks
from .errors import Problem
from .memo import Memo
from .preconditions import ActiveProperties
from .property_names import PropertyNames
from .property_path import SCALARS, Path, copied, get_path
from .schema_constraints import SchemaConstraints
from .schema_model import Model, ObjectType, Property, read
from .to_json_schema import NO_VALIDATORS, KnownValidators, Translation
from .values import Comparison, identical

__all__ = ["Completed", "Path", "Schema"]


@dataclass(frozen=True)
class Completed:
    """A complete desired value, and the declared properties that were dropped because they are inactive."""

    value: dict[str, Any]
    ignored: tuple[Path, ...]


class Schema(Comparison):
    """One schema in one version. Use :meth:`from_document` to create it."""

    def __init__(self, document: Mapping[str, Any], model: Model, known_validators: KnownValidators) -> None:
        self.schema_id = str(document.get("schemaId", ""))
        self.version = str(document.get("version", ""))
        self.multi_object = document.get("multiObject") is True
        self.ordered = self.multi_object and document.get("ordered") is True
        limit = document.get("maxObjects")
        self.max_objects: int | None = 1
        if self.multi_object:
            self.max_objects = limit if isinstance(limit, int) and limit > 0 else None
        self.owner_based = document.get("ownerBasedAccessControl") is True
        self.allowed_scopes = tuple(str(scope) for scope in document.get("allowedScopes") or ())
        super().__init__(model)
        self._memo = Memo()
        self._translation = Translation(model, known_validators)
        self.names = PropertyNames(model)
        self.constraints = SchemaConstraints(document, self._reaches)
        self.unchecked_constraints: tuple[str, ...] = (
            *self._translation.unchecked_constraints,
            *checks.not_checked(model),
            *model.not_understood,
            *self.constraints.unchecked_constraints,
        )

    @classmethod
    def from_document(cls, document: Mapping[str, Any], *, known_validators: KnownValidators = NO_VALIDATORS) -> Schema:
        """Read a schema document (``GET /settings/schemas/{id}``). Unknown parts are skipped.

        :param known_validators: for each ``customValidatorId`` of a validator that runs on the server and is known, a
            pattern and the code of the problem.
        """
        return cls(document, read(document), known_validators)

    # Validation

    def json_schema(self) -> dict[str, Any]:
        """The schema as JSON Schema (Draft 2020-12) for a complete value."""
        return self._translation.schema(self.schema_id)

    def problems(self, value: Any, *, secrets_optional: bool = True) -> list[tuple[Path, Problem]]:
        """Return all problems of a completed value, sorted by path. No fact contains the value.

        :param secrets_optional: whether secrets can be absent. Declared secrets are always validated.
        :raises MissingLibrary: ``jsonschema`` is not installed.
        """
        found = self._memo.of("problems", value, lambda: checks.find(self._model, self._validator, value))
        if not secrets_optional:
            return list(found)
        return [(path, one) for path, one in found if not (self.is_secret(path) and get_path(value, path) is None)]

    @cached_property
    def _validator(self) -> Any:
        return checks.make_validator(self.json_schema())

    @property
    def model(self) -> Model:
        """The types of the schema."""
        return self._model

    def constraints_of(self, prop: Property) -> list[dict[str, Any]]:
        """Return the constraints of a property as JSON Schema."""
        return self._translation.constraints_of(prop)

    def default_of(self, prop: Property) -> Any:
        """Return what an active property has if it is not declared, or ``None``."""
        return self._default(prop)

    # Completion

    def complete(self, value: Any) -> Completed:
        """Return the complete desired value: with defaults, without inactive properties and nulls.

        Unknown properties and wrong types are kept for :meth:`problems` to report. Defaults of secrets, and defaults
        that violate their own constraints, are not used. A list that can be empty is empty by default.
        """
        ignored: list[Path] = []
        result = self._complete(self._model.root, value, (), ignored)
        return Completed(result, tuple(ignored))

    def _complete(self, kind: ObjectType, value: Any, path: Path, ignored: list[Path]) -> Any:
        if not isinstance(value, Mapping):
            return value
        given = {name: child for name, child in value.items() if child is not None}
        result: dict[str, Any] = {}
        active = ActiveProperties(
            kind, lambda name: given[name] if name in given else self._default(kind.properties[name])
        )
        for name, prop in kind.properties.items():
            child = given.get(name)
            if not active.is_active(name):
                if child is not None:
                    ignored.append((*path, name))
                continue
            child = self._default(prop) if child is None else child
            if child is not None:
                result[name] = self._complete_property(prop, child, (*path, name), ignored)
        result.update({name: copied(child) for name, child in given.items() if name not in kind.properties})
        return result

    def _complete_property(self, prop: Property, value: Any, path: Path, ignored: list[Path]) -> Any:
        if value.__class__ in SCALARS and value.__class__ is not float:
            return value
        if prop.kind == "object":
            return self._complete(self._model.object_of(prop), value, path, ignored)
        if prop.items is not None and isinstance(value, list):
            return [
                self._complete_property(prop.items, item, (*path, position), ignored)
                for position, item in enumerate(value)
            ]
        if prop.kind == "integer" and isinstance(value, float) and value.is_integer():
            # JSON Schema accepts 1.0 as an integer. A server might not.
            return int(value)
        return copied(value)

    def _default(self, prop: Property) -> Any:
        """Return the default of an active property, or ``None``."""
        if prop.nullable or prop.kind in ("secret", "any"):
            return None
        if prop.kind == "object":
            if prop.type_name in self._model.bottomless:
                return None
            return prop.default if isinstance(prop.default, Mapping) else {}
        if prop.kind in ("list", "set"):
            default = prop.default if isinstance(prop.default, list) else []
            return default if len(default) >= prop.min_objects else None
        return prop.default if prop.default is not None and self._translation.fits(prop, prop.default) else None

    # Secrets

    def is_secret(self, path: Path) -> bool:
        """Whether the schema has a secret at ``path``."""
        prop = self._property_at(path)
        return prop is not None and prop.kind == "secret"

    def _property_at(self, path: Path) -> Property | None:
        kind: ObjectType | None = self._model.root
        prop: Property | None = None
        for part in path:
            if isinstance(part, int):
                prop = prop.items if prop is not None else None
            else:
                prop = kind.properties.get(part) if kind is not None else None
            if prop is None:
                return None
            kind = self._model.object_of(prop) if prop.kind == "object" else None
        return prop

    def has(self, path: Path) -> bool:
        """Whether the schema has a property at ``path``."""
        return self._property_at(path) is not None

    @cached_property
    def property_names(self) -> frozenset[str] | None:
        """The names of all properties, of nested objects too; ``None`` if a property can contain anything."""
        names: set[str] = set()
        for kind in self._model.object_types():
            names.update(kind.properties)
            for prop in kind.properties.values():
                item: Property | None = prop
                while item is not None:
                    if item.kind == "any":
                        return None
                    item = item.items
        return frozenset(names)

    def _reaches(self, path: Path, through_lists: bool) -> bool:
        """Whether a path of a constraint over all objects can be followed."""
        kind: ObjectType | None = self._model.root
        for part in path:
            prop = kind.properties.get(str(part)) if kind is not None else None
            while through_lists and prop is not None and prop.items is not None:
                prop = prop.items
            if prop is None:
                return False
            kind = self._model.object_of(prop) if prop.kind == "object" else None
        return True

    def referenced_schema(self, path: Path) -> str:
        """The schema of the objects that the property at ``path`` refers to; empty if it is not known."""
        prop = self._property_at(path)
        return prop.referenced_schema if prop is not None else ""

    def is_fixed(self, path: Path) -> bool:
        """Whether the property at ``path`` can only be set when the object is created."""
        return any((prop := self._property_at(path[:end])) and prop.fixed for end in range(1, len(path) + 1))

    @cached_property
    def has_secrets(self) -> bool:
        """Whether there are properties that are secrets."""
        properties = [prop for kind in self._model.object_types() for prop in kind.properties.values()]
        return any(_is_or_lists_secrets(prop) for prop in properties)

    def given_secret_paths(self, value: Any) -> list[Path]:
        """Return the paths of all secrets in ``value``, active or not."""
        if not self.has_secrets:
            return []
        return list(self._given_secrets(value, ()))

    def _given_secrets(self, value: Any, path: Path) -> Iterator[Path]:
        children = value.items() if isinstance(value, Mapping) else enumerate(value) if isinstance(value, list) else ()
        for part, child in children:
            if child is not None and self.is_secret((*path, part)):
                yield (*path, part)
            else:
                yield from self._given_secrets(child, (*path, part))

    def secret_paths(self, value: Any) -> list[Path]:
        """Return the paths of the active secrets in ``value``."""
        if not self.has_secrets:
            return []

        def find() -> list[Path]:
            return [path for path, prop, child in self._leaves(value) if prop.kind == "secret" and child is not None]

        return list(self._memo.of("secret_paths", value, find))

    def expected_secret_paths(self, value: Any) -> list[Path]:
        """Return the paths of the secrets that ``value`` requires once it is complete."""
        if not self.has_secrets:
            return []

        def find() -> list[Path]:
            leaves = self._leaves(self.complete(value).value)
            return [path for path, prop, _child in leaves if prop.kind == "secret" and not prop.nullable]

        return list(self._memo.of("expected_secret_paths", value, find))

    def differences(self, current: Any, desired: Any) -> list[Path]:
        """See ``Comparison``."""
        if identical(current, desired):
            return []
        compare = super().differences
        return list(self._memo.of("differences", (current, desired), lambda: compare(current, desired)))

    def _leaves(self, value: Any) -> Iterator[tuple[Path, Property, Any]]:
        yield from self._walk(self._model.root, value, ())

    def _walk(self, kind: ObjectType, value: Any, path: Path) -> Iterator[tuple[Path, Property, Any]]:
        if not isinstance(value, Mapping):
            return
        for prop in self._active_properties(kind, value):
            yield from self._walk_property(prop, value.get(prop.name), (*path, prop.name))

    def _walk_property(self, prop: Property, value: Any, path: Path) -> Iterator[tuple[Path, Property, Any]]:
        if prop.kind == "object":
            yield from self._walk(self._model.object_of(prop), value, path)
        elif prop.items is not None:
            for position, item in enumerate(value if isinstance(value, list) else ()):
                yield from self._walk_property(prop.items, item, (*path, position))
        else:
            yield path, prop, value

    def identity(self, paths: Sequence[Path], value: Any) -> Hashable | None:
        """The values at the paths, in a form in which equal ones are equal; ``None`` if nothing is there."""
        found = [get_path(value, path) for path in paths]
        if all(one is None for one in found):
            return None
        return tuple(self.form_at(path, one) for path, one in zip(paths, found, strict=True))


def _is_or_lists_secrets(prop: Property) -> bool:
    return prop.kind == "secret" or (prop.items is not None and _is_or_lists_secrets(prop.items))
