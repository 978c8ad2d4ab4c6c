# Copyright (c) 2026, community.dynatrace contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a report says of the outcome of one environment."""

from __future__ import annotations

import pytest

from ansible_collections.community.dynatrace.plugins.plugin_utils._report.build import (
    reasons,
    to_retry,
)
from ansible_collections.community.dynatrace.plugins.plugin_utils._report.junit import as_junit
from ansible_collections.community.dynatrace.plugins.plugin_utils._report.page import as_page
from ansible_collections.community.dynatrace.plugins.plugin_utils._report.summary import (
    summary,
)
from ansible_collections.community.dynatrace.tests.support.reports import (
    environment_of,
    item,
    parsed,
    report,
)


def test_what_differs_is_drift_in_an_audit_and_changed_in_a_run() -> None:
    outcome = {"changed": True, "exports": [item(operation="updated")]}
    drift, changed = environment_of(outcome), environment_of(outcome, dry=False)
    assert (drift["state"], drift["drift"], drift["exports"][0]["state"]) == ("drift", True, "drift")
    assert (changed["state"], changed["drift"], changed["exports"][0]["state"]) == ("changed", False, "changed")
    assert environment_of({"changed": False, "exports": [item()]})["state"] == "unchanged"


def test_an_export_is_reported_with_its_endpoint_method_authentication_and_last_author() -> None:
    given = item(
        last_modified=1_700_000_000_000, last_author="anna@example.com", secrets=[{"path": "p", "state": "kept"}]
    )
    given["value"]["authentication"] = {"active": True, "auth_type": "oauth2"}
    given["value"]["endpoint_definition"] |= {"use_post": True, "enable_user_session_export": False}
    one = environment_of({"exports": [given]})
    (export,) = one["exports"]
    names = ("endpoint", "method", "authentication", "enabled")
    assert [export[name] for name in names] == ["https://archive.example.com/in", "POST", "oauth2", False]
    assert (one["last_modified"], one["last_author"]) == ("2023-11-14T22:13:20Z", "anna@example.com")
    assert environment_of({"exports": [item()]})["exports"][0]["authentication"] == "none"


def test_drift_has_both_sides_of_each_property() -> None:
    diff = {
        "name": "archive",
        "operation": "updated",
        "before": {"name": "", "send_direct": {"active": True, "index_name": "i"}, "same": {"x": 1}},
        "after": {"name": "archive", "send_direct": {"active": False}, "same": {"x": 1}},
    }
    (export,) = environment_of({"changed": True, "exports": [item(operation="updated")], "diff": [diff]})["exports"]
    assert export["changes"] == [
        {"path": "name", "before": "", "after": "archive"},
        {"path": "send_direct.active", "before": True, "after": False},
        {"path": "send_direct.index_name", "before": "i", "after": None},
    ]


def test_a_deleted_export_is_reported_as_it_was() -> None:
    about = {"name": "archive", "operation": "deleted"}
    diff = {**about, "before": {"name": "archive", **item()["value"]}, "after": ""}
    gone = item(operation="deleted", value=None)
    (export,) = environment_of({"changed": True, "exports": [gone], "diff": [diff]})["exports"]
    assert (export["endpoint"], export["state"], export["changes"]) == ("https://archive.example.com/in", "drift", [])


@pytest.mark.parametrize("outcome", [None, "text", [], {}, {"skipped": True}, {"changed": False}, 7])
def test_a_host_without_an_outcome_was_not_reached(outcome: object) -> None:
    one = environment_of(outcome)
    assert (one["state"], one["drift"], one["errors"], one["exports"]) == ("not_reached", False, [], [])


def test_a_failure_is_no_drift_and_is_reported_with_all_its_problems() -> None:
    problems = [{"path": "exports[0].name", "message": "is required"}]
    one = environment_of({"failed": True, "msg": "exports[0].name: is required", "problems": problems, "status": 400})
    assert (one["state"], one["drift"]) == ("failed", False)
    assert one["errors"] == [
        {"message": "exports[0].name: is required", "hint": None, "status": 400, "problems": problems}
    ]
    assert environment_of({"unreachable": True, "msg": "no route"})["errors"][0]["message"] == "no route"
    assert environment_of({"failed": True})["errors"][0]["message"]


def test_a_failure_half_way_says_of_each_export_what_became_of_it() -> None:
    writes = {
        "done": [{"name": "a", "action": "update"}, {"name": "b", "action": "update"}],
        "failed_writes": [{"name": "b", "action": "set_external_id"}],
        "skipped_writes": [{"name": "c", "action": "create"}],
    }
    one = environment_of({"failed": True, "msg": "refused", **writes}, dry=False)
    assert [(export["name"], export["state"]) for export in one["exports"]] == [
        ("a", "changed"),
        ("b", "failed"),
        ("c", "skipped_writes"),
    ]
    assert one["drift"] is True


def test_a_token_is_reported_by_what_it_lacks_and_how_long_it_is_valid() -> None:
    token = {"missing_scopes": ["settings.write"], "expires": "2026-12-06T18:52:00.000Z", "token": "dt0c01.A.B"}
    one = environment_of({"exports": [], "token": token})
    assert one["token"] == {"missing_scopes": ["settings.write"], "expires": token["expires"], "days_left": 13}
    assert environment_of({"exports": [], "token": {"expires": "soon"}})["token"]["days_left"] is None
    page = as_page(report(one))
    assert "token lacks settings.write" in page
    assert "token expires in 13 days" in page
    late = environment_of({"exports": [], "token": {"expires": "2026-01-01"}})
    assert "token has expired" in as_page(report(late))


def test_an_export_that_only_gets_its_name_is_as_declared() -> None:
    taken = item(operation="updated", external_id_state="set", notes=["adopted: the name is stored in the external ID"])
    outcome = {"changed": True, "exports": [taken], "plan_digest": "1:ab"}
    found = environment_of(outcome)
    assert (found["state"], found["drift"], found["exports"][0]["state"]) == ("unchanged", False, "unchanged")
    assert found["plan_digest"] == "1:ab", "it is still something to approve"
    assert environment_of(outcome, dry=False)["state"] == "changed"
    other = {**taken, "secrets": [{"path": "p", "state": "rotated", "reason": ""}]}
    assert environment_of({**outcome, "exports": [other]})["state"] == "drift"


def test_an_environment_without_a_connection_is_unreachable() -> None:
    refused = environment_of({"failed": True, "msg": "No connection to dt.example.com.", "connection_failed": True})
    assert refused["state"] == "unreachable" == environment_of({"unreachable": True})["state"]
    whole = report(refused)
    assert summary(whole, {})[0] == "1 environment: 1 unreachable"
    assert to_retry(whole) == ["one"]
    assert parsed(as_junit(whole)).find(".//error").get("type") == "unreachable"  # type: ignore[union-attr]


def test_objects_of_any_schema_are_reported() -> None:
    zone = {
        "name": "Shop",
        "operation": "updated",
        "object_id": "id",
        "changed_properties": ["rules"],
        "external_id_state": "kept",
    }
    part = {"name": "Shop", "operation": "updated", "before": {"rules": [1]}, "after": {"rules": []}}
    found = environment_of({"changed": True, "objects": [zone], "diff": [part]})
    assert (found["state"], found["exports"][0]["changes"][0]["path"]) == ("drift", "rules")
    assert "Shop" in as_page(report(found))
    assert reasons(report(found), drift=True)["one"] == "Not as declared: Shop (rules)."


@pytest.mark.parametrize(
    ("address", "kind"),
    [
        ("https://abc12345.live.dynatrace.com", "saas"),
        ("https://dynatrace.example.com/e/0a1b", "managed"),
        ("https://activegate.example.com:9999/e/0a1b", "activegate"),
        ("https://example.com/", None),
        ("https://x:y/", None),
        (None, None),
    ],
)
def test_the_kind_of_an_environment_is_known_by_its_url(address: str | None, kind: str | None) -> None:
    assert environment_of({"exports": []}, url=address)["kind"] == kind
    assert environment_of({"exports": []}, url=address, kind="own")["kind"] == "own"


def test_a_change_by_the_token_of_the_task_has_no_token_id_as_its_author() -> None:
    own = item(last_author="dt0c01.ABC", last_author_is_this_token=True, last_modified=1)
    assert environment_of({"exports": [own]})["last_author"] == "this token"
