# Copyright (c) 2026, community.dynatrace contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Each kind of credentials knows its options, its host, its secrets and what is wrong with it."""

from __future__ import annotations

import ast
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, ClassVar

import pytest

from ansible_collections.community.dynatrace.plugins.module_utils._ansible_module import CONNECTION_OPTIONS
from ansible_collections.community.dynatrace.plugins.module_utils._params import build_connection
from ansible_collections.community.dynatrace.plugins.module_utils._settings_api import auth
from ansible_collections.community.dynatrace.plugins.module_utils._settings_api.auth import (
    KINDS,
    VARIABLES,
    Authorization,
    Credentials,
    read_credentials,
)
from ansible_collections.community.dynatrace.plugins.module_utils._settings_api.client import SettingsClient
from ansible_collections.community.dynatrace.plugins.module_utils._settings_api.connection import (
    Connection,
    connection_problems,
)
from ansible_collections.community.dynatrace.plugins.module_utils._settings_api.errors import Problem
from ansible_collections.community.dynatrace.tests.support.byte_server import FINE, serving
from ansible_collections.community.dynatrace.tests.support.problems import texts

URL = "https://abc12345.live.dynatrace.com"
ALL = {name: f"secret-{name}" for name in VARIABLES} | {
    "oauth_token_url": "https://sso.example.com/token",
    "oauth_scope": "a",
}


def options_of(kind: type[Credentials]) -> dict[str, str]:
    others = {name for one in KINDS if one is not kind for name in one.VARIABLES}
    return {name: value for name, value in ALL.items() if name not in others}


@pytest.mark.parametrize("kind", KINDS)
def test_a_kind_is_made_of_its_own_options_and_shows_no_secret(kind: type[Credentials]) -> None:
    credentials, problems = read_credentials(options_of(kind))
    assert problems == []
    assert isinstance(credentials, kind)
    assert credentials.problems() == []
    assert credentials.secrets
    connection = Connection(URL, credentials)
    assert (".apps." in connection.base_url) is kind.PLATFORM
    assert set(credentials.secrets) <= set(connection.secrets)
    assert not any(secret in repr(connection) for secret in credentials.secrets)


@pytest.mark.parametrize("kind", KINDS)
def test_each_required_option_is_required(kind: type[Credentials]) -> None:
    for missing in kind.REQUIRED if len(kind.REQUIRED) > 1 else ():
        credentials, (problem,) = read_credentials({**options_of(kind), missing: None})
        assert credentials is None
        assert texts([problem]) == {missing: f"is required: both are needed for {kind.TITLE}"}


def test_one_kind_is_needed_and_no_more() -> None:
    assert texts(read_credentials({})[1]) == {
        "api_token": "is required (or platform_token, or oauth_client_id and oauth_client_secret)"
    }
    assert texts(read_credentials(ALL)[1]) == {
        "api_token": "set only one of api_token, platform_token and oauth_client_id"
    }


@dataclass(frozen=True)
class Ticket(Credentials):
    """A kind that no one has heard of."""

    text: str = field(repr=False)

    KIND: ClassVar[str] = "ticket"
    TITLE: ClassVar[str] = "a ticket"
    REQUIRED: ClassVar[tuple[str, ...]] = ("ticket",)
    VARIABLES: ClassVar[Mapping[str, str]] = {"ticket": "DYNATRACE_TICKET"}
    PLATFORM: ClassVar[bool] = False

    @classmethod
    def from_options(cls, options: Mapping[str, Any]) -> Ticket:
        return cls(options["ticket"])

    @property
    def secrets(self) -> list[str]:
        return [self.text]

    def problems(self) -> list[Problem]:
        return [Problem("blank", "ticket")] if self.text == "old" else []

    def authorize(self, transport: object, redact: Callable[[str], str]) -> Authorization:
        return Authorization(f"Ticket {self.text}")

    def permission_hint(self, scopes: Sequence[str]) -> str:
        return "Buy another one."


def test_a_new_kind_needs_its_class_and_one_line(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(auth, "KINDS", (*KINDS, Ticket))
    assert read_credentials({"ticket": "old"})[0] == Ticket("old")
    assert connection_problems(Connection(URL, Ticket("old"))) == [Problem("blank", "ticket")]
    with serving(FINE) as line, SettingsClient(Connection(line.url, Ticket("new"))) as client:
        assert client.list_objects("builtin:a", fields=["objectId"]) == []
    assert b"Authorization: Ticket new\r\n" in line.requests[0]


@pytest.mark.parametrize("from_environment", [False, True])
def test_options_and_environment_give_credentials_of_a_new_kind_too(
    monkeypatch: pytest.MonkeyPatch, from_environment: bool
) -> None:
    monkeypatch.setattr(auth, "KINDS", (*KINDS, Ticket))
    monkeypatch.setitem(VARIABLES, "ticket", "DYNATRACE_TICKET")
    params = {name: option.get("default") for name, option in CONNECTION_OPTIONS.items()} | {"ticket": None}
    if from_environment:
        monkeypatch.setenv("DYNATRACE_ENV_URL", URL)
        monkeypatch.setenv("DYNATRACE_TICKET", "new")
        (problem,) = build_connection({**params, "environment_url": "https://elsewhere.example.com"})[1]
        assert problem.path == "environment_url"
    else:
        params |= {"environment_url": URL, "ticket": "new"}
    connection, problems = build_connection(params)
    assert problems == []
    assert connection is not None and connection.credentials == Ticket("new")


def test_no_code_asks_which_kind_it_has() -> None:
    plugins = Path(auth.__file__).parents[3]
    names = {kind.__name__ for kind in KINDS}
    for path in plugins.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "isinstance":
                assert not {part.id for part in ast.walk(node) if isinstance(part, ast.Name)} & names, path
