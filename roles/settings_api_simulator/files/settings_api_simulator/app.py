# Copyright (c) 2026, community.dynatrace contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""The application: which path is answered by what."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any
from urllib.parse import parse_qsl

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, Response
from starlette.routing import Mount, Route, Router

from . import effective_values, history_api, misc_api, objects_api, permissions_api
from .control import Control
from .control_access import ControlAccess
from .errors import ApiError
from .faults import Faults
from .fleet_api import FleetApi
from .middleware import Middleware
from .request_log import RequestLog
from .requests import ApiRequest, ApiResponse
from .responses import LOGIN_PAGE, NOT_FOUND_PAGE
from .state import SimulatorState

Handler = Callable[[ApiRequest], ApiResponse]
Handlers = Mapping[str, Handler]

PLATFORM_PREFIX = "/platform/classic/environment-api/v2"
_ENVIRONMENT_PATH = re.compile(r"/e/([^/]+)(?:/|$)")
_DEFAULT_PATH = re.compile(r"/(api/v2|platform)(?:/|$)")
# Clients expect JSON from every path of an API, whatever is wrong with it.
_API_PATH = re.compile(r"(?:/e/[^/]+)?/(?:api|platform)(?:/|$)|/env/v2/")
# Parts of the real APIs that are not simulated.
_NOT_IMPLEMENTED = re.compile(
    r"(?:/e/[^/]+)?/api/(?:v1|config|cluster)/|(?:(?:/e/[^/]+)?/api/v2|/platform/classic/environment-api/v2)/"
    r"(?:activeGates|auditlogs|credentials|entities|eventTypes|events|extensions|hub|logs|metrics|monitoredEntityStates|"
    r"networkZones|oneagents|problems|releases|securityProblems|slo|synthetic|tags|tenantTokenRotation|units)(?:/|$)|"
    r"/platform/(?:app-engine|automation|document|iam|management|slo|storage)/"
)
_METHODS = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS")

# Paths below /api/v2; an id may hold any character, so what is longer comes first.
_PERMISSIONS = "/settings/objects/{object_id:path}/permissions"
_SETTINGS: dict[str, Handlers] = {
    "/settings/objects": {"GET": objects_api.list_objects, "POST": objects_api.post_objects},
    "/settings/objects/{object_id:path}:transfer-ownership": {"POST": permissions_api.transfer},
    _PERMISSIONS: {"GET": permissions_api.list_permissions, "POST": permissions_api.add},
    _PERMISSIONS + "/all-users": permissions_api.ONE,
    _PERMISSIONS + "/{kind}/{accessor}": permissions_api.ONE,
    "/settings/objects/{object_id:path}": {
        "GET": objects_api.get_object,
        "PUT": objects_api.put_object,
        "DELETE": objects_api.delete_object,
    },
    "/settings/effectiveValues": {"GET": effective_values.list_values},
    "/settings/effective-permissions:resolve": {"POST": permissions_api.resolve},
    "/settings/history": {"GET": history_api.list_history},
    "/settings/schemas": {"GET": misc_api.list_schemas},
    "/settings/schemas/{schema_id:path}": {"GET": misc_api.get_schema},
    "/apiTokens/lookup": {"POST": misc_api.lookup_token},
}


def build(state: SimulatorState, stop: Callable[[], None], access: ControlAccess) -> Middleware:
    """The whole ASGI application around a state.

    :param access: who may use the control endpoint.
    :param stop: called when the control endpoint is asked to end the server.
    """
    requests, faults = RequestLog(), Faults()
    control = Control(state, requests, faults, stop)
    for name, objects in state.to_seed.items():
        control.seed(state.environments[name], objects)
    api, fleet = _Api(state), FleetApi(state)
    app = Starlette(
        routes=[
            _mount("/_simulator", control.routes()),
            _mount("/e/{environment}/api/v2", api.routes(platform=False)),
            _mount("/api/v2", api.routes(platform=False)),
            _mount(PLATFORM_PREFIX, api.routes(platform=True)),
            api.route(
                "/platform/metadata/v1/classic-environment-domain", {"GET": misc_api.classic_domain}, platform=True
            ),
            api.route("/platform/metadata/v1/user", {"GET": misc_api.current_user}, platform=True),
            Route("/sso/oauth2/token", api.oauth, methods=["POST"]),
            Route("/api/cluster/v2/environments", _unauthenticated(fleet.cluster), methods=["GET"]),
            Route("/env/v2/accounts/{account}/environments", _unauthenticated(fleet.account), methods=["GET"]),
            Route("/", _login, methods=["GET"]),
        ],
        exception_handlers={ApiError: _api_error, 404: _not_found, 405: _method_not_allowed},
    )
    app.router.redirect_slashes = False

    def environment_of(path: str) -> str | None:
        found = _ENVIRONMENT_PATH.match(path)
        if found is not None:
            return found[1]
        return state.default if _DEFAULT_PATH.match(path) else None

    return Middleware(app, environment_of, requests, faults, access)


class _Api:
    def __init__(self, state: SimulatorState) -> None:
        self._state = state

    def routes(self, *, platform: bool) -> list[Route]:
        return [self.route(path, handlers, platform=platform) for path, handlers in _SETTINGS.items()]

    def route(self, path: str, handlers: Handlers, *, platform: bool) -> Route:
        """One path with all its methods, so that a refusal can name them."""

        async def run(request: Request) -> Response:
            handler = handlers.get("GET" if request.method == "HEAD" else request.method)
            if handler is None:
                raise ApiError(405, "HTTP 405 Method Not Allowed", headers={"Allow": ", ".join(handlers)})
            return await self._answer(request, handler, platform)

        return Route(path, run, methods=list(_METHODS))

    async def _answer(self, request: Request, handler: Handler, platform: bool) -> Response:
        name = request.path_params.get("environment", self._state.default)
        environment = self._state.environments.get(name)
        if environment is None:
            raise ApiError(404, f"failed to resolve tenant <{name}>")
        part = _optional_part(request.url.path)
        if part is not None and part in environment.flags.missing_endpoints:
            raise ApiError(404, "HTTP 404 Not Found")
        api_request = ApiRequest(
            self._state,
            environment,
            platform,
            request.method,
            request.path_params,
            parse_qsl(request.url.query, keep_blank_values=True),
            request.headers,
            await request.body(),
            f"{request.url.scheme}://{request.url.netloc}",
            request.scope.get("simulator.fault"),
        )
        entry = request.scope["simulator.entry"]
        before = environment.writes
        try:
            response = handler(api_request)
        finally:
            entry["token"] = api_request.token_name
            entry["applied"] = environment.writes > before
        return _response(response)

    async def oauth(self, request: Request) -> Response:
        return _response(misc_api.oauth_token(self._state, request.headers, await request.body()))


def _optional_part(path: str) -> str | None:
    """The part of the API that a path belongs to, if older servers do not have it."""
    if re.search(r"/permissions(/|$)|:transfer-ownership$", path):
        return "permissions"
    found = re.search(r"/settings/(history|effectiveValues|effective-permissions:resolve)$", path)
    return found[1] if found is not None else None


def _mount(path: str, routes: list[Route]) -> Mount:
    # A slash too many is a wrong path, not a hint to be followed.
    return Mount(path, app=Router(routes, redirect_slashes=False))


def _unauthenticated(handler: Callable[[Request], ApiResponse]) -> Callable[[Request], Any]:
    async def run(request: Request) -> Response:
        return _response(handler(request))

    return run


def _response(response: ApiResponse) -> Response:
    if response.content is None:
        return Response(status_code=response.status, headers=dict(response.headers))
    kind = "application/json; charset=utf-8"
    return JSONResponse(response.content, response.status, dict(response.headers), media_type=kind)


async def _api_error(_request: Request, error: Exception) -> Response:
    assert isinstance(error, ApiError)
    return _response(ApiResponse(error.status, error.envelope(), error.headers))


async def _not_found(request: Request, _error: Exception) -> Response:
    path = request.scope["path"]
    if _NOT_IMPLEMENTED.match(path):
        error = ApiError(501, "HTTP 501 Not Implemented (not simulated)")
    elif _API_PATH.match(path):
        error = ApiError(404, "HTTP 404 Not Found")
    else:
        return HTMLResponse(NOT_FOUND_PAGE, 404)
    return _response(ApiResponse(error.status, error.envelope()))


async def _method_not_allowed(_request: Request, error: Exception) -> Response:
    headers = getattr(error, "headers", None) or {}
    return _response(ApiResponse(405, ApiError(405, "HTTP 405 Method Not Allowed").envelope(), headers))


async def _login(_request: Request) -> Response:
    return HTMLResponse(LOGIN_PAGE)
