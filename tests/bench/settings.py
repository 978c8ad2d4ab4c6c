# Copyright (c) 2026, community.dynatrace contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""What settings of many schemas cost when nothing has changed: a fleet, and one environment with many objects.

"fleet" audits 100 environments with 20 schemas of 10 objects in one task, beside a thread pool of the same size that
only lists the same objects. "engine" does the same for one environment after the other in one process. "plan" compares
5,000 objects of one schema with their declaration, beside jsonschema alone on the same values. The last two measure CPU
time, so that other work on the machine matters little.

    python tests/bench/settings.py [--environments N] [--objects N] [--only fleet|engine|plan] [--profile]
"""

from __future__ import annotations

import argparse
import cProfile
import itertools
import json
import os
import pstats
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import requests
from jsonschema import Draft202012Validator

from ansible_collections.community.dynatrace.plugins.module_utils._settings_api.adapter import kept_connections
from ansible_collections.community.dynatrace.plugins.module_utils._settings_api.client import SettingsClient
from ansible_collections.community.dynatrace.plugins.module_utils._settings_api.connection import (
    AccessToken,
    Connection,
)
from ansible_collections.community.dynatrace.plugins.module_utils._settings_api.schema import Schema
from ansible_collections.community.dynatrace.plugins.module_utils._settings_objects import settings_module
from ansible_collections.community.dynatrace.plugins.plugin_utils._fleet.environments import (
    Job,
    Prepared,
    definition_of,
    run,
)
from ansible_collections.community.dynatrace.tests.support.simulator import Simulator
from settings_api_simulator.ids import object_id
from settings_api_simulator.published.parts import NOT_BLANK, enum, equals, group, prop, top

SCHEMAS, OBJECTS_EACH, THREADS = 20, 10, 50
LISTER = """
import json, sys
from concurrent.futures import ThreadPoolExecutor
import requests
task = json.load(open(sys.argv[1]))
def work(host):
    with requests.Session() as session:
        session.headers["Authorization"] = "Api-Token " + host["token"]
        session.get(host["url"] + "/api/v2/settings/schemas", timeout=60).raise_for_status()
        for schema in task["schemas"]:
            asked = {"schemaIds": schema, "scopes": "environment", "fields": task["fields"], "pageSize": 500}
            session.get(host["url"] + "/api/v2/settings/objects", params=asked, timeout=60).json()
with ThreadPoolExecutor(task["threads"]) as pool:
    list(pool.map(work, task["hosts"]))
"""
FIELDS = "objectId,value,updateToken,externalId,modificationInfo,scope,author,modified"


def document(schema_id: str) -> dict[str, Any]:
    """A schema of usual size: 12 properties, a list of objects, an enumeration, and a precondition."""
    condition = group(
        "Condition",
        attribute=prop("text", "Attribute", NOT_BLANK, {"type": "LENGTH", "maxLength": 200}),
        operator=prop("enums/Operator", "Operator"),
        value=prop("text", "Value"),
    )
    conditions = prop("list", "Conditions", default=[], minObjects=0, items={"type": {"$ref": "#/types/Condition"}})
    conditions["maxObjects"] = 50
    return top(
        schema_id,
        schema_id,
        "1.0.1",
        maxObjects=20000,
        schemaConstraints=[{"type": "UNIQUE", "uniqueProperties": ["name"]}],
        enums={"Operator": enum("Operator", EQUALS="equals", CONTAINS="contains", EXISTS="exists")},
        types={"Condition": condition},
        properties={
            "enabled": prop("boolean", "Enabled", default=True),
            "name": prop("text", "Name", NOT_BLANK, {"type": "LENGTH", "minLength": 1, "maxLength": 200}),
            "description": prop("text", "Description", {"type": "LENGTH", "maxLength": 1000}, default=""),
            "threshold": prop("integer", "Threshold", {"type": "RANGE", "minimum": 0, "maximum": 100}, default=5),
            "weight": prop("float", "Weight", default=1.0),
            "notify": prop("boolean", "Notify", default=False),
            "recipient": prop("text", "Recipient", NOT_BLANK, precondition=equals("notify", True)),
            "pattern": prop("text", "Pattern", {"type": "PATTERN", "pattern": "^[a-z0-9.-]*$"}, default=""),
            "conditions": conditions,
        },
    )


def value_of(number: int) -> dict[str, Any]:
    """A complete value."""
    conditions = [{"attribute": f"tag{place}", "operator": "EQUALS", "value": str(number)} for place in range(3)]
    notify = {"notify": True, "recipient": "team@example.com"} if number % 2 else {"notify": False}
    more = {"description": "", "threshold": number % 100, "weight": 1.0, "pattern": "a.b-c"}
    return {"enabled": True, "name": f"object {number}", **more, **notify, "conditions": conditions}


# One environment with many objects


class StubClient(SettingsClient):
    """A client without HTTP."""

    def __init__(self, schema: Mapping[str, Any], items: list[dict[str, Any]]) -> None:
        super().__init__(Connection("https://abc12345.live.dynatrace.com", AccessToken("dt0c01.A.B")))
        self._schema, self._items = schema, items

    def list_schemas(self, *_arguments: Any, **_options: Any) -> Any:
        return [{"schemaId": self._schema["schemaId"], "latestSchemaVersion": self._schema["version"]}]

    def get_schema(self, *_arguments: Any, **_options: Any) -> Any:
        return self._schema

    def list_objects(self, *_arguments: Any, **_options: Any) -> Any:
        return self._items


def cpu_seconds(work: Callable[[], object], times: int = 3) -> float:
    """The least CPU time of a few runs."""
    found = []
    for _turn in range(times):
        start = time.process_time()
        work()
        found.append(time.process_time() - start)
    return min(found)


def plan_figures(count: int, *, profile: bool = False) -> SimpleNamespace:
    """CPU seconds of a plan for many objects, and of jsonschema for the same values."""
    schema_id = "builtin:bench"
    raw = document(schema_id)
    values = [value_of(number) for number in range(count)]
    items = [
        {
            "objectId": object_id(schema_id, "environment", f"{number:08d}-1234-3234-8234-123456789012"),
            "scope": "environment",
            "value": value,
            "updateToken": "t",
        }
        for number, value in enumerate(values)
    ]
    versions = itertools.count(1)
    defaults = {name: option.get("default") for name, option in settings_module.OPTIONS.items()}
    declared = [{"schema_id": schema_id, "objects": [{"value": value} for value in values]}]
    params = {**defaults, "declarations": declared, "explain_drift": False, "permission_check": "never"}
    validator = Draft202012Validator(Schema.from_document(raw).json_schema())

    def alone() -> None:
        assert not any(True for value in values for _error in validator.iter_errors(value))

    def plan() -> None:
        # Nothing is known of another version of the schema.
        client: Any = StubClient({**raw, "version": f"1.0.{next(versions)}"}, items)
        declared, problems = settings_module.check(params)
        assert declared is not None and not problems
        assert not settings_module.run(client, declared, params, True)["changed"]

    plan()
    if profile:
        profiler = cProfile.Profile()
        profiler.runcall(plan)
        pstats.Stats(profiler).sort_stats("tottime").print_stats(35)
    return SimpleNamespace(jsonschema=cpu_seconds(alone), plan=cpu_seconds(plan))


# A fleet


@contextmanager
def simulated(count: int, folder: Path) -> Iterator[tuple[Simulator, list[dict[str, Any]]]]:
    """A fleet that is as declared, and its declarations."""
    ids = [f"builtin:bench.{number:02}" for number in range(SCHEMAS)]
    schemas = folder / "schemas"
    schemas.mkdir()
    for schema_id in ids:
        (schemas / f"{schema_id.replace(':', '__')}.json").write_text(json.dumps(document(schema_id)))
    names = [f"e{number}" for number in range(count)]
    values = [value_of(number) for number in range(OBJECTS_EACH)]
    with Simulator(names, options=["--schema", str(schemas)]) as simulator:
        for name in names:
            simulator.seed(
                name, [{"schemaId": one, "value": value, "validate": False} for one in ids for value in values]
            )
        yield simulator, [{"schema_id": one, "objects": [{"value": value} for value in values]} for one in ids]


def engine_figures(count: int, folder: Path) -> SimpleNamespace:
    """CPU milliseconds for an unchanged environment, and for a script that lists the same."""
    with simulated(count, folder) as (simulator, declared):
        entry = definition_of("environment")
        entry.warm()
        job = Job(
            module="environment",
            entry=entry,
            basedir=".",
            vars_prefix="",
            options={},
            option_variables={},
            defaults=lambda _template: {},
            dry=True,
            invocation=False,
            keeps=lambda _record: False,
        )

        def audit(number: int) -> None:
            name = f"e{number}"
            args = {
                "environment_url": simulator.url(name),
                "api_token": simulator.token(name),
                "declarations": declared,
                "schema_cache_directory": str(folder / "cache"),
            }
            outcome = run(Prepared(name, args, {"host": name}, {}), job)
            assert not outcome.failed and not outcome.changed, outcome.record

        def listed(number: int) -> None:
            name = f"e{number}"
            with requests.Session() as session:
                session.headers["Authorization"] = f"Api-Token {simulator.token(name)}"
                session.get(f"{simulator.url(name)}/api/v2/settings/schemas", timeout=60).raise_for_status()
                for one in declared:
                    asked = {
                        "schemaIds": one["schema_id"],
                        "scopes": "environment",
                        "fields": FIELDS,
                        "pageSize": "500",
                    }
                    session.get(f"{simulator.url(name)}/api/v2/settings/objects", params=asked, timeout=60).json()

        def each(work: Callable[[int], None]) -> float:
            work(0)
            return 1000 * min(cpu_seconds(lambda number=number: work(number), 1) for number in range(1, count))

        with kept_connections(1, count):
            return SimpleNamespace(audit=each(audit), listed=each(listed))


def fleet_figures(count: int, folder: Path) -> SimpleNamespace:
    """Wall seconds of an audit of a fleet, and of a thread pool that lists the same; requests for each environment."""
    with simulated(count, folder) as (simulator, declared):
        names = [f"e{number}" for number in range(count)]
        hosts = {
            name: {"dynatrace_environment_url": simulator.url(name), "dynatrace_api_token": simulator.token(name)}
            for name in names
        }
        group = {"hosts": hosts, "vars": {"dynatrace_settings": declared}}
        (folder / "inventory.json").write_text(json.dumps({"dynatrace": group}))
        task = {
            "hosts": [{"url": simulator.url(name), "token": simulator.token(name)} for name in names],
            "schemas": [one["schema_id"] for one in declared],
            "threads": THREADS,
            "fields": FIELDS,
        }
        (folder / "task.json").write_text(json.dumps(task))
        (folder / "lister.py").write_text(LISTER)
        options = {
            "dynatrace_check_tokens": False,
            "dynatrace_fail_on_drift": True,
            "dynatrace_settings_schema_cache_directory": str(folder / "cache"),
        }
        audit = ["-i", "inventory.json", "community.dynatrace.audit", "-e", json.dumps(options)]
        commands = {
            "start": [str(Path(sys.prefix) / "bin" / "ansible-playbook"), *audit, "--limit", "e0"],
            "lister": [sys.executable, "lister.py", "task.json"],
            "audit": [str(Path(sys.prefix) / "bin" / "ansible-playbook"), *audit],
        }
        found: dict[str, Any] = {}
        for name, command in commands.items():
            simulator.clear_log()
            found[name], found[f"{name}_cpu"] = timed(command, folder)
            found[f"{name}_requests"] = len(simulator.requests())
    return SimpleNamespace(**found, count=count)


def timed(command: list[str], folder: Path) -> tuple[float, float]:
    """Wall and CPU seconds of a command."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    start = time.monotonic()
    environment = {**os.environ, "ANSIBLE_INVENTORY_ENABLED": "yaml", "ANSIBLE_LOCALHOST_WARNING": "false"}
    done = subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, check=False)
    wall = time.monotonic() - start
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    if done.returncode:
        raise SystemExit(done.stdout[-3000:] + done.stderr[-3000:])
    return wall, after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def main() -> None:
    """Print the figures."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--environments", type=int, default=100)
    parser.add_argument("--objects", type=int, default=5000)
    parser.add_argument("--only", choices=["fleet", "engine", "plan"])
    parser.add_argument("--profile", action="store_true", help="what a plan spends its time on")
    options = parser.parse_args()
    if options.only in (None, "plan"):
        plan = plan_figures(options.objects, profile=options.profile)
        print(f"{options.objects} objects of one schema, nothing to change (CPU seconds)")
        print(f"  jsonschema alone {plan.jsonschema:6.2f}\n  plan             {plan.plan:6.2f}")
        print(f"  plan : jsonschema = {plan.plan / plan.jsonschema:.2f}\n", flush=True)
    if options.only in (None, "engine"):
        with tempfile.TemporaryDirectory(prefix="bench-") as name:
            engine = engine_figures(min(options.environments, 30), Path(name))
        print(f"one environment with {SCHEMAS} schemas x {OBJECTS_EACH} objects, nothing to change (CPU milliseconds)")
        print(f"  lister {engine.listed:6.1f}\n  audit  {engine.audit:6.1f}")
        print(f"  audit : lister = {engine.audit / engine.listed:.2f}\n", flush=True)
    if options.only in (None, "fleet"):
        with tempfile.TemporaryDirectory(prefix="bench-") as name:
            fleet = fleet_figures(options.environments, Path(name))
        print(f"{fleet.count} environments x {SCHEMAS} schemas x {OBJECTS_EACH} objects, nothing to change")
        for what in ("start", "lister", "audit"):
            wall, cpu = getattr(fleet, what), getattr(fleet, f"{what}_cpu")
            print(f"  {what:7} {wall:6.2f} s, CPU {cpu:6.2f} s, {getattr(fleet, f'{what}_requests')} requests")
        print(f"  audit : lister           = {fleet.audit / fleet.lister:.2f}")
        print(f"  (audit - start) : lister = {(fleet.audit - fleet.start) / fleet.lister:.2f}")
        print(f"  requests for each environment: {fleet.audit_requests / fleet.count:.1f}")


if __name__ == "__main__":
    main()
