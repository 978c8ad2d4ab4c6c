# Copyright (c) 2026, community.dynatrace contributors
# SPDX-License-Identifier: BSD-2-Clause

"""What a plan is made of: writes, and what becomes of each object."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

from .external_id_policy import LabelState
from .property_path import Path
from .secrets import SecretReport

Action = Literal["update", "label", "create", "delete"]
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
    keeps_secrets: bool = False
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
    called: str = ""
    before: dict[str, Any] | None = None
    after: dict[str, Any] | None = None
    unknown: tuple[Path, ...] = ()
    ignored: tuple[Path, ...] = ()
    other: str = ""
    modified: int | None = None
    author: str | None = None
    # In an ordered schema: where it moves, in words.
    moved: str = ""

    @property
    def key(self) -> str:
        """Tells an item from all others of a plan, and stays the same when the plan is made afresh."""
        return self.where or self.object_id or self.name
