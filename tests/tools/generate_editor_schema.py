# Copyright (c) 2026, community.dynatrace contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Writes docs/schemas/user_session_exports.json: the variables of the role as JSON Schema, for editors.

Made from what everything else is made from: names, types and texts from the documentation of the module, rules from
the published schema as the engine translates it, with the names of its options. Needs PyYAML only. With --check nothing
is written; the exit code is 1 if the file differs.

Draft-07: yaml-language-server, which most editors use for YAML, has understood it from its beginning. 2020-12 it takes
since 2025 only, other YAML plug-ins do not, and nothing here needs it. ``errorMessage``, ``patternErrorMessage``,
``deprecationMessage`` and ``markdownDescription`` are extensions of editors; a validator passes over them.
"""

from __future__ import annotations

import argparse
import difflib
import json
import re
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import environments
import generate_role_options as role

sys.path.insert(0, str(environments.link_tree()))

from ansible_collections.community.dynatrace.plugins.module_utils._session_exports import (
    declaration,
    options,
)
from ansible_collections.community.dynatrace.plugins.module_utils._session_exports.published_schema import (
    PUBLISHED,
)
from ansible_collections.community.dynatrace.plugins.module_utils._settings_api.external_id import MAX_NAME_LENGTH

Node = dict[str, Any]
TARGET = role.ROOT / "docs" / "schemas" / "user_session_exports.json"
SLOTS = role.variable("exports")
STATE = role.variable("state")

LATER = r"\{\{|\{%|^\s*\$ANSIBLE_VAULT;"
"""What Ansible makes a value of when it runs: an expression, or an encrypted text. Nothing is known about it before."""
_TRUE, _FALSE = ("true", "yes", "on", "y", "t", "1"), ("false", "no", "off", "n", "f", "0")
"""Words that Ansible takes for a boolean. An editor reads YAML 1.2, where a plain ``yes`` is a text."""
_PLAIN = r"^[^\s\x00-\x1f\x7f](?:[^\x00-\x1f\x7f]*[^\s\x00-\x1f\x7f])?$"
_NOT_BLANK = r"\S"


def document() -> Node:
    """The whole schema."""
    documented = role.module_options()
    variables: Node = {}
    for name, option in documented.items():
        node = described(option, documented) | shape(option, documented)
        # A connection variable may have either prefix.
        variables |= dict.fromkeys(dict.fromkeys((role.variable(name), role.own_variable(name))), node)
    slots = variables[SLOTS]
    slots["items"] = {"$ref": "#/definitions/slot"}
    names = "|".join(name.removeprefix(role.PREFIX) for name in [*variables, f"{role.PREFIX}result"])
    complete = {"$ref": "#/definitions/complete"}
    most = PUBLISHED["maxObjects"]
    return {
        "$schema": "http://json-schema.org/draft-07/schema#",
        "$comment": f"Written by tests/tools/{Path(__file__).name}: do not edit.",
        "title": "Variables of the role community.dynatrace.user_session_exports",
        "description": "For inventory files. Other variables may stand beside these.",
        "type": ["object", "null"],
        "properties": variables,
        "patternProperties": {
            # The role tells them too, if nothing else uses them.
            rf"^(?:{role.PREFIX}(?!(?:{names})$)|user_session_export_)": {
                "deprecationMessage": f"The role has no variable of this name. The exports are in {SLOTS}."
            }
        },
        # Other states need no more than names. A state in another file is not seen.
        "if": {"properties": {STATE: {"enum": ["present", None]}}},
        "then": {
            "properties": {
                SLOTS: {
                    # Not maxItems: this marks the one too many, not the whole list.
                    "items": [complete] * most,
                    "additionalItems": {"type": "null", "errorMessage": f"an environment takes at most {most} exports"},
                }
            }
        },
        "definitions": {
            "slot": one_slot(documented),
            "complete": rules(None, declaration.published_schema().json_schema()),
        },
    }


# --- what may be written where: names, types, choices; true of every state and in branches that are switched off ---


def one_slot(documented: Mapping[str, Any]) -> Node:
    """A slot. Only its name is needed in every state."""
    slot = shape({"type": "dict", "suboptions": documented["exports"]["suboptions"]}, documented)
    slot["type"] = ["object", "string"]
    slot["required"] = ["name"]
    name = slot["properties"]["name"]
    name["type"] = ["string", "number"]
    name["pattern"] = f"{LATER}|{_PLAIN}"
    name["patternErrorMessage"] = "must not be blank, begin or end with white space, nor contain control characters"
    name |= unless_later({"maxLength": MAX_NAME_LENGTH})
    defaults(slot["properties"], None)
    return slot


def shape(option: Mapping[str, Any], documented: Mapping[str, Any]) -> Node:
    """Names, types and choices of one option. Every type is also what Ansible makes it from."""
    kind = option["type"]
    later = f"must be {_AN[kind]} or a Jinja expression" if kind in _AN else ""
    if "choices" in option:
        return {"anyOf": [{"enum": [*option["choices"]]}, {"type": "null"}, {"type": "string", "pattern": LATER}]}
    if kind == "dict":
        children = {
            name: described(child, documented) | shape(child, documented)
            for name, child in option["suboptions"].items()
        }
        found = {"type": ["object", "string", "null"], "pattern": LATER, "patternErrorMessage": later}
        return found | {"properties": children, "additionalProperties": False}
    if kind == "list":
        return {"type": ["array", "string", "null"], "pattern": LATER, "patternErrorMessage": later}
    if kind == "bool":
        words = "|".join(_any_case(word) for word in (*_TRUE, *_FALSE))
        return {
            "type": ["boolean", "string", "null"],
            "pattern": f"{LATER}|^(?:{words})$",
            "patternErrorMessage": later,
        }
    if kind in ("float", "int"):
        pattern = f"{LATER}|^[0-9]+(?:\\.[0-9]+)?$"
        return {"type": ["number", "string", "null"], "pattern": pattern, "patternErrorMessage": later}
    # A secret is never made of a number, because nobody sees which text comes out.
    return {"type": ["string", "null"] if kind == "raw" else ["string", "number", "null"]}


_AN = {
    "dict": "a dictionary",
    "list": "a list",
    "bool": "true, false",
    "float": "a number",
    "int": "a whole number",
}


def described(option: Mapping[str, Any], documented: Mapping[str, Any]) -> Node:
    """Its text, and the default that its documentation gives."""
    text = role._markdown(" ".join(option["description"]), set(documented)).replace("\\|", "|")
    found: Node = {"description": re.sub(r"[`*]", "", text), "markdownDescription": text}
    if "default" in option:
        found["default"] = option["default"]
    return found


def defaults(properties: Node, prop: Mapping[str, Any] | None) -> None:
    """The published defaults, put where the options are."""
    for key, child in options._properties(prop).items():
        node = properties[options.snake(key)]
        if options._properties(child):
            defaults(node["properties"], child)
        elif child.get("default") not in (None, ""):
            node["default"] = child["default"]


# --- what a complete export needs: only while the branch is alive ---


def rules(prop: Mapping[str, Any] | None, translated: Node, where: tuple[str, ...] = ()) -> Node:
    """What the properties of one object must be and which are required, with the preconditions of each."""
    kind = _definition(prop, translated)
    always: Node = {"required": [], "properties": {}}
    conditional = []
    children = options._properties(prop)
    for key, child in children.items():
        name = options.snake(key)
        if options._properties(child):
            content = rules(child, translated, (*where, key))
            required = bool(content.get("required"))
        else:
            content = constraints((*where, key), _property(kind, key))
            required = not child.get("nullable") and child["type"] != "secret" and child.get("default") in (None, "")
        if required:
            types = ["object", "string"] if options._properties(child) else ["string", "number"]
            # On its own, because the message would take the place of others.
            given = {"type": types, "errorMessage": f"{name} is required"}
            content = {**content, "allOf": [given, *content.get("allOf", ())]}
        if not content:
            continue
        part: Node = {"properties": {name: content}, **({"required": [name]} if required else {})}
        if "precondition" in child:
            conditional.append({"if": condition(child["precondition"], children), "then": part})
        else:
            always["properties"] |= part["properties"]
            always["required"] += part.get("required", [])
    found = {key: value for key, value in always.items() if value}
    return found | ({"allOf": conditional} if conditional else {})


def condition(precondition: Mapping[str, Any], siblings: Mapping[str, Any]) -> Node:
    """Whether a property is alive, as far as the file tells: an expression is not known, so nothing is asked then."""
    if precondition["type"] != "EQUALS":
        raise LookupError(f"a precondition {precondition['type']} cannot be said here yet")
    key, expected = precondition["property"], precondition["expectedValue"]
    sibling = siblings[key]
    values = [expected]
    if isinstance(expected, bool):
        words = _TRUE if expected else _FALSE
        values += [form for word in words for form in dict.fromkeys((word, word.title(), word.upper()))]
    name = options.snake(key)
    test: Node = {"properties": {name: {"enum": values}}, "required": [name]}
    if sibling.get("default") == expected:
        test = {"properties": {name: {"enum": [*values, None]}}}
    if "precondition" in sibling:
        return {"allOf": [condition(sibling["precondition"], siblings), test]}
    return test


def constraints(path: tuple[str, ...], node: Node) -> Node:
    """The constraints of a property with their messages, for a text that is known."""
    if path == declaration.ZONE:
        # May be given by name, so the pattern of the ids does not hold.
        return unless_later({"pattern": _NOT_BLANK, "patternErrorMessage": "must not be blank"})
    found = []
    for one in node.get("allOf", ()):
        inner = one.get("then", one)
        clean = {key: value for key, value in inner.items() if key != "$comment"}
        if "pattern" in clean and "$comment" in inner:
            clean["patternErrorMessage"] = inner["$comment"]
        found.append(clean)
    return unless_later({"allOf": found}) if found else {}


def unless_later(node: Node) -> Node:
    """The node for what stands in the file, nothing for what Ansible fills in."""
    return {"if": {"pattern": LATER}, "else": node}


def _definition(prop: Mapping[str, Any] | None, translated: Node) -> Node:
    found = translated if prop is None else translated["$defs"][prop["type"]["$ref"].rpartition("/")[2]]
    return dict(found)


def _property(kind: Node, key: str) -> Node:
    """How the engine translates a property; one with a precondition stands below it."""
    below = [part.get("then", {}).get("properties", {}).get(key) for part in kind.get("allOf", ())]
    return next((node for node in (kind["properties"][key], *below) if node), {})


def _any_case(word: str) -> str:
    return "".join(f"[{letter}{letter.upper()}]" if letter.isalpha() else letter for letter in word)


def outputs() -> Iterator[tuple[Path, str]]:
    """The file, with its whole text."""
    yield TARGET, json.dumps(document(), indent=2, ensure_ascii=False) + "\n"


def main() -> int:
    """Writes the file, or with --check shows how it differs."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--check", action="store_true", help="write nothing; exit code 1 if the file would change")
    check = parser.parse_args().check
    stale = False
    for file, text in outputs():
        old = file.read_text(encoding="utf-8") if file.is_file() else ""
        if old == text:
            continue
        stale = True
        name = str(file.relative_to(role.ROOT))
        if check:
            lines = old.splitlines(keepends=True), text.splitlines(keepends=True)
            sys.stdout.writelines(difflib.unified_diff(*lines, name, f"{name} (as generated)"))
        else:
            file.parent.mkdir(exist_ok=True)
            file.write_text(text, encoding="utf-8")
            print(f"written: {name}")
    if check and stale:
        print("error: run python tests/tools/generate_editor_schema.py", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
