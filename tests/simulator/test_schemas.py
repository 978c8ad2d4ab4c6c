# Copyright (c) 2026, community.dynatrace contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Any schema of a real server can be loaded, and is served as it is."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from ansible_collections.community.dynatrace.tests.support.simulator import EXPORT_SCHEMA, Simulator, SimulatorError
from settings_api_simulator.config import load as load_config

from .client import Api


@pytest.fixture(scope="module")
def real(reference: Path) -> Iterator[Simulator]:
    export = reference / "user-session-export-settings-v2.schema.json"
    with Simulator(options=["--schema", str(reference / "schemas"), "--schema", str(export)]) as running:
        yield running


@pytest.fixture
def client(real: Simulator) -> Iterator[Api]:
    api = Api(real.url(), real.token())
    yield api
    api.close()


def test_every_real_schema_is_served_identically(client: Api, reference: Path, is_corpus: bool) -> None:
    files = sorted((reference / "schemas").glob("*.json"))
    assert len(files) == (232 if is_corpus else 14)
    for file in files:
        content = json.loads(file.read_text(encoding="utf-8"))
        answer = client.call("GET", f"/settings/schemas/{content['schemaId']}")
        assert answer.status_code == 200
        assert answer.json() == content


def test_every_real_schema_can_be_asked_to_check_a_value(client: Api, reference: Path) -> None:
    for file in sorted((reference / "schemas").glob("*.json")):
        schema = json.loads(file.read_text(encoding="utf-8"))
        scope = schema["allowedScopes"][0]
        item = {"schemaId": schema["schemaId"], "value": {"no such thing": 1}}
        item["scope"] = scope if scope in ("environment", "environment-default") else f"{scope}-0000000000000001"
        answer = client.post(item, validateOnly="true")
        assert answer.status_code == 400, schema["schemaId"]
        assert "Unknown property" in answer.text


def test_the_list_names_every_schema_once(client: Api, is_corpus: bool) -> None:
    answer = client.call("GET", "/settings/schemas", params={"fields": "schemaId,latestSchemaVersion,maturity"}).json()
    ids = [item["schemaId"] for item in answer["items"]]
    assert len(ids) == len(set(ids)) == answer["totalCount"] >= (233 if is_corpus else 15)


def test_the_built_in_schema_says_the_same_as_the_published_one(api: Api, reference: Path) -> None:
    published = json.loads((reference / "user-session-export-settings-v2.schema.json").read_text(encoding="utf-8"))
    own = api.call("GET", f"/settings/schemas/{EXPORT_SCHEMA}", params={"schemaVersion": "0.0.15"}).json()

    def rules(part: object) -> object:
        texts = ("description", "displayName", "documentation", "summaryPattern", "maturity")
        if isinstance(part, dict):
            return {name: rules(inner) for name, inner in part.items() if name not in texts}
        return [rules(inner) for inner in part] if isinstance(part, list) else part

    assert rules(own) == rules(published)


def test_old_and_new_version_can_be_asked_for(api: Api) -> None:
    path = f"/settings/schemas/{EXPORT_SCHEMA}"
    assert api.call("GET", path).json()["version"] == "0.0.214"
    assert api.call("GET", path, params={"schemaVersion": "0.0.15"}).json()["version"] == "0.0.15"
    missing = api.call("GET", path, params={"schemaVersion": "9"})
    assert missing.status_code == 404
    assert missing.json()["error"]["message"] == f"Configuration schema {EXPORT_SCHEMA} does not exist with version 9."


def test_an_older_managed_does_not_have_the_schema(api: Api, simulator: Simulator, env: str) -> None:
    simulator.configure(env, missing_schemas=[EXPORT_SCHEMA])
    answer = api.find(EXPORT_SCHEMA)
    assert answer.status_code == 404
    assert answer.json()["error"]["message"] == f"No schema with topic identifier '{EXPORT_SCHEMA}'"
    item = {"schemaId": EXPORT_SCHEMA, "scope": "environment", "value": {}}
    assert api.post(item).json()[0]["error"]["message"] == f"Configuration schema {EXPORT_SCHEMA} does not exist."


def test_what_is_no_schema_is_refused_at_the_start(tmp_path: Path) -> None:
    (tmp_path / "wrong.json").write_text('{"a": 1}')
    with pytest.raises(SimulatorError, match=r"wrong\.json: not a settings schema: schemaId is missing"):
        Simulator(options=["--schema", str(tmp_path / "wrong.json")])


def test_a_folder_of_schemas_is_read_almost_as_fast_as_its_json(tmp_path: Path, own_reference: Path) -> None:
    for number, file in enumerate(sorted((own_reference / "schemas").glob("*.json"))):
        content = json.loads(file.read_text(encoding="utf-8"))
        for copy in range(20):
            one = {**content, "schemaId": f"builtin:copy{copy}.{number}"}
            (tmp_path / f"{copy}-{number}.json").write_text(json.dumps(one), encoding="utf-8")

    def seconds(work: Callable[[], object]) -> float:
        start = time.process_time()
        work()
        return time.process_time() - start

    alone = min(
        seconds(lambda: [json.loads(file.read_text()) for file in tmp_path.glob("*.json")]) for _turn in range(3)
    )
    read = min(seconds(lambda: load_config(None, schemas=[tmp_path])) for _turn in range(3))
    assert len(load_config(None, schemas=[tmp_path]).catalog.ids()) > 14 * 20
    assert read < 5 * alone + 0.05
