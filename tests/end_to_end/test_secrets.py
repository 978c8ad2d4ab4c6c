# Copyright (c) 2026, community.dynatrace contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Secrets over the years: rotated, adopted, under a new key, with a new token, audited; in real ansible-playbook runs.

The environment is asked whether it holds the declared secrets, and the last run of each scenario finds nothing to do.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from ansible_collections.community.dynatrace.tests.support.playbooks import Playbook, play
from ansible_collections.community.dynatrace.tests.support.simulator import (
    EXPORT_SCHEMA,
    Simulator,
    basic_auth,
    export_object,
    export_value,
)

MODULE = "community.dynatrace.user_session_exports"
KEY = {"secret_fingerprint_key": "canary: the first key"}
NEW_KEY = {
    "secret_fingerprint_key": "canary: the second key",
    "secret_fingerprint_previous_key": KEY["secret_fingerprint_key"],
}
PASSWORD = "authentication/basicAuth/password"


@pytest.fixture(scope="module")
def simulator() -> Iterator[Simulator]:
    with Simulator() as running:
        yield running


class World:
    """One environment, and the steps of a scenario in it."""

    def __init__(self, simulator: Simulator, name: str) -> None:
        self.simulator, self.env = simulator, name
        simulator.add_environment(name)

    def step(
        self, name: str, exports: list[dict[str, Any]], *, token: str = "", check: bool = False, **options: Any
    ) -> dict[str, Any]:
        """One task."""
        connection = {
            "environment_url": self.simulator.url(self.env),
            "api_token": token or self.simulator.token(self.env),
        }
        return {"name": name, MODULE: {**connection, "exports": exports, **options}, "check_mode": check, "diff": True}

    def holds(self, **passwords: str) -> bool:
        """Whether the exports at these hosts have these passwords."""
        found = {}
        for item in self.simulator.objects(self.env, EXPORT_SCHEMA):
            host = item["value"]["endpointDefinition"]["endpointUrl"].removeprefix("https://").partition(".")[0]
            found[host] = self.simulator.secret_is(self.env, item["objectId"], PASSWORD, passwords[host])
        return found == dict.fromkeys(passwords, True)

    @property
    def writes(self) -> list[str]:
        """The writes that were applied."""
        return [one["method"] for one in self.simulator.requests(environment=self.env) if one["applied"]]


@pytest.fixture
def world(simulator: Simulator, request: pytest.FixtureRequest) -> World:
    """A fresh environment."""
    return World(simulator, request.node.name.replace("_", "-")[:40])


def export(name: str, password: str | None) -> dict[str, Any]:
    """An export with a password."""
    client = {"username": "dynatrace", **({"password": f"canary {password}"} if password else {})}
    return {
        "name": name,
        "endpoint_definition": {"endpoint_url": f"https://{name}.example.com/"},
        "authentication": {"active": True, "basic_auth": client},
    }


def by_hand(world: World, name: str, password: str) -> None:
    """Someone made an export."""
    value = export_value(f"https://{name}.example.com/", authentication=basic_auth("dynatrace", f"canary {password}"))
    world.simulator.seed(world.env, [export_object(None, value)])


def states(result: dict[str, Any]) -> dict[str, str]:
    """What became of each secret."""
    return {one["name"]: one["secrets"][0]["state"] for one in result["exports"]}


def reported(run: Playbook, *steps: str) -> list[bool]:
    """Whether each step changed something; nothing of a secret is in any place."""
    assert run.code == 0, run.output
    assert "canary" not in run.output + str(run.results)
    return [run.of(step)["changed"] for step in steps]


THREE = [export("a", "1"), export("b", "2"), export("c", "3")]
ROTATED = [export("a", "1"), export("b", "new"), export("c", "3")]


def test_one_secret_among_three_is_rotated(world: World, tmp_path: Path) -> None:
    run = play(
        tmp_path,
        [
            world.step("first", THREE, **KEY),
            world.step("quiet", THREE, **KEY),
            world.step("foretold", ROTATED, check=True, **KEY),
            world.step("rotated", ROTATED, **KEY),
            world.step("again", ROTATED, **KEY),
        ],
    )
    assert reported(run, "first", "quiet", "foretold", "rotated", "again") == [True, False, True, True, False]
    assert states(run.of("first")) == {"a": "set", "b": "set", "c": "set"}
    assert states(run.of("foretold")) == states(run.of("rotated")) == {"a": "kept", "b": "rotated", "c": "kept"}
    assert run.of("foretold")["diff"] == run.of("rotated")["diff"]
    # The update, guarded, and the new fingerprint behind it.
    assert world.writes == ["POST"] * 3 + ["PUT", "POST"]
    assert world.holds(a="canary 1", b="canary new", c="canary 3")


def test_without_a_key_a_new_secret_is_kept_back_and_that_is_said_once(world: World, tmp_path: Path) -> None:
    run = play(tmp_path, [world.step("first", THREE), world.step("second", ROTATED)])
    assert reported(run, "first", "second") == [True, False]
    assert states(run.of("second")) == {"a": "kept", "b": "kept", "c": "kept"}
    assert "update_secrets is with_updates" in run.of("second")["exports"][1]["secrets"][0]["reason"]
    assert world.holds(a="canary 1", b="canary 2", c="canary 3")


def test_hand_made_exports_are_adopted_with_the_secrets_that_are_declared(world: World, tmp_path: Path) -> None:
    for name in "abc":
        by_hand(world, name, "typed in by hand")
    exports = [export("a", "1"), export("b", "2"), export("c", None)]
    steps = [
        world.step("foretold", exports, check=True, **KEY),
        world.step("adopted", exports, **KEY),
        world.step("again", exports, **KEY),
    ]
    run = play(tmp_path, steps)
    assert reported(run, "foretold", "adopted", "again") == [True, True, False]
    # What is there may be the same or not: it is set, as no one can tell. Where none is declared, none is set.
    assert states(run.of("foretold")) == states(run.of("adopted")) == {"a": "set", "b": "set", "c": "kept"}
    assert states(run.of("again")) == {"a": "kept", "b": "kept", "c": "kept"}
    assert world.holds(a="canary 1", b="canary 2", c="canary typed in by hand")


def test_a_new_key_beside_the_old_one_tells_what_is_the_same_from_what_is_new(world: World, tmp_path: Path) -> None:
    run = play(
        tmp_path,
        [
            world.step("first", THREE, **KEY),
            world.step("foretold", ROTATED, check=True, **NEW_KEY),
            world.step("overlap", ROTATED, **NEW_KEY),
            world.step("again", ROTATED, **NEW_KEY),
            world.step("alone", ROTATED, secret_fingerprint_key=NEW_KEY["secret_fingerprint_key"]),
        ],
    )
    assert reported(run, "first", "foretold", "overlap", "again", "alone") == [True, True, True, False, False]
    assert states(run.of("overlap"))["b"] == states(run.of("foretold"))["b"] == "rotated"
    assert states(run.of("alone")) == {"a": "kept", "b": "kept", "c": "kept"}
    assert world.holds(a="canary 1", b="canary new", c="canary 3")


def test_a_new_api_token_changes_nothing(world: World, tmp_path: Path) -> None:
    new = {"token": f"dt0c01.NEWTOKEN.{'N' * 40}", "scopes": ["settings.read", "settings.write"]}
    world.simulator.configure(world.env, tokens={"full": {"token": world.simulator.token(world.env)}, "new": new})
    run = play(tmp_path, [world.step("first", THREE, **KEY), world.step("new", THREE, token=str(new["token"]), **KEY)])
    assert reported(run, "first", "new") == [True, False]
    assert states(run.of("new")) == {"a": "kept", "b": "kept", "c": "kept"}
    last = world.simulator.requests(environment=world.env)[-1]
    assert (last["method"], last["token"]) == ("GET", "new")


def test_an_audit_with_a_token_that_only_reads_sees_a_secret_that_was_not_rotated(world: World, tmp_path: Path) -> None:
    read_only = world.simulator.token(world.env, "read")
    run = play(
        tmp_path,
        [
            world.step("first", THREE, **KEY),
            world.step("fine", THREE, token=read_only, check=True, **KEY),
            world.step("stale", ROTATED, token=read_only, check=True, **KEY),
            world.step("silent", ROTATED, token=read_only, check=True, server_validation=False, **KEY),
        ],
    )
    assert reported(run, "first", "fine", "stale", "silent") == [True, False, True, True]
    assert states(run.of("stale")) == states(run.of("silent")) == {"a": "kept", "b": "rotated", "c": "kept"}
    assert "warnings" not in run.of("fine")
    assert "the token cannot write" in run.of("stale")["warnings"][0]
    assert world.writes == ["POST"] * 3


@pytest.mark.parametrize(
    "switches", [{"returns_external_id": False}, {"external_id_length": 30}], ids=["hidden", "cut"]
)
def test_where_external_ids_are_of_no_use_a_secret_cannot_be_verified_and_that_is_said(
    world: World, tmp_path: Path, switches: dict[str, Any]
) -> None:
    world.simulator.switches(world.env, **switches)
    run = play(tmp_path, [world.step("first", THREE, **KEY), world.step("second", ROTATED, **KEY)])
    assert reported(run, "first", "second") == [True, False]
    assert set(states(run.of("second")).values()) == {"unverifiable"}
    assert "no fingerprint can be stored" in run.of("second")["exports"][1]["secrets"][0]["reason"]


def test_the_documented_way_out_takes_the_fingerprints_away(world: World, tmp_path: Path) -> None:
    run = play(
        tmp_path,
        [
            world.step("first", THREE, **KEY),
            world.step("out", THREE, update_secrets="always"),
            world.step("after", THREE),
        ],
    )
    assert reported(run, "first", "out", "after") == [True, True, False]
    external_ids = {item["externalId"] for item in world.simulator.objects(world.env, EXPORT_SCHEMA)}
    assert external_ids == {f"community.dynatrace:1:{name}/" for name in "abc"}
