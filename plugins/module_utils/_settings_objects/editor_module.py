# Copyright (c) 2026, community.dynatrace contributors
# SPDX-License-Identifier: BSD-2-Clause

"""The module that writes a schema for editors, from the schemas of an environment or from files."""

from __future__ import annotations

import difflib
import json
from collections.abc import Iterator, Mapping, Sequence
from fnmatch import fnmatchcase
from pathlib import Path
from typing import TYPE_CHECKING, Any

from .._module_definition import ModuleDefinition
from .._settings_api.errors import InvalidInput, Problem
from .._settings_api.parallel import map_reads
from .._settings_api.response_form import WrongForm, check_schema
from .._settings_common import yaml_file
from .editor_schema import editor_schema

if TYPE_CHECKING:
    from .._settings_api.client import SettingsClient

OPTIONS: dict[str, dict[str, Any]] = {
    "dest": {"type": "path", "required": True},
    "schema_ids": {"type": "list", "elements": "str"},
    "schema_files": {"type": "list", "elements": "path"},
}
EVERYTHING = "*"
# The schema of everything has some megabytes.
_MAX_BYTES = 50_000_000


def check(params: Mapping[str, Any]) -> tuple[list[dict[str, Any]], Sequence[Problem]]:
    """Read the files, which are an input like any other."""
    problems: list[Problem] = []
    documents: dict[str, dict[str, Any]] = {}
    for number, given in enumerate(params.get("schema_files") or ()):
        where = f"schema_files[{number}]"
        try:
            for document in _documents(Path(str(given)), where):
                documents[str(document["schemaId"])] = document
        except InvalidInput as error:
            problems += error.problems
    for number, pattern in enumerate(params.get("schema_ids") or ()):
        if not pattern:
            problems.append(Problem("empty", f"schema_ids[{number}]"))
        elif params.get("schema_files") and not problems and not _matching(documents, pattern):
            problems.append(_unknown(f"schema_ids[{number}]", pattern, documents))
    patterns = params.get("schema_ids") or [EVERYTHING]
    return [one for name, one in documents.items() if any(fnmatchcase(name, part) for part in patterns)], problems


def _documents(path: Path, where: str) -> Iterator[dict[str, Any]]:
    """Read the schema documents of a file or of a directory, in which other JSON files are passed over."""
    try:
        files = sorted(path.glob("*.json")) if path.is_dir() else [path]
        found = 0
        for file in files:
            if file.stat().st_size > _MAX_BYTES:
                raise InvalidInput([Problem("editor.no_schema", where, {"file": str(file)})])
            try:
                document = check_schema(json.loads(file.read_bytes()))
            except (ValueError, RecursionError, WrongForm):
                document = {}
            if isinstance(document.get("schemaId"), str) and document["schemaId"]:
                found += 1
                yield document
            elif not path.is_dir():
                raise InvalidInput([Problem("editor.no_schema", where, {"file": str(file)})])
    except FileNotFoundError:
        raise InvalidInput([Problem("no_file", where, {"file": str(path)})]) from None
    except OSError:
        raise InvalidInput([Problem("unreadable_file", where, {"file": str(path)})]) from None
    if not found:
        raise InvalidInput([Problem("editor.no_schemas", where, {"file": str(path)})])


def _matching(known: Mapping[str, Any], pattern: str) -> list[str]:
    return [name for name in known if fnmatchcase(name, pattern)]


def _unknown(path: str, pattern: str, known: Mapping[str, Any]) -> Problem:
    near = difflib.get_close_matches(pattern, known, n=3, cutoff=0.75)
    if near:
        return Problem("editor.unknown.meant", path, {"pattern": pattern, "meant": near})
    return Problem("editor.unknown", path, {"pattern": pattern})


def write(
    client: SettingsClient | None, documents: Sequence[dict[str, Any]], params: Mapping[str, Any], check_mode: bool
) -> dict[str, Any]:
    """Write the schema for editors.

    :param client: ``None`` if the schemas come from files.
    :param documents: the schemas from files.
    """
    patterns = params.get("schema_ids") or [EVERYTHING]
    source = "schema files"
    if client is not None:
        source = client.environment_url
        listed = client.list_schemas(fields=("schemaId",))
        known = dict.fromkeys(str(one["schemaId"]) for one in listed)
        unknown = [
            _unknown(f"schema_ids[{number}]", pattern, known)
            for number, pattern in enumerate(patterns)
            if not _matching(known, pattern)
        ]
        if unknown:
            raise InvalidInput(unknown)
        wanted = sorted({name for pattern in patterns for name in _matching(known, pattern)})
        documents = map_reads(client, lambda own, schema_id: own.get_schema(schema_id), wanted)
    schema = editor_schema(documents, source=source, complete=EVERYTHING in patterns)
    text = json.dumps(schema, indent=1, ensure_ascii=True) + "\n"
    changed, _before = yaml_file.save(params["dest"], text, overwrite=True, check=check_mode)
    return {
        "changed": changed,
        "dest": params["dest"],
        "schema_ids": sorted(str(one.get("schemaId", "")) for one in documents),
        "notes": list(client.notes) if client is not None else [],
    }


EDITOR_SCHEMA = ModuleDefinition(
    OPTIONS,
    check,
    write,
    offline=lambda params: bool(params.get("schema_files")),
)
