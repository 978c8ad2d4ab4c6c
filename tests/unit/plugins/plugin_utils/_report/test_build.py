# Copyright (c) 2026, community.dynatrace contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""The report of a fleet: what it says of each outcome, what does not get into it, how reports are put together."""

from __future__ import annotations

import json
import time
from datetime import datetime, timezone

import pytest

from ansible_collections.community.dynatrace.plugins.plugin_utils._report.build import (
    ReportProblem,
    as_json,
    build,
    read_earlier,
    to_retry,
)
from ansible_collections.community.dynatrace.plugins.plugin_utils._report.environment import environment
from ansible_collections.community.dynatrace.plugins.plugin_utils._report.junit import as_junit
from ansible_collections.community.dynatrace.plugins.plugin_utils._report.page import as_page
from ansible_collections.community.dynatrace.tests.support.fleet import NOW, fleet
from ansible_collections.community.dynatrace.tests.support.reports import (
    environment_of,
    item,
    report,
)


def test_json_says_its_version_counts_and_the_digests_of_plans() -> None:
    drift = environment_of({"changed": True, "exports": [item(operation="created")], "plan_digest": "1:ab"}, "one")
    same = environment_of(
        {"exports": [item()], "plan_digest": "1:cd", "unmanaged_objects": [{"name": "https://x.example.com/"}]}, "two"
    )
    document = json.loads(
        as_json(report(drift, same, environment_of(None, "three"), environment_of({"failed": True}, "four")))
    )
    assert document["report_version"] == 1
    assert document["created"] == "2026-11-23T18:52:00Z"
    assert document["plan_digests"] == {"one": "1:ab", "two": "1:cd"}
    assert document["counts"] == {
        "environments": 4,
        "failed": 1,
        "unreachable": 0,
        "not_reached": 1,
        "drift": 1,
        "changed": 0,
        "unchanged": 1,
        "exports": 2,
        "unmanaged": 1,
    }
    assert to_retry(document) == ["three", "four"]


def test_slices_of_a_job_become_one_report() -> None:
    first = report(
        environment_of({"exports": []}, "one"),
        environment_of(None, "two"),
        environment_of({"failed": True, "msg": "m"}, "three"),
    )
    second = report(
        environment_of({"exports": [item()]}, "two"),
        environment_of({"exports": []}, "three"),
        environment_of(None, "one"),
    )
    parts = [read_earlier(as_json(one), "slice.json") for one in (first, second)]
    whole = report(
        environment_of(None, "three"), environment_of({"changed": True, "exports": []}, "four"), earlier=parts
    )
    states = {one["host"]: one["state"] for one in whole["environments"]}
    assert states == {"one": "unchanged", "two": "unchanged", "three": "unchanged", "four": "drift"}
    # What was read is what was written.
    assert read_earlier(as_json(whole), "x") == whole["environments"]


@pytest.mark.parametrize(
    ("content", "words"),
    [
        ("no", "is not valid JSON"),
        ("[" * 100_000, "is not valid JSON"),
        ("[]", "is not a report"),
        ('{"environments": {}}', "is not a report"),
        ('{"report_version": 2, "environments": []}', "report_version is not 1"),
        ('{"report_version": 1, "environments": [7]}', "without a host"),
    ],
)
def test_what_is_no_report_is_not_merged(content: str, words: str) -> None:
    with pytest.raises(ReportProblem, match=words):
        read_earlier(content, "slice.json")


def test_a_report_of_500_environments_is_small_and_made_at_once() -> None:
    outcomes = list(fleet(500))
    start = time.process_time()
    whole = report(*(environment(about, outcome, dry=True, now=NOW) for about, outcome in outcomes))
    size = len(as_page(whole).encode())
    as_json(whole), as_junit(whole)
    assert time.process_time() - start < 4, "seconds"
    assert size < 4_000_000
    assert whole["counts"]["environments"] == 500


def test_times_are_reported_in_utc() -> None:
    now = datetime.fromisoformat("2026-01-01T01:30:00+02:00")
    assert build([], title="", mode="audit", dry=True, now=now)["created"] == "2025-12-31T23:30:00Z"
    assert NOW.tzinfo is timezone.utc


@pytest.mark.parametrize("count", [0, 1, 3])
def test_the_json_report_has_a_line_for_each_environment(count: int) -> None:
    whole = report(*(environment_of({"failed": True, "msg": "a\nb"}, f"host{number}") for number in range(count)))
    text = as_json(whole)
    assert json.loads(text) == whole and text.endswith("}\n")
    assert sum(line.startswith('{"host"') for line in text.splitlines()) == count
