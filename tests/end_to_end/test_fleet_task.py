# Copyright (c) 2026, community.dynatrace contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""All environments in one task: the same results as a task for each, and each environment gets what is its own.

FLEET_ENVIRONMENTS is the number of environments of the large test (60). It is 1000 in the long form.
"""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from ansible_collections.community.dynatrace.tests.end_to_end.test_fleet import HOSTS, SECRET, SLOTS, Fleet
from ansible_collections.community.dynatrace.tests.support.playbooks import VENV, play
from ansible_collections.community.dynatrace.tests.support.simulator import (
    EXPORT_SCHEMA,
    Simulator,
    export_object,
    export_value,
)
from ansible_collections.community.dynatrace.tests.tools import environments

MANY = int(os.environ.get("FLEET_ENVIRONMENTS", "60"))
FLEET = "community.dynatrace.fleet"
MODULE = "community.dynatrace.user_session_exports"
PASSWORD_PATH = "authentication/basicAuth/password"


def broken(simulator: Simulator, hosts: dict[str, dict[str, Any]], names: list[str]) -> dict[str, str]:
    """Break environments in ten ways, one after the other; return their states in a report."""
    states: dict[str, str] = {}
    for number, name in enumerate(names):
        own, way = hosts[name], number % 10
        states[name] = "failed"
        if way == 0:
            own["dynatrace_api_token"] = simulator.token(name, "expired")
        elif way == 1:
            own["dynatrace_environment_url"] = f"https://127.0.0.1:9/e/{name}"
            states[name] = "unreachable"
        elif way == 2:
            own["user_session_exports_slots"] = [{"name": "archive"}]
        elif way == 3:
            simulator.fault("html", environment=name, times=None)
        elif way == 4:
            own["user_session_exports_slots"] = "{{ nothing_of_this_name }}"
        elif way == 5:
            del own["dynatrace_api_token"]
        elif way == 6:
            own["user_session_exports_slot"] = []
        elif way == 7:
            own["dynatrace_retry_timeout"] = 0.2
            simulator.fault("status", status=503, environment=name, times=None)
        elif way == 8:
            simulator.fault("redirect", location="https://elsewhere.example.com/", environment=name, times=None)
        else:
            simulator.fault("status", status=403, environment=name, times=None)
    return states


def plain(report: dict[str, Any], simulator: Simulator) -> Any:
    """A report without ids, times, and the address of the simulator."""
    report = {key: value for key, value in report.items() if key not in ("created", "plan_digests")}
    for one in report["environments"]:
        # The digest of a change of an object covers its id.
        if any(export["object_id"] for export in one["exports"]) and one["state"] != "unchanged":
            one["plan_digest"] = "(digest)"
    text = json.dumps(report, sort_keys=True)
    text = text.replace(simulator.base_url.partition("//")[2], "(address)")
    text = re.sub(r"vu9U3hXa3q0[\w-]+", "(id)", text)
    text = re.sub(r'"(elapsed|waited)": [\d.]+', r'"\1": 0', text)
    text = re.sub(r"Waited [\d.]+ s", "Waited 0 s", text)
    text = re.sub(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z", "(time)", text)
    return json.loads(re.sub(r"dt0c01\.[A-Z0-9]{24}", "(token)", text))


def plain_result(results: dict[str, Any], simulator: Simulator, *, digests: bool) -> dict[str, Any]:
    """Results of the module without times, ids, and what Ansible itself adds to a result.

    :param digests: whether those of plans are the same in two runs. The digest of a change of an object covers its id.
    """
    text = json.dumps(results, sort_keys=True).replace(simulator.base_url.partition("//")[2], "(address)")
    text = re.sub(r"vu9U3hXa3q0[\w-]+", "(id)", text)
    text = re.sub(r'"(elapsed|waited|last_modified)": [\d.]+', r'"\1": 0', text)
    text = re.sub(r"Waited [\d.]+ s", "Waited 0 s", text)
    text = re.sub(r"\d{8}T\d{6}\.\d+Z", "(time)", text)
    text = re.sub(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z", "(time)", text)
    if not digests:
        text = re.sub(r'"plan_digest": "1:[0-9a-f]+"', '"plan_digest": "(digest)"', text)
    found: dict[str, Any] = json.loads(re.sub(r"dt0c01\.[A-Z0-9]{24}", "(token)", text))
    ansible = ("exception", "warnings", "deprecations")
    return {
        host: {name: value for name, value in one.items() if name not in ansible and not name.startswith("_ansible")}
        for host, one in found.items()
    }


def test_one_task_and_a_task_for_each_environment_report_the_same_field_by_field(tmp_path: Path) -> None:
    names = [f"e{number:02}" for number in range(16)]
    found: dict[bool, list[Any]] = {}
    with Simulator(names) as simulator:
        for per_host in (False, True):
            folder = tmp_path / str(per_host)
            folder.mkdir()
            for name in names:
                simulator.reset(name)
            simulator.clear_faults()
            simulator.clear_log()
            fleet = Fleet(simulator, folder, tuple(names))
            states = broken(simulator, fleet.hosts, names[:10])
            simulator.seed("e11", [export_object(value=export_value("https://by-hand.example.com/"))])
            fleet.hosts["e12"]["user_session_exports_prune"] = True
            simulator.seed("e12", [export_object(value=export_value("https://by-hand.example.com/"))])
            password = {"username": "dynatrace", "password": "{{ 'own-' ~ inventory_hostname }}"}
            own = {**SLOTS[1], "authentication": {"active": True, "basic_auth": password}}
            fleet.hosts["e13"]["user_session_exports_slots"] = [SLOTS[0], own]
            fleet.hosts["e14"]["user_session_exports_slots__more"] = [
                {"name": "more", "endpoint_definition": {"endpoint_url": "https://more.example.com/"}}
            ]
            fleet.hosts["e15"]["dynatrace_read_only"] = True
            fleet.declare(SLOTS)
            way = {"dynatrace_per_host": per_host}
            fleet.run("configure", "--check", fails=True, **way)
            reports = [plain(fleet.report("configure"), simulator)]
            fleet.run("configure", fails=True, dynatrace_backup_directory="kept", **way)
            reports.append(plain(fleet.report("configure"), simulator))
            assert {host: state for host, state in fleet.states("configure").items() if host in states} == states
            for host in ("e10", "e11"):
                (there,) = [one for one in simulator.objects(host, EXPORT_SCHEMA) if "_bulk" in str(one["value"])]
                simulator.change(host, there["objectId"], merge={"sendDirect": {"indexName": "other"}})
            fleet.run("audit", fails=True, **way)
            reports.append(plain(fleet.report("audit"), simulator))
            reports.append(json.loads((folder / "dynatrace-report" / "audit-plans.json").read_text()).keys())
            reports.append(sorted(path.name.partition(".")[0] for path in (folder / "kept").iterdir()))
            reports.append((folder / "dynatrace-report" / "audit-failed.txt").read_text())
            reports.append(
                sorted(
                    (one["environment"], one["method"], one["path"].rpartition("/")[0]) for one in simulator.requests()
                )
            )
            found[per_host] = reports
    for one, other in zip(found[False], found[True], strict=True):
        if isinstance(one, dict):
            for mine, theirs in zip(one["environments"], other["environments"], strict=True):
                assert mine == theirs
        assert one == other


def test_results_are_those_of_a_task_for_each_environment(tmp_path: Path) -> None:
    """What the module returns, and its messages, digests and differences; in check mode, when it writes, and again."""
    names = [f"e{number:02}" for number in range(15)]
    with Simulator(names) as simulator:
        hosts: dict[str, dict[str, Any]] = {
            name: {
                "dynatrace_environment_url": simulator.managed_url(name),
                "dynatrace_api_token": simulator.token(name),
                "dynatrace_retry_timeout": 20,
                "user_session_exports_slots": SLOTS,
            }
            for name in names
        }
        broken(simulator, hosts, names[:10])
        by_hand = export_object(value=export_value("https://by-hand.example.com/"))
        old = export_object(None, export_value("https://archive.example.com/", sendDirect={"active": False}))
        hosts["e12"] |= {
            "user_session_exports_prune": True,
            "user_session_exports_backup_directory": str(tmp_path / "kept"),
        }
        hosts["e13"]["dynatrace_read_only"] = True
        hosts["e14"]["user_session_exports_approved_plan"] = "1:0"
        module: dict[str, Any] = {MODULE: {"vars_prefix": "user_session_exports_"}, "ignore_errors": True, "diff": True}
        task: dict[str, Any] = {**module, FLEET: {}}
        del task[MODULE]
        check = {"check_mode": True}
        found: dict[str, dict[str, Any]] = {}
        for tasks in (
            # Both read the same objects, so that their digests can be compared.
            [{"name": "check each", **module, **check}, {"name": "check all", **task, **check}],
            [{"name": "write each", **module}, {"name": "repeat each", **module}],
            [{"name": "write all", **task}, {"name": "repeat all", **task}],
        ):
            for name in names:
                simulator.reset(name)
            simulator.seed("e11", [by_hand])
            simulator.seed("e12", [by_hand, old])
            done = play(tmp_path, tasks, hosts=hosts)
            assert SECRET not in done.output
            for one in done.results:
                if one["module"] == FLEET:
                    found[one["task"]] = one["result"]["results"]
                else:
                    # A callback plugin does not get it in the result.
                    own = {**one["result"], "failed": one["status"] == "failed"}
                    found.setdefault(one["task"], {})[one["host"]] = own
        for step in ("check", "write", "repeat"):
            mine, theirs = (
                plain_result(found[f"{step} {way}"], simulator, digests=step == "check") for way in ("each", "all")
            )
            assert set(mine) == set(theirs) == set(names)
            for name in names:
                assert mine[name] == theirs[name], (step, name)


@pytest.mark.parametrize("per_host", [False, True])
def test_a_plan_that_was_approved_one_way_is_carried_out_the_other_way(
    simulator: Simulator, tmp_path: Path, per_host: bool
) -> None:
    fleet = Fleet(simulator, tmp_path)
    simulator.seed("two", [export_object(value=export_value("https://by-hand.example.com/"))])
    fleet.hosts["two"]["user_session_exports_prune"] = True
    fleet.declare(SLOTS)
    fleet.run("audit", dynatrace_per_host=per_host)
    fleet.run("configure", "-e", "@dynatrace-report/audit-plans.json", dynatrace_per_host=not per_host)
    assert fleet.states("configure") == dict.fromkeys(HOSTS, "changed")


@pytest.mark.once
def test_many_environments_twenty_of_them_broken_in_ten_ways(tmp_path: Path) -> None:
    names = [f"env{number:04}" for number in range(MANY)]
    with Simulator(names) as simulator:
        fleet = Fleet(simulator, tmp_path, tuple(names))
        states = broken(simulator, fleet.hosts, names[2 :: MANY // 20][:20])
        assert len(states) == 20
        fleet.declare(SLOTS)
        done = fleet.run("configure", fails=True, dynatrace_canary=2)
        assert fleet.states("configure") == {**dict.fromkeys(names, "changed"), **states}
        reported = done.output.rpartition("TASK [Fail if environments failed]")[2]
        assert f"20 of {MANY:,} environments failed" in reported and all(name in reported for name in states)
        reasons = {
            one["errors"][0]["message"].replace(one["host"], "")
            for one in fleet.report("configure")["environments"]
            if one["errors"]
        }
        assert len(reasons) == 10, "ten ways have ten reasons"
        retry = tmp_path / "dynatrace-report" / "configure-failed.txt"
        assert retry.read_text().split() == sorted(states)
        fleet.run("audit", fails=True)
        assert fleet.states("audit") == {**dict.fromkeys(names, "unchanged"), **states}
        assert (tmp_path / "dynatrace-report" / "audit.html").stat().st_size < 10_000 * max(MANY, 200)
        # Only these again, some of them repaired.
        simulator.clear_faults()
        simulator.clear_log()
        fleet.run("configure", "--limit", f"@{retry}", fails=True)
        assert {one["environment"] for one in simulator.requests()} <= set(states)
        assert set(fleet.states("configure")) == set(states)


def test_no_secret_reaches_the_environment_of_another_host(tmp_path: Path) -> None:
    """Each environment has secrets of its own, which come in every way that variables can take."""
    names = [f"env{number:04}" for number in range(200)]
    ways = (
        "{{ own_secret }}",
        "{{ secrets_of_all[inventory_hostname] }}",
        "{{ lookup('ansible.builtin.vars', 'own_secret') }}",
        "{{ hostvars[inventory_hostname].own_secret }}",
        "{{ through_another }}",
        "{% set text = own_secret %}{{ text }}",
        "{{ vars_of_host.secret | default('none') }}",
    )
    with Simulator(names) as simulator:
        hosts: dict[str, dict[str, Any]] = {}
        for number, name in enumerate(names):
            hosts[name] = {
                "dynatrace_environment_url": simulator.managed_url(name),
                "dynatrace_api_token": simulator.token(name),
                "own_secret": f"secret-of-{name}",
                "vars_of_host": {"secret": f"secret-of-{name}"},
                "way": ways[number % len(ways)],
            }
        slot = {
            "name": "archive",
            "endpoint_definition": {"endpoint_url": "https://archive.example.com/"},
            "authentication": {"active": True, "basic_auth": {"username": "u", "password": "{{ way }}"}},
        }
        variables = {
            "user_session_exports_slots": [slot],
            "through_another": "{{ own_secret }}",
            "secrets_of_all": {name: f"secret-of-{name}" for name in names},
        }
        for processes in (1, 3):
            for name in names:
                simulator.reset(name)
            done = play(
                tmp_path,
                [{"name": "Fleet", FLEET: {"processes": processes, "return_results": "none"}}],
                hosts={name: {**own, **variables} for name, own in hosts.items()},
            )
            assert done.code == 0, done.output
            assert "secret-of-" not in done.output + json.dumps(done.results)
            for name in names:
                (there,) = simulator.objects(name, EXPORT_SCHEMA)
                assert simulator.secret_is(name, there["objectId"], PASSWORD_PATH, f"secret-of-{name}"), name
        # Each token was sent to its own environment only: the simulator knows no other there.
        assert {one["status"] for one in simulator.requests()} == {200}


@pytest.fixture
def simulator() -> Iterator[Simulator]:
    with Simulator(HOSTS) as running:
        yield running


@pytest.fixture
def hosts(simulator: Simulator) -> dict[str, dict[str, Any]]:
    return {
        host: {
            "dynatrace_environment_url": simulator.managed_url(host),
            "dynatrace_api_token": simulator.token(host),
            "user_session_exports_slots": SLOTS,
        }
        for host in HOSTS
    }


def test_the_environment_keyword_is_that_of_each_host(simulator: Simulator, tmp_path: Path) -> None:
    hosts = {host: {"url": simulator.managed_url(host), "token": simulator.token(host)} for host in HOSTS}
    for own in hosts.values():
        own["user_session_exports_slots"] = SLOTS  # type: ignore[assignment]
    keyword = {"DYNATRACE_ENV_URL": "{{ url }}", "DYNATRACE_API_TOKEN": "{{ token }}"}
    for where in ("task", "block"):
        for host in HOSTS:
            simulator.reset(host)
        task = {"name": "Fleet", FLEET: {}, **({"environment": keyword} if where == "task" else {})}
        block = {"name": "Block", "block": [task], "environment": keyword} if where == "block" else task
        done = play(tmp_path, [block], hosts=hosts)
        assert done.code == 0 and done.of("Fleet")["counts"]["changed"] == len(HOSTS), (where, done.output)
        assert all(len(simulator.objects(host, EXPORT_SCHEMA)) == 2 for host in HOSTS)


@pytest.mark.parametrize("key", ["group/community.dynatrace.dynatrace", "community.dynatrace.user_session_exports"])
def test_module_defaults_of_the_module_are_rendered_for_each_host(
    simulator: Simulator, tmp_path: Path, key: str
) -> None:
    hosts = {host: {"url": simulator.managed_url(host), "token": simulator.token(host)} for host in HOSTS}
    defaults = {key: {"environment_url": "{{ url }}", "api_token": "{{ token }}", "exports": SLOTS}}
    done = play(tmp_path, [{"name": "Fleet", FLEET: {}}], hosts=hosts, module_defaults=defaults)
    assert done.code == 0, done.output
    assert all(len(simulator.objects(host, EXPORT_SCHEMA)) == 2 for host in HOSTS)


@pytest.mark.parametrize("where", ["module_defaults", "environment", "dynatrace_read_only"])
def test_what_cannot_be_rendered_for_one_host_is_named_and_its_value_is_not_shown(
    hosts: dict[str, dict[str, Any]], tmp_path: Path, where: str
) -> None:
    """Older cores repeat a value that they cannot render."""
    for host in hosts:
        hosts[host]["own"] = f"{SECRET} {{{{ missing }}}}" if host == HOSTS[-1] else "false"
    keyword = {"environment": {"X": "{{ own }}"}}
    task: dict[str, Any] = {"name": "Fleet", FLEET: {}}
    more: dict[str, Any] = {}
    if where == "module_defaults":
        more["module_defaults"] = {"community.dynatrace.user_session_exports": {"check_token": "{{ own }}"}}
    elif where == "environment":
        task |= keyword
    else:
        hosts[HOSTS[-1]][where] = "{{ own }}"
    done = play(tmp_path, [task], hosts=hosts, arguments=["-vvv"], **more)
    assert done.code != 0 and SECRET not in done.output
    assert re.search(rf"{HOSTS[-1]}: {where}: .*missing", done.output), done.output


def test_equal_differences_are_shown_once(
    simulator: Simulator, hosts: dict[str, dict[str, Any]], tmp_path: Path
) -> None:
    hosts["two"] = {**hosts["two"], "user_session_exports_slots": SLOTS[:1]}
    done = play(tmp_path, [{"name": "Fleet", FLEET: {}}], hosts=hosts, arguments=["--check", "--diff"])
    assert done.code == 0, done.output
    assert "export archive (created) in 4 environments, the same change: canary, four, one, three\n" in done.output
    assert "export archive (created) in two\n" in done.output and SECRET not in done.output
    assert not any(simulator.objects(host, EXPORT_SCHEMA) for host in HOSTS)


def test_no_log_hides_everything(hosts: dict[str, dict[str, Any]], tmp_path: Path) -> None:
    done = play(tmp_path, [{"name": "Fleet", FLEET: {}, "no_log": True}], hosts=hosts, arguments=["-v"])
    assert done.code == 0, done.output
    assert "archive" not in done.output and "environments" not in done.output


@pytest.mark.parametrize("strategy", ["free", "host_pinned"])
def test_another_strategy_is_refused_with_what_to_do(
    simulator: Simulator, hosts: dict[str, dict[str, Any]], tmp_path: Path, strategy: str
) -> None:
    done = play(tmp_path, [{"name": "Fleet", FLEET: {}}], hosts=hosts, strategy=strategy)
    assert done.code != 0 and "Set 'strategy: linear' in this play. Nothing was changed." in done.output, done.output
    assert "bypasses the host loop" not in done.output and simulator.requests() == []


def test_the_playbooks_do_not_depend_on_the_configured_strategy(simulator: Simulator, tmp_path: Path) -> None:
    fleet = Fleet(simulator, tmp_path)
    simulator.fault("status", status=403, method="POST", environment="canary", times=None)
    for per_host in (False, True):
        way = {"dynatrace_per_host": per_host, "dynatrace_canary": 1}
        fleet.run("configure", fails=True, environment={"ANSIBLE_STRATEGY": "free"}, **way)
        assert fleet.states("configure") == {**dict.fromkeys(HOSTS, "not_reached"), "canary": "failed"}


def test_a_task_for_each_host_that_only_the_inventory_asks_for_is_refused(simulator: Simulator, tmp_path: Path) -> None:
    fleet = Fleet(simulator, tmp_path)
    fleet.hosts["two"]["dynatrace_per_host"] = True
    fleet.declare(SLOTS)
    for playbook in ("audit", "configure"):
        done = fleet.run(playbook, fails=True)
        assert "dynatrace_per_host: has no effect in the inventory; set it with -e" in done.output, done.output
    assert fleet.states("configure") == {**dict.fromkeys(HOSTS, "changed"), "two": "failed"}


def test_vaulted_variables(simulator: Simulator, hosts: dict[str, dict[str, Any]], tmp_path: Path) -> None:
    (tmp_path / "password").write_text("of the vault")
    command = [str(VENV / "bin" / "ansible-vault"), "encrypt_string", "--vault-password-file", "password", SECRET]
    env = environments.clean_environment(VENV)
    text = subprocess.run(command, cwd=tmp_path, env=env, capture_output=True, text=True, check=True).stdout
    (tmp_path / "group_vars").mkdir()
    (tmp_path / "group_vars" / "all.yml").write_text(f"vaulted: {text}")
    slot = json.loads(json.dumps(SLOTS[1]))
    slot["authentication"]["basic_auth"]["password"] = "{{ vaulted }}"
    for own in hosts.values():
        own["user_session_exports_slots"] = [slot]
    arguments = ["--vault-password-file", str(tmp_path / "password")]
    done = play(tmp_path, [{"name": "Fleet", FLEET: {}}], hosts=hosts, arguments=arguments)
    assert done.code == 0 and SECRET not in done.output, done.output
    for host in HOSTS:
        (there,) = simulator.objects(host, EXPORT_SCHEMA)
        assert simulator.secret_is(host, there["objectId"], PASSWORD_PATH, SECRET)


def test_slices_leave_reports_and_statistics_of_their_own(simulator: Simulator, tmp_path: Path) -> None:
    fleet = Fleet(simulator, tmp_path)
    simulator.fault("status", status=401, environment="two", times=None)
    shown = {"ANSIBLE_SHOW_CUSTOM_STATS": "true"}
    for job, limit in ((1, "canary,one"), (2, "two,three,four")):
        arguments = ["--limit", limit]
        done = fleet.run("configure", *arguments, fails=job == 2, environment=shown, awx_job_id=job)
        (reported,) = json.loads(done.output.rpartition("RUN: ")[2].strip()).items()
        assert reported[0] == f"dynatrace_fleet_{job}" and reported[1]["counts"]["environments"] == limit.count(",") + 1
        assert reported[1]["attention"] == (["two"] if job == 2 else [])
        report = json.loads((tmp_path / "dynatrace-report" / f"job-{job}" / "configure.json").read_text())
        assert [one["host"] for one in report["environments"]] == limit.split(",")


@pytest.mark.parametrize(("number", "many"), [(signal.SIGTERM, False), (signal.SIGINT, True), (signal.SIGKILL, True)])
def test_a_run_that_is_ended_leaves_a_report_of_what_was_done(
    tmp_path: Path, number: signal.Signals, many: bool
) -> None:
    """Few environments are processed in threads, many in several processes as well.

    SIGKILL ends only Ansible's own process. The task, which is another one, notices.
    """
    names = [f"e{index:02}" for index in range(30)] if many else list(HOSTS)
    quick = names[:2]
    with Simulator(names) as simulator:
        fleet = Fleet(simulator, tmp_path, tuple(names))
        for name in names[len(quick) :]:
            # Once for each environment, so that those that are being processed are done in time.
            simulator.fault("delay", seconds=6, environment=name, method="GET")
        arguments = ["-i", "inventory.yml", "community.dynatrace.configure", "-e", "dynatrace_threads=2"]
        process = subprocess.Popen(
            [str(VENV / "bin" / "ansible-playbook"), *arguments],
            cwd=tmp_path,
            env=environments.clean_environment(VENV),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            start_new_session=True,
        )
        end = time.monotonic() + 60

        def begun() -> set[str]:
            return {one["environment"] for one in simulator.requests()}

        while time.monotonic() < end and not (
            all(len(simulator.requests(environment=name, method="POST")) == 2 for name in quick)
            # As many wait for their first answer as are processed at the same time.
            and len(begun() - set(quick)) == 2
        ):
            time.sleep(0.05)
        before = begun()
        if number == signal.SIGINT:
            # As a terminal does it: to every process.
            os.killpg(process.pid, number)
        else:
            process.send_signal(number)
        process.communicate(timeout=60)
        assert process.returncode != 0
        failed = tmp_path / "dynatrace-report" / "configure-failed.txt"
        while not failed.exists() and time.monotonic() < end:
            time.sleep(0.05)
        states = fleet.states("configure")
        assert before == begun(), "no environment begins after the signal"
        assert states == {**dict.fromkeys(names, "not_reached"), **dict.fromkeys(before, "changed")}
        there = {name for name in names if simulator.objects(name, EXPORT_SCHEMA)}
        assert there == {name for name, state in states.items() if state == "changed"}, "it is what was done"
        retry = failed.read_text().split()
        assert retry == [name for name in names if states[name] != "changed"]


@pytest.mark.parametrize("kind", ["RuntimeError", "SystemExit"])
def test_a_crash_while_one_environment_is_processed_is_its_failure(
    simulator: Simulator, hosts: dict[str, dict[str, Any]], tmp_path: Path, kind: str
) -> None:
    site = tmp_path / "site"
    site.mkdir()
    (site / "sitecustomize.py").write_text(
        "import requests.adapters\n"
        "send = requests.adapters.HTTPAdapter.send\n"
        "def crash(self, request, *args, **more):\n"
        f"    if '/e/two/' in request.url: raise {kind}('{SECRET}')\n"
        "    return send(self, request, *args, **more)\n"
        "requests.adapters.HTTPAdapter.send = crash\n"
    )
    path = os.pathsep.join([str(site), str(environments.COLLECTIONS)])
    done = play(tmp_path, [{"name": "Fleet", FLEET: {}}], hosts=hosts, environment={"PYTHONPATH": path})
    found = done.of("Fleet")
    assert {host: one["state"] for host, one in found["environments"].items()} == {
        **dict.fromkeys(HOSTS, "changed"),
        "two": "failed",
    }
    assert f"Unexpected {kind} at sitecustomize.py:4" in found["reasons"]["two"] and SECRET not in done.output


def test_plans_backups_and_options_of_the_task(
    simulator: Simulator, hosts: dict[str, dict[str, Any]], tmp_path: Path
) -> None:
    audited = play(tmp_path, [{"name": "Fleet", FLEET: {"mode": "audit"}}], hosts=hosts).of("Fleet")
    assert {one["state"] for one in audited["environments"].values()} == {"drift"}
    assert not any(simulator.objects(host, EXPORT_SCHEMA) for host in HOSTS)
    plans = {host: one["plan_digest"] for host, one in audited["results"].items()}
    simulator.seed("two", [export_object(None, export_value("https://archive.example.com/"))])
    task = {
        "name": "Fleet",
        FLEET: {"option_variables": {"approved_plan": "plan_of_host", "backup_directory": "folder"}},
        "vars": {"plan_of_host": "{{ plans[inventory_hostname] }}", "folder": "kept", "plans": plans},
        "ignore_errors": True,
    }
    done = play(tmp_path, [task], hosts=hosts).of("Fleet")
    assert {host: one["state"] for host, one in done["environments"].items()} == {
        **dict.fromkeys(HOSTS, "changed"),
        "two": "failed",
    }
    assert "The plan is not the one that was approved" in done["reasons"]["two"]
    kept = {path.name.partition(".")[0] for path in (tmp_path / "kept").iterdir()}
    assert kept == set(HOSTS) - {"two"}, "relative paths begin at the playbook, as in a module"


def test_a_report_that_cannot_be_written_is_noticed_before_anything_is_sent(
    simulator: Simulator, tmp_path: Path
) -> None:
    fleet = Fleet(simulator, tmp_path)
    (tmp_path / "file").write_text("")
    done = fleet.run("configure", fails=True, dynatrace_report_directory="file/report")
    assert "The report cannot be written to file/report: Not a directory." in done.output
    assert "Nothing was changed." in done.output and not simulator.requests()


def test_the_outcome_is_reported_even_if_the_report_cannot_be_written(simulator: Simulator, tmp_path: Path) -> None:
    names = [f"e{number:02}" for number in range(15)]
    failing = names[3:]
    for name in names:
        simulator.add_environment(name)
    for name in failing:
        simulator.fault("status", status=401, environment=name, times=None)
    fleet = Fleet(simulator, tmp_path, tuple(names))
    report = tmp_path / "dynatrace-report"
    for name in ("configure.json", "configure-failed.txt"):
        (report / name / "not empty").mkdir(parents=True)
    done = fleet.run("configure", "--diff", fails=True, environment={"ANSIBLE_SHOW_CUSTOM_STATS": "true"})
    assert "The report could not be written: dynatrace-report/configure.json: " in done.output
    assert "(2 files)" in done.output and "dynatrace_report_directory" in done.output
    # Everything else is as with a report.
    assert "15 environments: 12 failed, 3 changed" in done.output
    assert "12 of 15 environments failed" in done.output and "does not accept the token" in done.output
    assert f"--limit '{','.join(failing)}'" in done.output
    assert "+++ after: export archive (created) in 3 environments" in done.output
    (statistics,) = json.loads(done.output.rpartition("RUN: ")[2].strip()).values()
    assert statistics["attention"] == failing and statistics["counts"]["changed"] == 3
    assert (report / "configure.html").is_file() and (report / "configure.xml").is_file()


def test_an_environment_that_is_written_in_part_is_changed(
    simulator: Simulator, hosts: dict[str, dict[str, Any]], tmp_path: Path
) -> None:
    """In the fleet task, in a task for each environment, in the role, and in each report."""

    def break_second_write() -> None:
        for host in HOSTS:
            simulator.reset(host)
        simulator.clear_faults()
        simulator.fault("status", status=400, environment="two", method="POST", path="objects$", skip=1, times=None)

    report = tmp_path / "report"
    task = {"mode": "configure", "report_directory": str(report)}
    break_second_write()
    alone = {"two": hosts["two"]}
    ran = play(tmp_path, [{"name": "Fleet", FLEET: task}], hosts=alone)
    done = ran.of("Fleet")
    assert ran.failed == {"Fleet"} and done["changed"] and done["results"]["two"]["changed"]
    assert done["environments"]["two"]["state"] == "failed"
    assert done["environments"]["two"]["what"] == "archive (created)"
    assert done["summary"][0] == "1 environment: 1 failed, 1 of the failed ones changed in part"
    (record,) = json.loads((report / "configure.json").read_text())["environments"]
    assert {one["name"]: one["state"] for one in record["exports"]} == {"archive": "changed", "elastic": "failed"}
    assert "created: created" in (report / "configure.xml").read_text()
    options = {"environment_url": "{{ dynatrace_environment_url }}", "api_token": "{{ dynatrace_api_token }}"}
    options |= {"exports": SLOTS, "validate_certs": False}
    role = {"name": "Role", "ansible.builtin.include_role": {"name": MODULE}, "ignore_errors": True}
    module = {"name": "Module", MODULE: options, "ignore_errors": True}
    for one, inside in ((module, True), (module, False), (role, True)):
        break_second_write()
        own = {"two": {**hosts["two"], "community_dynatrace_in_process": inside}}
        results = play(tmp_path, [one], hosts=own).results
        (failed,) = [result["result"] for result in results if result["status"] == "failed"]
        assert failed["done"] == [{"name": "archive", "action": "create"}] and failed["changed"] is True
