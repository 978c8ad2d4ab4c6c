# Copyright (c) 2026, community.dynatrace contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Settings of every schema through the playbooks: declared, configured, audited, imported, and audited again.

In half of the environments, the same objects were created by hand, so nothing but the import knows them.
``ROUND_TRIP=long`` takes all schemas of the corpus, otherwise it is 40 of them.
"""

from __future__ import annotations

import copy
import json
import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

from ansible_collections.community.dynatrace.plugins.module_utils._settings_api.property_path import set_path
from ansible_collections.community.dynatrace.plugins.module_utils._settings_api.schema import Schema
from ansible_collections.community.dynatrace.tests.support.counters import Ledger
from ansible_collections.community.dynatrace.tests.support.playbooks import Command, command
from ansible_collections.community.dynatrace.tests.support.schema_values import load
from ansible_collections.community.dynatrace.tests.support.simulator import EXPORT_SCHEMA, Simulator
from ansible_collections.community.dynatrace.tests.support.valid_values import (
    CANARIES,
    declared,
    referenced_schema,
    texts,
    valid_value,
)

LONG = os.environ.get("ROUND_TRIP") == "long"
MOST = 40
SCHEMAS_IN_ENVIRONMENT = 20 if LONG else 10
STRICT = {"dynatrace_fail_on_drift": True, "dynatrace_fail_on_unmanaged": True, "dynatrace_check_tokens": False}


class Unsafe(str):
    """Text that is no template."""

    __slots__ = ()


class Dumper(yaml.SafeDumper):
    """Writes variables, without anchors."""

    def ignore_aliases(self, data: Any) -> bool:
        return True


Dumper.add_representer(Unsafe, lambda dumper, text: dumper.represent_scalar("!unsafe", str(text), style='"'))


def as_variables(value: Any) -> Any:
    """A value that Ansible does not take for a template."""
    if isinstance(value, dict):
        return {key: as_variables(child) for key, child in value.items()}
    if isinstance(value, list):
        return [as_variables(child) for child in value]
    is_template = isinstance(value, str) and "object_id(" not in value and any(x in value for x in ("{{", "{%", "{#"))
    return Unsafe(value) if is_template else value


@dataclass
class Sample:
    """The objects of one schema: a named one and, where the schema allows it, one without a name."""

    schema: Schema
    scope: str
    values: list[dict[str, Any]]

    @property
    def targets(self) -> set[str]:
        """The schemas of the objects that they refer to."""
        return {found for value in self.values for _path, text in texts(value) if (found := referenced_schema(text))}

    def with_references(self, reference: Any) -> list[dict[str, Any]]:
        """The values, with references to objects in place of what was drawn.

        :param reference: returns what refers to the first object of a schema, or ``None``.
        """
        found = copy.deepcopy(self.values)
        for value in found:
            for path, text in list(texts(value)):
                target = referenced_schema(text)
                new = reference(target) if target and target != self.schema.schema_id else None
                if new is not None:
                    set_path(value, path, new)
        return found


@dataclass
class Environment:
    """The samples of one environment, what is referred to first."""

    samples: dict[str, Sample] = field(default_factory=dict)

    def add(self, schema_id: str, known: Mapping[str, Sample], parents: Sequence[str] = ()) -> None:
        """Add a schema after those that its values refer to."""
        if schema_id in self.samples or schema_id not in known or schema_id in parents:
            return
        for target in sorted(known[schema_id].targets):
            self.add(target, known, (*parents, schema_id))
        self.samples[schema_id] = known[schema_id]

    def reference(self, own: str, target: str) -> str | None:
        """The reference to the object of a schema that was added before, so that there are no cycles."""
        order = list(self.samples)
        if target not in order or order.index(target) >= order.index(own):
            return None
        return f"{{{{ '{target}' | community.dynatrace.object_id('one') }}}}"

    def declarations(self) -> list[dict[str, Any]]:
        """The declarations, in the opposite order: it must not matter."""
        found = []
        for schema_id, sample in reversed(self.samples.items()):
            values = sample.with_references(lambda target, own=schema_id: self.reference(own, target))
            objects = [declared(sample.schema, value, name) for value, name in zip(values, ("one", None), strict=False)]
            found.append({"schema_id": schema_id, "scope": sample.scope, "objects": objects})
        return found

    def create_by_hand(self, simulator: Simulator, env: str) -> None:
        """Create the same objects without the collection."""
        ids: dict[str, str] = {}
        for schema_id, sample in self.samples.items():
            for value in sample.with_references(ids.get):
                (made,) = simulator.seed(env, [{"schemaId": schema_id, "scope": sample.scope, "value": value}])
                ids.setdefault(schema_id, made)


def sample_of(document: dict[str, Any]) -> Sample | None:
    """Valid objects of a schema."""
    schema = Schema.from_document(document)
    first = valid_value(document, schema, schema.schema_id)
    if first is None:
        return None
    allowed = schema.allowed_scopes
    scope = "environment" if not allowed or "environment" in allowed else allowed[0]
    scope = f"{scope}-0123456789ABCDEF" if scope.isupper() else scope
    values = [first]
    paths = schema.constraints.identifying
    for number in range(10 if schema.multi_object and paths and schema.max_objects != 1 else 0):
        second = valid_value(document, schema, f"{schema.schema_id} again {number}")
        if second is None or None in (schema.identity(paths, first), schema.identity(paths, second)):
            continue
        differ = schema.identity(paths, first) != schema.identity(paths, second)
        if differ and not list(schema.constraints.problems([first, second])):
            values.append(second)
            break
    return Sample(schema, scope, values)


def leaked(text: str) -> list[str]:
    """The secrets in a text."""
    return [canary for canary in CANARIES if canary in text]


def playbook(folder: Path, name: str, *arguments: str, **extra: Any) -> Command:
    done = command(folder, "ansible-playbook", "-i", "inventory", f"community.dynatrace.{name}", *arguments, **extra)
    assert "Traceback" not in done.output, done.output
    assert not leaked(done.output)
    return done


def test_settings_of_every_schema_are_imported_as_they_were_declared(
    reference: Path, is_corpus: bool, tmp_path: Path, ledger: Ledger
) -> None:
    documents = {one["schemaId"]: one for one in load(reference) if one["schemaId"] != EXPORT_SCHEMA}
    chosen = sorted(documents)
    if len(chosen) > MOST and not LONG:
        chosen = [chosen[number * len(chosen) // MOST] for number in range(MOST)]
    known: dict[str, Sample] = {}
    pending, seen = list(chosen), set()
    while pending:
        schema_id = pending.pop()
        if schema_id in seen or schema_id not in documents:
            continue
        seen.add(schema_id)
        sample = sample_of(documents[schema_id])
        ledger.count("schemas of which chance drew no valid value", sample is None)
        if sample is not None:
            known[schema_id] = sample
            pending += sample.targets
    environments: list[Environment] = []
    for start in range(0, len(chosen), SCHEMAS_IN_ENVIRONMENT):
        environments.append(Environment())
        for schema_id in chosen[start : start + SCHEMAS_IN_ENVIRONMENT]:
            environments[-1].add(schema_id, known)
    ledger.count("schemas", len(known))

    inventory = tmp_path / "inventory"
    hosts: dict[str, dict[str, Any]] = {"declared": {}, "by_hand": {}}
    # References in a circle, or to schemas that are not there, are to objects that are not there either.
    config = {"behavior_flags": {"references": "form"}}
    with Simulator(options=["--schema", str(reference / "schemas")], config=config) as simulator:
        for number, environment in enumerate(environments):
            for group in hosts:
                env = f"{group.replace('_', '-')}{number}"
                simulator.add_environment(env)
                hosts[group][env] = {
                    "dynatrace_environment_url": simulator.url(env),
                    "dynatrace_api_token": simulator.token(env),
                    "dynatrace_import_schemas": list(environment.samples),
                }
            environment.create_by_hand(simulator, f"by-hand{number}")
            file = inventory / "host_vars" / f"declared{number}" / "declared.yml"
            file.parent.mkdir(parents=True)
            file.write_text(yaml.dump({"dynatrace_settings": as_variables(environment.declarations())}, Dumper=Dumper))
        children: dict[str, Any] = {group: {"hosts": members} for group, members in hosts.items()}
        for number, _environment in enumerate(environments):
            children[f"pair{number}"] = {"hosts": {f"declared{number}": None, f"by-hand{number}": None}}
        (inventory / "hosts.yml").write_text(yaml.safe_dump({"dynatrace": {"children": children}}))

        done = playbook(tmp_path, "configure", dynatrace_hosts="declared")
        assert done.code == 0, done.output
        done = playbook(tmp_path, "audit", dynatrace_hosts="declared", **STRICT)
        assert done.code == 0, done.output
        done = playbook(tmp_path, "import")
        assert done.code == 0, done.output
        for file in inventory.glob("host_vars/*/declared.yml"):
            file.unlink()
        for file in inventory.glob("host_vars/*/settings.yml"):
            assert not leaked(file.read_text())
        simulator.clear_log()
        assert_no_drift(tmp_path, ledger)
        # What two environments have in common belongs to their group.
        done = playbook(tmp_path, "import", dynatrace_import_merge=True, dynatrace_import_overwrite=True)
        assert done.code == 0, done.output
        merged = list(inventory.glob("group_vars/pair*/settings.yml"))
        assert merged
        for file in merged:
            assert not leaked(file.read_text())
        assert_no_drift(tmp_path, ledger)
        assert not [one for one in simulator.requests() if one["method"] != "GET" and "/settings/" in one["path"]]


def assert_no_drift(folder: Path, ledger: Ledger) -> None:
    """All environments are as the inventory declares them, and there is nothing else of the declared schemas."""
    done = playbook(folder, "audit", **STRICT)
    assert done.code == 0, done.output
    report = json.loads((folder / "dynatrace-report" / "audit.json").read_text())
    environments = report["environments"]
    ledger.check(
        "environments with drift", {one["state"] for one in environments} == {"unchanged"}, report["environments"]
    )
    ledger.count("environments audited", len(environments))
