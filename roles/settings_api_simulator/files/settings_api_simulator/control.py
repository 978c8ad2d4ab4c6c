# Copyright (c) 2026, community.dynatrace contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""``/_simulator/``: what no real server has. ``control_access`` decides who may use it."""

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
from .behavior_flags import BehaviorFlags, ConfigError
from .config import EnvironmentConfig, schema_files
from .environment_list import ListEntry
from .errors import ApiError
from .faults import Fault, Faults
from .interpreter import Schema, SchemaError
from .request_log import RequestLog
from .serializers import FIELDS, shown
from .session_export import StreamOptions, stream
from .state import Environment, SimulatorState, StoredObject
from .tokens import Token

_AUTHOR = "john.doe@example.com"
# What a seed has besides the parts of an object.
_SEED_ONLY = ("author", "validate", "time", "uid", "owner", "permissions")


class Control:
    """The control endpoint; README.md of the role lists its paths."""

    def __init__(self, state: SimulatorState, requests: RequestLog, faults: Faults, stop: Callable[[], None]) -> None:
        self._state = state
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
            ("/received", "GET", lambda _request, _: self._state.received),
            ("/received", "DELETE", lambda _request, _: self._state.received.clear()),
            (environment + "/reset", "POST", self._reset),
            (environment + "/objects", "GET", lambda request, _: self._all(self._environment(request))),
            (environment + "/objects", "POST", self._seed),
            (one, "PUT", self._change),
            (one, "DELETE", self._remove),
            (one + "/secrets", "GET", self._fingerprints),
            (one + "/secrets", "POST", self._compare),
        ]
        found = [Route(path, _endpoint(handler), methods=[method]) for path, method, handler in table]
        # It talks to others, maybe to this server itself, so it must not hold it up.
        return [*found, Route(environment + "/sessions", _endpoint(self._stream, aside=True), methods=["POST"])]

    def seed(self, environment: Environment, objects: list[dict[str, Any]]) -> list[str]:
        """Creates objects in the name of another author, without authorization.

        :raises ApiError: an object is refused; those before it stay.
        """
        ids = []
        for data in objects:
            item_data = {name: part for name, part in data.items() if name not in _SEED_ONLY}
            options = writes.Options(
                data.get("author", _AUTHOR), validate=data.get("validate", True), uid=str(data.get("uid") or "")
            )
            with environment.history.by_hand(data.get("time")):
                item = writes.create(environment, {"scope": "environment", **item_data}, True, options)
            if item is not None:
                item.owner = data.get("owner")
                item.permissions.update(data.get("permissions") or {})
                if "time" in data:
                    item.created = item.modified = int(data["time"])
                environment.changed()
            ids.append(item.id if item is not None else "")
        return ids

    def _environment(self, request: Request) -> Environment:
        name = request.path_params["environment"]
        found = self._state.environments.get(name)
        if found is None:
            raise ApiError(404, f"no environment {name}; there are {', '.join(self._state.environments)}")
        return found

    def _object(self, request: Request) -> tuple[Environment, StoredObject]:
        environment = self._environment(request)
        item = writes.find(environment, request.path_params["object_id"])
        if item is None:
            raise ApiError(404, "no such object")
        return environment, item

    def _overview(self, _request: Request, _body: Any) -> dict[str, Any]:
        counts = {name: len(environment.objects) for name, environment in self._state.environments.items()}
        head = {"version": __version__, "pid": os.getpid()}
        return {**head, "default_environment": self._state.default, "environments": counts}

    def _end(self, _request: Request, _body: Any) -> None:
        self._stop()

    def _add_faults(self, _request: Request, data: Any) -> list[dict[str, Any]]:
        rules = [Fault.read(part) for part in (data if isinstance(data, list) else [data])]
        return [self._faults.add(rule).as_json() for rule in rules]

    def _all(self, environment: Environment) -> list[dict[str, Any]]:
        return [self._describe(environment, item) for item in environment.objects.values()]

    def _describe(self, environment: Environment, item: StoredObject) -> dict[str, Any]:
        schema = environment.schema(item.schema_id)
        content = shown(environment, item, FIELDS)
        content["externalId"] = item.external_id  # whether or not the API shows it
        content["secrets"] = secrets.fingerprints(schema, item.value) if schema else {}
        return content

    def _dump(self, request: Request, _body: Any) -> dict[str, Any]:
        environment = self._environment(request)
        return {
            "id": environment.id,
            "behavior_flags": environment.flags.as_json(),
            "tokens": {name: list(token.scopes) for name, token in environment.tokens.items()},
            "schema_overrides": [f"{schema.id} {schema.version}" for schema in environment.overrides.values()],
            "missing_schemas": sorted(environment.missing),
            "listing": dataclasses.asdict(environment.listing),
            "objects": self._all(environment),
        }

    def _new_environment(self, request: Request, data: Any) -> dict[str, Any]:
        """A new environment; replaces one of that name. Returns its tokens."""
        name = request.path_params["environment"]
        part = EnvironmentConfig.read(name, data or {}, self._state.config.flags)
        environment = self._state.add(name, part)
        self.seed(environment, part.objects)
        self._state.save()
        return {"id": name, "tokens": {key: token.token for key, token in environment.tokens.items()}}

    def _change_environment(self, request: Request, data: Any) -> dict[str, Any]:
        environment = self._environment(request)
        known = {"behavior_flags", "tokens", "schema_overrides", "missing_schemas", "listing"}
        if not isinstance(data, dict) or set(data) - known:
            raise ConfigError(f"takes {', '.join(sorted(known))}")
        flags = BehaviorFlags.read(data.get("behavior_flags") or {}, environment.flags)
        tokens = {name: Token.read(name, part) for name, part in (data.get("tokens") or {}).items()}
        if "schema_overrides" in data:
            parts = data["schema_overrides"] or []
            found = [_schema(part) for part in (parts.values() if isinstance(parts, dict) else parts)]
            environment.overrides = {schema.id: schema for schema in found}
        if "missing_schemas" in data:
            environment.missing = frozenset(data["missing_schemas"] or ())
        environment.listing = ListEntry.read(data.get("listing") or {}, environment.listing)
        environment.flags = flags
        environment.tokens.update(tokens)
        self._state.save()
        return {"tokens": {name: token.token for name, token in tokens.items()}}

    def _drop_environment(self, request: Request, _body: Any) -> None:
        environment = self._environment(request)
        if environment.id == self._state.default:
            raise ConfigError("the default environment cannot be removed")
        del self._state.environments[environment.id]
        self._state.save()

    def _reset(self, request: Request, data: Any) -> None:
        """Removes all objects with their history, and the flags if asked to."""
        environment = self._environment(request)
        environment.objects.clear()
        environment.history.entries.clear()
        if isinstance(data, dict) and data.get("behavior_flags"):
            environment.flags = self._state.config.flags
            environment.overrides, environment.missing = {}, frozenset()
        environment.changed()

    def _seed(self, request: Request, data: Any) -> list[str]:
        return self.seed(self._environment(request), data if isinstance(data, list) else [data])

    def _stream(self, request: Request, data: Any) -> list[dict[str, Any]]:
        """Let sessions end: they are sent to the exports."""
        return stream(self._environment(request), StreamOptions.read(data or {}))

    def _change(self, request: Request, data: Any) -> dict[str, Any]:
        """``value`` replaces the value, ``merge`` is laid over it; ``externalId`` (null: none) sets the external ID.

        ``modifiable``, ``deletable`` and ``movable`` say what clients may do with it through the API.
        """
        environment, item = self._object(request)
        known = {"value", "merge", "externalId", "author", "validate", "modifiable", "deletable", "movable", "time"}
        if not isinstance(data, dict) or set(data) - known:
            raise ConfigError(f"takes {', '.join(sorted(known))}")
        value = data.get("value", item.value)
        if "merge" in data:
            value = _merged(value, data["merge"])
        options = writes.Options(data.get("author", _AUTHOR), validate=data.get("validate", True))
        with environment.history.by_hand(data.get("time")):
            writes.by_hand(environment, item, value, options)
        if "time" in data:
            item.modified = int(data["time"])
        if "externalId" in data:
            item.external_id = data["externalId"]
        item.modifiable = bool(data.get("modifiable", item.modifiable))
        item.deletable = bool(data.get("deletable", item.deletable))
        item.movable = bool(data.get("movable", item.movable))
        environment.changed()
        return self._describe(environment, item)

    def _remove(self, request: Request, _body: Any) -> None:
        environment, item = self._object(request)
        with environment.history.by_hand():
            environment.remove(item, _AUTHOR)

    def _fingerprints(self, request: Request, _body: Any) -> dict[str, str]:
        environment, item = self._object(request)
        return dict(self._describe(environment, item)["secrets"])

    def _compare(self, request: Request, data: Any) -> dict[str, bool]:
        """``{"path": "authentication/basicAuth/password", "value": "..."}``: whether that is the stored secret."""
        environment, item = self._object(request)
        if not isinstance(data, dict) or set(data) != {"path", "value"}:
            raise ConfigError("takes path and value")
        known = self._describe(environment, item)["secrets"]
        return {"equal": known.get(data["path"]) == secrets.fingerprint(str(data["value"]))}


def _schema(part: Any) -> Schema:
    return schema_files(Path(part))[0] if isinstance(part, str) else Schema(part)


def _merged(base: Any, over: Any) -> Any:
    if not isinstance(base, dict) or not isinstance(over, dict):
        return over
    return {**base, **{name: _merged(base.get(name), part) for name, part in over.items()}}


def _endpoint(handler: Callable[[Request, Any], Any], *, aside: bool = False) -> Callable[[Request], Any]:
    """:param aside: run it in a thread, because it takes long and waits for other servers."""

    async def run(request: Request) -> Response:
        body = await request.body()
        try:
            data = json.loads(body) if body else None
            result = await run_in_threadpool(handler, request, data) if aside else handler(request, data)
        except ApiError as error:
            return JSONResponse(error.envelope(), error.status)
        except (ConfigError, SchemaError, ValueError, TypeError, AttributeError, OSError) as error:
            return JSONResponse({"error": f"{type(error).__name__}: {error}"}, 400)
        return Response(status_code=204) if result is None else JSONResponse(result)

    return run
