# Copyright (c) 2026, community.dynatrace contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Writes what the role user_session_exports says about its variables, from the documentation of its module.

The options are declared once, in the module: the role's argument specs, the arguments that its task passes on, and the
tables of both README files are made here. Needs PyYAML only. With --check nothing is written; the exit code is 1 if a
file differs.
"""

from __future__ import annotations

import argparse
import ast
import difflib
import re
import sys
from collections.abc import Iterator, Mapping
from functools import lru_cache
from pathlib import Path
from typing import Any

import yaml

ROOT = Path(__file__).resolve().parents[2]
MODULE = ROOT / "plugins" / "modules" / "user_session_exports.py"
FRAGMENT = ROOT / "plugins" / "doc_fragments" / "connection.py"
DOOR = ROOT / "plugins" / "module_utils" / "_session_exports" / "module.py"
TASK = ROOT / "plugins" / "module_utils" / "_ansible_module.py"
ROLE = ROOT / "roles" / "user_session_exports"

PREFIX = "user_session_exports_"
SHARED_PREFIX = "dynatrace_"
RENAMED = {"exports": "slots"}
HEADER = """\
---
# Copyright (c) 2026, community.dynatrace contributors
# SPDX-License-Identifier: GPL-3.0-or-later
#
# Written by tests/tools/generate_role_options.py from the documentation of the module: do not edit.
"""
SHORT = "Makes the user session exports of an environment be what is declared"
# Under the name of the entry point, main, Ansible would check them first. It ends at its first error, shows the whole
# specification beside it, and before ansible-core 2.19 a variable that cannot be rendered with the secrets in it.
ENTRY_POINT = "variables"
DESCRIPTION = [
    "Makes the exports of one environment be what the variables declare, with one task that runs on the controller.",
    "These are the variables of the role as it is used, without C(tasks_from). They have an entry point of their own, "
    "so that the module checks them, and not Ansible, which would end at the first mistake.",
    "Each variable is the option of the same name of M(community.dynatrace.user_session_exports).",
    "The variables that begin with C(dynatrace_) say how to reach the environment and are shared by everything in this "
    "collection. The same name with the prefix C(user_session_exports_) wins where it is defined.",
    "A variable that is not defined leaves the option out.",
    "The result of the module is in the variable C(user_session_exports_result).",
]
SLOTS_NOTE = "Each is a dictionary of the options below. In messages the first one is C(user_session_exports_slots[0])."

_WORDS = {"O": "`{}`", "V": "`{}`", "C": "`{}`", "E": "`{}`", "RV": "`{}`", "I": "*{}*", "B": "**{}**", "M": "`{}`"}
_MARKUP = re.compile(r"\b(O|V|C|E|RV|I|B|M)\(((?:\\.|[^)\\])*)\)")


class Loose(yaml.SafeDumper):
    """Lists are indented, as yamllint and ansible-lint want them; nothing is written as an alias."""

    def increase_indent(self, flow: bool = False, indentless: bool = False) -> None:
        """Never indentless."""
        super().increase_indent(flow, False)

    def ignore_aliases(self, data: Any) -> bool:
        """Always."""
        return True


def assigned(file: Path, name: str) -> Any:
    """The literal that a Python file assigns to a name, anywhere in it."""
    for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
        if not isinstance(node, ast.Assign | ast.AnnAssign) or node.value is None:
            continue
        targets = node.targets if isinstance(node, ast.Assign) else [node.target]
        if any(isinstance(target, ast.Name) and target.id == name for target in targets):
            return ast.literal_eval(node.value)
    raise LookupError(f"{file.relative_to(ROOT)} assigns no {name}")


@lru_cache(maxsize=1)
def connection_options() -> dict[str, Any]:
    """The documented options that say how to reach an environment."""
    connection: dict[str, Any] = yaml.safe_load(assigned(FRAGMENT, "DOCUMENTATION"))["options"]
    # The role sets it itself.
    del connection["vars_prefix"]
    return connection


def module_options() -> dict[str, dict[str, Any]]:
    """The documented options of the module: the exports, the connection, then the rest."""
    own = yaml.safe_load(assigned(MODULE, "DOCUMENTATION"))["options"]
    return {"exports": own.pop("exports"), **connection_options(), **own}


def secret_options() -> set[str]:
    """The options outside the exports that hold a secret: their argument specs say so."""
    names = set()
    for file in (MODULE, DOOR, TASK):
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            for key, spec in zip(node.keys, node.values, strict=True) if isinstance(node, ast.Dict) else ():
                if isinstance(key, ast.Constant) and isinstance(spec, ast.Dict) and _hidden(spec):
                    names.add(str(key.value))
    return names


def _hidden(spec: ast.Dict) -> bool:
    marks = zip(spec.keys, spec.values, strict=True)
    return any(isinstance(key, ast.Constant) and key.value == "no_log" and _is_true(mark) for key, mark in marks)


def _is_true(node: ast.expr) -> bool:
    return isinstance(node, ast.Constant) and node.value is True


def variable(option: str) -> str:
    """The role's variable for an option of the module."""
    if option in connection_options():
        return SHARED_PREFIX + option
    return own_variable(option)


def own_variable(option: str) -> str:
    """The variable of the role alone, which wins over a shared one."""
    return PREFIX + RENAMED.get(option, option)


def argument_specs(options: Mapping[str, Any]) -> str:
    """The text of meta/argument_specs.yml."""
    secrets = secret_options()
    variables = {}
    for name, option in options.items():
        spec = _role_option(option, set(options))
        if name in secrets:
            spec |= {"type": "raw", "no_log": True}
        if name == "exports":
            spec |= {"required": True, "description": [spec["description"][0], SLOTS_NOTE]}
        variables[variable(name)] = spec
    main = {"short_description": SHORT, "description": DESCRIPTION, "version_added": "0.1.0", "options": variables}
    main["author"] = yaml.safe_load(assigned(MODULE, "DOCUMENTATION"))["author"]
    return HEADER + yaml.dump(
        {"argument_specs": {ENTRY_POINT: main}}, Dumper=Loose, sort_keys=False, width=80, allow_unicode=True
    )


def _role_option(option: Mapping[str, Any], names: set[str]) -> dict[str, Any]:
    spec: dict[str, Any] = {"description": [_for_role(text, names) for text in option["description"]]}
    spec |= {key: option[key] for key in ("type", "elements", "required", "choices", "default") if key in option}
    if option["type"] == "raw":
        spec["no_log"] = True
    if "suboptions" in option:
        spec["options"] = {name: _role_option(child, names) for name, child in option["suboptions"].items()}
    return spec


def _for_role(text: str, names: set[str]) -> str:
    def own(match: re.Match[str]) -> str:
        head, rest = re.match(r"(\w+)(.*)", match[1], re.DOTALL).groups()  # type: ignore[union-attr]
        return f"O({variable(head)}{rest})" if head in names else match[0]

    text = re.sub(r"\bO\(([^)]*)\)", own, text)
    # Return values are the module's; a role has none.
    return re.sub(r"\bRV\((?!community)", "RV(community.dynatrace.user_session_exports#module:", text)


def variables_table(options: Mapping[str, Any]) -> str:
    """All variables of the role."""
    secrets = secret_options()
    rows = ["| variable | type | default | meaning |\n| --- | --- | --- | --- |\n"]
    for name, option in options.items():
        kind = f"{option['type']} of {option['elements']}" if "elements" in option else option["type"]
        default = "*required*" if name == "exports" else _default(option)
        secret = "**Secret.** " if name in secrets else ""
        meaning = secret + _markdown(" ".join(option["description"]), set(options))
        rows.append(f"| `{variable(name)}` | {kind} | {default} | {meaning} |\n")
    return "".join(rows)


def slot_tables(options: Mapping[str, Any]) -> str:
    """All options of one slot, a table for each group."""
    parts = []
    for path, group in _groups(options["exports"]["suboptions"]):
        heading = f"#### `{path}`\n\n{_sentence(group, options)}\n\n" if path else ""
        rows = ["| option | type | meaning |\n| --- | --- | --- |\n"]
        for name, child in group["suboptions"].items():
            below = f"{path}.{name}" if path else name
            shown = f"[`{name}`](#{_anchor(below)})" if "suboptions" in child else f"`{name}`"
            kind = "secret" if child["type"] == "raw" else child["type"]
            rows.append(f"| {shown} | {kind} | {_sentence(child, options)} |\n")
        parts.append(heading + "".join(rows))
    return "\n".join(parts)


def overview_table(options: Mapping[str, Any]) -> str:
    """The options of an export in short, with links to the role's README."""
    readme = "roles/user_session_exports/README.md"
    rows = ["| option | what is in it |\n| --- | --- |\n"]
    for path, group in _groups(options["exports"]["suboptions"]):
        leaves = {name: child for name, child in group["suboptions"].items() if "suboptions" not in child}
        if path:
            rows.append(f"| [`{path}`]({readme}#{_anchor(path)}) | {', '.join(f'`{name}`' for name in leaves)} |\n")
            continue
        for name, child in leaves.items():
            rows.append(f"| [`{name}`]({readme}#one-slot) | {_markdown(child['description'][0], set(options))} |\n")
    return "".join(rows)


def _groups(suboptions: Mapping[str, Any], path: str = "") -> Iterator[tuple[str, dict[str, Any]]]:
    """The slot itself (without a path), then every group of options in it."""
    if not path:
        yield "", {"suboptions": suboptions}
    for name, child in suboptions.items():
        if "suboptions" in child:
            below = f"{path}.{name}" if path else name
            yield below, child
            yield from _groups(child["suboptions"], below)


def _anchor(heading: str) -> str:
    """As code hosts make it from a heading."""
    return re.sub(r"[^\w -]", "", heading.lower()).replace(" ", "-")


def _default(option: Mapping[str, Any]) -> str:
    if "default" not in option:
        return ""
    value = option["default"]
    text = str(value).lower() if isinstance(value, bool) else str(value)
    return f"`{text}`"


def _sentence(option: Mapping[str, Any], options: Mapping[str, Any]) -> str:
    choices = f" One of {', '.join(f'`{choice}`' for choice in option['choices'])}." if "choices" in option else ""
    return _markdown(" ".join(option["description"]), set(options)) + choices


def _markdown(text: str, names: set[str]) -> str:
    def plain(match: re.Match[str]) -> str:
        inner = re.sub(r"\\(.)", r"\1", match[2])
        inner = inner.partition("#module:")[2] or inner
        if match[1] == "O":
            inner = inner.removeprefix(f"{variable('exports')}[].").replace("=", ": ", 1)
        return _WORDS[match[1]].format(inner)

    return _MARKUP.sub(plain, _for_role(text, names)).replace("|", "\\|")


def between(text: str, key: str, content: str, blank: str = "") -> str:
    """The text with what is between two markers replaced."""
    pattern = rf"(^[^\n]*generated: {key}\b[^\n]*\n)(.*?)(^[^\n]*end of generated\b)"
    new, count = re.subn(
        pattern, lambda found: f"{found[1]}{blank}{content}{blank}{found[3]}", text, flags=re.DOTALL | re.MULTILINE
    )
    if count != 1:
        raise LookupError(f"{count} places marked 'generated: {key}' ... 'end of generated', 1 is expected")
    return new


def outputs() -> Iterator[tuple[Path, str]]:
    """Every file that is written, with its whole text."""
    options = module_options()
    yield ROLE / "meta" / "argument_specs.yml", argument_specs(options)
    role_readme, readme = ROLE / "README.md", ROOT / "README.md"
    text = between(role_readme.read_text(encoding="utf-8"), "variables", variables_table(options), "\n")
    yield role_readme, between(text, "slot", slot_tables(options), "\n")
    yield readme, between(readme.read_text(encoding="utf-8"), "options", overview_table(options), "\n")


def main() -> int:
    """Writes the files, or with --check shows how they differ."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--check", action="store_true", help="write nothing; exit code 1 if a file would change")
    check = parser.parse_args().check
    stale = False
    for file, text in outputs():
        old = file.read_text(encoding="utf-8") if file.is_file() else ""
        if old == text:
            continue
        stale = True
        name = str(file.relative_to(ROOT))
        if check:
            lines = old.splitlines(keepends=True), text.splitlines(keepends=True)
            sys.stdout.writelines(difflib.unified_diff(*lines, name, f"{name} (as generated)"))
        else:
            file.write_text(text, encoding="utf-8")
            print(f"written: {name}")
    if check and stale:
        print("error: run python tests/tools/generate_role_options.py", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
