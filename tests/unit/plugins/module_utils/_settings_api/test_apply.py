# Copyright (c) 2026, community.dynatrace contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""How a plan is carried out: lost answers, rejected writes, and what a failure reports."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from ansible_collections.community.dynatrace.plugins.module_utils._settings_api import apply
from ansible_collections.community.dynatrace.plugins.module_utils._settings_api.apply import StepFailed
from ansible_collections.community.dynatrace.plugins.module_utils._settings_api.backend import Target
from ansible_collections.community.dynatrace.plugins.module_utils._settings_api.converge import (
    Options,
    converge,
)
from ansible_collections.community.dynatrace.plugins.module_utils._settings_api.errors import (
    AnswerLost,
    Conflict,
    Rejected,
    SettingsError,
)
from ansible_collections.community.dynatrace.plugins.module_utils._settings_api.external_id import ExternalId
from ansible_collections.community.dynatrace.plugins.module_utils._settings_api.plan_digest import plan_digest
from ansible_collections.community.dynatrace.plugins.module_utils._settings_api.schema import Schema
from ansible_collections.community.dynatrace.tests.support.export_plans import export, plan_for, run_exports, seeded
from ansible_collections.community.dynatrace.tests.support.model_server import (
    ModelServer,
)
from ansible_collections.community.dynatrace.tests.support.object_plans import (
    SECRET,
    MaskingServer,
    declared_object,
    job_of_objects,
    prop,
    run_objects,
)


@pytest.mark.parametrize("applied", [True, False])
@pytest.mark.parametrize("action", ["create", "update", "delete"])
def test_a_lost_answer_never_doubles_and_never_loses(action: str, applied: bool) -> None:
    server = seeded(export("", "one"), export("", "gone"), external_ids=(ExternalId("a").encode(),))
    lost = []

    def lose(server: ModelServer, which: str) -> None:
        if which == action and not lost:
            lost.append(which)
            raise AnswerLost("the connection broke")

    if applied:
        server.after_write = lose
    else:
        server.before_write = lose
    wanted = [export("a", "one", export_behavior={"disable_notification": True}), export("b", "two")]
    # A lost response, and what is done again for it, is no other plan than the approved one.
    approved = plan_digest(plan_for(server, wanted, prune=True))
    outcome = run_exports(server, wanted, prune=True, approved_plan=approved)
    assert lost
    assert sorted(item.operation for item in outcome.items) == ["created", "deleted", "updated"]
    assert all(item.object_id for item in outcome.items)
    assert len(server.objects) == 2
    assert not plan_for(server, wanted, prune=True).changed


def test_a_failure_half_way_says_what_is_done_and_what_is_not() -> None:
    server = ModelServer()

    def refuse(server: ModelServer, _action: str) -> None:
        if len(server.objects) == 1:
            raise Rejected("no", status=400)

    server.before_write = refuse
    with pytest.raises(StepFailed) as caught:
        run_exports(server, [export(name, name) for name in "abc"])
    details = caught.value.details
    assert [step["name"] for step in details["completed_writes"]] == ["a"]
    assert [step["name"] for step in details["failed_writes"]] == ["b"]
    assert [step["name"] for step in details["skipped_writes"]] == ["c"]


def test_a_deletion_that_is_refused_for_a_while_is_repeated(monkeypatch: pytest.MonkeyPatch) -> None:
    pauses: list[float] = []
    monkeypatch.setattr(apply, "_pause", pauses.append)
    server = MaskingServer()
    server.seed({"name": "old"})

    def refuse(_server: ModelServer, action: str) -> None:
        if action == "delete" and len(pauses) < 2:
            raise Rejected("The object is being processed.", status=400)

    server.before_write = refuse
    assert run_objects(server, SECRET, prune=True).changed
    assert pauses == [0.5, 1.0] and server.objects == {}


def test_a_deletion_that_is_not_allowed_is_not_repeated(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(apply, "_pause", lambda _seconds: pytest.fail("waits"))
    server = MaskingServer()
    server.seed({"name": "old"})

    def refuse(_server: ModelServer, _action: str) -> None:
        raise Rejected("Deletion of value(s) is not allowed", status=400)

    server.before_write = refuse
    with pytest.raises(StepFailed):
        run_objects(server, SECRET, prune=True)


@pytest.mark.parametrize("lag", [2, 99])
def test_an_object_that_is_created_and_not_yet_listed_is_not_created_again(
    monkeypatch: pytest.MonkeyPatch, lag: int
) -> None:
    """Creating b needs a second read, in which a is missing for a while."""
    monkeypatch.setattr(apply, "_pause", lambda _seconds: None)

    class Lagging(MaskingServer):
        reads = 0

        def list_objects(self, *args: Any, **more: Any) -> Any:
            found = super().list_objects(*args, **more)
            self.reads += 1
            return [] if 1 < self.reads <= 1 + lag else found

    server = Lagging()
    failed: list[str] = []

    def conflict(_server: ModelServer, _action: str) -> None:
        if len(server.objects) == 1 and not failed:
            failed.append("once")
            raise Conflict("Conflicting resource", status=409)

    server.before_write = conflict
    work = replace(
        job_of_objects(SECRET, declared_object({"name": "a"}), declared_object({"name": "b"})),
        target=Target("test:schema", batch=1),
    )
    if lag > 5:
        with pytest.raises(SettingsError, match="a: created, but the list of objects does not contain it yet"):
            converge(server, work, Options())
        assert len(server.objects) == 1
        return
    assert converge(server, work, Options()).changed
    assert server.writes == ["create", "create"]


def test_a_neighbor_that_is_gone_leads_to_a_new_plan() -> None:
    rules = Schema.from_document(
        {
            "schemaId": "test:schema",
            "multiObject": True,
            "ordered": True,
            "properties": {"name": prop("text", nullable=False)},
            "schemaConstraints": [{"type": "UNIQUE", "uniqueProperties": ["name"]}],
        }
    )
    server = MaskingServer()
    for name in "ab":
        server.seed({"name": name})
    failed: list[str] = []

    def gone(_server: ModelServer, _action: str) -> None:
        if not failed:
            failed.append("once")
            del server.objects["object-1"]
            raise Rejected("Neighbor with key '1' not found for 'test:schema'", status=400)

    server.before_write = gone
    done = run_objects(
        server, rules, declared_object({"name": "a"}), declared_object({"name": "new"}), declared_object({"name": "b"})
    )
    assert done.changed and "Neighbor with key" in done.notes[0]
    assert sorted(item["value"]["name"] for item in server.objects.values()) == ["a", "b", "new"]
