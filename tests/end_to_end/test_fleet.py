# Copyright (c) 2026, community.dynatrace contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""A fleet, from taking it over to rolling out a change: the playbooks that make a report, on several environments."""

from __future__ import annotations

import json
import stat
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest
import yaml

from ansible_collections.community.dynatrace.tests.end_to_end.test_converge import SCENARIOS
from ansible_collections.community.dynatrace.tests.support.jobs import load
from ansible_collections.community.dynatrace.tests.support.playbooks import Command, command
from ansible_collections.community.dynatrace.tests.support.simulator import (
    EXPORT_SCHEMA,
    Simulator,
    basic_auth,
    export_object,
    export_value,
    oauth2,
)

HOSTS = ("canary", "one", "two", "three", "four")
SECRET = "canary-of-a-secret-7Yq2"
SLOTS: list[dict[str, Any]] = [
    {"name": "archive", "endpoint_definition": {"endpoint_url": "https://archive.example.com/"}},
    {
        "name": "elastic",
        "endpoint_definition": {
            "endpoint_url": "https://elastic.example.com/_bulk",
            "content_type": "application/x-ndjson",
            "use_post": True,
        },
        "authentication": {"active": True, "basic_auth": {"username": "dynatrace", "password": SECRET}},
        "send_direct": {"active": True, "index_name": "sessions"},
    },
]


@pytest.fixture
def simulator() -> Iterator[Simulator]:
    with Simulator(HOSTS) as running:
        yield running


class Fleet:
    """The inventory of some environments in a folder, and what a user does with it."""

    def __init__(self, simulator: Simulator, folder: Path, hosts: tuple[str, ...] = HOSTS) -> None:
        self.simulator = simulator
        self.folder = folder
        self.hosts = {
            host: {
                "dynatrace_environment_url": simulator.managed_url(host),
                "dynatrace_api_token": simulator.token(host),
            }
            for host in hosts
        }
        self.declare(SLOTS)

    def declare(self, slots: object, **more: Any) -> None:
        """What is wanted everywhere; nothing declares it for everyone if ``None``."""
        group: dict[str, Any] = {"hosts": self.hosts}
        if slots is not None:
            group["vars"] = {"user_session_exports_slots": slots, **more}
        (self.folder / "inventory.yml").write_text(yaml.safe_dump({"dynatrace": group}, sort_keys=False))

    def run(self, playbook: str, *arguments: str, fails: bool = False, warns: bool = False, **extra: Any) -> Command:
        """Run a playbook of the collection by its name."""
        done = command(
            self.folder,
            "ansible-playbook",
            "-i",
            "inventory.yml",
            f"community.dynatrace.{playbook}",
            *arguments,
            **extra,
        )
        assert bool(done.code) == fails, done.output
        assert SECRET not in done.output and "Traceback" not in done.output
        assert ("[WARNING]" in done.output) == warns, done.output
        for path in self.folder.rglob("*"):
            if path.is_file() and path.name != "inventory.yml":
                assert SECRET not in path.read_text(), path
        return done

    def report(self, mode: str) -> dict[str, Any]:
        return dict(json.loads((self.folder / "dynatrace-report" / f"{mode}.json").read_text()))

    def states(self, mode: str) -> dict[str, str]:
        return {one["host"]: one["state"] for one in self.report(mode)["environments"]}

    def urls(self, host: str) -> set[str]:
        found = (one["value"]["endpointDefinition"] for one in self.simulator.objects(host, EXPORT_SCHEMA))
        return {one["endpointUrl"] for one in found}

    def writes(self) -> dict[str, int]:
        """How many writes each environment got since the log was cleared."""
        found = dict.fromkeys(self.hosts, 0)
        for one in self.simulator.requests():
            found[one["environment"]] += bool(one["applied"])
        return found


@pytest.fixture
def fleet(simulator: Simulator, tmp_path: Path) -> Fleet:
    return Fleet(simulator, tmp_path)


def test_a_rollout_leaves_a_report_and_a_second_one_finds_nothing_to_do(fleet: Fleet) -> None:
    fleet.run("configure", "--check")
    assert fleet.states("configure") == dict.fromkeys(HOSTS, "drift"), "check mode has a report as well"
    assert set(fleet.writes().values()) == {0}
    fleet.run("configure", dynatrace_canary=1, dynatrace_serial=2)
    assert fleet.states("configure") == dict.fromkeys(HOSTS, "changed")
    assert set(fleet.writes().values()) == {2}
    again = fleet.run("configure")
    assert fleet.states("configure") == dict.fromkeys(HOSTS, "unchanged")
    assert "changed=0 " in again.output and "5 environments: 5 as declared" in again.output
    left = sorted(path.name for path in (fleet.folder / "dynatrace-report").iterdir())
    assert left == ["configure-plans.json", "configure.html", "configure.json", "configure.xml"]
    assert all(stat.S_IMODE((fleet.folder / "dynatrace-report" / name).stat().st_mode) == 0o600 for name in left)


def test_one_that_fails_does_not_stop_the_others(fleet: Fleet) -> None:
    fleet.simulator.fault("status", status=401, environment="two", times=None)
    done = fleet.run("configure", fails=True)
    assert fleet.states("configure") == {**dict.fromkeys(HOSTS, "changed"), "two": "failed"}
    reported = done.output.rpartition("TASK [Fail if environments failed]")[2]
    assert "1 of 5 environments failed" in reported and "two: " in reported and "does not accept the token" in reported
    assert "one: " not in reported and "--limit '@" in reported
    # Only that one again.
    again = fleet.folder / "dynatrace-report" / "configure-failed.txt"
    assert again.read_text() == "two\n"
    fleet.simulator.clear_faults()
    fleet.simulator.clear_log()
    fleet.run("configure", "--limit", f"@{again}")
    assert {one["environment"] for one in fleet.simulator.requests()} == {"two"}
    assert fleet.states("configure") == {"two": "changed"}
    assert not again.exists(), "an empty one would not limit anything"


def test_wrong_variables_of_one_environment_are_its_own_problem(fleet: Fleet) -> None:
    fleet.hosts["one"]["user_session_exports_slots"] = [{"name": "archive", "endpoint_definition": {"use_post": "x"}}]
    del fleet.hosts["two"]["dynatrace_api_token"]
    fleet.declare(SLOTS)
    fleet.run("configure", fails=True)
    assert fleet.states("configure") == {**dict.fromkeys(HOSTS, "changed"), "one": "failed", "two": "failed"}
    reported = {one["host"]: one["errors"] for one in fleet.report("configure")["environments"]}
    assert {part["path"] for part in reported["one"][0]["problems"]} == {
        "user_session_exports_slots[0].endpoint_definition.endpoint_url",
        "user_session_exports_slots[0].endpoint_definition.use_post",
    }
    assert "api_token" in reported["two"][0]["message"]


def test_a_canary_that_fails_keeps_the_change_from_the_others(fleet: Fleet) -> None:
    fleet.simulator.fault("status", status=403, method="POST", environment="canary", times=None)
    done = fleet.run("configure", fails=True, dynatrace_canary=1)
    assert fleet.states("configure") == {**dict.fromkeys(HOSTS, "not_reached"), "canary": "failed"}
    assert set(fleet.writes().values()) == {0}
    assert "The run ended before this environment was processed." in done.output
    assert (fleet.folder / "dynatrace-report" / "configure-failed.txt").read_text().split() == list(HOSTS)


def test_a_canary_in_the_inventory_works_or_is_refused(fleet: Fleet) -> None:
    fleet.declare(SLOTS, dynatrace_canary=1)
    done = fleet.run("configure", fails=True, dynatrace_per_host=True)
    assert "dynatrace_canary has no effect in the inventory. Set it with -e" in done.output
    assert set(fleet.writes().values()) == {0}
    fleet.simulator.fault("status", status=403, method="POST", environment="canary", times=None)
    done = fleet.run("configure", fails=True)
    assert fleet.states("configure") == {**dict.fromkeys(HOSTS, "not_reached"), "canary": "failed"}
    assert "the canary failed" in done.output
    fleet.simulator.clear_faults()
    fleet.run("configure", dynatrace_canary=1)
    assert fleet.states("configure") == dict.fromkeys(HOSTS, "changed")


def test_the_screen_says_who_differs_and_what_no_one_declared(fleet: Fleet) -> None:
    fleet.run("configure")
    fleet.simulator.seed("one", [export_object(value=export_value("https://by-hand.example.com/"))])
    (there,) = (one for one in fleet.simulator.objects("two", EXPORT_SCHEMA) if "elastic" in json.dumps(one["value"]))
    fleet.simulator.change("two", there["objectId"], merge={"sendDirect": {"indexName": "other"}})
    done = fleet.run("audit")
    for line in (
        "5 environments: 1 drift, 4 as declared, 1 export not declared",
        "two: Not as declared: elastic (send_direct.index_name: 'sessions' to 'other' by john.doe@example.com ",
        "one: Not declared, left unchanged: by-hand.example.com.",
        f"report: {fleet.folder}/dynatrace-report/audit.html",
    ):
        assert line in done.output, line
    strict = fleet.run("audit", fails=True, dynatrace_fail_on_unmanaged=True)
    failed = strict.output.rpartition("TASK [Fail if environments failed]")[2]
    assert "1 of 5 environments failed" in failed and "one: Not declared" in failed and "two: " not in failed


def test_endpoints_that_will_not_work_are_warnings_and_with_strict_errors(fleet: Fleet) -> None:
    archive, elastic = SLOTS
    nonsense = {**elastic, "send_direct": {"active": True, "index_name": "RUM Sessions"}}
    fleet.declare([archive, nonsense])
    option = "user_session_exports_slots[1].send_direct.index_name"
    fleet.run("configure", warns=True)
    assert fleet.states("configure") == dict.fromkeys(HOSTS, "changed")
    fleet.simulator.clear_log()
    found = fleet.run("audit", warns=True, dynatrace_check_tokens=False)
    assert f"{option}: the name of the index has uppercase letters (index_name_invalid)." in " ".join(
        found.output.split()
    )
    assert [one["method"] for one in fleet.simulator.requests()] == ["GET"] * len(HOSTS), "it costs no request"
    warned = [text for one in fleet.report("audit")["environments"] for text in one["warnings"]]
    assert len(warned) == len(HOSTS) and {text.partition(": ")[0] for text in warned} == {option}
    fleet.simulator.clear_log()
    for playbook in ("audit", "configure"):
        fleet.run(playbook, fails=True, user_session_exports_endpoint_validation="strict")
        assert fleet.states(playbook) == dict.fromkeys(HOSTS, "failed")
        errors = [one["errors"][0] for one in fleet.report(playbook)["environments"]]
        assert {part["path"] for error in errors for part in error["problems"]} == {option}
    assert fleet.simulator.requests() == []
    fleet.run("audit", user_session_exports_endpoint_validation="ignore")


def test_a_failure_of_many_environments_is_summarized_once(fleet: Fleet) -> None:
    """The number of lines does not depend on that of environments; the progress callback prints two for each."""
    archive, elastic = SLOTS
    fleet.declare([archive, {**elastic, "export_behavior": {"management_zone": "Checkout"}}])
    reason = "user_session_exports_slots[1].export_behavior.management_zone: no management zone is named 'Checkout'"
    done = fleet.run("audit", fails=True)
    text = " ".join(line for line in done.output.splitlines() if not line.startswith("fatal: "))
    lines = text.split(reason)[:-1]
    assert 0 < len(lines) < len(HOSTS)
    assert all(host in line[-100:] for line in lines for host in HOSTS), "each has the names of all environments"
    progress = {"ANSIBLE_STDOUT_CALLBACK": "community.dynatrace.progress"}
    arguments = ("-i", "inventory.yml", "community.dynatrace.audit")
    shown = command(fleet.folder, "ansible-playbook", *arguments, environment=progress)
    assert shown.code != 0
    assert shown.output.count(reason) == 2 * len(HOSTS)
    assert "[ERROR]" not in shown.output and "fatal:" not in shown.output


def test_too_many_failures_end_the_run(fleet: Fleet) -> None:
    for host in ("canary", "two"):
        fleet.simulator.fault("status", status=401, environment=host, times=None)
    fleet.run("configure", fails=True, dynatrace_serial=2, dynatrace_max_fail_percentage=50)
    assert "not_reached" not in fleet.states("configure").values(), "half of two is not more than half"
    fleet.run("configure", fails=True, dynatrace_serial=2, dynatrace_max_fail_percentage=40)
    assert fleet.states("configure") == {**dict.fromkeys(HOSTS, "not_reached"), "canary": "failed", "one": "unchanged"}


def test_an_audit_finds_every_difference_and_changes_nothing(fleet: Fleet) -> None:
    fleet.run("configure")
    changed = next(one for one in fleet.simulator.objects("one", EXPORT_SCHEMA) if "archive" in str(one["value"]))
    edit = {"endpointDefinition": {"enableUserSessionExport": False}}
    fleet.simulator.change("one", changed["objectId"], merge=edit, author="jane.doe@example.com")
    fleet.simulator.delete("two", fleet.simulator.objects("two", EXPORT_SCHEMA)[0]["objectId"])
    fleet.simulator.seed("three", [export_object(None, export_value("https://private.example.com/"))])
    fleet.simulator.fault("status", status=403, environment="four", times=None)
    fleet.simulator.clear_log()
    done = fleet.run("audit", fails=True)
    assert fleet.states("audit") == {
        "canary": "unchanged",
        "one": "drift",
        "two": "drift",
        "three": "unchanged",
        "four": "failed",
    }
    reported = done.output.rpartition("TASK [Fail if environments failed]")[2]
    assert "four: The token does not have the permission for this" in reported and "one: " not in reported
    assert set(fleet.writes().values()) == {0}
    found = {one["host"]: one for one in fleet.report("audit")["environments"]}
    (one,) = [export for export in found["one"]["exports"] if export["state"] == "drift"]
    path = "endpoint_definition.enable_user_session_export"
    assert one["changes"] == [{"path": path, "before": False, "after": True}]
    assert one["last_author"] == "jane.doe@example.com"
    assert [export["operation"] for export in found["two"]["exports"]].count("created") == 1
    assert len(found["three"]["unmanaged"]) == 1
    suite = ElementTree.parse(fleet.folder / "dynatrace-report" / "audit.xml").getroot()  # noqa: S314 - our own
    assert len(suite.findall(".//failure")) == 2 and len(suite.findall(".//error")) == 1

    fleet.simulator.clear_faults()
    asked = fleet.run("audit", fails=True, dynatrace_fail_on_drift=True)
    text = "Not as declared: archive (paused; endpoint_definition.enable_user_session_export: true to false by jane.doe"
    assert text in " ".join(asked.output.split())
    reported = asked.output.rpartition("TASK [Fail if environments failed]")[2]
    assert "2 of 5 environments" in reported and "three: " not in reported and "two: Not as declared" in reported
    fleet.run("configure")
    fleet.run("audit", dynatrace_fail_on_drift=True)


@pytest.mark.once
def test_an_audit_says_what_tokens_lack_and_when_they_end(fleet: Fleet) -> None:
    fleet.hosts["one"]["dynatrace_api_token"] = fleet.simulator.token("one", "read")
    fleet.declare([])
    fleet.run("audit")
    found = {one["host"]: one["token"] for one in fleet.report("audit")["environments"]}
    assert found["one"]["missing_scopes"] == ["settings.write"]
    assert found["two"]["missing_scopes"] == []
    fleet.simulator.clear_log()
    fleet.run("audit", dynatrace_check_tokens=False)
    assert len(fleet.simulator.requests()) == len(HOSTS), "one request for each environment"
    assert {one["token"] is None for one in fleet.report("audit")["environments"]} == {True}


def test_only_the_plans_that_were_reviewed_are_carried_out(fleet: Fleet) -> None:
    fleet.run("audit")
    approved = "@dynatrace-report/audit-plans.json"
    # Meanwhile someone else is at work in one environment, and a new one comes that no one has reviewed.
    fleet.simulator.seed("two", [export_object(None, export_value("https://archive.example.com/"))])
    plans = fleet.folder / "dynatrace-report" / "audit-plans.json"
    kept = json.loads(plans.read_text())
    del kept["dynatrace_approved_plans"]["four"]
    plans.write_text(json.dumps(kept))
    done = fleet.run("configure", "-e", approved, fails=True)
    assert fleet.states("configure") == {**dict.fromkeys(HOSTS, "changed"), "two": "failed", "four": "failed"}
    assert "The plan is not the one that was approved" in done.output
    writes = fleet.writes()
    assert (writes["two"], writes["four"], writes["one"]) == (0, 0, 2)


@pytest.mark.once
def test_what_was_there_is_kept_before_it_changes(fleet: Fleet) -> None:
    by_hand = [{"name": "archive", "endpoint_definition": {"endpoint_url": "https://old.example.com/"}}]
    fleet.declare(by_hand)
    fleet.run("configure")
    assert not (fleet.folder / "kept").exists()
    fleet.declare(SLOTS)
    fleet.run("configure", dynatrace_backup_directory="kept")
    fleet.run("configure", dynatrace_backup_directory="kept")
    kept = sorted((fleet.folder / "kept").iterdir())
    assert [path.name.partition(".")[0] for path in kept] == sorted(HOSTS), (
        "one for each, and none where nothing changes"
    )
    # It is a declaration: it takes everything back.
    fleet.declare(None)
    for path in kept:
        place = fleet.folder / "host_vars" / path.name.partition(".")[0]
        place.mkdir(parents=True)
        (place / "back.yml").write_text(path.read_text())
    fleet.run("configure", user_session_exports_prune=True)
    assert all(fleet.urls(host) == {"https://old.example.com/"} for host in HOSTS)


@pytest.mark.once
def test_a_backup_that_cannot_be_written_stops_the_change(fleet: Fleet) -> None:
    (fleet.folder / "file").write_text("")
    done = fleet.run("configure", fails=True, dynatrace_backup_directory="file")
    assert "Nothing was changed" in done.output
    assert set(fleet.writes().values()) == {0}


def made_by_hand() -> dict[str, list[dict[str, Any]]]:
    """Whatever people have made, in the web interface and with other tools."""
    odd = {"customConfiguration": '{{ nobody }} {% says %} \u00fc\U0001f600 "quoted" \\ \' : # \t- x'}
    return {
        "canary": [],
        "one": [
            export_object(None, export_value("https://one.example.com/in")),
            export_object(None, export_value("https://one.example.com/auth", authentication=basic_auth("me", SECRET))),
            export_object(None, export_value("https://one.example.com/oauth", authentication=oauth2(SECRET))),
        ],
        "two": [
            export_object("monaco:c29tZXRoaW5n", export_value("https://two.example.com/")),
            export_object("community.dynatrace:1:mine/", export_value("https://mine.example.com/")),
        ],
        "three": [
            export_object(
                None, export_value("https://e.example.com/_bulk", sendDirect={"active": True, "indexName": name})
            )
            for name in ("yes", "0x10", "2026-01-01")
        ],
        "four": [export_object(None, export_value("https://four.example.com/", exportBehavior=odd))],
    }


def test_what_is_there_is_taken_over_and_an_audit_finds_no_drift(fleet: Fleet) -> None:
    for host, objects in made_by_hand().items():
        fleet.simulator.seed(host, objects)
    fleet.declare(None)
    fleet.run("import", "--check", "--diff")
    assert not (fleet.folder / "host_vars").exists()
    fleet.simulator.clear_log()
    fleet.run("import")
    assert len(fleet.simulator.requests()) == len(HOSTS)
    text = (fleet.folder / "host_vars" / "one" / "user_session_exports.yml").read_text()
    assert text.count("a secret is stored. If it is omitted, it is kept.") == 2
    fleet.run("import")
    # Some of them would not work at their endpoints.
    ignored: dict[str, Any] = {"user_session_exports_endpoint_validation": "ignore"}
    fleet.run("audit", dynatrace_fail_on_drift=True, **ignored)
    assert set(fleet.states("audit").values()) == {"unchanged"}
    before = {host: fleet.simulator.objects(host, EXPORT_SCHEMA) for host in HOSTS}
    fleet.run("configure", **ignored)
    for host in HOSTS:
        after = {one["objectId"]: one["value"] for one in fleet.simulator.objects(host, EXPORT_SCHEMA)}
        assert after == {one["objectId"]: one["value"] for one in before[host]}
    assert "changed=0 " in fleet.run("configure", **ignored).output


@pytest.mark.once
def test_whatever_the_scenarios_leave_is_taken_over_without_drift(tmp_path: Path) -> None:
    scenarios = {f"scenario{number}": scenario for number, scenario in enumerate(SCENARIOS.values())}
    with Simulator(tuple(scenarios)) as simulator:
        fleet = Fleet(simulator, tmp_path, tuple(scenarios))
        for host, scenario in scenarios.items():
            simulator.seed(host, scenario.before)
        connections = {host: dict(variables) for host, variables in fleet.hosts.items()}
        for when in ("before", "after"):
            fleet.hosts = {host: dict(variables) for host, variables in connections.items()}
            fleet.declare(None)
            folder = f"host_vars of {when}"
            fleet.run("import", dynatrace_import_directory=folder)
            (tmp_path / "host_vars").unlink(missing_ok=True)
            (tmp_path / "host_vars").symlink_to(tmp_path / folder)
            fleet.run("audit", dynatrace_fail_on_drift=True)
            assert fleet.states("audit") == dict.fromkeys(scenarios, "unchanged"), when
            if when == "before":
                (tmp_path / "host_vars").unlink()
                for host, scenario in scenarios.items():
                    fleet.hosts[host] |= {f"user_session_exports_{name}": one for name, one in scenario.options.items()}
                    fleet.hosts[host]["user_session_exports_slots"] = scenario.exports
                fleet.declare(None)
                fleet.run("configure")


@pytest.mark.once
def test_a_file_that_was_edited_is_not_overwritten(fleet: Fleet) -> None:
    fleet.run("configure")
    fleet.run("import", dynatrace_import_directory="taken")
    mine = fleet.folder / "taken" / "one" / "user_session_exports.yml"
    mine.write_text("user_session_exports_slots: []\n")
    done = fleet.run("import", fails=True, dynatrace_import_directory="taken")
    assert "exists and differs; set dynatrace_import_overwrite: true" in " ".join(done.output.split())
    assert mine.read_text() == "user_session_exports_slots: []\n"
    fleet.run("import", dynatrace_import_directory="taken", dynatrace_import_overwrite=True)
    assert len(load(mine)["user_session_exports_slots"]) == 2


@pytest.mark.once
def test_secrets_are_rotated_and_nothing_else(fleet: Fleet) -> None:
    fleet.run("configure")
    fleet.simulator.change("two", fleet.simulator.objects("two", EXPORT_SCHEMA)[0]["objectId"], author="someone")
    slots = json.loads(json.dumps(SLOTS))
    slots[1]["authentication"]["basic_auth"]["password"] = SECRET + "-new"
    slots[0]["endpoint_definition"]["endpoint_url"] = "https://elsewhere.example.com/"
    fleet.declare(slots)
    assert "dynatrace_rotate_exports is missing" in fleet.run("rotate_secrets", fails=True).output
    fleet.simulator.clear_log()
    fleet.run("rotate_secrets", "--limit", "one,two", dynatrace_rotate_exports=["elastic"])
    assert fleet.writes() == {**dict.fromkeys(HOSTS, 0), "one": 1, "two": 1}
    for host, secret in (("one", SECRET + "-new"), ("three", SECRET)):
        (found,) = [one for one in fleet.simulator.objects(host, EXPORT_SCHEMA) if "_bulk" in str(one["value"])]
        assert fleet.simulator.secret_is(host, found["objectId"], "authentication/basicAuth/password", secret)
    assert "https://archive.example.com/" in fleet.urls("one")
    fleet.hosts["two"]["user_session_exports_slots"] = slots[:1]
    fleet.declare(slots)
    fleet.simulator.clear_log()
    done = fleet.run("rotate_secrets", "--limit", "one,two", dynatrace_rotate_exports=["elastic"])
    assert "1 of 2 environments were skipped: they do not declare elastic." in " ".join(done.output.split())
    assert fleet.writes() == {**dict.fromkeys(HOSTS, 0), "one": 1}
    nowhere = fleet.run("rotate_secrets", fails=True, dynatrace_rotate_exports="elastc")
    assert "No environment declares elastc" in nowhere.output


@pytest.mark.once
def test_a_pause_lasts_where_the_inventory_says_so(fleet: Fleet) -> None:
    fleet.run("configure")
    done = fleet.run("disable", dynatrace_disable_exports="archive")
    assert 'dynatrace_paused_exports: [\\"archive\\"]' in done.output
    fleet.hosts["one"]["dynatrace_paused_exports"] = ["archive", "not declared"]
    fleet.declare(SLOTS)
    fleet.run("configure")

    def runs(host: str) -> set[bool]:
        found = (item["value"]["endpointDefinition"] for item in fleet.simulator.objects(host, EXPORT_SCHEMA))
        return {one["enableUserSessionExport"] for one in found if "archive" in one["endpointUrl"]}

    assert (runs("one"), runs("two")) == ({False}, {True})
    fleet.run("audit", dynatrace_fail_on_drift=True)
