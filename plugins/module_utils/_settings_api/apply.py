# Copyright (c) 2026, community.dynatrace contributors
# SPDX-License-Identifier: BSD-2-Clause

"""Carries out plans. The API has no transactions: after a conflict, the caller reads again and builds a new plan."""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, cast

from .backend import Answer, Reader, Target, Writer, is_there, read
from .errors import (
    AnswerLost,
    ApiError,
    Conflict,
    NotFound,
    PermissionMissing,
    Rejected,
    SchemaUnknown,
    SettingsError,
)
from .matching import Existing
from .parallel import map_writes
from .plan_types import ACCESS_ACTIONS, ACTIONS, Action, Item, Plan, Step
from .write_requests import Answers, groups_of, requests_of, send

if TYPE_CHECKING:
    from .client import SettingsClient

ATTEMPTS = 4
# Seconds between retries of requests that an environment can reject temporarily, and of delayed lists.
PAUSES = (0.5, 1.0, 2.0, 4.0)
_pause = time.sleep
# Messages of the API about a neighbor in an ordered schema that is gone or cannot be moved, and about a rejected
# deletion (settings-api 3.4, 3.6, 3.10).
_NEIGHBOR = re.compile(r"neighbo|cannot be inserted|settings not found", re.IGNORECASE)
_NEVER_DELETED = re.compile(r"not allowed", re.IGNORECASE)
Refusals = Sequence[tuple[Step, SettingsError]]


class StepFailed(SettingsError):
    """Writes of one request were rejected. ``refused`` contains each with its error."""

    def __init__(self, refused: Refusals) -> None:
        cause = refused[0][1]
        super().__init__(cause.message, details=cause.details)
        self.advise(*cause.hints)
        self.refused = tuple(refused)


@dataclass(frozen=True)
class _Write:
    """A write, its item in the result, and the item of the object whose slot it takes."""

    step: Step
    item: Item
    replaced: Item | None


class Run:
    """The writes of one run, over all its plans: completed writes, unknown outcomes, and notes."""

    def __init__(self, writer: Writer, target: Target) -> None:
        self._writer = writer
        self._target = target
        self.notes: list[str] = []
        self.finished: list[Step] = []
        self._done: dict[str, Item] = {}
        self._lost: dict[str, _Write] = {}
        # Names of created objects by ID.
        self._created: dict[str, str] = {}
        self._read_for: set[str] = set()
        # Each item from the first plan that contains it.
        self._first: dict[str, Item] = {}
        self._items: dict[str, Item] = {}

    @property
    def sent(self) -> frozenset[str]:
        """The names of the declared objects that were written with their secrets."""
        return frozenset(item.name for item in self._done.values() if item.where)

    @property
    def begun(self) -> frozenset[str]:
        """The keys of the objects that were written, or whose write has an unknown outcome."""
        return frozenset(step.key for step in self.finished) | self._lost.keys()

    @property
    def items(self) -> tuple[Item, ...]:
        """Return the outcome for each object: the items of all plans, in the order of their first appearance."""
        last = self._items
        return tuple(
            self._with_external_id(self._done.get(key, last[key]), last[key]) if key in last else self._done[key]
            for key in self._first
            if key in last or key in self._done
        )

    def apply(self, plan: Plan) -> bool:
        """Carry a plan out.

        :returns: whether it was carried out; if not, the environment must be read again.
        :raises StepFailed: a write was refused.
        """
        self._items = {item.key: self._as_first_seen(item) for item in plan.items}
        self._find_lost(plan)
        position = 0
        for requests in groups_of(plan.steps, self._target):
            first = requests[0][0]
            if _needs_read(plan.steps, position) and first.key not in self._read_for:
                self._read_for.add(first.key)
                return False
            position += sum(map(len, requests))
            refused = self._write(requests)
            if not refused:
                continue
            if len(self.notes) + 1 >= ATTEMPTS or not all(is_conflict(step, cause) for step, cause in refused):
                raise StepFailed(refused)
            names = ", ".join(step.name for step, _cause in refused)
            step, cause = refused[0]
            self.notes.append(
                f"{ACTIONS[step.action].doing} {names}: {cause.message} The objects were read and compared again."
            )
            return False
        return True

    def _write(self, requests: Sequence[Sequence[Step]]) -> Refusals:
        """Send requests, record their outcome, and return the rejected writes."""
        writes = [[self._begin(self._with_id(step)) for step in steps] for steps in requests]
        known = self._known_ids() if requests[0][0].action == "create" else set()
        # After a conflict, one after the other: the environment may not allow writes at the same time.
        threads = 1 if self.notes else self._target.at_once
        found = map_writes(
            cast("SettingsClient", self._writer),
            lambda own, sent: self._send(own, [write.step for write in sent]),
            writes,
            threads,
            lambda answers: any(isinstance(answer, SettingsError) for answer in answers),
        )
        refused: list[tuple[Step, SettingsError]] = []
        for sent, given in zip(writes, found, strict=True):
            if given is None:
                continue
            answers = [_unless_known(answer, known) for answer in given]
            for write, answer in zip(sent, answers, strict=True):
                if not isinstance(answer, SettingsError):
                    self._lost.pop(write.step.key, None)
                    self._note_done(write, answer.object_id if answer is not None else None)
                elif isinstance(answer, AnswerLost):
                    self._lost[write.step.key] = write
            refused += _refused([write.step for write in sent], answers)
        return refused

    def _send(self, writer: Writer, steps: Sequence[Step]) -> Answers:
        """Send one request. A deletion that is rejected temporarily is repeated (settings-api 3.6)."""
        answers = send(writer, steps, self._target)
        for seconds in PAUSES:
            refused = answers[0]
            for_a_while = isinstance(refused, Rejected) and refused.status == 400
            if steps[0].action != "delete" or not for_a_while or _NEVER_DELETED.search(str(refused)):
                break
            _pause(seconds)
            answers = send(writer, steps, self._target)
        return answers

    def read(self, client: Reader) -> list[Existing]:
        """The existing objects after writes. A list may lag behind for a while.

        :raises SettingsError: an object that was created is there, but the list does not show it.
        """
        deleted = {step.object_id for step in self.finished if step.action == "delete"}
        missing: list[str] = []
        for seconds in (0.0, *PAUSES):
            if seconds:
                _pause(seconds)
            existing = [one for one in read(client, self._target) if one.object_id not in deleted]
            ids = {one.object_id for one in existing}
            missing = [one for one in self._created if one not in ids and is_there(client, one)]
            if not missing:
                return existing
        names = ", ".join(self._created[one] for one in missing)
        raise SettingsError(
            f"{names}: created, but the list of objects does not contain it yet. The rest was not written."
        )

    def _as_first_seen(self, item: Item) -> Item:
        """Keep the first description of an object without a name, because it depends on the other objects."""
        first = self._first.setdefault(item.key, item)
        return first if first.operation == item.operation == "deleted" else item

    def _with_external_id(self, done: Item, last: Item) -> Item:
        """Return the item with an external ID only if it was set. A later read can show that they are not used."""
        if done.external_id_state != "set" or last.external_id_state in ("set", "kept"):
            return done
        if any(step.key == done.key and step.external_id and step.action != "update" for step in self.finished):
            return done
        return replace(done, external_id_state=last.external_id_state, external_id_reason=last.external_id_reason)

    def _begin(self, step: Step) -> _Write:
        """Keep the item of the first plan for the result, because a later plan only contains the remaining changes."""
        item = self._items[step.key]
        replaced = self._items.get(step.object_id or "") if step.action in ("update", "replace") else None
        before = self._lost.get(step.key)
        if before is not None:
            item = before.item
            # A replacement whose response was lost looks like an update when it is repeated.
            replaced = replaced or (before.replaced if before.step.object_id == step.object_id else None)
        return _Write(step, self._done.get(step.key, item), replaced)

    def _with_id(self, step: Step) -> Step:
        """Return the step with the ID of its object, if this run has created it."""
        done = self._done.get(step.key)
        if step.action not in ACCESS_ACTIONS or step.object_id is not None or done is None:
            return step
        return replace(step, object_id=done.object_id)

    def _known_ids(self) -> set[str | None]:
        """Return the known objects, without those that do not exist yet."""
        return {item.object_id for item in (*self._items.values(), *self._done.values())} - {None}

    def _note_done(self, write: _Write, object_id: str | None) -> None:
        step = write.step
        if all((one.key, one.action) != (step.key, step.action) for one in self.finished):
            self.finished.append(step)
        self._done[step.key] = replace(write.item, object_id=object_id or write.item.object_id)
        if step.action == "create" and object_id:
            self._created[object_id] = step.name
        if write.replaced is not None:
            # No later plan contains the previous object.
            self._done.setdefault(write.replaced.key, write.replaced)

    def _find_lost(self, plan: Plan) -> None:
        """Determine from a new plan which writes with a lost response were applied."""
        for key, write in list(self._lost.items()):
            if any(step.key == key and _kind(step.action) == _kind(write.step.action) for step in plan.steps):
                continue
            found = self._items.get(key)
            self._note_done(write, found.object_id if found else None)
            del self._lost[key]


def validate(
    writer: Writer, plan: Plan, target: Target, *, skip: Callable[[Step], bool] = lambda _step: False
) -> list[str]:
    """Let the server check every planned create and update without applying it.

    :param skip: which writes cannot be checked yet.
    :returns: warnings, if the token has no write permission.
    :raises StepFailed: if the server rejects a write. The run would fail the same way.
    """
    first: dict[str, Step] = {}
    for before, step in zip((None, *plan.steps), plan.steps, strict=False):
        if before is not None and (before.action, step.action) == ("delete", "create"):
            if before.key == step.key:
                # Next to the object that it replaces, it would be rejected.
                continue
            # There is no free slot yet, and a deletion cannot be validated, so it is validated as a replacement.
            step = replace(step, action="update", object_id=before.object_id, update_token=before.update_token)
        if step.action not in ("delete", *ACCESS_ACTIONS) and not skip(step):
            first.setdefault(step.name, step)
    requests = list(requests_of(tuple(first.values()), target.batch))
    found = map_writes(
        cast("SettingsClient", writer),
        lambda own, steps: send(own, steps, target, validate_only=True),
        requests,
        target.at_once,
        lambda answers: any(isinstance(answer, SettingsError) for answer in answers),
    )
    for steps, answers in zip(requests, found, strict=True):
        for answer in answers or ():
            if isinstance(answer, PermissionMissing):
                needed = f" ({answer.scope})" if answer.scope else ""
                text = f"The server did not validate the plan: the token cannot write{needed}, so a run would fail."
                return [text]
            if isinstance(answer, (Conflict, AnswerLost)):
                return [f"The server did not validate the plan: {answer.message}"]
        refused = _refused(steps, answers or ())
        if refused:
            raise StepFailed(refused)
    return []


def _needs_read(steps: tuple[Step, ...], position: int) -> bool:
    """Whether a manual edit could be overwritten, because an external ID is set by a POST, which has no update token.

    It must therefore directly follow a read, or the PUT of the same object.
    """
    unguarded = steps[position].action in ("set_external_id", "replace")
    return unguarded and position > 0 and steps[position - 1].key != steps[position].key


def _kind(action: Action) -> str:
    """Return the same key for all writes of a value, because the next plan can create what this one replaced."""
    return "value" if action in ("create", "update", "replace") else action


def _unless_known(answer: Answer | SettingsError | None, known: set[str | None]) -> Answer | SettingsError | None:
    """Check that a create did not return an object that existed before."""
    if answer is None or isinstance(answer, SettingsError) or answer.object_id not in known:
        return answer
    return AnswerLost("replaced another object.")


def _refused(steps: Sequence[Step], answers: Answers) -> Refusals:
    pairs = zip(steps, answers, strict=True)
    return [(step, answer) for step, answer in pairs if isinstance(answer, SettingsError)]


def is_conflict(step: Step | None, error: SettingsError) -> bool:
    """Whether a new read and a new plan can help."""
    if step is not None and lost_its_neighbor(step, error):
        return True
    return isinstance(error, (Conflict, AnswerLost, NotFound)) and not isinstance(error, SchemaUnknown)


def lost_its_neighbor(step: Step, error: SettingsError) -> bool:
    """Whether an object cannot be placed because its predecessor is gone or cannot be moved."""
    if step.insert_after is None or not isinstance(error, ApiError):
        return False
    return any(_NEIGHBOR.search(text) for text in (error.message, *(one.message for one in error.violations)))
