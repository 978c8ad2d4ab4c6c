# Copyright (c) 2026, community.dynatrace contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""A secret in a wrong place of the inventory, or in the answer of a server: no output and no report shows it.

Each host of one fleet makes another slip, or belongs to an environment that repeats what it was sent in another form.
"""

from __future__ import annotations

import base64
import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest
import yaml

from ansible_collections.community.dynatrace.tests.support import jobs
from ansible_collections.community.dynatrace.tests.support.playbooks import command
from ansible_collections.community.dynatrace.tests.support.simulator import EXPORT_SCHEMA, Simulator

PART = "QMHCVZYOJWN3B5XKL7DRTAGEU4PIS26F"
TOKEN = f"dt0c01.ST2EY72KQINMH574WMNVI7YN.{PART}"
# The first half of it is hidden as well.
PASSWORD = "Korrekt-Pferd+Batterie/4711"
LETTERS = "sesamoeffnedich"
ECHOES = {
    "as-it-is": PASSWORD,
    "upper-case": PASSWORD.upper(),
    "half": PASSWORD[:14],
    "other-half": PASSWORD[-14:],
    "hexadecimal": PASSWORD.encode().hex(),
    "in-base64": base64.b64encode(f"dynatrace:{PASSWORD}".encode()).decode(),
    "half-in-base64": base64.b64encode(PASSWORD[:15].encode()).decode(),
    "twice-in-a-url": quote(quote(PASSWORD, safe=""), safe=""),
    "reversed": PASSWORD[::-1],
    "token": TOKEN,
    "part-of-the-token": PART[5:18],
}
FORMS = {*ECHOES.values(), LETTERS, base64.b64encode(PASSWORD.encode()).decode(), PART}


def slot(**login: Any) -> dict[str, Any]:
    return {
        "name": "archive",
        "endpoint_definition": {"endpoint_url": "https://archive.example.com/"},
        "authentication": {"active": True, "basic_auth": {"username": "dynatrace", **login}},
    }


def slots(*exports: Mapping[str, Any]) -> dict[str, Any]:
    return {"user_session_exports_slots": list(exports)}


def url(text: str) -> dict[str, Any]:
    return {"dynatrace_environment_url": text}


BASIC = "user_session_exports_slots[0].authentication.basic_auth"
# The variables of a host, and what is said about them.
SLIPS: dict[str, tuple[dict[str, Any], str]] = {
    "glued": (slots(slot(**{f"password:{PASSWORD}": None})), f"{BASIC}.password: has no value"),
    "glued-by-equals": (slots(slot(**{f"password={PASSWORD}": None})), f"{BASIC}.password: has no value"),
    "misspelt": (slots(slot(**{f"pasword:{PASSWORD}": None})), "(a key): is not an option; did you mean password?"),
    "cut-at-a-comma": (slots(slot(password="one", **{LETTERS: None})), f"{BASIC}.(a key): is not an option"),
    "unknown": (slots(slot(passwd=PASSWORD)), f"{BASIC}.passwd: is not an option; did you mean password?"),
    "template": (slots(slot(**{f"password:{PASSWORD}": "{{ missing }}"})), f"{BASIC}.(a key): uses missing"),
    "misspelt-variable": ({"dynatrace_api_tokn": PASSWORD}, "dynatrace_api_tokn: is not a variable of the collection"),
    "glued-variable": (
        # Ansible itself names those that are no identifiers.
        {f"user_session_exports_secret_{PART}": 1},
        "user_session_exports_(a key) is not a variable of the role",
    ),
    "query": (url(f"https://abc12345.live.dynatrace.com/?Api-Token={TOKEN}"), "must not contain a query"),
    "user": (url(f"https://me:{PART}@abc12345.live.dynatrace.com"), "must not contain a user name or password"),
    "user-with-a-slash": (url(f"https://me:{PASSWORD}@abc12345.live.dynatrace.com"), "must be a URL like"),
    "fragment": (url(f"https://abc12345.live.dynatrace.com/#{TOKEN}"), "must not contain a query (?) or a fragment"),
    "path": (
        url(f"https://abc12345.live.dynatrace.com/api/v2/{PASSWORD}"),
        "must be only the address of the environment",
    ),
    "port": (url(f"https://abc12345.live.dynatrace.com:{PASSWORD}"), "must be a URL like"),
}


@pytest.fixture(scope="module")
def simulator() -> Iterator[Simulator]:
    environment = {"tokens": {"full": {"token": TOKEN, "scopes": ["settings.read", "settings.write"]}}}
    with Simulator(config={"environments": dict.fromkeys(["quiet", *ECHOES], environment)}) as running:
        for name, echo in ECHOES.items():
            violation = {"path": f"{EXPORT_SCHEMA}/0/{echo}", "message": f"'{echo}' is wrong"}
            error = {"code": 400, "message": f"Refused: {echo}.", "constraintViolations": [violation]}
            body = json.dumps({"error": error, "invalidValue": {"password": echo}})
            running.fault("status", method="POST", status=400, body=body, times=None, environment=name)
            running.fault("status", method="PUT", status=400, body=body, times=None, environment=name)
        yield running


def fleet(simulator: Simulator) -> dict[str, dict[str, Any]]:
    """The variables of each host."""

    def host(environment: str, **more: Any) -> dict[str, Any]:
        # A variable that is missing in a host of slips would be a problem of its own.
        own = {"dynatrace_environment_url": simulator.managed_url(environment), "dynatrace_api_token": TOKEN}
        return {**own, **slots(slot(password=PASSWORD)), **more}

    hosts = {name: host("quiet", **variables) for name, (variables, _says) in SLIPS.items()}
    hosts["misspelt-variable"].pop("dynatrace_api_token")
    return hosts | {name: host(name) for name in ECHOES}


def search(folder: Path, output: str) -> None:
    texts = {"output": output}
    for path in folder.rglob("*"):
        if path.is_file() and path.name != "inventory.yml":
            texts[path.name] = path.read_text(errors="replace")
    assert {"configure.html", "configure.json", "configure.xml", "ansible.log"} <= set(texts)
    for name, text in texts.items():
        for form in FORMS:
            assert form not in text, (name, form, text[max(0, text.index(form) - 300) : text.index(form)])


@pytest.mark.parametrize("inside", ["true", "false"], ids=["in process", "as a module"])
def test_no_secret_is_shown_wherever_it_stands(simulator: Simulator, tmp_path: Path, inside: str) -> None:
    group = {"hosts": fleet(simulator), "vars": {"dynatrace_in_process": inside}}
    (tmp_path / "inventory.yml").write_text(yaml.safe_dump({"dynatrace": group}))
    environment = {"ANSIBLE_LOG_PATH": str(tmp_path / "ansible.log"), "ANSIBLE_HOME": str(tmp_path / "home")}
    arguments = ["-i", "inventory.yml", "community.dynatrace.configure", "--diff", "-vvv"]
    done = command(tmp_path, "ansible-playbook", *arguments, environment=environment)
    assert done.code != 0 and "Traceback" not in done.output, done.output[-3000:]
    search(tmp_path, done.output)
    report = json.loads((tmp_path / "dynatrace-report" / "configure.json").read_text())
    states = {one["host"]: one["state"] for one in report["environments"]}
    # A stray variable is only a warning.
    assert {host for host, state in states.items() if state != "failed"} == {"glued-variable"}
    output = " ".join(done.output.split())
    for name, (_variables, says) in SLIPS.items():
        assert says in output, name
    reported = {one["host"]: json.dumps(one) for one in report["environments"]}
    assert all("(redacted)" in reported[host] and "is wrong" in reported[host] for host in ECHOES)


@pytest.mark.skipif(not jobs.HAS_RUNNER, reason="ansible-runner is not in this environment")
@pytest.mark.parametrize("playbook", ["configure", "audit"])
def test_no_secret_is_in_the_artifacts_of_a_runner(simulator: Simulator, tmp_path: Path, playbook: str) -> None:
    """Events, standard output, the fact cache and reports, of a server for job templates."""
    project = tmp_path / "empty"
    project.mkdir()
    hosts = fleet(simulator)
    inventory = {"dynatrace": {"hosts": list(hosts)}, "_meta": {"hostvars": hosts}}
    folder = jobs.prepare(tmp_path / "job", project)
    done = jobs.run(folder, f"community.dynatrace.{playbook}", inventory, arguments=["-vvv", "--diff"])
    assert done.code != 0 and "Traceback" not in done.left
    assert len(list((folder / "artifacts" / "job" / "job_events").iterdir())) > len(hosts)
    assert list((folder / "project" / "dynatrace-report").rglob(f"{playbook}.json"))
    for form in FORMS:
        assert form not in done.left, (form, done.left[done.left.index(form) - 300 : done.left.index(form)])
