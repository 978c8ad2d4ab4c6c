# Copyright (c) 2026, community.dynatrace contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""The process: how it is started, what it leaves behind, how it ends."""

from __future__ import annotations

import json
import os
import signal
import socket
import stat
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest
import requests

from ansible_collections.community.dynatrace.tests.support.simulator import (
    EXPORT_SCHEMA,
    PACKAGE_FOLDER,
    Simulator,
    SimulatorError,
    basic_auth,
    export_object,
    export_value,
)

from .client import Api

ENVIRONMENT = {**os.environ, "PYTHONPATH": str(PACKAGE_FOLDER), "PYTHONDONTWRITEBYTECODE": "1"}


def run(*arguments: str, python: tuple[str, ...] = (sys.executable,)) -> subprocess.CompletedProcess[str]:
    command = [*python, "-m", "settings_api_simulator", *arguments]
    return subprocess.run(command, env=ENVIRONMENT, capture_output=True, text=True, timeout=60, check=False)


def test_help_lists_everything() -> None:
    text = run("--help").stdout
    for word in ("--ready-file", "--state-file", "/_simulator/", "oauth_clients", "resubmission", "schema_overrides"):
        assert word in text


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--host", "0.0.0.0"], "--allow-remote"),
        (["--config", "/nowhere.json"], "cannot read /nowhere.json"),
        (["--tls-cert", "/nowhere.pem"], "go together"),
        (["--schema", "/nowhere.json"], "cannot read schema"),
        (["--daemon"], "needs --log-file"),
        (["--stop"], "needs --ready-file"),
    ],
)
def test_wrong_options_are_reported_in_one_line(arguments: list[str], said: str) -> None:
    found = run(*arguments)
    assert found.returncode == 2
    assert said in found.stderr
    assert found.stderr.count("\n") == 1


@pytest.mark.parametrize(
    ("config", "said"),
    [
        ({"typo": 1}, "unknown key typo"),
        ({"environments": {"a": {"typo": 1}}}, "environment a: unknown key typo"),
        ({"environments": {"a": {"behavior_flags": {"mask": 1}}}}, "environment a: behavior flag mask"),
        ({"environments": {"a": {"tokens": {"t": {"scopes": "x"}}}}}, "environment a: token t: scopes"),
        ({"default_environment": "b", "environments": {"a": {}}}, "default_environment 'b'"),
        ({"oauth_clients": {"c": {}}}, "oauth client c"),
    ],
)
def test_a_wrong_configuration_names_the_key(tmp_path: Path, config: dict[str, Any], said: str) -> None:
    file = tmp_path / "config.json"
    file.write_text(json.dumps(config))
    found = run("--config", str(file))
    assert found.returncode == 2
    assert said in found.stderr


def test_missing_packages_are_named() -> None:
    found = run("--port", "0", "--stop-after", "1", python=(sys.executable, "-S"))
    assert found.returncode == 2
    assert "pip install starlette uvicorn" in found.stderr


def test_it_ends_cleanly_and_leaves_no_ready_file(tmp_path: Path) -> None:
    running = Simulator(folder=tmp_path)
    ready = tmp_path / "ready.json"
    assert stat.S_IMODE(ready.stat().st_mode) == 0o600
    assert running.ready["pid"] == (running.process.pid if running.process else None)
    token = running.token()
    assert running.stop() == 0
    assert not ready.exists()
    assert token not in running.log_file.read_text()


def test_it_ends_also_while_a_client_hangs() -> None:
    running = Simulator()
    running.fault("hang")
    with socket.create_connection(("127.0.0.1", running.port)) as client:
        client.sendall(b"GET /api/v2/settings/schemas HTTP/1.1\r\nHost: x\r\n\r\n")
        assert running.stop() == 0, "else it was killed, after ten seconds"


def test_it_stops_by_itself_after_a_time(tmp_path: Path) -> None:
    found = run("--port", "0", "--stop-after", "0.3", "--ready-file", str(tmp_path / "ready.json"))
    assert found.returncode == 0
    assert not (tmp_path / "ready.json").exists()


def test_it_ends_with_its_parent() -> None:
    parent = subprocess.Popen(["sleep", "30"])
    running = Simulator(options=["--parent-pid", str(parent.pid)])
    parent.kill()
    parent.wait()
    assert running.process is not None
    assert running.process.wait(timeout=10) == 0
    running.stop()


def test_a_port_that_is_taken(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        found = run("--port", str(taken.getsockname()[1]))
    assert found.returncode == 2
    assert "cannot listen on 127.0.0.1" in found.stderr


def test_in_the_background(tmp_path: Path) -> None:
    ready = tmp_path / "ready.json"
    arguments = ("--daemon", "--log-file", str(tmp_path / "log"), "--ready-file", str(ready), "--stop-after", "60")
    assert run(*arguments, "--port", "0").returncode == 0
    pid = json.loads(ready.read_text())["pid"]
    assert run("--stop", "--ready-file", str(ready)).returncode == 0
    with pytest.raises(ProcessLookupError):
        for _turn in range(200):  # until its new parent process has reaped it
            os.kill(pid, 0)
            if Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] == "Z":
                raise ProcessLookupError
            time.sleep(0.01)
    assert run("--stop", "--ready-file", str(ready)).returncode == 0  # nothing to do
    failed = run(*arguments, "--port", "0", "--schema", "/nowhere")
    assert (failed.returncode, "cannot read schema" in failed.stderr) == (2, True)


def test_stop_does_not_end_an_unrelated_process(tmp_path: Path) -> None:
    unrelated = subprocess.Popen(["sleep", "30"])
    ready = tmp_path / "ready.json"
    ready.write_text(json.dumps({"pid": unrelated.pid, "control_url": "http://127.0.0.1:9/_simulator"}))
    assert run("--stop", "--ready-file", str(ready)).returncode == 0
    assert unrelated.poll() is None
    unrelated.send_signal(signal.SIGKILL)
    unrelated.wait()


@pytest.mark.parametrize("kill", [False, True])
def test_the_state_survives(kill: bool) -> None:
    value = export_value(authentication=basic_auth("user", "secret"))
    with Simulator(["one", "two"], state=True) as running:
        running.add_environment("three")
        (object_id,) = running.seed("two", [export_object("label", value)])
        running.seed("three", [export_object()])
        before, token = running.objects("two"), running.token("two")
        state = running.folder / "state.json"
        assert stat.S_IMODE(state.stat().st_mode) == 0o600
        running.restart(kill=kill)
        assert running.objects("two") == before
        assert running.token("two") == token
        assert len(running.objects("three")) == 1
        assert running.secret_is("two", object_id, "authentication/basicAuth/password", "secret")
        api = Api(running.url("two"), token)
        assert api.delete(object_id).status_code == 204
        api.close()
        running.restart(kill=kill)
        assert running.objects("two") == []


def test_objects_of_the_configuration_are_for_the_first_start() -> None:
    config = {"environments": {"a": {"objects": [export_object("one")]}}}
    with Simulator(config=config, state=True) as running:
        (item,) = running.objects("a")
        running.delete("a", item["objectId"])
        running.restart()
        assert running.objects("a") == []


def test_configured_tokens(tmp_path: Path) -> None:
    token = "dt0c01.ABC.DEF"
    config = {
        "environments": {
            "a": {"tokens": {"mine": {"token": token, "owner": "jane", "expires": "2999-01-01T00:00:00Z"}}}
        }
    }
    with Simulator(config=config) as running:
        assert running.token("a", "mine") == token
        api = Api(running.url(), token)
        assert api.get(api.create(export_object())).json()["author"] == "jane"
        api.close()


def test_a_state_file_that_is_damaged_is_named(tmp_path: Path) -> None:
    (tmp_path / "state.json").write_text("{")
    with pytest.raises(SimulatorError, match=r"state\.json cannot be read"):
        Simulator(folder=tmp_path, state=True)


def test_https_with_a_client_certificate(tmp_path: Path) -> None:
    trustme = pytest.importorskip("trustme")
    authority = trustme.CA()
    authority.cert_pem.write_to_path(str(tmp_path / "ca.pem"))
    for name, cert in (
        ("server", authority.issue_cert("127.0.0.1")),
        ("client", authority.issue_cert("c@example.com")),
    ):
        cert.cert_chain_pems[0].write_to_path(str(tmp_path / f"{name}.pem"))
        cert.private_key_pem.write_to_path(str(tmp_path / f"{name}.key"))
    tls = ["--tls-cert", "server.pem", "--tls-key", "server.key", "--tls-client-ca", "ca.pem"]
    with Simulator(folder=tmp_path, options=tls) as running:
        ca, client = str(tmp_path / "ca.pem"), (str(tmp_path / "client.pem"), str(tmp_path / "client.key"))
        url = f"{running.url()}/api/v2/settings/objects"
        headers = {"Authorization": f"Api-Token {running.token()}"}
        params = {"schemaIds": EXPORT_SCHEMA}
        found = requests.get(url, params=params, headers=headers, verify=ca, cert=client, timeout=20)
        assert found.json()["totalCount"] == 0
        with pytest.raises(requests.exceptions.SSLError):
            requests.get(url, params=params, headers=headers, timeout=20)
        with pytest.raises(requests.exceptions.ConnectionError):
            requests.get(url, params=params, headers=headers, verify=ca, timeout=20)
        running.trust(ca, client)
        running.fault("drop")
        with pytest.raises(requests.exceptions.ConnectionError):
            requests.get(url, params=params, headers=headers, verify=ca, cert=client, timeout=20)
