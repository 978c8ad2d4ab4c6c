# Copyright (c) 2026, community.dynatrace contributors
# SPDX-License-Identifier: BSD-2-Clause

"""A short name for a plan, so that what was reviewed can be told from what would be done by now."""

from __future__ import annotations

import hashlib
import json
from typing import Any

from .errors import SettingsError
from .plan_types import Item, Plan
from .property_path import Path

# Says which properties go in; an approval of another version approves nothing.
_VERSION = "1"


class PlanDiffers(SettingsError):
    """What was approved is not what would be done."""


def plan_digest(plan: Plan) -> str:
    """The same for two plans that would do the same, in check mode and in a run.

    Goes in: for each object that is written, what it is and becomes, and what happens to its secrets and its label.
    Secrets are placeholders in a plan, so nothing can be guessed from a digest; it tells no new secret from another.
    Left out is what has no effect on the plan: update tokens, authors, times, objects that stay as they are.
    """
    parts = [_digest_parts(item) for item in plan.items if item.operation != "unchanged"]
    text = json.dumps([_VERSION, parts], sort_keys=True, separators=(",", ":"), ensure_ascii=True)
    return f"{_VERSION}:{hashlib.sha256(text.encode()).hexdigest()[:32]}"


def approve(plan: Plan, approved: str | None) -> None:
    """Let a plan pass that was approved, or that has nothing to do.

    :raises PlanDiffers: it is another plan.
    """
    found = plan_digest(plan)
    if approved and plan.changed and found != approved:
        raise PlanDiffers(
            f"The plan is not the one that was approved ({approved}): it is {found} by now. Nothing was sent.",
            hint="Look at it with check mode and diff, and approve that.",
            details={"plan_digest": found},
        )


def _digest_parts(item: Item) -> list[Any]:
    def shown(paths: tuple[Path, ...]) -> list[list[str | int]]:
        return [list(path) for path in paths]

    return [
        item.name,
        item.operation,
        item.object_id,
        shown(item.changed),
        [[list(report.path), report.state, report.sent] for report in item.secrets],
        item.label,
        item.before,
        item.after,
        *([item.moved] if item.moved else []),
    ]
