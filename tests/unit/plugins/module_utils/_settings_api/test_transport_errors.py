# Copyright (c) 2026, community.dynatrace contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Certificates, proxies, and connections that break: what is said, and whether a write may have been applied."""

from __future__ import annotations

import base64
import datetime
import gzip
import json
import socket
import ssl
import threading
from importlib.metadata import version
from pathlib import Path
from typing import Any

import pytest
import trustme

from ansible_collections.community.dynatrace.plugins.module_utils._settings_api import transport
from ansible_collections.community.dynatrace.plugins.module_utils._settings_api.errors import (
    AnswerLost,
    ConnectionFailed,
    UnexpectedAnswer,
)
from ansible_collections.community.dynatrace.tests.support.byte_server import (
    BROKEN,
    FINE,
    client,
    closed_port,
    failure,
    hang_up,
    http,
    read,
    read_request,
    says,
    server_side,
    serving,
    write,
)

# certificates


@pytest.fixture(scope="module")
def authority() -> trustme.CA:
    return trustme.CA()


@pytest.fixture
def ca_path(authority: trustme.CA, tmp_path: Path) -> str:
    authority.cert_pem.write_to_path(str(tmp_path / "ca.pem"))
    return str(tmp_path / "ca.pem")


def test_a_private_authority_is_trusted_when_it_is_named(authority: trustme.CA, ca_path: str) -> None:
    with serving(FINE, server_side(authority)) as line:
        assert read(line.url, ca_path=ca_path) == []


def test_an_unknown_authority_points_to_ca_path(authority: trustme.CA) -> None:
    with serving(FINE, server_side(authority)) as line:
        for call in (read, write):
            error = failure(call, line.url)
            assert isinstance(error, ConnectionFailed)
            assert "ca_path" in error.hint
            assert "authority" in error.message
        assert line.requests == []


def test_the_surroundings_do_not_decide_whom_to_trust(
    authority: trustme.CA, ca_path: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", ca_path)
    with serving(FINE, server_side(authority)) as line:
        assert isinstance(failure(read, line.url), ConnectionFailed)


def test_a_certificate_of_another_host_is_named_as_such(authority: trustme.CA, ca_path: str) -> None:
    with serving(FINE, server_side(authority, "other.example.com")) as line:
        error = failure(read, line.url.replace("127.0.0.1", "localhost"), ca_path=ca_path)
    assert "another host name" in error.message
    assert "environment_url" in error.hint


def test_an_expired_certificate_is_named_as_such(authority: trustme.CA, ca_path: str) -> None:
    past = datetime.datetime.now(datetime.timezone.utc) - datetime.timedelta(days=1)
    with serving(FINE, server_side(authority, not_before=past - datetime.timedelta(days=9), not_after=past)) as line:
        assert "expired" in failure(read, line.url, ca_path=ca_path).message


def test_a_check_that_is_switched_off_is_off(authority: trustme.CA) -> None:
    with serving(FINE, server_side(authority, "other.example.com")) as line:
        assert read(line.url, validate_certs=False) == []


def test_a_server_can_ask_for_a_client_certificate(authority: trustme.CA, ca_path: str, tmp_path: Path) -> None:
    context = server_side(authority)
    context.verify_mode = ssl.CERT_REQUIRED
    authority.configure_trust(context)
    ours = authority.issue_cert("client@example.com")
    both, cert, key = (str(tmp_path / name) for name in ("both.pem", "cert.pem", "key.pem"))
    ours.private_key_and_cert_chain_pem.write_to_path(both)
    ours.cert_chain_pems[0].write_to_path(cert)
    ours.private_key_pem.write_to_path(key)
    with serving(FINE, context) as line:
        assert read(line.url, ca_path=ca_path, client_cert=both) == []
        assert read(line.url, ca_path=ca_path, client_cert=cert, client_key=key) == []
        assert len(line.requests) == 2
        assert isinstance(failure(read, line.url, ca_path=ca_path), ConnectionFailed)
        assert len(line.requests) == 2


def test_a_file_that_holds_no_certificate_is_blamed(authority: trustme.CA, tmp_path: Path) -> None:
    wrong = tmp_path / "ca.pem"
    wrong.write_text("no certificate")
    with serving(FINE, server_side(authority)) as line:
        assert isinstance(failure(read, line.url, ca_path=str(wrong)), ConnectionFailed)


def test_tls_to_a_server_without_tls_is_named_as_such() -> None:
    with serving(FINE) as line:
        assert "TLS" in failure(read, line.url.replace("http:", "https:")).message


def test_a_tls_connection_that_ends_after_a_write_leaves_its_outcome_open(authority: trustme.CA, ca_path: str) -> None:
    with serving(hang_up, server_side(authority)) as line:
        assert isinstance(failure(write, line.url, ca_path=ca_path), AnswerLost)
        assert line.methods == ["POST"]


# proxies


def test_every_request_goes_through_the_proxy_that_was_named() -> None:
    with serving(FINE) as proxy:
        assert read("http://127.0.0.1:1", proxy=proxy.url.replace("//", "//us%40er:p%40ss@")) == []
    request = proxy.requests[0]
    assert request.startswith(b"GET http://127.0.0.1:1/api/v2/settings/objects?")
    assert b"Proxy-Authorization: Basic " + base64.b64encode(b"us@er:p@ss") in request


def test_a_proxy_that_is_not_there_or_refuses_is_blamed_without_its_password(authority: trustme.CA) -> None:
    refusing = says(http(b"", status="407 Proxy Authentication Required"))
    with serving(refusing) as proxy:
        for url in ("http://127.0.0.1:1", proxy.url):
            error = failure(read, "https://127.0.0.1:1", proxy=url.replace("//", "//user:canary@"))
            assert isinstance(error, ConnectionFailed)
            assert "proxy" in error.message
            assert "proxy" in error.hint


def test_the_password_of_the_proxy_is_no_part_of_any_text() -> None:
    header = base64.b64encode(b"user:can@ry").decode()
    text = f"can%40ry can@ry {header}"
    body = json.dumps({"error": {"code": 400, "message": text}}).encode()
    with serving(says(http(body, status="400 Bad Request"))) as proxy:
        reported = str(failure(read, "http://127.0.0.1:1", proxy=proxy.url.replace("//", "//user:can%40ry@")))
    assert "can@ry" not in reported
    assert "can%40ry" not in reported
    assert header not in reported


# lines that break


def test_a_host_that_refuses_is_named() -> None:
    port = closed_port()
    for call in (read, write):
        error = failure(call, f"http://127.0.0.1:{port}")
        assert isinstance(error, ConnectionFailed)
        assert "127.0.0.1" in error.message
        assert "environment_url" in error.hint


def test_a_name_that_no_one_knows_is_named() -> None:
    error = failure(read, "https://no-such-host.invalid")
    assert isinstance(error, ConnectionFailed)
    assert "no-such-host.invalid" in error.message


@pytest.mark.parametrize("how", BROKEN)
def test_a_broken_answer_to_a_write_leaves_its_outcome_open(how: str) -> None:
    with serving(BROKEN[how]) as line:
        assert isinstance(failure(write, line.url, retry_timeout=3), AnswerLost)
        assert line.methods == ["POST"]


# In these the server seems to have said all it wanted: a wrong answer, not a broken line.
COMPLETE = {"closed in the headers", "half a gzip"}
if version("urllib3") < "2":  # does not compare the length with what was announced
    COMPLETE.add("closed in the body")


@pytest.mark.parametrize("how", sorted(BROKEN.keys() - COMPLETE))
def test_a_broken_answer_to_a_read_is_asked_for_again(how: str) -> None:
    first = iter([BROKEN[how]])

    def once(connection: Any) -> None:
        next(first, FINE)(connection)

    with serving(once) as line:
        assert read(line.url, retry_timeout=3) == []
        assert line.methods == ["GET", "GET"]


def test_a_server_that_never_answers_is_waited_for_no_longer_than_its_timeout() -> None:
    done = threading.Event()
    with serving(lambda _connection: done.wait(5)) as line:
        error = failure(write, line.url, timeout=0.2)
        assert isinstance(error, AnswerLost)
        assert "0.2 s" in error.message
        error = failure(read, line.url, timeout=0.2)
        assert isinstance(error, ConnectionFailed)
        assert "0.2 s" in error.message
        assert line.methods == ["POST", "GET"]
        done.set()


def test_a_compressed_answer_is_read() -> None:
    body = gzip.compress(json.dumps({"items": [{"objectId": "ä" * 999}]}).encode())
    with serving(says(http(body, "Content-Encoding: gzip"))) as line:
        assert read(line.url) == [{"objectId": "ä" * 999}]
        assert b"Accept-Encoding: gzip" in line.requests[0]


@pytest.mark.parametrize("packed", [True, False])
def test_an_answer_without_end_is_cut_off(packed: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(transport, "MAX_ANSWER_BYTES", 1024 * 1024)
    body = json.dumps({"items": [], "x": "a" * 3_000_000}).encode()
    talk = says(http(gzip.compress(body), "Content-Encoding: gzip") if packed else http(body))
    with serving(talk) as line:
        error = failure(read, line.url)
        assert isinstance(error, UnexpectedAnswer)
        assert "1 MiB" in error.message
        assert isinstance(failure(write, line.url), AnswerLost)


def test_one_connection_serves_a_whole_run() -> None:
    answer = http().replace(b"Connection: close\r\n", b"")
    connections = []

    def keep(connection: socket.socket) -> None:
        connections.append(connection)
        connection.sendall(answer)
        while read_request(connection):
            connection.sendall(answer)

    with serving(keep) as line, client(line.url) as made:
        for _turn in range(3):
            made.list_objects("builtin:a", fields=["value"])
        assert made.requests_sent == 3
        made.close()
    assert len(connections) == 1


def test_errors_carry_no_request_that_could_be_printed() -> None:
    error = failure(read, f"http://127.0.0.1:{closed_port()}")
    assert error.__suppress_context__
    assert error.__cause__ is None
    assert not {"request", "response"} & set(vars(error))
