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

from . import objects_api, other_api
from .calls import Answer, Call
from .control import Control
from .errors import ApiError
from .faults import Faults
from .fleet_api import FleetApi
from .gate import Gate
from .replies import LOGIN_PAGE, NOT_FOUND_PAGE
from .requestlog import RequestLog
from .store import World

Handler = Callable[[Call], Answer]

PLATFORM_PREFIX = "/platform/classic/environment-api/v2"
_ENVIRONMENT_PATH = re.compile(r"/e/([^/]+)(?:/|$)")
_DEFAULT_PATH = re.compile(r"/(api/v2|platform)(?:/|$)")


def build(world: World, stop: Callable[[], None]) -> Gate:
    """The whole ASGI application around a world.

    :param stop: called when the control endpoint is asked to end the server.
    """
    requests, faults = RequestLog(), Faults()
    control = Control(world, requests, faults, stop)
    for name, objects in world.to_seed.items():
        control.seed(world.environments[name], objects)
    api, fleet = _Api(world), FleetApi(world)
    app = Starlette(
        routes=[
            _mount("/_simulator", control.routes()),
            _mount("/e/{environment}/api/v2", api.routes(platform=False)),
            _mount("/api/v2", api.routes(platform=False)),
            _mount(PLATFORM_PREFIX, api.routes(platform=True)),
            Route(
                "/platform/metadata/v1/classic-environment-domain",
                api.endpoint(other_api.classic_domain, platform=True),
                methods=["GET"],
            ),
            Route("/sso/oauth2/token", api.oauth, methods=["POST"]),
            Route("/api/cluster/v2/environments", _plain(fleet.cluster), methods=["GET"]),
            Route("/env/v2/accounts/{account}/environments", _plain(fleet.account), methods=["GET"]),
            Route("/", _login, methods=["GET"]),
        ],
        exception_handlers={ApiError: _refused, 404: _nowhere, 405: _wrong_method},
    )
    app.router.redirect_slashes = False

    def environment_of(path: str) -> str | None:
        found = _ENVIRONMENT_PATH.match(path)
        if found is not None:
            return found[1]
        return world.default if _DEFAULT_PATH.match(path) else None

    return Gate(app, environment_of, requests, faults)


class _Api:
    def __init__(self, world: World) -> None:
        self._world = world

    def routes(self, *, platform: bool) -> list[Route]:
        def route(path: str, method: str, handler: Handler) -> Route:
            return Route(path, self.endpoint(handler, platform=platform), methods=[method])

        return [
            route("/settings/objects", "GET", objects_api.list_objects),
            route("/settings/objects", "POST", objects_api.post_objects),
            route("/settings/objects/{object_id}", "GET", objects_api.get_object),
            route("/settings/objects/{object_id}", "PUT", objects_api.put_object),
            route("/settings/objects/{object_id}", "DELETE", objects_api.delete_object),
            route("/settings/schemas", "GET", other_api.list_schemas),
            route("/settings/schemas/{schema_id}", "GET", other_api.get_schema),
            route("/apiTokens/lookup", "POST", other_api.lookup_token),
        ]

    def endpoint(self, handler: Handler, *, platform: bool) -> Callable[[Request], Any]:
        async def run(request: Request) -> Response:
            name = request.path_params.get("environment", self._world.default)
            environment = self._world.environments.get(name)
            if environment is None:
                raise ApiError(404, f"failed to resolve tenant <{name}>")
            call = Call(
                self._world,
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
                answer = handler(call)
            finally:
                entry["token"] = call.token_name
                entry["applied"] = environment.writes > before
            return _response(answer)

        return run

    async def oauth(self, request: Request) -> Response:
        kind = request.headers.get("content-type", "")
        return _response(other_api.oauth_token(self._world, kind, await request.body()))


def _mount(path: str, routes: list[Route]) -> Mount:
    # A slash too many is a wrong path, not a hint to be followed.
    return Mount(path, app=Router(routes, redirect_slashes=False))


def _plain(handler: Callable[[Request], Answer]) -> Callable[[Request], Any]:
    async def run(request: Request) -> Response:
        return _response(handler(request))

    return run


def _response(answer: Answer) -> Response:
    if answer.content is None:
        return Response(status_code=answer.status, headers=dict(answer.headers))
    kind = "application/json; charset=utf-8"
    return JSONResponse(answer.content, answer.status, dict(answer.headers), media_type=kind)


async def _refused(_request: Request, error: Exception) -> Response:
    assert isinstance(error, ApiError)
    return _response(Answer(error.status, error.envelope(), error.headers))


async def _nowhere(_request: Request, _error: Exception) -> Response:
    return HTMLResponse(NOT_FOUND_PAGE, 404)


async def _wrong_method(_request: Request, _error: Exception) -> Response:
    return _response(Answer(405, ApiError(405, "HTTP 405 Method Not Allowed").envelope()))


async def _login(_request: Request) -> Response:
    return HTMLResponse(LOGIN_PAGE)
