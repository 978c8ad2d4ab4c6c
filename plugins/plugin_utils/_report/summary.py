# Copyright (c) 2026, community.dynatrace contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A report in the lines that stand on the screen at the end of a run: who, and in what."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from .build import reasons
from .page import STATE_WORDS

MOST = 20
"""Environments that get a line; the others are in the report."""


_LONG = re.compile(r" \(object \S+\)$")  # its ID is in the report


def unmanaged(report: Mapping[str, Any]) -> dict[str, str]:
    """By host, which exports are there and not declared."""
    return {
        one["host"]: f"Not declared, left as it is: {', '.join(_LONG.sub('', text) for text in one['unmanaged'])}."
        for one in report["environments"]
        if one["unmanaged"]
    }


def summary(report: Mapping[str, Any], files: Mapping[str, str]) -> list[str]:
    """The lines, the worst first.

    :param files: where the report was written, by its form.
    """
    counts = report["counts"]
    told = [f"{counts[state]} {word.lower()}" for state, word in STATE_WORDS.items() if counts[state]]
    if counts["unmanaged"]:
        told.append(f"{counts['unmanaged']} export{'s' if counts['unmanaged'] > 1 else ''} not declared")
    lines = [f"{counts['environments']} environments: {', '.join(told) or 'none'}"]
    wrong, more = reasons(report, drift=True), unmanaged(report)
    order = sorted(report["environments"], key=lambda one: list(STATE_WORDS).index(one["state"]))
    said = [
        f"{one['host']}: {' '.join(filter(None, (wrong.get(one['host']) or _done(one), more.get(one['host']))))}"
        for one in order
        if one["host"] in wrong or one["host"] in more or one["state"] == "changed"
    ]
    lines += said[:MOST]
    if len(said) > MOST:
        lines.append(f"and {len(said) - MOST} more")
    if "html" in files:
        lines.append(f"report: {files['html']}")
    return lines


def _done(one: Mapping[str, Any]) -> str:
    told = [f"{export['name']} ({export['operation']})" for export in one["exports"] if export["state"] == "changed"]
    return f"Changed: {', '.join(told)}." if told else ""
