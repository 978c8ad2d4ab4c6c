# Copyright (c) 2026, community.dynatrace contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""All settings of an environment over HTTP: wrong declarations, refused deletions, names that were changed by hand."""

from __future__ import annotations

import itertools
from collections.abc import Iterator

import pytest

from ansible_collections.community.dynatrace.plugins.module_utils._option_names import OPTION, OptionNames
from ansible_collections.community.dynatrace.plugins.module_utils._settings_api.errors import SettingsError
from ansible_collections.community.dynatrace.tests.support.related_schemas import (
    PIPELINES,
    ROUTING,
    SCHEMAS,
    named,
    problems_of,
    reference_to,
    run_settings,
    settings,
)
from ansible_collections.community.dynatrace.tests.support.simulator import ZONE_SCHEMA, Simulator

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
        settings(ZONE_SCHEMA, named("z", rule=[])),
    )
    assert found == [
        "declarations[0].schema_id: builtin:pipeline is not a schema of this environment; did you mean "
        "builtin:pipelines?",
        "declarations[1].scope: is not a scope of builtin:pipelines; its scope types are: environment",
        "declarations[2].objects[0].value.pipeline_name: is in snake_case, but pipelineName is spelled as in the "
        "schema; "
        "do not mix both forms in an object",
        "declarations[4].objects[0].name: is the same as declarations[3].objects[0].name",
        "declarations[6].objects[0].value.rule: is not a known property, did you mean rules?",
    ]


def test_a_refusal_names_the_variable_that_declares_the_object(simulator: Simulator, env: str) -> None:
    paths = ["dynatrace_settings[0]", "dynatrace_settings__europe[0]"]
    names = OptionNames({"declarations": "dynatrace_settings"}, {"declarations": paths})
    given = [settings(PIPELINES, named("a")), settings(ROUTING, named("b", pipeline="b"))]
    for check_mode in (True, False):
        with pytest.raises(SettingsError) as refused:
            run_settings(simulator, env, *given, check_mode=check_mode, **{OPTION: names.to_option()})
        text = refused.value.text(names)
        assert "dynatrace_settings__europe[0].objects[0].value.pipeline: " in text
        assert "dynatrace_settings__europe[0].objects[0].value.pipeline must be the ID of an object" in text
        assert "[1]" not in text


def test_a_reference_into_a_schema_that_has_no_such_object(simulator: Simulator, env: str) -> None:
    simulator.seed(env, [{"schemaId": PIPELINES, "value": {"name": "main"}}])
    assert problems_of(
        simulator,
        env,
        settings(
            ROUTING,
            named("a", pipeline=reference_to(PIPELINES, "mian")),
            named("b", pipeline=reference_to("app:nothing", "x")),
        ),
    ) == ["declarations[0].objects[1].value.pipeline: refers to app:nothing, which is not a schema of this environment"]
    assert problems_of(simulator, env, settings(ROUTING, named("a", pipeline=reference_to(PIPELINES, "mian")))) == [
        "declarations[0].objects[0].value.pipeline: refers to builtin:pipelines 'mian', which is neither declared nor "
        "in the environment; did you mean 'main'?"
    ]


def test_a_secret_that_the_schema_does_not_have(simulator: Simulator, env: str) -> None:
    wrong = {**named("y"), "secrets": [{"path": "pipelineName", "value": "S3cret-canary"}]}
    (problem,) = problems_of(simulator, env, settings(ROUTING, wrong))
    assert problem == f"declarations[0].objects[0].secrets[0].path: is not a secret of {ROUTING}"


def test_a_name_that_was_changed_by_hand_is_drift_and_not_a_second_object(simulator: Simulator, env: str) -> None:
    declared = settings(ZONE_SCHEMA, {"name": "shop", "value": {"name": "Shop", "rules": []}})
    run_settings(simulator, env, declared)
    (zone,) = simulator.objects(env, ZONE_SCHEMA)
    simulator.change(env, zone["objectId"], merge={"name": "Renamed by hand"})
    audit = run_settings(simulator, env, declared, check_mode=True)
    ((item,),) = [one["objects"] for one in audit["schemas"]]
    assert (item["operation"], item["object_id"], item["changed_properties"]) == ("updated", zone["objectId"], ["name"])
    (diff,) = audit["diff"]
    assert (diff["before"]["name"], diff["after"]["name"]) == ("Renamed by hand", "Shop")
    run_settings(simulator, env, declared)
    (after,) = simulator.objects(env, ZONE_SCHEMA)
    assert (after["objectId"], after["value"]["name"]) == (zone["objectId"], "Shop")
    # Someone takes the name for another object: the declared one is still found, and the other one is not.
    simulator.change(env, zone["objectId"], merge={"name": "Old shop"})
    simulator.seed(env, [{"schemaId": ZONE_SCHEMA, "value": {"name": "Other", "rules": []}}])
    audit = run_settings(simulator, env, declared, check_mode=True)
    ((item,),) = [one["objects"] for one in audit["schemas"]]
    assert (item["object_id"], item["operation"]) == (zone["objectId"], "updated")
    assert len(audit["schemas"][0]["unmanaged_objects"]) == 1
