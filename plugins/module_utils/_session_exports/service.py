# Copyright (c) 2026, community.dynatrace contributors
# SPDX-License-Identifier: BSD-2-Clause

"""Entry points of the modules: ensure that exports match their declaration, or read them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timezone
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from .._settings_api.backend import Target
from .._settings_api.backend import read as read_objects
from .._settings_api.converge import Converged
from .._settings_api.errors import InvalidInput, Rejected, SettingsError
from .._settings_api.matching import Existing
from .._settings_api.memo import Memo
from .._settings_api.plan_types import Domain, Item
from .._settings_api.property_path import get_path
from .._settings_api.schema_diff import differences
from .._settings_common.adoption import Adoption
from .._settings_common.report import object_report, result_of, with_authors, with_causes, with_environment
from .declaration import ZONE, Declaration, duplicates, export_names, identity, published_schema, schema_of, title
from .management_zones import ZONE_FIELDS, ZONES_SCHEMA_ID, UnknownZone, Zones, numeric_id, same_zone
from .options import path_text, to_options
from .published_schema import PUBLISHED, SCHEMA_ID
from .report import accepted, item_diff, item_report
from .vars_file import HEADER, keep_accepted, render

if TYPE_CHECKING:
    from .._settings_api.apply import StepFailed
    from .._settings_api.client import SettingsClient
    from .._settings_api.schema import Schema

# The schema allows three: with many more, this is not what it seems to be.
_MARGIN = 100
_SIDES = ("before", "after")
TARGET = Target(SCHEMA_ID, limit=PUBLISHED["maxObjects"] + _MARGIN)


@lru_cache(maxsize=1)
def export_domain() -> Domain:
    """What the engine must know about session exports, by the published schema."""
    return _domain(published_schema())


def _domain(schema: Schema) -> Domain:
    return Domain(
        schema=schema,
        identity=identity,
        title=title,
        names=export_names,
        format_path=path_text,
        equivalent=lambda path, one, other: path == ZONE and same_zone(one, other),
        object_name="export",
        found_by="their endpoint",
        memo=Memo(),
    )


def environment_domain(client: SettingsClient) -> tuple[Domain, dict[str, Any]]:
    """The same by the schema that the environment has, and how that differs from the published one."""
    document = client.get_schema(SCHEMA_ID)
    facts = {"schema_version": str(document.get("version", "")), "schema_differences": _drift(document)}
    return _domain(schema_of(document)), facts


def exports_report(
    client: SettingsClient,
    declaration: Declaration,
    done: Converged,
    domain: Domain,
    zones: Zones | None = None,
    *,
    accept_directory: str | None = None,
    explain_drift: bool = False,
) -> dict[str, Any]:
    """The result of a run, as the module documents it, with ``diff`` and ``warnings``.

    :param zones: of the environment, if they were read; the result then has their names.
    :param accept_directory: where to write the variables that would accept the current state.
    :param explain_drift: whether exports name who made each difference.
    """
    result = result_of(done, client, domain)
    exports = with_authors([item_report(item, domain) for item in done.items], client)
    diff = [item_diff(item, domain) for item in done.items if item.operation != "unchanged"]
    if zones is not None:
        for export in exports:
            export["management_zone_id"] = _zone_of(export["value"])
    for options in [*(export["value"] for export in exports), *(entry[side] for entry in diff for side in _SIDES)]:
        _name_zone(options, zones)
    result = {
        **result,
        "exports": exports,
        "slots": _slots(done.plan.used, done.plan.maximum),
        "diff": with_environment(diff, client),
        "warnings": [*declaration.warnings, *result["warnings"]],
    }
    if accept_directory:
        result.update(_accept(accept_directory, done.items, client, domain, zones))
    return with_causes(result, "exports", done, client, TARGET.scope, domain) if explain_drift else result


def _accept(
    folder: str, items: Sequence[Item], client: SettingsClient, domain: Domain, zones: Zones | None
) -> dict[str, Any]:
    """Write the variables that would accept the current state, if it differs from the declaration."""
    exports, stored, missing = accepted(items, domain)
    if not exports and not missing:
        return {"accept_file": None}
    for export in exports:
        _name_zone(export, zones)
    about = [f"The current state of the exports of {client.environment_url} that differ from their declaration."]
    about += [f"{name} does not exist. To accept this, remove its declaration." for name in missing]

    def render_as(variable: str) -> str:
        return render(exports, stored, about, variable=variable)

    return {"accept_file": keep_accepted(folder, datetime.now(timezone.utc), render_as)}


def with_zone_ids(client: SettingsClient, declaration: Declaration) -> tuple[Declaration, Zones | None]:
    """The declaration with the IDs of the zones that it names, and the zones. One request, if it names any.

    :raises InvalidInput: a name is not that of one zone, or two exports are the same with the IDs.
    """
    given = [get_path(desired.value, ZONE) for desired in declaration.exports]
    if not any(zone and numeric_id(zone) is None for zone in given):
        return declaration, None
    zones, problems, exports = read_zones(client), [], []
    for desired, zone in zip(declaration.exports, given, strict=True):
        if zone and numeric_id(zone) is None:
            try:
                behavior = {**desired.value["exportBehavior"], ZONE[1]: zones.resolve(zone)}
                desired = replace(desired, value={**desired.value, ZONE[0]: behavior})
            except UnknownZone as error:
                problems.append(error.problem.at(path_text(desired.where, ZONE)))
        exports.append(desired)
    if problems := problems or duplicates(exports):
        raise InvalidInput(problems)
    return replace(declaration, exports=tuple(exports)), zones


def read_zones(client: SettingsClient) -> Zones:
    """The management zones of an environment."""
    return Zones(client.list_objects(ZONES_SCHEMA_ID, scope=TARGET.scope, fields=ZONE_FIELDS))


def zones_for(client: SettingsClient, existing: Sequence[Existing], verb: str) -> tuple[Zones | None, list[str]]:
    """The management zones of an environment if one of its exports has a zone, or a note that they cannot be read.

    :param verb: what happens to the zones of exports.
    """
    if not any(get_path(one.value, ZONE) for one in existing):
        return None, []
    try:
        return read_zones(client), []
    except SettingsError as error:
        return None, [f"Management zones are {verb} as IDs, because they could not be read: {error.message}"]


def _zone_of(options: Any) -> Any:
    return (options.get("export_behavior") or {}).get("management_zone") if isinstance(options, dict) else None


def _name_zone(options: Any, zones: Zones | None) -> None:
    """Replace the ID of a zone by its name, which can be declared as well, where the zones are known."""
    name = zones.name_of(_zone_of(options)) if zones is not None else None
    if name is not None:
        options["export_behavior"] = {**options["export_behavior"], "management_zone": name}


def read(client: SettingsClient, domain: Domain, *, zone_names: bool = False) -> dict[str, Any]:
    """The exports of an environment: ``exports`` in the shape that the write module takes, ``details`` about them.

    :param zone_names: whether management zones are returned by their names. One request, if an export has one.
    """
    existing = read_objects(client, TARGET)
    zones, notes = zones_for(client, existing, "returned") if zone_names else (None, [])
    exports, details = as_declared(existing, domain, zones)
    slots = _slots(len(existing), domain.schema.max_objects)
    notes += client.notes
    return {"changed": False, "exports": exports, "details": details, "slots": slots, "notes": notes}


def as_declared(
    existing: Sequence[Existing], domain: Domain, zones: Zones | None = None
) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    """The existing exports in the format of the write module, without secrets, and further facts about each.

    :param zones: of the environment, for the names of the zones of exports.
    """
    exports, objects = [], []
    named = zip(existing, export_names(existing), strict=True)
    for one, name in sorted(named, key=lambda pair: pair[1]):
        value, details = object_report(one, name, domain.schema, path_text, own=one.own_external_id is not None)
        exports.append({"name": name, **to_options(value)})
        _name_zone(exports[-1], zones)
        objects.append(details)
    return exports, objects


def as_variables(existing: Sequence[Existing], domain: Domain, environment: str, zones: Zones | None = None) -> str:
    """The existing exports as a file of inventory variables.

    :param environment: its URL, for the comment at the beginning.
    :param zones: of the environment, for the names of the zones of exports.
    """
    exports, stored, about = variables_of(existing, domain, environment, zones)
    return render(exports, stored, about)


def variables_of(
    existing: Sequence[Existing], domain: Domain, environment: str, zones: Zones | None = None
) -> tuple[list[dict[str, Any]], dict[str, Sequence[str]], list[str]]:
    """The existing exports as inventory variables.

    :returns: the exports, for each name the options for which a secret is stored, and comments.
    """
    exports, objects = as_declared(existing, domain, zones)
    about = [f"{HEADER}{environment}, as they were imported."]
    for one in objects:
        if one["unknown_properties"]:
            unknown = ", ".join(one["unknown_properties"])
            about.append(f"{one['name']}: {unknown} cannot be declared. The existing values are kept.")
    twice = Counter(map(identity, (have.value for have in existing)))
    if any(found is not None and number > 1 for found, number in twice.items()):
        about.append("Some have the same endpoint, index, and zone. Remove all but one before you use this file.")
    return exports, {one["name"]: one["stored_secrets"] for one in objects}, about


def as_adopted(
    existing: Sequence[Existing], domain: Domain, adoption: Adoption, zones: Zones | None = None
) -> list[dict[str, Any]]:
    """Declarations of exports that another tool manages.

    :param zones: of the environment, for the names of the zones of exports.
    """
    exports = []
    for export, about in zip(*as_declared(existing, domain, zones), strict=True):
        name = adoption.names[about["object_id"]]
        export["name"] = name
        for path in about["stored_secrets"]:
            *parents, last = path.split(".")
            node = export
            for parent in parents:
                node = node.setdefault(parent, {})
            node[last] = adoption.secret(SCHEMA_ID, name, path)
        exports.append(export)
    return exports


def _drift(document: Mapping[str, Any]) -> list[str]:
    """How a schema document differs from the published one, with option names."""
    found = differences(PUBLISHED, document)
    return [f"{path_text('', one.path)} {one.text}".strip() if one.path else one.text for one in found]


def with_schema_differences(error: StepFailed, client: SettingsClient, domain: Domain) -> StepFailed:
    """A refusal that another version of the schema explains, with how it differs."""
    words = ("unknown property", "must not be null")
    causes = [cause for _step, cause in error.refused if isinstance(cause, Rejected)]
    texts = " ".join(one.message.lower() for cause in causes for one in cause.violations)
    if domain.schema is not published_schema() or not any(word in texts for word in words):
        return error
    try:
        document = client.get_schema(SCHEMA_ID)
    except SettingsError:
        return error
    found = _drift(document)
    if found:
        error.details["schema_differences"] = found
        version = document.get("version")
        text = f"The environment has version {version} of the schema, which differs from {PUBLISHED['version']}"
        error.advise(f"{text}: {'; '.join(found)}.", *error.hints)
    return error


def _slots(used: int, maximum: int | None) -> dict[str, int]:
    limit = used if maximum is None else maximum
    return {"used": used, "free": max(0, limit - used), "maximum": limit}
