# Copyright (c) 2026, community.dynatrace contributors
# SPDX-License-Identifier: BSD-2-Clause

"""The slots of an environment: who takes over from whom, and what does not fit."""

from __future__ import annotations

from collections.abc import Sequence

from .errors import Problem
from .matching import Declared, Describe, Existing, Identity


def heirs(new: Sequence[Declared], doomed: Sequence[Existing], count: int, identity: Identity) -> dict[str, Existing]:
    """Pair the last ``count`` new objects with doomed ones, the one with the same identity first."""
    left = list(doomed)
    pairs: dict[str, Existing] = {}
    for want in new[len(new) - count :]:
        wanted = identity(want.value)
        pick = next((have for have in left if identity(have.value) == wanted), left[0])
        left.remove(pick)
        pairs[want.name] = pick
    return pairs


def does_not_fit(
    existing: Sequence[Existing],
    rest: Sequence[Existing],
    doomed: Sequence[Existing],
    new: Sequence[Declared],
    maximum: int,
    describe: Describe,
) -> Problem:
    others = "; ".join(sorted(_in_short(describe(have)) for have in rest if have not in doomed))
    kept = len(existing) - len(doomed)
    taken = f", {len(rest)} of them not declared here: {others}" if others else ""
    return Problem(
        new[0].where.partition("[")[0],
        f"{len(new)} new cannot fit: the environment has {kept} of at most {maximum}{taken}. "
        "Declare those that stay, delete one, or say prune: true, which deletes what is not declared",
    )


def _in_short(text: str) -> str:
    """Without the object id, which is long; ``unmanaged`` of the info module has it."""
    return text.partition(" (object ")[0]
