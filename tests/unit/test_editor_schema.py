# Copyright (c) 2026, community.dynatrace contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""The schema for editors is up to date, and says of an inventory file what the module says of it.

tests/editor looks at the same files through language servers.
"""

from __future__ import annotations

import copy
import json
import re
import subprocess
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest
import yaml

from ansible_collections.community.dynatrace.plugins.module_utils._endpoint_check.endpoints import read_endpoints
from ansible_collections.community.dynatrace.plugins.module_utils._endpoint_check.static_checks import static_findings
from ansible_collections.community.dynatrace.plugins.module_utils._session_exports.declaration import (
    declare,
    published_schema,
)
from ansible_collections.community.dynatrace.plugins.module_utils._session_exports.options import argument_spec
from ansible_collections.community.dynatrace.tests.editor import scenarios
from ansible_collections.community.dynatrace.tests.support.endpoint_servers import export, to_elastic

jsonschema = pytest.importorskip("jsonschema")
ROOT = Path(__file__).resolve().parents[2]
SLOTS = f"{scenarios.PREFIX}slots"
SCHEMA: dict[str, Any] = json.loads((ROOT / "docs/schemas/user_session_exports.json").read_text(encoding="utf-8"))


def validator() -> Any:
    kind = jsonschema.Draft7Validator
    kind.check_schema(SCHEMA)
    return kind(SCHEMA)


def test_what_is_generated_is_up_to_date() -> None:
    command = [sys.executable, str(ROOT / "tests" / "tools" / "generate_editor_schema.py"), "--check"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


def test_every_variable_of_the_role_and_every_option_of_a_slot_is_there() -> None:
    specs = yaml.safe_load((ROOT / "roles/user_session_exports/meta/argument_specs.yml").read_text(encoding="utf-8"))
    variables = specs["argument_specs"]["variables"]["options"]
    own = [name for name in SCHEMA["properties"] if name in variables]
    assert own == list(variables)
    # The variables of the connection may also have the prefix of the role.
    ends = [name.removeprefix("dynatrace_") for name in variables if name.startswith("dynatrace_")]
    of_playbooks = [name for name in SCHEMA["properties"] if name in documented_by_playbooks()]
    known = {*own, *of_playbooks, *documented_by_the_settings_role()}
    others = [name for name in SCHEMA["properties"] if name not in known]
    assert others == [f"user_session_exports_{end}" for end in ends]
    defaults = {name: spec["default"] for name, spec in variables.items() if "default" in spec}
    assert {
        name: SCHEMA["properties"][name]["default"] for name in own if "default" in SCHEMA["properties"][name]
    } == defaults

    def names(spec: Mapping[str, Any]) -> dict[str, Any]:
        return {name: names(child.get("options", {})) for name, child in spec.items()}

    def offered(node: Mapping[str, Any]) -> dict[str, Any]:
        return {name: offered(child) for name, child in node.get("properties", {}).items()}

    assert offered(SCHEMA["definitions"]["slot"]) == names(argument_spec())
    assert all(node["description"] for node in described(SCHEMA["definitions"]["slot"]["properties"]))


def documented_by_the_settings_role() -> set[str]:
    """Its variables."""
    specs = yaml.safe_load((ROOT / "roles/settings/meta/argument_specs.yml").read_text(encoding="utf-8"))
    return set(specs["argument_specs"]["variables"]["options"])


def test_variables_of_the_settings_role_are_known_with_their_descriptions() -> None:
    assert documented_by_the_settings_role() <= set(SCHEMA["properties"])
    texts = [SCHEMA["properties"][name]["description"] for name in documented_by_the_settings_role()]
    assert all(texts) and not any(re.search(r"\b[OVMC]\(", text) for text in texts)
    assert not any(re.match(r"\w \w \w", text) for text in texts), "letters of a text are no sentences"
    assert not validator().is_valid({"dynatrace_settings": {}})


def documented_by_playbooks() -> set[str]:
    """The variables that playbooks describe at their top."""
    texts = [path.read_text(encoding="utf-8") for path in (ROOT / "playbooks").glob("*.yml")]
    return {name for text in texts for name in re.findall(r"^# (dynatrace_\w+)", text, re.M)}


def test_every_variable_of_a_playbook_is_known_with_its_description_and_default() -> None:
    assert len(documented_by_playbooks()) > 20
    assert documented_by_playbooks() <= set(SCHEMA["properties"])
    canary, drift = (SCHEMA["properties"][f"dynatrace_{name}"] for name in ("canary", "fail_on_drift"))
    assert canary["default"] == 0 and "environments to process first" in canary["description"]
    assert drift["default"] is False and not validator().is_valid({"dynatrace_fail_on_drift": "perhaps"})
    plans = SCHEMA["properties"]["dynatrace_approved_plans"]["description"]
    assert plans.endswith("-e @dynatrace-report/audit-plans.json"), "its second line belongs to it"


def test_a_file_that_is_encrypted_as_a_whole_is_valid() -> None:
    assert validator().is_valid("$ANSIBLE_VAULT;1.1;AES256 33373732623339313161613861386634")
    assert not validator().is_valid("a text")


SAMPLES: list[dict[str, Any]] = [
    to_elastic("https://a.example.com/_bulk"),
    to_elastic("https://a.example.com:9200/prefix/_bulk/?pipeline=x"),
    to_elastic("https://a.example.com/in"),
    to_elastic("https://a.example.com/x_bulk"),
    to_elastic("https://a.example.com/in?_bulk"),
    to_elastic("https://user:password@a.example.com/_bulk"),
    to_elastic("https://a.example.com/_bulk", endpoint={"use_post": False}),
    to_elastic("https://a.example.com/_bulk", endpoint={"content_type": "application/json"}),
    to_elastic("https://a.example.com/_bulk", endpoint={"content_type": " Application/X-NDJSON ; charset=utf-8"}),
    *(
        to_elastic("https://a.example.com/_bulk", send_direct={"index_name": name})
        for name in (
            "sessions-2026.11",
            "RUM",
            "a b",
            "a*",
            "-a",
            "_a",
            "+a",
            ".",
            "..",
            ".a",
            "a:b",
            "a/b",
            "a,b",
            "É",
        )
    ),
    export("https://a.example.com/in"),
    export("https://a.example.com/_bulk"),
    export("https://a.example.com/bulk/_bulk?x=1"),
    *(
        export("https://a.example.com/in", endpoint={"content_type": kind})
        for kind in ("application/json", "APPLICATION/X-NDJSON;v=1", "text/plain", "application/jsonp")
    ),
    export("https://a@b.example.com/in"),
    export("https://a.example.com/in?user=a@b"),
    export("https://a.example.com/_bulk", send_direct={"active": False, "index_name": "RUM"}),
    {
        **to_elastic("https://a.example.com/_bulk"),
        "endpoint_definition": {"endpoint_url": "https://a.example.com/_bulk"},
    },
]


@pytest.mark.parametrize("slot", SAMPLES, ids=range(len(SAMPLES)))
def test_an_editor_marks_what_the_endpoint_check_knows_without_a_connection(slot: dict[str, Any]) -> None:
    found = {one.option.partition("].")[2] for one in static_findings(read_endpoints([slot])[0])}
    marked: set[str] = set()
    for error in validator().iter_errors({SLOTS: [slot]}):
        path = ".".join(str(part) for part in list(error.absolute_path)[2:])
        missing = [name for name in ("content_type", "use_post") if f"'{name}' is a required" in error.message]
        marked |= {f"{path}.{name}" for name in missing} or {path}
    # Where the section is missing, only the URL can be marked.
    direct, url = "send_direct.active", "endpoint_definition.endpoint_url"
    assert marked == {url if option == direct else option for option in found}


@pytest.mark.parametrize("scenario", scenarios.WRONG_ENDPOINTS)
def test_the_module_warns_of_what_an_editor_marks(scenario: str) -> None:
    variables = scenarios.read(scenarios.WRONG_ENDPOINTS[scenario])
    assert not validator().is_valid(variables)
    assert declare(variables[SLOTS], published_schema()).problems == ()
    assert static_findings(read_endpoints(variables[SLOTS])[0])
    assert validator().is_valid({**variables, f"{scenarios.PREFIX}endpoint_validation": "ignore"})


def described(properties: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    for node in properties.values():
        yield node
        yield from described(node.get("properties", {}))


@pytest.mark.parametrize("scenario", scenarios.WRONG)
def test_the_module_refuses_what_an_editor_marks(scenario: str) -> None:
    try:
        variables = scenarios.read(scenarios.WRONG[scenario])
    except yaml.YAMLError:  # nor can Ansible read it
        return
    assert not validator().is_valid(variables)
    given = variables[SLOTS]
    if isinstance(given, list):
        # Names that are no options are refused by Ansible already.
        assert unknown_options(given, argument_spec()) or declare(given, published_schema()).problems


def unknown_options(node: Any, spec: Mapping[str, Any]) -> list[str]:
    """The names that are no options."""
    found = []
    for one in node if isinstance(node, list) else [node]:
        for name, child in one.items() if isinstance(one, dict) else ():
            found += unknown_options(child, spec[name].get("options", {})) if name in spec else [name]
    return found


@pytest.mark.parametrize("scenario", [*scenarios.RIGHT, *scenarios.RIGHT_VARIABLES])
def test_what_is_right_is_valid(scenario: str) -> None:
    variables = scenarios.read((scenarios.RIGHT | scenarios.RIGHT_VARIABLES)[scenario])
    assert list(validator().iter_errors(variables)) == []
    text = json.dumps(variables)
    if isinstance(variables, str):
        return
    if scenario in scenarios.RIGHT and "{{" not in text and "ANSIBLE_VAULT" not in text and "-513" not in text:
        assert declare(variables[SLOTS], published_schema()).problems == ()


def test_an_expression_may_stand_in_the_place_of_any_value() -> None:
    (slot,) = (one for one in scenarios.read(scenarios.RIGHT["OAuth"])[SLOTS])
    direct = to_elastic("https://elastic.example.com/_bulk", send_direct={"doc_type": "_doc"})
    slot |= {section: direct[section] for section in ("endpoint_definition", "send_direct")}
    slot["export_behavior"] = {"management_zone": "shop", "disable_notification": True, "custom_configuration": "x"}

    def places(node: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
        yield path
        for key, child in node.items() if isinstance(node, dict) else ():
            yield from places(child, (*path, key))

    tried = 0
    for path in places(slot):
        for text in ("{{ later }}", "$ANSIBLE_VAULT;1.1;AES256\n6632613863\n"):
            holder = {"slot": copy.deepcopy(slot)}
            node: Any = holder
            for part in ("slot", *path[:-1]) if path else ():
                node = node[part]
            node[path[-1] if path else "slot"] = text
            assert validator().is_valid({SLOTS: [holder["slot"]]}), path
            tried += 1
    for name in SCHEMA["properties"]:
        assert validator().is_valid({name: "{{ later }}"}), name
    assert tried > 30


def test_the_example_inventory_is_valid() -> None:
    files = sorted((ROOT / "examples" / "inventory").glob("*_vars/*/*.yml"))
    assert files
    for path in files:
        assert list(validator().iter_errors(scenarios.read(path.read_text(encoding="utf-8")))) == [], path
