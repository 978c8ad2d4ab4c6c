# Copyright (c) 2026, community.dynatrace contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A report as one HTML page that needs nothing else: no network, no other file, and no script to be read.

The table is rendered here, so that it is complete where scripts are not allowed to run (pipelines often show pages that
way). The script of the page filters, sorts, groups, and shows the details. Everything that comes from a server or an
inventory is a value of the template, which escapes it; none of it is a template.
"""

from __future__ import annotations

import base64
import hashlib
import json
from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from .slot_columns import columns
from .words import CELL_WORDS, NOT_PROCESSED, STATE_WORDS, count_of, describe, differences, listed

AUTHENTICATION_WORDS = {"none": "no auth", "basic": "basic", "oauth2": "OAuth 2.0"}
SOON_DAYS = 30
_BAR, _GAP = 1000, 3
# No part of the bar is too thin to be seen.
_THINNEST = 0.006
MOST_FREQUENT = 5
# More columns do not fit on a screen. Widths are in pixels; those of narrow columns are repeated in the style sheet.
_MOST_WIDE = 7
_FIXED_WIDTH, _SLOT_WIDTH, _NARROW_WIDTH = 600, 180, 34
_MOST_NAMES = 5
_FOLDER = Path(__file__).parent


def as_page(report: Mapping[str, Any]) -> str:
    """The page, as text."""
    jinja = Environment(
        loader=FileSystemLoader(_FOLDER),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    jinja.filters.update(
        place=_place,
        change=_change,
        names=lambda names: listed(names, most=_MOST_NAMES),
        token_notes=_token_notes,
        count_of=count_of,
        number=lambda value: f"{value:,}",
    )
    environments = report["environments"]
    headings, rows = columns(environments)
    schemas = len({export["schema_id"] for one in environments for export in one["exports"] if export["schema_id"]})
    # Many schemas get narrow columns, behind those of exports.
    narrow = schemas if len(headings) > _MOST_WIDE else 0
    wide = len(headings) - narrow
    css, js = ((_FOLDER / f"page.{kind}").read_text(encoding="utf-8") for kind in ("css", "js"))
    return jinja.get_template("page.html.j2").render(
        report=report,
        counts=report["counts"],
        mode=_mode(report),
        headings=headings,
        schemas=schemas,
        wide=wide,
        width=_FIXED_WIDTH + wide * _SLOT_WIDTH + narrow * _NARROW_WIDTH if narrow else 0,
        rows=list(zip(environments, rows, strict=True)),
        bar=_bar(report["counts"]),
        differs=_differs(environments),
        # A variable with the same value everywhere does not group.
        groups={key: len({one[key] for one in environments}) > 1 for key in ("group", "kind", "state")},
        state_words=STATE_WORDS,
        cell_words=CELL_WORDS,
        authentication_words=AUTHENTICATION_WORDS,
        not_processed=NOT_PROCESSED,
        # Files of our own, and data that cannot end its element.
        css=Markup(css),  # noqa: S704
        js=Markup(js),  # noqa: S704
        css_hash=_hash(css),
        js_hash=_hash(js),
        data=Markup(_embedded(report)),  # noqa: S704
    )


def _hash(content: str) -> str:
    return base64.b64encode(hashlib.sha256(content.encode()).digest()).decode()


def _embedded(report: Mapping[str, Any]) -> str:
    """JSON that cannot end the element that contains it. Empty values are left out."""

    def lean(value: Any) -> Any:
        if isinstance(value, dict):
            return {key: lean(child) for key, child in value.items() if child or child == 0}
        return [lean(child) for child in value] if isinstance(value, list) else value

    condensed = {**report, "environments": [_condensed(one) for one in report["environments"]]}
    content = json.dumps(lean(condensed), ensure_ascii=False, separators=(",", ":"))
    for character in "<>&\u2028\u2029":
        content = content.replace(character, f"\\u{ord(character):04x}")
    return content


def _condensed(one: Mapping[str, Any]) -> dict[str, Any]:
    """An environment with one entry for the objects of each schema that are as declared: there can be very many."""
    same: dict[str, list[Mapping[str, Any]]] = {}
    for export in one["exports"]:
        if export["schema_id"] and export["state"] == "unchanged" and not export["notes"]:
            same.setdefault(export["schema_id"], []).append(export)
    shown: list[Mapping[str, Any]] = []
    for export in one["exports"]:
        among = same.get(export["schema_id"], ()) if export["state"] == "unchanged" and not export["notes"] else ()
        if len(among) < 2:
            shown.append(export)
        elif export is among[0]:
            names = listed([each["name"].removeprefix(f"{each['schema_id']} ") for each in among], most=_MOST_NAMES)
            head = f"{export['schema_id']}: {count_of(len(among), 'object')}"
            shown.append({"name": head, "state": "unchanged", "notes": [names]})
    return {**one, "exports": shown}


def _mode(report: Mapping[str, Any]) -> str:
    if report["mode"] == "audit":
        return "Audit"
    return "Configure in check mode" if report["check_mode"] else "Configure"


def _bar(counts: Mapping[str, int]) -> list[dict[str, Any]]:
    """The parts of the bar that shows the states in proportion."""
    present = {state: counts[state] for state in reversed(STATE_WORDS) if counts[state]}
    shares = {state: max(count / counts["environments"], _THINNEST) for state, count in present.items()}
    total, start, parts = sum(shares.values()), 0.0, []
    for state, share in shares.items():
        width = (_BAR + _GAP) * share / total
        parts.append({"state": state, "x": f"{start:.1f}", "width": f"{max(width - _GAP, 1):.1f}"})
        start += width
    return parts


def _differs(environments: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """The properties that differ most often: what one edit has done everywhere."""
    found: Counter[str] = Counter()
    for one in environments:
        exports = [export for export in one["exports"] if export["state"] in ("drift", "changed")]
        found.update({path for export in exports for path in export["changed_properties"]})
    return [{"path": path, "count": count} for path, count in found.most_common(MOST_FREQUENT) if count > 1]


def _change(cell: Mapping[str, Any]) -> str:
    """What differs, as short as a cell is: the first property by its last name."""
    if cell["state"] not in ("drift", "changed"):
        return ""
    if "names" in cell:
        return listed(cell["names"], most=2)
    words = differences(cell) if cell["operation"] == "updated" else []
    if not words:
        return describe(cell)
    first = words[0].rpartition(".")[2]
    return first if len(words) == 1 else f"{first} and {len(words) - 1} more"


def _place(address: str | None) -> str:
    """A URL without its scheme."""
    try:
        parts = urlsplit(address or "")
    except ValueError:
        return address or ""
    return f"{parts.netloc}{parts.path.rstrip('/')}" if parts.scheme and parts.netloc else address or ""


def _token_notes(one: Mapping[str, Any]) -> list[str]:
    """What is wrong with the token, and how many warnings there are."""
    token = one["token"] or {}
    notes = [f"token lacks {scope}" for scope in token.get("missing_scopes", ())]
    left = token.get("days_left")
    if left is not None and left < 0:
        notes.append("token has expired")
    elif left is not None and left <= SOON_DAYS:
        notes.append(f"token expires in {count_of(left, 'day')}")
    violations = one["policy_violations"]
    if violations:
        notes.append(f"{count_of(len(violations), 'policy violation')}")
    # In a run that does not fail, each violation that remains is a warning as well.
    doubled = 0 if one["errors"] else sum(not violation["repaired"] for violation in violations)
    others = len(one["warnings"]) - doubled
    return [*notes, count_of(others, "warning")] if others > 0 else notes
