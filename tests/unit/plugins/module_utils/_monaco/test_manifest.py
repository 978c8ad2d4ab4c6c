# Copyright (c) 2026, community.dynatrace contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Manifests of Monaco: wrong ones, and grouping projects."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from ansible_collections.community.dynatrace.plugins.module_utils._settings_api.errors import (
    SettingsError,
)
from ansible_collections.community.dynatrace.tests.support.monaco_projects import (
    TWO_ENVIRONMENTS,
    converted_inventory,
    project_of,
    rendered_file,
)

WRONG: dict[str, tuple[Any, str]] = {
    "no YAML": ("a: [", "is not valid YAML in line 1"),
    "no manifest": ({"a": 1}, "is not a manifest of Monaco 2, because it has no manifestVersion"),
    "no projects": ({**TWO_ENVIRONMENTS, "projects": []}, "has no projects"),
    "no environments": ({**TWO_ENVIRONMENTS, "environmentGroups": []}, "has no environments"),
    "no directory": (
        {**TWO_ENVIRONMENTS, "projects": [{"name": "gone"}]},
        "does not exist, but is the directory of the project gone",
    ),
    "two projects": ({**TWO_ENVIRONMENTS, "projects": [{"name": "shop"}] * 2}, "has two projects named shop"),
    "no list": ({**TWO_ENVIRONMENTS, "projects": {}}, "must be a list in line 1"),
}


@pytest.mark.parametrize("what", WRONG)
def test_a_wrong_manifest_is_named(tmp_path: Path, what: str) -> None:
    content, message = WRONG[what]
    path = project_of(tmp_path, {})
    path.write_text(content if isinstance(content, str) else json.dumps(content))
    with pytest.raises(SettingsError) as found:
        converted_inventory(tmp_path)
    assert message in found.value.message and str(tmp_path) in found.value.message
    path.unlink()
    with pytest.raises(SettingsError, match=r"manifest.yaml cannot be read"):
        converted_inventory(tmp_path)


def test_a_grouping_project_is_one_project_for_each_folder(tmp_path: Path) -> None:
    path = project_of(tmp_path, {})
    grouping = {**TWO_ENVIRONMENTS, "projects": [{"name": "all", "type": "grouping", "path": "."}], "accounts": []}
    path.write_text(json.dumps(grouping))
    result = converted_inventory(tmp_path)
    (_zones, declared) = rendered_file(tmp_path, "group_vars/dynatrace/monaco.yml")["dynatrace_settings"]
    assert declared["objects"][0]["adopt_from"] == {"monaco": {"project": "all.shop", "id": "one"}}
    assert result["notes"][0] == "The accounts of the manifest are not settings."
