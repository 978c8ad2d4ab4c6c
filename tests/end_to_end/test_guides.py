# Copyright (c) 2026, community.dynatrace contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a reader copies works: the guides, the README files, the example inventory, the demo.

A YAML block with a caption (or a comment with a path as its first line) is a file of the reader's project.
"""

from __future__ import annotations

import json
import os
import re
import shlex
import shutil
import sys
import textwrap
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import requests
import yaml

from ansible_collections.community.dynatrace.tests.support import forked_ansible
from ansible_collections.community.dynatrace.tests.support.guides import (
    GUIDES,
    follow,
    guide_text,
    run_line,
    running_below,
    walk,
)
from ansible_collections.community.dynatrace.tests.support.playbooks import play
from ansible_collections.community.dynatrace.tests.support.simulator import (
    EXPORT_SCHEMA,
    Simulator,
    export_object,
    export_value,
)
from ansible_collections.community.dynatrace.tests.tools import environments, generate_transcript

ROOT = Path(__file__).resolve().parents[2]
VENV = Path(os.environ.get("END_TO_END_VENV") or sys.prefix)
VAULT_PASSWORD = "only-for-this-test"
CONFIGURE = "community.dynatrace.configure"
# What a guide says does not depend on the core.
pytestmark = pytest.mark.once


@dataclass
class Run:
    """A finished command."""

    code: int
    out: str

    @property
    def changed(self) -> dict[str, int]:
        return {host: int(count) for host, count in re.findall(r"^(\S+) +: ok=\d+ +changed=(\d+)", self.out, re.M)}


@dataclass
class Project:
    """A reader's folder."""

    folder: Path
    simulator: Simulator

    def write(self, files: Mapping[str, str]) -> None:
        for name, text in files.items():
            path = self.folder / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8")

    def replace(self, name: str, old: str, new: str) -> None:
        text = (self.folder / name).read_text(encoding="utf-8")
        assert old in text
        (self.folder / name).write_text(text.replace(old, new), encoding="utf-8")

    def call(self, *command: str, inventory: bool = True, warns: bool = False, **extra: object) -> Run:
        """Run a program of Ansible, which must not warn.

        :param warns: with the warnings about implicit hosts, which other calls switch off.
        """
        words = [str(VENV / "bin" / command[0]), *command[1:]]
        if inventory:
            words += ["-i", "inventory"]
        if extra:
            words += ["-e", json.dumps(extra)]
        code, output = forked_ansible.run(
            words,
            self.folder,
            environments.clean_environment(VENV)
            | {"ANSIBLE_NOCOLOR": "1", "TMPDIR": str(self.folder.parent)}
            # The guides start a simulator without an inventory.
            | ({} if warns else {"ANSIBLE_LOCALHOST_WARNING": "false", "ANSIBLE_INVENTORY_UNPARSED_WARNING": "false"}),
        )
        assert "WARNING" not in output.upper().replace("NO WARNING", ""), output
        return Run(code, output)

    def play(self, *words: str, fails: bool = False, **extra: object) -> Run:
        run = self.call("ansible-playbook", *words, **extra)
        assert (run.code != 0) is fails, run.out
        return run

    def exports(self, env: str | None = None) -> dict[str, dict[str, Any]]:
        """The values of an environment by host of their endpoint."""
        found = self.simulator.objects(env, EXPORT_SCHEMA)
        return {item["value"]["endpointDefinition"]["endpointUrl"].split("/")[2]: item["value"] for item in found}


@pytest.fixture(scope="module")
def simulator() -> Iterator[Simulator]:
    with Simulator() as running:
        yield running


@pytest.fixture
def project(simulator: Simulator, tmp_path: Path) -> Project:
    simulator.reset()
    simulator.clear_log()
    folder = tmp_path / "project"
    folder.mkdir()
    return Project(folder, simulator)


def rst_files(name: str) -> dict[str, str]:
    """The captioned blocks of a guide."""
    text = (GUIDES / name).read_text(encoding="utf-8")
    pattern = r"^\.\. code-block:: yaml\n +:caption: (\S+)\n\n((?:    .*\n|\n)+)"
    return {found[1]: textwrap.dedent(found[2]) for found in re.finditer(pattern, text, re.M)}


def markdown_blocks(name: str) -> list[str]:
    """The YAML blocks of a Markdown file."""
    return re.findall(r"^```yaml\n(.*?)^```", (ROOT / name).read_text(encoding="utf-8"), re.M | re.S)


def started(project: Project) -> None:
    """The project that the guide "Getting started" makes, pointed at the simulator."""
    project.write(rst_files("getting_started.rst"))
    host = "inventory/host_vars/shop-production"
    project.replace(f"{host}/environment.yml", "https://abc12345.live.dynatrace.com", project.simulator.url())
    project.replace(f"{host}/vault", "dt0c01.XXXXXXXX.YYYYYYYY", project.simulator.token())


def test_every_block_of_a_guide_is_yaml_and_has_a_name() -> None:
    for guide in GUIDES.glob("*.rst"):
        text = guide.read_text(encoding="utf-8")
        files = rst_files(guide.name)
        # A later block may replace a file.
        captions = re.findall(r"code-block:: yaml\n +:caption: ", text)
        assert text.count("code-block:: yaml") == len(captions), f"{guide.name}: a block without caption"
        for block in files.values():
            assert yaml.safe_load(block)


@pytest.mark.once
def test_the_first_hour_prints_what_the_guide_shows() -> None:
    """From the installation to a change by hand, and a mistake of each kind, as generate_transcript.py writes it."""
    text = guide_text("guide_first_hour.rst")
    steps = list(generate_transcript.blocks(text))
    assert sum(step.output for step in steps) == text.count(".. output") > 15
    # What is not run here is what the README says, and tests/artifact does.
    (installed,) = (step.content for step in steps if step.content.startswith(generate_transcript.INSTALLATION))
    readme = [
        line.partition("  #")[0].rstrip() for line in (ROOT / "README.md").read_text(encoding="utf-8").splitlines()
    ]
    assert set(installed.splitlines()) <= set(readme)
    reported = generate_transcript.transcript(text, VENV)
    assert reported.splitlines() == text.splitlines()
    for secret in ("the-archive-password", "original"):
        outputs = [step.content for step in generate_transcript.blocks(reported) if step.output]
        assert not any(secret in output for output in outputs)


def test_getting_started(project: Project) -> None:
    started(project)
    project.write({"password": VAULT_PASSWORD})
    password = "--vault-password-file=password"
    project.call("ansible-vault", "encrypt", password, "inventory/host_vars/shop-production/vault", inventory=False)
    assert (project.folder / "inventory/host_vars/shop-production/vault").read_text().startswith("$ANSIBLE_VAULT")

    (environment,) = project.simulator.ready["environments"].values()
    project.play(password, "community.dynatrace.preflight", dynatrace_environment_url=environment["managed_url"])
    preview = project.play(password, CONFIGURE, "--check", "--diff")
    assert preview.changed == {"shop-production": 1}
    assert "user-sessions" in preview.out
    assert "the-password" not in preview.out
    assert not project.exports()
    assert project.play(password, CONFIGURE).changed == {"shop-production": 1}
    assert project.play(password, CONFIGURE).changed == {"shop-production": 0}

    # The audit reports no drift, and a password that has changed is sent by name.
    assert "1 as declared" in project.play(password, "community.dynatrace.audit").out
    assert (project.folder / "dynatrace-report" / "audit.html").exists()
    rotated = project.play(password, "community.dynatrace.rotate_secrets", dynatrace_rotate_exports="elasticsearch")
    assert rotated.changed == {"shop-production": 1}

    # Imported exports take precedence, and nothing differs.
    project.play(password, "community.dynatrace.import")
    imported = project.folder / "inventory" / "host_vars" / "shop-production" / "user_session_exports.yml"
    assert yaml.safe_load(imported.read_text().replace("!unsafe ", ""))
    assert project.play(password, CONFIGURE).changed == {"shop-production": 0}


def test_getting_started_without_a_dynatrace(project: Project) -> None:
    project.write(rst_files("getting_started.rst"))
    try:
        reported = dict(re.findall(r'"(\w+): (\S+)"', project.play("simulator.yml", inventory=False).out))
        host = "inventory/host_vars/shop-production"
        url, token = reported["dynatrace_environment_url"], reported["vault_dynatrace_api_token"]
        project.replace(f"{host}/environment.yml", "https://abc12345.live.dynatrace.com", url)
        project.replace(f"{host}/vault", "dt0c01.XXXXXXXX.YYYYYYYY", token)
        for changes in (1, 0):
            assert project.play(CONFIGURE).changed == {"shop-production": changes}
    finally:
        project.play("simulator.yml", inventory=False, settings_api_simulator_state="stopped")
    assert not running_below(project.folder)


def test_guide_to_session_exports(project: Project) -> None:
    started(project)
    # Variables are tried one file at a time, so they lie where Ansible does not find them by itself.
    project.write(
        {name.replace("inventory/", "tried/"): text for name, text in rst_files("guide_session_exports.rst").items()}
    )
    project.play(CONFIGURE, "-e", "@tried/group_vars/all/exports.yml")
    assert project.exports()["archive.example.com"]["endpointDefinition"]["enableUserSessionExport"] is False

    # Paused and resumed by name, as it is written there, whatever is declared.
    running = []
    for _name, content, _code in (step for step in walk("guide_session_exports.rst") if not step[0]):
        for line in content.strip().splitlines():
            project.play(*[word for word in shlex.split(line)[1:] if word not in ("-i", "inventory")])
            running.append(project.exports()["archive.example.com"]["endpointDefinition"]["enableUserSessionExport"])
    assert running == [False, True]

    # The other declaration leaves the archive alone, the audit says nothing, until someone edits.
    project.play(CONFIGURE)
    assert set(project.exports()) == {"archive.example.com", "elastic.example.com:9200"}
    project.play("audit.yml")
    for item in project.simulator.objects(None, EXPORT_SCHEMA):
        project.simulator.change(None, item["objectId"], merge={"exportBehavior": {"disableNotification": True}})
    writes = len(project.simulator.requests(method="PUT", status=200))
    assert "elasticsearch" in project.play("audit.yml", fails=True).out
    assert len(project.simulator.requests(method="PUT", status=200)) == writes + 1, "validation only"
    assert project.exports()["elastic.example.com:9200"]["exportBehavior"]["disableNotification"] is True

    project.play("remove.yml")
    assert set(project.exports()) == {"elastic.example.com:9200"}
    (reported,) = re.findall(
        r"``ansible-playbook (community\.dynatrace\.remove .+?)``", guide_text("guide_session_exports.rst")
    )
    project.play(CONFIGURE, "-e", "@tried/group_vars/all/exports.yml")
    project.play(*[word for word in shlex.split(reported) if word not in ("-i", "inventory")])
    assert set(project.exports()) == {"elastic.example.com:9200"}
    project.play(CONFIGURE, "-e", "@tried/group_vars/all/exports.yml", "-e", "@tried/group_vars/production/prune.yml")
    assert set(project.exports()) == {"archive.example.com"}
    refused = project.play(CONFIGURE, user_session_exports_slots=[], user_session_exports_prune=True, fails=True)
    assert "confirm_prune_all" in refused.out
    project.play(CONFIGURE, "-e", "@tried/host_vars/retired/exports.yml")
    assert not project.exports()


# Stands for an editor: the next change of a file, and that it was asked for.
EDITOR = """\
#!{python}
import json, pathlib, sys
waiting = pathlib.Path({waiting!r})
(old, new), *rest = json.loads(waiting.read_text())
file = pathlib.Path(sys.argv[-1])
text = file.read_text()
assert old in text, old
file.write_text(text.replace(old, new))
waiting.write_text(json.dumps(rest))
"""


def test_guide_to_secrets(project: Project) -> None:
    started(project)
    above = project.folder.parent
    key, other = "make-this-with-openssl-rand-base64-32", "another-one-that-is-not-real-either"
    edits = [
        ("vault_elastic_password: the-password", "vault_elastic_password: a-rotated-password"),
        (f"fingerprint_key: {key}", f"fingerprint_key: {other}\nvault_secret_fingerprint_previous_key: {key}"),
    ]
    waiting = above / "edits.json"
    waiting.write_text(json.dumps(edits))
    programs = {
        "editor": EDITOR.format(python=sys.executable, waiting=str(waiting)),
        "pass": "#!/bin/sh\necho from-$2\n",
    }
    for name, text in programs.items():
        (above / name).write_text(text)
        (above / name).chmod(0o700)
    (above / "password").write_text(VAULT_PASSWORD)
    environment = environments.clean_environment(VENV) | {
        "ANSIBLE_NOCOLOR": "1",
        "ANSIBLE_LOCALHOST_WARNING": "false",
        "ANSIBLE_VAULT_PASSWORD_FILE": str(above / "password"),
        "EDITOR": str(above / "editor"),
    }
    environment["PATH"] = f"{above}{os.pathsep}{environment['PATH']}"

    def run(line: str) -> int:
        """How many environments were changed."""
        project.simulator.clear_log()
        code, output = run_line(line, project.folder, environment)
        assert code == 0, f"{line}\n{output}"
        assert not any(secret in output for secret in ("-password", key, other)), output
        return sum(Run(0, output).changed.values())

    def stored(secret: str) -> bool:
        (there,) = project.simulator.objects(None, EXPORT_SCHEMA)
        return project.simulator.secret_is(None, there["objectId"], "authentication/basicAuth/password", secret)

    run("ansible-vault encrypt inventory/host_vars/shop-production/vault")
    lines = []
    for name, content, _code in walk("guide_secrets.rst"):
        if name:
            token = project.simulator.token()
            project.write(
                {name: content.replace("shop-production: dt0c01.XXXXXXXX.YYYYYYYY", f"shop-production: {token}")}
            )
            continue
        lines += content.strip().splitlines()
        changes = [run(line) for line in content.strip().splitlines()]
        match len(lines):
            case 3:
                assert changes == [1, 0]
                assert stored("the-password")
            case 5:
                assert changes == [0, 1], "with a key it is seen"
                assert stored("a-rotated-password")
            case 6:
                assert changes == [0], "it is the one that was sent"
            case 7:
                assert changes == [1], "always"
            case 10:
                assert changes == [0, 1, 0], "the fingerprint is another one"
                assert stored("a-rotated-password")
    assert len(lines) == 10 and json.loads(waiting.read_text()) == []
    # The last block, a lookup, where nothing else says it.
    host = project.folder / "inventory" / "host_vars" / "shop-production" / "vault"
    host.write_text(f"vault_dynatrace_api_token: {project.simulator.token()}\n")
    assert run(f"ansible-playbook -i inventory {CONFIGURE}") == 1
    assert stored("from-dynatrace/elastic")


def test_playbook_of_the_readme(project: Project) -> None:
    block = next(block for block in markdown_blocks("README.md") if block.startswith("- name:"))
    assert len(block.splitlines()) <= 10
    project.write({"site.yml": block, "inventory": "[dynatrace]\nshop-production\n"})
    project.replace("site.yml", "https://abc12345.live.dynatrace.com", project.simulator.url())
    for changes in (1, 0):
        run = project.play("site.yml", vault_shop_api_token=project.simulator.token())
        assert run.changed == {"shop-production": changes}


def test_inventory_of_the_readme(project: Project) -> None:
    (block,) = (block for block in markdown_blocks("README.md") if block.startswith("# inventory.yml"))
    assert len(block.splitlines()) <= 11
    project.write({"inventory.yml": block, "vault.yml": f"vault_shop_api_token: {project.simulator.token()}\n"})
    project.replace("inventory.yml", "https://abc12345.live.dynatrace.com", project.simulator.url())
    lines = re.findall(
        r"^ansible-playbook -i inventory\.yml .+$", (ROOT / "README.md").read_text(encoding="utf-8"), re.M
    )
    outcomes = []
    for line in lines:
        words = [word for word in shlex.split(line, comments=True)[1:] if word != "--ask-vault-pass"]
        outcomes.append(project.call("ansible-playbook", *words, inventory=False))
    assert [run.code for run in outcomes] == [0, 0, 0]
    assert [run.changed["shop-production"] for run in outcomes] == [1, 1, 0]
    assert set(project.exports()) == {"archive.example.com"}


def test_what_the_readme_shows_of_a_run(project: Project) -> None:
    """A diff and a refusal come out as they are printed there; the abridged result has the same words."""
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    (diff,) = re.findall(r"^```diff\n(.*?)^```", readme, re.M | re.S)
    (refusal,) = re.findall(r"^```text\n(.*?)^```", readme, re.M | re.S)
    (short,) = [block for block in markdown_blocks("README.md") if block.startswith("exports:")]
    archive: dict[str, Any] = {
        "name": "archive",
        "endpoint_definition": {"endpoint_url": "https://archive.example.com/sessions"},
    }
    others = [{"name": name, "endpoint_definition": {"endpoint_url": f"https://{name}.example.com/"}} for name in "bc"]
    basic = {"active": True, "basic_auth": {}}
    wrong = [
        {"name": "archive", "endpoint_definition": {"endpoint_url": "http://archive.example.com"}},
        {**archive, "authentication": basic},
    ]
    connection = {
        "environment_url": project.simulator.url(),
        "api_token": project.simulator.token(),
    }

    def once(exports: list[dict[str, Any]], folder: str) -> dict[str, Any]:
        prefix = "user_session_exports_"
        given = {f"{prefix}{name}": value for name, value in {**connection, "slots": exports}.items()}
        # As the role does it.
        task = {"community.dynatrace.user_session_exports": {"vars_prefix": prefix}, "ignore_errors": True}
        run = play(project.folder / folder, [{"name": "Apply", **task}], arguments=["--diff"], vars=given)
        assert "not-shown" not in run.output
        return {**run.of("Apply"), "printed": run.output}

    once([archive, *others], "first")
    (item,) = [
        one
        for one in project.simulator.objects(None, EXPORT_SCHEMA)
        if "archive" in one["value"]["endpointDefinition"]["endpointUrl"]
    ]
    edit = {"endpointDefinition": {"enableUserSessionExport": False}}
    project.simulator.change(None, item["objectId"], merge=edit, author="jane.doe@example.com")
    second = once([archive, *others], "second")
    assert diff in re.sub(r"(?<=\(updated\) in )\S+", "abc12345", second["printed"])
    reported = yaml.safe_load(short)
    for key, value in reported["exports"][0].items():
        assert second["exports"][0][key] == value, key
    assert {key: second[key] for key in reported if key != "exports"} == {
        key: reported[key] for key in reported if key != "exports"
    }
    assert once(wrong, "third")["msg"] == refusal.strip()


def test_files_of_the_readme_of_the_role(project: Project) -> None:
    files = {}
    for block in markdown_blocks("roles/user_session_exports/README.md"):
        name = re.match(r"# (\S+)\n", block)
        files[name[1] if name else "result.yml"] = block
    project.write({**files, "inventory/hosts": "[dynatrace]\nshop-production\n"})
    host = "inventory/host_vars/shop-production.yml"
    project.replace(host, "https://abc12345.live.dynatrace.com", project.simulator.url())
    secrets = {"vault_dynatrace_api_token": project.simulator.token(), "vault_elastic_password": "not-shown-anywhere"}
    run = project.play("result.yml", **secrets)
    assert '"elasticsearch": "created"' in run.out
    assert project.play("site.yml", **secrets).changed == {"shop-production": 0}


def test_the_example_inventory_serves_three_environments(tmp_path: Path) -> None:
    hosts = {
        "saas-production": "https://abc12345.live.dynatrace.com",
        "managed-production": "https://dynatrace.example.com/e/0f1e2d3c-0000-0000-0000-000000000000",
        "activegate-staging": "https://activegate.example.com:9999/e/def67890",
    }
    shutil.copytree(ROOT / "examples", tmp_path / "examples")
    with Simulator(list(hosts)) as simulator:
        project = Project(tmp_path / "examples", simulator)
        for host, url in hosts.items():
            project.replace(f"inventory/host_vars/{host}/environment.yml", url, simulator.url(host))
            vault = (project.folder / f"inventory/host_vars/{host}/vault").read_text()
            assert vault.startswith("$ANSIBLE_VAULT")
        tokens = {host: simulator.token(host) for host in hosts}
        given: dict[str, Any] = {"tokens": tokens, "dynatrace_api_token": "{{ tokens[inventory_hostname] }}"}
        playbook = "community.dynatrace.user_session_exports"

        first = project.play(playbook, "--diff", **given)
        assert first.changed == dict.fromkeys(hosts, 1)
        assert "example-elastic-password" not in first.out
        assert "example-client-secret" not in first.out
        indices = {host: project.exports(host)["elastic.example.com:9200"]["sendDirect"]["indexName"] for host in hosts}
        assert indices == {**dict.fromkeys(hosts, "user-sessions"), "activegate-staging": "user-sessions-staging"}

        simulator.clear_log()
        assert project.play(playbook, **given).changed == dict.fromkeys(hosts, 0)
        assert [request["method"] for request in simulator.requests()] == ["GET"] * 3

        # Pruned in production only.
        value = next(iter(project.exports("saas-production").values())) | {"authentication": {"active": False}}
        for host in hosts:
            (to_delete,) = (
                item["objectId"]
                for item in simulator.objects(host, EXPORT_SCHEMA)
                if "billing" in item["value"]["endpointDefinition"]["endpointUrl"]
            )
            simulator.delete(host, to_delete)
            value["endpointDefinition"] = value["endpointDefinition"] | {"endpointUrl": "https://other.example.net/in"}
            simulator.seed(host, [{"schemaId": EXPORT_SCHEMA, "value": value}])
        project.play(playbook, "--limit", "production", **given)
        assert "billing.example.com" in project.exports("saas-production")
        assert "other.example.net" not in project.exports("saas-production")
        full = project.play(playbook, "--limit", "staging", **given, fails=True)
        assert "https://other.example.net/in" in full.out, "the error says who has the slots"


@pytest.mark.parametrize("broken", [False, True], ids=["to the end", "a step fails"])
def test_the_demo_runs_and_leaves_nothing(tmp_path: Path, broken: bool) -> None:
    folder = tmp_path / "somewhere"
    folder.mkdir()
    project = Project(folder, None)  # type: ignore[arg-type]
    # With an author that the guide does not expect, step 5 is not true.
    extra = {"demo_private": {}} if broken else {}
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    (reported,) = re.findall(r"`ansible-playbook (.+ community\.dynatrace\.demo)`", readme)
    assert f"    ansible-playbook {reported}\n" in guide_text("getting_started.rst")
    run = project.call("ansible-playbook", *reported.split(), inventory=False, warns=True, **extra)
    assert run.code == (2 if broken else 0), run.out
    assert not running_below(tmp_path)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["somewhere"]
    for secret in ("demo-only-7Yq2", "demo-only-k3Pz", "demo-only-wrong"):
        assert secret not in run.out
    if not broken:
        for step in range(1, 11):
            assert f"TASK [{step}. " in run.out
        assert "5 sessions ended, and the endpoint received 5." in run.out
        assert "3. apply again  Nothing changed. It took one read request." in run.out


def test_guide_to_a_fleet(tmp_path: Path) -> None:
    folder = tmp_path / "project"
    shown = "".join(step.output for step in follow("guide_fleet.rst", folder))
    report = json.loads((folder / "dynatrace-report" / "audit.json").read_text())
    states = {one["host"]: one["state"] for one in report["environments"]}
    assert states == {**dict.fromkeys(states, "unchanged"), "staging": "drift"} and len(states) == 10
    kept = {path.name.partition(".")[0] for path in (folder / "before").iterdir()}
    assert kept == set(states), "each was changed once"
    for secret in ("the-original-password", "the-elastic-password", "the-new-elastic-password", "the-archive-password"):
        assert secret not in shown
        written = [path for path in folder.rglob("*") if path.is_file() and path.name not in ("vault", "simulator.yml")]
        for path in written:
            assert "simulator" in path.parts or secret not in path.read_text(), path


def test_what_the_guide_says_of_monaco_after_the_takeover(project: Project) -> None:
    """Its next deployment finds its objects by their external IDs, or creates them once more."""
    external_ids = {name: f"monaco:{name}" for name in ("a", "b", "c")}
    values = {name: export_value(f"https://{name}.example.com/in") for name in external_ids}
    ids = project.simulator.seed(None, [export_object(external_ids[name], values[name]) for name in external_ids])
    slots = [
        {"name": name, "endpoint_definition": {"endpoint_url": f"https://{name}.example.com/in"}}
        for name in external_ids
    ]
    connection = {
        "dynatrace_environment_url": project.simulator.url(),
        "dynatrace_api_token": project.simulator.token(),
    }
    hosts = {"dynatrace": {"hosts": {"shop": {**connection, "user_session_exports_slots": slots}}}}
    project.write({"inventory/hosts.yml": json.dumps(hosts)})

    def deploy(name: str) -> int:
        """As Monaco writes: a POST with its external ID, whatever is there."""
        url = f"{project.simulator.url()}/api/v2/settings/objects"
        headers = {"Authorization": f"Api-Token {project.simulator.token()}"}
        item = {
            "schemaId": EXPORT_SCHEMA,
            "scope": "environment",
            "externalId": external_ids[name],
            "value": values[name],
        }
        return requests.post(url, json=[item], headers=headers, timeout=30).status_code

    assert project.play(CONFIGURE).changed == {"shop": 0}, "the external ID of Monaco is kept"
    assert deploy("a") == 200
    assert project.play(CONFIGURE, user_session_exports_adopt="any").changed == {"shop": 1}
    assert all(deploy(name) >= 400 for name in external_ids), "there is no room"
    assert [one["objectId"] for one in project.simulator.objects(None, EXPORT_SCHEMA)] == ids
    project.simulator.delete(None, ids[2])
    assert deploy("b") == 200, "and where there is room, one more"
    urls = [one["value"]["endpointDefinition"]["endpointUrl"] for one in project.simulator.objects(None, EXPORT_SCHEMA)]
    assert urls.count("https://b.example.com/in") == 2


def test_requests_of_this_collection_in_the_comparison(project: Project) -> None:
    slots = [
        {"name": name, "endpoint_definition": {"endpoint_url": f"https://{name}.example.com/in"}} for name in "abc"
    ]
    connection = {"environment_url": project.simulator.url(), "api_token": project.simulator.token()}
    counts = []
    changed = [{**slots[0], "export_behavior": {"disable_notification": True}}, *slots[1:]]
    for turn, exports in enumerate((slots, slots, changed)):
        project.simulator.clear_log()
        task = {"community.dynatrace.user_session_exports": {**connection, "exports": exports}, "name": "Apply"}
        assert play(project.folder / f"turn{turn}", [task]).code == 0
        counts.append(len(project.simulator.requests()))
    shown = " / ".join(map(str, counts))
    table = guide_text("guide_comparison.rst").partition("requests to create, to check, to change one\n")[2]
    assert table.startswith(f"     - {shown}\n"), shown


def test_guide_for_those_who_come_from_uri_tasks(project: Project) -> None:
    variables = {
        "dynatrace_environment_url": project.simulator.url(),
        "dynatrace_api_token": project.simulator.token(),
        "vault_archive_password": "not-shown-anywhere",
    }
    project.write({"inventory/hosts.yml": json.dumps({"dynatrace": {"hosts": {"shop": variables}}})})
    steps = list(walk("guide_migrating.rst"))
    project.write({name: content for name, content, _code in steps if name})
    project.play("before.yml")
    (before,) = project.simulator.objects(None, EXPORT_SCHEMA)
    lines = [(line, code) for name, content, code in steps if not name for line in content.strip().splitlines()]
    others = {line.split()[0] for line, _code in lines} - {"ansible-playbook"}
    assert others == {"grep", "git", "monaco", "terraform"}, "of the other tools"
    done = []
    for line, code in lines:
        program, *words = line.split()
        # The secrets are not in what was imported.
        if program in others or "rotate_secrets" in line:
            continue
        run = project.call(program, *[word for word in words if word not in ("-i", "inventory")])
        assert run.code == code, run.out
        done.append(line)
    assert len(done) == 5
    (after,) = project.simulator.objects(None, EXPORT_SCHEMA)
    assert (after["objectId"], after["value"]) == (before["objectId"], before["value"])
    assert (
        "password: a secret is stored"
        in (project.folder / "inventory" / "host_vars" / "shop" / "user_session_exports.yml").read_text()
    )
