# Copyright (c) 2026, community.dynatrace contributors
# SPDX-License-Identifier: BSD-2-Clause

"""The history of settings: who changed which object, when, and through what. Facts: settings-api 3.12.

Whether the API masks secrets in a history is not documented, so every secret is replaced here, whatever came. The same
holds for properties that the schema does not define: an older version of it may have defined them as secrets.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta, timezone
from typing import Any, Protocol

from .access import user_id
from .errors import ApiError, NotFound, Problem, SchemaUnknown, SettingsError, UnexpectedAnswer
from .paging import Page
from .property_path import Path
from .schema import Schema
from .secrets import STORED

FIELDS = (
    "revision",
    "objectId",
    "type",
    "schemaVersion",
    "modificationInfo",
    "source",
    "jsonBefore",
    "jsonAfter",
)
# Of schemas whose objects have owners.
_OWNER_FIELDS = ("ownerBefore", "ownerAfter")
OPERATIONS = {
    "CREATE": "created",
    "UPDATE": "updated",
    "DELETE": "deleted",
    "REORDER": "moved",
    "NO_CHANGE": "unchanged",
}
# In place of the value of a property that the schema does not define.
UNDEFINED = "(not shown)"
LONGEST = timedelta(days=365)
DEFAULT_START = "2w"
MOST = 10000
MOST_PAGES = 200
_PAGE_SIZE = 500
_RELATIVE = re.compile(r"-?\s*(\d{1,9})\s*([smhdw])(?: ago)?")
_UNITS = {"s": "seconds", "m": "minutes", "h": "hours", "d": "days", "w": "weeks"}
_TIME = "modificationInfo.lastModifiedTime"
_OLDEST = datetime(2000, 1, 1, tzinfo=timezone.utc)


class HistoryMissing(SettingsError):
    """The environment does not provide the history of settings."""


class HistoryReader(Protocol):
    """The part of the client that reads the history."""

    @property
    def environment_url(self) -> str:
        """The base URL of the environment."""

    def history_page(self, params: Mapping[str, str]) -> Page:
        """One page of ``GET /settings/history``."""


@dataclass(frozen=True)
class TimeRange:
    """A time range in UTC, both ends included.

    :param until_now: whether it has no end, whatever the clock of the environment says.
    """

    start: datetime
    end: datetime
    until_now: bool = False

    def problems(self, now: datetime) -> list[Problem]:
        """What is wrong with it."""
        # The clock of the environment may be ahead of this one.
        latest = now + timedelta(minutes=5)
        if self.start > latest:
            return [Problem("in_future", "start_time")]
        if self.end > latest:
            return [Problem("in_future", "end_time")]
        if self.start > self.end:
            return [Problem("after_end", "start_time")]
        if self.end - self.start > LONGEST:
            return [Problem("long_before_end", "start_time", {"most": LONGEST.days})]
        return []


@dataclass(frozen=True)
class Revision:
    """One change of one object. ``before`` is ``None`` for a new object, ``after`` for a deleted one."""

    time: datetime | None
    author: str | None
    source: str | None
    operation: str
    object_id: str | None
    schema_version: str | None
    revision: str | None
    before: dict[str, Any] | None = field(repr=False)
    after: dict[str, Any] | None = field(repr=False)
    owner_before: str | None = None
    owner_after: str | None = None

    def changed(self, schema: Schema) -> list[Path]:
        """The paths that differ between the two values; empty where one of them is not there. Secrets are ignored."""
        if self.before is None or self.after is None:
            return []
        return schema.differences(self.before, self.after)


@dataclass(frozen=True)
class History:
    """Changes, the newest first.

    :param complete: whether there are no more in the time range.
    """

    revisions: tuple[Revision, ...]
    complete: bool


def parse_time(text: str, now: datetime) -> datetime | None:
    """A point in time: ISO 8601 (UTC unless it says otherwise), ``now``, or an age such as ``90m``, ``12h``, ``14d``.

    :returns: ``None`` if the text is none of these.
    """
    text = text.strip()
    if text.lower() == "now":
        return now
    relative = _RELATIVE.fullmatch(text.lower())
    try:
        if relative is not None:
            return now - timedelta(**{_UNITS[relative[2]]: int(relative[1])})
        return max(read_iso(text).astimezone(timezone.utc), _OLDEST)
    except (ValueError, OverflowError):
        return None


def read_iso(text: str) -> datetime:
    """A time in ISO 8601, in UTC unless it says otherwise.

    :raises ValueError: it is none.
    """
    # Python 3.10 does not know Z, and reads three or six digits of a second only. Servers send any number of them.
    text = re.sub(r"\.(\d+)", lambda digits: f".{digits[1][:6].ljust(6, '0')}", text, count=1)
    found = datetime.fromisoformat(re.sub(r"[zZ]$", "+00:00", text))
    return found if found.tzinfo is not None else found.replace(tzinfo=timezone.utc)


def iso(moment: datetime) -> str:
    """A time as the API takes it: UTC, with milliseconds."""
    return f"{moment.astimezone(timezone.utc):%Y-%m-%dT%H:%M:%S}.{moment.microsecond // 1000:03d}Z"


def read_history(
    client: HistoryReader,
    schema: Schema,
    scope: str,
    period: TimeRange,
    *,
    object_id: str | None = None,
    limit: int = MOST,
    pages: int = MOST_PAGES,
) -> History:
    """The changes of the objects of a schema and scope, the newest first.

    :param object_id: only those of one object.
    :param limit: the newest so many.
    :param pages: no more requests than this.
    :raises HistoryMissing: the environment does not provide the history.
    """
    condition = f"{_TIME} >= '{iso(period.start)}'"
    if not period.until_now:
        condition += f" and {_TIME} <= '{iso(period.end)}'"
    if object_id is not None:
        condition += f" and objectId = '{object_id}'"
    query = {
        "schemaId": schema.schema_id,
        "scope": scope,
        "fields": ",".join((*FIELDS, *_OWNER_FIELDS) if schema.owner_based else FIELDS),
        "filter": condition,
        "pageSize": str(min(limit, _PAGE_SIZE)),
    }
    found: list[Revision] = []
    keys: set[str] = set()
    for number in range(1, pages + 1):
        page = _page(client, query)
        found += [_revision(item, schema) for item in page.items]
        if page.next_key is None or len(found) >= limit or number == pages:
            return History(tuple(found[:limit]), page.next_key is None and len(found) <= limit)
        if page.next_key in keys:
            raise UnexpectedAnswer(
                f"{client.environment_url} returned a page of the history that leads back to an earlier one."
            )
        keys.add(page.next_key)
        query = {"nextPageKey": page.next_key}
    return History((), complete=False)


def _page(client: HistoryReader, query: Mapping[str, str]) -> Page:
    try:
        return client.history_page(query)
    except SchemaUnknown:
        raise
    except (NotFound, ApiError, UnexpectedAnswer) as error:
        # An older server knows no such path, and may not answer in JSON.
        if error.details.get("status") not in (404, 405, 501):
            raise
        raise HistoryMissing(
            f"{client.environment_url} does not provide the history of settings.",
            hint="Older versions of Dynatrace Managed do not support it.",
            details={"status": error.details["status"]},
        ) from None


def _revision(item: Mapping[str, Any], schema: Schema) -> Revision:
    """An item of the history, without secrets. Its form was checked by the client."""
    info = item.get("modificationInfo") or {}
    kind = str(item.get("type") or "UPDATE")
    return Revision(
        time=_time(info.get("lastModifiedTime")),
        author=info.get("lastModifiedBy"),
        source=item.get("source"),
        operation=OPERATIONS.get(kind, kind.lower()),
        object_id=item.get("objectId"),
        schema_version=item.get("schemaVersion"),
        revision=item.get("revision"),
        before=without_secrets(item.get("jsonBefore"), schema),
        after=without_secrets(item.get("jsonAfter"), schema),
        owner_before=user_id(item.get("ownerBefore")),
        owner_after=user_id(item.get("ownerAfter")),
    )


def _time(found: Any) -> datetime | None:
    """A time of the API: ISO 8601, or milliseconds as the classic list of objects has them."""
    try:
        if isinstance(found, (int, float)) and not isinstance(found, bool):
            return datetime.fromtimestamp(found / 1000, timezone.utc)
        return read_iso(str(found))
    except (ValueError, OverflowError, OSError):
        return None


def without_secrets(value: Any, schema: Schema, path: Path = ()) -> Any:
    """A value with placeholders for its secrets, and for everything that the schema does not define."""
    if value is None:
        return None
    if path and schema.is_secret(path):
        return STORED
    if path and not schema.has(path):
        return UNDEFINED
    if isinstance(value, Mapping):
        return {name: without_secrets(child, schema, (*path, name)) for name, child in value.items()}
    if isinstance(value, list):
        return [without_secrets(child, schema, (*path, position)) for position, child in enumerate(value)]
    return value


def undefined_paths(value: Any, schema: Schema, path: Path = ()) -> list[Path]:
    """Where a value of a revision has something that the schema does not define."""
    if value is None or (path and schema.is_secret(path)):
        return []
    if path and not schema.has(path):
        return [path]
    children = value.items() if isinstance(value, Mapping) else enumerate(value) if isinstance(value, list) else ()
    return [found for part, child in children for found in undefined_paths(child, schema, (*path, part))]
