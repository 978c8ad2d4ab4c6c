# Copyright (c) 2026, community.dynatrace contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a person sees in an editor who names the schema in the first line of an inventory file.

Two releases of the language server that most editors use: the newest that runs on Node.js 20, and one of 2023.
"""

from __future__ import annotations

import json
import os
import re
import textwrap
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from ansible_collections.community.dynatrace.tests.editor.language_server import SETTINGS, LanguageServer
from ansible_collections.community.dynatrace.tests.editor.scenarios import (
    PREFIX,
    RIGHT,
    RIGHT_VARIABLES,
    WRONG,
    WRONG_ENDPOINTS,
    WRONG_VARIABLES,
    marks,
)

ROOT = Path(__file__).resolve().parents[2]
SCHEMA = ROOT / "docs" / "schemas" / "user_session_exports.json"
GUIDES = ROOT / "docs" / "docsite" / "rst"
EXAMPLES = ROOT / "examples" / "inventory"


def program(name: str) -> Path:
    folder = os.environ.get("NODE_PACKAGES")
    if not folder:
        pytest.skip("NODE_PACKAGES names no folder with the language servers: run make editor")
    return Path(folder) / "node_modules" / name / "bin" / "yaml-language-server"


@pytest.fixture(scope="module", params=["newest", "older"])
def server(request: pytest.FixtureRequest) -> Iterator[LanguageServer]:
    with LanguageServer(program(request.param)) as running:
        yield running


def first_line(folder: Path) -> str:
    return f"# yaml-language-server: $schema={os.path.relpath(SCHEMA, folder)}\n"


def said(found: list[dict[str, Any]], skip: int = 1) -> dict[int, list[str]]:
    """The messages by line, without the lines on top."""
    lines: dict[int, list[str]] = {}
    for one in found:
        lines.setdefault(one["range"]["start"]["line"] - skip, []).append(one["message"])
    return lines


def opened(server: LanguageServer, folder: Path, scenarios: dict[str, str]) -> dict[str, dict[int, list[str]]]:
    uris = {name: (folder / f"{number}.yml").as_uri() for number, name in enumerate(scenarios)}
    found = server.open({uris[name]: first_line(folder) + text for name, text in scenarios.items()})
    return {name: said(found[uri]) for name, uri in uris.items()}


def test_each_mistake_is_marked_where_it_is_and_nothing_else_is(server: LanguageServer, tmp_path: Path) -> None:
    scenarios = WRONG | WRONG_ENDPOINTS | WRONG_VARIABLES
    assert len(scenarios) > 30
    wrong = {}
    for name, found in opened(server, tmp_path, scenarios).items():
        wanted = marks(scenarios[name])
        assert wanted, name
        met = set(found) == set(wanted) and all(
            any(text in message for message in found[line]) for line, text in wanted.items()
        )
        if not met:
            wrong[name] = found
    assert wrong == {}


def test_nothing_is_marked_in_what_is_right(server: LanguageServer, tmp_path: Path) -> None:
    found = opened(server, tmp_path, RIGHT | RIGHT_VARIABLES)
    assert {name: lines for name, lines in found.items() if lines} == {}


def test_the_example_inventory_is_right_and_names_the_schema_itself(server: LanguageServer) -> None:
    files = sorted(EXAMPLES.glob("*_vars/*/*.yml"))
    assert len(files) >= 6
    texts = {path.as_uri(): path.read_text(encoding="utf-8") for path in files}
    for path in files:
        named = texts[path.as_uri()].splitlines()[0].partition("$schema=")[2]
        assert (path.parent / named).resolve() == SCHEMA, path
    assert {uri: said(found) for uri, found in server.open(texts).items() if found} == {}
    # The schema is really looked at.
    broken = (EXAMPLES / "group_vars" / "all" / "broken.yml").as_uri()
    text = texts[(EXAMPLES / "group_vars" / "all" / "exports.yml").as_uri()].replace("endpoint_url", "endpoint_uri")
    assert len(server.open({broken: text})[broken]) == 6


def test_options_are_offered_and_explained(server: LanguageServer, tmp_path: Path) -> None:
    uri = (tmp_path / "exports.yml").as_uri()
    text = first_line(tmp_path) + (
        f"{PREFIX}slots:\n"
        "  - name: archive\n"
        "    endpoint_definition:\n"
        "      endpoint_url: https://archive.example.com/sessions\n"
        "      \n"
        "    authentication:\n"
        "      auth_type: \n"
    )
    server.open({uri: text})
    offered = {item["label"]: item for item in server.at("completion", uri, 5, 6)["items"]}
    assert {"use_post", "content_type", "enable_user_session_export"} <= set(offered)
    assert "endpoint_url" not in offered, "it is there already"
    assert "POST instead of PUT" in str(offered["use_post"]["documentation"])
    kinds = {item["label"] for item in server.at("completion", uri, 7, 17)["items"]}
    assert {"basic", "oauth2"} <= kinds
    assert "HTTPS URL of the endpoint" in str(server.at("hover", uri, 4, 10))
    assert "V(" not in str(server.at("hover", uri, 1, 3))


def test_without_the_setting_the_tag_of_encrypted_values_is_marked(tmp_path: Path) -> None:
    """So the guide has to name it."""
    text = f"{PREFIX}api_token: !vault |\n  $ANSIBLE_VAULT;1.1;AES256\n  6632613863\n"
    with LanguageServer(program("newest"), {"yaml": {**SETTINGS["yaml"], "customTags": []}}) as server:
        found = opened(server, tmp_path, {"encrypted": text})["encrypted"]
    assert list(found) == [0]
    assert "!vault" in found[0][0]


def test_the_guides_write_what_an_editor_accepts(server: LanguageServer, tmp_path: Path) -> None:
    blocks = {}
    for guide in GUIDES.glob("*.rst"):
        pattern = r"^\.\. code-block:: yaml\n +:caption: (\S+_vars/\S+)\n\n((?:    .*\n|\n)+)"
        for number, block in enumerate(re.finditer(pattern, guide.read_text(encoding="utf-8"), re.M)):
            blocks[f"{guide.stem} {number} {block[1]}"] = textwrap.dedent(block[2])
    assert len(blocks) > 5
    found = opened(server, tmp_path, blocks)
    assert {name: lines for name, lines in found.items() if lines} == {}


def test_the_guide_names_the_settings_and_the_place_that_were_tried() -> None:
    text = (GUIDES / "guide_editor.rst").read_text(encoding="utf-8")
    block = re.search(r":caption: \.vscode/settings\.json\n\n((?:    .*\n|\n)+)", text)
    assert block
    settings = json.loads(block[1])
    assert settings["yaml.customTags"] == SETTINGS["yaml"]["customTags"]
    installed = f"collections/ansible_collections/community/dynatrace/{SCHEMA.relative_to(ROOT)}"
    assert list(settings["yaml.schemas"]) == [installed]
    assert f"# yaml-language-server: $schema=../../../{installed}\n" in text
