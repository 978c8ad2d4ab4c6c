# Copyright (c) 2026, community.dynatrace contributors
# SPDX-License-Identifier: BSD-2-Clause

"""Matches declared objects with existing ones."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, Literal, Union

from .access import DeclaredAccess, owner_of
from .errors import Problem
from .external_id import ExternalId, decode, is_cut
from .memo import digest_of

Adopt = Literal["without_external_id", "any", "never"]

# ``updateToken`` and ``externalId`` are not among the API's default fields (settings-api 3.2).
FIELDS = ("objectId", "value", "scope", "schemaVersion", "updateToken", "externalId", "modified", "author")


@dataclass(frozen=True)
class Existing:
    """A settings object as the API returned it. ``modified`` is in milliseconds since the epoch."""

    object_id: str
    value: dict[str, Any]
    update_token: str | None = None
    external_id: str | None = None
    modified: int | None = None
    author: str | None = None
    # Whether the environment allows changes and deletions.
    modifiable: bool = True
    deletable: bool = True
    movable: bool = True
    # The ID of the user that owns it.
    owner: str | None = None
    scope: str = ""

    @classmethod
    def from_item(cls, item: Mapping[str, Any]) -> Existing:
        """Read one item of a list response."""
        value = item.get("value")
        info = item.get("modificationInfo")
        allowed = info if isinstance(info, Mapping) else {}
        return cls(
            object_id=str(item.get("objectId", "")),
            value=dict(value) if isinstance(value, Mapping) else {},
            update_token=item.get("updateToken"),
            external_id=item.get("externalId") or None,
            modified=item.get("modified"),
            author=item.get("author"),
            modifiable=allowed.get("modifiable") is not False,
            deletable=allowed.get("deletable") is not False,
            movable=allowed.get("movable") is not False,
            owner=owner_of(item),
            scope=str(item.get("scope") or ""),
        )

    @property
    def own_external_id(self) -> ExternalId | None:
        """The external ID if it is from this collection, or ``None``."""
        return decode(self.external_id)

    @property
    def foreign(self) -> bool:
        """Whether the external ID is from another tool."""
        return self.external_id is not None and self.own_external_id is None and not self.cut

    @property
    def cut(self) -> bool:
        """Whether the environment has truncated the external ID."""
        return is_cut(self.external_id)


@dataclass(frozen=True)
class Declared:
    """A declared object: a complete value (with defaults, without inactive properties), or its absence."""

    name: str
    value: dict[str, Any]
    where: str
    absent: bool = False
    ignored: tuple[tuple[str | int, ...], ...] = ()
    # The declared value. ``None`` if the whole value is declared.
    given: Mapping[str, Any] | None = None
    # The object to adopt: its ID, or the external ID of another tool.
    object_id: str | None = None
    external_id: str | None = None
    # The ID of the object to adopt if no object has that external ID. Another environment need not have it.
    origin_id: str | None = None
    # The name in the external ID, if it differs. Empty for an object without an external ID.
    tag: str | None = None
    # Its permissions and its owner, if they are declared.
    access: DeclaredAccess | None = None

    @property
    def name_in_external_id(self) -> str:
        """The name in its external ID, empty if it has none."""
        return self.name if self.tag is None else self.tag

    @cached_property
    def digest(self) -> bytes | None:
        """A digest of everything but permissions and owner; ``None`` if there is more than plain data."""
        found = {name: value for name, value in vars(self).items() if name not in ("access", "digest")}
        return digest_of(found)


Identity = Callable[[Mapping[str, Any]], Union[Hashable, None]]  # noqa: UP007 - evaluated at run time
Describe = Callable[[Existing], str]


@dataclass
class Match:
    """The matched pairs, the unmatched objects, and the ambiguities."""

    pairs: dict[str, Existing] = field(default_factory=dict)
    unclaimed: list[Existing] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)


def match(
    existing: Sequence[Existing], declared: Sequence[Declared], *, identity: Identity, describe: Describe, adopt: Adopt
) -> Match:
    """Match each declared object by its name in the external ID, by a declared ID, or by its identity.

    :param identity: returns the identity of a value without a name, or ``None`` if it has none.
    :param describe: describes an object for the user who has to choose.
    """
    by_name: dict[str, list[Existing]] = {}
    for one in existing:
        if one.own_external_id is not None:
            by_name.setdefault(one.own_external_id.name, []).append(one)
    result = Match()
    unnamed: list[Declared] = []
    claimed: dict[str, Declared] = {}

    def claim(desired: Declared, one: Existing) -> None:
        other = claimed.setdefault(one.object_id, desired)
        if other is not desired:
            result.problems.append(
                Problem("same_object", desired.where, {"other": other.where, "object": describe(one)})
            )
        result.pairs[desired.name] = one

    for desired in declared:
        named = by_name.get(desired.name_in_external_id, []) if desired.name_in_external_id else []
        if len(named) > 1:
            result.problems.append(_ambiguous(desired, "name", named, describe))
        elif named:
            claim(desired, named[0])
            if desired.object_id not in (None, named[0].object_id):
                facts = {"object": describe(named[0])}
                result.problems.append(Problem("other_object_id", f"{desired.where}.object_id", facts))
        else:
            unnamed.append(desired)
    unidentified = []
    for desired in unnamed:
        if desired.object_id is None and desired.external_id is None:
            unidentified.append(desired)
            continue
        found = [
            one
            for one in existing
            if one.object_id == desired.object_id or (one.external_id or "") == desired.external_id
        ]
        if not found and desired.origin_id is not None:
            found = [one for one in existing if one.object_id == desired.origin_id and one.own_external_id is None]
        if len(found) > 1:
            result.problems.append(_ambiguous(desired, "id", found, describe))
        elif found:
            claim(desired, found[0])
        elif desired.object_id is not None and not desired.absent:
            result.problems.append(Problem("unknown_object_id", f"{desired.where}.object_id"))
        else:
            unidentified.append(desired)
    # Names first for all objects, then identities, so that the order of the declaration does not matter.
    others = ByIdentity((one for one in existing if one.object_id not in claimed), identity)
    for desired in unidentified:
        candidates = others.matching(desired)
        if len(candidates) > 1:
            result.problems.append(_ambiguous(desired, "match", candidates, describe))
        elif candidates and adopt == "never" and candidates[0].own_external_id is None and not desired.absent:
            facts = {"name": desired.name, "object": describe(candidates[0])}
            result.problems.append(Problem("not_adopted", f"{desired.where}.name", facts))
        elif candidates and not (adopt == "never" and candidates[0].own_external_id is None):
            claim(desired, candidates[0])
    result.unclaimed = [one for one in existing if one.object_id not in claimed]
    others = ByIdentity(result.unclaimed, identity)
    by_own_name = {desired.where for desired in declared} - {desired.where for desired in unnamed}
    for desired in (desired for desired in declared if desired.absent and desired.where in by_own_name):
        more = [one for one in others.matching(desired) if adopt != "never" or one.own_external_id is not None]
        if more and desired.name in result.pairs:
            # One run would remove the first and the next run the others, which the user did not request.
            facts = {"object": describe(result.pairs[desired.name]), "others": "; ".join(sorted(map(describe, more)))}
            result.problems.append(Problem("matches_more", f"{desired.where}.name", facts))
    return result


class ByIdentity:
    """Objects by identity."""

    def __init__(self, existing: Iterable[Existing], identity: Identity) -> None:
        self._identity = identity
        self._found: dict[Hashable, list[Existing]] = {}
        for one in existing:
            key = identity(one.value)
            if key is not None:
                self._found.setdefault(key, []).append(one)

    def matching(self, desired: Declared) -> list[Existing]:
        """Return the objects with an identity. Those of other tools only if there are no others."""
        key = self._identity(desired.value)
        candidates = self._found.get(key, []) if key is not None else []
        return [one for one in candidates if not one.foreign] or candidates


def _ambiguous(desired: Declared, by: str, candidates: Sequence[Existing], describe: Describe) -> Problem:
    facts = {"count": len(candidates), "objects": "; ".join(sorted(map(describe, candidates)))}
    return Problem(f"ambiguous.{by}", f"{desired.where}.name", facts)
