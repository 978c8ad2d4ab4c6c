# Copyright (c) 2026, community.dynatrace contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""The report of a fleet: what it says of each outcome, what does not get into it, how reports are put together."""

from __future__ import annotations

import json
import re
import stat
import time
import xml.etree.ElementTree as ET
from datetime import datetime, timezone
from pathlib import Path
from typing import Any

import pytest

from ansible_collections.community.dynatrace.plugins.module_utils import _atomic_file as files
from ansible_collections.community.dynatrace.plugins.plugin_utils._report.build import (
    ReportProblem,
    as_json,
    as_plans,
    build,
    read_earlier,
    reasons,
    to_retry,
)
from ansible_collections.community.dynatrace.plugins.plugin_utils._report.environment import environment
from ansible_collections.community.dynatrace.plugins.plugin_utils._report.junit import as_junit
from ansible_collections.community.dynatrace.plugins.plugin_utils._report.page import as_page
from ansible_collections.community.dynatrace.plugins.plugin_utils._report.slot_columns import columns
from ansible_collections.community.dynatrace.plugins.plugin_utils._report.summary import (
    summary,
    unmanaged,
)
from ansible_collections.community.dynatrace.tests.support.fleet import NOW, fleet

HOSTILE = "</script><script>alert(1)</script><img src=x onerror=alert(2)>\"'&\u2028${css}]]>\ud800\x00\x1b[31m\u202e"


def item(name: str = "archive", operation: str = "unchanged", **more: Any) -> dict[str, Any]:
    endpoint = {"endpoint_url": f"https://{name}.example.com/in", "enable_user_session_export": True, "use_post": False}
    value = {"name": name, "endpoint_definition": endpoint, "authentication": {"active": False}}
    return {"name": name, "operation": operation, "value": value, **more}


def told(outcome: object, host: str = "one", *, dry: bool = True, **about: Any) -> dict[str, Any]:
    return environment({"host": host, **about}, outcome, dry=dry, now=NOW)


def report(*environments: dict[str, Any], **more: Any) -> dict[str, Any]:
    return build(environments, **{"title": "Exports", "mode": "audit", "dry": True, "now": NOW, **more})


def parsed(xml: str) -> ET.Element:
    return ET.fromstring(xml)  # noqa: S314


def test_what_differs_is_drift_in_an_audit_and_changed_in_a_run() -> None:
    outcome = {"changed": True, "exports": [item(operation="updated")]}
    drift, changed = told(outcome), told(outcome, dry=False)
    assert (drift["state"], drift["drift"], drift["exports"][0]["state"]) == ("drift", True, "drift")
    assert (changed["state"], changed["drift"], changed["exports"][0]["state"]) == ("changed", False, "changed")
    assert told({"changed": False, "exports": [item()]})["state"] == "unchanged"


def test_an_export_is_told_with_its_endpoint_method_authentication_and_last_author() -> None:
    given = item(
        last_modified=1_700_000_000_000, last_author="anna@example.com", secrets=[{"path": "p", "state": "kept"}]
    )
    given["value"]["authentication"] = {"active": True, "auth_type": "oauth2"}
    given["value"]["endpoint_definition"] |= {"use_post": True, "enable_user_session_export": False}
    one = told({"exports": [given]})
    (export,) = one["exports"]
    names = ("endpoint", "method", "authentication", "enabled")
    assert [export[name] for name in names] == ["https://archive.example.com/in", "POST", "oauth2", False]
    assert (one["last_modified"], one["last_author"]) == ("2023-11-14T22:13:20Z", "anna@example.com")
    assert told({"exports": [item()]})["exports"][0]["authentication"] == "none"


def test_drift_has_both_sides_of_each_property() -> None:
    diff = {
        "name": "archive",
        "operation": "updated",
        "before": {"label": "", "send_direct": {"active": True, "index_name": "i"}, "same": {"x": 1}},
        "after": {"label": "archive", "send_direct": {"active": False}, "same": {"x": 1}},
    }
    (export,) = told({"changed": True, "exports": [item(operation="updated")], "diff": [diff]})["exports"]
    assert export["changes"] == [
        {"path": "label", "before": "", "after": "archive"},
        {"path": "send_direct.active", "before": True, "after": False},
        {"path": "send_direct.index_name", "before": "i", "after": None},
    ]


def test_a_deleted_export_is_told_as_it_was() -> None:
    about = {"name": "archive", "operation": "deleted"}
    diff = {**about, "before": {"label": "archive", **item()["value"]}, "after": ""}
    gone = item(operation="deleted", value=None)
    (export,) = told({"changed": True, "exports": [gone], "diff": [diff]})["exports"]
    assert (export["endpoint"], export["state"], export["changes"]) == ("https://archive.example.com/in", "drift", [])


@pytest.mark.parametrize("outcome", [None, "text", [], {}, {"skipped": True}, {"changed": False}, 7])
def test_a_host_without_an_outcome_was_not_reached(outcome: object) -> None:
    one = told(outcome)
    assert (one["state"], one["drift"], one["errors"], one["exports"]) == ("not_reached", False, [], [])


def test_a_failure_is_no_drift_and_is_told_with_all_its_problems() -> None:
    problems = [{"path": "exports[0].name", "message": "is required"}]
    one = told({"failed": True, "msg": "exports[0].name: is required", "problems": problems, "status": 400})
    assert (one["state"], one["drift"]) == ("failed", False)
    assert one["errors"] == [
        {"message": "exports[0].name: is required", "hint": None, "status": 400, "problems": problems}
    ]
    assert told({"unreachable": True, "msg": "no route"})["errors"][0]["message"] == "no route"
    assert told({"failed": True})["errors"][0]["message"]


def test_a_failure_half_way_says_of_each_export_what_became_of_it() -> None:
    writes = {
        "done": [{"name": "a", "action": "update"}, {"name": "b", "action": "update"}],
        "failed_writes": [{"name": "b", "action": "label"}],
        "skipped_writes": [{"name": "c", "action": "create"}],
    }
    one = told({"failed": True, "msg": "refused", **writes}, dry=False)
    assert [(export["name"], export["state"]) for export in one["exports"]] == [
        ("a", "changed"),
        ("b", "failed"),
        ("c", "skipped_writes"),
    ]
    assert one["drift"] is True


def test_a_token_is_told_by_what_it_lacks_and_how_long_it_is_valid() -> None:
    token = {"missing_scopes": ["settings.write"], "expires": "2026-12-06T18:52:00.000Z", "token": "dt0c01.A.B"}
    one = told({"exports": [], "token": token})
    assert one["token"] == {"missing_scopes": ["settings.write"], "expires": token["expires"], "days_left": 13}
    assert told({"exports": [], "token": {"expires": "soon"}})["token"]["days_left"] is None
    page = as_page(report(one))
    assert "token lacks settings.write" in page
    assert "token expires in 13 days" in page
    late = told({"exports": [], "token": {"expires": "2026-01-01"}})
    assert "token has expired" in as_page(report(late))


def test_nothing_gets_in_that_is_not_named() -> None:
    canary = "S3cret-canary"
    outcome = {
        "changed": True,
        "exports": [item(operation="updated", password=canary)],
        "invocation": {"module_args": {"api_token": canary}},
        "exception": canary,
        "ansible_facts": {"x": canary},
        "token": {"value": canary, "expires": None},
        "slots": {"used": 1, "other": canary},
    }
    whole = report(told(outcome, url=f"https://user:{canary}@dt.example.com/e/1", stranger=canary))
    failed = report(told({"failed": True, "msg": "refused for dt0c01.ABCDEF.GHIJKLMNOP", "args": canary}))
    for one in (whole, failed):
        for text in (as_json(one), as_page(one), as_junit(one)):
            assert canary not in text
            assert "GHIJKLMNOP" not in text
    assert "(not shown)@dt.example.com" in as_json(whole)


def hostile() -> dict[str, Any]:
    bad = item(HOSTILE, "updated", changed_properties=[HOSTILE, "x." + HOSTILE], last_author=HOSTILE, notes=[HOSTILE])
    bad["value"]["endpoint_definition"]["endpoint_url"] = f"https://x/{HOSTILE}"
    bad["value"][HOSTILE] = {HOSTILE: HOSTILE}
    good = {
        "exports": [bad, bad],
        "changed": True,
        "unmanaged_objects": [{"name": HOSTILE}],
        "warnings": [HOSTILE],
        "notes": [HOSTILE],
    }
    names = {"name": HOSTILE, "kind": HOSTILE, "group": HOSTILE, "id": HOSTILE, "url": f"https://{HOSTILE}"}
    failed = {"failed": True, "msg": HOSTILE, "problems": [{"path": HOSTILE, "message": HOSTILE}]}
    return report(told(good, **names), told(failed, HOSTILE, **names), title=HOSTILE, group_by=HOSTILE)


def test_text_of_others_stays_text() -> None:
    page = as_page(hostile())
    page.encode("utf-8")
    (embedded,) = re.findall(r'<script type="application/json" id="report">(.*?)</script>', page, re.DOTALL)
    assert "<script>alert(1)</script>" in json.loads(embedded)["title"], "in the data it is as it was"
    rest = page.replace(embedded, "")
    assert "<script>alert" not in rest
    assert "<img" not in rest
    assert rest.count("<script") == 2
    tree = parsed(as_junit(hostile()))
    assert tree.get("failures") == "2"
    assert json.loads(as_json(hostile()))["environments"][0]["name"].startswith("</script>")


def test_a_page_names_the_only_script_and_style_that_may_run() -> None:
    page = as_page(report())
    (policy,) = re.findall(r'Content-Security-Policy" content="([^"]+)"', page)
    assert policy.startswith("default-src 'none'; style-src 'sha256-")
    assert "unsafe" not in policy
    assert "://" not in page.replace("http://www.w3.org/2000/svg", ""), "it asks nobody for anything"


def test_json_says_its_version_counts_and_the_digests_of_plans() -> None:
    drift = told({"changed": True, "exports": [item(operation="created")], "plan_digest": "1:ab"}, "one")
    same = told(
        {"exports": [item()], "plan_digest": "1:cd", "unmanaged_objects": [{"name": "https://x.example.com/"}]}, "two"
    )
    document = json.loads(as_json(report(drift, same, told(None, "three"), told({"failed": True}, "four"))))
    assert document["report_version"] == 1
    assert document["created"] == "2026-11-23T18:52:00Z"
    assert document["plan_digests"] == {"one": "1:ab", "two": "1:cd"}
    assert document["counts"] == {
        "environments": 4,
        "failed": 1,
        "unreachable": 0,
        "not_reached": 1,
        "drift": 1,
        "changed": 0,
        "unchanged": 1,
        "exports": 2,
        "unmanaged": 1,
    }
    assert to_retry(document) == ["three", "four"]


def test_slices_of_a_job_become_one_report() -> None:
    first = report(told({"exports": []}, "one"), told(None, "two"), told({"failed": True, "msg": "m"}, "three"))
    second = report(told({"exports": [item()]}, "two"), told({"exports": []}, "three"), told(None, "one"))
    parts = [read_earlier(as_json(one), "slice.json") for one in (first, second)]
    whole = report(told(None, "three"), told({"changed": True, "exports": []}, "four"), earlier=parts)
    states = {one["host"]: one["state"] for one in whole["environments"]}
    assert states == {"one": "unchanged", "two": "unchanged", "three": "unchanged", "four": "drift"}
    # What was read is what was written.
    assert read_earlier(as_json(whole), "x") == whole["environments"]


@pytest.mark.parametrize(
    ("content", "words"),
    [
        ("no", "is not valid JSON"),
        ("[" * 100_000, "is not valid JSON"),
        ("[]", "is not a report"),
        ('{"environments": {}}', "is not a report"),
        ('{"report_version": 2, "environments": []}', "report_version is not 1"),
        ('{"report_version": 1, "environments": [7]}', "without a host"),
    ],
)
def test_what_is_no_report_is_not_merged(content: str, words: str) -> None:
    with pytest.raises(ReportProblem, match=words):
        read_earlier(content, "slice.json")


def test_a_report_that_somebody_has_edited_cannot_break_the_page() -> None:
    odd = {
        "host": "one",
        "state": "none",
        "exports": [{"name": 7, "value": [1], "changes": [3]}],
        "slots": 5,
        "token": [],
    }
    document = {"report_version": 1, "environments": [odd]}
    page = as_page(report(earlier=[read_earlier(json.dumps(document), "x")]))
    assert "Not processed" in page


def test_each_export_of_each_environment_is_a_test_case() -> None:
    drift = told(
        {"changed": True, "exports": [item("a"), item("b", "updated", changed_properties=["x"])]}, group="live"
    )
    failed, missing = told({"failed": True, "msg": "first\nsecond"}, "two"), told(None, "three")
    tree = parsed(as_junit(report(drift, failed, missing, told({"exports": []}, "four"))))
    assert {key: tree.get(key) for key in ("tests", "failures", "errors")} == {
        "tests": "5",
        "failures": "1",
        "errors": "2",
    }
    cases = {(case.get("classname"), case.get("name")): case for case in tree.iter("testcase")}
    assert set(cases) == {
        ("live.one", "a"),
        ("live.one", "b"),
        ("two", "environment"),
        ("three", "environment"),
        ("four", "environment"),
    }
    assert cases["live.one", "b"].find("failure").get("message") == "would be updated: x"  # type: ignore[union-attr]
    assert cases["two", "environment"].find("error").get("message") == "first"  # type: ignore[union-attr]
    assert list(cases["live.one", "a"]) == []
    changed = report(told({"changed": True, "exports": [item("b", "updated")]}, dry=False), mode="configure", dry=False)
    assert parsed(as_junit(changed)).get("failures") == "0", "what was repaired is no failure"


def test_the_same_export_stands_in_the_same_column() -> None:
    one = told({"exports": [item("a"), item("b"), item("c")]})
    two = told(
        {"exports": [item("c"), item("a")], "unmanaged_objects": [{"name": "https://x/"}], "slots": {"maximum": 3}}
    )
    three = told({"exports": [item("a"), item("d")]})
    headings, rows = columns([one, two, three, told(None)])
    assert headings == ["a", "Slot 2", "c"]
    assert [[cell and cell["name"] for cell in row] for row in rows] == [
        ["a", "b", "c"],
        ["a", "https://x/", "c"],
        ["a", "d", None],
        [None, None, None],
    ]
    many = told({"exports": [item(name) for name in "abcde"]})
    assert len(columns([many])[0]) == 5, "what is replaced needs room as well"


def test_files_are_written_whole_and_for_their_owner_only(tmp_path: Path) -> None:
    target = tmp_path / "deep" / "report.json"
    target.parent.mkdir()
    target.write_text("before")
    target.chmod(0o644)
    assert files.write(str(target), "after") == str(target)
    assert target.read_text() == "after"
    assert stat.S_IMODE(target.stat().st_mode) == 0o600
    (tmp_path / "file").write_text("")
    with pytest.raises(OSError):
        files.write(str(tmp_path / "file" / "report.json"), "text")
    assert sorted(path.name for path in tmp_path.rglob("*")) == ["deep", "file", "report.json"]


def test_a_report_of_500_environments_is_small_and_made_at_once() -> None:
    outcomes = list(fleet(500))
    start = time.process_time()
    whole = report(*(environment(about, outcome, dry=True, now=NOW) for about, outcome in outcomes))
    size = len(as_page(whole).encode())
    as_json(whole), as_junit(whole)
    assert time.process_time() - start < 4, "seconds"
    assert size < 4_000_000
    assert whole["counts"]["environments"] == 500


def test_times_are_told_in_utc() -> None:
    now = datetime.fromisoformat("2026-01-01T01:30:00+02:00")
    assert build([], title="", mode="audit", dry=True, now=now)["created"] == "2025-12-31T23:30:00Z"
    assert NOW.tzinfo is timezone.utc


def test_an_export_that_only_gets_its_name_is_as_declared() -> None:
    taken = item(operation="updated", label="set", notes=["adopted: the name is stored as the label"])
    outcome = {"changed": True, "exports": [taken], "plan_digest": "1:ab"}
    found = told(outcome)
    assert (found["state"], found["drift"], found["exports"][0]["state"]) == ("unchanged", False, "unchanged")
    assert found["plan_digest"] == "1:ab", "it is still something to approve"
    assert told(outcome, dry=False)["state"] == "changed"
    other = {**taken, "secrets": [{"path": "p", "state": "rotated", "reason": ""}]}
    assert told({**outcome, "exports": [other]})["state"] == "drift"


def test_each_host_that_is_not_well_has_its_reason() -> None:
    drift = told(
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
    failure = told({"failed": True, "msg": "No."}, "three")
    whole = report(drift, told(None, "two"), failure, told({"exports": []}, "four"))
    failed = {"two": "The run ended before this environment was processed.", "three": "No."}
    assert reasons(whole, drift=False) == failed
    differs = "Not as declared: new (missing), old (not declared), other (a.b, c)."
    assert reasons(whole, drift=True) == {**failed, "one": differs}
    assert json.loads(as_plans(whole)) == {"dynatrace_approved_plans": {}}


def test_the_screen_says_who_differs_and_in_what_the_worst_first() -> None:
    drift = told({"changed": True, "exports": [item(operation="updated", changed_properties=["a.b"])]}, "differs")
    extra = told({"exports": [], "unmanaged_objects": [{"name": "archive to https://a.example.com/"}]}, "extra")
    failure = told({"failed": True, "msg": "No."}, "broken")
    changed = told({"changed": True, "exports": [item(operation="created")]}, "made", dry=False)
    whole = report(told({"exports": []}, "fine"), extra, changed, drift, failure)
    assert summary(whole, {"html": "/reports/audit.html"}) == [
        "5 environments: 1 failed, 1 drift, 1 changed, 2 as declared, 1 export not declared",
        "broken: No.",
        "differs: Not as declared: archive (a.b).",
        "made: Changed: archive (created).",
        "extra: Not declared, left as it is: archive to https://a.example.com/.",
        "report: /reports/audit.html",
    ]
    assert unmanaged(whole) == {"extra": "Not declared, left as it is: archive to https://a.example.com/."}
    many = summary(report(*(told({"failed": True, "msg": f"{number}."}, f"env{number}") for number in range(50))), {})
    assert len(many) == 22 and many[-1] == "and 30 more"


def drifted(changed: list[str], before: dict[str, Any], after: dict[str, Any], **more: Any) -> dict[str, Any]:
    """The result of an environment in which one export differs."""
    found = item(operation="updated", changed_properties=changed, object_id="id", **more)
    part = {"name": "archive", "operation": "updated", "before": before, "after": after}
    return {"changed": True, "exports": [found], "diff": [part]}


ENABLED = "endpoint_definition.enable_user_session_export"
PASSWORD = "authentication.basic_auth.password"


def sides(running: bool, password: str) -> dict[str, Any]:
    endpoint = {"enable_user_session_export": running}
    return {"endpoint_definition": endpoint, "authentication": {"basic_auth": {"password": password}}}


def test_a_secret_that_is_only_sent_along_does_not_hide_what_differs() -> None:
    secrets = [{"path": PASSWORD, "state": "set", "reason": "sent along with the update"}]
    outcome = drifted([PASSWORD, ENABLED], sides(False, "(stored)"), sides(True, "(set)"), secrets=secrets)
    one = told(outcome)
    (export,) = one["exports"]
    assert (export["changed_properties"], export["sent_secrets"]) == ([ENABLED], [PASSWORD])
    whole = report(one, told(outcome, "two"))
    page = as_page(whole)
    assert '<div class="change">paused</div>' in page
    assert f'data-filter="differs:{PASSWORD}"' not in page, "it does not differ most often"
    assert "archive (paused)" in reasons(whole, drift=True)["one"]
    assert "would be updated: paused" in as_junit(whole)
    alone = told(drifted([PASSWORD], sides(True, "(stored)"), sides(True, "(set)"), secrets=secrets))
    assert reasons(report(alone), drift=True)["one"] == f"Not as declared: archive ({PASSWORD} sent)."
    new = told(drifted([PASSWORD], {}, {"authentication": sides(True, "(set)")["authentication"]}, secrets=secrets))
    assert new["exports"][0]["changed_properties"] == [PASSWORD], "none was stored: that is a difference"


@pytest.mark.parametrize(
    ("dry", "running", "word"), [(True, True, "paused"), (True, False, "not paused"), (False, False, "paused")]
)
def test_a_disabled_export_is_called_paused(dry: bool, running: bool, word: str) -> None:
    outcome = drifted([ENABLED], sides(not running, ""), sides(running, ""))
    outcome["exports"][0]["value"]["endpoint_definition"]["enable_user_session_export"] = running
    assert summary(report(told(outcome, dry=dry), dry=dry), {})[1].endswith(f": archive ({word}).")


def test_the_last_author_of_drift_is_named() -> None:
    outcome = drifted(["a.b"], {}, {}, last_author="olga@example.com")
    lines = summary(report(told(outcome)), {})
    assert lines[1] == "one: Not as declared: archive (a.b, last changed by olga@example.com)."


def test_environments_with_the_same_difference_share_a_line() -> None:
    same = [told(drifted(["a.b"], {}, {}), f"shop{number}") for number in range(9)]
    lines = summary(report(*same, told(drifted(["c"], {}, {}), "bank")), {})
    assert lines[1:] == [
        "9 environments (shop0, shop1, shop2, shop3, shop4, 4 more): Not as declared: archive (a.b).",
        "bank: Not as declared: archive (c).",
    ]


def test_an_environment_without_a_connection_is_unreachable() -> None:
    refused = told({"failed": True, "msg": "No connection to dt.example.com.", "connection_failed": True})
    assert refused["state"] == "unreachable" == told({"unreachable": True})["state"]
    whole = report(refused)
    assert summary(whole, {})[0] == "1 environment: 1 unreachable"
    assert to_retry(whole) == ["one"]
    assert parsed(as_junit(whole)).find(".//error").get("type") == "unreachable"  # type: ignore[union-attr]


def test_objects_of_any_schema_are_reported() -> None:
    zone = {"name": "Shop", "operation": "updated", "object_id": "id", "changed_properties": ["rules"], "label": "kept"}
    part = {"name": "Shop", "operation": "updated", "before": {"rules": [1]}, "after": {"rules": []}}
    found = told({"changed": True, "objects": [zone], "diff": [part]})
    assert (found["state"], found["exports"][0]["changes"][0]["path"]) == ("drift", "rules")
    assert "Shop" in as_page(report(found))
    assert reasons(report(found), drift=True)["one"] == "Not as declared: Shop (rules)."


def test_a_test_case_has_its_time() -> None:
    outcome = {"exports": [item("a"), item("b")], "elapsed": 3.0}
    tree = parsed(as_junit(report(told(outcome))))
    assert [case.get("time") for case in tree.iter("testcase")] == ["1.500", "1.500"]
    assert [tree.get("time"), tree[0].get("time")] == ["3.000", "3.000"]


def test_an_error_is_once_in_its_test_case() -> None:
    problem = {"path": "exports[0].name", "message": "is required"}
    found = told({"failed": True, "msg": "2 problems:\n  exports[0].name: is required", "problems": [problem]})
    assert as_junit(report(found)).count("is required") == 1


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
    assert told({"exports": []}, url=address)["kind"] == kind
    assert told({"exports": []}, url=address, kind="own")["kind"] == "own"


def test_what_a_server_says_is_no_template() -> None:
    page = as_page(report(told({"failed": True, "msg": "{{ 6 * 7 }}{% raw %}<b>"}), title="{{ 6 * 7 }}"))
    assert "<title>{{ 6 * 7 }}</title>" in page
    assert "<span>{{ 6 * 7 }}{% raw %}&lt;b&gt;</span>" in page


def test_a_change_by_the_token_of_the_task_has_no_token_id_as_its_author() -> None:
    own = item(last_author="dt0c01.ABC", last_author_is_this_token=True, last_modified=1)
    assert told({"exports": [own]})["last_author"] == "this token"
