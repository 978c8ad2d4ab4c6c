# Copyright (c) 2026, community.dynatrace contributors
# SPDX-License-Identifier: BSD-2-Clause

"""IDs of objects in values: which object they belong to, and whether the environment has it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from .._settings_api.legacy_ids import legacy_id, schema_of
from .._settings_api.matching import Existing
from .._settings_api.property_path import texts_at
from .._settings_api.references import Reference, replaced, title_of
from .declaration import name_in_external_id
from .declarations import Group


class KnownIds:
    """The objects of an environment by their IDs."""

    def __init__(self) -> None:
        self._references: dict[str, Reference] = {}
        self._names: dict[tuple[str, str], set[str]] = {}
        self._ids: set[str] = set()

    def add(self, schema_id: str, existing: Existing, other_names: Iterable[str] = ()) -> None:
        """Add an object.

        :param other_names: by which a reference finds it as well when it is declared.
        """
        self._ids.add(existing.object_id)
        title = title_of(existing.value)
        name = name_in_external_id(existing, schema_id) or title
        if name:
            self.add_name(schema_id, name, existing.object_id)
        for other in filter(None, (title, *other_names)):
            self._names.setdefault((schema_id, other), set()).add(existing.object_id)

    def add_name(self, schema_id: str, name: str, object_id: str) -> None:
        """Add the name of an object."""
        self._names.setdefault((schema_id, name), set()).add(object_id)
        self._references[object_id] = Reference(schema_id, name)
        legacy = legacy_id(schema_id, object_id)
        if legacy is not None:
            self._references[legacy] = Reference(schema_id, name, legacy=True)

    def __contains__(self, object_id: object) -> bool:
        return object_id in self._ids

    def reference(self, text: str) -> Reference | None:
        """Return the reference to the object with an ID, unless another object has the same name."""
        found = self._references.get(text)
        return found if found is not None and len(self._names[(found.schema_id, found.name)]) == 1 else None

    def named(self, value: Any) -> Any:
        """Return a value with names in place of IDs, for a person. IDs that are not known yet are called so."""
        if isinstance(value, dict):
            return {key: self.named(child) for key, child in value.items()}
        if isinstance(value, list):
            return [self.named(child) for child in value]
        if not isinstance(value, str):
            return value
        found = self._references.get(value)
        if found is not None:
            return f"({found})"
        return replaced(value, lambda reference: f"({reference}, known after apply)")


@dataclass(frozen=True)
class DeclaredId:
    """The ID of an object that a declaration contains in place of a reference."""

    path: str
    object_id: str
    schema_id: str

    @property
    def warning(self) -> str:
        """What is wrong if the environment does not have the object."""
        return (
            f"{self.path} is the ID of an object of {self.schema_id} that does not exist in this environment. IDs "
            "differ between environments. Use the filter community.dynatrace.object_id, which finds it by its name."
        )


def declared_ids(group: Group) -> Iterator[DeclaredId]:
    """Yield the object IDs in the declared values of a group, and texts that are like one."""
    for one in group.objects:
        for path, text in texts_at(one.options.get("value")):
            if schema_id := schema_of(text):
                yield DeclaredId(group.rules.format_path(one.where, path), text, schema_id)
