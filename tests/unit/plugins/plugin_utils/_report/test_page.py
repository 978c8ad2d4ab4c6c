# Copyright (c) 2026, community.dynatrace contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""The report as an HTML page."""

from __future__ import annotations

import json
import re

from ansible_collections.community.dynatrace.plugins.plugin_utils._report.build import (
    read_earlier,
)
from ansible_collections.community.dynatrace.plugins.plugin_utils._report.page import as_page
from ansible_collections.community.dynatrace.tests.support.reports import (
    report,
)


def test_a_page_names_the_only_script_and_style_that_may_run() -> None:
    page = as_page(report())
    (policy,) = re.findall(r'Content-Security-Policy" content="([^"]+)"', page)
    assert policy.startswith("default-src 'none'; style-src 'sha256-")
    assert "unsafe" not in policy
    assert "://" not in page.replace("http://www.w3.org/2000/svg", ""), "it loads nothing"


def test_a_report_that_someone_has_edited_cannot_break_the_page() -> None:
    odd = {
        "host": "one",
        "state": "none",
        "exports": [{"name": 7, "value": [1], "changes": [3]}],
        "slots": 5,
        "token": [],
    }
    document = {"report_version": 1, "environments": [odd]}
    page = as_page(report(earlier=[read_earlier(json.dumps(document), "x")]))
    assert "Not processed" in page
