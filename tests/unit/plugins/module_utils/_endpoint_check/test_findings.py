# Copyright (c) 2026, community.dynatrace contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Findings: texts without secrets."""

from __future__ import annotations

from ansible_collections.community.dynatrace.plugins.module_utils._endpoint_check.endpoints import (
    read_endpoints,
)
from ansible_collections.community.dynatrace.plugins.module_utils._endpoint_check.findings import Findings
from ansible_collections.community.dynatrace.tests.support.endpoint_servers import (
    basic,
    export,
)


def test_secrets_of_a_url_are_hidden_and_never_shown() -> None:
    url = "https://us:canary%21one@a.example.com/in?sig=canary-two-long"
    (target,), _problems, _notes = read_endpoints([export(url, authentication=basic("canary three"))])
    assert target.public_url == "https://a.example.com/in"
    findings = Findings(target)
    text = f"{url} canary!one canary-two-long canary+three canary%20three"
    assert "canary" not in findings.clean_text(text)
    findings.add_secrets(["canary-four"])
    assert "canary" not in findings.clean_text("canary-four canary!one")
