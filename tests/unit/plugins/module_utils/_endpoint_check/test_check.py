# Copyright (c) 2026, community.dynatrace contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Endpoints that accept what Dynatrace sends: what they are asked, what reaches them, what is left there."""

from __future__ import annotations

import base64
import json
import ssl
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from ansible_collections.community.dynatrace.plugins.module_utils._endpoint_check import module
from ansible_collections.community.dynatrace.plugins.module_utils._endpoint_check.sample_sessions import TENANT
from ansible_collections.community.dynatrace.plugins.module_utils._endpoint_check.session_mapping import session_mapping
from ansible_collections.community.dynatrace.tests.support.endpoint_servers import (
    CLIENT_SECRET,
    COMPLETE,
    MAPPING,
    PASSWORD,
    TOKEN,
    App,
    Asked,
    Elasticsearch,
    Said,
    World,
    basic,
    bearer,
    export,
    locked,
    oauth,
    says,
    serving,
    to_elastic,
    token_service,
)
from ansible_collections.community.dynatrace.tests.support.endpoint_ways import PASS, USER, Stage, Way, assert_finding
from ansible_collections.community.dynatrace.tests.support.proxy_server import proxying
from ansible_collections.community.dynatrace.tests.support.search_server import search_server


def run(world: World, *exports: dict[str, Any], check_mode: bool = False, **options: Any) -> dict[str, Any]:
    """The result of the module; never a word of a secret in it."""
    params = {"exports": list(exports), "mode": "connect", "fail_on": "never", "timeout": 5.0, "ca_path": world.ca_path}
    params |= options
    ready, problems = module.check(params)
    assert not problems, problems
    result = module.work(None, ready, params, check_mode)
    assert "canary" not in json.dumps(result)
    return result


def codes(result: dict[str, Any], name: str = "") -> list[str]:
    (one,) = [check for check in result["checks"] if not name or check["name"] == name]
    assert all(finding["export"] == one["name"] and "\n" not in finding["message"] for finding in one["findings"])
    return [finding["code"] for finding in one["findings"]]


def test_a_connection_is_checked_and_nothing_is_sent(world: World) -> None:
    with serving(says(), world.tls()) as end:
        result = run(world, export(end.url()))
        assert end.asked == []
    assert codes(result) == ["reached", "nothing_sent"]
    (reached,) = result["checks"][0]["connections"]
    assert (reached["host"], reached["address"], reached["tls"]) == ("localhost", "127.0.0.1", "TLSv1.3")
    assert reached["certificate_days_left"] == 364
    assert result["ok"] is True
    assert result["changed"] is False


@pytest.mark.parametrize("method", ["PUT", "POST"])
def test_samples_arrive_in_the_form_in_which_dynatrace_sends(world: World, method: str, reference: Path) -> None:
    with serving(locked(says()), world.tls()) as end:
        endpoint = {"use_post": method == "POST", "content_type": "application/x-ndjson"}
        result = run(world, export(end.url("/in?key=1"), endpoint=endpoint, authentication=basic()), mode="send")
    (asked,) = end.asked
    assert (asked.method, asked.path) == (method, "/in?key=1")
    assert asked.headers["content-type"] == "application/x-ndjson"
    assert asked.headers["authorization"] == "Basic " + base64.b64encode(f"dynatrace:{PASSWORD}".encode()).decode()
    assert asked.body.endswith(b"\n")
    assert [session["tenantId"] for session in asked.lines] == [TENANT, TENANT]
    assert len({session["userSessionId"] for session in asked.lines}) == 2
    # No field that the documented example has not; of the same type where both have it.
    documented = json.loads((reference / "examples" / "exported-sessions.elasticsearch-bulk.docs.json").read_text())[1]
    for session in asked.lines:
        assert set(session) - set(documented) <= {"userId"}
        assert set(session["userActions"][0]) <= set(documented["userActions"][0])
        assert all(type(session[key]) is type(documented[key]) for key in set(session) & set(documented))
    assert codes(result) == ["reached", "accepted", "samples_retained"]
    assert result["changed"] is True
    assert result["checks"][0]["samples_retained"] is True


def test_check_mode_sends_nothing_and_says_so(world: World) -> None:
    with serving(says(), world.tls()) as end:
        result = run(world, export(end.url()), mode="send", check_mode=True)
        assert end.asked == []
    assert (result["mode"], result["changed"]) == ("connect", False)
    assert "check mode" in result["notes"][0]


def test_a_password_is_tried_on_a_request_without_data(world: World) -> None:
    with serving(locked(says()), world.tls()) as end:
        result = run(world, export(end.url(), authentication=basic()))
    assert codes(result) == ["reached", "credentials_accepted", "nothing_sent"]
    assert [(one.method, one.body) for one in end.asked] == [("HEAD", b""), ("HEAD", b"")]


def test_a_password_that_no_one_looks_at_is_not_called_right(world: World) -> None:
    with serving(says(405), world.tls()) as end:
        result = run(world, export(end.url(), authentication=basic()))
    assert codes(result) == ["reached", "credentials_unchecked", "nothing_sent"]


def test_a_secret_that_is_not_given_is_said_and_nothing_is_sent(world: World) -> None:
    with serving(locked(Elasticsearch()), world.tls()) as end:
        exports = [
            export(end.url(), "basic", authentication=basic(None)),
            export(end.url("/o"), "oauth", authentication=oauth(end.url("/token"), None)),
            to_elastic(end.url("/_bulk"), authentication=basic(None)),
        ]
        for mode in ("connect", "send"):
            result = run(world, *exports, mode=mode)
            assert result["ok"] is True
            assert result["changed"] is False
            for check in result["checks"]:
                found = [finding["code"] for finding in check["findings"]]
                assert found == ["reached", "secret_not_given", *(["send_skipped"] if mode == "send" else [])]
        assert end.asked == []
    secret = [check["findings"][1]["option"] for check in result["checks"]]
    assert secret == [
        "exports[0].authentication.basic_auth.password",
        "exports[1].authentication.oauth2.client_secret",
        "exports[2].authentication.basic_auth.password",
    ]


def test_a_token_is_fetched_as_the_schema_says(world: World) -> None:
    with serving(token_service(), world.tls()) as login, serving(bearer(says()), world.tls()) as end:
        authentication = oauth(login.url("/token"), scope="write:sessions")
        connected = run(world, export(end.url(), authentication=authentication))
        assert end.asked == []
        (asked,) = login.asked
        sent = run(world, export(end.url(), authentication=authentication), mode="send")
    pair = base64.b64encode(f"dynatrace:{CLIENT_SECRET.replace(' ', '+')}".encode()).decode()
    assert asked.headers["authorization"] == f"Basic {pair}"
    assert asked.body == b"grant_type=client_credentials&scope=write%3Asessions"
    assert codes(connected) == ["reached", "reached", "oauth_token_by_header", "nothing_sent"]
    assert connected["checks"][0]["oauth_client_auth"] == "header"
    assert codes(sent)[-2:] == ["accepted", "samples_retained"]
    assert end.asked[0].headers["authorization"] == f"Bearer {TOKEN}"


def test_a_token_service_that_takes_the_form_only_is_found_out(world: World) -> None:
    with serving(token_service(takes="form"), world.tls()) as login, serving(bearer(says()), world.tls()) as end:
        result = run(world, export(end.url(), authentication=oauth(login.url("/token"))), mode="send")
    assert "oauth_token_by_form" in codes(result)
    assert result["checks"][0]["oauth_client_auth"] == "form"
    assert result["ok"] is True
    assert "client_secret=" in login.asked[1].body.decode()
    assert len(end.asked) == 1


def test_a_token_service_that_fails_at_the_header_gets_the_form(world: World) -> None:
    takes_form = token_service(takes="form")

    def service(asked: Asked) -> Said:
        return Said(500) if "authorization" in asked.headers else takes_form(asked)

    with serving(service, world.tls()) as login, serving(bearer(says()), world.tls()) as end:
        result = run(world, export(end.url(), authentication=oauth(login.url("/token"))))
    assert "oauth_token_by_form" in codes(result)


ALIAS = {
    "old": {"aliases": {"user-sessions": {}}, "mappings": {}, "settings": {}},
    "new": {"aliases": {"user-sessions": {"is_write_index": True}}, "mappings": COMPLETE, "settings": {}},
}
TYPED = {"aliases": {}, "mappings": {"session": COMPLETE}, "settings": {}}
FINE: dict[str, tuple[Elasticsearch, str | None]] = {
    "6": (Elasticsearch("6.8.23", indices={"user-sessions": TYPED}), "session"),
    "7": (Elasticsearch("7.17.3"), "_doc"),
    "7 without type": (Elasticsearch("7.17.3"), None),
    "8": (Elasticsearch("8.15.0"), None),
    "9": (Elasticsearch("9.1.0"), None),
    "OpenSearch 1": (Elasticsearch("1.3.20", opensearch=True), "_doc"),
    "OpenSearch 3": (Elasticsearch("3.2.0", opensearch=True), None),
    "alias": (Elasticsearch(indices={"user-sessions": ALIAS}), None),
}


@pytest.mark.parametrize("which", FINE)
def test_an_elasticsearch_takes_samples_and_is_left_as_it_was(world: World, which: str) -> None:
    server, kind = FINE[which]
    direct = {"doc_type": kind} if kind else {}
    with serving(locked(server), world.tls()) as end:
        wanted = to_elastic(end.url("/_bulk"), authentication=basic(), send_direct=direct)
        connected = run(world, wanted)
        assert codes(connected) == ["reached", "elasticsearch_found", "index_found"]
        assert server.stored == []
        bulks = [asked.body for asked in end.asked if asked.place == "/_bulk"]
        (probe,) = bulks
        assert list(json.loads(probe.splitlines()[0])) == ["update"]
        assert server.documents == {}, "an update of what does not exist, without a document to insert"
        assert {asked.method for asked in end.asked} <= {"GET", "POST"}
        sent = run(world, wanted, mode="send")
    assert codes(sent)[3:] == ["accepted", "samples_deleted"]
    assert sent["changed"] is False
    assert len(server.stored) == 2
    assert server.documents == {}
    (bulk,) = [asked for asked in end.asked if asked.body.startswith(b'{"index"')]
    action, session = bulk.lines[:2]
    place = {"_index": "user-sessions", **({"_type": kind} if kind else {})}
    identity = f"{TENANT}-{session['internalUserId']}-{session['startTime']}"
    assert action == {"index": {**place, "_id": identity}}
    assert list(action["index"]) == [*place, "_id"]
    assert sent["checks"][0]["elasticsearch"]["version"] == server.version


def test_an_index_that_a_template_will_make_is_as_good(world: World) -> None:
    with serving(Elasticsearch(indices={}, templates={"user-sessions": MAPPING}), world.tls()) as end:
        assert "index_from_template" in codes(run(world, to_elastic(end.url("/_bulk"))))


def test_an_elasticsearch_may_be_below_a_path(world: World) -> None:
    server = Elasticsearch()

    def below(asked: Asked) -> Said:
        if not asked.path.startswith("/es/"):
            return Said(404)
        return server(Asked(asked.method, asked.path[3:], asked.headers, asked.body))

    with serving(below, world.tls()) as end:
        for path in ("/es/_bulk", "/es/user-sessions/_bulk"):
            assert run(world, to_elastic(end.url(path)), mode="send")["ok"] is True


def test_three_exports_are_checked_at_the_same_time(world: World) -> None:
    asked_of, all_asked, waited = set(), threading.Event(), []

    def patient(asked: Asked) -> Said:
        asked_of.add(asked.place)
        if len(asked_of) == 3:
            all_asked.set()
        waited.append(all_asked.wait(8))
        return Said()

    with serving(patient, world.tls()) as end:
        result = run(world, *(export(end.url(f"/{name}"), name) for name in "abc"), mode="send", timeout=30)
    assert all(waited), "one was checked after another"
    assert [check["name"] for check in result["checks"]] == ["a", "b", "c"]
    assert result["ok"] is True


def test_a_proxy_sees_a_tunnel_and_no_secret(world: World) -> None:
    with serving(locked(says()), world.tls()) as end, proxying() as proxy:
        result = run(
            world, export(end.url(), authentication=basic()), mode="send", proxy=proxy.url("us%40er:canary%3A")
        )
    assert codes(result) == ["reached", "accepted", "samples_retained"]
    assert result["checks"][0]["connections"][0]["proxy"] is True
    # Python up to 3.11 opens its tunnels with HTTP/1.0.
    assert proxy.requests
    assert all(request.startswith(f"CONNECT localhost:{end.port} HTTP/1.".encode()) for request in proxy.requests)
    assert all(base64.b64encode(b"us@er:canary:") in request for request in proxy.requests)
    assert PASSWORD.encode() not in b"".join(proxy.requests)


def test_a_paused_export_is_checked_all_the_same(world: World) -> None:
    with serving(says(), world.tls()) as end:
        endpoint = {"enable_user_session_export": False}
        assert codes(run(world, export(end.url(), endpoint=endpoint))) == ["export_paused", "reached", "nothing_sent"]


def test_without_exports_there_is_nothing_to_say(world: World) -> None:
    result = run(world)
    assert (result["checks"], result["ok"], result["changed"]) == ([], True, False)


@pytest.fixture(scope="module")
def real() -> Iterator[App]:
    with search_server() as running:
        yield running


# This server has no type for arbitrary keys, whatever its version says.
TAGS_AS_FIELDS = session_mapping("nested", None)


def test_a_real_server_behind_tls_and_a_password(world: World, real: App) -> None:
    forward = real

    def make(index: str, mapping: dict[str, Any]) -> None:
        body = json.dumps({"mappings": mapping}).encode()
        forward(Asked("PUT", f"/{index}", {"content-type": "application/json"}, body))

    def count(index: str) -> int:
        forward(Asked("POST", f"/{index}/_refresh", {}, b""))
        return int(json.loads(forward(Asked("GET", f"/{index}/_count", {}, b"")).content)["count"])

    make("user-sessions", TAGS_AS_FIELDS)
    make("as-long", {"properties": {"startTime": {"type": "long"}}})
    make("strict", {"dynamic": "strict", **MAPPING})
    with serving(locked(forward), world.tls()) as end:

        def wanted(index: str = "user-sessions", **direct: Any) -> dict[str, Any]:
            direct["index_name"] = index
            return to_elastic(end.url("/_bulk"), authentication=basic(), send_direct=direct)

        assert codes(run(world, wanted())) == ["reached", "elasticsearch_found", "tags_as_fields"]
        assert count("user-sessions") == 0
        sent = run(world, wanted(), mode="send")
        assert codes(sent)[3:] == ["accepted", "samples_deleted"]
        assert count("user-sessions") == 0
        assert any(b'"index"' in asked.body for asked in end.asked)
        assert "doc_type_not_supported" in codes(run(world, wanted(doc_type="_doc"), mode="send"))
        assert "date_fields_not_dates" in codes(run(world, wanted("as-long")))
        assert "mapping_strict" in codes(run(world, wanted("strict")))
        assert "index_missing" in codes(run(world, wanted("nowhere"), mode="send"))
        gone = forward(Asked("GET", "/nowhere", {}, b""))
        assert gone.status == 404, "a check makes no index"
    listed = forward(Asked("GET", "/_cat/indices?format=json", {}, b"")).content
    assert {one["index"] for one in json.loads(listed)} == {"user-sessions", "as-long", "strict"}


def test_private_authorities_that_newer_pythons_refuse_are_trusted_like_dynatrace_does(world: World) -> None:
    from ansible_collections.community.dynatrace.plugins.module_utils._endpoint_check.network import make_context

    context = make_context(world.ca_path)
    assert not context.verify_flags & getattr(ssl, "VERIFY_X509_STRICT", 0)
    assert context.verify_mode is ssl.CERT_REQUIRED
    assert context.check_hostname is True


AUTHENTICATION: dict[str, Way] = {
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
}


@pytest.mark.parametrize("name", AUTHENTICATION)
def test_rejected_credentials_have_their_own_finding(
    stage: Stage, name: str, capfd: pytest.CaptureFixture[str]
) -> None:
    assert_finding(stage, AUTHENTICATION[name], capfd)
