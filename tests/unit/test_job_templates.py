# Copyright (c) 2026, community.dynatrace contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""The data for job-template servers: as those servers take it, and every name in it is read by something."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from ansible_collections.community.dynatrace.plugins.module_utils._inventory import options as fleet_options
from ansible_collections.community.dynatrace.plugins.module_utils._settings_api.auth import VARIABLES
from ansible_collections.community.dynatrace.plugins.module_utils._settings_api.environment_credentials import (
    URL_VARIABLE,
)
from ansible_collections.community.dynatrace.tests.support import controller_rules
from ansible_collections.community.dynatrace.tests.support.jobs import (
    DATA,
    PROJECT,
    SLICED,
    SOURCE,
    TEMPLATES,
    TYPES,
    load,
)

ROOT = Path(__file__).resolve().parents[2]
# What infra.aap_configuration reads of each item, in the roles that take these variables.
KEYS = {
    "controller_credential_types": "name description kind inputs injectors",
    "controller_execution_environments": "name description image organization credential pull",
    "controller_credentials": "name description organization credential_type inputs user team update_secrets",
    "controller_projects": """name description organization scm_type scm_url scm_branch scm_refspec credential scm_clean
        scm_delete_on_update scm_track_submodules scm_update_on_launch scm_update_cache_timeout allow_override timeout
        default_environment""",
    "controller_inventories": "name description organization variables kind host_filter instance_groups",
    "controller_inventory_sources": """name description organization inventory source source_path source_vars
        enabled_var enabled_value host_filter limit credential execution_environment overwrite overwrite_vars timeout
        verbosity update_on_launch update_cache_timeout source_project scm_branch""",
    "controller_templates": """name description organization job_type inventory project playbook credentials
        execution_environment forks limit verbosity extra_vars job_tags skip_tags diff_mode timeout job_slice_count
        ask_scm_branch_on_launch ask_diff_mode_on_launch ask_variables_on_launch ask_limit_on_launch ask_tags_on_launch
        ask_skip_tags_on_launch ask_job_type_on_launch ask_verbosity_on_launch ask_inventory_on_launch
        ask_credential_on_launch ask_execution_environment_on_launch ask_forks_on_launch ask_job_slice_count_on_launch
        survey_enabled survey_spec become_enabled allow_simultaneous scm_branch labels instance_groups""",
    "controller_schedules": """name description rrule extra_data inventory credentials scm_branch limit diff_mode
        job_type execution_environment forks job_slice_count labels timeout organization unified_job_template
        enabled""",
}


def texts(folder: Path) -> str:
    return "\n".join(path.read_text(encoding="utf-8") for path in sorted(folder.rglob("*.yml")))


@pytest.mark.parametrize("one", TYPES.values(), ids=lambda one: one["name"])
def test_a_credential_type_is_one(one: dict[str, Any]) -> None:
    assert list(controller_rules.credential_type(one)) == []
    fields = {field["id"]: field for field in one["inputs"]["fields"]}
    # Extra variables are templates, and do not reach the update of an inventory.
    assert set(one["injectors"]) == {"env"}
    used = {re.fullmatch(r"\{\{ (\w+) \}\}", text)[1] for text in one["injectors"]["env"].values()}  # type: ignore[index]
    assert used == set(fields), "what is asked for is used, and nothing else is"
    for name, field in fields.items():
        assert field.get("secret", False) is bool(re.search("token|secret|password|key", name)), name
    for name, text in one["injectors"]["env"].items():
        secret = fields[text.strip("{ }")].get("secret", False)
        assert bool(re.search("API|TOKEN|KEY|SECRET|PASS", name)) >= secret, f"{name}: a server hides it by its name"


def test_every_variable_of_the_environment_is_read_by_modules_inventory_or_project() -> None:
    ours = set(VARIABLES.values()) | {URL_VARIABLE}
    ours |= {
        value for name, value in vars(fleet_options).items() if name.isupper() and str(value).startswith("DYNATRACE_")
    }
    looked_up = set(
        re.findall(r"lookup\('ansible.builtin.env', '(\w+)'\)", texts(PROJECT / "inventory" / "group_vars"))
    )
    assert not ours & looked_up, "those of modules belong to one address, so the project must not pass them on"
    injected = {name for one in TYPES.values() for name in one["injectors"]["env"]}
    assert injected <= ours | looked_up
    assert looked_up <= injected
    assert set(TYPES["Dynatrace environment"]["injectors"]["env"]) == {"DYNATRACE_ENV_URL", "DYNATRACE_API_TOKEN"}


@pytest.mark.parametrize("one", DATA["controller_templates"], ids=lambda one: one["name"])
def test_a_job_template_fits_its_playbook(one: dict[str, Any]) -> None:
    (play,) = load(PROJECT / one["playbook"])
    name = play["ansible.builtin.import_playbook"].removeprefix("community.dynatrace.")
    assert one["playbook"] == f"{name}.yml"
    parts = (f"{name}.yml", f"parts/{name}_fleet.yml", f"parts/{name}_per_host.yml", "parts/report.yml")
    files = (ROOT / "playbooks" / part for part in parts)
    texts_of = (file.read_text(encoding="utf-8") for file in files if file.exists())
    playbook = "".join(re.sub(r"(?m)^ *#.*", "", text) for text in texts_of)
    kinds = [TYPES[kind]["name"] for kind in one.get("credentials", ())]
    assert len(kinds) == len(set(kinds)), "a job takes one credential of a type"
    assert ("survey_spec" in one) is one.get("survey_enabled", False)
    if "survey_spec" in one:
        assert list(controller_rules.survey(one["survey_spec"])) == []
        assert one.get("ask_job_type_on_launch", False) is (name != "audit"), "what writes can be launched as a check"
        for question in one["survey_spec"]["spec"]:
            assert re.search(rf"\b{question['variable']}\b", playbook), question["variable"]
            if question["type"] == "multiplechoice":
                assert re.search(rf"{question['variable']}[^}}]*\| bool", playbook), "its answer is text"


def test_jobs_work_on_more_than_five_environments_at_a_time() -> None:
    for one in DATA["controller_templates"]:
        assert one["forks"] > 5 and one["ask_forks_on_launch"] is True, one["name"]


def test_a_job_takes_a_limit_or_is_sliced() -> None:
    """The server ignores the limit of a job that it slices."""
    assert set(SLICED) == {"audit.yml", "configure.yml"}
    for one in DATA["controller_templates"]:
        slices = "job_slice_count" in one
        assert one.get("ask_limit_on_launch", False) is not slices, one["name"]
        assert one.get("ask_job_slice_count_on_launch", False) is slices, one["name"]
    for playbook, one in SLICED.items():
        assert one["survey_spec"] == TEMPLATES[playbook]["survey_spec"]


def test_each_playbook_of_the_project_has_its_job_template() -> None:
    assert {path.name for path in PROJECT.glob("*.yml")} == set(TEMPLATES)


def names(kind: str) -> Iterator[str]:
    yield from (one["name"] for one in DATA[kind])


def test_what_refers_to_something_finds_it() -> None:
    assert {one["project"] for one in TEMPLATES.values()} == set(names("controller_projects"))
    assert {one["inventory"] for one in TEMPLATES.values()} == set(names("controller_inventories"))
    environment = {*names("controller_execution_environments")}
    assert {one["execution_environment"] for one in TEMPLATES.values()} == environment
    (source,) = DATA["controller_inventory_sources"]
    assert source["source_project"] in names("controller_projects")
    assert source["credential"] in names("controller_credential_types")
    assert DATA["dynatrace_environments_file"] == SOURCE and (PROJECT / SOURCE).is_file()
    for schedule in DATA["controller_schedules"]:
        assert schedule["unified_job_template"] in names("controller_templates")
        assert list(controller_rules.rrule(schedule["rrule"])) == []


def test_the_data_has_the_shape_of_the_collection_for_configuration_as_code() -> None:
    given = {name: found for name, found in DATA.items() if name.startswith("controller_")}
    assert set(given) == set(KEYS) - {"controller_credentials"}, "secrets are in a file of the administrator"
    for name, found in given.items():
        for one in found:
            assert set(one) <= set(KEYS[name].split()), name


def test_the_playbook_applies_all_of_it() -> None:
    (play,) = load(ROOT / "playbooks" / "setup_job_templates.yml")
    tasks = [part for task in play["tasks"] for part in task.get("block", [task])]
    applied = {}
    for task in tasks:
        for module in (name for name in task if name.startswith("awx.awx.")):
            variable = "controller_credentials" if "range(" in task["loop"] else re.findall(r"\w+", task["loop"])[0]
            applied[variable] = set(task[module])
    assert set(applied) == set(KEYS)
    for name, keys in applied.items():
        assert keys <= set(KEYS[name].split()), name
        for one in DATA.get(name, ()):
            assert set(one) <= keys, name


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
