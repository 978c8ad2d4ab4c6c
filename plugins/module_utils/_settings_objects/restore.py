# Copyright (c) 2026, community.dynatrace contributors
# SPDX-License-Identifier: BSD-2-Clause

"""Brings the objects of a schema and scope back to what they were at a time, according to their history."""

from __future__ import annotations

import json
from collections.abc import Container, Hashable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timezone
from typing import TYPE_CHECKING, Any

from .._policies import options as policies
from .._policies.evaluation import PolicyRefusal
from .._settings_api import history
from .._settings_api.backend import is_there
from .._settings_api.converge import Options, converge
from .._settings_api.errors import Hint, InvalidInput, Problem, SettingsError
from .._settings_api.external_id import name_problem
from .._settings_api.external_id_policy import Policy
from .._settings_api.history import Revision, TimeRange
from .._settings_api.matching import Declared, Existing
from .._settings_api.plan_types import Item
from .._settings_api.planning import Job
from .._settings_api.property_path import copied, delete_path
from .._settings_api.schema import Schema
from .._settings_common.options import permission_check_of
from .._settings_common.report import item_diff, result_of, with_environment
from .declaration import Rules, path_text
from .policy_states import review_of, reviewed
from .scopes import target_of
from .service import TARGET_FIELDS, read_document, read_scope
from .to_vars import EXPORTS

if TYPE_CHECKING:
    from .._settings_api.client import SettingsClient

RESTORE_OPTIONS: dict[str, dict[str, Any]] = {
    "schema_id": {"type": "str", "required": True},
    "scope": {"type": "str"},
    "as_of": {"type": "str", "required": True},
    "object_ids": {"type": "list", "elements": "str"},
    "names": {"type": "dict"},
    "delete_newer": {"type": "bool", "default": False},
    "skip_not_restorable": {"type": "bool", "default": False},
    "server_validation": {"type": "bool", "default": True},
    "approved_plan": {"type": "str"},
    "permission_check": {"type": "str", "choices": ["auto", "always", "never"], "default": "auto"},
    **policies.OPTIONS,
}
# Revisions that do not change the value of an object.
_WITHOUT_VALUE = ("moved", "unchanged")


@dataclass
class Past:
    """What the objects were at the time.

    :param values: of the objects that existed and have changed since, without secrets.
    :param created_since: the IDs of objects that were created since.
    :param not_restorable: the reason for each object that cannot be restored.
    :param deleted: the IDs, at that time, of objects in ``values`` that were deleted since.
    :param moves: how often the order of the objects was changed since, which the history does not contain.
    """

    values: dict[str, dict[str, Any]] = field(default_factory=dict)
    created_since: list[str] = field(default_factory=list)
    not_restorable: dict[str, str] = field(default_factory=dict)
    deleted: list[str] = field(default_factory=list)
    moves: int = 0


def check(params: Mapping[str, Any]) -> tuple[TimeRange | None, Sequence[Problem]]:
    """The time range from then until now, and what is wrong with the options."""
    problems = [
        Problem("empty", name)
        for name in ("schema_id", "scope", "object_ids")
        if params.get(name) is not None and not params[name]
    ]
    names = params.get("names")
    for object_id, name in (names if isinstance(names, Mapping) else {}).items():
        if wrong := name_problem(name, f"names.{object_id}"):
            problems.append(wrong)
    problems += policies.read_policies(params)[1]
    now = datetime.now(timezone.utc)
    moment = history.parse_time(str(params.get("as_of") or ""), now)
    if moment is None:
        return None, [*problems, Problem("point_in_time", "as_of")]
    period = TimeRange(moment, max(moment, now), until_now=True)
    if any(one.code == "in_future" for one in period.problems(now)):
        problems.append(Problem("in_future", "as_of"))
    elif period.problems(now):
        problems.append(Problem("long_ago", "as_of", {"most": history.LONGEST.days}))
    return period, problems


def run(client: SettingsClient, period: TimeRange, params: Mapping[str, Any], check_mode: bool) -> dict[str, Any]:
    """Restore the objects; in check mode only say what that takes.

    :raises SettingsError: an object cannot be restored, and is not to be skipped.
    """
    schema = Schema.from_document(read_document(client, params["schema_id"]))
    scope, problems = read_scope(schema, params["scope"])
    if not scope:
        facts = {"schema": schema.schema_id, "scopes": schema.allowed_scopes}
        problems.append(Problem("required.scope", "scope", facts))
    if problems:
        raise InvalidInput(problems)
    # A restore must not wait for a violation that is there already. It must not bring one back.
    review = review_of(params, schema, lenient=True)
    found = history.read_history(client, schema, scope, period)
    if not found.complete:
        raise SettingsError(
            f"There are more than {history.MOST} changes of {schema.schema_id} since then. Nothing was changed.",
            hint=Hint("Choose a later {option.as_of}."),
        )
    _check_object_ids(client, params["object_ids"], found.revisions)
    past = past_of(found.revisions, period.start, schema, params["object_ids"])
    # Versions and names of properties in a reason are those of the history.
    past.not_restorable = {one: client.public_text(why, 2000) for one, why in past.not_restorable.items()}
    if past.not_restorable and not (check_mode or params["skip_not_restorable"]):
        listed = "\n".join(f"  {one}: it {why}" for one, why in past.not_restorable.items())
        count = "An object" if len(past.not_restorable) == 1 else f"{len(past.not_restorable)} objects"
        raise SettingsError(
            f"{count} cannot be restored, so nothing was changed:\n{listed}\n",
            hint=Hint("Set {option.skip_not_restorable}: true to restore the others."),
            details={"not_restorable": _not_restorable(past)},
        )
    rules = Rules.of(schema, None)
    names = {object_id: name for object_id, name in (params["names"] or {}).items() if object_id in past.deleted}
    domain = replace(
        rules.domain(),
        identity=lambda value: _identity(value, schema),
        format_path=lambda _object_id, path: path_text("", path),
    )
    job = Job(
        target_of(schema.schema_id, scope, TARGET_FIELDS),
        domain,
        Policy(adopt="any"),
        lambda existing: _desired(existing, past, rules, names, delete_newer=params["delete_newer"]),
        check_permission=permission_check_of(client, params, schema.schema_id, scope, check_mode=check_mode),
    )
    options = Options(check_mode, params["server_validation"], params["approved_plan"])
    try:
        done = converge(client, *reviewed(job, options, review))
    except PolicyRefusal as error:
        error.advise(Hint("To restore it nevertheless, name the policy in {option.policy_overrides}."))
        raise
    result = result_of(done, client, domain)
    items = [item for item in done.items if item.operation != "unchanged"]
    diff = [item_diff(item, domain, lambda value, _name: {**value}) for item in items]
    return {
        "changed": result["changed"],
        "as_of": history.iso(period.start),
        "objects": [_report(item) for item in items],
        "not_restorable": _not_restorable(past),
        "created_since": [
            {"name": name, "object_id": one.object_id}
            for one, name in zip(done.plan.unmanaged, rules.names(done.plan.unmanaged), strict=True)
            if one.object_id in past.created_since
        ],
        "plan_digest": result["plan_digest"],
        "notes": [
            *(f"{one} cannot be restored: it {why}." for one, why in past.not_restorable.items()),
            *_limits(past, names, schema, {item.where for item in items if item.operation == "created"}),
            *result["notes"],
        ],
        "warnings": [*result["warnings"], *review.warnings()],
        **review.result(),
        "diff": with_environment(diff, client),
    }


def past_of(
    revisions: Sequence[Revision], moment: datetime, schema: Schema, object_ids: Sequence[str] | None = None
) -> Past:
    """What the objects were at a time.

    :param revisions: since then, the newest first.
    :param object_ids: only these, if given.
    """
    past = Past()
    oldest: dict[str, Revision] = {}
    newest: dict[str, Revision] = {}
    for one in revisions:
        then = one.time is not None and one.time <= moment
        if then or one.object_id is None or not (object_ids is None or one.object_id in object_ids):
            continue
        past.moves += one.operation == "moved"
        if one.operation not in _WITHOUT_VALUE:
            newest.setdefault(one.object_id, one)
            oldest[one.object_id] = one
    for object_id, first in oldest.items():
        gone = newest[object_id].operation == "deleted"
        if first.before is None:
            past.created_since += [] if gone else [object_id]
            continue
        why = _obstacle(first, schema, gone=gone)
        if why:
            past.not_restorable[object_id] = why
        else:
            past.values[object_id] = _without_secrets(first.before, schema)
            past.deleted += [object_id] if gone else []
    return past


def _obstacle(first: Revision, schema: Schema, *, gone: bool) -> str:
    """Why the value before a change cannot be restored; empty if it can."""
    if first.schema_version and first.schema_version != schema.version:
        return f"had version {first.schema_version} of the schema, which has version {schema.version} now"
    undefined = [path_text("", path) for path in history.undefined_paths(first.before, schema)]
    if undefined:
        return f"had properties that the schema no longer defines: {', '.join(undefined)}"
    secrets = [path_text("", path) for path in schema.given_secret_paths(first.before)]
    if gone and secrets:
        return f"was deleted, and its history does not contain its secrets: {', '.join(secrets)}"
    problems = schema.problems(schema.complete(_without_secrets(first.before, schema)).value)
    if problems:
        return f"no longer matches the schema: {', '.join(path_text('', path) for path, _problem in problems)}"
    return ""


def _without_secrets(value: Any, schema: Schema) -> dict[str, Any]:
    found: dict[str, Any] = copied(value)
    for path in schema.given_secret_paths(found):
        delete_path(found, path)
    return found


def _identity(value: Mapping[str, Any], schema: Schema) -> Hashable:
    """Objects are found by their ID. One that was created again has another ID, and the same value."""
    active = _without_secrets(schema.active_value(value), schema)
    return json.dumps(schema.complete(active).value, sort_keys=True)


def _check_object_ids(client: SettingsClient, object_ids: Sequence[str] | None, revisions: Sequence[Revision]) -> None:
    """:raises InvalidInput: an ID is not that of an object that is there, or was there in the time range."""
    known = {one.object_id for one in revisions}
    problems = [
        Problem("no_object_id.in_time", f"object_ids[{number}]")
        for number, object_id in enumerate(object_ids or ())
        if object_id not in known and not is_there(client, object_id)
    ]
    if problems:
        raise InvalidInput(problems)


def _limits(past: Past, names: Mapping[str, str], schema: Schema, created: Container[str]) -> Iterator[str]:
    """What the history does not contain, as far as it matters here.

    :param created: the names under which objects are created again.
    """
    again = [one for one in past.deleted if one in created]
    for object_id in again:
        if object_id not in names:
            yield (
                f"{object_id} is created again without an external ID, which the history does not contain. If a "
                "declaration has a name for the object, set this name in names."
            )
    if again and schema.owner_based:
        yield "Objects that are created again belong to the user of the credentials, without their permissions."
    if past.moves and schema.ordered:
        yield (
            f"The order of the objects was changed since then ({past.moves} times). The history does not contain the "
            "order, so it is not restored."
        )
    if again and schema.ordered:
        yield "Objects that are created again are placed last."


def _desired(
    existing: Sequence[Existing], past: Past, rules: Rules, names: Mapping[str, str], *, delete_newer: bool
) -> list[Declared]:
    """What is declared: the objects that have changed, in their present order, then those to create again.

    :param names: of those to create again, by the ID that they had.
    """
    schema = rules.schema
    positions = {one.object_id: position for position, one in enumerate(existing)}
    completed = {object_id: schema.complete(value).value for object_id, value in past.values.items()}
    again = {_identity(value, schema) for object_id, value in completed.items() if object_id not in positions}
    wanted: list[Declared] = []
    for object_id in sorted(completed, key=lambda one: positions.get(one, len(positions))):
        there = object_id in positions
        own = rules.own_name(existing[positions[object_id]]) if there else names.get(object_id, "")
        name = own or rules.name(past.values[object_id])
        taken = {one.name for one in wanted}
        shown = f"{name} ({object_id})" if name in taken else name or object_id
        value = completed[object_id]
        tag = "" if there else _tag(names.get(object_id, ""), rules)
        wanted.append(Declared(shown, value, object_id, tag=tag, object_id=object_id if there else None))
    if delete_newer:
        for object_id in past.created_since:
            if object_id in positions and _identity(existing[positions[object_id]].value, schema) not in again:
                wanted.append(Declared(object_id, {}, object_id, absent=True, tag="", object_id=object_id))
    return wanted


def _tag(name: str, rules: Rules) -> str:
    """The name in an external ID, in the form of the module that declares objects of the schema."""
    return name if rules.schema.schema_id == EXPORTS else rules.tag(name)


def _report(item: Item) -> dict[str, Any]:
    return {
        "name": item.name,
        "operation": item.operation,
        "object_id": item.object_id,
        "changed_properties": [path_text("", path) for path in item.changed],
        "last_author": item.author,
    }


def _not_restorable(past: Past) -> list[dict[str, str]]:
    return [{"object_id": one, "reason": why} for one, why in past.not_restorable.items()]
