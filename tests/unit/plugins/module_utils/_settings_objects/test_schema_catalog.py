# Copyright (c) 2026, community.dynatrace contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Schemas are shared by the environments of the same servers, and by no others."""

from __future__ import annotations

import copy
import json
from pathlib import Path
from typing import Any

import pytest

from ansible_collections.community.dynatrace.plugins.module_utils._settings_api.errors import UnexpectedAnswer
from ansible_collections.community.dynatrace.plugins.module_utils._settings_objects import schema_catalog
from ansible_collections.community.dynatrace.plugins.module_utils._settings_objects.schema_catalog import SchemaCatalog

SCHEMAS = Path(__file__).resolve().parents[4] / "reference" / "schemas"
DOCUMENT = json.loads((SCHEMAS / "app__example.tickets__connection.json").read_text(encoding="utf-8"))
SCHEMA_ID = DOCUMENT["schemaId"]


@pytest.fixture(autouse=True)
def _empty_memory(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(schema_catalog, "_schemas", {})


class Client:
    def __init__(self, url: str, document: dict[str, Any] = DOCUMENT) -> None:
        self.environment_url = url
        self.document = document
        self.read: list[str] = []

    def list_schemas(self, *, fields: Any = ()) -> list[dict[str, Any]]:
        return [{"schemaId": SCHEMA_ID, "latestSchemaVersion": self.document["version"]}]

    def get_schema(self, schema_id: str, *, version: str | None = None) -> dict[str, Any]:
        self.read.append(schema_id)
        return self.document


def is_secret(client: Client, directory: str | None) -> bool:
    found: Any = client
    return SchemaCatalog(found, directory).read([SCHEMA_ID])[SCHEMA_ID].is_secret(("token",))


@pytest.mark.parametrize("kept", [True, False], ids=["directory", "memory"])
def test_no_server_replaces_the_schemas_of_another(tmp_path: Path, kept: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    """One that calls a secret a text would make other environments show it."""
    wrong = copy.deepcopy(DOCUMENT)
    wrong["properties"]["token"]["type"] = "text"
    directory = str(tmp_path) if kept else None
    assert not is_secret(Client("https://hostile.example.com/e/one", wrong), directory)
    if kept:
        monkeypatch.setattr(schema_catalog, "_schemas", {})
    assert is_secret(Client("https://cluster.example.com/e/two"), directory)
    assert is_secret(Client("https://abc12345.live.dynatrace.com"), directory)


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ("https://abc12345.live.dynatrace.com", "https://xyz67890.live.dynatrace.com"),
        ("https://cluster.example.com/e/one", "https://cluster.example.com/e/two"),
    ],
)
@pytest.mark.parametrize("kept", [True, False], ids=["directory", "memory"])
def test_environments_of_the_same_servers_share_schemas(
    tmp_path: Path, kept: bool, first: str, second: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    directory = str(tmp_path) if kept else None
    one, two = Client(first), Client(second)
    assert is_secret(one, directory)
    if kept:
        monkeypatch.setattr(schema_catalog, "_schemas", {})
    assert is_secret(two, directory)
    assert one.read == [SCHEMA_ID] and not two.read


@pytest.mark.parametrize("name", ["../../outside", "/outside", "a" * 500])
def test_no_schema_leads_to_another_directory(tmp_path: Path, name: str) -> None:
    document = {**DOCUMENT, "version": name}
    assert is_secret(Client("https://cluster.example.com/e/one", document), str(tmp_path / "cache"))
    (written,) = [path for path in tmp_path.rglob("*") if path.is_file()]
    assert written.parent.parent == tmp_path / "cache"


@pytest.mark.parametrize("document", [{}, {**DOCUMENT, "schemaId": "builtin:other"}], ids=["none", "another"])
def test_another_schema_than_the_requested_one_is_an_error(document: dict[str, Any]) -> None:
    client = Client("https://cluster.example.com/e/one", {"version": "1", **document})
    with pytest.raises(UnexpectedAnswer, match="another schema"):
        is_secret(client, None)
