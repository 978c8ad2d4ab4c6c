# Copyright (c) 2026, community.dynatrace contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Real ansible-playbook runs for tests, with every task result as data."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

from ansible_collections.community.dynatrace.tests.support import forked_ansible
from ansible_collections.community.dynatrace.tests.tools import environments

VENV = Path(os.environ.get("END_TO_END_VENV") or sys.prefix)
# In the short form, tests of many cases take some of them; the full form has them all.
SHORT = os.environ.get("END_TO_END") == "short"
CALLBACKS = Path(__file__).resolve().parent / "callback_plugins"


@dataclass
class Command:
    """A finished program: exit code and output."""

    code: int
    output: str


def command(
    folder: Path, program: str, *arguments: str, environment: Mapping[str, str] | None = None, **extra: Any
) -> Command:
    """Run a program of Ansible in a directory.

    :param extra: extra variables.
    """
    variables = ["-e", json.dumps(extra)] if extra else []
    own = {**environments.clean_environment(VENV), "ANSIBLE_NOCOLOR": "1", **(environment or {})}
    return Command(*forked_ansible.run([str(VENV / "bin" / program), *arguments, *variables], folder, own))


@dataclass
class Playbook:
    """A finished run: exit code, output, and the task results in order."""

    code: int
    output: str
    results: list[dict[str, Any]] = field(default_factory=list)

    def of(self, task: str) -> dict[str, Any]:
        """Return the result of a task by name."""
        (found,) = [one["result"] for one in self.results if one["task"].rpartition(" : ")[2] == task]
        return dict(found)

    def on(self, host: str) -> dict[str, dict[str, Any]]:
        """Return the results of a host by task name."""
        return {one["task"]: one["result"] for one in self.results if one["host"] == host}

    @property
    def modules(self) -> set[str]:
        """Return the names of the tasks that ran as a separate module process. Requires ``-vvv``."""
        found = set()
        task = ""
        for line in self.output.splitlines():
            if line.startswith("TASK ["):
                task = line.removeprefix("TASK [").rpartition("]")[0]
            if "Using module file" in line and "/dynatrace/plugins/modules/" in line:
                found.add(task)
        return found

    @property
    def failed(self) -> set[str]:
        """The names of the tasks that failed."""
        return {one["task"] for one in self.results if one["status"] == "failed"}

    @property
    def tasks(self) -> list[str]:
        """The names of the tasks that ran."""
        return [one["task"] for one in self.results]


def play(
    folder: Path,
    tasks: Sequence[Mapping[str, Any]],
    *,
    hosts: Mapping[str, Mapping[str, Any]] | None = None,
    arguments: Sequence[str] = (),
    environment: Mapping[str, str] | None = None,
    cwd: Path | None = None,
    **keywords: Any,
) -> Playbook:
    """Run tasks as one play against one host for each environment.

    :param hosts: variables by host; one host without variables if not given.
    :param cwd: where ansible-playbook is called; the folder of the playbook if not given.
    :param keywords: further keywords of the play.
    """
    folder.mkdir(parents=True, exist_ok=True)
    inventory = {"all": {"hosts": {name: dict(own) for name, own in (hosts or {"env": {}}).items()}}}
    (folder / "inventory.yml").write_text(yaml.safe_dump(inventory))
    head = {"name": "Test", "hosts": "all", "gather_facts": False, "connection": "local"}
    (folder / "play.yml").write_text(yaml.safe_dump([{**head, "tasks": list(tasks), **keywords}], sort_keys=False))
    collected = folder / "results.jsonl"
    collected.write_text("")
    code, output = forked_ansible.run(
        [
            str(VENV / "bin" / "ansible-playbook"),
            "-i",
            str(folder / "inventory.yml"),
            *arguments,
            str(folder / "play.yml"),
        ],
        cwd or folder,
        {
            **environments.clean_environment(VENV),
            "ANSIBLE_CALLBACK_PLUGINS": str(CALLBACKS),
            "ANSIBLE_CALLBACKS_ENABLED": "collect",
            "ANSIBLE_DEPRECATION_WARNINGS": "true",
            "ANSIBLE_NOCOLOR": "1",
            "COLLECT_FILE": str(collected),
            **(environment or {}),
        },
    )
    results = [json.loads(line) for line in collected.read_text().splitlines()]
    return Playbook(code, output, results)
