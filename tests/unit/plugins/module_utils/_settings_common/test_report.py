# Copyright (c) 2026, community.dynatrace contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Plans and objects as results and diffs: times, authors, and the environment that a diff is about."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest

from ansible_collections.community.dynatrace.plugins.module_utils._settings_api.client import SettingsClient
from ansible_collections.community.dynatrace.plugins.module_utils._settings_api.connection import (
    AccessToken,
    Connection,
)
from ansible_collections.community.dynatrace.plugins.module_utils._settings_common.report import (
    iso_time,
    with_authors,
    with_environment,
)


@pytest.mark.parametrize(
    ("milliseconds", "text"),
    [(1_795_530_636_062, "2026-11-24T14:30:36Z"), (0, "1970-01-01T00:00:00Z"), (None, None), (10**18, None)],
)
def test_times_are_in_iso_8601_too(milliseconds: int | None, text: str | None) -> None:
    assert iso_time(milliseconds) == text


def test_the_token_of_the_task_is_recognised_as_an_author() -> None:
    client: Any = SettingsClient(Connection("https://abc12345.live.dynatrace.com", AccessToken("dt0c01.ABC.SECRET")))
    items = [{"last_author": author} for author in ("dt0c01.ABC", "jane.doe@example.com", None)]
    assert [one["last_author_is_this_token"] for one in with_authors(items, client)] == [True, False, False]


def test_a_client_without_a_token_is_no_author() -> None:
    client: Any = SimpleNamespace(token_id=None)
    assert with_authors([{"last_author": None}], client)[0]["last_author_is_this_token"] is False


def test_a_diff_names_its_environment() -> None:
    client: Any = SimpleNamespace(environment_id="abc12345")
    headers = {"before_header": "export a (updated)", "after_header": "export a (updated)"}
    (entry,) = with_environment([{**headers, "before": {}, "after": {}}], client)
    assert entry["before_header"] == entry["after_header"] == "export a (updated) in abc12345"
