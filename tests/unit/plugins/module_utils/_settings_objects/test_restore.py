# Copyright (c) 2026, community.dynatrace contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Objects are brought back to exactly what the history says, and what cannot be is named before anything changes."""

from __future__ import annotations

import itertools
import time
from collections.abc import Iterator
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import pytest

from ansible_collections.community.dynatrace.plugins.module_utils._policies.evaluation import PolicyRefusal
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
from ansible_collections.community.dynatrace.plugins.module_utils._settings_objects import restore
from ansible_collections.community.dynatrace.tests.support.simulator import (
    EXPORT_SCHEMA,
    ZONE_SCHEMA,
    Simulator,
    basic_auth,
    export_object,
    export_value,
)

SECRET = "S3cret-canary"
VMWARE = "builtin:virtualization.vmware"
DAY = 24 * 60 * 60 * 1000
_numbers = itertools.count(1)
DEFAULTS = {name: option.get("default") for name, option in restore.RESTORE_OPTIONS.items()}


@pytest.fixture(scope="module")
def simulator(own_reference: Path) -> Iterator[Simulator]:
    with Simulator(options=["--schema", str(own_reference / "schemas")]) as running:
        yield running


@pytest.fixture
def env(simulator: Simulator) -> str:
    name = f"restore{next(_numbers)}"
    simulator.add_environment(name)
    return name


def days_ago(count: float) -> int:
    return int(time.time() * 1000 - count * DAY)


def run(simulator: Simulator, env: str, *, check: bool = False, **options: Any) -> dict[str, Any]:
    params = {**DEFAULTS, "schema_id": ZONE_SCHEMA, "as_of": "5d", **options}
    period, problems = restore.check(params)
    assert period is not None and not problems
    with SettingsClient(Connection(simulator.url(env), AccessToken(simulator.token(env)))) as client:
        return restore.run(client, period, params, check)


def zone(name: str, days: float = 10, **more: Any) -> dict[str, Any]:
    value = {"name": name, "rules": [], **more}
    return {"schemaId": ZONE_SCHEMA, "value": value, "time": days_ago(days), "validate": False}


def values(simulator: Simulator, env: str, schema: str = ZONE_SCHEMA) -> dict[str, Any]:
    """The values by the ID of their object."""
    return {one["objectId"]: one["value"] for one in simulator.objects(env, schema)}


def test_objects_are_what_they_were_and_a_second_run_changes_nothing(simulator: Simulator, env: str) -> None:
    shop, billing, search = simulator.seed(env, [zone("Shop"), zone("Billing"), zone("Search", description="first")])
    simulator.change(env, search, merge={"description": "second"}, time=days_ago(7))
    past = values(simulator, env)
    simulator.change(env, shop, merge={"description": "changed"}, time=days_ago(3))
    simulator.change(env, shop, merge={"name": "Renamed", "description": "again"}, time=days_ago(2))
    simulator.change(env, search, merge={"description": "third"}, time=days_ago(1))
    simulator.delete(env, billing)
    (newer,) = simulator.seed(env, [zone("Newer", 1)])
    predicted = run(simulator, env, check=True)
    assert set(values(simulator, env)) == {shop, search, newer}
    done = run(simulator, env, approved_plan=predicted["plan_digest"])
    assert (
        done["created_since"] == predicted["created_since"] == [{"name": "Newer", "object_id": newer}]
        and done["not_restorable"] == []
    )
    assert sorted(one["operation"] for one in done["objects"]) == ["created", "updated", "updated"]
    now = values(simulator, env)
    assert {one: now[one] for one in (shop, search)} == {one: past[one] for one in (shop, search)}
    assert past[billing] in now.values() and newer in now
    again = run(simulator, env, delete_newer=True)
    assert [(one["operation"], one["object_id"]) for one in again["objects"]] == [("deleted", newer)]
    assert len(values(simulator, env)) == 3, "the one that was created again is not newer"
    assert run(simulator, env, delete_newer=True)["changed"] is False


def test_the_moment_itself_belongs_to_the_past(simulator: Simulator, env: str) -> None:
    moment = datetime.now(timezone.utc).replace(microsecond=0) - timedelta(days=4)
    (shop,) = simulator.seed(env, [zone("Shop")])
    at = int(moment.timestamp() * 1000)
    simulator.change(env, shop, merge={"description": "at that time"}, time=at)
    simulator.change(env, shop, merge={"description": "a second later"}, time=at + 1000)
    run(simulator, env, as_of=moment.isoformat())
    assert values(simulator, env)[shop]["description"] == "at that time"


def test_only_the_named_objects_are_restored(simulator: Simulator, env: str) -> None:
    shop, billing = simulator.seed(env, [zone("Shop"), zone("Billing")])
    for one in (shop, billing):
        simulator.change(env, one, merge={"description": "changed"}, time=days_ago(1))
    assert len(run(simulator, env, object_ids=[shop])["objects"]) == 1
    assert "description" not in values(simulator, env)[shop] and "description" in values(simulator, env)[billing]


def test_a_stored_secret_stays_and_one_of_a_deleted_object_is_named(simulator: Simulator, env: str) -> None:
    value = export_value(authentication=basic_auth("dynatrace", SECRET))
    kept, gone = simulator.seed(
        env,
        [
            {**export_object(None, value), "time": days_ago(10)},
            {**export_object(None, {**value, "exportBehavior": {"disableNotification": True}}), "time": days_ago(10)},
        ],
    )
    merge = {"exportBehavior": {"disableNotification": True}}
    simulator.change(env, kept, merge=merge, time=days_ago(1))
    simulator.delete(env, gone)
    with pytest.raises(SettingsError, match="cannot be restored, so nothing was changed") as refused:
        run(simulator, env, schema_id=EXPORT_SCHEMA)
    assert (
        "authentication.basicAuth.password" in str(refused.value) and "skip_not_restorable: true" in refused.value.hint
    )
    assert values(simulator, env, EXPORT_SCHEMA)[kept]["exportBehavior"]["disableNotification"] is True
    result = run(simulator, env, schema_id=EXPORT_SCHEMA, skip_not_restorable=True)
    assert [one["object_id"] for one in result["not_restorable"]] == [gone] and SECRET not in str(result)
    assert values(simulator, env, EXPORT_SCHEMA)[kept]["exportBehavior"]["disableNotification"] is False
    assert simulator.secret_is(env, kept, "authentication/basicAuth/password", SECRET)


def test_an_object_whose_schema_has_changed_since_is_refused(simulator: Simulator, env: str) -> None:
    odd, old = simulator.seed(env, [zone("Odd", legacy="x"), zone("Old")])
    for one in (odd, old):
        simulator.change(env, one, value={"name": "New", "rules": []}, time=days_ago(1), validate=False)
    result = run(simulator, env, check=True)
    assert {one["object_id"]: one["reason"] for one in result["not_restorable"]} == {
        odd: "had properties that the schema no longer defines: legacy"
    }
    schema = simulator_schema(simulator, env)
    simulator.configure(env, schema_overrides=[{**schema, "version": "99"}])
    result = run(simulator, env, check=True)
    assert {one["object_id"] for one in result["not_restorable"]} == {odd, old}
    assert all("of the schema, which has version 99 now" in one["reason"] for one in result["not_restorable"])
    assert any("cannot be restored" in note for note in result["notes"])


def simulator_schema(simulator: Simulator, env: str) -> dict[str, Any]:
    with SettingsClient(Connection(simulator.url(env), AccessToken(simulator.token(env)))) as client:
        return client.get_schema(ZONE_SCHEMA)


def test_another_plan_than_the_reviewed_one_is_not_carried_out(simulator: Simulator, env: str) -> None:
    (shop,) = simulator.seed(env, [zone("Shop")])
    simulator.change(env, shop, merge={"description": "changed"}, time=days_ago(1))
    digest = run(simulator, env, check=True)["plan_digest"]
    simulator.change(env, shop, merge={"name": "Other"})
    with pytest.raises(SettingsError, match="not the one that was approved"):
        run(simulator, env, approved_plan=digest)


@pytest.mark.parametrize(
    ("as_of", "code"),
    [("2126-01-01", "in_future"), ("366d", "long_ago"), ("yesterday", "point_in_time"), ("", "point_in_time")],
)
def test_wrong_times(as_of: str, code: str) -> None:
    _period, (problem,) = restore.check({**DEFAULTS, "schema_id": ZONE_SCHEMA, "as_of": as_of})
    assert (problem.path, problem.code) == ("as_of", code)


def test_an_object_that_is_created_again_gets_its_name(simulator: Simulator, env: str) -> None:
    external_id = "community.dynatrace:1:builtin%3Amanagement-zones%2Fshop/"
    named, nameless = simulator.seed(env, [{**zone("Shop"), "externalId": external_id}, zone("Billing")])
    for one in (named, nameless):
        simulator.delete(env, one)
    names = {named: "shop", "of another environment": "other"}
    foretold = run(simulator, env, check=True, names=names)
    assert [note for note in foretold["notes"] if "without an external ID" in note] == [
        f"{nameless} is created again without an external ID, which the history does not contain. If a declaration "
        "has a name for the object, set this name in names."
    ]
    done = run(simulator, env, names=names, approved_plan=foretold["plan_digest"])
    assert sorted(one["operation"] for one in done["objects"]) == ["created", "created"]
    found = {one["value"]["name"]: one["externalId"] for one in simulator.objects(env, ZONE_SCHEMA)}
    assert found == {"Shop": external_id, "Billing": None}
    again = run(simulator, env, names=names)
    assert not again["changed"] and again["notes"] == []


def test_an_export_gets_its_name_in_the_form_of_exports(simulator: Simulator, env: str) -> None:
    (gone,) = simulator.seed(env, [{**export_object("archive"), "time": days_ago(10)}])
    before = simulator.objects(env, EXPORT_SCHEMA)[0]["externalId"]
    simulator.delete(env, gone)
    run(simulator, env, schema_id=EXPORT_SCHEMA, names={gone: "archive"})
    (now,) = simulator.objects(env, EXPORT_SCHEMA)
    assert now["externalId"] == "community.dynatrace:1:archive/" and before == "archive"


def test_an_external_id_that_is_there_stays(simulator: Simulator, env: str) -> None:
    (shop,) = simulator.seed(env, [{**zone("Shop"), "externalId": "of another tool"}])
    simulator.change(env, shop, merge={"description": "changed"}, time=days_ago(1))
    run(simulator, env)
    (now,) = simulator.objects(env, ZONE_SCHEMA)
    assert now["externalId"] == "of another tool" and "description" not in now["value"]


def test_another_order_and_permissions_are_named_because_they_are_not_restored(simulator: Simulator, env: str) -> None:
    schema = {
        "schemaId": "app:lists",
        "version": "1",
        "multiObject": True,
        "ordered": True,
        "ownerBasedAccessControl": True,
        "allowedScopes": ["environment"],
        "properties": {"name": {"type": "text", "nullable": False}},
    }
    simulator.configure(env, schema_overrides=[schema])
    objects = [{"schemaId": "app:lists", "value": {"name": name}, "time": days_ago(10)} for name in "abc"]
    first, _second, third = simulator.seed(env, objects)
    with SettingsClient(Connection(simulator.url(env), AccessToken(simulator.token(env)))) as client:
        client.update_object(third, {"value": {"name": "c"}, "insertAfter": ""})
    simulator.delete(env, first)
    notes = run(simulator, env, schema_id="app:lists")["notes"]
    assert any(note.startswith("The order of the objects was changed since then (1 times).") for note in notes)
    assert "Objects that are created again are placed last." in notes
    assert any("without their permissions." in note for note in notes)


def test_an_unknown_object_is_refused(simulator: Simulator, env: str) -> None:
    (shop,) = simulator.seed(env, [zone("Shop")])
    with pytest.raises(InvalidInput) as refused:
        run(simulator, env, object_ids=[shop, "vu9U3hXa3q0AAAABAA"])
    assert refused.value.problems == (Problem("no_object_id.in_time", "object_ids[1]"),)
    assert not run(simulator, env, object_ids=[shop])["changed"]


def test_wrong_names() -> None:
    params = {**DEFAULTS, "schema_id": ZONE_SCHEMA, "as_of": "5d", "names": {"one": " x", "two": 3}}
    _period, problems = restore.check(params)
    assert [(one.path, one.code) for one in problems] == [
        ("names.one", "name_characters"),
        ("names.two", "required.name"),
    ]


CAPITALS = {
    "name": "zone-names",
    "match": {"schema_ids": [ZONE_SCHEMA]},
    "schema": {"properties": {"name": {"pattern": "^[A-Z]"}}},
    "msg": "Begin the name with a capital letter.",
}


def test_a_newer_policy_refuses_what_it_was_before_and_can_be_overridden(simulator: Simulator, env: str) -> None:
    shop, search = simulator.seed(env, [zone("shop"), zone("Search")])
    simulator.change(env, shop, merge={"name": "Shop"}, time=days_ago(3))
    simulator.change(env, search, merge={"description": "changed"}, time=days_ago(3))
    before = values(simulator, env)
    refusals = []
    for check in (True, False):
        with pytest.raises(PolicyRefusal) as refused:
            run(simulator, env, check=check, policies=[CAPITALS])
        refusals.append((refused.value.text(), refused.value.details))
    assert refusals[0] == refusals[1]
    assert refusals[0][0] == (
        f"Policy zone-names: {ZONE_SCHEMA} object 'shop': Begin the name with a capital letter. (name: must match the "
        "pattern ^[A-Z]). Nothing was written. To restore it nevertheless, name the policy in policy_overrides."
    )
    assert values(simulator, env) == before
    options: dict[str, Any] = {"policies": [CAPITALS], "policy_overrides": ["zone-names"]}
    predicted = run(simulator, env, check=True, **options)
    done = run(simulator, env, approved_plan=predicted["plan_digest"], **options)
    assert done["policy_violations"] == predicted["policy_violations"]
    assert [(one["object"], one["overridden"]) for one in done["policy_violations"]] == [("shop", True)]
    assert done["warnings"][0].startswith("Policy zone-names (overridden): ")
    assert values(simulator, env)[shop]["name"] == "shop"


def test_what_violates_a_policy_already_refuses_no_restore(simulator: Simulator, env: str) -> None:
    _other, shop = simulator.seed(env, [zone("basement"), zone("shop")])
    simulator.change(env, shop, merge={"description": "changed"}, time=days_ago(3))
    done = run(simulator, env, policies=[CAPITALS])
    assert done["changed"] is True
    assert [(one["object"], one["violated_by"]) for one in done["policy_violations"]] == [
        ("shop", "desired"),
        ("basement", "current"),
    ]
    assert len(done["warnings"]) == 2


def test_policies_of_a_restore_are_checked_and_about_other_schemas_too(simulator: Simulator, env: str) -> None:
    wrong = {**CAPITALS, "schema": {"requird": []}}
    params = {**DEFAULTS, "schema_id": ZONE_SCHEMA, "as_of": "5d", "policies": [wrong]}
    assert [problem.path for problem in restore.check(params)[1]] == ["policies[0].schema.requird"]
    (shop,) = simulator.seed(env, [zone("Shop")])
    simulator.change(env, shop, merge={"description": "changed"}, time=days_ago(3))
    elsewhere = {**CAPITALS, "match": {"schema_ids": [EXPORT_SCHEMA]}, "schema": {"required": ["endpoint"]}}
    assert run(simulator, env, policies=[elsewhere])["policy_violations"] == []
    with pytest.raises(InvalidInput) as refused:
        run(simulator, env, policies=[{**CAPITALS, "schema": {"required": ["nam"]}}])
    assert [problem.path for problem in refused.value.problems] == ["policies[0].schema.required[0]"]


def test_a_policy_sees_that_a_restored_object_keeps_its_secret(simulator: Simulator, env: str) -> None:
    value = {"enabled": True, "label": "v", "ipaddress": "v.example.com", "username": "u", "password": SECRET}
    seed = {"schemaId": VMWARE, "value": value, "time": days_ago(10), "validate": False}
    (one,) = simulator.seed(env, [seed])
    simulator.change(env, one, merge={"label": "other"}, time=days_ago(3))
    policy = {
        "name": "with-password",
        "match": {"schema_ids": [VMWARE]},
        "schema": {"required": ["password"], "properties": {"password": {"const": "(secret)"}}},
    }
    done = run(simulator, env, schema_id=VMWARE, policies=[policy])
    assert (done["changed"], done["policy_violations"]) == (True, [])
