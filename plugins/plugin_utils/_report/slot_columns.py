# Copyright (c) 2026, community.dynatrace contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Assigns exports to the columns of the report, so that the same export is in the same column where possible.

Objects of other schemas have one column for each schema, with the number of those that differ.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

Cell = Mapping[str, Any] | None
DEFAULT_SLOTS = 3
# The worst first.
_STATES = ("failed", "skipped_writes", "drift", "changed", "unchanged")


def columns(environments: Sequence[Mapping[str, Any]]) -> tuple[list[str], list[list[Cell]]]:
    """Return the headings, and the cells of each environment: an export, an undeclared one, a schema, or ``None``."""
    schemas = sorted({export["schema_id"] for one in environments for export in one["exports"] if export["schema_id"]})
    plain = [_without(one, schemas) for one in environments]
    # Without exports anywhere, there are no slots to show.
    has_exports = any(one["exports"] or one["unmanaged"] or one["slots"] for one in plain)
    headings, rows = _export_columns(plain) if has_exports or not schemas else ([], [[] for _one in environments])
    for row, one in zip(rows, environments, strict=True):
        of_schema: dict[str, list[Mapping[str, Any]]] = {}
        for export in one["exports"]:
            of_schema.setdefault(export["schema_id"], []).append(export)
        row.extend(_schema_cell(of_schema.get(schema_id, ()), schema_id) for schema_id in schemas)
    return [*headings, *schemas], rows


def _without(one: Mapping[str, Any], schemas: Sequence[str]) -> dict[str, Any]:
    """An environment with its exports alone."""
    heads = tuple(f"{schema_id} " for schema_id in schemas)
    return {
        **one,
        "exports": [export for export in one["exports"] if not export["schema_id"]],
        "unmanaged": [name for name in one["unmanaged"] if not heads or not name.startswith(heads)],
    }


def _schema_cell(objects: Sequence[Mapping[str, Any]], schema_id: str) -> Cell:
    """The objects of a schema as one cell, in the state of the worst."""
    if not objects:
        return {"state": "none"}
    state = min((export["state"] for export in objects), key=_STATES.index)
    different = [export for export in objects if export["state"] != "unchanged"]
    count = f"{len(different)} of {len(objects)}" if different else str(len(objects))
    return {
        "name": f"{count} object{'' if len(objects) == 1 else 's'}",
        "schema_id": schema_id,
        "state": state,
        "operation": "unchanged",
        "endpoint": None,
        "enabled": None,
        "changed_properties": [],
        "sent_secrets": [],
        "external_id_state": "",
        "names": [export["name"].removeprefix(f"{schema_id} ") for export in different],
    }


def _export_columns(environments: Sequence[Mapping[str, Any]]) -> tuple[list[str], list[list[Cell]]]:
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
