# Copyright (c) 2026, community.dynatrace contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""How a long run is shown: the line while it goes on, and the table at its end."""

from __future__ import annotations

from typing import Any

import pytest

from ansible_collections.community.dynatrace.plugins.plugin_utils._progress import (
    Progress,
    duration,
    how_again,
    printable,
    what_of,
)

FINE: dict[str, int] = {"failures": 0, "unreachable": 0}


class Clock:
    """Time that passes only on request."""

    now = 0.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def progress(clock: Clock) -> Progress:
    return Progress(clock)


def work(progress: Progress, clock: Clock, *hosts: str, seconds: float = 2.0, **outcome: Any) -> None:
    for host in hosts:
        progress.start(host, "t")
        clock.now += seconds
        progress.end(host, "t", counts=True, **outcome)


def reported(progress: Progress, **summaries: dict[str, int]) -> list[str]:
    return [
        text for _state, text in progress.table({host: summaries.get(host, FINE) for host in progress.environments})
    ]


def test_the_line_counts_and_estimates(progress: Progress, clock: Clock) -> None:
    progress.play([f"e{number}" for number in range(10)], 1)
    assert progress.line() == "0/10 environments, 10 left"
    work(progress, clock, "e0")
    work(progress, clock, "e1", changed=True)
    assert progress.line() == "2/10 environments, 1 changed, 8 left", "two say nothing of the pace"
    work(progress, clock, "e2", error="No.")
    work(progress, clock, "e3", changed=True, dry=True)
    assert progress.line() == "4/10 environments, 1 changed, 1 would change, 1 failed, 6 left, about 12 s"
    work(progress, clock, *(f"e{number}" for number in range(4, 10)))
    assert progress.complete and progress.line() == "10/10 environments, 1 changed, 1 would change, 1 failed"


@pytest.mark.parametrize("width", [20, 40, 80, 200])
def test_the_line_fits_into_the_terminal(progress: Progress, clock: Clock, width: int) -> None:
    progress.play([f"e{number}" for number in range(500)], 1)
    work(progress, clock, *(f"e{number}" for number in range(300)), changed=True)
    assert len(progress.line(width)) < width


def test_batches_of_a_play_are_one_and_another_play_begins_again(progress: Progress, clock: Clock) -> None:
    progress.play("abcd", 1)
    work(progress, clock, "a", "b")
    progress.play("abcd", 1)
    assert progress.line().startswith("2/4")
    progress.play("ab", 1)
    assert progress.line().startswith("0/2")


def test_a_host_is_done_with_the_last_task_that_counts(progress: Progress, clock: Clock) -> None:
    progress.play("ab", 2)
    work(progress, clock, "a")
    progress.end("a", "other", counts=False)
    assert progress.line().startswith("0/2")
    work(progress, clock, "a")
    assert progress.line().startswith("1/2")


def test_the_table_begins_with_what_needs_a_person(progress: Progress, clock: Clock) -> None:
    progress.play(["well", "done", "broken", "left", "gone"], 1)
    work(progress, clock, "well")
    work(progress, clock, "done", changed=True, what="archive (created)")
    work(progress, clock, "broken", error="The token\x1b[31m is no good.\n  Traceback", seconds=70)
    work(progress, clock, "gone", error="No route.")
    found = reported(progress, broken={"failures": 1}, gone={"unreachable": 1})
    assert found == [
        "ENVIRONMENT  STATE         SECONDS  WHAT",
        "broken       failed           70.0  The token [31m is no good.",
        "gone         unreachable       2.0  No route.",
        "left         not reached       0.0",
        "done         changed           2.0  archive (created)",
        "",
        "5 environments: 1 failed, 1 unreachable, 1 not reached, 1 changed, 1 unchanged. 1 min 16 s.",
    ]
    summaries = {**dict.fromkeys(progress.environments, FINE), "broken": {"failures": 1}, "gone": {"unreachable": 1}}
    assert progress.again(summaries) == ["broken", "gone", "left"]
    everybody = [text.split(" ")[0] for _state, text in progress.table(summaries, unchanged=True)]
    assert "well" in everybody


def test_what_was_rescued_has_not_failed(progress: Progress, clock: Clock) -> None:
    progress.play("a", 1)
    work(progress, clock, "a", error="No.")
    assert reported(progress, a=FINE)[-1].startswith("1 environment: 1 unchanged.")


def test_a_host_that_was_left_out_and_fails_for_that_was_not_reached(progress: Progress, clock: Clock) -> None:
    progress.play("ab", 1)
    work(progress, clock, "a", error="No.")
    progress.play("ab", 0)
    progress.end("b", "why", counts=False, error="The run did not get to this environment.")
    found = reported(progress, a={"failures": 1}, b={"failures": 1})
    assert found[1].split()[:2] == ["a", "failed"] and found[2].split()[:3] == ["b", "not", "reached"]


def test_another_playbook_has_a_table_too(progress: Progress) -> None:
    progress.play("ab", 0)
    assert not progress.shows
    progress.end("a", "t", counts=False, error="No.")
    progress.end("b", "t", counts=False, changed=True)
    assert [line.split()[:2] for line in reported(progress, a={"failures": 1})[1:3]] == [
        ["a", "failed"],
        ["b", "changed"],
    ]


def test_nothing_at_all(progress: Progress) -> None:
    assert reported(progress) == ["0 environments: nothing to do. 0 s."]


def test_how_to_run_them_again() -> None:
    assert how_again(["a", "b"], "") == "To repeat the run for them: --limit 'a,b'"
    assert how_again(["a"], "/x/failed.txt") == "To repeat the run for it: --limit '@/x/failed.txt'"
    many = how_again([f"e{number}" for number in range(12)], "")
    assert many.endswith("e9' (and 2 more; set retry_file to get all of them)")


def test_what_results_say_has_changed() -> None:
    exports = [{"name": "a", "operation": "created"}, {"name": "b", "operation": "unchanged"}]
    assert what_of({"changed": True, "exports": exports}, dry=False) == "a (created)"
    assert what_of({"changed": True, "exports": exports}, dry=True) == "a (missing)"
    deleted = {"name": None, "object_id": "x1", "operation": "deleted"}
    assert what_of({"changed": True, "objects": [deleted]}, dry=False) == "x1 (deleted)"
    assert what_of({"exports": "text"}, dry=True) == what_of({}, dry=True) == ""


def test_drift_is_shown_by_its_properties_with_author_and_what_is_not_declared() -> None:
    export = {"name": "a", "operation": "updated", "changed_properties": ["x.y"], "last_author": "olga@example.com"}
    result = {"changed": True, "exports": [export], "unmanaged_objects": [{"name": "b.example.com"}]}
    assert what_of(result, dry=True) == (
        "a (x.y, last changed by olga@example.com). Not declared, left unchanged: b.example.com."
    )


def test_an_imported_file_is_named() -> None:
    assert what_of({"changed": True, "dest": "/inventory/one.yml"}, dry=False) == "wrote /inventory/one.yml"
    assert what_of({"changed": False, "dest": "/inventory/one.yml"}, dry=False) == ""


def test_every_line_of_an_error_is_kept_and_its_control_characters_are_not() -> None:
    assert printable("2 problems:\n  a: is\x1b[31m required\n  b: is required\n") == (
        "2 problems:\n  a: is [31m required\n  b: is required"
    )


def test_an_environment_without_a_connection_is_unreachable(progress: Progress, clock: Clock) -> None:
    progress.play("a", 1)
    work(progress, clock, "a", error="No connection.", unreachable=True)
    assert reported(progress, a={"failures": 1})[1].split()[:2] == ["a", "unreachable"]


def test_an_unchanged_environment_with_undeclared_objects_is_listed(progress: Progress, clock: Clock) -> None:
    progress.play("ab", 1)
    work(progress, clock, "a", "b")
    progress.end("a", "u", counts=True, what="Not declared, left unchanged: c.")
    assert [line.split()[0] for line in reported(progress)[1:2]] == ["a"]


def test_a_host_that_is_no_environment_is_not_counted(progress: Progress) -> None:
    progress.end("localhost", "t", counts=False, error="Nothing was done: no host matches.")
    assert reported(progress, localhost={"failures": 1})[-1].startswith("0 environments")
    assert progress.again({"localhost": {"failures": 1}}) == []


def test_durations_are_for_people() -> None:
    assert [duration(seconds) for seconds in (0.4, 59, 61, 3600)] == ["0 s", "59 s", "1 min 1 s", "60 min"]


def test_an_unchanged_environment_has_no_changes() -> None:
    export = {"name": "a", "operation": "unchanged"}
    assert what_of({"changed": False, "exports": [export]}, dry=True) == ""
    result = {"changed": False, "exports": [export], "unmanaged_objects": [{"name": "b"}]}
    assert what_of(result, dry=True) == "Not declared, left unchanged: b."
