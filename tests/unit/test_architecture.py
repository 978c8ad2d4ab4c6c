# Copyright (c) 2026, community.dynatrace contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The rules of the house that no other tool checks: who imports whom, headers, sizes, what no file may mention."""

from __future__ import annotations

import ast
import re
import subprocess
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
UTILS = ROOT / "plugins" / "module_utils"
THIRD_PARTY = {"requests", "urllib3", "jsonschema", "referencing", "yaml", "starlette", "uvicorn"}
MOST_LINES_OF_A_UTILITY = 300
MOST_LINES_OF_WIRING = 40


def project_files() -> list[Path]:
    """Every file that git sees, those that are not committed yet too; in an unpacked copy without git, every file."""
    command = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    listing = subprocess.run(command, cwd=ROOT, capture_output=True, check=False)
    names = listing.stdout.decode().split("\0") if listing.returncode == 0 else []
    files = [ROOT / name for name in names if name] or [
        path for path in ROOT.rglob("*") if not {".build", "__pycache__"} & set(path.parts)
    ]
    return sorted(path for path in set(files) if path.is_file() and not path.is_symlink())


def text_of(path: Path) -> str:
    return path.read_text(encoding="utf-8")


def shown(path: Path) -> str:
    return str(path.relative_to(ROOT))


def imports(path: Path, *, at_import_time: bool = False) -> Iterator[tuple[int, str]]:
    """(line, module) of the imports of a file; relative ones are resolved below plugins.

    `at_import_time` leaves out those in functions, under try/except ImportError and under `if TYPE_CHECKING`.
    """
    package = path.relative_to(ROOT).parent.parts

    def is_late(node: ast.AST) -> bool:
        if isinstance(node, ast.If):
            return "TYPE_CHECKING" in ast.dump(node.test)
        return isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.Try))

    def visit(node: ast.AST) -> Iterator[tuple[int, str]]:
        if isinstance(node, ast.Import):
            for alias in node.names:
                yield node.lineno, alias.name
        elif isinstance(node, ast.ImportFrom):
            if node.level:
                base = package[: len(package) - node.level + 1]
                yield node.lineno, ".".join([*base, *(node.module or "").split(".")]).rstrip(".")
            else:
                yield node.lineno, node.module or ""
        elif not (at_import_time and is_late(node)):
            for child in ast.iter_child_nodes(node):
                yield from visit(child)

    yield from visit(ast.parse(text_of(path), filename=str(path)))


def python_files(folder: Path) -> list[Path]:
    return [path for path in project_files() if path.suffix == ".py" and folder in path.parents]


def offences(files: list[Path], forbidden: re.Pattern[str], *, at_import_time: bool = False) -> list[str]:
    return [
        f"{shown(path)}:{line} imports {module}"
        for path in files
        for line, module in imports(path, at_import_time=at_import_time)
        if forbidden.search(module)
    ]


def test_the_engine_knows_neither_ansible_nor_session_exports() -> None:
    forbidden = re.compile(r"^ansible\b|_session_exports|_ansible_module|plugins\.(?!module_utils\._settings_api)")
    assert offences(python_files(UTILS / "_settings_api"), forbidden) == []


def test_the_domain_does_not_know_ansible() -> None:
    assert offences(python_files(UTILS / "_session_exports"), re.compile(r"^ansible\.")) == []


def test_the_checks_of_far_ends_need_nothing_but_python() -> None:
    """They also run on machines that have nothing else; what the domain needs of jsonschema is optional there."""
    assert offences(python_files(UTILS / "_endpoint_check"), re.compile(r"^ansible\.|^(urllib3|jsonschema)\b")) == []


def test_the_simulator_shares_no_code_with_the_engine() -> None:
    """It reads schemas by itself, so that a mistake in one of the two shows as a disagreement."""
    files = python_files(ROOT / "roles" / "settings_api_simulator")
    assert offences(files, re.compile(r"^ansible|module_utils|^jsonschema")) == []


def test_modules_can_be_imported_where_no_third_party_package_is() -> None:
    forbidden = re.compile(rf"^({'|'.join(sorted(THIRD_PARTY))})\b")
    assert offences(python_files(ROOT / "plugins"), forbidden, at_import_time=True) == []


def test_every_python_file_postpones_annotations() -> None:
    missing = [
        shown(path)
        for path in project_files()
        if path.suffix == ".py" and text_of(path).strip() and "from __future__ import annotations" not in text_of(path)
    ]
    assert missing == []


def test_every_header_names_the_licence_of_its_folder() -> None:
    """Whether every file has a licence, and its text is there, is what `make licences` checks."""
    spdx = re.compile("SPDX-License" + r"-Identifier: (\S+)")
    wrong = []
    for path in project_files():
        name = shown(path)
        named = spdx.search("\n".join(text_of(path).splitlines()[:8]))
        licence = "BSD-2-Clause" if name.startswith("plugins/module_utils/") else "GPL-3.0-or-later"
        if named and named.group(1) != licence:
            wrong.append(f"{name}: {named.group(1)} in place of {licence}")
    assert wrong == []


# Put together here, so that this file does not mention them either.
MENTIONS = re.compile(
    "|".join(
        [
            r"(?<![\w.~-])/(?:" + "|".join(["wo" + "rk", "ro" + "ot", "ho" + "me/[a-z]"]) + r")(?:/|\b(?![\w-]))",
            r"/tm" + r"p/(?:plan|bash_jobs|tooling)",
            r"py" + r"pi\.org|pythonhos" + r"ted|registry\.npm" + r"js|npm" + r"js\.org|deb\.deb" + r"ian\.org",
            r"(?i:\bcl" + r"aude\b|\bai ag" + r"ents?\b)",
        ]
    )
)


def test_no_file_names_a_machine_or_a_package_registry() -> None:
    found = [
        f"{shown(path)}:{number}: {match.group()}"
        for path in project_files()
        if path.suffix not in {".png", ".gz"}
        for number, line in enumerate(text_of(path).splitlines(), 1)
        for match in MENTIONS.finditer(line)
    ]
    assert found == []


def test_utilities_stay_small_enough_to_read_at_once() -> None:
    files = [*python_files(UTILS), *python_files(ROOT / "roles" / "settings_api_simulator")]
    long = {shown(path): len(text_of(path).splitlines()) for path in files}
    assert {name: lines for name, lines in long.items() if lines > MOST_LINES_OF_A_UTILITY} == {}


def test_modules_only_wire() -> None:
    """What stands below RETURN is imports and a few lines that call the domain."""
    long = {}
    for path in python_files(ROOT / "plugins" / "modules"):
        documented = [node for node in ast.parse(text_of(path)).body if isinstance(node, ast.Assign)]
        last = max(
            node.end_lineno or 0 for node in documented if getattr(node.targets[0], "id", "") in {"EXAMPLES", "RETURN"}
        )
        wiring = [line for line in text_of(path).splitlines()[last:] if line.strip()]
        if len(wiring) > MOST_LINES_OF_WIRING:
            long[shown(path)] = len(wiring)
    assert long == {}


def test_every_promise_of_the_reliability_guide_names_tests_that_exist() -> None:
    text = (ROOT / "docs" / "docsite" / "rst" / "reliability.rst").read_text(encoding="utf-8")
    named = re.findall(r"``(tests/[\w/]+\.py)::(\w+)``", text)
    assert len(named) > 40
    missing = [f"{file}::{test}" for file, test in named if f"\ndef {test}(" not in (ROOT / file).read_text()]
    assert missing == []
    commands = set(re.findall(r"``make ([\w-]+)``", text)) | set(re.findall(r"^    make ([\w-]+)", text, re.MULTILINE))
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    assert [command for command in commands if not re.search(rf"(?<![\w-]){command}(?![\w-])", makefile)] == []
