# Copyright (c) 2026, community.dynatrace contributors
# SPDX-License-Identifier: BSD-2-Clause

"""What reads and writes objects, as the engine sees it: a client of the Settings API, or anything like it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from .access import AccessClient
from .errors import NotFound, SettingsError
from .matching import FIELDS, Existing
from .paging import LIMIT


@dataclass(frozen=True)
class Target:
    """Which objects, and how they are read and written.

    :param scope: empty for those of all scopes, each of which is made from the value of the object.
    :param batch: how many objects one request creates at most.
    :param limit: how many objects are read at most.
    :param at_once: how many writes that do not depend on each other are sent at the same time.
    """

    schema_id: str
    scope: str = "environment"
    fields: tuple[str, ...] = FIELDS
    batch: int = 1
    limit: int = LIMIT
    at_once: int = 1


class Answer(Protocol):
    """The answer to a write."""

    @property
    def object_id(self) -> str | None:
        """The object that was written; None where the answer does not name it."""


class Writer(AccessClient, Protocol):
    """The part of the client that writes."""

    def create_object(self, item: Mapping[str, Any], *, validate_only: bool = False) -> Answer:
        """POST of one object."""

    def create_objects(
        self, items: Sequence[Mapping[str, Any]], *, validate_only: bool = False
    ) -> Sequence[Answer | SettingsError]:
        """POST of several objects: an answer or a refusal for each."""

    def update_object(self, object_id: str, body: Mapping[str, Any], *, validate_only: bool = False) -> Answer:
        """PUT."""

    def delete_object(self, object_id: str, *, update_token: str | None) -> None:
        """DELETE."""


class Reader(Protocol):
    """The part of the client that reads."""

    def list_objects(
        self, schema_id: str, *, scope: str, fields: Sequence[str], external_ids: Sequence[str] = (), limit: int = LIMIT
    ) -> Sequence[dict[str, Any]]:
        """All objects of a schema in a scope, or those with one of these external IDs."""

    def get_object(self, object_id: str) -> dict[str, Any]:
        """One object."""


class Backend(Reader, Writer, Protocol):
    """Both."""


def read(client: Reader, target: Target) -> list[Existing]:
    """The existing objects, in the order of the environment."""
    items = client.list_objects(target.schema_id, scope=target.scope, fields=target.fields, limit=target.limit)
    return [Existing.from_item(item) for item in items]


def is_there(client: Reader, object_id: str) -> bool:
    """Whether an object is there, whatever lists say."""
    try:
        client.get_object(object_id)
    except NotFound:
        return False
    return True
