# Copyright (c) 2026, community.dynatrace contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""The ways in which an endpoint can be wrong: each has its own finding, names the option, and shows no secret."""

from __future__ import annotations

import contextlib
import datetime
import gzip
import json
import socket
import ssl
import time
import warnings
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest
import trustme

from ansible_collections.community.dynatrace.plugins.module_utils._endpoint_check import http as http_requests
from ansible_collections.community.dynatrace.plugins.module_utils._endpoint_check import module, network
from ansible_collections.community.dynatrace.plugins.module_utils._endpoint_check.finding_codes import (
    FINDING_CODES,
    INDEX_CODES,
)
from ansible_collections.community.dynatrace.plugins.module_utils._settings_api.errors import SettingsError
from ansible_collections.community.dynatrace.tests.support.byte_server import (
    closed_port,
    hang_up,
    http,
)
from ansible_collections.community.dynatrace.tests.support.byte_server import (
    says as raw_server,
)
from ansible_collections.community.dynatrace.tests.support.byte_server import (
    serving as line_serving,
)
from ansible_collections.community.dynatrace.tests.support.endpoint_servers import (
    CLIENT_SECRET,
    COMPLETE,
    MAPPING,
    PASSWORD,
    TOKEN,
    App,
    Asked,
    Elasticsearch,
    EndpointServer,
    Said,
    World,
    basic,
    export,
    locked,
    oauth,
    says,
    serving,
    to_elastic,
    token_service,
)

URL = "endpoint_definition.endpoint_url"
POST = "endpoint_definition.use_post"
TYPE = "endpoint_definition.content_type"
PASS = "authentication.basic_auth.password"
USER = "authentication.basic_auth.username"
TOKEN_URL = "authentication.oauth2.access_token_url"
SCOPE = "authentication.oauth2.scope"
INDEX = "send_direct.index_name"
DOC_TYPE = "send_direct.doc_type"


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory) -> World:
    return World(tmp_path_factory.mktemp("world"))


@dataclass
class Stage:
    """Where the servers of one way to be wrong stand."""

    world: World
    stack: contextlib.ExitStack

    def serve(self, app: App, tls: ssl.SSLContext | None = None) -> EndpointServer:
        return self.stack.enter_context(serving(app, tls or self.world.tls()))

    def plain(self, app: App | None = None, **sections: Any) -> dict[str, Any]:
        """An export to a web server."""
        return export(self.serve(app or says()).url(), **sections)

    def elastic(self, server: Elasticsearch | None = None, path: str = "/_bulk", **more: Any) -> dict[str, Any]:
        """An export to an Elasticsearch."""
        return to_elastic(self.serve(locked(server or Elasticsearch())).url(path), authentication=basic(), **more)

    def logged_in(self, app: App, far_end: App | None = None, **more: Any) -> dict[str, Any]:
        """An export to a web server with a token service."""
        authentication = oauth(self.serve(app).url("/token"), **more)
        return self.plain(far_end, authentication=authentication)

    def talk(self, answer: Any, tls: bool = True) -> str:
        """The address of a server at the level of bytes."""
        context = self.world.tls() if tls else None
        return self.stack.enter_context(line_serving(answer, context)).url.replace("http:", "https:")

    def proxy(self, answer: Any) -> str:
        """The address of a proxy at the level of bytes, with a password."""
        return str(self.stack.enter_context(line_serving(answer)).url).replace("//", "//us:canary-proxy@")


@pytest.fixture
def stage(shared: World) -> Iterator[Stage]:
    with contextlib.ExitStack() as stack:
        yield Stage(shared, stack)


@dataclass(frozen=True)
class Way:
    """One way to be wrong.

    :param option: what the finding names, below ``exports[0]``; with an equals sign an option of the module.
    :param make: gives the export, or the export and further options.
    """

    code: str
    option: str
    make: Callable[[Stage], Any]
    mode: str = "connect"


def old_tls(stage: Stage) -> ssl.SSLContext:
    context = stage.world.tls()
    context.set_ciphers("ALL:@SECLEVEL=0")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        context.minimum_version = ssl.TLSVersion.TLSv1
        context.maximum_version = ssl.TLSVersion.TLSv1_1
    return context


def wants_certificate(stage: Stage, version: ssl.TLSVersion) -> ssl.SSLContext:
    context = stage.world.tls()
    context.verify_mode = ssl.CERT_REQUIRED
    context.maximum_version = version
    stage.world.authority.configure_trust(context)
    return context


def self_signed(stage: Stage) -> ssl.SSLContext:
    from cryptography import x509
    from cryptography.hazmat.primitives import hashes, serialization
    from cryptography.hazmat.primitives.asymmetric import ec

    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "localhost")])
    now = datetime.datetime.now(datetime.timezone.utc)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(now - datetime.timedelta(days=1))
        .not_valid_after(now + datetime.timedelta(days=99))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName("localhost")]), critical=False)
        .sign(key, hashes.SHA256())
    )
    pem = Path(stage.world.ca_path).with_name("self-signed.pem")
    plain = serialization.NoEncryption()
    form = serialization.PrivateFormat.PKCS8
    pem.write_bytes(
        key.private_bytes(serialization.Encoding.PEM, form, plain) + made.public_bytes(serialization.Encoding.PEM)
    )
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(pem)
    return context


def silent(stage: Stage) -> str:
    """A server that accepts connections and says nothing."""
    listener = stage.stack.enter_context(socket.create_server(("127.0.0.1", 0)))
    return f"https://localhost:{listener.getsockname()[1]}/"


def drips(_asked: Asked) -> Said:
    time.sleep(3)
    return Said()


def with_index(mappings: dict[str, Any] | None = None, **more: Any) -> Elasticsearch:
    settings = more.pop("settings", {})
    return Elasticsearch(
        indices={"user-sessions": {"aliases": {}, "mappings": mappings or MAPPING, "settings": settings}}, **more
    )


PROPERTIES = MAPPING["properties"]
STAMPS_AS_LONG = {"properties": {**PROPERTIES, "startTime": {"type": "long"}}}
REFUSED = {"type": "mapper_parsing_exception", "reason": "failed to parse", "caused_by": {"reason": PASSWORD}}
ENCRYPTED = {"active": True, "index_name": "user-sessions"}

WAYS: dict[str, Way] = {
    # the way there
    "unknown host": Way("name_unknown", URL, lambda _: export("https://no-such-host.invalid/")),
    "wrong port": Way("tcp_refused", URL, lambda _: export(f"https://127.0.0.1:{closed_port()}/")),
    "port without TLS": Way("not_tls", URL, lambda s: export(s.talk(raw_server(http()), tls=False))),
    "unknown authority": Way(
        "tls_authority", URL, lambda s: export(s.serve(says(), s.world.tls(authority=trustme.CA())).url())
    ),
    "self-signed": Way("tls_self_signed", URL, lambda s: export(s.serve(says(), self_signed(s)).url())),
    "expired": Way("tls_expired", URL, lambda s: export(s.serve(says(), s.world.tls(days=-1)).url())),
    "not valid yet": Way(
        "tls_not_yet_valid",
        URL,
        lambda s: export(
            s.serve(
                says(),
                s.world.tls(not_before=datetime.datetime.now(datetime.timezone.utc) + datetime.timedelta(days=2)),
            ).url()
        ),
    ),
    "expires soon": Way("tls_expires_soon", URL, lambda s: export(s.serve(says(), s.world.tls(days=9.5)).url())),
    "other host name": Way(
        "tls_host_name", URL, lambda s: export(s.serve(says(), s.world.tls("other.example.com")).url())
    ),
    "old TLS": Way("tls_protocol", URL, lambda s: export(s.serve(says(), old_tls(s)).url())),
    "wants a client certificate, TLS 1.3": Way(
        "tls_client_certificate",
        URL,
        lambda s: export(s.serve(says(), wants_certificate(s, ssl.TLSVersion.TLSv1_3)).url()),
    ),
    "wants a client certificate, TLS 1.2": Way(
        "tls_failed", URL, lambda s: export(s.serve(says(), wants_certificate(s, ssl.TLSVersion.TLSv1_2)).url())
    ),
    "hangs in the handshake": Way("tls_timeout", URL, lambda s: (export(silent(s)), {"timeout": 0.4})),
    "hangs up in the handshake": Way("tls_failed", URL, lambda s: export(s.talk(hang_up, tls=False))),
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
    # what is declared
    "bulk without send_direct": Way(
        "bulk_without_send_direct", "send_direct.active", lambda s: export(s.serve(says()).url("/_bulk"))
    ),
    "user in the URL": Way(
        "url_user_info", URL, lambda s: export(s.serve(says()).url().replace("//", "//us:canary-in-url@"))
    ),
    "strange content type": Way("content_type_unusual", TYPE, lambda s: s.plain(endpoint={"content_type": "text/csv"})),
    "URL without _bulk": Way("bulk_url", URL, lambda s: s.elastic(path="")),
    "PUT to _bulk": Way("bulk_method", POST, lambda s: s.elastic(endpoint={"use_post": False})),
    "JSON to _bulk": Way("bulk_content_type", TYPE, lambda s: s.elastic(endpoint={"content_type": "application/json"})),
    "index in capitals": Way("index_name_invalid", INDEX, lambda s: s.elastic(send_direct={"index_name": "Sessions"})),
    # authentication
    "no credentials": Way(
        "authentication_needed", "authentication.active", lambda s: s.plain(locked(says())), mode="send"
    ),
    "no credentials at Elasticsearch": Way(
        "authentication_needed",
        "authentication.active",
        lambda s: to_elastic(s.serve(locked(Elasticsearch())).url("/_bulk")),
    ),
    "wrong password": Way(
        "credentials_refused", PASS, lambda s: s.plain(locked(says(), "another"), authentication=basic())
    ),
    "wrong password at Elasticsearch": Way(
        "credentials_refused",
        PASS,
        lambda s: to_elastic(s.serve(locked(Elasticsearch(), "another")).url("/_bulk"), authentication=basic()),
    ),
    "password where a token is wanted": Way(
        "authentication_scheme",
        "authentication.auth_type",
        lambda s: s.plain(says(401, WWW_Authenticate="Bearer"), authentication=basic()),
    ),
    "forbidden": Way("forbidden", USER, lambda s: s.plain(says(403), authentication=basic()), mode="send"),
    "wrong client secret": Way(
        "oauth_client_refused",
        "authentication.oauth2.client_secret",
        lambda s: s.logged_in(token_service(secret="another")),
    ),
    "unknown scope": Way(
        "oauth_scope_refused", SCOPE, lambda s: s.logged_in(token_service(refuses="invalid_scope"), scope="a b")
    ),
    "less scope": Way("oauth_scope_reduced", SCOPE, lambda s: s.logged_in(token_service(scope="a"), scope="a b")),
    "grant not allowed": Way(
        "oauth_grant_refused",
        "authentication.oauth2.client_id",
        lambda s: s.logged_in(token_service(refuses="unauthorized_client")),
    ),
    "token URL of a web page": Way(
        "oauth_url_wrong", TOKEN_URL, lambda s: s.logged_in(says(200, b"<html>canary", Content_Type="text/html"))
    ),
    "token URL that is not there": Way("oauth_url_wrong", TOKEN_URL, lambda s: s.logged_in(says(404))),
    "token service of an unknown authority": Way(
        "tls_authority",
        TOKEN_URL,
        lambda s: s.plain(
            authentication=oauth(s.serve(token_service(), s.world.tls(authority=trustme.CA())).url("/token"))
        ),
    ),
    "token service fails": Way("oauth_failed", TOKEN_URL, lambda s: s.logged_in(says(503))),
    "token of another type": Way(
        "oauth_token_type",
        TOKEN_URL,
        lambda s: s.logged_in(token_service(token_type="mac")),
    ),
    "token taken in the form only": Way(
        "oauth_token_by_form", TOKEN_URL, lambda s: s.logged_in(token_service(takes="form"))
    ),
    "token that the endpoint refuses": Way(
        "token_refused",
        SCOPE,
        lambda s: s.logged_in(token_service(), says(401, WWW_Authenticate="Bearer")),
        mode="send",
    ),
    # answers
    "slow": Way("answer_timeout", URL, lambda s: (s.plain(drips), {"timeout": 0.5}), mode="send"),
    "hangs up": Way("answer_broken", URL, lambda s: export(s.talk(hang_up)), mode="send"),
    "not HTTP": Way("answer_broken", URL, lambda s: export(s.talk(raw_server(b"220 mail canary\r\n"))), mode="send"),
    "wrong path": Way("endpoint_not_found", URL, lambda s: s.plain(says(404)), mode="send"),
    "wrong method": Way("method_refused", POST, lambda s: s.plain(says(405)), mode="send"),
    "wrong content type": Way("content_type_refused", TYPE, lambda s: s.plain(says(415)), mode="send"),
    "too large": Way("body_too_large", URL, lambda s: s.plain(says(413)), mode="send"),
    "redirect": Way(
        "redirect",
        URL,
        lambda s: s.plain(says(301, Location="https://canary:x@else.example.com/?t=canary")),
        mode="send",
    ),
    "throttled": Way("throttled", URL, lambda s: s.plain(says(429)), mode="send"),
    "fails": Way("server_failed", URL, lambda s: s.plain(says(500)), mode="send"),
    "rejects": Way("rejected", URL, lambda s: s.plain(says(400, {"error": "no"})), mode="send"),
    "accepts with 202": Way("status_not_200", URL, lambda s: s.plain(says(202)), mode="send"),
    "accepts with 204": Way("status_not_200", URL, lambda s: s.plain(says(204)), mode="send"),
    # Elasticsearch
    "no Elasticsearch": Way("not_elasticsearch", URL, lambda s: to_elastic(s.serve(says(200, {"a": 1})).url("/_bulk"))),
    "type for 8": Way("doc_type_not_supported", DOC_TYPE, lambda s: s.elastic(send_direct={"doc_type": "_doc"})),
    "type for OpenSearch 2": Way(
        "doc_type_not_supported",
        DOC_TYPE,
        lambda s: s.elastic(Elasticsearch("2.11.0", opensearch=True), send_direct={"doc_type": "_doc"}),
    ),
    "other type for 7": Way(
        "doc_type_differs", DOC_TYPE, lambda s: s.elastic(Elasticsearch("7.10.2"), send_direct={"doc_type": "session"})
    ),
    "no type for 6": Way(
        "doc_type_missing",
        DOC_TYPE,
        lambda s: s.elastic(with_index({"_doc": MAPPING}, version="6.8.0")),
    ),
    "other type in 6": Way(
        "doc_type_differs",
        DOC_TYPE,
        lambda s: s.elastic(with_index({"session": MAPPING}, version="6.8.0"), send_direct={"doc_type": "_doc"}),
    ),
    "no index": Way("index_missing", INDEX, lambda s: s.elastic(Elasticsearch(indices={}))),
    "dates as long": Way("date_fields_not_dates", INDEX, lambda s: s.elastic(with_index(STAMPS_AS_LONG))),
    "dates not mapped": Way(
        "date_fields_unmapped", INDEX, lambda s: s.elastic(with_index({"properties": {"ip": {"type": "ip"}}}))
    ),
    "strict mapping": Way("mapping_strict", INDEX, lambda s: s.elastic(with_index({"dynamic": "strict", **MAPPING}))),
    "full disk": Way(
        "index_blocked",
        INDEX,
        lambda s: s.elastic(with_index(settings={"index": {"blocks": {"read_only_allow_delete": "true"}}})),
    ),
    "alias of two": Way(
        "alias_without_write_index",
        INDEX,
        lambda s: s.elastic(
            Elasticsearch(
                indices={
                    "user-sessions": {
                        name: {"aliases": {"user-sessions": {}}, "mappings": MAPPING, "settings": {}}
                        for name in ("one", "two")
                    }
                }
            )
        ),
    ),
    "data stream": Way(
        "index_is_data_stream",
        INDEX,
        lambda s: s.elastic(
            Elasticsearch(
                indices={
                    "user-sessions": {".ds-user-sessions-1": {"mappings": MAPPING, "data_stream": "user-sessions"}}
                }
            )
        ),
    ),
    "version not to be seen": Way("version_unseen", USER, lambda s: s.elastic(Elasticsearch(forbids=("/",)))),
    "index not to be seen": Way("index_unseen", INDEX, lambda s: s.elastic(Elasticsearch(forbids=("/user-sessions",)))),
    "may not write": Way("privilege_missing", USER, lambda s: s.elastic(Elasticsearch(may_write=False))),
    "bulk forbidden": Way("privilege_missing", USER, lambda s: s.elastic(Elasticsearch(forbids=("/_bulk",)))),
    "content type refused by Elasticsearch": Way(
        "content_type_refused", TYPE, lambda s: s.elastic(endpoint={"content_type": "text/plain"})
    ),
    "single sessions refused": Way(
        "items_refused", INDEX, lambda s: s.elastic(Elasticsearch(index=REFUSED)), mode="send"
    ),
    "samples not to be deleted": Way(
        "samples_not_deleted", INDEX, lambda s: s.elastic(Elasticsearch(delete=True)), mode="send"
    ),
    "bulk answered by something else": Way(
        "bulk_answer_unreadable",
        URL,
        lambda s: to_elastic(
            s.serve(lambda a: Said(200, {"ok": True}) if a.place == "/_bulk" else Elasticsearch()(a)).url("/_bulk")
        ),
        mode="send",
    ),
}

SECRETS = (PASSWORD, CLIENT_SECRET, TOKEN, "canary-proxy", "canary-p", "canary-in-url")


@pytest.mark.parametrize("name", WAYS)
def test_each_way_to_be_wrong_has_its_own_finding(stage: Stage, name: str, capfd: pytest.CaptureFixture[str]) -> None:
    way = WAYS[name]
    made = way.make(stage)
    wanted, more = made if isinstance(made, tuple) else (made, {})
    params = {"exports": [wanted], "mode": way.mode, "fail_on": "warning", "timeout": 4.0, **more}
    params["ca_path"] = stage.world.ca_path
    ready, problems = module.check(params)
    assert not problems, problems
    with pytest.raises(module.EndpointCheckFailed) as caught:
        module.work(None, ready, params, False)
    result = caught.value.details
    findings = result["checks"][0]["findings"]
    bad = [finding for finding in findings if finding["severity"] in ("error", "warning")]
    option = way.option[1:] if way.option.startswith("=") else f"exports[0].{way.option}"
    assert (way.code, option) in [(finding["code"], finding["option"]) for finding in bad]
    assert all(finding["remediation"] for finding in bad)
    # One cause, one finding: beside it stands at most what follows from it.
    assert len(bad) <= 2, bad
    assert result["ok"] is not any(finding["severity"] == "error" for finding in bad)
    reported = str(caught.value) + json.dumps(result) + "".join(capfd.readouterr())
    assert "canary" not in reported
    assert all(form not in reported for secret in SECRETS for form in (secret, quote(secret)))
    assert f"({way.code})" in str(caught.value)


def test_the_ways_are_at_least_thirty_and_no_two_are_alike() -> None:
    assert len({way.code for way in WAYS.values()}) >= 30
    unseen = {code for code, kind in FINDING_CODES.items() if kind.severity in ("error", "warning")}
    unseen -= {way.code for way in WAYS.values()}
    # Those of the module that prepares indices have tests with it; these have tests of their own below.
    unseen -= {code for _make, code, _option in PROBED.values()} | {"samples_changed_mapping", "index_name_date_math"}
    own = {"name_timeout", "tcp_timeout", "tcp_unreachable", "outcome_unknown", "answer_too_large"}
    assert unseen - set(INDEX_CODES) == own


def only(world: World, wanted: dict[str, Any], mode: str = "connect", **more: Any) -> dict[str, Any]:
    params = {"exports": [wanted], "mode": mode, "fail_on": "never", "timeout": 3.0, "ca_path": world.ca_path, **more}
    ready, problems = module.check(params)
    assert not problems
    return module.work(None, ready, params, False)


def found(result: dict[str, Any]) -> list[str]:
    return [finding["code"] for finding in result["checks"][0]["findings"]]


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (TimeoutError(), "tcp_timeout"),
        (OSError(113, "No route to host"), "tcp_unreachable"),
        (ConnectionRefusedError(), "tcp_refused"),
    ],
)
def test_a_way_that_is_blocked_is_named(
    shared: World, monkeypatch: pytest.MonkeyPatch, error: OSError, code: str
) -> None:
    def blocked(_self: socket.socket, _address: Any) -> None:
        raise error

    class Blocked(socket.socket):
        connect = blocked  # type: ignore[assignment]

    monkeypatch.setattr(network.socket, "socket", Blocked)
    assert found(only(shared, export("https://127.0.0.1:1/"))) == [code]


def test_a_name_service_that_hangs_is_not_waited_for(shared: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(network.socket, "getaddrinfo", lambda *_args, **_more: time.sleep(3))
    start = time.monotonic()
    assert found(only(shared, export("https://localhost:1/"), timeout=0.3)) == ["name_timeout"]
    assert time.monotonic() - start < 2


def test_samples_whose_fate_is_unknown_are_reported(stage: Stage) -> None:
    wanted = export(stage.talk(hang_up))
    result = only(stage.world, wanted, "send")
    assert found(result)[-2:] == ["answer_broken", "outcome_unknown"]
    assert result["changed"] is True


def test_a_drip_of_single_bytes_is_not_waited_for(stage: Stage) -> None:
    def drip(connection: socket.socket) -> None:
        for byte in http(b"x" * 200):
            connection.sendall(bytes([byte]))
            time.sleep(0.05)

    start = time.monotonic()
    assert "answer_timeout" in found(only(stage.world, export(stage.talk(drip)), "send", timeout=0.8))
    assert time.monotonic() - start < 3


@pytest.mark.parametrize(
    "server", [Elasticsearch(indices={}), Elasticsearch(may_write=False), with_index(STAMPS_AS_LONG)]
)
def test_nothing_is_sent_where_an_error_was_found_before(stage: Stage, server: Elasticsearch) -> None:
    result = only(stage.world, stage.elastic(server), "send")
    assert found(result)[-1] == "send_skipped"
    assert server.stored == []
    assert result["changed"] is False


def test_nothing_is_sent_that_would_create_an_index_or_add_fields_to_it(stage: Stage) -> None:
    template = {"user-sessions": COMPLETE}
    servers = [
        with_index({"properties": {"ip": {"type": "ip"}}}),
        with_index({}),
        Elasticsearch(indices={}, templates=template),
        Elasticsearch(forbids=("/user-sessions",)),
        Elasticsearch(indices={}, forbids=("/user-sessions",), may_read_cluster=False),
    ]
    for server in servers:
        before = json.dumps(server.indices)
        result = only(stage.world, stage.elastic(server), "send")
        assert found(result)[-1] == "send_skipped", found(result)
        assert json.dumps(server.indices) == before
        assert (server.stored, result["changed"]) == ([], False)


def test_samples_that_leave_fields_behind_are_a_change(stage: Stage) -> None:
    class Growing(Elasticsearch):
        def _apply(self, action: str, *args: Any) -> dict[str, Any]:
            result = super()._apply(action, *args)
            if action == "delete":
                self.indices["user-sessions"]["mappings"]["properties"]["more"] = {"type": "long"}
            return result

    result = only(stage.world, stage.elastic(Growing()), "send")
    assert "samples_changed_mapping" in found(result)
    assert result["changed"] is True


PROBED: dict[str, tuple[Callable[[], Elasticsearch], str, str]] = {
    "closed": (lambda: Elasticsearch(closed=("user-sessions",)), "index_closed", INDEX),
    "write block": (
        lambda: with_index(COMPLETE, settings={"index": {"blocks": {"write": "true"}}}), "index_blocked", INDEX,
    ),
    "read-only cluster": (lambda: Elasticsearch(read_only=True), "cluster_blocked", URL),
    "no right to write, Elasticsearch": (lambda: Elasticsearch(may_write=False), "privilege_missing", USER),
    "no right to write, OpenSearch": (
        lambda: Elasticsearch("2.11.0", opensearch=True, may_write=False), "privilege_missing", USER,
    ),
    "no right to write, index not to be read": (
        lambda: Elasticsearch("2.11.0", opensearch=True, may_write=False, forbids=("/user-sessions",)),
        "privilege_missing",
        USER,
    ),
    "alias of one, not for writes": (
        lambda: Elasticsearch(
            indices={"user-sessions": {"a": an_index(aliases={"user-sessions": {"is_write_index": False}})}}
        ),
        "alias_without_write_index",
        INDEX,
    ),
    "routing": (
        lambda: with_index({**COMPLETE, "_routing": {"required": True}}), "routing_required", INDEX,
    ),
    "shard": (
        lambda: Elasticsearch(update={"type": "unavailable_shards_exception", "reason": "primary is not active"}),
        "shard_unavailable",
        INDEX,
    ),
    "something else": (
        lambda: Elasticsearch(update={"type": "new_exception", "reason": "because"}), "write_refused", INDEX,
    ),
    "default pipeline": (
        lambda: with_index(COMPLETE, settings={"index": {"default_pipeline": "nosuch"}}), "pipeline_missing", INDEX,
    ),
    "automatic creation is off": (
        lambda: Elasticsearch(indices={}, templates={"user-sessions": COMPLETE}, auto_create="false"),
        "index_not_created_automatically",
        INDEX,
    ),
    "the template forbids automatic creation": (
        lambda: Elasticsearch(indices={}, templates={"user-sessions": COMPLETE}, template_auto_create=False),
        "index_not_created_automatically",
        INDEX,
    ),
    "template of a data stream": (
        lambda: Elasticsearch(
            "2.19.0",
            opensearch=True,
            indices={},
            templates={"user-sessions": COMPLETE},
            data_streams=("user-sessions",),
        ),
        "index_is_data_stream",
        INDEX,
    ),
    "templates not to be read": (
        lambda: Elasticsearch(indices={}, may_read_cluster=False), "index_templates_unseen", INDEX,
    ),
    "rollover alias": (
        lambda: Elasticsearch(indices={"user-sessions": {"user-sessions-000001": an_index(aliases=WRITE)}}),
        "rollover_without_template",
        INDEX,
    ),
    "address as long": (lambda: with_index(changed(ip={"type": "long"})), "field_conflicts", INDEX),
    "city as object": (lambda: with_index(changed(city={"type": "object"})), "field_conflicts", INDEX),
    "date in days": (
        lambda: with_index(changed(startTime={"type": "date", "format": "yyyy-MM-dd"})), "field_conflicts", INDEX,
    ),
    "a field of some sessions": (
        lambda: with_index(changed(appVersion={"type": "long"})), "field_conflicts_possible", INDEX,
    ),
    "tags as fields": (lambda: with_index(changed(stringTags={"type": "object"})), "tags_as_fields", INDEX),
    "strict inside": (
        lambda: with_index(changed(userActions={"type": "nested", "dynamic": "strict"})), "mapping_strict", INDEX,
    ),
    "rate limit": (lambda: Elasticsearch(busy={"/": 429}), "throttled", URL),
    "starting": (lambda: Elasticsearch(busy={"/": 503}), "server_unavailable", URL),
    "gateway": (lambda: Elasticsearch(busy={"/": 502}), "server_unavailable", URL),
    "circuit breaker": (lambda: Elasticsearch(busy={"/user-sessions": 429}), "throttled", URL),
    "index during a failover": (lambda: Elasticsearch(busy={"/user-sessions": 503}), "server_unavailable", URL),
}  # fmt: skip
DATES_BY_NAME = {"dynamic_templates": [{"d": {"match": "*Time", "mapping": {"type": "date"}}}]}
WRITE = {"user-sessions": {"is_write_index": True}}


def an_index(mappings: dict[str, Any] | None = None, **more: Any) -> dict[str, Any]:
    return {"aliases": {}, "mappings": mappings or COMPLETE, "settings": {}, **more}


def changed(**properties: Any) -> dict[str, Any]:
    return {**COMPLETE, "properties": {**COMPLETE["properties"], **properties}}


@pytest.mark.parametrize("name", PROBED)
def test_what_will_fail_is_known_without_a_session(stage: Stage, name: str) -> None:
    make, code, option = PROBED[name]
    server = make()
    before = json.dumps(server.indices)
    result = only(stage.world, stage.elastic(server))
    bad = {one["code"]: one for one in result["checks"][0]["findings"] if one["severity"] in ("error", "warning")}
    assert code in bad, found(result)
    assert bad[code]["option"] == f"exports[0].{option}"
    assert len(bad) <= 2, bad
    assert (json.dumps(server.indices), server.stored, server.documents) == (before, [], {})


@pytest.mark.parametrize(
    "server",
    [
        Elasticsearch(legacy={"user-sessions": COMPLETE}, indices={}),
        Elasticsearch(
            indices={}, templates={"user-sessions": COMPLETE}, auto_create="false", template_auto_create=True
        ),
        Elasticsearch(
            indices={},
            templates={"user-sessions": DATES_BY_NAME},
        ),
    ],
)
def test_a_template_is_as_good_as_an_index(stage: Stage, server: Elasticsearch) -> None:
    assert found(only(stage.world, stage.elastic(server)))[-1] == "index_from_template"


@pytest.mark.parametrize("path", ["/other/_bulk", "/es/_bulk"])
def test_a_url_of_another_index_is_still_that_of_an_elasticsearch(stage: Stage, path: str) -> None:
    result = only(stage.world, stage.elastic(path=path))
    assert {"url_names_index", "index_found"} <= set(found(result))
    assert result["ok"] is True


def test_a_calculated_index_name_is_a_warning(stage: Stage) -> None:
    wanted = stage.elastic(Elasticsearch(indices={}), send_direct={"index_name": "<sessions-{now/d}>"})
    result = only(stage.world, wanted)
    assert "index_name_date_math" in found(result)
    assert "index_name_invalid" not in found(result)


def test_a_user_who_may_only_write_is_not_called_wrong(stage: Stage) -> None:
    server = Elasticsearch("2.19.0", opensearch=True, forbids=("/", "/user-sessions"), may_read_cluster=False)
    result = only(stage.world, stage.elastic(server))
    assert found(result)[-2:] == ["version_unseen", "index_unseen"]
    assert result["ok"] is True
    assert (server.documents, server.stored) == ({}, [])


def test_the_reason_of_the_server_is_shown_and_shortened(stage: Stage) -> None:
    long = {"error": {"type": "security_exception", "reason": "no permissions for [x] " + "y" * 1_000_000}}
    wanted = to_elastic(stage.serve(lambda a: Said(503, long)).url("/_bulk"))
    result = only(stage.world, wanted)
    (one,) = [one for one in result["checks"][0]["findings"] if one["code"] == "server_unavailable"]
    assert "no permissions for [x]" in one["message"]
    assert len(one["message"]) <= 400


def test_a_response_that_is_too_large_is_not_read_to_its_end(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(http_requests, "_LONGEST_BODY", 1000)
    wanted = to_elastic(stage.serve(says(200, b"x" * 2000)).url("/_bulk"))
    assert found(only(stage.world, wanted))[-1] == "answer_too_large"


def test_a_compressed_response_is_read(stage: Stage) -> None:
    server = Elasticsearch()

    def compressing(asked: Asked) -> Said:
        said = server(asked)
        return Said(said.status, gzip.compress(said.content), {"Content-Encoding": "gzip"})

    assert "index_found" in found(only(stage.world, to_elastic(stage.serve(compressing).url("/_bulk"))))


def test_a_gateway_that_speaks_http2_is_named(stage: Stage) -> None:
    settings = bytes.fromhex("000000040000000000")
    wanted = export(stage.talk(raw_server(settings)))
    assert found(only(stage.world, wanted, "send"))[1:2] == ["answer_broken"]
    plain = {"Content-Type": "text/plain"}
    text = b"upstream connect error, reset reason: remote refused stream reset"
    wanted = export(stage.serve(lambda _a: Said(503, text, plain)).url())
    result = only(stage.world, wanted, "send")
    (one,) = [one for one in result["checks"][0]["findings"] if one["code"] == "server_unavailable"]
    assert "refused stream" in one["message"]


def test_a_node_that_hangs_ends_at_the_time_limit(stage: Stage) -> None:
    server = Elasticsearch()

    def hangs(asked: Asked) -> Said:
        if asked.place == "/_bulk":
            time.sleep(1.5)
        return server(asked)

    wanted = to_elastic(stage.serve(hangs).url("/_bulk"))
    assert found(only(stage.world, wanted, timeout=0.5))[-1] == "answer_timeout"


def test_a_handshake_that_hangs_ends_at_the_time_limit_and_names_it(stage: Stage) -> None:
    result = only(stage.world, export(silent(stage)), timeout=0.4)
    (one,) = [one for one in result["checks"][0]["findings"] if one["severity"] == "error"]
    assert (one["code"], "within 0.4 s" in one["message"]) == ("tls_timeout", True)


def test_the_environment_gives_the_check_nothing(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    """Neither credentials nor a proxy: they belong to the address of the environment, not to an endpoint."""
    for name in ("DYNATRACE_API_TOKEN", "DYNATRACE_OAUTH_CLIENT_SECRET", "DYNATRACE_PLATFORM_TOKEN"):
        monkeypatch.setenv(name, "canary of the environment")
    for name in ("HTTPS_PROXY", "https_proxy", "ALL_PROXY"):
        monkeypatch.setenv(name, f"http://127.0.0.1:{closed_port()}")
    end = stage.serve(says())
    result = only(stage.world, export(end.url()), "send")
    assert "accepted" in found(result)
    assert all("canary" not in str(asked.headers) + str(asked.body) for asked in end.asked)


@pytest.mark.parametrize("status", [202, 502, 504])
def test_samples_that_a_gateway_may_have_passed_on_are_taken_back(stage: Stage, status: int) -> None:
    server = Elasticsearch()

    def gateway(asked: Asked) -> Said:
        said = server(asked)
        return Said(status, {}) if asked.body.startswith(b'{"index"') else said

    result = only(stage.world, to_elastic(stage.serve(gateway).url("/_bulk")), "send")
    assert found(result)[-2:] == ["status_not_200" if status == 202 else "server_unavailable", "samples_deleted"]
    assert (result["ok"], result["changed"]) == (False, False)
    assert len(server.stored) == 2
    assert server.documents == {}
    plain = only(stage.world, stage.plain(says(status)), "send")
    assert found(plain)[-1] == ("samples_retained" if status == 202 else "outcome_unknown")
    assert plain["changed"] is True


def test_samples_that_stay_are_a_change(stage: Stage) -> None:
    refused = only(stage.world, stage.plain(says(404)), "send")
    taken = only(stage.world, stage.plain(says(202)), "send")
    stuck = only(stage.world, stage.elastic(Elasticsearch(delete=True)), "send")
    assert [refused["changed"], taken["changed"], stuck["changed"]] == [False, True, True]


@pytest.mark.parametrize(
    ("fail_on", "server", "fails"),
    [
        ("never", Elasticsearch(indices={}), False),
        ("error", Elasticsearch(indices={}), True),
        ("error", with_index(STAMPS_AS_LONG), False),
        ("warning", with_index(STAMPS_AS_LONG), True),
        ("warning", Elasticsearch(), False),
    ],
)
def test_who_decides_what_is_a_failure(stage: Stage, fail_on: str, server: Elasticsearch, fails: bool) -> None:
    params = {"exports": [stage.elastic(server)], "mode": "connect", "fail_on": fail_on, "ca_path": stage.world.ca_path}
    ready, problems = module.check(params)
    assert not problems
    with pytest.raises(SettingsError) if fails else contextlib.nullcontext():
        module.work(None, ready, params, False)


def test_a_failure_says_first_how_many_then_each_finding_with_its_cure(stage: Stage) -> None:
    exports = [stage.elastic(Elasticsearch(indices={})), stage.plain()]
    params = {"exports": exports, "mode": "connect", "fail_on": "error", "ca_path": stage.world.ca_path}
    ready, _problems = module.check(params)
    with pytest.raises(module.EndpointCheckFailed) as caught:
        module.work(None, ready, params, False)
    first, *rest = str(caught.value).splitlines()
    assert first == "1 of 2 exports do not pass (elasticsearch):"
    assert rest == [
        "  exports[0].send_direct.index_name: there is no index user-sessions (index_missing). "
        + FINDING_CODES["index_missing"].remediation
    ]
