# Copyright (c) 2026, community.dynatrace contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""What the documentation shows and what real servers were seen to answer."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from ansible_collections.community.dynatrace.tests.support.simulator import EXPORT_SCHEMA, Simulator

from .client import Api

Connect = Callable[..., Api]


@pytest.fixture
def observed(reference: Path) -> list[dict[str, Any]]:
    file = reference / "examples" / "settings-objects.error-responses.observed.json"
    return list(json.loads(file.read_text(encoding="utf-8")))


@pytest.fixture
def quota(simulator: Simulator, env: str, observed: list[dict[str, Any]]) -> dict[str, Any]:
    """The schema of the observed answers, as far as they say what it is."""
    path = observed[0]["body"][0]["error"]["constraintViolations"][0]["path"]
    schema_id, _index, name = path.split("/")
    prop = {"type": "float", "nullable": False, "displayName": "", "description": ""}
    schema = {
        "schemaId": schema_id,
        "version": "1.0",
        "multiObject": False,
        "allowedScopes": ["environment", "HOST"],
        "properties": {name: prop},
    }
    simulator.configure(env, schema_overrides=[schema])
    return {"schemaId": schema_id, "scope": "environment", "value": {name: "lots"}}


def test_the_worked_post_is_accepted(api: Api, reference: Path) -> None:
    body = json.loads((reference / "examples" / "session-export.post-request.docs.json").read_text(encoding="utf-8"))
    answer = api.call("POST", "/settings/objects", json=body)
    assert answer.status_code == 200
    assert set(answer.json()[0]) == {"code", "objectId"}
    (item,) = api.items(EXPORT_SCHEMA, scopes="tenant")
    assert item["scope"] == "environment"
    assert item["schemaVersion"] == "0.0.214"


def test_a_list_looks_like_the_documented_one(api: Api, reference: Path) -> None:
    shown = json.loads(
        (reference / "examples" / "settings-objects.list-response.docs.json").read_text(encoding="utf-8")
    )
    body = json.loads((reference / "examples" / "session-export.post-request.docs.json").read_text(encoding="utf-8"))
    api.call("POST", "/settings/objects", json=body)
    answer = api.find(EXPORT_SCHEMA, fields=None).json()
    assert set(answer) == set(shown)
    assert set(answer["items"][0]) == set(shown["items"][0])
    assert answer["pageSize"] == shown["pageSize"]


def test_a_wrong_type_is_answered_as_observed(api: Api, quota: dict[str, Any], observed: list[dict[str, Any]]) -> None:
    answer = api.post(quota, validateOnly="true")
    assert (answer.status_code, answer.json()) == (observed[0]["http_status"], observed[0]["body"])


def test_items_that_differ_are_answered_as_observed(
    api: Api, quota: dict[str, Any], observed: list[dict[str, Any]]
) -> None:
    good = {**quota, "value": dict.fromkeys(quota["value"], 0.2)}
    answer = api.post(good, quota, validateOnly="true")
    schema_id = quota["schemaId"]
    found = json.dumps(answer.json()).replace(f"{schema_id}/1/", f"{schema_id}/0/")  # the observed index is 0 for both
    assert (answer.status_code, json.loads(found)) == (observed[1]["http_status"], observed[1]["body"])


def test_a_scope_that_is_not_allowed_is_answered_as_observed(
    api: Api, quota: dict[str, Any], observed: list[dict[str, Any]]
) -> None:
    answer = api.post({**quota, "scope": "PROCESS_GROUP-D3A3C5A146830A79"}, validateOnly="true")
    assert (answer.status_code, answer.json()) == (observed[2]["http_status"], observed[2]["body"])


def test_a_version_that_does_not_exist_is_answered_as_observed(
    api: Api, quota: dict[str, Any], observed: list[dict[str, Any]]
) -> None:
    answer = api.post({**quota, "schemaVersion": "1.0.1"})
    observed_id = re.findall(r"schema (\S+) does", observed[4]["body"][0]["error"]["message"])[0]
    found = answer.text.replace(quota["schemaId"], observed_id)
    assert (answer.status_code, json.loads(found)) == (observed[4]["http_status"], observed[4]["body"])


def test_throttling_is_answered_as_observed(
    api: Api, simulator: Simulator, env: str, observed: list[dict[str, Any]]
) -> None:
    simulator.fault("status", status=429, environment=env)
    answer = api.find(EXPORT_SCHEMA)
    assert (answer.status_code, answer.json()) == (observed[5]["http_status"], observed[5]["body"])


def test_a_page_key_beside_another_parameter_is_answered_as_observed(api: Api, observed: list[dict[str, Any]]) -> None:
    answer = api.call("GET", "/settings/objects", params={"nextPageKey": "x", "pageSize": "2"})
    assert (answer.status_code, answer.json()) == (observed[6]["http_status"], observed[6]["body"])


def test_a_missing_scope_is_answered_as_observed(connect: Connect, env: str, observed: list[dict[str, Any]]) -> None:
    answer = connect(env, "other").find(EXPORT_SCHEMA)
    assert (answer.status_code, answer.json()) == (observed[7]["http_status"], observed[7]["body"])


def test_answers_are_checked_against_the_published_openapi(reference: Path) -> None:
    """The fixture ``api`` does it for every answer; here only that it can."""
    assert (reference / "settings-api.openapi.json").is_file()
