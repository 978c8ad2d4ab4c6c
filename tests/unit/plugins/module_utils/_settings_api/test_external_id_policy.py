# Copyright (c) 2026, community.dynatrace contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""When an external ID is set, kept, or left alone."""

from __future__ import annotations

import pytest

from ansible_collections.community.dynatrace.plugins.module_utils._settings_api.converge import (
    check_external_ids_are_kept,
)
from ansible_collections.community.dynatrace.plugins.module_utils._settings_api.errors import (
    SettingsError,
)
from ansible_collections.community.dynatrace.plugins.module_utils._settings_api.external_id import ExternalId
from ansible_collections.community.dynatrace.tests.support.export_plans import (
    basic,
    export,
    hiding,
    job_of_exports,
    on_change,
    plan_for,
    run_exports,
    seeded,
)
from ansible_collections.community.dynatrace.tests.support.model_server import (
    ModelServer,
)


def test_another_tools_external_id_stays_unless_adopt_says_otherwise() -> None:
    server = seeded(export("", "one"), external_ids=("monaco:abc",))
    outcome = run_exports(server, [export("a", "one", export_behavior={"disable_notification": True})])
    (stored,) = server.objects.values()
    assert stored["externalId"] == "monaco:abc"
    assert outcome.items[0].external_id_state == "foreign"
    assert not run_exports(server, [export("a", "one", export_behavior={"disable_notification": True})]).changed
    run_exports(server, [export("a", "one")], adopt="any")
    (stored,) = server.objects.values()
    assert stored["externalId"] == ExternalId("a").encode()


@pytest.mark.parametrize("length", [21, 24, 30, 40, 60])
def test_an_environment_that_truncates_external_ids_gets_no_second_export_and_no_endless_change(length: int) -> None:
    server = ModelServer()
    server.cut = length
    wanted = [export(f"export number {number}", str(number), authentication=basic()) for number in (1, 2, 3)]
    outcome = run_exports(server, wanted, **on_change())
    assert len(server.objects) == 3
    assert [item.operation for item in outcome.items] == ["created"] * 3
    urls = {item["value"]["endpointDefinition"]["endpointUrl"] for item in server.objects.values()}
    assert urls == {"https://1/", "https://2/", "https://3/"}
    again = plan_for(server, wanted, **on_change())
    assert not again.changed
    assert {item.secrets[0].state for item in again.items} == {"unverifiable"}


def test_external_ids_that_an_environment_hides_are_not_set_again() -> None:
    exports = [export("a", "one"), export("b", "three")]
    first, second = ExternalId("a").encode(), ExternalId("b").encode()
    server = seeded(export("", "one"), export("", "two"))
    plan = hiding(server, exports)
    assert [(step.action, step.external_id) for step in plan.steps] == [("set_external_id", first), ("create", second)]
    assert server.asked == [[first, second]]
    server = seeded(export("", "one"), export("", "two"), external_ids=(first,))
    hidden = hiding(server, exports)
    assert [(step.action, step.external_id) for step in hidden.steps] == [("create", None)]
    assert "does not return external IDs" in hidden.items[0].external_id_reason
    assert server.asked == [[first, second]]
    unused = hiding(server, exports, no_external_ids="off")
    assert not [step for step in unused.steps if step.external_id] and server.asked == []


def test_an_external_id_that_was_not_kept_is_reported() -> None:
    server = seeded(export("", "one"))
    plan = plan_for(server, [export("a", "one")])
    with pytest.raises(SettingsError, match="store_external_id: false"):
        check_external_ids_are_kept(server, server.list(), plan, job_of_exports([export("a", "one")]))
    existing = server.list()
    server.objects["object-1"]["externalId"] = ExternalId("a").encode()
    check_external_ids_are_kept(server, existing, plan, job_of_exports([export("a", "one")]))
