# Copyright (c) 2026, community.dynatrace contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The words of reports and of the progress callback: states, operations and what differs, each said in one place."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from typing import Any

# From what needs attention to what does not.
STATE_WORDS = {
    "failed": "Failed",
    "unreachable": "Unreachable",
    "not_reached": "Not processed",
    "drift": "Drift",
    "changed": "Changed",
    "unchanged": "As declared",
}
EXPORT_STATES = ("unchanged", "drift", "changed", "failed", "skipped_writes")
CELL_WORDS = {**STATE_WORDS, "skipped_writes": "Skipped", "unmanaged": "Not declared"}
OPERATIONS = {
    "create": "created",
    "update": "updated",
    "set_external_id": "updated",
    "replace": "updated",
    "delete": "deleted",
    "set_permissions": "updated",
    "transfer_ownership": "updated",
}
NOT_PROCESSED = "The run ended before this environment was processed."
_MOST_OF_A_VALUE = 60
# Whether an export is enabled, the only property with its own word.
ENABLED = "endpoint_definition.enable_user_session_export"


def count_of(number: int, noun: str) -> str:
    """``1 export``, ``2 exports``."""
    return f"{number:,} {noun}{'' if number == 1 else 's'}"


def listed(names: Iterable[str], most: int = 5) -> str:
    """Names with commas between them, the first few and how many more."""
    names = list(names)
    shown = names if len(names) <= most + 1 else names[:most]
    more = [f"{len(names) - len(shown)} more"] if len(shown) < len(names) else []
    return ", ".join([*shown, *more])


def differences(export: Mapping[str, Any]) -> list[str]:
    """What differs in an export that is updated, the most important first: paths, and words for what has a word."""
    words = []
    for path in export["changed_properties"]:
        if path == ENABLED and export["enabled"] is not None:
            running = export["enabled"]
            if export["state"] == "drift":
                # Its value is the declared one; the environment has the opposite.
                words.append("paused" if running else "not paused")
            else:
                words.append("resumed" if running else "paused")
        else:
            words.append(path)
    words.sort(key=lambda word: "paused" not in word and word != "resumed")
    return words or [f"{path} sent" for path in export["sent_secrets"]]


def describe(export: Mapping[str, Any]) -> str:
    """What differs in an export, or what became of it, in a few words."""
    drift = export["state"] == "drift"
    if export["operation"] == "created":
        return "missing" if drift else "created"
    if export["operation"] == "deleted":
        return "not declared" if drift else "deleted"
    words = ", ".join(differences(export))
    if not words:
        return "external ID" if export["external_id_state"] == "set" else "differs" if drift else "updated"
    return words


def described(environment: Mapping[str, Any], state: str) -> str:
    """The exports of an environment in one state, each with what differs and who changed it."""
    return ", ".join(
        f"{export['name']} ({_described(export)})" for export in environment["exports"] if export["state"] == state
    )


def _described(export: Mapping[str, Any]) -> str:
    """What differs in an export, and who made it so."""
    found = causes(export) if export["state"] == "drift" else []
    if found:
        # Properties with a known cause are named there, unless they have their own word.
        known = {one["property"] for one in export["changed_by"]} - {ENABLED}
        words = [word for word in describe(export).split(", ") if word not in known]
        return "; ".join([*([", ".join(words)] if words else []), *found])
    by_person = export["state"] == "drift" and export["last_author"]
    return describe(export) + (f", last changed by {export['last_author']}" if by_person else "")


def unmanaged_text(environment: Mapping[str, Any]) -> str:
    """What is in an environment and not declared."""
    return f"Not declared, left unchanged: {', '.join(environment['unmanaged'])}." if environment["unmanaged"] else ""


def policy_text(environment: Mapping[str, Any]) -> str:
    """Which policies are violated without being a reason to fail. A failure has them in its message."""
    if environment["errors"]:
        return ""
    found: dict[str, list[str]] = {}
    for one in environment["policy_violations"]:
        what = one["object"] or one["schema_id"] or ""
        marks = [word for word in ("repaired", "overridden") if one[word]]
        found.setdefault(one["policy"], []).append(f"{what} ({', '.join(marks)})" if marks else what)
    return " ".join(f"Policy {name} is violated by {listed(objects)}." for name, objects in found.items())


def reason(environment: Mapping[str, Any], *, drift: bool) -> str:
    """Why an environment needs attention, or nothing.

    :param drift: whether drift is a reason.
    """
    if environment["errors"]:
        return "\n".join(error["message"] for error in environment["errors"] if error["message"])
    if environment["state"] == "not_reached":
        return NOT_PROCESSED
    if drift and environment["drift"]:
        return f"Not as declared: {described(environment, 'drift')}."
    return ""


def causes(export: Mapping[str, Any]) -> list[str]:
    """Who made each difference, through what, and from which value to which."""
    return [_cause(one) for one in export["changed_by"]]


def _cause(one: Mapping[str, Any]) -> str:
    author = "this token" if one["by_this_token"] else one["author"] or "an unknown author"
    by = f"by {author}"
    by += f" through {one['source']}" if one["source"] else ""
    by += f" on {one['time'][:10]}" if one["time"] else ""
    if not one["property"]:
        return f"{one['operation']} {by}"
    if one["operation"] == "created":
        return f"{one['property']}: {_short(one['after'])} since it was created {by}"
    return f"{one['property']}: {_short(one['before'])} to {_short(one['after'])} {by}"


def _short(value: Any) -> str:
    # Double quotes would be escaped where Ansible shows results.
    shown = json.dumps(value, ensure_ascii=False).replace('"', "'") if value is not None else "not set"
    return shown if len(shown) <= _MOST_OF_A_VALUE else f"{shown[: _MOST_OF_A_VALUE - 1]}…"
