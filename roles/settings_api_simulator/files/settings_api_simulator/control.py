# Copyright (c) 2026, community.dynatrace contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""``/_simulator/``: what no real server has. Without authorisation, for this machine only."""

from __future__ import annotations

import dataclasses
import json
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from . import __version__, secrets, writes
from .config import EnvironmentConfig, schema_files
from .errors import ApiError
from .faults import Fault, Faults
from .interpreter import Schema, SchemaError
from .listing import Listing
from .requestlog import RequestLog
from .store import Environment, StoredObject, World
from .streams import Order, stream
from .switches import ConfigError, Switches
from .tokens import Token
from .views import FIELDS, shown

_AUTHOR = "john.doe@example.com"


class Control:
    """The control endpoint; README.md of the role lists its paths."""

    def __init__(self, world: World, requests: RequestLog, faults: Faults, stop: Callable[[], None]) -> None:
        self._world = world
        self._requests = requests
        self._faults = faults
        self._stop = stop

    def routes(self) -> list[Route]:
        environment = "/environments/{environment}"
        one = environment + "/objects/{object_id}"
        table: list[tuple[str, str, Callable[[Request, Any], Any]]] = [
            ("/", "GET", self._overview),
            ("/stop", "POST", self._end),
            ("/requests", "GET", lambda request, _: self._requests.entries(dict(request.query_params))),
            ("/requests", "DELETE", lambda _request, _: self._requests.clear()),
            ("/counters", "GET", lambda _request, _: self._requests.counters()),
            ("/faults", "GET", lambda _request, _: self._faults.as_json()),
            ("/faults", "POST", self._add_faults),
            ("/faults", "DELETE", lambda _request, _: self._faults.clear()),
            ("/faults/{id:int}", "DELETE", lambda request, _: self._faults.clear(request.path_params["id"])),
            (environment, "GET", self._dump),
            (environment, "PUT", self._new_environment),
            (environment, "PATCH", self._change_environment),
            (environment, "DELETE", self._drop_environment),
            ("/received", "GET", lambda _request, _: self._world.received),
            ("/received", "DELETE", lambda _request, _: self._world.received.clear()),
            (environment + "/reset", "POST", self._reset),
            (environment + "/objects", "GET", lambda request, _: self._all(self._environment(request))),
            (environment + "/objects", "POST", self._seed),
            (one, "PUT", self._change),
            (one, "DELETE", self._remove),
            (one + "/secrets", "GET", self._fingerprints),
            (one + "/secrets", "POST", self._compare),
        ]
        found = [Route(path, _endpoint(work), methods=[method]) for path, method, work in table]
        # It talks to others, maybe to this server itself, so it must not hold it up.
        return [*found, Route(environment + "/sessions", _endpoint(self._stream, aside=True), methods=["POST"])]

    def seed(self, environment: Environment, objects: list[dict[str, Any]]) -> list[str]:
        """Creates objects as somebody else, without authorisation.

        :raises ApiError: an object is refused; those before it stay.
        """
        ids = []
        for given in objects:
            rest = {name: part for name, part in given.items() if name not in ("author", "validate")}
            options = writes.Options(given.get("author", _AUTHOR), validate=given.get("validate", True))
            item = writes.create(environment, {"scope": "environment", **rest}, True, options)
            ids.append(item.id if item is not None else "")
        return ids

    def _environment(self, request: Request) -> Environment:
        name = request.path_params["environment"]
        found = self._world.environments.get(name)
        if found is None:
            raise ApiError(404, f"no environment {name}; there are {', '.join(self._world.environments)}")
        return found

    def _object(self, request: Request) -> tuple[Environment, StoredObject]:
        environment = self._environment(request)
        item = writes.find(environment, request.path_params["object_id"])
        if item is None:
            raise ApiError(404, "no such object")
        return environment, item

    def _overview(self, _request: Request, _body: Any) -> dict[str, Any]:
        counts = {name: len(environment.objects) for name, environment in self._world.environments.items()}
        head = {"version": __version__, "pid": os.getpid()}
        return {**head, "default_environment": self._world.default, "environments": counts}

    def _end(self, _request: Request, _body: Any) -> None:
        self._stop()

    def _add_faults(self, _request: Request, given: Any) -> list[dict[str, Any]]:
        rules = [Fault.read(part) for part in (given if isinstance(given, list) else [given])]
        return [self._faults.add(rule).as_json() for rule in rules]

    def _all(self, environment: Environment) -> list[dict[str, Any]]:
        return [self._told(environment, item) for item in environment.objects.values()]

    def _told(self, environment: Environment, item: StoredObject) -> dict[str, Any]:
        schema = environment.schema(item.schema_id)
        told = shown(environment, item, FIELDS)
        told["externalId"] = item.external_id  # whether or not the API shows it
        told["secrets"] = secrets.fingerprints(schema, item.value) if schema else {}
        return told

    def _dump(self, request: Request, _body: Any) -> dict[str, Any]:
        environment = self._environment(request)
        return {
            "id": environment.id,
            "switches": environment.switches.as_json(),
            "tokens": {name: list(token.scopes) for name, token in environment.tokens.items()},
            "schema_overrides": [f"{schema.id} {schema.version}" for schema in environment.overrides.values()],
            "missing_schemas": sorted(environment.missing),
            "listing": dataclasses.asdict(environment.listing),
            "objects": self._all(environment),
        }

    def _new_environment(self, request: Request, given: Any) -> dict[str, Any]:
        """A fresh environment; an old one of that name is forgotten. Tells its tokens, which nobody else would."""
        name = request.path_params["environment"]
        part = EnvironmentConfig.read(name, given or {}, self._world.config.switches)
        environment = self._world.add(name, part)
        self.seed(environment, part.objects)
        self._world.save()
        return {"id": name, "tokens": {key: token.token for key, token in environment.tokens.items()}}

    def _change_environment(self, request: Request, given: Any) -> dict[str, Any]:
        environment = self._environment(request)
        known = {"switches", "tokens", "schema_overrides", "missing_schemas", "listing"}
        if not isinstance(given, dict) or set(given) - known:
            raise ConfigError(f"takes {', '.join(sorted(known))}")
        switches = Switches.read(given.get("switches") or {}, environment.switches)
        tokens = {name: Token.read(name, part) for name, part in (given.get("tokens") or {}).items()}
        if "schema_overrides" in given:
            parts = given["schema_overrides"] or []
            found = [_schema(part) for part in (parts.values() if isinstance(parts, dict) else parts)]
            environment.overrides = {schema.id: schema for schema in found}
        if "missing_schemas" in given:
            environment.missing = frozenset(given["missing_schemas"] or ())
        environment.listing = Listing.read(given.get("listing") or {}, environment.listing)
        environment.switches = switches
        environment.tokens.update(tokens)
        self._world.save()
        return {"tokens": {name: token.token for name, token in tokens.items()}}

    def _drop_environment(self, request: Request, _body: Any) -> None:
        environment = self._environment(request)
        if environment.id == self._world.default:
            raise ConfigError("the default environment cannot be removed")
        del self._world.environments[environment.id]
        self._world.save()

    def _reset(self, request: Request, given: Any) -> None:
        """Forgets all objects, and the switches if asked to."""
        environment = self._environment(request)
        environment.objects.clear()
        if isinstance(given, dict) and given.get("switches"):
            environment.switches = self._world.config.switches
            environment.overrides, environment.missing = {}, frozenset()
        environment.changed()

    def _seed(self, request: Request, given: Any) -> list[str]:
        return self.seed(self._environment(request), given if isinstance(given, list) else [given])

    def _stream(self, request: Request, given: Any) -> list[dict[str, Any]]:
        """Let sessions end: they are sent to the exports."""
        return stream(self._environment(request), Order.read(given or {}))

    def _change(self, request: Request, given: Any) -> dict[str, Any]:
        """``value`` replaces the value, ``merge`` is laid over it; ``externalId`` (null: none) sets the label.

        ``modifiable`` and ``deletable`` say what the API lets anybody do with it.
        """
        environment, item = self._object(request)
        known = {"value", "merge", "externalId", "author", "validate", "modifiable", "deletable"}
        if not isinstance(given, dict) or set(given) - known:
            raise ConfigError(f"takes {', '.join(sorted(known))}")
        value = given.get("value", item.value)
        if "merge" in given:
            value = _merged(value, given["merge"])
        options = writes.Options(given.get("author", _AUTHOR), validate=given.get("validate", True))
        writes.by_hand(environment, item, value, options)
        if "externalId" in given:
            item.external_id = given["externalId"]
        item.modifiable = bool(given.get("modifiable", item.modifiable))
        item.deletable = bool(given.get("deletable", item.deletable))
        environment.changed()
        return self._told(environment, item)

    def _remove(self, request: Request, _body: Any) -> None:
        environment, item = self._object(request)
        environment.remove(item)

    def _fingerprints(self, request: Request, _body: Any) -> dict[str, str]:
        environment, item = self._object(request)
        return dict(self._told(environment, item)["secrets"])

    def _compare(self, request: Request, given: Any) -> dict[str, bool]:
        """``{"path": "authentication/basicAuth/password", "value": "..."}``: whether that is the stored secret."""
        environment, item = self._object(request)
        if not isinstance(given, dict) or set(given) != {"path", "value"}:
            raise ConfigError("takes path and value")
        known = self._told(environment, item)["secrets"]
        return {"equal": known.get(given["path"]) == secrets.fingerprint(str(given["value"]))}


def _schema(part: Any) -> Schema:
    return schema_files(Path(part))[0] if isinstance(part, str) else Schema(part)


def _merged(base: Any, over: Any) -> Any:
    if not isinstance(base, dict) or not isinstance(over, dict):
        return over
    return {**base, **{name: _merged(base.get(name), part) for name, part in over.items()}}


def _endpoint(work: Callable[[Request, Any], Any], *, aside: bool = False) -> Callable[[Request], Any]:
    """:param aside: the work takes long and waits for others."""

    async def run(request: Request) -> Response:
        body = await request.body()
        try:
            given = json.loads(body) if body else None
            result = await run_in_threadpool(work, request, given) if aside else work(request, given)
        except ApiError as error:
            return JSONResponse(error.envelope(), error.status)
        except (ConfigError, SchemaError, ValueError, TypeError, AttributeError, OSError) as error:
            return JSONResponse({"error": f"{type(error).__name__}: {error}"}, 400)
        return Response(status_code=204) if result is None else JSONResponse(result)

    return run
