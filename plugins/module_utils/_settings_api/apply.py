# Copyright (c) 2026, community.dynatrace contributors
# SPDX-License-Identifier: BSD-2-Clause

"""Carries a plan out. The API has no transaction: a surprise ends in a new read and plan, a bounded number of times."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Protocol

from .errors import AnswerLost, Conflict, NotFound, PermissionMissing, SchemaUnknown, SettingsError
from .plan import Item, Plan, Step

ATTEMPTS = 4
# Of one request; the limit of the API is 1 MB (settings-api 3.11).
MAX_BYTES = 800_000


class Answer(Protocol):
    """The answer to a write."""

    @property
    def object_id(self) -> str | None:
        """The object that was written; None where the answer does not name it."""


class Writer(Protocol):
    """The part of the client that writes."""

    def create_object(self, item: Mapping[str, Any], *, validate_only: bool = False) -> Answer:
        """POST of one object."""

    def create_objects(
        self, items: Sequence[Mapping[str, Any]], *, validate_only: bool = False
    ) -> Sequence[Answer | SettingsError]:
        """POST of several objects: an answer or a refusal for each."""

    def update_object(self, object_id: str, body: Mapping[str, Any], *, validate_only: bool = False) -> Answer:
        """PUT."""

    def delete_object(self, object_id: str, *, update_token: str | None) -> None:
        """DELETE."""


class StepFailed(SettingsError):
    """Writes of one request were refused: ``refused`` holds each with its refusal."""

    def __init__(self, refused: Sequence[tuple[Step, SettingsError]]) -> None:
        cause = refused[0][1]
        super().__init__(cause.message, hint=cause.hint, details=cause.details)
        self.refused = tuple(refused)


@dataclass
class Outcome:
    """What a run has done: the items of its plans put together, and what is worth saying about it."""

    items: tuple[Item, ...]
    plan: Plan
    changed: bool
    notes: list[str] = field(default_factory=list)


def validate(writer: Writer, plan: Plan, schema_id: str, scope: str, batch: int = 1) -> list[str]:
    """Let the server check every planned create and update without applying it.

    :returns: warnings, when the token may not write.
    :raises StepFailed: the server refuses a write; the run would fail the same way.
    """
    first: dict[str, Step] = {}
    for step in plan.steps:
        if step.action != "delete":
            first.setdefault(step.name, step)
    for together in _requests(tuple(first.values()), batch):
        answers = _send(writer, together, schema_id, scope, validate_only=True)
        for answer in answers:
            if isinstance(answer, PermissionMissing):
                needed = f" ({answer.scope})" if answer.scope else ""
                text = f"The plan was not validated by the server: the token may not write{needed}. A run would fail."
                return [text]
            if isinstance(answer, (Conflict, AnswerLost)):
                return [f"The plan was not validated by the server: {answer.message}"]
        refused = _refused(together, answers)
        if refused:
            raise StepFailed(refused)
    return []


def carry_out(
    writer: Writer, make: Callable[[frozenset[str]], Plan], schema_id: str, scope: str, batch: int = 1
) -> Outcome:
    """Read, plan and write until the plan is done.

    :param make: reads afresh and plans; given the names whose secrets this run has already sent.
    :param batch: how many objects one request creates at most.
    :raises StepFailed: a write was refused. Its details list what is done, what failed and what was not tried.
    """
    done: dict[str, Item] = {}
    lost: dict[str, _Write] = {}
    finished: list[Step] = []
    notes: list[str] = []
    looked: set[str] = set()
    while True:
        try:
            plan = make(frozenset(item.name for item in done.values() if item.where))
        except SettingsError as error:
            raise (_told(error, finished, (), ()) if notes or finished else error) from None
        items = {item.key: item for item in plan.items}
        _find_lost(lost, plan, items, done, finished)
        position = 0
        for together in _requests(plan.steps, batch):
            step = together[0]
            if _needs_look(plan.steps, position) and step.key not in looked:
                looked.add(step.key)
                break
            position += len(together)
            writes = [_begun(one, items, done, lost) for one in together]
            known = _ids(items, done) if step.action == "create" else set()
            answers = [_unless_known(answer, known) for answer in _send(writer, together, schema_id, scope)]
            for write, answer in zip(writes, answers, strict=True):
                if not isinstance(answer, SettingsError):
                    lost.pop(write.step.key, None)
                    _note_done(done, finished, write, answer.object_id if answer is not None else None)
                elif isinstance(answer, AnswerLost):
                    lost[write.step.key] = write
            refused = _refused(together, answers)
            if not refused:
                continue
            if len(notes) + 1 >= ATTEMPTS or not all(_is_surprise(cause) for _step, cause in refused):
                failed = [one for one, _cause in refused]
                raise _told(StepFailed(refused), finished, failed, plan.steps[position:]) from None
            told, why = refused[0]
            notes.append(f"{_VERBS[told.action]} {told.name}: {why.message} Read again and compared afresh.")
            break
        else:
            merged = tuple(_labelled(done.pop(key, item), item, finished) for key, item in items.items())
            return Outcome((*merged, *done.values()), plan, bool(finished), notes)


def _labelled(told: Item, last: Item, finished: list[Step]) -> Item:
    """The item with a label only if one was set: a later read may have found out that labels are not used here."""
    if told.label != "set" or last.label in ("set", "kept"):
        return told
    if any(step.key == told.key and step.external_id and step.action != "update" for step in finished):
        return told
    return replace(told, label=last.label, label_reason=last.label_reason)


def _needs_look(steps: tuple[Step, ...], position: int) -> bool:
    """Whether an edit by hand could be overwritten: a label is set by a POST, which no token guards.

    So it follows right behind a read, or behind the guarded PUT of the same object.
    """
    return steps[position].action == "label" and position > 0 and steps[position - 1].key != steps[position].key


@dataclass(frozen=True)
class _Write:
    """A write, what the result will tell about it, and about the object whose slot it takes over."""

    step: Step
    item: Item
    replaced: Item | None


def _begun(step: Step, items: Mapping[str, Item], done: Mapping[str, Item], lost: Mapping[str, _Write]) -> _Write:
    """What the first plan said of an item is what the result tells: a later plan sees only what is left to do."""
    item = items[step.key]
    replaced = items.get(step.object_id or "") if step.action == "update" else None
    before = lost.get(step.key)
    if before is not None:
        item = before.item
        # A takeover whose answer was lost looks like an update of one's own, when it is repeated.
        replaced = replaced or (before.replaced if before.step.object_id == step.object_id else None)
    return _Write(step, done.get(step.key, item), replaced)


def _ids(items: Mapping[str, Item], done: Mapping[str, Item]) -> set[str | None]:
    """The objects known so far, without those that are not there yet."""
    return {item.object_id for item in (*items.values(), *done.values())} - {None}


def _note_done(done: dict[str, Item], finished: list[Step], write: _Write, object_id: str | None) -> None:
    step = write.step
    if all((one.key, one.action) != (step.key, step.action) for one in finished):
        finished.append(step)
    done[step.key] = replace(write.item, object_id=object_id or write.item.object_id)
    if write.replaced is not None:
        # No later plan knows the object as what it was.
        done.setdefault(write.replaced.key, write.replaced)


def _find_lost(
    lost: dict[str, _Write], plan: Plan, items: Mapping[str, Item], done: dict[str, Item], finished: list[Step]
) -> None:
    """Tell from a new plan which writes whose answer was lost had been applied after all."""
    for key, write in list(lost.items()):
        if any(again.key == key and again.action == write.step.action for again in plan.steps):
            continue
        found = items.get(key)
        _note_done(done, finished, write, found.object_id if found else None)
        del lost[key]


_VERBS = {"create": "Creating", "update": "Updating", "label": "Labelling", "delete": "Deleting"}


def _requests(steps: Sequence[Step], batch: int) -> Iterator[Sequence[Step]]:
    """The steps in the order of the plan, those together that go in one request: objects that are created."""
    together: list[Step] = []
    size = 0
    for step in steps:
        length = len(json.dumps(step.value)) if batch > 1 and step.action == "create" else 0
        joins = bool(together) and step.action == together[0].action == "create"
        if not joins or len(together) >= batch or size + length > MAX_BYTES:
            if together:
                yield together
            together, size = [], 0
        together.append(step)
        size += length
    if together:
        yield together


def _send(
    writer: Writer, steps: Sequence[Step], schema_id: str, scope: str, *, validate_only: bool = False
) -> Sequence[Answer | SettingsError | None]:
    """One request; an error for each step that it did not do."""
    try:
        if len(steps) > 1:
            items = [_created(step, schema_id, scope) for step in steps]
            return writer.create_objects(items, validate_only=validate_only)
        return [_send_one(writer, steps[0], schema_id, scope, validate_only=validate_only)]
    except SettingsError as error:
        return [error] * len(steps)


def _send_one(writer: Writer, step: Step, schema_id: str, scope: str, *, validate_only: bool) -> Answer | None:
    if step.action == "delete":
        writer.delete_object(step.object_id or "", update_token=step.update_token)
        return None
    if step.action == "update":
        body = {"value": step.value, "updateToken": step.update_token, "insertAfter": step.insert_after}
        return writer.update_object(step.object_id or "", body, validate_only=validate_only)
    return writer.create_object(_created(step, schema_id, scope), validate_only=validate_only)


def _created(step: Step, schema_id: str, scope: str) -> dict[str, Any]:
    item = {"schemaId": schema_id, "scope": scope, "value": step.value, "externalId": step.external_id}
    if step.action == "label":
        item["objectId"] = step.object_id
    return {**item, "insertAfter": step.insert_after}


def _unless_known(answer: Answer | SettingsError | None, known: set[str | None]) -> Answer | SettingsError | None:
    """A create must not answer with an object that was there before."""
    if answer is None or isinstance(answer, SettingsError) or answer.object_id not in known:
        return answer
    return AnswerLost("replaced another object.")


def _refused(
    steps: Sequence[Step], answers: Sequence[Answer | SettingsError | None]
) -> list[tuple[Step, SettingsError]]:
    pairs = zip(steps, answers, strict=True)
    return [(step, answer) for step, answer in pairs if isinstance(answer, SettingsError)]


def _is_surprise(error: SettingsError) -> bool:
    """Whether a new read and plan may help."""
    return isinstance(error, (Conflict, AnswerLost, NotFound)) and not isinstance(error, SchemaUnknown)


def _told(
    error: SettingsError, finished: Sequence[Step], failed: Sequence[Step], rest: Sequence[Step]
) -> SettingsError:
    """The error with exactly what was done and what was not, so that a person can go on from there."""

    def names(steps: Sequence[Step]) -> list[dict[str, str]]:
        return [{"name": step.name, "action": step.action} for step in steps]

    error.details["done"] = names(finished)
    error.details["failed_writes"] = names(failed)
    error.details["skipped_writes"] = names(rest)
    if finished or rest:
        done = ", ".join(f"{step.action} {step.name}" for step in finished) or "nothing"
        left = ", ".join(f"{step.action} {step.name}" for step in rest) or "nothing"
        error.hint = f"{error.hint} Done before: {done}. Not tried: {left}. A second run finishes it.".strip()
    return error
