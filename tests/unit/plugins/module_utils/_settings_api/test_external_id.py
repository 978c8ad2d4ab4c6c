# Copyright (c) 2026, community.dynatrace contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""The external ID of an object: what we write we read, what others write we leave."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ansible_collections.community.dynatrace.plugins.module_utils._settings_api.external_id import (
    ExternalId,
    decode,
    is_cut,
    name_problem,
)


@given(st.text(min_size=1, max_size=200), st.lists(st.text("0123456789abcdef", min_size=1), max_size=2))
def test_every_usable_name_comes_back_and_fits_into_the_api(name: str, extra: list[str]) -> None:
    if name_problem(name, "name"):
        return
    external_id = ExternalId(name, tuple(extra))
    assert decode(external_id.encode()) == external_id
    assert len(ExternalId(name).encode()) <= 400
    # ``externalIds=`` is a comma list.
    assert "," not in external_id.encode()


@pytest.mark.parametrize(
    "external_id",
    [None, "", "monaco:Z3JvdXA6bmFtZQ", "community.dynatrace:2:elastic/", "community.dynatrace:1:/", "x:1:y/"],
)
def test_external_ids_of_others_and_of_unknown_versions_are_not_ours(external_id: str | None) -> None:
    assert decode(external_id) is None


def test_a_later_writer_may_add_fields() -> None:
    external_id = decode("community.dynatrace:1:EU%20cluster:0a1b:ffff:more/")
    assert external_id is not None
    assert external_id.name == "EU cluster"
    assert external_id.extra == ("0a1b", "ffff", "more")


def test_a_truncated_external_id_is_recognized() -> None:
    whole = ExternalId("EU cluster", ("0a1b", "ffff")).encode()
    assert not is_cut(whole)
    for length in range(len("community.dynatrace:"), len(whole)):
        assert is_cut(whole[:length])
        assert decode(whole[:length]) is None
    assert not is_cut("monaco:abc")


@pytest.mark.parametrize("name", [None, "", "   ", 7, " padded", "two\nlines", "x" * 400, "é" * 100, "\ud800"])
def test_names_that_cannot_be_kept_are_refused(name: object) -> None:
    assert name_problem(name, "name")
