# Copyright (c) 2026, community.dynatrace contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Deletions that the environment would refuse."""

from __future__ import annotations

import itertools
from collections.abc import Iterator

import pytest

from ansible_collections.community.dynatrace.tests.support.related_schemas import (
    GUARDED,
    PIPELINES,
    ROUTING,
    SCHEMAS,
    named,
    problems_of,
    reference_to,
    run_settings,
    settings,
)
from ansible_collections.community.dynatrace.tests.support.simulator import Simulator

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


def routed(simulator: Simulator, env: str) -> None:
    run_settings(
        simulator,
        env,
        settings(PIPELINES, named("used"), named("free")),
        settings(ROUTING, named("table", pipeline=reference_to(PIPELINES, "used"))),
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
    changed = run_settings(simulator, env, absent, settings(ROUTING, named("table")))
    assert changed["changed"] and changed["warnings"] == []
    simulator.reset(env)
    routed(simulator, env)
    run_settings(simulator, env, absent, settings(ROUTING, named("table"), state="absent"))
    assert [one["value"]["name"] for one in simulator.objects(env)] == ["free"]
    simulator.reset(env)
    routed(simulator, env)
    simulator.clear_log()
    assert run_settings(simulator, env, settings(PIPELINES, named("free"), state="absent"))["changed"]
    # The list of schemas, the pipelines, and the routing, because something is to be deleted.
    assert len(simulator.requests(method="GET", environment=env)) == 3
    simulator.clear_log()
    run_settings(simulator, env, settings(PIPELINES, named("used")))
    assert len(simulator.requests(method="GET", environment=env)) == 2


def test_a_rule_about_deletions_that_only_the_environment_knows(simulator: Simulator, env: str) -> None:
    run_settings(simulator, env, settings(GUARDED, named("a")))
    gone = settings(GUARDED, prune=True, confirm_prune_all=True)
    text = (
        f"{GUARDED}: the environment can refuse deletions because of a rule that only it knows "
        "(guarded-delete-validator)."
    )
    assert run_settings(simulator, env, gone, check_mode=True)["warnings"] == [text]
    assert run_settings(simulator, env, settings(GUARDED, named("a")))["warnings"] == []
