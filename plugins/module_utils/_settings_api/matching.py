# Copyright (c) 2026, community.dynatrace contributors
# SPDX-License-Identifier: BSD-2-Clause

"""What is there, what is declared, and which belongs to which."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal, Union

from .errors import Problem
from .external_id import Label, decode, is_cut

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
    # What the environment lets nobody do is left alone.
    modifiable: bool = True
    deletable: bool = True
    movable: bool = True

    @classmethod
    def from_item(cls, item: Mapping[str, Any]) -> Existing:
        """Read one item of a list answer."""
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
        )

    @property
    def label(self) -> Label | None:
        """Our label, or ``None``."""
        return decode(self.external_id)

    @property
    def foreign(self) -> bool:
        """Whether another tool has labelled the object."""
        return self.external_id is not None and self.label is None and not self.cut

    @property
    def cut(self) -> bool:
        """Whether the environment has cut our label."""
        return is_cut(self.external_id)


@dataclass(frozen=True)
class Declared:
    """What the user wants: a complete value (defaults filled in, dead branches dropped), or its absence."""

    name: str
    value: dict[str, Any]
    where: str
    absent: bool = False
    ignored: tuple[tuple[str | int, ...], ...] = ()
    # As it was written; ``None`` where all of the value is.
    given: Mapping[str, Any] | None = None
    # What the label says, where that is not the name; empty for an object that gets no label.
    tag: str | None = None

    @property
    def label_name(self) -> str:
        """The name in its label, empty if it has none."""
        return self.name if self.tag is None else self.tag


Identity = Callable[[Mapping[str, Any]], Union[Hashable, None]]  # noqa: UP007 - evaluated at run time
Describe = Callable[[Existing], str]


@dataclass
class Match:
    """The pairs found, what is left over, and what could not be told apart."""

    pairs: dict[str, Existing] = field(default_factory=dict)
    rest: list[Existing] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)


def match(
    existing: Sequence[Existing], declared: Sequence[Declared], *, identity: Identity, describe: Describe, adopt: Adopt
) -> Match:
    """Find each declared object: by its label, else by what identifies one without an external ID.

    :param identity: what identifies a value where there is no label; ``None`` when it cannot be told.
    :param describe: names an object for the person who has to choose.
    """
    result = Match(rest=list(existing))
    unlabelled: list[Declared] = []
    for want in declared:
        candidates = [have for have in existing if have.label is not None and have.label.name == want.label_name]
        if not candidates or not want.label_name:
            unlabelled.append(want)
        elif len(candidates) > 1:
            result.problems.append(_ambiguous(want, "carry this name", candidates, describe))
        else:
            _pair(result, want, candidates[0])
    # By identity only what no label claimed, and labels first for all: the order of the declaration decides nothing.
    for want in unlabelled:
        candidates = same(want, result.rest, identity)
        if len(candidates) > 1:
            result.problems.append(_ambiguous(want, "match it", candidates, describe))
        elif candidates and adopt == "never" and candidates[0].label is None and not want.absent:
            result.problems.append(
                Problem(
                    f"{want.where}.name",
                    f"{want.name!r} is not there, but an object that was made otherwise matches it "
                    f"({describe(candidates[0])}); adopt: without_external_id takes it over",
                )
            )
        elif candidates and not (adopt == "never" and candidates[0].label is None):
            _pair(result, want, candidates[0])
    for want in (want for want in declared if want.absent and want not in unlabelled):
        others = [have for have in same(want, result.rest, identity) if adopt != "never" or have.label is not None]
        if others and want.name in result.pairs:
            # One run would remove the first and the next run the others: nobody has asked for that.
            message = (
                f"{describe(result.pairs[want.name])} carries this name, but what is declared also matches "
                f"{'; '.join(sorted(map(describe, others)))}. Give the name alone to remove only the first"
            )
            result.problems.append(Problem(f"{want.where}.name", message))
    return result


def same(want: Declared, rest: Sequence[Existing], identity: Identity) -> list[Existing]:
    """What nobody has claimed and has the identity of a declared object; another tool's only if there is no other."""
    wanted = identity(want.value)
    candidates = [have for have in rest if wanted is not None and identity(have.value) == wanted]
    return [have for have in candidates if not have.foreign] or candidates


def _pair(result: Match, want: Declared, have: Existing) -> None:
    result.pairs[want.name] = have
    result.rest.remove(have)


def _ambiguous(want: Declared, how: str, candidates: Sequence[Existing], describe: Describe) -> Problem:
    listed = "; ".join(sorted(map(describe, candidates)))
    return Problem(
        f"{want.where}.name", f"{len(candidates)} objects {how}, remove all but one of them to go on: {listed}"
    )
