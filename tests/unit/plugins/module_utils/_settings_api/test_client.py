# Copyright (c) 2026, community.dynatrace contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""What the client sends, request by request, and what it makes of each answer. Against a real server on loopback."""

from __future__ import annotations

import gc
import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from pytest_httpserver import HTTPServer

from ansible_collections.community.dynatrace.plugins.module_utils._settings_api.client import (
    SettingsClient,
    WriteAnswer,
)
from ansible_collections.community.dynatrace.plugins.module_utils._settings_api.connection import (
    OAuthClient,
    PlatformToken,
)
from ansible_collections.community.dynatrace.plugins.module_utils._settings_api.errors import (
    AnswerLost,
    ApiError,
    Conflict,
    InvalidInput,
    NotFound,
    PermissionMissing,
    Rejected,
    SchemaUnknown,
    TokenRejected,
    UnexpectedAnswer,
)
from ansible_collections.community.dynatrace.plugins.module_utils._settings_api.permission_check import about_token
from ansible_collections.community.dynatrace.tests.support.api_server import (
    PLATFORM,
    TOKEN,
    Connect,
    envelope,
    expect,
    failure,
)

SCHEMA = "builtin:elasticsearch.user-session-export-settings-v2"
OBJECTS = "/e/env1/api/v2/settings/objects"
HTML = "<!DOCTYPE html><html><title>Sign in</title></html>"
ITEM = {"schemaId": SCHEMA, "scope": "environment", "value": {"a": 1}, "externalId": "x"}


# reading


def test_a_list_is_read_page_by_page_with_nothing_beside_the_page_key(server: HTTPServer, connect: Connect) -> None:
    query = {"schemaIds": SCHEMA, "scopes": "environment", "fields": "objectId,value,updateToken", "pageSize": "500"}
    one, two = {"objectId": "1", "value": {}}, {"objectId": "2", "value": {}}
    expect(server, "GET", OBJECTS, query).respond_with_json({"items": [one], "nextPageKey": "a+/="})
    expect(server, "GET", OBJECTS, {"nextPageKey": "a+/="}).respond_with_json({"items": [two], "nextPageKey": None})
    client = connect()
    assert client.list_objects(SCHEMA, fields=("objectId", "value", "updateToken")) == [one, two]
    assert client.requests_sent == 2
    assert client.notes == []


def test_only_the_objects_with_certain_external_ids_can_be_asked_for(server: HTTPServer, connect: Connect) -> None:
    query = {"schemaIds": SCHEMA, "scopes": "HOST-1", "fields": "objectId", "pageSize": "500", "externalIds": "a,b"}
    expect(server, "GET", OBJECTS, query).respond_with_json({"items": []})
    assert connect().list_objects(SCHEMA, scope="HOST-1", fields=["objectId"], external_ids=["a", "b"]) == []


def test_a_page_that_leads_to_itself_ends_the_reading(server: HTTPServer, connect: Connect) -> None:
    server.expect_request(OBJECTS).respond_with_json({"items": [{"value": {}}], "nextPageKey": "again"})
    client = connect()
    assert "a page leads back" in str(failure(lambda: client.list_objects(SCHEMA, fields=["value"])))
    assert client.requests_sent == 4


def test_ids_are_quoted_as_one_part_of_the_path(server: HTTPServer, connect: Connect) -> None:
    expect(server, "GET", f"{OBJECTS}/vu9U3hXa/-_=?x").respond_with_json({"objectId": "o"})
    assert connect().get_object("vu9U3hXa/-_=?x") == {"objectId": "o"}
    assert server.log[0][0].environ["REQUEST_URI"] == f"{OBJECTS}/vu9U3hXa%2F-_%3D%3Fx"


@pytest.mark.parametrize("object_id", ["", ".", ".."])
def test_an_id_that_is_another_path_is_never_sent(server: HTTPServer, connect: Connect, object_id: str) -> None:
    client = connect()
    assert isinstance(failure(lambda: client.delete_object(object_id, update_token=None)), InvalidInput)
    assert client.requests_sent == 0


def test_schemas_are_read(server: HTTPServer, connect: Connect) -> None:
    path = "/e/env1/api/v2/settings/schemas"
    expect(server, "GET", f"{path}/{SCHEMA}").respond_with_json({"schemaId": SCHEMA, "version": "2"})
    expect(server, "GET", f"{path}/{SCHEMA}", {"schemaVersion": "1.0"}).respond_with_json({"version": "1.0"})
    fields = {"fields": "schemaId,displayName,latestSchemaVersion"}
    expect(server, "GET", path, fields).respond_with_json({"items": [{"schemaId": SCHEMA}], "totalCount": 1})
    client = connect()
    assert client.get_schema(SCHEMA)["version"] == "2"
    assert client.get_schema(SCHEMA, version="1.0")["version"] == "1.0"
    assert client.list_schemas() == [{"schemaId": SCHEMA}]


@pytest.mark.parametrize("body", [[], "text", 1, {"items": 1}, {"items": ["text"]}, {"items": {}}, {}])
def test_json_of_another_shape_is_not_the_api(server: HTTPServer, connect: Connect, body: Any) -> None:
    server.expect_request(OBJECTS).respond_with_json(body)
    error = failure(lambda: connect().list_objects(SCHEMA, fields=["value"]))
    assert isinstance(error, UnexpectedAnswer)
    assert server.url_for("/e/env1") in error.message
    assert "environment_url" in error.hint


# writing


def test_a_create_is_an_array_of_one(server: HTTPServer, connect: Connect) -> None:
    expect(server, "POST", OBJECTS, json=[ITEM]).respond_with_json([{"code": 200, "objectId": "new"}])
    assert connect().create_object({**ITEM, "schemaVersion": None}) == WriteAnswer("new")


@pytest.mark.parametrize("listed", [True, False])
def test_an_update_is_answered_by_an_object_or_an_array_of_one(
    server: HTTPServer, connect: Connect, listed: bool
) -> None:
    answer = {"code": 200, "objectId": "o"}
    body = {"value": {"a": None}, "updateToken": "t"}
    expect(server, "PUT", f"{OBJECTS}/o", json=body).respond_with_json([answer] if listed else answer)
    assert connect().update_object("o", {**body, "schemaVersion": None}) == WriteAnswer("o")


def test_a_validation_changes_nothing_and_gives_no_id(server: HTTPServer, connect: Connect) -> None:
    query = {"validateOnly": "true"}
    expect(server, "POST", OBJECTS, query, json=[ITEM]).respond_with_json([{"code": 200}])
    expect(server, "PUT", f"{OBJECTS}/o", query, json={"value": {}}).respond_with_json({"code": 200})
    client = connect()
    assert client.create_object(ITEM, validate_only=True) == WriteAnswer(None)
    assert client.update_object("o", {"value": {}}, validate_only=True) == WriteAnswer(None)


def test_a_delete_is_guarded_by_the_token_if_there_is_one(server: HTTPServer, connect: Connect) -> None:
    expect(server, "DELETE", f"{OBJECTS}/o", {"updateToken": "a=b"}).respond_with_data("", 204)
    expect(server, "DELETE", f"{OBJECTS}/o").respond_with_data("", 204)
    client = connect()
    client.delete_object("o", update_token="a=b")
    client.delete_object("o", update_token=None)


@pytest.mark.parametrize("body", ["", "[]", "[{},{}]", "7", HTML, "{"])
def test_a_write_whose_answer_cannot_be_read_is_lost_not_done(server: HTTPServer, connect: Connect, body: str) -> None:
    server.expect_request(OBJECTS).respond_with_data(body, 200)
    assert isinstance(failure(lambda: connect().create_object(ITEM)), AnswerLost)
    assert len(server.log) == 1


@pytest.mark.parametrize("status", [500, 502, 503, 504])
@pytest.mark.parametrize("headers", [{}, {"Retry-After": "0"}])
def test_a_write_that_failed_in_the_server_is_lost_and_not_repeated(
    server: HTTPServer, connect: Connect, status: int, headers: dict[str, str]
) -> None:
    server.expect_request(OBJECTS).respond_with_json(envelope(status, "busy"), status, headers)
    error = failure(lambda: connect(retry_timeout=5).create_object(ITEM))
    assert isinstance(error, AnswerLost)
    assert f"status {status}" in error.message
    assert len(server.log) == 1


# refusals


def violation(path: str, message: str) -> dict[str, Any]:
    return {"path": path, "message": message, "parameterLocation": "PAYLOAD_BODY", "location": None}


@pytest.mark.parametrize("status", [207, 400])
def test_a_refused_item_names_the_properties_without_schema_and_index(
    server: HTTPServer, connect: Connect, status: int
) -> None:
    details = [
        violation(f"{SCHEMA}/0/endpointDefinition/endpointUrl", "Not a valid URI"),
        violation(f"{SCHEMA}/0/a.b", "no"),
    ]
    item = {
        "code": 400,
        **envelope(400, "Validation failed for 2 Validators.", details),
        "invalidValue": {"password": "canary"},
    }
    server.expect_request(OBJECTS).respond_with_json([item], status)
    error = failure(lambda: connect().create_object(ITEM))
    assert isinstance(error, Rejected)
    assert error.status == 400
    assert [(one.path, one.message) for one in error.violations] == [
        ("endpointDefinition/endpointUrl", "Not a valid URI"), ("a/b", "no")
    ]  # fmt: skip
    assert "canary" not in repr(vars(error))


def test_an_item_that_only_says_its_code_is_refused_too(server: HTTPServer, connect: Connect) -> None:
    server.expect_request(OBJECTS).respond_with_json([{"code": 400, "invalidValue": {}}], 207)
    assert isinstance(failure(lambda: connect().create_object(ITEM)), Rejected)


def test_a_400_is_never_repeated(server: HTTPServer, connect: Connect) -> None:
    server.expect_request(OBJECTS).respond_with_json(envelope(400, "no"), 400, {"Retry-After": "0"})
    failure(lambda: connect(retry_timeout=5).list_objects(SCHEMA, fields=["value"]))
    assert len(server.log) == 1


@pytest.mark.parametrize(
    ("status", "message", "kind"),
    [
        (401, "Token Authentication failed", TokenRejected),
        (403, "Token is missing required scope. Use one of: settings.read (Read settings)", PermissionMissing),
        (404, f"Configuration schema {SCHEMA} does not exist.", SchemaUnknown),
        (404, f"No schema with topic identifier '{SCHEMA}'", SchemaUnknown),
        (404, f"Schema {SCHEMA} is not supported for managed deployments.", SchemaUnknown),
        (404, "Settings not found", NotFound),
        (404, "No write access for scope class PROCESS_GROUP", NotFound),
        (404, f"Configuration schema {SCHEMA} does not exist with version 1.0.1.", NotFound),
        (404, "failed to resolve tenant <env1>", NotFound),
        (409, "Conflicting resource", Conflict),
        (400, "Constraints violated.", Rejected),
        (413, "Payload Too Large", Rejected),
        (422, "no", Rejected),
    ],
)
def test_each_refusal_has_its_kind(
    server: HTTPServer, connect: Connect, status: int, message: str, kind: type[ApiError]
) -> None:
    server.expect_request(OBJECTS).respond_with_json(envelope(status, message), status)
    error = failure(lambda: connect().list_objects(SCHEMA, fields=["value"]))
    assert isinstance(error, kind)
    assert isinstance(error, ApiError)
    assert error.status == status
    assert message in error.message
    assert "\n" not in error.message


def test_a_wrong_environment_in_the_url_is_named(server: HTTPServer, connect: Connect) -> None:
    server.expect_request(OBJECTS).respond_with_json(envelope(404, "failed to resolve tenant <env1>"), 404)
    error = failure(lambda: connect().list_objects(SCHEMA, fields=["value"]))
    assert server.url_for("/e/env1") in error.message
    assert "environment_url" in error.hint


@pytest.mark.parametrize("scope", ["settings.read", "settings.write", "settings:objects:read"])
def test_a_missing_scope_is_named(server: HTTPServer, connect: Connect, scope: str) -> None:
    text = f"Token is missing required scope. Use one of: {scope} (Settings)"
    server.expect_request(OBJECTS).respond_with_json(envelope(403, text), 403)
    error = failure(lambda: connect().create_object(ITEM))
    assert isinstance(error, PermissionMissing)
    assert error.scopes == (scope,)
    assert scope in error.hint


@pytest.mark.parametrize(
    ("text", "scopes"),
    [
        ("Token is missing required scope. Use one of: settings.read (Read settings)", ("settings.read",)),
        ("Token is missing required scope. Use one of: [settings:objects:read]", ("settings:objects:read",)),
        (
            "Token is missing required scope. Use one of: settings.read (Read it), settings.write (Write it)",
            ("settings.read", "settings.write"),
        ),
        ("Token is missing required scope settings.write.", ("settings.write",)),
        (
            "write access to builtin:a not allowed without settings:internal.a:write token scope",
            ("settings:internal.a:write",),
        ),
        ("Access denied", ()),
    ],
)
def test_scopes_are_found_in_each_form_of_a_refusal(
    server: HTTPServer, connect: Connect, text: str, scopes: tuple[str, ...]
) -> None:
    server.expect_request(OBJECTS).respond_with_json(envelope(403, text), 403)
    error = failure(lambda: connect().list_objects(SCHEMA, fields=["value"]))
    assert isinstance(error, PermissionMissing)
    assert error.scopes == scopes
    assert all(scope in error.hint for scope in scopes or ("settings.read",))


@pytest.mark.parametrize("kind", ["platform token", "OAuth client"])
@pytest.mark.parametrize(
    "text", ["Access denied", "write access to builtin:a not allowed without settings:internal.a:write token scope"]
)
def test_the_hint_about_permissions_fits_the_kind_of_credentials(
    server: HTTPServer, connect: Connect, kind: str, text: str
) -> None:
    server.expect_request("/sso").respond_with_json({"access_token": "t"})
    server.expect_request(f"{PLATFORM}/settings/objects").respond_with_json(envelope(403, text), 403)
    credentials = PlatformToken("p") if kind == "platform token" else OAuthClient("i", "s", server.url_for("/sso"))
    error = failure(lambda: connect(credentials, path="").list_objects(SCHEMA, fields=["value"]))
    assert f"Grant them to the {kind}" in error.hint
    assert "settings:objects:write" in error.hint
    assert "policy" in error.hint
    assert "internal" not in error.hint


def test_a_refused_read_says_what_was_wrong(server: HTTPServer, connect: Connect) -> None:
    violations = [{"path": "filter", "message": "Unknown operator", "parameterLocation": "QUERY", "location": None}]
    server.expect_request(OBJECTS).respond_with_json(envelope(400, "Constraints violated.", violations), 400)
    error = failure(lambda: connect().list_objects(SCHEMA, fields=["value"], condition="value.a ~ 1"))
    assert isinstance(error, Rejected)
    assert error.message == "Constraints violated: filter: Unknown operator"


def test_platform_credentials_get_hints_with_platform_scopes(server: HTTPServer, connect: Connect) -> None:
    server.expect_request(f"{PLATFORM}/settings/objects").respond_with_json(envelope(403, "Forbidden"), 403)
    error = failure(lambda: connect(PlatformToken("p"), path="").list_objects(SCHEMA, fields=["value"]))
    assert "settings:objects:read" in error.hint


@pytest.mark.parametrize(
    "body", [envelope(418, "x") | {"error": []}, {"error": "text"}, [], [[]], 1, None, {"error": {}}]
)
@pytest.mark.parametrize("status", [400, 401, 403, 409])
def test_an_error_of_any_shape_stays_an_error(server: HTTPServer, connect: Connect, status: int, body: Any) -> None:
    server.expect_request(OBJECTS).respond_with_json(body, status)
    error = failure(lambda: connect().create_object(ITEM))
    assert isinstance(error, ApiError)
    assert error.status == status


# something else than the API


@pytest.mark.parametrize("status", [200, 404])
def test_a_web_page_means_a_wrong_address(server: HTTPServer, connect: Connect, status: int) -> None:
    server.expect_request(OBJECTS).respond_with_data(HTML, status, content_type="text/html")
    error = failure(lambda: connect().list_objects(SCHEMA, fields=["value"]))
    assert isinstance(error, UnexpectedAnswer)
    assert server.url_for("/e/env1") in error.message
    assert "GET" in error.message
    assert "environment_url" in error.hint
    assert "Sign in" not in str(error)


@pytest.fixture
def no_collection() -> Iterator[None]:
    """A collection at the bottom of a deep recursion would call finalizers there, which fail."""
    gc.collect()
    gc.disable()
    yield
    gc.enable()


@pytest.mark.parametrize("body", ["{", "{'a': 1}", "\x00", "[" * 100_000, b"\xff\xfe{"])
def test_broken_json_is_no_answer(server: HTTPServer, connect: Connect, body: Any, no_collection: None) -> None:
    server.expect_request(OBJECTS).respond_with_data(body, 200, content_type="application/json")
    assert isinstance(failure(lambda: connect().list_objects(SCHEMA, fields=["value"])), UnexpectedAnswer)


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_a_redirect_is_not_followed_and_its_target_is_named_without_path(
    server: HTTPServer, connect: Connect, status: int
) -> None:
    target = server.url_for("/login?canary=1")
    server.expect_request(OBJECTS).respond_with_data("", status, {"Location": target})
    for call in (lambda: connect().list_objects(SCHEMA, fields=["value"]), lambda: connect().create_object(ITEM)):
        server.clear_log()
        error = failure(call)
        assert isinstance(error, UnexpectedAnswer)
        assert "127.0.0.1" in error.message
        assert "canary" not in str(error)
        assert len(server.log) == 1


# credentials and headers


# secrets


def test_the_servers_texts_lose_the_secrets_they_echo(server: HTTPServer, connect: Connect) -> None:
    text = f"{TOKEN} and hunter2"
    details = [violation(f"{SCHEMA}/0/{TOKEN}", text)]
    server.expect_request(OBJECTS).respond_with_json(envelope(400, text, details), 400)
    client = connect(redact=lambda foreign: foreign.replace("hunter2", "(redacted)"))
    error = failure(lambda: client.create_object(ITEM))
    assert isinstance(error, Rejected)
    reported = f"{error} {error.violations} {error.details}"
    assert "(redacted)" in reported
    for secret in (TOKEN, "hunter2"):
        assert secret not in reported


def test_reading_searches_no_text_for_secrets(server: HTTPServer, connect: Connect) -> None:
    searched: list[str] = []
    server.expect_request(OBJECTS).respond_with_json({"items": [{"objectId": "1", "value": {"text": TOKEN}}]})
    client = connect(redact=lambda foreign: searched.append(foreign) or foreign)
    assert len(client.list_objects(SCHEMA, fields=["objectId", "value"])) == 1
    assert not searched and "_echoes" not in vars(client._redact_credentials)


def test_many_violations_and_long_texts_are_cut(server: HTTPServer, connect: Connect) -> None:
    searched: list[int] = []
    details = [violation(f"{SCHEMA}/0/url", "wrong" * 10_000)] * 300
    server.expect_request(OBJECTS).respond_with_json(envelope(400, "a" * 1_000_000, details), 400)
    client = connect(redact=lambda foreign: searched.append(len(foreign)) or foreign)
    error = failure(lambda: client.create_object(ITEM))
    assert isinstance(error, Rejected) and len(error.violations) == 100
    assert max(searched) == 20_000 and len(searched) == 201


def test_nothing_from_the_surroundings_is_used(
    server: HTTPServer, connect: Connect, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    netrc = tmp_path / "netrc"
    netrc.write_text("machine 127.0.0.1 login someone password else\n")
    monkeypatch.setenv("NETRC", str(netrc))
    for name in ("http_proxy", "HTTP_PROXY", "ALL_PROXY", "https_proxy"):
        monkeypatch.setenv(name, "http://127.0.0.1:1")
    expect(server, "GET", f"{OBJECTS}/o").respond_with_json({"objectId": "o"})
    assert connect().get_object("o") == {"objectId": "o"}


# what it costs to import


def in_a_new_process(code: str) -> str:
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path), "PYTHONDONTWRITEBYTECODE": "1"}
    return subprocess.run(
        [sys.executable, "-c", code], env=environment, capture_output=True, text=True, check=True
    ).stdout


def test_the_import_of_the_client_does_not_import_requests() -> None:
    code = f"import sys, {SettingsClient.__module__}; print([name for name in ('requests',) if name in sys.modules])"
    assert in_a_new_process(code) == "[]\n"


def test_without_requests_it_says_what_to_install() -> None:
    package = SettingsClient.__module__.rpartition(".")[0]
    code = (
        "import sys, json; sys.modules['requests'] = sys.modules['urllib3'] = None\n"
        f"from {package}.client import SettingsClient\n"
        f"from {package}.connection import AccessToken, Connection\n"
        f"from {package}.errors import MissingLibrary\n"
        "try: SettingsClient(Connection('https://abc.example.com', AccessToken('t')))\n"
        "except MissingLibrary as error: print(json.dumps([error.library, str(error)]))"
    )
    library, text = json.loads(in_a_new_process(code))
    assert library == "requests"
    assert "pip install requests" in text


def test_a_token_can_be_asked_about_itself(server: HTTPServer, connect: Connect) -> None:
    found = {"scopes": ["settings.read", "x"], "expirationDate": "2027-01-01T00:00:00.000Z", "id": "dt0c01.PUBLIC"}
    expect(server, "POST", "/e/env1/api/v2/apiTokens/lookup", json={"token": TOKEN}).respond_with_json(found)
    reported, why = about_token(connect())
    assert reported == {
        "scopes": ["settings.read", "x"],
        "missing_scopes": ["settings.write"],
        "expires": "2027-01-01T00:00:00.000Z",
    }
    assert why == ""


@pytest.mark.parametrize(
    ("status", "answer"),
    [
        (403, envelope(403, f"not with {TOKEN}")),
        (404, {"error": {"code": 404}}),
        (200, {}),
        (200, []),
    ],
)
def test_what_a_token_may_do_may_stay_unknown(server: HTTPServer, connect: Connect, status: int, answer: Any) -> None:
    expect(server, "POST", "/e/env1/api/v2/apiTokens/lookup").respond_with_json(answer, status)
    reported, why = about_token(connect())
    assert reported is None and why.startswith("The permissions of the token are unknown") and TOKEN not in why


def test_another_kind_of_token_cannot_be_asked_about(connect: Connect) -> None:
    reported, why = about_token(connect(credentials=PlatformToken("p")))
    assert (reported, why) == (None, "The permissions of the token are unknown: Only access tokens can be looked up.")
