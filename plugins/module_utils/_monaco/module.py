# Copyright (c) 2026, community.dynatrace contributors
# SPDX-License-Identifier: BSD-2-Clause

"""The module monaco_to_vars: options, and the files that it writes."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from .. import _atomic_file as files
from .._module_definition import ModuleDefinition
from .._session_exports.vars_file import VARIABLE as SLOTS
from .._settings_api.errors import InvalidInput, Problem, SettingsError
from .._settings_api.schema import Schema
from .._settings_common import yaml_file
from .._settings_common.yaml_file import Plain
from .._settings_objects.to_vars import VARIABLE as SETTINGS
from .convert import Converted
from .declare import Declarations
from .manifest import Environment, Manifest, UnreadableFile, read_manifest
from .names import group_names, host_names
from .project import Conversion, convert_projects

OPTIONS: dict[str, dict[str, Any]] = {
    "manifest": {"type": "path", "required": True},
    "dest": {"type": "path", "required": True},
    "hosts_file": {"type": "bool", "default": True},
    "schemas": {"type": "list", "elements": "dict", "default": []},
    "overwrite": {"type": "bool", "default": False},
}
FILE = "monaco.yml"
_ABOUT = "Converted from the Monaco project of "


def check(params: Mapping[str, Any]) -> tuple[dict[str, Schema], Sequence[Problem]]:
    """Read the schemas."""
    documents = [one for one in params.get("schemas") or () if isinstance(one, Mapping)]
    problems = [
        Problem("required", f"schemas[{number}].schemaId")
        for number, one in enumerate(documents)
        if not one.get("schemaId")
    ]
    return {str(one["schemaId"]): Schema.from_document(one) for one in documents if one.get("schemaId")}, problems


def work(_client: None, schemas: Mapping[str, Schema], params: Mapping[str, Any], check_mode: bool) -> dict[str, Any]:
    """Convert a project, and write the files.

    :raises SettingsError: the manifest cannot be read, or a file cannot be written.
    """
    try:
        manifest = read_manifest(files.place(params["manifest"]))
        conversion = convert_projects(manifest, schemas)
    except UnreadableFile as error:
        raise SettingsError(f"{error}.") from None
    hosts = host_names(one.name for one in manifest.environments)
    groups = group_names(manifest.groups, hosts.values())
    declarations = Declarations(conversion.names, conversion.ordered)
    contents = {"hosts.yml": _hosts(manifest, groups, hosts, declarations)} if params["hosts_file"] else {}
    contents |= _variables(manifest, conversion, declarations, groups, hosts)
    about = _about(conversion, declarations)
    written = {str(Path(params["dest"]) / name): text for name, text in contents.items()}
    main = str(Path(params["dest"]) / "group_vars" / "dynatrace" / FILE)
    written[main] += "".join(f"# {yaml_file.one_line(line)}\n" for line in about)
    diff = _save(written, params["overwrite"], check_mode)
    return {
        "changed": bool(diff),
        "diff": diff,
        "dest": params["dest"],
        "files": list(written),
        "count": conversion.count,
        "schema_ids": list(conversion.schema_ids),
        "not_converted": [
            {"config": what, "environments": sorted(set(environments)), "reason": reason}
            for (what, reason), environments in conversion.left_out.items()
        ],
        "variables": [{"name": name, "source": source} for name, source in declarations.variables.described().items()],
        "summary": about,
        "notes": conversion.notes,
    }


def _variables(
    manifest: Manifest,
    conversion: Conversion,
    declarations: Declarations,
    group_of: Mapping[str, str],
    host_of: Mapping[str, str],
) -> dict[str, str]:
    """The files of variables by their names.

    :param group_of: the names of Ansible groups.
    :param host_of: the names of Ansible hosts.
    """
    levels = conversion.levels
    title = manifest.directory.name or "/"
    found = {f"group_vars/dynatrace/{FILE}": _file(title, levels.everywhere, declarations, "")}
    for group, objects in levels.groups.items():
        found[f"group_vars/{group_of[group]}/{FILE}"] = _file(title, objects, declarations, group_of[group])
    for environment, objects in levels.hosts.items():
        found[f"host_vars/{host_of[environment]}/{FILE}"] = _file(title, objects, declarations, "host")
    return found


def _file(title: str, objects: Sequence[Converted], declarations: Declarations, suffix: str) -> str:
    end = f"__{suffix}" if suffix else ""
    content: dict[str, Any] = {}
    if settings := declarations.settings(objects):
        content[Plain(f"{SETTINGS}{end}")] = settings
    if exports := declarations.exports(objects):
        content[Plain(f"{SLOTS}{end}")] = exports
    body = yaml_file.block(content) if content else "{}\n"
    return f"---\n# {yaml_file.one_line(_ABOUT + title)}.\n{body}"


def _hosts(
    manifest: Manifest, group_of: Mapping[str, str], host_of: Mapping[str, str], declarations: Declarations
) -> str:
    groups: dict[str, Any] = {}
    for one in manifest.environments:
        members = groups.setdefault(Plain(group_of[one.group]), {Plain("hosts"): {}})[Plain("hosts")]
        members[Plain(host_of[one.name])] = _connection(one, declarations)
    return f"---\n{yaml_file.block({Plain('dynatrace'): {Plain('children'): groups}})}"


def _connection(environment: Environment, declarations: Declarations) -> dict[str, str]:
    return {
        Plain(f"dynatrace_{option}"): _from_variable(text, declarations) if is_variable else text
        for option, text, is_variable in environment.connection
    }


def _from_variable(name: str, declarations: Declarations) -> Plain:
    return Plain(f"{{{{ {declarations.variables.of_environment(name)} }}}}")


def _about(conversion: Conversion, declarations: Declarations) -> list[str]:
    """Information and remaining tasks for the user, line by line."""
    return [
        *_listed("Not converted", (_reason(*one) for one in conversion.left_out.items())),
        *_listed(
            "Define these variables (in a vault, if they are secret)",
            (f"{name}: {source}" for name, source in declarations.variables.described().items()),
        ),
        *_listed(
            "The project has only masks of these secrets. Until they are declared, the stored ones are kept",
            (f"{name}, {path}" for name, path in dict.fromkeys(declarations.variables.masked)),
        ),
        *_listed("Notes", conversion.notes),
    ]


def _reason(left_out: tuple[str, str], environments: Sequence[str]) -> str:
    what, why = left_out
    where = f" ({', '.join(dict.fromkeys(environments))})" if environments else ""
    return f"{what}{where} {why}"


def _listed(title: str, lines: Iterator[str] | Sequence[str]) -> list[str]:
    listed = list(lines)
    return [f"{title}:", *(f"- {line}" for line in listed)] if listed else []


def _save(contents: Mapping[str, str], overwrite: bool, check_mode: bool) -> list[dict[str, str]]:
    """Write the files, if all of them can be written.

    :raises InvalidInput: other files are there, which may not be overwritten.
    """
    problems: list[Problem] = []
    for path, text in contents.items():
        try:
            yaml_file.save(path, text, overwrite=overwrite, check=True)
        except InvalidInput as error:
            problems += error.problems
    if problems:
        raise InvalidInput(problems)
    diff = []
    for path, text in contents.items():
        changed, before = yaml_file.save(path, text, overwrite=overwrite, check=check_mode)
        if changed:
            diff.append(yaml_file.diff(path, before, text))
    return diff


MONACO = ModuleDefinition(OPTIONS, check, work, libraries=("yaml",), environment=False)
