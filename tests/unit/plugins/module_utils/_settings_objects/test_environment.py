# Copyright (c) 2026, community.dynatrace contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""All settings of an environment over HTTP: wrong declarations, refused deletions, names that were changed by hand."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from typing import Any

import pytest

from ansible_collections.community.dynatrace.plugins.module_utils._problems import render
from ansible_collections.community.dynatrace.plugins.module_utils._settings_api.client import SettingsClient
from ansible_collections.community.dynatrace.plugins.module_utils._settings_api.connection import (
    AccessToken,
    Connection,
)
from ansible_collections.community.dynatrace.plugins.module_utils._settings_api.errors import InvalidInput
from ansible_collections.community.dynatrace.plugins.module_utils._settings_api.references import Reference
from ansible_collections.community.dynatrace.plugins.module_utils._settings_objects import settings_module
from ansible_collections.community.dynatrace.tests.support.simulator import ZONE_SCHEMA, Simulator

PIPELINES, ROUTING, GUARDED = "builtin:pipelines", "builtin:routing", "builtin:guarded"
NAME = {"name": {"type": "text", "nullable": False}}
UNIQUE = {"schemaConstraints": [{"type": "UNIQUE", "uniqueProperties": ["name"]}]}
COMMON = {"version": "1", "multiObject": True, "maxObjects": 100, "allowedScopes": ["environment"], **UNIQUE}
SCHEMAS: list[dict[str, Any]] = [
    {
        **COMMON,
        "schemaId": PIPELINES,
        "properties": NAME,
        "deletionConstraints": [{"type": "REFERENTIAL_INTEGRITY", "schemaIds": [ROUTING, "builtin:unknown"]}],
    },
    {
        **COMMON,
        "schemaId": ROUTING,
        "properties": {
            **NAME,
            "pipeline": {"type": "setting", "referencedType": PIPELINES, "nullable": True},
            "pipelineName": {"type": "text", "nullable": True},
        },
    },
    {
        **COMMON,
        "schemaId": GUARDED,
        "properties": NAME,
        "deletionConstraints": [{"customValidatorId": "guarded-delete-validator"}],
    },
]
_numbers = itertools.count(1)


@pytest.fixture(scope="module")
def simulator() -> Iterator[Simulator]:
    with Simulator() as running:
        yield running


@pytest.fixture
def env(simulator: Simulator) -> str:
    name = f"settings{next(_numbers)}"
    simulator.add_environment(name, schema_overrides=SCHEMAS)
    return name


def run(
    simulator: Simulator, env: str, *declarations: dict[str, Any], check_mode: bool = False, **options: Any
) -> dict[str, Any]:
    defaults = {name: spec.get("default") for name, spec in settings_module.OPTIONS.items()}
    params = {**defaults, "declarations": list(declarations), **options}
    ready, problems = settings_module.check(params)
    if problems:
        raise InvalidInput(problems)
    with SettingsClient(Connection(simulator.url(env), AccessToken(simulator.token(env)))) as client:
        return settings_module.run(client, ready, params, check_mode)


def problems_of(simulator: Simulator, env: str, *declarations: dict[str, Any]) -> list[str]:
    """What is wrong; nothing was written, and check mode says the same."""
    before = simulator.objects(env)
    found = []
    for check_mode in (True, False):
        with pytest.raises(InvalidInput) as wrong:
            run(simulator, env, *declarations, check_mode=check_mode)
        found.append([f"{one['path']}: {one['message']}" for one in render(wrong.value)[1]["problems"]])
    assert simulator.objects(env) == before
    assert found[0] == found[1]
    return found[0]


def settings(schema_id: str, *objects: dict[str, Any], **more: Any) -> dict[str, Any]:
    return {"schema_id": schema_id, "objects": list(objects), **more}


def named(name: str, **value: Any) -> dict[str, Any]:
    return {"name": name, "value": {"name": name, **value}}


def to(schema_id: str, name: str) -> str:
    return Reference(schema_id, name).text


def test_everything_that_is_wrong_with_declarations_is_said_at_once(simulator: Simulator, env: str) -> None:
    found = problems_of(
        simulator,
        env,
        settings("builtin:pipeline", named("a")),
        settings(PIPELINES, named("a"), scope="HOST-0123456789ABCDEF"),
        settings(ROUTING, {"value": {"name": "x", "pipeline_name": "a", "pipelineName": "b"}}),
        settings(PIPELINES, named("same")),
        settings(PIPELINES, named("same")),
        settings(ROUTING, {**named("y"), "secrets": [{"path": "pipelineName", "value": "no secret"}]}),
    )
    assert found == [
        "declarations[0].schema_id: builtin:pipeline is not a schema of this environment; did you mean "
        "builtin:pipelines?",
        "declarations[1].scope: is not a scope of builtin:pipelines; its scope types are: environment",
        "declarations[2].objects[0].value.pipeline_name: is in snake_case, but pipelineName is spelled as in the "
        "schema; "
        "do not mix both forms in an object",
        "declarations[4].objects[0].name: is the same as declarations[3].objects[0].name",
    ]


def test_a_reference_into_a_schema_that_has_no_such_object(simulator: Simulator, env: str) -> None:
    simulator.seed(env, [{"schemaId": PIPELINES, "value": {"name": "main"}}])
    assert problems_of(
        simulator,
        env,
        settings(ROUTING, named("a", pipeline=to(PIPELINES, "mian")), named("b", pipeline=to("app:nothing", "x"))),
    ) == [
        "declarations[0].objects[1].value.pipeline: refers to a schema: app:nothing is not a schema of this environment"
    ]
    assert problems_of(simulator, env, settings(ROUTING, named("a", pipeline=to(PIPELINES, "mian")))) == [
        "declarations[0].objects[0].value.pipeline: refers to builtin:pipelines 'mian', which is neither declared nor "
        "in the environment; did you mean 'main'?"
    ]


def test_a_secret_that_the_schema_does_not_have(simulator: Simulator, env: str) -> None:
    wrong = {**named("y"), "secrets": [{"path": "pipelineName", "value": "S3cret-canary"}]}
    (problem,) = problems_of(simulator, env, settings(ROUTING, wrong))
    assert problem == f"declarations[0].objects[0].secrets[0].path: is not a secret of {ROUTING}"


def routed(simulator: Simulator, env: str) -> None:
    run(
        simulator,
        env,
        settings(PIPELINES, named("used"), named("free")),
        settings(ROUTING, named("table", pipeline=to(PIPELINES, "used"))),
    )
    simulator.clear_log()


def test_what_an_object_that_stays_refers_to_is_not_deleted(simulator: Simulator, env: str) -> None:
    routed(simulator, env)
    text = (
        f"would delete {PIPELINES} 'used', which the environment does not allow, because {ROUTING} 'table' refer to "
        "it. Delete or change those before, or in the same run"
    )
    # By a prune, and by name; the referring schema is declared, or read for this.
    assert problems_of(simulator, env, settings(PIPELINES, named("free"), prune=True)) == [f"{PIPELINES}: {text}"]
    absent = settings(PIPELINES, named("used"), state="absent")
    assert problems_of(simulator, env, absent) == [f"declarations[0].objects[0]: {text}"]
    assert problems_of(simulator, env, absent, settings(ROUTING, named("other"))) == [
        f"declarations[0].objects[0]: {text}"
    ]
    assert simulator.requests(method="DELETE", environment=env) == []


def test_it_is_deleted_with_what_refers_to_it_or_when_nothing_does_any_more(simulator: Simulator, env: str) -> None:
    routed(simulator, env)
    absent = settings(PIPELINES, named("used"), state="absent")
    # The same run writes the table before it deletes the pipeline.
    changed = run(simulator, env, absent, settings(ROUTING, named("table")))
    assert changed["changed"] and changed["warnings"] == []
    simulator.reset(env)
    routed(simulator, env)
    run(simulator, env, absent, settings(ROUTING, named("table"), state="absent"))
    assert [one["value"]["name"] for one in simulator.objects(env)] == ["free"]
    simulator.reset(env)
    routed(simulator, env)
    simulator.clear_log()
    assert run(simulator, env, settings(PIPELINES, named("free"), state="absent"))["changed"]
    # The list of schemas, the pipelines, and the routing, because something is to be deleted.
    assert len(simulator.requests(method="GET", environment=env)) == 3
    simulator.clear_log()
    run(simulator, env, settings(PIPELINES, named("used")))
    assert len(simulator.requests(method="GET", environment=env)) == 2


def test_a_rule_about_deletions_that_only_the_environment_knows(simulator: Simulator, env: str) -> None:
    run(simulator, env, settings(GUARDED, named("a")))
    gone = settings(GUARDED, prune=True, confirm_prune_all=True)
    text = (
        f"{GUARDED}: the environment can refuse deletions because of a rule that only it knows "
        "(guarded-delete-validator)."
    )
    assert run(simulator, env, gone, check_mode=True)["warnings"] == [text]
    assert run(simulator, env, settings(GUARDED, named("a")))["warnings"] == []


def test_a_name_that_was_changed_by_hand_is_drift_and_not_a_second_object(simulator: Simulator, env: str) -> None:
    declared = settings(ZONE_SCHEMA, {"name": "shop", "value": {"name": "Shop", "rules": []}})
    run(simulator, env, declared)
    (zone,) = simulator.objects(env, ZONE_SCHEMA)
    simulator.change(env, zone["objectId"], merge={"name": "Renamed by hand"})
    audit = run(simulator, env, declared, check_mode=True)
    ((item,),) = [one["objects"] for one in audit["schemas"]]
    assert (item["operation"], item["object_id"], item["changed_properties"]) == ("updated", zone["objectId"], ["name"])
    (diff,) = audit["diff"]
    assert (diff["before"]["name"], diff["after"]["name"]) == ("Renamed by hand", "Shop")
    run(simulator, env, declared)
    (after,) = simulator.objects(env, ZONE_SCHEMA)
    assert (after["objectId"], after["value"]["name"]) == (zone["objectId"], "Shop")
    # Someone takes the name for another object: the declared one is still found, and the other one is not.
    simulator.change(env, zone["objectId"], merge={"name": "Old shop"})
    simulator.seed(env, [{"schemaId": ZONE_SCHEMA, "value": {"name": "Other", "rules": []}}])
    audit = run(simulator, env, declared, check_mode=True)
    ((item,),) = [one["objects"] for one in audit["schemas"]]
    assert (item["object_id"], item["operation"]) == (zone["objectId"], "updated")
    assert len(audit["schemas"][0]["unmanaged_objects"]) == 1
