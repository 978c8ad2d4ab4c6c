# Copyright (c) 2026, community.dynatrace contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Options that all modules share which write."""

from __future__ import annotations

from typing import Any

import pytest

from ansible_collections.community.dynatrace.plugins.module_utils._settings_common.options import (
    WRITE_OPTIONS,
    option_problems,
    policy_of,
)

DEFAULTS = {name: option.get("default") for name, option in WRITE_OPTIONS.items()}
KEY = "a long random key, number one"


@pytest.mark.parametrize(
    ("given", "declared", "codes"),
    [
        ({}, [], []),
        ({"prune": True}, ["a"], []),
        ({"prune": True}, [], ["prune_all"]),
        ({"prune": True, "confirm_prune_all": True}, [], []),
        ({"confirm_prune_all": True}, ["a"], ["nothing_to_confirm"]),
        ({"prune": True, "state": "absent"}, [], ["only_present"]),
    ],
)
def test_a_prune_without_objects_must_be_confirmed(
    given: dict[str, Any], declared: list[str], codes: list[str]
) -> None:
    found = option_problems({**DEFAULTS, **given}, declared, option="objects", name="object")
    assert [problem.code for problem in found] == codes


@pytest.mark.parametrize(
    ("given", "mode", "keyed"),
    [
        ({}, "with_updates", False),
        ({"secret_fingerprint_key": KEY}, "on_change", True),
        ({"update_secrets": "on_create", "secret_fingerprint_key": KEY}, "on_create", False),
        ({"update_secrets": "always", "secret_fingerprint_key": KEY}, "always", True),
    ],
)
def test_secrets_are_compared_where_there_is_a_key(given: dict[str, Any], mode: str, keyed: bool) -> None:
    policy = policy_of({**DEFAULTS, **given}, "abc12345", without_external_ids="off")
    assert (policy.update_secrets, policy.fingerprints is not None) == (mode, keyed)
    assert policy.no_external_ids == ""
    assert policy_of({**DEFAULTS, "store_external_id": False}, "a", without_external_ids="off").no_external_ids == "off"
