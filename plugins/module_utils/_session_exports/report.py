# Copyright (c) 2026, community.dynatrace contributors
# SPDX-License-Identifier: BSD-2-Clause

"""Items of a plan as results and diffs. Secrets were replaced by placeholders when the plan was made."""

from __future__ import annotations

from typing import Any

from .._settings_api.plan import Item
from .._settings_api.property_path import copied, delete_path
from .declaration import published_schema
from .options import path_text, to_options


def item_report(item: Item) -> dict[str, Any]:
    """One export in the module's result."""
    return {
        "name": item.name,
        "operation": item.operation,
        "object_id": item.object_id,
        "changed_properties": [path_text("", path) for path in item.changed],
        "secrets": [
            {"path": path_text("", report.path), "state": report.state, "reason": report.reason}
            for report in item.secrets
        ],
        "label": item.label,
        "notes": [text for text in (item.other, item.label_reason) if text],
        "ignored_options": [path_text("", path) for path in item.ignored],
        "unknown_properties": [path_text("", path) for path in item.unknown],
        "last_modified": item.modified,
        "last_author": item.author,
        "value": _value(item),
    }


def item_diff(item: Item) -> dict[str, Any]:
    """One entry of Ansible's ``diff``: the export before and after."""
    return {
        "before_header": f"export {item.called or item.name} ({item.operation})",
        "after_header": f"export {item.name} ({item.operation})",
        "before": _side(item.before, item.called),
        "after": _side(item.after, item.name if item.label in ("kept", "set") else ""),
    }


def _value(item: Item) -> dict[str, Any] | None:
    """The export as it is after the run, as it is declared; without its secrets, and without placeholders for them."""
    if item.after is None:
        return None
    value: dict[str, Any] = copied(item.after)
    for path in published_schema().secret_paths(value):
        delete_path(value, path)
    return {"name": item.name, **to_options(value)}


def _side(value: dict[str, Any] | None, label: str) -> dict[str, Any] | str:
    return "" if value is None else {"label": label, **to_options(value)}
