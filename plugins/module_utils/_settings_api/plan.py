# Copyright (c) 2026, community.dynatrace contributors
# SPDX-License-Identifier: BSD-2-Clause

"""Builds the plan, without side effects. It alone determines ``changed``, the diff, and the output of check mode."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from .deletion_order import deletion_waves
from .errors import InvalidInput, Problem
from .external_id_policy import ExternalIdChange, ExternalIdState, Policy, external_id_change, secret_rule
from .known_plans import with_known
from .matching import ByIdentity, Declared, Describe, Existing, Identity, match
from .order import Move, arrange
from .plan_types import Domain, Item, Plan, Step
from .property_path import Path, copied, get_path, set_or_delete, set_path, sort_key
from .schema import Schema
from .secrets import (
    SAME_FINGERPRINT,
    SENT_ALONG,
    STORED,
    SecretDecision,
    SecretReport,
    decide,
    mask_problems,
    missing_problems,
)
from .values import identical


def make_plan(existing: Sequence[Existing], declared: Sequence[Declared], domain: Domain, policy: Policy) -> Plan:
    """Build the plan.

    :raises InvalidInput: with all problems: ambiguous declarations, missing secrets, or too many objects.
    """
    return with_known(domain.memo, existing, declared, policy, lambda one: _make_plan(one, declared, domain, policy))


def _make_plan(existing: Sequence[Existing], declared: Sequence[Declared], domain: Domain, policy: Policy) -> Plan:
    if not policy.no_external_ids and any(stored.cut for stored in existing):
        # If two external IDs are truncated to the same text, a POST with one would replace the other object.
        policy = replace(policy, no_external_ids=f"the environment truncates external IDs, {domain.matching_by}")
    found = match(existing, declared, identity=domain.identity, describe=domain.describe, adopt=policy.adopt)
    problems = [*found.problems, *_declared_masks(existing, declared, domain)]
    if problems:
        raise InvalidInput(problems)
    present = [desired for desired in declared if not desired.absent]
    prunable = policy.prunable
    to_delete = (
        [one for one in found.unclaimed if prunable is None or one.object_id in prunable] if policy.prune else []
    )
    to_delete += [found.pairs[desired.name] for desired in declared if desired.absent and desired.name in found.pairs]
    locked = [stored for stored in to_delete if not stored.deletable]
    to_delete = [stored for stored in to_delete if stored.deletable]
    new = [desired for desired in present if desired.name not in found.pairs]
    maximum = None if domain.all_scopes else domain.schema.max_objects
    total = len(existing) - len(to_delete) + len(new)
    if maximum is not None and total > maximum:
        raise InvalidInput([does_not_fit(existing, found.unclaimed, to_delete, new, maximum, domain.title)])
    # If no slot is free, a new object takes the slot of a deleted one, without a gap, and the server can validate it.
    free = len(new) if maximum is None else maximum - len(existing)
    taken_over = replacements(new, to_delete, max(0, len(new) - free), domain.identity) if maximum is not None else {}

    items: list[Item] = []
    moves: dict[str, Move] = {}
    updates: list[Step] = []
    creates: list[Step] = []
    for desired in declared:
        stored = found.pairs.get(desired.name)
        if desired.absent:
            items.append(_item_absent(desired, stored, domain))
            continue
        takes_over = desired.name in taken_over
        planned = taken_over.get(desired.name, stored)
        item, steps, move = _plan_one(desired, planned, takes_over, domain, policy, problems)
        if move is not None:
            moves[item.key] = move
        if stored is not None and not stored.modifiable and steps:
            item, steps = _locked(item, "differs from its declaration, but cannot be modified"), []
        items.append(item)
        (creates if stored is None and not takes_over else updates).extend(steps)
    if problems:
        raise InvalidInput(problems)
    writes = (*updates, *creates)
    if domain.schema.ordered and not domain.any_order:
        items, writes = arrange(existing, items, writes, moves)

    deletes: list[Step] = []
    replaced_by = {stored.object_id: name for name, stored in taken_over.items()}
    where_of = {
        found.pairs[desired.name].object_id: desired.where for desired in declared if desired.name in found.pairs
    }
    names = dict(zip((stored.object_id for stored in existing), domain.names(existing), strict=True))
    for stored in to_delete:
        name = names[stored.object_id]
        where = where_of.get(stored.object_id, "")
        if not where:
            taker = replaced_by.get(stored.object_id)
            note = "pruned, because it is not declared" if taker is None else f"replaced by {taker}"
            items.append(replace(_gone(stored, name, domain), note=note))
        if stored.object_id not in replaced_by:
            deletes.append(Step("delete", name, where, object_id=stored.object_id, update_token=stored.update_token))
    if len(deletes) > 1:
        order = deletion_waves((domain.schema.schema_id, stored) for stored in to_delete)
        deletes.sort(key=lambda step: order.get(step.object_id or "", 0))
    items += [
        _locked(_gone(stored, names[stored.object_id], domain), "not declared, but cannot be deleted")
        for stored in locked
        if stored.object_id not in where_of
    ]
    unmanaged = tuple(stored for stored in found.unclaimed if not policy.prunes(stored))
    unmanaged_by_identity = ByIdentity(unmanaged, domain.identity)
    warnings = tuple(
        f"{desired.name} exists twice: {describe} is not managed here, but matches it as well"
        for desired in present
        for describe in sorted(map(domain.describe, unmanaged_by_identity.matching(desired)))
    )
    if policy.prune:
        warnings += tuple(f"{domain.describe(one)} is new during the run, so it is not pruned" for one in unmanaged)
    return Plan(tuple(items), (*writes, *deletes), unmanaged, total, maximum, warnings)


def _declared_masks(existing: Sequence[Existing], declared: Sequence[Declared], domain: Domain) -> list[Problem]:
    """Yield a problem for each declared secret that is a mask of the environment."""
    schema = domain.schema
    secrets = [
        (domain.format_path(one.where, path), get_path(one.value, path))
        for one in declared
        for path in schema.given_secret_paths(one.value)
    ]
    if not secrets:
        return []
    masks = (get_path(one.value, path) for one in existing for path in schema.secret_paths(one.value))
    return mask_problems(secrets, {mask for mask in masks if isinstance(mask, str)})


def _plan_one(
    desired: Declared,
    stored: Existing | None,
    takes_over: bool,
    domain: Domain,
    policy: Policy,
    problems: list[Problem],
) -> tuple[Item, list[Step], Move | None]:
    """Plan one declared object: its item, its writes, and the write that moves it. Adds to ``problems``."""
    schema = domain.schema
    base = None if stored is None or takes_over else stored
    # A complete value that is as declared has nothing to align, and no unknown properties.
    same = base is not None and identical(base.value, desired.value)
    current = desired.value if same else schema.active_value(base.value) if base else {}
    wanted = schema.aligned(current, desired.value) if base and not same else desired.value
    value = copied(wanted)
    changed = tuple(schema.differences(current, value)) if base and not same else ()
    for path in changed:
        if domain.equivalent(path, get_path(current, path), get_path(value, path)):
            set_path(value, path, get_path(current, path))
    changed = tuple(schema.differences(current, value)) if changed else ()
    fixed = [path for path in changed if schema.is_fixed(path)]
    for path in fixed if desired.given is not None else ():
        if get_path(desired.given, path) is None:
            # It is not declared and cannot be changed, so its value is kept.
            set_or_delete(value, path, get_path(current, path))
            set_or_delete(wanted, path, get_path(current, path))
    if fixed and base:
        changed = tuple(schema.differences(current, value))
        fixed = [path for path in changed if schema.is_fixed(path)]
    if fixed and base and policy.recreate and base.deletable:
        return _plan_again(desired, base, changed, fixed, domain, policy, problems)

    external_id = external_id_change(desired, base, bool(changed), schema, policy)
    rule = secret_rule(desired, base, external_id, bool(changed), schema, policy)
    choice = decide(schema, wanted, base.value if base else None, rule)
    problems += missing_problems(desired.where, choice.missing, domain.format_path)
    problems += [Problem("cannot_change", domain.format_path(desired.where, path)) for path in fixed]
    if choice.missing:
        return Item(desired.name, "unchanged", where=desired.where), [], None
    after = _placed(value, {report.path: report.placeholder for report in choice.reports})
    for path, secret in choice.values.items():
        set_path(value, path, secret)
    unknown = tuple(schema.unknown_properties(base.value)) if base and not same else ()
    lost = schema.lost_unknown(base.value, value) if base and changed else ()
    if base and not same:
        value = schema.carry_unknown(base.value, value)

    steps = _steps(desired, stored, takes_over, value, choice, external_id, bool(changed) or choice.force, domain)
    forced = tuple(report.path for report in choice.reports if report.sent) if steps and base else ()
    item = Item(
        desired.name,
        "created" if base is None else "updated" if steps else "unchanged",
        where=desired.where,
        object_id=stored.object_id if stored else None,
        changed=tuple(sorted({*changed, *forced}, key=sort_key)) if base else (),
        secrets=choice.reports,
        external_id_state=external_id.state,
        external_id_reason=external_id.reason,
        previous_name=_previous_name(base, domain) or (desired.name if external_id.state == "kept" else ""),
        before=_before(current, choice, schema) if base else None,
        after=after,
        unknown=unknown,
        ignored=desired.ignored,
        note=f"takes the slot of {domain.describe(stored)}"
        if takes_over and stored
        else f"removes unknown properties of list items: {', '.join(domain.format_path('', path) for path in lost)}"
        if lost
        else "",
        modified=base.modified if base else None,
        author=base.author if base else None,
    )
    move = None
    if base and not steps and schema.ordered:
        move = _move(item, base, {} if policy.update_secrets == "on_create" else desired.value, schema)
    return item, steps, move


def _plan_again(
    desired: Declared,
    stored: Existing,
    changed: tuple[Path, ...],
    fixed: Sequence[Path],
    domain: Domain,
    policy: Policy,
    problems: list[Problem],
) -> tuple[Item, list[Step], None]:
    """Plan an object that is deleted and created again because it cannot be changed."""
    item, steps, _move = _plan_one(desired, None, False, domain, policy, problems)
    current = domain.schema.active_value(stored.value)
    item = replace(
        item,
        operation="updated",
        object_id=stored.object_id,
        changed=changed,
        previous_name=_previous_name(stored, domain),
        before=_placed(current, dict.fromkeys(domain.schema.secret_paths(current), STORED)),
        note=f"created again, because {', '.join(domain.format_path('', path) for path in fixed)} cannot be changed",
        modified=stored.modified,
        author=stored.author,
    )
    delete = Step("delete", desired.name, desired.where, object_id=stored.object_id, update_token=stored.update_token)
    return item, [delete, *steps], None


def _move(item: Item, stored: Existing, desired: dict[str, Any], schema: Schema) -> Move:
    """Return a write that only moves an object: the value as it was read, with the declared secrets."""
    value = copied(stored.value)
    masked: list[Path] = []
    secrets: list[SecretReport] = []
    for report in item.secrets:
        # A fingerprint that was compared stays valid.
        known = stored.own_external_id is None or not stored.own_external_id.extra or report.reason == SAME_FINGERPRINT
        plain = get_path(desired, report.path) if known else None
        if plain is None:
            masked.append(report.path)
            secrets.append(report)
        else:
            set_path(value, report.path, plain)
            secrets.append(SecretReport(report.path, "set", SENT_ALONG))
    step = Step(
        "update",
        item.name,
        item.where,
        object_id=stored.object_id,
        update_token=stored.update_token,
        value=value,
        masked=tuple(masked),
    )
    after = _placed(item.after or {}, {report.path: report.placeholder for report in secrets})
    return Move(step, replace(item, secrets=tuple(secrets), after=after))


def _steps(
    desired: Declared,
    stored: Existing | None,
    takes_over: bool,
    value: dict[str, Any],
    choice: SecretDecision,
    external_id: ExternalIdChange,
    differs: bool,
    domain: Domain,
) -> list[Step]:
    step = Step(
        "create",
        desired.name,
        desired.where,
        value=value,
        external_id=external_id.wanted.encode() if external_id.wanted else None,
        masked=choice.masked,
    )
    if stored is None:
        return [step]
    if takes_over:
        return _replacing(step, stored, domain)
    steps = []
    if differs:
        # Always with PUT, whose token prevents lost updates. An external ID follows in a separate request.
        put = replace(step, action="update", object_id=stored.object_id, update_token=stored.update_token)
        steps.append(replace(put, external_id=None))
    if external_id.state == "set":
        steps.append(replace(step, action="set_external_id", object_id=stored.object_id))
    return steps


def _replacing(step: Step, stored: Existing, domain: Domain) -> list[Step]:
    """Return the writes that put a new object into the slot of a deleted one.

    An external ID is never next to the value of another object.

    PUT cannot change the external ID. One POST replaces both at once; where external IDs are not set, an object that
    carries one has to go first.
    """
    if step.external_id:
        return [replace(step, action="replace", object_id=stored.object_id)]
    if stored.external_id is None:
        return [replace(step, action="update", object_id=stored.object_id, update_token=stored.update_token)]
    return [
        Step("delete", domain.names([stored])[0], object_id=stored.object_id, update_token=stored.update_token),
        step,
    ]


def _item_absent(desired: Declared, stored: Existing | None, domain: Domain) -> Item:
    if stored is None:
        return Item(desired.name, "unchanged", where=desired.where, note="does not exist")
    if not stored.deletable:
        return replace(_locked(_gone(stored, desired.name, domain), "cannot be deleted"), where=desired.where)
    return replace(_gone(stored, desired.name, domain), where=desired.where)


def _locked(item: Item, why: str) -> Item:
    """Return the properties that are kept because the environment does not allow changes to them."""
    note = f"{why}, so it was left unchanged"
    return replace(item, operation="unchanged", changed=(), secrets=(), after=item.before, note=note)


def _gone(stored: Existing, name: str, domain: Domain) -> Item:
    value = domain.schema.active_value(stored.value)
    before = _placed(value, dict.fromkeys(domain.schema.secret_paths(value), STORED))
    state: ExternalIdState = "kept" if stored.own_external_id else "foreign" if stored.foreign else "none"
    return Item(
        name,
        "deleted",
        object_id=stored.object_id,
        external_id_state=state,
        previous_name=_previous_name(stored, domain),
        before=before,
        modified=stored.modified,
        author=stored.author,
    )


def _previous_name(stored: Existing | None, domain: Domain) -> str:
    """Return the name in an external ID of this collection, or an empty string."""
    return domain.names([stored])[0] if stored is not None and stored.own_external_id is not None else ""


def _before(current: dict[str, Any], choice: SecretDecision, schema: Schema) -> dict[str, Any]:
    """Use the same placeholder on both sides of the diff for secrets that are kept."""
    kept = {choice.sources[report.path]: report.placeholder for report in choice.reports if not report.sent}
    return _placed(current, {**dict.fromkeys(schema.secret_paths(current), STORED), **kept})


def _placed(value: dict[str, Any], placeholders: dict[Path, str]) -> dict[str, Any]:
    """Return a copy with placeholders instead of secrets."""
    result: dict[str, Any] = copied(value)
    for path, text in placeholders.items():
        set_path(result, path, text)
    return result


def replacements(
    new: Sequence[Declared], to_delete: Sequence[Existing], count: int, identity: Identity
) -> dict[str, Existing]:
    """Pair the last ``count`` new objects with objects to delete, beginning with the same identity."""
    left = list(to_delete)
    pairs: dict[str, Existing] = {}
    for desired in new[len(new) - count :]:
        wanted = identity(desired.value)
        pick = next((stored for stored in left if identity(stored.value) == wanted), left[0])
        left.remove(pick)
        pairs[desired.name] = pick
    return pairs


def does_not_fit(
    existing: Sequence[Existing],
    rest: Sequence[Existing],
    to_delete: Sequence[Existing],
    new: Sequence[Declared],
    maximum: int,
    title: Describe,
) -> Problem:
    others = "; ".join(sorted(title(stored) for stored in rest if stored not in to_delete))
    facts: dict[str, Any] = {"new": len(new), "kept": len(existing) - len(to_delete), "most": maximum}
    if others:
        facts |= {"unmanaged": len(rest), "others": others}
    return Problem("no_slot.unmanaged" if others else "no_slot", new[0].where.partition("[")[0], facts)
