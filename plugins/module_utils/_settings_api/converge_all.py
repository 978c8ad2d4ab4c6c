# Copyright (c) 2026, community.dynatrace contributors
# SPDX-License-Identifier: BSD-2-Clause

"""Converges objects of several schemas and scopes of one environment as one plan.

What an object refers to is written before it. Deletions follow all other writes, in the opposite order.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace

from .apply import Run, StepFailed, validate
from .backend import Backend
from .converge import Converged, Job, build_plan, check_external_ids_are_kept, explain, plan_again
from .deletion_order import deletion_waves
from .errors import InvalidInput, Problem, SettingsError
from .matching import Existing
from .plan_digest import approve_digest, check_still_approved, common_digest, plan_digest
from .plan_types import Item, Plan, Step, writes_of
from .references import has_references


@dataclass(frozen=True)
class Part:
    """The objects of one schema and scope.

    :param title: names the part in messages and in the digest; the same in every run.
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

    :param backup: called before the first write, with the parts that change.
    :param review: called with the plans of all parts before they are carried out. It raises if they may not be.
    """

    check_mode: bool = False
    server_validation: bool = True
    approved_plan: str | None = None
    backup: Callable[[Sequence[Part]], None] | None = None
    review: Callable[[Sequence[Plan]], None] | None = None


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


def converge_all(client: Backend, parts: Sequence[Part], options: Options) -> AllConverged:
    """Ensure that the objects of all parts match their declaration. In check mode, only predict the changes.

    :raises InvalidInput: with the problems of all parts.
    :raises SettingsError: if a write was rejected, with the option paths of the user.
    """
    plans = _plans(client, parts)
    if options.review is not None:
        options.review(plans)
    digest = common_digest((part.title, plan) for part, plan in zip(parts, plans, strict=True))
    approve_digest(digest, options.approved_plan, changed=any(plan.changed for plan in plans))
    reasons = [
        part.job.check_permission()
        for part, plan in zip(parts, plans, strict=True)
        if plan.changed and part.job.check_permission is not None
    ]
    unchecked = tuple(dict.fromkeys(filter(None, reasons)))
    if options.check_mode:
        return _predicted(client, parts, plans, digest, options, unchecked)
    changing = [part for part, plan in zip(parts, plans, strict=True) if plan.changed]
    if changing and options.backup is not None:
        options.backup(changing)
    works: list[_Work] = []

    def review() -> None:
        if options.review is not None:
            options.review([work.plan for work in works])

    approved = bool(options.approved_plan)
    works += [_Work(client, part, plan, review, approved=approved) for part, plan in zip(parts, plans, strict=True)]
    try:
        for wave in range(max((wave for part in parts for wave in part.waves.values()), default=0) + 1):
            for work in works:
                work.write(wave)
        _delete_all(works)
        return AllConverged(tuple(work.result() for work in works), digest, unchecked)
    except SettingsError as error:
        raise _interrupted(error, works) from None


def _plans(client: Backend, parts: Sequence[Part]) -> list[Plan]:
    plans: list[Plan] = []
    problems: list[Problem] = []
    for part in parts:
        try:
            plans.append(build_plan(client, part.existing, part.job))
        except InvalidInput as error:
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
            f"The server did not validate {waiting} objects, because they refer to objects that the run creates.",
        )
    return AllConverged(tuple(found), digest, notes)


def _has_references(step: Step) -> bool:
    return has_references(step.value)


class _Work:
    """The writes of one part.

    :param review: called after each new plan.
    :param approved: whether the first plan was approved, so that no other may be carried out.
    """

    def __init__(self, client: Backend, part: Part, plan: Plan, review: Callable[[], None], *, approved: bool) -> None:
        self.part = part
        self.first = self.plan = plan
        self.run = Run(client, part.job.target)
        self._client = client
        self._review = review
        self._approved = approved

    def write(self, wave: int) -> None:
        """Carry out the creates and updates of one wave."""
        waves = self.part.waves
        self._carry_out(lambda plan: [step for step in writes_of(plan.steps) if waves.get(step.key, 0) == wave])

    def delete(self, wave: int, waves: Mapping[str, int]) -> None:
        """Carry out the deletions of one wave."""
        self._carry_out(lambda plan: [step for step in _deletions(plan) if waves.get(step.object_id or "", 0) == wave])

    def _carry_out(self, choose: Callable[[Plan], Sequence[Step]]) -> None:
        try:
            if self.part.outdated():
                self._plan_again(self.run.read(self._client) if self.run.finished else self.part.existing)
            if not choose(self.plan):
                return
            while not self.run.apply(replace(self.plan, steps=tuple(choose(self.plan)))):
                self._plan_again(self.run.read(self._client))
        except StepFailed as error:
            raise _about(explain(error, self.part.job), self.part) from None
        except SettingsError as error:
            raise _about(error, self.part) from None
        self.part.written(self.run.items)

    def _plan_again(self, existing: Sequence[Existing]) -> None:
        self.plan = plan_again(self._client, existing, self.part.job, self.run, self.part.existing)
        self._review()
        if self._approved:
            check_still_approved(self.first, self.plan, self.run.begun)

    def left(self) -> list[Step]:
        """The steps that are not done."""
        done = {(step.key, step.action) for step in self.run.finished}
        return [step for step in self.plan.steps if (step.key, step.action) not in done]

    def result(self) -> Converged:
        """Return the outcome. If nothing was written, this is the plan."""
        check_external_ids_are_kept(self._client, self.part.existing, self.first, self.part.job)
        items = self.run.items if self.run.finished else self.first.items
        digest = plan_digest(self.first)
        return Converged(items, self.plan, bool(self.run.finished), digest, tuple(self.run.notes), self.plan.warnings)


def _delete_all(works: Sequence[_Work]) -> None:
    """Carry out the deletions of all parts, so that an object is deleted before the ones that it refers to."""
    ids = {step.object_id for work in works for step in _deletions(work.plan)}
    waves = deletion_waves(
        (work.part.job.target.schema_id, one) for work in works for one in work.part.existing if one.object_id in ids
    )
    ordered = sorted(works, key=lambda work: -work.part.rank)
    for wave in range(max(waves.values(), default=0) + 1):
        for work in ordered:
            work.delete(wave, waves)


def _deletions(plan: Plan) -> tuple[Step, ...]:
    """The deletions at the end of a plan."""
    return plan.steps[len(writes_of(plan.steps)) :]


def _about(error: SettingsError, part: Part) -> SettingsError:
    if not isinstance(error, InvalidInput):
        error.message = f"{part.title}: {error.message}"
    schema_id = part.job.target.schema_id
    error.details["failed_writes"] = [
        {**one, "schema_id": schema_id} for one in error.details.get("failed_writes") or ()
    ]
    return error


def _interrupted(error: SettingsError, works: Sequence[_Work]) -> SettingsError:
    """Return the error with the completed and skipped writes of all parts."""
    failed = error.details.get("failed_writes") or []

    def named(work: _Work, steps: Iterable[Step]) -> list[dict[str, str]]:
        schema_id = work.part.job.target.schema_id
        return [{"name": step.name, "action": step.action, "schema_id": schema_id} for step in steps]

    done = [one for work in works for one in named(work, work.run.finished)]
    left = [one for work in works for one in named(work, work.left()) if one not in failed]
    error.details.update(done=done, failed_writes=failed, skipped_writes=left, changed=bool(done))
    return error
