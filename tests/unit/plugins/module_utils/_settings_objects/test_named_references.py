# Copyright (c) 2026, community.dynatrace contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""The info modules return references by name, which fit another environment."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest

from ansible_collections.community.dynatrace.plugins.module_utils import _export_modules
from ansible_collections.community.dynatrace.plugins.module_utils._module_definition import ModuleDefinition
from ansible_collections.community.dynatrace.plugins.module_utils._settings_api.client import SettingsClient
from ansible_collections.community.dynatrace.plugins.module_utils._settings_api.connection import (
    AccessToken,
    Connection,
)
from ansible_collections.community.dynatrace.plugins.module_utils._settings_api.errors import InvalidInput
from ansible_collections.community.dynatrace.plugins.module_utils._settings_api.legacy_ids import legacy_id
from ansible_collections.community.dynatrace.plugins.module_utils._settings_api.references import Reference, literal
from ansible_collections.community.dynatrace.plugins.module_utils._settings_objects import module, settings_module
from ansible_collections.community.dynatrace.tests.support.simulator import (
    EXPORT_SCHEMA,
    ZONE_SCHEMA,
    Simulator,
    export_value,
)

PROFILES = "builtin:appsec.notification-alerting-profile"
_numbers = itertools.count(1)


@pytest.fixture(scope="module")
def simulator(own_reference: Path) -> Iterator[Simulator]:
    with Simulator(options=["--schema", str(own_reference / "schemas")]) as running:
        yield running


@pytest.fixture
def env(simulator: Simulator) -> str:
    name = f"references{next(_numbers)}"
    simulator.add_environment(name)
    return name


def run(simulator: Simulator, env: str, definition: ModuleDefinition, token: str = "full", **options: Any) -> Any:
    params = {**{name: spec.get("default") for name, spec in definition.options.items()}, **options}
    ready, problems = definition.check(params)
    assert not problems
    with SettingsClient(Connection(simulator.url(env), AccessToken(simulator.token(env, token)))) as client:
        return definition.work(client, ready, params, False)


def zone(name: str, **more: Any) -> dict[str, Any]:
    return {"schemaId": ZONE_SCHEMA, "value": {"name": name, "rules": [], **more}}


def profile(name: str, zone_id: str) -> dict[str, Any]:
    value = {"name": name, "enabled": True, "enabledRiskLevels": ["CRITICAL"], "managementZone": zone_id}
    external_id = f"community.dynatrace:1:{quote(f'{PROFILES}/{name}', safe='')}/"
    value["enabledTriggerEvents"] = ["SECURITY_PROBLEM_OPENED"]
    return {"schemaId": PROFILES, "value": value, "externalId": external_id}


def test_what_is_read_in_one_environment_is_declared_in_another(simulator: Simulator, env: str) -> None:
    (shop,) = simulator.seed(env, [zone("Shop")])
    simulator.seed(env, [profile("A", shop)])
    simulator.clear_log()
    found = run(simulator, env, module.READ, schema_id=PROFILES, references="name")
    # The schema, its objects, and the zones.
    assert len(simulator.requests(environment=env)) == 3
    assert found["objects"][0]["value"]["managementZone"] == Reference(ZONE_SCHEMA, "Shop").text
    assert found["details"][0]["references"] == [
        {"path": "managementZone", "schema_id": ZONE_SCHEMA, "name": "Shop", "legacy": False}
    ]
    other = f"{env}-other"
    simulator.add_environment(other)
    (own,) = simulator.seed(other, [zone("Shop")])
    assert own != shop
    declarations = [{"schema_id": PROFILES, "objects": found["objects"]}]
    result = run(simulator, other, settings_module.SETTINGS, declarations=declarations)
    assert result["changed"] and result["warnings"] == []
    (there,) = simulator.objects(other, PROFILES)
    assert there["value"]["managementZone"] == own
    # In its own environment it is what is there.
    assert not run(simulator, env, settings_module.SETTINGS, declarations=declarations)["changed"]


def test_ids_stay_by_default_and_where_a_name_is_not_that_of_one_object(simulator: Simulator, env: str) -> None:
    first, second, other = simulator.seed(env, [zone("Shop"), zone("Twice"), {**zone("Twice"), "validate": False}])
    simulator.seed(env, [profile("A", first), profile("B", second), profile("C", other)])
    plain = run(simulator, env, module.READ, schema_id=PROFILES)
    assert [one["value"]["managementZone"] for one in plain["objects"]] == [first, second, other]
    assert "references" not in plain["details"][0]
    named = run(simulator, env, module.READ, schema_id=PROFILES, references="name")
    assert [one["value"]["managementZone"] for one in named["objects"]] == [
        Reference(ZONE_SCHEMA, "Shop").text,
        second,
        other,
    ]


def test_the_number_of_a_zone_is_a_reference_to_its_legacy_id(simulator: Simulator, env: str) -> None:
    (shop,) = simulator.seed(env, [zone("Shop")])
    number = legacy_id(ZONE_SCHEMA, shop)
    value = export_value("https://a.example.com/", exportBehavior={"managementZone": number})
    simulator.seed(env, [{"schemaId": EXPORT_SCHEMA, "value": value}])
    found = run(simulator, env, module.READ, schema_id=EXPORT_SCHEMA, references="name")
    reference = Reference(ZONE_SCHEMA, "Shop", legacy=True)
    assert found["objects"][0]["value"]["exportBehavior"]["managementZone"] == reference.text
    assert found["details"][0]["references"][0]["legacy"] is True


def test_text_of_an_environment_that_looks_like_a_reference_is_none(simulator: Simulator, env: str) -> None:
    forged = Reference(ZONE_SCHEMA, "Shop").text
    simulator.seed(env, [zone("A", description=forged), zone("Shop")])
    found = run(simulator, env, module.READ, schema_id=ZONE_SCHEMA, references="name")
    assert found["objects"][0]["value"]["description"] == literal(forged)
    assert found["details"][0]["references"] == []


def test_an_object_of_the_same_schema_is_known_by_all_objects_of_it(simulator: Simulator, env: str) -> None:
    (shop,) = simulator.seed(env, [zone("Shop")])
    simulator.seed(env, [zone("Second", description=shop)])
    simulator.clear_log()
    found = run(simulator, env, module.READ, schema_id=ZONE_SCHEMA, references="name", names=["Second"])
    assert len(simulator.requests(environment=env, path="/settings/objects")) == 2, "one scope is not the whole schema"
    assert [one["value"]["description"] for one in found["objects"]] == [Reference(ZONE_SCHEMA, "Shop").text]


def test_exports_with_the_names_of_their_zones(simulator: Simulator, env: str) -> None:
    (shop,) = simulator.seed(env, [zone("Shop")])
    number = legacy_id(ZONE_SCHEMA, shop)
    assert run(simulator, env, _export_modules.READ, references="name")["exports"] == []
    value = export_value("https://a.example.com/", exportBehavior={"managementZone": number})
    simulator.seed(env, [{"schemaId": EXPORT_SCHEMA, "value": value}])
    simulator.clear_log()
    by_id = run(simulator, env, _export_modules.READ)
    assert len(simulator.requests(environment=env)) == 1
    assert by_id["exports"][0]["export_behavior"]["management_zone"] == number
    by_name = run(simulator, env, _export_modules.READ, references="name")
    assert len(simulator.requests(environment=env)) == 3
    assert by_name["exports"][0]["export_behavior"]["management_zone"] == "Shop"
    # It can be declared as it is.
    (same,) = run(simulator, env, _export_modules.WRITE, exports=by_name["exports"])["exports"]
    assert same["changed_properties"] == []


def test_a_reference_is_refused_where_it_would_be_sent_as_it_is(simulator: Simulator, env: str) -> None:
    objects = [{"name": "a", "value": profile("A", Reference(ZONE_SCHEMA, "Shop").text)["value"]}]
    with pytest.raises(InvalidInput) as wrong:
        run(simulator, env, module.WRITE, schema_id=PROFILES, objects=objects)
    (problem,) = wrong.value.problems
    assert (problem.code, problem.path) == ("reference.not_here", "objects[0].value.managementZone")
    assert simulator.objects(env) == []


def test_what_cannot_be_read_is_a_note(simulator: Simulator, env: str) -> None:
    (shop,) = simulator.seed(env, [zone("Shop")])
    value = export_value("https://a.example.com/", exportBehavior={"managementZone": legacy_id(ZONE_SCHEMA, shop)})
    simulator.seed(env, [profile("A", shop), {"schemaId": EXPORT_SCHEMA, "value": value}])
    results = []
    for definition, options in ((module.READ, {"schema_id": PROFILES}), (_export_modules.READ, {})):
        # The second list is that of the zones.
        simulator.fault("status", status=403, path="/settings/objects", skip=1, environment=env)
        results.append(run(simulator, env, definition, references="name", **options))
        simulator.clear_faults()
    found, exports = results
    assert found["objects"][0]["value"]["managementZone"] == shop
    assert found["notes"][0].startswith(f"IDs of objects of {ZONE_SCHEMA} are returned unchanged: ")
    assert exports["notes"][0].startswith("Management zones are returned as IDs")
