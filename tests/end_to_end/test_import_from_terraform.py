# Copyright (c) 2026, community.dynatrace contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""The playbook that converts Terraform states: several environments, and wrong files."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from ansible_collections.community.dynatrace.tests.support.playbooks import Command, command
from ansible_collections.community.dynatrace.tests.support.simulator import ZONE_SCHEMA, Simulator
from ansible_collections.community.dynatrace.tests.support.terraform import resource, state

HOSTS = ("shop", "bank")


@pytest.fixture(scope="module")
def simulator() -> Iterator[Simulator]:
    with Simulator(HOSTS) as running:
        yield running


def convert(simulator: Simulator, folder: Path, *arguments: str, **extra: Any) -> Command:
    hosts = {
        name: {"dynatrace_environment_url": simulator.url(name), "dynatrace_api_token": simulator.token(name)}
        for name in HOSTS
    }
    (folder / "inventory").mkdir(exist_ok=True)
    (folder / "inventory" / "hosts.yml").write_text(yaml.safe_dump({"dynatrace": {"hosts": hosts}}))
    done = command(
        folder,
        "ansible-playbook",
        "-i",
        "inventory",
        "community.dynatrace.import_from_terraform",
        *arguments,
        **extra,
    )
    assert "Traceback" not in done.output and "S3cret" not in done.output, done.output
    return done


def zones(simulator: Simulator, host: str, *names: str) -> list[str]:
    simulator.reset(host)
    return simulator.seed(host, [{"schemaId": ZONE_SCHEMA, "value": {"name": name, "rules": []}} for name in names])


def test_a_state_with_objects_of_two_environments_is_divided(simulator: Simulator, tmp_path: Path) -> None:
    (shop,), (bank,) = zones(simulator, "shop", "Shop"), zones(simulator, "bank", "Bank")
    both = [resource("dynatrace_management_zone_v2.shop", shop), resource("dynatrace_management_zone_v2.bank", bank)]
    (tmp_path / "state.json").write_text(json.dumps(state(*both)))
    done = convert(
        simulator,
        tmp_path,
        dynatrace_terraform_state="state.json",
        dynatrace_terraform_suffix="zones",
        dynatrace_terraform_program="tofu -chdir=network",
    )
    assert done.code == 0, done.output
    for host, other in (("shop", "bank"), ("bank", "shop")):
        text = (tmp_path / "inventory" / "host_vars" / host / "zones.yml").read_text()
        assert text.count("object_id: ") == 1 and f'name: !unsafe "{host}"' in text
        assert "\ndynatrace_settings__zones:\n" in text
        script = (tmp_path / "terraform" / f"{host}-zones-state-rm.sh").read_text().splitlines()
        assert f"tofu -chdir=network state rm dynatrace_management_zone_v2.{host}" in script
        assert any(line.startswith(f"#   dynatrace_management_zone_v2.{other}: ") for line in script)
    # The same variables everywhere, which the other playbooks find.
    done = command(tmp_path, "ansible-playbook", "-i", "inventory", "community.dynatrace.configure")
    assert done.code == 0, done.output
    done = command(
        tmp_path, "ansible-playbook", "-i", "inventory", "community.dynatrace.audit", dynatrace_fail_on_drift=True
    )
    assert done.code == 0, done.output
    assert len(simulator.objects("shop")) == len(simulator.objects("bank")) == 1


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (None, "set dynatrace_terraform_state to a file with the output of terraform show -json"),
        ("dynatrace_alerting.a: password = S3cret", "the file is not JSON"),
        ('{"version": 4, "lineage": "S3cret"}', "the file is the state itself"),
        (json.dumps(state(resource("dynatrace_iam_user.a", "S3cret"))), "is a settings object"),
    ],
)
def test_a_wrong_state_is_explained(simulator: Simulator, tmp_path: Path, content: str | None, message: str) -> None:
    file: dict[str, Any] = {}
    if content is not None:
        (tmp_path / "state.json").write_text(content)
        file["dynatrace_terraform_state"] = "state.json"
    done = convert(simulator, tmp_path, "--limit", "shop", **file)
    assert done.code == 2 and message in " ".join(done.output.split()), done.output
    assert not (tmp_path / "inventory" / "host_vars").exists() and not (tmp_path / "terraform").exists()
