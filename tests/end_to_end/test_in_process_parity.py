# Copyright (c) 2026, community.dynatrace contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""The same scenarios inside Ansible's process and as a module, side by side: the results are the same, field by field.

One host goes each way, each in environments of its own. What Ansible itself adds is left aside: how it says that a task
failed, and the traceback that it does not have.
"""

from __future__ import annotations

import datetime
import json
import re
import subprocess
import textwrap
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest
import yaml

from ansible_collections.community.dynatrace.tests.end_to_end.test_bad_input import FAILED, REFUSED
from ansible_collections.community.dynatrace.tests.end_to_end.test_converge import INFO, MODULE, SCENARIOS
from ansible_collections.community.dynatrace.tests.support.playbooks import SHORT, VENV, Playbook, play
from ansible_collections.community.dynatrace.tests.support.simulator import EXPORT_SCHEMA, Simulator
from ansible_collections.community.dynatrace.tests.tools import environments

WAYS = {"inside": "true", "module": "false"}
SECRET = "S3cret-canary"
PASSWORD = {"username": "dynatrace", "password": SECRET}
EXPORT = {
    "name": "a",
    "endpoint_definition": {"endpoint_url": "https://a.example.com/"},
    "authentication": {"active": True, "basic_auth": PASSWORD},
}


class Sides:
    """A simulator with the same environments for each way."""

    def __init__(self, simulator: Simulator) -> None:
        self.simulator = simulator
        self.tokens: dict[str, dict[str, str]] = {way: {} for way in WAYS}

    def add(self, name: str, token: str = "full", **config: object) -> dict[str, str]:
        """Makes an environment for each way, or takes the one that is there; the connection options for it."""
        for way in WAYS:
            env = f"{way}{name}"
            if env not in self.simulator.ready["environments"]:
                self.simulator.add_environment(env, **config)
            self.tokens[way][f"{name}{token}"] = self.simulator.token(env, token)
        url = "{{ base }}/e/{{ inventory_hostname }}" + name
        return {"environment_url": url, "api_token": "{{ tokens['" + f"{name}{token}" + "'] }}"}

    def play(
        self, folder: Path, tasks: list[dict[str, Any]], *, arguments: Sequence[str] = (), **more: Any
    ) -> Playbook:
        """One play, both ways; the collection says that it went them."""
        hosts = {
            way: {
                "base": self.simulator.base_url,
                "tokens": self.tokens[way],
                "dynatrace_in_process": value,
            }
            for way, value in WAYS.items()
        }
        done = play(folder, tasks, hosts=hosts, arguments=["-vvv", *arguments], **more)
        assert re.findall(r"<(\w+)> community\S+ runs as part of this process", done.output)
        assert "<inside> community.dynatrace.user_session_exports runs as a module" not in done.output
        assert "<module> community.dynatrace.user_session_exports runs as part" not in done.output
        assert "Traceback" not in done.output
        assert SECRET not in done.output + str(done.results)
        return done


@pytest.fixture(scope="module")
def simulator() -> Iterator[Simulator]:
    with Simulator() as running:
        yield running


@pytest.fixture
def sides(simulator: Simulator) -> Sides:
    return Sides(simulator)


def plain(result: Mapping[str, Any], way: str) -> Any:
    """A result without ids, times, authors, and the name of its environment."""
    text = json.dumps(result, sort_keys=True)
    text = re.sub(r"vu9U3hXa3q0[\w-]+", "(id)", text)
    text = re.sub(r'"elapsed": [\d.]+', '"elapsed": 0', text)
    text = re.sub(r'"last_modified": \d+', '"last_modified": 1', text)
    text = re.sub(r'"last_modified_time": "[^"]+"', '"last_modified_time": "(time)"', text)
    text = re.sub(r"dt0c01\.[A-Z0-9]{24}", "(token)", text)
    # It is about one environment.
    text = re.sub(r'"plan_digest": "1:[0-9a-f]+"', '"plan_digest": "(digest)"', text)
    text = text.replace(f"{way}-", "")
    found = json.loads(text)
    # Older cores show how the module was called.
    found.pop("exception", None)
    return found


def same(done: Playbook) -> dict[str, dict[str, Any]]:
    """The results of the module, after the comparison with those from inside."""
    inside, module = done.on("inside"), done.on("module")
    assert list(inside) == list(module)
    for task, result in module.items():
        assert plain(inside[task], "inside") == plain(result, "module"), task
    return module


def chosen(cases: Mapping[str, Any], always: Sequence[str] = ()) -> dict[str, Any]:
    """All cases, or every third one in the short form."""
    some = {name for number, name in enumerate(cases) if number % 3 == 0} | set(always)
    return {name: case for name, case in cases.items() if not SHORT or name in some}


# Run in every step; of the others only what is done.
LONG = ("drift is repaired", "a full environment is taken over without a gap", "always sends the secret")


def test_every_scenario_of_convergence(sides: Sides, tmp_path: Path) -> None:
    tasks: list[dict[str, Any]] = []
    scenarios = chosen(SCENARIOS, LONG)
    for number, (name, scenario) in enumerate(scenarios.items()):
        connection = sides.add(f"-scenario{number}", objects=scenario.before)
        arguments = {**connection, "exports": scenario.exports, **scenario.options}
        for step, check in (("foretold", True), ("done", False), ("again", False)):
            if step == "done" or name in LONG:
                tasks.append({"name": f"{name}: {step}", MODULE: arguments, "check_mode": check, "diff": True})
        if name in LONG:
            tasks.append({"name": f"{name}: read", INFO: connection})
    done = sides.play(tmp_path, tasks)
    assert done.code == 0, done.output[-3000:]
    results = same(done)
    for name, scenario in scenarios.items():
        assert results[f"{name}: done"]["changed"] is bool(scenario.writes)


def test_every_refusal_and_failure(sides: Sides, tmp_path: Path) -> None:
    here = sides.add("-one")
    words = {
        "EXPIRED": sides.add("-one", "expired")["api_token"],
        "OTHER": sides.add("-one", "other")["api_token"],
        "OLD": sides.add("-old", missing_schemas=[EXPORT_SCHEMA])["api_token"],
        "FULL": here["api_token"],
    }
    tasks = []
    for name, (options, _expected) in chosen({**REFUSED, **FAILED}).items():
        given = {"exports": [], **here, **options}
        given["environment_url"] = (given["environment_url"] or "").replace(
            "BASE/e/", "{{ base }}/e/{{ inventory_hostname }}-"
        )
        given["environment_url"] = given["environment_url"].replace("BASE", "{{ base }}")
        given["api_token"] = words.get(given["api_token"], given["api_token"])
        arguments = {key: value for key, value in given.items() if value}
        tasks.append({"name": name, MODULE: arguments, "ignore_errors": True})
    tasks.append({"name": "nothing given", MODULE: {}, "ignore_errors": True})
    tasks.append({"name": "as text", "action": f"{MODULE} exports=[] prune=perhaps", "ignore_errors": True})
    done = sides.play(tmp_path, tasks)
    assert done.failed == {task["name"] for task in tasks}
    results = same(done)
    assert results["nothing given"]["msg"].startswith("3 problems in the input")
    assert "exports: is required" in results["nothing given"]["msg"]
    assert "prune: must be true or false" in results["as text"]["msg"]


def test_a_failure_half_way_and_a_warning(sides: Sides, tmp_path: Path) -> None:
    here, read_only = sides.add("-half"), sides.add("-ro", "read")
    for way in WAYS:
        sides.simulator.fault("status", environment=f"{way}-half", method="POST", status=400, skip=1)
    exports = [
        {**EXPORT, "name": name, "endpoint_definition": {"endpoint_url": f"https://{name}.x/"}} for name in "abc"
    ]
    done = sides.play(
        tmp_path,
        [
            {"name": "half", MODULE: {**here, "exports": exports}, "ignore_errors": True},
            {"name": "rest", MODULE: {**here, "exports": exports}},
            {"name": "warned", MODULE: {**read_only, "exports": exports}, "check_mode": True},
        ],
    )
    results = same(done)
    assert [one["name"] for one in results["half"]["skipped_writes"]] == ["c"]
    assert results["rest"]["changed"] is True
    assert len(results["warned"]["warnings"]) == 1
    assert "[WARNING]" in done.output


def test_what_ansible_does_around_a_task(sides: Sides, tmp_path: Path) -> None:
    here = sides.add("-around")
    exports = [{"name": name, "endpoint_definition": {"endpoint_url": f"https://{name}.example.com/"}} for name in "ab"]
    tasks: list[dict[str, Any]] = [
        {
            "name": "loop",
            MODULE: {"exports": ["{{ item }}"]},
            "loop": exports,
            "loop_control": {"label": "{{ item.name }}"},
        },
        {"name": "changed when", MODULE: {"exports": []}, "register": "r", "changed_when": "r.slots.used == 2"},
        {"name": "failed when", INFO: None, "register": "r", "failed_when": "r.slots.free == 1", "ignore_errors": True},
        {
            "name": "retried",
            INFO: None,
            "register": "r",
            "until": "r.slots.used == 3",
            "retries": 1,
            "delay": 0,
            "ignore_errors": True,
        },
        {"name": "delegated", INFO: here, "delegate_to": "localhost", "vars": {"ansible_connection": "local"}},
        {"name": "hidden", MODULE: {"exports": exports}, "no_log": True, "register": "hidden"},
        {"name": "use of the hidden", "ansible.builtin.debug": {"msg": "{{ hidden.exports | map(attribute='name') }}"}},
        {
            "name": "defaults of its own",
            INFO: None,
            "module_defaults": {INFO: {"timeout": "no number"}},
            "ignore_errors": True,
        },
    ]
    done = sides.play(tmp_path, tasks, module_defaults={"group/community.dynatrace.dynatrace": here})
    results = same(done)
    assert [one["changed"] for one in results["loop"]["results"]] == [True, True]
    assert results["changed when"]["changed"] is True
    assert results["failed when"]["failed_when_result"] is True
    assert results["retried"]["attempts"] == 1
    assert "timeout: must be a number" in results["defaults of its own"]["msg"]
    assert results["use of the hidden"]["msg"] == ["a", "b"]
    section = done.output.partition("TASK [hidden]")[2].partition("TASK [use")[0]
    assert "censored" in section
    assert "a.example.com" not in section


def test_environment_variables_of_blocks_and_tasks(sides: Sides, tmp_path: Path) -> None:
    here = sides.add("-variables")
    none = {"name": "none", INFO: None, "environment": {"DYNATRACE_ENV_URL": ""}, "ignore_errors": True}
    path = {"name": "in a path", INFO: {"ca_path": "$FOLDER/ca.pem"}, "ignore_errors": True}
    inner = [
        {"name": "of the inner", INFO: None, "ignore_errors": True},
        {"name": "of the task", INFO: None, "environment": {"DYNATRACE_API_TOKEN": here["api_token"]}},
    ]
    outer = {
        "environment": {"DYNATRACE_ENV_URL": here["environment_url"], "DYNATRACE_API_TOKEN": here["api_token"]},
        "block": [
            {"name": "of the outer", INFO: None},
            {"environment": {"DYNATRACE_API_TOKEN": "dt0c01.NOBODY.NOTHING"}, "block": inner},
            none,
            {"name": "afterwards", INFO: None},
            {**path, "environment": {"FOLDER": "/nowhere"}},
        ],
    }
    done = sides.play(tmp_path, [outer], environment={"DYNATRACE_API_TOKEN": "dt0c01.CALLER.NOTHING"})
    assert done.failed == {"of the inner", "none", "in a path"}
    results = same(done)
    assert "does not accept the token" in results["of the inner"]["msg"]
    assert "environment_url: is required" in results["none"]["msg"]
    assert "set the environment variable DYNATRACE_CA_PATH" in results["in a path"]["msg"]


def test_files_are_looked_for_where_the_playbook_is(sides: Sides, tmp_path: Path) -> None:
    here = sides.add("-files")
    folder, elsewhere = tmp_path / "project", tmp_path / "elsewhere"
    folder.mkdir()
    elsewhere.mkdir()
    (folder / "near.pem").write_text("no certificate")
    (elsewhere / "far.pem").write_text("no certificate")
    tasks = [
        {"name": name, INFO: {**here, "ca_path": f"{name}.pem"}, "ignore_errors": True} for name in ("near", "far")
    ]
    results = same(sides.play(folder, tasks, cwd=elsewhere))
    assert "does not contain a certificate" in results["near"]["msg"]
    assert "does not exist" in results["far"]["msg"]


def test_a_task_that_takes_too_long_is_ended(sides: Sides, tmp_path: Path) -> None:
    here = sides.add("-slow")
    for way in WAYS:
        sides.simulator.fault("hang", environment=f"{way}-slow", seconds=20)
    tasks = [
        {"name": "slow", INFO: here, "timeout": 2, "ignore_errors": True},
        {"name": "next", INFO: here},
    ]
    done = sides.play(tmp_path, tasks)
    assert done.code == 0, done.output[-3000:]
    slow = {way: done.on(way)["slow"]["msg"] for way in WAYS}
    assert slow["inside"] == slow["module"]
    assert "next" in done.tasks


class Vaulted(str):
    """A value that stands encrypted in a playbook."""

    __slots__ = ()


yaml.SafeDumper.add_representer(Vaulted, lambda dumper, text: dumper.represent_scalar("!vault", str(text), style="|"))


def test_values_from_the_vault_and_of_odd_types_arrive_the_same(sides: Sides, tmp_path: Path) -> None:
    here = sides.add("-types")
    (tmp_path / "password").write_text("only for this test")
    encrypt = ["ansible-vault", "encrypt_string", "--vault-password-file", str(tmp_path / "password"), SECRET]
    encrypted = subprocess.run(
        [VENV / "bin" / encrypt[0], *encrypt[1:]],
        env=environments.clean_environment(VENV),
        check=True,
        capture_output=True,
        text=True,
    ).stdout
    vaulted = Vaulted(textwrap.dedent(encrypted.partition("\n")[2]))
    login = {"active": True, "basic_auth": {"username": 7, "password": vaulted}}
    other = {**EXPORT, "name": "x", "endpoint_definition": {"endpoint_url": "https://x.example.com/"}}
    options = {"timeout": "{{ '12.5' }}", "prune": "yes", "retry_timeout": "{{ 7 }}"}
    exports = "{{ [export | combine({'name': 2026 | string}), other] }}"
    tasks = [
        {"name": "types", MODULE: {**here, **options, "exports": exports}},
        {"name": "vault", MODULE: {**here, "exports": [{**EXPORT, "authentication": login}, other]}},
        {"name": "date", MODULE: {**here, "exports": [{"name": datetime.date(2026, 1, 31)}], "state": "absent"}},
    ]
    arguments = ["--vault-password-file", "password"]
    results = same(sides.play(tmp_path, tasks, arguments=arguments, vars={"export": EXPORT, "other": other}))
    assert [one["name"] for one in results["types"]["exports"]] == ["2026", "x"]
    assert [one["name"] for one in results["date"]["exports"]] == ["2026-01-31"]
    for way in WAYS:
        (item,) = [one for one in sides.simulator.objects(f"{way}-types", EXPORT_SCHEMA) if "//a." in str(one["value"])]
        assert sides.simulator.secret_is(f"{way}-types", item["objectId"], "authentication/basicAuth/password", SECRET)
