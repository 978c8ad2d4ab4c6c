# Copyright (c) 2026, community.dynatrace contributors
# SPDX-License-Identifier: BSD-2-Clause

"""Lists that come in pages: read whole, within limits, or not at all. Facts: settings-api 3.2."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

from .errors import IncompleteList, TooMuch

# More objects of one schema and scope than any published schema allows.
LIMIT = 20000
# Seconds before each further attempt; an empty page is usually gone at once.
_PAUSES = (0.0, 0.5, 1.0, 2.0, 4.0, 4.0, 4.0, 4.0)
# Of all attempts together.
_MAX_PAGES = 10000
_MAX_BYTES = 256 * 1024 * 1024
_MAX_SECONDS = 1800.0
# Characters of a list in a query: common web servers and proxies refuse a request line of 8 KB.
_MAX_LIST = 3000


@dataclass(frozen=True)
class Page:
    """One page whose form was checked.

    :param total: how many items the whole list has, if the server says so.
    :param size: bytes of the answer.
    """

    items: list[dict[str, Any]]
    next_key: str | None
    total: int | None = None
    size: int = 0


@dataclass(frozen=True)
class Listing:
    """What is listed, in words for messages, and how much of it is accepted.

    :param what: for example ``settings objects of builtin:alerting.profile``.
    :param where: the server.
    :param id_key: the key of an item that is different in each of them.
    """

    what: str
    where: str
    limit: int
    id_key: str


# Asks for a page, given its query.
Get = Callable[[Mapping[str, str]], Page]
# Waits so many seconds, unless there is no time left: then it is false.
Pause = Callable[[float], bool]


def split_query(query: Mapping[str, str], lists: Sequence[str]) -> Iterator[Mapping[str, str]]:
    """Yield queries that fit into a URL. Each has a part of those values that are comma-separated lists."""
    for name in lists:
        values = query.get(name, "").split(",")
        if len(values) > 1 and len(quote(query[name])) > _MAX_LIST:
            for part in (values[: len(values) // 2], values[len(values) // 2 :]):
                yield from split_query({**query, name: ",".join(part)}, lists)
            return
    yield query


def read_whole(get: Get, query: Mapping[str, str], listing: Listing, pause: Pause) -> list[dict[str, Any]]:
    """All items of a list. Whatever shows that some are missing, or that the list changes, is a reason to read again.

    :param query: for the first page; beside a page key every other parameter is refused.
    :raises IncompleteList: every attempt left the list incomplete.
    :raises TooMuch: it is larger than anything that is expected.
    """
    attempts = _Attempts(pause)
    while True:
        items, why = _read_once(get, query, listing, attempts)
        if not why:
            return items
        if not attempts.again():
            raise IncompleteList(
                f"{listing.where} does not return the whole list of {listing.what}: {why} ({attempts.count} attempts).",
                hint="Nothing was changed or reported, because the list is incomplete. Run it again.",
            )


class _Attempts:
    """How often a list may be asked for once more, over all its pages, and what all attempts together may take."""

    def __init__(self, pause: Pause) -> None:
        self.count = 1
        self._pause = pause
        self._pages = 0
        self._bytes = 0
        self._end = time.monotonic() + _MAX_SECONDS

    def add(self, page: Page, listing: Listing) -> None:
        """Count a page.

        :raises TooMuch: that was the one too many.
        """
        self._pages += 1
        self._bytes += page.size
        why = ""
        if self._pages > _MAX_PAGES:
            why = f"has more than {_MAX_PAGES} pages"
        elif self._bytes > _MAX_BYTES:
            why = f"is larger than {_MAX_BYTES >> 20} MiB"
        elif time.monotonic() > self._end:
            why = f"takes longer than {_MAX_SECONDS / 60:g} minutes"
        if why:
            counted = "" if self.count == 1 else f" in all {self.count} attempts together"
            raise TooMuch(f"The list of {listing.what} at {listing.where} {why}{counted}.")

    def again(self) -> bool:
        """Whether there is another attempt, after a pause."""
        if self.count > len(_PAUSES) or not self._pause(_PAUSES[self.count - 1]):
            return False
        self.count += 1
        return True


def _read_once(
    get: Get, query: Mapping[str, str], listing: Listing, attempts: _Attempts
) -> tuple[list[dict[str, Any]], str]:
    """The items, and why they are not the whole list."""
    items: list[dict[str, Any]] = []
    ids: set[str] = set()
    keys: set[str] = set()
    total: int | None = None
    while True:
        page = get(query)
        attempts.add(page, listing)
        while not page.items and page.next_key is not None:
            if not attempts.again():
                return items, "a page has no items although more pages follow"
            page = get(query)
            attempts.add(page, listing)
        if page.total is not None:
            if total is not None and page.total != total:
                return items, f"the number of items changed from {total} to {page.total} while they were read"
            total = page.total
        items += page.items
        if len(items) > listing.limit or (total or 0) > listing.limit:
            count = f"{total}" if total is not None and total > listing.limit else f"more than {listing.limit}"
            raise TooMuch(
                f"{listing.where} lists {count} {listing.what}; at most {listing.limit} are read.",
                details={"limit": listing.limit},
            )
        for item in page.items:
            found = item.get(listing.id_key)
            if found is None:
                continue
            if found in ids:
                return items, "an item is listed twice"
            ids.add(found)
        if page.next_key is None:
            if total is not None and total != len(items):
                return items, f"{len(items)} were returned, but {total} were announced"
            return items, ""
        if page.next_key in keys:
            return items, "a page leads back to an earlier one"
        keys.add(page.next_key)
        query = {"nextPageKey": page.next_key}
