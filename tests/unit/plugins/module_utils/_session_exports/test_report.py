# Copyright (c) 2026, community.dynatrace contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""What the result says of each export, and its diff."""

from __future__ import annotations

from ansible_collections.community.dynatrace.plugins.module_utils._session_exports.report import item_diff, item_report
from ansible_collections.community.dynatrace.plugins.module_utils._settings_api.external_id import ExternalId
from ansible_collections.community.dynatrace.tests.support.export_plans import (
    RULES,
    basic,
    export,
    on_change,
    plan_for,
    run_exports,
    seeded,
)


def test_a_renamed_export_says_what_it_was_called_and_one_that_keeps_its_name_does_not() -> None:
    server = seeded(
        export("", "one"),
        export("", "two"),
        external_ids=(ExternalId("before").encode(), ExternalId("b", ("x",)).encode()),
    )
    renamed, same = run_exports(
        server, [export("after", "one"), export("b", "two", send_direct={"active": False})]
    ).items
    assert (renamed.operation, renamed.external_id_reason) == ("updated", "renamed from 'before'")
    diff = item_diff(renamed, RULES)
    assert (diff["before_header"], diff["after_header"]) == ("export before (updated)", "export after (updated)")
    assert (diff["before"]["name"], diff["after"]["name"]) == ("before", "after")
    assert same.operation == "unchanged"
    # A fingerprint is new, the name is not.
    server = seeded(export("", "one", authentication=basic()), external_ids=(ExternalId("a").encode(),))
    (keyed,) = run_exports(server, [export("a", "one", authentication=basic())], **on_change()).items
    diff = item_diff(keyed, RULES)
    assert keyed.external_id_state == "set" and diff["before"]["name"] == diff["after"]["name"] == "a"


def test_the_value_of_an_export_can_be_declared_again_and_holds_no_secret() -> None:
    server = seeded(export("", "gone"))
    wanted = [export("a", "one", authentication=basic("S3cret")), export("b", "two")]
    first = [item_report(item, RULES) for item in run_exports(server, wanted, prune=True).items]
    again = [item_report(item, RULES) for item in run_exports(server, wanted, prune=True).items]
    assert [one["operation"] for one in (*first, *again)] == ["created", "created", "deleted", "unchanged", "unchanged"]
    assert [one["value"] for one in first] == [*(one["value"] for one in again), None]
    value = first[0]["value"]
    assert value["name"] == "a"
    assert value["endpoint_definition"]["use_post"] is False, "defaults are in it"
    assert value["authentication"]["basic_auth"].keys() == {"username"}
    assert not plan_for(server, [one["value"] for one in again]).changed


def test_properties_of_a_newer_server_survive_an_update() -> None:
    server = seeded(export("", "one"))
    (stored,) = server.objects.values()
    stored["value"]["endpointDefinition"]["retries"] = 7
    stored["value"]["routing"] = {"region": "eu"}
    outcome = run_exports(server, [export("a", "one", export_behavior={"disable_notification": True})])
    (stored,) = server.objects.values()
    assert stored["value"]["endpointDefinition"]["retries"] == 7
    assert stored["value"]["routing"] == {"region": "eu"}
    assert item_report(outcome.items[0], RULES)["unknown_properties"] == ["endpoint_definition.retries", "routing"]
