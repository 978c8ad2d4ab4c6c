# Copyright (c) 2026, community.dynatrace contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""The sample sessions, and the requests that contain them."""

from __future__ import annotations

from ansible_collections.community.dynatrace.plugins.module_utils._endpoint_check.endpoints import (
    read_endpoints,
)
from ansible_collections.community.dynatrace.plugins.module_utils._endpoint_check.sample_sessions import (
    document_id,
    documents_of,
    sample_sessions,
)
from ansible_collections.community.dynatrace.tests.support.endpoint_servers import (
    export,
    to_elastic,
)

LINK = "https://a.example.com/in"


def test_no_two_samples_are_the_same() -> None:
    (plain,), _problems, _notes = read_endpoints([export(LINK)])
    (direct,), _problems, _notes = read_endpoints([to_elastic("https://b.example.com/_bulk")])
    first, second = sample_sessions(), sample_sessions()
    assert len({document_id(session) for session in first + second}) == 4
    assert documents_of(plain, first) == first
    assert [list(one) for one in documents_of(direct, first)[::2]] == [["index"], ["index"]]
    assert documents_of(direct, first)[1::2] == first
    assert all(session["startTime"] < session["endTime"] for session in first)
