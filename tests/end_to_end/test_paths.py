# Copyright (c) 2026, community.dynatrace contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""No name in an inventory leads a file to another place, and directories may be symbolic links."""

from __future__ import annotations

import stat
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest
import yaml

from ansible_collections.community.dynatrace.tests.support.playbooks import Command, command
from ansible_collections.community.dynatrace.tests.support.simulator import Simulator, export_object

HOSTILE = ("../outside", "../../outside", "..", ".", "inner/name", "/outside")
FILE = "user_session_exports.yml"


@pytest.fixture
def simulator() -> Iterator[Simulator]:
    with Simulator(["one", "two"]) as running:
        for environment in ("one", "two"):
            running.seed(environment, [export_object("archive")])
        yield running


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """Deep enough that a path which leads out of it stays in the temporary directory."""
    found = tmp_path / "a" / "b" / "project"
    found.mkdir(parents=True)
    return found


def inventory(project: Path, simulator: Simulator, hosts: Mapping[str, str], **more: Any) -> None:
    """Hosts by name, with the environment of each."""
    found = {
        host: {"dynatrace_environment_url": simulator.managed_url(one), "dynatrace_api_token": simulator.token(one)}
        for host, one in hosts.items()
    }
    (project / "inventory.yml").write_text(yaml.safe_dump({"dynatrace": {"hosts": found, "vars": more}}))


def run(project: Path, playbook: str, *arguments: str, **extra: Any) -> Command:
    words = ["-i", "inventory.yml", f"community.dynatrace.{playbook}", *arguments]
    return command(project, "ansible-playbook", *words, environment={"ANSIBLE_HOME": str(project / "home")}, **extra)


def files(folder: Path) -> set[str]:
    found = {path.relative_to(folder) for path in folder.rglob("*") if path.is_file()}
    return {str(path) for path in found if "home" not in path.parts}


def test_a_host_name_leads_to_no_other_directory(simulator: Simulator, project: Path, tmp_path: Path) -> None:
    inventory(project, simulator, {"good": "one", **dict.fromkeys(HOSTILE, "two")})
    for more in ({}, {"dynatrace_import_schemas": ["builtin:*"]}):
        done = run(project, "import", **more)
        assert done.code != 0
        assert "the host name cannot be the name of a directory" in " ".join(done.output.split())
        written = files(tmp_path)
        assert f"a/b/project/host_vars/good/{FILE}" in written
        assert {path for path in written if not path.startswith("a/b/project/host_vars/good/")} == {
            "a/b/project/inventory.yml"
        }


def test_reports_and_backups_stay_in_their_directories(simulator: Simulator, project: Path, tmp_path: Path) -> None:
    slots = [{"name": "new", "endpoint_definition": {"endpoint_url": "https://new.example.com/"}}]
    inventory(project, simulator, {"good": "one", **dict.fromkeys(HOSTILE, "two")}, user_session_exports_slots=slots)
    for playbook in ("audit", "configure"):
        run(project, playbook, dynatrace_backup_directory="kept", dynatrace_fail_on_drift=False)
    # Nothing differs any more, so there is nothing to accept, but a host name would be part of the path.
    accepting = run(project, "audit", dynatrace_accept_directory="accepted")
    assert "the host name cannot be the name of a directory" in " ".join(accepting.output.split())
    written = {path.removeprefix("a/b/project/") for path in files(tmp_path)}
    backups = {path for path in written if path.startswith("kept/")}
    assert len(backups) >= 2
    assert all(path.startswith(("kept/one.", "kept/two.")) and path.endswith("Z.yml") for path in backups)
    reports = {path for path in written if path.startswith("dynatrace-report/")}
    assert reports and written == {"inventory.yml", *backups, *reports}
    assert all(path.count("/") == 1 for path in (*backups, *reports))


def test_imports_follow_links_to_directories_and_replace_links_to_files(
    simulator: Simulator, project: Path, tmp_path: Path
) -> None:
    shared = tmp_path / "shared"
    (shared / "two").mkdir(parents=True)
    target = tmp_path / "somewhere.yml"
    target.write_text("left: alone\n")
    (shared / "two" / FILE).symlink_to(target)
    (project / "host_vars").symlink_to(shared)
    inventory(project, simulator, {"one": "one", "two": "two"})
    done = run(project, "import", dynatrace_import_overwrite=True)
    assert done.code == 0, done.output
    assert (project / "host_vars").is_symlink()
    for host in ("one", "two"):
        written = shared / host / FILE
        assert not written.is_symlink() and "sessions.example.com" in written.read_text()
        assert stat.S_IMODE(written.stat().st_mode) == 0o600
    assert target.read_text() == "left: alone\n"
    again = run(project, "import")
    assert again.code == 0 and "changed=0" in again.output, again.output


@pytest.mark.parametrize("where", ["host_vars", "host_vars/one"])
@pytest.mark.parametrize("kind", ["dangling", "loop", "file"])
def test_a_link_that_leads_nowhere_is_named(simulator: Simulator, project: Path, where: str, kind: str) -> None:
    inventory(project, simulator, {"one": "one"})
    link = project / where
    link.parent.mkdir(exist_ok=True)
    if kind == "file":
        link.write_text("of: someone\n")
    else:
        link.symlink_to(project / "missing" if kind == "dangling" else link)
    done = run(project, "import")
    if kind == "dangling" and where == "host_vars":
        # Like any directory that is missing.
        assert (project / "missing" / "one" / FILE).is_file() and done.code == 0, done.output
        return
    assert done.code != 0
    assert "cannot be written" in done.output and "Traceback" not in done.output, done.output
    assert "defect" not in done.output
