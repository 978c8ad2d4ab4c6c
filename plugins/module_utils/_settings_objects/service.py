# Copyright (c) 2026, community.dynatrace contributors
# SPDX-License-Identifier: BSD-2-Clause

"""What the doors offer for any schema: make objects be what is declared, read them, read the schema."""

from __future__ import annotations

import difflib
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from .._settings_api import converge as engine
from .._settings_api.apply import StepFailed
from .._settings_api.errors import InvalidInput, Problem, SchemaUnknown, SettingsError
from .._settings_api.external_id_policy import Policy
from .._settings_api.matching import FIELDS, Existing
from .._settings_api.plan import Item
from .._settings_api.property_path import delete_path
from .._settings_api.schema import Schema
from .declaration import Rules, declare, parse_path, path_text

if TYPE_CHECKING:
    from .._settings_api.client import SettingsClient

# What may be done with an object is not among the default fields (settings-api 3.2).
_FIELDS = (*FIELDS, "modificationInfo")
# A failed request is told object by object, so there is a bound to what one can lose or repeat.
BATCH = 100


def converge(client: SettingsClient, params: Mapping[str, Any], policy: Policy, *, check: bool) -> dict[str, Any]:
    """Make the objects of a schema and scope be what is declared; with ``check`` only say what that takes.

    :raises SettingsError: see there; a refusal by the server names the option it is about.
    """
    schema_id, scope, absent = params["schema_id"], params["scope"], params["state"] == "absent"
    schema = Schema.from_document(_document(client, schema_id))
    rules = Rules.of(schema, params["match_on"])
    wanted, problems = declare(params["objects"], rules, absent=absent)
    problems += [*_scope_problems(schema, scope), *_match_problems(schema, params["match_on"])]
    if problems:
        raise InvalidInput(problems)
    domain = rules.domain()
    try:
        done = engine.converge(
            client,
            engine.Target(schema_id, scope, _FIELDS, BATCH),
            lambda _existing: wanted,
            domain,
            policy,
            check=check,
            server_validation=params["server_validation"],
            approved=params["approved_plan"],
        )
    except StepFailed as error:
        raise engine.explained(error, domain) from None
    items, plan = done.outcome.items, done.outcome.plan
    return {
        "changed": done.outcome.changed,
        "objects": [_report(item) for item in items],
        "unmanaged": [rules.describe(have) for have in plan.unmanaged],
        "schema_version": schema.version,
        "unchecked_constraints": list(schema.unchecked_constraints),
        "plan_digest": done.digest,
        "notes": [*done.outcome.notes, *client.notes],
        "diff": [_diff(item) for item in items if item.operation != "unchanged"],
        "warnings": list(done.warnings),
    }


def read(client: SettingsClient, params: Mapping[str, Any]) -> dict[str, Any]:
    """The objects of a schema: ``objects`` in the shape that the write module takes, ``details`` about them."""
    schema = Schema.from_document(_document(client, params["schema_id"]))
    rules = Rules.of(schema, None)
    more = [name for name in params["fields"] or () if name not in _FIELDS]
    items = client.list_objects(
        params["schema_id"], scope=params["scope"], fields=(*_FIELDS, *more), condition=params["filter"]
    )
    names = set(params["names"] or ())
    objects, details = [], []
    for item in items:
        have = Existing.from_item(item)
        own = rules.own_name(have)
        name = own or rules.name(have.value, have.object_id)
        if names and name not in names:
            continue
        value = schema.live(have.value)
        unknown = [path_text("", path) for path in schema.unknown_properties(have.value)]
        secrets = schema.secret_paths(value)
        for path in secrets:
            delete_path(value, path)
        objects.append({**({"name": own} if own else {}), "value": value})
        details.append(
            {
                "name": name,
                "object_id": have.object_id,
                "scope": item.get("scope"),
                "label": "own" if own else "none" if have.external_id is None else "foreign",
                "stored_secrets": [path_text("", path) for path in secrets],
                "unknown_properties": unknown,
                "modifiable": have.modifiable,
                "deletable": have.deletable,
                "last_modified": have.modified,
                "last_author": have.author,
                **{field: item.get(field) for field in more},
            }
        )
    return {
        "changed": False,
        "objects": objects,
        "details": details,
        "schema_version": schema.version,
        "notes": list(client.notes),
    }


def read_schema(client: SettingsClient, schema_id: str | None, version: str | None) -> dict[str, Any]:
    """One schema as the environment has it and as JSON Schema, or the list of all."""
    if schema_id is None:
        found = sorted(client.list_schemas(), key=lambda one: str(one.get("schemaId")))
        return {"changed": False, "schemas": found, "notes": list(client.notes)}
    document = _document(client, schema_id, version)
    schema = Schema.from_document(document)
    return {
        "changed": False,
        "schema": document,
        "json_schema": schema.json_schema(),
        "unchecked_constraints": list(schema.unchecked_constraints),
        "match_on": ["/".join(map(str, path)) for path in schema.overall.identifying],
        "notes": list(client.notes),
    }


def _document(client: SettingsClient, schema_id: str, version: str | None = None) -> dict[str, Any]:
    """A schema document; where there is none, the error says which ids are like it, for one more request."""
    try:
        return client.get_schema(schema_id, version=version)
    except SchemaUnknown as error:
        try:
            known = [str(one.get("schemaId")) for one in client.list_schemas()]
        except SettingsError:
            known = []
        near = difflib.get_close_matches(schema_id, known, n=3, cutoff=0.8)
        if near and schema_id not in near:
            error.hint = f"Check schema_id: did you mean {' or '.join(near)}?"
        raise


def _scope_problems(schema: Schema, scope: str) -> list[Problem]:
    allowed = schema.allowed_scopes
    # Other scopes are ids of entities and metrics, whose forms are for the server to judge.
    if scope != "environment" or not allowed or "environment" in allowed:
        return []
    return [Problem("scope", f"is required: {schema.schema_id} takes scopes of {', '.join(allowed)}")]


def _match_problems(schema: Schema, match_on: Sequence[str] | None) -> list[Problem]:
    return [
        Problem(f"match_on[{position}]", f"is not a property of {schema.schema_id} that could tell objects apart")
        for position, text in enumerate(match_on or ())
        if not schema.has(parse_path(text)) or schema.is_secret(parse_path(text))
    ]


def _report(item: Item) -> dict[str, Any]:
    return {
        "name": item.name,
        "operation": item.operation,
        "object_id": item.object_id,
        "changed_properties": [path_text("", path) for path in item.changed],
        "secrets": [
            {"path": path_text("", report.path), "state": report.state, "reason": report.reason}
            for report in item.secrets
        ],
        "label": item.label,
        "order_change": item.moved,
        "notes": [text for text in (item.other, item.label_reason) if text],
        "ignored_properties": [path_text("", path) for path in item.ignored],
        "unknown_properties": [path_text("", path) for path in item.unknown],
        "last_modified": item.modified,
        "last_author": item.author,
    }


def _diff(item: Item) -> dict[str, Any]:
    header = f"object {item.name} ({item.operation})"
    after: dict[str, Any] | str = "" if item.after is None else item.after
    if item.moved and isinstance(after, dict):
        after = {**after, "(place)": f"moved {item.moved}"}
    return {
        "before_header": header,
        "after_header": header,
        "before": "" if item.before is None else item.before,
        "after": after,
    }
