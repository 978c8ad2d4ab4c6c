# Copyright (c) 2026, community.dynatrace contributors
# SPDX-License-Identifier: BSD-2-Clause

"""What the doors offer: make the exports of an environment be what is declared, or read them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from .._settings.apply import Outcome, StepFailed, carry_out, validate
from .._settings.digest import approve, plan_digest
from .._settings.errors import InvalidInput, Rejected, SettingsError
from .._settings.hidden import plan_with_labels, verify
from .._settings.labelling import Policy
from .._settings.objects import FIELDS, Declared, Existing
from .._settings.paths import delete_path
from .._settings.plan import Domain, Plan, make_plan
from .declaration import ZONE, Declaration, describe, export_names, identity, published_schema, resolve_zones
from .options import path_text, to_options
from .published import SCHEMA_ID
from .report import item_diff, item_report
from .zones import ZONE_FIELDS, ZONES_SCHEMA_ID, Zones, same_zone

if TYPE_CHECKING:
    from .._settings.client import SettingsClient

SCOPE = "environment"


def domain() -> Domain:
    """What the engine must know about session exports."""
    return Domain(
        schema=published_schema(),
        identity=identity,
        describe=describe,
        names=export_names,
        spell=path_text,
        equivalent=lambda path, one, other: path == ZONE and same_zone(one, other),
    )


def converge(
    client: SettingsClient,
    declaration: Declaration,
    rules: Domain,
    *,
    policy: Policy,
    check: bool = False,
    validate_on_server: bool = True,
    partly: Callable[[Sequence[Existing]], Sequence[Declared]] | None = None,
    approved: str | None = None,
) -> dict[str, Any]:
    """Make the exports be what is declared; with ``check`` only say what that takes.

    :param partly: makes the declaration from what is there, in the place of ``declaration``.
    :param approved: the digest of the only plan that may be carried out.
    :returns: the result as the module documents it, with ``diff`` and ``warnings``.
    :raises SettingsError: see there; a refusal by the server names the option it is about.
    """
    if declaration.zone_names:
        zones = Zones(client.list_objects(ZONES_SCHEMA_ID, scope=SCOPE, fields=ZONE_FIELDS))
        declaration = resolve_zones(declaration, zones)
        if declaration.problems:
            raise InvalidInput(declaration.problems)

    def find(labels: Sequence[str]) -> list[str]:
        items = client.list_objects(SCHEMA_ID, scope=SCOPE, fields=("objectId",), external_ids=labels)
        return [str(item.get("objectId")) for item in items]

    first: list[tuple[list[Existing], Plan]] = []

    def make(sent: frozenset[str] = frozenset()) -> Plan:
        existing = _read(client)
        declared = partly(existing) if partly is not None else declaration.exports
        plan = plan_with_labels(
            existing, lambda now: make_plan(existing, declared, rules, now), replace(policy, sent=sent), find
        )
        if not first:
            approve(plan, approved)
        first.append((existing, plan))
        return plan

    warnings: list[str] = []
    try:
        if check:
            plan = make()
            warnings = validate(client, plan, SCHEMA_ID, SCOPE) if validate_on_server else []
            outcome = Outcome(plan.items, plan, plan.changed)
        else:
            outcome = carry_out(client, make, SCHEMA_ID, SCOPE)
            verify(*first[0], find)
    except StepFailed as error:
        raise _explained(error) from None
    plan = outcome.plan
    return {
        "changed": outcome.changed,
        "exports": [item_report(item) for item in outcome.items],
        "unmanaged": [describe(have) for have in plan.unmanaged],
        "slots": _slots(plan.used, plan.maximum),
        "plan_digest": plan_digest(first[0][1]),
        "notes": [*outcome.notes, *client.notes],
        "diff": [item_diff(item) for item in outcome.items if item.operation != "unchanged"],
        "warnings": [*warnings, *plan.doubles],
    }


def read(client: SettingsClient, rules: Domain) -> dict[str, Any]:
    """The exports of an environment: ``exports`` in the shape that the write module takes, ``objects`` about them."""
    existing = _read(client)
    schema = rules.schema
    names = export_names(existing)
    exports, objects = [], []
    for have, name in sorted(zip(existing, names, strict=True), key=lambda pair: pair[1]):
        value = schema.live(have.value)
        secrets = schema.secret_paths(value)
        for path in secrets:
            delete_path(value, path)
        exports.append({"name": name, **to_options(value)})
        objects.append(
            {
                "name": name,
                "object_id": have.object_id,
                "label": "own" if have.label else "foreign" if have.foreign else "none",
                "stored_secrets": [path_text("", path) for path in secrets],
                "unknown_properties": [path_text("", path) for path in schema.unknown_properties(have.value)],
                "last_modified": have.modified,
                "last_author": have.author,
            }
        )
    slots = _slots(len(existing), schema.max_objects)
    return {"changed": False, "exports": exports, "objects": objects, "slots": slots, "notes": list(client.notes)}


def _read(client: SettingsClient) -> list[Existing]:
    return [Existing.from_item(item) for item in client.list_objects(SCHEMA_ID, scope=SCOPE, fields=FIELDS)]


def _slots(used: int, maximum: int | None) -> dict[str, int]:
    limit = used if maximum is None else maximum
    return {"used": used, "free": max(0, limit - used), "maximum": limit}


def _explained(error: StepFailed) -> SettingsError:
    """A refusal in the words of the declaration."""
    step, cause = error.step, error.cause
    what = f"Export {step.name!r}: the API refused to {step.action} it"
    if not isinstance(cause, Rejected):
        return _like(error, f"Export {step.name!r} could not be {_DONE[step.action]}: {cause.message}", error.hint)
    told = [
        f"{path_text(step.where, tuple(map(_part, filter(None, violation.path.split('/')))))}: {violation.message}"
        for violation in cause.violations
    ]
    hint = error.hint
    if step.keeps_secrets and any(_about_secret(text) for text in (*told, cause.message)):
        wanted = ", ".join(path_text(step.where, path) for path in published_schema().secret_paths(step.value or {}))
        hint = (
            f"The server does not keep a stored secret beside this change. Give {wanted} in plain and run once with "
            f"update_secrets: always. {hint}"
        ).strip()
    return _like(error, f"{what}: {'; '.join(told) or cause.message}", hint)


_DONE = {"create": "created", "update": "updated", "label": "labelled", "delete": "deleted"}


def _about_secret(text: str) -> bool:
    lowered = text.lower()
    return any(word in lowered for word in ("secret", "password", "re-enter", "resubmi", "masked", "credential"))


def _part(text: str) -> str | int:
    return int(text) if text.isdigit() else text


def _like(error: StepFailed, message: str, hint: str) -> SettingsError:
    return SettingsError(message, hint=hint, details=error.details)
