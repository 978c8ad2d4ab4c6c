# Copyright (c) 2026, community.dynatrace contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The rules of the code that no other tool checks: imports, the map, message texts, headers, sizes, mentions."""

from __future__ import annotations

import ast
import functools
import re
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
PLUGINS = ROOT / "plugins"
UTILS = PLUGINS / "module_utils"
THIRD_PARTY = {"requests", "urllib3", "jsonschema", "referencing", "yaml", "starlette", "uvicorn"}
MOST_LINES_OF_A_FILE = 400
DATA_FILES = {"published_schema.py", "property_list.py", "sample_sessions.py", "finding_codes.py"}
"""Data may be as long as it is."""
MOST_LINES_OF_WIRING = 40


@functools.cache
def project_files() -> list[Path]:
    """Every file that git sees, those that are not committed yet too; in an unpacked copy without git, every file."""
    command = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    listing = subprocess.run(command, cwd=ROOT, capture_output=True, check=False)
    names = listing.stdout.decode().split("\0") if listing.returncode == 0 else []
    files = [ROOT / name for name in names if name] or [
        path for path in ROOT.rglob("*") if not {".build", "__pycache__"} & set(path.parts)
    ]
    return sorted(path for path in set(files) if path.is_file() and not path.is_symlink())


@functools.cache
def text_of(path: Path) -> str:
    return path.read_text(encoding="utf-8")


@functools.cache
def tree_of(path: Path) -> ast.Module:
    return ast.parse(text_of(path), filename=str(path))


def shown(path: Path) -> str:
    return str(path.relative_to(ROOT))


def imports(path: Path, *, at_import_time: bool = False) -> Iterator[tuple[int, str]]:
    """(line, module or name in it) of the imports of a file; relative ones are resolved below plugins.

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
                module = ".".join([*base, *(node.module or "").split(".")]).rstrip(".")
            else:
                module = node.module or ""
            for alias in node.names:
                yield node.lineno, f"{module}.{alias.name}"
        elif not (at_import_time and is_late(node)):
            for child in ast.iter_child_nodes(node):
                yield from visit(child)

    yield from visit(tree_of(path))


def python_files(folder: Path) -> list[Path]:
    return [path for path in project_files() if path.suffix == ".py" and folder in path.parents]


def offences(files: list[Path], forbidden: re.Pattern[str], *, at_import_time: bool = False) -> list[str]:
    return [
        f"{shown(path)}:{line} imports {module}"
        for path in files
        for line, module in imports(path, at_import_time=at_import_time)
        if forbidden.search(module)
    ]


# Unit of plugins/module_utils: the other units that it may import. What is not in a list goes the wrong way.
SHARED = {"_layers", "_module_definition", "_option_names", "_atomic_file", "_problems"}
LAYERS = {
    "_settings_api": set[str](),
    "_settings_common": {"_settings_api", *SHARED},
    "_policies": {"_settings_api", *SHARED},
    "_session_exports": {"_settings_api", "_settings_common", *SHARED},
    "_settings_objects": {"_policies", "_settings_api", "_settings_common", *SHARED},
    "_terraform": {"_session_exports", "_settings_api", "_settings_common", "_settings_objects", *SHARED},
    "_environment": {
        "_export_modules",
        "_policies",
        "_session_exports",
        "_settings_api",
        "_settings_common",
        "_settings_objects",
        *SHARED,
    },
    "_endpoint_check": {"_session_exports", "_settings_api", "_settings_common", *SHARED},
    "_elasticsearch_index": {"_endpoint_check", "_settings_api", "_settings_common", *SHARED},
    "_export_modules": {
        "_endpoint_check",
        "_policies",
        "_session_exports",
        "_settings_api",
        "_settings_common",
        *SHARED,
    },
    "_environment_check": {"_settings_api", *SHARED},
    "_inventory": {"_params", "_settings_api", *SHARED},
    "_monaco": {"_session_exports", "_settings_api", "_settings_common", "_settings_objects", *SHARED},
    **{name: {"_settings_api", *SHARED} for name in SHARED},
    "_input_limits": {"_settings_api"},
    "_params": {"_settings_api", *SHARED},
    "_runner": {"_params", "_settings_api", *SHARED},
    "_ansible_module": {"_input_limits", "_params", "_runner", "_settings_api", *SHARED},
}
KNOWS_ANSIBLE = {"_ansible_module", "_runner", "_params"}
"""Of plugins/module_utils, which runs on any host and in any process."""
KNOWS_NO_ANSIBLE = {"_progress", "_report"}
"""Of plugins/plugin_utils, which otherwise belongs to the controller."""


def unit_of(path: Path) -> str:
    """The package or the file of plugins/module_utils or plugins/plugin_utils that a file belongs to."""
    return path.relative_to(PLUGINS).parts[1].removesuffix(".py")


def imported_units(path: Path, kind: str) -> Iterator[tuple[int, str]]:
    for line, module in imports(path):
        found = re.search(rf"(?:^|\.)plugins\.{kind}\.(\w+)", module)
        if found:
            yield line, found[1]


def test_imports_go_from_modules_to_domains_to_the_engine_and_never_back() -> None:
    wrong = []
    for path in python_files(UTILS):
        unit = unit_of(path)
        if unit not in LAYERS:
            wrong.append(f"{shown(path)}: say in LAYERS what it may import")
            continue
        for line, other in imported_units(path, "module_utils"):
            if other != unit and other not in LAYERS[unit]:
                wrong.append(f"{shown(path)}:{line} imports {other}")
    assert wrong == []


def test_utilities_that_modules_use_import_nothing_of_the_controller() -> None:
    assert offences(python_files(UTILS), re.compile(r"plugins\.(?!module_utils\b)")) == []


def test_only_a_few_utilities_know_ansible() -> None:
    files = [path for path in python_files(UTILS) if unit_of(path) not in KNOWS_ANSIBLE]
    files += [path for path in python_files(PLUGINS / "plugin_utils") if unit_of(path) in KNOWS_NO_ANSIBLE]
    assert offences(files, re.compile(r"^ansible\.")) == []


def test_modules_and_actions_only_open_a_domain() -> None:
    domains = {"_export_modules", "_settings_objects", "_endpoint_check", "_elasticsearch_index", "_environment_check"}
    domains |= {"_monaco", "_terraform"}
    wrong = []
    for kind, runner in (("modules", "_ansible_module"), ("action", "_in_process")):
        for path in python_files(PLUGINS / kind):
            used = {unit for utils in ("module_utils", "plugin_utils") for _line, unit in imported_units(path, utils)}
            if not (used <= {runner, *domains} or used in ({"_report_action"}, {"_fleet_action", "_cached_imports"})):
                wrong.append(f"{shown(path)} imports {', '.join(sorted(used))}")
    assert wrong == []


def test_the_endpoint_check_needs_nothing_but_python() -> None:
    """It also runs on machines that have nothing else; what the domain needs of jsonschema is optional there."""
    files = [*python_files(UTILS / "_endpoint_check"), *python_files(UTILS / "_elasticsearch_index")]
    assert offences(files, re.compile(r"^(urllib3|jsonschema)\b")) == []


def map_of_contributing() -> set[str]:
    """The paths in the table of CONTRIBUTING.md that says where things are."""
    _before, _heading, after = text_of(ROOT / "CONTRIBUTING.md").partition("## Where things are")
    rows = [line for line in after.partition("\n## ")[0].splitlines() if line.startswith("| `")]
    return {name for row in rows for name in re.findall(r"`([\w./-]+)`", row.split("|")[1])}


def test_every_package_and_every_shared_file_is_on_the_map_in_contributing() -> None:
    named = map_of_contributing()
    assert [name for name in sorted(named) if not (ROOT / name).exists()] == [], "on the map, and not there"
    wanted = set()
    for path in project_files():
        parts = path.relative_to(ROOT).parts
        if parts[0] == "plugins":
            depth = 3 if parts[1] in ("module_utils", "plugin_utils") else 2
            wanted.add("/".join(parts[:depth]) + ("/" if len(parts) > depth else ""))
    assert sorted(wanted - named) == [], "in plugins/, and not on the map"


# What an exception of a library says is read nowhere else, and these texts are no messages of ours.
FOREIGN_TEXT = {"Tunnel connection failed", "no vault secrets", "no write index is defined for alias", "index ["}
READERS = {"startswith", "endswith", "find", "index", "partition", "rpartition", "split", "rsplit", "replace"} | {
    "removeprefix",
    "removesuffix",
}
SEARCHES = {"search", "match", "fullmatch", "sub", "findall", "finditer"}


def is_message(node: ast.AST) -> bool:
    """The text of a problem, an error or a result."""
    if isinstance(node, ast.Attribute):
        return node.attr in ("message", "hint")
    if isinstance(node, ast.Subscript) and isinstance(node.slice, ast.Constant):
        return node.slice.value in ("message", "hint", "msg")
    return False


def is_prose(node: ast.AST) -> bool:
    """A constant of words, which only a comparison with a message would need."""
    if isinstance(node, (ast.Tuple, ast.List, ast.Set)):
        return any(is_prose(one) for one in node.elts)
    if not (isinstance(node, ast.Constant) and isinstance(node.value, str)) or node.value in FOREIGN_TEXT:
        return False
    return bool(re.search(r"[A-Za-z]{2}", node.value)) and " " in node.value.strip("\n")


def has_letters(node: ast.AST) -> bool:
    constants = [one.value for one in ast.walk(node) if isinstance(one, ast.Constant)]
    return not constants or any(isinstance(one, str) and re.search("[A-Za-z]{2}", one) for one in constants)


def reads_message(node: ast.AST) -> bool:
    """Whether an expression decides by the words of a message. Line ends and full stops may be looked at."""
    if isinstance(node, ast.Compare):
        sides = [node.left, *node.comparators]
        equality = any(isinstance(one, (ast.Eq, ast.NotEq, ast.In, ast.NotIn)) for one in node.ops)
        return equality and (
            any(is_prose(one) for one in sides)
            or (any(is_message(one) for one in sides) and any(has_letters(one) for one in sides if not is_message(one)))
        )
    if not (isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute)):
        return False
    if node.func.attr in READERS:
        read = is_message(node.func.value) and any(has_letters(one) for one in node.args)
        return read or any(is_prose(one) for one in node.args)
    return node.func.attr in SEARCHES and any(is_message(one) for one in node.args)


def test_no_code_decides_by_the_words_of_a_message() -> None:
    """A problem is for people to read, and may be worded in another way at any time."""
    found = [
        f"{shown(path)}:{node.lineno}: {ast.unparse(node)}"
        for path in python_files(PLUGINS)
        if path.parent.name not in ("doc_fragments", "_report")
        for node in ast.walk(tree_of(path))
        if isinstance(node, ast.expr) and reads_message(node)
    ]
    assert found == []


def problem_codes(path: Path) -> Iterator[tuple[str, str]]:
    """The place and the code of each problem that a file makes. A code is a constant, or one of two."""
    makers = {"Problem": 0, "UnknownZone": 0, "UnknownReference": 0, "problem": 1, "custom": 1}
    for node in ast.walk(tree_of(path)):
        if not isinstance(node, ast.Call):
            continue
        name = node.func.id if isinstance(node.func, ast.Name) else getattr(node.func, "attr", "")
        if name in makers and len(node.args) > makers[name]:
            code = node.args[makers[name]]
            for one in (code.body, code.orelse) if isinstance(code, ast.IfExp) else (code,):
                if isinstance(one, ast.Constant):
                    yield f"{shown(path)}:{node.lineno}", one.value


def problem_texts(tree: ast.AST) -> list[int]:
    """The lines of problems that are made of a sentence, which belongs into the table."""
    found = {
        node.lineno
        for node in ast.walk(tree)
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "Problem"
        for one in node.args[:2]
        for part in getattr(one, "values", [one])
        if isinstance(part, ast.Constant) and re.search(r"^[^(]* ", str(part.value))
    }
    return sorted(found)


def test_a_problem_is_made_of_a_code() -> None:
    assert problem_texts(ast.parse('Problem(path, "is empty")\nProblem(path, f"is {a} long")')) == [1, 2]
    assert problem_texts(ast.parse('Problem("empty", f"{at}.name")\nProblem("same", at, {"other": "a b"})')) == []
    assert [shown(path) for path in python_files(PLUGINS) if problem_texts(tree_of(path))] == []


def test_every_problem_has_a_text_and_every_text_a_problem() -> None:
    table = ast.parse(text_of(UTILS / "_problems.py"))
    (texts,) = (
        node.value
        for node in ast.walk(table)
        if isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name) and node.target.id == "TEXTS"
    )
    assert isinstance(texts, ast.Dict)
    known = [key.value for key in texts.keys if isinstance(key, ast.Constant)]
    assert sorted(known) == sorted(set(known))
    made = [one for path in python_files(PLUGINS) for one in problem_codes(path)]
    assert [f"{place}: {code!r}" for place, code in made if code not in known] == [], "without a text"
    files = [path for path in python_files(PLUGINS) if path.name != "_problems.py"]
    constants = {
        node.value
        for path in files
        for node in ast.walk(tree_of(path))
        if isinstance(node, ast.Constant) and isinstance(node.value, str)
    }
    # Put together from the code of the problem and its variant.
    composed = {
        "reference.unknown_schema",
        "reference.unknown_schema.meant",
        "unknown_scope.meant",
        "unknown_scope_type.meant",
        "ambiguous.id",
        "ambiguous.match",
        "ambiguous.name",
        "custom.item",
        "custom.object",
    }
    assert [code for code in known if code not in constants | composed] == [], "of no problem"


def test_the_wording_of_a_missing_value_is_in_one_place() -> None:
    found = [
        f"{shown(path)}:{node.lineno}"
        for path in python_files(PLUGINS)
        if path.relative_to(PLUGINS).parts[0] in ("module_utils", "plugin_utils", "action")
        for node in ast.walk(tree_of(path))
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and node.value.startswith("is required")
    ]
    assert len(found) == 1 and found[0].startswith("plugins/module_utils/_problems.py:"), found


@pytest.mark.parametrize(
    ("code", "read"),
    [
        ('problem.message.startswith("is required")', True),
        ('found == ["is required"]', True),
        ('message in ("must not be blank", "must not be empty")', True),
        ('"oauth_" not in error.hint', True),
        ('error.hint.replace("environment_url", "url")', True),
        ('text.partition(" (object ")', True),
        ('re.search(", did you mean", problem.message)', True),
        ('result["msg"] == expected', True),
        ('problem.code == "required"', False),
        ('self.message.endswith((".", "!"))', False),
        ('error["message"].partition("\\n")', False),
        ('"Tunnel connection failed" in str(error)', False),
        ('name == "basic"', False),
    ],
)
def test_reading_a_message_is_recognised(code: str, read: bool) -> None:
    assert any(reads_message(node) for node in ast.walk(ast.parse(code))) is read


# Sources without a test file of their own, and the one that tests them. A new file is in no list: write its test file.
TESTED_IN = {
    # Documentation, and a line that calls the domain: every one is run by the same test.
    "plugins/modules/*": "modules/test_modules.py",
    "plugins/action/*": "action/test_actions.py",
    "plugins/doc_fragments/*": "../test_plugin_documentation.py",
    # What only Ansible can run: end to end.
    "plugins/callback/progress.py": "../../end_to_end/test_progress_callback.py",
    "plugins/inventory/environments.py": "../../end_to_end/test_fleet_inventory.py",
    "plugins/plugin_utils/_fleet/environments.py": "../../end_to_end/test_fleet_task.py",
    "plugins/plugin_utils/_fleet_action.py": "../../end_to_end/test_fleet_task.py",
    "plugins/plugin_utils/_inventory_options.py": "../../end_to_end/test_fleet_inventory.py",
    "plugins/plugin_utils/_progress_screen.py": "../../end_to_end/test_progress_callback.py",
    "plugins/plugin_utils/_report_action.py": "action/test_actions.py",
    # Types without rules of their own.
    "plugins/module_utils/_module_definition.py": "modules/test_modules.py",
    "plugins/module_utils/_settings_api/backend.py": "module_utils/_settings_api/test_apply.py",
    "plugins/module_utils/_settings_api/plan_types.py": "module_utils/_settings_api/test_plan.py",
    "plugins/module_utils/_settings_objects/policy_states.py": "module_utils/_policies/test_evaluation.py",
}


def has_own_tests(path: Path) -> bool:
    folder = ROOT / "tests" / "unit" / path.parent.relative_to(ROOT)
    return any(folder.glob(f"test_{path.stem}.py")) or any(folder.glob(f"test_{path.stem}_*.py"))


def test_every_source_file_has_a_test_file_of_its_name_or_says_where_it_is_tested() -> None:
    sources = {shown(path) for path in python_files(PLUGINS) if path.name != "__init__.py" and not has_own_tests(path)}
    left = {name for name in sources if name not in TESTED_IN and f"{name.rpartition('/')[0]}/*" not in TESTED_IN}
    assert sorted(left) == [], "has no test file of its name"
    tests = {name: (ROOT / "tests" / "unit" / "plugins" / place).resolve() for name, place in TESTED_IN.items()}
    assert [name for name, place in tests.items() if not place.is_file()] == []
    assert [name for name in tests if not (ROOT / name.removesuffix("/*")).exists()] == [], "is gone"
    assert [name for name in TESTED_IN if not name.endswith("/*") and has_own_tests(ROOT / name)] == [], "has its own"


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


def test_files_are_short_enough_to_be_read_at_once() -> None:
    """Data is exempt, and so are the files of Ansible plugins, which are documentation for the most part."""
    folders = [UTILS, PLUGINS / "plugin_utils", PLUGINS / "action", ROOT / "roles" / "settings_api_simulator"]
    files = [path for folder in folders for path in python_files(folder) if path.name not in DATA_FILES]
    long = {shown(path): len(text_of(path).splitlines()) for path in files}
    assert {name: lines for name, lines in long.items() if lines > MOST_LINES_OF_A_FILE} == {}


def test_documentation_is_made_of_literals() -> None:
    """ansible-test ends with a traceback at any other assignment in a documentation fragment."""
    wrong = [
        f"{shown(path)}:{node.lineno}"
        for path in python_files(PLUGINS / "doc_fragments")
        for node in ast.walk(tree_of(path))
        if isinstance(node, ast.Assign) and not isinstance(node.value, ast.Constant)
    ]
    assert wrong == []


def test_modules_only_wire() -> None:
    """What stands below RETURN is imports and a few lines that call the domain."""
    long = {}
    for path in python_files(ROOT / "plugins" / "modules"):
        documented = [node for node in tree_of(path).body if isinstance(node, ast.Assign)]
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
