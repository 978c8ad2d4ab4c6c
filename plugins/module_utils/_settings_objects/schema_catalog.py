# Copyright (c) 2026, community.dynatrace contributors
# SPDX-License-Identifier: BSD-2-Clause

"""The schemas of an environment. Each version is read once: environments with the same version share it.

They are kept in memory for the other environments of a process, and in a directory for other processes and later runs.
"""

from __future__ import annotations

import contextlib
import difflib
import json
from collections.abc import Iterable, Mapping
from pathlib import Path
from threading import Lock
from typing import TYPE_CHECKING, Any
from urllib.parse import quote, urlsplit

from .. import _atomic_file
from .._settings_api.errors import Problem, UnexpectedAnswer
from .._settings_api.memo import Memo
from .._settings_api.parallel import map_reads
from .._settings_api.response_form import WrongForm, check_schema
from .._settings_api.schema import Schema

if TYPE_CHECKING:
    from .._settings_api.client import SettingsClient

# More than any environment has.
_MOST_SCHEMAS = 2000
_schemas: dict[tuple[str, str, str], Schema] = {}
# By their documents: clusters with the same version have the same schemas.
_documents = Memo(_MOST_SCHEMAS)
_files = Lock()


class SchemaCatalog:
    """The schemas of one environment.

    :param directory: where documents are kept between runs, or ``None``.
    """

    def __init__(self, client: SettingsClient, directory: str | None = None) -> None:
        self._client = client
        self._directory = directory
        self._versions: Mapping[str, str] | None = None
        self._origin = _origin_of(client.environment_url)

    @property
    def versions(self) -> Mapping[str, str]:
        """The latest version of every schema. One request."""
        if self._versions is None:
            listed = self._client.list_schemas(fields=("schemaId", "latestSchemaVersion"))
            self._versions = {str(one["schemaId"]): str(one.get("latestSchemaVersion") or "") for one in listed}
        return self._versions

    def problem(self, path: str, schema_id: str) -> Problem | None:
        """Return the problem of a schema ID that the environment does not have."""
        if schema_id in self.versions:
            return None
        near = difflib.get_close_matches(schema_id, self.versions, n=3, cutoff=0.75)
        if near:
            return Problem("unknown_schema.meant", path, {"schema": schema_id, "meant": near})
        return Problem("unknown_schema", path, {"schema": schema_id})

    def read(self, schema_ids: Iterable[str]) -> dict[str, Schema]:
        """Return schemas that the environment has. One request for each version that is not known yet.

        :raises UnexpectedAnswer: the environment answered with another schema.
        """
        wanted = list(dict.fromkeys(schema_ids))
        found = {schema_id: self._known(schema_id) for schema_id in wanted}
        missing = [schema_id for schema_id in wanted if found[schema_id] is None]
        documents = map_reads(self._client, lambda client, schema_id: client.get_schema(schema_id), missing)
        for schema_id, document in zip(missing, documents, strict=True):
            found[schema_id] = self._keep(schema_id, document)
        return {schema_id: schema for schema_id, schema in found.items() if schema is not None}

    def _known(self, schema_id: str) -> Schema | None:
        version = self.versions.get(schema_id)
        if not version:
            return None
        key = (self._origin, schema_id, version)
        schema = _schemas.get(key)
        if schema is None and self._directory:
            # The environments of a fleet begin at the same time.
            with _files:
                schema = _schemas.get(key) or self._from_file(schema_id, version)
        return schema

    def _from_file(self, schema_id: str, version: str) -> Schema | None:
        document = _read_file(self._file(schema_id, version))
        if document is None or (document.get("schemaId"), document.get("version")) != (schema_id, version):
            return None
        return self._remember(schema_id, version, document)

    def _keep(self, schema_id: str, document: Mapping[str, Any]) -> Schema:
        if document.get("schemaId") != schema_id:
            raise UnexpectedAnswer(f"The environment returned another schema than {schema_id}.")
        version = self.versions.get(schema_id)
        if not version or document.get("version") != version:
            return Schema.from_document(document)
        if self._directory:
            with contextlib.suppress(OSError):
                _atomic_file.write(self._file(schema_id, version), json.dumps(document))
        return self._remember(schema_id, version, document)

    def _remember(self, schema_id: str, version: str, document: Mapping[str, Any]) -> Schema:
        if len(_schemas) >= _MOST_SCHEMAS:
            _schemas.clear()
        schema = _documents.of("schema", document, lambda: Schema.from_document(document))
        _schemas[(self._origin, schema_id, version)] = schema
        return schema

    def _file(self, schema_id: str, version: str) -> str:
        name = f"{quote(schema_id, safe='')}@{quote(version, safe='')}"[:200]
        return str(Path(self._directory or "") / quote(self._origin, safe="")[:100] / f"{name}.json")


def _origin_of(environment_url: str) -> str:
    """The servers that share schemas: those of one cluster, or of Dynatrace. No other server may replace a schema."""
    parts = urlsplit(environment_url)
    host = parts.hostname or ""
    shared = host.partition(".")[2] if host.endswith(".dynatrace.com") else host
    return f"{shared}:{parts.port}" if parts.port else shared


def _read_file(path: str) -> dict[str, Any] | None:
    """Return a document that an earlier run has kept, or ``None``."""
    try:
        document = json.loads(Path(path).read_text(encoding="utf-8"))
        return check_schema(document)
    except (OSError, ValueError, WrongForm):
        return None
