# Copyright (c) 2026, community.dynatrace contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""A settings store in forty lines, for tests of the plan: applies writes as the documentation says, and counts them."""

from __future__ import annotations

import copy
import itertools
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from ansible_collections.community.dynatrace.plugins.module_utils._settings_api.errors import (
    Conflict,
    NotFound,
    SettingsError,
)
from ansible_collections.community.dynatrace.plugins.module_utils._settings_api.matching import Existing

MASK = "\u2217mask\u2217"
SECRETS = (("authentication", "basicAuth", "password"), ("authentication", "oAuth2", "clientSecret"))


@dataclass
class Answer:
    """The answer to a write."""

    object_id: str | None


class ModelServer:
    """Objects of one environment. ``before_write`` may change them or raise, as another client or a bad line would."""

    def __init__(self, objects: Mapping[str, Mapping[str, Any]] | None = None) -> None:
        self.objects: dict[str, dict[str, Any]] = {key: dict(item) for key, item in (objects or {}).items()}
        self.writes: list[str] = []
        # External IDs are cut to so many letters, also when a POST looks for one.
        self.cut: int | None = None
        self.before_write: Callable[[ModelServer, str], None] = lambda _server, _action: None
        self.after_write: Callable[[ModelServer, str], None] = lambda _server, _action: None
        # External IDs are not returned, but found; and those that were looked for.
        self.hides = False
        self.asked: list[list[str]] = []
        self._numbers = itertools.count(1)

    def seed(self, value: dict[str, Any], external_id: str | None = None) -> str:
        """Put an object there as someone else would."""
        object_id = f"object-{next(self._numbers)}"
        self.objects[object_id] = {"value": copy.deepcopy(value), "externalId": external_id, "token": object_id}
        return object_id

    def list(self) -> list[Existing]:
        """What a client reads: secrets masked."""
        result = []
        for object_id, item in self.objects.items():
            value = copy.deepcopy(item["value"])
            for parent, key in ((_dig(value, path), path[-1]) for path in SECRETS):
                if parent.get(key):
                    parent[key] = MASK
            result.append(Existing(object_id, value, item["token"], None if self.hides else item["externalId"]))
        return result

    def list_objects(
        self, schema_id: str, *, scope: str, fields: Sequence[str], external_ids: Sequence[str] = (), limit: int = 100
    ) -> Sequence[dict[str, Any]]:
        """GET."""
        if external_ids:
            self.asked.append([*external_ids])
        return [
            {
                "objectId": one.object_id,
                "value": one.value,
                "updateToken": one.update_token,
                "externalId": one.external_id,
            }
            for one in self.list()
            if not external_ids or self.objects[one.object_id]["externalId"] in external_ids
        ]

    def get_object(self, object_id: str) -> dict[str, Any]:
        """GET of one."""
        if object_id not in self.objects:
            raise NotFound("Settings not found", status=404)
        return self.objects[object_id]

    def create_objects(self, items: Sequence[Mapping[str, Any]], *, validate_only: bool = False) -> Sequence[Answer]:
        """POST of several."""
        return [self.create_object(item, validate_only=validate_only) for item in items]

    def create_object(self, item: Mapping[str, Any], *, validate_only: bool = False) -> Answer:
        """POST: replaces by ``objectId``, else by ``externalId``, else creates. A mask becomes the secret."""
        self.before_write(self, "create")
        item = {**item, "externalId": (item.get("externalId") or "")[: self.cut] or None}
        object_id = item.get("objectId")
        for known, have in self.objects.items():
            if have["externalId"] == item["externalId"] and item["externalId"]:
                object_id = object_id or known
        if object_id is None:
            if len(self.objects) >= 3:
                raise Conflict("full", status=409)
            object_id = f"object-{next(self._numbers)}"
        self._store(object_id, item["value"], item["externalId"], "create")
        return Answer(object_id)

    def update_object(self, object_id: str, body: Mapping[str, Any], *, validate_only: bool = False) -> Answer:
        """PUT: guarded by the token; a mask keeps the secret."""
        self.before_write(self, "update")
        have = self.objects.get(object_id)
        if have is None or have["token"] != body["updateToken"]:
            raise Conflict("outdated", status=409)
        value = copy.deepcopy(body["value"])
        for path in SECRETS:
            if _dig(value, path).get(path[-1]) == MASK:
                _dig(value, path)[path[-1]] = _dig(have["value"], path)[path[-1]]
        self._store(object_id, value, have["externalId"], "update")
        return Answer(object_id)

    def delete_object(self, object_id: str, *, update_token: str | None) -> None:
        """DELETE: guarded by the token."""
        self.before_write(self, "delete")
        if object_id not in self.objects or self.objects[object_id]["token"] != update_token:
            raise Conflict("outdated", status=409)
        del self.objects[object_id]
        self.writes.append("delete")
        self.after_write(self, "delete")

    def user_id(self) -> str | None:
        """Access tokens have none."""
        return None

    def object_request(self, method: str, object_id: str, what: str, body: Any = None) -> Any:
        """A request about permissions or the owner: there are none."""
        raise AssertionError((method, object_id, what, body))

    def touch(self, object_id: str) -> None:
        """Someone saves the object without a change."""
        self.objects[object_id]["token"] += "'"

    def _store(self, object_id: str, value: Mapping[str, Any], external_id: str | None, action: str) -> None:
        for path in SECRETS:
            if _dig(value, path).get(path[-1]) == MASK:
                raise SettingsError("a mask was stored as the secret")
        token = f"{object_id}-{len(self.writes)}"
        self.objects[object_id] = {"value": copy.deepcopy(dict(value)), "externalId": external_id, "token": token}
        self.writes.append(action)
        self.after_write(self, action)


def _dig(value: Mapping[str, Any], path: tuple[str, ...]) -> dict[str, Any]:
    node: Any = value
    for part in path[:-1]:
        node = node.get(part) or {}
    assert isinstance(node, dict)
    return node
