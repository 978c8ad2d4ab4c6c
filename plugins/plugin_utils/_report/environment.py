# Copyright (c) 2026, community.dynatrace contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""One environment in a report: the result of its module, in the shape of the JSON report."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from datetime import datetime, timezone
from typing import Any
from urllib.parse import urlsplit

from .sanitize import (
    amount,
    environment_url,
    flag,
    if_given,
    json_like,
    list_of,
    mapping,
    mostly_same,
    number,
    one_of,
    record,
    some_flag,
    some_text,
    text,
    url,
)
from .words import ENABLED, EXPORT_STATES, OPERATIONS, STATE_WORDS

# A write that failed is more important than one of the same export that succeeded before it.
_WRITES = (("completed_writes", "changed"), ("skipped_writes", "skipped_writes"), ("failed_writes", "failed"))

_WRITE = record(name=text, schema_id=some_text, action=one_of(*OPERATIONS))
_PROBLEM = record(path=text, message=text)
_SECRET = record(path=text, state=text, reason=text)
_CAUSE = record(
    property=text,
    operation=text,
    time=some_text,
    author=some_text,
    by_this_token=flag,
    source=some_text,
    before=json_like,
    after=json_like,
)
_SLOTS = if_given(record(used=number, free=number, maximum=number))
_TOKEN = if_given(record(missing_scopes=list_of(text), expires=some_text, days_left=number))
_VIOLATION = record(
    policy=text,
    severity=one_of("error", "warning"),
    overridden=flag,
    message=some_text,
    schema_id=some_text,
    scope=some_text,
    object=some_text,
    violated_by=one_of("desired", "current"),
    repaired=flag,
    problems=list_of(_PROBLEM),
    source=some_text,
)
_ITEM: dict[str, Any] = {
    "name": text,
    "operation": one_of("unchanged", "created", "updated", "deleted"),
    "object_id": some_text,
    "changed_properties": list_of(text),
    "secrets": list_of(_SECRET),
    "external_id_state": some_text,
    "notes": list_of(text),
    "unknown_properties": list_of(text),
    "last_author": some_text,
    "changed_by": list_of(_CAUSE),
    "value": mapping,
}
_EXPORT_ITEM = record(**_ITEM, last_modified=number, last_author_is_this_token=flag, ignored_options=list_of(text))
# The items of settings_objects are named for what they have no name for in Dynatrace.
_OBJECT_ITEM = mostly_same(
    ("object_id", "last_modified", "last_author", "last_author_is_this_token"),
    **_ITEM,
    last_modified=number,
    last_author_is_this_token=flag,
    ignored_properties=list_of(text),
)
_DIFF = record(name=text, schema_id=some_text, operation=text, before=mapping, after=mapping)
_UNMANAGED = record(name=url, object_id=some_text)
# Settings of several schemas.
_SCHEMA = record(schema_id=text, objects=list_of(_OBJECT_ITEM), unmanaged_objects=list_of(_UNMANAGED))
_RESULT = record(
    failed=flag,
    unreachable=flag,
    connection_failed=flag,
    changed=flag,
    msg=text,
    hint=some_text,
    status=number,
    problems=list_of(_PROBLEM),
    completed_writes=list_of(_WRITE),
    failed_writes=list_of(_WRITE),
    skipped_writes=list_of(_WRITE),
    exports=list_of(_EXPORT_ITEM),
    objects=list_of(_OBJECT_ITEM),
    diff=list_of(_DIFF),
    schemas=list_of(_SCHEMA),
    unmanaged_objects=list_of(_UNMANAGED),
    slots=_SLOTS,
    plan_digest=some_text,
    notes=list_of(text),
    warnings=list_of(text),
    policy_violations=list_of(_VIOLATION),
    token=_TOKEN,
    elapsed=amount,
)
_EXPORT = mostly_same(
    ("object_id", "last_modified", "last_author"),
    **_ITEM,
    # Of an object of another schema than that of exports, whose name then begins with it.
    schema_id=some_text,
    ignored_options=list_of(text),
    sent_secrets=list_of(text),
    state=one_of(*EXPORT_STATES),
    endpoint=url,
    method=some_text,
    authentication=some_text,
    enabled=some_flag,
    last_modified=some_text,
    changes=list_of(record(path=text, before=json_like, after=json_like)),
)
ABOUT: dict[str, Any] = {
    "host": text,
    "name": some_text,
    "id": some_text,
    "kind": some_text,
    "url": environment_url,
    "group": some_text,
    "read_only": flag,
}
_ABOUT = record(**ABOUT)
# The host variables that provide these properties.
_VARIABLES = {
    "name": "dynatrace_environment_name",
    "id": "dynatrace_environment_id",
    "kind": "dynatrace_environment_kind",
    "url": "dynatrace_environment_url",
    "read_only": "dynatrace_read_only",
}
# The shape of an environment in the JSON report: an earlier report is read through it.
ENVIRONMENT = record(
    **ABOUT,
    state=one_of("not_reached", *STATE_WORDS),
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
    policy_violations=list_of(_VIOLATION),
    token=_TOKEN,
    elapsed=amount,
)


def environment(about: Mapping[str, Any], outcome: object, *, dry: bool, now: datetime) -> dict[str, Any]:
    """The result of one environment.

    :param about: host and, where known, name, id, kind, url and group.
    :param outcome: the result of the module, or its failure; anything else means that there is no result.
    :param dry: the run was in check mode, so what would change is drift.
    """
    about = _ABOUT(about)
    found = dict(ENVIRONMENT({**about, "kind": about["kind"] or kind_of(about["url"])}))
    result = _RESULT(outcome)
    failed = result["failed"] or result["unreachable"]
    if not isinstance(outcome, Mapping) or not (failed or {"exports", "objects", "schemas"} & outcome.keys()):
        return found
    changed_state = "drift" if dry else "changed"
    exports = _exports_of_failure(result) if failed else _exports_of_success(result, changed_state)
    newest = max(exports, key=lambda export: export["last_modified"] or "", default=None)
    changed = result["changed"] and (not dry or not exports or any(one["state"] == changed_state for one in exports))
    state = changed_state if changed else "unchanged"
    if failed:
        state = "unreachable" if result["unreachable"] or result["connection_failed"] else "failed"
    found.update(
        state=state,
        exports=exports,
        errors=[_error(result)] if failed else [],
        last_modified=newest["last_modified"] if newest else None,
        last_author=newest["last_author"] if newest else None,
        drift=state == "drift" or any(one["state"] in ("failed", "skipped_writes") for one in exports),
        token=_token(result["token"], now),
    )
    found["unmanaged"] = [_unmanaged(one, "") for one in result["unmanaged_objects"]]
    for schema in result["schemas"]:
        found["unmanaged"] += [_unmanaged(one, schema["schema_id"]) for one in schema["unmanaged_objects"]]
    for key in ("slots", "plan_digest", "notes", "warnings", "policy_violations", "elapsed"):
        found[key] = result[key]
    return found


def about_host(host: str, read: Callable[[str], object], group_by: str | None) -> dict[str, Any]:
    """What is known of an environment without a result.

    :param read: returns the value of a variable of the host, or ``None``.
    :param group_by: the variable by which the report groups environments.
    """
    variables = {**_VARIABLES, "group": group_by} if group_by else _VARIABLES
    found = {key: read(name) for key, name in variables.items()}
    # Older cores return a template unchanged if its variable is undefined.
    found = {key: None if isinstance(value, str) and "{{" in value else value for key, value in found.items()}
    return {**found, "host": host, "read_only": str(found["read_only"]).lower() in ("true", "yes", "on", "1")}


def kind_of(address: str | None) -> str | None:
    """The kind of an environment by the form of its URL."""
    try:
        parts = urlsplit(address or "")
        host, port = parts.hostname or "", parts.port
    except ValueError:
        return None
    if re.search(r"(^|\.)dynatrace(labs)?\.com$", host):
        return "saas"
    if not re.match(r"/e/[^/]+", parts.path):
        return None
    return "activegate" if port == 9999 else "managed"


def stamp(moment: datetime) -> str:
    """A time in a report: UTC, to the second."""
    return moment.astimezone(timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ")


def _error(result: Mapping[str, Any]) -> dict[str, Any]:
    missing = "The host could not be reached." if result["unreachable"] else "Failed without an error message."
    return {"message": result["msg"] or missing, **{key: result[key] for key in ("hint", "status", "problems")}}


def _exports_of_failure(result: Mapping[str, Any]) -> list[dict[str, Any]]:
    """What is known of exports after a failure in the middle of the writes."""
    found: dict[str, dict[str, Any]] = {}
    for key, state in _WRITES:
        for write in result[key]:
            operation, schema_id = OPERATIONS[write["action"]], write["schema_id"]
            name = _full_name(write["name"], schema_id)
            found[name] = _EXPORT({"name": name, "schema_id": schema_id, "operation": operation, "state": state})
    return list(found.values())


def _exports_of_success(result: Mapping[str, Any], changed_state: str) -> list[dict[str, Any]]:
    """The exports, or objects of another schema, each with its part of the diff."""
    diffs: dict[Any, list[Mapping[str, Any]]] = {}
    for part in result["diff"]:
        diffs.setdefault((part["schema_id"], part["name"], part["operation"]), []).append(part)
    exports = []
    items = [(None, item) for item in [*result["exports"], *result["objects"]]]
    items += [(schema["schema_id"], item) for schema in result["schemas"] for item in schema["objects"]]
    for schema_id, item in items:
        own = diffs.get((schema_id, item["name"], item["operation"]))
        part = own.pop(0) if own else {}
        before, after = part.get("before") or {}, part.get("after") or {}
        changes = _changes(before, after) if item["operation"] == "updated" else []
        drifted, sent = _split_secrets(item, changes)
        state = "unchanged" if item["operation"] == "unchanged" else changed_state
        if (
            changed_state == "drift"
            and item["operation"] == "updated"
            and item["external_id_state"] == "set"
            and not drifted + sent
        ):
            # Adopted unchanged: its settings match the declaration, so a run only stores its name.
            state = "unchanged"
        value = item["value"] or {key: child for key, child in before.items() if key != "name"} or None
        export = {
            **item,
            **_essentials(value),
            "state": state,
            "value": value,
            "changed_properties": drifted,
            "sent_secrets": sent,
            "ignored_options": item.get("ignored_options") or item.get("ignored_properties"),
            "last_modified": _time(item["last_modified"]),
            "last_author": "this token" if item["last_author_is_this_token"] else item["last_author"],
            "changes": changes,
        }
        name = _full_name(item["name"] or item["object_id"] or "unnamed", schema_id)
        exports.append(_EXPORT({**export, "name": name, "schema_id": schema_id}))
    return exports


def _full_name(name: str, schema_id: str | None) -> str:
    """The name of an object among those of several schemas."""
    return f"{schema_id} {name}" if schema_id else name


def _unmanaged(one: Mapping[str, Any], schema_id: str) -> str:
    return _full_name(one["name"] or one["object_id"] or "unnamed", schema_id)


def _split_secrets(item: Mapping[str, Any], changes: list[dict[str, Any]]) -> tuple[list[str], list[str]]:
    """The paths of what differs, and those of stored secrets that are only sent with it."""
    stored = {change["path"] for change in changes if change["before"] is not None}
    states = {secret["path"]: secret["state"] for secret in item["secrets"]}
    sent = [path for path, state in states.items() if state == "set" and path in stored]
    rotated = [path for path, state in states.items() if state == "rotated" and path not in item["changed_properties"]]
    drifted = [path for path in item["changed_properties"] if path not in sent]
    return sorted([*drifted, *rotated], key=lambda path: (path != ENABLED, path in states)), sent


def _essentials(value: Mapping[str, Any] | None) -> dict[str, Any]:
    """What one wants to see of an export first; nothing for an object of another schema."""
    endpoint = (value or {}).get("endpoint_definition")
    if value is None or not isinstance(endpoint, Mapping):
        return {}
    authentication = value.get("authentication")
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
