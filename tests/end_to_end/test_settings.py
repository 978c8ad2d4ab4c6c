# Copyright (c) 2026, community.dynatrace contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Settings of several schemas from the inventory: one plan, references by name, variables of groups and hosts."""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest
import yaml

from ansible_collections.community.dynatrace.tests.support.playbooks import Playbook, play
from ansible_collections.community.dynatrace.tests.support.simulator import Simulator

SECRET = "S3cret-canary"
ZONES = "builtin:management-zones"
PROFILES = "builtin:appsec.notification-alerting-profile"
NOTIFICATIONS = "builtin:appsec.notification-integration"
RULES = "builtin:rum.provider-breakdown"
CAPACITY = "builtin:example.capacity"
MODES = {"foretold": True, "done": False, "again": False, "checked": True}
_numbers = itertools.count(1)


@pytest.fixture(scope="module")
def simulator(own_reference: Path) -> Iterator[Simulator]:
    with Simulator(options=["--schema", str(own_reference / "schemas")]) as running:
        yield running


@pytest.fixture
def env(simulator: Simulator) -> str:
    """A new environment."""
    name = f"settings{next(_numbers)}"
    simulator.add_environment(name)
    simulator.clear_log()
    return name


def reference(schema_id: str, name: str, more: str = "") -> str:
    return f"{{{{ '{schema_id}' | community.dynatrace.object_id('{name}'{more}) }}}}"


def zone(name: str, **more: Any) -> dict[str, Any]:
    return {"name": name.lower(), "value": {"name": name, "rules": [], **more}}


def profile(name: str, zone_name: str, **more: Any) -> dict[str, Any]:
    value = {
        "name": name,
        "enabled": True,
        "enabled_risk_levels": ["CRITICAL"],
        "enabled_trigger_events": ["SECURITY_PROBLEM_OPENED"],
        "management_zone": reference(ZONES, zone_name),
    }
    return {"name": name.lower(), "value": {**value, **more}}


def notification(name: str, profile_name: str) -> dict[str, Any]:
    headers = [{"name": "Authorization", "secret": True}]
    value = {
        "displayName": name,
        "enabled": True,
        "trigger": "SECURITY_PROBLEM",
        "type": "WEBHOOK",
        "securityProblemBasedAlertingProfile": reference(PROFILES, profile_name),
        "securityProblemBasedWebhookPayload": {"payload": "{}"},
        "webhookConfiguration": {"acceptAnyCertificate": False, "headers": headers, "url": "https://hook.example.com/"},
    }
    secret = {"path": "webhookConfiguration/headers[0]/secretValue", "value": SECRET}
    return {"name": name.lower(), "value": value, "secrets": [secret]}


def settings(schema_id: str, *objects: Mapping[str, Any], **more: Any) -> dict[str, Any]:
    return {"schema_id": schema_id, "objects": list(objects), **more}


# What refers to something is declared before it: the order of a declaration does not matter.
DECLARED = [
    settings(NOTIFICATIONS, notification("Hook", "shop")),
    settings(PROFILES, profile("Shop", "shop"), profile("Bank", "bank")),
    settings(ZONES, zone("Shop"), zone("Bank")),
]


def connection(simulator: Simulator, env: str) -> dict[str, str]:
    return {"environment_url": simulator.url(env), "api_token": simulator.token(env)}


def run(
    simulator: Simulator, env: str, folder: Path, declarations: Any, modes: Sequence[str] = ("done",), **options: Any
) -> Playbook:
    """Run the module in some modes."""
    tasks = [
        {
            "name": mode,
            "community.dynatrace.settings": {
                **connection(simulator, env),
                "declarations": declarations,
                **options,
            },
            "check_mode": MODES[mode],
            "diff": True,
        }
        for mode in modes
    ]
    done = play(folder, tasks)
    assert "Traceback" not in done.output, done.output
    assert SECRET not in done.output + str(done.results)
    return done


def role(simulator: Simulator, env: str, folder: Path, files: Mapping[str, Any]) -> Playbook:
    """Run the role for a host in two groups, with files of variables."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "groups.yml").write_text(yaml.safe_dump({"world": {"children": {"europe": {"hosts": {"shop": {}}}}}}))
    for name, content in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(yaml.safe_dump(content))
    hosts = {"shop": {f"dynatrace_{name}": value for name, value in connection(simulator, env).items()}}
    task = {"name": "Configure", "ansible.builtin.include_role": {"name": "community.dynatrace.settings"}}
    done = play(folder, [task], hosts=hosts, arguments=["-i", str(folder / "groups.yml")])
    assert "Traceback" not in done.output, done.output
    return done


def operations(result: Mapping[str, Any]) -> dict[str, str]:
    return {one["name"]: one["operation"] for schema in result["schemas"] for one in schema["objects"]}


def calls(simulator: Simulator, env: str, *methods: str) -> list[str]:
    """The paths of requests, without those that only validate."""
    found = [one for one in simulator.requests(environment=env) if one["method"] in methods or not methods]
    paths = [(one["method"], one["path"].partition("/api/v2/settings/")[2]) for one in found]
    validating = [one["query"].get("validateOnly") == "true" for one in found]
    return [f"{method} {path}" for (method, path), one in zip(paths, validating, strict=True) if not one]


def failure(done: Playbook) -> dict[str, Any]:
    assert done.code != 0, done.output
    return dict(done.results[-1]["result"])


def test_objects_are_created_in_the_order_of_their_references(simulator: Simulator, env: str, tmp_path: Path) -> None:
    done = run(simulator, env, tmp_path, DECLARED, list(MODES))
    assert done.code == 0, done.output
    assert "WARNING" not in done.output
    foretold, result, again, checked = (done.of(mode) for mode in MODES)
    assert operations(foretold) == operations(result)
    assert set(operations(result).values()) == {"created"}
    assert foretold["plan_digest"] == result["plan_digest"]
    assert "builtin:management-zones 'shop', known after apply" in str(foretold["diff"])
    assert "known after apply" not in str(result["diff"]) and "(builtin:management-zones 'shop')" in str(result["diff"])
    assert again["changed"] is checked["changed"] is False
    zones = {one["value"]["name"]: one["objectId"] for one in simulator.objects(env, ZONES)}
    profiles = {one["value"]["name"]: one for one in simulator.objects(env, PROFILES)}
    assert {name: one["value"]["managementZone"] for name, one in profiles.items()} == zones
    (hook,) = simulator.objects(env, NOTIFICATIONS)
    assert hook["value"]["securityProblemBasedAlertingProfile"] == profiles["Shop"]["objectId"]
    assert simulator.secret_is(env, hook["objectId"], "webhookConfiguration/headers/0/secretValue", SECRET)


def test_updates_of_a_schema_overlap_after_what_they_refer_to_is_written(
    simulator: Simulator, env: str, tmp_path: Path
) -> None:
    names = [f"Profile {number:02}" for number in range(10)]
    before = settings(PROFILES, *(profile(name, "Shop") for name in names))
    run(simulator, env, tmp_path / "before", [before, settings(ZONES, zone("Shop"))])
    after = settings(PROFILES, *(profile(name, "Bank") for name in names))
    declarations = [after, settings(ZONES, zone("Shop"), zone("Bank"))]
    simulator.clear_log()
    simulator.fault("delay", seconds=0.15, environment=env, times=None)
    done = run(simulator, env, tmp_path / "after", declarations, ["foretold", "done"])
    simulator.clear_faults()
    assert operations(done.of("foretold")) == operations(done.of("done"))
    assert operations(done.of("done")) == {
        "shop": "unchanged",
        "bank": "created",
        **{name.lower(): "updated" for name in names},
    }
    sent = simulator.requests(method="PUT", environment=env)
    sent = [one for one in sent if not one["query"]]
    times = [(one["time"], 1) for one in sent] + [(one["time"] + one["seconds"], -1) for one in sent]
    under_way = list(itertools.accumulate(change for _moment, change in sorted(times)))
    # As many as performance.rst says, and never more.
    assert len(sent) == len(names) and max(under_way) == 4
    (created,) = (one for one in simulator.requests(method="POST", environment=env) if not one["query"])
    assert created["time"] + created["seconds"] <= min(one["time"] for one in sent)
    (bank,) = (one["objectId"] for one in simulator.objects(env, ZONES) if one["value"]["name"] == "Bank")
    assert {one["value"]["managementZone"] for one in simulator.objects(env, PROFILES)} == {bank}
    assert not run(simulator, env, tmp_path / "again", declarations).of("done")["changed"]


def test_nothing_changed_takes_one_request_for_each_schema_and_one_more(
    simulator: Simulator, env: str, tmp_path: Path
) -> None:
    run(simulator, env, tmp_path / "first", DECLARED)
    simulator.clear_log()
    done = run(simulator, env, tmp_path / "again", DECLARED, ["done", "again"])
    assert not done.of("again")["changed"]
    # The documents of the schemas are read by the first task of a run only.
    lists = ["GET schemas", *["GET objects"] * 3]
    assert [one for one in calls(simulator, env) if "schemas/" not in one] == [*lists, *lists]
    assert len([one for one in calls(simulator, env) if "schemas/" in one]) == 3


def test_schema_documents_are_kept_between_runs(simulator: Simulator, env: str, tmp_path: Path) -> None:
    cache = {"schema_cache_directory": str(tmp_path / "cache")}
    run(simulator, env, tmp_path / "first", DECLARED, **cache)
    simulator.clear_log()
    assert run(simulator, env, tmp_path / "second", DECLARED, **cache).code == 0
    assert not [one for one in calls(simulator, env) if "schemas/" in one]
    # What is not the document of that version is read again.
    for file in (tmp_path / "cache").rglob("*.json"):
        file.write_text('{"schemaId": "builtin:other", "version": "1"}')
    assert run(simulator, env, tmp_path / "third", DECLARED, **cache).code == 0
    assert len([one for one in calls(simulator, env) if "schemas/" in one]) == 3


def test_deletions_go_backwards(simulator: Simulator, env: str, tmp_path: Path) -> None:
    run(simulator, env, tmp_path / "made", DECLARED)
    ids = {
        one["objectId"]: schema for schema in (ZONES, PROFILES, NOTIFICATIONS) for one in simulator.objects(env, schema)
    }
    simulator.clear_log()
    empty = [settings(one["schema_id"], prune=True, confirm_prune_all=True) for one in reversed(DECLARED)]
    done = run(simulator, env, tmp_path / "gone", empty)
    assert done.code == 0, done.output
    deleted = [ids[one.rpartition("/")[2]] for one in calls(simulator, env, "DELETE")]
    assert deleted == [NOTIFICATIONS, PROFILES, PROFILES, ZONES, ZONES]


def test_names_of_properties_are_in_one_form_for_each_object(simulator: Simulator, env: str, tmp_path: Path) -> None:
    mixed = profile("Shop", "shop", enabledRiskLevels=["LOW"])
    problem = failure(
        run(simulator, env, tmp_path / "mixed", [settings(PROFILES, mixed), settings(ZONES, zone("Shop"))])
    )
    assert problem["problems"] == [
        {
            "path": "declarations[0].objects[0].value.enabled_risk_levels",
            "message": "is in snake_case, but enabledRiskLevels is spelled as in the schema; "
            "do not mix both forms in an object",
        }
    ]
    wrong = profile("Shop", "shop", enabled_risk_levels=["SOME"])
    problem = failure(
        run(simulator, env, tmp_path / "wrong", [settings(PROFILES, wrong), settings(ZONES, zone("Shop"))])
    )
    assert [one["path"] for one in problem["problems"]] == ["declarations[0].objects[0].value.enabled_risk_levels[0]"]
    assert not simulator.objects(env, PROFILES)


WRONG: list[tuple[list[dict[str, Any]], str]] = [
    (
        [settings("builtin:managment-zones")],
        "declarations[0].schema_id: builtin:managment-zones is not a schema of this environment; did you mean",
    ),
    (
        [settings(PROFILES, profile("A", "shpo")), settings(ZONES, zone("Shop"))],
        "declarations[0].objects[0].value.management_zone: refers to builtin:management-zones 'shpo', which is "
        "neither declared nor in the environment; did you mean 'shop'",
    ),
    (
        [settings(ZONES, zone("Shop")), settings(ZONES, zone("Shop"))],
        "declarations[1].objects[0].name: is the same as declarations[0].objects[0].name",
    ),
    ([settings(ZONES, zone("Shop"), scope="HOST-1")], "declarations[0].scope: is not a scope of"),
    (
        [settings(PROFILES, profile("A", "a", management_zone=reference("builtin:nothing", "a")))],
        "refers to builtin:nothing, which is not a schema of this environment",
    ),
    (
        [
            settings(
                PROFILES,
                profile("A", "a", management_zone=reference(PROFILES, "b")),
                profile("B", "a", management_zone=reference(PROFILES, "a")),
            )
        ],
        f"is in a cycle of references: {PROFILES} 'a' -> {PROFILES} 'b' -> {PROFILES} 'a'",
    ),
    (
        [settings(PROFILES, profile("A", "shop")), settings(ZONES, zone("Shop"), state="absent")],
        "refers to builtin:management-zones 'shop', which is neither declared nor in the environment",
    ),
    ([settings(ZONES, prune=True)], "would remove every object of builtin:management-zones"),
    ([settings(ZONES, zone("A"), ordered=True)], "declarations[0].ordered: has no effect"),
    (
        [settings(ZONES, {**zone("A"), "secrets": [{"path": "name", "value": SECRET}]})],
        "declarations[0].objects[0].secrets[0].path: is not a secret of builtin:management-zones",
    ),
    ([{"schema_id": ZONES}], "declarations[0].objects: is required"),
]


def test_wrong_declarations_are_refused(simulator: Simulator, env: str, tmp_path: Path) -> None:
    tasks = [
        {
            "name": f"Case {number}",
            "community.dynatrace.settings": {**connection(simulator, env), "declarations": declarations},
            "ignore_errors": True,
        }
        for number, (declarations, _problem) in enumerate(WRONG)
    ]
    done = play(tmp_path, tasks)
    for number, (_declarations, problem) in enumerate(WRONG):
        assert problem in done.of(f"Case {number}")["msg"]
    assert not calls(simulator, env, "POST", "PUT", "DELETE")


def test_a_reference_to_an_object_that_the_run_deletes_is_refused(
    simulator: Simulator, env: str, tmp_path: Path
) -> None:
    run(simulator, env, tmp_path / "first", [settings(ZONES, zone("Shop"))])
    gone = [settings(ZONES, zone("Shop"), state="absent"), settings(PROFILES, profile("A", "shop"))]
    assert "which this run deletes" in failure(run(simulator, env, tmp_path / "gone", gone))["msg"]


def test_existing_objects_are_found_by_the_name_in_their_value(simulator: Simulator, env: str, tmp_path: Path) -> None:
    (found,) = simulator.seed(env, [{"schemaId": ZONES, "value": {"name": "By hand", "rules": []}}])
    declared = [settings(PROFILES, profile("A", "By hand"))]
    assert run(simulator, env, tmp_path, declared).code == 0
    (there,) = simulator.objects(env, PROFILES)
    assert there["value"]["managementZone"] == found
    # It also reads what is referred to: one list more.
    assert len([one for one in calls(simulator, env) if one == "GET objects"]) == 2


def test_a_reference_can_be_the_number_of_a_zone_within_a_text(simulator: Simulator, env: str, tmp_path: Path) -> None:
    text = f"mzId({reference(ZONES, 'shop', ', legacy=true')})"
    declared = [settings(ZONES, zone("Shop"), zone("Bank", description=text))]
    for mode in ("first", "second"):
        done = run(simulator, env, tmp_path / mode, declared, ["foretold", "done"])
        assert done.code == 0, done.output
    assert not done.of("done")["changed"]
    described = {one["value"]["name"]: one["value"].get("description") for one in simulator.objects(env, ZONES)}
    assert described["Bank"].startswith("mzId(") and described["Bank"][5:-1].lstrip("-").isdigit()


def test_an_id_of_another_environment_is_named(simulator: Simulator, env: str, tmp_path: Path) -> None:
    simulator.add_environment(f"{env}-other")
    (foreign,) = simulator.seed(f"{env}-other", [{"schemaId": ZONES, "value": {"name": "Shop", "rules": []}}])
    declared = [settings(PROFILES, profile("A", "", management_zone=foreign))]
    done = run(simulator, env, tmp_path, declared, ["foretold"], server_validation=False)
    (warning,) = done.of("foretold")["warnings"]
    assert warning.startswith("declarations[0].objects[0].value.management_zone is the ID of an object of")
    (own,) = simulator.seed(env, [{"schemaId": ZONES, "value": {"name": "Shop", "rules": []}}])
    declared = [settings(PROFILES, profile("A", "", management_zone=own))]
    assert not run(simulator, env, tmp_path, declared, ["foretold"]).of("foretold").get("warnings")


def test_scopes_of_one_schema_are_read_with_one_request(simulator: Simulator, env: str, tmp_path: Path) -> None:
    host = "HOST-0123456789ABCDEF"
    declared = [
        settings(CAPACITY, {"value": {"share": 0.5}}),
        settings(CAPACITY, {"value": {"share": 0.25}}, scope=host),
    ]
    done = run(simulator, env, tmp_path, declared, list(MODES))
    assert done.code == 0, done.output
    assert not done.of("again")["changed"]
    assert {one["scope"]: one["value"]["share"] for one in simulator.objects(env, CAPACITY)} == {
        "environment": 0.5,
        host: 0.25,
    }
    assert calls(simulator, env).count("GET objects") == len(MODES)


def test_the_order_of_a_declaration_is_that_of_the_environment_unless_it_does_not_matter(
    simulator: Simulator, env: str, tmp_path: Path
) -> None:
    def rule(name: str) -> dict[str, Any]:
        return {
            "value": {
                "resource_name": name,
                "resource_type": "ThirdParty",
                "domain_name_pattern_list": [{"domain_name_pattern": f"{name}.example.com"}],
                "report_public_improvement": False,
            }
        }

    names = [rule(name) for name in ("one", "two", "three")]
    run(simulator, env, tmp_path / "first", [settings(RULES, *names)])
    backwards = [settings(RULES, *reversed(names), ordered=False)]
    assert not run(simulator, env, tmp_path / "any", backwards).of("done")["changed"]
    assert run(simulator, env, tmp_path / "ordered", [settings(RULES, *reversed(names))]).of("done")["changed"]
    assert [one["value"]["resourceName"] for one in simulator.objects(env, RULES)] == ["three", "two", "one"]


def test_a_failure_half_way_names_what_is_done_and_what_is_not(simulator: Simulator, env: str, tmp_path: Path) -> None:
    simulator.fault("status", environment=env, status=400, method="POST", skip=1)
    result = failure(run(simulator, env, tmp_path, DECLARED))
    assert PROFILES in result["msg"]
    assert {one["schema_id"] for one in result["completed_writes"]} == {ZONES}
    assert {one["schema_id"] for one in result["failed_writes"]} == {PROFILES}
    assert [one["name"] for one in result["skipped_writes"]] == ["hook"]
    simulator.clear_faults()
    assert run(simulator, env, tmp_path / "again", DECLARED).of("done")["changed"]


def test_only_the_approved_plan_is_carried_out(simulator: Simulator, env: str, tmp_path: Path) -> None:
    digest = run(simulator, env, tmp_path / "check", DECLARED, ["foretold"]).of("foretold")["plan_digest"]
    assert "approved" in failure(run(simulator, env, tmp_path / "other", DECLARED[1:], approved_plan=digest))["msg"]
    assert run(simulator, env, tmp_path / "same", DECLARED, approved_plan=digest).code == 0


def test_groups_and_the_host_add_to_the_declarations(simulator: Simulator, env: str, tmp_path: Path) -> None:
    files: dict[str, Any] = {
        "group_vars/world.yml": {"dynatrace_settings": [settings(ZONES, zone("Shop"), zone("Bank"), zone("Old"))]},
        "group_vars/europe.yml": {
            "dynatrace_settings__europe": [settings(ZONES, zone("GDPR")), settings(PROFILES, profile("A", "gdpr"))]
        },
        "host_vars/shop.yml": {
            "dynatrace_settings__own": [
                settings(ZONES, zone("Shop", description="own")),
                settings(ZONES, {"name": "old"}, state="absent"),
            ]
        },
    }
    done = role(simulator, env, tmp_path, files)
    assert done.code == 0, done.output
    assert "WARNING" not in done.output
    zones = {one["value"]["name"]: one["value"].get("description") for one in simulator.objects(env, ZONES)}
    assert zones == {"Shop": "own", "Bank": None, "GDPR": None}
    (result,) = [one["result"] for one in done.results if one["task"].endswith("Configure settings")]
    sources = {one["name"]: one["source"] for schema in result["schemas"] for one in schema["objects"]}
    assert sources["shop"].startswith("dynatrace_settings__own (host shop, host_vars/shop.yml")
    assert sources["bank"].startswith("dynatrace_settings (group world, group_vars/world.yml")
    files["group_vars/europe.yml"]["dynatrace_settings__europe"].append(settings(ZONES, {"value": {"surprise": 1}}))
    failed = role(simulator, env, tmp_path, files)
    assert "dynatrace_settings__europe[2].objects[0].value.surprise" in failed.output


def test_an_object_with_one_instance_is_replaced_by_the_more_specific_one(
    simulator: Simulator, env: str, tmp_path: Path
) -> None:
    files = {
        "group_vars/world.yml": {"dynatrace_settings": [settings(CAPACITY, {"value": {"share": 0.5}})]},
        "host_vars/shop.yml": {"dynatrace_settings__own": [settings(CAPACITY, {"value": {"share": 0.75}})]},
    }
    assert role(simulator, env, tmp_path, files).code == 0
    assert [one["value"]["share"] for one in simulator.objects(env, CAPACITY)] == [0.75]
