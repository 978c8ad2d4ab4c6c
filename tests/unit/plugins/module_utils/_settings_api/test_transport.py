# Copyright (c) 2026, community.dynatrace contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""A connection that was kept and is not good any more: a write goes out once, or its outcome is called unknown."""

from __future__ import annotations

import contextlib
import socket
import struct
import threading
from collections.abc import Callable, Iterator

import pytest

from ansible_collections.community.dynatrace.plugins.module_utils._settings_api.client import SettingsClient
from ansible_collections.community.dynatrace.plugins.module_utils._settings_api.errors import AnswerLost, SettingsError
from ansible_collections.community.dynatrace.tests.support.byte_server import (
    Line,
    client,
    http,
    read_request,
    serving,
)

ITEM = {"schemaId": "builtin:a", "value": {}}
CREATED = http(b'[{"code": 200, "objectId": "new"}]')
KEPT = http().replace(b"Connection: close\r\n", b"")
IDLE_TOO_LONG = b"HTTP/1.1 408 Request Time-out\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"
Ending = Callable[[socket.socket, Line], object]

WRITES: dict[str, Callable[[SettingsClient], object]] = {
    "POST": lambda made: made.create_object(ITEM),
    "PUT": lambda made: made.update_object("o", {"value": {}}),
    "DELETE": lambda made: made.delete_object("o", update_token="t"),
}


@contextlib.contextmanager
def ending(how: Ending) -> Iterator[tuple[Line, threading.Event]]:
    """A server that answers one read, and then ends the connection it promised to keep; new ones are served well."""
    ended = threading.Event()
    connections: list[socket.socket] = []

    def talk(connection: socket.socket) -> None:
        connections.append(connection)
        if len(connections) > 1:
            connection.sendall(http() if line.methods[-1] == "GET" else CREATED)
            return
        connection.sendall(KEPT)
        how(connection, line)
        connection.close()
        ended.set()

    with serving(talk) as line:
        yield line, ended


def read(made: SettingsClient) -> object:
    return made.list_objects("builtin:a", fields=["value"])


def reset(connection: socket.socket, _line: Line) -> None:
    """As soon as the next request begins: the kernel tells the client that no one reads it."""
    connection.recv(1)
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))


def read_and_hang_up(connection: socket.socket, line: Line) -> None:
    line.requests.append(read_request(connection))


@pytest.mark.parametrize("method", WRITES)
@pytest.mark.parametrize("last_words", [b"", IDLE_TOO_LONG, CREATED])
def test_a_write_after_a_pause_goes_out_once_on_a_new_connection(method: str, last_words: bytes) -> None:
    with ending(lambda connection, _line: connection.sendall(last_words)) as both, client(both[0].url) as made:
        line, ended = both
        read(made)
        assert ended.wait(5)
        WRITES[method](made)
        assert line.methods == ["GET", method]
        assert made.requests_sent == 2


@pytest.mark.parametrize("method", WRITES)
def test_a_write_on_a_connection_that_ends_at_that_moment_is_unknown_and_not_repeated(method: str) -> None:
    with ending(read_and_hang_up) as both, client(both[0].url, retry_timeout=3) as made:
        line = both[0]
        read(made)
        with pytest.raises(AnswerLost):
            WRITES[method](made)
        assert line.methods == ["GET", method]
        read(made)


@pytest.mark.parametrize("method", WRITES)
def test_a_write_that_meets_a_reset_is_unknown_and_not_repeated(method: str) -> None:
    with ending(reset) as both, client(both[0].url, retry_timeout=3) as made:
        line, ended = both
        read(made)
        with pytest.raises(AnswerLost):
            WRITES[method](made)
        assert ended.wait(5)
        assert line.methods == ["GET"]


@pytest.mark.parametrize("how", [reset, read_and_hang_up])
def test_a_read_on_a_connection_that_ends_at_that_moment_is_repeated_on_a_new_one(how: Ending) -> None:
    with ending(how) as both, client(both[0].url, retry_timeout=3) as made:
        line = both[0]
        read(made)
        assert read(made) == []
        assert made.requests_sent == 3
        assert "no connection" in made.notes[0]
        assert set(line.methods) == {"GET"}


def test_what_is_left_over_of_one_answer_is_not_the_next() -> None:
    """A body longer than announced: its rest must not be taken for the answer to a write."""
    kept = http(b'[{"code": 200, "objectId": "new"}]').replace(b"Connection: close\r\n", b"")
    first = iter([KEPT + http(b'[{"code": 200, "objectId": "smuggled"}]')])

    def talk(connection: socket.socket) -> None:
        connection.sendall(next(first, kept))
        if read_request(connection):
            connection.sendall(kept)

    with serving(talk) as line, client(line.url) as made:
        read(made)
        assert made.create_object(ITEM).object_id == "new"
        made.close()


def test_a_refused_write_leaves_a_connection_that_still_serves() -> None:
    refusal = http(b'{"error": {"code": 409, "message": "Conflicting resource"}}', status="409 Conflict")
    connections: list[socket.socket] = []

    def talk(connection: socket.socket) -> None:
        connections.append(connection)
        connection.sendall(refusal.replace(b"Connection: close\r\n", b""))
        while read_request(connection):
            connection.sendall(KEPT)

    with serving(talk) as line, client(line.url) as made:
        with pytest.raises(SettingsError):
            made.create_object(ITEM)
        assert read(made) == []
        made.close()
    assert len(connections) == 1
