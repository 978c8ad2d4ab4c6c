# Copyright (c) 2026, community.dynatrace contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A report as one HTML page that needs nothing else: no network, no other file, and no script to be read.

The table is made here, so that it is there where scripts are not allowed to run (pipelines often show pages that way).
The script of the page filters, sorts, groups, and shows the details.
"""

from __future__ import annotations

import base64
import hashlib
import json
from collections import Counter
from collections.abc import Mapping, Sequence
from html import escape
from pathlib import Path
from string import Template
from typing import Any
from urllib.parse import urlsplit

from .slot_columns import Cell, columns

STATE_WORDS = {
    "failed": "Failed",
    "not_reached": "Not reached",
    "drift": "Drift",
    "changed": "Changed",
    "unchanged": "As declared",
}
CELL_WORDS = {**STATE_WORDS, "skipped_writes": "Not tried", "unmanaged": "Not declared"}
AUTHENTICATION_WORDS = {"none": "no auth", "basic": "basic", "oauth2": "OAuth 2.0"}
SOON_DAYS = 30
_BAR, _GAP = 1000, 3
MOST_FREQUENT = 5


def as_page(report: Mapping[str, Any]) -> str:
    """The page, as text."""
    folder = Path(__file__).parent
    parts = {name: (folder / f"page.{name}").read_text(encoding="utf-8") for name in ("html", "css", "js")}
    environments = report["environments"]
    headings, rows = columns(environments)
    head = "".join(f'<th scope="col" class="slot">{escape(heading)}</th>' for heading in headings)
    body = "".join(_row(number, one, row) for number, (one, row) in enumerate(zip(environments, rows, strict=True)))
    # One pass: what is put in is not looked at again.
    return Template(parts["html"]).substitute(
        title=escape(report["title"]),
        subtitle=_subtitle(report),
        bar=_bar(report["counts"]),
        tiles=_tiles(report["counts"]),
        differs=_differs(environments),
        group=escape(report["group_by"] or "Group"),
        has_groups="" if any(one["group"] for one in environments) else " hidden",
        has_kinds="" if any(one["kind"] for one in environments) else " hidden",
        head=head,
        body=body,
        css=parts["css"],
        js=parts["js"],
        css_hash=_hash(parts["css"]),
        js_hash=_hash(parts["js"]),
        data=_embedded(report),
    )


def _hash(content: str) -> str:
    return base64.b64encode(hashlib.sha256(content.encode()).digest()).decode()


def _embedded(report: Mapping[str, Any]) -> str:
    """JSON that cannot end the element it stands in. What is empty is left out."""

    def lean(value: Any) -> Any:
        if isinstance(value, Mapping):
            return {key: lean(child) for key, child in value.items() if child not in (None, "", [], {})}
        return [lean(child) for child in value] if isinstance(value, list) else value

    # A side of a change that is nothing says so by not being there.
    content = json.dumps(lean(report), ensure_ascii=False, separators=(",", ":"))
    for character in "<>&\u2028\u2029":
        content = content.replace(character, f"\\u{ord(character):04x}")
    return content


def _subtitle(report: Mapping[str, Any]) -> str:
    mode = "Audit" if report["mode"] == "audit" else "Configure"
    if report["check_mode"] and report["mode"] != "audit":
        mode += " in check mode"
    when = report["created"].replace("T", " ").replace("Z", " UTC")
    counts = report["counts"]
    told = [mode, when, _many(counts["environments"], "environment"), _many(counts["exports"], "export")]
    if counts["unmanaged"]:
        told.append(f"{counts['unmanaged']:,} not declared")
    return " <i>·</i> ".join(f"<span>{escape(one)}</span>" for one in told)


def _many(count: int, what: str) -> str:
    return f"{count:,} {what}{'' if count == 1 else 's'}"


def _bar(counts: Mapping[str, int]) -> str:
    """The states in proportion, but none too thin to be seen."""
    present = {state: counts[state] for state in reversed(STATE_WORDS) if counts[state]}
    total = sum(max(count / counts["environments"], 0.006) for count in present.values())
    drawn, start = "", 0.0
    for state, count in present.items():
        width = (_BAR + _GAP) * max(count / counts["environments"], 0.006) / total
        drawn += f'<rect class="fill-{state}" x="{start:.1f}" y="0" width="{max(width - _GAP, 1):.1f}" height="8"/>'
        start += width
    words = ", ".join(f"{count:,} {STATE_WORDS[state].lower()}" for state, count in present.items())
    box = f'viewBox="0 0 {_BAR} 8" preserveAspectRatio="none"'
    return f'<svg class="bar" {box} role="img" aria-label="{words}">{drawn}</svg>'


def _tiles(counts: Mapping[str, int]) -> str:
    return "".join(
        f'<button type="button" class="tile" data-state="{state}" aria-pressed="false"'
        f"{'' if counts[state] else ' disabled'}>{_icon(state)}<b>{counts[state]:,}</b><span>{word}</span></button>"
        for state, word in STATE_WORDS.items()
        if counts[state] or state not in ("changed", "not_reached")
    )


def _differs(environments: Sequence[Mapping[str, Any]]) -> str:
    """The properties that differ most often: what one edit has done everywhere."""
    found: Counter[str] = Counter()
    for one in environments:
        exports = [export for export in one["exports"] if export["state"] in ("drift", "changed")]
        found.update({path for export in exports for path in export["changed_properties"]})
    often = [(path, count) for path, count in found.most_common(MOST_FREQUENT) if count > 1]
    if not often:
        return ""
    buttons = "".join(
        f'<button type="button" data-filter="differs:{escape(path)}" title="{escape(path)}">'
        f"{escape(path.rpartition('.')[2])} <b>{count:,}</b></button>"
        for path, count in often
    )
    return f'<p class="differs"><span>Differs most often</span>{buttons}</p>'


def _icon(state: str) -> str:
    return f'<svg class="icon {state}" viewBox="0 0 16 16" aria-hidden="true"><use href="#i-{state}"/></svg>'


def _row(number: int, one: Mapping[str, Any], cells: Sequence[Cell]) -> str:
    name = one["name"] or one["host"]
    below = one["host"] if one["name"] and one["name"] != one["host"] else _place(one["url"])
    facts = "".join(f"<small>{escape(fact)}</small>" for fact in (one["group"], one["kind"], below) if fact)
    facts = f'<span class="facts" title="{escape(one["url"] or "")}">{facts}</span>'
    tell = "".join(f'<small class="tell">{escape(told)}</small>' for told in _warnings(one))
    tell = f'<span class="facts">{tell}</span>' if tell else ""
    who = "<td></td>"
    if one["last_modified"] or one["last_author"]:
        when = (one["last_modified"] or "").replace("T", " ")[:16]
        author = escape(one["last_author"] or "")
        who = f'<td class="who"><span>{escape(when)}</span><small title="{author}">{author}</small></td>'
    return (
        f'<tr class="env {one["state"]}" data-i="{number}">'
        f'<td class="state">{_icon(one["state"])}<span>{STATE_WORDS[one["state"]]}</span></td>'
        f'<th scope="row"><button type="button" class="open" aria-expanded="false">{escape(name)}</button>'
        f"{facts}{tell}</th>{_slots(one, cells)}{who}</tr>\n"
    )


def _slots(one: Mapping[str, Any], cells: Sequence[Cell]) -> str:
    if one["state"] == "not_reached":
        return f'<td class="nothing" colspan="{len(cells)}">No result: the run did not get to this environment.</td>'
    if one["errors"]:
        first, _newline, rest = one["errors"][0]["message"].partition("\n")
        more = f"<small>{escape(rest)}</small>" if rest else ""
        return f'<td class="error" colspan="{len(cells)}"><span>{escape(first)}</span>{more}</td>'
    return "".join(_cell(cell) for cell in cells)


def _cell(cell: Cell) -> str:
    if cell is None:
        return '<td class="slot free"><span>free</span></td>'
    state = cell["state"]
    if state == "unmanaged":
        return (
            f'<td class="slot unmanaged"><div class="name">{_icon(state)}<span>not declared</span></div>'
            f'<div class="to" title="{escape(cell["name"])}">{escape(_place(cell["name"]))}</div></td>'
        )
    gone = " gone" if cell["operation"] == "deleted" else ""
    tags = []
    if cell["endpoint"]:
        tags = [cell["method"], AUTHENTICATION_WORDS.get(cell["authentication"], cell["authentication"])]
    marks = "".join(f"<small>{escape(tag)}</small>" for tag in tags if tag)
    if cell["enabled"] is False:
        marks += '<small class="paused">paused</small>'
    change = _change(cell)
    return (
        f'<td class="slot {state}{gone}"><div class="name">{_icon(state)}<b>{escape(cell["name"])}</b>'
        f'<span class="sr"> {CELL_WORDS[state]}</span>{marks}</div>'
        f'<div class="to" title="{escape(cell["endpoint"] or "")}">{escape(_place(cell["endpoint"]))}</div>'
        + (f'<div class="change">{escape(change)}</div>' if change else "")
        + "</td>"
    )


def _change(cell: Mapping[str, Any]) -> str:
    if cell["state"] not in ("drift", "changed"):
        return ""
    missing = {"created": ("missing", "created"), "deleted": ("to be deleted", "deleted")}.get(cell["operation"])
    if missing:
        return missing[0] if cell["state"] == "drift" else missing[1]
    paths = [path.rpartition(".")[2] for path in cell["changed_properties"]]
    if not paths:
        return "label" if cell["label"] == "set" else ""
    return paths[0] if len(paths) == 1 else f"{paths[0]} and {len(paths) - 1} more"


def _place(address: str | None) -> str:
    """A URL without its scheme."""
    try:
        parts = urlsplit(address or "")
    except ValueError:
        return address or ""
    return f"{parts.netloc}{parts.path.rstrip('/')}" if parts.scheme and parts.netloc else address or ""


def _warnings(one: Mapping[str, Any]) -> list[str]:
    token = one["token"] or {}
    told = [f"token lacks {scope}" for scope in token.get("missing_scopes", ())]
    left = token.get("days_left")
    if left is not None and left < 0:
        told.append("token has expired")
    elif left is not None and left <= SOON_DAYS:
        told.append(f"token expires in {_many(left, 'day')}")
    if one["warnings"]:
        told.append(_many(len(one["warnings"]), "warning"))
    return told
