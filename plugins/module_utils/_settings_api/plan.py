# Copyright (c) 2026, community.dynatrace contributors
# SPDX-License-Identifier: BSD-2-Clause

"""The plan: pure and complete. It alone decides ``changed``, the diff, and what check mode says."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any

from .errors import InvalidInput, Problem, SettingsError
from .external_id_policy import Labelling, LabelState, Policy, labelling, secret_rule
from .matching import Declared, Describe, Existing, Identity, match, same
from .order import arrange
from .plan_types import Item, Plan, Step
from .property_path import Path, copied, get_path, set_path, sort_key
from .schema import Schema
from .secrets import STORED, SecretDecision, decide, missing_problems

__all__ = ["Domain", "Item", "Plan", "Step", "make_plan"]


# Says which properties go into a digest; an approval of another version approves nothing.
_VERSION = "1"
FIXED = "can only be set when the object is created; to change it, remove the object that is there"


@dataclass(frozen=True)
class Domain:
    """What the engine must be told about one schema."""

    schema: Schema
    identity: Identity
    describe: Describe
    # A name for each object: its label's, or for an unlabelled one something short that tells it from the others.
    names: Callable[[Sequence[Existing]], Sequence[str]]
    # An option path as the user wrote it, from where the object was declared and a property path.
    spell: Callable[[str, Path], str]
    # Whether two values of a property mean the same (an id in two forms).
    equivalent: Callable[[Path, Any, Any], bool] = lambda _path, _one, _other: False
    # The words of the user: what one object is called, and what finds it where there is no label.
    thing: str = "object"
    found_by: str = "their properties"

    @property
    def instead(self) -> str:
        """How objects are found without labels."""
        return f"so {self.thing}s are found by {self.found_by}"


def make_plan(existing: Sequence[Existing], declared: Sequence[Declared], domain: Domain, policy: Policy) -> Plan:
    """Compare and decide.

    :raises InvalidInput: what is declared cannot be told apart, lacks a secret, or does not fit; all problems at once.
    """
    if not policy.no_labels and any(have.cut for have in existing):
        # Cut to the same letters two labels are one, and a POST with it would replace the other object.
        policy = replace(policy, no_labels=f"the environment cuts labels, {domain.instead}")
    found = match(existing, declared, identity=domain.identity, describe=domain.describe, adopt=policy.adopt)
    problems = list(found.problems)
    if problems:
        raise InvalidInput(problems)
    present = [want for want in declared if not want.absent]
    doomed = list(found.rest) if policy.prune else []
    doomed += [found.pairs[want.name] for want in declared if want.absent and want.name in found.pairs]
    locked = [have for have in doomed if not have.deletable]
    doomed = [have for have in doomed if have.deletable]
    new = [want for want in present if want.name not in found.pairs]
    maximum = domain.schema.max_objects
    total = len(existing) - len(doomed) + len(new)
    if maximum is not None and total > maximum:
        raise InvalidInput([does_not_fit(existing, found.rest, doomed, new, maximum, domain.describe)])
    # With no free slot a new object takes over a doomed one: no gap, and the server can validate it beforehand.
    free = len(new) if maximum is None else maximum - len(existing)
    heir = heirs(new, doomed, max(0, len(new) - free), domain.identity) if maximum is not None else {}

    items: list[Item] = []
    updates: list[Step] = []
    creates: list[Step] = []
    for want in declared:
        have = found.pairs.get(want.name)
        if want.absent:
            items.append(_item_absent(want, have, domain))
            continue
        inherits = want.name in heir
        item, steps = _plan_one(want, heir[want.name] if inherits else have, inherits, domain, policy, problems)
        if have is not None and not have.modifiable and steps:
            item, steps = _locked(item, "differs from what is declared, but may not be modified"), []
        items.append(item)
        (creates if have is None and not inherits else updates).extend(steps)
    if problems:
        raise InvalidInput(problems)
    writes = (*updates, *creates)
    if domain.schema.ordered:
        items, writes = arrange(existing, items, writes)

    deletes: list[Step] = []
    heir_of = {have.object_id: name for name, have in heir.items()}
    where_of = {found.pairs[want.name].object_id: want.where for want in declared if want.name in found.pairs}
    names = dict(zip((have.object_id for have in existing), domain.names(existing), strict=True))
    for have in doomed:
        name = names[have.object_id]
        where = where_of.get(have.object_id, "")
        if not where:
            other = f"replaced by {heir_of[have.object_id]}" if have.object_id in heir_of else "not declared, pruned"
            items.append(replace(_gone(have, name, domain), other=other))
        if have.object_id not in heir_of:
            step = Step("delete", name, where, object_id=have.object_id, update_token=have.update_token)
            deletes.append(step)
    items += [
        _locked(_gone(have, names[have.object_id], domain), "not declared, but may not be deleted")
        for have in locked
        if have.object_id not in where_of
    ]
    unmanaged = tuple(have for have in found.rest if have not in doomed and have not in locked)
    doubles = tuple(
        f"{want.name} is there twice: {describe} is not managed here and matches it as well"
        for want in present
        for describe in sorted(map(domain.describe, same(want, unmanaged, domain.identity)))
    )
    return Plan(tuple(items), (*writes, *deletes), unmanaged, total, maximum, doubles)


def _plan_one(
    want: Declared, have: Existing | None, inherits: bool, domain: Domain, policy: Policy, problems: list[Problem]
) -> tuple[Item, list[Step]]:
    """One declared object: its item and the writes it needs. Adds to ``problems`` what is missing."""
    schema = domain.schema
    base = None if have is None or inherits else have
    current = schema.active_value(base.value) if base else {}
    wanted = schema.aligned(current, want.value) if base else want.value
    value = copied(wanted)
    changed = tuple(schema.differences(current, value)) if base else ()
    for path in changed:
        if domain.equivalent(path, get_path(current, path), get_path(value, path)):
            set_path(value, path, get_path(current, path))
    changed = tuple(schema.differences(current, value)) if base else ()

    label = labelling(want, base, schema, policy)
    rule = secret_rule(want, base, label, bool(changed), schema, policy)
    choice = decide(schema, wanted, base.value if base else None, rule)
    problems += missing_problems(want.where, choice.missing, domain.spell)
    problems += [Problem(domain.spell(want.where, path), FIXED) for path in changed if schema.is_fixed(path)]
    if choice.missing:
        return Item(want.name, "unchanged", where=want.where), []
    after = _placed(value, {report.path: report.placeholder for report in choice.reports})
    for path, secret in choice.values.items():
        set_path(value, path, secret)
    unknown = tuple(schema.unknown_properties(base.value)) if base else ()
    if base:
        value = schema.carry_unknown(base.value, value)

    steps = _steps(want, have, inherits, value, choice, label, bool(changed) or choice.force, domain)
    forced = tuple(report.path for report in choice.reports if report.sent) if steps and base else ()
    item = Item(
        want.name,
        "created" if base is None else "updated" if steps else "unchanged",
        where=want.where,
        object_id=have.object_id if have else None,
        changed=tuple(sorted({*changed, *forced}, key=sort_key)) if base else (),
        secrets=choice.reports,
        label=label.state,
        label_reason=label.reason,
        called=_called(base, domain) or (want.name if label.state == "kept" else ""),
        before=_before(current, choice, schema) if base else None,
        after=after,
        unknown=unknown,
        ignored=want.ignored,
        other=f"takes the slot of {domain.describe(have)}" if inherits and have else "",
        modified=base.modified if base else None,
        author=base.author if base else None,
    )
    return item, steps


def _steps(
    want: Declared,
    have: Existing | None,
    inherits: bool,
    value: dict[str, Any],
    choice: SecretDecision,
    label: Labelling,
    differs: bool,
    domain: Domain,
) -> list[Step]:
    step = Step(
        "create",
        want.name,
        want.where,
        value=value,
        external_id=label.wanted.encode() if label.wanted else None,
        keeps_secrets=not choice.all_plain,
    )
    if have is None:
        return [step]
    if inherits:
        return _replacing(step, have, domain)
    steps = []
    if differs:
        # Always by PUT, whose token guards against a lost update; a label goes behind it in a request of its own.
        put = replace(step, action="update", object_id=have.object_id, update_token=have.update_token)
        steps.append(replace(put, external_id=None))
    if label.state == "set":
        steps.append(replace(step, action="set_external_id", object_id=have.object_id))
    return steps


def _replacing(step: Step, have: Existing, domain: Domain) -> list[Step]:
    """Writes that put a new object in the slot of one that goes, so that its external ID is never beside another value.

    PUT cannot change the external ID. One POST replaces both at once; where external IDs are not set, an object that
    carries one has to go first.
    """
    if step.external_id:
        return [replace(step, action="replace", object_id=have.object_id)]
    if have.external_id is None:
        return [replace(step, action="update", object_id=have.object_id, update_token=have.update_token)]
    return [Step("delete", domain.names([have])[0], object_id=have.object_id, update_token=have.update_token), step]


def _item_absent(want: Declared, have: Existing | None, domain: Domain) -> Item:
    if have is None:
        return Item(want.name, "unchanged", where=want.where, other="is not there")
    if not have.deletable:
        return replace(_locked(_gone(have, want.name, domain), "may not be deleted"), where=want.where)
    return replace(_gone(have, want.name, domain), where=want.where)


def _locked(item: Item, why: str) -> Item:
    """What stays as it is, because the environment lets nobody change it."""
    return replace(item, operation="unchanged", changed=(), secrets=(), after=item.before, other=f"{why}: left alone")


def _gone(have: Existing, name: str, domain: Domain) -> Item:
    value = domain.schema.active_value(have.value)
    before = _placed(value, dict.fromkeys(domain.schema.secret_paths(value), STORED))
    label: LabelState = "kept" if have.label else "foreign" if have.foreign else "none"
    return Item(
        name,
        "deleted",
        object_id=have.object_id,
        label=label,
        called=_called(have, domain),
        before=before,
        modified=have.modified,
        author=have.author,
    )


def _called(have: Existing | None, domain: Domain) -> str:
    """The name in an external ID of ours; empty without one."""
    return domain.names([have])[0] if have is not None and have.label is not None else ""


def _before(current: dict[str, Any], choice: SecretDecision, schema: Schema) -> dict[str, Any]:
    """A secret that stays looks the same on both sides of a diff."""
    kept = {report.path: report.placeholder for report in choice.reports if not report.sent}
    return _placed(current, {**dict.fromkeys(schema.secret_paths(current), STORED), **kept})


def _placed(value: dict[str, Any], placeholders: dict[Path, str]) -> dict[str, Any]:
    """A copy with placeholders where secrets are."""
    result: dict[str, Any] = copied(value)
    for path, text in placeholders.items():
        set_path(result, path, text)
    return result


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


class PlanDiffers(SettingsError):
    """What was approved is not what would be done."""


def plan_digest(plan: Plan) -> str:
    """The same for two plans that would do the same, in check mode and in a run.

    Goes in: for each object that is written, what it is and becomes, and what happens to its secrets and its label.
    Secrets are placeholders in a plan, so nothing can be guessed from a digest; it tells no new secret from another.
    Left out is what has no effect on the plan: update tokens, authors, times, objects that stay as they are.
    """
    told = [_told(item) for item in plan.items if item.operation != "unchanged"]
    text = json.dumps([_VERSION, told], sort_keys=True, separators=(",", ":"), ensure_ascii=True)
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


def _told(item: Item) -> list[Any]:
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
