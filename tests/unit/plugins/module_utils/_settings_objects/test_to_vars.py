# Copyright (c) 2026, community.dynatrace contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Settings as inventory variables: what an import writes is what is there, whatever the names in it are."""

from __future__ import annotations

import itertools
import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest
import yaml

from ansible_collections.community.dynatrace.plugins.module_utils._settings_api.client import SettingsClient
from ansible_collections.community.dynatrace.plugins.module_utils._settings_api.connection import (
    AccessToken,
    Connection,
)
from ansible_collections.community.dynatrace.plugins.module_utils._settings_api.errors import InvalidInput
from ansible_collections.community.dynatrace.plugins.module_utils._settings_api.property_list import smallest_value
from ansible_collections.community.dynatrace.plugins.module_utils._settings_api.property_path import set_path
from ansible_collections.community.dynatrace.plugins.module_utils._settings_api.schema import Schema
from ansible_collections.community.dynatrace.plugins.module_utils._settings_objects import settings_module
from ansible_collections.community.dynatrace.tests.support.imported_variables import Loader, rendered_template
from ansible_collections.community.dynatrace.tests.support.problems import texts
from ansible_collections.community.dynatrace.tests.support.simulator import Simulator

ZONES = "builtin:management-zones"
PROFILES = "builtin:appsec.notification-alerting-profile"
SECRET = "S3cret-canary"
_numbers = itertools.count(1)


@pytest.fixture(scope="module")
def simulator(reference: Path) -> Iterator[Simulator]:
    with Simulator(options=["--schema", str(reference / "schemas")]) as running:
        yield running


@pytest.fixture
def env(simulator: Simulator) -> str:
    name = f"vars{next(_numbers)}"
    simulator.add_environment(name)
    return name


def call(simulator: Simulator, env: str, definition: Any, check_mode: bool = False, **given: Any) -> dict[str, Any]:
    params = {**{name: option.get("default") for name, option in definition.options.items()}, **given}
    ready, problems = definition.check(params)
    assert not problems, texts(problems)
    with SettingsClient(Connection(simulator.url(env), AccessToken(simulator.token(env)))) as client:
        return dict(definition.work(client, ready, params, check_mode))


def imported(simulator: Simulator, env: str, file: Path, *schema_ids: str) -> str:
    call(simulator, env, settings_module.IMPORT, dest=str(file), schema_ids=list(schema_ids), overwrite=True)
    return file.read_text(encoding="utf-8")


def declarations(text: str) -> list[dict[str, Any]]:
    """The declarations of a file, with references in place of the templates."""

    def rendered(value: Any) -> Any:
        if isinstance(value, dict):
            return {key: rendered(child) for key, child in value.items()}
        if isinstance(value, list):
            return [rendered(child) for child in value]
        if isinstance(value, str) and " | community.dynatrace.object_id(" in value:
            return rendered_template(value)
        return value

    found = yaml.load(text, Loader)["dynatrace_settings"]  # noqa: S506 - a safe one
    return list(rendered(found))


def zone(name: str) -> dict[str, Any]:
    return {"schemaId": ZONES, "value": {"name": name, "rules": []}}


def profile(name: str, zone_id: str) -> dict[str, Any]:
    value = {
        "name": name,
        "enabled": True,
        "enabledRiskLevels": ["CRITICAL"],
        "enabledTriggerEvents": ["SECURITY_PROBLEM_OPENED"],
        "managementZone": zone_id,
    }
    return {"schemaId": PROFILES, "value": value}


def test_ids_are_written_as_references_and_fit_another_environment(
    simulator: Simulator, env: str, tmp_path: Path
) -> None:
    (shop,) = simulator.seed(env, [zone('Shop\'s "{{ 1 }}" zone')])
    simulator.seed(env, [profile("A", shop)])
    text = imported(simulator, env, tmp_path / "settings.yml", ZONES, "builtin:appsec.*")
    # Nothing unique finds a profile again, so it is adopted by its ID; a reference is no ID.
    assert text.count(shop) == 0 and "object_id:" in text
    declared = declarations(text)
    assert call(simulator, env, settings_module.SETTINGS, True, declarations=declared)["schemas"]
    other = f"{env}-other"
    simulator.add_environment(other)
    for one in declared:
        for each in one["objects"]:
            each.pop("object_id", None)
    done = call(simulator, other, settings_module.SETTINGS, declarations=declared)
    assert done["changed"]
    (there,), (found,) = simulator.objects(other, ZONES), simulator.objects(other, PROFILES)
    assert found["value"]["managementZone"] == there["objectId"] != shop


def test_a_name_that_an_object_gets_belongs_to_no_other_one(simulator: Simulator, env: str, tmp_path: Path) -> None:
    zone_id = simulator.seed(env, [zone("Shop")])[0]
    simulator.seed(env, [profile("A", zone_id)])
    value = {**profile("B", zone_id)["value"]}
    declared = [{"schema_id": PROFILES, "objects": [{"name": "A", "value": value}]}]
    call(simulator, env, settings_module.SETTINGS, declarations=declared)
    found = declarations(imported(simulator, env, tmp_path / "settings.yml", PROFILES))
    assert {one["name"]: one["value"]["name"] for one in found[0]["objects"]} == {"A 2": "A", "A": "B"}
    assert not call(simulator, env, settings_module.SETTINGS, True, declarations=found)["schemas"][0][
        "unmanaged_objects"
    ]


@pytest.mark.parametrize("kind", ["object_id", "legacy_id", "literal>>literal", "x"])
def test_text_of_an_environment_that_looks_like_a_reference_stays_text(
    simulator: Simulator, env: str, tmp_path: Path, kind: str
) -> None:
    forged = f"a <<dynatrace:{kind}:{quote(ZONES, safe='')}::shop>> b"
    simulator.seed(env, [zone("shop"), zone(forged)])
    simulator.seed(env, [profile(forged, simulator.seed(env, [zone("other")])[0])])
    declared = declarations(imported(simulator, env, tmp_path / "settings.yml", ZONES, PROFILES))
    # Profiles get a name, because nothing in them finds them again.
    planned = call(simulator, env, settings_module.SETTINGS, True, declarations=declared)["schemas"]
    assert {one["schema_id"]: one["changed"] for one in planned} == {ZONES: False, PROFILES: True}
    again = f"{env}-again"
    simulator.add_environment(again)
    for one in declared:
        for each in one["objects"]:
            each.pop("object_id", None)
    for changed in (True, False):
        assert call(simulator, again, settings_module.SETTINGS, declarations=declared)["changed"] is changed
    assert {one["value"]["name"] for one in simulator.objects(again, ZONES)} == {"shop", "other", forged}
    assert [one["value"]["name"] for one in simulator.objects(again, PROFILES)] == [forged]


def test_secrets_are_left_out_and_named_at_the_end(simulator: Simulator, env: str, tmp_path: Path) -> None:
    value = {"enabled": True, "ipaddress": "vc.example.com", "label": "l", "username": "u", "password": SECRET}
    simulator.seed(env, [{"schemaId": "builtin:virtualization.vmware", "value": value}])
    text = imported(simulator, env, tmp_path / "settings.yml", "builtin:virtualization.vmware")
    assert SECRET not in text
    assert "password" not in str(declarations(text))
    assert text.splitlines()[-1].startswith('#     - {path: "password", value: "{{ vault_')
    assert text.splitlines()[-1].endswith('_vc_example_com_password }}"}')
    again = call(simulator, env, settings_module.SETTINGS, declarations=declarations(text))
    assert not again["changed"]


def test_an_unknown_schema_is_an_error_and_a_pattern_that_matches_nothing_is_none(
    simulator: Simulator, env: str, tmp_path: Path
) -> None:
    assert imported(simulator, env, tmp_path / "settings.yml", "nothing:*").endswith("dynatrace_settings: []\n")
    with pytest.raises(InvalidInput) as found:
        imported(simulator, env, tmp_path / "settings.yml", "builtin:nothing")
    assert texts(found.value.problems) == {"schema_ids[0]": "builtin:nothing is not a schema of this environment"}


def declared_smallest(document: Mapping[str, Any]) -> dict[str, Any] | None:
    """A declaration of the smallest value of a schema; ``None`` if it cannot be made up."""
    schema = Schema.from_document(document)
    value, incomplete = smallest_value(document, schema)
    if incomplete:
        return None
    complete = schema.complete(value).value
    secrets = [{"path": "/".join(map(str, path)), "value": SECRET} for path in schema.expected_secret_paths(value)]
    for path in schema.expected_secret_paths(value):
        set_path(complete, path, SECRET)
    if schema.problems(complete, secrets_optional=False):
        return None
    allowed = schema.allowed_scopes
    scope = "environment" if not allowed or "environment" in allowed else f"{allowed[0]}-0123456789ABCDEF"
    objects = [{"name": "one", "value": value, "secrets": secrets}]
    return {"schema_id": schema.schema_id, "scope": scope, "objects": objects}


def test_what_is_imported_is_as_declared_for_every_schema(
    simulator: Simulator, reference: Path, tmp_path: Path
) -> None:
    """Declared, configured, audited, imported, audited: over HTTP, one environment for each schema."""
    count, wrong = 0, []
    for file in sorted((reference / "schemas").glob("*.json")):
        document = json.loads(file.read_text(encoding="utf-8"))
        declared = declared_smallest(document)
        if declared is None:
            continue
        env = f"round{next(_numbers)}"
        simulator.add_environment(env)
        schema_id = declared["schema_id"]
        try:
            if not call(simulator, env, settings_module.SETTINGS, declarations=[declared])["changed"]:
                wrong.append((schema_id, "configure"))
            if call(simulator, env, settings_module.SETTINGS, True, declarations=[declared])["changed"]:
                wrong.append((schema_id, "audit"))
            text = imported(simulator, env, tmp_path / f"{env}.yml", schema_id)
            if SECRET in text:
                wrong.append((schema_id, "secret"))
            again = call(simulator, env, settings_module.SETTINGS, True, declarations=declarations(text))
            if again["changed"]:
                wrong.append((schema_id, f"audit after import: {again['diff']}"))
        except Exception as error:  # one schema says nothing about the others
            if "Must be of type setting" in str(error):
                # It refers to an object that would have to be there.
                continue
            wrong.append((schema_id, f"{type(error).__name__}: {error}"))
        count += 1
        simulator.reset(env)
    assert not wrong, wrong
    assert count >= 10
