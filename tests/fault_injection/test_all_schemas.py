# Copyright (c) 2026, community.dynatrace contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""The life of an object of each schema, over HTTP: check mode predicts what is done, and a second run does nothing.

Predicted and created, again, predicted and changed in one place, again, predicted and pruned, again.
"""

from __future__ import annotations

import copy
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest

from ansible_collections.community.dynatrace.plugins.module_utils._problems import render
from ansible_collections.community.dynatrace.plugins.module_utils._settings_api.client import SettingsClient
from ansible_collections.community.dynatrace.plugins.module_utils._settings_api.connection import (
    AccessToken,
    Connection,
)
from ansible_collections.community.dynatrace.plugins.module_utils._settings_api.errors import SettingsError
from ansible_collections.community.dynatrace.plugins.module_utils._settings_api.property_path import (
    Path as PropertyPath,
)
from ansible_collections.community.dynatrace.plugins.module_utils._settings_api.property_path import (
    get_path,
    set_path,
)
from ansible_collections.community.dynatrace.plugins.module_utils._settings_api.schema import Schema
from ansible_collections.community.dynatrace.plugins.module_utils._settings_objects import module
from ansible_collections.community.dynatrace.tests.support.counters import Ledger
from ansible_collections.community.dynatrace.tests.support.schema_values import load
from ansible_collections.community.dynatrace.tests.support.simulator import Simulator
from ansible_collections.community.dynatrace.tests.support.valid_values import SECRET, declared, valid_value
from settings_api_simulator.ids import read_object_id

PARTS = 8


@pytest.fixture(scope="module")
def everything(reference: Path) -> Iterator[Simulator]:
    """A simulator with every schema. Values refer to objects that are not there."""
    config = {"behavior_flags": {"references": "form"}}
    with Simulator(options=["--schema", str(reference / "schemas")], config=config) as running:
        yield running


def leaves(value: Any, path: PropertyPath = ()) -> Iterator[PropertyPath]:
    """The places of all that is neither an object nor a list."""
    children = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for part, child in children:
        if isinstance(child, (dict, list)):
            yield from leaves(child, (*path, part))
        else:
            yield (*path, part)


def changed_leaf(value: dict[str, Any], schema: Schema) -> dict[str, Any] | None:
    """The value with another leaf, still right; ``None`` if there is no such leaf."""
    for path in leaves(value):
        there = get_path(value, path)
        if schema.is_secret(path) or schema.is_fixed(path) or read_object_id(str(there)) is not None:
            continue
        for other in (
            (not there,) if isinstance(there, bool) else (*(one for one in OTHERS if type(one) is type(there)),)
        ):
            candidate = copy.deepcopy(value)
            set_path(candidate, path, other)
            completed = schema.complete(candidate).value
            for place, secret in enumerate(schema.expected_secret_paths(completed)):
                set_path(completed, secret, SECRET.format(place))
            right = not schema.problems(completed, secrets_optional=False)
            if right and schema.differences(value, completed) and same_identity(schema, value, completed):
                return dict(completed)
    return None


OTHERS: tuple[Any, ...] = ("def", "B_C", "https://other.example/", 2, 7, 3.5, "2031-02-28", "10:20:00")


def same_identity(schema: Schema, one: Any, other: Any) -> bool:
    paths = schema.constraints.identifying
    return schema.identity(paths, one) == schema.identity(paths, other)


def reported(result: Mapping[str, Any]) -> dict[str, Any]:
    """What a prediction and a run must say alike."""
    objects = [{**one, "object_id": None} for one in result["objects"]]
    return {**{key: result[key] for key in ("changed", "diff", "plan_digest", "unmanaged")}, "objects": objects}


@pytest.mark.parametrize("part", range(PARTS))
def test_an_object_of_each_schema_lives_as_predicted(
    everything: Simulator, ledger: Ledger, reference: Path, part: int
) -> None:
    found: list[Any] = []
    for number, document in enumerate(load(reference)[part::PARTS]):
        schema = Schema.from_document(document)
        ledger.count("schemas")
        value = valid_value(document, schema, schema.schema_id)
        if value is None:
            ledger.count("schemas of which chance drew no right value")
            continue
        env = f"life{part}x{number}"
        everything.add_environment(env)
        allowed = schema.allowed_scopes
        scope = "environment" if not allowed or "environment" in allowed else allowed[0]
        scope = f"{scope}-0123456789ABCDEF" if scope.isupper() else scope
        connection = Connection(everything.url(env), AccessToken(everything.token(env)))
        options = {"schema_id": schema.schema_id, "scope": scope}

        def run(objects: list[dict[str, Any]], check_mode: bool, **more: Any) -> dict[str, Any]:
            defaults = {name: spec.get("default") for name, spec in module.OPTIONS.items()}
            params = {**defaults, **options, "objects": objects, **more}  # noqa: B023
            _ready, problems = module.check(params)
            assert not problems, problems
            with SettingsClient(connection) as client:  # noqa: B023
                return module.run(client, None, params, check_mode)

        other = changed_leaf(value, schema)
        ledger.count("schemas of which no leaf can be changed", other is None)
        steps: list[tuple[str, list[dict[str, Any]], dict[str, Any]]] = [("create", [declared(schema, value)], {})]
        steps += [("change", [declared(schema, other)], {})] if other is not None else []
        steps += [("prune", [], {"prune": True, "confirm_prune_all": True})]
        for step, objects, more in steps:
            try:
                predicted = run(objects, True, **more)
                done = run(objects, False, **more)
                again = run(objects, False, **more)
                checked = run(objects, True, **more)
            except SettingsError as error:
                found.append((schema.schema_id, step, *render(error)))
                break
            ledger.count("plans", 4)
            if reported(predicted) != reported(done):
                found.append((schema.schema_id, step, "another prediction", reported(predicted), reported(done)))
            if not done["changed"] or again["changed"] or checked["changed"]:
                found.append((schema.schema_id, step, "next run", done["objects"], again["objects"]))
        everything.reset(env)
    ledger.check("plan runs that failed", not found, *found)
