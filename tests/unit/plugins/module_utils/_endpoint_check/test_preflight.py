# Copyright (c) 2026, community.dynatrace contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""The check of endpoints before a write."""

from __future__ import annotations

import sys

import pytest

from ansible_collections.community.dynatrace.plugins.module_utils._endpoint_check.preflight import check_endpoints
from ansible_collections.community.dynatrace.plugins.module_utils._export_modules import check
from ansible_collections.community.dynatrace.tests.support.endpoint_servers import to_elastic
from ansible_collections.community.dynatrace.tests.support.problems import invalid, texts


def test_what_cannot_be_sent_is_refused_and_nothing_is_declared_a_second_time(monkeypatch: pytest.MonkeyPatch) -> None:
    """The check before a write works with the exports that were read already, under the names of the user."""
    domain = f"{check.__module__.rpartition('._')[0]}._session_exports.declaration"
    found, problems = check({"exports": [{"name": "a", "endpoint_definition": {"endpoint_url": "https://:99999/"}}]})
    assert found.declaration is not None and not problems
    monkeypatch.setattr(sys.modules[domain], "declare", None)
    with invalid(r"exports\[0\]\.endpoint_definition\.endpoint_url: must have a host name"):
        check_endpoints(found.declaration.exports, {"endpoint_check": "connect"}, check_mode=False)


def test_options_of_the_check_have_the_names_of_this_module() -> None:
    params = {
        "exports": [to_elastic("https://a.example.com/_bulk", "good")],
        "endpoint_check": "connect",
        "endpoint_check_proxy": "https://proxy.example.com",
    }
    assert list(texts(check(params)[1])) == ["endpoint_check_proxy"]
