# Copyright (c) 2026, community.dynatrace contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Installs the npm packages of a test folder under .build/env/, as the package-lock.json of the folder pins them.

Run as a script it writes the lock files again from the package.json files. No address of a registry is kept in them: a
hash is there for every package, and npm asks the registry that it is set up for.
"""

from __future__ import annotations

import hashlib
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

from environments import BUILD, LOCKS, ROOT, EnvironmentProblem

EDITOR = ROOT / "tests" / "editor"
SDK = ROOT / "tests" / "sdk"
FILES = ("package.json", "package-lock.json")
OLDEST_NODE = 20
_UNREACHABLE = re.compile(r"ENOTFOUND|ECONNREFUSED|ETIMEDOUT|EAI_AGAIN|ENETUNREACH|EHOSTUNREACH|ECONNRESET|ENOTCACHED")


class NoNodeError(Exception):
    """There is no Node.js here, or too old a one, or no registry; the text says so."""


def ensure(source: Path, say: Callable[[str], None] = print) -> Path:
    """The folder with node_modules, installed again when the lock file or Node.js has changed.

    Raises NoNodeError, EnvironmentProblem.
    """
    with LOCKS[str(source)]:
        return _ensure(source, say)


def _ensure(source: Path, say: Callable[[str], None]) -> Path:
    version = _node_version()
    folder = BUILD / "env" / f"node-{version.partition('.')[0]}-{source.name}"
    stamp = folder / "stamp"
    lock = source / "package-lock.json"
    state = f"{version} {folder} {hashlib.sha256(lock.read_bytes()).hexdigest()}\n"
    if stamp.is_file() and stamp.read_text(encoding="utf-8") == state:
        return folder
    say(f"environment node-{source.name}: Node.js {version}, {lock.relative_to(ROOT)} -> {folder.relative_to(ROOT)}")
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    for name in FILES:
        shutil.copyfile(source / name, folder / name)
    _npm(folder, "ci")
    stamp.write_text(state, encoding="utf-8")
    return folder


def lock() -> None:
    """Writes package-lock.json from package.json, in each folder that has one."""
    for source in (EDITOR, SDK):
        _npm(source, "install", "--package-lock-only", "--omit-lockfile-registry-resolved=true")


def _node_version() -> str:
    for program in ("node", "npm"):
        if shutil.which(program) is None:
            raise NoNodeError(f"no {program} on this machine (Node.js {OLDEST_NODE} or newer, with npm)")
    answer = subprocess.run(["node", "--version"], capture_output=True, text=True, check=False).stdout
    found = re.match(r"v(\d+)\.[\d.]+", answer)
    if found is None or int(found[1]) < OLDEST_NODE:
        raise NoNodeError(f"Node.js {OLDEST_NODE} or newer is needed, here it is {answer.strip() or 'broken'}")
    return found[0].removeprefix("v")


def _npm(folder: Path, *words: str) -> None:
    # No script of a package is run. Settings of a caller's own npm run would not be meant for this one.
    command = ["npm", *words, "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error"]
    environment = {key: value for key, value in os.environ.items() if not key.startswith("npm_package_")}
    if not (Path.home() / ".npm").is_dir():
        environment["npm_config_cache"] = str(BUILD / "cache" / "npm")
    done = subprocess.run(
        command,
        cwd=folder,
        env=environment,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )
    if done.returncode and _UNREACHABLE.search(done.stdout):
        raise NoNodeError("npm cannot reach its registry, and the packages are not here yet")
    if done.returncode:
        raise EnvironmentProblem(f"failed: {' '.join(command)}\n{done.stdout[-2000:]}")


if __name__ == "__main__":
    try:
        lock()
    except EnvironmentProblem as problem:
        sys.exit(f"error: {problem}")
