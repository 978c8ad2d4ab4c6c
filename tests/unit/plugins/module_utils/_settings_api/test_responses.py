# Copyright (c) 2026, community.dynatrace contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Recorded answers of real servers, and answers that no one would record: what becomes of them."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from pytest_httpserver import HTTPServer
from werkzeug import Request, Response

from ansible_collections.community.dynatrace.plugins.module_utils._problems import render
from ansible_collections.community.dynatrace.plugins.module_utils._settings_api.client import (
    SettingsClient,
    WriteAnswer,
)
from ansible_collections.community.dynatrace.plugins.module_utils._settings_api.connection import (
    AccessToken,
    Connection,
    PlatformToken,
)
from ansible_collections.community.dynatrace.plugins.module_utils._settings_api.errors import (
    AnswerLost,
    ApiError,
    InvalidInput,
    NotFound,
    PermissionMissing,
    Rejected,
    SchemaUnknown,
    ServerFailed,
    SettingsError,
    Throttled,
    UnexpectedAnswer,
)

OBJECTS = "/api/v2/settings/objects"
NAMES = ["error", "code", "message", "constraintViolations", "path", "items", "objectId", "details"]
ITEM = {"schemaId": "builtin:a", "scope": "environment", "value": {"a": 1}}


@pytest.fixture(scope="module")
def running_server() -> Iterator[HTTPServer]:
    with HTTPServer(host="127.0.0.1", threaded=True) as running:
        yield running


@pytest.fixture
def server(running_server: HTTPServer) -> HTTPServer:
    running_server.clear()
    return running_server


def client_of(server: HTTPServer, credentials: Any = None, **more: Any) -> SettingsClient:
    options: dict[str, Any] = {"retry_timeout": 0.0, "timeout": 5.0, **more}
    return SettingsClient(Connection(server.url_for("/"), credentials or AccessToken("canary-token"), **options))


def everything(error: SettingsError) -> str:
    return f"{error} {error!r} {error.args} {vars(error)}"


def create(server: HTTPServer, status: int, body: Any, **more: Any) -> SettingsError:
    server.expect_request(OBJECTS, method="POST").respond_with_json(body, status)
    with client_of(server, **more) as client, pytest.raises(SettingsError) as caught:
        client.create_object(ITEM)
    assert "\n" not in str(caught.value)
    return caught.value


# recorded answers


@pytest.fixture(scope="session")
def recorded(reference: Path) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = json.loads(
        (reference / "examples" / "settings-objects.error-responses.observed.json").read_text()
    )
    return found


def test_every_recorded_refusal_is_understood_and_no_payload_comes_back(
    server: HTTPServer, recorded: list[dict[str, Any]]
) -> None:
    assert len(recorded) >= 8
    for one in recorded:
        server.clear()
        body = one["body"]
        for item in body if isinstance(body, list) else ():
            if "invalidValue" in item:
                item["invalidValue"] = {"password": "canary", **item["invalidValue"]}
        error = create(server, one["http_status"], body)
        assert "canary" not in everything(error)
        assert "lots" not in everything(error)
        if isinstance(body, list) and len(body) > 1:
            # Two answers to one item: no one knows what was done.
            assert isinstance(error, AnswerLost)
            continue
        assert isinstance(error, ApiError)
        assert error.status == one["http_status"]
        envelope = (body[0] if isinstance(body, list) else body)["error"]
        assert isinstance(error, Throttled) or envelope["message"] in error.message
        for violation, said in zip(error.violations, envelope.get("constraintViolations") or (), strict=True):
            assert violation.message == said["message"]
            assert said["path"].endswith(violation.path)
            assert ":" not in violation.path


def test_recorded_refusals_have_their_kinds(server: HTTPServer, recorded: list[dict[str, Any]]) -> None:
    kinds = []
    for one in recorded:
        server.clear()
        kinds.append(type(create(server, one["http_status"], one["body"])))
    assert kinds == [Rejected, AnswerLost, NotFound, Rejected, NotFound, Throttled, Rejected, PermissionMissing]


def test_a_recorded_success_names_the_object(server: HTTPServer, reference: Path) -> None:
    body = json.loads((reference / "examples" / "settings-objects.write-response.docs.json").read_text())
    server.expect_request(OBJECTS, method="POST").respond_with_json(body)
    with client_of(server) as client:
        assert client.create_object(ITEM) == WriteAnswer(body[0]["objectId"])


# permissions


@pytest.mark.parametrize(
    ("text", "details", "scope"),
    [
        ("Token is missing required scope. Use one of: settings.write (Write settings)", None, "settings.write"),
        ("Token is missing required scope. Use one of: settings.read (R), settings.write (W)", None, "settings.read"),
        ("Forbidden", {"missingScopes": ["settings:objects:write"]}, "settings:objects:write"),
        ("Forbidden", {"missingScopes": []}, None),
        ("Forbidden", {"missingScopes": "text"}, None),
        ("Forbidden", ["text"], None),
        ("Forbidden", None, None),
        ("Your scope of work is over", None, None),
    ],
)
@pytest.mark.parametrize("platform", [False, True])
def test_a_scope_is_named_when_the_server_names_it(
    server: HTTPServer, text: str, details: Any, scope: str | None, platform: bool
) -> None:
    body = {"error": {"code": 403, "message": text, **({"details": details} if details is not None else {})}}
    server.expect_request("/platform/classic/environment-api/v2/settings/objects").respond_with_json(body, 403)
    server.expect_request(OBJECTS).respond_with_json(body, 403)
    with client_of(server, PlatformToken("t") if platform else None) as client, pytest.raises(PermissionMissing) as got:
        client.create_object(ITEM)
    assert got.value.scope == scope
    expected = scope or ("settings:objects:write" if platform else "settings.write")
    assert expected in got.value.hint


# success that is none


@pytest.mark.parametrize("body", [{}, [{}], {"status": "ok"}, [{"code": "200"}], {"items": []}])
def test_json_of_another_service_is_no_success(server: HTTPServer, body: Any) -> None:
    assert isinstance(create(server, 200, body), AnswerLost)


@pytest.mark.parametrize(("code", "kind"), [(400, Rejected), (404, NotFound), (503, AnswerLost)])
def test_the_code_of_the_item_counts_and_not_the_status_around_it(
    server: HTTPServer, code: int, kind: type[SettingsError]
) -> None:
    error = create(server, 207, [{"code": code, "error": {"code": code, "message": "no"}}])
    assert error.__class__ is kind


# a validation is no write


def test_a_validation_is_repeated_like_a_read(server: HTTPServer) -> None:
    answers = iter([503, 500, 200])

    def handler(_request: Request) -> Response:
        return Response('[{"code": 200}]', next(answers), {"Retry-After": "0"}, content_type="application/json")

    server.expect_request(OBJECTS, method="POST", query_string={"validateOnly": "true"}).respond_with_handler(handler)
    with client_of(server, retry_timeout=5) as client:
        assert client.create_object(ITEM, validate_only=True) == WriteAnswer(None)
        assert client.requests_sent == 3


@pytest.mark.parametrize(
    ("status", "text", "kind"),
    [(500, '{"error": {"code": 500, "message": "x"}}', ServerFailed), (200, "<html>", UnexpectedAnswer),
     (200, "", UnexpectedAnswer), (503, "", Throttled)],
)  # fmt: skip
def test_a_validation_that_fails_leaves_no_doubt_about_what_was_applied(
    server: HTTPServer, status: int, text: str, kind: type[SettingsError]
) -> None:
    server.expect_request(OBJECTS).respond_with_data(text, status)
    server.expect_request(f"{OBJECTS}/o").respond_with_data(text, status)
    with client_of(server) as client:
        for call in (
            lambda: client.create_object(ITEM, validate_only=True),
            lambda: client.update_object("o", {"value": {}}, validate_only=True),
        ):
            with pytest.raises(SettingsError) as caught:
                call()
            assert isinstance(caught.value, kind)
            assert "applied" not in str(caught.value)


# what the server says is shown, so it must be harmless


def test_texts_of_the_server_are_one_line_without_control_characters(server: HTTPServer) -> None:
    nasty = "first\r\nsecond\tthird\x1b[31m\x00\u202e\u2028fourth"
    body = {"error": {"code": 400, "message": nasty, "constraintViolations": [{"path": nasty, "message": nasty}]}}
    error = create(server, 400, body)
    assert isinstance(error, Rejected)
    (violation,) = error.violations
    for text in (error.message, violation.message, violation.path):
        assert text.isprintable()
        assert "first second third" in text
        assert "fourth" in text


@given(
    body=st.recursive(
        st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=8),
        lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(NAMES), inner, max_size=5),
        max_leaves=12,
    ),
    status=st.sampled_from([200, 207, 400, 401, 403, 404, 409, 500]),
)
def test_no_json_at_all_breaks_the_client(running_server: HTTPServer, body: Any, status: int) -> None:
    running_server.clear()
    running_server.expect_request(OBJECTS).respond_with_json(body, status)
    with client_of(running_server) as client:
        for call in (lambda: client.create_object(ITEM), lambda: client.list_objects("builtin:a", fields=["value"])):
            try:
                call()
            except SettingsError as error:
                assert str(error).isprintable()
                json.dumps(error.details)


# what is sent


@given(st.text(min_size=1, max_size=12).filter(lambda text: text not in (".", "..")))
@example("\ud800")
@example("a/../b%2F?x#y")
def test_any_id_is_one_part_of_the_path_and_arrives_as_it_is(running_server: HTTPServer, object_id: str) -> None:
    running_server.clear()
    seen: list[str] = []

    def handler(request: Request) -> Response:
        seen.append(request.environ["REQUEST_URI"])
        return Response("{}", content_type="application/json")

    running_server.expect_request(re.compile(".*")).respond_with_handler(handler)
    with client_of(running_server) as client:
        client.get_object(object_id)
        client.get_schema(object_id)
        client.delete_object(object_id, update_token=object_id)
    for target in seen:
        parts = urlsplit(target)
        head, _slash, last = parts.path.rpartition("/")
        assert head in ("/api/v2/settings/objects", "/api/v2/settings/schemas")
        assert unquote(last, errors="surrogatepass") == object_id
    assert parse_qs(urlsplit(seen[2]).query, errors="surrogatepass", keep_blank_values=True) == {
        "updateToken": [object_id]
    }


@pytest.mark.parametrize("number", [float("nan"), float("inf"), -float("inf")])
def test_a_number_that_json_does_not_have_is_not_sent(server: HTTPServer, number: float) -> None:
    with client_of(server) as client:
        with pytest.raises(InvalidInput) as caught:
            client.update_object("o", {"value": {"a": [number]}})
        assert client.requests_sent == 0
    assert "NaN" in render(caught.value)[0]


def test_texts_are_sent_as_they_are(server: HTTPServer) -> None:
    value = {"a": "ä \u2028 \U0001f600 \x00 </script>", "b": [None, True, 0, 1.5, -0.0, 2**70]}
    server.expect_request(f"{OBJECTS}/o", method="PUT", json={"value": value}).respond_with_json({"code": 200})
    with client_of(server) as client:
        client.update_object("o", {"value": value})
        assert server.log[0][0].content_type == "application/json"


def test_a_schema_that_an_older_cluster_lacks_is_distinguished_from_a_missing_object(server: HTTPServer) -> None:
    path = "/api/v2/settings/schemas/builtin%3Aa"
    server.expect_request("/api/v2/settings/schemas/builtin:a").respond_with_json(
        {"error": {"code": 404, "message": "Configuration schema builtin:a does not exist."}}, 404
    )
    with client_of(server) as client, pytest.raises(SchemaUnknown) as caught:
        client.get_schema("builtin:a")
    assert server.log[0][0].environ["REQUEST_URI"] == path
    assert "Managed" in caught.value.hint
