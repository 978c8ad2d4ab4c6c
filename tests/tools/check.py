# Copyright (c) 2026, community.dynatrace contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Runs the checks of `make test`, each in its pinned environment, and ends with a table. See --help."""

from __future__ import annotations

import argparse
import ast
import configparser
import os
import re
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import browsers
import environments
import node_packages
from artifact import package
from environments import BUILD, ROOT, EnvironmentProblem
from runner import RUNNING, Runner, Skipped, pytest

TYPED = ("plugins", "tests.support", "tests.tools", "tests.fault_injection")
# What the simulator shows in place of secrets in the runs with the oldest core: no client knows such a mask.
SECOND_MASK = "\u2591\u2592\u2593 not shown {object} \u2593\u2592\u2591"
SIMULATOR = ROOT / "roles" / "settings_api_simulator" / "files"


@dataclass(frozen=True)
class Step:
    """One line of the table."""

    name: str
    about: str
    work: Callable[[Runner], None]
    early: bool = False
    """Mostly waits and uses one core: started at once, in the background, and shown when its turn comes."""
    by_name: bool = False
    """Not one of all: only where it is asked for."""


@dataclass(frozen=True)
class Outcome:
    """How a step ended."""

    step: Step
    result: str
    seconds: float
    note: str = ""


# --- the steps ---


def lint(runner: Runner) -> None:
    """Style and types."""
    runner.run(runner.tool("ruff"), "check", "--quiet", ".", title="ruff check")
    runner.run(
        runner.tool("ruff"), "format", "--quiet", "--check", ".", title="ruff format --check (make format repairs it)"
    )
    runner.run(runner.tool("yamllint"), "--strict", ".", title="yamllint")
    packages = [
        f"ansible_collections.community.dynatrace.{name}"
        for name in TYPED
        if any((ROOT / name.replace(".", "/")).rglob("*.py"))
    ]
    if (SIMULATOR / "settings_api_simulator").is_dir():
        packages.append("settings_api_simulator")
    paths = os.pathsep.join([str(environments.COLLECTIONS), str(SIMULATOR), str(ROOT / "tests" / "tools")])
    runner.run(
        runner.tool("mypy"),
        "--no-error-summary",
        *(part for name in packages for part in ("-p", name)),
        title="mypy --strict",
        env={"MYPYPATH": paths},
    )


def unit(runner: Runner) -> None:
    """Engine, domain, modules and simulator."""
    pytest(runner, "unit", "simulator", marks="not corpus")


def corpus(runner: Runner) -> None:
    """The same rules with the real schemas and recorded answers of a folder that is not part of the project."""
    if not os.environ.get("DYNATRACE_REFERENCE"):
        raise Skipped("no corpus: DYNATRACE_REFERENCE names no folder with real schemas and answers", "not run")
    runner.extra["END_TO_END_VENV"] = str(runner.venv)
    pytest(runner, "unit", "simulator", "end_to_end/test_settings_objects.py", marks="corpus")


def fault_injection(runner: Runner) -> None:
    """Kills, lost answers, races, arbitrary input: the short form."""
    pytest(runner, "fault_injection")


def end_to_end(runner: Runner) -> None:
    """Whole runs on the newest core."""
    runner.say(f"   {environments.describe(runner.venv)}")
    runner.extra["END_TO_END_VENV"] = str(runner.venv)
    pytest(runner, "end_to_end", marks="not corpus")


def _oldest(runner: Runner) -> Path:
    if environments.choose(environments.GROUPS["oldest"]) is None:
        raise Skipped("no Python from 3.10 to 3.12 on this machine, which the oldest core needs")
    oldest = environments.ensure("oldest", runner.say)
    runner.say(f"   {environments.describe(oldest)}")
    return oldest


def unit_oldest(runner: Runner) -> None:
    """Engine, domain and modules with the oldest packages."""
    runner.extra["SIMULATOR_MASK"] = SECOND_MASK
    pytest(runner, "unit", venv=_oldest(runner))


def end_to_end_oldest(runner: Runner) -> None:
    """The same whole runs, ansible-playbook taken from the oldest core's environment."""
    runner.extra["END_TO_END_VENV"] = str(_oldest(runner))
    runner.extra["SIMULATOR_MASK"] = SECOND_MASK
    # Sizes, guides and demos do not depend on the core.
    pytest(runner, "end_to_end", marks="not once and not corpus")


def end_to_end_next(runner: Runner) -> None:
    """The search for secrets on the next core: it masks results no more, but has a registry of secrets."""
    if environments.choose(environments.GROUPS["next"]) is None:
        raise Skipped("no Python 3.13 or newer on this machine, which the next core needs")
    following = environments.ensure("next", runner.say)
    runner.say(f"   {environments.describe(following)}")
    runner.extra["END_TO_END_VENV"] = str(following)
    pytest(runner, "end_to_end/test_leaks.py")


def controller(runner: Runner) -> None:
    """Credentials and setup of a job-template server, with code of its own."""
    if environments.choose(environments.GROUPS["controller"]) is None:
        raise Skipped("no Python 3.12 or newer on this machine, which the package ansible needs")
    venv = environments.ensure("controller", runner.say)
    runner.say(f"   {environments.describe(venv)}")
    runner.extra["END_TO_END_VENV"] = str(venv)
    pytest(runner, "controller", venv=venv)


def browser(runner: Runner) -> None:
    """The page of the report, as a person sees it."""
    if browsers.find() is None:
        raise Skipped("no Chromium on PATH, and none named by CHROMIUM")
    pytest(runner, "browser")


def editor(runner: Runner) -> None:
    """The schema of the role's variables in the language servers of editors."""
    try:
        runner.extra["NODE_PACKAGES"] = str(node_packages.ensure(node_packages.EDITOR, runner.say))
    except node_packages.NoNodeError as reason:
        raise Skipped(str(reason)) from None
    pytest(runner, "editor")


def sdk(runner: Runner) -> None:
    """Dynatrace's own clients, in JavaScript and Python, against the simulator."""
    runner.extra["SDK_PYTHON"] = str(environments.ensure("sdk", runner.say) / "bin" / "python")
    try:
        runner.extra["SDK_NODE_PACKAGES"] = str(node_packages.ensure(node_packages.SDK, runner.say))
    except node_packages.NoNodeError as reason:
        runner.say(f"   without the JavaScript client: {reason}")
    pytest(runner, "sdk")


def sanity(runner: Runner) -> None:
    """ansible-test sanity, without ignore files."""
    collection = environments.copy_tree(BUILD / "copy-sanity")
    runner.failures += [
        f"tests/sanity/{ignored.name} exists" for ignored in (collection / "tests" / "sanity").glob("ignore*.txt")
    ]
    _pip_for_ansible_test(runner.venv)
    python = runner.venv.name.rpartition("-")[2]
    runner.run(
        runner.tool("ansible-test"),
        "sanity",
        "--local",
        "--color",
        "no",
        "--python",
        python,
        cwd=collection,
        title="ansible-test sanity",
    )


def ansible_units(runner: Runner) -> None:
    """The unit tests as contributors know them: ansible-test units, which keeps modules apart from the controller."""
    _ansible_test(runner, "units")


def ansible_integration(runner: Runner) -> None:
    """ansible-test integration, against the simulator."""
    _ansible_test(runner, "integration")


def _ansible_test(runner: Runner, command: str) -> None:
    collection = environments.copy_tree(BUILD / f"copy-{command}")
    _pip_for_ansible_test(runner.venv)
    python = runner.venv.name.rpartition("-")[2]
    arguments = ("--local", "--color", "no", "--python", python, *os.environ.get("TEST_ARGS", "").split())
    title = f"ansible-test {command}"
    # Of an integration run only a failure is worth reading.
    hide = "." if command == "integration" else ""
    runner.run(runner.tool("ansible-test"), command, *arguments, cwd=collection, title=title, hide=hide)


def _pip_for_ansible_test(venv: Path) -> None:
    home = BUILD / "home"
    # It wants to download a script that installs pip; Python's own ensurepip does the same.
    (source,) = venv.glob("lib/python3.*/site-packages/ansible_test/_internal/python_requirements.py")
    cache = home / ".ansible" / "test" / "cache"
    cache.mkdir(parents=True, exist_ok=True)
    for version in re.findall(r"""pip=['"]([0-9.]+)['"]""", source.read_text(encoding="utf-8")):
        shutil.copyfile(ROOT / "tests" / "tools" / "get_pip.py", cache / f"get_pip_{version.replace('.', '_')}.py")
    # A pre-release pins one package by the address of a commit, which no registry has; the released one does as well.
    for wishes in venv.glob("lib/python3.*/site-packages/ansible_test/_data/requirements/*.txt"):
        text = wishes.read_text(encoding="utf-8")
        wishes.write_text(re.sub(r"^([\w-]+) @ \S+$", r"\1", text, flags=re.MULTILINE), encoding="utf-8")
    # It passes no PIP_* variables on, and its home is not the user's: so pip's settings go there as a file.
    command = [str(venv / "bin" / "python"), "-m", "pip", "config", "list"]
    settings = configparser.RawConfigParser()
    lines = subprocess.run(command, capture_output=True, text=True, check=True).stdout.splitlines()
    for line in sorted(lines, key=lambda line: line.startswith(":env:")):  # variables win over files
        name, equals, value = line.partition("=")
        section, _dot, option = name.rpartition(".")
        if equals:
            settings.read_dict({"global" if section == ":env:" else section: {option: ast.literal_eval(value)}})
    settings.read_dict({"global": {"quiet": "2"}})
    (home / ".config" / "pip").mkdir(parents=True, exist_ok=True)
    with (home / ".config" / "pip" / "pip.conf").open("w", encoding="utf-8") as file:
        settings.write(file)


def ansible_lint(runner: Runner) -> None:
    """ansible-lint, profile production."""
    collection = environments.copy_tree(BUILD / "copy-lint")
    runner.run(
        runner.tool("ansible-lint"),
        "--profile",
        "production",
        "--offline",
        "--nocolor",
        cwd=collection,
        title="ansible-lint",
    )


def molecule(runner: Runner) -> None:
    """The scenarios of extensions/molecule as a user runs them, beside each other, and no secret in what they print."""
    folder = environments.copy_tree(BUILD / "copy-molecule") / "extensions" / "molecule"
    names = sorted(path.parent.name for path in folder.glob("*/molecule.yml"))
    # They find the collection by themselves. Without borders no line is broken, nor a secret in it.
    plain = {"ANSIBLE_COLLECTIONS_PATH": "", "PYTHONPATH": "", "MOLECULE_COMMAND_BORDERS": "false", "NO_COLOR": "1"}
    temporary = BUILD / "ansible" / "molecule"
    shutil.rmtree(temporary, ignore_errors=True)
    (BUILD / "log").mkdir(parents=True, exist_ok=True)

    def scenario(name: str) -> str:
        aside = Runner(runner.venv, (BUILD / "log" / f"molecule-{name}.txt").open("w+", encoding="utf-8"))
        with aside.out:
            place = {"MOLECULE_EPHEMERAL_DIRECTORY": str(temporary / name)}
            aside.run(runner.tool("molecule"), "test", "-s", name, cwd=folder.parent, env=plain | place)
            runner.failures += [f"{name}: {failure}" for failure in aside.failures]
            aside.out.seek(0)
            return aside.out.read()

    with ThreadPoolExecutor() as beside:
        told = dict(zip(names, beside.map(scenario, names), strict=True))
    for name, text in told.items():
        runner.say(
            text
            if runner.failures
            else f"   {name}: {len(re.findall('Executed: Successful$', text, re.M)) // 2} actions"
        )
    view = ("view", "--vault-password-file", str(folder / "vault-password-example.txt"))
    vaulted = subprocess.run(
        [runner.tool("ansible-vault"), *view, str(folder / "inventory" / "group_vars" / "all" / "vault")],
        env=environments.clean_environment(runner.venv),
        capture_output=True,
        text=True,
        check=True,
    ).stdout
    secrets = re.findall(r": (\S+)$", vaulted, re.MULTILINE)
    if not secrets or any(secret in text for text in told.values() for secret in secrets):
        runner.failures.append("a secret of the vault is in .build/log/molecule-*.txt")
    if left := [str(path.relative_to(ROOT)) for path in temporary.rglob("ready.json")]:
        runner.failures.append(f"left behind: {', '.join(left)}")


def licences(runner: Runner) -> None:
    """REUSE: every file says whose it is and under which licence, and LICENSES/ holds the texts of just these."""
    runner.venv = environments.ensure("licences", runner.say)
    runner.run(runner.tool("reuse"), "lint", "--lines", title="reuse lint")


def docs_lint(runner: Runner) -> None:
    """Documentation of plugins and roles, and the changelog."""
    collection = environments.copy_tree(BUILD / "copy-docs")
    flags = ("--plugin-docs", "--validate-collection-refs=self", "--disallow-unknown-collection-refs")
    runner.run(
        runner.tool("antsibull-docs"), "lint-collection-docs", *flags, ".", cwd=collection, title="antsibull-docs"
    )
    runner.run(runner.tool("antsibull-changelog"), "lint", cwd=collection, title="antsibull-changelog")


STEPS = (
    Step("lint", "ruff, yamllint, mypy --strict", lint),
    Step("licences", "REUSE: every file says whose it is and under which licence", licences),
    Step("unit", "engine, domain, modules, simulator (pytest)", unit),
    Step("corpus", "the same rules with real schemas and recorded answers", corpus),
    Step("unit-oldest", "engine, domain, modules with the oldest core and packages", unit_oldest),
    Step(
        "fault-injection-short", "kills, lost answers, conflicts, races, throttling, arbitrary input", fault_injection
    ),
    Step("end-to-end", "ansible-playbook against the simulator, newest core", end_to_end),
    Step("end-to-end-oldest", "the same on the oldest core", end_to_end_oldest, by_name=True),
    Step(
        "end-to-end-next",
        "the search for leaked secrets on the pre-release of the next core",
        end_to_end_next,
        by_name=True,
    ),
    Step("browser", "the page of the report in Chromium, with 5 and with 500 environments", browser),
    Step("editor", "inventory files in two language servers (npm), as an editor shows them", editor),
    Step("sdk", "Dynatrace's own clients (npm, PyPI) against the simulator", sdk),
    Step("sanity", "ansible-test sanity, no ignores", sanity, early=True),
    Step("ansible-integration", "ansible-test integration against the simulator", ansible_integration, early=True),
    Step("ansible-units", "ansible-test units", ansible_units, by_name=True),
    Step("ansible-lint", "profile production", ansible_lint),
    Step("molecule", "the role in molecule: predicted, applied, edited by hand, repaired, removed", molecule),
    Step("docs-lint", "antsibull-docs, antsibull-changelog", docs_lint),
    Step("package", "build, install, galaxy-importer", package),
    Step(
        "controller",
        "job templates, with the code of AWX and its collection (a large environment)",
        controller,
        by_name=True,
    ),
)


# --- carrying them out ---


def carry_out(step: Step, runner: Runner) -> Outcome:
    """Runs one step and times it."""
    start = time.monotonic()
    note = ""
    try:
        step.work(runner)
        result = "failed" if runner.failures else "ok"
        note = "; ".join(runner.failures)
    except Skipped as reason:
        result, note = reason.result, str(reason)
        if os.environ.get("REQUIRE_ALL_STEPS"):
            result, note = "failed", f"{reason.result}, and REQUIRE_ALL_STEPS is set: {note}"
    except (EnvironmentProblem, OSError, subprocess.SubprocessError, ValueError) as problem:
        result, note = "failed", str(problem)
    outcome = Outcome(step, result, time.monotonic() - start, note)
    runner.say(f"-- {step.name}: {outcome.result}, {outcome.seconds:.0f} s{f' ({note})' if note else ''}")
    return outcome


def carry_out_early(step: Step, venv: Path) -> tuple[Outcome, Path]:
    """Runs one step with its output in a file."""
    log = BUILD / "log" / f"{step.name}.txt"
    log.parent.mkdir(parents=True, exist_ok=True)
    with log.open("w", encoding="utf-8") as out:
        return carry_out(step, Runner(venv, out)), log


def run_steps(steps: Sequence[Step], venv: Path) -> list[Outcome]:
    """All steps, in order, the early ones beside them."""
    outcomes = []
    early: dict[str, Future[tuple[Outcome, Path]]] = {}
    with ThreadPoolExecutor(max_workers=1) as beside:
        if len(steps) > 1:
            early = {step.name: beside.submit(carry_out_early, step, venv) for step in steps if step.early}
        try:
            for step in steps:
                print(f"\n-- {step.name}: {step.about}", flush=True)
                if step.name in early:
                    outcome, log = early[step.name].result()
                    print(log.read_text(encoding="utf-8"), end="", flush=True)
                else:
                    outcome = carry_out(step, Runner(venv))
                outcomes.append(outcome)
        except KeyboardInterrupt:
            for process in tuple(RUNNING):
                os.killpg(process.pid, signal.SIGTERM)
            raise
    return outcomes


def report(outcomes: Sequence[Outcome], seconds: float) -> int:
    """Prints the table; returns the exit code."""
    print(f"\n{'step':<22}{'result':<9}{'seconds':>7}  what")
    for outcome in outcomes:
        print(
            f"{outcome.step.name:<22}{outcome.result:<9}{outcome.seconds:>7.0f}  {outcome.note or outcome.step.about}"
        )
    failed = [outcome.step.name for outcome in outcomes if outcome.result == "failed"]
    print(f"{'':<22}{'':<9}{seconds:>7.0f}  in all: {'FAILED: ' + ', '.join(failed) if failed else 'passed'}")
    return 1 if failed else 0


def main() -> int:
    """Runs the steps named on the command line, or all."""
    names = [step.name for step in STEPS]
    parser = argparse.ArgumentParser(
        description=__doc__, epilog="Environment: TEST_ARGS is handed to pytest (TEST_ARGS='-k drift')."
    )
    parser.add_argument("steps", nargs="*", metavar="STEP", help=f"any of: {', '.join(names)} (default: all)")
    chosen = parser.parse_args().steps or [step.name for step in STEPS if not step.by_name]
    if unknown := [name for name in chosen if name not in names]:
        parser.error(f"unknown step {', '.join(unknown)}; there are {', '.join(names)}")
    start = time.monotonic()
    environments.link_tree()
    try:
        venv = environments.ensure("test")
    except EnvironmentProblem as problem:
        print(f"error: {problem}", file=sys.stderr)
        return 1
    print(environments.describe(venv), flush=True)
    outcomes = run_steps([step for step in STEPS if step.name in chosen], venv)
    return report(outcomes, time.monotonic() - start)


if __name__ == "__main__":
    try:
        code = main()
    except KeyboardInterrupt:
        code = 130
        print("interrupted", file=sys.stderr)
    sys.exit(code)
