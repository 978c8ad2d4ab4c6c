# Copyright (c) 2026, community.dynatrace contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""The application: which path is answered by what."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any
from urllib.parse import parse_qsl

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, Response
from starlette.routing import Mount, Route, Router

from . import misc_api, objects_api
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

PLATFORM_PREFIX = "/platform/classic/environment-api/v2"
_ENVIRONMENT_PATH = re.compile(r"/e/([^/]+)(?:/|$)")
_DEFAULT_PATH = re.compile(r"/(api/v2|platform)(?:/|$)")


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
            Route(
                "/platform/metadata/v1/classic-environment-domain",
                api.endpoint(misc_api.classic_domain, platform=True),
                methods=["GET"],
            ),
            Route("/sso/oauth2/token", api.oauth, methods=["POST"]),
            Route("/api/cluster/v2/environments", _unauthenticated(fleet.cluster), methods=["GET"]),
            Route("/env/v2/accounts/{account}/environments", _unauthenticated(fleet.account), methods=["GET"]),
            Route("/", _login, methods=["GET"]),
        ],
        exception_handlers={ApiError: _api_error, 404: _page_not_found, 405: _method_not_allowed},
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
        def route(path: str, method: str, handler: Handler) -> Route:
            return Route(path, self.endpoint(handler, platform=platform), methods=[method])

        return [
            route("/settings/objects", "GET", objects_api.list_objects),
            route("/settings/objects", "POST", objects_api.post_objects),
            route("/settings/objects/{object_id}", "GET", objects_api.get_object),
            route("/settings/objects/{object_id}", "PUT", objects_api.put_object),
            route("/settings/objects/{object_id}", "DELETE", objects_api.delete_object),
            route("/settings/schemas", "GET", misc_api.list_schemas),
            route("/settings/schemas/{schema_id}", "GET", misc_api.get_schema),
            route("/apiTokens/lookup", "POST", misc_api.lookup_token),
        ]

    def endpoint(self, handler: Handler, *, platform: bool) -> Callable[[Request], Any]:
        async def run(request: Request) -> Response:
            name = request.path_params.get("environment", self._state.default)
            environment = self._state.environments.get(name)
            if environment is None:
                raise ApiError(404, f"failed to resolve tenant <{name}>")
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
            )
            entry = request.scope["simulator.entry"]
            before = environment.writes
            try:
                response = handler(api_request)
            finally:
                entry["token"] = api_request.token_name
                entry["applied"] = environment.writes > before
            return _response(response)

        return run

    async def oauth(self, request: Request) -> Response:
        kind = request.headers.get("content-type", "")
        return _response(misc_api.oauth_token(self._state, kind, await request.body()))


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


async def _page_not_found(_request: Request, _error: Exception) -> Response:
    return HTMLResponse(NOT_FOUND_PAGE, 404)


async def _method_not_allowed(_request: Request, _error: Exception) -> Response:
    return _response(ApiResponse(405, ApiError(405, "HTTP 405 Method Not Allowed").envelope()))


async def _login(_request: Request) -> Response:
    return HTMLResponse(LOGIN_PAGE)
