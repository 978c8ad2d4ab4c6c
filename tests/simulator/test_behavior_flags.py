# Copyright (c) 2026, community.dynatrace contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Environments that behave differently, as other versions of the server do."""

from __future__ import annotations

import dataclasses
import json
from pathlib import Path

import pytest

from ansible_collections.community.dynatrace.tests.support.simulator import (
    EXPORT_SCHEMA,
    ZONE_SCHEMA,
    Simulator,
    SimulatorError,
    export_object,
    export_value,
)
from settings_api_simulator.behavior_flags import BehaviorFlags

from .client import Api, violations


def test_no_external_id_is_returned(api: Api, simulator: Simulator, env: str) -> None:
    simulator.switches(env, returns_external_id=False)
    object_id = api.create(export_object("label"))
    assert "externalId" not in api.get(object_id).json()
    assert "externalId" not in api.items(EXPORT_SCHEMA)[0]
    assert simulator.objects(env)[0]["externalId"] == "label"


def test_external_ids_are_cut(api: Api, simulator: Simulator, env: str) -> None:
    simulator.switches(env, external_id_length=5)
    object_id = api.create(export_object("label one"))
    assert api.items(EXPORT_SCHEMA)[0]["externalId"] == "label"
    assert api.items(EXPORT_SCHEMA, externalIds="label one") == []
    assert api.create(export_object("label two")) == object_id


def test_hidden_branches_are_stored_with_empty_texts(api: Api, simulator: Simulator, env: str) -> None:
    simulator.switches(env, inactive_branches="empty")
    object_id = api.create(export_object())
    value = api.get(object_id).json()["value"]
    assert value["authentication"]["basicAuth"] == {"username": "", "password": ""}
    assert value["sendDirect"] == {"active": False, "indexName": ""}
    assert api.put(object_id, value).status_code == 200  # and may be sent back
    assert api.put(object_id, export_value()).status_code == 200
    assert api.get(object_id).json()["value"] == value


def test_zones_come_back_in_another_form(api: Api, simulator: Simulator, env: str) -> None:
    (zone,) = simulator.seed(env, [{"schemaId": ZONE_SCHEMA, "value": {"name": "Production", "rules": []}}])
    object_id = api.create(export_object(value=export_value(exportBehavior={"managementZone": zone})))

    def shown() -> str:
        return str(api.get(object_id).json()["value"]["exportBehavior"]["managementZone"])

    assert shown() == zone
    simulator.switches(env, management_zone="numeric")
    number = shown()
    assert -(2**63) <= int(number) < 2**63
    assert api.put(object_id, export_value(exportBehavior={"managementZone": number})).status_code == 200
    simulator.switches(env, management_zone="object_id")
    assert shown() == zone
    simulator.switches(env, management_zone="as_sent")
    assert shown() == number


def test_references_may_only_have_to_look_like_one(api: Api, simulator: Simulator, env: str) -> None:
    number = export_object(value=export_value(exportBehavior={"managementZone": "123"}))
    assert violations(api.post(number)) == {"exportBehavior/managementZone": "Must be of type setting"}
    simulator.switches(env, references="form")
    assert api.post(number).status_code == 200


def test_small_differences_of_answers(api: Api, simulator: Simulator, env: str) -> None:
    value = export_value(exportBehavior={"managementZone": None})
    object_id = api.create(export_object(value=value))
    simulator.switches(env, returned_scope="tenant", returns_nulls=True, put_answer="array")
    found = api.get(object_id).json()
    assert (found["scope"], found["value"]) == ("tenant", value)
    put = api.session.put(f"{api.base}/settings/objects/{object_id}", json={"value": value}, timeout=20)
    assert put.json() == [{"code": 200, "objectId": object_id}]


def test_a_newer_schema_has_unpublished_properties(api: Api, simulator: Simulator, env: str, tmp_path: Path) -> None:
    schema = api.call("GET", f"/settings/schemas/{EXPORT_SCHEMA}").json()
    schema["version"] = "0.0.999"
    compression = {"type": "text", "nullable": False, "default": "none", "displayName": "Compression"}
    schema["types"]["EndpointDefinition"]["properties"]["compression"] = compression
    (tmp_path / "newer.json").write_text(json.dumps(schema))
    simulator.configure(env, schema_overrides=[str(tmp_path / "newer.json")])
    assert violations(api.post(export_object())) == {"endpointDefinition/compression": "Must not be null"}
    value = export_value(endpointDefinition={"compression": "gzip"})
    assert api.get(api.create(export_object(value=value))).json()["schemaVersion"] == "0.0.999"
    assert api.post(export_object(value=value, schemaVersion="0.0.214")).status_code == 200
    simulator.switches(env, older_schema_versions="refuse")
    old = api.post(export_object(value=value, schemaVersion="0.0.214"))
    assert old.status_code == 404


@pytest.mark.parametrize("version", ["0.0.215", "1.0.0", "0.0.214.1", "", "0.0.x", "newest"])
def test_a_schema_version_that_is_newer_or_none_does_not_exist(api: Api, version: str) -> None:
    refused = api.post(export_object(schemaVersion=version))
    assert refused.status_code == 404
    assert refused.json()[0]["error"]["message"].endswith(f"does not exist with version {version}.")
    assert refused.json()[0]["invalidValue"] == {}


def test_older_schema_versions_are_accepted(api: Api) -> None:
    known = api.create(export_object(schemaVersion="0.0.15"))
    unknown = api.create(export_object(schemaVersion="0.0.9"))
    assert [api.get(one).json()["schemaVersion"] for one in (known, unknown)] == ["0.0.15", "0.0.214"]
    assert api.put(known, export_value(), schemaVersion="0.0.214").status_code == 200
    assert api.put(known, export_value(), schemaVersion="0.0.300").status_code == 404


def test_objects_by_hand(api: Api, simulator: Simulator, env: str) -> None:
    (object_id,) = simulator.seed(env, [export_object()])
    token = api.get(object_id).json()["updateToken"]
    simulator.change(env, object_id, merge={"endpointDefinition": {"usePost": True}}, author="eve@example.com")
    found = api.get(object_id).json()
    assert found["value"]["endpointDefinition"]["usePost"] is True
    assert found["author"] == "eve@example.com"
    assert found["updateToken"] != token
    with pytest.raises(SimulatorError, match="Unknown property"):
        simulator.change(env, object_id, merge={"typo": 1})
    simulator.change(env, object_id, merge={"typo": 1}, validate=False, externalId="monaco:x")
    assert api.get(object_id).json()["value"]["typo"] == 1
    simulator.delete(env, object_id)
    assert simulator.objects(env) == []


def test_reset_forgets(api: Api, simulator: Simulator, env: str) -> None:
    api.create(export_object())
    simulator.switches(env, returned_scope="tenant")
    simulator.reset(env)
    assert api.items(EXPORT_SCHEMA) == []
    api.create(export_object())
    assert api.items(EXPORT_SCHEMA)[0]["scope"] == "tenant"
    simulator.reset(env, switches=True)
    api.create(export_object())
    assert api.items(EXPORT_SCHEMA)[0]["scope"] == "environment"


@pytest.mark.parametrize(
    "wrong",
    [{"typo": 1}, {"resubmission": "perhaps"}, {"returns_nulls": "yes"}, {"maximum_objects_status": 500}, {"mask": ""}],
)
def test_a_wrong_switch_is_refused(simulator: Simulator, env: str, wrong: dict[str, object]) -> None:
    with pytest.raises(SimulatorError, match=next(iter(wrong))):
        simulator.switches(env, **wrong)


def test_an_object_that_others_refer_to_is_not_deleted(api: Api, simulator: Simulator, env: str) -> None:
    pipeline = {
        "schemaId": "builtin:pipelines",
        "version": "1",
        "properties": {"name": {"type": "text"}},
        "deletionConstraints": [{"type": "REFERENTIAL_INTEGRITY", "schemaIds": ["builtin:routing"]}],
    }
    entry = {
        "one": {"type": "setting", "referencedType": "builtin:pipelines", "nullable": True},
        "many": {"type": "set", "items": {"type": "setting", "referencedType": "builtin:pipelines"}},
    }
    routing = {
        "schemaId": "builtin:routing",
        "version": "1",
        "properties": {"entries": {"type": "list", "items": {"type": {"$ref": "#/types/Entry"}}}},
        "types": {"Entry": {"type": "object", "properties": entry}},
    }
    simulator.configure(env, schema_overrides=[pipeline, routing])
    first, second, free = (
        api.create({"schemaId": "builtin:pipelines", "scope": "environment", "value": {"name": name}}) for name in "abc"
    )
    value = {"entries": [{"one": first}, {"many": [second]}]}
    table = api.create({"schemaId": "builtin:routing", "scope": "environment", "value": value})
    for used in (first, second):
        refused = api.delete(used)
        assert refused.status_code == 400
        message = refused.json()["error"]["constraintViolations"][0]["message"]
        assert message == "Object is still referenced by an object of schema builtin:routing"
    assert api.delete(free).status_code == 204
    assert api.put(table, {"entries": [{"many": [second]}]}).status_code == 200
    assert api.delete(first).status_code == 204
    simulator.switches(env, deletion_constraints="ignore")
    assert api.delete(second).status_code == 204


def test_a_reference_to_nothing(api: Api, simulator: Simulator, env: str) -> None:
    """The text and the violation are recorded."""
    value = export_value(exportBehavior={"managementZone": "no zone"})
    refused = api.post(export_object(value=value)).json()[0]
    assert refused["error"]["message"] == "Constraints violated."
    assert violations(api.post(export_object(value=value))) == {
        "exportBehavior/managementZone": "Must be of type setting"
    }
    (zone,) = simulator.seed(env, [{"schemaId": ZONE_SCHEMA, "value": {"name": "z", "rules": []}}])
    to_zone = export_object(value=export_value(exportBehavior={"managementZone": zone}))
    assert api.post(to_zone, validateOnly="true").status_code == 200
    simulator.delete(env, zone)
    assert list(violations(api.post(to_zone))) == ["exportBehavior/managementZone"]
    simulator.switches(env, references="form")
    assert api.post(to_zone, validateOnly="true").status_code == 200


def test_every_python_from_3_10_accepts_the_defaults() -> None:
    """Python 3.11 refuses a default without a hash, such as a read-only mapping."""
    plain = (bool, int, str, tuple, type(None), type(dataclasses.MISSING))
    assert [one.name for one in dataclasses.fields(BehaviorFlags) if not isinstance(one.default, plain)] == []
    assert dict(BehaviorFlags().generated_scopes) == {"builtin:cloud.kubernetes": "clusterId"}
