# Copyright (c) 2026, community.dynatrace contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Who may see and change an object of a schema with owner-based access control.

An object that was created with an access token has no owner and is public. One that was created with platform
credentials belongs to the user behind them and is private, until others get permissions. Whether access tokens see
private objects is not documented; they do not.
"""

from __future__ import annotations

from dataclasses import dataclass

from .errors import ApiError, not_found
from .state import ALL_USERS, StoredObject

READ_PERMISSION, WRITE_PERMISSION = "r", "w"


@dataclass(frozen=True)
class Viewer:
    """The user that a request acts as.

    :param user: the id of the user behind the token; None for an access token.
    :param groups: the ids of the groups of this user.
    :param admin: the request may act as the owner of every object.
    """

    user: str | None = None
    admin: bool = False
    groups: tuple[str, ...] = ()

    @classmethod
    def everything(cls) -> Viewer:
        """The simulator itself, for work by hand."""
        return cls(admin=True)

    def may_read(self, item: StoredObject) -> bool:
        """Whether the object exists for this viewer."""
        return self._has(item, READ_PERMISSION)

    def may_write(self, item: StoredObject) -> bool:
        """Whether this viewer may change the object, its permissions included."""
        return self._has(item, WRITE_PERMISSION)

    def owns(self, item: StoredObject) -> bool:
        """Whether this viewer may transfer the object."""
        return self.admin or (self.user is not None and self.user == item.owner)

    def check_write(self, item: StoredObject) -> None:
        """:raises ApiError: the object may only be read, or not even that."""
        if not self.may_read(item):
            raise not_found()
        if not self.may_write(item):
            raise ApiError(403, "Access denied")

    def _has(self, item: StoredObject, permission: str) -> bool:
        if item.owner is None or self.owns(item):
            return True
        granted = set(item.permissions.get(ALL_USERS, ()))
        if self.user is not None:
            for accessor in (f"user/{self.user}", *(f"group/{group}" for group in self.groups)):
                granted |= set(item.permissions.get(accessor, ()))
        return permission in granted
