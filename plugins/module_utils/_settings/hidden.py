# Copyright (c) 2026, community.dynatrace contributors
# SPDX-License-Identifier: BSD-2-Clause

"""Environments that do not return labels, or do not keep them: found out before a label is set a second time."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace

from .errors import SettingsError
from .labelling import Policy
from .objects import Existing
from .plan import Plan

# Looks objects up by labels and returns the object ids.
Find = Callable[[Sequence[str]], Iterable[str]]
NOT_KEPT = "the environment does not keep labels, so exports are found by their endpoint"


def labels_to_set(plan: Plan) -> dict[str, str]:
    """The labels that a plan sets on objects that are there, by object id."""
    return {
        step.object_id: step.external_id
        for step in plan.steps
        if step.action == "label" and step.object_id and step.external_id
    }


def uncover(existing: Sequence[Existing], plan: Plan, find: Find) -> tuple[list[Existing], str]:
    """Look up labels that are to be set although not a single one was returned: they may be there already.

    :param find: costs one request, and is called only then.
    :returns: the objects with the labels found; a reason not to use labels, empty if there is none.
    """
    wanted = labels_to_set(plan)
    if not wanted or any(have.external_id for have in existing):
        return list(existing), ""
    found = set(find(list(wanted.values())))
    if found - set(wanted):
        # It answers with objects that were not asked for: it does not know the parameter.
        return list(existing), NOT_KEPT
    return [
        replace(have, external_id=wanted[have.object_id]) if have.object_id in found else have for have in existing
    ], ""


def plan_with_labels(
    existing: Sequence[Existing], make: Callable[[Sequence[Existing], Policy], Plan], policy: Policy, find: Find
) -> tuple[list[Existing], Plan]:
    """Plan, and once more if labels turn out to be hidden.

    :returns: the objects with their labels, as far as they can be known, and the plan.
    """
    first = policy
    if policy.adopt == "never" and not any(have.external_id for have in existing):
        # Which labels to look for is known from what would be adopted.
        first = replace(policy, adopt="unlabelled")
    plan = make(existing, first)
    known, no_labels = uncover(existing, plan, find)
    if known != list(existing) or no_labels or first is not policy:
        plan = make(known, replace(policy, no_labels=no_labels or policy.no_labels))
    return known, plan


def verify(existing: Sequence[Existing], plan: Plan, find: Find) -> None:
    """Make sure that the first labels of an environment were kept: the next run would set them again, for ever.

    :raises SettingsError: they were not.
    """
    wanted = labels_to_set(plan)
    if wanted and not any(have.external_id for have in existing) and not set(find(list(wanted.values()))) & set(wanted):
        raise SettingsError(
            "The exports are as declared, but the environment does not keep the labels that tell them apart.",
            hint="Set labels: false there; exports are found by their endpoint URL, index and management zone then.",
        )
