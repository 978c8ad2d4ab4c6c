# Copyright (c) 2026, community.dynatrace contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""When an external ID is set, kept, or left alone."""

from __future__ import annotations

import pytest

from ansible_collections.community.dynatrace.plugins.module_utils._settings_api.external_id import ExternalId
from ansible_collections.community.dynatrace.tests.support.export_plans import (
    basic,
    export,
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
