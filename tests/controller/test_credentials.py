# Copyright (c) 2026, community.dynatrace contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Credentials, put into jobs by the code by which AWX does it; then whole jobs, with exactly that."""

from __future__ import annotations

import json
import string
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
import yaml
from awx_plugins.interfaces._temporary_private_api import ManagedCredentialType
from awx_plugins.interfaces._temporary_private_credential_api import Credential
from awx_plugins.interfaces._temporary_private_inject_api import inject_credential

from ansible_collections.community.dynatrace.tests.support import controller_rules, jobs
from ansible_collections.community.dynatrace.tests.support.jobs import answers, prepare
from ansible_collections.community.dynatrace.tests.support.simulator import EXPORT_SCHEMA, Simulator

# A token or password may look like anything: a template, a comment, YAML, a shell's variable.
STRANGE = {
    "template": "a{{ 1 + 1 }}b{% set x %}c{# d #}e",
    "yaml": "x: y #z & *a !b 'c' \"d\" [e] {f}",
    "quotes": "'\"`$(id)${HOME}\\n\\\\",
    "list": '["not", "a", "list"]',
    "number": "0123",
    "all": string.punctuation,
}
KEY = "canary of the fingerprints"


def is_common(text: str) -> bool:
    """Whether it may be found anywhere by chance."""
    return len(text) < 6


@dataclass
class Given:
    """What credentials have put into a job: variables of the environment, arguments, and what the server shows."""

    folder: Path
    update: bool = False
    environment: dict[str, str] = field(default_factory=dict)
    shown: dict[str, str] = field(default_factory=dict)
    arguments: list[str] = field(default_factory=list)

    def take(self, kind: str, inputs: Mapping[str, str]) -> Given:
        """Put a credential of this type in."""
        one = jobs.TYPES[kind]
        assert list(controller_rules.credential_type(one)) == list(controller_rules.credential(inputs, one)) == []
        whole = {"INVENTORY_UPDATE_ID": "7", **self.environment} if self.update else self.environment
        inject_credential(
            ManagedCredentialType(
                namespace="", name=one["name"], kind=one["kind"], inputs=one["inputs"], injectors=one["injectors"]
            ),
            Credential(dict(inputs)),
            whole,
            self.shown,
            self.arguments,
            str(self.folder),
            container_root=self.folder,
        )
        self.environment.update(whole)
        return self


@pytest.fixture
def simulator() -> Iterator[Simulator]:
    with Simulator(["one", "two", "three"]) as running:
        yield running


def updated(simulator: Simulator, folder: Path) -> dict[str, Any]:
    token = simulator.ready["cluster"]["tokens"]["service_provider"]
    given = Given(prepare(folder), update=True).take("Dynatrace cluster", {"url": simulator.base_url, "token": token})
    assert given.arguments == []
    return jobs.update(folder, given.environment)


@pytest.mark.parametrize("kind", jobs.TYPES)
def test_each_input_arrives_as_it_is_and_no_secret_is_shown(kind: str, tmp_path: Path) -> None:
    fields = {one["id"]: one for one in jobs.TYPES[kind]["inputs"]["fields"]}
    for name, text in STRANGE.items():
        inputs = {one: f"{one} {text}" for one in fields}
        for update in (False, True):
            given = Given(prepare(tmp_path / f"{name}-{update}"), update=update).take(kind, inputs)
            expected = {
                variable: inputs[template.strip("{ }")]
                for variable, template in jobs.TYPES[kind]["injectors"]["env"].items()
            }
            assert {variable: given.environment[variable] for variable in expected} == expected
            assert given.arguments == [] and list((given.folder / "env").iterdir()) == []
            for one, about in fields.items():
                assert (inputs[one] in given.shown.values()) is not about.get("secret", False)
    without = Given(prepare(tmp_path / "required"))
    required = dict.fromkeys(jobs.TYPES[kind]["inputs"]["required"], "x")
    given = without.take(kind, required)
    for variable, template in jobs.TYPES[kind]["injectors"]["env"].items():
        assert given.environment[variable] == required.get(template.strip("{ }"), "")
    # The rest of the tests may so ask their own words for what is injected.
    assert jobs.injected(kind, **required) == given.environment


def test_a_job_for_a_fleet(simulator: Simulator, tmp_path: Path) -> None:
    inventory = updated(simulator, tmp_path / "update")
    # What a person pastes: with blank lines, blanks, a carriage return, and an environment that is not there.
    one, two, three = (simulator.token(host) for host in ("one", "two", "three"))
    tokens = f"\n one:  {one} \r\n\n# two: no\ntwo: {two}\nthree-b: {three}\n"
    for name, password in STRANGE.items():
        folder = prepare(tmp_path / name)
        given = Given(folder).take("Dynatrace fleet", {"tokens": tokens, "fingerprint_key": f"{KEY} {password}"})
        given.take("Session export secrets", {"elastic_password": password})
        simulator.clear_log()
        survey = answers("configure.yml", dynatrace_canary=0)
        done = jobs.run(
            folder,
            "configure.yml",
            inventory,
            environment=given.environment,
            arguments=given.arguments,
            survey=survey,
        )
        assert done.code == 2, done.printed
        assert 'the credential "Dynatrace fleet" has no token for the environment three' in done.printed
        assert {request["environment"] for request in simulator.requests()} == {"one", "two"}
        for host in ("one", "two"):
            (item,) = simulator.objects(host, EXPORT_SCHEMA)
            assert simulator.secret_is(host, item["objectId"], "authentication/basicAuth/password", password), name
        assert done.changed["one"] == done.changed["two"] == 1, "another password, another key"
        assert KEY not in done.left and simulator.token("one") not in done.left
        assert is_common(password) or password not in done.left


@pytest.mark.parametrize("name", STRANGE)
def test_a_token_that_is_not_one_is_sent_nowhere_else(simulator: Simulator, tmp_path: Path, name: str) -> None:
    inventory = updated(simulator, tmp_path / "update")
    tokens = f"one: {simulator.token('one')}\ntwo: {STRANGE[name]}\n"
    folder = prepare(tmp_path / "job")
    given = Given(folder).take("Dynatrace fleet", {"tokens": tokens, "fingerprint_key": KEY})
    given.take("Session export secrets", {"elastic_password": "any"})
    simulator.clear_log()
    done = jobs.run(
        folder,
        "audit.yml",
        inventory,
        environment=given.environment,
        survey=answers("audit.yml", dynatrace_fail_on_drift="false"),
    )
    assert done.code == 2
    report = {one["host"]: one["state"] for one in done.file("dynatrace-report/audit.json")["environments"]}
    assert report == {"one": "drift", "two": "failed", "three": "failed"}
    assert is_common(STRANGE[name]) or STRANGE[name] not in done.left
    # It reached its own environment as it is, and was refused there.
    # Refused there, or not even sent, where its form shows that it is none.
    assert {request["status"] for request in simulator.requests(environment="two")} <= {401}
    assert simulator.requests(environment="three") == []


def test_a_job_for_one_environment(simulator: Simulator, tmp_path: Path) -> None:
    folder = prepare(tmp_path / "job")
    given = Given(folder).take("Dynatrace environment", {"url": simulator.url("two"), "token": simulator.token("two")})
    given.take("Session export secrets", {"elastic_password": "any"})
    variables = {}
    for path in sorted((jobs.PROJECT / "inventory" / "group_vars" / "dynatrace").glob("*.yml")):
        variables.update(yaml.safe_load(path.read_text(encoding="utf-8")))
    inventory = {"dynatrace": {"hosts": ["shop"], "vars": variables}, "_meta": {"hostvars": {"shop": {}}}}
    for changes in (1, 0):
        done = jobs.run(
            folder if changes else prepare(tmp_path / "again"),
            "configure.yml",
            inventory,
            environment=given.environment,
            survey=answers("configure.yml"),
        )
        assert done.code == 0, done.printed
        assert done.changed == {"shop": changes}
    assert {request["environment"] for request in simulator.requests()} == {"two"}
    assert json.dumps(given.shown).count("**********") == 2
