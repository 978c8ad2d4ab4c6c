# Copyright (c) 2026, community.dynatrace contributors
# SPDX-License-Identifier: BSD-2-Clause

"""The settings of an environment as inventory variables: references by name, and without secrets."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from .._settings_api.errors import InvalidInput, PermissionMissing, SettingsError
from .._settings_api.external_id import name_problem
from .._settings_api.matching import FIELDS, Existing
from .._settings_api.parallel import map_reads
from .._settings_api.references import Reference, literal, title_of
from .._settings_api.schema import Schema
from .._settings_common import yaml_file
from .._settings_common.report import object_report
from .._settings_common.yaml_file import Plain
from .declaration import Rules, path_text
from .declared_ids import KnownIds
from .example import variable_name
from .schema_catalog import SchemaCatalog
from .scopes import ENVIRONMENT

if TYPE_CHECKING:
    from .._settings_api.client import SettingsClient

VARIABLE = "dynatrace_settings"
HEADER = "Settings of "
# Written by user_session_exports_to_vars, with names of its own.
_EXPORTS = "builtin:elasticsearch.user-session-export-settings-v2"
_SIMPLE = re.compile(r"[A-Za-z][\w.:-]*\Z", re.ASCII)
_SAFE_IN_TEMPLATE = " _./:-,()&+@"


@dataclass
class Content:
    """What a file of variables contains.

    :param secrets: for each object with secrets its schema, its name and their paths.
    :param left_out: why schemas are not in it.
    """

    declarations: list[dict[str, Any]] = field(default_factory=list)
    secrets: list[tuple[str, str, list[str]]] = field(default_factory=list)
    left_out: list[str] = field(default_factory=list)
    count: int = 0


def write_variables(client: SettingsClient, params: Mapping[str, Any], check_mode: bool) -> dict[str, Any]:
    """Write the settings of an environment as a file of inventory variables."""
    catalog = SchemaCatalog(client, params.get("schema_cache_directory"))
    content = read_content(client, catalog, params["schema_ids"], params["max_objects"])
    text = render(content, client.environment_url, client.environment_id)
    changed, before = yaml_file.save(params["dest"], text, overwrite=params["overwrite"], check=check_mode)
    result: dict[str, Any] = {
        "changed": changed,
        "dest": params["dest"],
        "count": content.count,
        "schema_ids": list(dict.fromkeys(str(one["schema_id"]) for one in content.declarations)),
        "secrets": [
            {"schema_id": schema_id, "name": name, "paths": paths} for schema_id, name, paths in content.secrets
        ],
    }
    if changed:
        headers = {"before_header": params["dest"], "after_header": params["dest"]}
        # What is there may hold anything, secrets too.
        result["diff"] = [
            {**headers, "before": "(other content, which is not shown)\n" if before else "", "after": text}
        ]
    return {**result, "notes": [*content.left_out, *client.notes]}


def read_content(client: SettingsClient, catalog: SchemaCatalog, patterns: Sequence[str], limit: int) -> Content:
    """Read the objects of all schemas that match.

    :raises InvalidInput: a schema ID that is no pattern is unknown.
    """
    schema_ids = _matching(catalog, patterns)
    schemas = catalog.read(schema_ids)
    content = Content()

    def read(own: SettingsClient, schema_id: str) -> list[dict[str, Any]] | SettingsError:
        try:
            return own.list_objects(schema_id, scope="", fields=FIELDS, limit=limit)
        except PermissionMissing as error:
            return error

    found: dict[str, list[tuple[str, Existing]]] = {}
    for schema_id, items in zip(schema_ids, map_reads(client, read, schema_ids), strict=True):
        if isinstance(items, SettingsError):
            content.left_out.append(f"{schema_id} is not included: {items.message}")
            continue
        found[schema_id] = [(str(item.get("scope") or ENVIRONMENT), Existing.from_item(item)) for item in items]
    parts = [
        (schemas[schema_id], scope, [one for own, one in existing if own == scope])
        for schema_id, existing in found.items()
        for scope in dict.fromkeys(scope for scope, _one in existing)
    ]
    _add_all(content, parts, KnownIds())
    return content


def backup_text(client: SettingsClient, parts: Sequence[tuple[Schema, str, Sequence[Existing]]], ids: KnownIds) -> str:
    """The objects of some schemas and scopes as a file of variables, to return to them."""
    content = Content()
    _add_all(content, parts, ids)
    return render(content, client.environment_url, client.environment_id)


def _matching(catalog: SchemaCatalog, patterns: Sequence[str]) -> list[str]:
    problems, found = [], set()
    for number, pattern in enumerate(patterns):
        if any(char in pattern for char in "*?["):
            found |= {one for one in catalog.versions if fnmatchcase(one, pattern) and one != _EXPORTS}
        elif problem := catalog.problem(f"schema_ids[{number}]", pattern):
            problems.append(problem)
        else:
            found.add(pattern)
    if problems:
        raise InvalidInput(problems)
    return sorted(found)


@dataclass(frozen=True)
class _Named:
    """An object as it is declared.

    :param name: the name that its declaration needs, empty if the value identifies it.
    :param secrets: the paths of its secrets, which are not in the value.
    """

    existing: Existing
    name: str
    own_name: str
    value: dict[str, Any]
    secrets: list[str]


def _add_all(content: Content, parts: Sequence[tuple[Schema, str, Sequence[Existing]]], ids: KnownIds) -> None:
    """Add objects by schema and scope."""
    named = [(schema, scope, list(_named(schema, existing))) for schema, scope, existing in parts]
    # Whether a name is that of one object only is known when all are named.
    for schema, _scope, objects in named:
        rules = Rules.of(schema, None)
        for one in objects:
            ids.add(schema.schema_id, one.existing, [one.name or rules.name(one.value)])
    for schema, scope, objects in named:
        _add(content, schema, scope, objects, ids)


def _named(schema: Schema, existing: Sequence[Existing]) -> Iterator[_Named]:
    rules = Rules.of(schema, None)
    taken = {rules.own_name(one) for one in existing}
    for one in existing:
        own_name = name = rules.own_name(one)
        value, about = object_report(one, own_name, schema, path_text, own=bool(own_name))
        if not name and rules.identity(value) is None:
            title = title_of(value)
            name = _free_name(title if title and name_problem(title, "") is None else schema.schema_id, taken)
            taken.add(name)
        yield _Named(one, name, own_name, value, about["stored_secrets"])


def _add(content: Content, schema: Schema, scope: str, existing: Sequence[_Named], ids: KnownIds) -> None:
    """Add the objects of one schema and scope."""
    objects = []
    for one in existing:
        declared: dict[str, Any] = {"name": one.name} if one.name else {}
        if one.name and not one.own_name:
            # Nothing in the value finds the object again, so it is found by its ID until it has a name.
            declared["object_id"] = one.existing.object_id
        declared["value"] = _with_references(one.value, ids, one.existing.object_id)
        objects.append({Plain(key): child for key, child in declared.items()})
        if one.secrets:
            name = one.name or Rules.of(schema, None).name(one.value, one.existing.object_id)
            content.secrets.append((schema.schema_id, name, one.secrets))
    head: dict[str, Any] = {Plain("schema_id"): _simple(schema.schema_id)}
    if scope != ENVIRONMENT:
        head[Plain("scope")] = _simple(scope)
    content.declarations.append({**head, Plain("objects"): objects})
    content.count += len(objects)


def _free_name(name: str, taken: set[str]) -> str:
    return next(
        one for number in range(1, len(taken) + 2) if (one := name if number == 1 else f"{name} {number}") not in taken
    )


def _simple(text: str) -> str:
    return Plain(text) if _SIMPLE.match(text) else text


def _with_references(value: Any, ids: KnownIds, own_id: str) -> Any:
    """A value with references in place of the IDs of other objects."""
    if isinstance(value, Mapping):
        return {_simple(key): _with_references(child, ids, own_id) for key, child in value.items()}
    if isinstance(value, list):
        return [_with_references(child, ids, own_id) for child in value]
    if not isinstance(value, str):
        return value
    found = ids.reference(value) if value != own_id else None
    return literal(value) if found is None else Plain(template_of(found))


def template_of(reference: Reference) -> str:
    """The template that gives a reference. A name is data: one that could end the text in it is percent-encoded."""
    legacy = ", legacy=true" if reference.legacy else ""
    parts = (reference.schema_id, reference.name)
    encoded = not all(char.isalnum() or char in _SAFE_IN_TEMPLATE for part in parts for char in part)
    schema_id, name = (quote(part, safe=" ") if encoded else part for part in parts)
    how = ", encoded=true" if encoded else ""
    return f"{{{{ '{schema_id}' | community.dynatrace.object_id('{name}'{legacy}{how}) }}}}"


def render(content: Content, environment_url: str, environment_id: str) -> str:
    """The text of the file."""
    about = [f"{HEADER}{environment_url}, without secrets."]
    lines = ["---", *(f"# {yaml_file.one_line(line)}" for line in about)]
    body = yaml_file.block({Plain(VARIABLE): content.declarations}) if content.declarations else f"{VARIABLE}: []\n"
    return "\n".join(lines) + "\n" + body + "".join(f"{line}\n" for line in _secret_lines(content, environment_id))


def _secret_lines(content: Content, environment_id: str) -> Iterator[str]:
    if not content.secrets:
        return
    yield "# Secrets are not included. Without them, the stored ones are kept. To manage one, add it to its object:"
    for schema_id, name, paths in content.secrets:
        yield yaml_file.one_line(f"# {schema_id}, {name}:")
        yield "#   secrets:"
        for path in paths:
            variable = variable_name(f"vault_{environment_id}_{name}_{path}")
            yield yaml_file.one_line(f'#     - {{path: "{path}", value: "{{{{ {variable} }}}}"}}')
