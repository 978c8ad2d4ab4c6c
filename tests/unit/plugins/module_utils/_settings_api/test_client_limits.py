# Copyright (c) 2026, community.dynatrace contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Servers that drip, redirect to nowhere, or fail on the way to a token: each is named, none holds a run up."""

from __future__ import annotations

import contextlib
import itertools
import json
import socket
import time
from collections.abc import Callable
from importlib.metadata import version
from types import SimpleNamespace
from typing import Any

import pytest

from ansible_collections.community.dynatrace.plugins.module_utils._settings_api import transport
from ansible_collections.community.dynatrace.plugins.module_utils._settings_api.client import SettingsClient
from ansible_collections.community.dynatrace.plugins.module_utils._settings_api.connection import (
    Connection,
    OAuthClient,
)
from ansible_collections.community.dynatrace.plugins.module_utils._settings_api.errors import (
    AnswerLost,
    PermissionMissing,
    Rejected,
    SettingsError,
    UnexpectedAnswer,
)
from ansible_collections.community.dynatrace.tests.support.byte_server import (
    failure,
    http,
    read,
    says,
    serving,
    write,
)


def drip(connection: socket.socket) -> None:
    with contextlib.suppress(OSError):
        connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 100000\r\n\r\n")
        for _turn in range(20_000):
            connection.sendall(b" ")
            time.sleep(0.001)


@pytest.mark.skipif(version("urllib3") < "2", reason="urllib3 1 hands out whole chunks only")
def test_a_slow_drip_is_cut_off_though_no_single_read_is_late(monkeypatch: pytest.MonkeyPatch) -> None:
    # Between two looks at the clock, half of a time-out passes.
    ticks = itertools.count()
    monkeypatch.setattr(transport, "time", SimpleNamespace(monotonic=lambda: next(ticks) * 10.0))
    with serving(drip) as line:
        for call, kind in ((read, UnexpectedAnswer), (write, AnswerLost)):
            began = next(ticks)
            error = failure(call, line.url, timeout=20)
            assert isinstance(error, kind)
            assert "takes too long (more than 200 s)" in error.message
            assert 20 < next(ticks) - began < 60, "ten time-outs"


@pytest.mark.parametrize("target", ["http://[broken", "", "/login", "https://login.example.com/?canary"])
def test_a_redirect_to_anywhere_is_named(target: str) -> None:
    with serving(says(http(b"", f"Location: {target}", status="302 Found"))) as line:
        error = failure(read, line.url)
    assert isinstance(error, UnexpectedAnswer)
    assert ("login.example.com" in error.message) == ("login.example.com" in target)


def test_a_certificate_of_another_address_is_named_as_such(tmp_path: Any) -> None:
    trustme = pytest.importorskip("trustme")
    from ansible_collections.community.dynatrace.tests.support.byte_server import (
        FINE,
        server_side,
    )

    authority = trustme.CA()
    authority.cert_pem.write_to_path(str(tmp_path / "ca.pem"))
    with serving(FINE, server_side(authority, "127.0.0.9")) as line:
        assert "another host name" in failure(read, line.url, ca_path=str(tmp_path / "ca.pem")).message


def test_an_unknown_name_is_called_unknown_by_every_urllib3() -> None:
    assert "cannot be resolved" in failure(read, "https://no-such-host.invalid").message


@pytest.mark.parametrize("answer", [http(b"<html>"), http(b"", status="302 Found"), http(b"", status="429 Busy")])
def test_the_token_service_is_blamed_for_its_own_answers(answer: bytes) -> None:
    with serving(says(answer)) as line:
        credentials = OAuthClient("id", "secret", token_url=f"{line.url}/token")
        connection = Connection("https://abc.apps.dynatrace.com", credentials, retry_timeout=0, timeout=2)
        with SettingsClient(connection) as made, pytest.raises(SettingsError) as caught:
            made.get_object("o")
    assert caught.value.message.startswith("127.0.0.1 ")
    assert "abc.apps" not in caught.value.message


def refused(status: str, message: str, path: str = "") -> Callable[[], SettingsError]:
    violations = [{"path": path, "message": "no"}]
    code = int(status.split()[0])
    body = json.dumps({"error": {"code": code, "message": message, "constraintViolations": violations}})

    def call() -> SettingsError:
        with serving(says(http(body.encode(), status=status))) as line:
            return failure(write, line.url)

    return call


def test_a_scope_at_the_end_of_a_sentence_loses_the_full_stop() -> None:
    error = refused("403 Forbidden", "Missing scope: settings:objects:write.")()
    assert isinstance(error, PermissionMissing)
    assert error.scope == "settings:objects:write"


@pytest.mark.parametrize(
    ("path", "shown"),
    [("builtin:a/0/entries/0/id", "entries/0/id"), ("entries/0/id", "entries/0/id"), ("pageSize", "pageSize")],
)
def test_only_the_head_of_a_path_is_cut(path: str, shown: str) -> None:
    error = refused("400 Bad Request", "Constraints violated.", path)()
    assert isinstance(error, Rejected)
    assert [one.path for one in error.violations] == [shown]


def test_a_payload_that_is_too_large_names_the_limit() -> None:
    assert "1 MB" in refused("413 Payload Too Large", "")().hint
