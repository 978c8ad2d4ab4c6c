# Copyright (c) 2026, community.dynatrace contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Secrets in messages of servers, in every form in which a server may repeat them."""

from __future__ import annotations

import base64
import json
import threading
from http.server import BaseHTTPRequestHandler, HTTPServer
from urllib.parse import quote, quote_plus

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ansible_collections.community.dynatrace.plugins.module_utils._settings_api.client import SettingsClient
from ansible_collections.community.dynatrace.plugins.module_utils._settings_api.connection import (
    AccessToken,
    Connection,
)
from ansible_collections.community.dynatrace.plugins.module_utils._settings_api.errors import UnexpectedAnswer
from ansible_collections.community.dynatrace.plugins.module_utils._settings_api.secrets import REDACTED, Redactor

SECRET = 'pa/ss+W\u00f6rt&"2026 x'
PUBLIC, PRIVATE = "ABCDEFGHIJKLMNOPQRSTUVWX", "abcdefgh1234567890ijklmnopqrstuvwxyz"
TOKEN = f"dt0c01.{PUBLIC}.{PRIVATE}"


def encoded(text: str) -> str:
    return base64.b64encode(text.encode()).decode()


@pytest.mark.parametrize(
    "echo",
    [
        SECRET,
        SECRET.upper(),
        SECRET.lower(),
        SECRET[::-1],
        SECRET.encode().hex(),
        SECRET.encode().hex().upper(),
        quote(SECRET, safe=""),
        quote(SECRET, safe="").lower(),
        quote_plus(SECRET),
        quote(quote(SECRET, safe=""), safe=""),
        json.dumps(SECRET),
        encoded(SECRET),
        encoded(SECRET).rstrip("="),
        SECRET[: (len(SECRET) + 1) // 2],
        SECRET[len(SECRET) // 2 - 1 :],
    ],
)
def test_every_form_of_a_secret_is_replaced(echo: str) -> None:
    told = Redactor([SECRET])(f"before {echo} after")
    assert echo not in told and REDACTED in told
    assert told.startswith("before ") and told.endswith(" after")


@given(st.integers(0, len(PRIVATE) - 12), st.booleans())
def test_any_twelve_characters_of_the_secret_part_of_a_token_are_replaced(at: int, upper: bool) -> None:
    part = PRIVATE[at : at + 12]
    echo = part.upper() if upper else part
    assert Redactor([TOKEN])(f"<{echo}>") == f"<{REDACTED}>"


@given(st.text(max_size=40), st.text(st.characters(exclude_categories=["Cs"]), min_size=6, max_size=30))
def test_a_text_around_a_secret_is_kept(text: str, secret: str) -> None:
    told = Redactor([secret])(f"{text}{secret}")
    if len(secret.strip()) >= 6:
        assert secret.lower() not in told.lower().replace(REDACTED, "")
    assert Redactor([])(text) == text


def test_what_is_no_secret_is_left_alone() -> None:
    redact = Redactor(["", "   ", "abc", None, 7, "hunter2-hunter2"])
    assert redact("abc 7 None hunt an error of the server") == "abc 7 None hunt an error of the server"


def test_the_host_of_a_redirect_shows_no_token() -> None:
    class Redirects(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(302)
            self.send_header("Location", f"https://{PRIVATE}.example.com/")
            self.end_headers()

        def log_message(self, *_: object) -> None:
            pass

    with HTTPServer(("127.0.0.1", 0), Redirects) as server:
        threading.Thread(target=server.handle_request, daemon=True).start()
        connection = Connection(f"http://127.0.0.1:{server.server_port}/e/one", AccessToken(TOKEN))
        with SettingsClient(connection) as client, pytest.raises(UnexpectedAnswer) as error:
            client.get_schema("builtin:x")
    assert PRIVATE not in str(error.value) and REDACTED in str(error.value)
