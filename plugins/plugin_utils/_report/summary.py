# Copyright (c) 2026, community.dynatrace contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A report as the lines that are printed at the end of a run: which environments need attention, and why."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from .words import STATE_WORDS, count_of, described, listed, policy_text, reason, unmanaged_text

MOST = 20
"""Lines about environments; the others are in the report."""


def unmanaged(report: Mapping[str, Any]) -> dict[str, str]:
    """By host, what is in its environment and not declared."""
    return {one["host"]: unmanaged_text(one) for one in report["environments"] if one["unmanaged"]}


def summary(report: Mapping[str, Any], files: Mapping[str, str]) -> list[str]:
    """The lines, the most important first. Environments of which the same is to be said share a line.

    :param files: where the report was written, by its form.
    """
    counts = report["counts"]
    # Without objects, such as in an import, nothing is declared.
    words = {**STATE_WORDS, **({} if counts["exports"] else {"unchanged": "unchanged"})}
    totals = [f"{counts[state]} {word.lower()}" for state, word in words.items() if counts[state]]
    partly = [
        one
        for one in report["environments"]
        if one["errors"] and any(export["state"] == "changed" for export in one["exports"])
    ]
    if partly:
        totals.append(f"{len(partly)} of the failed ones changed in part")
    if counts["unmanaged"]:
        settings = any(export["schema_id"] for one in report["environments"] for export in one["exports"])
        totals.append(f"{count_of(counts['unmanaged'], 'object' if settings else 'export')} not declared")
    same: dict[str, list[str]] = {}
    for one in sorted(report["environments"], key=lambda one: list(STATE_WORDS).index(one["state"])):
        changed = f"Changed: {described(one, 'changed')}." if one["state"] == "changed" and one["exports"] else ""
        text = " ".join(filter(None, (reason(one, drift=True) or changed, unmanaged_text(one), policy_text(one))))
        if text or one["state"] == "changed":
            same.setdefault(text or "Changed.", []).append(one["host"])
    lines = [line for text, hosts in same.items() for line in f"{who(hosts)}: {text}".split("\n")]
    more = [f"and {len(lines) - MOST} more"] if len(lines) > MOST else []
    page = [f"report: {files['html']}"] if "html" in files else []
    head = f"{count_of(counts['environments'], 'environment')}: {', '.join(totals) or 'none'}"
    return [head, *lines[:MOST], *more, *page]


def who(hosts: list[str]) -> str:
    """One host by its name, several by their number and names."""
    return hosts[0] if len(hosts) == 1 else f"{len(hosts)} environments ({listed(hosts)})"
