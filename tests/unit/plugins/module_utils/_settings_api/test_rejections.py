# Copyright (c) 2026, community.dynatrace contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""What an environment rejects, and what the error says: secrets beside a change, fixed properties, lost neighbors."""

from __future__ import annotations

import pytest

from ansible_collections.community.dynatrace.plugins.module_utils._settings_api.apply import StepFailed
from ansible_collections.community.dynatrace.plugins.module_utils._settings_api.converge import Options, converge
from ansible_collections.community.dynatrace.plugins.module_utils._settings_api.errors import (
    Rejected,
    Violation,
)
from ansible_collections.community.dynatrace.plugins.module_utils._settings_api.plan_types import Step
from ansible_collections.community.dynatrace.plugins.module_utils._settings_api.rejections import explain
from ansible_collections.community.dynatrace.tests.support.model_server import ModelServer
from ansible_collections.community.dynatrace.tests.support.object_plans import (
    MASK,
    MaskingServer,
    declared_object,
    job_of_objects,
    prop,
    run_objects,
    schema,
)
from ansible_collections.community.dynatrace.tests.support.problems import invalid


def test_a_refused_mask_names_each_secret_to_declare() -> None:
    rules = schema(token=prop("secret", nullable=False), key=prop("secret", nullable=False), color=prop("text"))
    server = MaskingServer()
    server.seed({"name": "a", "color": "red", "token": MASK, "key": MASK})

    def refuse(_server: ModelServer, _action: str) -> None:
        violation = Violation("color", "For security reasons please re-enter the token.")
        raise Rejected("Constraints violated.", status=400, violations=[violation])

    server.before_write = refuse
    work = job_of_objects(
        rules,
        declared_object({"name": "a", "color": "blue"}),
        declared_object({"name": "b"}, ("token", "one"), ("key", "two")),
    )
    with pytest.raises(StepFailed) as caught:
        converge(server, work, Options())
    text = str(caught.value)
    assert "Declare objects[0].value.token, objects[0].value.key, so that" in text
    assert "Skipped: create b. After fixing the cause, run it again to complete the rest." in text


FIXED = schema(kind=prop("text", nullable=False, default="x", modificationPolicy="NEVER"), color=prop("text"))


def test_a_property_that_cannot_be_changed_and_is_not_declared_stays() -> None:
    server = MaskingServer()
    server.seed({"name": "a", "color": "red", "kind": "made elsewhere"})
    assert not run_objects(server, FIXED, declared_object({"name": "a", "color": "red"})).changed
    done = run_objects(server, FIXED, declared_object({"name": "a", "color": "blue"}))
    assert done.items[0].changed == (("color",),)
    assert server.objects["object-1"]["value"] == {"name": "a", "color": "blue", "kind": "made elsewhere"}


def test_a_declared_property_that_cannot_be_changed_needs_a_new_object() -> None:
    server = MaskingServer()
    server.seed({"name": "a", "color": "red", "kind": "old"})
    wanted = declared_object({"name": "a", "kind": "new"}, name="first")
    with invalid("set recreate: true to delete the object and create it again"):
        run_objects(server, FIXED, wanted)
    done = run_objects(server, FIXED, wanted, recreate=True)
    assert server.writes == ["delete", "create"]
    assert [(item.operation, item.note) for item in done.items] == [
        ("updated", "created again, because kind cannot be changed")
    ]
    assert [item["value"]["kind"] for item in server.objects.values()] == ["new"]
    assert not run_objects(server, FIXED, wanted, recreate=True).changed


def test_a_neighbor_that_stays_gone_is_a_clear_error() -> None:
    text = "Setting value cannot be inserted to the specified position"
    rules = schema()
    step = Step("update", "a", "objects[0]", object_id="1", insert_after="2")
    failed = StepFailed([(step, Rejected("Constraints violated.", status=400, violations=[Violation("", text)]))])
    assert "The object that precedes it no longer exists or cannot be moved." in str(
        explain(failed, job_of_objects(rules))
    )
