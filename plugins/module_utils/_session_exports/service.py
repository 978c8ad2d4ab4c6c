# Copyright (c) 2026, community.dynatrace contributors
# SPDX-License-Identifier: BSD-2-Clause

"""What the doors offer: make the exports of an environment be what is declared, or read them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from .._settings_api import converge as engine
from .._settings_api.apply import StepFailed
from .._settings_api.errors import InvalidInput, Rejected, SettingsError
from .._settings_api.external_id_policy import Policy
from .._settings_api.matching import Declared, Existing
from .._settings_api.plan import Domain
from .._settings_api.property_path import delete_path
from .._settings_api.schema_diff import differences
from .declaration import ZONE, Declaration, describe, export_names, identity, published_schema, resolve_zones, schema_of
from .management_zones import ZONE_FIELDS, ZONES_SCHEMA_ID, Zones, same_zone
from .options import path_text, to_options
from .published_schema import PUBLISHED, SCHEMA_ID
from .report import item_diff, item_report
from .vars_file import render

if TYPE_CHECKING:
    from .._settings_api.client import SettingsClient
    from .._settings_api.schema import Schema

TARGET = engine.Target(SCHEMA_ID)


def domain(schema: Schema | None = None) -> Domain:
    """What the engine must know about session exports.

    :param schema: the published one if not given.
    """
    return Domain(
        schema=schema or published_schema(),
        identity=identity,
        describe=describe,
        names=export_names,
        spell=path_text,
        equivalent=lambda path, one, other: path == ZONE and same_zone(one, other),
        thing="export",
        found_by="their endpoint",
    )


def environment_domain(client: SettingsClient) -> tuple[Domain, dict[str, Any]]:
    """The same by the schema that the environment has, and how that differs from the published one."""
    document = client.get_schema(SCHEMA_ID)
    told = {"schema_version": str(document.get("version", "")), "schema_differences": _drift(document)}
    return domain(schema_of(document)), told


def converge(
    client: SettingsClient,
    declaration: Declaration,
    rules: Domain,
    *,
    policy: Policy,
    check: bool = False,
    server_validation: bool = True,
    partly: Callable[[Sequence[Existing]], Sequence[Declared]] | None = None,
    approved: str | None = None,
    before: Callable[[Sequence[Existing]], None] | None = None,
) -> dict[str, Any]:
    """Make the exports be what is declared; with ``check`` only say what that takes.

    :param partly: makes the declaration from what is there, in the place of ``declaration``.
    :param approved: the digest of the only plan that may be carried out.
    :param before: given what is there, before the first write, if there is any.
    :returns: the result as the module documents it, with ``diff`` and ``warnings``.
    :raises SettingsError: see there; a refusal by the server names the option it is about.
    """
    if declaration.zone_names:
        zones = Zones(client.list_objects(ZONES_SCHEMA_ID, scope=TARGET.scope, fields=ZONE_FIELDS))
        declaration = resolve_zones(declaration, zones)
        if declaration.problems:
            raise InvalidInput(declaration.problems)

    try:
        done = engine.converge(
            client,
            TARGET,
            partly or (lambda _existing: declaration.exports),
            rules,
            policy,
            check=check,
            server_validation=server_validation,
            approved=approved,
            before=before,
        )
    except StepFailed as error:
        raise _with_drift(engine.explained(error, rules), error, client, rules) from None
    plan = done.outcome.plan
    return {
        "changed": done.outcome.changed,
        "exports": [item_report(item) for item in done.outcome.items],
        "unmanaged": [describe(have) for have in plan.unmanaged],
        "slots": _slots(plan.used, plan.maximum),
        "plan_digest": done.digest,
        "notes": [*done.outcome.notes, *client.notes],
        "diff": [item_diff(item) for item in done.outcome.items if item.operation != "unchanged"],
        "warnings": [*declaration.warnings, *done.warnings],
    }


def read(client: SettingsClient, rules: Domain) -> dict[str, Any]:
    """The exports of an environment: ``exports`` in the shape that the write module takes, ``objects`` about them."""
    existing = read_existing(client)
    exports, objects = told_of(existing, rules)
    slots = _slots(len(existing), rules.schema.max_objects)
    return {"changed": False, "exports": exports, "objects": objects, "slots": slots, "notes": list(client.notes)}


def read_existing(client: SettingsClient) -> list[Existing]:
    """The exports that are there, in the order of the environment. One request."""
    return engine.read(client, TARGET)


def told_of(existing: Sequence[Existing], rules: Domain) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    """What is there in the shape that the write module takes, without secrets, and what else is known of each."""
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
    return exports, objects


def as_variables(existing: Sequence[Existing], rules: Domain, environment: str) -> str:
    """What is there as a file of inventory variables.

    :param environment: its URL, for the comment at the beginning.
    """
    exports, objects = told_of(existing, rules)
    about = [f"Session exports of {environment}, as they were found there."]
    for one in objects:
        if one["unknown_properties"]:
            unknown = ", ".join(one["unknown_properties"])
            about.append(f"{one['name']}: {unknown} cannot be declared. What is there is kept.")
    twice = Counter(map(identity, (have.value for have in existing)))
    if any(found is not None and number > 1 for found, number in twice.items()):
        about.append("Some have the same endpoint, index and zone. Remove all but one of these before you run this.")
    return render(exports, {one["name"]: one["stored_secrets"] for one in objects}, about)


def _drift(document: Mapping[str, Any]) -> list[str]:
    """How a schema document differs from the published one, in the words of the options."""
    found = differences(PUBLISHED, document)
    return [f"{path_text('', one.path)} {one.text}".strip() if one.path else one.text for one in found]


def _with_drift(told: SettingsError, error: StepFailed, client: SettingsClient, rules: Domain) -> SettingsError:
    """A refusal that another version of the schema explains, with how it differs."""
    words = ("unknown property", "must not be null")
    causes = [cause for _step, cause in error.refused if isinstance(cause, Rejected)]
    texts = " ".join(one.message.lower() for cause in causes for one in cause.violations)
    if rules.schema is not published_schema() or not any(word in texts for word in words):
        return told
    try:
        document = client.get_schema(SCHEMA_ID)
    except SettingsError:
        return told
    found = _drift(document)
    if found:
        told.details["schema_differences"] = found
        version = document.get("version")
        text = f"The environment has version {version} of the schema, which differs from {PUBLISHED['version']}"
        told.hint = f"{text}: {'; '.join(found)}. {told.hint}".strip()
    return told


def _slots(used: int, maximum: int | None) -> dict[str, int]:
    limit = used if maximum is None else maximum
    return {"used": used, "free": max(0, limit - used), "maximum": limit}
