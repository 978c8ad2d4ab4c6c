# Copyright (c) 2026, community.dynatrace contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Text of others and fields that are not expected do not get into a report."""

from __future__ import annotations

import json
import re
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from ansible_collections.community.dynatrace.plugins.plugin_utils._report.build import (
    as_json,
)
from ansible_collections.community.dynatrace.plugins.plugin_utils._report.junit import as_junit
from ansible_collections.community.dynatrace.plugins.plugin_utils._report.page import as_page
from ansible_collections.community.dynatrace.plugins.plugin_utils._report.sanitize import (
    flag,
    list_of,
    mostly_same,
    record,
    some_text,
)
from ansible_collections.community.dynatrace.tests.support.reports import (
    environment_of,
    item,
    parsed,
    report,
)

HOSTILE = "</script><script>alert(1)</script><img src=x onerror=alert(2)>\"'&\u2028${css}]]>\ud800\x00\x1b[31m\u202e"


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
    whole = report(environment_of(outcome, url=f"https://user:{canary}@dt.example.com/e/1", stranger=canary))
    failed = report(environment_of({"failed": True, "msg": "refused for dt0c01.ABCDEF.GHIJKLMNOP", "args": canary}))
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
    return report(
        environment_of(good, **names), environment_of(failed, HOSTILE, **names), title=HOSTILE, group_by=HOSTILE
    )


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


def test_what_a_server_says_is_no_template() -> None:
    page = as_page(report(environment_of({"failed": True, "msg": "{{ 6 * 7 }}{% raw %}<b>"}), title="{{ 6 * 7 }}"))
    assert "<title>{{ 6 * 7 }}</title>" in page
    assert "<span>{{ 6 * 7 }}{% raw %}&lt;b&gt;</span>" in page


ANY = st.one_of(st.none(), st.booleans(), st.integers(), st.text(max_size=5), st.just({"a": 1}), st.just(["x", ""]))
RECORDS = st.one_of(st.none(), st.dictionaries(st.sampled_from(["id", "name", "list", "stranger"]), ANY))


@given(values=st.lists(RECORDS, max_size=6))
def test_what_is_mostly_the_same_gets_the_shape_of_any_other_record(values: list[Any]) -> None:
    fields = {"id": some_text, "name": flag, "list": list_of(some_text)}
    shared, plain = mostly_same(("id",), **fields), record(**fields)
    for value in [*values, *values]:
        assert shared(value) == plain(value)
        assert list(shared(value)) == list(plain(value))
