# Copyright (c) 2026, community.dynatrace contributors
# SPDX-License-Identifier: BSD-2-Clause

"""Make the objects of one schema and scope be what is declared: read, plan, and, unless it is only a check, write."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from .apply import Outcome, StepFailed, carry_out, validate
from .errors import Rejected, SettingsError
from .external_id_policy import Policy
from .external_id_support import plan_with_labels, verify
from .matching import FIELDS, Declared, Existing
from .plan import Domain, Plan, Step, make_plan
from .plan_digest import approve, plan_digest

if TYPE_CHECKING:
    from .client import SettingsClient


@dataclass(frozen=True)
class Target:
    """Which objects, and how they are read and written.

    :param batch: how many objects one request creates at most.
    """

    schema_id: str
    scope: str = "environment"
    fields: tuple[str, ...] = FIELDS
    batch: int = 1


@dataclass(frozen=True)
class Converged:
    """What was done, or would be; ``digest`` is that of the plan made from the first read."""

    outcome: Outcome
    digest: str
    warnings: tuple[str, ...]


def read(client: SettingsClient, target: Target) -> list[Existing]:
    """What is there, in the order of the environment."""
    items = client.list_objects(target.schema_id, scope=target.scope, fields=target.fields)
    return [Existing.from_item(item) for item in items]


def converge(
    client: SettingsClient,
    target: Target,
    declared: Callable[[Sequence[Existing]], Sequence[Declared]],
    domain: Domain,
    policy: Policy,
    *,
    check: bool = False,
    server_validation: bool = True,
    approved: str | None = None,
    before: Callable[[Sequence[Existing]], None] | None = None,
) -> Converged:
    """Make the objects be as declared; with ``check`` only say what that takes.

    :param declared: given what is there, what is wanted.
    :param approved: the digest of the only plan that may be carried out.
    :param before: given what is there, before the first write, if there is any.
    :raises StepFailed: a write was refused; ``explained`` puts it in the words of the declaration.
    """

    def find(labels: Sequence[str]) -> list[str]:
        found = client.list_objects(target.schema_id, scope=target.scope, fields=("objectId",), external_ids=labels)
        return [str(item.get("objectId")) for item in found]

    first: list[tuple[list[Existing], Plan]] = []

    def make(sent: frozenset[str] = frozenset()) -> Plan:
        existing = read(client, target)
        wanted = declared(existing)
        plan = plan_with_labels(
            existing, lambda now: make_plan(existing, wanted, domain, now), policy.having_sent(sent), find, domain
        )
        if not first:
            approve(plan, approved)
            if before and plan.changed and not check:
                before(existing)
        first.append((existing, plan))
        return plan

    warnings: list[str] = []
    if check:
        plan = make()
        if server_validation:
            warnings = validate(client, plan, target.schema_id, target.scope, target.batch)
        outcome = Outcome(plan.items, plan, plan.changed)
    else:
        outcome = carry_out(client, make, target.schema_id, target.scope, target.batch)
        verify(*first[0], find, domain)
    return Converged(outcome, plan_digest(first[0][1]), (*warnings, *outcome.plan.doubles))


def explained(error: StepFailed, domain: Domain) -> SettingsError:
    """A refusal in the words of the declaration."""
    told = [_refusal(step, cause, domain) for step, cause in error.refused]
    hint = error.hint
    doubtful = [step for step, cause in error.refused if _about_secret(step, cause, domain)]
    masked = next((step for step in doubtful if step.keeps_secrets), None)
    if masked is not None:
        paths = domain.schema.secret_paths(masked.value or {})
        wanted = ", ".join(domain.spell(masked.where, path) for path in paths)
        head = f"The server does not keep a stored secret beside this change. Give {wanted} in plain and run once with"
        hint = f"{head} update_secrets: always. {hint}".strip()
    if len(told) == 1:
        return SettingsError(told[0], hint=hint, details=error.details)
    listed = "\n".join(f"  {one}" for one in told)
    return SettingsError(f"{len(told)} writes were refused:\n{listed}\n", hint=hint, details=error.details)


_DONE = {"create": "created", "update": "updated", "label": "labelled", "delete": "deleted"}


def _refusal(step: Step, cause: SettingsError, domain: Domain) -> str:
    what = f"{domain.thing.capitalize()} {step.name!r}"
    if not isinstance(cause, Rejected):
        return f"{what} could not be {_DONE[step.action]}: {cause.message}"
    told = "; ".join(_violations(step, cause, domain)) or cause.message
    return f"{what}: the API refused to {step.action} it: {told}"


def _violations(step: Step, cause: Rejected, domain: Domain) -> list[str]:
    return [
        f"{domain.spell(step.where, tuple(map(_part, filter(None, one.path.split('/')))))}: {one.message}"
        for one in cause.violations
    ]


def _about_secret(step: Step, cause: SettingsError, domain: Domain) -> bool:
    if not isinstance(cause, Rejected):
        return False
    words = ("secret", "password", "re-enter", "resubmi", "masked", "credential")
    texts = " ".join([cause.message, *_violations(step, cause, domain)]).lower()
    return any(word in texts for word in words)


def _part(text: str) -> str | int:
    return int(text) if text.isdigit() else text
