# Copyright (c) 2026, community.dynatrace contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""The module settings_history_info against the simulator, and what is wrong with its options."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from datetime import datetime, timedelta, timezone
from typing import Any

import pytest

from ansible_collections.community.dynatrace.plugins.module_utils._settings_api.client import SettingsClient
from ansible_collections.community.dynatrace.plugins.module_utils._settings_api.connection import (
    AccessToken,
    Connection,
    Credentials,
    PlatformToken,
)
from ansible_collections.community.dynatrace.plugins.module_utils._settings_api.history import HistoryMissing
from ansible_collections.community.dynatrace.plugins.module_utils._settings_objects import history
from ansible_collections.community.dynatrace.tests.support.problems import invalid, texts
from ansible_collections.community.dynatrace.tests.support.simulator import (
    EXPORT_SCHEMA,
    ZONE_SCHEMA,
    Simulator,
    basic_auth,
    export_object,
    export_value,
)

SECRET = "S3cret-canary"
JANE = "jane.doe@example.com"
_numbers = itertools.count(1)
DEFAULTS = {name: option.get("default") for name, option in history.HISTORY_OPTIONS.items()}


@pytest.fixture(scope="module")
def simulator() -> Iterator[Simulator]:
    with Simulator() as running:
        yield running


@pytest.fixture
def env(simulator: Simulator) -> str:
    name = f"history{next(_numbers)}"
    simulator.add_environment(name)
    return name


def read(simulator: Simulator, env: str, *, platform: bool = False, **options: Any) -> dict[str, Any]:
    # The simulator gives each change a millisecond of its own, so the last of several may be ahead of the clock.
    soon = (datetime.now(timezone.utc) + timedelta(minutes=1)).isoformat()
    params = {**DEFAULTS, "schema_id": EXPORT_SCHEMA, "end_time": soon, **options}
    url = simulator.url(env)
    credentials: Credentials = AccessToken(simulator.token(env))
    if platform:
        url, credentials = simulator.base_url, PlatformToken(simulator.token(None, "platform"))
    period, problems = history.check(params)
    assert period is not None and not problems
    with SettingsClient(Connection(url, credentials)) as client:
        return history.read(client, period, params)


def problems(**options: Any) -> dict[str, str]:
    _period, found = history.check({**DEFAULTS, "schema_id": EXPORT_SCHEMA, **options})
    return texts(found)


def test_the_newest_change_comes_first_with_author_values_and_no_secret(simulator: Simulator, env: str) -> None:
    value = export_value(authentication=basic_auth("dynatrace", SECRET))
    (object_id,) = simulator.seed(env, [export_object(None, value)])
    merge = {"exportBehavior": {"disableNotification": True}}
    simulator.change(env, object_id, merge=merge, author=JANE)
    simulator.delete(env, object_id)
    simulator.clear_log()
    result = read(simulator, env)
    assert [one["operation"] for one in result["changes"]] == ["deleted", "updated", "created"]
    changed = result["changes"][1]
    assert (changed["author"], changed["source"], changed["object_id"]) == (JANE, "UI", object_id)
    assert changed["changed_properties"] == ["exportBehavior.disableNotification"]
    assert changed["after"]["exportBehavior"]["disableNotification"] is True
    assert changed["before"]["authentication"]["basicAuth"]["password"] == "(stored)"
    assert SECRET not in str(result) and result["complete"] and result["changed"] is False
    sent = simulator.requests(environment=env)
    assert [one["path"].rpartition("/api/v2")[2].partition("/")[2].split("/")[1] for one in sent] == [
        "schemas",
        "history",
    ]
    assert not any(one["applied"] for one in sent)


def test_the_platform_path_has_the_same_history(simulator: Simulator) -> None:
    env = simulator.default_environment
    simulator.seed(env, [{"schemaId": ZONE_SCHEMA, "scope": "environment", "value": {"name": "Shop", "rules": []}}])
    result = read(simulator, env, platform=True, schema_id=ZONE_SCHEMA)
    assert [one["after"]["name"] for one in result["changes"]] == ["Shop"]
    assert simulator.requests(path="/platform/classic/environment-api/v2/settings/history")
    simulator.reset(env)


def test_only_the_newest_changes_are_read_where_there_are_more(simulator: Simulator, env: str) -> None:
    (object_id,) = simulator.seed(env, [export_object(None, export_value())])
    for disabled in (True, False, True):
        simulator.change(env, object_id, merge={"exportBehavior": {"disableNotification": disabled}})
    result = read(simulator, env, max_changes=2)
    assert len(result["changes"]) == 2 and not result["complete"]
    assert result["notes"] == ["There are more than 2 changes. Raise max_changes to read older ones."]
    assert read(simulator, env, max_changes=4)["complete"]


def test_an_object_that_is_gone_has_a_history_and_one_that_never_was_is_an_error(
    simulator: Simulator, env: str
) -> None:
    gone, there = simulator.seed(
        env, [export_object(None, export_value(f"https://{name}.example.com/")) for name in ("gone", "there")]
    )
    simulator.delete(env, gone)
    assert [one["operation"] for one in read(simulator, env, object_id=gone)["changes"]] == ["deleted", "created"]
    assert [one["operation"] for one in read(simulator, env, object_id=there)["changes"]] == ["created"]
    with invalid("object_id: is not the ID of an object of this environment"):
        read(simulator, env, object_id="vu9U3hXa3q0AAAABABhidWlsdGlu")


def test_an_environment_without_the_endpoint_says_so(simulator: Simulator, env: str) -> None:
    simulator.switches(env, missing_endpoints=["history"])
    with pytest.raises(HistoryMissing, match="does not provide the history of settings"):
        read(simulator, env)


@pytest.mark.parametrize(
    ("options", "expected"),
    [
        ({"start_time": "2126-01-01"}, {"start_time": "is in the future"}),
        ({"end_time": "2126-01-01"}, {"end_time": "is in the future"}),
        ({"start_time": "1d", "end_time": "2d"}, {"start_time": "is later than the end of the time range"}),
        ({"object_id": "it's"}, {"object_id": "is not the ID of an object"}),
        ({"object_id": ""}, {"object_id": "must not be empty"}),
        ({"max_changes": 0}, {"max_changes": "must be between 1 and 10000"}),
    ],
)
def test_wrong_options(options: dict[str, Any], expected: dict[str, str]) -> None:
    assert problems(**options) == expected


def test_a_year_is_the_most_and_other_texts_are_no_times() -> None:
    assert "365 days" in problems(start_time="366d")["start_time"]
    assert "ISO 8601" in problems(start_time="yesterday")["start_time"]
    assert list(problems(start_time="yesterday", end_time="tomorrow")) == ["start_time", "end_time"]
