# Copyright (c) 2026, community.dynatrace contributors
# SPDX-License-Identifier: BSD-2-Clause

"""Environments that do not return labels, or do not keep them: found out before a label is set a second time."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace

from .errors import SettingsError
from .external_id_policy import Policy
from .matching import Existing
from .plan import Domain, Plan

# Looks objects up by labels and returns the object ids.
Find = Callable[[Sequence[str]], Iterable[str]]


def plan_with_labels(
    existing: Sequence[Existing], make: Callable[[Policy], Plan], policy: Policy, find: Find, domain: Domain
) -> Plan:
    """Plan; where labels are to be set although not a single one was returned, look first whether they are hidden.

    Hidden ones are not used: one with another fingerprint could not be found, and setting one twice on two objects
    would make the server replace the first.

    :param find: costs one request, and is called only then.
    """
    if policy.no_labels or not existing or any(have.external_id for have in existing):
        return make(policy)
    plan = make(policy)
    wanted = [step.external_id for step in plan.steps if step.action in ("label", "create") and step.external_id]
    hidden = f"the environment does not return labels, {domain.instead}"
    return make(replace(policy, no_labels=hidden)) if wanted and any(find(wanted)) else plan


def verify(existing: Sequence[Existing], plan: Plan, find: Find, domain: Domain) -> None:
    """Make sure that the first labels of an environment were kept: the next run would set them again, for ever.

    :raises SettingsError: they were not.
    """
    wanted = [step.external_id for step in plan.steps if step.action == "label" and step.external_id]
    if wanted and not any(have.external_id for have in existing) and not any(find(wanted)):
        raise SettingsError(
            f"The {domain.thing}s are as declared, but the environment does not keep the labels that tell them apart.",
            hint=f"Set store_external_id: false there; {domain.thing}s are found by {domain.found_by} then.",
        )
