# Copyright (c) 2026, community.dynatrace contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Whole jobs through ansible-runner, laid out as a job-template server lays them out; and the slices of one."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import textwrap
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest
import yaml

from ansible_collections.community.dynatrace.tests.support.playbooks import VENV, command
from ansible_collections.community.dynatrace.tests.support.simulator import EXPORT_SCHEMA, Simulator
from ansible_collections.community.dynatrace.tests.tools import environments
from ansible_collections.community.dynatrace.tests.unit.test_job_templates import PROJECT, TYPES

GUIDE = PROJECT.parents[2] / "docs" / "docsite" / "rst" / "guide_job_templates.rst"
HOSTS = ("one", "two", "three", "four")
RUNNER = VENV / "bin" / "ansible-runner"
SECRETS = {"elastic_password": "canary of Elasticsearch", "fingerprint_key": "canary of the fingerprints"}
pytestmark = [
    pytest.mark.once,
    pytest.mark.skipif(not RUNNER.exists(), reason="ansible-runner is not in this environment"),
]


@pytest.fixture
def simulator() -> Iterator[Simulator]:
    with Simulator(HOSTS) as running:
        yield running


def injected(**inputs: str) -> tuple[dict[str, str], dict[str, str]]:
    """What credentials put into a job: variables of the environment, and extra variables."""
    env: dict[str, str] = {}
    extra: dict[str, str] = {}
    for one in TYPES:
        ids = {field["id"] for field in one["inputs"]["fields"]}
        if ids <= set(inputs):
            for target, kind in ((env, "env"), (extra, "extra_vars")):
                for name, text in one["injectors"].get(kind, {}).items():
                    target[name] = inputs[text.strip("{ }")]
    return env, extra


def job(
    folder: Path, playbook: str, inventory: Mapping[str, Any], extra: Mapping[str, Any], limit: str = ""
) -> tuple[int, str]:
    """A job, in the folder that it gets; exit code, and everything that is left in its artifacts."""
    shutil.copytree(PROJECT, folder / "project")
    (folder / "env").mkdir()
    (folder / "env" / "extravars").write_text(json.dumps(extra))
    (folder / "inventory").mkdir()
    # The inventory that was updated before, as the server hands it to a job.
    (folder / "inventory" / "hosts.json").write_text(json.dumps(inventory))
    words = [str(RUNNER), "run", str(folder), "-p", playbook, "--ident", "job"]
    done = subprocess.run(
        [*words, *(["--limit", limit] if limit else [])],
        env=environments.clean_environment(VENV),
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    kept = [path.read_text(errors="replace") for path in (folder / "artifacts").rglob("*") if path.is_file()]
    return done.returncode, "\n".join([done.stdout, done.stderr, *kept])


@pytest.fixture
def updated(simulator: Simulator, tmp_path: Path) -> dict[str, Any]:
    """The update of the inventory, with what its credential injects."""
    env, _extra = injected(url=simulator.base_url, token=simulator.ready["cluster"]["tokens"]["service_provider"])
    for name in ("DYNATRACE_ENV_URL", "DYNATRACE_API_TOKEN"):
        env.pop(name)
    source = PROJECT / "inventory" / "fleet.environments.yml"
    done = command(tmp_path, "ansible-inventory", "-i", str(source), "--list", "--export", environment=env)
    assert done.code == 0, done.output
    assert simulator.ready["cluster"]["tokens"]["service_provider"] not in done.output
    found: dict[str, Any] = json.loads(done.output[done.output.index("{") :])
    return {"dynatrace": {"hosts": found["_meta"]["hostvars"], "vars": found["dynatrace"]["vars"]}}


def test_a_job_gets_the_token_of_each_environment_and_leaves_no_secret(
    simulator: Simulator, updated: dict[str, Any], tmp_path: Path
) -> None:
    tokens = {host: simulator.token(host) for host in HOSTS}
    # One environment has no token: it fails, and no other token is tried there.
    listed = {host: token for host, token in tokens.items() if host != "two"}
    _env, extra = injected(tokens=yaml.safe_dump(listed), **SECRETS)
    survey = {"session_exports_canary": 1, "session_exports_serial": "100%", "session_exports_max_fail_percentage": 100}
    simulator.clear_log()
    code, left = job(tmp_path / "first", "configure.yml", updated, {**extra, **survey})
    assert code == 2
    assert [bool(simulator.objects(host, EXPORT_SCHEMA)) for host in HOSTS] == [True, False, True, True]
    assert simulator.requests(environment="two") == []
    again, more = job(tmp_path / "again", "configure.yml", updated, {**extra, **survey}, "one,three,four")
    assert again == 0 and '"changed": {"one": 0' not in more
    for secret in (*tokens.values(), *SECRETS.values()):
        assert secret not in left + more, "no secret in what a job leaves"
    report = json.loads((tmp_path / "again" / "project" / "session-exports" / "configure.json").read_text())
    assert {one["host"]: one["state"] for one in report["environments"]} == dict.fromkeys(
        ("one", "three", "four"), "unchanged"
    )


def test_the_slices_of_a_job_have_one_report(simulator: Simulator, updated: dict[str, Any], tmp_path: Path) -> None:
    _env, extra = injected(tokens=yaml.safe_dump({host: simulator.token(host) for host in HOSTS}), **SECRETS)
    reports = []
    for number, hosts in enumerate((HOSTS[:2], HOSTS[2:])):
        code, left = job(tmp_path / f"slice{number}", "audit.yml", updated, extra, ",".join(hosts))
        assert code == 0, left[-3000:]
        reports.append(str(tmp_path / f"slice{number}" / "project" / "session-exports" / "audit.json"))
    (merge,) = re.findall(r":caption: merge.yml\n\n((?:    .*\n|\n)+)", GUIDE.read_text(encoding="utf-8"))
    (tmp_path / "merge.yml").write_text(textwrap.dedent(merge))
    done = command(tmp_path, "ansible-playbook", "merge.yml", reports=reports)
    assert done.code == 0, done.output
    whole = json.loads((tmp_path / "whole.json").read_text())
    assert {one["host"]: one["state"] for one in whole["environments"]} == dict.fromkeys(HOSTS, "drift")
    assert set(whole["plan_digests"]) == set(HOSTS)
