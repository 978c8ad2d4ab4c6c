# Copyright (c) 2026, community.dynatrace contributors
# SPDX-License-Identifier: BSD-2-Clause

"""The settings of an environment as inventory variables: references by name, and without secrets."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
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
from .._settings_common.adoption import Adoption, variable_name
from .._settings_common.imported import Collected, Entry, from_data, to_data
from .._settings_common.report import object_report
from .._settings_common.yaml_file import Plain
from .declaration import Rules, path_text
from .declared_ids import KnownIds
from .schema_catalog import SchemaCatalog
from .scopes import ENVIRONMENT

if TYPE_CHECKING:
    from .._settings_api.client import SettingsClient

VARIABLE = "dynatrace_settings"
HEADER = "Settings of "
# Written by user_session_exports_to_vars, with names of its own.
EXPORTS = "builtin:elasticsearch.user-session-export-settings-v2"
_SIMPLE = re.compile(r"[A-Za-z][\w.:-]*\Z", re.ASCII)
_SAFE_IN_TEMPLATE = " _./:-,()&+@"


@dataclass(frozen=True)
class Imported:
    """An object as it is declared.

    :param declared: its options by their names, with references in place of IDs and without secrets.
    :param name: what it is called in comments.
    :param secrets: the paths of its secrets.
    """

    declared: Mapping[Any, Any]
    name: str
    secrets: Sequence[str]

    @property
    def portable(self) -> bool:
        """Whether it means the same in another environment."""
        return "object_id" not in self.declared


@dataclass(frozen=True)
class Part:
    """Objects of one schema and scope."""

    schema_id: str
    scope: str
    ordered: bool
    objects: Sequence[Imported]

    def to_data(self) -> dict[str, Any]:
        """It as data that results can hold."""
        objects = [
            {"declared": to_data(one.declared), "name": one.name, "secrets": list(one.secrets)} for one in self.objects
        ]
        return {"schema_id": self.schema_id, "scope": self.scope, "ordered": self.ordered, "objects": objects}

    @classmethod
    def of(cls, data: Mapping[str, Any]) -> Part:
        """What ``to_data`` returned."""
        objects = [Imported(from_data(one["declared"]), one["name"], one["secrets"]) for one in data["objects"]]
        return cls(data["schema_id"], data["scope"], data["ordered"], objects)


@dataclass
class Content:
    """What a file of variables contains.

    :param left_out: why schemas are not in it.
    """

    parts: list[Part] = field(default_factory=list)
    left_out: list[str] = field(default_factory=list)

    def about(self) -> dict[str, Any]:
        """What is said about it in results."""
        objects = [(part.schema_id, one) for part in self.parts for one in part.objects]
        return {
            "count": len(objects),
            "schema_ids": list(dict.fromkeys(part.schema_id for part in self.parts)),
            "secrets": [
                {"schema_id": schema_id, "name": one.name, "paths": list(one.secrets)}
                for schema_id, one in objects
                if one.secrets
            ],
        }


def write_variables(client: SettingsClient, params: Mapping[str, Any], check_mode: bool) -> dict[str, Any]:
    """Write the settings of an environment as a file of inventory variables."""
    content = _content_of(client, params)
    text = render(content, client.environment_url, client.environment_id)
    changed, before = yaml_file.save(params["dest"], text, overwrite=params["overwrite"], check=check_mode)
    result = {"changed": changed, "dest": params["dest"], **content.about()}
    if changed:
        result["diff"] = [yaml_file.diff(params["dest"], before, text)]
    return {**result, "notes": [*content.left_out, *client.notes]}


def collect(client: SettingsClient, params: Mapping[str, Any]) -> dict[str, Any]:
    """The settings of an environment as entries of inventory variables, which are written together with others."""
    content = _content_of(client, params)
    entries = [
        Entry(part.to_data(), all(one.portable for one in part.objects))
        for whole in content.parts
        for part in ([whole] if whole.ordered else [replace(whole, objects=(one,)) for one in whole.objects])
    ]
    about = f"{HEADER}{client.environment_url}, without secrets."
    result = {"changed": False, **content.about(), "notes": [*content.left_out, *client.notes]}
    return {**result, **Collected(params["dest"], params["overwrite"], about, client.environment_id, entries).result()}


def render_entries(contents: Sequence[Mapping[str, Any]], about: str, environment_id: str, variable: str) -> str:
    """The text of a file with entries of several environments."""
    found: dict[tuple[str, str], Part] = {}
    for part in map(Part.of, contents):
        key = (part.schema_id, part.scope)
        earlier = found.get(key)
        found[key] = part if earlier is None else replace(earlier, objects=(*earlier.objects, *part.objects))
    content = Content([found[key] for key in sorted(found)])
    return render_lines(content, [about], environment_id, variable)


def _content_of(client: SettingsClient, params: Mapping[str, Any]) -> Content:
    catalog = SchemaCatalog(client, params.get("schema_cache_directory"))
    return read_content(client, catalog, params["schema_ids"], params["max_objects"])


def read_content(client: SettingsClient, catalog: SchemaCatalog, patterns: Sequence[str], limit: int) -> Content:
    """Read the objects of all schemas that match.

    :raises InvalidInput: a schema ID that is not a pattern is unknown.
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


def add_declared(
    content: Content,
    schema: Schema,
    scope: str,
    existing: Sequence[tuple[Existing, Mapping[str, Any]]],
    ids: KnownIds,
) -> None:
    """Add objects of one schema and scope as they are declared already.

    :param existing: each with the options of its declaration, except its value. None for an object without one.
    """
    named = _named(schema, [one for one, _options in existing])
    objects = [replace(one, options=options) for one, (_existing, options) in zip(named, existing, strict=True)]
    _add(content, schema, scope, objects, ids)


def _matching(catalog: SchemaCatalog, patterns: Sequence[str]) -> list[str]:
    problems, found = [], set()
    for number, pattern in enumerate(patterns):
        if any(char in pattern for char in "*?["):
            found |= {one for one in catalog.versions if fnmatchcase(one, pattern) and one != EXPORTS}
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
    :param options: of its declaration, if it is declared.
    """

    existing: Existing
    name: str
    own_name: str
    value: dict[str, Any]
    secrets: list[str]
    options: Mapping[str, Any] = field(default_factory=dict)


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


def add_adopted(
    content: Content, schema: Schema, scope: str, existing: Sequence[Existing], ids: KnownIds, adoption: Adoption
) -> None:
    """Add the objects of one schema and scope that another tool manages, whose names are known."""
    _add(content, schema, scope, list(_named(schema, existing, adoption.names)), ids, adoption)


def _named(schema: Schema, existing: Sequence[Existing], names: Mapping[str, str] | None = None) -> Iterator[_Named]:
    """Name the objects that need a name.

    :param names: the names of all objects by their IDs, if they are known.
    """
    rules = Rules.of(schema, None)
    taken = {rules.own_name(one) for one in existing}
    for one in existing:
        own_name = name = rules.own_name(one)
        value, about = object_report(one, own_name, schema, path_text, own=bool(own_name))
        if names is not None:
            name = names[one.object_id]
        elif not name and rules.identity(value) is None:
            title = title_of(value)
            name = _free_name(title if title and name_problem(title, "") is None else schema.schema_id, taken)
            taken.add(name)
        yield _Named(one, name, own_name, value, about["stored_secrets"])


def _add(
    content: Content,
    schema: Schema,
    scope: str,
    existing: Sequence[_Named],
    ids: KnownIds,
    adoption: Adoption | None = None,
) -> None:
    """Add the objects of one schema and scope."""
    rules = Rules.of(schema, None)
    objects = []
    for one in existing:
        declared: dict[str, Any] = {"name": one.name} if one.name else {}
        if one.options:
            declared = {key: _with_plain_keys(part) for key, part in one.options.items() if part is not None}
        elif one.name and (adoption is not None or not one.own_name):
            # Nothing in the value finds the object again, so it is found by its ID until it has a name.
            declared["object_id"] = one.existing.object_id
        declared["value"] = _with_references(one.value, ids, one.existing.object_id)
        name = one.name or rules.name(one.value, one.existing.object_id)
        secrets = tuple(one.secrets)
        if secrets and adoption is not None:
            declared["secrets"] = [
                {Plain("path"): path, Plain("value"): adoption.secret(schema.schema_id, name, path)} for path in secrets
            ]
            secrets = ()
        objects.append(Imported({Plain(key): child for key, child in declared.items()}, name, secrets))
    content.parts.append(Part(schema.schema_id, scope, schema.ordered, tuple(objects)))


def _with_plain_keys(value: Any) -> Any:
    """Options, whose names are ours."""
    if isinstance(value, Mapping):
        return {Plain(key): _with_plain_keys(child) for key, child in value.items()}
    return [_with_plain_keys(child) for child in value] if isinstance(value, list) else value


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
    """The text of the file of one environment."""
    return render_lines(content, [f"{HEADER}{environment_url}, without secrets."], environment_id, VARIABLE)


def render_lines(content: Content, about: Sequence[str], environment_id: str, variable: str) -> str:
    """The text of a file.

    :param about: lines of the comment at its beginning.
    """
    lines = ["---", *(f"# {yaml_file.one_line(line)}" for line in about)]
    declarations = declarations_of(content)
    body = yaml_file.block({Plain(variable): declarations}) if declarations else f"{variable}: []\n"
    return "\n".join(lines) + "\n" + body + "".join(f"{line}\n" for line in _secret_lines(content, environment_id))


def declarations_of(content: Content) -> list[dict[str, Any]]:
    """The elements of the variable."""
    return list(map(_declaration, content.parts))


def _declaration(part: Part) -> dict[str, Any]:
    head: dict[str, Any] = {Plain("schema_id"): _simple(part.schema_id)}
    if part.scope != ENVIRONMENT:
        head[Plain("scope")] = _simple(part.scope)
    return {**head, Plain("objects"): [one.declared for one in part.objects]}


def _secret_lines(content: Content, environment_id: str) -> Iterator[str]:
    objects = [(part.schema_id, one) for part in content.parts for one in part.objects if one.secrets]
    if objects:
        yield "# Secrets are not included. The stored ones are kept. To manage a secret, add it to its object:"
    for schema_id, one in objects:
        yield yaml_file.one_line(f"# {schema_id}, {one.name}:")
        yield "#   secrets:"
        for path in one.secrets:
            variable = variable_name(f"vault_{environment_id}_{one.name}_{path}")
            yield yaml_file.one_line(f'#     - {{path: "{path}", value: "{{{{ {variable} }}}}"}}')
