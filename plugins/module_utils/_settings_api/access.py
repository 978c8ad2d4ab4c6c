# Copyright (c) 2026, community.dynatrace contributors
# SPDX-License-Identifier: BSD-2-Clause

"""Owners and permissions of objects of schemas with owner-based access control (settings-api 3.12).

An accessor is ``all-users``, ``user/<id>`` or ``group/<id>``. The owner of an object has every permission without being
among its accessors.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal, Protocol, cast
from urllib.parse import quote

from . import response_form
from .errors import NotFound, SettingsError

Level = Literal["none", "read", "write"]
Levels = Mapping[str, Level]

LEVELS: tuple[Level, ...] = ("none", "read", "write")
ALL_USERS = "all-users"
USER, GROUP = "user", "group"
PERMISSIONS, OWNER = "(permissions)", "(owner)"
_GRANTED: dict[Level, list[str]] = {"read": ["r"], "write": ["r", "w"]}
# Answers of environments that do not provide permissions.
_MISSING = (404, 405, 501)


class AccessClient(Protocol):
    """The part of the client that reads and writes permissions and owners."""

    def get_object(self, object_id: str) -> dict[str, Any]:
        """One object."""

    def user_id(self) -> str | None:
        """The ID of the user behind the credentials, if it is known."""

    def object_request(self, method: str, object_id: str, what: str, body: Any = None) -> Any:
        """A request about an object."""


@dataclass(frozen=True)
class DeclaredAccess:
    """What is declared for an object.

    :param levels: of each accessor that is declared.
    :param complete: the kinds of accessors of which those that are not declared lose their permissions.
    :param owner: the ID of the user, if declared.
    """

    levels: Levels = field(default_factory=dict)
    complete: frozenset[str] = frozenset()
    owner: str | None = None

    @property
    def has_permissions(self) -> bool:
        """Whether permissions are declared, and not only an owner."""
        return bool(self.levels or self.complete)

    def desired(self, current: Levels) -> dict[str, Level]:
        """The level of every accessor, of those that are not declared too."""
        kept = {one: level for one, level in current.items() if one.partition("/")[0] not in self.complete}
        known = {one.lower(): one for one in current}
        declared = {known.get(one.lower(), one): level for one, level in self.levels.items()}
        return {one: level for one, level in {**kept, **declared}.items() if level != "none"}


@dataclass(frozen=True)
class AccessChange:
    """One accessor whose permissions change, which is one request."""

    accessor: str
    before: Level
    after: Level


@dataclass(frozen=True)
class ItemAccess:
    """The permissions and the owner of an object, before and after.

    :param owner_after: the new owner, if it changes.
    """

    declares_permissions: bool
    declares_owner: bool
    levels_before: Levels
    levels_after: Levels
    owner_before: str | None
    owner_after: str | None
    is_new: bool

    @property
    def changed(self) -> tuple[str, ...]:
        """What changes, in parentheses: a schema can have properties with these names."""
        permissions = (PERMISSIONS,) if self.levels_before != self.levels_after else ()
        return (*permissions, *((OWNER,) if self.owner_after is not None else ()))

    def before(self) -> dict[str, Any]:
        """What a diff shows of them before."""
        owner = {OWNER: self.owner_before} if self.owner_after is not None and not self.is_new else {}
        return {**({PERMISSIONS: shown(self.levels_before)} if self.declares_permissions else {}), **owner}

    def after(self) -> dict[str, Any]:
        """What a diff shows of them after."""
        owner = {OWNER: self.owner_after} if self.owner_after is not None else {}
        return {**({PERMISSIONS: shown(self.levels_after)} if self.declares_permissions else {}), **owner}


def changes(before: Levels, after: Levels) -> tuple[AccessChange, ...]:
    """The differences. More permissions come before fewer, so that no run takes from itself what it still needs."""
    found = [
        AccessChange(one, before.get(one, "none"), after.get(one, "none")) for one in dict.fromkeys([*after, *before])
    ]
    changed = [one for one in found if one.before != one.after]
    return tuple(sorted(changed, key=lambda one: LEVELS.index(one.after), reverse=True))


def shown(levels: Levels) -> dict[str, Any]:
    """Levels in the form in which they are declared."""
    found: dict[str, Any] = {"all_users": levels.get(ALL_USERS, "none")}
    for option, kind in (("users", USER), ("groups", GROUP)):
        found[option] = [
            {"id": one.partition("/")[2], "access": levels[one]} for one in sorted(levels) if one.startswith(f"{kind}/")
        ]
    return found


def read_levels(client: AccessClient, object_id: str) -> dict[str, Level]:
    """The permissions of an object. One request.

    :raises NotFound: there is no such object.
    :raises SettingsError: the environment does not provide permissions.
    """
    try:
        body = client.object_request("GET", object_id, "/permissions")
    except SettingsError as error:
        if error.details.get("status") not in _MISSING:
            raise
        if isinstance(error, NotFound):
            client.get_object(object_id)
        raise SettingsError("The environment does not provide the permissions of objects.") from None
    return {accessor: _level(granted) for accessor, granted in response_form.accessors(body)}


def _level(granted: list[str]) -> Level:
    return "write" if "w" in granted else "read" if "r" in granted else "none"


def write_levels(client: AccessClient, object_id: str, changed: tuple[AccessChange, ...]) -> None:
    """Change permissions. One request each."""
    for one in changed:
        kind, _slash, accessor_id = one.accessor.partition("/")
        path = f"/permissions/{kind}" + (f"/{quote(accessor_id, safe='')}" if accessor_id else "")
        if one.after == "none":
            client.object_request("DELETE", object_id, path)
        elif one.before == "none":
            accessor = {"type": kind, **({"id": accessor_id} if accessor_id else {})}
            body = {"accessor": accessor, "permissions": _GRANTED[one.after]}
            client.object_request("POST", object_id, "/permissions", body)
        else:
            client.object_request("PUT", object_id, path, {"permissions": _GRANTED[one.after]})


def transfer(client: AccessClient, object_id: str, owner: str, *, is_new: bool) -> None:
    """Give an object to another user.

    :param is_new: whether its owner is not known, because it was created just now.
    """
    if is_new and owner_of(client.get_object(object_id)) == owner:
        return
    client.object_request("POST", object_id, ":transfer-ownership", {"newOwner": {"type": USER, "id": owner}})


def owner_of(item: Mapping[str, Any]) -> str | None:
    """The ID of the user that owns an object, as the API returned it."""
    return user_id(item.get("owner"))


def user_id(owner: Any) -> str | None:
    """The ID of an owner in the form of the API."""
    found = owner.get("id") if isinstance(owner, Mapping) else None
    return found if isinstance(found, str) and found else None


def read_declared(options: Mapping[str, Any]) -> DeclaredAccess | None:
    """What the options of an object declare, ``None`` for nothing."""
    given = options.get("permissions")
    permissions = given if isinstance(given, Mapping) else {}
    levels: dict[str, Level] = {}
    if permissions.get("all_users") is not None:
        levels[ALL_USERS] = permissions["all_users"]
    complete = []
    for option, kind in (("users", USER), ("groups", GROUP)):
        if permissions.get(option) is None:
            continue
        complete.append(kind)
        for one in permissions[option]:
            levels[f"{kind}/{one['id']}"] = cast("Level", one["access"])
    owner = options.get("owner")
    found = DeclaredAccess(levels, frozenset(complete), owner)
    return found if owner is not None or found.has_permissions else None
