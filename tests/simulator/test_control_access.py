# Copyright (c) 2026, community.dynatrace contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""The control endpoint is for those who know its token, and not for pages in a browser."""

from __future__ import annotations

from collections.abc import Mapping

import pytest
import requests

from ansible_collections.community.dynatrace.tests.support.simulator import Simulator

HEADER = "X-Simulator-Token"


def ask(
    simulator: Simulator, method: str = "GET", path: str = "/", body: str | None = None, **headers: str
) -> requests.Response:
    sent: Mapping[str, str] = {HEADER: simulator.ready["control_token"], **headers}
    with requests.Session() as session:
        session.trust_env = False
        url = f"{simulator.ready['control_url']}{path}"
        return session.request(method, url, data=body, headers=sent, timeout=10)


def test_the_token_of_the_ready_file_is_needed(simulator: Simulator, env: str) -> None:
    assert ask(simulator).status_code == 200
    for wrong in ("", "x", simulator.ready["control_token"][:-1], simulator.token("saas"), "\u00e9"):
        for method, path in (("GET", "/"), ("POST", "/stop"), ("GET", f"/environments/{env}/objects")):
            answer = ask(simulator, method, path, **{HEADER: wrong})
            assert answer.status_code == 401, (wrong, path)
            assert "control_token" in answer.json()["error"]
    assert simulator.objects(env) == []  # it still runs


def test_the_token_is_new_at_each_start_and_in_no_answer(tmp_path: object) -> None:
    with Simulator(["one"], state=True) as running:
        before = running.ready["control_token"]
        assert len(before) >= 40
        text = ask(running).text + ask(running, path="/environments/one").text + ask(running, path="/requests").text
        assert before not in text
        running.restart()
        assert running.ready["control_token"] != before
        assert before not in (running.folder / "state.json").read_text()
        assert running.ready["control_token"] not in (running.folder / "state.json").read_text()
        assert ask(running, **{HEADER: before}).status_code == 401


@pytest.mark.parametrize(
    "headers",
    [
        {"Host": "attacker.example.com"},  # a name that was made to resolve to this machine
        {"Host": "127.0.0.1.example.com:8040"},
        {"Host": "[::1"},
        {"Origin": "https://attacker.example.com"},
        {"Origin": "null"},
        {"Origin": "http://localhost:1"},  # another server on the same machine
    ],
)
def test_pages_of_browsers_are_refused_even_with_the_token(simulator: Simulator, headers: Mapping[str, str]) -> None:
    assert ask(simulator, **headers).status_code == 403


def test_names_of_this_machine_are_taken(simulator: Simulator) -> None:
    for host in ("localhost", f"localhost:{simulator.port}", f"127.0.0.1:{simulator.port}", "127.1.2.3", "[::1]:80"):
        assert ask(simulator, Host=host).status_code == 200, host
    own = simulator.base_url
    assert ask(simulator, Origin=own).status_code == 200


@pytest.mark.parametrize("kind", ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data", ""])
def test_bodies_are_json_only(simulator: Simulator, env: str, kind: str) -> None:
    path = f"/environments/{env}/reset"
    answer = ask(simulator, "POST", path, '{"behavior_flags": true}', **{"Content-Type": kind})
    assert answer.status_code == 415
    assert ask(simulator, "POST", path, "{}", **{"Content-Type": "application/json; charset=utf-8"}).status_code == 204
