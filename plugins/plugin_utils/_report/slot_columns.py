# Copyright (c) 2026, community.dynatrace contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Assigns exports to the columns of the report, so that the same export is in the same column where possible."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

Cell = Mapping[str, Any] | None
DEFAULT_SLOTS = 3


def columns(environments: Sequence[Mapping[str, Any]]) -> tuple[list[str], list[list[Cell]]]:
    """Return the headings, and the cells of each environment: an export, an undeclared export, or ``None``."""
    slots = max((one["slots"]["maximum"] or 0 for one in environments if one["slots"]), default=DEFAULT_SLOTS)
    slots = min(max(slots, 1), 12)
    frequent = Counter(export["name"] for one in environments for export in one["exports"])
    # The most frequent exports have their own columns, in the order in which most environments declare them.
    common = [name for name, _count in frequent.most_common(slots)]
    first = [
        name for name in dict.fromkeys(e["name"] for one in environments for e in one["exports"]) if name in common
    ]
    own = {name: position for position, name in enumerate(first)}
    rows = [_row(one, own, slots) for one in environments]
    width = max((len(row) for row in rows), default=slots)
    for row in rows:
        row.extend([None] * (width - len(row)))
    return [_heading([row[position] for row in rows], position) for position in range(width)], rows


def _row(one: Mapping[str, Any], own: Mapping[str, int], slots: int) -> list[Cell]:
    row: list[Cell] = [None] * slots
    remaining: list[Cell] = []
    for export in one["exports"]:
        position = own.get(export["name"])
        if position is None or row[position] is not None:
            remaining.append(export)
        else:
            row[position] = export
    remaining += [{"name": text, "state": "unmanaged"} for text in one["unmanaged"]]
    for cell in remaining:
        if None in row:
            row[row.index(None)] = cell
        else:
            row.append(cell)
    return row


def _heading(cells: Sequence[Cell], position: int) -> str:
    names = Counter(cell["name"] for cell in cells if cell is not None and cell["state"] != "unmanaged")
    name, count = names.most_common(1)[0] if names else ("", 0)
    # The name of the export, if the whole column belongs to it.
    return name if name and count == sum(names.values()) else f"Slot {position + 1}"
