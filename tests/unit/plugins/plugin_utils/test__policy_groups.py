# Copyright (c) 2026, community.dynatrace contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""The groups of a host for policies, and groups that are misspelled."""

from __future__ import annotations

from typing import Any

from ansible_collections.community.dynatrace.plugins.module_utils._option_names import OptionNames
from ansible_collections.community.dynatrace.plugins.module_utils._settings_objects.settings_module import (
    IMPORT,
    SETTINGS,
)
from ansible_collections.community.dynatrace.plugins.plugin_utils._policy_groups import with_groups

VARIABLES: dict[str, Any] = {
    "group_names": ["production", "saas"],
    "groups": {"all": [], "ungrouped": [], "production": ["one"], "saas": ["one"]},
}


def policy(**match: Any) -> dict[str, Any]:
    return {"name": "a", "match": {"schema_ids": ["*"], **match}, "schema": {}}


def test_the_groups_of_the_host_are_given_with_policies_only() -> None:
    policies = [policy()]
    assert with_groups(SETTINGS, {"policies": policies}, VARIABLES)["environment_groups"] == ["production", "saas"]
    own = {"policies": policies, "environment_groups": ["mine"]}
    assert with_groups(SETTINGS, own, VARIABLES) == own
    assert with_groups(SETTINGS, {"policies": []}, VARIABLES) == {"policies": []}
    assert with_groups(SETTINGS, {}, VARIABLES) == {}
    assert with_groups(IMPORT, {"policies": policies}, VARIABLES) == {"policies": policies}, "an unknown option"
    assert with_groups(SETTINGS, {"policies": "{{ undefined }}"}, VARIABLES) == {"policies": "{{ undefined }}"}


def test_a_group_that_is_nearly_one_of_the_inventory_is_a_slip() -> None:
    policies = [policy(groups=["production", "elsewhere"]), {**policy(), "exclude": {"groups": ["prodution"]}}, "x"]
    args = with_groups(SETTINGS, {"policies": policies}, VARIABLES)
    (problem,) = OptionNames.of(args).problems
    assert (problem.code, problem.path) == ("policy.unknown_group", "policies[1].exclude.groups[0]")
    assert problem.facts == {"meant": "production"}
