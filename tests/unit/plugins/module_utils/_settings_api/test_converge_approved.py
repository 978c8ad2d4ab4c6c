# Copyright (c) 2026, community.dynatrace contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Someone else makes changes during a run: what is approved, and what is in the backup, bounds what is done."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from ansible_collections.community.dynatrace.plugins.module_utils._session_exports.options import to_value
from ansible_collections.community.dynatrace.plugins.module_utils._settings_api.external_id import ExternalId
from ansible_collections.community.dynatrace.plugins.module_utils._settings_api.plan_digest import (
    PlanDiffers,
    plan_digest,
)
from ansible_collections.community.dynatrace.tests.support.export_plans import (
    RULES,
    export,
    plan_for,
    run_exports,
    seeded,
)
from ansible_collections.community.dynatrace.tests.support.model_server import ModelServer

QUIET = {"export_behavior": {"disable_notification": True}}


def someone_changes(server: ModelServer, change: Callable[[], None]) -> list[str]:
    """Let someone else change something just before the first write. Returns the writes that were tried."""
    tried: list[str] = []

    def before(_server: ModelServer, action: str) -> None:
        tried.append(action)
        if len(tried) == 1:
            change()

    server.before_write = before
    return tried


@pytest.mark.parametrize("approved", [True, False])
def test_an_object_that_someone_creates_during_a_run_is_not_pruned(approved: bool) -> None:
    server = seeded(export("", "one"), export("", "old"), external_ids=(ExternalId("a").encode(),))
    wanted = [export("a", "one", **QUIET)]
    digest = plan_digest(plan_for(server, wanted, prune=True)) if approved else None

    def change() -> None:
        server.touch("object-1")
        server.seed(RULES.schema.complete(to_value(export("", "late"))).value)

    someone_changes(server, change)
    outcome = run_exports(server, wanted, prune=True, approved_plan=digest)
    assert [item.operation for item in outcome.items] == ["updated", "deleted"]
    assert sorted(server.objects) == ["object-1", "object-3"]
    assert [text for text in outcome.warnings if "late" in text and "is new during the run" in text]


def test_after_a_conflict_only_the_approved_changes_are_made() -> None:
    server = seeded(export("", "one"), export("", "two"), external_ids=tuple(ExternalId(n).encode() for n in "ab"))
    wanted = [export("a", "one", **QUIET), export("b", "two", **QUIET)]
    digest = plan_digest(plan_for(server, wanted))

    def change() -> None:
        server.objects["object-1"]["value"]["endpointDefinition"]["usePost"] = True
        server.touch("object-1")

    tried = someone_changes(server, change)
    with pytest.raises(PlanDiffers, match="'a' is no longer the one that was approved") as caught:
        run_exports(server, wanted, approved_plan=digest)
    assert tried == ["update"] and caught.value.details["done"] == []
    # Without approval, the declaration wins.
    run_exports(server, wanted)
    assert not plan_for(server, wanted).changed


def test_what_an_approved_run_has_done_is_in_the_error() -> None:
    server = seeded(export("", "one"), export("", "two"), external_ids=tuple(ExternalId(n).encode() for n in "ab"))
    wanted = [export("a", "one", **QUIET), export("b", "two", **QUIET)]
    digest = plan_digest(plan_for(server, wanted))

    def someone_saves(server: ModelServer, _action: str) -> None:
        server.objects["object-2"]["value"]["endpointDefinition"]["usePost"] = True
        server.touch("object-2")

    server.after_write = someone_saves
    with pytest.raises(PlanDiffers) as caught:
        run_exports(server, wanted, approved_plan=digest)
    assert [one["name"] for one in caught.value.details["done"]] == ["a"]
