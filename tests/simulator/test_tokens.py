# Copyright (c) 2026, community.dynatrace contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Access: tokens, scopes, environments, the platform path, OAuth."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest
import requests

from ansible_collections.community.dynatrace.tests.support.simulator import (
    EXPORT_SCHEMA,
    Simulator,
    export_object,
    export_value,
)

from .client import Api

Connect = Callable[..., Api]
PLATFORM = "/platform/classic/environment-api/v2"
CLIENT = {"secret": "very secret", "scopes": ["settings:objects:read", "app-engine:apps:run"], "resource": "urn:a:1"}


@pytest.mark.parametrize("name", ["expired", "disabled"])
def test_invalid_tokens(connect: Connect, env: str, name: str) -> None:
    answer = connect(env, name).find(EXPORT_SCHEMA)
    assert (answer.status_code, answer.json()) == (
        401,
        {"error": {"code": 401, "message": "Token Authentication failed"}},
    )


def test_a_token_is_valid_in_its_own_environment_only(simulator: Simulator, api: Api) -> None:
    answer = requests.get(f"{simulator.url()}/api/v2/settings/schemas", headers=dict(api.session.headers), timeout=20)
    assert answer.status_code == 401
    assert api.call("GET", "/settings/schemas").status_code == 200


def test_what_each_scope_allows(connect: Connect, env: str) -> None:
    full, read, write = (connect(env, name) for name in ("full", "read", "write"))
    object_id = full.create(export_object())
    assert read.find(EXPORT_SCHEMA).status_code == 200
    assert write.post(export_object()).status_code == 200
    assert write.find(EXPORT_SCHEMA).status_code == 403
    assert write.put(object_id, export_value()).status_code == 403  # PUT wants both
    for refused in (read.post(export_object(), validateOnly="true"), read.delete(object_id)):
        assert refused.status_code == 403
        text = "Token is missing required scope. Use one of: settings.write (Write settings)"
        assert refused.json()["error"]["message"] == text


def test_an_unknown_environment(simulator: Simulator, api: Api) -> None:
    url = f"{simulator.base_url}/e/nowhere/api/v2/settings/schemas"
    answer = requests.get(url, headers=dict(api.session.headers), timeout=20)
    assert answer.json() == {"error": {"code": 404, "message": "failed to resolve tenant <nowhere>"}}


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", "/api", 404),
        ("GET", "/api/v2/settings", 404),
        ("GET", "/api/v2/settings/objects/", 404),
        ("GET", "/api/v2/settings/objects/a%2Fb%20c%3F%23", 404),
        ("GET", "/api/v2/settings/schemas/a%2Fb", 404),
        ("GET", "/api/v2/api/v2/settings/objects", 404),
        ("GET", "/e/x/api/v2/settings/objects", 404),
        ("GET", "/platform/nothing", 404),
        ("GET", "/platform/classic/environment-api/v2/settings", 404),
        ("GET", "/api/v1/config", 501),
        ("GET", "/api/v2/metrics/query", 501),
        ("POST", "/e/x/api/config/v1/dashboards", 501),
        ("GET", "/platform/storage/query/v1/query:execute", 501),
        ("PATCH", "/api/v2/settings/objects", 405),
        ("POST", "/api/v2/settings/objects/x", 405),
        ("DELETE", "/platform/metadata/v1/user", 405),
        ("PUT", "/api/cluster/v2/environments", 405),
    ],
)
def test_every_path_of_an_api_answers_json(simulator: Simulator, method: str, path: str, status: int) -> None:
    headers = {"Authorization": f"Api-Token {simulator.token()}"}
    answer = requests.request(method, simulator.base_url + path, headers=headers, timeout=20)
    assert (answer.status_code, answer.headers["content-type"]) == (status, "application/json; charset=utf-8")
    assert answer.json()["error"]["code"] == status
    assert answer.json()["error"]["message"]
    if status == 405:
        assert method not in answer.headers["Allow"].split(", ")
        assert "GET" in answer.headers["Allow"].split(", ")


def test_other_paths_are_pages(simulator: Simulator) -> None:
    for path in ("/e/x", "/ui", "/apis"):
        answer = requests.get(simulator.base_url + path, timeout=20)
        assert (answer.status_code, answer.headers["content-type"]) == (404, "text/html; charset=utf-8")
    assert requests.get(simulator.base_url, timeout=20).text.startswith("<!DOCTYPE html>")


def test_what_a_token_may_do_can_be_looked_up(connect: Connect, simulator: Simulator, env: str) -> None:
    other = connect(env, "other")
    found = other.call("POST", "/apiTokens/lookup", json={"token": simulator.token(env, "read")})
    assert found.json()["scopes"] == ["settings.read"]
    assert found.json()["enabled"] is True
    expired = other.call("POST", "/apiTokens/lookup", json={"token": simulator.token(env, "expired")}).json()
    assert expired["expirationDate"].startswith("1970-01-01T")
    assert other.call("POST", "/apiTokens/lookup", json={"token": "dt0c01.x.y"}).status_code == 404


def test_the_platform_path_takes_bearer_tokens_of_the_default_environment(simulator: Simulator) -> None:
    url = simulator.url()
    bearer = Api(url, simulator.token(None, "platform"), prefix=PLATFORM, scheme="Bearer")
    object_id = bearer.create(export_object())
    classic = Api(url, simulator.token())
    assert classic.get(object_id).status_code == 200
    reader = Api(url, simulator.token(None, "platform_read"), prefix=PLATFORM, scheme="Bearer")
    refused = reader.delete(object_id)
    assert refused.json()["error"]["message"] == (
        f"write access to {EXPORT_SCHEMA} not allowed without "
        "settings:internal.elasticsearch.user-session-export-settings-v2:write token scope"
    )
    assert bearer.delete(object_id).status_code == 204
    for wrong in (
        Api(url, simulator.token(), prefix=PLATFORM),
        Api(url, simulator.token(), prefix=PLATFORM, scheme="Bearer"),
        Api(url, simulator.token(None, "platform"), scheme="Bearer"),
    ):
        assert wrong.find(EXPORT_SCHEMA).status_code == 401
        wrong.close()
    for api in (bearer, classic, reader):
        api.close()


@pytest.fixture(scope="module")
def with_oauth() -> Iterator[Simulator]:
    with Simulator(
        ["saas", "other"], config={"oauth_clients": {"dt0s02.CLIENT": CLIENT}, "oauth_expires_in": 1}
    ) as found:
        yield found


def ask(simulator: Simulator, **form: str) -> requests.Response:
    whole = {
        "grant_type": "client_credentials",
        "client_id": "dt0s02.CLIENT",
        "client_secret": "very secret",
        "resource": "urn:a:1",
        **form,
    }
    return requests.post(f"{simulator.base_url}/sso/oauth2/token", data=whole, timeout=20)


def test_oauth_returns_a_short_lived_token(with_oauth: Simulator) -> None:
    given = ask(with_oauth).json()
    assert (given["token_type"], given["expires_in"]) == ("Bearer", 1)
    domain = f"{with_oauth.base_url}/platform/metadata/v1/classic-environment-domain"
    headers = {"Authorization": f"Bearer {given['access_token']}"}
    assert requests.get(domain, headers=headers, timeout=20).json() == {"domain": with_oauth.base_url}
    api = Api(with_oauth.base_url, given["access_token"], prefix=PLATFORM, scheme="Bearer")
    assert api.find(EXPORT_SCHEMA).status_code == 200
    while api.find(EXPORT_SCHEMA).status_code == 200:  # about a second
        pass
    assert api.find(EXPORT_SCHEMA).status_code == 401
    api.close()


@pytest.mark.parametrize(
    ("form", "status", "error"),
    [
        ({"client_secret": "wrong"}, 401, "invalid_client"),
        ({"client_id": "unknown"}, 401, "invalid_client"),
        ({"grant_type": "password"}, 400, "unsupported_grant_type"),
        ({"scope": "settings:objects:write"}, 400, "invalid_scope"),
        ({"resource": "urn:a:2"}, 400, "invalid_target"),
    ],
)
def test_oauth_refuses(with_oauth: Simulator, form: dict[str, str], status: int, error: str) -> None:
    answer = ask(with_oauth, **form)
    assert (answer.status_code, answer.json()["error"]) == (status, error)
    assert "very secret" not in answer.text
