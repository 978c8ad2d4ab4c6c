# Copyright (c) 2026, community.dynatrace contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Lists of environments: Cluster API v2 of Managed, Account Management API of SaaS."""

from __future__ import annotations

import base64
import json
import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qsl

from starlette.requests import Request

from .environment_list import ACCOUNT_SCOPE, CLUSTER_SCOPE
from .errors import ApiError, query_error
from .requests import ApiResponse
from .state import Environment, SimulatorState
from .tokens import Token

DEFAULT_PAGE, LARGEST_PAGE = 100, 1000
_FILTER = re.compile(r"(name|trial|state|tag)\(([^()]*)\)(?:,|$)")


@dataclass(frozen=True)
class Page:
    """What a page key stands for."""

    offset: int
    size: int
    sort: str
    chosen: str


class FleetApi:
    """Both lists, over all environments of the simulator."""

    def __init__(self, state: SimulatorState) -> None:
        self._state = state

    def cluster(self, request: Request) -> ApiResponse:
        """``GET /api/cluster/v2/environments``: pages, ``sort``, ``filter``. Consumption and storage are not played."""
        token = self._token(request, "api-token", self._state.cluster_token)
        if CLUSTER_SCOPE not in token.scopes:
            raise ApiError(403, f"Token is missing required scope. Use one of: {CLUSTER_SCOPE} (Service Provider API)")
        page = _page(parse_qsl(request.url.query, keep_blank_values=True))
        fitting = [one for one in self._of_cluster() if _fits(one, page.chosen)]
        fitting.sort(key=_order(page.sort), reverse=page.sort.startswith("-"))
        end = page.offset + page.size
        content: dict[str, Any] = {"totalCount": len(fitting), "pageSize": page.size}
        if end < len(fitting):
            content["nextPageKey"] = _key(Page(end, page.size, page.sort, page.chosen))
        content["environments"] = [_cluster_entry(one) for one in fitting[page.offset : end]]
        return ApiResponse(200, content)

    def account(self, request: Request) -> ApiResponse:
        """``GET /env/v2/accounts/{account}/environments``. Its errors are documented nowhere; these are guesses."""
        account = request.path_params["account"]
        try:
            token = self._token(request, "bearer", self._state.oauth_token)
        except ApiError:
            return ApiResponse(401, {"error": True, "message": "Unauthorized"})
        client = self._state.config.oauth_clients.get(token.owner or "")
        own = client is not None and client.resource in (None, f"urn:dtaccount:{account}")
        if ACCOUNT_SCOPE not in token.scopes or not own:
            # Strict: whether an account exists is not disclosed to a client without access.
            return ApiResponse(403, {"error": True, "message": "Forbidden"})
        listed = self._state.config.fleet.accounts.get(account)
        if listed is None:
            return ApiResponse(404, {"error": True, "message": "Account not found"})
        base = f"{request.url.scheme}://{request.url.netloc}"
        found = [self._state.environments[name] for name in listed if name in self._state.environments]
        return ApiResponse(200, {"data": [self._short(one, base) for one in found]})

    def _short(self, one: Environment, base: str) -> dict[str, Any]:
        url = base if one.id == self._state.default else f"{base}/e/{one.id}"
        return {
            "id": one.id,
            "name": one.listing.name or one.id,
            "active": one.listing.state == "ENABLED",
            "url": one.listing.url or url,
        }

    def _of_cluster(self) -> list[Environment]:
        fleet = self._state.config.fleet
        elsewhere = {name for names in fleet.accounts.values() for name in names}
        known = self._state.environments
        names = [name for name in known if name not in elsewhere] if fleet.cluster is None else fleet.cluster
        return [known[name] for name in names if name in known]

    @staticmethod
    def _token(request: Request, scheme: str, known: Callable[[str], Token | None]) -> Token:
        data, _space, text = request.headers.get("authorization", "").partition(" ")
        token = known(text.strip()) if data.lower() == scheme and text else None
        if token is None or not token.enabled or token.expired():
            raise ApiError(401, "Token Authentication failed")
        request.scope["simulator.entry"]["token"] = token.name
        return token


def _cluster_entry(one: Environment) -> dict[str, Any]:
    return {
        "id": one.id,
        "name": one.listing.name or one.id,
        "trial": one.listing.trial,
        "state": one.listing.state,
        "tags": list(one.listing.tags),
        "creationDate": one.listing.created,
    }


def _page(query: list[tuple[str, str]]) -> Page:
    data = dict(query)
    if "nextPageKey" in data:
        # "You must omit all other query parameters": strict, as the Settings API is.
        if len(data) > 1:
            raise query_error("nextPageKey", "must be the only parameter")
        return _unpacked(data["nextPageKey"])
    size = data.get("pageSize", str(DEFAULT_PAGE))
    if not size.isdigit() or not 1 <= int(size) <= LARGEST_PAGE:
        raise query_error("pageSize", f"must be between 1 and {LARGEST_PAGE}")
    sort, chosen = data.get("sort", "-creationDate"), data.get("filter", "")
    if sort.removeprefix("-") not in ("name", "creationDate"):
        raise query_error("sort", "must be name or creationDate, with - before it for descending order")
    if _FILTER.sub("", chosen):
        raise query_error("filter", "must be of name(...), trial(...), state(...) and tag(...)")
    return Page(0, int(size), sort, chosen)


def _key(page: Page) -> str:
    text = json.dumps([page.offset, page.size, page.sort, page.chosen])
    return base64.urlsafe_b64encode(text.encode()).decode()


def _unpacked(key: str) -> Page:
    try:
        offset, size, sort, chosen = json.loads(base64.urlsafe_b64decode(key))
        return Page(int(offset), int(size), str(sort), str(chosen))
    except (ValueError, TypeError):
        raise query_error("nextPageKey", "is not valid") from None


def _order(sort: str) -> Callable[[Environment], str]:
    if sort.removeprefix("-") == "name":
        return lambda one: one.listing.name or one.id
    return lambda one: one.listing.created


def _fits(one: Environment, chosen: str) -> bool:
    """Every criterion must hold; the values of one tag(...) are alternatives."""
    for name, value in _FILTER.findall(chosen):
        if name == "name" and value.lower() not in (one.listing.name or one.id).lower():
            return False
        if name == "trial" and value.lower() != str(one.listing.trial).lower():
            return False
        if name == "state" and value != one.listing.state:
            return False
        if name == "tag" and not set(value.split(",")) & set(one.listing.tags):
            return False
    return True
