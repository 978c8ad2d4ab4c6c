# Copyright (c) 2026, community.dynatrace contributors
# SPDX-License-Identifier: BSD-2-Clause

"""Carries a plan out. The API has no transaction: a surprise ends in a new read and plan, a bounded number of times."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Protocol

from .errors import AnswerLost, Conflict, NotFound, PermissionMissing, SchemaUnknown, SettingsError
from .plan import Item, Plan, Step

ATTEMPTS = 4


class Answer(Protocol):
    """The answer to a write."""

    @property
    def object_id(self) -> str | None: ...


class Writer(Protocol):
    """The part of the client that writes."""

    def create_object(self, item: Mapping[str, Any], *, validate_only: bool = False) -> Answer: ...

    def update_object(self, object_id: str, body: Mapping[str, Any], *, validate_only: bool = False) -> Answer: ...

    def delete_object(self, object_id: str, *, update_token: str | None) -> None: ...


class StepFailed(SettingsError):
    """A write was refused; ``step`` is the one, ``cause`` the refusal."""

    def __init__(self, step: Step, cause: SettingsError) -> None:
        super().__init__(cause.message, hint=cause.hint, details=cause.details)
        self.step = step
        self.cause = cause


@dataclass
class Outcome:
    """What a run has done: the items of its plans put together, and what is worth saying about it."""

    items: tuple[Item, ...]
    plan: Plan
    changed: bool
    notes: list[str] = field(default_factory=list)


def validate(writer: Writer, plan: Plan, schema_id: str, scope: str) -> list[str]:
    """Let the server check every planned create and update without applying it.

    :returns: warnings, when the token may not write.
    :raises StepFailed: the server refuses a write; the run would fail the same way.
    """
    seen: set[str] = set()
    for step in plan.steps:
        if step.action == "delete" or step.name in seen:
            continue
        seen.add(step.name)
        try:
            _send(writer, step, schema_id, scope, validate_only=True)
        except PermissionMissing as error:
            scope_text = f" ({error.scope})" if error.scope else ""
            return [f"The plan was not validated by the server: the token may not write{scope_text}. A run would fail."]
        except (Conflict, AnswerLost) as error:
            return [f"The plan was not validated by the server: {error.message}"]
        except SettingsError as error:
            raise StepFailed(step, error) from None
    return []


def carry_out(writer: Writer, make: Callable[[frozenset[str]], Plan], schema_id: str, scope: str) -> Outcome:
    """Read, plan and write until the plan is done.

    :param make: reads afresh and plans; given the names whose secrets this run has already sent.
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
            raise (_told(error, finished, None, ()) if notes or finished else error) from None
        items = {item.key: item for item in plan.items}
        _find_lost(lost, plan, items, done, finished)
        for position, step in enumerate(plan.steps):
            if _needs_look(plan.steps, position) and step.key not in looked:
                looked.add(step.key)
                break
            write = _begun(step, items, done, lost)
            try:
                answer = _send(writer, step, schema_id, scope)
                if step.action == "create" and answer is not None and answer.object_id in _ids(items, done):
                    raise AnswerLost("replaced another object.")
            except SettingsError as error:
                surprise = isinstance(error, (Conflict, AnswerLost, NotFound)) and not isinstance(error, SchemaUnknown)
                if not surprise or len(notes) + 1 >= ATTEMPTS:
                    raise _told(StepFailed(step, error), finished, step, plan.steps[position + 1 :]) from None
                if isinstance(error, AnswerLost):
                    lost[step.key] = write
                notes.append(f"{_VERBS[step.action]} {step.name}: {error.message} Read again and compared afresh.")
                break
            lost.pop(step.key, None)
            _note_done(done, finished, write, answer.object_id if answer is not None else None)
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


def _send(writer: Writer, step: Step, schema_id: str, scope: str, *, validate_only: bool = False) -> Answer | None:
    if step.action == "delete":
        writer.delete_object(step.object_id or "", update_token=step.update_token)
        return None
    if step.action == "update":
        body = {"value": step.value, "updateToken": step.update_token}
        return writer.update_object(step.object_id or "", body, validate_only=validate_only)
    item = {"schemaId": schema_id, "scope": scope, "value": step.value, "externalId": step.external_id}
    if step.action == "label":
        item["objectId"] = step.object_id
    return writer.create_object(item, validate_only=validate_only)


def _told(error: SettingsError, finished: list[Step], failed: Step | None, rest: tuple[Step, ...]) -> SettingsError:
    """The error with exactly what was done and what was not, so that a person can go on from there."""

    def names(steps: list[Step] | tuple[Step, ...]) -> list[dict[str, str]]:
        return [{"name": step.name, "action": step.action} for step in steps]

    error.details["done"] = names(finished)
    error.details["failed_writes"] = names([failed]) if failed else []
    error.details["not_tried"] = names(rest)
    if finished or rest:
        done = ", ".join(f"{step.action} {step.name}" for step in finished) or "nothing"
        left = ", ".join(f"{step.action} {step.name}" for step in rest) or "nothing"
        error.hint = f"{error.hint} Done before: {done}. Not tried: {left}. A second run finishes it.".strip()
    return error
