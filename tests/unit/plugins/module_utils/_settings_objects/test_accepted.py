# Copyright (c) 2026, community.dynatrace contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""The inventory variables that accept the current state of settings."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from ansible_collections.community.dynatrace.plugins.module_utils._settings_api.client import SettingsClient
from ansible_collections.community.dynatrace.plugins.module_utils._settings_api.connection import (
    AccessToken,
    Connection,
    Credentials,
    PlatformToken,
)
from ansible_collections.community.dynatrace.plugins.module_utils._settings_objects import settings_module
from ansible_collections.community.dynatrace.tests.support.simulator import ZONE_SCHEMA, Simulator

PROFILES = "builtin:example.profiles"
NOTES = "app:notes"
TEXT = {"type": "text", "nullable": False}
SCHEMAS = [
    {
        "schemaId": PROFILES,
        "version": "1",
        "multiObject": True,
        "ordered": True,
        "allowedScopes": ["environment"],
        "properties": {
            "name": TEXT,
            "zone": {"type": "setting", "nullable": True, "referencedType": ZONE_SCHEMA},
            "password": {"type": "secret", "nullable": True},
            "level": {"type": "integer", "nullable": True},
        },
    },
    {
        "schemaId": NOTES,
        "version": "1",
        "multiObject": True,
        "allowedScopes": ["environment"],
        "ownerBasedAccessControl": True,
        "properties": {"name": TEXT},
    },
]
_numbers = itertools.count(1)


@pytest.fixture(scope="module")
def simulator() -> Iterator[Simulator]:
    tokens: dict[str, Any] = {"full": {}, "ann": {"platform": True, "owner": "ann@example.com"}}
    with Simulator(config={"environments": {"saas": {"tokens": tokens, "schema_overrides": SCHEMAS}}}) as running:
        yield running


@pytest.fixture(autouse=True)
def fresh(simulator: Simulator) -> None:
    simulator.reset("saas")


def run(
    simulator: Simulator, declarations: list[dict[str, Any]], *, check: bool = False, token: str = "full", **more: Any
) -> dict[str, Any]:
    defaults = {name: spec.get("default") for name, spec in settings_module.OPTIONS.items()}
    params = {**defaults, "declarations": declarations, **more}
    ready, problems = settings_module.check(params)
    assert not problems
    secret = simulator.token("saas", token)
    credentials: Credentials = PlatformToken(secret) if token == "ann" else AccessToken(secret)
    with SettingsClient(
        Connection(simulator.base_url if token == "ann" else simulator.url("saas"), credentials)
    ) as one:
        return settings_module.run(one, ready, params, check)


def accepted(result: dict[str, Any]) -> tuple[str, list[dict[str, Any]]]:
    """The text of the file that was written, and what it declares, templates as text."""
    text = Path(result["accept_file"]).read_text()

    class Loader(yaml.SafeLoader):
        """Takes text with the tag as text."""

    Loader.add_constructor("!unsafe", lambda loader, node: loader.construct_scalar(node))
    (found,) = yaml.load(text, Loader).items()  # noqa: S506 - a safe one
    assert found[0].startswith("dynatrace_settings__accepted_")
    return text, found[1]


def profiles(*objects: dict[str, Any], **options: Any) -> list[dict[str, Any]]:
    return [{"schema_id": PROFILES, "objects": [*objects], **options}]


def profile(name: str, **value: Any) -> dict[str, Any]:
    return {"name": name, "value": {"name": name, "level": 1, **value}}


def by_name(simulator: Simulator, name: str) -> str:
    (found,) = [one for one in simulator.objects("saas") if one["value"]["name"] == name]
    return str(found["objectId"])


def test_only_what_differs_is_accepted_with_references_by_name(simulator: Simulator, tmp_path: Path) -> None:
    secret = [{"path": "password", "value": "canary-of-a-password"}]
    declared = profiles({**profile("one"), "secrets": secret}, profile("two"), profile("three"))
    run(simulator, declared)
    (zone,) = simulator.seed("saas", [{"schemaId": ZONE_SCHEMA, "value": {"name": "Shop", "rules": []}}])
    simulator.change("saas", by_name(simulator, "one"), merge={"zone": zone, "level": 7})
    simulator.delete("saas", by_name(simulator, "three"))
    result = run(simulator, declared, check=True, accept_directory=str(tmp_path))
    text, (declaration,) = accepted(result)
    assert declaration["schema_id"] == PROFILES
    reference = f"{{{{ '{ZONE_SCHEMA}' | community.dynatrace.object_id('Shop') }}}}"
    assert declaration["objects"] == [{"name": "one", "value": {"name": "one", "level": 7, "zone": reference}}]
    assert "canary" not in text
    assert f"# {PROFILES} three does not exist. To accept this, remove its declaration." in text


def test_the_file_added_to_the_declaration_leaves_no_difference(simulator: Simulator, tmp_path: Path) -> None:
    declared = [{**one, "source": "group"} for one in profiles(profile("one"), {"value": {"name": "x", "level": 1}})]
    declared[0]["match_on"] = ["name"]
    run(simulator, declared)
    for name in ("one", "x"):
        simulator.change("saas", by_name(simulator, name), merge={"level": 9})
    result = run(simulator, declared, check=True, accept_directory=str(tmp_path))
    assert result["changed"]
    _text, more = accepted(result)
    assert [one.get("name") for one in more[0]["objects"]] == ["one", None]
    again = run(
        simulator,
        [*declared, *({**one, "source": "host"} for one in more)],
        check=True,
        accept_directory=str(tmp_path),
    )
    assert not again["changed"] and again["accept_file"] is None


def test_nothing_is_written_without_a_difference_or_outside_of_check_mode(simulator: Simulator, tmp_path: Path) -> None:
    declared = profiles(profile("one"))
    assert "accept_file" not in run(simulator, declared, accept_directory=str(tmp_path))
    assert run(simulator, declared, check=True, accept_directory=str(tmp_path))["accept_file"] is None
    assert list(tmp_path.iterdir()) == []


def test_another_order_is_named(simulator: Simulator, tmp_path: Path) -> None:
    run(simulator, profiles(profile("one"), profile("two")))
    result = run(simulator, profiles(profile("two"), profile("one")), check=True, accept_directory=str(tmp_path))
    assert "is in another position. To accept this, reorder the declaration." in accepted(result)[0]


def test_what_would_be_pruned_is_declared(simulator: Simulator, tmp_path: Path) -> None:
    run(simulator, profiles(profile("one")))
    simulator.seed("saas", [{"schemaId": PROFILES, "value": {"name": "by hand", "level": 3}}])
    declared = profiles({**profile("one")}, prune=True)
    _text, (declaration,) = accepted(run(simulator, declared, check=True, accept_directory=str(tmp_path)))
    (found,) = declaration["objects"]
    assert found["value"] == {"name": "by hand", "level": 3} and found["object_id"] == by_name(simulator, "by hand")
    again = [{**one, "source": number} for number, one in enumerate([*declared, declaration], start=1)]
    assert not [
        item
        for item in run(simulator, again, check=True)["schemas"][0]["objects"]
        if item["operation"] in ("created", "deleted")
    ]


def test_permissions_are_accepted_too(simulator: Simulator, tmp_path: Path) -> None:
    def declared(level: str, source: str) -> list[dict[str, Any]]:
        note = {"name": "n", "value": {"name": "n"}, "permissions": {"all_users": level}}
        return [{"schema_id": NOTES, "objects": [note], "source": source}]

    run(simulator, declared("read", "group"), token="ann")
    wanted = declared("none", "group")
    result = run(simulator, wanted, check=True, token="ann", accept_directory=str(tmp_path))
    _text, more = accepted(result)
    assert more[0]["objects"][0]["permissions"] == {"all_users": "read", "users": [], "groups": []}
    both = [*wanted, {**more[0], "source": "host"}]
    assert not run(simulator, both, check=True, token="ann")["changed"]
