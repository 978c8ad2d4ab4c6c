# Copyright (c) 2026, community.dynatrace contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""What environments that declare the same have in common is found out once, and changes no result."""

from __future__ import annotations

import copy
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ansible_collections.community.dynatrace.plugins.module_utils._settings_api import memo as memos
from ansible_collections.community.dynatrace.plugins.module_utils._settings_api import plan as planning
from ansible_collections.community.dynatrace.plugins.module_utils._settings_api import validation as schema_validation
from ansible_collections.community.dynatrace.plugins.module_utils._settings_api.client import SettingsClient
from ansible_collections.community.dynatrace.plugins.module_utils._settings_api.connection import (
    AccessToken,
    Connection,
)
from ansible_collections.community.dynatrace.plugins.module_utils._settings_api.errors import SettingsError
from ansible_collections.community.dynatrace.plugins.module_utils._settings_api.external_id import ExternalId
from ansible_collections.community.dynatrace.plugins.module_utils._settings_api.references import Reference
from ansible_collections.community.dynatrace.plugins.module_utils._settings_api.schema import Schema
from ansible_collections.community.dynatrace.plugins.module_utils._settings_objects import (
    group_plan,
    schema_catalog,
    settings_module,
)
from ansible_collections.community.dynatrace.plugins.module_utils._settings_objects.group_plan import DeclaredSettings
from settings_api_simulator.ids import object_id

RULES, CHANNELS = "builtin:test.rules", "builtin:test.channels"
ENVIRONMENT = {"multiObject": True, "maxObjects": 5, "allowedScopes": ["environment"], "types": {}, "enums": {}}
UNIQUE = {"schemaConstraints": [{"type": "UNIQUE", "uniqueProperties": ["name"]}]}
NAME = {"type": "text", "nullable": False, "constraints": [{"type": "LENGTH", "minLength": 1, "maxLength": 20}]}


def rules(version: str) -> dict[str, Any]:
    """An ordered schema with defaults, a nullable property, a precondition, a secret, a reference and a set."""
    newer = {"level": {"type": "integer", "default": 5}} if version == "2" else {}
    return {
        **ENVIRONMENT,
        **UNIQUE,
        "schemaId": RULES,
        "version": version,
        "ordered": True,
        "properties": {
            "name": NAME,
            "enabled": {"type": "boolean", "default": True},
            "comment": {"type": "text", "nullable": True},
            "weight": {"type": "float", "default": 1.0},
            "channel": {"type": "setting", "referencedType": CHANNELS, "nullable": True},
            "tags": {"type": "set", "default": [], "minObjects": 0, "items": {"type": "text"}},
            "token": {
                "type": "secret",
                "nullable": False,
                "precondition": {"type": "EQUALS", "property": "enabled", "expectedValue": False},
            },
            **newer,
        },
    }


CHANNEL = {**ENVIRONMENT, **UNIQUE, "schemaId": CHANNELS, "version": "1", "properties": {"name": NAME}}


class Client(SettingsClient):
    """A client of an environment without HTTP."""

    def __init__(
        self, number: int, version: str, rules_there: list[dict[str, Any]], channels: list[str], url: str = ""
    ) -> None:
        url = url or f"https://abc{number:05}.live.dynatrace.com"
        super().__init__(Connection(url, AccessToken("dt0c01.A.B")))
        self._documents = {RULES: rules(version), CHANNELS: CHANNEL}
        self.number = number
        self.items = {
            RULES: [self._item(RULES, place, **one) for place, one in enumerate(rules_there)],
            CHANNELS: [self._item(CHANNELS, place, value={"name": name}) for place, name in enumerate(channels)],
        }

    def own(self, schema_id: str, place: int) -> str:
        return object_id(schema_id, "environment", f"{self.number:08d}-1234-3234-8234-{place:012d}")

    def _item(self, schema_id: str, place: int, value: dict[str, Any], **more: Any) -> dict[str, Any]:
        about = {"updateToken": f"token-{self.number}", "modified": 1000 + self.number, "author": f"a-{self.number}"}
        value = {**value, "channel": self.own(CHANNELS, value["channel"])} if "channel" in value else value
        return {"objectId": self.own(schema_id, place), "scope": "environment", "value": value, **about, **more}

    def list_schemas(self, *_arguments: Any, **_options: Any) -> Any:
        return [
            {"schemaId": one["schemaId"], "latestSchemaVersion": one["version"]} for one in self._documents.values()
        ]

    def get_schema(self, schema_id: str, **_options: Any) -> Any:
        return self._documents[schema_id]

    def list_objects(self, schema_id: str, **_options: Any) -> Any:
        return copy.deepcopy(self.items[schema_id])

    def clone(self) -> SettingsClient:
        return self

    def close_clone(self, clone: SettingsClient) -> None:
        """It is the same."""


def params_of(declarations: list[dict[str, Any]], **more: Any) -> dict[str, Any]:
    defaults = {name: option.get("default") for name, option in settings_module.OPTIONS.items()}
    more = {"explain_drift": False, "permission_check": "never", "server_validation": False, **more}
    return {**defaults, "declarations": declarations, **more}


def outcome(client: Client, declared: DeclaredSettings, params: Mapping[str, Any]) -> Any:
    try:
        return settings_module.run(client, declared, params, True)
    except SettingsError as error:
        return [type(error).__name__, error.message, repr(getattr(error, "problems", ""))]


@contextmanager
def nothing_known() -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(memos, "digest_of", lambda _values: None)
        patched.setattr(planning, "with_known", lambda _memo, existing, _declared, _policy, plan: plan(existing))
        patched.setattr(schema_catalog, "_schemas", {})
        patched.setattr(schema_catalog, "_documents", memos.Memo())
        yield


def without_sharing(client: Client, params: Mapping[str, Any]) -> Any:
    """The result of an environment that is the only one."""
    with nothing_known():
        declared, problems = settings_module.check(params)
        assert declared is not None and not problems
        return outcome(client, declared, copy.deepcopy(params))


TO_CHANNEL = Reference(CHANNELS, "Mail").text
VALUES = st.fixed_dictionaries(
    {"name": st.sampled_from(["a", "b", "c"])},
    optional={
        "enabled": st.booleans(),
        "comment": st.sampled_from([None, "", "x"]),
        "weight": st.sampled_from([1, 1.0, 2.5, 2.5, 2.5, 2.5, "wrong"]),
        "tags": st.sampled_from([["x", "y"], ["y", "x"], []]),
        "channel": st.sampled_from([TO_CHANNEL] * 5 + [Reference(CHANNELS, "Missing").text]),
        "level": st.sampled_from([5, 6]),
    },
)
OBJECTS = st.fixed_dictionaries(
    {"value": VALUES},
    optional={
        "name": st.sampled_from(["one", "two"]),
        "secrets": st.sampled_from([[{"path": "token", "value": "secret"}], [{"path": "token", "value": "other"}]]),
    },
)
DECLARATIONS = st.fixed_dictionaries(
    {
        "schema_id": st.just(RULES),
        "objects": st.lists(OBJECTS, min_size=1, max_size=3, unique_by=lambda one: one["value"]["name"]),
    },
    optional={
        "prune": st.booleans(),
        "ordered": st.booleans(),
        "state": st.sampled_from(["present", "present", "absent"]),
    },
)
# What another hand did to an object after it was as declared.
CHANGES = st.one_of(
    st.just({}),
    st.fixed_dictionaries(
        {},
        optional={
            "value": st.fixed_dictionaries(
                {},
                optional={
                    "enabled": st.booleans(),
                    "weight": st.sampled_from([1, 1.0, True]),
                    "tags": st.sampled_from([["y", "x"], []]),
                    "comment": st.sampled_from([None, "x"]),
                    "level": st.sampled_from([None, 5, 6]),
                    "channel": st.sampled_from([0, 1]),
                    "unknown": st.just({"a": 1}),
                },
            ),
            "externalId": st.sampled_from(
                [
                    None,
                    ExternalId(f"{RULES}/one").encode(),
                    ExternalId("another/one").encode(),
                    "monaco:x",
                    "community.dynatrace:1:cut",
                ]
            ),
            "modificationInfo": st.sampled_from([{"modifiable": False}, {"deletable": False}, {"movable": False}]),
        },
    ),
)
ENVIRONMENTS = st.lists(
    st.tuples(
        st.sampled_from(["1", "2"]),
        st.lists(CHANGES, max_size=3),
        st.booleans(),
        st.sampled_from([[], [], ["d"]]),
        st.sampled_from([["Mail"], ["Mail"], ["Chat", "Mail"], []]),
    ),
    min_size=1,
    max_size=4,
)


def environment(number: int, drawn: Any, declaration: dict[str, Any]) -> Client:
    """An environment with the declared objects, as another hand left them, and others."""
    version, changes, backwards, others, channels = drawn
    schema = Schema.from_document(rules(version))
    there = []
    for one, change in zip(declaration["objects"], changes, strict=False):
        value = {name: child for name, child in one["value"].items() if name != "channel"}
        value = schema.complete(value).value
        value |= {"channel": channels.index("Mail")} if "channel" in one["value"] and "Mail" in channels else {}
        value |= {"token": "zx6cTh7lCe"} if value.get("enabled") is False else {}
        name = {"externalId": ExternalId(f"{RULES}/{one['name']}").encode()} if "name" in one else {}
        there.append({**name, **change, "value": {**value, **change.get("value", {})}})
    there += [{"value": schema.complete({"name": name}).value} for name in others]
    return Client(number, version, there[::-1] if backwards else there, channels)


@given(declaration=DECLARATIONS, environments=ENVIRONMENTS, update=st.sampled_from(["with_updates", "always"]))
@settings(max_examples=150)
def test_a_fleet_has_the_results_of_its_environments(
    declaration: dict[str, Any], environments: list[Any], update: str
) -> None:
    params = params_of([declaration], update_secrets=update)
    before = copy.deepcopy(params)
    declared, problems = settings_module.check(params)
    if declared is None:
        assert problems
        return
    # Each one comes twice, with IDs of its own.
    for number, drawn in enumerate([*environments, *environments]):
        client = environment(number, drawn, declaration)
        assert outcome(client, declared, params) == without_sharing(client, params)
    assert params == before


def declared_as(value: dict[str, Any], **more: Any) -> tuple[dict[str, Any], DeclaredSettings]:
    params = params_of([{"schema_id": RULES, "objects": [{"value": value, **more}]}])
    declared, problems = settings_module.check(params)
    assert declared is not None and not problems
    return params, declared


def test_environments_with_the_same_schemas_validate_and_plan_once(monkeypatch: pytest.MonkeyPatch) -> None:
    validated, planned = [], []
    declare, plan_one = group_plan.declare, planning._plan_one

    def counting(*arguments: Any) -> Any:
        validated.append(1)
        return declare(*arguments)

    def counting_plans(*arguments: Any) -> Any:
        planned.append(1)
        return plan_one(*arguments)

    monkeypatch.setattr(schema_catalog, "_schemas", {})
    monkeypatch.setattr(schema_catalog, "_documents", memos.Memo())
    monkeypatch.setattr(group_plan, "declare", counting)
    monkeypatch.setattr(planning, "_plan_one", counting_plans)
    value = {"name": "a", "enabled": True, "weight": 1.0, "tags": []}
    params, declared = declared_as(value)
    for number in range(10):
        result = outcome(Client(number, "1", [{"value": value}], []), declared, params)
        (found,) = result["schemas"][0]["objects"]
        assert not result["changed"]
        assert (found["last_author"], found["last_modified"]) == (f"a-{number}", 1000 + number)
    assert (len(validated), len(planned)) == (1, 1)
    outcome(Client(11, "2", [{"value": value}], []), declared, params)
    assert len(validated) == 2, "another version of the schema"


def test_a_secret_of_one_environment_leaves_the_other_objects_shared(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(schema_catalog, "_schemas", {})
    monkeypatch.setattr(schema_catalog, "_documents", memos.Memo())
    planned: list[str] = []
    validated: list[Any] = []
    plan_one, find = planning._plan_one, schema_validation.find

    def counting_plans(desired: Any, *arguments: Any) -> Any:
        planned.append(desired.name)
        return plan_one(desired, *arguments)

    def counting(model: Any, validator: Any, value: Any) -> Any:
        validated.append(value["name"])
        return find(model, validator, value)

    monkeypatch.setattr(planning, "_plan_one", counting_plans)
    monkeypatch.setattr(schema_validation, "find", counting)
    there = {"name": "a", "enabled": False, "weight": 1.0, "tags": [], "token": "zx6cTh7lCe"}
    for number in range(3):
        with_secret = {
            "value": {"name": "a", "enabled": False},
            "secrets": [{"path": "token", "value": f"secret-{number}"}],
        }
        params = params_of(
            [
                {"schema_id": RULES, "objects": [with_secret]},
                {"schema_id": CHANNELS, "objects": [{"value": {"name": "Mail"}}]},
            ]
        )
        declared, _problems = settings_module.check(params)
        assert declared is not None
        assert not outcome(Client(number, "1", [{"value": there}], ["Mail"]), declared, params)["changed"]
    assert (planned.count("a"), planned.count("Mail")) == (3, 1)
    assert (validated.count("a"), validated.count("Mail")) == (3, 1)


def test_schemas_with_the_same_document_are_one_on_all_servers(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(schema_catalog, "_schemas", {})
    found: list[Schema] = []
    for host in ("one.example.com", "two.example.com"):
        client = Client(1, "1", [], [], f"https://{host}/e/1")
        found.append(schema_catalog.SchemaCatalog(client).read([RULES])[RULES])
    assert found[0] is found[1]


def test_nothing_of_an_environment_is_kept_in_a_shared_plan(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(schema_catalog, "_schemas", {})
    monkeypatch.setattr(schema_catalog, "_documents", memos.Memo())
    value = {"name": "a", "enabled": False, "weight": 1.0, "tags": [], "token": "zx6cTh7lCe"}
    params, declared = declared_as({"name": "a", "enabled": False}, secrets=[{"path": "token", "value": "S3cret-1"}])
    client = Client(7, "1", [{"value": value}], [])
    assert not outcome(client, declared, params)["changed"]
    groups, _problems = next(iter(declared._known.values()))
    memo = groups[0].domain.memo
    assert memo is not None and len(memo._kept) == 1
    kept = repr(memo._kept)
    for own in (client.own(RULES, 0), "token-7", "a-7", "1007", "S3cret-1", "zx6cTh7lCe"):
        assert own not in kept
