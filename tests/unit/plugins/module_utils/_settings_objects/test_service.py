# Copyright (c) 2026, community.dynatrace contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""settings_objects over HTTP: derived scopes, one object per request, and deletions that are rejected for a while."""

from __future__ import annotations

import itertools
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from ansible_collections.community.dynatrace.plugins.module_utils._problems import text_of
from ansible_collections.community.dynatrace.plugins.module_utils._settings_api import apply
from ansible_collections.community.dynatrace.plugins.module_utils._settings_api.client import SettingsClient
from ansible_collections.community.dynatrace.plugins.module_utils._settings_api.connection import (
    AccessToken,
    Connection,
)
from ansible_collections.community.dynatrace.plugins.module_utils._settings_api.errors import (
    SettingsError,
)
from ansible_collections.community.dynatrace.plugins.module_utils._settings_api.schema import Schema
from ansible_collections.community.dynatrace.plugins.module_utils._settings_objects import module
from ansible_collections.community.dynatrace.plugins.module_utils._settings_objects.service import read_scope
from ansible_collections.community.dynatrace.tests.support.simulator import EXPORT_SCHEMA, ZONE_SCHEMA, Simulator

CLUSTERS = {
    "schemaId": "builtin:clusters",
    "version": "1",
    "multiObject": False,
    "allowedScopes": ["KUBERNETES_CLUSTER"],
    "types": {},
    "enums": {},
    "properties": {
        "clusterId": {"type": "text", "nullable": False, "default": ""},
        "label": {"type": "text", "nullable": False, "default": ""},
        "authToken": {"type": "secret", "nullable": False, "default": ""},
    },
}
_numbers = itertools.count(1)


@pytest.fixture(scope="module")
def simulator() -> Iterator[Simulator]:
    with Simulator() as running:
        yield running


@pytest.fixture
def env(simulator: Simulator) -> str:
    name = f"service{next(_numbers)}"
    simulator.add_environment(name)
    return name


def run(simulator: Simulator, env: str, check_mode: bool = False, **options: Any) -> dict[str, Any]:
    defaults = {name: spec.get("default") for name, spec in module.OPTIONS.items()}
    params = {**defaults, **options}
    _ready, problems = module.check(params)
    assert not problems, problems
    with SettingsClient(Connection(simulator.url(env), AccessToken(simulator.token(env)))) as client:
        return module.run(client, None, params, check_mode)


def cluster(cluster_id: str, label: str, name: str) -> dict[str, Any]:
    value = {"clusterId": cluster_id, "label": label}
    return {"name": name, "value": value, "secrets": [{"path": "authToken", "value": f"canary-{name}"}]}


def test_a_schema_that_derives_its_scope_from_the_value(simulator: Simulator, env: str, reference: Path) -> None:
    document: dict[str, Any] = CLUSTERS
    more: dict[str, Any] = {}
    if (real := reference / "schemas" / "builtin__cloud.kubernetes.json").is_file():
        document = json.loads(real.read_text())
        more = {"clusterIdEnabled": True, "endpointUrl": "https://k8s.example", "enabled": True}
        more |= {"certificateCheckEnabled": True, "hostnameVerificationEnabled": True}
    schema_id = document["schemaId"]
    simulator.configure(env, schema_overrides=[document], behavior_flags={"generated_scopes": {schema_id: "clusterId"}})

    def declared(*objects: dict[str, Any]) -> list[dict[str, Any]]:
        return [{**one, "value": {**more, **one["value"]}} for one in objects]

    first = declared(cluster("uid-1", "one", "a"), cluster("uid-2", "two", "b"))
    changed = declared(cluster("uid-1", "other", "a"), cluster("uid-2", "two", "b"))
    for objects, counts in ((first, {"created": 2}), (changed, {"updated": 1})):
        predicted = run(simulator, env, True, schema_id=schema_id, objects=objects)
        done = run(simulator, env, schema_id=schema_id, objects=objects)
        again = run(simulator, env, schema_id=schema_id, objects=objects)
        operations = [one["operation"] for one in done["objects"] if one["operation"] != "unchanged"]
        assert {name: operations.count(name) for name in set(operations)} == counts
        assert predicted["plan_digest"] == done["plan_digest"]
        assert (predicted["changed"], done["changed"], again["changed"]) == (True, True, False)
    stored = [one for one in simulator.objects(env) if one["schemaId"] == schema_id]
    assert sorted(one["value"]["label"] for one in stored) == ["other", "two"]
    assert all(one["scope"].startswith("KUBERNETES_CLUSTER-") for one in stored)
    with pytest.raises(SettingsError, match="scope"):
        run(simulator, env, schema_id=schema_id, objects=[], prune=True, confirm_prune_all=True)
    gone = run(simulator, env, schema_id=schema_id, objects=[{"name": "a"}], state="absent")
    assert gone["changed"]
    assert [one["value"]["label"] for one in simulator.objects(env) if one["schemaId"] == schema_id] == ["two"]


def export(name: str) -> dict[str, Any]:
    endpoint = {"endpointUrl": f"https://{name}.example/sink", "enableUserSessionExport": True}
    return {"name": name, "value": {"endpointDefinition": endpoint}}


@pytest.mark.parametrize("schema_id", [EXPORT_SCHEMA, ZONE_SCHEMA])
def test_session_exports_are_created_one_per_post_whichever_module_writes(
    simulator: Simulator, env: str, schema_id: str
) -> None:
    zones = [{"name": name, "value": {"name": name, "rules": []}} for name in ("a", "b", "c")]
    objects = [export(name) for name in ("a", "b", "c")] if schema_id == EXPORT_SCHEMA else zones
    simulator.clear_log()
    assert run(simulator, env, schema_id=schema_id, objects=objects)["changed"]
    posts = [
        one["body"]["items"]
        for one in simulator.requests(method="POST", environment=env)
        if one["query"].get("validateOnly") != "true"
    ]
    assert posts == ([1, 1, 1] if schema_id == EXPORT_SCHEMA else [3])


def test_a_deletion_that_is_refused_for_a_while_is_repeated(
    simulator: Simulator, env: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    pauses: list[float] = []
    monkeypatch.setattr(apply, "_pause", pauses.append)
    simulator.seed(env, [{"schemaId": ZONE_SCHEMA, "value": {"name": "a", "rules": []}}])
    absent = {"schema_id": ZONE_SCHEMA, "objects": [{"value": {"name": "a"}}], "state": "absent"}
    simulator.fault("delete_refused", environment=env, times=2)
    assert run(simulator, env, **absent)["changed"]
    assert pauses == list(apply.PAUSES[:2])
    assert not [one for one in simulator.objects(env) if one["schemaId"] == ZONE_SCHEMA]


def test_a_deletion_that_stays_refused_ends_with_the_reason(
    simulator: Simulator, env: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    pauses: list[float] = []
    monkeypatch.setattr(apply, "_pause", pauses.append)
    simulator.seed(env, [{"schemaId": ZONE_SCHEMA, "value": {"name": "a", "rules": []}}])
    simulator.fault("delete_refused", environment=env, times=None)
    with pytest.raises(SettingsError):
        run(simulator, env, schema_id=ZONE_SCHEMA, objects=[{"value": {"name": "a"}}], state="absent")
    simulator.clear_faults()
    assert pauses == list(apply.PAUSES)
    assert len([one for one in simulator.objects(env) if one["schemaId"] == ZONE_SCHEMA]) == 1


@pytest.mark.parametrize(
    ("allowed", "given", "scope", "problem"),
    [
        (["environment"], None, "environment", ""),
        (["environment"], "tenant", "tenant", ""),
        (["environment", "HOST"], "HOST-1", "HOST-1", ""),
        ([], "anything", "anything", ""),
        (["KUBERNETES_CLUSTER"], None, "", ""),
        (["environment"], "enviroment", "", "its scope types are: environment; did you mean environment?"),
        (["environment"], "HOST-1", "", "its scope types are: environment"),
        (["HOST", "HOST_GROUP"], "HOSTS-1", "", "its scope types are: HOST-..., HOST_GROUP-...; did you mean HOST?"),
        (["user", "userdefaults"], "user-42", "user-42", ""),
    ],
)
def test_the_scope_is_one_of_the_schema(allowed: Any, given: Any, scope: str, problem: str) -> None:
    rules = Schema.from_document({"schemaId": "test:schema", "allowedScopes": allowed, "properties": {}})
    found, problems = read_scope(rules, given)
    assert [problem] == [text_of(one).partition("; ")[2] for one in problems] if problem else found == scope
