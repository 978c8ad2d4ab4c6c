# Copyright (c) 2026, community.dynatrace contributors
# SPDX-License-Identifier: BSD-2-Clause

"""The options for owners and permissions of objects, and what is wrong with them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from .._settings_api.access import read_declared, read_levels, shown
from .._settings_api.errors import Problem
from .._settings_api.parallel import map_reads
from .._settings_api.schema import Schema

if TYPE_CHECKING:
    from .._settings_api.client import SettingsClient
    from .declaration import DeclaredObject

_ACCESSOR = {"id": {"type": "str"}, "access": {"type": "str", "choices": ["read", "write"]}}
ACCESS_OPTIONS: dict[str, dict[str, Any]] = {
    "permissions": {
        "type": "dict",
        "options": {
            "all_users": {"type": "str", "choices": ["none", "read", "write"]},
            "users": {"type": "list", "elements": "dict", "options": _ACCESSOR},
            "groups": {"type": "list", "elements": "dict", "options": _ACCESSOR},
        },
    },
    "owner": {"type": "str"},
}
OWNER_FIELD = "owner"


def access_problems(one: Mapping[str, Any], at: str, *, absent: bool) -> Iterator[Problem]:
    """What is wrong with these options of an object, whatever the schema says.

    :param at: the path of the object.
    """
    for name in _given(one):
        if absent:
            yield Problem("only_present", f"{at}.{name}")
    if one.get("owner") is not None and not one["owner"]:
        yield Problem("empty", f"{at}.owner")
    permissions = one.get("permissions")
    for option in ("users", "groups"):
        listed = permissions.get(option) if isinstance(permissions, Mapping) else None
        seen: dict[str, str] = {}
        for number, accessor in enumerate(listed if isinstance(listed, list) else ()):
            place = f"{at}.permissions.{option}[{number}]"
            if not isinstance(accessor, Mapping):
                yield Problem("type", place, {"expected": "options"})
                continue
            for name in ("id", "access"):
                if not accessor.get(name):
                    yield Problem("required", f"{place}.{name}")
            # An ID is a UUID, whose case does not matter.
            key = str(accessor.get("id") or "").lower()
            if key and key in seen:
                yield Problem("same_accessor", f"{place}.id", {"other": seen[key]})
            seen.setdefault(key, place)


def schema_problems(one: Mapping[str, Any], at: str, schema: Schema) -> Iterator[Problem]:
    """The options that have no meaning for objects of the schema."""
    for name in () if schema.owner_based else _given(one):
        yield Problem("no_permissions", f"{at}.{name}", {"schema": schema.schema_id})


def credential_problems(
    client: SettingsClient, objects: Sequence[DeclaredObject], params: Mapping[str, Any]
) -> list[Problem]:
    """The options that have no effect with an access token."""
    problems = [Problem("no_admin_access", "admin_access")] if params.get("admin_access") else []
    for one in objects:
        problems += [Problem("access_token_permissions", f"{one.where}.{name}") for name in _given(one.options)]
    return [] if not problems or client.connection.credentials.PLATFORM else problems


def declares_access(objects: Sequence[DeclaredObject]) -> bool:
    """Whether an object declares permissions or an owner."""
    return any(not one.absent and read_declared(one.options) is not None for one in objects)


def _given(one: Mapping[str, Any]) -> list[str]:
    return [name for name in ACCESS_OPTIONS if one.get(name) is not None]


def read_all_permissions(client: SettingsClient, object_ids: Sequence[str]) -> list[dict[str, Any]]:
    """The permissions of objects, in the form in which they are declared. One request each."""

    def read(own: SettingsClient, object_id: str) -> dict[str, Any]:
        return shown(read_levels(own, object_id))

    return map_reads(client, read, object_ids)
