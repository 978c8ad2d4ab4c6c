# Copyright (c) 2026, community.dynatrace contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""What is read from a Terraform state, and which files are none."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from ansible_collections.community.dynatrace.plugins.module_utils._settings_api.errors import InvalidInput
from ansible_collections.community.dynatrace.plugins.module_utils._terraform import state as terraform
from ansible_collections.community.dynatrace.plugins.module_utils._terraform.module import CONVERT
from ansible_collections.community.dynatrace.plugins.module_utils._terraform.state import State, read_state
from ansible_collections.community.dynatrace.tests.support.problems import texts
from ansible_collections.community.dynatrace.tests.support.terraform import resource, state
from settings_api_simulator.ids import new_uid, object_id

ZONES = "builtin:management-zones"
ZONE = object_id(ZONES, "environment", new_uid())
HOST = object_id("builtin:host.monitoring.advanced", "HOST-D3A3C5A146830A79", new_uid())


def read(folder: Path, content: Any) -> State:
    file = folder / "state.json"
    file.write_bytes(content if isinstance(content, bytes) else json.dumps(content).encode())
    return read_state(str(file))


def test_resources_of_all_modules_are_found_with_names_from_their_addresses(tmp_path: Path) -> None:
    found = read(
        tmp_path,
        state(
            resource("dynatrace_management_zone_v2.shop", ZONE),
            resource('dynatrace_host_monitoring_advanced.all["eu west"]', HOST),
            resource("dynatrace_management_zone_v2.read", ZONE, mode="data"),
            resource("random_id.one", "x", provider="registry.terraform.io/hashicorp/random"),
            modules={
                "module.team": [resource("dynatrace_management_zone_v2.shop", ZONE)],
                'module.team["a.b"].module.inner[2]': [resource("dynatrace_management_zone_v2.shop[1]", ZONE)],
            },
        ),
    )
    assert [(one.address, one.schema_id, one.names) for one in found.resources] == [
        ("dynatrace_management_zone_v2.shop", ZONES, ("shop", "dynatrace_management_zone_v2.shop")),
        (
            'dynatrace_host_monitoring_advanced.all["eu west"]',
            "builtin:host.monitoring.advanced",
            ("all.eu west", "dynatrace_host_monitoring_advanced.all.eu west"),
        ),
        (
            "module.team.dynatrace_management_zone_v2.shop",
            ZONES,
            ("shop", "team.shop", "team.dynatrace_management_zone_v2.shop"),
        ),
        (
            'module.team["a.b"].module.inner[2].dynatrace_management_zone_v2.shop[1]',
            ZONES,
            ("shop.1", "team.a.b.inner.2.shop.1", "team.a.b.inner.2.dynatrace_management_zone_v2.shop.1"),
        ),
    ]
    assert found.not_converted == [] and found.program == "terraform"


def test_opentofu_is_reported_by_its_registry(tmp_path: Path) -> None:
    provider = "registry.opentofu.org/dynatrace-oss/dynatrace"
    assert read(tmp_path, state(resource("dynatrace_alerting.a", ZONE, provider=provider))).program == "tofu"


@pytest.mark.parametrize(
    ("one", "reason"),
    [
        (resource("dynatrace_json_dashboard.a", "0f0b0b3a-5d5c-4b0b-8d2e-1f2f3f4f5f6f"), "classic dashboards"),
        (resource("dynatrace_iam_group.a", "0f0b0b3a-5d5c-4b0b-8d2e-1f2f3f4f5f6f"), "account management"),
        (resource("dynatrace_request_attribute.a", "a-secret"), "a classic configuration API"),
        (resource("dynatrace_alerting.a", None), "no ID"),
        (resource("dynatrace_alerting.a", 5), "no ID"),
        (resource("dynatrace_alerting.a", ZONE, values=None), "no ID"),
        (resource("dynatrace_alerting.a", f"{ZONE}---flawed----"), "only partially"),
        (resource("dynatrace_alerting.a", ZONE, deposed_key="ab12"), "deposed"),
        (resource("dynatrace_alerting.a", "vu9U3hXa3q0" + "A" * 60), "another API"),
        (resource("dynatrace_alerting.a\nrm -rf /", ZONE), "address"),
    ],
)
def test_what_is_not_converted_has_a_reason(tmp_path: Path, one: dict[str, Any], reason: str) -> None:
    found = read(tmp_path, state(one, resource("dynatrace_alerting.other", ZONE)))
    (left,) = found.not_converted
    assert reason in left.reason and left.address.isprintable() and "a-secret" not in left.reason
    assert [one.address for one in found.resources] == ["dynatrace_alerting.other"]


NOT_A_STATE = "is not the output of terraform show -json (without a plan file)"


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"dynatrace_alerting.a:\n  id = 5", f"{NOT_A_STATE}: the file is not JSON"),
        (b"", f"{NOT_A_STATE}: the file is not JSON"),
        (b"[" * 100_000, f"{NOT_A_STATE}: the file is not JSON"),
        (b"PK\x03\x04tfplan", f"{NOT_A_STATE}: the file is a plan"),
        ({**state(), "planned_values": {}, "resource_changes": []}, f"{NOT_A_STATE}: the file is a plan"),
        ({"version": 4, "lineage": "x", "resources": []}, f"{NOT_A_STATE}: the file is the state itself"),
        ([], NOT_A_STATE),
        ({"values": {"root_module": {}}}, NOT_A_STATE),
        ({**state(), "values": [1]}, NOT_A_STATE),
        ({**state(), "format_version": "2.0"}, "has the format_version 2.0, which is not supported"),
        ({"format_version": "1.0"}, "has no resources"),
        (state(), "has no resources"),
        (state({"mode": "managed"}), "only of: "),
        (
            state(resource("random_id.a", "x", provider="registry.terraform.io/hashicorp/random")),
            "has no resources of the Dynatrace provider, only of: registry.terraform.io/hashicorp/random",
        ),
    ],
)
def test_a_file_that_is_no_state_of_the_provider_is_named(tmp_path: Path, content: Any, message: str) -> None:
    with pytest.raises(InvalidInput) as error:
        read(tmp_path, content)
    (text,) = texts(error.value.problems).values()
    assert message in text


def test_a_file_that_is_missing_or_too_large_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refused(path: Path) -> str:
        _state, problems = CONVERT.check({"state_file": str(path), "variable_suffix": "a-b", "program": "rm; ls"})
        found = texts(problems)
        assert found.keys() == {"state_file", "variable_suffix", "program"}
        return found["state_file"]

    assert refused(tmp_path / "none.json") == f"the file {tmp_path}/none.json does not exist"
    assert "cannot be read" in refused(tmp_path)
    (tmp_path / "large.json").write_text(json.dumps(state()))
    monkeypatch.setattr(terraform, "MAX_BYTES", 5)
    assert "is larger than" in refused(tmp_path / "large.json")


def test_redirected_output_of_powershell_is_read(tmp_path: Path) -> None:
    text = json.dumps(state(resource("dynatrace_alerting.a", ZONE)))
    for data in (text.encode("utf-16"), b"\xef\xbb\xbf" + text.encode()):
        assert len(read(tmp_path, data).resources) == 1
