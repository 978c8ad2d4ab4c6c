# Copyright (c) 2026, community.dynatrace contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The workflows of the public repository call the project's own commands, with the cores and Pythons these know."""

from __future__ import annotations

import importlib
import re
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
import yaml

from ansible_collections.community.dynatrace.tests.tools import environments

ROOT = Path(__file__).resolve().parents[2]
WORKFLOWS = sorted((ROOT / ".github" / "workflows").glob("*.yml"))
if not WORKFLOWS:
    pytest.skip("no workflows: the built collection has none", allow_module_level=True)


def read(path: Path) -> dict[str, Any]:
    content = yaml.safe_load(path.read_text(encoding="utf-8"))
    assert isinstance(content, dict)
    return content


def steps(workflow: dict[str, Any]) -> list[dict[str, Any]]:
    return [step for job in workflow["jobs"].values() for step in job["steps"]]


@pytest.fixture(params=WORKFLOWS, ids=lambda path: path.name)
def workflow(request: pytest.FixtureRequest) -> dict[str, Any]:
    return read(request.param)


def test_every_step_runs_one_command_that_the_makefile_has(workflow: dict[str, Any]) -> None:
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    lists = re.findall(r"^(?:\.PHONY:|CHECKS =|TASKS =) (.*)$", makefile.replace("\\\n", ""), re.MULTILINE)
    commands = {f"make {name}" for line in lists for name in line.split()}
    run = [step["run"] for step in steps(workflow) if "run" in step]
    assert run
    assert [command for command in run if command not in commands] == []


def test_a_workflow_may_only_read_and_runs_nothing_that_can_change_under_it(workflow: dict[str, Any]) -> None:
    assert workflow["permissions"] == {"contents": "read"}
    assert not any("permissions" in job for job in workflow["jobs"].values())
    assert "secrets." not in str(workflow)
    used = [step["uses"] for step in steps(workflow) if "uses" in step]
    assert [action for action in used if not re.fullmatch(r"actions/[\w-]+@[0-9a-f]{40}", action)] == []
    assert not any(
        step["with"]["persist-credentials"]
        for step in steps(workflow)
        if step.get("uses", "").startswith("actions/checkout")
    )


def test_every_supported_core_has_a_job_and_a_python(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.syspath_prepend(str(ROOT / "tests" / "tools"))
    cores = importlib.import_module("steps").CORES
    job = read(ROOT / ".github" / "workflows" / "ci.yml")["jobs"]["core"]
    assert job["strategy"]["matrix"] == {"core": list(cores)}
    assert job["env"] == {"MATRIX": "${{ matrix.core }}"}
    (given,) = [step["with"]["python-version"] for step in job["steps"] if "setup-python" in step.get("uses", "")]
    pythons = [tuple(int(part) for part in version.split(".")) for version in given.split()]
    without = [
        core
        for core, name in cores.items()
        for group in [environments.GROUPS[name]]
        if not any(group.at_least <= python <= group.at_most for python in pythons)
    ]
    assert without == [], "make matrix would leave these out"


def test_a_step_that_cannot_run_is_skipped_at_home_and_fails_where_every_step_is_required(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.syspath_prepend(str(ROOT / "tests" / "tools"))
    check, runner = importlib.import_module("check"), importlib.import_module("runner")
    step = next(one for one in check.STEPS if one.name == "corpus")
    monkeypatch.delenv("DYNATRACE_REFERENCE", raising=False)
    monkeypatch.delenv("REQUIRE_ALL_STEPS", raising=False)
    outcome = check.carry_out(step, runner.Runner(tmp_path))
    assert outcome.result == "not run" and outcome.note.startswith("no corpus: ")
    monkeypatch.setenv("REQUIRE_ALL_STEPS", "yes")
    outcome = check.carry_out(step, runner.Runner(tmp_path))
    assert outcome.result == "failed" and "no corpus: " in outcome.note


def test_a_repository_of_libraries_that_does_not_answer_is_no_failure_of_the_project(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.syspath_prepend(str(ROOT / "tests" / "tools"))
    check, runner, servers = (importlib.import_module(name) for name in ("check", "runner", "search_servers"))
    step = next(one for one in check.STEPS if one.name == "search")
    monkeypatch.setenv("REQUIRE_ALL_STEPS", "yes")
    for kind, result in ((servers.NoLibrariesError, "skipped"), (servers.NoServersError, "failed")):

        def ensure(_say: object, kind: type[Exception] = kind) -> None:
            raise kind("the reason")

        monkeypatch.setattr(servers, "ensure", ensure)
        outcome = check.carry_out(step, runner.Runner(tmp_path))
        assert outcome.result == result and "the reason" in outcome.note


def test_what_a_later_step_needs_is_built_while_the_first_ones_run(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.syspath_prepend(str(ROOT / "tests" / "tools"))
    check, steps = (importlib.import_module(name) for name in ("check", "steps"))
    built = threading.Event()

    def fail() -> None:
        raise OSError("no network")

    def wait(_runner: object) -> None:
        assert built.wait(30)

    plan = [steps.Step("first", "", wait), steps.Step("second", "", lambda _runner: None, prepare=(fail, built.set))]
    assert [(one.step.name, one.result) for one in check.run_steps(plan, tmp_path)] == [
        ("first", "ok"),
        ("second", "ok"),
    ]


def test_what_uses_one_core_runs_beside_the_tests_and_two_at_a_time_after_them(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.syspath_prepend(str(ROOT / "tests" / "tools"))
    check, steps = (importlib.import_module(name) for name in ("check", "steps"))
    monkeypatch.setattr(check, "BUILD", tmp_path)
    first_began, tests_ended, both = threading.Event(), threading.Event(), threading.Barrier(2, timeout=30)

    def first(runner: Any) -> None:
        first_began.set()
        assert runner.background and tests_ended.wait(30)
        runner.say("after the tests")
        both.wait()

    def tests(runner: Any) -> None:
        assert not runner.background and first_began.wait(30)
        tests_ended.set()

    def second(runner: Any) -> None:
        both.wait()
        runner.failures.append("wrong")

    plan = [
        steps.Step("lint", "", first, beside=True),
        steps.Step("unit", "", tests),
        steps.Step("package", "", second, beside=True),
    ]
    outcomes = check.run_steps(plan, tmp_path)
    assert [(one.step.name, one.result) for one in outcomes] == [("lint", "ok"), ("unit", "ok"), ("package", "failed")]
    printed = capsys.readouterr().out
    assert printed.index("-- unit") < printed.index("-- lint") < printed.index("after the tests")


def test_two_steps_that_need_the_same_environment_build_it_once(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(environments, "BUILD", tmp_path)
    monkeypatch.setattr(environments, "ROOT", tmp_path)
    monkeypatch.setattr(environments.Group, "lock", tmp_path / "test.txt")
    (tmp_path / "test.txt").write_text("")
    commands: list[list[str]] = []

    def run(command: list[str]) -> None:
        commands.append(command)
        (tmp_path / "env" / "test-3.13").mkdir(parents=True, exist_ok=True)

    monkeypatch.setattr(environments, "choose", lambda _group: environments.Python((3, 13, 0), "/python"))
    monkeypatch.setattr(environments, "_run", run)
    with ThreadPoolExecutor(max_workers=4) as pool:
        folders = {job.result() for job in [pool.submit(environments.ensure, "test") for _job in range(4)]}
    assert len(folders) == 1 and len(commands) == 2


def test_ci_requires_every_step_and_names_the_corpus() -> None:
    script = (ROOT / ".ci" / "run").read_text(encoding="utf-8")
    assert {"REQUIRE_ALL_STEPS", "DYNATRACE_REFERENCE"} <= set(re.findall(r"^export (\w+)=", script, re.MULTILINE))
    assert "apt-get install" in script and "chromium" in script


def test_dependabot_watches_every_folder_with_locked_packages_and_finds_how_they_were_locked() -> None:
    updates = read(ROOT / ".github" / "dependabot.yml")["updates"]
    watched = {(one["package-ecosystem"], one["directory"]) for one in updates}
    npm = {("npm", f"/tests/{path.parent.name}") for path in (ROOT / "tests").glob("*/package-lock.json")}
    assert watched == {("uv", "/requirements"), ("github-actions", "/")} | npm
    for name, group in environments.GROUPS.items():
        head = group.lock.read_text(encoding="utf-8").split("==", 1)[0]
        at_least = ".".join(map(str, group.at_least))
        assert (
            f" --universal --generate-hashes --python-version={at_least} --output-file={name}.txt {name}.in\n" in head
        )


def test_a_bug_report_asks_for_the_core_and_for_output_without_secrets() -> None:
    form = read(ROOT / ".github" / "ISSUE_TEMPLATE" / "bug.yml")
    required = {one["id"]: one for one in form["body"] if one.get("validations", {}).get("required")}
    assert "ansible --version" in required["core"]["attributes"]["description"]
    assert "-vvv" in required["output"]["attributes"]["description"]
    assert "without secrets" in required["output"]["attributes"]["description"]


def test_pre_commit_runs_commands_that_the_makefile_has() -> None:
    (local,) = read(ROOT / ".pre-commit-config.yaml")["repos"]
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    entries = [hook["entry"].removeprefix("make ") for hook in local["hooks"]]
    assert entries and all(re.search(rf"(?<![\w-]){entry}(?![\w-])", makefile) for entry in entries)
