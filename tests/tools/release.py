# Copyright (c) 2026, community.dynatrace contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""A release: the version that the changelog fragments ask for, in galaxy.yml, the changelog and nowhere else.

Versions are semantic. Before 1.0.0, what would be a major release is a minor one.
"""

from __future__ import annotations

import datetime
import os
import re
import subprocess
import sys
from pathlib import Path

import environments
from environments import ROOT
from runner import Runner

MAJOR = {"breaking_changes", "removed_features"}
MINOR = {"major_changes", "minor_changes", "deprecated_features"}
Version = tuple[int, int, int]


class ReleaseProblem(Exception):
    """Nothing can be released like this; the text says why, and what to do."""


def fragments_of(folder: Path) -> set[str]:
    """The sections of the changelog that the fragments in a checkout write to."""
    sections: set[str] = set()
    for fragment in (folder / "changelogs" / "fragments").glob("*.y*ml"):
        sections |= set(re.findall(r"^([a-z_]+):", fragment.read_text(encoding="utf-8"), re.MULTILINE))
    return sections


def released(folder: Path) -> Version | None:
    """The newest version in the changelog, or None before the first release."""
    changelog = folder / "changelogs" / "changelog.yaml"
    text = changelog.read_text(encoding="utf-8") if changelog.exists() else ""
    versions = re.findall(r"^  (\d+)\.(\d+)\.(\d+):$", text, re.MULTILINE)
    return max(((int(one), int(two), int(three)) for one, two, three in versions), default=None)


def declared(folder: Path) -> Version:
    """The version in galaxy.yml."""
    found = re.search(
        r"^version: (\d+)\.(\d+)\.(\d+)$", (folder / "galaxy.yml").read_text(encoding="utf-8"), re.MULTILINE
    )
    if found is None:
        raise ReleaseProblem("galaxy.yml: version is not of the form 1.2.3")
    return int(found[1]), int(found[2]), int(found[3])


def proposed(last: Version | None, sections: set[str]) -> str:
    """The version that comes after `last` with what the fragments say; the first one is 0.1.0."""
    if last is None:
        return "0.1.0"
    major, minor, patch = last
    if sections & MAJOR and major:
        return f"{major + 1}.0.0"
    if sections & (MAJOR | MINOR):
        return f"{major}.{minor + 1}.0"
    return f"{major}.{minor}.{patch + 1}"


def checked(wanted: str, last: Version | None, sections: set[str]) -> str:
    """The version to release: the wanted one, or the proposed one. Raises ReleaseProblem if it promises too much."""
    least = proposed(last, sections)
    if not wanted:
        return least
    if not re.fullmatch(r"\d+\.\d+\.\d+", wanted):
        raise ReleaseProblem(f"VERSION={wanted}: is not of the form 1.2.3")
    if _numbers(wanted) < _numbers(least):
        why = ", ".join(sorted(sections & (MAJOR | MINOR))) or "they fix something"
        raise ReleaseProblem(f"VERSION={wanted}: the fragments ask for {least} at least ({why})")
    return wanted


def _numbers(version: str) -> Version:
    one, two, three = (int(part) for part in version.split("."))
    return one, two, three


def cut(runner: Runner, folder: Path, version: str, date: str) -> None:
    """Writes the version and the changelog into a checkout that lies in a tree of collections."""
    galaxy = folder / "galaxy.yml"
    text = re.sub(r"^version: .*$", f"version: {version}", galaxy.read_text(encoding="utf-8"), flags=re.MULTILINE)
    galaxy.write_text(text, encoding="utf-8")
    arguments = ("release", "--version", version, "--date", date)
    runner.run(runner.tool("antsibull-changelog"), *arguments, cwd=folder, hide=".", title=f"changelog of {version}")


def run() -> int:
    """The command `make release`; its exit code."""
    status = ["git", "status", "--porcelain"]
    sections = fragments_of(ROOT)
    try:
        if subprocess.run(status, cwd=ROOT, capture_output=True, text=True, check=True).stdout:
            raise ReleaseProblem(
                "the working tree is not clean: commit first, so that the release is a commit of its own"
            )
        if not sections:
            raise ReleaseProblem("there is no fragment in changelogs/fragments: nothing has changed for users")
        version = checked(os.environ.get("VERSION", ""), released(ROOT), sections)
    except ReleaseProblem as problem:
        print(f"error: {problem}", file=sys.stderr)
        return 1
    runner = Runner(environments.ensure("test"))
    environments.link_tree()
    linked = environments.COLLECTIONS / "ansible_collections" / "community" / "dynatrace"
    cut(runner, linked, version, datetime.date.today().isoformat())
    if runner.failures:
        return 1
    print(
        f"release {version}: galaxy.yml, CHANGELOG.md and changelogs/ are written.\n"
        f"next: read them (git diff), run make ready, then\n"
        f"      git commit -am 'Release {version}' && git tag -s {version} -m {version}\n"
        f"      and publish .build/dist/community-dynatrace-{version}.tar.gz, which make package builds"
    )
    return 0
