# Copyright (c) 2026, community.dynatrace contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Environments at the same address use a connection one after the other, and share nothing but that."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest

from ansible_collections.community.dynatrace.plugins.module_utils._settings_api import adapter
from ansible_collections.community.dynatrace.plugins.module_utils._settings_api.adapter import kept_connections
from ansible_collections.community.dynatrace.plugins.module_utils._settings_api.client import SettingsClient
from ansible_collections.community.dynatrace.plugins.module_utils._settings_api.connection import (
    AccessToken,
    Connection,
)
from ansible_collections.community.dynatrace.plugins.module_utils._settings_api.errors import SettingsError


@dataclass
class Server:
    """A server that keeps connections: the port of the client, the path, and two headers of each request."""

    port: int = 0
    seen: list[tuple[int, str, str | None, str | None]] = field(default_factory=list)

    def url(self, environment: str = "a") -> str:
        return f"http://127.0.0.1:{self.port}/e/{environment}"

    @property
    def connections(self) -> int:
        return len({port for port, *_more in self.seen})


@pytest.fixture
def server() -> Iterator[Server]:
    found = Server()

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            name = self.path.split("/")[2]
            request = (self.client_address[1], name, self.headers["Authorization"], self.headers["Cookie"])
            found.seen.append(request)
            body = b"{" if name == "half" else json.dumps({"objectId": name, "value": {}}).encode()
            if name == "redirect":
                self.send_response(302)
                self.send_header("Location", "https://elsewhere.example.com/")
            else:
                self.send_response(200)
            self.send_header("Content-Type", "application/json")
            self.send_header("Set-Cookie", f"environment={name}; Path=/")
            # The rest of this response never arrives.
            self.send_header("Content-Length", str(len(body) + 100 * (name == "half")))
            self.end_headers()
            self.wfile.write(body)
            if name == "half":
                self.close_connection = True

        def log_message(self, *_arguments: Any) -> None:
            pass

    listening = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    listening.daemon_threads = True
    found.port = listening.server_address[1]
    thread = threading.Thread(target=listening.serve_forever, args=(0.01,), daemon=True)
    thread.start()
    yield found
    listening.shutdown()
    listening.server_close()
    thread.join(5)


def get(url: str, times: int = 1, **more: Any) -> None:
    name = url.rpartition("/")[2]
    token = AccessToken(f"dt0c01.{name.upper()}.secret")
    with SettingsClient(Connection(url, token, **{"retry_timeout": 0.0, **more})) as client:
        for _time in range(times):
            assert client.get_object(name)["objectId"] == name


def test_environments_at_one_address_use_one_connection_and_their_own_credentials(server: Server) -> None:
    with kept_connections(5):
        for name in ("a", "b", "c"):
            get(server.url(name))
    assert [(name, token) for _port, name, token, _cookie in server.seen] == [
        ("a", "Api-Token dt0c01.A.secret"),
        ("b", "Api-Token dt0c01.B.secret"),
        ("c", "Api-Token dt0c01.C.secret"),
    ]
    assert server.connections == 1


def test_cookies_stay_with_their_environment(server: Server) -> None:
    with kept_connections(5):
        get(server.url("a"), times=2)
        get(server.url("b"))
    assert [(name, cookie) for _port, name, _token, cookie in server.seen] == [
        ("a", None),
        ("a", "environment=a"),
        ("b", None),
    ]


def test_without_a_fleet_no_connection_is_kept(server: Server) -> None:
    with kept_connections(5):
        get(server.url("a"))
    assert adapter._idle.links == []
    get(server.url("a"))
    get(server.url("b"))
    assert adapter._idle.links == []
    assert server.connections == 3


@pytest.mark.parametrize("more", [{"ca_path": "/other.pem"}, {"validate_certs": False}])
def test_a_connection_that_is_made_in_another_way_is_not_used(server: Server, more: dict[str, Any]) -> None:
    with kept_connections(5):
        get(server.url("a"))
        get(server.url("b"), **more)
    assert server.connections == 2


def test_a_process_does_not_use_the_connections_of_the_one_that_it_was_forked_from(
    server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Both would write requests to the same socket."""
    with kept_connections(5):
        get(server.url("a"))
        with monkeypatch.context() as forked:
            forked.setattr(adapter.os, "getpid", lambda: 0)
            get(server.url("b"))
        get(server.url("c"))
    ports = {name: port for port, name, _token, _cookie in server.seen}
    assert ports["a"] == ports["c"] != ports["b"]


def test_a_connection_through_another_proxy_is_another_one() -> None:
    ways = [Connection("https://a.example.com/e/a", AccessToken("a"), proxy=proxy) for proxy in (None, "http://p:1")]
    assert len({adapter._key(way) for way in ways}) == 2


@pytest.mark.parametrize("name", ["half", "redirect"])
def test_a_connection_with_an_unread_response_is_closed(server: Server, name: str) -> None:
    with kept_connections(5):
        with pytest.raises(SettingsError):
            get(server.url(name))
        assert adapter._idle.links == []
        before = server.connections
        get(server.url("a"))
    assert server.connections == before + 1


def test_a_connection_that_was_idle_for_long_is_not_used(server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(adapter, "_FRESH_SECONDS", 0.0)
    with kept_connections(5):
        get(server.url("a"))
        get(server.url("b"))
    assert server.connections == 2


def test_no_more_connections_are_kept_than_asked(server: Server) -> None:
    with kept_connections(1):
        connection = Connection(server.url("a"), AccessToken("dt0c01.A.secret"))
        clients = [SettingsClient(connection) for _number in range(3)]
        for client in clients:
            client.get_object("a")
        for client in clients:
            client.close()
        assert len(adapter._idle.links) == 1
    assert adapter._idle.links == []
