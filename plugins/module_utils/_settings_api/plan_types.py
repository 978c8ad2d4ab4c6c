# Copyright (c) 2026, community.dynatrace contributors
# SPDX-License-Identifier: BSD-2-Clause

"""The plan and its parts: writes, and the outcome for each object."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from .access import AccessChange, ItemAccess
from .external_id_policy import ExternalIdState
from .matching import Describe, Existing, Identity
from .memo import Memo
from .property_path import Path
from .schema import Schema
from .secrets import SecretReport

# ``replace``: a new object takes the slot of a deleted one, with value and external ID in one request.
Action = Literal["update", "set_external_id", "replace", "create", "delete", "set_permissions", "transfer_ownership"]


@dataclass(frozen=True)
class ActionWords:
    """Describe an action."""

    verb: str
    doing: str
    done: str


ACTIONS: dict[Action, ActionWords] = {
    "create": ActionWords("create", "Creating", "created"),
    "update": ActionWords("update", "Updating", "updated"),
    "replace": ActionWords("write", "Writing", "written"),
    "set_external_id": ActionWords("set the external ID of", "Setting the external ID of", "given its external ID"),
    "delete": ActionWords("delete", "Deleting", "deleted"),
    "set_permissions": ActionWords("set the permissions of", "Setting the permissions of", "given its permissions"),
    "transfer_ownership": ActionWords("transfer the ownership of", "Transferring", "given its owner"),
}
ACCESS_ACTIONS: tuple[Action, ...] = ("set_permissions", "transfer_ownership")
Operation = Literal["created", "updated", "deleted", "unchanged"]


@dataclass(frozen=True)
class Step:
    """One write request, or one for each accessor whose permissions change."""

    action: Action
    name: str
    where: str = ""
    object_id: str | None = None
    update_token: str | None = None
    value: dict[str, Any] | None = None
    external_id: str | None = None
    # Secrets whose masks are sent back.
    masked: tuple[Path, ...] = ()
    # Position in an ordered schema: after this object, first if empty, unchanged (or last) if None.
    insert_after: str | None = None
    permissions: tuple[AccessChange, ...] = ()
    owner: str = ""
    # Whether the owner of the object is not known, because this run creates it.
    is_new: bool = False
    # Consecutive writes with the same number do not depend on each other; those without one do.
    independent: int | None = None

    @property
    def key(self) -> str:
        """A key that all steps of an item share with it."""
        return self.where or self.object_id or self.name


@dataclass(frozen=True)
class Item:
    """The outcome for one object. Values contain placeholders instead of secrets."""

    name: str
    operation: Operation
    where: str = ""
    object_id: str | None = None
    changed: tuple[Path, ...] = ()
    secrets: tuple[SecretReport, ...] = ()
    external_id_state: ExternalIdState = "none"
    external_id_reason: str = ""
    # The previous name in the external ID, empty for an object without one.
    previous_name: str = ""
    before: dict[str, Any] | None = None
    after: dict[str, Any] | None = None
    unknown: tuple[Path, ...] = ()
    ignored: tuple[Path, ...] = ()
    note: str = ""
    modified: int | None = None
    author: str | None = None
    # In an ordered schema, a description of its new position.
    moved: str = ""
    # Permissions and owner, if they are declared.
    access: ItemAccess | None = None

    @property
    def key(self) -> str:
        """A unique key of the item in a plan. It is the same in a new plan."""
        return self.where or self.object_id or self.name


@dataclass(frozen=True)
class Plan:
    """All items, beginning with the declared ones in their order, and the writes in the order of the requests."""

    items: tuple[Item, ...]
    steps: tuple[Step, ...]
    unmanaged: tuple[Existing, ...]
    used: int
    maximum: int | None
    # Messages about unmanaged objects that match a declared one, and about permissions without effect.
    warnings: tuple[str, ...] = ()

    @property
    def changed(self) -> bool:
        """Whether the plan contains writes."""
        return bool(self.steps)


def writes_of(steps: tuple[Step, ...]) -> tuple[Step, ...]:
    """Return the steps of a plan without the deletions at its end."""
    count = len(steps)
    while count and steps[count - 1].action == "delete":
        count -= 1
    return steps[:count]


@dataclass(frozen=True)
class Domain:
    """What the engine needs to know about a schema."""

    schema: Schema
    identity: Identity
    # Describes an object, without its ID.
    title: Describe
    # A name for each object: that of its external ID, or a short description.
    names: Callable[[Sequence[Existing]], Sequence[str]]
    # Formats the option path of a property from the path of the declaration and the property path.
    format_path: Callable[[str, Path], str]
    # Whether two values of a property are equivalent (such as two forms of an ID).
    equivalent: Callable[[Path, Any, Any], bool] = lambda _path, _one, _other: False
    # Terms in messages: the name of an object, and what identifies it without an external ID.
    object_name: str = "object"
    found_by: str = "their properties"

    # Whether the order of the objects of an ordered schema is left unchanged.
    any_order: bool = False
    # Whether objects of all scopes are managed together, because the environment derives the scope from the value.
    all_scopes: bool = False
    # Keeps plans of objects that are as declared. Set if the functions above are the same in all environments.
    memo: Memo | None = None

    def describe(self, existing: Existing) -> str:
        """Describe an object for the user who has to find it."""
        return f"{self.title(existing)} (object {existing.object_id})"

    @property
    def matching_by(self) -> str:
        """Describes how objects are matched without external IDs."""
        return f"so {self.object_name}s are matched by {self.found_by}"
