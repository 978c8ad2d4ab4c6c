# Copyright (c) 2026, community.dynatrace contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""The short form of these tests runs Ansible in forks: they behave as processes of their own."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from ansible_collections.community.dynatrace.tests.support import forked_ansible
from ansible_collections.community.dynatrace.tests.support.playbooks import VENV
from ansible_collections.community.dynatrace.tests.tools import environments

pytestmark = pytest.mark.once
PLAYBOOK = [
    {
        "hosts": "localhost",
        "gather_facts": False,
        "tasks": [
            {"name": "Show", "ansible.builtin.debug": {"msg": "{{ lookup('ansible.builtin.env', 'DYNATRACE_NAME') }}"}},
            {"name": "Where", "ansible.builtin.command": "pwd"},
            {"name": "Module", "community.dynatrace.settings_to_vars": {"nosuch": 1}, "when": "fails | default(false)"},
        ],
    }
]


def environment(folder: Path, **more: str) -> dict[str, str]:
    return {**environments.clean_environment(VENV), "ANSIBLE_HOME": str(folder / "ansible"), **more}


def command(*arguments: str) -> list[str]:
    return [str(VENV / "bin" / "ansible-playbook"), "play.yml", *arguments]


@pytest.fixture
def server(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[forked_ansible.Server]:
    (tmp_path / "play.yml").write_text(json.dumps(PLAYBOOK))
    monkeypatch.setattr(forked_ansible, "ENABLED", False)
    running = forked_ansible.Server(VENV / "bin" / "python", environment(tmp_path), Path("/"))
    yield running
    running.kill()


def test_a_fork_is_like_a_process_of_its_own(server: forked_ansible.Server, tmp_path: Path) -> None:
    for arguments in ((), ("-e", "fails=true"), ("--no-such-option",)):
        own = environment(tmp_path, DYNATRACE_NAME=f"canary {arguments}")
        code, output = server.run(command(*arguments), tmp_path, own, 300)
        assert (code, output) == forked_ansible.run(command(*arguments), tmp_path, own), "a process of its own"
        assert code == (2 if arguments else 0)
        assert "canary" in output or code
    (shared,) = (tmp_path / "ansible" / "tmp").iterdir()
    assert shared.name.startswith("ansible-local-"), "a fork removes the temporary folder of its own"


def test_a_fork_that_does_not_end_is_killed(server: forked_ansible.Server, tmp_path: Path) -> None:
    sleep = [{"hosts": "localhost", "gather_facts": False, "tasks": [{"ansible.builtin.command": "sleep 20"}]}]
    (tmp_path / "play.yml").write_text(json.dumps(sleep))
    with pytest.raises(subprocess.TimeoutExpired):
        server.run(command(), tmp_path, environment(tmp_path), 5)


def test_other_settings_have_another_process(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    made: list[tuple[dict[str, str], Path]] = []
    killed: list[Path] = []

    class Recorded:
        def __init__(self, _python: Path, environment: dict[str, str], folder: Path) -> None:
            made.append((environment, folder))
            self.folder = folder
            self.busy = forked_ansible.threading.Lock()

        def kill(self) -> None:
            killed.append(self.folder)

    monkeypatch.setattr(forked_ansible, "ENABLED", True)
    monkeypatch.setattr(forked_ansible, "Server", Recorded)
    monkeypatch.setattr(forked_ansible, "_SERVERS", {})
    program = VENV / "bin" / "ansible-playbook"

    def run_forked(**more: str) -> None:
        server = forked_ansible.server_for(program, tmp_path, environment(tmp_path, **more))
        assert server is not None
        server.busy.release()

    for number in range(3):
        run_forked(DYNATRACE_API_TOKEN=str(number))
    run_forked(ANSIBLE_FORKS="2")
    assert [one.get("ANSIBLE_FORKS") for one, _folder in made] == [None, "2"]
    assert "DYNATRACE_API_TOKEN" not in made[0][0]
    # Ansible reads the file of the directory that it is started in, once.
    for text in ("[defaults]\n", "[defaults]\n", "[defaults]\nforks = 3\n"):
        (tmp_path / "ansible.cfg").write_text(text)
        run_forked()
    assert [folder for _environment, folder in made[2:]] == [tmp_path, tmp_path]
    run_forked(ANSIBLE_FORKS="3")
    assert killed == [Path("/")], "of five, the one whose last use is the longest ago"
