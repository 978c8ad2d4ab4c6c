# Copyright (c) 2026, community.dynatrace contributors
# SPDX-License-Identifier: BSD-2-Clause

"""The settings objects of a Terraform state as inventory variables. All values are read from the environment."""

from __future__ import annotations

import re
import shlex
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from .._problems import text_of
from .._session_exports import published_schema as exports_schema
from .._session_exports import vars_file
from .._session_exports.management_zones import ZONES_SCHEMA_ID, Zones
from .._session_exports.service import as_adopted, export_domain
from .._settings_api.errors import InvalidInput, PermissionMissing, Problem, SettingsError
from .._settings_api.external_id import name_problem
from .._settings_api.legacy_ids import schema_of
from .._settings_api.matching import FIELDS, Existing
from .._settings_api.parallel import map_reads
from .._settings_api.property_path import texts_in
from .._settings_api.references import title_of
from .._settings_common import yaml_file
from .._settings_common.adoption import Adoption
from .._settings_common.yaml_file import Plain
from .._settings_objects.declaration import name_in_external_id
from .._settings_objects.declared_ids import KnownIds
from .._settings_objects.schema_catalog import SchemaCatalog
from .._settings_objects.scopes import ENVIRONMENT
from .._settings_objects.to_vars import VARIABLE, Content, add_adopted, declarations_of
from .state import OPTION, NotConverted, Resource, State

if TYPE_CHECKING:
    from .._settings_api.client import SettingsClient

DEFAULT_SUFFIX = "terraform"
EXPORTS = exports_schema.SCHEMA_ID
# The number of a management zone, which schemas took before object IDs.
_NUMBER = re.compile(r"-?\d{15,19}\Z", re.ASCII)
_Objects = list[tuple[str, Existing]]


@dataclass
class _Found:
    """What the environment has of a state.

    :param objects: all objects of each schema with their scopes.
    :param resources: for each schema the resources by the ID of their object, each with others of the same object.
    """

    objects: dict[str, _Objects] = field(default_factory=dict)
    resources: dict[str, dict[str, list[Resource]]] = field(default_factory=dict)
    not_converted: list[NotConverted] = field(default_factory=list)

    def adopted(self, schema_id: str) -> _Objects:
        """The objects of a schema that the state manages, in the order of the environment."""
        return [pair for pair in self.objects[schema_id] if pair[1].object_id in self.resources[schema_id]]


def write_variables(
    client: SettingsClient, state: State, params: Mapping[str, Any], check_mode: bool
) -> dict[str, Any]:
    """Write the objects of a state as inventory variables, and the commands that remove them from the state."""
    catalog = SchemaCatalog(client, params.get("schema_cache_directory"))
    found = _find(client, catalog, state, params["max_objects"])
    names = {schema_id: _names(found, schema_id) for schema_id in found.resources}
    adoption = Adoption(
        {key: name for own in names.values() for key, name in own.items()}, _vault_prefix(params["variable_suffix"])
    )
    ids, zones = _known_ids(client, catalog, found, adoption, params["max_objects"])
    content, exports = _declared(catalog, found, ids, zones, adoption)
    suffix = params["variable_suffix"]
    text = _variables_text(client, content, exports, adoption, suffix)
    commands = _commands_text(client, found, names, params["program"] or state.program)
    result: dict[str, Any] = {"changed": False, "dest": params["dest"], "commands_dest": params["commands_dest"]}
    diff = []
    files = [(params["dest"], text, params["overwrite"])]
    if params["commands_dest"]:
        files.append((params["commands_dest"], commands, True))
    for path, after, overwrite in files:
        changed, before = yaml_file.save(path, after, overwrite=overwrite, check=check_mode)
        if changed:
            result["changed"] = True
            diff.append(yaml_file.diff(path, before, after))
    adopted = [
        {"address": one.address, "schema_id": schema_id, "name": names[schema_id][object_id]}
        for schema_id, by_id in found.resources.items()
        for object_id, resources in by_id.items()
        for one in resources
    ]
    return {
        **result,
        "diff": diff,
        "count": len(adoption.names),
        "converted": adopted,
        "not_converted": [
            {"address": one.address, "type": one.type, "reason": one.reason} for one in found.not_converted
        ],
        "vault_variables": [
            {"schema_id": one.schema_id, "name": one.name, "path": one.path, "variable": one.variable}
            for one in adoption.variables
        ],
        "notes": [*_doubles(found), *client.notes],
        "warnings": _warnings(found, adoption, params["commands_dest"]),
    }


def _find(client: SettingsClient, catalog: SchemaCatalog, state: State, limit: int) -> _Found:
    """Find the objects of a state in the environment.

    :raises InvalidInput: the environment has none of them.
    """
    found = _Found(not_converted=list(state.not_converted))
    if not state.resources:
        facts = {"count": len(found.not_converted), "reasons": sorted({one.reason for one in found.not_converted})[:3]}
        raise InvalidInput([Problem("terraform.no_settings", OPTION, facts)])
    wanted: dict[str, dict[str, list[Resource]]] = {}
    for one in state.resources:
        wanted.setdefault(one.schema_id, {}).setdefault(one.object_id, []).append(one)
    unknown = {schema_id: problem for schema_id in wanted if (problem := catalog.problem("", schema_id)) is not None}
    readable = [schema_id for schema_id in wanted if schema_id not in unknown]
    refused: list[SettingsError] = []
    for schema_id, problem in unknown.items():
        _leave(found, wanted[schema_id], f"{text_of(problem)}.")
    for schema_id, items in zip(readable, _read_lists(client, readable, limit), strict=True):
        if isinstance(items, SettingsError):
            refused.append(items)
            _leave(found, wanted[schema_id], f"{schema_id} cannot be read: {items.message}")
            continue
        there = {existing.object_id for _scope, existing in items}
        reason = (
            f"The environment has no object of {schema_id} with this ID, only {len(there)} with other IDs. The object "
            "was deleted, or the state belongs to another environment."
        )
        _leave(found, {key: own for key, own in wanted[schema_id].items() if key not in there}, reason)
        if own := {key: resources for key, resources in wanted[schema_id].items() if key in there}:
            found.objects[schema_id], found.resources[schema_id] = items, own
    if not found.resources:
        if refused:
            raise refused[0]
        facts = {"count": len(state.resources), "environment": client.environment_url}
        raise InvalidInput([Problem("terraform.other_environment", OPTION, facts)])
    return found


def _leave(found: _Found, resources: Mapping[str, Sequence[Resource]], reason: str) -> None:
    """Note resources that stay in the state."""
    for own in resources.values():
        found.not_converted += [NotConverted(one.address, one.type, reason) for one in own]


def _read_lists(
    client: SettingsClient, schema_ids: Sequence[str], limit: int
) -> list[list[tuple[str, Existing]] | SettingsError]:
    """Read all objects of schemas, in all scopes."""

    def read(own: SettingsClient, schema_id: str) -> _Objects | SettingsError:
        try:
            items = own.list_objects(schema_id, scope="", fields=FIELDS, limit=limit)
        except PermissionMissing as error:
            return error
        return [(str(item.get("scope") or ENVIRONMENT), Existing.from_item(item)) for item in items]

    return map_reads(client, read, schema_ids)


def _names(found: _Found, schema_id: str) -> dict[str, str]:
    """A name for each adopted object of a schema: the shortest one that no other object has."""
    own_name: Callable[[Existing], str] = (
        (lambda one: one.own_external_id.name if one.own_external_id else "")
        if schema_id == EXPORTS
        else (lambda one: name_in_external_id(one, schema_id))
    )
    owners: dict[str, set[str]] = {}
    for _scope, one in found.objects[schema_id]:
        for name in (own_name(one), title_of(one.value)):
            owners.setdefault(name, set()).add(one.object_id)
    resources = {object_id: own[0] for object_id, own in found.resources[schema_id].items()}
    count = Counter(name for one in resources.values() for name in one.names)
    names: dict[str, str] = {}
    taken: set[str] = set()
    for _scope, existing in found.adopted(schema_id):
        key = existing.object_id
        if own := own_name(existing):
            names[key] = own
            taken.add(own)
            continue
        valid = [name for name in resources[key].names if name_problem(name, "") is None] or [schema_id]
        free = [name for name in valid if count[name] == 1 and owners.get(name, {key}) == {key}]
        name, number = free[0] if free else valid[-1], 2
        while name in taken or (not free and name in owners):
            name, number = f"{valid[-1]} {number}", number + 1
        names[key] = name
        taken.add(name)
    return names


def _known_ids(
    client: SettingsClient, catalog: SchemaCatalog, found: _Found, adoption: Adoption, limit: int
) -> tuple[KnownIds, Zones | None]:
    """The objects that values can refer to: those of the schemas in the state, and of others that values contain.

    The management zones are returned as well, if values refer to one.
    """
    referenced = {
        ZONES_SCHEMA_ID if _NUMBER.match(text) else schema_of(text)
        for schema_id in found.resources
        for _scope, one in found.adopted(schema_id)
        for text in texts_in(one.value)
    }
    others = sorted(one for one in referenced if one in catalog.versions and one not in found.objects)
    lists = dict(zip(others, _read_lists(client, others, limit), strict=True))
    ids = KnownIds()
    for schema_id, items in {**found.objects, **lists}.items():
        for _scope, one in items if not isinstance(items, SettingsError) else ():
            ids.add(schema_id, one)
            name = adoption.names.get(one.object_id)
            if name:
                ids.add_name(schema_id, name, one.object_id)
    zones = found.objects.get(ZONES_SCHEMA_ID) or lists.get(ZONES_SCHEMA_ID)
    if zones is None or isinstance(zones, SettingsError):
        return ids, None
    return ids, Zones({"objectId": one.object_id, "value": one.value} for _scope, one in zones)


def _declared(
    catalog: SchemaCatalog, found: _Found, ids: KnownIds, zones: Zones | None, adoption: Adoption
) -> tuple[Content, list[dict[str, Any]]]:
    """The declarations of settings and of session exports."""
    content, exports = Content(), []
    schemas = catalog.read(schema_id for schema_id in found.resources if schema_id != EXPORTS)
    for schema_id in sorted(schemas):
        adopted = found.adopted(schema_id)
        for scope in dict.fromkeys(scope for scope, _one in adopted):
            own = [one for place, one in adopted if place == scope]
            add_adopted(content, schemas[schema_id], scope, own, ids, adoption)
    if EXPORTS in found.resources:
        existing = [one for _scope, one in found.adopted(EXPORTS)]
        exports = as_adopted(existing, export_domain(), adoption, zones)
    return content, exports


def _vault_prefix(suffix: str) -> str:
    """What variables of secrets begin with. They are the same for all hosts, which have values of their own."""
    return f"vault_{suffix}" if suffix not in ("", DEFAULT_SUFFIX) else "vault"


def _variables_text(
    client: SettingsClient, content: Content, exports: Sequence[Mapping[str, Any]], adoption: Adoption, suffix: str
) -> str:
    """The text of the file of variables."""
    end = f"__{suffix}" if suffix else ""
    lines = [f"Settings of {client.environment_url} that were managed by Terraform, without secrets."]
    if adoption.variables:
        lines.append("Define these variables in a vault. To keep a stored secret instead, delete its declaration here.")
        lines += [f"  {one.variable}" for one in adoption.variables]
    text = "---\n" + "".join(f"# {yaml_file.one_line(line)}\n" for line in lines)
    if exports:
        text += vars_file.render(exports, {}, (), variable=f"{vars_file.VARIABLE}{end}").removeprefix("---\n")
    if content.parts:
        text += yaml_file.block({Plain(f"{VARIABLE}{end}"): declarations_of(content)})
    return text


def _commands_text(client: SettingsClient, found: _Found, names: Mapping[str, Mapping[str, str]], program: str) -> str:
    """The commands that remove the converted resources from the state, as a shell script."""
    lines = [
        "#!/bin/sh",
        f"# Removes the resources from the Terraform state that the inventory declares for {client.environment_url}.",
        "# Run this in the directory of the Terraform project when an audit finds no more differences. Delete the",
        "# same resources from the configuration (*.tf), or the next apply creates them again.",
        "set -e",
    ]
    for schema_id, by_id in found.resources.items():
        for object_id, resources in by_id.items():
            lines.append(f"# {schema_id}, {names[schema_id][object_id]}")
            lines += [f"{program} state rm {shlex.quote(one.address)}" for one in resources]
    if found.not_converted:
        lines.append("# These resources were not converted, and remain in the state:")
        lines += [f"#   {one.address}: {one.reason}" for one in found.not_converted]
    return "".join(f"{yaml_file.one_line(line)}\n" for line in lines)


def _doubles(found: _Found) -> list[str]:
    return [
        f"{other.address} is the same object as {first.address}, which is declared once."
        for by_id in found.resources.values()
        for first, *others in by_id.values()
        for other in others
    ]


def _warnings(found: _Found, adoption: Adoption, commands: str | None) -> list[str]:
    warnings = []
    if found.not_converted:
        count = Counter(one.reason for one in found.not_converted)
        reasons = "; ".join(f"{number} times: {reason.rstrip('.')}" for reason, number in count.most_common(5))
        where = f" {commands} lists them." if commands else ""
        warnings.append(f"{len(found.not_converted)} resources of the state were not converted ({reasons}).{where}")
    if adoption.variables:
        listed = ", ".join(one.variable for one in adoption.variables[:10])
        more = f" and {len(adoption.variables) - 10} more" if len(adoption.variables) > 10 else ""
        warnings.append(f"The declarations use variables for secrets. Define them in a vault: {listed}{more}.")
    return warnings
