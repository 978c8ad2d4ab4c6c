# Copyright (c) 2026, community.dynatrace contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Finds usable Pythons and builds the pinned environments under .build/.

Standard library only: it runs before anything is installed.
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import subprocess
import sys
import threading
from collections import defaultdict
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
BUILD = ROOT / ".build"
COLLECTIONS = BUILD / "collections"
NEWEST_KNOWN = (3, 14)
"""No Python above this is tried: the pinned packages have no wheels for it yet."""

_PROBE = "import ensurepip, json, ssl, sys, venv; print(json.dumps([list(sys.version_info[:3]), sys.executable]))"
_PYTHON_PREFIXES = ("PIP_REQUIRE", "PIP_TARGET", "PIP_USER", "PYTHON", "VIRTUAL_ENV")
_UNWANTED_PREFIXES = (*_PYTHON_PREFIXES, "ANSIBLE_", "DYNATRACE_", "PYTEST_", "MYPY", "RUFF_", "COVERAGE_")
LOCKS: defaultdict[str, threading.Lock] = defaultdict(threading.Lock)
"""One for each thing that is built: a second thread waits for the first."""
_WANTED = ("DYNATRACE_REFERENCE", "COVERAGE_PROCESS_CONFIG")


class EnvironmentProblem(Exception):
    """An environment cannot be built here; the text says what to install."""


@dataclass(frozen=True, order=True)
class Python:
    """An interpreter that was really run."""

    version: tuple[int, ...]
    path: str

    @property
    def short(self) -> str:
        """`3.13`"""
        return ".".join(str(part) for part in self.version[:2])

    def __str__(self) -> str:
        return ".".join(str(part) for part in self.version)


@dataclass(frozen=True)
class Group:
    """One lock file, and the Pythons that it is for (both ends included)."""

    name: str
    at_least: tuple[int, int]
    at_most: tuple[int, int] = NEWEST_KNOWN
    newest_first: bool = True
    from_source: tuple[str, ...] = ()
    """Packages that have no built form, and no code to compile either."""

    @property
    def lock(self) -> Path:
        """The file with the pinned versions and hashes."""
        return ROOT / "requirements" / f"{self.name}.txt"


# The oldest core runs on the oldest Python, so that both promises are kept by one run.
GROUPS = {
    group.name: group
    for group in (
        Group("demo", (3, 11)),
        Group("test", (3, 11)),
        Group("oldest", (3, 10), (3, 12), newest_first=False),
        Group("core-2.18", (3, 11), (3, 13)),
        Group("core-2.19", (3, 11), (3, 13)),
        Group("core-2.20", (3, 12)),
        Group("next", (3, 13)),
        Group("controller", (3, 12)),
        Group("user", (3, 11)),
        Group("licences", (3, 11), from_source=("reuse",)),
        Group("docs", (3, 12)),
        Group("sdk", (3, 11)),
        Group("lock", (3, 11)),
    )
}


def _candidates() -> Iterator[Path]:
    """Every file that may be a Python: by name on PATH, and pyenv's versions by full path (its shims may lie)."""
    names = [f"python{major}.{minor}" for major, minor in ((3, minor) for minor in range(NEWEST_KNOWN[1], 9, -1))]
    folders = [Path(folder) for folder in os.environ.get("PATH", "").split(os.pathsep) if folder]
    for name in ("python3", *names):
        for folder in folders:
            # One of those that are built here, if it is activated, would be removed under its own feet.
            if BUILD not in folder.parents and (folder / name).is_file():
                yield folder / name
    roots = {folder.parent for folder in folders if folder.name == "shims"}
    roots.add(Path(os.environ.get("PYENV_ROOT") or Path.home() / ".pyenv"))
    for root in sorted(roots):
        yield from sorted(root.glob("versions/3.*/bin/python3"), reverse=True)


def pythons() -> list[Python]:
    """The interpreters that run and can make environments, the newest first."""
    found: dict[tuple[int, ...], Python] = {}
    for candidate in _candidates():
        try:
            answer = subprocess.run(
                [str(candidate), "-I", "-c", _PROBE],
                capture_output=True,
                text=True,
                timeout=20,
                check=True,
                stdin=subprocess.DEVNULL,
            )
            version, executable = json.loads(answer.stdout)
        except (OSError, ValueError, subprocess.SubprocessError):
            continue
        # An activated environment of ours is none: it would be built from itself, and begin with removing itself.
        if BUILD not in Path(executable).parents:
            found.setdefault(tuple(version), Python(tuple(version), executable))
    return sorted(found.values(), reverse=True)


def choose(group: Group) -> Python | None:
    """The interpreter to use for a group, or None."""
    fitting = [python for python in pythons() if group.at_least <= python.version[:2] <= group.at_most]
    if not fitting:
        return None
    wanted = fitting[0].version[:2] if group.newest_first else fitting[-1].version[:2]
    return next(python for python in fitting if python.version[:2] == wanted)


def ensure(name: str, say: Callable[[str], None] = print) -> Path:
    """The environment of a group, built when it is missing or its lock or Python changed. Raises EnvironmentProblem."""
    with LOCKS[name]:
        return _ensure(GROUPS[name], say)


def _ensure(group: Group, say: Callable[[str], None]) -> Path:
    name = group.name
    python = choose(group)
    if python is None:
        low, high = (".".join(map(str, end)) for end in (group.at_least, group.at_most))
        raise EnvironmentProblem(
            f"no usable Python from {low} to {high} (with venv and pip) for the environment {name!r} on this machine"
        )
    folder = BUILD / "env" / f"{name}-{python.short}"
    stamp = folder / "stamp"
    state = f"{python} {python.path} {folder} {hashlib.sha256(group.lock.read_bytes()).hexdigest()}\n"
    if stamp.is_file() and stamp.read_text(encoding="utf-8") == state:
        return folder
    where = f"{group.lock.relative_to(ROOT)} -> {folder.relative_to(ROOT)}"
    say(f"environment {name}: Python {python}, {where} (once, for a minute or so)")
    shutil.rmtree(folder, ignore_errors=True)
    _run([python.path, "-m", "venv", str(folder)])
    quiet = [str(folder / "bin" / "python"), "-m", "pip", "--disable-pip-version-check", "--no-input", "-qq"]
    forms = ["--only-binary", ":all:", *(word for package in group.from_source for word in ("--no-binary", package))]
    _run([*quiet, "install", "--require-hashes", *forms, "-r", str(group.lock)])
    stamp.write_text(state, encoding="utf-8")
    return folder


def _run(command: list[str]) -> None:
    environment = {key: value for key, value in os.environ.items() if not key.startswith(_PYTHON_PREFIXES)}
    if not (Path.home() / ".rustup").is_dir():
        # Pip asks rustc for its version, and where that is rustup's, it makes a folder at home.
        environment.setdefault("RUSTUP_HOME", str(BUILD / "cache" / "rustup"))
    if not (Path.home() / ".cache" / "pip").is_dir():
        environment["PIP_CACHE_DIR"] = str(BUILD / "cache" / "pip")
    if subprocess.run(command, env=environment, stdin=subprocess.DEVNULL, check=False).returncode:
        raise EnvironmentProblem(f"failed: {' '.join(command)}")


def describe(folder: Path) -> str:
    """One line about an environment: its Python, its core, where it is."""
    code = """if True:
        import platform
        from importlib.metadata import PackageNotFoundError, version
        try:
            core = f", ansible-core {version('ansible-core')}"
        except PackageNotFoundError:
            core = ""
        print(f"Python {platform.python_version()}{core}")
    """
    answer = subprocess.run(
        [str(folder / "bin" / "python"), "-I", "-c", code], capture_output=True, text=True, check=True
    )
    return f"{answer.stdout.strip()}, in {folder.relative_to(ROOT)}"


def link_tree() -> Path:
    """Makes the checkout importable as ansible_collections.community.dynatrace; returns the folder for PYTHONPATH."""
    link = COLLECTIONS / "ansible_collections" / "community" / "dynatrace"
    link.parent.mkdir(parents=True, exist_ok=True)
    target = os.path.relpath(ROOT, link.parent)
    if not link.is_symlink() or os.readlink(link) != target:
        # Made aside and moved into place: several test processes may do this at once.
        fresh = link.with_name(f".dynatrace.{os.getpid()}")
        fresh.symlink_to(target)
        fresh.replace(link)
    return COLLECTIONS


def copy_tree(destination: Path) -> Path:
    """A copy of what git would see (uncommitted files too), for tools that stumble over symlinks.

    Returns the collection's folder in it.
    """
    listing = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT,
        capture_output=True,
        check=True,
    )
    collection = destination / "ansible_collections" / "community" / "dynatrace"
    shutil.rmtree(destination, ignore_errors=True)
    for name in filter(None, listing.stdout.decode().split("\0")):
        source = ROOT / name
        if source.is_file() or source.is_symlink():
            (collection / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(source, collection / name, follow_symlinks=False)
    # Its own repository: else the tools ask the checkout's, which ignores everything under .build/.
    subprocess.run(["git", "-c", "init.defaultBranch=main", "init", "-q", str(collection)], check=True)
    return collection


def clean_environment(folder: Path, collections: Path = COLLECTIONS) -> dict[str, str]:
    """The process environment of tools and tests.

    Nothing of the user's Ansible or Dynatrace settings is in it; every written file goes under .build/.
    """
    environment = {
        key: value for key, value in os.environ.items() if key in _WANTED or not key.startswith(_UNWANTED_PREFIXES)
    }
    home = BUILD / "home"
    home.mkdir(parents=True, exist_ok=True)
    environment |= {
        "PATH": os.pathsep.join([str(folder / "bin"), environment.get("PATH", os.defpath)]),
        "HOME": str(home),
        "LC_ALL": "C.UTF-8",
        "PYTHONPATH": str(collections),
        "PIP_CACHE_DIR": str(BUILD / "cache" / "pip"),
        "ANSIBLE_HOME": str(BUILD / "ansible"),
        "ANSIBLE_COLLECTIONS_PATH": str(collections),
        # The account's home, not $HOME, is what these two follow by default.
        "ANSIBLE_REMOTE_TEMP": str(BUILD / "ansible" / "remote_tmp"),
        "ANSIBLE_ASYNC_DIR": str(BUILD / "ansible" / "async"),
        # Interpreter discovery falls for pyenv's shims.
        "ANSIBLE_PYTHON_INTERPRETER": "{{ ansible_playbook_python }}",
    }
    return environment


if __name__ == "__main__":
    for usable in pythons():
        sys.stdout.write(f"{usable}  {usable.path}\n")
