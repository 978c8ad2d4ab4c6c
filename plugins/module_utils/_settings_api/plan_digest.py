# Copyright (c) 2026, community.dynatrace contributors
# SPDX-License-Identifier: BSD-2-Clause

"""A digest of a plan, which shows whether the current plan is the one that was reviewed."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Collection, Iterable
from dataclasses import replace
from typing import Any

from .errors import SettingsError
from .plan_types import Item, Plan
from .property_path import Path
from .references import has_references

# Version of the input. An approval of another version is not valid.
_VERSION = "1"


class PlanDiffers(SettingsError):
    """The plan differs from the approved one."""


def plan_digest(plan: Plan) -> str:
    """Return the digest of a plan. It is equal for plans with the same effect, in check mode and in a run.

    It covers each object that is written: its current and its new state, its secrets, its external ID, and its
    permissions and owner, if they change. Secrets are placeholders in a plan, so a digest reveals nothing about them,
    and cannot distinguish two new values of a secret.
    It does not cover update tokens, authors, times, and unchanged objects.
    """
    return _digest([_digest_parts(item) for item in plan.items if item.operation != "unchanged"])


def common_digest(plans: Iterable[tuple[str, Plan]]) -> str:
    """Return the digest of several plans of one run. A plan without changes has no part in it.

    :param plans: each with a name that is the same in every run, such as its schema and scope.
    """
    return _digest(sorted([name, plan_digest(plan)] for name, plan in plans if plan.changed))


def _digest(parts: list[list[Any]]) -> str:
    text = json.dumps([_VERSION, parts], sort_keys=True, separators=(",", ":"), ensure_ascii=True)
    return f"{_VERSION}:{hashlib.sha256(text.encode()).hexdigest()[:32]}"


def approve(found: str, approved: str | None, *, changed: bool) -> None:
    """Accept the digest of an approved plan, or of a plan without changes.

    :raises PlanDiffers: if it is not that of the approved plan.
    """
    if approved and changed and found != approved:
        raise PlanDiffers(
            f"The plan is not the one that was approved ({approved}): it is {found} by now. Nothing was sent.",
            hint="Look at it with check mode and diff, and approve that.",
            details={"plan_digest": found},
        )


def check_still_approved(first: Plan, plan: Plan, begun: Collection[str]) -> None:
    """Accept a plan that was built during the run if it only has changes of the approved one that are still open.

    :param first: the approved plan.
    :param begun: the keys of objects that this run has written, or perhaps written. Part of their change is done.
    :raises PlanDiffers: if an object has another change.
    """
    approved = {item.key: item for item in first.items}
    names = [
        item.name
        for item in plan.items
        if item.operation != "unchanged" and not _is_part_of(item, approved.get(item.key), item.key in begun)
    ]
    if names:
        raise PlanDiffers(
            f"Someone has made changes during the run. The plan for {', '.join(map(repr, names))} is no longer the one "
            "that was approved, so nothing more was sent.",
            hint="Look at it with check mode and diff, and approve that.",
        )


def _is_part_of(item: Item, approved: Item | None, begun: bool) -> bool:
    if approved is None:
        return False
    if begun:
        deletes = item.operation == "deleted" and approved.operation != "deleted"
        return not deletes and set(item.changed) <= set(approved.changed)
    # What an object without a name is called depends on the other objects.
    parts = (_digest_parts(replace(one, name="", after=None)) for one in (item, approved))
    return next(parts) == next(parts) and _resolves(item.after, approved.after)


def _resolves(value: Any, planned: Any) -> bool:
    """Whether a value is the planned one, with IDs in place of its references by name."""
    if isinstance(planned, str) and has_references(planned):
        return isinstance(value, str)
    if isinstance(planned, dict) and isinstance(value, dict):
        return planned.keys() == value.keys() and all(_resolves(value[key], planned[key]) for key in planned)
    if isinstance(planned, list) and isinstance(value, list):
        return len(planned) == len(value) and all(map(_resolves, value, planned))
    return bool(value == planned)


def _digest_parts(item: Item) -> list[Any]:
    def shown(paths: tuple[Path, ...]) -> list[list[str | int]]:
        return [list(path) for path in paths]

    return [
        item.name,
        item.operation,
        item.object_id,
        shown(item.changed),
        [[list(report.path), report.state, report.sent] for report in item.secrets],
        item.external_id_state,
        item.before,
        item.after,
        *([item.moved] if item.moved else []),
        *([item.access.before(), item.access.after()] if item.access and item.access.changed else []),
    ]
