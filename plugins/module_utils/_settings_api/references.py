# Copyright (c) 2026, community.dynatrace contributors
# SPDX-License-Identifier: BSD-2-Clause

"""References to other objects by their name, which each environment replaces by its own ID.

A reference is a text that can stand alone or within a longer text. What it refers to is an existing object, or one that
the same run creates; until then it stays in the value. Other text that begins like a reference is marked as such, so
that what a server says is not taken for one.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote, unquote

from .errors import UnknownName
from .legacy_ids import legacy_id
from .property_path import Path, texts_at

_START = "<<dynatrace:"
# Stands for the start of a reference in text that is none.
_LITERAL_START = "<<dynatrace:literal>>"
_FORM = re.compile(rf"{_LITERAL_START}|<<dynatrace:(object_id|legacy_id):([^:<>]+):([^:<>]*):([^:<>]+)>>")
# Properties that name an object without a name, the best first.
_TITLES = ("name", "displayName", "title", "label", "ruleName", "summary", "key", "id")


@dataclass(frozen=True)
class Reference:
    """The name of an object of a schema.

    :param legacy: whether the ID outside the Settings API is meant.
    :param scope: the scope of the object, empty for any.
    """

    schema_id: str
    name: str
    legacy: bool = False
    scope: str = ""

    @property
    def text(self) -> str:
        """The reference in the form in which a value contains it."""
        kind = "legacy_id" if self.legacy else "object_id"
        parts = ":".join(quote(part, safe="") for part in (self.schema_id, self.scope, self.name))
        return f"{_START}{kind}:{parts}>>"

    def __str__(self) -> str:
        scope = f" in {self.scope}" if self.scope else ""
        return f"{self.schema_id} {self.name!r}{scope}"


def _read(found: re.Match[str]) -> Reference:
    kind, schema_id, scope, name = found.groups()
    return Reference(unquote(schema_id), unquote(name), kind == "legacy_id", unquote(scope))


def references_in(value: Any) -> Iterator[tuple[Path, Reference]]:
    """Yield all references in a value with their paths."""
    for path, text in texts_at(value):
        if _START in text:
            yield from ((path, _read(found)) for found in _FORM.finditer(text) if found[1])


def has_references(value: Any) -> bool:
    """Whether a value contains a reference."""
    return next(references_in(value), None) is not None


def literal(text: str) -> str:
    """Text that means itself, even if it looks like a reference."""
    return text.replace(_START, _LITERAL_START)


def has_marks(value: Any) -> bool:
    """Whether a value contains a reference, or text that is marked as none."""
    if isinstance(value, str):
        return _START in value
    children = value.values() if isinstance(value, Mapping) else value if isinstance(value, list) else ()
    return any(map(has_marks, children))


def replaced(value: Any, replacement: Callable[[Reference], str]) -> Any:
    """Return a copy of a value with a text in place of each reference."""
    if isinstance(value, str):
        if _START not in value:
            return value
        return _FORM.sub(lambda found: replacement(_read(found)) if found[1] else _START, value)
    if isinstance(value, Mapping):
        return {name: replaced(child, replacement) for name, child in value.items()}
    return [replaced(child, replacement) for child in value] if isinstance(value, list) else value


def title_of(value: Mapping[str, Any]) -> str:
    """What a value calls itself, or an empty text."""
    return next((value[key] for key in _TITLES if isinstance(value.get(key), str) and value[key]), "")


class UnknownReference(UnknownName):
    """There is no object of this name, or more than one."""

    def __init__(self, code: str, reference: Reference, **facts: Any) -> None:
        super().__init__(code, {**facts, "reference": str(reference)})


@dataclass
class _Target:
    """An object that can be referred to. The ID of one that is not created yet is ``None``."""

    scope: str
    object_id: str | None
    where: str = ""


@dataclass
class _Names:
    """The objects of a schema by name: of declared objects, in external IDs, and in values."""

    declared: dict[str, list[_Target]] = field(default_factory=dict)
    own: dict[str, list[_Target]] = field(default_factory=dict)
    titles: dict[str, list[_Target]] = field(default_factory=dict)

    def levels(self) -> Iterator[dict[str, list[_Target]]]:
        """The names, those that take precedence first."""
        yield from (self.declared, self.own, self.titles)


class Targets:
    """What references of a run can refer to.

    :param version: grows with each new ID, so that a plan can tell whether it is out of date.
    """

    def __init__(self) -> None:
        self._schemas: dict[str, _Names] = {}
        self._declared: dict[str, _Target] = {}
        self._deleted: set[str] = set()
        self.version = 0

    def add_existing(self, schema_id: str, scope: str, object_id: str, *, own_name: str, title: str) -> None:
        """Add an existing object."""
        names = self._schemas.setdefault(schema_id, _Names())
        target = _Target(scope, object_id)
        if own_name:
            names.own.setdefault(own_name, []).append(target)
        if title:
            names.titles.setdefault(title, []).append(target)

    def add_declared(self, schema_id: str, scope: str, where: str, names: Iterable[str]) -> None:
        """Add a declared object, whose ID is not known yet."""
        target = self._declared.setdefault(where, _Target(scope, None, where))
        for name in dict.fromkeys(names):
            self._schemas.setdefault(schema_id, _Names()).declared.setdefault(name, []).append(target)

    def learn(self, where: str, object_id: str | None) -> None:
        """Note the ID of a declared object."""
        target = self._declared.get(where)
        if target is not None and object_id and target.object_id != object_id:
            target.object_id = object_id
            self.version += 1

    def delete(self, object_id: str) -> None:
        """Note that the run deletes an object."""
        self._deleted.add(object_id)

    def declared_at(self, reference: Reference) -> str:
        """Return where the object of a reference is declared, or an empty text.

        :raises UnknownReference: there is no such object, or more than one.
        """
        return self._find(reference).where

    def resolve(self, reference: Reference) -> str | None:
        """Return the ID of an object, or ``None`` if it is not created yet.

        :raises UnknownReference: there is no such object, or more than one.
        """
        target = self._find(reference)
        if target.object_id is None or not reference.legacy:
            return target.object_id
        found = legacy_id(reference.schema_id, target.object_id)
        if found is None:
            raise UnknownReference("reference.no_legacy_id", reference)
        return found

    def _find(self, reference: Reference) -> _Target:
        names = self._schemas.get(reference.schema_id, _Names())
        for level in names.levels():
            found = [one for one in level.get(reference.name, ()) if reference.scope in ("", one.scope)]
            ids = {one.object_id or one.where for one in found}
            if len(ids) > 1:
                raise UnknownReference("reference.ambiguous", reference, count=len(ids), ids=sorted(ids))
            if found and found[0].object_id in self._deleted:
                raise UnknownReference("reference.deleted", reference)
            if found:
                return found[0]
        known = list(dict.fromkeys(name for level in names.levels() for name in level))
        folded = [name for name in known if name.lower() == reference.name.lower()]
        near = list(dict.fromkeys([*folded, *difflib.get_close_matches(reference.name, known, n=3, cutoff=0.6)]))
        if near:
            raise UnknownReference("reference.unknown.meant", reference, meant=list(map(repr, near)))
        raise UnknownReference("reference.unknown", reference, count=len(known))


def waves_of(needs: Mapping[str, Sequence[str]]) -> tuple[dict[str, int], list[str]]:
    """Return in which wave each object is written, so that what it refers to is written before.

    :param needs: for each object, the ones that it refers to.
    :returns: the waves, and a cycle if there is one: its objects in their order, the first one again at the end.
    """
    waves: dict[str, int] = {}
    path: list[str] = []
    for start in needs:
        pending = [(start, iter(needs[start]))] if start not in waves else []
        path[:] = [start] if pending else []
        while pending:
            name, following = pending[-1]
            other = next(following, None)
            if other is None:
                waves[name] = max((waves[one] + 1 for one in needs.get(name, ())), default=0)
                pending.pop()
                path.pop()
            elif other in path:
                return waves, [*path[path.index(other) :], other]
            elif other not in waves:
                pending.append((other, iter(needs.get(other, ()))))
                path.append(other)
    return waves, []
