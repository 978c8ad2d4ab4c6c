# Copyright (c) 2026, community.dynatrace contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Text from an environment is data: it comes back as it was, and Ansible never takes it for a template.

An executed template would leave a file behind: each of the templates below writes one.
"""

from __future__ import annotations

import json
import random
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from ansible_collections.community.dynatrace.plugins.module_utils._session_exports.vars_file import render
from ansible_collections.community.dynatrace.plugins.module_utils._settings_api.references import Reference
from ansible_collections.community.dynatrace.plugins.module_utils._settings_common.yaml_file import Plain, block
from ansible_collections.community.dynatrace.plugins.module_utils._settings_objects.to_vars import template_of
from ansible_collections.community.dynatrace.tests.support.marks import plain
from ansible_collections.community.dynatrace.tests.support.playbooks import command, play
from ansible_collections.community.dynatrace.tests.support.simulator import (
    Simulator,
    basic_auth,
    export_object,
    export_value,
)

MODULE = "community.dynatrace.user_session_exports"
ALPHABET = "ab{}%#[]'\"\\:!&*|>-?,@` \t\n\r\x00\x07\x1b\x7f\x85\xa0\u2028\u2029\u202e\ufeff\u00fc\U0001f600~<="
WORDS = ("", "~", "null", "true", "No", "12", "1e3", "0x1f", "1:20", "2026-11-26", "<<", "=", "---", "...", "%YAML 1.1")


def templates(trap: Path) -> list[str]:
    """Texts that write the file ``trap`` if Ansible renders them."""
    call = f"lookup('ansible.builtin.pipe', 'touch {trap}')"
    header = "#jinja2:variable_start_string:'[[',variable_end_string:']]'"
    return [
        "{{ " + call + " }}",
        f"{header}\n[[ {call} ]]",
        f"{header}\r\n[[ {call} ]]",
        "#jinja2: trim_blocks: true\n{{ " + call + " }}",
        "{% if " + call + " %}{% endif %}",
        "#jinja2:block_start_string:'<%',block_end_string:'%>'\n<% set x = " + call + " %>",
        "#jinja2:line_statement_prefix:'$'\n$ set x = " + call,
        "\ufeff{{ " + call + " }}",
    ]


def texts(trap: Path, count: int = 300) -> list[str]:
    chance = random.Random(14)
    drawn = ["".join(chance.choices(ALPHABET, k=chance.randrange(12))) for _position in range(count)]
    return [*templates(trap), *WORDS, *(f" {word}" for word in WORDS), *drawn]


@pytest.fixture(scope="module")
def simulator() -> Iterator[Simulator]:
    with Simulator(["one"]) as running:
        yield running


def inventory(folder: Path, simulator: Simulator, **variables: object) -> None:
    own = {"dynatrace_environment_url": simulator.managed_url("one"), "dynatrace_api_token": simulator.token("one")}
    content = {"dynatrace": {"hosts": {"one": {**own, **variables}}}}
    (folder / "inventory.yml").write_text(yaml.safe_dump(content))


def read_back(folder: Path) -> tuple[Any, Any]:
    """The slots as ansible-inventory lists them, and as a task sees them."""
    listed = command(folder, "ansible-inventory", "-i", "inventory.yml", "--host", "one")
    assert listed.code == 0, listed.output
    (folder / "read.yml").write_text(
        yaml.safe_dump(
            [
                {
                    "hosts": "all",
                    "gather_facts": False,
                    "connection": "local",
                    "tasks": [
                        {
                            "ansible.builtin.copy": {
                                "content": "{{ {'slots': user_session_exports_slots} | to_json }}",
                                "dest": str(folder / "seen.json"),
                            },
                            "vars": {"ansible_python_interpreter": "{{ ansible_playbook_python }}"},
                        }
                    ],
                }
            ]
        )
    )
    done = command(folder, "ansible-playbook", "-i", "inventory.yml", "read.yml")
    assert done.code == 0, done.output
    seen = json.loads((folder / "seen.json").read_text())["slots"]
    return plain(json.loads(listed.output)["user_session_exports_slots"]), seen


def test_any_text_comes_back_character_for_character(simulator: Simulator, tmp_path: Path) -> None:
    inventory(tmp_path, simulator)
    trap = tmp_path / "executed"
    slots = [{"name": text, "endpoint_definition": {"endpoint_url": text, f"k{text}": [text]}} for text in texts(trap)]
    (tmp_path / "host_vars").mkdir()
    (tmp_path / "host_vars" / "one.yml").write_text(render(slots, {}, ["x"]), encoding="utf-8", newline="\n")
    listed, seen = read_back(tmp_path)
    assert listed == slots
    assert seen == slots
    assert not trap.exists()


def test_names_in_references_are_data(simulator: Simulator, tmp_path: Path) -> None:
    """An import of settings writes templates of its own, with names of the environment in them."""
    inventory(tmp_path, simulator)
    trap = tmp_path / "executed"
    call = f"lookup('ansible.builtin.pipe', 'touch {trap}')"
    endings = ["') }} {{ " + call + " }}", f"' ~ {call} ~ '", "\\' ~ " + call, "%}{% set x = " + call + " %}"]
    names = [text for text in [*endings, *texts(trap, 100)] if text]
    references = [Reference(schema_id, text) for text in names for schema_id in ("builtin:zones", text)]
    written = {Plain("user_session_exports_slots"): [Plain(template_of(reference)) for reference in references]}
    (tmp_path / "host_vars").mkdir()
    (tmp_path / "host_vars" / "one.yml").write_text(block(written), encoding="utf-8", newline="\n")
    _listed, seen = read_back(tmp_path)
    assert seen == [reference.text for reference in references]
    assert not trap.exists()


def test_no_template_of_an_environment_is_executed(simulator: Simulator, tmp_path: Path) -> None:
    """What import and backups write, and what a result holds."""
    trap = tmp_path / "executed"
    every = templates(trap)
    simulator.reset("one", switches=True)
    found = []
    for number, (first, second, third, fourth) in enumerate((every[:4], every[4:])):
        value = export_value(
            f"https://sessions.example.com/{number}",
            authentication=basic_auth(first, "of no use"),
            sendDirect={"active": True, "indexName": second},
            exportBehavior={"managementZone": third, "customConfiguration": fourth},
        )
        found.append(export_object(f"export {number}", value, validate=False, author=first))
    simulator.seed("one", found)
    inventory(tmp_path, simulator)
    run = ["-i", "inventory.yml"]
    done = command(tmp_path, "ansible-playbook", *run, "community.dynatrace.import", "--diff")
    assert done.code == 0, done.output
    written = tmp_path / "host_vars" / "one" / "user_session_exports.yml"
    taken = read_back(tmp_path)
    command(tmp_path, "ansible-playbook", *run, "community.dynatrace.audit", "--diff")
    # Something to do, so that there is a backup.
    written.unlink()
    more = [{"name": "more", "endpoint_definition": {"endpoint_url": "https://sessions.example.com/more"}}]
    inventory(tmp_path, simulator, user_session_exports_slots=more)
    kept = tmp_path / "kept"
    done = command(
        tmp_path, "ansible-playbook", *run, "community.dynatrace.configure", dynatrace_backup_directory=str(kept)
    )
    assert done.code == 0, done.output
    inventory(tmp_path, simulator)
    (backup,) = kept.iterdir()
    written.write_text(backup.read_text())
    for listed, seen in (taken, read_back(tmp_path)):
        assert listed == seen
        came_back = []
        for one in seen:
            came_back += [one["authentication"]["basic_auth"]["username"], one["send_direct"]["index_name"]]
            came_back += [one["export_behavior"][key] for key in ("management_zone", "custom_configuration")]
        assert sorted(came_back) == sorted(every)
    assert not trap.exists()


def test_an_error_of_a_server_is_no_template_where_it_is_not_registered(simulator: Simulator, tmp_path: Path) -> None:
    trap = tmp_path / "executed"
    simulator.reset("one", switches=True)
    body = json.dumps({"error": {"code": 400, "message": templates(trap)[0]}})
    simulator.fault("status", status=400, body=body, times=None)
    options = {"environment_url": simulator.managed_url("one"), "api_token": simulator.token("one"), "exports": []}
    done = play(
        tmp_path,
        [
            {
                "block": [{"name": "Read", MODULE: options}],
                "rescue": [{"name": "See", "ansible.builtin.debug": {"msg": "{{ ansible_failed_result.msg }}"}}],
            }
        ],
    )
    simulator.clear_faults()
    assert done.code == 0, done.output
    assert not trap.exists()


def test_a_file_of_an_earlier_version_is_named_and_its_templates_are_refused(
    simulator: Simulator, tmp_path: Path
) -> None:
    trap = tmp_path / "executed"
    simulator.reset("one", switches=True)
    inventory(tmp_path, simulator)
    folder = tmp_path / "host_vars" / "one"
    folder.mkdir(parents=True)
    slots = [{"name": "first", "endpoint_definition": {"endpoint_url": "https://sessions.example.com/"}}]
    head = "---\n# Session exports of https://example.com, as they were imported.\n"
    earlier = yaml.safe_dump({"user_session_exports_slots": slots})
    (folder / "user_session_exports.yml").write_text(head + earlier)
    done = command(tmp_path, "ansible-playbook", "-i", "inventory.yml", "community.dynatrace.audit")
    assert done.code == 0, done.output
    assert "was written by an earlier version" in " ".join(done.output.split())
    slots[0]["endpoint_definition"]["custom_configuration"] = templates(trap)[1]  # type: ignore[index]
    (folder / "user_session_exports.yml").write_text(head + yaml.safe_dump({"user_session_exports_slots": slots}))
    done = command(tmp_path, "ansible-playbook", "-i", "inventory.yml", "community.dynatrace.audit")
    assert done.code != 0
    assert "user_session_exports_slots[0].endpoint_definition.custom_configuration: begins with" in " ".join(
        done.output.split()
    )
    assert not trap.exists()
