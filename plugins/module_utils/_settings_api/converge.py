# Copyright (c) 2026, community.dynatrace contributors
# SPDX-License-Identifier: BSD-2-Clause

"""Ensures that objects match their declaration: of one schema and scope, or of several as one plan.

Read, plan, review, and (not in check mode) back up and write. After a conflict: read, plan, and write what is left.
What an object refers to is written before it. Deletions follow all other writes, in the opposite order.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace

from .apply import Run, StepFailed, is_conflict, validate
from .backend import Backend, read
from .deletion_order import deletion_waves
from .errors import ApiError, InvalidInput, Problem, SettingsError
from .matching import Existing
from .plan_digest import approve, check_still_approved, common_digest, plan_digest
from .plan_types import ACTIONS, Item, Plan, Step, writes_of
from .planning import Job, build_plan, check_external_ids_are_kept
from .references import has_references
from .rejections import explain


@dataclass(frozen=True)
class Part:
    """The objects of one schema and scope.

    :param title: names the part in messages and in the digest; the same in every run. Empty if it is the only one.
    :param waves: in which wave each declared object is written, by its path; 0 if it is missing.
    :param rank: parts with a higher rank delete first.
    :param written: called with the items of the part after each of its writes.
    :param outdated: returns whether the declared objects have changed since the last plan, because a new object that
        they refer to has its ID now.
    """

    title: str
    job: Job
    existing: Sequence[Existing]
    waves: Mapping[str, int] = field(default_factory=dict)
    rank: int = 0
    written: Callable[[Iterable[Item]], None] = lambda _items: None
    outdated: Callable[[], bool] = lambda: False


@dataclass(frozen=True)
class Options:
    """How to converge.

    :param approved_plan: the digest of the only plan that may be carried out.
    :param backup: called before the first write, with the parts that change.
    :param review: called with the plans of all parts before they are carried out. It raises if they may not be.
    """

    check_mode: bool = False
    server_validation: bool = True
    approved_plan: str | None = None
    backup: Callable[[Sequence[Part]], None] | None = None
    review: Callable[[Sequence[Plan]], None] | None = None


@dataclass(frozen=True)
class Converged:
    """The completed or predicted changes. ``digest`` belongs to the first plan, ``plan`` is the last one."""

    items: tuple[Item, ...]
    plan: Plan
    changed: bool
    digest: str
    notes: tuple[str, ...]
    warnings: tuple[str, ...]


@dataclass(frozen=True)
class AllConverged:
    """The completed or predicted changes of each part, and the digest of the common plan."""

    parts: tuple[Converged, ...]
    digest: str
    notes: tuple[str, ...] = ()

    @property
    def changed(self) -> bool:
        """Whether anything was or would be written."""
        return any(part.changed for part in self.parts)


def converge(client: Backend, job: Job, options: Options) -> Converged:
    """Ensure that the objects of one schema and scope match their declaration. In check mode, only predict the changes.

    :raises StepFailed: if a write was rejected, with the option paths of the user.
    """
    done = converge_all(client, [Part("", job, read(client, job.target))], options)
    return replace(done.parts[0], notes=(*done.notes, *done.parts[0].notes))


def converge_all(client: Backend, parts: Sequence[Part], options: Options) -> AllConverged:
    """Ensure that the objects of all parts match their declaration. In check mode, only predict the changes.

    :raises InvalidInput: with the problems of all parts.
    :raises StepFailed: if a write was rejected, with the option paths of the user.
    """
    plans = _plans(client, parts)
    if options.review is not None:
        options.review(plans)
    digest = _digest(parts, plans)
    approve(digest, options.approved_plan, changed=any(plan.changed for plan in plans))
    changing = [part for part, plan in zip(parts, plans, strict=True) if plan.changed]
    checks = [part.job.check_permission for part in changing]
    unchecked = tuple(dict.fromkeys(reason for check in checks if check is not None and (reason := check())))
    if options.check_mode:
        return _predicted(client, parts, plans, digest, options, unchecked)
    if changing and options.backup is not None:
        options.backup(changing)
    works = [_Work(client, part, plan) for part, plan in zip(parts, plans, strict=True)]

    def accept(work: _Work) -> None:
        if options.review is not None:
            options.review([one.plan for one in works])
        if options.approved_plan:
            check_still_approved(work.first, work.plan, work.run.begun)

    try:
        for wave in range(max((wave for part in parts for wave in part.waves.values()), default=0) + 1):
            for work in works:
                work.write(wave, accept)
        _delete_all(works, accept)
        return AllConverged(tuple(work.result() for work in works), digest, unchecked)
    except SettingsError as error:
        raise _interrupted(error, works) from None


def _digest(parts: Sequence[Part], plans: Sequence[Plan]) -> str:
    if not parts[:1] or parts[0].title:
        return common_digest((part.title, plan) for part, plan in zip(parts, plans, strict=True))
    return plan_digest(plans[0])


def _plans(client: Backend, parts: Sequence[Part]) -> list[Plan]:
    plans: list[Plan] = []
    problems: list[Problem] = []
    for part in parts:
        try:
            plans.append(build_plan(client, part.existing, part.job))
        except InvalidInput as error:
            if not part.title:
                raise
            problems += error.problems
    if problems:
        raise InvalidInput(problems)
    return plans


def _predicted(
    client: Backend,
    parts: Sequence[Part],
    plans: Sequence[Plan],
    digest: str,
    options: Options,
    unchecked: tuple[str, ...],
) -> AllConverged:
    found: list[Converged] = []
    waiting = 0
    for part, plan in zip(parts, plans, strict=True):
        warnings: list[str] = []
        if options.server_validation:
            waiting += sum(_has_references(step) for step in plan.steps)
            try:
                warnings = validate(client, plan, part.job.target, skip=_has_references)
            except StepFailed as error:
                raise _about(explain(error, part.job), part) from None
        found.append(Converged(plan.items, plan, plan.changed, plan_digest(plan), (), (*warnings, *plan.warnings)))
    notes = unchecked
    if waiting:
        notes = (
            *notes,
            f"{waiting} objects were not validated by the server, because they refer to objects that the run creates.",
        )
    return AllConverged(tuple(found), digest, notes)


def _has_references(step: Step) -> bool:
    return has_references(step.value)


class _Work:
    """The writes of one part."""

    def __init__(self, client: Backend, part: Part, plan: Plan) -> None:
        self.part = part
        self.first = self.plan = plan
        self.run = Run(client, part.job.target)
        self.failed: list[Step] = []
        self._client = client

    def write(self, wave: int, accept: Accept) -> None:
        """Carry out the creates and updates of one wave."""
        waves = self.part.waves
        self._carry_out(lambda plan: [step for step in writes_of(plan.steps) if waves.get(step.key, 0) == wave], accept)

    def delete(self, wave: int, waves: Mapping[str, int], accept: Accept) -> None:
        """Carry out the deletions of one wave."""
        self._carry_out(
            lambda plan: [step for step in _deletions(plan) if waves.get(step.object_id or "", 0) == wave], accept
        )

    def _carry_out(self, choose: Callable[[Plan], Sequence[Step]], accept: Accept) -> None:
        try:
            if self.part.outdated():
                self._plan_again(self.run.read(self._client) if self.run.finished else self.part.existing, accept)
            if not choose(self.plan):
                return
            while not self.run.apply(replace(self.plan, steps=tuple(choose(self.plan)))):
                # Someone else has changed an object, or the next write must directly follow a read.
                self._plan_again(self.run.read(self._client), accept)
        except StepFailed as error:
            self.failed = [step for step, _cause in error.refused]
            raise _about(explain(error, self.part.job), self.part) from None
        except SettingsError as error:
            raise _about(error, self.part) from None
        self.part.written(self.run.items)

    def _plan_again(self, existing: Sequence[Existing], accept: Accept) -> None:
        """Plan what is left. What was not there before the first write is not pruned: no backup contains it."""
        job = self.part.job
        before = frozenset(one.object_id for one in self.part.existing)
        policy = replace(job.policy, sent=self.run.sent, prunable=before)
        self.plan = build_plan(self._client, existing, replace(job, policy=policy))
        accept(self)

    def left(self) -> list[Step]:
        """The steps that were not tried."""
        begun = {(step.key, step.action) for step in (*self.run.finished, *self.failed)}
        return [step for step in self.plan.steps if (step.key, step.action) not in begun]

    def result(self) -> Converged:
        """Return the outcome: what was written, and the rest as the last plan found it."""
        check_external_ids_are_kept(self._client, self.part.existing, self.first, self.part.job)
        items = self.first.items
        if self.run.finished or self.plan is not self.first:
            self.run.apply(replace(self.plan, steps=()))
            items = self.run.items
        digest = plan_digest(self.first)
        return Converged(items, self.plan, bool(self.run.finished), digest, tuple(self.run.notes), self.plan.warnings)


# Called with the work that has a new plan. It raises if that may not be carried out.
Accept = Callable[[_Work], None]


def _delete_all(works: Sequence[_Work], accept: Accept) -> None:
    """Carry out the deletions of all parts, so that an object is deleted before the ones that it refers to."""
    ids = {step.object_id for work in works for step in _deletions(work.plan)}
    waves = deletion_waves(
        (work.part.job.target.schema_id, one) for work in works for one in work.part.existing if one.object_id in ids
    )
    ordered = sorted(works, key=lambda work: -work.part.rank)
    for wave in range(max(waves.values(), default=0) + 1):
        for work in ordered:
            work.delete(wave, waves, accept)


def _deletions(plan: Plan) -> tuple[Step, ...]:
    """The deletions at the end of a plan."""
    return plan.steps[len(writes_of(plan.steps)) :]


def _about(error: SettingsError, part: Part) -> SettingsError:
    if part.title and not isinstance(error, InvalidInput):
        error.message = f"{part.title}: {error.message}"
    return error


def _interrupted(error: SettingsError, works: Sequence[_Work]) -> SettingsError:
    """Return the error with the completed, failed, and skipped writes of all parts."""

    def listed(work: _Work, steps: Iterable[Step]) -> list[dict[str, str]]:
        schema = {"schema_id": work.part.job.target.schema_id} if work.part.title else {}
        return [{"name": step.name, "action": step.action, **schema} for step in steps]

    error.details.update(
        completed_writes=[one for work in works for one in listed(work, work.run.finished)],
        failed_writes=[one for work in works for one in listed(work, work.failed)],
        skipped_writes=[one for work in works for one in listed(work, work.left())],
    )
    done = [step for work in works for step in work.run.finished]
    error.details["changed"] = bool(done)
    left = [step for work in works for step in work.left()]
    if left or (done and any(work.failed for work in works)):
        texts = (", ".join(f"{ACTIONS[step.action].verb} {step.name}" for step in steps) for steps in (done, left))
        before, skipped = (text or "nothing" for text in texts)
        causes = error.refused if isinstance(error, StepFailed) else ((None, error),)
        certain = all(
            not isinstance(cause, (ApiError, InvalidInput)) or is_conflict(step, cause) for step, cause in causes
        )
        more = (
            "Run it again to complete the rest."
            if certain
            else "After fixing the cause, run it again to complete the rest."
        )
        error.advise(*error.hints, f"Completed: {before}. Skipped: {skipped}. {more}")
    return error
