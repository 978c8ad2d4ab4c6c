# Copyright (c) 2026, community.dynatrace contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""IDs have the form of real ones."""

from __future__ import annotations

import uuid

from settings_api_simulator import ids

# From the documentation of the list request.
REAL = (
    "vu9U3hXa3q0AAAABABhidWlsdGluOmFsZXJ0aW5nLnByb2ZpbGUABnRlbmFudAAGdGVuYW50"
    "ACQ4M2Q3NDk5YS1mZDY2LTQ1OGYtOGIxNy1iYjNkMzgwN2RmMTa-71TeFdrerQ"
)


def test_a_real_object_id_is_read_and_made_alike() -> None:
    parts = ids.read_object_id(REAL)
    assert parts == ("builtin:alerting.profile", "environment", "83d7499a-fd66-458f-8b17-bb3d3807df16")
    assert ids.object_id(*parts) == REAL
    assert ids.read_object_id(REAL + "==") == parts


def test_other_texts_are_no_ids() -> None:
    for text in ("", "nonsense", "%", REAL[:-4], ids.update_token(ids.new_uid(), ids.new_revision())):
        assert ids.read_object_id(text) is None
    assert ids.read_update_token(REAL) is None


def test_the_number_of_a_zone_is_the_first_half_of_its_uuid() -> None:
    assert ids.zone_number("00000000-0000-0001-8000-000000000000") == "1"
    assert ids.zone_number("ffffffff-ffff-ffff-8000-000000000000") == "-1"
    assert uuid.UUID(ids.new_uid()).version != 4


def test_only_the_public_part_of_a_token_is_shown() -> None:
    token = ids.new_access_token()
    prefix, public, secret = token.split(".")
    assert (prefix, len(public), len(secret)) == ("dt0c01", 24, 64)
    assert ids.token_identifier(token) == f"dt0c01.{public}"
    assert ids.token_identifier("whatever") == "unknown"
