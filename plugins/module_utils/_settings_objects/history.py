# Copyright (c) 2026, community.dynatrace contributors
# SPDX-License-Identifier: BSD-2-Clause

"""The history of the objects of any schema, as the module ``settings_history_info`` returns it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timezone
from typing import TYPE_CHECKING, Any

from .._settings_api import history
from .._settings_api.errors import InvalidInput, NotFound, Problem
from .._settings_api.schema import Schema
from .declaration import path_text
from .service import read_document, read_scope

if TYPE_CHECKING:
    from .._settings_api.client import SettingsClient

HISTORY_OPTIONS: dict[str, dict[str, Any]] = {
    "schema_id": {"type": "str", "required": True},
    "scope": {"type": "str"},
    "object_id": {"type": "str"},
    "start_time": {"type": "str", "default": history.DEFAULT_START},
    "end_time": {"type": "str", "default": "now"},
    "max_changes": {"type": "int", "default": 1000},
}


def check(params: Mapping[str, Any]) -> tuple[history.TimeRange | None, Sequence[Problem]]:
    """The time range, and what is wrong with the options."""
    problems = [
        Problem("empty", name)
        for name in ("schema_id", "scope", "object_id")
        if params.get(name) is not None and not params[name]
    ]
    object_id = params.get("object_id")
    if isinstance(object_id, str) and object_id and not _is_id(object_id):
        problems.append(Problem("no_object_id", "object_id"))
    limit = params.get("max_changes")
    if isinstance(limit, int) and not 1 <= limit <= history.MOST:
        problems.append(Problem("between", "max_changes", {"least": 1, "most": history.MOST}))
    now = datetime.now(timezone.utc)
    ends = {}
    for name, default in (("start_time", history.DEFAULT_START), ("end_time", "now")):
        given = params.get(name)
        ends[name] = history.parse_time(str(default if given is None else given), now)
        if ends[name] is None:
            problems.append(Problem("point_in_time", name))
    start, end = ends["start_time"], ends["end_time"]
    if start is None or end is None:
        return None, problems
    period = history.TimeRange(start, end, until_now=end == now)
    return period, [*problems, *period.problems(now)]


def read(client: SettingsClient, period: history.TimeRange, params: Mapping[str, Any]) -> dict[str, Any]:
    """The changes in a time range, the newest first."""
    schema = Schema.from_document(read_document(client, params["schema_id"]))
    scope, problems = read_scope(schema, params["scope"])
    if not scope:
        facts = {"schema": schema.schema_id, "scopes": schema.allowed_scopes}
        problems.append(Problem("required.scope", "scope", facts))
    if problems:
        raise InvalidInput(problems)
    object_id = params["object_id"]
    found = history.read_history(client, schema, scope, period, object_id=object_id, limit=params["max_changes"])
    if object_id is not None and not found.revisions:
        _check_object(client, object_id)
    notes = []
    if not found.complete:
        notes.append(f"There are more than {params['max_changes']} changes. Raise max_changes to read older ones.")
    return {
        "changed": False,
        "changes": [_report(one, schema) for one in found.revisions],
        "complete": found.complete,
        "start_time": history.iso(period.start),
        "end_time": history.iso(period.end),
        "schema_version": schema.version,
        "notes": [*notes, *client.notes],
    }


def _check_object(client: SettingsClient, object_id: str) -> None:
    """Nothing happened to an object, or there is none.

    :raises InvalidInput: there is none.
    """
    try:
        client.get_object(object_id)
    except NotFound:
        raise InvalidInput([Problem("no_object_id.in_time", "object_id")]) from None


def _report(one: history.Revision, schema: Schema) -> dict[str, Any]:
    return {
        "time": None if one.time is None else history.iso(one.time),
        "author": one.author,
        "source": one.source,
        "operation": one.operation,
        "object_id": one.object_id,
        "schema_version": one.schema_version,
        "revision": one.revision,
        "changed_properties": [path_text("", path) for path in one.changed(schema)],
        "before": one.before,
        "after": one.after,
    }


def _is_id(text: str) -> bool:
    return len(text) <= 2000 and text.isprintable() and not any(letter in " '\"\\" for letter in text)
