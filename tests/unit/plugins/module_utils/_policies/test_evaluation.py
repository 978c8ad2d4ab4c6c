# Copyright (c) 2026, community.dynatrace contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Policies over HTTP: what refuses, what warns, and that nothing is written; and the policies of the examples."""

from __future__ import annotations

import itertools
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from ansible_collections.community.dynatrace.plugins.module_utils import _export_modules
from ansible_collections.community.dynatrace.plugins.module_utils._environment import module as environment
from ansible_collections.community.dynatrace.plugins.module_utils._module_definition import ModuleDefinition
from ansible_collections.community.dynatrace.plugins.module_utils._policies.evaluation import PolicyRefusal
from ansible_collections.community.dynatrace.plugins.module_utils._problems import render
from ansible_collections.community.dynatrace.plugins.module_utils._settings_api.client import SettingsClient
from ansible_collections.community.dynatrace.plugins.module_utils._settings_api.connection import (
    AccessToken,
    Connection,
)
from ansible_collections.community.dynatrace.plugins.module_utils._settings_api.errors import InvalidInput, Problem
from ansible_collections.community.dynatrace.plugins.module_utils._settings_objects import module as one_schema
from ansible_collections.community.dynatrace.plugins.module_utils._settings_objects import settings_module
from ansible_collections.community.dynatrace.tests.support.simulator import EXPORT_SCHEMA, ZONE_SCHEMA, Simulator

EXAMPLES = Path(__file__).resolve().parents[5] / "examples" / "policies"
SECRET = "S3cret-canary-of-policies"
_numbers = itertools.count(1)


@pytest.fixture(scope="module")
def simulator() -> Iterator[Simulator]:
    with Simulator() as running:
        yield running


@pytest.fixture
def env(simulator: Simulator) -> str:
    name = f"policy{next(_numbers)}"
    simulator.add_environment(name)
    return name


def run(
    simulator: Simulator,
    env: str,
    *,
    definition: ModuleDefinition = environment.ENVIRONMENT,
    check_mode: bool = False,
    **options: Any,
) -> dict[str, Any]:
    defaults = {name: spec.get("default") for name, spec in definition.options.items()}
    params = {**defaults, "endpoint_validation": "ignore", **options}
    ready, problems = definition.check(params)
    if problems:
        raise InvalidInput(problems)
    with SettingsClient(Connection(simulator.url(env), AccessToken(simulator.token(env)))) as client:
        return definition.work(client, ready, params, check_mode)


def refusal(simulator: Simulator, env: str, **options: Any) -> PolicyRefusal:
    """The refusal of a run, in check mode as well; nothing was written."""
    before = simulator.objects(env)
    with pytest.raises(PolicyRefusal) as predicted:
        run(simulator, env, check_mode=True, **options)
    with pytest.raises(PolicyRefusal) as refused:
        run(simulator, env, **options)
    assert predicted.value.details == refused.value.details
    assert simulator.objects(env) == before
    assert simulator.requests(method="POST", environment=env) == []
    assert simulator.requests(method="PUT", environment=env) == []
    assert SECRET not in str(refused.value) + json.dumps(refused.value.details)
    return refused.value


def export(name: str = "shop", url: str = "https://sessions.example.com/in", **options: Any) -> dict[str, Any]:
    return {"name": name, "endpoint_definition": {"endpoint_url": url}, **options}


BASIC = {"active": True, "basic_auth": {"username": "dynatrace", "password": SECRET}}
OAUTH = {
    "active": True,
    "auth_type": "oauth2",
    "oauth2": {"access_token_url": "https://id.example.org/", "client_id": "one", "client_secret": SECRET},
}


def example(file: str) -> list[dict[str, Any]]:
    """The policies of a file of the examples."""
    (found,) = yaml.safe_load((EXAMPLES / file).read_text()).values()
    return list(found)


# Each policy of the examples: the exports that pass, those that do not, and the groups of the environment.
CASES: dict[str, tuple[list[dict[str, Any]], list[dict[str, Any]], list[str]]] = {
    "exports_authenticate.yml": (
        [export(authentication=BASIC), export("other", "https://other.example.com/", authentication=OAUTH)],
        [export(authentication=BASIC), export("other", "https://other.example.com/")],
        [],
    ),
    "no_basic_authentication_elsewhere.yml": (
        [export(authentication=BASIC), export("other", "https://other.example.org/", authentication=OAUTH)],
        [export(url="https://example.com.example.org/", authentication=BASIC)],
        [],
    ),
    "index_names.yml": (
        [
            export(send_direct={"active": True, "index_name": "sessions-shop-web"}),
            export("second", "https://b.example/"),
        ],
        [export(send_direct={"active": True, "index_name": "my-sessions-shop"})],
        [],
    ),
    "production_exports.yml": ([export()], [], ["production", "saas"]),
    "exports_have_management_zone.yml": (
        [export(export_behavior={"management_zone": "-4711"}), export("archive-all", "https://archive.example.com/")],
        [export()],
        [],
    ),
}


def test_every_example_has_its_cases() -> None:
    assert sorted(CASES) == sorted(path.name for path in EXAMPLES.glob("*.yml"))


@pytest.mark.parametrize("file", CASES)
def test_what_an_example_allows(simulator: Simulator, env: str, file: str) -> None:
    # The zone of an export is not there.
    simulator.switches(env, references="form")
    exports, _refused, groups = CASES[file]
    result = run(simulator, env, exports=exports, policies=example(file), environment_groups=groups)
    # An environment without exports is without one until the run.
    assert [one for one in result["policy_violations"] if not one["repaired"]] == result["warnings"] == []
    again = run(simulator, env, exports=exports, policies=example(file), environment_groups=groups)
    assert (again["changed"], again["policy_violations"]) == (False, [])


@pytest.mark.parametrize("file", [file for file in CASES if file != "index_names.yml"])
def test_what_an_example_refuses(simulator: Simulator, env: str, file: str) -> None:
    _allowed, exports, groups = CASES[file]
    (policy,) = example(file)
    error = refusal(simulator, env, exports=exports, policies=[policy], environment_groups=groups)
    (violation,) = error.details["policy_violations"]
    assert violation["policy"] == policy["name"]
    assert policy["msg"] in str(error)
    assert "Nothing was written" in str(error)


def test_what_an_example_warns_of(simulator: Simulator, env: str) -> None:
    _allowed, exports, _groups = CASES["index_names.yml"]
    result = run(simulator, env, exports=exports, policies=example("index_names.yml"))
    assert result["changed"] is True
    (violation,) = result["policy_violations"]
    assert (violation["severity"], violation["object"], violation["violated_by"]) == ("warning", "shop", "desired")
    assert [problem["path"] for problem in violation["problems"]] == ["send_direct.index_name"]
    (warning,) = result["warnings"]
    assert warning.startswith("Policy index-names: export 'shop': The name of the index must be")


def test_a_group_that_is_not_that_of_the_policy(simulator: Simulator, env: str) -> None:
    policies = example("production_exports.yml")
    result = run(simulator, env, exports=[], policies=policies, environment_groups=["staging"])
    assert result["policy_violations"] == []
    with pytest.raises(InvalidInput) as wrong:
        run(simulator, env, exports=[], policies=policies)
    assert Problem("required.groups", "environment_groups") in wrong.value.problems


def test_an_export_that_is_not_declared_counts_as_it_is(simulator: Simulator, env: str) -> None:
    (policy,) = example("exports_authenticate.yml")
    run(simulator, env, exports=[export()])
    later = {"exports": [export("second", "https://b.example.com/", authentication=BASIC)]}
    simulator.clear_log()
    error = refusal(simulator, env, **later, policies=[policy])
    (violation,) = error.details["policy_violations"]
    assert (violation["object"], violation["violated_by"]) == ("shop", "current")
    assert "(current state)" in str(error)
    # What is declared is right, and nothing else is asked for.
    result = run(simulator, env, **later, policies=[{**policy, "applies_to": "desired"}])
    assert (result["changed"], result["policy_violations"]) == (True, [])


def test_what_the_run_repairs_does_not_refuse(simulator: Simulator, env: str) -> None:
    policies = example("exports_authenticate.yml")
    run(simulator, env, exports=[export()])
    right = {"exports": [export(authentication=BASIC)], "policies": policies}
    predicted = run(simulator, env, check_mode=True, **right)
    (violation,) = predicted["policy_violations"]
    assert (violation["repaired"], violation["violated_by"], predicted["warnings"]) == (True, "current", [])
    assert run(simulator, env, **right)["changed"] is True
    assert run(simulator, env, **right)["policy_violations"] == []


def test_an_export_that_violates_a_policy_can_be_disabled_and_removed(simulator: Simulator, env: str) -> None:
    policies = example("exports_authenticate.yml")
    run(simulator, env, exports=[export()])
    exports = _export_modules.WRITE
    disabled = run(simulator, env, definition=exports, state="disabled", names=["shop"], exports=[], policies=policies)
    assert disabled["changed"] is True
    assert [one["severity"] for one in disabled["policy_violations"]] == ["error"]
    with pytest.raises(PolicyRefusal):
        run(simulator, env, definition=exports, state="enabled", names=["shop"], exports=[], policies=policies)
    removed = run(simulator, env, definition=exports, state="absent", exports=[export()], policies=policies)
    assert (removed["changed"], removed["policy_violations"][0]["repaired"]) == (True, True)


def zone(name: str, **more: Any) -> dict[str, Any]:
    return {"name": name, "value": {"name": name, "rules": [], **more}}


ZONES_NAMED = {
    "name": "zone-names",
    "match": {"schema_ids": ["builtin:management-*"]},
    "schema": {"properties": {"name": {"pattern": "^[A-Z]"}}},
}


def settings(*objects: dict[str, Any]) -> list[dict[str, Any]]:
    return [{"schema_id": ZONE_SCHEMA, "objects": list(objects)}]


def test_settings_of_any_schema_in_the_same_plan(simulator: Simulator, env: str) -> None:
    error = refusal(
        simulator,
        env,
        exports=[export()],
        declarations=settings(zone("Shop"), zone("back office")),
        policies=[ZONES_NAMED, *example("exports_authenticate.yml")],
    )
    found = [(one["policy"], one["schema_id"], one["object"]) for one in error.details["policy_violations"]]
    assert found == [("zone-names", ZONE_SCHEMA, "back office"), ("exports-authenticate", EXPORT_SCHEMA, "shop")]
    assert "2 violations of policies, nothing was written:" in str(error)
    with pytest.raises(PolicyRefusal):
        run(
            simulator,
            env,
            definition=settings_module.SETTINGS,
            declarations=settings(zone("back office")),
            policies=[ZONES_NAMED],
        )


def test_a_schema_that_is_not_declared_is_read_for_its_policies(simulator: Simulator, env: str) -> None:
    simulator.seed(env, [{"schemaId": ZONE_SCHEMA, "value": {"name": "back office", "rules": []}}])
    policy = {**ZONES_NAMED, "match": {"schema_ids": [ZONE_SCHEMA]}, "severity": "warning"}
    simulator.clear_log()
    result = run(simulator, env, exports=[export()], policies=[policy], check_mode=True, server_validation=False)
    (violation,) = result["policy_violations"]
    assert (violation["object"], violation["violated_by"], violation["repaired"]) == ("back office", "current", False)
    assert len(simulator.requests(environment=env, path="/settings/objects")) == 2
    few = {**policy, "target": "list", "schema": {"minItems": 2}}
    result = run(simulator, env, exports=[export()], policies=[few], check_mode=True)
    assert "at least 2 items" in result["warnings"][0]


def test_policies_cost_no_request_of_their_own(simulator: Simulator, env: str) -> None:
    exports = [export(authentication=BASIC)]
    policies = example("exports_authenticate.yml")
    run(simulator, env, exports=exports, policies=policies)
    simulator.clear_log()
    assert run(simulator, env, exports=exports, policies=policies)["changed"] is False
    assert len(simulator.requests(environment=env)) == 1


def test_unknown_schemas_and_properties_are_all_named_before_anything_is_written(
    simulator: Simulator, env: str
) -> None:
    policies = [
        {"name": "a", "match": {"schema_ids": ["builtin:management-zone"]}, "schema": {"required": ["name"]}},
        {
            "name": "b",
            "match": {"schema_ids": [ZONE_SCHEMA]},
            "schema": {"required": ["nam"], "properties": {"rule": {}}},
        },
    ]
    with pytest.raises(InvalidInput) as wrong:
        run(simulator, env, exports=[export()], declarations=settings(zone("Shop")), policies=policies)
    message, details = render(wrong.value)
    assert [one["path"] for one in details["problems"]] == [
        "policies[0].match.schema_ids[0]",
        "policies[1].schema.properties.rule",
        "policies[1].schema.required[0]",
    ]
    assert "did you mean builtin:management-zones" in message
    assert "did you mean rules?" in message
    assert simulator.objects(env) == []


def test_a_secret_is_only_known_to_be_there(simulator: Simulator, env: str) -> None:
    policy = {
        "name": "no-password",
        "match": {"schema_ids": [EXPORT_SCHEMA]},
        "schema": {
            "properties": {"authentication": {"properties": {"basicAuth": {"properties": {"password": False}}}}}
        },
    }
    error = refusal(simulator, env, exports=[export(authentication=BASIC)], policies=[policy])
    (violation,) = error.details["policy_violations"]
    assert violation["problems"] == [{"path": "authentication.basic_auth.password", "message": "is not allowed"}]
    reads = {"enum": ["(secret)"]}
    policy["schema"]["properties"]["authentication"]["properties"]["basicAuth"]["properties"]["password"] = reads
    for _again in range(2):
        # Whether it is declared or stored makes no difference.
        assert run(simulator, env, exports=[export(authentication=BASIC)], policies=[policy])["policy_violations"] == []


def test_a_schema_that_refers_to_itself_without_end(simulator: Simulator, env: str) -> None:
    policy = {"name": "loop", "match": {"schema_ids": [EXPORT_SCHEMA]}, "schema": {"$ref": "#"}}
    with pytest.raises(InvalidInput) as wrong:
        run(simulator, env, exports=[export()], policies=[policy])
    assert wrong.value.problems == (Problem("policy.recursion", "policies[0].schema"),)


def test_the_module_of_one_schema_has_the_same_policies(simulator: Simulator, env: str) -> None:
    common: dict[str, Any] = {"definition": one_schema.WRITE, "schema_id": ZONE_SCHEMA, "policies": [ZONES_NAMED]}
    objects = [zone("Shop"), zone("back office")]
    error = refusal(simulator, env, **common, objects=objects)
    declared = refusal(simulator, env, declarations=settings(*objects), policies=[ZONES_NAMED])
    assert (error.message, error.details) == (declared.message, declared.details)
    assert f"{ZONE_SCHEMA} object 'back office': name: must match the pattern ^[A-Z]" in error.message
    common["policies"] = [{**ZONES_NAMED, "severity": "warning"}]
    for check_mode in (True, False, False):
        result = run(simulator, env, check_mode=check_mode, objects=objects, **common)
        (violation,) = result["policy_violations"]
        assert (violation["object"], violation["severity"]) == ("back office", "warning")
        assert [text for text in result["warnings"] if text.startswith("Policy zone-names:")] == result["warnings"]
    assert result["changed"] is False
    # One read of the schema, and one of the objects.
    simulator.clear_log()
    run(simulator, env, objects=objects, **common)
    assert len(simulator.requests(environment=env)) == 2


def test_what_violates_a_policy_can_be_removed_whatever_stays(simulator: Simulator, env: str) -> None:
    one, other = ({"schemaId": ZONE_SCHEMA, "value": zone(name)["value"]} for name in ("back office", "basement"))
    simulator.seed(env, [one, other])
    common = {"definition": one_schema.WRITE, "schema_id": ZONE_SCHEMA, "policies": [ZONES_NAMED]}
    refusal(simulator, env, **common, objects=[zone("Shop")])
    absent = [{"value": {"name": "back office", "rules": []}}]
    removed = run(simulator, env, **common, objects=absent, state="absent")
    assert removed["changed"] is True
    assert [(found["object"], found["repaired"]) for found in removed["policy_violations"]] == [
        ("back office", True),
        ("basement", False),
    ]


def test_policies_of_the_module_of_one_schema_are_checked(simulator: Simulator, env: str) -> None:
    common = {"definition": one_schema.WRITE, "schema_id": ZONE_SCHEMA, "objects": [zone("Shop")]}
    with pytest.raises(InvalidInput) as wrong:
        run(simulator, env, **common, policies=[{"name": "a", "match": {"schema_ids": ["x"]}, "schema": {"typ": 1}}])
    assert [problem.path for problem in wrong.value.problems] == ["policies[0].schema.typ"]
    assert simulator.requests(environment=env) == []
    policies = [
        {"name": "a", "match": {"schema_ids": ["builtin:management-zone"]}, "schema": {}},
        {"name": "b", "match": {"schema_ids": [ZONE_SCHEMA]}, "schema": {"required": ["nam"]}},
        {"name": "of another schema", "match": {"schema_ids": [EXPORT_SCHEMA]}, "schema": {"required": ["x"]}},
    ]
    with pytest.raises(InvalidInput) as wrong:
        run(simulator, env, **common, policies=policies)
    message, _details = render(wrong.value)
    assert "policies[0].match.schema_ids[0]" in message and "did you mean name?" in message
    assert len(wrong.value.problems) == 2


@pytest.mark.parametrize("definition", ["environment", "objects"])
def test_an_override_is_reported_and_refuses_nothing(simulator: Simulator, env: str, definition: str) -> None:
    given: dict[str, Any] = {
        "environment": {"declarations": settings(zone("back office"))},
        "objects": {"definition": one_schema.WRITE, "schema_id": ZONE_SCHEMA, "objects": [zone("back office")]},
    }[definition]
    other = {**ZONES_NAMED, "name": "others"}
    error = refusal(simulator, env, **given, policies=[ZONES_NAMED, other], policy_overrides=["zone-names", "unknown"])
    assert [(one["policy"], one["overridden"]) for one in error.details["policy_violations"]] == [
        ("zone-names", True),
        ("others", False),
    ]
    assert error.message.startswith("Policy others: ")
    for check_mode in (True, False):
        result = run(
            simulator, env, check_mode=check_mode, **given, policies=[ZONES_NAMED], policy_overrides=["zone-names"]
        )
        (violation,) = result["policy_violations"]
        assert (violation["severity"], violation["overridden"]) == ("error", True)
        (warning,) = result["warnings"]
        assert warning.startswith(f"Policy zone-names (overridden): {ZONE_SCHEMA} object 'back office'")
    assert len(simulator.objects(env)) == 1
