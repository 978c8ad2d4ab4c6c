# Copyright (c) 2026, community.dynatrace contributors
# SPDX-License-Identifier: BSD-2-Clause

"""Plans and objects as results and diffs. Secrets were replaced by placeholders when the plan was made."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime, timezone
from typing import TYPE_CHECKING, Any

from .._settings_api.drift_causes import Cause, find_causes
from .._settings_api.history import iso
from .._settings_api.matching import Existing
from .._settings_api.plan_types import Domain, Item
from .._settings_api.property_path import Path, copied, delete_path
from .._settings_api.schema import Schema

if TYPE_CHECKING:
    from .._settings_api.client import SettingsClient
    from .._settings_api.converge import Converged

FormatPath = Callable[[str, Path], str]


def result_of(done: Converged, client: SettingsClient, domain: Domain) -> dict[str, Any]:
    """What the result of each module that writes has."""
    unmanaged = done.plan.unmanaged
    return {
        "changed": done.changed,
        "unmanaged": [domain.describe(one) for one in unmanaged],
        "unmanaged_objects": [
            {"name": name, "object_id": one.object_id, **_last_change(one)}
            for one, name in zip(unmanaged, domain.names(unmanaged), strict=True)
        ],
        "plan_digest": done.digest,
        "notes": [*done.notes, *client.notes],
        "warnings": list(done.warnings),
    }


def item_report(item: Item, format_path: FormatPath, *, ignored: str) -> dict[str, Any]:
    """One object in the result.

    :param ignored: the name of the list of what was declared without an effect.
    """
    return {
        "name": item.name,
        "operation": item.operation,
        "object_id": item.object_id,
        "changed_properties": [
            *(format_path("", path) for path in item.changed),
            *(item.access.changed if item.access is not None else ()),
        ],
        "secrets": [
            {"path": format_path("", report.path), "state": report.state, "reason": report.reason}
            for report in item.secrets
        ],
        "external_id_state": item.external_id_state,
        "notes": [text for text in (item.note, item.external_id_reason) if text],
        ignored: [format_path("", path) for path in item.ignored],
        "unknown_properties": [format_path("", path) for path in item.unknown],
        **_last_change(item),
    }


def item_diff(item: Item, domain: Domain, side: Callable[[dict[str, Any], str], dict[str, Any]]) -> dict[str, Any]:
    """One entry of Ansible's ``diff``: the object before and after.

    :param side: a value and the name in its external ID as the diff shows them.
    """
    named = item.name if item.external_id_state in ("kept", "set") else ""
    after = None if item.after is None else side(item.after, named)
    if after is not None and item.moved:
        after["(place)"] = f"moved {item.moved}"
    before: Any = "" if item.before is None else side(item.before, item.previous_name)
    if item.access is not None and item.access.changed:
        before = {**before, **item.access.before()} if before else before
        after = after and {**after, **item.access.after()}
    return {
        # Which item of the result it is about.
        "name": item.name,
        "operation": item.operation,
        "before_header": f"{domain.object_name} {item.previous_name or item.name} ({item.operation})",
        "after_header": f"{domain.object_name} {item.name} ({item.operation})",
        "before": before,
        "after": "" if after is None else after,
    }


def object_report(
    existing: Existing, name: str, schema: Schema, format_path: FormatPath, *, own: bool
) -> tuple[dict[str, Any], dict[str, Any]]:
    """The value of an object as it can be declared, without its secrets, and what else is known about it.

    :param own: whether its external ID is one of ours.
    """
    value = schema.active_value(existing.value)
    secrets = schema.secret_paths(value)
    for path in secrets:
        delete_path(value, path)
    return value, {
        "name": name,
        "object_id": existing.object_id,
        "external_id_state": "own" if own else "none" if existing.external_id is None or existing.cut else "foreign",
        "stored_secrets": [format_path("", path) for path in secrets],
        "unknown_properties": [format_path("", path) for path in schema.unknown_properties(existing.value)],
        **_last_change(existing),
    }


def _last_change(one: Item | Existing) -> dict[str, Any]:
    times = {"last_modified": one.modified, "last_modified_time": iso_time(one.modified)}
    return {**times, "last_author": one.author}


def iso_time(milliseconds: int | None) -> str | None:
    """A time of the API in ISO 8601, in UTC and to the second."""
    if milliseconds is None:
        return None
    try:
        return datetime.fromtimestamp(milliseconds / 1000, timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ")
    except (OverflowError, OSError, ValueError):
        return None


def with_authors(items: list[dict[str, Any]], client: SettingsClient) -> list[dict[str, Any]]:
    """Items, with whether the token of this task is their last author."""
    own = getattr(client, "token_id", None)
    return [{**item, "last_author_is_this_token": own is not None and item["last_author"] == own} for item in items]


def with_causes(
    result: dict[str, Any], key: str, done: Converged, client: SettingsClient, scope: str, domain: Domain
) -> dict[str, Any]:
    """A result whose items name the change of the history that made each difference.

    :param key: where the items are, in the order of ``done``.
    """
    causes, why = find_causes(client, scope, done.items, domain)
    own = getattr(client, "token_id", None)
    items = [
        {
            **report,
            "changed_by": [_cause_report(one, domain.format_path, own) for one in causes.get(item.key, ())],
        }
        for report, item in zip(result[key], done.items, strict=True)
    ]
    return {**result, key: items, "notes": [*result["notes"], *([why] if why else [])]}


def _cause_report(cause: Cause, format_path: FormatPath, own_token: str | None) -> dict[str, Any]:
    one = cause.revision
    return {
        "property": format_path("", cause.path) if cause.path else "",
        "operation": one.operation,
        "time": None if one.time is None else iso(one.time),
        "author": one.author,
        "by_this_token": own_token is not None and one.author == own_token,
        "source": one.source,
        "before": cause.before,
        "after": cause.after,
    }


def with_environment(diff: list[dict[str, Any]], client: SettingsClient) -> list[dict[str, Any]]:
    """Entries of a diff whose headers name the environment: Ansible prints a diff before it names the host."""
    keys = ("before_header", "after_header")
    return [{**entry, **{key: f"{entry[key]} in {client.environment_id}" for key in keys}} for entry in diff]


def without_secrets(value: Mapping[str, Any], schema: Schema) -> dict[str, Any]:
    """A value without its secrets, and without placeholders for them."""
    result: dict[str, Any] = copied(value)
    for path in schema.secret_paths(result):
        delete_path(result, path)
    return result
