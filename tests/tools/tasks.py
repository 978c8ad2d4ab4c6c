# Copyright (c) 2026, community.dynatrace contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The tasks of the Makefile that are not checks: demo, bench, coverage, fuzz, format, lock, and others."""

from __future__ import annotations

import argparse
import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import environments
import search_servers
from environments import BUILD, ROOT, EnvironmentProblem

HEADER = """\
# Copyright (c) 2026, community.dynatrace contributors
# SPDX-License-Identifier: GPL-3.0-or-later
#
# Written by "make lock" from {name}.in: do not edit. Dependabot reads from this line how to write it:
#    uv pip compile --universal --generate-hashes --python-version={at_least} --output-file={name}.txt {name}.in
"""
NAME = "community.dynatrace"
DEMO_DISPLAY = {
    "ANSIBLE_DISPLAY_SKIPPED_HOSTS": "false",
    "ANSIBLE_NOCOWS": "true",
    # Newer cores only: no line for an included role.
    "ANSIBLE_DISPLAY_INCLUDED_HOSTS": "false",
}


def _environment(name: str) -> Path:
    environments.link_tree()
    venv = environments.ensure(name)
    print(environments.describe(venv), flush=True)
    return venv


def _call(venv: Path, *command: str, **env: str) -> int:
    program = str(venv / "bin" / command[0])
    return subprocess.run(
        [program, *command[1:]],
        cwd=ROOT,
        env=environments.clean_environment(venv) | env,
        stdin=subprocess.DEVNULL,
        check=False,
    ).returncode


def demo() -> int:
    """Shows the collection at work against the simulator."""
    return _call(
        _environment("demo"),
        "ansible-playbook",
        "-i",
        "localhost,",
        "community.dynatrace.demo",
        *os.environ.get("DEMO_ARGS", "").split(),
        **DEMO_DISPLAY,
    )


def _bench_arguments() -> list[str]:
    """``BENCH=fleet`` is the short form with 200 environments; ``BENCH=settings`` is a file of its own."""
    only = os.environ.get("BENCH", "")
    return [*(["--only", only] if only else []), *(os.environ.get("BENCH_ARGS") or ("200" if only else "")).split()]


def bench() -> int:
    """Prints requests, wall and CPU per environment, beside the same work written by hand."""
    if os.environ.get("BENCH") == "settings":
        venv, arguments = _environment("test"), os.environ.get("BENCH_ARGS", "").split()
        paths = os.pathsep.join(
            [str(environments.COLLECTIONS), str(ROOT / "roles" / "settings_api_simulator" / "files")]
        )
        return _call(venv, "python", "tests/bench/settings.py", *arguments, PYTHONPATH=paths)
    return _call(_environment("test"), "python", "tests/bench/bench.py", *_bench_arguments())


def user_errors() -> int:
    """Makes the most likely user errors and prints what the terminal says of each."""
    venv = _environment("test")
    return _call(venv, "python", "tests/tools/user_errors.py", END_TO_END_VENV=str(venv))


def _pytest(*arguments: str, **env: str) -> int:
    venv = _environment("test")
    workers = str(max(2, min(os.cpu_count() or 2, 8)))
    command = ["python", "-m", "pytest", "-n", workers, *arguments, *os.environ.get("TEST_ARGS", "").split()]
    return _call(venv, *command, END_TO_END_VENV=str(venv), **env)


def fault_injection() -> int:
    """The long form of the fault tests, with counts of what was done and of damage at the end."""
    files = (
        "fault_injection",
        "end_to_end/test_leaks.py",
        "unit/plugins/module_utils/_settings_api/test_schema_agreement.py",
    )
    return _pytest(*(f"tests/{file}" for file in files), FAULT_INJECTION="long")


def search_volume() -> int:
    """Many sessions on a real OpenSearch, with figures: 100,000, or as many as SEARCH_VOLUME says."""
    venv = _environment("test")
    try:
        servers = search_servers.ensure()
    except search_servers.NoServersError as reason:
        raise EnvironmentProblem(str(reason)) from None
    count = os.environ.get("SEARCH_VOLUME", "100000")
    command = ("python", "-m", "pytest", "-s", "-q", "tests/search/test_volume.py")
    return _call(venv, *command, SEARCH_SERVERS=str(servers), SEARCH_VOLUME=count)


def fuzz() -> int:
    """Arbitrary input in bulk: the property tests with the long profile of hypothesis."""
    files = (
        "fault_injection/test_arbitrary_input.py",
        "fault_injection/test_all_schemas.py",
        "unit/plugins/module_utils/_settings_api/test_schema_agreement.py",
        "unit/plugins/module_utils/_settings_api/test_plan.py",
        "unit/plugins/module_utils/_settings_api/test_connection_properties.py",
    )
    return _pytest(*(f"tests/{file}" for file in files), HYPOTHESIS_PROFILE="long")


def round_trip() -> int:
    """Settings of every schema of the corpus through the playbooks."""
    if not os.environ.get("DYNATRACE_REFERENCE"):
        raise EnvironmentProblem("no corpus: DYNATRACE_REFERENCE names no folder with real schemas")
    return _pytest("tests/end_to_end/test_round_trip.py", "-m", "corpus", ROUND_TRIP="long")


COVERAGE = """\
[run]
branch = true
parallel = true
patch = subprocess, _exit
data_file = {folder}/data
include =
    {root}/plugins/*
    {root}/roles/settings_api_simulator/files/*
    */ansible_collections/community/dynatrace/plugins/*
# Ansible writes these into the archive of a module.
omit = */__init__.py
[paths]
# Modules run from an archive in a temporary folder.
plugins =
    {root}/plugins
    */ansible_collections/community/dynatrace/plugins
[report]
ignore_errors = true
skip_covered = true
skip_empty = true
show_missing = true
sort = cover
exclude_also =
    if TYPE_CHECKING:
    @(abc\\.)?abstractmethod
    ^\\s*\\.\\.\\.$
[html]
directory = {folder}/html
[xml]
output = {folder}/coverage.xml
"""


def coverage() -> int:
    """Lines and branches that unit and end-to-end tests reach, in every process that they start."""
    venv = _environment("test")
    folder = BUILD / "coverage"
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    settings = folder / "settings.ini"
    settings.write_text(COVERAGE.format(root=ROOT, folder=folder), encoding="utf-8")
    workers = str(max(2, min(os.cpu_count() or 2, 8)))
    folders = [f"tests/{name}" for name in ("unit", "simulator", "end_to_end")]
    code = _call(
        venv,
        "python",
        "-m",
        "coverage",
        "run",
        f"--rcfile={settings}",
        *("-m", "pytest", "-n", workers, "-q", "-m", "not corpus", *folders, *os.environ.get("TEST_ARGS", "").split()),
        END_TO_END_VENV=str(venv),
    )
    # What failing tests reached is worth knowing, too. A process that a test killed may leave a file that is of no use.
    for step in ("combine", "html", "xml", "report"):
        quiet = ("--quiet",) if step != "report" else ()
        failed = _call(venv, "python", "-m", "coverage", step, f"--rcfile={settings}", *quiet)
        code = code or (failed if step != "combine" else 0)
    print(f"coverage{' (tests failed)' if code else ''}: {(folder / 'html' / 'index.html').relative_to(ROOT)}")
    return code


def tidy() -> int:
    """Formats the Python files and repairs what ruff can repair."""
    venv = _environment("test")
    return _call(venv, "ruff", "check", "--fix", "--quiet", ".") | _call(venv, "ruff", "format", ".")


def lock() -> int:
    """Writes requirements/*.txt from *.in; versions stay as they are unless UPGRADE is set."""
    venv = _environment("lock")
    flags = [
        "--universal",
        "--generate-hashes",
        "--no-annotate",
        "--no-header",
        "--no-emit-index-url",
        "--no-config",
        "--quiet",
    ]
    if os.environ.get("UPGRADE"):
        flags.append("--upgrade")
    for group in environments.GROUPS.values():
        at_least = ".".join(str(part) for part in group.at_least)
        source, target = f"requirements/{group.name}.in", str(group.lock.relative_to(ROOT))
        command = ["uv", "pip", "compile", *flags, "--python-version", at_least, "--output-file", target, source]
        if code := _call(venv, *command, UV_CACHE_DIR=str(BUILD / "cache" / "uv")):
            return code
        lines = group.lock.read_text(encoding="utf-8").splitlines(keepends=True)
        packages = "".join(line for line in lines if not line.startswith("#"))
        group.lock.write_text(HEADER.format(name=group.name, at_least=at_least) + packages, encoding="utf-8")
        print(f"{target}: {sum(not line.startswith((' ', '#')) for line in lines)} packages")
    return 0


def tree() -> int:
    """Makes the symlink tree that Ansible and Python import the collection from."""
    print(environments.link_tree().relative_to(ROOT))
    return 0


def docs() -> int:
    """Builds the documentation site; a warning is an error."""
    venv = _environment("docs")
    site = BUILD / "docs"
    shutil.rmtree(site, ignore_errors=True)
    source = site / "rst"
    source.mkdir(parents=True)
    shutil.copyfile(ROOT / "docs" / "conf.py", site / "conf.py")
    shutil.copytree(ROOT / "docs" / "static", site / "static")
    collection = ("--use-current", "--squash-hierarchy", "--fail-on-error", "--dest-dir", str(source))
    code = _call(venv, "antsibull-docs", "--config-file", "docs/antsibull-docs.cfg", "collection", *collection, NAME)
    if not code:
        where = (str(source), str(site / "html"))
        code = _call(venv, "sphinx-build", "-q", "-W", "--keep-going", "-c", str(site), "-b", "html", *where)
    print(f"documentation: {'failed' if code else (site / 'html' / 'index.html').relative_to(ROOT)}")
    return code


def cut_release() -> int:
    """Writes a release into the checkout."""
    import release

    return release.run()


TASKS: dict[str, Callable[[], int]] = {
    "demo": demo,
    "bench": bench,
    "user-errors": user_errors,
    "fault-injection": fault_injection,
    "search-volume": search_volume,
    "fuzz": fuzz,
    "round-trip": round_trip,
    "coverage": coverage,
    "docs": docs,
    "release": cut_release,
    "format": tidy,
    "lock": lock,
    "tree": tree,
}


def main() -> int:
    """Runs one task."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("task", choices=TASKS)
    try:
        return TASKS[parser.parse_args().task]()
    except EnvironmentProblem as problem:
        print(f"error: {problem}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 130


if __name__ == "__main__":
    sys.exit(main())
