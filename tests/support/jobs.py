# Copyright (c) 2026, community.dynatrace contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Jobs as a job-template server runs them: through ansible-runner, in their own directory; and their artifacts."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from ansible_collections.community.dynatrace.tests.support.playbooks import VENV
from ansible_collections.community.dynatrace.tests.tools import environments

EXAMPLES = Path(__file__).resolve().parents[2] / "examples" / "job_templates"
PROJECT = EXAMPLES / "project"
SOURCE = "inventory/fleet.environments.yml"
HAS_RUNNER = (VENV / "bin" / "ansible-runner").exists()
# The server uses the Python interface of ansible-runner, and does not write the environment to files.
_RUN = "import json, sys, ansible_runner; sys.exit(ansible_runner.run(**json.load(sys.stdin)).rc)"


class _Loader(yaml.SafeLoader):
    """Supports the tag for strings that are not templates."""


class _Answers(yaml.SafeDumper):
    """Writes strings with that tag, because survey answers are never templates."""


_Loader.add_constructor("!unsafe", lambda _loader, node: node.value)
_Answers.add_representer(str, lambda dumper, text: dumper.represent_scalar("!unsafe", text, style="'"))


def load(path: Path) -> Any:
    """Write a YAML file with strings that are not templates."""
    return yaml.load(path.read_text(encoding="utf-8"), _Loader)  # noqa: S506 - a safe one


DATA: dict[str, Any] = load(EXAMPLES / "controller.yml")
TYPES: dict[str, dict[str, Any]] = {one["name"]: one for one in DATA["controller_credential_types"]}
# By playbook; those that slice the same job are apart.
TEMPLATES: dict[str, dict[str, Any]] = {
    one["playbook"]: one for one in DATA["controller_templates"] if "job_slice_count" not in one
}
SLICED: dict[str, dict[str, Any]] = {
    one["playbook"]: one for one in DATA["controller_templates"] if "job_slice_count" in one
}


def answers(playbook: str, **given: object) -> dict[str, object]:
    """Return the variables of a survey: its defaults, and answers of valid types."""
    questions = {one["variable"]: one for one in TEMPLATES[playbook].get("survey_spec", {}).get("spec", ())}
    whole: dict[str, object] = {name: one["default"] for name, one in questions.items() if "default" in one}
    whole.update(given)
    for name, answer in whole.items():
        assert isinstance(answer, {"integer": int}.get(questions[name]["type"], str)), name
    assert all(name in whole for name, one in questions.items() if one["required"])
    return whole


def injected(name: str, **inputs: str) -> dict[str, str]:
    """Return the environment variables of a credential type. tests/controller compares them with the server's code."""
    one = TYPES[name]
    assert set(one["inputs"]["required"]) <= set(inputs) <= {field["id"] for field in one["inputs"]["fields"]}
    assert set(one["injectors"]) == {"env"}
    return {name: inputs.get(text.strip("{ }"), "") for name, text in one["injectors"]["env"].items()}


@dataclass
class Job:
    """A finished job: exit code, output, and the content of all files that it wrote."""

    code: int
    folder: Path
    printed: str
    written: str

    @property
    def left(self) -> str:
        """Return everything that is visible afterwards."""
        return self.printed + self.written

    @property
    def changed(self) -> dict[str, int]:
        """Return the number of changed tasks by host."""
        return {host: int(count) for host, count in re.findall(r"^(\S+) +: ok=\d+ +changed=(\d+)", self.printed, re.M)}

    @property
    def artifacts(self) -> dict[str, Any]:
        """Return the artifacts that the server keeps of the job, and passes on as variables."""
        events = (json.loads(path.read_text()) for path in (self.folder / "artifacts" / "job" / "job_events").iterdir())
        (found,) = (one["event_data"]["artifact_data"] for one in events if one["event"] == "playbook_on_stats")
        return dict(found)

    def file(self, name: str) -> Any:
        """Read a JSON file of its project."""
        return json.loads((self.folder / "project" / name).read_text(encoding="utf-8"))


def prepare(folder: Path, project: Path = PROJECT) -> Path:
    """Create the private data directory of a job."""
    shutil.copytree(project, folder / "project")
    (folder / "env").mkdir()
    (folder / "inventory").mkdir()
    return folder


def update(folder: Path, environment: Mapping[str, str]) -> dict[str, Any]:
    """Update an inventory from the project in a prepared directory. Return what the server stores."""
    project = folder / "project"
    done = subprocess.run(
        [
            str(VENV / "bin" / "ansible-inventory"),
            *("--list", "--export", "-i", str(project / SOURCE), "--playbook-dir", str(project)),
        ],
        cwd=project,
        env={**environments.clean_environment(VENV), **environment, "ANSIBLE_INVENTORY_UNPARSED_FAILED": "true"},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    found: dict[str, Any] = json.loads(done.stdout)
    return found


def run(
    folder: Path,
    playbook: str,
    inventory: Mapping[str, Any],
    *,
    environment: Mapping[str, str] | None = None,
    survey: Mapping[str, object] | None = None,
    arguments: Sequence[str] = (),
    extra: Mapping[str, object] | None = None,
    limit: str = "",
    vault_password: str = "",
) -> Job:
    """Run a job in a prepared directory.

    :param inventory: what the server has stored of it.
    :param environment: what credentials put into it.
    :param survey: answers, which are no templates.
    :param arguments: of ansible-playbook, from credentials or the job template.
    :param extra: extra variables of the job template, which may be templates.
    """
    script = folder / "inventory" / "hosts"
    script.write_text(f"#!/usr/bin/env python3\nprint({json.dumps(inventory)!r})\n", encoding="utf-8")
    script.chmod(0o700)
    own = yaml.safe_dump({"awx_job_id": 1, **(extra or {})})
    given = yaml.dump(dict(survey), Dumper=_Answers, allow_unicode=True) if survey else ""
    (folder / "env" / "extravars").write_text(own + given, encoding="utf-8")
    words = list(arguments)
    passwords = {}
    if vault_password:
        words += ["--ask-vault-pass"]
        passwords[r"Vault password:\s*?$"] = vault_password
    parameters = {
        "private_data_dir": str(folder),
        "playbook": playbook,
        "ident": "job",
        "envvars": dict(environment or {}),
        "cmdline": " ".join(words) or None,
        "limit": limit or None,
        "passwords": passwords or None,
        "suppress_env_files": True,
    }
    before = set(folder.rglob("*"))
    done = subprocess.run(
        [str(VENV / "bin" / "python"), "-c", _RUN],
        env=environments.clean_environment(VENV),
        input=json.dumps(parameters),
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    # The command is internal to the runner and deleted with the directory. A server masks secrets in the environment.
    written = [path for path in folder.rglob("*") if path.is_file() and path not in before and path.name != "command"]
    kept = [path.read_text(errors="replace") for path in written]
    printed = re.sub(r"\x1b\[[0-9;]*m", "", done.stdout + done.stderr)
    return Job(done.returncode, folder, printed, "\n".join(kept))
