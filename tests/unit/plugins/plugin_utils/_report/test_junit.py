# Copyright (c) 2026, community.dynatrace contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""The report as JUnit XML."""

from __future__ import annotations

from ansible_collections.community.dynatrace.plugins.plugin_utils._report.junit import as_junit
from ansible_collections.community.dynatrace.tests.support.reports import (
    environment_of,
    item,
    parsed,
    report,
)


def test_each_export_of_each_environment_is_a_test_case() -> None:
    drift = environment_of(
        {"changed": True, "exports": [item("a"), item("b", "updated", changed_properties=["x"])]}, group="live"
    )
    failed, missing = environment_of({"failed": True, "msg": "first\nsecond"}, "two"), environment_of(None, "three")
    tree = parsed(as_junit(report(drift, failed, missing, environment_of({"exports": []}, "four"))))
    assert {key: tree.get(key) for key in ("tests", "failures", "errors")} == {
        "tests": "5",
        "failures": "1",
        "errors": "2",
    }
    cases = {(case.get("classname"), case.get("name")): case for case in tree.iter("testcase")}
    assert set(cases) == {
        ("live.one", "a"),
        ("live.one", "b"),
        ("two", "environment"),
        ("three", "environment"),
        ("four", "environment"),
    }
    assert cases["live.one", "b"].find("failure").get("message") == "would be updated: x"  # type: ignore[union-attr]
    assert cases["two", "environment"].find("error").get("message") == "first"  # type: ignore[union-attr]
    assert list(cases["live.one", "a"]) == []
    changed = report(
        environment_of({"changed": True, "exports": [item("b", "updated")]}, dry=False), mode="configure", dry=False
    )
    assert parsed(as_junit(changed)).get("failures") == "0", "what was repaired is no failure"


def test_a_test_case_has_its_time() -> None:
    outcome = {"exports": [item("a"), item("b")], "elapsed": 3.0}
    tree = parsed(as_junit(report(environment_of(outcome))))
    assert [case.get("time") for case in tree.iter("testcase")] == ["1.500", "1.500"]
    assert [tree.get("time"), tree[0].get("time")] == ["3.000", "3.000"]


def test_an_error_is_once_in_its_test_case() -> None:
    problem = {"path": "exports[0].name", "message": "is required"}
    found = environment_of(
        {"failed": True, "msg": "2 problems:\n  exports[0].name: is required", "problems": [problem]}
    )
    assert as_junit(report(found)).count("is required") == 1
