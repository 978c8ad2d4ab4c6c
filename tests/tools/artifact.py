# Copyright (c) 2026, community.dynatrace contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The archive that Galaxy gets: built as it will be released, imported as Galaxy does, installed in an empty place."""

from __future__ import annotations

import datetime
import shutil
import tarfile
from pathlib import Path

import environments
import release
from environments import BUILD, ROOT
from runner import Runner, pytest

NOT_SHIPPED = {
    ".build",
    ".ci",
    ".git",
    ".github",
    ".pre-commit-config.yaml",
    "Makefile",
    "pyproject.toml",
    "requirements",
}
"""What only the development of the collection needs."""


def package(runner: Runner) -> None:
    """Rehearses a release in a copy, builds the archive, imports it as Galaxy does, uses it where nothing else is."""
    collection = environments.copy_tree(BUILD / "copy-package")
    fragments = release.fragments_of(collection)
    if fragments:
        version = release.proposed(release.released(collection), fragments)
        today = datetime.date.today().isoformat()
        release.cut(runner, collection, version, today)
    dist = BUILD / "dist"
    shutil.rmtree(dist, ignore_errors=True)
    (dist / "importer").mkdir(parents=True)
    galaxy = (runner.tool("ansible-galaxy"), "collection")
    if runner.run(*galaxy, "build", "--output-path", str(dist), cwd=collection, hide=".", title="build"):
        return
    (archive,) = dist.glob("*.tar.gz")
    with tarfile.open(archive) as tar:
        unexpected = sorted({name.split("/")[0] for name in tar.getnames()} & NOT_SHIPPED)
    if unexpected:
        runner.failures.append(f"in the archive: {', '.join(unexpected)}")
    _import(runner, archive, dist)
    runner.say(f"   {archive.relative_to(ROOT)}, {archive.stat().st_size // 1024} kB")
    place = environments.ensure("user", runner.say)
    runner.say(f"   {environments.describe(place)}, with nothing but what the collection needs")
    runner.extra |= {"END_TO_END_VENV": str(place), "ARTIFACT": str(archive)}
    pytest(runner, "artifact")


def _import(runner: Runner, archive: Path, dist: Path) -> None:
    """galaxy-importer; a warning of it is a failure."""
    runner.run(
        runner.tool("python"),
        "-m",
        "galaxy_importer.main",
        str(archive),
        cwd=dist / "importer",
        title="galaxy-importer",
        hide=r"^(Loading|Getting|Finding|Linting|Collection|\.\.\.)",
        refuse=r"^(WARNING|ERROR|CRITICAL)",
        env={"PYTHONPATH": ""},
    )
