# Copyright (c) 2026, community.dynatrace contributors
# SPDX-License-Identifier: BSD-2-Clause

"""Environments that do not return labels, or do not keep them: found out before a label is set a second time."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace

from .errors import InvalidInput, SettingsError
from .labelling import Policy, wanted_label
from .objects import Declared, Existing
from .plan import Domain, Plan, make_plan

# Looks objects up by labels and returns the object ids.
Find = Callable[[Sequence[str]], Iterable[str]]


def plan_with_labels(
    existing: Sequence[Existing], declared: Sequence[Declared], domain: Domain, policy: Policy, find: Find
) -> Plan:
    """Plan; where not a single external ID was returned, look whether they are hidden before the plan relies on it.

    What is found by its hidden external ID is that object, as if the ID had been returned. None is set: one with
    another fingerprint could not be found, and set on two objects it would make the server replace the first.

    :param find: costs one request, and is called only if external IDs are to be set or objects cannot be told apart;
        more than once only if an object was found that carries the external ID of another one.
    """
    if policy.no_labels or not existing or any(have.external_id for have in existing):
        return make_plan(existing, declared, domain, policy)
    plan: Plan | InvalidInput
    try:
        plan = make_plan(existing, declared, domain, policy)
        setting = {step.external_id: step for step in plan.steps if step.action != "delete" and step.external_id}
        wanted = [external_id for external_id in setting if external_id]
    except InvalidInput as error:
        plan, setting = error, {}
        labels = (wanted_label(want, domain.schema, policy) for want in declared)
        wanted = [label.encode() for label in labels if label is not None]
    found = set(find(wanted)) if wanted else set()
    if not found:
        if isinstance(plan, InvalidInput):
            raise plan
        return plan
    known = {step.object_id: step.external_id for step in setting.values() if step.object_id in found}
    known = {key: value for key, value in known.items() if setting[value].action == "label"}
    for external_id in wanted if found - set(known) else ():
        if external_id not in known.values():
            known.update(dict.fromkeys(find([external_id]) if len(wanted) > 1 else found, external_id))
    existing = [replace(have, external_id=known.get(have.object_id)) for have in existing]
    hidden = replace(policy, no_labels=f"the environment does not return labels, {domain.instead}")
    return make_plan(existing, declared, domain, hidden)


def verify(existing: Sequence[Existing], plan: Plan, find: Find, domain: Domain) -> None:
    """Make sure that the first labels of an environment were kept: the next run would set them again, for ever.

    :raises SettingsError: they were not.
    """
    wanted = [step.external_id for step in plan.steps if step.action in ("label", "replace") and step.external_id]
    if wanted and not any(have.external_id for have in existing) and not any(find(wanted)):
        raise SettingsError(
            f"The {domain.thing}s are as declared, but the environment does not keep the labels that tell them apart.",
            hint=f"Set labels: false there; {domain.thing}s are found by {domain.found_by} then.",
        )
