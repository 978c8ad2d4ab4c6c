# Copyright (c) 2026, community.dynatrace contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Through a real proxy: what it sees, what is said when it fails, and whether a write may have been applied."""

from __future__ import annotations

import base64
import socket
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import trustme

from ansible_collections.community.dynatrace.plugins.module_utils._settings_api.client import SettingsClient
from ansible_collections.community.dynatrace.plugins.module_utils._settings_api.connection import (
    Connection,
    OAuthClient,
)
from ansible_collections.community.dynatrace.plugins.module_utils._settings_api.errors import (
    AnswerLost,
    ConnectionFailed,
)
from ansible_collections.community.dynatrace.tests.support.byte_server import (
    CREATED,
    FINE,
    TOKEN,
    Talk,
    closed_port,
    failure,
    hang_up,
    http,
    read,
    says,
    server_side,
    serving,
    write,
)
from ansible_collections.community.dynatrace.tests.support.proxy_server import proxying

USER = "us%40er:canary%3A"
BASIC = base64.b64encode(b"us@er:canary:")


@pytest.fixture(scope="module")
def authority() -> trustme.CA:
    return trustme.CA()


@pytest.fixture
def ca_path(authority: trustme.CA, tmp_path: Path) -> Iterator[str]:
    path = tmp_path / "ca.pem"
    authority.cert_pem.write_to_path(str(path))
    yield str(path)


def test_a_tunnel_shows_the_proxy_its_own_password_and_no_token(authority: trustme.CA, ca_path: str) -> None:
    with serving(CREATED, server_side(authority)) as server, proxying() as proxy:
        assert write(server.url, ca_path=ca_path, proxy=proxy.url(USER)) == "o"
    (connect,) = proxy.requests
    assert connect.startswith(f"CONNECT 127.0.0.1:{server.port} HTTP/1.".encode())
    assert b"Proxy-Authorization: Basic " + BASIC in connect
    assert TOKEN.encode() not in connect
    assert b"authorization" not in connect.lower().replace(b"proxy-authorization", b"")
    (request,) = server.requests
    assert f"Authorization: Api-Token {TOKEN}".encode() in request
    assert b"Proxy-Authorization" not in request


def test_a_proxy_may_be_reached_by_tls_too(authority: trustme.CA, ca_path: str) -> None:
    context = server_side(authority)
    with serving(FINE, context) as server, proxying(tls=context) as proxy:
        assert read(server.url, ca_path=ca_path, proxy=proxy.url(USER)) == []
    assert BASIC in proxy.requests[0]
    assert TOKEN.encode() not in proxy.requests[0]


def test_the_request_for_an_oauth_token_goes_through_the_proxy_too(authority: trustme.CA, ca_path: str) -> None:
    token = says(http(b'{"access_token": "fetched", "expires_in": 300}'))
    context = server_side(authority)
    with serving(token, context) as sso, serving(FINE, context) as server, proxying() as proxy:
        credentials = OAuthClient("id", "secret", token_url=f"{sso.url}/token")
        connection = Connection(server.url, credentials, ca_path=ca_path, proxy=proxy.url(), timeout=5)
        with SettingsClient(connection) as made:
            assert made.list_objects("builtin:a", fields=["value"]) == []
    assert [request.split()[1].decode() for request in proxy.requests] == [
        f"127.0.0.1:{sso.port}", f"127.0.0.1:{server.port}"
    ]  # fmt: skip


def test_a_certificate_is_checked_through_a_tunnel_as_without_one(authority: trustme.CA) -> None:
    with serving(FINE, server_side(authority)) as server, proxying() as proxy:
        for call in (read, write):
            error = failure(call, server.url, proxy=proxy.url(USER))
            assert isinstance(error, ConnectionFailed)
            assert "authority" in error.message
            assert "ca_path" in error.hint
    assert server.requests == []


@pytest.mark.parametrize("status", ["407 Proxy Authentication Required", "403 Forbidden", "503 No Route"])
def test_a_tunnel_that_is_refused_means_that_nothing_was_sent(status: str) -> None:
    with serving(says(http(b"<canary>", status=status))) as proxy:
        for call in (read, write):
            error = failure(call, "https://127.0.0.1:1", proxy=proxy.url.replace("//", f"//{USER}@"))
            assert isinstance(error, ConnectionFailed)
            assert "proxy" in error.message


@pytest.mark.parametrize("scheme", ["http", "https"])
def test_a_proxy_that_is_down_means_that_nothing_was_sent(scheme: str) -> None:
    for call in (read, write):
        error = failure(call, f"{scheme}://127.0.0.1:1", proxy=f"http://{USER}@127.0.0.1:{closed_port()}")
        assert isinstance(error, ConnectionFailed)
        assert "proxy" in error.message
        assert error.hint == "Check the option proxy."


def test_a_proxy_with_an_unknown_name_is_blamed_and_not_the_environment() -> None:
    for call in (read, write):
        error = failure(call, "https://127.0.0.1:1", proxy=f"http://{USER}@no-such-proxy.invalid:3128")
        assert isinstance(error, ConnectionFailed)
        assert "proxy" in error.message


@pytest.mark.parametrize("how", [hang_up, says(b"HTTP/1.1 20"), says(http()[:-3])])
def test_a_write_that_a_forwarding_proxy_has_read_may_have_been_applied(how: Talk) -> None:
    with serving(how) as proxy:
        error = failure(write, "http://127.0.0.1:1", proxy=proxy.url.replace("//", f"//{USER}@"), retry_timeout=3)
        assert isinstance(error, AnswerLost)
        assert proxy.methods == ["POST"]


def test_a_read_that_a_forwarding_proxy_dropped_is_repeated() -> None:
    first = iter([hang_up])

    def once(connection: Any) -> None:
        next(first, FINE)(connection)

    with serving(once) as proxy:
        assert read("http://127.0.0.1:1", proxy=proxy.url, retry_timeout=3) == []
        assert proxy.methods == ["GET", "GET"]


def test_a_write_whose_tunnel_breaks_may_have_been_applied(authority: trustme.CA, ca_path: str) -> None:
    with serving(hang_up, server_side(authority)) as server, proxying() as proxy:
        error = failure(write, server.url, ca_path=ca_path, proxy=proxy.url(USER), retry_timeout=3)
        assert isinstance(error, AnswerLost)
        assert server.methods == ["POST"]


@pytest.mark.parametrize("status", ["502 Bad Gateway", "504 Gateway Timeout"])
def test_a_forwarding_proxy_that_lost_its_server_leaves_the_outcome_open(status: str) -> None:
    with serving(says(http(b"<html>canary", status=status))) as proxy:
        error = failure(write, "http://127.0.0.1:1", proxy=proxy.url, retry_timeout=3)
        assert isinstance(error, AnswerLost)
        assert proxy.methods == ["POST"]


def test_a_silent_proxy_is_waited_for_no_longer_than_its_timeout() -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        url = f"http://{USER}@127.0.0.1:{silent.getsockname()[1]}"
        error = failure(read, "https://127.0.0.1:1", proxy=url, timeout=0.2)
        assert isinstance(error, ConnectionFailed)


def test_a_real_proxy_that_reaches_no_one_is_blamed(authority: trustme.CA) -> None:
    with proxying() as proxy:
        error: Any = failure(read, f"https://127.0.0.1:{closed_port()}", proxy=proxy.url(USER))
        assert isinstance(error, ConnectionFailed)


def test_blanks_around_a_url_do_no_harm() -> None:
    with serving(FINE) as proxy:
        assert read(" http://127.0.0.1:1/api/v2/ ", proxy=f" {proxy.url}\n") == []
