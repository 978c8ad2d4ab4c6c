# Copyright (c) 2026, community.dynatrace contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""What guides and README files name exists: commands, playbooks, variables, plugins, files, headings."""

from __future__ import annotations

import itertools
import json
import re
import shlex
import textwrap
from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml

from ansible_collections.community.dynatrace.tests.unit.test_architecture import project_files, shown, text_of

ROOT = Path(__file__).resolve().parents[2]
PAGES = [path for path in project_files() if path.suffix in (".md", ".rst") and "changelogs" not in path.parts]
READMES = [path for path in PAGES if path.suffix == ".md"]
NAME = "community.dynatrace."


def blocks(text: str) -> Iterator[str]:
    """The shell blocks of a page, Markdown or reStructuredText."""
    for found in re.finditer(r"^```(?:shell|console)\n(.*?)^```", text, re.M | re.S):
        yield found[1]
    for found in re.finditer(r"^\.\. code-block:: (?:shell|console)\n\n((?:    .*\n|\n)+)", text, re.M):
        yield found[1]


def commands() -> list[tuple[str, tuple[str, ...]]]:
    """Each command that a page shows, in a block or in a sentence, with the page."""
    found = []
    for page in PAGES:
        text = text_of(page)
        lines = [line.strip() for block in blocks(text) for line in block.splitlines()]
        lines += [words for ticks, words in re.findall(r"(`+)((?:make|ansible-\w+) [^`]+)`", text) if len(ticks) < 3]
        for line in lines:
            words = shlex.split(line, comments=True)
            while words and re.fullmatch(r"[A-Z_]+=.*", words[0]):
                words.pop(0)
            if words:
                found.append((shown(page), tuple(words)))
    return found


COMMANDS = commands()


def of(program: str) -> list[tuple[str, tuple[str, ...]]]:
    return [(page, words[1:]) for page, words in COMMANDS if words[0] == program]


def variables_of(words: tuple[str, ...]) -> Iterator[str]:
    """The extra variables of a command, but those in files."""
    for flag, value in itertools.pairwise(words):
        if flag in ("-e", "--extra-vars") and not value.startswith("@"):
            yield from json.loads(value) if value.startswith("{") else [value.partition("=")[0]]


def test_pages_show_commands() -> None:
    assert {words[0] for _page, words in COMMANDS} >= {"make", "ansible-playbook", "ansible-vault", "ansible-galaxy"}
    assert len(COMMANDS) > 80


def test_make_knows_what_pages_tell_it() -> None:
    # Earlier names come last in the file, and no page may name them.
    makefile = text_of(ROOT / "Makefile").replace("\\\n", "").partition("# Earlier names")[0]
    lists = re.findall(r"^(?:\.PHONY:|CHECKS =|TASKS =) (.+)$", makefile, re.M)
    known = {name for line in lists for name in line.split()}
    assert {"demo", "test", "unit", "fuzz"} <= known
    for page, words in of("make"):
        unknown = {word for word in words if "=" not in word and not word.startswith("/")} - known
        assert not unknown, f"{page}: make {' '.join(unknown)}"


def test_playbooks_exist_and_read_the_variables_that_pages_give_them() -> None:
    roles = {
        name
        for path in (ROOT / "roles").glob("*/meta/argument_specs.yml")
        for entry in yaml.safe_load(text_of(path))["argument_specs"].values()
        for name in entry["options"]
    }
    for page, words in of("ansible-playbook"):
        read = set(roles)
        for word in words:
            if word.startswith(NAME):
                playbook = ROOT / "playbooks" / f"{word.removeprefix(NAME)}.yml"
                assert playbook.is_file(), f"{page}: {word}"
                parts = [text_of(part) for part in (ROOT / "playbooks" / "parts").glob("*.yml")]
                read.update(re.findall(r"\b[a-z]\w+", "\n".join([text_of(playbook), *parts])))
        # The transcript of the first hour misspells one.
        unread = set(variables_of(words)) - read - {"user_session_export_slots"}
        assert not unread, f"{page}: nothing reads {unread}"


def test_names_of_the_collection_exist() -> None:
    known = {path.stem for path in [*ROOT.glob("plugins/*/[a-z]*.py"), *ROOT.glob("playbooks/*.yml")]}
    known |= {path.name for path in (ROOT / "roles").iterdir()} | {"dynatrace", "docsite"}
    for page in PAGES:
        for name in re.findall(r"\bcommunity\.dynatrace\.([a-z_]+)", text_of(page)):
            assert name in known, f"{shown(page)}: {NAME}{name}"


def headings(path: Path) -> set[str]:
    """The anchors of a page, as the repository's site makes them."""
    text = text_of(path)
    pattern = r"^(.+)\n[=\-~]{3,}$" if path.suffix == ".rst" else r"^#+ (.+)$"
    titles = re.findall(pattern, re.sub(r"^```.*?^```", "", text, flags=re.M | re.S), re.M)
    return {re.sub(r"[^\w\- ]", "", title.lower()).replace(" ", "-") for title in titles}


@pytest.mark.parametrize("page", READMES, ids=shown)
def test_links_of_a_readme_lead_somewhere(page: Path) -> None:
    for link in re.findall(r"\]\(([^)\s]+)\)", re.sub(r"^```.*?^```", "", text_of(page), flags=re.M | re.S)):
        if re.match(r"(https|mailto):", link):
            continue
        name, _hash, anchor = link.partition("#")
        target = (page.parent / name).resolve() if name else page
        assert target.exists(), f"{link} of {shown(page)}"
        assert not anchor or anchor in headings(target), f"{link} of {shown(page)}"


def test_the_drawing_on_the_site_is_that_of_the_repository() -> None:
    """Documentation of collections carries no images, so the page has the drawing in itself."""
    drawing = text_of(ROOT / "docs" / "images" / "how_it_works.svg")
    page = text_of(ROOT / "docs" / "docsite" / "rst" / "architecture.rst")
    assert f".. raw:: html\n\n{textwrap.indent(drawing, '    ')}" in page
    assert "<title " in drawing and "<desc " in drawing and "prefers-color-scheme: dark" in drawing
    assert not re.search(r"https?://(?!www\.w3\.org/2000/svg)|url\((?!#)|@import|font-face", drawing), (
        "nothing from elsewhere"
    )


def test_contributing_names_files_that_exist_for_common_changes() -> None:
    _before, _heading, after = text_of(ROOT / "CONTRIBUTING.md").partition("## Where to make a change\n")
    rows = [line for line in after.partition("\n## ")[0].splitlines() if line.startswith("| ")]
    named = [name for row in rows for name in re.findall(r"`([\w.-]+/[\w./-]*)`", row)]
    assert len(rows) > 10 and len(named) > 20
    assert [name for name in named if not (ROOT / name).exists()] == []
