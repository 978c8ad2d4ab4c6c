# Copyright (c) 2026, community.dynatrace contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""No token, client secret or proxy password in any text, log or foreign server, however a request ends."""

from __future__ import annotations

import base64
import json
import logging
import traceback
from collections.abc import Callable, Sequence
from typing import Any
from urllib.parse import quote

import pytest

from ansible_collections.community.dynatrace.plugins.module_utils._settings_api.client import SettingsClient
from ansible_collections.community.dynatrace.plugins.module_utils._settings_api.connection import (
    AccessToken,
    Connection,
    Credentials,
    OAuthClient,
    PlatformToken,
    connection_problems,
)
from ansible_collections.community.dynatrace.plugins.module_utils._settings_api.errors import (
    SettingsError,
    UnexpectedAnswer,
)
from ansible_collections.community.dynatrace.plugins.module_utils._settings_api.redaction import Redactor
from ansible_collections.community.dynatrace.tests.support.byte_server import (
    BROKEN,
    Talk,
    closed_port,
    http,
    says,
    serving,
)

ACCESS, PLATFORM, SECRET, PASSWORD, FETCHED = (
    f"canary-{one}+/=&" for one in ("access", "platform", "client", "proxy", "fetched")
)
OF_KIND = {"access": [ACCESS], "platform": [PLATFORM], "oauth": [SECRET, FETCHED]}


def forms(secrets: Sequence[str]) -> list[str]:
    """The secrets as they are, in URLs, and in the headers that carry them."""
    pairs = [f"id:{SECRET}"] * (SECRET in secrets) + [f"user:{PASSWORD}"] * (PASSWORD in secrets)
    encoded = [base64.b64encode(one.encode()).decode() for one in (*secrets, *pairs)]
    return [*secrets, *(quote(one, safe="") for one in secrets), *encoded]


FORMS = forms([ACCESS, PLATFORM, SECRET, PASSWORD, FETCHED])
TOKEN_ANSWER = http(json.dumps({"access_token": FETCHED, "expires_in": 300}).encode())


def assert_clean(text: str) -> None:
    for form in FORMS:
        assert form not in text
    assert "canary" not in text


def echo(status: str, secrets: Sequence[str]) -> Talk:
    """A server that says back every secret of the client, in all forms."""
    text = " ".join(forms(secrets))
    violation = {"path": f"builtin:a/0/{secrets[0]}", "message": text}
    body = {"error": {"code": int(status.split()[0]), "message": text, "constraintViolations": [violation]}}
    return says(http(json.dumps([{"code": 400, **body, "invalidValue": text}]).encode(), status=status))


ECHOES = ("200 OK", "207 Some", "400 No", "401 No", "403 No", "404 No", "409 No", "500 No")
ENDINGS: dict[str, Talk] = {
    **BROKEN,
    "throttled": says(http(b"", "Retry-After: 99", f"X-Canary: {ACCESS}", status="429 Busy")),
    "a page": says(http(f"<html>{ACCESS}".encode())),
    "elsewhere": says(http(b"", f"Location: https://user:{ACCESS}@else.example.com/{SECRET}", status="302 Found")),
}


@pytest.fixture
def logged(caplog: pytest.LogCaptureFixture) -> Callable[[], str]:
    caplog.set_level(logging.DEBUG)
    return lambda: "\n".join(f"{one.getMessage()} {one.__dict__}" for one in caplog.records)


def of(kind: str, url: str) -> Credentials:
    if kind == "oauth":
        return OAuthClient("id", SECRET, token_url=f"{url}/token")
    return AccessToken(ACCESS) if kind == "access" else PlatformToken(PLATFORM)


def reported(call: Callable[[], object]) -> str:
    with pytest.raises(SettingsError) as caught:
        call()
    error: Any = caught.value
    shown = "".join(traceback.format_exception(error))
    return f"{error} {error!r} {vars(error)} {getattr(error, 'violations', '')} {shown}"


@pytest.mark.parametrize("kind", ["access", "platform", "oauth"])
@pytest.mark.parametrize("proxied", [False, True])
@pytest.mark.parametrize("ending", [*ENDINGS, *ECHOES])
def test_no_ending_of_a_request_shows_a_secret(
    kind: str, proxied: bool, ending: str, logged: Callable[[], str]
) -> None:
    end = ENDINGS.get(ending) or echo(ending, OF_KIND[kind] + [PASSWORD] * proxied)

    def talk(connection: Any) -> None:
        is_token = b"/token" in line.requests[-1].split(b"\r\n")[0]
        (says(TOKEN_ANSWER) if is_token else end)(connection)

    with serving(talk) as line:
        url = "http://127.0.0.1:1" if proxied else line.url
        proxy = line.url.replace("//", f"//user:{quote(PASSWORD, safe='')}@") if proxied else None
        connection = Connection(url, of(kind, url), proxy=proxy, timeout=2, retry_timeout=0)
        assert connection_problems(connection) == []
        with SettingsClient(connection) as made:
            for call in (
                lambda: made.create_object({"schemaId": "builtin:a", "value": {}}),
                lambda: made.list_objects("builtin:a", fields=["value"]),
            ):
                assert_clean(reported(call))
    assert_clean(logged())


@pytest.mark.parametrize("ending", [*ENDINGS, *ECHOES, "down"])
def test_no_failure_of_the_token_service_shows_the_client_secret(ending: str, logged: Callable[[], str]) -> None:
    end = says() if ending == "down" else ENDINGS.get(ending) or echo(ending, [SECRET])
    with serving(end) as line:
        url = f"http://127.0.0.1:{closed_port()}" if ending == "down" else line.url
        connection = Connection(line.url, of("oauth", url), timeout=2, retry_timeout=0)
        with SettingsClient(connection) as made:
            assert_clean(reported(lambda: made.get_object("o")))
        assert not any(b"Bearer" in request for request in line.requests)
    assert_clean(logged())


@pytest.mark.parametrize("secret", ["the token", "a declared secret"])
def test_the_host_of_a_redirect_is_redacted(secret: str) -> None:
    part = "qmhcvzyojwn3b5xkl7drtageu4pis26f"
    token = f"dt0c01.PUBLIC.{part.upper()}" if secret == "the token" else "another"
    away = says(http(b"", f"Location: https://{part}.example.com/x", status="302 Found"))
    with serving(away) as line:
        connection = Connection(line.url, AccessToken(token), timeout=2, retry_timeout=0)
        with SettingsClient(connection, redact=str if secret == "the token" else Redactor([part.title()])) as made:
            shown = reported(lambda: made.get_object("o"))
    assert part not in shown
    assert "to (redacted).example.com" in shown


@pytest.mark.parametrize("status", ["301 Moved", "302 Found", "303 See", "307 Temporary", "308 Permanent"])
@pytest.mark.parametrize("kind", ["access", "platform", "oauth", "the token itself"])
def test_a_redirect_to_another_host_carries_nothing_there(status: str, kind: str) -> None:
    with serving(says(TOKEN_ANSWER)) as other, serving(says(TOKEN_ANSWER)) as sso:
        away = says(http(b"", f"Location: {other.url.replace('127.0.0.1', 'localhost')}/x", status=status))
        with serving(away) as line:
            wants_token = kind == "the token itself"
            credentials = of("oauth" if wants_token else kind, line.url if wants_token else sso.url)
            with SettingsClient(Connection(line.url, credentials, timeout=2, retry_timeout=0)) as made:
                for call in (
                    lambda: made.delete_object("o", update_token="t"),
                    lambda: made.create_object({"schemaId": "builtin:a"}),
                    lambda: made.get_object("o"),
                ):
                    with pytest.raises(UnexpectedAnswer, match="localhost"):
                        call()
        assert len(line.requests) == 3
        assert other.requests == []


def test_no_text_form_of_a_connection_shows_what_may_stand_in_a_url() -> None:
    url = "https://canary-user:canary-pass@abc.example.com/?api-token=canary-token"
    for credentials in (AccessToken("canary"), PlatformToken("canary"), OAuthClient("id", "canary", token_url=url)):
        connection = Connection(url, credentials, proxy="http://canary-user:canary-pass@proxy:1")
        for one in (credentials, connection, connection_problems(connection)):
            assert_clean(f"{one} {one!r}")


def test_headers_name_the_credentials_once_and_the_program() -> None:
    with serving(says(http(b'{"objectId": "o"}'))) as line:
        connection = Connection(line.url, AccessToken(ACCESS), user_agent="community.dynatrace/9.9")
        with SettingsClient(connection) as made:
            made.get_object("o")
    lines = line.requests[0].decode().split("\r\n")
    assert lines[0] == "GET /api/v2/settings/objects/o HTTP/1.1"
    assert [one for one in lines if ACCESS in one] == [f"Authorization: Api-Token {ACCESS}"]
    assert "User-Agent: community.dynatrace/9.9" in lines
    assert "Accept: application/json" in lines
    assert not any(one.lower().startswith("cookie") for one in lines)
