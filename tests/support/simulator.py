# Copyright (c) 2026, community.dynatrace contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""A Settings API simulator for tests: a real server process on a free port."""

from __future__ import annotations

import contextlib
import json
import os
import ssl
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlencode

PACKAGE_FOLDER = Path(__file__).resolve().parents[2] / "roles" / "settings_api_simulator" / "files"
EXPORT_SCHEMA = "builtin:elasticsearch.user-session-export-settings-v2"
ZONE_SCHEMA = "builtin:management-zones"
WEBHOOK_SCHEMA = "app:simulator.webhook:connection"

# On a busy machine; one otherwise.
_START_SECONDS = 120


class SimulatorError(RuntimeError):
    """The simulator did not start, or its control endpoint rejected a request."""


class Simulator:
    """A running simulator. Use it as a context manager, or call ``stop()``.

    What one needs most:

    ``url(env)``            base URL of an environment (no ``/api/v2``); the default environment in SaaS form
    ``managed_url(env)``    the same always in the form ``.../e/<env>``
    ``token(env, name)``    an access token; names: full (default), read, write, other, expired, disabled, platform,
                            platform_read (the last two are bearer tokens for the platform path)
    ``requests(**match)``   the request log, oldest first: dicts with method, path, query, environment, status (None:
                            never answered), applied, fault, body (bytes, items, keys, schemas), token (its name),
                            user_agent. ``match``: method=, environment=, status= (equal), path= (contained)
    ``clear_log()``         empties it
    ``fault(action, ...)``  misbehaviour; see below
    ``clear_faults()``
    ``seed(env, objects)``  creates objects by hand, in another's name; returns their ids. An object is
                            {schemaId, value, scope?, externalId?, author?, validate?: false, owner?, permissions?}
    ``objects(env)``        all objects: every field of the API, secrets masked, plus "secrets": {path: sha256}
    ``change(env, id, ...)``  value=, merge=, externalId=, author=, validate=: an edit by hand
    ``delete(env, id)``     a deletion by hand
    ``secret_is(env, id, path, value)``   whether that is the stored secret (path with slashes)
    ``switches(env, **flags)``            sets behavior flags of an environment (README.md of the role lists them)
    ``configure(env, ...)`` behavior_flags=, tokens=, schema_overrides=[schema or file], missing_schemas=[id]
    ``add_environment(env, **config)``    a new environment; then ``url`` and ``token`` know it
    ``stream(env, count=)`` lets sessions end, which are sent to the exports; what became of them, for each export
    ``reset(env)``          forgets its objects; ``reset(env, switches=True)`` its behavior flags and schemas as well
    ``stop()``, ``kill()``, ``restart()`` (same port, same state file, same options)

    Faults: ``fault("status", status=429, headers={"Retry-After": "1"}, method="PUT", times=2, skip=1)``. Actions:
    status, html, redirect (location=), delay (seconds=), hang (seconds=), drop, truncate (keep=), invalid_json, empty,
    content_type (content_type=), gzip (broken=), drip (seconds=, bytes=), huge (megabytes=); for lists empty_page,
    overlap (items=) and stale_list (items=); for deletions delete_refused. Which requests: method=, path= (regular
    expression), environment=, skip=, times= (default 1, None: for ever), probability=.
    ``when="after"``: the request is carried out first (default for the actions that spoil an answer),
    ``when="before"``: it is not (default for the others).

    The variable SIMULATOR_MASK names another mask for secrets than the simulator's own; the checks with the oldest
    core set it, so that the tests run with two masks.

    :param environments: ids; the first is the default environment. More in ``config``.
    :param config: the content of a configuration file.
    :param options: further command line options.
    :param folder: where ready file, log and state lie; a temporary one (removed by ``stop``) if not given.
    :param state: keep the state in a file, so that it survives ``restart()``.
    :raises SimulatorError: it did not start; the text ends with its log.
    """

    def __init__(
        self,
        environments: Sequence[str] = (),
        *,
        config: Mapping[str, Any] | None = None,
        options: Sequence[str] = (),
        folder: Path | None = None,
        state: bool = False,
        python: str = sys.executable,
    ) -> None:
        self._temporary = tempfile.TemporaryDirectory(prefix="simulator-") if folder is None else None
        self.folder = Path(self._temporary.name) if self._temporary is not None else Path(folder or "")
        self.log_file = self.folder / "simulator.log"
        self._ready_file = self.folder / "ready.json"
        self._command = [python, "-m", "settings_api_simulator", "--ready-file", str(self._ready_file)]
        self._command += ["--parent-pid", str(os.getpid()), "--stop-after", "3600"]
        for name in environments:
            self._command += ["--environment", name]
        mask = os.environ.get("SIMULATOR_MASK")
        if mask:
            flags = {"mask": mask, **((config or {}).get("behavior_flags") or {})}
            config = {**(config or {}), "behavior_flags": flags}
        if config is not None:
            path = self.folder / "config.json"
            path.write_text(json.dumps(config), encoding="utf-8")
            self._command += ["--config", str(path)]
        if state:
            self._command += ["--state-file", str(self.folder / "state.json")]
        self._command += list(options)
        # Trusts nothing until trust(); the default one would load the machine's certificates at each call, for 20 ms.
        self._context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        self.process: subprocess.Popen[bytes] | None = None
        self.ready: dict[str, Any] = {}
        try:
            self.start()
        except BaseException:
            self._clean()
            raise

    def __enter__(self) -> Simulator:
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    # the process

    def start(self, port: int = 0) -> None:
        """Start the process and wait until it listens."""
        self._ready_file.unlink(missing_ok=True)
        environment = {**os.environ, "PYTHONPATH": str(PACKAGE_FOLDER), "PYTHONDONTWRITEBYTECODE": "1"}
        with self.log_file.open("ab") as log:
            self.process = subprocess.Popen(
                [*self._command, "--port", str(port)],
                stdin=subprocess.DEVNULL, stdout=log, stderr=log, env=environment, cwd=self.folder,
            )  # fmt: skip
        end = time.monotonic() + _START_SECONDS
        while not self._ready_file.exists():
            if self.process.poll() is not None or time.monotonic() > end:
                self.kill()
                raise SimulatorError("the simulator did not start:\n" + self.log_file.read_text(errors="replace"))
            time.sleep(0.02)
        self.ready = json.loads(self._ready_file.read_text(encoding="utf-8"))

    def trust(self, ca_file: str | Path, client: tuple[str, str] | None = None) -> None:
        """For an https simulator: how this helper itself talks to it."""
        self._context = ssl.create_default_context(cafile=str(ca_file))
        if client is not None:
            self._context.load_cert_chain(*client)

    def stop(self) -> int | None:
        """Stop the process, remove its files, and return its exit code."""
        code = self._end("terminate")
        self._clean()
        return code

    def kill(self) -> None:
        """Kill the process (SIGKILL)."""
        self._end("kill")

    def restart(self, *, kill: bool = False) -> None:
        """Restart the process on the same port."""
        port = self.port
        self._end("kill" if kill else "terminate")
        self.start(port)

    def _end(self, how: str) -> int | None:
        if self.process is None:
            return None
        if self.process.poll() is None:
            getattr(self.process, how)()
        try:
            return self.process.wait(timeout=10)
        except subprocess.TimeoutExpired:
            self.process.kill()
            return self.process.wait()

    def _clean(self) -> None:
        if self._temporary is not None:
            self._temporary.cleanup()

    # addresses and tokens

    @property
    def port(self) -> int:
        return int(self.ready["port"])

    @property
    def base_url(self) -> str:
        return str(self.ready["url"])

    @property
    def default_environment(self) -> str:
        return str(self.ready["default_environment"])

    def url(self, env: str | None = None) -> str:
        return str(self.ready["environments"][env or self.default_environment]["url"])

    def managed_url(self, env: str | None = None) -> str:
        return f"{self.base_url}/e/{env or self.default_environment}"

    def token(self, env: str | None = None, name: str = "full") -> str:
        return str(self.ready["environments"][env or self.default_environment]["tokens"][name])

    # the control endpoint

    def requests(self, **match: object) -> list[dict[str, Any]]:
        return list(self._control("GET", "/requests?" + urlencode({key: str(part) for key, part in match.items()})))

    def clear_log(self) -> None:
        self._control("DELETE", "/requests")

    def counters(self) -> dict[str, Any]:
        return dict(self._control("GET", "/counters"))

    def fault(self, action: str, **rule: object) -> dict[str, Any]:
        return dict(self._control("POST", "/faults", {"action": action, **rule})[0])

    def faults(self) -> list[dict[str, Any]]:
        return list(self._control("GET", "/faults"))

    def clear_faults(self) -> None:
        self._control("DELETE", "/faults")

    def seed(self, env: str | None, objects: Sequence[Mapping[str, Any]]) -> list[str]:
        return list(self._control("POST", self._path(env, "/objects"), [dict(item) for item in objects]))

    def objects(self, env: str | None = None, schema: str | None = None) -> list[dict[str, Any]]:
        found = self._control("GET", self._path(env, "/objects"))
        return [item for item in found if schema is None or item["schemaId"] == schema]

    def change(self, env: str | None, object_id: str, **change: object) -> dict[str, Any]:
        return dict(self._control("PUT", self._path(env, f"/objects/{quote(object_id, safe='')}"), change))

    def delete(self, env: str | None, object_id: str) -> None:
        self._control("DELETE", self._path(env, f"/objects/{quote(object_id, safe='')}"))

    def secret_is(self, env: str | None, object_id: str, path: str, value: str) -> bool:
        question = {"path": path, "value": value}
        answer = self._control("POST", self._path(env, f"/objects/{quote(object_id, safe='')}/secrets"), question)
        return bool(answer["equal"])

    def switches(self, env: str | None = None, **switches: object) -> None:
        self.configure(env, behavior_flags=switches)

    def configure(self, env: str | None = None, **change: object) -> None:
        answer = self._control("PATCH", self._path(env, ""), change)
        self.ready["environments"][env or self.default_environment]["tokens"].update(answer["tokens"])

    def add_environment(self, env: str, **config: object) -> None:
        answer = self._control("PUT", self._path(env, ""), config)
        url = self.managed_url(env)
        self.ready["environments"][env] = {"url": url, "managed_url": url, "tokens": answer["tokens"]}

    def stream(self, env: str | None = None, **order: object) -> list[dict[str, Any]]:
        return list(self._control("POST", self._path(env, "/sessions"), order))

    def received(self) -> list[dict[str, Any]]:
        return list(self._control("GET", "/received"))

    def reset(self, env: str | None = None, *, switches: bool = False) -> None:
        self._control("POST", self._path(env, "/reset"), {"behavior_flags": switches})

    def _path(self, env: str | None, rest: str) -> str:
        return f"/environments/{quote(env or self.default_environment, safe='')}{rest}"

    def _control(self, method: str, path: str, content: object = None) -> Any:
        body = None if content is None else json.dumps(content).encode()
        headers = {"Content-Type": "application/json", "X-Simulator-Token": str(self.ready["control_token"])}
        request = urllib.request.Request(  # noqa: S310
            f"{self.base_url}/_simulator{path}", body, headers, method=method
        )
        opener = urllib.request.build_opener(
            urllib.request.ProxyHandler({}), urllib.request.HTTPSHandler(context=self._context)
        )
        try:
            with opener.open(request, timeout=30) as answer:
                text = answer.read()
        except urllib.error.HTTPError as error:
            with error:
                raise SimulatorError(f"{method} {path}: {error.code} {error.read().decode()}") from None
        return json.loads(text) if text else None


@contextlib.contextmanager
def simulator(*environments: str, **arguments: Any) -> Iterator[Simulator]:
    """Run a simulator, for a ``with`` block or a fixture."""
    with Simulator(environments, **arguments) as found:
        yield found


def export_value(url: str = "https://sessions.example.com/export", **sections: Mapping[str, Any]) -> dict[str, Any]:
    """A whole valid value of a session export; ``sections`` are laid over it (``endpointDefinition={...}``)."""
    value: dict[str, Any] = {
        "endpointDefinition": {
            "endpointUrl": url,
            "enableUserSessionExport": True,
            "contentType": "application/json",
            "usePost": False,
        },
        "authentication": {"active": False},
        "sendDirect": {"active": False},
        "exportBehavior": {"disableNotification": False},
    }
    for name, part in sections.items():
        value[name] = {**value[name], **part}
    return value


def basic_auth(username: str, password: str) -> dict[str, Any]:
    """Return the section ``authentication`` with a user name and a password."""
    return {"active": True, "authType": "basic", "basicAuth": {"username": username, "password": password}}


def oauth2(client_secret: str, **more: object) -> dict[str, Any]:
    """Return the section ``authentication`` with OAuth client credentials."""
    content = {
        "grantType": "clientCredentials",
        "accessTokenUrl": "https://sso.example.com/token",
        "clientId": "exporter",
        "clientSecret": client_secret,
        "sendCredentials": "header",
        **more,
    }
    return {"active": True, "authType": "oauth2", "oAuth2": content}


def export_object(name: str | None = None, value: Mapping[str, Any] | None = None, **more: object) -> dict[str, Any]:
    """Return a session export for ``seed`` or a POST. ``name`` becomes its externalId."""
    found: dict[str, Any] = {"schemaId": EXPORT_SCHEMA, "scope": "environment", "value": dict(value or export_value())}
    if name is not None:
        found["externalId"] = name
    return {**found, **more}
