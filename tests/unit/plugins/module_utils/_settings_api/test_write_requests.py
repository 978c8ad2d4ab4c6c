# Copyright (c) 2026, community.dynatrace contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Writes at the same time: their number, their order, and what is reported when some of them fail."""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping
from typing import Any

import pytest

from ansible_collections.community.dynatrace.plugins.module_utils._settings_api.apply import StepFailed
from ansible_collections.community.dynatrace.plugins.module_utils._settings_api.backend import Target
from ansible_collections.community.dynatrace.plugins.module_utils._settings_api.converge import (
    Converged,
    Options,
    converge,
)
from ansible_collections.community.dynatrace.plugins.module_utils._settings_api.errors import (
    AnswerLost,
    Conflict,
    Rejected,
    SettingsError,
)
from ansible_collections.community.dynatrace.plugins.module_utils._settings_api.external_id_policy import Policy
from ansible_collections.community.dynatrace.plugins.module_utils._settings_api.plan_types import Step
from ansible_collections.community.dynatrace.plugins.module_utils._settings_api.planning import Job
from ansible_collections.community.dynatrace.plugins.module_utils._settings_api.schema import Schema
from ansible_collections.community.dynatrace.plugins.module_utils._settings_api.write_requests import groups_of
from ansible_collections.community.dynatrace.plugins.module_utils._settings_objects.declaration import (
    DeclaredObject,
    Rules,
    declare,
)
from ansible_collections.community.dynatrace.tests.support.model_server import Answer, ModelServer

TEXT = {"type": "text", "nullable": True}
SCHEMA = Schema.from_document(
    {
        "schemaId": "test:schema",
        "version": "1",
        "multiObject": True,
        "allowedScopes": ["environment"],
        "properties": {"name": {"type": "text", "nullable": False}, "color": TEXT},
        "types": {},
        "enums": {},
        "schemaConstraints": [{"type": "UNIQUE", "uniqueProperties": ["name"]}],
    }
)
NAMES = "abcdefghij"
TOGETHER = 4


class Line:
    """A connection to a server. Its thread asks whether requests had to wait before it looks for another write."""

    def __init__(self, server: ParallelServer, number: int) -> None:
        self._server, self.number = server, number
        self.idle = threading.Event()
        self._asked = 0

    @property
    def has_waited(self) -> bool:
        """Whether to leave the writes to another connection."""
        self._asked += 1
        if self._asked > 1:
            self.idle.set()
        return False

    def update_object(self, object_id: str, body: Mapping[str, Any], *, validate_only: bool = False) -> Answer:
        """PUT."""
        return self._server.update_object(object_id, body, validate_only=validate_only, line=self)

    def delete_object(self, object_id: str, *, update_token: str | None) -> None:
        """DELETE."""
        self._server.delete_object(object_id, update_token=update_token)


class ParallelServer(ModelServer):
    """The first four updates wait for each other. ``fate`` is asked about each update, and may raise."""

    server = "dynatrace.example.com"

    def __init__(self, names: str = NAMES) -> None:
        super().__init__()
        for name in names:
            self.seed({"name": name, "color": "red"})
        self.lines: list[Line] = []
        self.began: list[str] = []
        self.under_way: list[str] = []
        self.most = 0
        self.validated: list[str] = []
        self.fate: Callable[[str, Line | None], None] = lambda _name, _line: None
        self._lock = threading.RLock()
        self._meet = threading.Barrier(TOGETHER)

    def clone(self) -> Line:
        """Another connection."""
        self.lines.append(Line(self, len(self.lines)))
        return self.lines[-1]

    def close_clone(self, clone: Line) -> None:
        """Close it."""
        clone.number = -1

    def update_object(
        self, object_id: str, body: Mapping[str, Any], *, validate_only: bool = False, line: Line | None = None
    ) -> Answer:
        """PUT."""
        name = body["value"]["name"]
        with self._lock:
            self.began.append(name)
            self.under_way.append(name)
            self.most = max(self.most, len(self.under_way))
            wait = len(self.began) <= TOGETHER
        try:
            if wait:
                self._meet.wait(timeout=30)
            self.fate(name, line)
            with self._lock:
                if validate_only:
                    self.validated.append(name)
                    return Answer(None)
                return super().update_object(object_id, body)
        finally:
            with self._lock:
                self.under_way.remove(name)

    def delete_object(self, object_id: str, *, update_token: str | None) -> None:
        """DELETE."""
        with self._lock:
            super().delete_object(object_id, update_token=update_token)

    def colors(self) -> str:
        """The first letters of all colors, in the order of the names."""
        return "".join(one["value"]["color"][0] for one in self.objects.values())


def job(names: str = NAMES, color: str = "blue", **policy: Any) -> Job:
    rules = Rules.of(SCHEMA, None)
    objects = [DeclaredObject({"value": {"name": one, "color": color}}, f"objects[{one}]") for one in names]
    wanted, problems = declare(objects, rules)
    assert not problems
    target = Target("test:schema", at_once=TOGETHER)
    return Job(target, rules.domain(), Policy(no_external_ids="here", **policy), lambda _existing: wanted)


def run(server: ParallelServer, work: Job | None = None) -> Converged:
    return converge(server, work or job(), Options())


def failure(server: ParallelServer) -> dict[str, list[str]]:
    """Run, and return which writes are done, failed, and were not tried."""
    with pytest.raises(StepFailed) as failed:
        run(server)
    details = failed.value.details
    return {
        key: [one["name"] for one in details[key]] for key in ("completed_writes", "failed_writes", "skipped_writes")
    }


def others_wait(server: ParallelServer, error: SettingsError) -> Callable[[str, Line | None], None]:
    """The write of one of the four fails. The others of the four end when its thread has found no more to do."""

    def fate(_name: str, line: Line | None) -> None:
        if line is server.lines[0]:
            raise error
        assert server.lines[0].idle.wait(timeout=30)

    return fate


def test_updates_overlap_and_items_are_in_the_order_of_the_declaration() -> None:
    server = ParallelServer()
    done = run(server)
    assert server.most == TOGETHER
    assert [(item.name, item.operation) for item in done.items] == [(name, "updated") for name in NAMES]
    assert server.colors() == "b" * len(NAMES)
    assert [line.number for line in server.lines] == [-1] * (TOGETHER - 1)
    assert not run(server).changed


def test_after_a_failure_no_write_begins_and_the_report_says_what_became_of_each() -> None:
    server = ParallelServer()
    server.fate = others_wait(server, Rejected("no", status=400))
    found = failure(server)
    assert sorted(server.began) == list("abcd")
    assert len(found["failed_writes"]) == 1
    assert found["completed_writes"] == [name for name in "abcd" if name not in found["failed_writes"]]
    assert found["skipped_writes"] == list("efghij")
    for name, color in zip(NAMES, server.colors(), strict=True):
        assert (color == "b") is (name in found["completed_writes"])


def test_several_failures_at_once_are_all_reported_in_the_order_of_the_plan() -> None:
    server = ParallelServer()

    def fate(name: str, _line: Line | None) -> None:
        raise Rejected(f"no {name}", status=400)

    server.fate = fate
    found = failure(server)
    assert found == {"completed_writes": [], "failed_writes": list("abcd"), "skipped_writes": list("efghij")}


def test_a_refusal_beside_a_conflict_is_final_and_both_failed() -> None:
    server = ParallelServer()

    def fate(name: str, _line: Line | None) -> None:
        raise Conflict("outdated", status=409) if name != "c" else Rejected("no", status=400)

    server.fate = fate
    assert failure(server)["failed_writes"] == list("abcd")


def test_after_a_conflict_the_rest_is_written_one_after_the_other() -> None:
    server = ParallelServer()
    outdated: list[str] = []

    def fate(name: str, line: Line | None) -> None:
        if len(server.began) > TOGETHER:
            assert server.under_way == [name]
        elif line is server.lines[0]:
            outdated.append(name)
            raise Conflict("outdated", status=409)
        else:
            assert server.lines[0].idle.wait(timeout=30)

    server.fate = fate
    done = run(server)
    assert done.notes == (f"Updating {outdated[0]}: outdated The objects were read and compared again.",)
    assert server.colors() == "b" * len(NAMES)
    assert [item.name for item in done.items] == list(NAMES)


def test_lost_answers_are_looked_up_whether_the_writes_were_applied_or_not() -> None:
    server = ParallelServer()
    met: list[str] = []

    def after(_server: ModelServer, _action: str) -> None:
        # Applied, but the answer is lost.
        if server.under_way and len(met) < 2:
            met.append("applied")
            raise AnswerLost("the connection broke")

    def fate(name: str, _line: Line | None) -> None:
        if name == "a" and "a" not in met:
            met.append("a")
            raise AnswerLost("the connection broke")

    server.after_write, server.fate = after, fate
    done = run(server)
    assert "a" in met and "applied" in met
    assert server.colors() == "b" * len(NAMES)
    assert [(item.name, item.operation) for item in done.items] == [(name, "updated") for name in NAMES]
    # Nothing that was applied is written again.
    assert sorted(server.writes) == ["update"] * len(NAMES)


def test_only_writes_that_do_not_depend_on_each_other_are_in_one_group() -> None:
    steps = [
        Step("update", "a", object_id="a", independent=-1),
        Step("update", "b", object_id="b", independent=-1),
        Step("update", "c", object_id="c"),
        Step("update", "d", object_id="d", independent=-1),
        Step("delete", "e", object_id="e", independent=0),
        Step("delete", "f", object_id="f", independent=0),
        Step("delete", "g", object_id="g", independent=1),
    ]

    def groups(at_once: int) -> list[list[str]]:
        target = Target("x", at_once=at_once)
        return [[step.name for request in group for step in request] for group in groups_of(steps, target)]

    assert groups(4) == [["a", "b"], ["c"], ["d"], ["e", "f"], ["g"]]
    assert groups(1) == [["a"], ["b"], ["c"], ["d"], ["e"], ["f"], ["g"]]


def test_check_mode_validates_at_the_same_time_and_raises_the_first_refusal_of_the_plan() -> None:
    server = ParallelServer()
    predicted = converge(server, job(), Options(check_mode=True))
    assert server.most == TOGETHER and sorted(server.validated) == list(NAMES)
    assert [item.name for item in predicted.items] == list(NAMES) and server.writes == []
    server = ParallelServer()

    def fate(name: str, _line: Line | None) -> None:
        if name in "bd":
            raise Rejected(f"no {name}", status=400)

    server.fate = fate
    with pytest.raises(StepFailed, match="no b"):
        converge(server, job(), Options(check_mode=True))


def test_deletions_are_sent_at_the_same_time_and_reported_in_order() -> None:
    server = ParallelServer()
    done = run(server, job("", prune=True))
    assert [(item.name, item.operation) for item in done.items] == [(name, "deleted") for name in NAMES]
    assert server.objects == {} and len(server.lines) == TOGETHER - 1
