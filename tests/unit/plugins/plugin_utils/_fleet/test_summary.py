# Copyright (c) 2026, community.dynatrace contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""The end of a fleet task: every environment with its reason, equal differences once, statistics that stay small."""

from __future__ import annotations

import json
from typing import Any

from ansible_collections.community.dynatrace.plugins.plugin_utils._fleet.summary import (
    failure,
    grouped_diff,
    statistics,
    what_of,
)


def test_a_failure_names_each_environment_and_its_reason() -> None:
    reasons = {"one": "wrong", "two": "Problems:\n  a: b\n", "three": "wrong"}
    assert failure(reasons, 9, limit_file="/r/failed.txt", stopped="the canary failed").split("\n") == [
        "3 of 9 environments failed or need attention (the canary failed):",
        "one, three: wrong",
        "two: Problems:",
        "    a: b",
        "To repeat the run for them: --limit '@/r/failed.txt'",
    ]
    many = {f"e{number}": "wrong" for number in range(30)}
    assert "--limit" not in failure(many, 30, limit_file="", stopped="")
    assert failure(many, 30, limit_file="", stopped="", name_all=True).endswith(f"--limit '{','.join(many)}'")
    assert failure({"one": "wrong"}, 1, limit_file="", stopped="").split("\n") == [
        "one: wrong",
        "To repeat the run for it: --limit 'one'",
    ]
    assert failure({"one": "wrong"}, 2, limit_file="", stopped="").split("\n")[:2] == [
        "one: wrong",
        "1 of 2 environments failed or need attention.",
    ]


def part(name: str, before: object, after: object) -> dict[str, Any]:
    header = {"before_header": f"export {name} (updated) in env", "after_header": f"export {name} (updated) in env"}
    return {**header, "name": name, "operation": "updated", "before": before, "after": after}


def test_equal_differences_are_shown_once_below_all_names() -> None:
    same, different = [part("a", 1, 2)], [part("a", 1, 3)]
    found = grouped_diff({"one": same, "two": different, "three": [part("a", 1, 2)]})
    assert [(one["before_header"], one["after"]) for one in found] == [
        ("export a (updated) in 2 environments, the same change: one, three", 2),
        ("export a (updated) in two", 3),
    ]


def test_a_file_keeps_its_path_in_the_header() -> None:
    (found,) = grouped_diff({"one": [{"before_header": "x.yml", "after_header": "x.yml", "before": "", "after": "a"}]})
    assert found["after_header"] == "one: x.yml"


def test_an_import_says_which_file_it_writes() -> None:
    record = {"state": "changed", "exports": [], "unmanaged": [], "file": "/inventory/one\x1b[2J.yml"}
    assert what_of(record).startswith("wrote /inventory/one") and "\x1b" not in what_of(record)
    assert what_of({**record, "state": "drift", "file": "/a.yml"}) == "would write /a.yml"


def test_statistics_of_a_large_fleet_stay_small() -> None:
    report = {"mode": "audit", "counts": {"environments": 5000}}
    found = statistics(report, [f"environment-{number}" for number in range(5000)], "17")
    assert len(json.dumps(found)) < 4000
    assert found["dynatrace_fleet_17"]["attention"][-1] == "and 4950 more"


def test_statistics_of_slices_do_not_replace_each_other() -> None:
    """A job-template server merges those of all slices by name, and passes them on as variables."""
    merged: dict[str, Any] = {}
    for job in ("17", "18", "a-b c"):
        merged.update(statistics({"mode": "audit", "counts": {}}, [], job))
    assert list(merged) == ["dynatrace_fleet_17", "dynatrace_fleet_18", "dynatrace_fleet_a_b_c"]
