# Copyright (c) 2026, community.dynatrace contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Owners and permissions over HTTP: compared, predicted, written where they differ, with each kind of credentials."""

from __future__ import annotations

import itertools
import uuid
from collections.abc import Iterator
from typing import Any

import pytest

from ansible_collections.community.dynatrace.plugins.module_utils._settings_api.client import SettingsClient
from ansible_collections.community.dynatrace.plugins.module_utils._settings_api.connection import (
    AccessToken,
    Connection,
    Credentials,
    PlatformToken,
)
from ansible_collections.community.dynatrace.plugins.module_utils._settings_api.errors import (
    InvalidInput,
    Problem,
    SettingsError,
)
from ansible_collections.community.dynatrace.plugins.module_utils._settings_objects import module, settings_module
from ansible_collections.community.dynatrace.tests.support.problems import invalid
from ansible_collections.community.dynatrace.tests.support.simulator import ZONE_SCHEMA, Simulator

NOTES = {
    "schemaId": "app:notes",
    "version": "1.0.0",
    "displayName": "Notes",
    "multiObject": True,
    "allowedScopes": ["environment"],
    "ownerBasedAccessControl": True,
    "properties": {"name": {"type": "text", "nullable": False}, "text": {"type": "text", "nullable": True}},
}
ADMIN = ["settings:objects:read", "settings:objects:write", "settings:schemas:read", "settings:objects:admin"]
PEOPLE = {name: str(uuid.uuid5(uuid.NAMESPACE_OID, f"{name}@example.com")) for name in ("ann", "bob", "root")}
GROUP = "b0f1a2c3-0000-4000-8000-00000000abcd"
TOKENS: dict[str, dict[str, Any]] = {
    "ann": {"platform": True, "owner": "ann@example.com"},
    "bob": {"platform": True, "owner": "bob@example.com"},
    "root": {"platform": True, "owner": "root@example.com", "scopes": ADMIN},
    "full": {},
}
_numbers = itertools.count(1)


@pytest.fixture(scope="module")
def simulator() -> Iterator[Simulator]:
    environment = {"tokens": TOKENS, "schema_overrides": [NOTES]}
    with Simulator(config={"environments": {"saas": environment}}) as running:
        yield running


@pytest.fixture(autouse=True)
def fresh(simulator: Simulator) -> None:
    simulator.reset("saas")
    simulator.switches("saas", missing_endpoints=[])
    simulator.clear_log()


def note(name: str = "one", **options: Any) -> dict[str, Any]:
    return {"name": name, "value": {"name": name}, **options}


def user(name: str, access: str = "read") -> dict[str, str]:
    return {"id": PEOPLE[name], "access": access}


class Environment:
    """The environment as seen with one token."""

    def __init__(self, simulator: Simulator, token: str = "ann") -> None:
        self.simulator, self.token = simulator, token

    def _call(self, definition: Any, params: dict[str, Any], check_mode: bool) -> dict[str, Any]:
        defaults = {name: spec.get("default") for name, spec in definition.options.items()}
        params = {**defaults, **params}
        checked, problems = definition.check(params)
        if problems:
            raise InvalidInput(problems)
        secret = self.simulator.token("saas", self.token)
        credentials: Credentials = AccessToken(secret) if self.token == "full" else PlatformToken(secret)
        url = self.simulator.url("saas") if self.token == "full" else self.simulator.base_url
        with SettingsClient(Connection(url, credentials)) as client:
            client.admin_access = params["admin_access"]
            result: dict[str, Any] = definition.work(client, checked, params, check_mode)
            return result

    def declare(self, *objects: dict[str, Any], check_mode: bool = False, **options: Any) -> dict[str, Any]:
        params = {"schema_id": "app:notes", "objects": [*objects], "permission_check": "never", **options}
        return self._call(module.WRITE, params, check_mode)

    def declare_all(self, *objects: dict[str, Any], check_mode: bool = False, **options: Any) -> dict[str, Any]:
        declarations = [{"schema_id": "app:notes", "objects": [*objects]}]
        params = {"declarations": declarations, "permission_check": "never", **options}
        return self._call(settings_module.SETTINGS, params, check_mode)

    def read(self, **options: Any) -> list[dict[str, Any]]:
        params = {"schema_id": "app:notes", "include_permissions": True, **options}
        details: list[dict[str, Any]] = self._call(module.READ, params, False)["details"]
        return details


def asked(simulator: Simulator) -> list[str]:
    """The requests since the log was cleared, without IDs."""
    found = []
    for one in simulator.requests():
        path = one["path"].rpartition("/v2/settings")[2]
        tail = path.partition("/permissions")
        short = "/objects/ID" if path.startswith("/objects/") else path.partition("?")[0]
        short = ":transfer" if path.endswith(":transfer-ownership") else short + "".join(tail[1:])
        for name, person in PEOPLE.items():
            short = short.replace(person, name)
        found.append(f"{one['method']} {short}")
    return found


DECLARED = {"all_users": "read", "users": [user("bob", "write")], "groups": [{"id": GROUP, "access": "read"}]}


@pytest.mark.parametrize("call", ["declare", "declare_all"])
def test_permissions_are_predicted_written_and_then_as_declared(simulator: Simulator, call: str) -> None:
    ann = Environment(simulator)
    run = getattr(ann, call)
    desired = note(permissions=DECLARED)
    predicted = run(desired, check_mode=True)
    simulator.clear_log()
    done = run(desired)
    writes = [one for one in asked(simulator) if not one.startswith("GET")]
    assert writes == ["POST /objects"] + 3 * ["POST /objects/ID/permissions"]
    assert predicted["plan_digest"] == done["plan_digest"]
    (entry,) = done["diff"]
    assert entry["after"]["(permissions)"] == DECLARED
    simulator.clear_log()
    again = run(desired)
    assert again["changed"] is False and not again["warnings"]
    assert asked(simulator)[-2:] == ["GET /objects", "GET /objects/ID/permissions"]
    (found,) = ann.read()
    assert (found["permissions"], found["owner_id"]) == (DECLARED, PEOPLE["ann"])
    assert len(Environment(simulator, "bob").read()) == 1


def test_only_what_differs_is_written_and_shown(simulator: Simulator) -> None:
    ann = Environment(simulator)
    ann.declare(note(permissions=DECLARED))
    changed = note(permissions={"all_users": "none", "users": [user("bob")]})
    predicted = ann.declare(changed, check_mode=True)
    (item,) = predicted["objects"]
    assert (item["operation"], item["changed_properties"]) == ("updated", ["(permissions)"])
    (entry,) = predicted["diff"]
    assert entry["before"]["(permissions)"] == DECLARED
    assert entry["after"]["(permissions)"] == {**DECLARED, "all_users": "none", "users": [user("bob")]}
    simulator.clear_log()
    done = ann.declare(changed)
    writes = [one for one in asked(simulator) if not one.startswith("GET")]
    assert writes == ["PUT /objects/ID/permissions/user/bob", "DELETE /objects/ID/permissions/all-users"]
    assert done["plan_digest"] == predicted["plan_digest"] and done["changed"]
    assert ann.declare(note(permissions={"users": [], "groups": []}))["changed"]
    assert ann.read()[0]["permissions"] == {"all_users": "none", "users": [], "groups": []}


def test_nothing_extra_is_read_where_nothing_is_declared(simulator: Simulator) -> None:
    ann = Environment(simulator)
    ann.declare(note("one", permissions={"all_users": "read"}), note("two"), note("three"))
    simulator.clear_log()
    ann.declare(note("one"), note("two"), note("three"))
    assert asked(simulator) == ["GET /schemas/app:notes", "GET /objects"]
    assert "owner" not in simulator.requests()[1]["query"]["fields"]
    simulator.clear_log()
    ann.declare(note("one", permissions={"all_users": "read"}), note("two"), note("three"))
    assert asked(simulator) == ["GET /schemas/app:notes", "GET /objects", "GET /objects/ID/permissions"]
    simulator.clear_log()
    ann.declare(note("one", owner=PEOPLE["ann"].upper()))
    assert asked(simulator) == ["GET /schemas/app:notes", "GET /objects"]


def test_a_plan_is_approved_with_its_permissions(simulator: Simulator) -> None:
    ann = Environment(simulator)
    ann.declare(note())
    digest = ann.declare(note(permissions={"all_users": "read"}), check_mode=True)["plan_digest"]
    with pytest.raises(SettingsError, match="not the one that was approved"):
        ann.declare(note(permissions={"all_users": "write"}), approved_plan=digest)
    assert ann.declare(note(permissions={"all_users": "read"}), approved_plan=digest)["changed"]


def test_an_owner_is_changed_by_transfer(simulator: Simulator) -> None:
    ann, bob = Environment(simulator), Environment(simulator, "bob")
    ann.declare(note())
    desired = note(owner=PEOPLE["bob"], permissions={"users": [user("ann", "write")]})
    predicted = ann.declare(desired, check_mode=True)
    assert predicted["objects"][0]["changed_properties"] == ["(permissions)", "(owner)"]
    assert (predicted["diff"][0]["before"]["(owner)"], predicted["diff"][0]["after"]["(owner)"]) == (
        PEOPLE["ann"],
        PEOPLE["bob"],
    )
    simulator.clear_log()
    ann.declare(desired)
    assert asked(simulator)[-2:] == ["POST /objects/ID/permissions", "POST :transfer"]
    assert bob.read()[0]["owner_id"] == PEOPLE["bob"]
    assert not ann.declare(desired)["changed"]
    # A new object belongs to the user of the token at first.
    ann.declare(note("two", owner=PEOPLE["bob"], permissions={"all_users": "write"}))
    assert {one["owner_id"] for one in bob.read()} == {PEOPLE["bob"]}
    simulator.clear_log()
    ann.declare(note("three", owner=PEOPLE["ann"]))
    assert "POST :transfer" not in asked(simulator)


def test_an_owner_is_not_changed_if_the_next_run_could_not_find_the_object(simulator: Simulator) -> None:
    ann, root = Environment(simulator), Environment(simulator, "root")
    ann.declare(note())
    simulator.clear_log()
    with pytest.raises(InvalidInput) as refused:
        ann.declare(note(owner=PEOPLE["bob"], permissions={"all_users": "read"}))
    assert refused.value.problems == (Problem("owner_without_access", "objects[0].owner"),)
    assert not any(one["applied"] for one in simulator.requests())
    root.declare(note(owner=PEOPLE["bob"]), admin_access=True)
    assert not root.declare(note(owner=PEOPLE["bob"]), admin_access=True)["changed"]
    assert root.read() == [] and root.read(admin_access=True)[0]["owner_id"] == PEOPLE["bob"]


def test_admin_access_without_the_permission_stops_before_the_first_write(simulator: Simulator) -> None:
    with pytest.raises(SettingsError):
        Environment(simulator).declare(note(), admin_access=True)
    assert not any(one["applied"] for one in simulator.requests())


def test_an_object_without_an_owner_is_named(simulator: Simulator) -> None:
    Environment(simulator, "full").declare(note())
    ann = Environment(simulator)
    (warning,) = ann.declare(note(permissions={"all_users": "none"}))["warnings"]
    assert warning.startswith("one has no owner, so every user can read and change it")
    done = ann.declare(note(permissions={"all_users": "none"}, owner=PEOPLE["ann"]), admin_access=False)
    assert done["changed"] and not done["warnings"]
    assert Environment(simulator, "bob").read() == []


def test_with_an_access_token_they_are_refused_because_they_have_no_effect(simulator: Simulator) -> None:
    full = Environment(simulator, "full")
    for run in (full.declare, full.declare_all):
        with pytest.raises(InvalidInput) as refused:
            run(note(permissions={"all_users": "none"}, owner=PEOPLE["ann"]), admin_access=True)
        codes = sorted(one.code for one in refused.value.problems)
        assert codes == ["access_token_permissions", "access_token_permissions", "no_admin_access"]
    assert not any(one["applied"] for one in simulator.requests())
    with invalid("has no effect with an access token, because objects that it creates have no owner"):
        full.declare(note(permissions={"all_users": "none"}))


def test_reading_as_an_administrator_needs_platform_credentials_too(simulator: Simulator) -> None:
    with pytest.raises(InvalidInput) as refused:
        Environment(simulator, "full").read(admin_access=True)
    assert refused.value.problems == (Problem("no_admin_access", "admin_access"),)


def test_schemas_without_owners_are_refused(simulator: Simulator) -> None:
    ann = Environment(simulator)
    zone = {"name": "zone", "value": {"name": "zone", "rules": []}, "permissions": {"all_users": "read"}}
    with invalid(f"objects of {ZONE_SCHEMA} have neither an owner nor permissions"):
        ann.declare(zone, schema_id=ZONE_SCHEMA)
    assert ann.read(schema_id=ZONE_SCHEMA) == []


@pytest.mark.parametrize(
    ("options", "problems"),
    [
        ({"permissions": {"users": [{"id": "u"}]}}, [("required", "permissions.users[0].access")]),
        ({"permissions": {"groups": [{"access": "read"}]}}, [("required", "permissions.groups[0].id")]),
        (
            {"permissions": {"users": [{"id": "a", "access": "read"}, {"id": "A", "access": "write"}]}},
            [("same_accessor", "permissions.users[1].id")],
        ),
        ({"permissions": {"users": ["a"]}}, [("type", "permissions.users[0]")]),
        ({"owner": ""}, [("empty", "owner")]),
    ],
)
def test_wrong_options(options: dict[str, Any], problems: list[tuple[str, str]]) -> None:
    params = {"schema_id": "app:notes", "objects": [note(**options)], "state": "present"}
    _checked, found = module.check(params)
    assert [(one.code, one.path) for one in found] == [(code, f"objects[0].{path}") for code, path in problems]


def test_permissions_go_with_present_objects_only() -> None:
    objects = [note(permissions={"all_users": "read"}, owner="x")]
    _checked, found = module.check({"schema_id": "app:notes", "objects": objects, "state": "absent"})
    assert [(one.code, one.path) for one in found] == [
        ("only_present", "objects[0].permissions"),
        ("only_present", "objects[0].owner"),
    ]


def test_an_environment_without_permissions_fails_before_the_first_write(simulator: Simulator) -> None:
    ann = Environment(simulator)
    ann.declare(note())
    simulator.switches("saas", missing_endpoints=["permissions"])
    simulator.clear_log()
    with pytest.raises(SettingsError, match="does not provide the permissions of objects"):
        ann.declare({**note(permissions={"all_users": "read"}), "value": {"name": "one", "text": "changed"}})
    assert not any(one["applied"] for one in simulator.requests())
    assert ann.read(include_permissions=False)


def test_an_object_may_not_be_changed_by_those_who_only_read_it(simulator: Simulator) -> None:
    ann, bob = Environment(simulator), Environment(simulator, "bob")
    ann.declare(note(permissions={"users": [user("bob")]}))
    with pytest.raises(SettingsError, match="could not be given its permissions"):
        bob.declare(note(permissions={"all_users": "read"}))
    assert ann.read()[0]["permissions"]["all_users"] == "none"


def test_what_was_interrupted_is_finished_by_the_next_run(simulator: Simulator) -> None:
    ann = Environment(simulator)
    simulator.fault("status", status=403, method="POST", path="/permissions", skip=1)
    with pytest.raises(SettingsError) as failed:
        ann.declare(note(permissions=DECLARED))
    assert [one["action"] for one in failed.value.details["completed_writes"]] == ["create"]
    assert [one["action"] for one in failed.value.details["failed_writes"]] == ["set_permissions"]
    simulator.clear_faults()
    assert ann.declare(note(permissions=DECLARED))["changed"]
    assert len(ann.read()) == 1 and ann.read()[0]["permissions"] == DECLARED


def test_a_lost_answer_is_found_out_by_another_read(simulator: Simulator) -> None:
    ann = Environment(simulator)
    ann.declare(note())
    simulator.fault("drop", method="POST", path="/permissions", when="after")
    done = ann.declare(note(permissions=DECLARED))
    assert done["changed"] and ann.read()[0]["permissions"] == DECLARED


def test_an_audit_says_who_gave_an_object_to_another_user(simulator: Simulator) -> None:
    ann, bob = Environment(simulator), Environment(simulator, "bob")
    shared = {"users": [user("ann", "write"), user("bob", "write")]}
    ann.declare(note(permissions=shared))
    ann.declare(note(permissions=shared, owner=PEOPLE["bob"]))
    simulator.clear_log()
    found = bob.declare(note(owner=PEOPLE["ann"], permissions=shared), check_mode=True, explain_drift=True)
    assert asked(simulator).count("GET /history") == 1
    ((cause,),) = [one["changed_by"] for one in found["objects"]]
    assert (cause["property"], cause["author"]) == ("(owner)", "ann@example.com")
    assert (cause["before"], cause["after"]) == (PEOPLE["ann"], PEOPLE["bob"])
    simulator.clear_log()
    found = bob.declare(note(permissions={"all_users": "read"}), check_mode=True, explain_drift=True)
    assert found["changed"] and "GET /history" not in asked(simulator), "permissions are not in a history"
