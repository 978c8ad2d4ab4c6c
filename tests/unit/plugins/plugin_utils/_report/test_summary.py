# Copyright (c) 2026, community.dynatrace contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""The summary of a report in a terminal."""

from __future__ import annotations

import json

from ansible_collections.community.dynatrace.plugins.plugin_utils._report.build import (
    as_plans,
    reasons,
)
from ansible_collections.community.dynatrace.plugins.plugin_utils._report.summary import (
    summary,
    unmanaged,
)
from ansible_collections.community.dynatrace.tests.support.reports import (
    drifted,
    environment_of,
    item,
    report,
)


def test_each_host_that_is_not_well_has_its_reason() -> None:
    drift = environment_of(
        {
            "changed": True,
            "exports": [
                item(operation="created", name="new"),
                item(operation="deleted", name="old"),
                item(operation="updated", changed_properties=["a.b", "c"], name="other"),
            ],
        },
        "one",
    )
    failure = environment_of({"failed": True, "msg": "No."}, "three")
    whole = report(drift, environment_of(None, "two"), failure, environment_of({"exports": []}, "four"))
    failed = {"two": "The run ended before this environment was processed.", "three": "No."}
    assert reasons(whole, drift=False) == failed
    differs = "Not as declared: new (missing), old (not declared), other (a.b, c)."
    assert reasons(whole, drift=True) == {**failed, "one": differs}
    assert json.loads(as_plans(whole)) == {"dynatrace_approved_plans": {}}


def test_the_screen_says_who_differs_and_in_what_the_worst_first() -> None:
    drift = environment_of(
        {"changed": True, "exports": [item(operation="updated", changed_properties=["a.b"])]}, "differs"
    )
    extra = environment_of(
        {"exports": [], "unmanaged_objects": [{"name": "archive to https://a.example.com/"}]}, "extra"
    )
    failure = environment_of({"failed": True, "msg": "No."}, "broken")
    changed = environment_of({"changed": True, "exports": [item(operation="created")]}, "made", dry=False)
    whole = report(environment_of({"exports": []}, "fine"), extra, changed, drift, failure)
    assert summary(whole, {"html": "/reports/audit.html"}) == [
        "5 environments: 1 failed, 1 drift, 1 changed, 2 as declared, 1 export not declared",
        "broken: No.",
        "differs: Not as declared: archive (a.b).",
        "made: Changed: archive (created).",
        "extra: Not declared, left unchanged: archive to https://a.example.com/.",
        "report: /reports/audit.html",
    ]
    assert unmanaged(whole) == {"extra": "Not declared, left unchanged: archive to https://a.example.com/."}
    many = summary(
        report(*(environment_of({"failed": True, "msg": f"{number}."}, f"env{number}") for number in range(50))), {}
    )
    assert len(many) == 22 and many[-1] == "and 30 more"


def test_environments_with_the_same_difference_share_a_line() -> None:
    same = [environment_of(drifted(["a.b"], {}, {}), f"shop{number}") for number in range(9)]
    lines = summary(report(*same, environment_of(drifted(["c"], {}, {}), "bank")), {})
    assert lines[1:] == [
        "9 environments (shop0, shop1, shop2, shop3, shop4, 4 more): Not as declared: archive (a.b).",
        "bank: Not as declared: archive (c).",
    ]


def cause(path: str, **more: object) -> dict[str, object]:
    about = {"operation": "updated", "author": "jane@example.com", "source": "UI", "time": "2026-11-20T08:00:00.123Z"}
    return {"property": path, **about, **more}


def test_drift_is_reported_with_who_made_it_and_the_value_before_and_after() -> None:
    enabled = "endpoint_definition.enable_user_session_export"
    found = environment_of(
        {
            "changed": True,
            "exports": [
                item(
                    operation="updated",
                    changed_properties=["a.b", "c.d", enabled],
                    changed_by=[
                        cause("a.b", before="old", after="new"),
                        cause(enabled, before=True, after=False, author="dt0c01.X", by_this_token=True, source=None),
                    ],
                    last_author="omar@example.com",
                ),
                item("gone", "created", changed_by=[cause("", operation="deleted", author=None, time=None)]),
            ],
        },
        "differs",
    )
    assert summary(report(found), {})[1] == (
        "differs: Not as declared: archive (paused, c.d; a.b: 'old' to 'new' by jane@example.com through UI on "
        f"2026-11-20; {enabled}: true to false by this token on 2026-11-20), "
        "gone (missing; deleted by an unknown author through UI)."
    )


def test_a_long_value_is_cut_and_one_that_is_not_set_is_named_so() -> None:
    made = [cause("a", operation="created", after="x" * 100), cause("b", before=None, after=[1])]
    outcome = {"changed": True, "exports": [item(operation="updated", changed_properties=["a", "b"], changed_by=made)]}
    line = summary(report(environment_of(outcome)), {})[1]
    assert f"a: '{'x' * 58}… since it was created by jane" in line
    assert "b: not set to [1] by jane" in line


def test_objects_of_schemas_are_not_called_exports() -> None:
    schema = {"schema_id": "builtin:management-zones", "objects": [item()], "unmanaged_objects": [{"name": "Old"}]}
    assert summary(report(environment_of({"schemas": [schema]})), {})[0] == (
        "1 environment: 1 as declared, 1 object not declared"
    )


def test_an_import_declares_nothing() -> None:
    assert summary(report(environment_of({"exports": []})), {}) == ["1 environment: 1 unchanged"]


def test_violations_of_policies_say_what_became_of_them() -> None:
    violation = {"policy": "zone-names", "severity": "error", "object": "shop"}
    violations = [violation, {**violation, "object": "bank", "overridden": True}]
    repaired = {**violation, "policy": "others", "repaired": True}
    whole = report(environment_of({"exports": [item()], "policy_violations": [*violations, repaired]}, "one"))
    assert summary(whole, {})[1:] == [
        "one: Policy zone-names is violated by shop, bank (overridden). Policy others is violated by shop (repaired)."
    ]
