# Copyright (c) 2026, community.dynatrace contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The first request of a check: whatever a server answers, it is no error, sends no token, and ends in time."""

from __future__ import annotations

import contextlib
import itertools
import socket
import time
from email.utils import formatdate
from types import SimpleNamespace

import pytest

from ansible_collections.community.dynatrace.plugins.module_utils._environment_check.probe import Probe, probe
from ansible_collections.community.dynatrace.plugins.module_utils._settings_api import adapter
from ansible_collections.community.dynatrace.plugins.module_utils._settings_api.connection import (
    AccessToken,
    Connection,
)
from ansible_collections.community.dynatrace.tests.support.byte_server import closed_port, http, says, serving

TOKEN = "dt0c01.PUBLIC.SECRETPARTOFTHETOKEN"


def asked(url: str, **more: float) -> Probe:
    return probe(Connection(url, AccessToken(TOKEN), timeout=more.get("timeout", 2)))


@pytest.mark.parametrize(
    "answer",
    [
        http(b"", "Location: http://[broken", status="302 Found"),
        http(b"", "Location: \xff\xfe", status="301 Moved"),
        http(b"", "Location: https://login.example.com/", status="302 Found"),
        http(b"", "Date: Mon, 01 Jan 0001 00:00:00 -0000"),
        http(b"", "Date: Fri, 31 Dec 9999 23:59:59 -2359"),
        http(b"", "Date: soon"),
        http(b"", "Content-Encoding: gzip"),
        b"HTTP/1.1 999 \r\n\r\n",
        b"no HTTP at all",
        b"HTTP/1.1 200 OK\r\n" + b"A: b\r\n" * 300 + b"\r\n",
        b"HTTP/1.1 200 OK\r\nA: " + b"b" * 100_000 + b"\r\n\r\n",
        b"",
    ],
)
def test_no_answer_is_an_error(answer: bytes) -> None:
    with serving(says(answer)) as line:
        found = asked(line.url)
    assert found.certificate_expires is None
    assert TOKEN not in str(line.requests)


def test_nothing_that_listens_is_no_error() -> None:
    assert asked(f"http://127.0.0.1:{closed_port()}") == Probe()


def test_the_clock_of_the_server_is_compared() -> None:
    with serving(says(http(b"", f"Date: {formatdate(time.time() + 3600, usegmt=True)}"))) as line:
        found = asked(line.url)
    assert found.clock_difference == pytest.approx(3600, abs=10)


def test_headers_that_take_too_long_are_not_read_to_their_end(monkeypatch: pytest.MonkeyPatch) -> None:
    def drip(connection: socket.socket) -> None:
        with contextlib.suppress(OSError):
            connection.sendall(f"HTTP/1.1 200 OK\r\nDate: {formatdate(usegmt=True)}\r\n".encode())
            for byte in b"A: b\r\n" * 80 + b"Content-Length: 0\r\n\r\n":
                connection.sendall(bytes([byte]))
                time.sleep(0.001)

    with serving(drip) as line:
        assert asked(line.url, timeout=20).clock_difference is not None, "it has an end"
        # Each look at the clock takes ten seconds.
        ticks = itertools.count()
        monkeypatch.setattr(adapter, "time", SimpleNamespace(monotonic=lambda: next(ticks) * 10.0))
        assert asked(line.url, timeout=20) == Probe()
