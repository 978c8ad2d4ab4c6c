# Copyright (c) 2026, community.dynatrace contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""A missing permission is found before the first write: with each kind of credentials, and without the endpoint."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from typing import Any

import pytest

from ansible_collections.community.dynatrace.plugins.module_utils._settings_api.client import SettingsClient
from ansible_collections.community.dynatrace.plugins.module_utils._settings_api.connection import (
    AccessToken,
    Connection,
    Credentials,
    PlatformToken,
)
from ansible_collections.community.dynatrace.plugins.module_utils._settings_api.errors import PermissionMissing
from ansible_collections.community.dynatrace.plugins.module_utils._settings_api.permission_check import (
    check_write_permission,
)
from ansible_collections.community.dynatrace.plugins.module_utils._settings_objects import module as objects
from ansible_collections.community.dynatrace.tests.support.simulator import ZONE_SCHEMA, Simulator

RESOLVE = "/settings/effective-permissions:resolve"
LOOKUP = "/apiTokens/lookup"
_numbers = itertools.count(1)
# A policy that allows other schemas only.
LIMITED = {
    "limited": {"platform": True, "schemas": ["builtin:elasticsearch.user-session-export-settings-v2"]},
    "whole": {"platform": True},
    "reader": {"scopes": ["settings.read"]},
    "full": {},
}
DEFAULTS = {name: option.get("default") for name, option in objects.OPTIONS.items()}


@pytest.fixture(scope="module")
def simulator() -> Iterator[Simulator]:
    with Simulator(config={"environments": {"one": {"tokens": LIMITED}}}) as running:
        yield running


@pytest.fixture(autouse=True)
def fresh(simulator: Simulator) -> None:
    simulator.reset("one", switches=True)
    simulator.clear_log()


def connect(simulator: Simulator, token: str) -> SettingsClient:
    platform = token in ("limited", "whole")
    secret = simulator.token("one", token)
    credentials: Credentials = PlatformToken(secret) if platform else AccessToken(secret)
    return SettingsClient(Connection(simulator.base_url if platform else simulator.url("one"), credentials))


def sent(simulator: Simulator) -> list[str]:
    """The requests since the log was cleared, without the prefix of their path."""
    paths = [(one["method"], one["path"].rpartition("/v2")[2]) for one in simulator.requests()]
    return [f"{method} {path}" for method, path in paths]


@pytest.mark.parametrize("token", ["whole", "full"])
def test_credentials_that_may_write_pass(simulator: Simulator, token: str) -> None:
    with connect(simulator, token) as client:
        assert check_write_permission(client, ZONE_SCHEMA, "environment") == ""
    assert sent(simulator) == [f"POST {RESOLVE}"]


@pytest.mark.parametrize("token", ["limited", "reader"])
def test_those_that_may_not_are_refused(simulator: Simulator, token: str) -> None:
    with (
        connect(simulator, token) as client,
        pytest.raises(
            PermissionMissing, match=f"has no write permission for {ZONE_SCHEMA} at .*, so nothing was changed"
        ) as refused,
    ):
        check_write_permission(client, ZONE_SCHEMA, "environment")
    assert "settings:objects:write" in refused.value.hint


def test_without_the_endpoint_the_scopes_of_an_access_token_are_looked_up(simulator: Simulator) -> None:
    simulator.switches("one", missing_endpoints=["effective-permissions:resolve"])
    with connect(simulator, "full") as client:
        assert check_write_permission(client, ZONE_SCHEMA, "environment") == ""
    assert sent(simulator) == [f"POST {RESOLVE}", f"POST {LOOKUP}"]
    with connect(simulator, "reader") as client, pytest.raises(PermissionMissing) as refused:
        check_write_permission(client, ZONE_SCHEMA, "environment")
    assert "settings.write" in refused.value.hint
    with connect(simulator, "whole") as client:
        assert "are unknown" in check_write_permission(client, ZONE_SCHEMA, "environment")


def test_an_answer_that_does_not_help_is_a_note(simulator: Simulator) -> None:
    simulator.fault("status", path="effective-permissions", status=403)
    with connect(simulator, "full") as client:
        assert "unknown whether the credentials" in check_write_permission(client, ZONE_SCHEMA, "environment")


def run(simulator: Simulator, token: str, *, check: bool = False, **options: Any) -> dict[str, Any]:
    params = {**DEFAULTS, "schema_id": ZONE_SCHEMA, "objects": [{"value": {"name": "Shop", "rules": []}}], **options}
    with connect(simulator, token) as client:
        return objects.run(client, None, params, check)


@pytest.mark.parametrize(
    ("token", "how", "check", "asked"),
    [
        ("whole", "auto", False, True),
        ("whole", "auto", True, False),
        ("whole", "never", False, False),
        ("full", "auto", False, False),
        ("full", "always", False, True),
        ("full", "always", True, True),
    ],
)
def test_it_is_asked_where_it_can_tell_something_and_only_before_a_write(
    simulator: Simulator, token: str, how: str, check: bool, asked: bool
) -> None:
    assert run(simulator, token, check=check, permission_check=how)["changed"] is True
    requests = sent(simulator)
    assert requests.count(f"POST {RESOLVE}") == asked
    if asked and not check:
        assert requests.index(f"POST {RESOLVE}") == requests.index("POST /settings/objects") - 1
    if not check:
        simulator.clear_log()
        assert run(simulator, token, permission_check="always")["changed"] is False
        assert f"POST {RESOLVE}" not in sent(simulator), "nothing is written, so nothing is asked"


def test_nothing_is_tried_without_the_permission_and_check_mode_has_a_note(simulator: Simulator) -> None:
    with pytest.raises(PermissionMissing):
        run(simulator, "reader", permission_check="always")
    assert "POST /settings/objects" not in sent(simulator)
    result = run(simulator, "reader", check=True, permission_check="always", server_validation=False)
    assert any("has no write permission" in note for note in result["notes"])
