# Copyright (c) 2026, community.dynatrace contributors
# SPDX-License-Identifier: BSD-2-Clause

"""Evaluates policies on a plan: on the objects as they are, and as they will be. Nothing is written before that."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from .._problems import text_of
from .._settings_api.errors import InvalidInput, Problem, SettingsError
from .._settings_api.matching import Existing
from .._settings_api.plan_types import Domain, Item, Plan
from .._settings_api.property_path import Path, copied, set_path
from .._settings_api.schema import Schema
from .options import Policies, Policy

SECRET = "(secret)"
"""Replaces each secret, so that a policy can require that one exists."""

Value = Mapping[str, Any]
_Found = Sequence[tuple[Path, Problem]]


@dataclass(frozen=True)
class Subject:
    """An object of an environment.

    :param current: its value, ``None`` if it is not there. Secrets are replaced.
    :param desired: its value after the run, ``None`` if it is deleted.
    :param declared: whether it is declared. Otherwise, the run leaves it unchanged, or deletes it.
    """

    name: str
    scope: str
    current: Value | None
    desired: Value | None
    declared: bool


@dataclass(frozen=True)
class SchemaState:
    """The objects of one schema, before and after the run.

    :param format_path: formats the path of a property.
    """

    schema: Schema
    subjects: Sequence[Subject]
    format_path: Callable[[Path], str]
    object_name: str = "object"


@dataclass(frozen=True)
class Violation:
    """A policy that is violated.

    :param name: of the object; empty if the policy is about the list.
    :param desired: whether the declaration violates it; otherwise, what is in the environment does.
    :param refuses: whether nothing may be written because of it.
    :param repaired: whether the run ends the violation.
    """

    policy: Policy
    schema_id: str
    object_name: str
    scope: str
    name: str
    desired: bool
    refuses: bool
    repaired: bool
    found: Sequence[tuple[str, str]]

    @property
    def text(self) -> str:
        """The violation in one line."""
        what = f"{self.object_name} {self.name!r}" if self.name else f"the list of {self.schema_id} objects"
        problems = "; ".join(f"{path}: {text}" if path else text for path, text in self.found)
        reason = f"{self.policy.message} ({problems})" if self.policy.message else problems
        overridden = " (overridden)" if self.policy.overridden else ""
        return (
            f"policy {self.policy.name}{overridden}: {what}{' (current state)' if not self.desired else ''}: {reason}"
        )

    def report(self) -> dict[str, Any]:
        """The violation in a result."""
        policy = self.policy
        return {
            "policy": policy.name,
            "severity": policy.severity,
            "overridden": policy.overridden,
            "message": policy.message,
            "schema_id": self.schema_id,
            "scope": self.scope,
            "object": self.name,
            "violated_by": "desired" if self.desired else "current",
            "repaired": self.repaired,
            "problems": [{"path": path, "message": text} for path, text in self.found],
            "source": policy.source,
        }


class PolicyRefusal(SettingsError):
    """Policies refuse a plan. Nothing was written."""

    def __init__(self, violations: Sequence[Violation]) -> None:
        texts = [one.text for one in violations if one.refuses]
        if len(texts) == 1:
            message = f"P{texts[0][1:]}. Nothing was written."
        else:
            listed = "".join(f"\n  {text}" for text in texts)
            message = f"{len(texts)} violations of policies, nothing was written:{listed}"
        super().__init__(message, details={"policy_violations": [one.report() for one in violations]})


class Review:
    """Evaluates the policies of an environment on each plan of a run.

    :param lenient: whether a violation by an object that was there before does not refuse: the run only takes away.
    """

    def __init__(self, policies: Policies, *, lenient: bool = False) -> None:
        self.policies = policies
        self.violations: tuple[Violation, ...] = ()
        self._lenient = lenient

    def __bool__(self) -> bool:
        return bool(self.policies.policies)

    def check(self, states: Iterable[SchemaState]) -> None:
        """Evaluate all policies.

        :raises PolicyRefusal: an error among them, with all violations.
        """
        self.violations = tuple(evaluate(self.policies, list(states), lenient=self._lenient))
        if any(one.refuses for one in self.violations):
            raise PolicyRefusal(self.violations)

    def result(self) -> dict[str, Any]:
        """What the result of a module has, if policies are given."""
        return {"policy_violations": [one.report() for one in self.violations]} if self.policies.given else {}

    def warnings(self) -> list[str]:
        """The violations that remain, for people."""
        return [f"P{one.text[1:]}" for one in self.violations if not one.repaired]


def evaluate(policies: Policies, states: Sequence[SchemaState], *, lenient: bool = False) -> Iterator[Violation]:
    """Yield every violation, in the order of the policies."""
    for policy in policies.policies:
        for state in states:
            if not policy.about_schema(state.schema.schema_id):
                continue
            try:
                judged = _objects if policy.each else _list
                yield from judged(policy, state, lenient)
            except RecursionError:
                raise InvalidInput([Problem("policy.recursion", f"{policy.where}.schema")]) from None


def _selected(policy: Policy, state: SchemaState) -> list[Subject]:
    schema_id = state.schema.schema_id
    return [one for one in state.subjects if policy.about(schema_id, one.scope, one.name)]


def _objects(policy: Policy, state: SchemaState, lenient: bool) -> Iterator[Violation]:
    for one in _selected(policy, state):
        before = _find(policy, one.current)
        after = before if one.desired == one.current else _find(policy, one.desired)
        if policy.desired and one.declared and after:
            refuses = policy.refuses and not (lenient and bool(before))
            yield _violation(policy, state, one, after, desired=True, refuses=refuses)
        elif policy.current and before:
            refuses = policy.refuses and bool(after) and not lenient
            yield _violation(policy, state, one, before, desired=False, refuses=refuses, repaired=not after)


def _list(policy: Policy, state: SchemaState, lenient: bool) -> Iterator[Violation]:
    selected = _selected(policy, state)
    before = _find(policy, [one.current for one in selected if one.current is not None])
    after = _find(policy, [one.desired for one in selected if one.desired is not None])
    if policy.desired and after:
        refuses = policy.refuses and not (lenient and bool(before))
        yield _violation(policy, state, None, after, desired=True, refuses=refuses)
    elif policy.current and before:
        refuses = policy.refuses and bool(after) and not lenient
        yield _violation(policy, state, None, before, desired=False, refuses=refuses, repaired=not after)


def _find(policy: Policy, value: Value | list[Value] | None) -> _Found:
    return policy.schema.find(value) if value is not None else []


def _violation(
    policy: Policy,
    state: SchemaState,
    subject: Subject | None,
    found: _Found,
    *,
    desired: bool,
    refuses: bool,
    repaired: bool = False,
) -> Violation:
    return Violation(
        policy,
        state.schema.schema_id,
        state.object_name,
        subject.scope if subject else "",
        subject.name if subject else "",
        desired,
        refuses,
        repaired,
        [(_path(state, path), text_of(problem)) for path, problem in found],
    )


def _path(state: SchemaState, path: Path) -> str:
    """The path of a property. In a list, the number of the object comes first."""
    if path and isinstance(path[0], int):
        below = state.format_path(path[1:]) if path[1:] else ""
        return f"[{path[0]}]{'.' if below else ''}{below}"
    return state.format_path(path) if path else ""


# From plans and lists of objects to their states


def planned_subjects(
    plan: Plan, domain: Domain, scope: str, scopes: Mapping[str, str] | None = None
) -> Iterator[Subject]:
    """Yield the objects of a plan.

    :param scope: of the objects; empty if the environment derives it.
    :param scopes: of existing objects by their IDs, for that case.
    """

    def scope_at(object_id: str | None) -> str:
        return scope or (scopes or {}).get(object_id or "", "")

    for item in plan.items:
        yield _planned(item, domain.schema, scope_at(item.object_id))
    for existing, name in zip(plan.unmanaged, domain.names(plan.unmanaged), strict=True):
        yield unmanaged_subject(existing, domain.schema, name, scope_at(existing.object_id))


def _planned(item: Item, schema: Schema, scope: str) -> Subject:
    current = None if item.before is None else without_secrets(item.before, schema)
    gone = item.operation == "deleted" or item.after is None
    desired = None if gone or item.after is None else without_secrets(item.after, schema)
    return Subject(item.name, scope, current, desired, declared=bool(item.where))


def unmanaged_subject(existing: Existing, schema: Schema, name: str, scope: str) -> Subject:
    """Return an object that the run does not change."""
    value = without_secrets(schema.active_value(existing.value), schema)
    return Subject(name, scope, value, value, declared=False)


def without_secrets(value: Value, schema: Schema) -> dict[str, Any]:
    """Return a value in which the same text replaces each secret."""
    result: dict[str, Any] = copied(value)
    for path in schema.given_secret_paths(result):
        set_path(result, path, SECRET)
    return result
