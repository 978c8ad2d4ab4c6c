# Copyright (c) 2026, community.dynatrace contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""The data for job-template servers: as those servers take it, and every name in it is read by something."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import jsonschema
import pytest
import yaml

from ansible_collections.community.dynatrace.plugins.module_utils import _input
from ansible_collections.community.dynatrace.plugins.module_utils._fleet import options as fleet_options
from ansible_collections.community.dynatrace.plugins.module_utils._session_exports.door import WRITE

ROOT = Path(__file__).resolve().parents[2]
EXAMPLES = ROOT / "examples" / "job_templates"
PROJECT = EXAMPLES / "project"

# As AWX documents custom credential types.
CREDENTIAL_TYPE = {
    "type": "object",
    "required": ["name", "kind", "inputs", "injectors"],
    "additionalProperties": False,
    "properties": {
        "name": {"type": "string", "maxLength": 512},
        "description": {"type": "string"},
        "kind": {"enum": ["cloud", "net"]},
        "inputs": {
            "type": "object",
            "additionalProperties": False,
            "required": ["fields"],
            "properties": {
                "required": {"type": "array", "items": {"type": "string"}},
                "fields": {
                    "type": "array",
                    "items": {
                        "type": "object",
                        "required": ["id", "label"],
                        "additionalProperties": False,
                        "properties": {
                            "id": {"type": "string", "pattern": "^(?!tower$)[a-zA-Z_][a-zA-Z0-9_]*$"},
                            "type": {"enum": ["string", "boolean"]},
                            "label": {"type": "string"},
                            "help_text": {"type": "string"},
                            "secret": {"type": "boolean"},
                            "multiline": {"type": "boolean"},
                            "default": {"type": ["string", "boolean"]},
                            "choices": {"type": "array", "items": {"type": "string"}},
                        },
                    },
                },
            },
        },
        "injectors": {
            "type": "object",
            "additionalProperties": False,
            "properties": {
                "env": {
                    "type": "object",
                    "propertyNames": {"pattern": "^[A-Z_][A-Z0-9_]*$"},
                    "additionalProperties": {"type": "string"},
                },
                "extra_vars": {
                    "type": "object",
                    "propertyNames": {"pattern": "^[a-zA-Z_][a-zA-Z0-9_]*$"},
                    "additionalProperties": {"type": "string"},
                },
                "file": {"type": "object"},
            },
        },
    },
}
# Set by AWX itself, so no credential type may.
TAKEN = {"VIRTUAL_ENV", "PATH", "PYTHONPATH", "JOB_ID", "INVENTORY_ID", "REST_API_URL", "REST_API_TOKEN", "AWX_HOST"}
KINDS = ["text", "textarea", "password", "multiplechoice", "multiselect", "integer", "float"]
SURVEY = {
    "type": "object",
    "required": ["name", "description", "spec"],
    "additionalProperties": False,
    "properties": {
        "name": {"type": "string"},
        "description": {"type": "string"},
        "spec": {
            "type": "array",
            "minItems": 1,
            "items": {
                "type": "object",
                "required": ["type", "question_name", "variable", "required"],
                "properties": {
                    "type": {
                        "enum": ["text", "textarea", "password", "multiplechoice", "multiselect", "integer", "float"]
                    },
                    "question_name": {"type": "string", "minLength": 1},
                    "variable": {"type": "string", "pattern": "^[a-zA-Z_][a-zA-Z0-9_]*$"},
                    "required": {"type": "boolean"},
                    "choices": {"type": "array", "minItems": 1, "items": {"type": "string"}},
                    "min": {"type": "integer"},
                    "max": {"type": "integer"},
                },
            },
        },
    },
}


class Loader(yaml.SafeLoader):
    """Knows the tag of text that is no template."""


Loader.add_constructor("!unsafe", lambda loader, node: loader.construct_scalar(node))


def load(path: Path) -> Any:
    return yaml.load(path.read_text(encoding="utf-8"), Loader)  # noqa: S506 - a safe one


DATA: dict[str, Any] = load(EXAMPLES / "controller.yml")
TYPES = DATA["controller_credential_types"]
TEMPLATES = DATA["controller_templates"]


def texts(folder: Path) -> str:
    return "\n".join(path.read_text(encoding="utf-8") for path in sorted(folder.rglob("*.yml")))


@pytest.mark.parametrize("one", TYPES, ids=lambda one: one["name"])
def test_a_credential_type_is_one(one: dict[str, Any]) -> None:
    jsonschema.validate(one, CREDENTIAL_TYPE)
    fields = {field["id"]: field for field in one["inputs"]["fields"]}
    assert set(one["inputs"]["required"]) <= set(fields)
    injected = {**one["injectors"].get("env", {}), **one["injectors"].get("extra_vars", {})}
    assert not TAKEN & set(injected)
    used = {re.fullmatch(r"\{\{ (\w+) \}\}", text)[1] for text in injected.values()}  # type: ignore[index]
    assert used == set(fields), "what is asked for is used, and nothing else is"
    for name, field in fields.items():
        assert field.get("secret", False) is bool(re.search("token|secret|password|key", name)), name


def test_every_variable_of_the_environment_is_read_by_modules_or_inventory() -> None:
    ours = set(_input.CREDENTIAL_VARIABLES.values()) | {_input.URL_VARIABLE}
    ours |= {
        value for name, value in vars(fleet_options).items() if name.isupper() and str(value).startswith("DYNATRACE_")
    }
    for one in TYPES:
        assert set(one["injectors"].get("env", {})) <= ours
    pair = next(one for one in TYPES if one["name"] == "Dynatrace environment")
    assert set(pair["injectors"]["env"]) == {"DYNATRACE_ENV_URL", "DYNATRACE_API_TOKEN"}


def test_every_extra_variable_is_an_option_or_is_used_by_the_project() -> None:
    options = {f"user_session_exports_{name}" for name in WRITE.options}
    project = texts(PROJECT / "inventory" / "group_vars")
    for one in TYPES:
        for name in one["injectors"].get("extra_vars", {}):
            assert name in options or name in project, name


@pytest.mark.parametrize("one", TEMPLATES, ids=lambda one: one["name"])
def test_a_job_template_fits_its_playbook(one: dict[str, Any]) -> None:
    file = PROJECT / one["playbook"]
    (play,) = load(file)
    name = play["ansible.builtin.import_playbook"].removeprefix("community.dynatrace.")
    playbook = (ROOT / "playbooks" / f"{name}.yml").read_text(encoding="utf-8")
    assert set(one.get("credentials", ())) <= {kind["name"] for kind in TYPES}
    if "survey_spec" in one:
        jsonschema.validate(one["survey_spec"], SURVEY)
        for question in one["survey_spec"]["spec"]:
            assert question["variable"] in playbook, question["variable"]
            if question["type"] == "multiplechoice":
                assert question["default"] in question["choices"]


def names(kind: str) -> Iterator[str]:
    yield from (one["name"] for one in DATA[kind])


def test_what_refers_to_something_finds_it() -> None:
    assert {one["project"] for one in TEMPLATES} == set(names("controller_projects"))
    assert {one["inventory"] for one in TEMPLATES} == set(names("controller_inventories"))
    (source,) = DATA["controller_inventory_sources"]
    assert source["source_project"] in names("controller_projects")
    assert source["credential"] in names("controller_credential_types")
    assert (PROJECT / DATA["dynatrace_environments_file"]).is_file()
    for schedule in DATA["controller_schedules"]:
        assert schedule["unified_job_template"] in names("controller_templates")
        assert re.fullmatch(r"DTSTART:\d{8}T\d{6}Z RRULE:FREQ=\w+;INTERVAL=\d+", schedule["rrule"])


def test_the_playbook_applies_all_of_it() -> None:
    (play,) = load(ROOT / "playbooks" / "setup_job_templates.yml")
    applied = {}
    for task in play["tasks"]:
        module = next(name for name in task if name.startswith("awx.awx."))
        applied[task["loop"].strip("{ }")] = set(task[module])
    given = {
        name: {key for one in found for key in one} for name, found in DATA.items() if name.startswith("controller_")
    }
    assert set(applied) == set(given)
    for name, keys in given.items():
        assert keys <= applied[name], name


def test_the_example_execution_environment_holds_the_collection() -> None:
    found = load(ROOT / "examples" / "execution-environment" / "execution-environment.yml")
    assert found["version"] == 3
    assert [one["name"] for one in found["dependencies"]["galaxy"]["collections"]] == ["community.dynatrace"]
    own = load(ROOT / "meta" / "execution-environment.yml")
    requirements = (ROOT / own["dependencies"]["python"]).read_text(encoding="utf-8")
    assert {line.partition(">")[0] for line in requirements.splitlines() if line and line[0] != "#"} == {
        "jsonschema",
        "requests",
    }
