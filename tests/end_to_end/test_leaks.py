# Copyright (c) 2026, community.dynatrace contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""No secret in any place: whole runs with a random canary for every secret option, succeeding and failing in every way.

Nothing here relies on what ansible-core masks by itself: the search covers everything that a run prints or writes.
"""

from __future__ import annotations

import base64
import json
import os
import secrets
import subprocess
import sys
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any
from urllib.parse import quote, quote_plus

import pytest
import yaml

from ansible_collections.community.dynatrace.tests.support.counters import Ledger
from ansible_collections.community.dynatrace.tests.support.simulator import Simulator, export_object, export_value
from ansible_collections.community.dynatrace.tests.tools import environments

VENV = Path(os.environ.get("END_TO_END_VENV") or sys.prefix)
# Letters that look different in JSON, in a URL and in base64.
AWKWARD = 'p"ä/\\+ &%'
KEYS = (
    "api_token",
    "other_token",
    "client_secret",
    "password",
    "new_password",
    "oauth_secret",
    "stored_password",
    "fingerprint_key",
    "old_key",
    "proxy_password",
)


def canaries() -> dict[str, str]:
    """A random value for each secret; tokens are of plain letters, as an HTTP header wants them."""
    plain = {"api_token", "other_token", "oauth_secret", "fingerprint_key", "old_key", "proxy_password"}
    return {key: f"C4n{secrets.token_hex(12)}" + ("" if key in plain else AWKWARD) for key in KEYS}


def forms(secret: str) -> set[str]:
    """The forms in which a secret could appear; base64 at each of the three alignments, without the unstable ends."""
    raw = secret.encode()
    found = {secret, quote(secret, safe=""), quote_plus(secret), json.dumps(secret)[1:-1]}
    found |= {json.dumps(secret, ensure_ascii=False)[1:-1], repr(secret)[1:-1], secret[:24]}
    for shift in range(3):
        encoded = base64.b64encode(b"\0" * shift + raw).decode()
        found.add(encoded[4 : len(encoded) - 4])
    return found


def export(name: str, password: object, **more: Any) -> dict[str, Any]:
    """The options of an export with basic authentication."""
    return {
        "name": name,
        "endpoint_definition": {"endpoint_url": f"https://{name}.example.com/", **more.pop("endpoint", {})},
        "authentication": {"active": True, "basic_auth": {"username": "dynatrace", "password": password}},
        **more,
    }


def oauth_export(name: str, secret: object) -> dict[str, Any]:
    """The options of an export with OAuth 2.0."""
    client = {"access_token_url": "https://t.example.com/", "client_id": "c", "client_secret": secret}
    return {
        "name": name,
        "endpoint_definition": {"endpoint_url": f"https://{name}.example.com/"},
        "authentication": {"active": True, "auth_type": "oauth2", "oauth2": client},
    }


MODULE = "community.dynatrace.user_session_exports"
ALL = [export("one", "{{ password }}"), oauth_export("two", "{{ client_secret }}")]
ROTATED = [export("one", "{{ new_password }}"), oauth_export("two", "{{ client_secret }}")]
KEY = {"secret_fingerprint_key": "{{ fingerprint_key }}"}
BAD_TYPES: list[Any] = [
    export("one", ["{{ password }}"]),
    export("two", {"value": "{{ password }}"}),
    {"name": "three", "authentication": "{{ password }}"},
    export("four", "{{ password }}", endpoint={"use_post": "{{ password }}", "{{ password }}": 1}),
]

# Each is a way to succeed or to fail: options of the module, and what the simulator does meanwhile.
WAYS: dict[str, tuple[dict[str, Any], dict[str, Any] | None]] = {
    "create": ({"exports": ALL, **KEY}, None),
    "unchanged": ({"exports": ALL, **KEY}, None),
    "rotate": ({"exports": ROTATED, **KEY}, None),
    "new key": (
        {
            "exports": ROTATED,
            "secret_fingerprint_key": "{{ old_key }}",
            "secret_fingerprint_previous_key": "{{ fingerprint_key }}",
        },
        None,
    ),
    "always": ({"exports": ALL, "update_secrets": "always"}, None),
    "other authentication": ({"exports": [oauth_export("one", "{{ client_secret }}"), ALL[1]]}, None),
    "mask refused": ({"exports": [export("two", None, endpoint={"use_post": True}), ALL[0]]}, None),
    "wrong types": ({"exports": BAD_TYPES}, None),
    "blank and too long": ({"exports": [export("one", "  "), export("two", "{{ password * 30 }}")]}, None),
    "weak key": ({"exports": ALL, "secret_fingerprint_key": "{{ fingerprint_key[:12] }}"}, None),
    "wrong token": ({"exports": ALL, "api_token": "{{ other_token }}"}, None),
    "two credentials": ({"exports": ALL, "platform_token": "{{ other_token }}"}, None),
    "odd token": ({"exports": ALL, "api_token": "{{ other_token }}\n"}, None),
    "token in the url": (
        {"exports": ALL, "environment_url": "https://user:{{ password }}@127.0.0.1/?t={{ api_token }}"},
        None,
    ),
    "proxy": ({"exports": ALL, "proxy": "http://user:{{ proxy_password }}@127.0.0.1:9"}, None),
    "odd proxy": ({"exports": ALL, "proxy": "socks9://user:{{ proxy_password }}@nowhere:x"}, None),
    "nothing listens": ({"exports": ALL, "environment_url": "http://127.0.0.1:9"}, None),
    "refusal echoes": (
        {"exports": ROTATED, "update_secrets": "always"},
        {"action": "status", "method": "PUT", "status": 400, "body": "ECHO"},
    ),
    "html": ({"exports": ALL}, {"action": "html"}),
    "broken json": ({"exports": ALL}, {"action": "invalid_json"}),
    "redirect": ({"exports": ALL}, {"action": "redirect", "location": "https://elsewhere.example.com/"}),
    "lost answer": ({"exports": ALL, "update_secrets": "always"}, {"action": "drop", "method": "PUT", "when": "after"}),
    "lost for ever": (
        {"exports": ALL, "update_secrets": "always"},
        {"action": "drop", "method": "PUT", "when": "after", "times": 20},
    ),
    "throttled": (
        {"exports": ALL, "retry_timeout": 0},
        {"action": "status", "status": 429, "headers": {"Retry-After": "9"}},
    ),
    "prune": ({"exports": [ALL[1]], "prune": True}, None),
    "absent": ({"exports": ALL, "state": "absent"}, None),
}


# For the second test, which only asks what else a job server writes.
FEW = ("create", "rotate", "mask refused", "wrong types", "wrong token", "proxy", "refusal echoes")
# Also in check mode, where the server validates.
CHECKED = ("create", "rotate", "mask refused")


@pytest.fixture
def canary() -> dict[str, str]:
    return canaries()


def environment_of(way: str) -> str:
    """Ways in which the simulator misbehaves have an environment of their own."""
    return f"e-{way.replace(' ', '-')}" if WAYS[way][1] else "e1"


@pytest.fixture
def simulator(canary: dict[str, str]) -> Iterator[Simulator]:
    token = {"token": canary["api_token"], "scopes": ["settings.read", "settings.write"]}
    stored = {"username": "dynatrace", "password": canary["stored_password"]}
    authentication = {"active": True, "authType": "basic", "basicAuth": stored}
    hand_made = export_object(value=export_value("https://one.example.com/", authentication=authentication))
    environment = {"tokens": {"full": token}, "objects": [hand_made]}
    # What a server may say that repeats the request back: in the message, in violations, and in invalidValue.
    echo = {
        "error": {
            "code": 400,
            "message": f"Given property 'password' with value: '{canary['new_password']}' is not valid",
            "constraintViolations": [{"path": "x/0/authentication", "message": f"got {canary['new_password']}"}],
        },
        "invalidValue": {"authentication": {"basicAuth": {"password": canary["new_password"]}}},
    }
    with Simulator(config={"environments": {environment_of(way): environment for way in WAYS}}) as running:
        for way, (_options, fault) in WAYS.items():
            if fault:
                rule = {**fault, "body": echo} if "body" in fault else fault
                running.fault(**{"path": "settings/objects", **rule}, environment=environment_of(way))
        yield running


def play(simulator: Simulator, ways: Iterable[str]) -> list[dict[str, Any]]:
    """Ways as one play. Whatever fails is ignored; every result is kept as a fact and written down at the end."""
    tasks: list[dict[str, Any]] = []
    for way in ways:
        options = WAYS[way][0]
        connection = {"environment_url": simulator.url(environment_of(way)), "api_token": "{{ api_token }}"}
        task = {"name": way, MODULE: {**connection, **options}, "register": "result", "ignore_errors": True}
        if way in CHECKED:
            tasks.append({**task, "check_mode": True})
        tasks.append(task)
        kept = "{{ (kept | default([])) + [{'way': '" + way + "', 'result': result}] }}"
        tasks.append({"name": "Keep", "ansible.builtin.set_fact": {"kept": kept, "cacheable": True}})
    write = {"content": "{{ kept | to_json }}", "dest": "{{ out }}/results.json", "mode": "0600"}
    tasks.append({"name": "Write", "ansible.builtin.copy": write})
    role = {"name": "community.dynatrace.user_session_exports"}
    for exports in (ALL, BAD_TYPES):
        variables = {
            "user_session_exports_slots": exports,
            "dynatrace_environment_url": simulator.url("e1"),
            "dynatrace_api_token": "{{ api_token }}",
            "user_session_exports_secret_fingerprint_key": "{{ fingerprint_key }}",
        }
        block = [{"name": "The role", "ansible.builtin.include_role": role, "vars": variables}]
        tasks.append({"name": "Role", "block": block, "rescue": [{"name": "Go on", "ansible.builtin.meta": "noop"}]})
    read = {"environment_url": simulator.url("e1"), "api_token": "{{ api_token }}"}
    tasks.append({"name": "Read", "community.dynatrace.user_session_exports_info": read, "register": "found"})
    tasks.append({"name": "Show", "ansible.builtin.debug": {"var": "found"}})
    return [{"name": "Leaks", "hosts": "all", "gather_facts": False, "vars_files": ["secrets.yml"], "tasks": tasks}]


def prepared(
    folder: Path, simulator: Simulator, canary: Mapping[str, str], ways: Iterable[str], inside: str = "auto"
) -> dict[str, str]:
    """Playbook, inventory and vault in ``project``; everything that a run writes goes to ``out``."""
    for name in ("project", "out/artifacts", "inventory", "hidden"):
        (folder / name).mkdir(parents=True)
    (folder / "hidden" / "plain.yml").write_text(yaml.safe_dump(dict(canary)))
    (folder / "hidden" / "password").write_text("vault")
    text = yaml.safe_dump(play(simulator, ways), sort_keys=False)
    (folder / "project" / "leaks.yml").write_text(text)
    (folder / "inventory" / "hosts").write_text(
        f'env ansible_connection=local ansible_python_interpreter={VENV}/bin/python out="{folder}/out" '
        f"community_dynatrace_in_process={inside}\n"
    )
    environment = {
        **environments.clean_environment(VENV),
        "ANSIBLE_LOG_PATH": str(folder / "out" / "ansible.log"),
        "ANSIBLE_CALLBACKS_ENABLED": "junit,tree",
        "JUNIT_OUTPUT_DIR": str(folder / "out" / "junit"),
        "ANSIBLE_CALLBACK_TREE_DIR": str(folder / "out" / "tree"),
        "ANSIBLE_CACHE_PLUGIN": "jsonfile",
        "ANSIBLE_CACHE_PLUGIN_CONNECTION": str(folder / "out" / "facts"),
        "ANSIBLE_HOME": str(folder / "home"),
        "TMPDIR": str(folder),
        "ANSIBLE_VAULT_PASSWORD_FILE": str(folder / "hidden" / "password"),
    }
    encrypt = ["ansible-vault", "encrypt", "--output", str(folder / "project" / "secrets.yml")]
    subprocess.run(
        [VENV / "bin" / encrypt[0], *encrypt[1:], folder / "hidden" / "plain.yml"], env=environment, check=True
    )
    (folder / "hidden" / "plain.yml").unlink()
    return environment


def search(ledger: Ledger, folder: Path, output: str, canary: Mapping[str, str]) -> int:
    """Look for every secret in everything printed and written; the number of places."""
    texts = {"output": output}
    for path in sorted(folder.rglob("*")):
        if path.is_file():
            texts[str(path.relative_to(folder))] = path.read_text(encoding="utf-8", errors="replace")
    hits: dict[str, list[str]] = {}
    for key, secret in canary.items():
        wanted = forms(secret)
        for place, text in texts.items():
            found = next((form for form in wanted if form in text), None)
            if found:
                line = next(line for line in text.splitlines() if found in line)
                at = line.index(found)
                hits.setdefault(key, []).append(f"{place}: ...{line[max(0, at - 90) : at]}<{key}>")
            ledger.count("leak searches", len(wanted))
    ledger.check("leak", not hits, "\n".join(line for lines in hits.values() for line in lines[:4]))
    return len(texts)


@pytest.mark.parametrize("inside", ["true", "false"], ids=["in process", "as a module"])
def test_no_secret_in_any_output_file_log_cache_or_report(
    tmp_path: Path, simulator: Simulator, canary: dict[str, str], ledger: Ledger, inside: str
) -> None:
    environment = prepared(tmp_path, simulator, canary, WAYS, inside)
    command = [str(VENV / "bin" / "ansible-playbook"), "-i", "../inventory/hosts", "-vvvvv", "--diff", "leaks.yml"]
    done = subprocess.run(
        command,
        cwd=tmp_path / "project",
        env=environment,
        capture_output=True,
        text=True,
        timeout=600,
        check=False,
        stdin=subprocess.DEVNULL,
    )
    output = done.stdout + done.stderr
    assert done.returncode == 0, output[-3000:]
    results = {one["way"]: one["result"] for one in json.loads((tmp_path / "out" / "results.json").read_text())}
    assert set(results) == set(WAYS)
    failed = {way for way, result in results.items() if result.get("failed")}
    # Each way is what its name says, or the search would prove nothing.
    assert failed == set(WAYS) - {
        "create",
        "unchanged",
        "rotate",
        "new key",
        "always",
        "other authentication",
        "lost answer",
        "prune",
        "absent",
    }
    assert "Traceback" not in output
    assert ("AnsiballZ_user_session_exports" in output) is (inside == "false")
    assert search(ledger, tmp_path, output, canary) > 5


def test_no_secret_in_the_artifacts_of_a_job_server(
    tmp_path: Path, simulator: Simulator, canary: dict[str, str], ledger: Ledger
) -> None:
    runner = VENV / "bin" / "ansible-runner"
    if not runner.exists():
        pytest.skip(f"ansible-runner is not in {VENV.name}")
    environment = prepared(tmp_path, simulator, canary, FEW)
    command = [
        str(runner),
        "run",
        ".",
        "-p",
        "leaks.yml",
        "-vvvvv",
        "--cmdline=--diff",
        "--artifact-dir",
        "out/artifacts",
    ]
    done = subprocess.run(
        command,
        cwd=tmp_path,
        env={**environment, "RUNNER_OMIT_ENV_FILES": "1"},
        capture_output=True,
        text=True,
        timeout=600,
        check=False,
        stdin=subprocess.DEVNULL,
    )
    assert done.returncode == 0, (done.stdout + done.stderr)[-3000:]
    events = list(tmp_path.rglob("job_events/*.json"))
    assert len(events) > len(FEW)
    search(ledger, tmp_path, done.stdout + done.stderr, canary)


# A user name, a URL, and a header value may contain what is secret elsewhere.
ECHOES: dict[str, Any] = {
    "name": "echo",
    "endpoint_definition": {"endpoint_url": "https://echo.example.com/", "content_type": "x/{{ api_token }}"},
    "authentication": {
        "active": True,
        "basic_auth": {"username": "user-{{ password }}", "password": "{{ password }}"},
    },
}


@pytest.mark.parametrize(
    ("number", "more"),
    [
        pytest.param(3, {}, id="in threads"),
        pytest.param(30, {"dynatrace_threads": 8}, id="in processes"),
        pytest.param(3, {"dynatrace_per_host": True}, id="per host"),
        pytest.param(3, {"dynatrace_per_host": True, "community_dynatrace_in_process": False}, id="as modules"),
    ],
)
def test_no_secret_in_the_output_and_the_report_of_a_fleet(
    tmp_path: Path, canary: dict[str, str], ledger: Ledger, number: int, more: dict[str, Any]
) -> None:
    names = [f"e{index:02}" for index in range(number)]
    token = {"token": canary["api_token"], "scopes": ["settings.read", "settings.write"]}
    with Simulator(config={"environments": {name: {"tokens": {"full": token}} for name in names}}) as running:
        message = f"The user name user-{canary['password']} is not valid for {canary['api_token']}"
        refusal = {"error": {"code": 400, "message": message}}
        running.fault("status", status=400, body=refusal, environment="e01", method="POST", times=None)
        own = {name: {"dynatrace_environment_url": running.managed_url(name)} for name in names}
        secret = {
            **{key: canary[key] for key in ("password", "api_token")},
            "dynatrace_api_token": "{{ api_token }}",
            "user_session_exports_slots": [ECHOES],
        }
        for folder in ("hidden", "out"):
            (tmp_path / folder).mkdir()
        group = {"dynatrace": {"hosts": own, "vars": secret}}
        (tmp_path / "hidden" / "inventory.yml").write_text(yaml.safe_dump(group))
        environment = {
            **environments.clean_environment(VENV),
            "ANSIBLE_LOG_PATH": str(tmp_path / "out" / "ansible.log"),
            "ANSIBLE_CALLBACKS_ENABLED": "junit,community.dynatrace.progress",
            "ANSIBLE_SHOW_CUSTOM_STATS": "true",
            "JUNIT_OUTPUT_DIR": str(tmp_path / "out" / "junit"),
            "ANSIBLE_INJECT_INVOCATION": "true",
        }
        variables = {"dynatrace_report_directory": str(tmp_path / "out" / "report"), **more}
        for mode in ("configure", "audit"):
            done = subprocess.run(
                [
                    *(str(VENV / "bin" / "ansible-playbook"), "-i", "../hidden/inventory.yml", "-vvvvv", "--diff"),
                    *(f"community.dynatrace.{mode}", "-e", json.dumps(variables)),
                ],
                cwd=tmp_path / "out",
                env=environment,
                capture_output=True,
                text=True,
                timeout=600,
                check=False,
                stdin=subprocess.DEVNULL,
            )
            output = done.stdout + done.stderr
            report = json.loads((tmp_path / "out" / "report" / f"{mode}.json").read_text())
            states = {one["host"]: one["state"] for one in report["environments"]}
            rest, refused = ("changed", "failed") if mode == "configure" else ("unchanged", "drift")
            assert states == {**dict.fromkeys(names, rest), "e01": refused}, output[-3000:]
            assert search(ledger, tmp_path / "out", output, canary) > 5
