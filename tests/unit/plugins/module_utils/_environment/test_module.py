# Copyright (c) 2026, community.dynatrace contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Session exports and settings of an environment in one plan, over HTTP."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from ansible_collections.community.dynatrace.plugins.module_utils._environment.module import (
    ENVIRONMENT,
    check,
    secrets,
)
from ansible_collections.community.dynatrace.plugins.module_utils._option_names import OPTION, OptionNames
from ansible_collections.community.dynatrace.plugins.module_utils._settings_api.client import SettingsClient
from ansible_collections.community.dynatrace.plugins.module_utils._settings_api.connection import (
    AccessToken,
    Connection,
)
from ansible_collections.community.dynatrace.plugins.module_utils._settings_api.errors import (
    InvalidInput,
    Problem,
    SettingsError,
)
from ansible_collections.community.dynatrace.tests.support.simulator import EXPORT_SCHEMA, ZONE_SCHEMA, Simulator

SECRET = "S3cret-canary"
_numbers = itertools.count(1)


@pytest.fixture(scope="module")
def simulator() -> Iterator[Simulator]:
    with Simulator() as running:
        yield running


@pytest.fixture
def env(simulator: Simulator) -> str:
    name = f"environment{next(_numbers)}"
    simulator.add_environment(name)
    return name


def params_of(**options: Any) -> dict[str, Any]:
    return {**{name: spec.get("default") for name, spec in ENVIRONMENT.options.items()}, **options}


def run(simulator: Simulator, env: str, *, check_mode: bool = False, **options: Any) -> dict[str, Any]:
    params = params_of(**options)
    ready, problems = check(params)
    if problems:
        raise InvalidInput(problems)
    with SettingsClient(Connection(simulator.url(env), AccessToken(simulator.token(env)))) as client:
        return ENVIRONMENT.work(client, ready, params, check_mode)


def writes(simulator: Simulator, env: str) -> list[str]:
    return [
        one["method"]
        for one in simulator.requests(environment=env)
        if one["method"] != "GET" and one["query"].get("validateOnly") != "true"
    ]


def export(name: str = "archive", **more: Any) -> dict[str, Any]:
    return {"name": name, "endpoint_definition": {"endpoint_url": f"https://{name}.example.com/in"}, **more}


def zones(*names: str, **more: Any) -> list[dict[str, Any]]:
    objects = [{"name": name, "value": {"name": name, "rules": []}} for name in names]
    return [{"schema_id": ZONE_SCHEMA, "objects": objects, **more}]


BOTH: dict[str, Any] = {"exports": [export()], "declarations": zones("Shop")}


def test_exports_alone_take_one_request(simulator: Simulator, env: str) -> None:
    assert run(simulator, env, exports=[export()])["changed"]
    simulator.clear_log()
    result = run(simulator, env, exports=[export()])
    assert not result["changed"] and "schemas" not in result
    assert len(simulator.requests(environment=env)) == 1


def test_settings_alone_say_nothing_about_exports(simulator: Simulator, env: str) -> None:
    result = run(simulator, env, declarations=zones("Shop"))
    assert result["changed"] and "exports" not in result
    assert [one["schema_id"] for one in result["schemas"]] == [ZONE_SCHEMA]
    assert simulator.requests(environment=env, path=EXPORT_SCHEMA) == []


def test_both_are_one_plan_with_one_digest(simulator: Simulator, env: str) -> None:
    predicted = run(simulator, env, check_mode=True, **BOTH)
    assert writes(simulator, env) == []
    with pytest.raises(SettingsError, match="not the one that was approved"):
        run(simulator, env, **BOTH, approved_plan="1:0")
    assert writes(simulator, env) == []
    done = run(simulator, env, **BOTH, approved_plan=predicted["plan_digest"])
    for result in (predicted, done):
        assert result["changed"]
        assert [one["operation"] for one in result["exports"]] == ["created"]
        assert [one["operation"] for one in result["schemas"][0]["objects"]] == ["created"]
        assert [one.get("schema_id") for one in result["diff"]] == [None, ZONE_SCHEMA]
    assert done["plan_digest"] == predicted["plan_digest"]
    again = run(simulator, env, **BOTH)
    assert (again["changed"], again["diff"], again["warnings"]) == (False, [], [])
    # The same change of exports alone has another digest: an approval is about everything.
    changed = {"exports": [export("other")]}
    digests = {
        run(simulator, env, check_mode=True, **changed, **more)["plan_digest"]
        for more in ({}, {"declarations": zones("New")}, {"declarations": zones("Newer")})
    }
    assert len(digests) == 3


def test_a_change_of_settings_alone_is_a_change(simulator: Simulator, env: str) -> None:
    run(simulator, env, **BOTH)
    result = run(simulator, env, check_mode=True, exports=BOTH["exports"], declarations=zones("Shop", "New"))
    assert result["changed"]
    assert [one["operation"] for one in result["exports"]] == ["unchanged"]


def test_settings_are_converged_where_no_export_has_the_name_whose_secrets_are_to_be_sent(
    simulator: Simulator, env: str
) -> None:
    done = run(simulator, env, rotate_secrets=True, names=["elsewhere"], exports=[], declarations=zones("Shop"))
    assert done["changed"] and done["exports"] == [] and done["undeclared_names"] == ["elsewhere"]
    assert [one["operation"] for one in done["schemas"][0]["objects"]] == ["created"]


def test_prune_of_exports_is_none_of_settings(simulator: Simulator, env: str) -> None:
    simulator.seed(env, [{"schemaId": ZONE_SCHEMA, "value": {"name": "Old", "rules": []}}])
    run(simulator, env, exports=[export(), export("other")])
    run(simulator, env, exports=[export()], prune=True, declarations=zones("Shop"))
    assert len(simulator.objects(env, EXPORT_SCHEMA)) == 1
    assert {one["value"]["name"] for one in simulator.objects(env, ZONE_SCHEMA)} == {"Old", "Shop"}


def test_backups_are_of_what_changes(simulator: Simulator, env: str, tmp_path: Path) -> None:
    run(simulator, env, **BOTH)
    folder = tmp_path / "first"
    more = {**BOTH, "declarations": zones("Shop", "New"), "backup_directory": str(folder)}
    result = run(simulator, env, **more)
    assert "backup_file" not in result
    assert [str(file) for file in folder.iterdir()] == [result["settings_backup_file"]]
    folder = tmp_path / "second"
    result = run(simulator, env, **{**more, "exports": [export("other")], "backup_directory": str(folder)})
    assert [str(file) for file in folder.iterdir()] == [result["backup_file"]]
    assert run(simulator, env, **{**more, "exports": [export("other")]}).keys().isdisjoint({"backup_file"})


def test_options_of_settings_have_a_prefix_and_their_own_value(simulator: Simulator, env: str) -> None:
    # Without external IDs for settings, and with them for exports.
    run(simulator, env, **BOTH, settings_store_external_id=False)
    external_ids = {one["schemaId"]: one["externalId"] for one in simulator.objects(env)}
    assert external_ids[EXPORT_SCHEMA] and not external_ids[ZONE_SCHEMA]


def test_problems_of_both_are_found_with_the_paths_of_their_options() -> None:
    _ready, problems = check(
        params_of(
            exports=[{"name": "a"}],
            declarations=[{"objects": []}],
            settings_update_secrets="on_change",
            update_secrets="on_change",
            settings_max_objects=0,
        )
    )
    paths = [problem.path for problem in problems]
    assert "exports[0].endpoint_definition.endpoint_url" in paths
    assert "declarations[0].schema_id" in paths
    assert {"secret_fingerprint_key", "settings_secret_fingerprint_key", "settings_max_objects"} <= set(paths)
    assert len(paths) == len(set(paths))


def test_one_of_the_two_must_be_declared() -> None:
    assert check(params_of())[1] == [Problem("required.list", "exports")]
    for options in ({"exports": []}, {"declarations": []}):
        ready, problems = check(params_of(**options))
        assert problems == [] and (ready.settings is not None) is ("declarations" in options)


def test_the_secrets_of_both_are_known() -> None:
    authentication = {"active": True, "basic_auth": {"username": "u", "password": SECRET}}
    declared = zones("Shop")
    declared[0]["objects"][0]["secrets"] = [{"path": "token", "value": f"{SECRET}-2"}]
    found = secrets(params_of(exports=[export(authentication=authentication)], declarations=declared))
    assert {SECRET, f"{SECRET}-2"} <= set(found)


def test_a_refusal_of_an_export_names_the_variable_that_declares_it(simulator: Simulator, env: str) -> None:
    def exports(user: str, **secret: str) -> list[dict[str, Any]]:
        authentication = {"active": True, "basic_auth": {"username": user, **secret}}
        return [export("first"), export("second", authentication=authentication)]

    run(simulator, env, exports=exports("one", password=SECRET))
    paths = ["user_session_exports_slots[0]", "user_session_exports_slots__europe[0]"]
    names = OptionNames({"exports": "user_session_exports_slots"}, {"exports": paths})
    with pytest.raises(SettingsError) as refused:
        run(simulator, env, exports=exports("another"), endpoint_validation="ignore", **{OPTION: names.to_option()})
    text = refused.value.text(names)
    assert "user_session_exports_slots__europe[0].authentication.basic_auth.password" in text
    assert "[1]" not in text and SECRET not in text
