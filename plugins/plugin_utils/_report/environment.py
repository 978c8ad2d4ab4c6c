# Copyright (c) 2026, community.dynatrace contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""One environment in a report: what its outcome says, in the shape that the JSON report has."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timezone
from typing import Any

from .sanitize import (
    flag,
    if_given,
    json_like,
    list_of,
    mapping,
    number,
    one_of,
    record,
    some_flag,
    some_text,
    text,
    url,
)

# From what needs a person to what does not.
STATES = ("failed", "not_reached", "drift", "changed", "unchanged")
EXPORT_STATES = ("unchanged", "drift", "changed", "failed", "skipped_writes")
_PAST = {"create": "created", "update": "updated", "label": "updated", "delete": "deleted"}
# A write that failed says more of an export than one that went well before it.
_WRITES = (("done", "changed"), ("skipped_writes", "skipped_writes"), ("failed_writes", "failed"))

_WRITE = record(name=text, action=one_of("update", "create", "label", "delete"))
_PROBLEM = record(path=text, message=text)
_SECRET = record(path=text, state=text, reason=text)
_SLOTS = if_given(record(used=number, free=number, maximum=number))
_TOKEN = if_given(record(missing_scopes=list_of(text), expires=some_text, days_left=number))
_SAID: dict[str, Any] = {
    "name": text,
    "operation": one_of("unchanged", "created", "updated", "deleted"),
    "object_id": some_text,
    "changed_properties": list_of(text),
    "secrets": list_of(_SECRET),
    "label": some_text,
    "notes": list_of(text),
    "ignored_options": list_of(text),
    "unknown_properties": list_of(text),
    "last_author": some_text,
    "value": mapping,
}
_OUTCOME = record(
    failed=flag,
    unreachable=flag,
    changed=flag,
    msg=text,
    hint=some_text,
    status=number,
    problems=list_of(_PROBLEM),
    done=list_of(_WRITE),
    failed_writes=list_of(_WRITE),
    skipped_writes=list_of(_WRITE),
    exports=list_of(record(**_SAID, last_modified=number)),
    unmanaged=list_of(url),
    slots=_SLOTS,
    plan_digest=some_text,
    notes=list_of(text),
    warnings=list_of(text),
    token=_TOKEN,
)
_EXPORT = record(
    **_SAID,
    state=one_of(*EXPORT_STATES),
    endpoint=url,
    method=some_text,
    authentication=some_text,
    enabled=some_flag,
    last_modified=some_text,
    changes=list_of(record(path=text, before=json_like, after=json_like)),
)
ABOUT = record(host=text, name=some_text, id=some_text, kind=some_text, url=url, group=some_text)
# The shape of an environment in the JSON report: an earlier report is read through it.
ENVIRONMENT = record(
    host=text,
    name=some_text,
    id=some_text,
    kind=some_text,
    url=url,
    group=some_text,
    state=one_of("not_reached", *STATES),
    drift=flag,
    errors=list_of(record(message=text, hint=some_text, status=number, problems=list_of(_PROBLEM))),
    exports=list_of(_EXPORT),
    unmanaged=list_of(url),
    slots=_SLOTS,
    plan_digest=some_text,
    last_modified=some_text,
    last_author=some_text,
    notes=list_of(text),
    warnings=list_of(text),
    token=_TOKEN,
)


def environment(about: Mapping[str, Any], outcome: object, *, dry: bool, now: datetime) -> dict[str, Any]:
    """What is told of one environment.

    :param about: host, and as far as they are known name, id, kind, url and group.
    :param outcome: the result of the module, or its failure; anything else means that it did not get that far.
    :param dry: the run was in check mode, so what has changed is drift.
    """
    told = ENVIRONMENT(ABOUT(about))
    given = _OUTCOME(outcome)
    failed = given["failed"] or given["unreachable"]
    if not isinstance(outcome, Mapping) or not (failed or "exports" in outcome):
        return dict(told)
    made = "drift" if dry else "changed"
    exports = _of_failure(given) if failed else _of_success(given, outcome.get("diff"), made)
    newest = max(exports, key=lambda one: one["last_modified"] or "", default=None)
    changed = given["changed"] and (not dry or not exports or any(one["state"] == made for one in exports))
    told.update(
        state="failed" if failed else made if changed else "unchanged",
        exports=exports,
        errors=[_error(given)] if failed else [],
        last_modified=newest["last_modified"] if newest else None,
        last_author=newest["last_author"] if newest else None,
        **{key: given[key] for key in ("unmanaged", "slots", "plan_digest", "notes", "warnings")},
    )
    told["drift"] = told["state"] == "drift" or any(one["state"] in ("failed", "skipped_writes") for one in exports)
    told["token"] = _token(given["token"], now)
    return dict(told)


def _error(given: Mapping[str, Any]) -> dict[str, Any]:
    message = given["msg"] or (
        "The host could not be reached." if given["unreachable"] else "It failed without a word."
    )
    return {"message": message, "hint": given["hint"], "status": given["status"], "problems": given["problems"]}


def _of_failure(given: Mapping[str, Any]) -> list[dict[str, Any]]:
    """What is known of exports after a failure half-way."""
    found: dict[str, dict[str, Any]] = {}
    for key, state in _WRITES:
        for write in given[key]:
            found[write["name"]] = _EXPORT({"name": write["name"], "operation": _PAST[write["action"]], "state": state})
    return list(found.values())


def _of_success(given: Mapping[str, Any], diff: object, made: str) -> list[dict[str, Any]]:
    """The exports as the result has them, each with its part of the diff."""
    parts: dict[str, list[Mapping[str, Any]]] = {}
    for part in diff if isinstance(diff, list) else ():
        if isinstance(part, Mapping):
            parts.setdefault(text(part.get("after_header")), []).append(part)
    exports = []
    for item in given["exports"]:
        same = parts.get(f"export {item['name']} ({item['operation']})")
        part = same.pop(0) if same else {}
        before, after = mapping(part.get("before")) or {}, mapping(part.get("after")) or {}
        value = item["value"] or {key: child for key, child in before.items() if key != "label"} or None
        state = "unchanged" if item["operation"] == "unchanged" else made
        if made == "drift" and _only_label(item):
            # Its settings are as declared; a run stores its name with it, nothing else.
            state = "unchanged"
        changes = _changes(before, after) if item["operation"] == "updated" else []
        when = _time(item["last_modified"])
        shown = {**item, **_essence(value), "state": state, "value": value, "last_modified": when, "changes": changes}
        exports.append(_EXPORT(shown))
    return exports


def _only_label(item: Mapping[str, Any]) -> bool:
    """Whether an export is taken over as it is, so that only its name is new."""
    other = item["changed_properties"] or any(secret["state"] == "rotated" for secret in item["secrets"])
    return item["operation"] == "updated" and item["label"] == "set" and not other


def _essence(value: Mapping[str, Any] | None) -> dict[str, Any]:
    """What one wants to see of an export first."""
    if value is None:
        return {}
    endpoint, authentication = value.get("endpoint_definition"), value.get("authentication")
    endpoint = endpoint if isinstance(endpoint, Mapping) else {}
    authentication = authentication if isinstance(authentication, Mapping) else {}
    return {
        "endpoint": endpoint.get("endpoint_url"),
        "method": "POST" if endpoint.get("use_post") is True else "PUT",
        "authentication": authentication.get("auth_type", "basic") if authentication.get("active") is True else "none",
        "enabled": endpoint.get("enable_user_session_export"),
    }


def _changes(before: Mapping[str, Any], after: Mapping[str, Any]) -> list[dict[str, Any]]:
    old, new = _flat(before), _flat(after)
    paths = [*new, *(path for path in old if path not in new)]
    return [
        {"path": path, "before": old.get(path), "after": new.get(path)}
        for path in paths
        if old.get(path) != new.get(path)
    ]


def _flat(value: Mapping[str, Any], where: str = "") -> dict[str, Any]:
    found: dict[str, Any] = {}
    for key, child in value.items():
        path = f"{where}.{key}" if where else key
        found.update(_flat(child, path) if isinstance(child, Mapping) else {path: child})
    return found


def _time(milliseconds: int | None) -> str | None:
    try:
        return None if milliseconds is None else stamp(datetime.fromtimestamp(milliseconds / 1000, timezone.utc))
    except (OverflowError, OSError, ValueError):
        return None


def stamp(moment: datetime) -> str:
    """A time as reports have it: UTC, to the second."""
    return moment.astimezone(timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ")


def _token(token: dict[str, Any] | None, now: datetime) -> dict[str, Any] | None:
    """How long the token is still valid, in whole days."""
    if token is None or token["expires"] is None:
        return token
    try:
        # Python 3.10 does not know Z.
        end = datetime.fromisoformat(token["expires"].replace("Z", "+00:00"))
        end = end if end.tzinfo else end.replace(tzinfo=timezone.utc)
        return {**token, "days_left": (end - now).days}
    except (ValueError, OverflowError):
        return token
