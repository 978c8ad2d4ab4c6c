# Copyright (c) 2026, community.dynatrace contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""What an object ID contains: the schema, and the ID outside the Settings API. The numbers: test_management_zones."""

from __future__ import annotations

import pytest

from ansible_collections.community.dynatrace.plugins.module_utils._settings_api.legacy_ids import (
    legacy_id,
    numeric_id,
    schema_of,
)

# Of a management zone and of an export, as the documentation has them.
ZONE = (
    "vu9U3hXa3q0AAAABABhidWlsdGluOm1hbmFnZW1lbnQtem9uZXMABnRlbmFudAAGdGVuYW50ACRjNDBiMGEyNS0yOWM4LTMyYmItYjdlZC01MzNk"
    "M2NjZjU2MWK-71TeFdrerQ"
)


def test_the_schema_is_in_the_id() -> None:
    assert schema_of(ZONE) == "builtin:management-zones"


@pytest.mark.parametrize("text", ["", "Shop", "vu9U3hXa3q0", ZONE[:30], "x" * 60, "vu9U3hXa3q0" + "A" * 60, ZONE + "!"])
def test_other_texts_have_none(text: str) -> None:
    assert schema_of(text) == ""


def test_a_zone_has_a_number_and_others_have_a_uuid() -> None:
    assert legacy_id("builtin:management-zones", ZONE) == numeric_id(ZONE)
    assert legacy_id("builtin:alerting.profile", ZONE) == "c40b0a25-29c8-32bb-b7ed-533d3ccf561b"
    assert legacy_id("builtin:alerting.profile", "Shop") is None
