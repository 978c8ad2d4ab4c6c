# Copyright (c) 2026, community.dynatrace contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""A request ends in time, however slowly its response comes; and the error says what was too much."""

from __future__ import annotations

import contextlib
import itertools
import socket
from types import SimpleNamespace

import pytest

from ansible_collections.community.dynatrace.plugins.module_utils._settings_api import adapter
from ansible_collections.community.dynatrace.plugins.module_utils._settings_api.errors import (
    AnswerLost,
    ConnectionFailed,
    TooMuch,
)
from ansible_collections.community.dynatrace.tests.support.byte_server import client, failure, http, read, says, serving


def drip(connection: socket.socket) -> None:
    """Header after header, without end."""
    with contextlib.suppress(OSError):
        connection.sendall(b"HTTP/1.1 200 OK\r\n")
        for number in range(90):
            connection.sendall(b"X-Header-%d: x\r\n" % number)


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> None:
    """Each look at the clock takes ten seconds."""
    ticks = itertools.count()
    monkeypatch.setattr(adapter, "time", SimpleNamespace(monotonic=lambda: next(ticks) * 10.0))


@pytest.mark.usefixtures("clock")
def test_headers_that_drip_end_with_the_time_of_the_request() -> None:
    with serving(drip) as line:
        error = failure(read, line.url, timeout=0.5, retry_timeout=0)
    assert isinstance(error, ConnectionFailed)
    assert "the response takes too long" in error.message


@pytest.mark.usefixtures("clock")
def test_a_write_whose_response_drips_is_not_known_to_be_done() -> None:
    with (
        serving(drip) as line,
        client(line.url, timeout=0.5, retry_timeout=0) as made,
        pytest.raises(AnswerLost) as caught,
    ):
        made.create_object({"schemaId": "builtin:a"})
    assert "the response takes too long" in caught.value.message
    assert len(line.requests) <= 1


def test_more_values_than_anything_has_are_not_even_parsed() -> None:
    body = b'{"items": [' + b"{}," * 5_000_000 + b"{}]}"
    with serving(says(http(body))) as line:
        error = failure(read, line.url)
    assert isinstance(error, TooMuch)
    assert "has more than 4000000 values" in error.message
