# Copyright (c) 2026, community.dynatrace contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Names, ports and proxies that cannot be reached."""

from __future__ import annotations

import socket
import threading
from typing import Any

import pytest

from ansible_collections.community.dynatrace.plugins.module_utils._endpoint_check import network
from ansible_collections.community.dynatrace.tests.support.byte_server import (
    closed_port,
    http,
)
from ansible_collections.community.dynatrace.tests.support.byte_server import (
    says as raw_server,
)
from ansible_collections.community.dynatrace.tests.support.endpoint_servers import (
    World,
    export,
)
from ansible_collections.community.dynatrace.tests.support.endpoint_ways import (
    URL,
    Stage,
    Way,
    assert_finding,
    check_export,
    codes_of,
)

NETWORK: dict[str, Way] = {
    "unknown host": Way("name_unknown", URL, lambda _: export("https://no-such-host.invalid/")),
    "wrong port": Way("tcp_refused", URL, lambda _: export(f"https://127.0.0.1:{closed_port()}/")),
    "proxy that is not there": Way(
        "proxy_unreachable", "=proxy", lambda s: (s.plain(), {"proxy": f"http://u:canary-p@127.0.0.1:{closed_port()}"})
    ),
    "proxy of an unknown name": Way(
        "proxy_unreachable", "=proxy", lambda s: (s.plain(), {"proxy": "http://u:canary-p@no-such-proxy.invalid:3128"})
    ),
    "proxy that is none": Way(
        "proxy_unreachable", "=proxy", lambda s: (s.plain(), {"proxy": s.proxy(raw_server(b"220 mail canary\r\n\r\n"))})
    ),
    "proxy wants another password": Way(
        "proxy_credentials",
        "=proxy",
        lambda s: (s.plain(), {"proxy": s.proxy(raw_server(http(status="407 Proxy Authentication Required")))}),
    ),
    "proxy refuses": Way(
        "proxy_refused", URL, lambda s: (s.plain(), {"proxy": s.proxy(raw_server(http(status="403 Forbidden")))})
    ),
}


@pytest.mark.parametrize("name", NETWORK)
def test_a_connection_that_fails_has_its_own_finding(
    stage: Stage, name: str, capfd: pytest.CaptureFixture[str]
) -> None:
    assert_finding(stage, NETWORK[name], capfd)


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (TimeoutError(), "tcp_timeout"),
        (OSError(113, "No route to host"), "tcp_unreachable"),
        (ConnectionRefusedError(), "tcp_refused"),
    ],
)
def test_a_way_that_is_blocked_is_named(
    world: World, monkeypatch: pytest.MonkeyPatch, error: OSError, code: str
) -> None:
    def blocked(_self: socket.socket, _address: Any) -> None:
        raise error

    class Blocked(socket.socket):
        connect = blocked  # type: ignore[assignment]

    monkeypatch.setattr(network.socket, "socket", Blocked)
    assert codes_of(check_export(world, export("https://127.0.0.1:1/"))) == [code]


def test_a_name_service_that_hangs_is_not_waited_for(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    answers = threading.Event()
    monkeypatch.setattr(network.socket, "getaddrinfo", lambda *_args, **_more: answers.wait(60))
    try:
        assert codes_of(check_export(world, export("https://localhost:1/"), timeout=0.3)) == ["name_timeout"]
    finally:
        answers.set()
