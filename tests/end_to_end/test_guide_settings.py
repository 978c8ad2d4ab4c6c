# Copyright (c) 2026, community.dynatrace contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""The guide to settings of a fleet is walked line by line."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from ansible_collections.community.dynatrace.tests.support.guides import follow

# What a guide says does not depend on the core.
pytestmark = pytest.mark.once


def test_guide_to_settings_of_a_fleet(tmp_path: Path) -> None:
    folder = tmp_path / "project"
    output: dict[str, str] = {}
    refused = ""
    imported = ""
    for step in follow("guide_settings.rst", folder):
        output[step.line] = step.output
        if step.code and step.line.endswith("configure"):
            refused = step.output
        file = folder / "inventory" / "host_vars" / "shop-eu" / "settings.yml"
        # It is removed later.
        imported = file.read_text() if file.exists() else imported
    assert 'name: !unsafe "Checkout"' in imported
    (preview,) = [text for line, text in output.items() if line.endswith("configure --check --diff")]
    assert '+    "description": "Everything that customers pay with"' in preview
    # Only the environments that declare the zone are refused, and the next run makes the change.
    assert "Policy zones-have-a-description" in refused and "Describe what the management zone is for." in refused
    assert "2 of 3 environments failed or need attention" in refused
    assert "2 changed" in output["ansible-playbook -i inventory community.dynatrace.configure"]
    report = json.loads((folder / "dynatrace-report" / "audit.json").read_text())
    assert {one["host"]: one["state"] for one in report["environments"]} == {
        "bank-eu": "unchanged",
        "shop-eu": "unchanged",
        "shop-us": "drift",
    }
