# Copyright (c) 2026, community.dynatrace contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Who changed it: an audit names the author of each difference, with the value before and after."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import datetime, timezone
from pathlib import Path
from typing import Any

import pytest

from ansible_collections.community.dynatrace.tests.end_to_end.test_fleet import HOSTS, SECRET, SLOTS, Fleet
from ansible_collections.community.dynatrace.tests.support.simulator import EXPORT_SCHEMA, Simulator

JANE, OMAR, LI = "jane.doe@example.com", "omar@example.com", "li.wei@example.com"
PROFILES = "builtin:appsec.notification-alerting-profile"
ENABLED = "endpoint_definition.enable_user_session_export"
ZONES = "builtin:management-zones"
ZONE = f"{{{{ '{ZONES}' | community.dynatrace.object_id('Shop') }}}}"
SETTINGS = [
    {"schema_id": ZONES, "objects": [{"name": name, "value": {"name": name}} for name in ("Shop", "Web")]},
    {
        "schema_id": PROFILES,
        "objects": [
            {
                "name": "on call",
                "value": {"name": "On call", "enabledRiskLevels": ["HIGH", "CRITICAL"], "managementZone": ZONE},
            }
        ],
    },
]


@pytest.fixture(scope="module")
def simulator(own_reference: Path) -> Iterator[Simulator]:
    with Simulator(HOSTS, options=["--schema", str(own_reference / "schemas")]) as running:
        yield running


@pytest.fixture
def fleet(simulator: Simulator, tmp_path: Path) -> Fleet:
    for host in HOSTS:
        simulator.reset(host, switches=True)
    simulator.clear_log()
    return Fleet(simulator, tmp_path)


def export(fleet: Fleet, host: str, part: str) -> str:
    """The ID of an export by a part of its value."""
    (found,) = [one for one in fleet.simulator.objects(host, EXPORT_SCHEMA) if part in json.dumps(one["value"])]
    return str(found["objectId"])


def asked(fleet: Fleet) -> dict[str, int]:
    """How many requests of the history each environment got."""
    found = dict.fromkeys(HOSTS, 0)
    for one in fleet.simulator.requests(path="/settings/history"):
        found[one["environment"]] += 1
    return found


def causes(environment: dict[str, Any]) -> list[tuple[Any, ...]]:
    keys = ("property", "operation", "author", "source", "before", "after")
    return [tuple(one[key] for key in keys) for item in environment["exports"] for one in item["changed_by"]]


def words(text: str) -> str:
    return " ".join(text.split())


def test_an_audit_names_each_of_three_people_with_before_and_after(fleet: Fleet) -> None:
    fleet.run("configure")
    change = fleet.simulator.change
    for host in ("one", "two"):
        change(host, export(fleet, host, "archive"), merge={"endpointDefinition": {"enableUserSessionExport": False}})
    disabled = {"exportBehavior": {"disableNotification": True}}
    change("one", export(fleet, "one", "elastic"), merge={"sendDirect": {"indexName": "mine"}}, author=JANE)
    change("one", export(fleet, "one", "elastic"), merge=disabled, author=OMAR)
    change("three", export(fleet, "three", "archive"), merge=disabled, author=JANE)
    change("three", export(fleet, "three", "archive"), merge={"exportBehavior": {"disableNotification": False}})
    change("three", export(fleet, "three", "archive"), merge=disabled, author=OMAR)
    fleet.simulator.delete("four", export(fleet, "four", "archive"))
    fleet.simulator.clear_log()

    done = fleet.run("audit")
    assert asked(fleet) == {"canary": 0, "one": 1, "two": 1, "three": 1, "four": 1}
    assert set(fleet.writes().values()) == {0}
    found = {one["host"]: one for one in fleet.report("audit")["environments"]}
    index, notification = "send_direct.index_name", "export_behavior.disable_notification"
    john = "john.doe@example.com"
    assert causes(found["canary"]) == []
    assert sorted(causes(found["one"])) == [
        (ENABLED, "updated", john, "UI", True, False),
        (notification, "updated", OMAR, "UI", False, True),
        (index, "updated", JANE, "UI", "sessions", "mine"),
    ]
    assert causes(found["two"]) == [(ENABLED, "updated", john, "UI", True, False)]
    assert causes(found["three"]) == [(notification, "updated", OMAR, "UI", False, True)], "the last one who did it"
    assert causes(found["four"]) == [("", "deleted", john, "UI", None, None)]
    assert all(one["time"] for item in found["one"]["exports"] for one in item["changed_by"])
    for text in (
        f"{index}: 'sessions' to 'mine' by {JANE} through UI on 2",
        f"{notification}: false to true by {OMAR} through UI on 2",
        f"archive (missing; deleted by {john} through UI on 2",
    ):
        assert text in words(done.output), text
    html = (fleet.folder / "dynatrace-report" / "audit.html").read_text()
    assert JANE in html and OMAR in html and '"before":"sessions"' in html
    assert f"by {OMAR} through UI" in (fleet.folder / "dynatrace-report" / "audit.xml").read_text()


def test_the_progress_callback_names_who_made_a_difference(fleet: Fleet) -> None:
    fleet.run("configure")
    merge = {"sendDirect": {"indexName": "mine"}}
    fleet.simulator.change("two", export(fleet, "two", "elastic"), merge=merge, author=LI)
    (fleet.folder / "ansible.cfg").write_text("[defaults]\nstdout_callback = community.dynatrace.progress\n")
    done = fleet.run("audit")
    assert f"send_direct.index_name: 'sessions' to 'mine' by {LI} through UI" in words(done.output)


@pytest.mark.once
def test_what_three_people_edit_is_named_accepted_and_taken_back(fleet: Fleet) -> None:
    """Exports and an alerting profile in five environments: the audit, what it saves, and a restore."""
    fleet.declare(SLOTS, dynatrace_settings=SETTINGS, dynatrace_check_tokens=False)
    fleet.run("configure")
    moment = datetime.now(timezone.utc).isoformat()
    profiles = {host: only(fleet, host, PROFILES) for host in HOSTS}
    change = fleet.simulator.change
    change("one", profiles["one"]["objectId"], merge={"enabledRiskLevels": ["LOW"]}, author=JANE)
    change("two", profiles["two"]["objectId"], merge={"managementZone": zone(fleet, "two", "Web")}, author=OMAR)
    change("two", export(fleet, "two", "archive"), merge={"exportBehavior": {"disableNotification": True}}, author=JANE)
    change("three", export(fleet, "three", "elastic"), merge={"sendDirect": {"indexName": "mine"}}, author=LI)
    fleet.simulator.delete("four", profiles["four"]["objectId"])
    edited = values(fleet, "two", PROFILES)

    fleet.simulator.clear_log()
    done = fleet.run("audit", dynatrace_accept_directory="accepted")
    # One request for each schema that has drifted, none where nothing has.
    assert asked(fleet) == {"canary": 0, "one": 1, "two": 2, "three": 1, "four": 1}
    assert set(fleet.writes().values()) == {0}
    found = {one["host"]: causes(one) for one in fleet.report("audit")["environments"]}
    notification = ("export_behavior.disable_notification", "updated", JANE, "UI", False, True)
    shop, web = f"({ZONES} 'Shop')", f"({ZONES} 'Web')"
    assert found == {
        "canary": [],
        "one": [("enabledRiskLevels", "updated", JANE, "UI", ["HIGH", "CRITICAL"], ["LOW"])],
        "two": [notification, ("managementZone", "updated", OMAR, "UI", shop, web)],
        "three": [("send_direct.index_name", "updated", LI, "UI", "sessions", "mine")],
        "four": [("", "deleted", "john.doe@example.com", "UI", None, None)],
    }
    for text in (
        f"enabledRiskLevels: ['HIGH', 'CRITICAL'] to ['LOW'] by {JANE} through UI on 2",
        f"{PROFILES} on call (managementZone: '({ZONES} 'Shop')' to '({ZONES} 'Web')' by {OMAR} through UI on 2",
        f"{PROFILES} on call (missing; deleted by john.doe@example.com through UI on 2",
    ):
        assert text in words(done.output), text
    html = (fleet.folder / "dynatrace-report" / "audit.html").read_text()
    assert all(person in html for person in (JANE, OMAR, LI))

    files = accept(fleet, "accepted")
    assert {host: len(texts) for host, texts in files.items()} == {"one": 1, "two": 2, "three": 1, "four": 1}
    assert any("object_id(''Web'')" in text for text in files["two"]), "a reference by name"
    assert f"# {PROFILES} on call does not exist." in files["four"][0]
    fleet.simulator.clear_log()
    fleet.run("audit", "--limit", "!four", dynatrace_fail_on_drift=True, dynatrace_accept_directory="accepted")
    assert set(fleet.states("audit").values()) == {"unchanged"} and accept(fleet, "accepted") == {}
    assert set(asked(fleet).values()) == {0}

    restore: dict[str, Any] = {"dynatrace_restore_as_of": moment, "dynatrace_restore_schema_id": PROFILES}
    # A history has no external IDs, so the name of what was deleted is given.
    restore["dynatrace_restore_names"] = {profiles["four"]["objectId"]: "on call"}
    fleet.run("restore", "--limit", "one,two,four", **restore, dynatrace_restore_apply=True)
    assert edited != values(fleet, "two", PROFILES)
    for host in ("one", "two", "four"):
        now = only(fleet, host, PROFILES)
        assert (now["value"], now["externalId"]) == (profiles[host]["value"], profiles[host]["externalId"])


def only(fleet: Fleet, host: str, schema_id: str) -> dict[str, Any]:
    """The one object of a schema."""
    (found,) = fleet.simulator.objects(host, schema_id)
    return dict(found)


def zone(fleet: Fleet, host: str, name: str) -> str:
    """The ID of a management zone."""
    (found,) = [one for one in fleet.simulator.objects(host, ZONES) if one["value"]["name"] == name]
    return str(found["objectId"])


@pytest.mark.once
def test_a_difference_that_this_token_made_is_said_to_be_its_own(fleet: Fleet) -> None:
    fleet.run("configure")
    archive = {"name": "archive", "endpoint_definition": {"endpoint_url": "https://archive.example.com/new"}}
    fleet.declare([archive])
    done = fleet.run("audit", "--limit", "one")
    text = (
        "archive (endpoint_definition.endpoint_url: 'https://archive.example.com/' since it was created by this token"
    )
    assert text in words(done.output)


@pytest.mark.once
def test_an_environment_without_the_history_costs_one_note_and_a_switch_costs_nothing(fleet: Fleet) -> None:
    fleet.run("configure")
    fleet.simulator.switches("one", missing_endpoints=["history"])
    for host in ("one", "two"):
        fleet.simulator.delete(host, export(fleet, host, "archive"))
    fleet.simulator.clear_log()
    fleet.run("audit")
    notes = {one["host"]: one["notes"] for one in fleet.report("audit")["environments"]}
    (note,) = notes["one"]
    assert note.startswith("It is unknown who caused the differences:") and "does not provide the history" in note
    assert notes["two"] == []
    fleet.simulator.clear_log()
    fleet.run("audit", dynatrace_explain_drift=False)
    assert set(asked(fleet).values()) == {0}


@pytest.mark.once
def test_a_secret_never_comes_out_of_the_history(fleet: Fleet) -> None:
    fleet.run("configure")
    merge = {"authentication": {"basicAuth": {"username": "mallory", "password": f"{SECRET}-new"}}}
    fleet.simulator.change("one", export(fleet, "one", "elastic"), merge=merge, author=JANE)
    fleet.run("audit")  # Fleet.run looks for the secret in the output and in all files.
    found = {one["host"]: one for one in fleet.report("audit")["environments"]}
    username = "authentication.basic_auth.username"
    assert causes(found["one"]) == [(username, "updated", JANE, "UI", "dynatrace", "mallory")]


def test_a_missing_permission_stops_only_its_environment_before_its_first_write(fleet: Fleet) -> None:
    fleet.hosts["three"]["dynatrace_api_token"] = fleet.simulator.token("three", "read")
    fleet.declare(SLOTS, dynatrace_permission_check="always")
    done = fleet.run("configure", fails=True)
    assert fleet.states("configure") == {**dict.fromkeys(HOSTS, "changed"), "three": "failed"}
    assert f"The token has no write permission for {EXPORT_SCHEMA} at" in words(done.output)
    sent = [(one["method"], one["path"]) for one in fleet.simulator.requests(environment="three")]
    assert [method for method, _path in sent] == ["GET", "POST"] and sent[1][1].endswith(":resolve")
    fleet.simulator.clear_log()
    fleet.run("configure", "--limit", "!three")
    assert len(fleet.simulator.requests()) == len(HOSTS) - 1, "nothing is written, so one request each"


def accept(fleet: Fleet, folder: str) -> dict[str, list[str]]:
    """Move what an audit saved to the variables of the hosts; the text of each file by host."""
    found: dict[str, list[str]] = {}
    for path in sorted((fleet.folder / folder).glob("*/*.yml")):
        target = fleet.folder / "host_vars" / path.parent.name
        target.mkdir(parents=True, exist_ok=True)
        found.setdefault(path.parent.name, []).append(path.read_text())
        path.replace(target / path.name)
    return found


def test_what_an_audit_saves_accepts_the_current_state(fleet: Fleet) -> None:
    fleet.run("configure")
    change = fleet.simulator.change
    change("one", export(fleet, "one", "elastic"), merge={"authentication": {"basicAuth": {"username": "{{ mine }}"}}})
    change("one", export(fleet, "one", "archive"), merge={"exportBehavior": {"disableNotification": True}})
    change("two", export(fleet, "two", "archive"), merge={"endpointDefinition": {"enableUserSessionExport": False}})
    fleet.run("audit", fails=True, dynatrace_fail_on_drift=True, dynatrace_accept_directory="accepted")
    found = accept(fleet, "accepted")
    assert set(found) == {"one", "two"}, "none where nothing differs"
    assert 'name: !unsafe "elastic"' in found["one"][0] and "archive" not in found["two"][0].split("slots")[0]
    assert "elastic" not in found["two"][0], "only what differs"
    fleet.run("audit", dynatrace_fail_on_drift=True, dynatrace_accept_directory="accepted")
    assert set(fleet.states("audit").values()) == {"unchanged"} and accept(fleet, "accepted") == {}
    # A later change of the same export is accepted in the same way, and configure still takes others back.
    change("two", export(fleet, "two", "archive"), merge={"exportBehavior": {"disableNotification": True}})
    fleet.run("audit", dynatrace_accept_directory="accepted")
    assert set(accept(fleet, "accepted")) == {"two"}
    change("one", export(fleet, "one", "elastic"), merge={"sendDirect": {"indexName": "theirs"}})
    fleet.run("configure")
    assert export(fleet, "one", "{{ mine }}")
    fleet.run("audit", dynatrace_fail_on_drift=True)


@pytest.mark.once
def test_what_is_missing_is_named_for_the_one_who_accepts_it(fleet: Fleet) -> None:
    fleet.run("configure")
    fleet.simulator.delete("one", export(fleet, "one", "archive"))
    fleet.run("audit", dynatrace_accept_directory="accepted")
    (text,) = accept(fleet, "accepted")["one"]
    assert "# archive does not exist. To accept this, remove its declaration." in text
    assert text.splitlines()[-1].endswith(": []")


def test_a_restore_shows_its_plan_first_and_brings_back_exactly_what_was_there(fleet: Fleet) -> None:
    fleet.run("configure")
    moment = datetime.now(timezone.utc).isoformat()
    past = {host: values(fleet, host) for host in HOSTS}
    change = fleet.simulator.change
    change("one", export(fleet, "one", "elastic"), merge={"sendDirect": {"indexName": "mine"}}, author=JANE)
    change("two", export(fleet, "two", "archive"), merge={"exportBehavior": {"disableNotification": True}})
    fleet.simulator.delete("three", export(fleet, "three", "archive"))
    fleet.simulator.delete("four", export(fleet, "four", "elastic"))
    fleet.simulator.clear_log()

    done = fleet.run("restore", dynatrace_restore_as_of=moment)
    assert set(fleet.writes().values()) == {0}
    assert '"indexName": "mine"' in done.output and "its history does not contain its secrets" in done.output
    applied = fleet.run("restore", fails=True, dynatrace_restore_as_of=moment, dynatrace_restore_apply=True)
    assert "An object cannot be restored, so nothing was changed" in words(applied.output)
    assert fleet.writes() == {"canary": 0, "one": 1, "two": 1, "three": 1, "four": 0}
    now = {host: values(fleet, host) for host in HOSTS}
    assert {host: now[host] for host in HOSTS if host != "four"} == {
        host: past[host] for host in HOSTS if host != "four"
    }
    fleet.simulator.clear_log()
    again = fleet.run("restore", "--limit", "!four", dynatrace_restore_as_of=moment, dynatrace_restore_apply=True)
    assert set(fleet.writes().values()) == {0} and again.output.count("changed=0 ") == len(HOSTS) - 1


def values(fleet: Fleet, host: str, schema_id: str = EXPORT_SCHEMA) -> list[str]:
    """The values of the objects, masks included."""
    return sorted(json.dumps(one["value"], sort_keys=True) for one in fleet.simulator.objects(host, schema_id))


@pytest.mark.once
def test_a_restore_names_what_was_created_since_and_the_variable_of_an_unknown_schema(fleet: Fleet) -> None:
    moment = datetime.now(timezone.utc).isoformat()
    fleet.simulator.seed("one", [{"schemaId": ZONES, "value": {"name": "Newer", "rules": []}}])
    restore: dict[str, Any] = {"dynatrace_restore_as_of": moment, "dynatrace_restore_schema_id": ZONES}
    done = fleet.run("restore", "--limit", "one", **restore)
    assert '"created_since_and_kept": [ "Newer" ]' in words(done.output)
    restore["dynatrace_restore_schema_id"] = "builtin:management-zone"
    done = fleet.run("restore", "--limit", "one", fails=True, **restore)
    assert f"Check dynatrace_restore_schema_id: did you mean {ZONES}?" in words(done.output)


@pytest.mark.once
def test_a_restore_to_the_future_is_refused(fleet: Fleet) -> None:
    done = fleet.run("restore", fails=True, dynatrace_restore_as_of="2126-01-01")
    assert "dynatrace_restore_as_of: is in the future" in words(done.output)
