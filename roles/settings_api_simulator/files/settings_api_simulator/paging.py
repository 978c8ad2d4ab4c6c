# Copyright (c) 2026, community.dynatrace contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Pages of lists: a key holds the parameters of the first request and where the next page begins."""

from __future__ import annotations

import base64
import json
from collections.abc import Mapping, Sequence

from .errors import ApiError, Violation, query_error
from .requests import ApiRequest

MAX_PAGE = 500
_TOKEN_PARAMETERS = ("api-token", "Api-Token")

Parameters = Mapping[str, "str | None"]


def first_or_next(request: ApiRequest, names: Sequence[str]) -> tuple[Parameters, int]:
    """The parameters of the list that is asked for, and the index at which the page begins.

    :raises ApiError: a page key that is not valid, or that is not alone.
    """
    page_key = request.one("nextPageKey")
    if page_key is None:
        return {name: request.one(name) for name in names}, 0
    mixed = [name for name, _value in request.query if name not in ("nextPageKey", *_TOKEN_PARAMETERS)]
    if mixed:
        text = "must not be used in combination with nextPageKey query parameter."
        raise ApiError(400, "Constraints violated.", tuple(Violation(name, text, None) for name in mixed))
    try:
        parameters, start = json.loads(base64.urlsafe_b64decode(page_key))
        return {str(name): value for name, value in parameters.items()}, max(0, int(start))
    except (ValueError, TypeError, AttributeError):
        raise query_error("nextPageKey", "is not valid.") from None


def next_key(parameters: Parameters, start: int) -> str:
    """The key of the page that begins at an index."""
    return base64.urlsafe_b64encode(json.dumps([dict(parameters), start]).encode()).decode()


def page_size(data: str | None) -> int:
    """:raises ApiError: not a number from 1 to 500."""
    if data is None:
        return 100
    if not data.isascii() or not data.isdigit() or not 1 <= int(data) <= MAX_PAGE:
        raise query_error("pageSize", f"must be between 1 and {MAX_PAGE}.")
    return int(data)


def split(data: str | None) -> list[str] | None:
    """A comma list; None if it is not given."""
    return [part for part in data.split(",") if part] if data else None


def fields_of(data: str | None, known: Sequence[str], default: Sequence[str]) -> tuple[str, ...]:
    """The fields that a list is asked for.

    :raises ApiError: one that is not known.
    """
    found = tuple(split(data) or default)
    for field in found:
        if field not in known:
            raise query_error("fields", f"unknown field {field}.")
    return found
