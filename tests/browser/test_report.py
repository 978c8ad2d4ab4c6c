# Copyright (c) 2026, community.dynatrace contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""The page of a report in a real browser, with 5 environments and with 500: what a person sees and does there."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from ansible_collections.community.dynatrace.plugins.plugin_utils._report.build import build
from ansible_collections.community.dynatrace.plugins.plugin_utils._report.environment import environment
from ansible_collections.community.dynatrace.plugins.plugin_utils._report.page import as_page
from ansible_collections.community.dynatrace.tests.support.browser import Browser
from ansible_collections.community.dynatrace.tests.support.fleet import NOW, fleet
from ansible_collections.community.dynatrace.tests.tools import browsers

PROGRAM = browsers.find()
pytestmark = pytest.mark.skipif(not PROGRAM, reason="no Chromium on PATH (or named by CHROMIUM)")
HOSTILE = "</script><script>window.broken = 1</script><img src=x onerror='window.broken = 2'>\"'&{{ x }}"
SIZES = (5, 500)


def page_of(folder: Path, count: int) -> tuple[Path, dict[str, Any]]:
    found = [environment(about, outcome, dry=True, now=NOW) for about, outcome in fleet(count)]
    report = build(found, title="User session exports", mode="audit", dry=True, now=NOW, group_by="dynatrace_stage")
    file = folder / f"report-{count}.html"
    file.write_text(as_page(report), encoding="utf-8")
    return file, report


def show(browser: Browser, folder: Path, *environments: dict[str, Any]) -> None:
    file = folder / "report.html"
    report = build(environments, title="Exports", mode="audit", dry=True, now=NOW, group_by="dynatrace_stage")
    file.write_text(as_page(report), encoding="utf-8")
    browser.open(file)


@pytest.fixture(scope="module")
def window() -> Iterator[Browser]:
    with Browser(str(PROGRAM)) as running:
        yield running


@pytest.fixture
def browser(window: Browser) -> Browser:
    window.size(1440, 900)
    window.media("light")
    return window


@pytest.fixture(params=SIZES)
def opened(request: pytest.FixtureRequest, browser: Browser, tmp_path: Path) -> tuple[Browser, dict[str, Any]]:
    file, report = page_of(tmp_path, request.param)
    browser.open(file)
    return browser, report


def names(browser: Browser) -> list[str]:
    """The environments that are shown, from top to bottom."""
    return list(browser.run("[...document.querySelectorAll('tr.env .open')].map((one) => one.textContent)"))


def of_state(report: dict[str, Any], *states: str) -> set[str]:
    return {one["host"] for one in report["environments"] if one["state"] in states}


def choose(browser: Browser, control: str, value: str) -> None:
    browser.run(
        f"(() => {{ const one = document.getElementById('{control}'); one.value = '{value}';"
        " one.dispatchEvent(new Event('change')); })()"
    )


def focus(browser: Browser) -> str:
    return str(browser.run("document.activeElement.id || document.activeElement.textContent"))


def test_it_shows_all_and_asks_for_nothing(opened: tuple[Browser, dict[str, Any]]) -> None:
    browser, report = opened
    assert browser.complaints() == []
    assert [url.partition(":")[0] for url in browser.requests()] == ["file"], "the page itself, and nothing else"
    assert sorted(names(browser)) == sorted(one["host"] for one in report["environments"])
    seen = str(browser.run("document.body.innerText"))
    for words in ("Failed", "Not processed", "Drift", "As declared", "POST", "OAuth 2.0", "no auth", "paused", "free"):
        assert words in seen
    tiles = browser.run("[...document.querySelectorAll('.tile')].map((one) => [one.dataset.state, one.innerText])")
    assert {state: int(text.split()[0]) for state, text in tiles} == {
        state: count
        for state, count in report["counts"].items()
        if state in ("failed", "unreachable", "not_reached", "drift", "unchanged") and count
    }
    assert browser.run("document.documentElement.scrollWidth <= innerWidth"), "nothing to scroll sideways"


def test_what_needs_a_person_comes_first_and_columns_sort(opened: tuple[Browser, dict[str, Any]]) -> None:
    browser, report = opened
    failed = of_state(report, "failed")
    assert set(names(browser)[: len(failed)]) == failed
    browser.click("th[data-sort='name'] button")
    assert names(browser) == sorted(names(browser))
    assert browser.run("document.querySelector('[aria-sort]').dataset.sort") == "name"
    browser.click("th[data-sort='name'] button")
    assert names(browser) == sorted(names(browser), reverse=True)
    choose(browser, "sort", "when")
    times = {one["host"]: one["last_modified"] or "" for one in report["environments"]}
    shown = [times[name] for name in names(browser)]
    assert shown == sorted(shown, reverse=True)


def test_states_and_words_filter(opened: tuple[Browser, dict[str, Any]]) -> None:
    browser, report = opened
    browser.click(".tile[data-state='drift']")
    assert set(names(browser)) == of_state(report, "drift")
    browser.click(".tile[data-state='failed']")
    assert set(names(browser)) == of_state(report, "drift", "failed")
    assert browser.run("document.querySelectorAll('.tile[aria-pressed=true]').length") == 2
    browser.press("/")
    browser.type("Staging logistics")
    wanted = {name for name in of_state(report, "drift", "failed") if "staging" in name and "logistics" in name}
    assert set(names(browser)) == wanted
    browser.type(" no such thing")
    assert names(browser) == []
    assert browser.run("document.getElementById('none').innerText").startswith("No environment matches")
    browser.click("#reset")
    assert len(names(browser)) == len(report["environments"])
    assert focus(browser) == "filter"
    browser.type("anna.keller")
    authors = {
        one["host"]
        for one in report["environments"]
        if any(export["last_author"] == "anna.keller@example.com" for export in one["exports"])
    }
    assert set(names(browser)) == authors
    browser.press("Escape")
    assert len(names(browser)) == len(report["environments"])


def test_environments_group_and_groups_close(opened: tuple[Browser, dict[str, Any]]) -> None:
    browser, report = opened
    choose(browser, "group", "group")
    groups = browser.run("[...document.querySelectorAll('tr.group')].map((one) => one.innerText.split(/\\s+/))")
    sizes: dict[str, int] = {}
    for one in report["environments"]:
        sizes[one["group"]] = sizes.get(one["group"], 0) + 1
    assert {group[0]: int(group[1]) for group in groups} == sizes
    browser.run("document.querySelector('tr.group button').focus()")
    browser.press(" ")
    first = groups[0][0]
    assert browser.run("document.activeElement.getAttribute('aria-expanded')") == "false"
    assert len(names(browser)) == len(report["environments"]) - sizes[first]
    browser.press("Enter")
    assert len(names(browser)) == len(report["environments"])
    choose(browser, "group", "state")
    assert browser.run("document.querySelectorAll('tr.group').length") == len(
        {one["state"] for one in report["environments"]}
    )


def test_properties_that_differ_often_can_be_filtered_by(browser: Browser, tmp_path: Path) -> None:
    file, report = page_of(tmp_path, 500)
    browser.open(file)
    path = browser.run("document.querySelector('[data-filter]').title")
    browser.click("[data-filter]")
    assert set(names(browser)) == {
        one["host"]
        for one in report["environments"]
        if any(path in export["changed_properties"] for export in one["exports"])
    }


def test_details_show_both_sides_and_all_that_is_known(opened: tuple[Browser, dict[str, Any]]) -> None:
    browser, report = opened
    one = next(
        one
        for one in report["environments"]
        if any(export["changes"] and export["last_author"] for export in one["exports"])
    )
    browser.run(
        f"[...document.querySelectorAll('.open')].find((one) => one.textContent === {json.dumps(one['host'])}).click()"
    )
    seen = str(browser.run("document.querySelector('tr.detail').innerText"))
    for export in one["exports"]:
        assert export["name"] in seen
        assert export["value"]["endpoint_definition"]["endpoint_url"] in seen
        for secret in export["secrets"]:
            assert secret["reason"] in seen
        for change in export["changes"]:
            for side in (change["before"], change["after"]):
                assert (side if isinstance(side, str) else json.dumps(side)) in seen
    assert one["plan_digest"] in seen
    assert one["url"] in seen
    assert browser.complaints() == []


def test_all_can_be_done_with_keys(opened: tuple[Browser, dict[str, Any]]) -> None:
    browser, _report = opened
    # From the top: states, what differs most, the tools, the heads of columns, the first environment.
    order = []
    for _turn in range(20):
        browser.press("Tab")
        order.append(browser.run("document.activeElement.className || document.activeElement.id"))
        assert browser.run("getComputedStyle(document.activeElement).outlineStyle") == "solid", "one sees where one is"
        if order[-1] == "open":
            break
    kinds = [kind for position, kind in enumerate(order) if kind not in order[:position]]
    kinds = [kind for kind in kinds if kind]
    assert kinds == ["tile", "filter", "group", "sort", "only", "every", "open"]
    first, second = names(browser)[:2]
    assert focus(browser) == first
    for key in ("Enter", " "):
        browser.press(key)
        assert browser.run("document.activeElement.getAttribute('aria-expanded')") == "true"
        controlled = browser.run("!!document.getElementById(document.activeElement.getAttribute('aria-controls'))")
        assert controlled
        browser.press("Escape" if key == "Enter" else key)
        assert browser.run("document.querySelectorAll('tr.detail').length") == 0
    browser.press("ArrowDown")
    assert focus(browser) == second
    browser.press("End")
    assert focus(browser) == names(browser)[-1]
    top, bottom, height = browser.run(
        "(() => { const box = document.activeElement.getBoundingClientRect();"
        " return [box.top, box.bottom, innerHeight]; })()"
    )
    assert 0 < top < bottom <= height, "it scrolls along"
    browser.press("Home")
    browser.press("ArrowUp")
    assert focus(browser) == "filter"


CONTRAST = """(() => {
  const channel = (value) => value <= 0.03928 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4;
  const parse = (color) => color.match(/[\\d.]+/g).map(Number);
  const luminance = ([r, g, b]) => 0.2126 * channel(r / 255) + 0.7152 * channel(g / 255) + 0.0722 * channel(b / 255);
  const behind = (element) => {
    for (let one = element; one; one = one.parentElement) {
      const color = parse(getComputedStyle(one).backgroundColor);
      if (color.length < 4 || color[3] === 1) return color;
    }
    return [255, 255, 255];
  };
  const weak = {};
  for (const element of document.querySelectorAll('body *')) {
    const own = [...element.childNodes].some((node) => node.nodeType === 3 && node.textContent.trim());
    if (!own || !element.checkVisibility()) continue;
    if (element.matches('.sr, .sr *, script, i, :disabled, :disabled *, option')) continue;
    const [one, other] = [luminance(parse(getComputedStyle(element).color)), luminance(behind(element))];
    const ratio = (Math.max(one, other) + 0.05) / (Math.min(one, other) + 0.05);
    if (ratio < LEAST) weak[`${element.tagName} ${element.className} ${element.textContent.slice(0, 20)}`] = ratio;
  }
  return weak;
})()"""


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_text_can_be_read_by_day_and_by_night(browser: Browser, tmp_path: Path, scheme: str) -> None:
    file, _report = page_of(tmp_path, 5)
    browser.media(scheme)
    browser.open(file)
    background = browser.run("getComputedStyle(document.body).backgroundColor")
    bright = sum(int(part) for part in background.strip("rgb()").split(",")) / 3
    assert (bright > 128) == (scheme == "light")
    browser.click("#every")
    assert browser.run(CONTRAST.replace("LEAST", "4.5")) == {}, "WCAG AA"


def test_on_paper_there_is_all_that_was_shown_and_nothing_to_click(browser: Browser, tmp_path: Path) -> None:
    file, report = page_of(tmp_path, 500)
    browser.media("dark", "print")
    browser.open(file)
    assert browser.run("getComputedStyle(document.body).backgroundColor") == "rgb(255, 255, 255)"
    assert browser.run("document.querySelector('.tools').checkVisibility()") is False
    assert browser.run("getComputedStyle(document.querySelector('thead')).display") == "table-header-group"
    assert browser.run("[...document.querySelectorAll('tr.env')].every((one) => one.checkVisibility())")
    texts = "[...document.querySelectorAll('.to, .open, .facts')]"
    clipped = browser.run(f"{texts}.filter((one) => one.scrollWidth > one.clientWidth + 1).length")
    assert clipped == 0, "nothing is cut off where no one can point at it"
    browser.media("light")
    browser.print(tmp_path / "report.pdf")
    pages = (tmp_path / "report.pdf").read_bytes().count(b"/Type /Page\n")
    assert 20 < pages < 100, f"{pages} pages for {len(report['environments'])} environments"


def test_on_a_narrow_screen_rows_become_cards(browser: Browser, tmp_path: Path) -> None:
    file, _report = page_of(tmp_path, 5)
    browser.size(420, 900)
    browser.open(file)
    browser.click("#every")
    assert browser.run("document.documentElement.scrollWidth <= innerWidth")


def test_on_a_phone_an_error_keeps_its_advice(browser: Browser, tmp_path: Path) -> None:
    message = "The token was rejected. " + "It belongs to another environment, has expired or is disabled. " * 4
    show(browser, tmp_path, environment({"host": "shop"}, {"failed": True, "msg": message}, dry=True, now=NOW))
    browser.size(390, 844)
    shown, needed = browser.run(
        "(() => { const one = document.querySelector('.error span'); return [one.clientHeight, one.scrollHeight]; })()"
    )
    assert shown >= needed - 1


def test_on_a_tablet_it_is_a_table(browser: Browser, tmp_path: Path) -> None:
    file, _report = page_of(tmp_path, 5)
    browser.size(820, 1100)
    browser.open(file)
    assert browser.run("getComputedStyle(document.querySelector('tr.env')).display") == "table-row"
    assert browser.run("document.documentElement.scrollWidth <= innerWidth")


@pytest.mark.parametrize("width", [1440, 1024])
def test_names_of_exports_and_states_are_not_cut(browser: Browser, tmp_path: Path, width: int) -> None:
    file, _report = page_of(tmp_path, 5)
    browser.size(width, 900)
    browser.open(file)
    texts = "[...document.querySelectorAll('.name b, td.state')]"
    assert browser.run(f"{texts}.filter((one) => one.scrollWidth > one.clientWidth).map((one) => one.innerText)") == []


def test_only_differences_are_shown(browser: Browser, tmp_path: Path) -> None:
    file, report = page_of(tmp_path, 5)
    browser.open(file)
    browser.click("#only")
    assert set(names(browser)) == of_state(report, "failed", "not_reached", "drift")
    browser.click("tr.drift .open")
    (drift,) = [one for one in report["environments"] if one["state"] == "drift"]
    changes = [change for export in drift["exports"] for change in export["changes"]]
    rows = "[...document.querySelectorAll('.cards tr:not(.part)')].filter((one) => one.checkVisibility()).length"
    assert browser.run(rows) == len(changes)
    browser.click("#only")
    assert browser.run(rows) > len(changes)


def test_what_would_give_one_group_is_no_grouping(browser: Browser, tmp_path: Path) -> None:
    show(browser, tmp_path, environment({"host": "shop"}, {"exports": []}, dry=True, now=NOW))
    assert browser.run("[...document.getElementById('group').options].map((one) => one.value)") == [""]


def test_without_scripts_the_table_is_there(browser: Browser, tmp_path: Path) -> None:
    file, report = page_of(tmp_path, 5)
    browser.call("Emulation.setScriptExecutionDisabled", value=True)
    try:
        browser.open(file)
        document = browser.call("DOM.getDocument", depth=-1)["root"]["nodeId"]
        rows = browser.call("DOM.querySelectorAll", nodeId=document, selector="tr.env")["nodeIds"]
        assert len(rows) == len(report["environments"])
        html = browser.call("DOM.getOuterHTML", nodeId=document)["outerHTML"]
        assert "Scripts are off" in html
        assert '<form class="tools" role="search" aria-label="Environments" hidden' in html
    finally:
        browser.call("Emulation.setScriptExecutionDisabled", value=False)


def test_names_and_messages_of_others_do_nothing(browser: Browser, tmp_path: Path) -> None:
    endpoint = {"endpoint_url": f"https://x/{HOSTILE}", HOSTILE: HOSTILE}
    export = {
        "name": HOSTILE,
        "operation": "updated",
        "value": {"name": HOSTILE, "endpoint_definition": endpoint},
        "last_author": HOSTILE,
        "notes": [HOSTILE],
        "changed_properties": [HOSTILE],
        "secrets": [{"path": HOSTILE, "state": HOSTILE, "reason": HOSTILE}],
    }
    about = {"name": HOSTILE, "operation": "updated"}
    part = {**about, "before": {HOSTILE: HOSTILE}, "after": {HOSTILE: 1}}
    good = {
        "changed": True,
        "exports": [export],
        "diff": [part],
        "unmanaged_objects": [{"name": HOSTILE}],
        "notes": [HOSTILE],
    }
    failed = {"failed": True, "msg": HOSTILE, "problems": [{"path": HOSTILE, "message": "other " + HOSTILE}]}
    environments = [
        environment(
            {"host": f"{number} {HOSTILE}", **dict.fromkeys(("name", "id", "kind", "url", "group"), HOSTILE)},
            outcome,
            dry=True,
            now=NOW,
        )
        for number, outcome in enumerate((good, good, failed))
    ]
    report = build(environments, title=HOSTILE, mode="audit", dry=True, now=NOW, group_by=HOSTILE)
    file = tmp_path / "report.html"
    file.write_text(as_page(report), encoding="utf-8")
    browser.open(file)
    browser.click("#every")
    choose(browser, "group", "group")
    assert browser.run("document.title") == HOSTILE
    assert HOSTILE in browser.run("document.querySelector('tr.detail').textContent")
    assert browser.run("typeof window.broken") == "undefined"
    assert browser.run("document.querySelectorAll('img').length") == 0
    assert browser.complaints() == []
    assert len(browser.requests()) == 1


def test_a_script_that_got_in_would_not_run(browser: Browser, tmp_path: Path) -> None:
    file, _report = page_of(tmp_path, 5)
    text = file.read_text(encoding="utf-8")
    file.write_text(text.replace("</footer>", "</footer><script>window.broken = 1</script>"), encoding="utf-8")
    browser.open(file)
    assert browser.run("typeof window.broken") == "undefined"
    assert any("Content Security Policy" in complaint for complaint in browser.complaints())


def setting(name: str, *, changed: bool) -> dict[str, Any]:
    """An object of a schema in a result."""
    return {
        "name": name,
        "operation": "updated" if changed else "unchanged",
        "object_id": name,
        "changed_properties": ["threshold"] if changed else [],
        **{key: [] for key in ("secrets", "notes", "ignored_properties", "unknown_properties")},
        "external_id_state": "kept",
        **dict.fromkeys(("last_modified", "last_modified_time", "last_author")),
        "order_change": "",
    }


def settings_of(number: int, schemas: int) -> dict[str, Any]:
    """A result with ten objects of each schema. In some environments, one of them differs."""
    parts = [
        {
            "schema_id": f"builtin:example.schema-number-{index:02}",
            "scope": "environment",
            "objects": [
                setting(f"object {place}", changed=(number + index) % 7 == 0 and place == 3) for place in range(10)
            ],
            "unmanaged_objects": [],
        }
        for index in range(schemas)
    ]
    return {"changed": True, "schemas": parts, "plan_digest": "1:0123", "diff": [], "notes": [], "warnings": []}


def page_of_settings(folder: Path, count: int, schemas: int) -> Path:
    """A report of many environments. Every seventh has the same objects."""
    kinds = [environment({"host": "x"}, settings_of(kind, schemas), dry=True, now=NOW) for kind in range(min(count, 7))]
    found = [{**kinds[number % 7], "host": f"shop{number:03}"} for number in range(count)]
    page = as_page(build(found, title="Settings", mode="audit", dry=True, now=NOW, group_by=None))
    # So many bytes for a schema of an environment, whatever the number of its objects.
    assert len(page) < 200_000 + (600 if schemas < 8 else 300) * count * (schemas + 1)
    file = folder / "report.html"
    file.write_text(page, encoding="utf-8")
    return file


OPENED, FILTERED = 15, 4
"""How many seconds of CPU time a page may take."""
FILTER = (
    "(() => {{ const one = document.getElementById('filter'); one.value = {};"
    " one.dispatchEvent(new Event('input')); document.body.offsetHeight; }})()"
)


@pytest.mark.parametrize(("count", "schemas"), [(5, 3), (5, 60), (500, 3), (500, 60)])
def test_schemas_have_columns_that_lead_to_their_objects(
    browser: Browser, tmp_path: Path, count: int, schemas: int
) -> None:
    file = page_of_settings(tmp_path, count, schemas)
    start = browser.cpu()
    browser.open(file)
    assert len(names(browser)) == count
    assert browser.cpu() - start < OPENED
    assert browser.complaints() == []
    assert f"{10 * count * schemas:,} objects" in browser.run("document.querySelector('.subtitle').innerText")
    heads = browser.run("[...document.querySelectorAll('thead th')].map((one) => one.title)")
    assert len([head for head in heads if "schema-number" in head]) == schemas
    # The page itself does not scroll sideways; the table may.
    assert browser.run("document.documentElement.scrollWidth <= innerWidth")
    for text, matching in (("shop004", 1), ("no such thing", 0), ("", count), ("object", count)):
        start = browser.cpu()
        browser.run(FILTER.format(json.dumps(text)))
        assert browser.cpu() - start < FILTERED
        assert len(names(browser)) == matching
    browser.run("document.querySelector('tr.env .open').click()")
    cards = str(browser.run("document.querySelector('tr.detail').innerText"))
    assert "schema-number-00 object 3\nwould be updated" in cards
    assert "schema-number-01: 10 objects" in cards
    # What differs comes first.
    assert cards.index("would be updated") < cards.index("as declared")


CLIPPED = """[...document.querySelectorAll('SELECTOR')].filter((one) => {
  const [box, parent] = [one.getBoundingClientRect(), one.parentElement.getBoundingClientRect()];
  return one.scrollWidth > one.clientWidth + 1 || box.width < 12 || box.height < 12
    || box.left < parent.left - 1 || box.right > parent.right + 1;
}).length"""


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_many_schemas_can_be_read_and_scroll_beside_the_environments(
    browser: Browser, tmp_path: Path, scheme: str
) -> None:
    browser.media(scheme)
    browser.open(page_of_settings(tmp_path, 40, 60))
    assert browser.run(CLIPPED.replace("SELECTOR", "th.narrow span, tr.env:first-child td.narrow")) == 0
    assert browser.run("Math.max(...[...document.querySelectorAll('tr.env')].map((one) => one.offsetHeight))") < 60
    cells = browser.run("[...document.querySelectorAll('tr.env:first-child td.narrow')].map((one) => one.innerText)")
    assert cells == ["1" if index % 7 == 0 else "✓" for index in range(60)]
    title = browser.run("document.querySelector('td.narrow.drift').title")
    assert title == "builtin:example.schema-number-00: 1 of 10 objects (object 3)"
    sides = (
        "['thead th[data-sort=name]', 'tr.env:last-child > th', 'thead th:nth-child(62)',"
        " 'tr.env:last-child > td:nth-child(62)'].map((one) => document.querySelector(one).getBoundingClientRect())"
        ".map((box) => [Math.round(box.left), Math.round(box.top)])"
    )
    before = browser.run(sides)
    browser.run("document.querySelector('.matrix').scrollTo(5000, 5000)")
    (head, name, last_head, last) = browser.run(sides)
    assert (head[0], name[0]) == (before[0][0], before[1][0]), "the environments stay"
    assert head[1] == before[0][1], "and so do the heads"
    assert name[1] < before[1][1] and last[0] == last_head[0] < 1440
    assert browser.run(CONTRAST.replace("LEAST", "4.5")) == {}, "WCAG AA"
    browser.size(420, 900)
    browser.open(tmp_path / "report.html")
    assert browser.run("document.documentElement.scrollWidth <= innerWidth")
    shown = browser.run(
        "[...document.querySelectorAll('tr.env:first-child td.narrow')].filter((one) => one.checkVisibility()).length"
    )
    assert shown == 9, "only what differs"
    browser.size(1440, 900)
    browser.media(scheme, "print")
    (head, name, last_head, last) = browser.run(sides)
    assert head[0] == name[0] and last_head[0] == last[0], "heads are above their columns"


def violation(policy: str, **more: Any) -> dict[str, Any]:
    return {
        "policy": policy,
        "severity": "error",
        "overridden": False,
        "message": f"Comply with {policy}.",
        "schema_id": "builtin:management-zones",
        "scope": "environment",
        "object": "shop",
        "violated_by": "desired",
        "repaired": False,
        "problems": [{"path": "name", "message": "must match the pattern ^[A-Z]"}],
        "source": "dynatrace_policies (group all, group_vars/all/policies.yml:2)",
        **more,
    }


def with_violations(host: str, *violations: dict[str, Any], failed: bool = False) -> dict[str, Any]:
    result: dict[str, Any] = {"exports": [], "policy_violations": list(violations), "warnings": []}
    if failed:
        result |= {"failed": True, "msg": "Policy zone-names: refused. Nothing was written."}
    else:
        result["warnings"] = [f"Policy {one['policy']}" for one in violations if not one["repaired"]]
    return environment({"host": host}, result, dry=True, now=NOW)


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_policies_are_counted_found_and_shown_with_what_refuses_first(
    browser: Browser, tmp_path: Path, scheme: str
) -> None:
    browser.media(scheme)
    warned = violation("index-names", severity="warning")
    overridden = violation("production-exports", overridden=True)
    repaired = violation("exports-authenticate", repaired=True)
    show(
        browser,
        tmp_path,
        with_violations("bank", warned),
        with_violations("market"),
        with_violations("shop", warned, overridden, repaired, violation("zone-names"), failed=True),
    )
    marks = (
        "[...document.querySelectorAll('tr.env')]"
        ".map((one) => [one.querySelector('.open').innerText, one.querySelector('.tell')?.innerText])"
    )
    assert browser.run(marks) == [["shop", "4 policy violations"], ["bank", "1 policy violation"], ["market", None]]
    browser.click("#every")
    section = (
        "[...document.querySelectorAll('.detail section')]"
        ".filter((one) => one.querySelector('h2').innerText === 'Policies')"
    )
    assert browser.run(f"{section}.map((one) => one.querySelectorAll('li').length)") == [4, 1]
    lines = browser.run(f"[...{section}[0].querySelectorAll('li')].map((one) => [one.className, one.innerText])")
    assert [(kind, text.partition(":")[0]) for kind, text in lines] == [
        ("refuses", "zone-names (error)"),
        ("", "index-names (warning)"),
        ("", "production-exports (error, overridden)"),
        ("", "exports-authenticate (error, repaired)"),
    ]
    assert lines[0][1] == (
        "zone-names (error): builtin:management-zones shop: Comply with zone-names. (name: must match the pattern "
        "^[A-Z]). From dynatrace_policies (group all, group_vars/all/policies.yml:2)"
    )
    assert browser.run(CONTRAST.replace("LEAST", "4.5")) == {}, "WCAG AA"
    for text, found in (("index-names", ["shop", "bank"]), ("overridden", ["shop"]), ("zone-names error", ["shop"])):
        browser.run(FILTER.format(json.dumps(text)))
        assert names(browser) == found, text


def test_names_and_messages_of_policies_do_nothing(browser: Browser, tmp_path: Path) -> None:
    keys = ("policy", "message", "schema_id", "scope", "object", "source")
    hostile = violation(HOSTILE, **dict.fromkeys(keys[1:], HOSTILE), problems=[{"path": HOSTILE, "message": HOSTILE}])
    show(browser, tmp_path, with_violations("shop", hostile))
    browser.click("#every")
    assert browser.run("document.querySelector('.detail li').textContent").count(HOSTILE) == 7
    assert browser.run("typeof window.broken") == "undefined"
    assert browser.run("document.querySelectorAll('img').length") == 0
    assert browser.complaints() == []
