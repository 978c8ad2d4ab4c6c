# Copyright (c) 2026, community.dynatrace contributors
# SPDX-License-Identifier: BSD-2-Clause

"""Ensures that the objects of a schema and scope match their declaration: read, plan, and (not in check mode) write."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace

from .access_plan import with_access
from .apply import Run, StepFailed, lost_its_neighbor, validate
from .backend import Backend, Target, read
from .errors import Advice, Hint, InvalidInput, Rejected, SettingsError
from .external_id_policy import Policy, wanted_external_id
from .independence import with_independence
from .matching import Declared, Existing
from .plan import make_plan
from .plan_digest import approve, check_still_approved, plan_digest
from .plan_types import ACTIONS, Domain, Item, Plan, Step
from .property_path import Path

# As servers word that a value is not the ID of an object (settings-api 1.7).
_WANTS_ID = "of type setting"


@dataclass(frozen=True)
class Job:
    """The task of one run.

    :param desired: returns the declared objects. For a change of state, they depend on the existing ones.
    :param backup: called with the existing objects before the first write.
    :param resubmission_hint: what to do if the environment requires secrets that are not declared.
    :param check_permission: called before the first write, or before the validation in check mode. It returns why it is
        not known whether the credentials may write, and raises if they may not.
    :param approved_plan: the digest of the only plan that can be carried out.
    :param admin_access: whether the credentials have access to the objects of all users.
    :param review: called with each plan before it is carried out. It raises if it may not be.
    """

    target: Target
    domain: Domain
    policy: Policy
    desired: Callable[[Sequence[Existing]], Sequence[Declared]]
    check_mode: bool = False
    server_validation: bool = True
    approved_plan: str | None = None
    backup: Callable[[Sequence[Existing]], None] | None = None
    resubmission_hint: Advice = ""
    check_permission: Callable[[], str] | None = None
    admin_access: bool = False
    review: Callable[[Plan], None] | None = None


@dataclass(frozen=True)
class Converged:
    """The completed or predicted changes. ``digest`` belongs to the first plan, ``plan`` is the last one."""

    items: tuple[Item, ...]
    plan: Plan
    changed: bool
    digest: str
    notes: tuple[str, ...]
    warnings: tuple[str, ...]


def converge(client: Backend, job: Job) -> Converged:
    """Ensure that the objects match their declaration. In check mode, only predict the changes.

    :raises StepFailed: if a write was rejected. ``explain`` converts it to the user's option paths.
    """
    existing = read(client, job.target)
    plan = first_plan = _reviewed(build_plan(client, existing, job), job)
    approve(plan, job.approved_plan)
    why = job.check_permission() if plan.changed and job.check_permission is not None else ""
    notes = (why,) if why else ()
    if job.check_mode:
        warnings = validate(client, plan, job.target) if job.server_validation else []
        return Converged(plan.items, plan, plan.changed, plan_digest(plan), notes, (*warnings, *plan.warnings))
    if plan.changed and job.backup is not None:
        job.backup(existing)

    run = Run(client, job.target)
    while not run.apply(plan):
        # Someone else has changed an object, or the next write must directly follow a read.
        try:
            plan = _reviewed(plan_again(client, run.read(client), job, run, existing), job)
            if job.approved_plan:
                check_still_approved(first_plan, plan, run.begun)
        except SettingsError as error:
            raise run.interrupted(error) from None
    try:
        check_external_ids_are_kept(client, existing, first_plan, job)
    except SettingsError as error:
        raise run.interrupted(error) from None
    digest = plan_digest(first_plan)
    return Converged(run.items, plan, bool(run.finished), digest, (*notes, *run.notes), plan.warnings)


def _reviewed(plan: Plan, job: Job) -> Plan:
    if job.review is not None:
        job.review(plan)
    return plan


def plan_again(client: Backend, existing: Sequence[Existing], job: Job, run: Run, before: Sequence[Existing]) -> Plan:
    """Build the plan for what is left of a run.

    :param before: the objects before the first write. Others are not pruned: the backup does not contain them.
    """
    prunable = frozenset(one.object_id for one in before)
    return build_plan(client, existing, replace(job, policy=replace(job.policy, sent=run.sent, prunable=prunable)))


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


def explain(error: StepFailed, job: Job) -> SettingsError:
    """Return a rejection with the user's option paths."""
    domain = job.domain
    refusals = [_refusal(step, cause, domain) for step, cause in error.refused]
    hints: list[Advice] = []
    doubtful = [step for step, cause in error.refused if _is_about_secret(step, cause, domain)]
    masked = [domain.format_path(step.where, path) for step in doubtful for path in step.masked]
    if any(lost_its_neighbor(step, cause) for step, cause in error.refused):
        hints.append("The object that precedes it no longer exists or cannot be moved.")
    if masked:
        hints += ["The environment does not keep a stored secret with this change.", _resubmission_hint(masked, job)]
    hints += _reference_hints(error, domain)
    listed = "".join(f"  {one}\n" for one in refusals)
    message = refusals[0] if len(refusals) == 1 else f"{len(refusals)} writes were rejected:\n{listed}"
    explained = SettingsError(message, details=error.details)
    explained.advise(*hints, *error.hints)
    return explained


def _reference_hints(error: StepFailed, domain: Domain) -> Iterator[Advice]:
    """Return how to find the IDs that properties need, if something else was declared."""
    seen: set[str] = set()
    for step, cause in error.refused:
        for one in cause.violations if isinstance(cause, Rejected) else ():
            path = _path(one.path)
            schema_id = domain.schema.referenced_schema(path)
            if not schema_id or schema_id in seen or _WANTS_ID not in one.message.lower():
                continue
            seen.add(schema_id)
            yield Hint(
                "{property} must be the ID of an object of {schema}, not its name. To refer to it by its name, use "
                "the filter community.dynatrace.object_id in a declaration of the module settings. The module "
                "settings_objects_info lists the objects with their IDs.",
                {"property": domain.format_path(step.where, path), "schema": schema_id},
            )


def _resubmission_hint(masked: Sequence[str], job: Job) -> Advice:
    """Return what to do if the environment requires secrets again."""
    if job.resubmission_hint:
        return job.resubmission_hint
    mode = " and set {option.update_secrets}: with_updates" if job.policy.update_secrets == "on_create" else ""
    return Hint(f"Declare {{secrets:paths}}{mode}, so that it is sent with the update.", {"secrets": masked})


def _refusal(step: Step, cause: SettingsError, domain: Domain) -> str:
    what = f"{domain.object_name.capitalize()} {step.name!r}"
    words = ACTIONS[step.action]
    if not isinstance(cause, Rejected):
        return f"{what} could not be {words.done}: {cause.message}"
    reason = "; ".join(_violations(step, cause, domain)) or cause.message
    return f"{what}: the API rejected the request to {words.verb} it: {reason}"


def _violations(step: Step, cause: Rejected, domain: Domain) -> list[str]:
    return [f"{domain.format_path(step.where, _path(one.path))}: {one.message}" for one in cause.violations]


def _path(text: str) -> Path:
    return tuple(map(_part, filter(None, text.split("/"))))


def _is_about_secret(step: Step, cause: SettingsError, domain: Domain) -> bool:
    if not isinstance(cause, Rejected):
        return False
    words = ("secret", "password", "re-enter", "resubmi", "masked", "credential")
    texts = " ".join([cause.message, *_violations(step, cause, domain)]).lower()
    return any(word in texts for word in words)


def _part(text: str) -> str | int:
    return int(text) if text.isdigit() else text
