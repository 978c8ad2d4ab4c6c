# Copyright (c) 2026, community.dynatrace contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Scenarios for faults, the ways to run them, and the ledger that counts what was done and what was damaged.

A scenario is what is there, what is declared, and what must be there at the end. It is written as the API has it
(``Export.value``), so that the engine is not its own judge. ``Arena`` runs scenarios in this process (milliseconds), or
as a module process of its own, forked from a server that has imported everything (tens of milliseconds).
"""

from __future__ import annotations

import contextlib
import functools
import importlib
import io
import json
import multiprocessing
import multiprocessing.forkserver
import os
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from ansible_collections.community.dynatrace.plugins.module_utils import _export_modules as module
from ansible_collections.community.dynatrace.plugins.module_utils._problems import render
from ansible_collections.community.dynatrace.plugins.module_utils._settings_api.client import SettingsClient
from ansible_collections.community.dynatrace.plugins.module_utils._settings_api.connection import (
    AccessToken,
    Connection,
)
from ansible_collections.community.dynatrace.plugins.module_utils._settings_api.errors import SettingsError
from ansible_collections.community.dynatrace.plugins.module_utils._settings_api.external_id import decode
from ansible_collections.community.dynatrace.tests.support.counters import Ledger
from ansible_collections.community.dynatrace.tests.support.simulator import (
    EXPORT_SCHEMA,
    Simulator,
    basic_auth,
    export_object,
    export_value,
    oauth2,
)

LONG = os.environ.get("FAULT_INJECTION") == "long"
MODULE = "ansible_collections.community.dynatrace.plugins.modules.user_session_exports"
MAXIMUM = 3
KEY = "first key for fingerprints"
NEW_KEY = "second key for fingerprints"
SECRETS = {"password": "authentication/basicAuth/password", "client_secret": "authentication/oAuth2/clientSecret"}


@dataclass(frozen=True)
class Export:
    """One export, in the words of the user and in those of the API."""

    name: str
    host: str
    password: str | None = None
    client_secret: str | None = None
    silent: bool = False
    zone: str | None = None

    def options(self) -> dict[str, Any]:
        """As the user declares it."""
        found: dict[str, Any] = {
            "name": self.name,
            "endpoint_definition": {"endpoint_url": f"https://{self.host}.example.com/"},
        }
        if self.password is not None:
            client: dict[str, Any] = {"username": "dynatrace", "password": self.password}
            found["authentication"] = {"active": True, "basic_auth": client}
        elif self.client_secret is not None:
            client = {"access_token_url": "https://sso.example.com/token", "client_id": "exporter"}
            client["client_secret"] = self.client_secret
            found["authentication"] = {"active": True, "auth_type": "oauth2", "oauth2": client}
        behavior: dict[str, Any] = {"disable_notification": True} if self.silent else {}
        behavior |= {"management_zone": self.zone} if self.zone else {}
        return found | ({"export_behavior": behavior} if behavior else {})

    def value(self) -> dict[str, Any]:
        """As the environment must hold it, secrets in clear."""
        sections: dict[str, Any] = {"exportBehavior": {"disableNotification": self.silent}}
        if self.password is not None:
            sections["authentication"] = basic_auth("dynatrace", self.password)
        elif self.client_secret is not None:
            sections["authentication"] = oauth2(self.client_secret)
        return export_value(f"https://{self.host}.example.com/", **sections)

    def secrets(self) -> dict[str, str]:
        """Each secret by its path."""
        given = {path: getattr(self, name) for name, path in SECRETS.items()}
        return {path: secret for path, secret in given.items() if secret is not None}


@dataclass(frozen=True)
class Scenario:
    """What is there, what is declared, and what must be there at the end."""

    name: str
    declared: tuple[Export, ...]
    # Further options of the module.
    options: Mapping[str, Any] = field(default_factory=dict)
    # What someone made by hand: an export and its external ID.
    by_hand: tuple[tuple[Export, str | None], ...] = ()
    # What earlier runs declared, and their options.
    earlier: tuple[tuple[tuple[Export, ...], Mapping[str, Any]], ...] = ()
    switches: Mapping[str, Any] = field(default_factory=dict)
    stays: tuple[Export, ...] = ()
    # What differs from the options above in the run that must find nothing to do, and its requests.
    quiet_options: Mapping[str, Any] = field(default_factory=dict)
    quiet_requests: int = 1

    def __str__(self) -> str:
        return self.name

    @property
    def expected(self) -> tuple[Export, ...]:
        """What must be there at the end."""
        return self.stays if self.options.get("state") == "absent" else (*self.declared, *self.stays)


A, B, C = Export("a", "a", password="pass of a"), Export("b", "b", client_secret="secret of b"), Export("c", "c")
OLD_A, OLD_B = Export("a", "old-a", password="old pass of a"), Export("b", "b", client_secret="old secret of b")
X, Y, Z = Export("x", "x"), Export("y", "y", password="pass of y"), Export("z", "z", silent=True)
PRUNE = {"prune": True}
WITH_KEY = {"secret_fingerprint_key": KEY}

SCENARIOS = (
    Scenario(
        "create-update-delete",
        (A, C),
        {**PRUNE, "update_secrets": "always"},
        earlier=(((OLD_A, X), {}),),
        quiet_options={"update_secrets": "on_create"},
    ),
    Scenario("takeover", (A, B, C), {**PRUNE, **WITH_KEY}, earlier=(((OLD_A, X, Y), WITH_KEY),)),
    Scenario(
        "adoption",
        (A, B),
        by_hand=((A, None), (Export("b", "b", client_secret="secret of b", silent=True), None), (Z, "monaco:z")),
        stays=(Z,),
    ),
    Scenario("three-external-ids", (A, B, C), by_hand=((A, None), (B, None), (C, None))),
    Scenario("three-new", (A, B, C)),
    Scenario(
        "rotation", (A, B, C), WITH_KEY, earlier=(((Export("a", "a", password="old pass of a"), OLD_B, C), WITH_KEY),)
    ),
    Scenario(
        "new-key",
        (A, B, C),
        {"secret_fingerprint_key": NEW_KEY, "secret_fingerprint_previous_key": KEY},
        earlier=(((A, OLD_B, C), WITH_KEY),),
    ),
    Scenario("turnover", (A, B, C), PRUNE, earlier=(((X, Y, Z), {}),)),
    Scenario("removal", (A, C), {"state": "absent"}, earlier=(((A, B, C), {}),), stays=(B,)),
    Scenario(
        "no-external-ids",
        (Export("a", "a", password="pass of a", silent=True), B, C),
        {"store_external_id": False, "update_secrets": "always"},
        earlier=(((A, OLD_B), {"store_external_id": False}),),
        quiet_options={"update_secrets": "on_create"},
    ),
    Scenario(
        "hidden-external-ids", (A, B), by_hand=((A, None),), switches={"returns_external_id": False}, quiet_requests=2
    ),
    Scenario(
        "empty-branches",
        (A, B, C),
        {**PRUNE, "update_secrets": "always"},
        earlier=(((OLD_A, X, Y), {}),),
        switches={"inactive_branches": "empty"},
        quiet_options={"update_secrets": "on_create"},
    ),
)


@dataclass
class Ended:
    """How a run ended: what the module prints."""

    failed: bool
    result: dict[str, Any]

    @property
    def message(self) -> str:
        return str(self.result.get("msg", ""))

    @property
    def changed(self) -> bool:
        return bool(self.result.get("changed"))

    @property
    def notes(self) -> str:
        return "\n".join(self.result.get("notes", ()))

    @property
    def reported(self) -> dict[str, Any]:
        """What it says about each export, without what differs from run to run."""
        kept = ("operation", "changed_properties", "external_id_state")
        return {
            one["name"]: {key: one[key] for key in kept} | {"secrets": [part["state"] for part in one["secrets"]]}
            for one in self.result["exports"]
        }


class Watched(SettingsClient):
    """A client that lets someone act before each of its requests, and notes what became of them."""

    def __init__(self, connection: Connection, before: Callable[[Watched], None] | None = None) -> None:
        super().__init__(connection)
        self.before = before
        # Method, object id (empty for a list or a plain create), and whether it went through.
        self.calls: list[tuple[str, str, bool | None]] = []

    def _reply(self, method: str, path: str, **more: Any) -> Any:
        if self.before is not None:
            self.before(self)
        body: Any = more.get("body")
        target = path.rpartition("/settings/objects/")[2] if method in ("PUT", "DELETE") else ""
        target = body[0].get("objectId", "") if method == "POST" else target
        self.calls.append((method, target, None))
        try:
            answer = super()._reply(method, path, **more)
        except SettingsError:
            self.calls[-1] = (method, target, False)
            raise
        self.calls[-1] = (method, target, True)
        return answer


class Process:
    """The module as a process of its own."""

    def __init__(self, folder: Path, arguments: Mapping[str, Any]) -> None:
        self._output = folder / f"output-{time.monotonic_ns()}"
        content = json.dumps({"ANSIBLE_MODULE_ARGS": dict(arguments)})
        self._process = _forkserver().Process(target=_run_module, args=(content, str(self._output)))
        self._process.start()

    @property
    def alive(self) -> bool:
        return bool(self._process.is_alive())

    def kill(self) -> None:
        """SIGKILL: it cannot be caught, nothing is tidied up."""
        self._process.kill()
        self._process.join()
        assert self._process.exitcode == -9

    def ended(self, seconds: float = 60) -> Ended:
        """Wait for its end and read what it printed."""
        self._process.join(seconds)
        if self.alive:
            self.kill()
            raise AssertionError(f"the module did not end within {seconds} s")
        text = self._output.read_text(encoding="utf-8")
        try:
            result = json.loads(text)
        except ValueError:
            raise AssertionError(f"no result, but: {text}") from None
        code = self._process.exitcode
        assert code == (1 if result.get("failed") else 0), (code, result)
        return Ended(bool(code), result)


@functools.cache
def _forkserver() -> Any:
    """Has imported everything, so that a process of it starts at once."""
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload([__name__, "requests", "jsonschema", MODULE])
    # It does not import along this process's sys.path by itself.
    given = os.environ.get("PYTHONPATH")
    os.environ["PYTHONPATH"] = os.pathsep.join(path for path in sys.path if path)
    try:
        multiprocessing.forkserver.ensure_running()
    finally:
        del os.environ["PYTHONPATH"]
        if given is not None:
            os.environ["PYTHONPATH"] = given
    return context


def _run_module(content: str, output: str) -> None:
    """In the child: the module reads its arguments from the standard input, and prints."""
    handle = os.open(output, os.O_WRONLY | os.O_CREAT, 0o600)
    os.dup2(handle, 1)
    os.dup2(handle, 2)
    sys.stdin = io.TextIOWrapper(io.BytesIO(content.encode()))
    sys.stdout, sys.stderr = os.fdopen(1, "w"), os.fdopen(2, "w")
    sys.argv = [MODULE]
    importlib.import_module(MODULE).main()


class Arena:
    """One environment of a simulator."""

    def __init__(self, simulator: Simulator, env: str, ledger: Ledger, folder: Path) -> None:
        self.simulator, self.env, self.ledger, self.folder = simulator, env, ledger, folder

    # what is there

    def begin(self, scenario: Scenario) -> None:
        """As it is before the scenario."""
        self.simulator.clear_faults()
        self.simulator.reset(self.env, switches=True)
        for export, external_id in scenario.by_hand:
            self.simulator.seed(self.env, [export_object(external_id, export.value())])
        for exports, options in scenario.earlier:
            ended = self.run(self.arguments(exports, options))
            assert not ended.failed, ended
        if scenario.switches:
            self.simulator.switches(self.env, **scenario.switches)
        self.simulator.clear_log()

    def objects(self) -> list[dict[str, Any]]:
        """The exports that are there."""
        return self.simulator.objects(self.env, EXPORT_SCHEMA)

    def requests(self, *methods: str) -> list[dict[str, Any]]:
        """The requests in the log."""
        return [one for one in self.simulator.requests(environment=self.env) if not methods or one["method"] in methods]

    # runs

    def arguments(
        self, exports: Sequence[Export], options: Mapping[str, Any] | None = None, **more: Any
    ) -> dict[str, Any]:
        """Of the module."""
        connection = {
            "environment_url": self.simulator.managed_url(self.env),
            "api_token": self.simulator.token(self.env),
        }
        return {**connection, "exports": [one.options() for one in exports], **(options or {}), **more}

    def of(self, scenario: Scenario, **more: Any) -> dict[str, Any]:
        """The arguments of a scenario's run."""
        return self.arguments(scenario.declared, scenario.options, **more)

    def client(self, arguments: Mapping[str, Any], before: Callable[[Watched], None] | None = None) -> Watched:
        """A client as the module makes it."""
        limits = {"timeout": 30.0, "retry_timeout": 60.0, **{key: arguments[key] for key in LIMITS if key in arguments}}
        token = AccessToken(arguments["api_token"])
        return Watched(Connection(arguments["environment_url"], token, **limits), before)

    def run(self, arguments: Mapping[str, Any], client: Watched | None = None) -> Ended:
        """In this process. An exception that is no error on purpose goes through, and fails the test."""
        params = {name: arguments.get(name, spec.get("default")) for name, spec in module.OPTIONS.items()}
        ready, problems = module.check(params)
        assert not problems, problems
        with client or self.client(arguments) as opened:
            try:
                return Ended(False, module.run(opened, ready, params, check_mode=False))
            except SettingsError as error:
                message, details = render(error)
                return Ended(True, {"msg": message, **details})

    def start(self, arguments: Mapping[str, Any]) -> Process:
        """As a process."""
        return Process(self.folder, arguments)

    def wait_for_fault(self, when: str = "before", seconds: float = 20) -> None:
        """Until a request hangs: before it was carried out, or after."""
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            hit = [one for one in self.requests() if one["fault"]]
            if hit and (when == "before" or hit[0]["applied"] or hit[0]["method"] == "GET"):
                return
            time.sleep(0.002)
        raise AssertionError("no request came to where the fault waits")

    # judgement

    def judge(self, scenario: Scenario) -> None:
        """What is there is what was declared and what stays: nothing doubled, lost or spoiled."""
        found = self.objects()
        present = [(one.get("externalId"), one["value"]["endpointDefinition"]["endpointUrl"]) for one in found]
        self.ledger.check("more than three", len(found) <= MAXIMUM, present)
        self.ledger.check("doubled", len(found) <= len(scenario.expected), present)
        for export in scenario.expected:
            same = [one for one in found if export_host(one) == export.host]
            self.ledger.check("lost", same, export.name, present)
            self.ledger.check("doubled", len(same) == 1, export.name, present)
            self.judge_object(same[0], [export])
            external_id = decode(same[0].get("externalId"))
            if (
                export in scenario.declared
                and scenario.options.get("store_external_id", True)
                and not scenario.switches
            ):
                self.ledger.check(
                    "wrong external ID",
                    external_id is not None and external_id.name == export.name,
                    export.name,
                    present,
                )

    def judge_object(self, item: Mapping[str, Any], candidates: Sequence[Export]) -> Export:
        """It is wholly one of these, secrets included."""
        value = item["value"]
        host = export_host(item)
        for export in candidates:
            wanted = export.value()
            if host != export.host or not _covers(value, wanted, set(map(_last, export.secrets()))):
                continue
            if all(
                self.simulator.secret_is(self.env, item["objectId"], path, secret)
                for path, secret in export.secrets().items()
            ):
                return export
        self.ledger.check("wrong value or secret", False, host, value, [one.name for one in candidates])
        raise AssertionError

    def judge_quiet(self, scenario: Scenario) -> None:
        """One more run finds nothing to do, with one request."""
        before = len(self.requests())
        ended = self.run(self.of(scenario, **scenario.quiet_options))
        sent = [one["method"] for one in self.requests()[before:]]
        self.ledger.check("next run changes something", not ended.failed and not ended.changed, ended)
        self.ledger.check("next run sends more", sent == ["GET"] * scenario.quiet_requests, sent)
        self.ledger.count("runs that found nothing to do")

    def baseline(self, scenario: Scenario) -> tuple[Ended, list[dict[str, Any]]]:
        """The scenario without any harm: its result and its requests."""
        self.begin(scenario)
        ended = self.run(self.of(scenario))
        sent = self.requests()
        assert not ended.failed, ended
        self.judge(scenario)
        self.judge_quiet(scenario)
        return ended, sent


LIMITS = ("timeout", "retry_timeout")


def export_host(item: Mapping[str, Any]) -> str:
    """The first part of the host name of an export's endpoint."""
    return str(item["value"]["endpointDefinition"]["endpointUrl"]).removeprefix("https://").partition(".")[0]


def _last(path: str) -> str:
    return path.rpartition("/")[2]


def _covers(have: Any, wanted: Any, secrets: set[str]) -> bool:
    """Whether everything wanted is there; what the environment keeps in inactive sections does not count."""
    if isinstance(wanted, Mapping):
        return isinstance(have, Mapping) and all(
            key in secrets or _covers(have.get(key), part, secrets) for key, part in wanted.items()
        )
    return bool(have == wanted)


@contextlib.contextmanager
def arena(simulator: Simulator, ledger: Ledger, folder: Path) -> Iterator[Arena]:
    """The default environment of a simulator, left as it was found."""
    found = Arena(simulator, simulator.default_environment, ledger, folder)
    try:
        yield found
    finally:
        simulator.clear_faults()
        simulator.reset(found.env, switches=True)
        simulator.clear_log()
