# Copyright (c) 2026, community.dynatrace contributors
# SPDX-License-Identifier: BSD-2-Clause

"""Entry points of the modules for any schema: write objects, read them, read the schema."""

from __future__ import annotations

import difflib
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from .._problems import with_comments
from .._settings_api import converge as engine
from .._settings_api.apply import StepFailed
from .._settings_api.converge import Options
from .._settings_api.errors import Hint, InvalidInput, Problem, SchemaUnknown, SettingsError, TooMuch
from .._settings_api.external_id_policy import Policy
from .._settings_api.matching import FIELDS, Existing
from .._settings_api.plan_types import Item
from .._settings_api.planning import Job
from .._settings_api.property_list import list_properties
from .._settings_api.references import references_in
from .._settings_api.schema import Schema
from .._settings_common.options import permission_check_of
from .._settings_common.report import (
    item_diff,
    item_report,
    object_report,
    result_of,
    with_authors,
    with_causes,
    with_environment,
)
from .access_options import OWNER_FIELD, credential_problems, declares_access, read_all_permissions
from .declaration import MORE_OBJECTS, OPTION, DeclaredObject, Rules, declare, parse_path, path_text
from .declared_ids import KnownIds
from .example import render_example
from .named_references import read_known_ids, references_report, with_references
from .policy_states import review_of, reviewed
from .scopes import ENVIRONMENT, Overrides, is_of_type, scope_problem, scope_type_problems, target_of

if TYPE_CHECKING:
    from .._settings_api.client import SettingsClient

# What may be done with an object is not among the default fields (settings-api 3.2).
TARGET_FIELDS = (*FIELDS, "modificationInfo")


def converge(client: SettingsClient, params: Mapping[str, Any], policy: Policy, check_mode: bool) -> dict[str, Any]:
    """Make the objects of a schema and scope be what is declared; with ``check`` only say what that takes.

    :raises SettingsError: see there; a refusal by the server names the option it is about.
    """
    schema_id, absent = params["schema_id"], params["state"] == "absent"
    schema = Schema.from_document(read_document(client, schema_id))
    scope, problems = read_scope(schema, params["scope"])
    rules = Rules.of(schema, params["match_on"], all_scopes=not scope)
    objects = [DeclaredObject(one, f"{OPTION}[{index}]", absent) for index, one in enumerate(params["objects"])]
    wanted, more = declare(objects, rules)
    problems += [
        Problem("reference.not_here", path_text(one.where, path), {"reference": str(reference)})
        for one in objects
        for path, reference in references_in(one.options.get("value"))
    ]
    problems += [*more, *_match_problems(schema, params["match_on"]), *credential_problems(client, objects, params)]
    if params["prune"] and not scope:
        problems.append(Problem("required.prune", "scope"))
    if problems:
        raise InvalidInput(problems)
    # What violates a policy can still be removed.
    review = review_of(params, schema, lenient=absent)
    domain = rules.domain()
    fields = (*TARGET_FIELDS, OWNER_FIELD) if declares_access(objects) else TARGET_FIELDS
    job = Job(
        target_of(schema_id, scope, fields, params["max_objects"]),
        domain,
        policy,
        lambda _existing: wanted,
        admin_access=params["admin_access"],
        check_permission=permission_check_of(client, params, schema_id, scope, check_mode=check_mode),
    )
    try:
        options = Options(check_mode, params["server_validation"], params["approved_plan"])
        done = engine.converge(client, *reviewed(job, options, review))
    except StepFailed as error:
        if not scope:
            allowed = ", ".join(schema.allowed_scopes)
            error.advise(f"No scope is set. The scope types of this schema are: {allowed}.", *error.hints)
        raise
    except TooMuch as error:
        raise _with_limit(error) from None
    result = {
        **result_of(done, client, domain),
        **review.result(),
        "objects": with_authors([_report(item) for item in done.items], client),
        "schema_version": schema.version,
        "unchecked_constraints": list(schema.unchecked_constraints),
        "diff": with_environment(
            [
                item_diff(item, domain, lambda value, _name: {**value})
                for item in done.items
                if item.operation != "unchanged"
            ],
            client,
        ),
    }
    result["warnings"] += review.warnings()
    if params["explain_drift"] and check_mode:
        return with_causes(result, "objects", done, client, scope, domain)
    return result


def read(client: SettingsClient, params: Mapping[str, Any]) -> dict[str, Any]:
    """The objects of a schema: ``objects`` in the shape that the write module takes, ``details`` about them."""
    schema = Schema.from_document(read_document(client, params["schema_id"]))
    scope, problems = _scope_to_read(schema, params)
    problems += credential_problems(client, (), params)
    if problems:
        raise InvalidInput(problems)
    rules = Rules.of(schema, None, all_scopes=not scope)
    scope_types = params.get("scope_types") or ()
    more = [name for name in params["fields"] or () if name not in TARGET_FIELDS]
    with_access = params.get("include_permissions") and schema.owner_based
    fields = (*TARGET_FIELDS, *more)
    if with_access and OWNER_FIELD not in more:
        fields = (*fields, OWNER_FIELD)
    try:
        items = client.list_objects(
            params["schema_id"],
            scope=scope,
            fields=fields,
            condition=params["filter"],
            limit=params["max_objects"],
        )
    except TooMuch as error:
        raise _with_limit(error) from None
    names = set(params["names"] or ())
    existing = [(str(item.get("scope") or ""), Existing.from_item(item)) for item in items]
    # With a condition, the object of the environment may be missing from the list.
    overrides = None if scope or params["filter"] else Overrides(rules, existing)
    by_name = params.get("references") == "name"
    known, not_named = KnownIds(), list[str]()
    if by_name:
        listed = [one for _scope, one in existing]
        whole = not (scope or params["filter"])
        known, not_named = read_known_ids(client, schema.schema_id, listed, whole=whole, limit=params["max_objects"])
    objects, details, owners = [], [], []
    for item, (object_scope, current_object) in zip(items, existing, strict=True):
        if scope_types and not any(is_of_type(object_scope, one) for one in scope_types):
            continue
        own = rules.own_name(current_object)
        name = own or rules.name(current_object.value, current_object.object_id)
        if names and name not in names:
            continue
        value, about = object_report(current_object, name, schema, path_text, own=bool(own))
        if by_name:
            value = with_references(value, known, current_object.object_id)
            about["references"] = list(references_report(value))
        objects.append({**({"name": own} if own else {}), "value": value})
        rights = {
            "scope": item.get("scope"),
            "overrides": overrides and overrides.of(object_scope, current_object),
            "modifiable": current_object.modifiable,
            "deletable": current_object.deletable,
        }
        details.append({**about, **rights, **{field: item.get(field) for field in more}})
        owners.append(current_object.owner)
    if params.get("include_permissions"):
        ids = [one["object_id"] for one in details]
        permissions = read_all_permissions(client, ids) if with_access else [None] * len(ids)
        details = [
            {**one, "owner_id": owner, "permissions": found}
            for one, owner, found in zip(details, owners, permissions, strict=True)
        ]
    return {
        "changed": False,
        "objects": objects,
        "details": details,
        "schema_version": schema.version,
        "notes": [*not_named, *client.notes],
    }


def _with_limit(error: TooMuch) -> TooMuch:
    """The error with the option that allows more, if one does."""
    if "limit" in error.details:
        error.advise(MORE_OBJECTS)
    return error


def read_schema(
    client: SettingsClient, schema_id: str | None, version: str | None, include: Sequence[str] = ()
) -> dict[str, Any]:
    """The properties of one schema and an example, or the list of all schemas.

    :param include: ``schema`` for the document of the environment, ``json_schema`` for it as JSON Schema.
    """
    if schema_id is None:
        found = sorted(client.list_schemas(), key=lambda one: str(one.get("schemaId")))
        return {"changed": False, "schemas": found, "notes": list(client.notes)}
    document = read_document(client, schema_id, version)
    schema = Schema.from_document(document)
    forms: dict[str, Any] = {"schema": document}
    if "json_schema" in include:
        forms["json_schema"] = with_comments(schema.json_schema())
    return {
        "changed": False,
        **{name: form for name, form in forms.items() if name in include},
        "schema_version": schema.version,
        "allowed_scopes": list(schema.allowed_scopes),
        "multi_object": schema.multi_object,
        "max_objects": schema.max_objects,
        "ordered": schema.ordered,
        "properties": list_properties(document),
        "example": render_example(document, schema),
        "unchecked_constraints": list(schema.unchecked_constraints),
        "match_on": ["/".join(map(str, path)) for path in schema.constraints.identifying],
        "notes": list(client.notes),
    }


def read_document(client: SettingsClient, schema_id: str, version: str | None = None) -> dict[str, Any]:
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
            error.advise(Hint("Check {option.schema_id}: did you mean {near}?", {"near": " or ".join(near)}))
        raise


def read_scope(schema: Schema, given: str | None) -> tuple[str, list[Problem]]:
    """The scope to read and write in, and what is wrong with it.

    :returns: empty where none is given and the schema has none that is the same for all objects: some schemas make it
        from the value.
    """
    allowed = schema.allowed_scopes
    if given is None:
        return ENVIRONMENT if not allowed or ENVIRONMENT in allowed else "", []
    return given, scope_problem(schema, given)


def _scope_to_read(schema: Schema, params: Mapping[str, Any]) -> tuple[str, list[Problem]]:
    """The scope to list, empty for all scopes, and what is wrong with the options."""
    if params["scope"] is not None:
        return read_scope(schema, params["scope"])
    scope_types = params.get("scope_types") or list(schema.allowed_scopes)
    only_environment = all(one == ENVIRONMENT for one in scope_types)
    return ENVIRONMENT if only_environment else "", scope_type_problems(schema, params.get("scope_types") or ())


def _match_problems(schema: Schema, match_on: Sequence[str] | None) -> list[Problem]:
    return [
        Problem("no_identity", f"match_on[{position}]", {"schema": schema.schema_id})
        for position, text in enumerate(match_on or ())
        if not schema.has(parse_path(text)) or schema.is_secret(parse_path(text))
    ]


def _report(item: Item) -> dict[str, Any]:
    return {**item_report(item, path_text, ignored="ignored_properties"), "order_change": item.moved}
