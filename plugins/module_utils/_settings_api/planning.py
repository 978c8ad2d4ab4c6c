# Copyright (c) 2026, community.dynatrace contributors
# SPDX-License-Identifier: BSD-2-Clause

"""From what was read to a plan: external IDs that an environment hides, permissions, and independent writes."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace

from .access_plan import with_access
from .backend import Backend, Target
from .errors import Advice, Hint, InvalidInput, SettingsError
from .external_id_policy import Policy, wanted_external_id
from .independence import with_independence
from .matching import Declared, Existing
from .plan import make_plan
from .plan_types import Domain, Plan


@dataclass(frozen=True)
class Job:
    """What the objects of a schema and scope should be.

    :param desired: returns the declared objects. For a change of state, they depend on the existing ones.
    :param resubmission_hint: what to do if the environment requires secrets that are not declared.
    :param check_permission: called before the first write, or before the validation in check mode. It returns why it is
        not known whether the credentials may write, and raises if they may not.
    :param admin_access: whether the credentials have access to the objects of all users.
    """

    target: Target
    domain: Domain
    policy: Policy
    desired: Callable[[Sequence[Existing]], Sequence[Declared]]
    resubmission_hint: Advice = ""
    check_permission: Callable[[], str] | None = None
    admin_access: bool = False


def build_plan(client: Backend, existing: Sequence[Existing], job: Job) -> Plan:
    """Build the plan."""
    desired = job.desired(existing)
    plan = _plan_objects(client, existing, desired, job)
    plan = with_access(client, plan, existing, desired, admin_access=job.admin_access)
    return with_independence(plan, existing, job.domain.schema)


def _plan_objects(client: Backend, existing: Sequence[Existing], desired: Sequence[Declared], job: Job) -> Plan:
    """Build the plan without permissions and owners.

    If no external ID was returned, first find out whether the environment hides them.

    What is found by its hidden external ID is that object, as if the ID had been returned. None is set: one with
    another fingerprint could not be found, and set on two objects it would make the server replace the first.
    The look costs one request, and is taken only if external IDs are to be set or objects cannot be distinguished; more
    than one only if an object was found that carries the external ID of another one.
    """
    domain, policy = job.domain, job.policy
    if policy.no_external_ids or not existing or any(one.external_id for one in existing):
        return make_plan(existing, desired, domain, policy)
    plan: Plan | InvalidInput
    try:
        plan = make_plan(existing, desired, domain, policy)
        setting = {step.external_id: step for step in plan.steps if step.action != "delete" and step.external_id}
        external_ids = [external_id for external_id in setting if external_id]
    except InvalidInput as error:
        plan, setting = error, {}
        wanted = (wanted_external_id(one, domain.schema, policy) for one in desired)
        external_ids = [external_id.encode() for external_id in wanted if external_id is not None]
    found = set(find(client, job.target, external_ids))
    if not found:
        if isinstance(plan, InvalidInput):
            raise plan
        return plan
    known = {
        step.object_id: step.external_id
        for step in setting.values()
        if step.action == "set_external_id" and step.object_id in found
    }
    for external_id in external_ids:
        if found - set(known) and external_id not in known.values():
            ids = find(client, job.target, [external_id]) if len(external_ids) > 1 else found
            known.update(dict.fromkeys(ids, external_id))
    existing = [replace(one, external_id=known.get(one.object_id)) for one in existing]
    reason = f"the environment does not return external IDs, {domain.matching_by}"
    return make_plan(existing, desired, domain, replace(policy, no_external_ids=reason))


def find(client: Backend, target: Target, external_ids: Sequence[str]) -> Iterable[str]:
    """Return the IDs of the objects with one of these external IDs. One request, if there are any."""
    if not external_ids:
        return []
    items = client.list_objects(target.schema_id, scope=target.scope, fields=("objectId",), external_ids=external_ids)
    return [str(item.get("objectId")) for item in items]


def check_external_ids_are_kept(client: Backend, existing: Sequence[Existing], plan: Plan, job: Job) -> None:
    """Check that the environment kept its first external IDs. Otherwise, every run would set them again.

    :raises SettingsError: if it did not.
    """
    actions = ("set_external_id", "replace")
    external_ids = [step.external_id for step in plan.steps if step.action in actions and step.external_id]
    if any(one.external_id for one in existing) or not external_ids or find(client, job.target, external_ids):
        return
    name = job.domain.object_name
    raise SettingsError(
        f"The {name}s match their declaration, but the environment does not keep their external IDs.",
        hint=Hint(
            "Set {option.store_external_id}: false for it, so that {name}s are matched by {found_by}.",
            {"name": name, "found_by": job.domain.found_by},
        ),
    )
