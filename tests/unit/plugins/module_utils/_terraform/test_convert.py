# Copyright (c) 2026, community.dynatrace contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""The objects of a Terraform state become declarations that adopt exactly these objects."""

from __future__ import annotations

import itertools
import json
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from ansible_collections.community.dynatrace.plugins.module_utils import _export_modules
from ansible_collections.community.dynatrace.plugins.module_utils._settings_api.errors import InvalidInput
from ansible_collections.community.dynatrace.plugins.module_utils._settings_objects import settings_module
from ansible_collections.community.dynatrace.plugins.module_utils._terraform.module import CONVERT
from ansible_collections.community.dynatrace.tests.support.imported_variables import Loader, rendered_template
from ansible_collections.community.dynatrace.tests.support.problems import texts
from ansible_collections.community.dynatrace.tests.support.simulator import (
    EXPORT_SCHEMA,
    Simulator,
    basic_auth,
    export_object,
    export_value,
)
from ansible_collections.community.dynatrace.tests.support.terraform import PROVIDER, resource, state
from ansible_collections.community.dynatrace.tests.unit.plugins.module_utils._settings_objects.test_to_vars import (
    PROFILES,
    ZONES,
    call,
    profile,
    zone,
)

VMWARE = "builtin:virtualization.vmware"
SECRET = "S3cret-canary"
_numbers = itertools.count(1)


@pytest.fixture(scope="module")
def simulator(own_reference: Path) -> Iterator[Simulator]:
    with Simulator(options=["--schema", str(own_reference / "schemas")]) as running:
        yield running


@pytest.fixture
def env(simulator: Simulator) -> str:
    name = f"terraform{next(_numbers)}"
    simulator.add_environment(name)
    return name


def vmware(label: str) -> dict[str, Any]:
    value = {"enabled": True, "ipaddress": "vc.example.com", "label": label, "username": "u", "password": SECRET}
    return {"schemaId": VMWARE, "value": value}


def export(name: str, secret: str = "") -> dict[str, Any]:
    login = basic_auth("u", secret) if secret else {}
    return export_object(value=export_value(f"https://{name}.example.com/in", authentication=login))


def convert(
    simulator: Simulator, env: str, folder: Path, content: Any, check_mode: bool = False, **more: Any
) -> dict[str, Any]:
    (folder / "state.json").write_text(json.dumps(content))
    files = {"state_file": str(folder / "state.json"), "dest": str(folder / "terraform.yml")}
    return call(simulator, env, CONVERT, check_mode, **files, commands_dest=str(folder / "rm.sh"), **more)


def variables(folder: Path, **secrets: str) -> dict[str, Any]:
    """The variables of the file, as Ansible renders them."""

    def rendered(value: Any) -> Any:
        if isinstance(value, dict):
            return {key: rendered(child) for key, child in value.items()}
        if isinstance(value, list):
            return [rendered(child) for child in value]
        if isinstance(value, str) and value.startswith("{{ vault_"):
            return secrets.get(value[3:-3], SECRET)
        if isinstance(value, str) and " | community.dynatrace.object_id(" in value:
            return rendered_template(value)
        return value

    text = (folder / "terraform.yml").read_text(encoding="utf-8")
    return dict(rendered(yaml.load(text, Loader)))  # noqa: S506 - a safe one


def test_a_state_becomes_declarations_that_adopt_its_objects(simulator: Simulator, env: str, tmp_path: Path) -> None:
    shop, _unmanaged = simulator.seed(env, [zone("Shop"), zone("By hand")])
    (alerts,) = simulator.seed(env, [profile("Alerts", shop)])
    (host,) = simulator.seed(env, [vmware("vCenter")])
    secret = {"password": "from-the-state"}
    content = state(
        resource("dynatrace_management_zone_v2.shop", shop),
        resource("dynatrace_vmware.vcenter", host, values={"id": host, **secret}, sensitive_values=secret),
        resource("dynatrace_json_dashboard.overview", "0f0b0b3a-5d5c-4b0b-8d2e-1f2f3f4f5f6f"),
        modules={'module.team["a"]': [resource("dynatrace_generic_setting.alerts[0]", alerts)]},
    )
    before = convert(simulator, env, tmp_path, content, check_mode=True)
    assert before["changed"] and not (tmp_path / "terraform.yml").exists() and not (tmp_path / "rm.sh").exists()
    done = convert(simulator, env, tmp_path, content)
    assert (done["changed"], done["count"]) == (True, 3)
    assert {one["address"]: (one["schema_id"], one["name"]) for one in done["converted"]} == {
        "dynatrace_management_zone_v2.shop": (ZONES, "shop"),
        "dynatrace_vmware.vcenter": (VMWARE, "vcenter"),
        'module.team["a"].dynatrace_generic_setting.alerts[0]': (PROFILES, "alerts.0"),
    }
    assert [one["type"] for one in done["not_converted"]] == ["dynatrace_json_dashboard"]
    assert "1 resources of the state were not converted" in done["warnings"][0]
    (vault,) = done["vault_variables"]
    assert (vault["path"], vault["variable"]) == ("password", "vault_vcenter_password")
    text = (tmp_path / "terraform.yml").read_text()
    assert "from-the-state" not in text + str(done) + (tmp_path / "rm.sh").read_text() and SECRET not in text
    assert "object_id(''shop'')" in text, "a reference has the name of the declaration"
    assert not convert(simulator, env, tmp_path, content)["changed"]
    declared = variables(tmp_path)["dynatrace_settings__terraform"]
    assert {one["object_id"] for group in declared for one in group["objects"]} == {shop, alerts, host}
    values = {one["objectId"]: one["value"] for one in simulator.objects(env)}
    # Nothing but the names in the external IDs is written.
    planned = call(simulator, env, settings_module.SETTINGS, True, declarations=declared)
    items = [one for schema in planned["schemas"] for one in schema["objects"]]
    assert [one["operation"] for one in items] == ["updated"] * 3
    # An external ID can only be set together with the secrets.
    assert [one["changed_properties"] for one in items] == [[], [], ["password"]]
    assert call(simulator, env, settings_module.SETTINGS, declarations=declared)["changed"]
    assert not call(simulator, env, settings_module.SETTINGS, True, declarations=declared)["changed"]
    assert {one["objectId"]: one["value"] for one in simulator.objects(env)} == values
    assert simulator.secret_is(env, host, "password", SECRET)
    # The file stays the same, so a second conversion does nothing.
    assert not convert(simulator, env, tmp_path, content)["changed"]


def test_session_exports_become_slots(simulator: Simulator, env: str, tmp_path: Path) -> None:
    open_one, secured, _other = simulator.seed(env, [export("open"), export("secured", SECRET), export("by-hand")])
    content = state(
        resource("dynatrace_generic_setting.open", open_one),
        resource("dynatrace_generic_setting.secured", secured),
    )
    done = convert(simulator, env, tmp_path, content, variable_suffix="")
    assert [one["path"] for one in done["vault_variables"]] == ["authentication.basic_auth.password"]
    found = variables(tmp_path)
    assert list(found) == ["user_session_exports_slots"]
    assert SECRET not in (tmp_path / "terraform.yml").read_text()
    slots = found["user_session_exports_slots"]
    assert {one["name"]: one["endpoint_definition"]["endpoint_url"] for one in slots} == {
        "open": "https://open.example.com/in",
        "secured": "https://secured.example.com/in",
    }
    assert call(simulator, env, _export_modules.WRITE, exports=slots)["changed"]
    assert not call(simulator, env, _export_modules.WRITE, True, exports=slots)["changed"]
    assert {one["objectId"] for one in simulator.objects(env)} >= {open_one, secured}
    assert len(simulator.objects(env, EXPORT_SCHEMA)) == 3


@pytest.mark.parametrize("managed", [True, False], ids=["zone in the state", "zone elsewhere"])
def test_management_zones_are_read_once_for_settings_and_session_exports(
    simulator: Simulator, env: str, tmp_path: Path, managed: bool
) -> None:
    (zone,) = simulator.seed(env, [{"schemaId": ZONES, "value": {"name": "Shop", "rules": []}}])
    one = export("in-zone")
    one["value"]["exportBehavior"]["managementZone"] = zone
    (seeded,) = simulator.seed(env, [one])
    resources = [resource("dynatrace_generic_setting.in_zone", seeded)]
    resources += [resource("dynatrace_management_zone_v2.shop", zone)] if managed else []
    simulator.clear_log()
    convert(simulator, env, tmp_path, state(*resources), variable_suffix="")
    lists = [one["query"]["schemaIds"] for one in simulator.requests(path="settings/objects", environment=env)]
    assert sorted(lists) == sorted([EXPORT_SCHEMA, ZONES])
    (slot,) = variables(tmp_path)["user_session_exports_slots"]
    assert slot["export_behavior"]["management_zone"] == "Shop"


def test_the_commands_remove_exactly_the_converted_resources(simulator: Simulator, env: str, tmp_path: Path) -> None:
    shop, other = simulator.seed(env, [zone("Shop"), zone("Other")])
    tricky = """dynatrace_management_zone_v2.a["it's $(touch x) `y`"]"""
    content = state(
        resource(tricky, shop, provider=PROVIDER.replace("terraform.io", "opentofu.org")),
        resource("dynatrace_management_zone_v2.b", other),
        resource("dynatrace_management_zone.twin", other),
        resource("dynatrace_iam_user.c", "x"),
    )
    done = convert(simulator, env, tmp_path, content)
    assert done["count"] == 2 and "twin is the same object as dynatrace_management_zone_v2.b" in done["notes"][0]
    (tmp_path / "tofu").write_text('#!/bin/sh\nprintf "%s\\n" "$*" >> calls\n')
    (tmp_path / "tofu").chmod(0o755)
    subprocess.run(["sh", "rm.sh"], cwd=tmp_path, env={"PATH": f"{tmp_path}:/usr/bin:/bin"}, check=True)
    assert (tmp_path / "calls").read_text().splitlines() == [
        f"state rm {tricky}",
        "state rm dynatrace_management_zone_v2.b",
        "state rm dynatrace_management_zone.twin",
    ]
    assert not (tmp_path / "x").exists()
    assert "#   dynatrace_iam_user.c: It belongs to another API" in (tmp_path / "rm.sh").read_text()
    convert(simulator, env, tmp_path, content, program="terragrunt run --")
    assert "\nterragrunt run -- state rm dynatrace_management_zone_v2.b\n" in (tmp_path / "rm.sh").read_text()


def test_names_are_short_where_they_are_unique(simulator: Simulator, env: str, tmp_path: Path) -> None:
    # The title of an object is a name by which others can refer to it.
    ids = simulator.seed(env, [zone(name) for name in ("A", "B", "C", "D", "taken", "own")])
    simulator.change(env, ids[5], externalId=f"community.dynatrace:1:{ZONES.replace(':', '%3A')}%2Fnamed/")
    content = state(
        resource("dynatrace_management_zone_v2.zone", ids[0]),
        resource("dynatrace_management_zone_v2.taken", ids[2]),
        resource("dynatrace_generic_setting.zone", ids[3]),
        resource("dynatrace_management_zone_v2.whatever", ids[5]),
        modules={"module.team": [resource("dynatrace_management_zone_v2.zone", ids[1])]},
    )
    convert(simulator, env, tmp_path, content)
    (declared,) = variables(tmp_path)["dynatrace_settings__terraform"]
    assert {one["object_id"]: one["name"] for one in declared["objects"]} == {
        ids[0]: "dynatrace_management_zone_v2.zone",
        ids[1]: "team.zone",
        ids[2]: "dynatrace_management_zone_v2.taken",
        ids[3]: "dynatrace_generic_setting.zone",
        ids[5]: "named",
    }


def test_a_reference_to_an_object_outside_of_the_state_is_by_its_title(
    simulator: Simulator, env: str, tmp_path: Path
) -> None:
    (outside,) = simulator.seed(env, [zone("Outside")])
    (inside,) = simulator.seed(env, [profile("Alerts", outside)])
    convert(simulator, env, tmp_path, state(resource("dynatrace_generic_setting.alerts", inside)))
    assert "object_id(''Outside'')" in (tmp_path / "terraform.yml").read_text()


def test_a_state_of_another_environment_is_refused(simulator: Simulator, env: str, tmp_path: Path) -> None:
    (here,) = simulator.seed(env, [zone("Shop")])
    other = f"{env}-other"
    simulator.add_environment(other)
    (there,) = simulator.seed(other, [zone("Shop")])
    with pytest.raises(InvalidInput) as error:
        convert(simulator, env, tmp_path, state(resource("dynatrace_management_zone_v2.shop", there)))
    assert "is it the state of another environment?" in texts(error.value.problems)["state_file"]
    assert not (tmp_path / "terraform.yml").exists()
    # One that was deleted is named, and the others are converted.
    both = state(
        resource("dynatrace_management_zone_v2.shop", here), resource("dynatrace_management_zone_v2.gone", there)
    )
    done = convert(simulator, env, tmp_path, both)
    (left,) = done["not_converted"]
    assert left["address"] == "dynatrace_management_zone_v2.gone" and "only 1 with other IDs" in left["reason"]
    assert "dynatrace_management_zone_v2.gone'" not in (tmp_path / "rm.sh").read_text()


def test_a_state_without_settings_objects_is_refused(simulator: Simulator, env: str, tmp_path: Path) -> None:
    with pytest.raises(InvalidInput) as error:
        convert(simulator, env, tmp_path, state(resource("dynatrace_dashboard.a", "x")))
    assert "none of the 1 resources in the state is a settings object" in texts(error.value.problems)["state_file"]


def test_a_schema_that_the_environment_does_not_have_is_named(simulator: Simulator, env: str, tmp_path: Path) -> None:
    (shop,) = simulator.seed(env, [zone("Shop")])
    (host,) = simulator.seed(env, [vmware("a")])
    simulator.configure(env, missing_schemas=[VMWARE])
    both = state(resource("dynatrace_management_zone_v2.shop", shop), resource("dynatrace_vmware.a", host))
    (left,) = convert(simulator, env, tmp_path, both)["not_converted"]
    assert f"{VMWARE} is not a schema of this environment" in left["reason"]


def test_another_file_is_not_overwritten(simulator: Simulator, env: str, tmp_path: Path) -> None:
    (shop,) = simulator.seed(env, [zone("Shop")])
    (tmp_path / "terraform.yml").write_text("mine: 1\n")
    content = state(resource("dynatrace_management_zone_v2.shop", shop))
    with pytest.raises(InvalidInput):
        convert(simulator, env, tmp_path, content)
    assert not (tmp_path / "rm.sh").exists() and (tmp_path / "terraform.yml").read_text() == "mine: 1\n"
    assert convert(simulator, env, tmp_path, content, overwrite=True)["changed"]
