# Copyright (c) 2026, community.dynatrace contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The findings of all environments as one table."""

from __future__ import annotations

from typing import Any

import pytest
from ansible.errors import AnsibleFilterError

from ansible_collections.community.dynatrace.plugins.filter.preflight_summary import preflight_summary


def result(*checks: tuple[str, str, str], **more: Any) -> dict[str, Any]:
    names = ("status", "message", "remediation")
    listed = [{"name": "token", **dict(zip(names, one, strict=True))} for one in checks]
    return {"ok": all(one[0] != "error" for one in checks), "environment_kind": "saas", "checks": listed, **more}


def test_one_line_for_each_environment_and_finding() -> None:
    found = preflight_summary(
        {
            "shop": result(("ok", "fine", ""), token={"days_left": 90}, msg="never shown", invocation={"a": 1}),
            "bank-eu": result(("error", "No scope.", "Add it."), ("warning", "Ends soon.", "")),
            "lost": {"failed": True, "msg": "environment_url: is required"},
        }
    )
    assert found["lines"] == [
        "shop     ok: saas, token expires in 90 days",
        "bank-eu  error: No scope. Add it.",
        "bank-eu  warning: Ends soon.",
        "lost     error: environment_url: is required",
    ]
    assert found["not_ready"] == ["bank-eu", "lost"]
    assert "invocation" not in found["findings"]["shop"] and found["findings"]["lost"]["ok"] is False


def test_no_result_at_all_is_not_ready() -> None:
    assert preflight_summary({"shop": None})["not_ready"] == ["shop"]


def test_anything_else_is_an_error() -> None:
    with pytest.raises(AnsibleFilterError, match="must be a dictionary"):
        preflight_summary(["shop"])
