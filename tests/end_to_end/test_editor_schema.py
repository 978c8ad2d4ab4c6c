# Copyright (c) 2026, community.dynatrace contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""The playbook that writes a schema for editors, from an environment and from files."""

from __future__ import annotations

import json
from pathlib import Path

import yaml

from ansible_collections.community.dynatrace.tests.support.playbooks import command
from ansible_collections.community.dynatrace.tests.support.simulator import ZONE_SCHEMA, Simulator

PLAYBOOK = "community.dynatrace.editor_schema"


def covered(file: Path) -> list[str]:
    (items,) = (json.loads(file.read_text())["definitions"]["declarations"]["items"],)
    return list(items["properties"]["schema_id"]["anyOf"][0]["enum"])


def test_the_schemas_of_the_first_environment_are_covered(tmp_path: Path) -> None:
    with Simulator(["shop", "bank"]) as simulator:
        hosts = {
            name: {"dynatrace_environment_url": simulator.url(name), "dynatrace_api_token": simulator.token(name)}
            for name in ("bank", "shop")
        }
        (tmp_path / "hosts.yml").write_text(yaml.safe_dump({"dynatrace": {"hosts": hosts}}, sort_keys=False))
        for changed in (1, 0):
            done = command(tmp_path, "ansible-playbook", "-i", "hosts.yml", PLAYBOOK, dynatrace_editor_schema_ids="*z*")
            assert done.code == 0 and f"changed={changed}" in done.output, done.output
        assert covered(tmp_path / "dynatrace-settings.schema.json") == [ZONE_SCHEMA]
        assert not simulator.requests(environment="shop")
        done = command(tmp_path, "ansible-playbook", "-i", "hosts.yml", PLAYBOOK, dynatrace_editor_schema_ids="zones")
        assert done.code == 2 and "schema_ids[0]: matches no schema: zones" in " ".join(done.output.split())


def test_files_need_neither_an_environment_nor_an_inventory(tmp_path: Path, own_reference: Path) -> None:
    files = f"{own_reference / 'schemas'},{own_reference / 'user-session-export-settings-v2.schema.json'}"
    options = {"dynatrace_editor_schema_files": files, "dynatrace_editor_schema_file": "editor/settings.json"}
    done = command(tmp_path, "ansible-playbook", PLAYBOOK, **options)
    assert done.code == 0, done.output
    assert len(covered(tmp_path / "editor" / "settings.json")) == len(list((own_reference / "schemas").iterdir())) + 1
