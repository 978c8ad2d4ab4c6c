# Copyright (c) 2026, community.dynatrace contributors
# SPDX-License-Identifier: BSD-2-Clause

"""A plan and what it is made of: writes, and what becomes of each object."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from .external_id_policy import LabelState
from .matching import Describe, Existing, Identity
from .property_path import Path
from .schema import Schema
from .secrets import SecretReport

# ``replace``: a new object in the slot of one that goes, value and external ID in one request.
Action = Literal["update", "set_external_id", "replace", "create", "delete"]


@dataclass(frozen=True)
class OptionNames:
    """An action in words."""

    verb: str
    doing: str
    done: str


ACTIONS: dict[Action, OptionNames] = {
    "create": OptionNames("create", "Creating", "created"),
    "update": OptionNames("update", "Updating", "updated"),
    "replace": OptionNames("write", "Writing", "written"),
    "set_external_id": OptionNames("set the external ID of", "Setting the external ID of", "given its external ID"),
    "delete": OptionNames("delete", "Deleting", "deleted"),
}
Operation = Literal["created", "updated", "deleted", "unchanged"]


@dataclass(frozen=True)
class Step:
    """One write request."""

    action: Action
    name: str
    where: str = ""
    object_id: str | None = None
    update_token: str | None = None
    value: dict[str, Any] | None = None
    external_id: str | None = None
    # The secrets whose masks are sent back.
    masked: tuple[Path, ...] = ()
    # Where it goes in an ordered schema: behind this object, first if empty, where it is (or last) if None.
    insert_after: str | None = None

    @property
    def key(self) -> str:
        """The same for all steps of one item, and for the item."""
        return self.where or self.object_id or self.name


@dataclass(frozen=True)
class Item:
    """What becomes of one object. Values hold placeholders where secrets are."""

    name: str
    operation: Operation
    where: str = ""
    object_id: str | None = None
    changed: tuple[Path, ...] = ()
    secrets: tuple[SecretReport, ...] = ()
    label: LabelState = "none"
    label_reason: str = ""
    # The name that the label had before, empty for an object without a label of ours.
    previous_name: str = ""
    before: dict[str, Any] | None = None
    after: dict[str, Any] | None = None
    unknown: tuple[Path, ...] = ()
    ignored: tuple[Path, ...] = ()
    note: str = ""
    modified: int | None = None
    author: str | None = None
    # In an ordered schema: where it moves, in words.
    moved: str = ""

    @property
    def key(self) -> str:
        """Tells an item from all others of a plan, and stays the same when the plan is made afresh."""
        return self.where or self.object_id or self.name


@dataclass(frozen=True)
class Plan:
    """All items, declared ones first in their order, and the writes in the order in which they are sent."""

    items: tuple[Item, ...]
    steps: tuple[Step, ...]
    unmanaged: tuple[Existing, ...]
    used: int
    maximum: int | None
    # Objects that are not managed here and match a declared one, in sentences.
    doubles: tuple[str, ...] = ()

    @property
    def changed(self) -> bool:
        """Whether anything is written."""
        return bool(self.steps)


@dataclass(frozen=True)
class Domain:
    """What the engine must be told about one schema."""

    schema: Schema
    identity: Identity
    describe: Describe
    # A name for each object: its label's, or for an unlabelled one something short that tells it from the others.
    names: Callable[[Sequence[Existing]], Sequence[str]]
    # An option path as the user wrote it, from where the object was declared and a property path.
    format_path: Callable[[str, Path], str]
    # Whether two values of a property mean the same (an id in two forms).
    equivalent: Callable[[Path, Any, Any], bool] = lambda _path, _one, _other: False
    # The words of the user: what one object is called, and what finds it where there is no label.
    object_name: str = "object"
    found_by: str = "their properties"

    # Whether objects of all scopes are managed together, because the schema makes the scope of each from its value.
    all_scopes: bool = False

    @property
    def matching_by(self) -> str:
        """How objects are found without labels."""
        return f"so {self.object_name}s are found by {self.found_by}"
