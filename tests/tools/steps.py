# Copyright (c) 2026, community.dynatrace contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The checks: what each step of `make test`, `make matrix` and `make controller` runs."""

from __future__ import annotations

import ast
import configparser
import os
import re
import shutil
import subprocess
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import browsers
import environments
import node_packages
import search_servers
from artifact import package
from environments import BUILD, ROOT
from runner import Runner, Skipped, pytest

TYPED = ("plugins", "tests.support", "tests.tools", "tests.fault_injection")
# What the simulator shows in place of secrets in the runs with the oldest core: no client knows such a mask.
SECOND_MASK = "\u2591\u2592\u2593 not shown {object} \u2593\u2592\u2591"
SIMULATOR = ROOT / "roles" / "settings_api_simulator" / "files"


@dataclass(frozen=True)
class Step:
    """One line of the table."""

    name: str
    about: str
    run: Callable[[Runner], None]
    beside: bool = False
    """Uses one core and depends on no time: runs in the background, beside the tests."""
    by_name: bool = False
    """Not one of all: only where it is asked for."""
    prepare: tuple[Callable[[], object], ...] = ()
    """Download and build what is not there yet and only this step needs: called in advance, while other steps run."""


def _quiet(_text: str) -> None:
    """Preparations print nothing: if one fails, its step tries again and says why."""


def _build(group: str) -> Callable[[], object]:
    return partial(environments.ensure, group, _quiet)


def _install(folder: Path) -> Callable[[], object]:
    return partial(node_packages.ensure, folder, _quiet)


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
    runner.extra |= {"END_TO_END_VENV": str(runner.venv), "END_TO_END": "short"}
    tests = ("end_to_end/test_settings_objects.py", "end_to_end/test_round_trip.py")
    pytest(runner, "unit", "simulator", *tests, marks="corpus")


def fault_injection(runner: Runner) -> None:
    """Kills, lost answers, races, arbitrary input: the short form."""
    pytest(runner, "fault_injection")


def _environment(runner: Runner, group: str) -> Path:
    """The environment of another core, described; skips the step where no Python fits it."""
    fits = environments.GROUPS[group]
    if environments.choose(fits) is None:
        low, high = (".".join(map(str, end)) for end in (fits.at_least, fits.at_most))
        raise Skipped(f"no Python from {low} to {high} on this machine, which {group} needs")
    venv = environments.ensure(group, runner.say)
    runner.say(f"   {environments.describe(venv)}")
    return venv


def end_to_end(
    runner: Runner, group: str = "test", tests: tuple[str, ...] = ("end_to_end",), form: str = "full"
) -> None:
    """End-to-end tests with the ansible-playbook of an environment; some do not depend on the core and run once.

    In the short form, many runs are forks of a process that has imported ansible-core: tests/support/forked_ansible.py.
    """
    runner.extra["END_TO_END"] = os.environ.get("END_TO_END") or form
    runner.extra["END_TO_END_VENV"] = str(_environment(runner, group))
    if group == "oldest":
        runner.extra["SIMULATOR_MASK"] = SECOND_MASK
    pytest(runner, *tests, marks="not corpus" if group == "test" else "not once and not corpus")


def unit_oldest(runner: Runner) -> None:
    """Unit tests of the plugins with the oldest packages, with fewer random examples than with the newest."""
    runner.extra |= {"SIMULATOR_MASK": SECOND_MASK, "HYPOTHESIS_PROFILE": "few"}
    pytest(runner, "unit/plugins", venv=_environment(runner, "oldest"), marks="not corpus")


def controller(runner: Runner) -> None:
    """Credentials and setup of a job-template server, with code of its own."""
    venv = _environment(runner, "controller")
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
    """Dynatrace's own clients, in JavaScript and Python, against the simulator; templates beside those of Go."""
    runner.extra["SDK_PYTHON"] = str(environments.ensure("sdk", runner.say) / "bin" / "python")
    try:
        runner.extra["SDK_NODE_PACKAGES"] = str(node_packages.ensure(node_packages.SDK, runner.say))
    except node_packages.NoNodeError as reason:
        runner.say(f"   without the JavaScript client: {reason}")
    pytest(runner, "sdk")


def search(runner: Runner, form: str = "full") -> None:
    """The endpoint check and the index module on real servers; in the short form not every state on every server."""
    runner.extra["SEARCH"] = form
    try:
        runner.extra["SEARCH_SERVERS"] = str(search_servers.ensure(runner.say))
    except search_servers.NoServersError as reason:
        raise Skipped(str(reason), excused=isinstance(reason, search_servers.NoLibrariesError)) from None
    # One worker has all tests of a server, which is started once. Much of the time is waiting, so all run at a time.
    pytest(runner, "search", processes=len(search_servers.RECIPES))


def ansible_test(runner: Runner, command: str, group: str = "test") -> None:
    """One of the commands of ansible-test, in a copy of the checkout, with the core of an environment."""
    runner.venv = environments.ensure("test") if group == "test" else _environment(runner, group)
    collection = environments.copy_tree(BUILD / f"copy-{command}")
    ignored = (collection / "tests" / "sanity").glob("ignore*.txt")
    runner.failures += [f"tests/sanity/{file.name} exists" for file in ignored]
    _pip_for_ansible_test(runner.venv)
    python = runner.venv.name.rpartition("-")[2]
    arguments = ["--local", "--color", "no", "--python", python]
    if command != "sanity":
        arguments += os.environ.get("TEST_ARGS", "").split()
    # Of an integration run only a failure is worth reading.
    hide = "." if command == "integration" else ""
    title = f"ansible-test {command}"
    runner.run(runner.tool("ansible-test"), command, *arguments, cwd=collection, title=title, hide=hide)


def _pip_for_ansible_test(venv: Path) -> None:
    home = BUILD / "home"
    # ansible-test downloads a script that installs pip. A script that calls ensurepip stands in for it.
    (source,) = venv.glob("lib/python3.*/site-packages/ansible_test/_internal/python_requirements.py")
    cache = home / ".ansible" / "test" / "cache"
    cache.mkdir(parents=True, exist_ok=True)
    for version in re.findall(r"""pip=['"]([0-9.]+)['"]""", source.read_text(encoding="utf-8")):
        shutil.copyfile(ROOT / "tests" / "tools" / "get_pip.py", cache / f"get_pip_{version.replace('.', '_')}.py")
    # A pre-release pins one package by the address of a commit. A released version works as well.
    for requirements in venv.glob("lib/python3.*/site-packages/ansible_test/_data/requirements/*.txt"):
        text = requirements.read_text(encoding="utf-8")
        requirements.write_text(re.sub(r"^([\w-]+) @ \S+$", r"\1", text, flags=re.MULTILINE), encoding="utf-8")
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
        log = (BUILD / "log" / f"molecule-{name}.txt").open("w+", encoding="utf-8")
        aside = Runner(runner.venv, log, background=runner.background)
        with aside.out:
            place = {"MOLECULE_EPHEMERAL_DIRECTORY": str(temporary / name)}
            aside.run(runner.tool("molecule"), "test", "-s", name, cwd=folder.parent, env=plain | place)
            runner.failures += [f"{name}: {failure}" for failure in aside.failures]
            aside.out.seek(0)
            return aside.out.read()

    with ThreadPoolExecutor() as beside:
        printed = dict(zip(names, beside.map(scenario, names), strict=True))
    for name, text in printed.items():
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
    if not secrets or any(secret in text for text in printed.values() for secret in secrets):
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
    Step("licences", "REUSE: every file names its copyright and licence", licences, prepare=(_build("licences"),)),
    Step("unit", "engine, domains, modules, simulator (pytest)", unit),
    Step("corpus", "the same rules with real schemas and recorded answers", corpus),
    Step(
        "unit-oldest",
        "engine, domains, modules with the oldest core and packages",
        unit_oldest,
        prepare=(_build("oldest"),),
    ),
    Step("fault-injection-short", "kills, lost answers, conflicts, races, throttling, random input", fault_injection),
    Step("end-to-end", "ansible-playbook against the simulator, newest core", partial(end_to_end, form="short")),
    Step("end-to-end-oldest", "the same on the oldest core", partial(end_to_end, group="oldest"), by_name=True),
    Step(
        "end-to-end-next",
        "the search for leaked secrets, and text of environments, on the pre-release of the next core",
        partial(end_to_end, group="next", tests=("end_to_end/test_leaks.py", "end_to_end/test_foreign_text.py")),
        by_name=True,
    ),
    Step("browser", "the report in Chromium, with 5 and with 500 environments", browser),
    Step(
        "editor",
        "inventory files in two language servers (npm), as an editor shows them",
        editor,
        prepare=(_install(node_packages.EDITOR),),
    ),
    Step(
        "search-short",
        "the endpoint check and the index module on Elasticsearch and OpenSearch (Java, Maven)",
        partial(search, form="short"),
        prepare=(partial(search_servers.ensure, _quiet),),
    ),
    Step("search", "the same, each state of an index on each server", search, by_name=True),
    Step(
        "sdk",
        "Dynatrace's own clients (npm, PyPI) against the simulator",
        sdk,
        prepare=(_build("sdk"), _install(node_packages.SDK)),
    ),
    Step("sanity", "ansible-test sanity, no ignores", partial(ansible_test, command="sanity"), beside=True),
    Step("package", "build, install, galaxy-importer", package, prepare=(_build("user"),), beside=True),
    Step("ansible-integration", "against the simulator", partial(ansible_test, command="integration"), beside=True),
    Step("ansible-units", "ansible-test units", partial(ansible_test, command="units"), by_name=True),
    Step("ansible-lint", "profile production", ansible_lint, beside=True),
    Step(
        "molecule",
        "the role in molecule: predicted, applied, changed by hand, repaired, removed",
        molecule,
        beside=True,
    ),
    Step("docs-lint", "antsibull-docs, antsibull-changelog", docs_lint, beside=True),
    Step("controller", "job templates, with the code of AWX and its collection", controller, by_name=True),
)
CORES = {
    "2.16": "oldest",
    "2.18": "core-2.18",
    "2.19": "core-2.19",
    "2.20": "core-2.20",
    "2.21": "test",
    "next": "next",
}
"""The supported cores, and the environment of each."""


def matrix() -> list[Step]:
    """End-to-end tests and sanity with every core, or with those that MATRIX names. Raises ValueError."""
    chosen = os.environ.get("MATRIX", "").split() or list(CORES)
    if unknown := sorted(set(chosen) - set(CORES)):
        raise ValueError(f"MATRIX names {', '.join(unknown)}; there are: {', '.join(CORES)}")
    return [
        step
        for core in chosen
        for step in (
            Step(f"end-to-end {core}", f"ansible-core {core}", partial(end_to_end, group=CORES[core])),
            Step(f"sanity {core}", f"ansible-core {core}", partial(ansible_test, command="sanity", group=CORES[core])),
        )
    ]
