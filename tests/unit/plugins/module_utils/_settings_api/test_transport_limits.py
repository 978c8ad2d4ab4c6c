# Copyright (c) 2026, community.dynatrace contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Servers that never end, lines that break under each kind of write, and files that TLS cannot use."""

from __future__ import annotations

import contextlib
import socket
import ssl
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import trustme
from hypothesis import given
from hypothesis import strategies as st

from ansible_collections.community.dynatrace.plugins.module_utils._settings_api import retry, transport
from ansible_collections.community.dynatrace.plugins.module_utils._settings_api.client import SettingsClient
from ansible_collections.community.dynatrace.plugins.module_utils._settings_api.connection import (
    AccessToken,
    Connection,
    PlatformToken,
    connection_problems,
)
from ansible_collections.community.dynatrace.plugins.module_utils._settings_api.errors import (
    AnswerLost,
    ConnectionFailed,
    ServerFailed,
    SettingsError,
    Throttled,
)
from ansible_collections.community.dynatrace.tests.support.byte_server import (
    BROKEN,
    client,
    failure,
    http,
    read,
    read_request,
    says,
    server_side,
    serving,
    write,
)
from ansible_collections.community.dynatrace.tests.support.problems import texts

WRITES: dict[str, Callable[[SettingsClient], object]] = {
    "PUT": lambda made: made.update_object("o", {"value": {}, "updateToken": "t"}),
    "DELETE": lambda made: made.delete_object("o", update_token="t"),
}


@pytest.fixture(scope="module")
def authority() -> trustme.CA:
    return trustme.CA()


# never again a write


@pytest.mark.parametrize("method", WRITES)
@pytest.mark.parametrize("how", sorted(BROKEN.keys() - {"closed in the headers"}))
def test_a_broken_answer_leaves_the_outcome_of_every_kind_of_write_open(method: str, how: str) -> None:
    with serving(BROKEN[how]) as line, client(line.url, retry_timeout=3) as made:
        with pytest.raises(AnswerLost):
            WRITES[method](made)
        assert line.methods == [method]


@pytest.mark.parametrize("method", WRITES)
@pytest.mark.parametrize("status", ["500 Oops", "502 Bad Gateway", "503 Busy", "504 Late"])
def test_a_failing_server_leaves_the_outcome_of_every_kind_of_write_open(method: str, status: str) -> None:
    answer = says(http(b"<html>", "Retry-After: 0", status=status))
    with serving(answer) as line, client(line.url, retry_timeout=3) as made:
        with pytest.raises(AnswerLost):
            WRITES[method](made)
        assert line.methods == [method]


@pytest.mark.parametrize(
    "rubbish", [b"HTTP/1.1 503 Busy\r\n\r\n", b"\x15\x03\x03\x00\x02\x02\x50", b"\x17\x03\x03\x00"]
)
def test_a_line_that_breaks_after_the_handshake_is_no_failed_handshake(
    authority: trustme.CA, tmp_path: Path, rubbish: bytes
) -> None:
    """A middlebox that answers in plain between the records of TLS: the write may have been applied."""
    authority.cert_pem.write_to_path(str(tmp_path / "ca.pem"))

    def talk(connection: socket.socket) -> None:
        assert isinstance(connection, ssl.SSLSocket)
        with socket.socket(fileno=connection.detach()) as plain:
            plain.sendall(rubbish)

    with serving(talk, server_side(authority)) as line:
        error = failure(write, line.url, ca_path=str(tmp_path / "ca.pem"), retry_timeout=3)
        assert isinstance(error, AnswerLost)
        assert line.methods == ["POST"]
        error = failure(read, line.url, ca_path=str(tmp_path / "ca.pem"))
        assert isinstance(error, ConnectionFailed)


@pytest.mark.parametrize("proxied", [False, True])
def test_a_first_try_that_was_refused_says_nothing_about_a_second_that_was_sent(
    proxied: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A server that starts while the client waits, reads the write and dies: applied or not, no one knows."""
    took: list[bytes] = []
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{listener.getsockname()[1]}"

        def take() -> None:
            connection, _peer = listener.accept()
            with connection:
                took.append(read_request(connection))

        def start(_seconds: float) -> None:
            listener.listen()
            threading.Thread(target=take, daemon=True).start()

        monkeypatch.setattr(f"{retry.__name__}.time.sleep", start)
        options = {"proxy": url} if proxied else {}
        error = failure(write, "http://127.0.0.1:1" if proxied else url, retry_timeout=3, **options)
    assert isinstance(error, AnswerLost)
    assert len(took) == 1


# never without end


def endless(head: bytes, ended: list[str]) -> Callable[[socket.socket], None]:
    """A response of a gigabyte; says of each connection by whom it was ended."""

    def talk(connection: socket.socket) -> None:
        try:
            connection.sendall(head)
            for _turn in range(16_384):
                connection.sendall(b" " * 65536)
            ended.append("server")
        except OSError:
            ended.append("client")

    return talk


@pytest.mark.parametrize(
    ("status", "kind"), [("429 Too Many", Throttled), ("503 Busy", Throttled), ("500 Oops", ServerFailed)]
)
@pytest.mark.parametrize("length", [b"", b"Content-Length: 99999999999\r\n"])
def test_a_refusal_without_end_is_not_read_to_the_end(
    status: str, kind: type[SettingsError], length: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(transport, "MAX_ANSWER_BYTES", 1024 * 1024)
    head = f"HTTP/1.1 {status}\r\nRetry-After: 0\r\n".encode() + length + b"\r\n"
    ended: list[str] = []
    with serving(endless(head, ended)) as line:
        error = failure(read, line.url, retry_timeout=0.2, timeout=5)
        assert isinstance(error, kind) or "larger than" in error.message
        assert 1 < len(line.methods) < 6
    assert set(ended) == {"client"}


def test_a_short_refusal_costs_no_new_connection() -> None:
    busy = http(b"{}", "Retry-After: 0", status="429 Busy").replace(b"Connection: close\r\n", b"")
    connections: list[socket.socket] = []

    def talk(connection: socket.socket) -> None:
        connections.append(connection)
        connection.sendall(busy)
        connection.recv(65536)
        connection.sendall(http())

    with serving(talk) as line:
        assert read(line.url, retry_timeout=1) == []
    assert len(connections) == 1


@contextlib.contextmanager
def full() -> Iterator[str]:
    """A host that does not even refuse: its queue of connections is full."""
    with contextlib.ExitStack() as stack:
        listener = stack.enter_context(socket.socket())
        listener.bind(("127.0.0.1", 0))
        listener.listen(0)
        address = listener.getsockname()
        for _turn in range(3):
            waiting = stack.enter_context(socket.socket())
            waiting.setblocking(False)
            waiting.connect_ex(address)
        time.sleep(0.05)
        yield f"http://127.0.0.1:{address[1]}"


def test_a_host_that_does_not_even_refuse_was_sent_nothing() -> None:
    with full() as url:
        for call in (read, write):
            error = failure(call, url, timeout=0.2)
            assert isinstance(error, ConnectionFailed)
            assert "0.2 s" in error.message


def test_a_handshake_that_never_ends_is_waited_for_no_longer_than_its_timeout() -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        url = f"https://127.0.0.1:{silent.getsockname()[1]}"
        assert isinstance(failure(read, url, timeout=0.2), ConnectionFailed)


# answers of an odd but right kind


@pytest.mark.parametrize("content_type", ["text/html", "text/plain; charset=iso-8859-1", "", "nonsense"])
def test_json_is_json_whatever_it_is_called(content_type: str) -> None:
    answer = http('{"items": [{"objectId": "ä"}]}'.encode()).replace(b"application/json", content_type.encode())
    with serving(says(answer)) as line:
        assert read(line.url) == [{"objectId": "ä"}]


@pytest.mark.parametrize("start", [b"", b"\r\n ", b"\xef\xbb\xbf"])
def test_white_space_and_a_byte_order_mark_do_no_harm(start: bytes) -> None:
    with serving(says(http(start + b'{"items": []}'))) as line:
        assert read(line.url) == []


def test_chunks_are_put_together() -> None:
    answer = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nConnection: close\r\n\r\n"
    body = b'{"items": [{"objectId": "o"}]}'
    pieces = b"".join(b"1\r\n" + bytes([one]) + b"\r\n" for one in body)
    with serving(says(answer, pieces, b"0\r\n\r\n")) as line:
        assert read(line.url) == [{"objectId": "o"}]


# files


def problems(**options: Any) -> dict[str, str]:
    connection = Connection("https://abc12345.live.dynatrace.com", AccessToken("t"), **options)
    return texts(connection_problems(connection))


def test_files_that_tls_cannot_use_are_named_before_anything_is_sent(authority: trustme.CA, tmp_path: Path) -> None:
    text, empty, ca, cert, key, both = (str(tmp_path / name) for name in ("text", "empty", "ca", "cert", "key", "both"))
    Path(text).write_bytes(b"-----BEGIN CERTIFICATE-----\ncanary\n-----END CERTIFICATE-----\n")
    Path(empty).write_bytes(b"")
    ours, other = authority.issue_cert("a@example.com"), authority.issue_cert("b@example.com")
    authority.cert_pem.write_to_path(ca)
    ours.cert_chain_pems[0].write_to_path(cert)
    ours.private_key_and_cert_chain_pem.write_to_path(both)
    other.private_key_pem.write_to_path(key)
    assert problems(ca_path=ca, client_cert=both) == {}
    assert problems(ca_path=str(tmp_path)) == {}
    for wrong in (text, empty, key):
        assert "PEM" in problems(ca_path=wrong)["ca_path"]
        assert "PEM" in problems(client_cert=wrong)["client_cert"]
    assert "key" in problems(client_cert=cert)["client_cert"]
    assert "client_key" in problems(client_cert=cert, client_key=key)["client_cert"]
    assert list(problems(ca_path=text, client_cert=empty)) == ["ca_path", "client_cert"]
    assert "canary" not in str(problems(ca_path=text, client_cert=text))


def test_an_encrypted_key_is_named_and_no_one_is_asked_for_its_password(authority: trustme.CA, tmp_path: Path) -> None:
    from cryptography.hazmat.primitives import serialization

    ours = authority.issue_cert("client@example.com")
    plain = serialization.load_pem_private_key(ours.private_key_pem.bytes(), None)
    locked = plain.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.BestAvailableEncryption(b"password"),
    )
    cert, key, both = (tmp_path / name for name in ("cert", "key", "both"))
    cert.write_bytes(ours.cert_chain_pems[0].bytes())
    key.write_bytes(locked)
    both.write_bytes(locked + cert.read_bytes())
    assert "encrypted" in problems(client_cert=str(cert), client_key=str(key))["client_key"]
    assert "encrypted" in problems(client_cert=str(both))["client_cert"]


# one environment, many forms


@given(
    env=st.from_regex(r"[a-z]{3}[0-9]{5}", fullmatch=True),
    ending=st.sampled_from(["", "/", "/api", "/api/v2", "/api/v2/", "/platform/classic/environment-api/v2"]),
    port=st.sampled_from(["", ":443"]),
    blank=st.sampled_from(["", " ", "\n"]),
    upper=st.booleans(),
)
def test_one_environment_has_one_id_however_it_is_reached(
    env: str, ending: str, port: str, blank: str, upper: bool
) -> None:
    live, apps = f"{env}.live.dynatrace.com", f"{env}.apps.dynatrace.com"
    hosts = [one.upper() if upper else one for one in (live, apps)]
    urls = [*(f"https://{host}{port}" for host in hosts), f"https://gate.example.com:9999/e/{env}"]
    for url in urls:
        for credentials in (AccessToken("t"), PlatformToken("t")):
            assert Connection(f"{blank}{url}{ending}{blank}", credentials).environment_id == env
