# Copyright (c) 2026, community.dynatrace contributors
# SPDX-License-Identifier: BSD-2-Clause

"""From steps to requests: which ones go together, and how one is sent.

New objects go together in one POST. Other writes have a request each: PUT and DELETE are about one object, and a POST
that names existing objects takes no update tokens (settings-api 3.4 to 3.7), so it would overwrite manual edits.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from typing import Any

from . import access
from .backend import Answer, Target, Writer
from .errors import AnswerLost, SettingsError
from .plan_types import ACCESS_ACTIONS, Step

# Size of one request. The limit of the API is 1 MB (settings-api 3.11).
MAX_BYTES = 800_000

Answers = Sequence["Answer | SettingsError | None"]


def send(writer: Writer, steps: Sequence[Step], target: Target, *, validate_only: bool = False) -> Answers:
    """Send one request, and return an error for each step that failed."""
    try:
        if len(steps) > 1:
            return writer.create_objects([_post(step, target) for step in steps], validate_only=validate_only)
        return [_send_one(writer, steps[0], target, validate_only=validate_only)]
    except SettingsError as error:
        return [error] * len(steps)


def _send_one(writer: Writer, step: Step, target: Target, *, validate_only: bool) -> Answer | None:
    if step.action == "delete":
        writer.delete_object(step.object_id or "", update_token=step.update_token)
        return None
    if step.action == "update":
        body = {"value": step.value, "updateToken": step.update_token, "insertAfter": step.insert_after}
        return writer.update_object(step.object_id or "", body, validate_only=validate_only)
    if step.action in ACCESS_ACTIONS:
        _send_access(writer, step)
        return None
    return writer.create_object(_post(step, target), validate_only=validate_only)


def _send_access(writer: Writer, step: Step) -> None:
    if step.object_id is None:
        raise AnswerLost("the ID of the new object is not known.")
    if step.action == "set_permissions":
        access.write_levels(writer, step.object_id, step.permissions)
    else:
        access.transfer(writer, step.object_id, step.owner, is_new=step.is_new)


def _post(step: Step, target: Target) -> dict[str, Any]:
    item = {
        "schemaId": target.schema_id,
        "scope": target.scope or None,
        "value": step.value,
        "externalId": step.external_id,
    }
    if step.action in ("set_external_id", "replace"):
        item["objectId"] = step.object_id
    return {**item, "insertAfter": step.insert_after}


def requests_of(steps: Sequence[Step], batch: int) -> Iterator[Sequence[Step]]:
    """Group the steps by request, in the order of the plan. New objects are created together."""
    together: list[Step] = []
    size = 0
    for step in steps:
        length = len(json.dumps(step.value)) if batch > 1 and step.action == "create" else 0
        joins = bool(together) and step.action == together[0].action == "create"
        if not joins or len(together) >= batch or size + length > MAX_BYTES:
            if together:
                yield together
            together, size = [], 0
        together.append(step)
        size += length
    if together:
        yield together


def groups_of(steps: Sequence[Step], target: Target) -> Iterator[Sequence[Sequence[Step]]]:
    """Yield the requests, those that can be sent at the same time together, in the order of the plan."""
    group: list[Sequence[Step]] = []
    for request in requests_of(steps, target.batch):
        joins = group and target.at_once > 1 and request[0].independent is not None
        if group and not (joins and request[0].independent == group[0][0].independent):
            yield group
            group = []
        group.append(request)
    if group:
        yield group
