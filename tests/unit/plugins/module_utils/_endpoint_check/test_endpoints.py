# Copyright (c) 2026, community.dynatrace contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""The pieces of the endpoint check: what is read of a declaration, what is judged without a server, its guide."""

from __future__ import annotations

import json
import re
import sys
import textwrap
from pathlib import Path
from typing import Any

import pytest
import yaml

from ansible_collections.community.dynatrace.plugins.module_utils._endpoint_check import module
from ansible_collections.community.dynatrace.plugins.module_utils._endpoint_check.endpoints import (
    read_endpoints,
)
from ansible_collections.community.dynatrace.plugins.module_utils._export_modules import WRITE
from ansible_collections.community.dynatrace.plugins.module_utils._settings_api.schema import Schema
from ansible_collections.community.dynatrace.tests.support.endpoint_servers import (
    basic,
    export,
    oauth,
    to_elastic,
)

ROOT = Path(__file__).resolve().parents[5]
GUIDE = ROOT / "docs" / "docsite" / "rst" / "guide_endpoint_check.rst"


LINK = "https://a.example.com/in"


def test_a_declaration_becomes_what_dynatrace_will_do() -> None:
    exports = [
        export(LINK),
        to_elastic("https://b.example.com:9200/_bulk", authentication=basic("p"), send_direct={"doc_type": "_doc"}),
        # What its branch makes meaningless is as good as not declared.
        export("https://c.example.com/", "c", authentication={**oauth(LINK), "active": False}),
    ]
    (first, second, third), problems, notes = read_endpoints(exports)
    assert not problems
    assert not notes
    assert (first.method, first.content_type, first.login, first.index) == ("PUT", "application/json", None, None)
    assert first.url == LINK
    assert (second.method, second.content_type) == ("POST", "application/x-ndjson")
    assert (second.index, second.doc_type) == ("user-sessions", "_doc")
    assert third.login is None
    assert "'p'" not in repr(second)


def test_everything_wrong_with_the_input_is_reported_before_anything_is_sent() -> None:
    exports = [
        export("http://a.example.com/"),
        export(LINK, "a", send_direct={"active": True}),
        export("https://", "c", authentication={"active": True, "basic_auth": {"password": "canary"}}),
    ]
    given = {"exports": exports, "ca_path": "/does/not/exist", "proxy": "ftp://canary@x", "timeout": 0.0}
    _ready, problems = module.check(given)
    assert {problem.path for problem in problems} >= {
        "exports[0].endpoint_definition.endpoint_url",
        "exports[1].send_direct.index_name",
        "exports[2].endpoint_definition.endpoint_url",
        "exports[2].authentication.basic_auth.username",
        "ca_path",
        "proxy",
        "timeout",
    }
    assert "canary" not in str(problems)


@pytest.mark.parametrize("kind", ["application/json\r\nX-Other: 1", "téxt"])
def test_a_content_type_that_no_header_can_hold_is_a_problem(kind: str) -> None:
    _found, problems, _notes = read_endpoints([export(LINK, endpoint={"content_type": kind})])
    assert [problem.path for problem in problems] == ["exports[0].endpoint_definition.content_type"]


@pytest.mark.parametrize(
    "url", ["https://a.example.com:99999/", "https://a.example.com:x/", "https://[::1/", "https://?q"]
)
def test_a_url_that_no_request_can_be_sent_to_is_a_problem_and_no_defect(url: str) -> None:
    for exports in ([export(url)], [export(LINK, authentication=oauth(url))]):
        found, problems, _notes = read_endpoints(exports)
        assert found == []
        assert problems


def test_the_module_that_writes_tells_what_is_wrong_in_its_own_names() -> None:
    given = {
        "exports": [export(LINK)],
        "endpoint_check_ca_path": "/does/not/exist",
        "endpoint_check_proxy": "ftp://canary@x",
    }
    paths = {
        verify: [problem.path for problem in WRITE.check({**given, "state": state, "endpoint_check": verify})[1]]
        for state, verify in (("present", "connect"), ("present", "no"), ("absent", "send"))
    }
    assert paths == {"connect": ["endpoint_check_ca_path", "endpoint_check_proxy"], "no": [], "send": []}
    assert "canary" in WRITE.secrets({"exports": [], "endpoint_check_proxy": "http://u:canary@proxy.example.com"})


def test_a_proxy_that_is_reached_by_tls_is_refused() -> None:
    _ready, problems = module.check({"exports": [], "proxy": "https://proxy.example.com:3128"})
    assert [problem.path for problem in problems] == ["proxy"]


@pytest.mark.parametrize(
    ("exports", "paths"),
    [
        ([export(LINK, authentication=basic()), to_elastic("https://b.example.com/_bulk")], []),
        ([export("http://a.example.com/")], ["endpoint_definition.endpoint_url"]),
        ([{"name": "a"}], ["endpoint_definition.endpoint_url"]),
        ([export(LINK, "")], ["name"]),
        ([export(LINK, authentication={"active": True})], ["authentication.basic_auth.username"]),
        (
            [export(LINK, authentication={"active": True, "auth_type": "oauth2"})],
            ["authentication.oauth2.access_token_url", "authentication.oauth2.client_id"],
        ),
        ([export(LINK, send_direct={"active": True})], ["send_direct.index_name"]),
        ([export(LINK, authentication=basic(7))], ["authentication.basic_auth.password"]),  # type: ignore[arg-type]
    ],
)
def test_without_jsonschema_the_input_is_checked_as_far_as_needed(
    monkeypatch: pytest.MonkeyPatch, exports: list[Any], paths: list[str]
) -> None:
    from ansible_collections.community.dynatrace.plugins.module_utils._session_exports import declaration

    monkeypatch.setitem(sys.modules, "jsonschema", None)
    declaration.published_schema.cache_clear()
    try:
        found, problems, notes = read_endpoints(exports)
    finally:
        declaration.published_schema.cache_clear()
    assert "jsonschema" in notes[0]
    assert [problem.path for problem in problems] == [f"exports[0].{path}" for path in paths]
    assert len(found) == (0 if paths else len(exports))


def test_the_example_of_the_guide_to_forwarding_is_valid(reference: Path, is_corpus: bool) -> None:
    text = GUIDE.read_text(encoding="utf-8")
    block = re.search(r"^ +:caption: forward\.yml\n\n((?:    .*\n|\n)+)", text, re.MULTILINE)
    assert block
    (task,) = yaml.safe_load(textwrap.dedent(block[1]))[0]["tasks"]
    options = task["community.dynatrace.settings_objects"]
    assert options["schema_id"].endswith(".data-forwarding")
    if not is_corpus:
        return
    # The schemas of the family have the same properties; this one of them is among the real ones.
    document = reference / "schemas" / "builtin__openpipeline.bizevents.data-forwarding.json"
    schema = Schema.from_document(json.loads(document.read_text(encoding="utf-8")))
    for one in options["objects"]:
        assert schema.problems(schema.complete(one["value"]).value) == []
