# Copyright (c) 2026, community.dynatrace contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""The archive, installed where there is nothing but ansible-core, requests and jsonschema: the README works there.

``make package`` builds the archive and runs this. ARTIFACT names the archive, END_TO_END_VENV the environment of the
user.
"""

from __future__ import annotations

import json
import os
import re
import shlex
import subprocess
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from ansible_collections.community.dynatrace.tests.support.simulator import EXPORT_SCHEMA, Simulator

ROOT = Path(__file__).resolve().parents[2]
NAME = "community.dynatrace"
ARTIFACT = os.environ.get("ARTIFACT", "")
VENV = Path(os.environ.get("END_TO_END_VENV", ""))
pytestmark = pytest.mark.skipif(not ARTIFACT, reason="no archive is named by ARTIFACT: run make package")


@dataclass
class Place:
    """A folder of someone who has just installed the collection, with a home of its own."""

    folder: Path
    more: dict[str, str] = field(default_factory=dict)

    def call(self, *words: str, code: int = 0) -> str:
        """One command as it is typed; what it prints. Nothing of the checkout is in reach."""
        done = subprocess.run(
            [str(VENV / "bin" / words[0]), *words[1:]],
            cwd=self.folder,
            env={
                "PATH": f"{VENV / 'bin'}{os.pathsep}{os.defpath}",
                "HOME": str(self.folder.parent / "home"),
                "LC_ALL": "C.UTF-8",
                "ANSIBLE_NOCOLOR": "1",
                # The account's home, not $HOME, is what Ansible follows for this one.
                "ANSIBLE_REMOTE_TEMP": str(self.folder.parent / "home" / "tmp"),
                **self.more,
            },
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            timeout=300,
            check=False,
        )
        assert done.returncode == code, done.stdout
        return done.stdout

    def write(self, files: Mapping[str, str]) -> None:
        """Files of the project."""
        for name, text in files.items():
            path = self.folder / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8")


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Place:
    folder = tmp_path_factory.mktemp("empty")
    (folder / "home").mkdir()
    (folder / "project").mkdir()
    installed = Place(folder / "project")
    reported = installed.call("ansible-galaxy", "collection", "install", "--offline", ARTIFACT)
    assert f"{NAME}:" in reported and "was installed successfully" in reported
    return installed


@pytest.fixture
def simulator() -> Iterator[Simulator]:
    with Simulator() as running:
        yield running


def inventory_of_the_readme() -> str:
    """The first block."""
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    (block,) = (block for block in re.findall(r"^```yaml\n(.*?)^```", text, re.M | re.S) if "# inventory.yml" in block)
    return str(block)


def commands_of_the_readme() -> list[list[str]]:
    """The commands below the inventory: preview, apply, audit. The vault password comes from a file."""
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    lines = re.findall(r"^ansible-playbook -i inventory\.yml .*$", text, re.M)
    words = [shlex.split(line, comments=True) for line in lines]
    return [["--vault-password-file=password" if word == "--ask-vault-pass" else word for word in one] for one in words]


def test_what_is_installed_is_what_was_built(place: Place) -> None:
    reported = place.call("ansible-galaxy", "collection", "verify", "--offline", NAME)
    assert "Successfully verified" in reported
    assert "The installed packages are enough" in place.call(
        "python", "-c", "import requests, jsonschema, ansible; print('The installed packages are enough')"
    )


def test_the_first_screen_of_the_readme(place: Place, simulator: Simulator) -> None:
    inventory = inventory_of_the_readme()
    assert "https://abc12345.live.dynatrace.com" in inventory
    place.write(
        {
            "inventory.yml": inventory.replace("https://abc12345.live.dynatrace.com", simulator.url()),
            "vault.yml": json.dumps({"vault_shop_api_token": simulator.token()}),
            "password": "only-for-this-test",
        }
    )
    place.call("ansible-vault", "encrypt", "--vault-password-file", "password", "vault.yml")
    preview, apply, audit = commands_of_the_readme()
    predicted = place.call(*preview)
    assert "changed=1" in predicted and "archive.example.com" in predicted
    assert simulator.objects(None, EXPORT_SCHEMA) == []
    assert "changed=1" in place.call(*apply)
    assert "changed=0" in place.call(*apply)
    (stored,) = simulator.objects(None, EXPORT_SCHEMA)
    assert stored["value"]["endpointDefinition"]["endpointUrl"] == "https://archive.example.com/sessions"

    place.call(*audit)
    simulator.change(None, stored["objectId"], merge={"exportBehavior": {"disableNotification": True}})
    place.call(*audit, "-e", "dynatrace_fail_on_drift=true", code=2)
    report = json.loads((place.folder / "dynatrace-report" / "audit.json").read_text(encoding="utf-8"))
    assert [one["state"] for one in report["environments"]] == ["drift"]
    assert simulator.token() not in "".join(
        path.read_text(encoding="utf-8") for path in (place.folder / "dynatrace-report").iterdir()
    )


def test_it_documents_itself(place: Place) -> None:
    for kind in ("module", "inventory", "callback", "role"):
        listed = json.loads(place.call("ansible-doc", "-t", kind, "--list", "--json", NAME))
        assert listed, kind
        for name in listed:
            page = place.call("ansible-doc", "-t", kind, name)
            assert name.rpartition(".")[2] in page
            # Newer cores miss the manifest of a part of themselves.
            warned = re.findall(r"^\[?(?:WARNING|ERROR)(?!.*_protomatter).*", page, re.MULTILINE)
            assert not warned, page


def test_the_simulator_names_the_packages_that_are_missing(place: Place) -> None:
    place.write(
        {
            "try.yml": json.dumps(
                [
                    {
                        "hosts": "localhost",
                        "gather_facts": False,
                        "vars": {"settings_api_simulator_directory": "{{ playbook_dir }}/simulator"},
                        "roles": [f"{NAME}.settings_api_simulator"],
                    }
                ]
            )
        }
    )
    reported = place.call("ansible-playbook", "try.yml", code=2)
    assert "pip install starlette uvicorn" in reported
    assert "Traceback" not in reported
