# Copyright (c) 2026, community.dynatrace contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""The module that writes exports, before anything is sent."""

from __future__ import annotations

import sys
from typing import Any

import pytest

from ansible_collections.community.dynatrace.plugins.module_utils._export_modules import WRITE, check
from ansible_collections.community.dynatrace.tests.support.endpoint_servers import export, to_elastic
from ansible_collections.community.dynatrace.tests.support.problems import texts

GOOD = to_elastic("https://a.example.com/_bulk", "good")
# An index in capitals, a URL without _bulk, a content type of no use.
NONSENSE = to_elastic("https://b.example.com/in", "nonsense", send_direct={"index_name": "RUM Sessions"})
PLAIN = export("https://c.example.com/in", "plain", endpoint={"content_type": "text/plain"})
SLOTS = [GOOD, NONSENSE, PLAIN]
EXPECTED = {
    "exports[1].endpoint_definition.endpoint_url": "bulk_url",
    "exports[1].send_direct.index_name": "index_name_invalid",
    "exports[2].endpoint_definition.content_type": "content_type_unusual",
}


def checked(exports: list[Any], **params: Any) -> tuple[tuple[str, ...], dict[str, str]]:
    """The warnings, and the problems by path."""
    found, problems = check({"exports": exports, "endpoint_validation": "warn", **params})
    assert found.declaration is not None
    return tuple(hint.text() for hint in found.declaration.warnings), texts(problems)


def test_by_default_it_warns() -> None:
    assert WRITE.options["endpoint_validation"]["default"] == "warn"


def test_what_will_not_work_at_an_endpoint_is_a_warning_with_the_option_and_the_remediation() -> None:
    warnings, problems = checked(SLOTS)
    assert problems == {}
    for (option, code), text in zip(EXPECTED.items(), warnings, strict=True):
        assert text.startswith(f"{option}: "), text
        assert f"({code}). " in text, text
        assert text.endswith("."), text


def test_with_strict_the_same_are_problems_of_the_input() -> None:
    warnings, problems = checked(SLOTS, endpoint_validation="strict")
    assert warnings == ()
    assert list(problems) == list(EXPECTED)


def test_ignore_does_not_look(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, f"{check.__module__.rpartition('._')[0]}._endpoint_check.static_checks", None)
    assert checked(SLOTS, endpoint_validation="ignore") == ((), {})


def test_an_invalid_declaration_is_reported_alone() -> None:
    warnings, problems = checked([*SLOTS[:2], {"name": "x"}], endpoint_validation="strict")
    assert warnings == ()
    assert list(problems) == ["exports[2].endpoint_definition.endpoint_url"]


@pytest.mark.parametrize("state", ["absent", "disabled", "enabled"])
def test_states_that_need_names_only_validate_no_endpoint(state: str) -> None:
    assert checked(SLOTS, state=state, endpoint_validation="strict")[1] == {}


def test_a_warning_holds_no_secret_of_the_url() -> None:
    hidden = to_elastic("https://user:canary-canary@d.example.com/in?token=canary-canary", "hidden")
    warnings, _problems = checked([hidden])
    assert [text.rpartition("(")[2].partition(")")[0] for text in warnings] == ["url_user_info", "bulk_url"]
    assert "canary" not in "".join(warnings)
