# Copyright (c) 2026, community.dynatrace contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""The guide to a move from Terraform is walked line by line."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import yaml

from ansible_collections.community.dynatrace.tests.support.guides import follow

# What a guide says does not depend on the core.
pytestmark = pytest.mark.once
# Stands for Terraform, and notes what it is called with.
TERRAFORM = '#!/bin/sh\nprintf "%s\\n" "$*" >> terraform-calls\n'
SECRET = "the-archive-password"


def test_guide_to_a_move_from_terraform(tmp_path: Path) -> None:
    folder, programs = tmp_path / "project", tmp_path / "programs"
    programs.mkdir()
    (programs / "terraform").write_text(TERRAFORM)
    (programs / "terraform").chmod(0o755)
    output = {step.line: step.output for step in follow("guide_from_terraform.rst", folder, programs)}
    assert SECRET not in "".join(output.values())
    calls = (folder / "terraform-calls").read_text().splitlines()
    assert sorted(calls) == [
        "state rm dynatrace_management_zone_v2.checkout",
        'state rm module.exports.dynatrace_generic_setting.slot["archive"]',
    ]
    script = (folder / "terraform" / "shop-state-rm.sh").read_text()
    assert "#   dynatrace_json_dashboard.overview: " in script
    assert "#   dynatrace_management_zone_v2.deleted: " in script
    imported = next(text for line, text in output.items() if line.endswith("state.json"))
    flat = " ".join(imported.split())
    assert "2 resources of the state were not converted" in flat
    assert "vault_slot_archive_authentication_basic_auth_password" in flat
    variables = (folder / "inventory" / "host_vars" / "shop" / "terraform.yml").read_text()
    assert SECRET not in variables + script
    assert 'name: !unsafe "checkout"' in variables and 'name: !unsafe "slot.archive"' in variables
    report = json.loads((folder / "dynatrace-report" / "audit.json").read_text())
    (audited,) = report["environments"]
    assert audited["state"] == "unchanged"
    # The zone that Terraform does not manage is not declared, and nothing was created.
    vault = yaml.safe_load((folder / "inventory" / "host_vars" / "shop" / "vault.yml").read_text())
    assert list(vault) == ["vault_slot_archive_authentication_basic_auth_password"]
