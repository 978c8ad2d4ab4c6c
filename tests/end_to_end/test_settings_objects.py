# Copyright (c) 2026, community.dynatrace contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Stories of objects of any schema, with real schemas: one object, many, in an order, with secrets, of an entity.

As with exports: what check mode says is what the run does, and the second run changes nothing.
"""

from __future__ import annotations

import itertools
import re
import textwrap
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest
import yaml

from ansible_collections.community.dynatrace.tests.support.playbooks import Playbook, play
from ansible_collections.community.dynatrace.tests.support.simulator import Simulator

MODULE = "community.dynatrace.settings_objects"
INFO = "community.dynatrace.settings_objects_info"
SCHEMA_INFO = "community.dynatrace.settings_schema_info"
SECRET = "S3cret-canary"
KEY = "0123456789abcdef-S3cret-canary"
MODES = {"foretold": True, "done": False, "again": False, "checked": True}
HOST = "HOST-0123456789ABCDEF"

ZONES = "builtin:management-zones"
RULES = "builtin:rum.provider-breakdown"
VMWARE = "builtin:virtualization.vmware"
HOSTS = "builtin:host.monitoring.advanced"
REPLAY = "builtin:sessionreplay.web.resource-capturing"
PIPELINES = "builtin:bizevents-processing-pipelines.rule"
NOTIFICATIONS = "builtin:appsec.notification-integration"
PROFILES = "builtin:appsec.notification-alerting-profile"
JIRA = "app:dynatrace.jira:connection"
ROOT = Path(__file__).resolve().parents[2]
_numbers = itertools.count(1)


@pytest.fixture(scope="module")
def simulator(reference: Path) -> Iterator[Simulator]:
    with Simulator(options=["--schema", str(reference / "schemas")]) as running:
        yield running


@pytest.fixture
def env(simulator: Simulator) -> str:
    """A fresh environment."""
    name = f"objects{next(_numbers)}"
    simulator.add_environment(name)
    return name


def connection(simulator: Simulator, env: str) -> dict[str, str]:
    return {"environment_url": simulator.url(env), "api_token": simulator.token(env)}


def task(simulator: Simulator, env: str, step: str, check: bool = False, **options: Any) -> dict[str, Any]:
    return {"name": step, MODULE: {**connection(simulator, env), **options}, "check_mode": check, "diff": True}


def four(
    simulator: Simulator, env: str, folder: Path, **options: Any
) -> tuple[dict[str, Any], dict[str, Any], list[str]]:
    """Check, run, run again, check again: what the check foretold, what was done, and what was sent for it."""
    simulator.clear_log()
    run = play(folder, [task(simulator, env, step, check, **options) for step, check in MODES.items()])
    assert run.code == 0, run.output
    clean(run)
    foretold, done, again, checked = (run.of(step) for step in MODES)
    assert comparable(foretold) == comparable(done)
    assert again["changed"] is checked["changed"] is False
    sent = [one["method"] for one in simulator.requests(environment=env) if one["query"].get("validateOnly") != "true"]
    # Each run reads the schema and the objects.
    assert sent[:2] == sent[-2:] == ["GET", "GET"]
    return foretold, done, sent[4:-4]


def clean(run: Playbook) -> None:
    assert "WARNING" not in run.output, run.output
    assert "Traceback" not in run.output, run.output
    assert SECRET not in run.output
    assert SECRET not in str(run.results)


def comparable(result: Mapping[str, Any]) -> dict[str, Any]:
    """A result without what a prediction cannot know."""
    objects = [{**one, "object_id": one["operation"] != "created" and one["object_id"]} for one in result["objects"]]
    return {
        **{key: result[key] for key in ("changed", "unmanaged", "diff", "notes", "plan_digest")},
        "objects": objects,
    }


def operations(result: Mapping[str, Any]) -> dict[str, str]:
    return {one["name"]: one["operation"] for one in result["objects"]}


def seed(simulator: Simulator, env: str, schema_id: str, *values: Mapping[str, Any], **more: Any) -> list[str]:
    return simulator.seed(env, [{"schemaId": schema_id, "value": dict(value), **more} for value in values])


def zone(name: str, **more: Any) -> dict[str, Any]:
    return {"name": name, "rules": [], **more}


def rule(name: str, *patterns: str) -> dict[str, Any]:
    domains = [{"domainNamePattern": one} for one in patterns or ("example.com",)]
    plain = {"reportPublicImprovement": False, "resourceType": "ThirdParty"}
    return {"resourceName": name, "domainNamePatternList": domains, **plain}


def vcenter(address: str = "vcenter.example.com", **more: Any) -> dict[str, Any]:
    value = {"label": "vcenter", "ipaddress": address, "username": "dynatrace", **more}
    return {"value": value, "secrets": [{"path": "password", "value": SECRET}]}


def test_many_objects_are_found_by_what_the_schema_says_is_unique(
    simulator: Simulator, env: str, tmp_path: Path
) -> None:
    seed(simulator, env, ZONES, zone("Shop", description="old"), zone("Old"), zone("Same"))
    wanted = [{"value": zone("Shop", description="new")}, {"value": zone("Same")}, {"value": zone("New")}]
    _foretold, done, sent = four(simulator, env, tmp_path, schema_id=ZONES, objects=wanted, prune=True)
    assert operations(done) == {"Shop": "updated", "Same": "unchanged", "New": "created", "Old": "deleted"}
    assert sent == ["PUT", "POST", "DELETE"]
    assert done["objects"][0]["changed_properties"] == ["description"]
    assert {item["value"]["name"] for item in simulator.objects(env, ZONES)} == {"Shop", "Same", "New"}


def test_a_name_finds_an_object_whose_unique_property_changes(simulator: Simulator, env: str, tmp_path: Path) -> None:
    seed(simulator, env, ZONES, zone("Shop"))
    wanted = [{"name": "the shop", "value": zone("Shop")}]
    four(simulator, env, tmp_path / "adopted", schema_id=ZONES, objects=wanted)
    wanted[0]["value"] = zone("Store")
    _foretold, done, sent = four(simulator, env, tmp_path / "renamed", schema_id=ZONES, objects=wanted)
    assert operations(done) == {"the shop": "updated"}
    assert sent == ["PUT"]
    (item,) = simulator.objects(env, ZONES)
    assert item["value"]["name"] == "Store"
    assert item["externalId"] == "community.dynatrace:1:builtin%3Amanagement-zones%2Fthe%20shop/"


def test_declared_objects_come_into_their_order(simulator: Simulator, env: str, tmp_path: Path) -> None:
    seed(simulator, env, RULES, *(rule(name) for name in ("c", "not declared", "a", "b", "d")))
    wanted = [{"value": rule(name)} for name in ("a", "new", "b", "newer", "c", "d")]
    _foretold, done, sent = four(simulator, env, tmp_path, schema_id=RULES, objects=wanted)
    assert operations(done) == {
        "a": "unchanged", "new": "created", "b": "unchanged", "newer": "created", "c": "updated", "d": "unchanged",
    }  # fmt: skip
    # The fewest: one move, and what is new.
    assert sent == ["POST", "PUT", "POST"]
    assert next(one["order_change"] for one in done["objects"] if one["name"] == "c") == "after b"
    order = [item["value"]["resourceName"] for item in simulator.objects(env, RULES)]
    assert [name for name in order if name != "not declared"] == ["a", "new", "b", "newer", "c", "d"]


def test_sets_have_no_order(simulator: Simulator, env: str, tmp_path: Path) -> None:
    seed(simulator, env, RULES, rule("a", "one.example.com", "two.example.com"))
    wanted = [{"value": rule("a", "two.example.com", "one.example.com")}]
    _foretold, done, sent = four(simulator, env, tmp_path, schema_id=RULES, objects=wanted)
    assert operations(done) == {"a": "unchanged"}
    assert sent == []


def test_a_secret_is_hidden_kept_rotated_and_demanded(simulator: Simulator, env: str, tmp_path: Path) -> None:
    wanted = [{"name": "vcenter", **vcenter()}]
    options: dict[str, Any] = {"schema_id": VMWARE, "secret_fingerprint_key": KEY}
    _foretold, done, sent = four(simulator, env, tmp_path / "created", objects=wanted, **options)
    assert sent == ["POST"]
    assert done["objects"][0]["secrets"][0] == {
        "path": "password", "state": "set", "reason": "no secret was stored",
    }  # fmt: skip
    (item,) = simulator.objects(env, VMWARE)
    assert simulator.secret_is(env, item["objectId"], "password", SECRET)

    wanted[0]["secrets"] = [{"path": "password", "value": f"{SECRET}-2"}]
    _foretold, done, sent = four(simulator, env, tmp_path / "rotated", objects=wanted, **options)
    assert done["objects"][0]["secrets"][0]["state"] == "rotated"
    assert sent == ["PUT", "POST"]
    assert simulator.secret_is(env, item["objectId"], "password", f"{SECRET}-2")

    # Without the secret the mask goes back with another change.
    wanted = [{"name": "vcenter", "value": {**vcenter()["value"], "enabled": False}}]
    moved = [{"name": "vcenter", "value": vcenter("moved.example.com")["value"]}]
    other = [{"value": vcenter("other.example.com")["value"]}]
    tasks = [
        task(simulator, env, "kept", objects=wanted, schema_id=VMWARE),
        {**task(simulator, env, "fixed", objects=moved, schema_id=VMWARE), "ignore_errors": True},
        {**task(simulator, env, "no secret", objects=other, schema_id=VMWARE), "ignore_errors": True},
    ]
    run = play(tmp_path / "masked", tasks)
    clean(run)
    assert run.of("kept")["objects"][0]["secrets"][0]["state"] == "kept"
    assert simulator.secret_is(env, item["objectId"], "password", f"{SECRET}-2")
    assert run.of("fixed")["msg"].startswith("objects[0].value.ipaddress: can only be set when the object is created")
    assert "objects[0].value.password: is required" in run.of("no secret")["msg"]
    assert len(simulator.objects(env, VMWARE)) == 1


def test_a_server_that_does_not_keep_a_secret_is_explained(simulator: Simulator, env: str, tmp_path: Path) -> None:
    value = {"name": "jira", "type": "basic", "url": "https://jira.example.com", "user": "dynatrace"}
    made = [{"value": value, "secrets": [{"path": "password", "value": SECRET}]}]
    moved = [{"value": {**value, "url": "https://moved.example.com"}}]
    tasks = [
        task(simulator, env, "made", objects=made, schema_id=JIRA),
        {**task(simulator, env, "demanded", objects=moved, schema_id=JIRA), "ignore_errors": True},
    ]
    run = play(tmp_path, tasks)
    clean(run)
    reported = run.of("demanded")["msg"]
    assert "please re-enter token/password" in reported
    assert "Declare objects[0].value.password, so that it is sent with the update." in reported


def test_secrets_in_a_list_are_kept_with_their_items(simulator: Simulator, env: str, tmp_path: Path) -> None:
    (profile,) = seed(simulator, env, PROFILES, {"name": "p"}, validate=False)

    def hook(*names: str, secrets: bool = True, insecure: bool = False) -> list[dict[str, Any]]:
        headers = [{"name": name, "secret": True} for name in names]
        webhook = {"url": "https://hook.example.com/", "acceptAnyCertificate": insecure, "headers": headers}
        value = {
            "displayName": "hook",
            "type": "WEBHOOK",
            "trigger": "SECURITY_PROBLEM",
            "securityProblemBasedAlertingProfile": profile,
            "webhookConfiguration": webhook,
            "securityProblemBasedWebhookPayload": {"payload": "{}"},
        }
        given = [
            {"path": f"webhookConfiguration.headers[{place}].secretValue", "value": f"{SECRET}-{name}"}
            for place, name in enumerate(names)
        ]
        return [{"value": value, "secrets": given if secrets else []}]

    def step(name: str, objects: list[dict[str, Any]]) -> dict[str, Any]:
        made = task(simulator, env, name, schema_id=NOTIFICATIONS, objects=objects, match_on=["displayName"])
        return {**made, "ignore_errors": True}

    tasks = [
        step("made", hook("a", "b")),
        step("turned", hook("b", "a", secrets=False)),
        step("turned and changed", hook("b", "a", secrets=False, insecure=True)),
        step("more", hook("b", "a", "c", secrets=False)),
        step("more with secrets", hook("c", "b", "a")),
    ]
    run = play(tmp_path, tasks)
    clean(run)
    assert run.of("made")["changed"] is True, run.output
    # Only the server can check this, and the result says so.
    assert any("security-notification-url-validator" in text for text in run.of("made")["unchecked_constraints"])
    assert run.of("turned")["changed"] is False
    assert run.of("turned and changed")["objects"][0]["changed_properties"] == [
        "webhookConfiguration.acceptAnyCertificate"
    ]
    assert "headers[2].secretValue: is required" in run.of("more")["msg"]
    assert run.of("more with secrets")["changed"] is True
    (item,) = simulator.objects(env, NOTIFICATIONS)
    for place, header in enumerate(item["value"]["webhookConfiguration"]["headers"]):
        path = f"webhookConfiguration/headers/{place}/secretValue"
        assert simulator.secret_is(env, item["objectId"], path, f"{SECRET}-{header['name']}")


def test_one_object_of_an_entity(simulator: Simulator, env: str, tmp_path: Path) -> None:
    options: dict[str, Any] = {"schema_id": HOSTS, "scope": HOST, "objects": [{"value": {"codeModuleInjection": True}}]}
    _foretold, done, sent = four(simulator, env, tmp_path / "made", **options)
    assert operations(done) == {HOSTS: "created"}
    assert sent == ["POST"]
    options["objects"] = [{"value": {}}]
    _foretold, done, sent = four(simulator, env, tmp_path / "changed", **options)
    assert done["objects"][0]["changed_properties"] == ["codeModuleInjection"]
    assert sent == ["PUT"]
    _foretold, done, sent = four(simulator, env, tmp_path / "gone", **{**options, "objects": [{}], "state": "absent"})
    assert sent == ["DELETE"]
    run = play(tmp_path / "no scope", [task(simulator, env, "no scope", schema_id=HOSTS, objects=[{"value": {}}])])
    assert run.of("no scope")["msg"] == f"scope: is required; scopes of {HOSTS} are of these types: HOST"


def test_one_object_for_an_environment(simulator: Simulator, env: str, tmp_path: Path) -> None:
    seed(simulator, env, REPLAY, {"enableResourceCapturing": True, "resourceCaptureUrlExclusionPatternList": ["a"]})
    wanted = [{"value": {"enableResourceCapturing": False}}]
    _foretold, done, sent = four(simulator, env, tmp_path, schema_id=REPLAY, objects=wanted)
    assert operations(done) == {REPLAY: "updated"}
    assert sent == ["PUT"]


def test_without_a_unique_property_a_name_is_needed_or_match_on(simulator: Simulator, env: str, tmp_path: Path) -> None:
    value = {"ruleName": "first", "matcher": 'matchesValue(event.type, "a")', "script": "FIELDS_ADD(a: 1)",
             "RuleTesting": {"sampleEvent": "{}"}, "transformationFields": []}  # fmt: skip
    tasks = [
        {**task(simulator, env, "nothing", schema_id=PIPELINES, objects=[{"value": value}]), "ignore_errors": True},
        task(simulator, env, "by name", schema_id=PIPELINES, objects=[{"name": "first", "value": value}]),
        task(simulator, env, "by match_on", schema_id=PIPELINES, objects=[{"value": value}], match_on=["ruleName"]),
    ]
    run = play(tmp_path, tasks)
    clean(run)
    assert run.of("nothing")["msg"].startswith("objects[0].name: is required")
    assert run.of("by name")["changed"] is True
    assert run.of("by match_on")["changed"] is False


def test_everything_that_is_wrong_is_reported_at_once_and_nothing_is_written(
    simulator: Simulator, env: str, tmp_path: Path
) -> None:
    wrong = [
        {"value": zone("Shop", descriptoin="x")},
        {"value": {"rules": 7, "name": "Two"}},
        {"value": zone("Shop")},
        {"name": " ", "value": zone("Four")},
    ]
    tasks = [
        {**task(simulator, env, "wrong", schema_id=ZONES, objects=wrong[:3], match_on=["nome"]), "ignore_errors": True},
        {**task(simulator, env, "options", schema_id=ZONES, objects=[*wrong[3:], {}], confirm_prune_all=True),
         "ignore_errors": True},
        {**task(simulator, env, "secret", schema_id=VMWARE,
                objects=[{"value": {**vcenter()["value"], "password": SECRET}}]), "ignore_errors": True},
        {**task(simulator, env, "no secret", schema_id=VMWARE,
                objects=[{**vcenter(), "secrets": [{"path": "label", "value": SECRET}]}]), "ignore_errors": True},
        {**task(simulator, env, "no schema", schema_id="builtin:none", objects=[]), "ignore_errors": True},
    ]  # fmt: skip
    run = play(tmp_path, tasks, arguments=["-vvv"])
    clean(run)
    wanted = {
        "wrong": {"match_on[0]", "objects[0].value.descriptoin", "objects[1].value.rules"},
        "options": {"confirm_prune_all", "objects[0].name", "objects[1].value"},
        "secret": {"objects[0].value.password"},
        "no secret": {"objects[0].secrets[0].path"},
    }
    for step, paths in wanted.items():
        assert {one["path"] for one in run.of(step)["problems"]} >= paths, run.of(step)["msg"]
    assert "does not have this settings schema" in run.of("no schema")["msg"]
    assert {one["method"] for one in simulator.requests(environment=env)} == {"GET"}


def test_what_is_locked_is_left_alone_and_told(simulator: Simulator, env: str, tmp_path: Path) -> None:
    ids = seed(simulator, env, ZONES, zone("fixed"), zone("kept"), zone("free"))
    simulator.change(env, ids[0], modifiable=False)
    simulator.change(env, ids[1], deletable=False)
    wanted = [{"value": zone("fixed", description="another")}]
    _foretold, done, sent = four(simulator, env, tmp_path, schema_id=ZONES, objects=wanted, prune=True)
    assert operations(done) == {"fixed": "unchanged", "kept": "unchanged", "free": "deleted"}
    assert sent == ["DELETE"]
    remarks = {one["name"]: one["notes"] for one in done["objects"]}
    assert remarks["fixed"] == ["differs from its declaration, but cannot be modified, so it was left unchanged"]
    assert remarks["kept"] == ["not declared, but cannot be deleted, so it was left unchanged"]


def test_many_are_created_with_few_requests_and_read_with_one_for_500(
    simulator: Simulator, env: str, tmp_path: Path
) -> None:
    wanted = [{"value": zone(f"zone {number}")} for number in range(520)]
    _foretold, done, sent = four(simulator, env, tmp_path / "made", schema_id=ZONES, objects=wanted)
    assert len(simulator.objects(env, ZONES)) == 520
    assert set(operations(done).values()) == {"created"}
    # Six requests for 520 objects; the runs that read them need a second page.
    assert sent.count("POST") == 6
    simulator.clear_log()
    found = play(tmp_path / "read", [{"name": "read", INFO: {**connection(simulator, env), "schema_id": ZONES}}])
    assert len(found.of("read")["objects"]) == 520
    assert [one["method"] for one in simulator.requests(environment=env)] == ["GET", "GET", "GET"]


def test_of_a_batch_each_object_has_its_own_answer(simulator: Simulator, env: str, tmp_path: Path) -> None:
    """By their external IDs nothing there is theirs, so the server alone finds out that an address is taken."""
    seed(simulator, env, VMWARE, {**vcenter("taken.example.com")["value"], "password": "x", "enabled": True})
    wanted = [
        {"name": "one", **vcenter("one.example.com", label="one")},
        {"name": "two", **vcenter("taken.example.com", label="two")},
        {"name": "three", **vcenter("three.example.com", label="three")},
    ]
    step = task(simulator, env, "batch", schema_id=VMWARE, objects=wanted, match_on=["label"])
    run = play(tmp_path, [{**step, "ignore_errors": True}])
    clean(run)
    reported = run.of("batch")
    assert "Object 'two': the API rejected the request to create it" in reported["msg"], reported["msg"]
    assert [one["name"] for one in reported["completed_writes"]] == ["one", "three"]
    assert [one["name"] for one in reported["failed_writes"]] == ["two"]
    assert reported["skipped_writes"] == []
    addresses = {item["value"]["ipaddress"] for item in simulator.objects(env, VMWARE)}
    assert addresses == {"taken.example.com", "one.example.com", "three.example.com"}


def test_what_is_read_can_be_declared_elsewhere(simulator: Simulator, env: str, tmp_path: Path) -> None:
    seed(simulator, env, RULES, rule("a"), rule("b"))
    other = f"{env}other"
    simulator.add_environment(other)
    read = {**connection(simulator, env), "schema_id": RULES}
    tasks = [
        {"name": "read", INFO: read, "register": "found"},
        task(simulator, env, "there", schema_id=RULES, objects="{{ found.objects }}", prune=True),
        task(simulator, other, "elsewhere", schema_id=RULES, objects="{{ found.objects }}"),
        {
            "name": "one",
            INFO: {**connection(simulator, env), "schema_id": RULES, "names": ["b"], "fields": ["created"]},
        },
        {
            "name": "schema",
            SCHEMA_INFO: {**connection(simulator, env), "schema_id": RULES, "include": ["schema", "json_schema"]},
        },
        {"name": "schemas", SCHEMA_INFO: connection(simulator, env)},
    ]
    run = play(tmp_path, tasks)
    assert run.code == 0, run.output
    clean(run)
    assert run.of("there")["changed"] is False
    assert operations(run.of("elsewhere")) == {"a": "created", "b": "created"}
    (detail,) = run.of("one")["details"]
    assert detail["name"] == "b"
    assert detail["created"] > 0
    assert run.of("schema")["schema"]["schemaId"] == RULES
    assert run.of("schema")["match_on"] == ["resourceName"]
    assert run.of("schema")["json_schema"]["properties"]["resourceName"]["type"] == "string"
    assert RULES in [one["schemaId"] for one in run.of("schemas")["schemas"]]


def test_a_property_that_wants_an_id_says_of_what_and_how_to_get_it(
    simulator: Simulator, env: str, tmp_path: Path
) -> None:
    profile = {
        "name": "Shop",
        "enabled": True,
        "enabledRiskLevels": ["CRITICAL"],
        "enabledTriggerEvents": ["SECURITY_PROBLEM_OPENED"],
        "managementZone": "Checkout",
    }
    options = {"schema_id": PROFILES, "objects": [{"name": "shop", "value": profile}]}
    tasks = [{**task(simulator, env, step, check, **options), "ignore_errors": True} for step, check in MODES.items()]
    run = play(tmp_path, tasks[:2])
    for step in ("foretold", "done"):
        message = run.of(step)["msg"]
        assert "objects[0].value.managementZone: Must be of type setting" in message, message
        hint = "objects[0].value.managementZone must be the ID of an object of builtin:management-zones"
        assert hint in message, message
        for name in ("community.dynatrace.object_id", "settings_objects_info"):
            assert name in message, message


@pytest.mark.parametrize("inside", ["true", "false"])
def test_overrides_of_all_scopes_are_found_with_their_properties(
    simulator: Simulator, env: str, tmp_path: Path, inside: str
) -> None:
    applications = ["APPLICATION-0000000000000001", "APPLICATION-0000000000000002"]
    for scope, on in (("environment", True), (applications[0], False), (applications[1], True)):
        value = {"enableResourceCapturing": on, "resourceCaptureUrlExclusionPatternList": []}
        seed(simulator, env, REPLAY, value, scope=scope)
    simulator.clear_log()
    options = {**connection(simulator, env), "schema_id": REPLAY}
    tasks = [
        {"name": "all", INFO: options},
        {"name": "applications", INFO: {**options, "scope_types": ["APPLICATION"]}},
        {"name": "misspelled", INFO: {**options, "scope_types": ["application"]}, "ignore_errors": True},
    ]
    run = play(tmp_path, tasks, hosts={"env": {"dynatrace_in_process": inside}})
    clean(run)
    found = {one["scope"]: one["overrides"] and one["overrides"]["properties"] for one in run.of("all")["details"]}
    overridden = {applications[0]: ["enableResourceCapturing"], applications[1]: []}
    assert found == {"environment": None, **overridden}
    again = {one["scope"]: one["overrides"]["properties"] for one in run.of("applications")["details"]}
    assert again == overridden
    assert "did you mean APPLICATION?" in run.of("misspelled")["msg"]
    # The schema and one list; the misspelled type is found before anything is listed.
    assert [one["method"] for one in simulator.requests(environment=env)] == ["GET"] * 5


@pytest.mark.parametrize("inside", ["true", "false"])
def test_no_secret_is_shown_and_both_ways_say_the_same(
    simulator: Simulator, env: str, tmp_path: Path, inside: str
) -> None:
    options = {"schema_id": VMWARE, "secret_fingerprint_key": KEY}
    stray = {**vcenter()["value"], "somewhere": {"password": SECRET}}
    tasks = [
        task(simulator, env, "made", objects=[{"name": "a", **vcenter()}], **options),
        task(simulator, env, "again", objects=[{"name": "a", **vcenter()}], **options),
        {**task(simulator, env, "wrong", objects=[{"name": "a", "value": stray}], **options), "ignore_errors": True},
        {**task(simulator, env, "refused", objects=[{"value": vcenter()}], **options), "ignore_errors": True},
    ]
    simulator.fault("status", status=400, method=["PUT"], environment=env)
    hosts = {"env": {"dynatrace_in_process": inside}}
    run = play(tmp_path, tasks, hosts=hosts, arguments=["-vvvvv", "--diff"])
    clean(run)
    assert run.of("made")["objects"][0]["secrets"][0]["state"] == "set"
    assert run.of("again")["changed"] is False
    assert run.of("wrong")["msg"].startswith("objects[0].value.somewhere: is not a known property")
    assert bool(run.modules) is (inside == "false")


@pytest.mark.once
def test_the_guide_works_as_it_is_written(simulator: Simulator, env: str, tmp_path: Path) -> None:
    text = (ROOT / "docs" / "docsite" / "rst" / "guide_any_schema.rst").read_text(encoding="utf-8")
    blocks = re.findall(r"^\.\. code-block:: yaml\n +:caption: (\S+)\n\n((?:    .*\n|\n)+)", text, re.M)
    assert len(blocks) == text.count("code-block:: yaml") == 7
    other = f"{env}other"
    simulator.add_environment(other)
    hosts = {
        name: {
            "dynatrace_environment_url": simulator.url(name),
            "dynatrace_api_token": simulator.token(name),
            "vault_vcenter_password": SECRET,
            "vault_fingerprint_key": KEY,
        }
        for name in (env, other)
    }
    changed: dict[str, list[list[bool]]] = {}
    for name, block in blocks:
        (part,) = yaml.safe_load(textwrap.dedent(block))
        assert (part.pop("hosts"), part.pop("connection")) == ("dynatrace", "local")
        runs = [play(tmp_path / name / turn, part["tasks"], hosts=hosts) for turn in ("first", "second")]
        for run in runs:
            assert run.code == 0, run.output
            clean(run)
        changed[name] = [[bool(one["result"].get("changed")) for one in run.results] for run in runs]
    for name in ("zones.yml", "connection.yml", "host.yml"):
        assert changed[name] == [[True, True], [False, False]], name
    assert changed["copy.yml"] == [[False] * 3] * 2
