# Copyright (c) 2026, community.dynatrace contributors
# SPDX-License-Identifier: BSD-2-Clause

"""Adds the permissions and owners of objects to a plan. Only those of objects that declare them are read."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, cast

from .access import AccessClient, DeclaredAccess, ItemAccess, Level, changes, read_levels
from .errors import InvalidInput, NotFound, Problem
from .matching import Declared, Existing
from .parallel import map_reads
from .plan_types import Item, Plan, Step, writes_of

if TYPE_CHECKING:
    from .client import SettingsClient

_LOCKED = "cannot be modified, so its permissions and owner are left unchanged"


def with_access(
    client: AccessClient,
    plan: Plan,
    existing: Sequence[Existing],
    declared: Sequence[Declared],
    *,
    admin_access: bool = False,
) -> Plan:
    """Return the plan with the changes of permissions and owners. One request for each object that declares them.

    They follow all other writes except deletions.

    :param admin_access: whether the credentials keep their access to objects of other users.
    :raises InvalidInput: if the credentials would lose access to an object, which the next run could not find.
    """
    wanted = {one.where: one.access for one in declared if one.access is not None and not one.absent}
    if not wanted:
        return plan
    stored = {one.object_id: one for one in existing}
    # What is created again has another ID.
    created = {step.key for step in plan.steps if step.action == "create"}
    current = {
        item.key: stored[item.object_id]
        for item in plan.items
        if item.where in wanted and item.where not in created and item.object_id in stored
    }
    levels = _read(client, [one.object_id for key, one in current.items() if _needs_levels(wanted[key], one)])
    items, steps, warnings = [], [], []
    lost: list[tuple[Item, str]] = []
    for item in plan.items:
        access = wanted.get(item.where)
        before = current.get(item.key)
        if access is None:
            items.append(item)
            continue
        if before is not None and not before.modifiable:
            items.append(replace(item, note="; ".join(filter(None, (item.note, _LOCKED)))))
            continue
        found = _compare(access, before, levels.get(before.object_id, {}) if before else {})
        own = _steps(item, before, found)
        if found.owner_after is not None and not admin_access and "write" not in found.levels_after.values():
            lost.append((item, found.owner_after))
        if before is not None and before.owner is None and access.has_permissions and access.owner is None:
            warnings.append(
                f"{item.name} has no owner, so every user can read and change it, regardless of its permissions. "
                "Declare its owner."
            )
        updated = "updated" if own and item.operation == "unchanged" else item.operation
        items.append(replace(item, operation=updated, access=found))
        steps += own
    if lost:
        warnings += _check_own_access(client, lost)
    writes = writes_of(plan.steps)
    return replace(
        plan,
        items=tuple(items),
        steps=(*writes, *steps, *plan.steps[len(writes) :]),
        warnings=(*plan.warnings, *warnings),
    )


def _check_own_access(client: AccessClient, lost: Sequence[tuple[Item, str]]) -> list[str]:
    """Check who gets objects to which no other user has access. One request.

    :returns: warnings, if the user of the credentials is not known.
    """
    own = client.user_id()
    if own is None:
        names = ", ".join(item.name for item, _owner in lost)
        return [
            f"After the transfer of {names}, only its new owner can find it. If that is not the user of these "
            "credentials, the next run creates it again."
        ]
    problems = [
        Problem("owner_without_access", f"{item.where}.owner") for item, owner in lost if owner.lower() != own.lower()
    ]
    if problems:
        raise InvalidInput(problems)
    return []


def _needs_levels(access: DeclaredAccess, stored: Existing) -> bool:
    return access.has_permissions or not _is_owner(access, stored)


def _is_owner(access: DeclaredAccess, stored: Existing | None) -> bool:
    owner = stored.owner if stored is not None else None
    return access.owner is None or access.owner.lower() == (owner or "").lower()


def _read(client: AccessClient, object_ids: Sequence[str]) -> dict[str, dict[str, Level]]:
    def read(own: AccessClient, object_id: str) -> dict[str, Level]:
        try:
            return read_levels(own, object_id)
        except NotFound:
            # It was deleted since the list was read. Its first write finds that out, and plans again.
            return {}

    if len(object_ids) > 1 and hasattr(client, "clone"):
        found = map_reads(cast("SettingsClient", client), read, object_ids)
    else:
        found = [read(client, one) for one in object_ids]
    return dict(zip(object_ids, found, strict=True))


def _compare(access: DeclaredAccess, stored: Existing | None, levels: dict[str, Level]) -> ItemAccess:
    return ItemAccess(
        declares_permissions=access.has_permissions,
        declares_owner=access.owner is not None,
        levels_before=levels,
        levels_after=access.desired(levels),
        owner_before=stored.owner if stored is not None else None,
        owner_after=access.owner if not _is_owner(access, stored) else None,
        is_new=stored is None,
    )


def _steps(item: Item, stored: Existing | None, found: ItemAccess) -> list[Step]:
    step = Step("set_permissions", item.name, item.where, object_id=stored.object_id if stored is not None else None)
    steps = []
    changed = changes(found.levels_before, found.levels_after)
    if changed:
        steps.append(replace(step, permissions=changed))
    if found.owner_after is not None:
        # The last of all, because only the owner may do it.
        steps.append(replace(step, action="transfer_ownership", owner=found.owner_after, is_new=found.is_new))
    return steps
