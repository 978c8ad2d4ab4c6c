# Copyright (c) 2026, community.dynatrace contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Runs the guide "The first hour" against the simulator, and writes what its commands print into it.

The guide is written by hand, except for the text below each ``.. output``. With --check, it writes nothing and exits
with code 1 if an output differs. Requires the test environment, which ``make unit`` creates.
"""

from __future__ import annotations

import argparse
import difflib
import os
import re
import sys
import tempfile
import textwrap
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / ".build" / "collections"))

from ansible_collections.community.dynatrace.tests.support.guides import run_line
from ansible_collections.community.dynatrace.tests.support.simulator import (
    EXPORT_SCHEMA,
    Simulator,
    basic_auth,
    export_object,
    export_value,
)
from ansible_collections.community.dynatrace.tests.tools import environments

ROOT = Path(__file__).resolve().parents[2]
GUIDE = ROOT / "docs" / "docsite" / "rst" / "guide_first_hour.rst"
CLUSTER = "https://dynatrace.example.com"
ENVIRONMENTS = ("shop-eu", "shop-us")
FOLDER = "/home/jane/dynatrace"
# Commands of the installation are those of the README, which tests/artifact follows.
INSTALLATION = ("pip ", "ansible-galaxy ")
SECONDS = "0.4"
_BLOCK = re.compile(
    r"(?:^\.\. by hand: (?P<action>\w+)\n\n)?"
    r"(?:^\.\. exit code (?P<code>\d)\n\n)?"
    r"(?:^\.\. (?P<output>output)\n\n)?"
    r"^\.\. code-block:: (?P<kind>\w+)\n(?: +:caption: (?P<name>\S+)\n)?\n?(?P<content>(?:    .*\n|\n(?=\n*    ))*)",
    re.M,
)


@dataclass(frozen=True)
class Block:
    """A block of the guide: a file, commands, or what they print."""

    start: int
    end: int
    kind: str
    name: str
    content: str
    output: bool
    code: int
    action: str


def blocks(text: str) -> Iterator[Block]:
    """The blocks of a page in their order."""
    for found in _BLOCK.finditer(text):
        content = textwrap.dedent(found["content"]).strip("\n")
        name, code, action = found["name"] or "", int(found["code"] or 0), found["action"] or ""
        yield Block(*found.span("content"), found["kind"], name, content, bool(found["output"]), code, action)


class Run:
    """A folder, two environments, and a reader who follows the guide."""

    def __init__(self, simulator: Simulator, folder: Path, venv: Path) -> None:
        self.simulator, self.folder, self.venv = simulator, folder, venv
        value = export_value("https://archive.example.com/sessions", authentication=basic_auth("archive", "original"))
        simulator.seed(ENVIRONMENTS[0], [export_object(None, value, author="jane.doe@example.com")])
        cluster = simulator.managed_url(ENVIRONMENTS[0]).partition("/e/")[0]
        # In this order in both directions: an address with a port begins like the one without.
        self.replaced = [
            (f"{CLUSTER}:9/", "https://127.0.0.1:9/"),
            (CLUSTER, cluster),
            ("dt0c01.XXXXXXXX.YYYYYYYY", simulator.token(ENVIRONMENTS[0])),
            ("dt0c01.ZZZZZZZZ.VVVVVVVV", simulator.token(ENVIRONMENTS[1])),
            ("dt0c01.RRRRRRRR.SSSSSSSS", simulator.token(ENVIRONMENTS[0], "read")),
        ]

    def real(self, text: str) -> str:
        """Text of the guide with the addresses and tokens of the simulator."""
        for shown, real in self.replaced:
            text = text.replace(shown, real)
        return text

    def shown(self, text: str) -> str:
        """An output with the addresses of the guide, and without what each run has of its own."""
        for shown, real in self.replaced:
            text = text.replace(real, shown)
        text = text.replace("127.0.0.1", CLUSTER.removeprefix("https://"))
        text = text.replace(str(self.folder.resolve()), FOLDER).replace(str(self.folder), FOLDER)
        text = re.sub(r"(?<= )( *)\d+\.\d(?=  |$)", lambda found: found[0][: -len(SECONDS)] + SECONDS, text, flags=re.M)
        text = re.sub(r"\b(\d+ min )?\d+ s\.$", "2 s.", text, flags=re.M)
        text = re.sub(r"\b20\d\d-\d\d-\d\d\b", "2026-11-27", text)
        text = re.sub(r"(?<=2026-11-27[T ])\d\d:\d\d", "09:30", text)
        text = re.sub(r"(?<=09:30):\d\d", ":00", text)
        return "\n".join(line.rstrip() for line in text.strip("\n").splitlines())

    def write(self, name: str, content: str) -> None:
        """Write a file of the guide."""
        path = self.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(f"{self.real(content)}\n", encoding="utf-8")

    def call(self, commands: str) -> tuple[int, str]:
        """Run commands as a reader does: the exit code of the last one, and all that they print."""
        environment = environments.clean_environment(self.venv)
        environment |= {"ANSIBLE_NOCOLOR": "1", "ANSIBLE_FORKS": "1", "COLUMNS": "140"}
        return run_line(self.real(commands).strip(), self.folder, environment)

    def disabled(self) -> None:
        """Someone disables the export of the second environment in the web UI."""
        (found,) = self.simulator.objects(ENVIRONMENTS[1], EXPORT_SCHEMA)
        edit = {"endpointDefinition": {"enableUserSessionExport": False}}
        self.simulator.change(ENVIRONMENTS[1], found["objectId"], merge=edit, author="john.doe@example.com")


def followed(text: str, run: Run) -> str:
    """The guide with the outputs of a run.

    :raises RuntimeError: a command ends with another exit code than the guide says.
    """
    actions: dict[str, Callable[[], None]] = {"disabled": run.disabled}
    printed, pieces, end = "", [], 0
    for block in blocks(text):
        if block.action:
            actions[block.action]()
        if block.output:
            pieces += [text[end : block.start], f"\n{textwrap.indent(run.shown(printed), '    ')}\n\n"]
            end = block.end
        elif block.name:
            run.write(block.name, block.content)
        elif block.kind == "shell" and not block.content.startswith(INSTALLATION):
            code, printed = run.call(block.content)
            if code != block.code:
                raise RuntimeError(f"{block.content}\nends with {code}, not with {block.code}:\n{printed}")
    whole = "".join([*pieces, text[end:]])
    return re.sub(r"\n{3,}", "\n\n", whole).rstrip("\n") + "\n"


def transcript(text: str, venv: Path) -> str:
    """The guide as a run writes it."""
    with tempfile.TemporaryDirectory(prefix="first-hour-") as folder, Simulator(ENVIRONMENTS) as simulator:
        return followed(text, Run(simulator, Path(folder).resolve(), venv))


def main() -> int:
    """Write the guide, or show the differences with --check."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--check", action="store_true", help="write nothing; exit code 1 if an output would change")
    check = parser.parse_args().check
    old = GUIDE.read_text(encoding="utf-8")
    new = transcript(old, Path(os.environ.get("END_TO_END_VENV") or sys.prefix))
    if check:
        sys.stdout.writelines(
            difflib.unified_diff(old.splitlines(keepends=True), new.splitlines(keepends=True), "guide", "run")
        )
        return int(old != new)
    GUIDE.write_text(new, encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
