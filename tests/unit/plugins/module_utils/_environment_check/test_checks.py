# Copyright (c) 2026, community.dynatrace contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What is found about an environment before the first run."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta, timezone
from typing import Any

import pytest

from ansible_collections.community.dynatrace.plugins.module_utils._environment_check import checks
from ansible_collections.community.dynatrace.plugins.module_utils._environment_check.probe import Probe
from ansible_collections.community.dynatrace.plugins.module_utils._settings_api.connection import (
    AccessToken,
    Connection,
    PlatformToken,
)
from ansible_collections.community.dynatrace.plugins.module_utils._settings_api.errors import (
    ConnectionFailed,
    TokenRejected,
)

SCHEMA = "builtin:management-zones"
SAAS = Connection("https://abc12345.live.dynatrace.com", AccessToken("dt0c01.A.B"))


class Client:
    """An environment with one schema, and a token that may read and write."""

    def __init__(self, connection: Connection = SAAS, **token: Any) -> None:
        self._connection = connection
        self.token = {"scopes": ["settings.read", "settings.write"], **token}
        self.failure: Exception | None = None
        self.environment_id = connection.environment_id
        self.environment_url = connection.base_url
        self.notes: list[str] = []

    def list_schemas(self) -> list[dict[str, Any]]:
        if self.failure is not None:
            raise self.failure
        return [{"schemaId": SCHEMA, "latestSchemaVersion": "1.0.14"}]

    def lookup_token(self) -> dict[str, Any]:
        return self.token

    def public_text(self, text: object) -> str:
        return str(text)


def run(
    monkeypatch: pytest.MonkeyPatch,
    client: Client | None = None,
    connection: Connection = SAAS,
    schema_ids: tuple[str, ...] = (SCHEMA,),
    shown: Probe | None = None,
    write: bool = True,
) -> dict[str, Any]:
    monkeypatch.setattr(checks, "probe", lambda _connection: shown or Probe(0.0))
    found: Any = client or Client(connection)
    return checks.check_environment(found, connection, schema_ids, write=write, days=14)


def statuses(result: dict[str, Any]) -> dict[str, str]:
    return {one["name"]: one["status"] for one in result["checks"]}


def in_days(days: int) -> str:
    return (datetime.now(timezone.utc) + timedelta(days=days, hours=1)).isoformat()


def test_an_environment_that_is_ready(monkeypatch: pytest.MonkeyPatch) -> None:
    result = run(monkeypatch)
    assert result["ok"] and result["warning_count"] == 0 and not result["changed"]
    assert set(statuses(result).values()) == {"ok"}
    assert result["schemas"] == {SCHEMA: "1.0.14"}
    assert (result["environment_kind"], result["token_kind"]) == ("saas", "access_token")


def test_no_answer_is_unreachable_and_nothing_else_is_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    client = Client()
    client.failure = ConnectionFailed("No connection to the environment.", hint="Start it.")
    result = run(monkeypatch, client)
    assert not result["ok"] and not result["reachable"]
    assert statuses(result) == {"address": "ok", "connection": "error"}


def test_a_refused_token_is_no_matter_of_the_connection(monkeypatch: pytest.MonkeyPatch) -> None:
    client = Client()
    client.failure = TokenRejected("The token is not accepted.", status=401)
    result = run(monkeypatch, client)
    assert result["reachable"] and statuses(result)["access"] == "error" and statuses(result)["connection"] == "ok"


@pytest.mark.parametrize(("write", "status"), [(True, "error"), (False, "ok")])
def test_a_token_that_only_reads_is_enough_for_audits(
    monkeypatch: pytest.MonkeyPatch, write: bool, status: str
) -> None:
    result = run(monkeypatch, Client(scopes=["settings.read"]), write=write)
    assert statuses(result)["token"] == status
    assert result["token"]["missing_scopes"] == (["settings.write"] if write else [])


def test_what_expires_soon_is_a_warning(monkeypatch: pytest.MonkeyPatch) -> None:
    shown = Probe(0.0, datetime.now(timezone.utc) + timedelta(days=3, hours=1))
    result = run(monkeypatch, Client(expirationDate=in_days(5)), shown=shown)
    assert result["ok"] and result["warning_count"] == 2
    assert statuses(result)["token_expiry"] == statuses(result)["certificate"] == "warning"
    assert result["token"]["days_left"] == 5
    messages = [one["message"] for one in result["checks"]]
    assert "The token expires in 5 days." in messages


@pytest.mark.parametrize(("seconds", "status"), [(59.0, "ok"), (-61.0, "warning"), (3600.0, "warning")])
def test_clocks(monkeypatch: pytest.MonkeyPatch, seconds: float, status: str) -> None:
    assert statuses(run(monkeypatch, shown=Probe(seconds)))["clock"] == status


def test_a_missing_schema_is_an_error_with_a_near_match(monkeypatch: pytest.MonkeyPatch) -> None:
    result = run(monkeypatch, schema_ids=(SCHEMA, "builtin:managment-zones"))
    assert not result["ok"] and result["schemas"]["builtin:managment-zones"] is None
    assert result["checks"][-1]["remediation"] == f"Did you mean {SCHEMA}?"


def test_of_a_platform_token_nothing_is_claimed(monkeypatch: pytest.MonkeyPatch) -> None:
    connection = Connection("https://abc12345.apps.dynatrace.com", PlatformToken("dt0s16.A.B"))
    result = run(monkeypatch, Client(connection), connection)
    assert result["ok"] and statuses(result)["token"] == "skipped" and result["token"] is None


def test_a_cluster_without_its_environment_and_an_unchecked_certificate_are_warnings(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    connection = replace(SAAS, environment_url="https://managed.example.com", validate_certs=False)
    result = run(monkeypatch, Client(connection), connection)
    assert result["ok"] and statuses(result)["address"] == statuses(result)["connection"] == "warning"
    assert result["environment_kind"] == "managed"


def test_an_activegate_is_known_by_its_port(monkeypatch: pytest.MonkeyPatch) -> None:
    connection = replace(SAAS, environment_url="https://activegate.example.com:9999/e/abc12345")
    assert run(monkeypatch, Client(connection), connection)["environment_kind"] == "activegate"
