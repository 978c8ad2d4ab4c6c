# Copyright (c) 2026, community.dynatrace contributors
# SPDX-License-Identifier: BSD-2-Clause

"""Environments that do not return labels, or do not keep them: found out before a label is set a second time."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace

from .errors import SettingsError
from .labelling import Policy
from .objects import Existing
from .plan import Domain, Plan

# Looks objects up by labels and returns the object ids.
Find = Callable[[Sequence[str]], Iterable[str]]


def plan_with_labels(
    existing: Sequence[Existing],
    make: Callable[[Sequence[Existing], Policy], Plan],
    policy: Policy,
    find: Find,
    domain: Domain,
) -> Plan:
    """Plan; where external IDs are to be set although not a single one was returned, look first whether they are hidden.

    What is found by its hidden external ID is that object, as if the ID had been returned. None is set: one with
    another fingerprint could not be found, and setting one twice on two objects would make the server replace the first.

    :param find: costs one request, and is called only then; more only if an object was found that carries the external
        ID of another one.
    """
    if policy.no_labels or not existing or any(have.external_id for have in existing):
        return make(existing, policy)
    plan = make(existing, policy)
    steps = [step for step in plan.steps if step.action in ("label", "replace", "create") and step.external_id]
    found = set(find([str(step.external_id) for step in steps])) if steps else set()
    if not found:
        return plan
    known = {step.object_id: step.external_id for step in steps if step.action == "label" and step.object_id in found}
    for step in steps if found - set(known) else ():
        if step.external_id not in known.values():
            known.update(dict.fromkeys(find([str(step.external_id)]), step.external_id))
    existing = [replace(have, external_id=known.get(have.object_id)) for have in existing]
    return make(existing, replace(policy, no_labels=f"the environment does not return labels, {domain.instead}"))


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
