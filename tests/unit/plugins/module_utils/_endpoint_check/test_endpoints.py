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
from ansible_collections.community.dynatrace.plugins.module_utils._endpoint_check.elasticsearch import base_url
from ansible_collections.community.dynatrace.plugins.module_utils._endpoint_check.endpoints import (
    ends_in_bulk,
    read_endpoints,
)
from ansible_collections.community.dynatrace.plugins.module_utils._endpoint_check.finding_codes import FINDING_CODES
from ansible_collections.community.dynatrace.plugins.module_utils._endpoint_check.findings import Findings
from ansible_collections.community.dynatrace.plugins.module_utils._endpoint_check.index_checks import report_forecast
from ansible_collections.community.dynatrace.plugins.module_utils._endpoint_check.mapping_forecast import forecast
from ansible_collections.community.dynatrace.plugins.module_utils._endpoint_check.sample_sessions import (
    document_id,
    documents_of,
    sample_sessions,
)
from ansible_collections.community.dynatrace.plugins.module_utils._endpoint_check.static_checks import (
    index_problem,
    static_findings,
)
from ansible_collections.community.dynatrace.plugins.module_utils._export_modules import WRITE
from ansible_collections.community.dynatrace.plugins.module_utils._settings_api.schema import Schema
from ansible_collections.community.dynatrace.tests.support.endpoint_servers import (
    COMPLETE,
    MAPPING,
    basic,
    export,
    oauth,
    to_elastic,
)

ROOT = Path(__file__).resolve().parents[5]
GUIDE = ROOT / "docs" / "docsite" / "rst" / "guide_endpoint_check.rst"
LINK = "https://a.example.com/in"


def test_the_option_is_that_of_the_module_that_writes() -> None:
    # The one that writes may also take it from a variable, and says by itself when there is none.
    assert module.OPTIONS["exports"] == {**WRITE.options["exports"], "required": True}


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


def test_secrets_of_a_url_are_hidden_and_never_shown() -> None:
    url = "https://us:canary%21one@a.example.com/in?sig=canary-two-long"
    (target,), _problems, _notes = read_endpoints([export(url, authentication=basic("canary three"))])
    assert target.public_url == "https://a.example.com/in"
    findings = Findings(target)
    text = f"{url} canary!one canary-two-long canary+three canary%20three"
    assert "canary" not in findings.clean_text(text)
    findings.add_secrets(["canary-four"])
    assert "canary" not in findings.clean_text("canary-four canary!one")


@pytest.mark.parametrize(
    ("url", "base"),
    [
        ("https://e:9200/_bulk", "https://e:9200/"),
        ("https://e:9200/_bulk/", "https://e:9200/"),
        ("https://e/es/_bulk", "https://e/es/"),
        ("https://e/es/my-index/_bulk?pipeline=p", "https://e/es/"),
        ("https://e:9200", "https://e:9200/"),
        ("https://e:9200/somewhere", None),
    ],
)
def test_the_root_of_an_elasticsearch_follows_from_the_bulk_url(url: str, base: str | None) -> None:
    assert base_url(url, "my-index") == base
    assert ends_in_bulk(url) is ("_bulk" in url)


def test_names_of_indices() -> None:
    fine = ["user-sessions", "a.b_c+d", ".hidden", "ü", "x" * 255]
    assert [index_problem(name) for name in fine] == [""] * len(fine)
    wrong = ["A", "a b", "a*", "-a", "_a", "+a", ".", "..", "x" * 256, "a/b", "a:b", "a,b", "ü" * 128]
    assert all(index_problem(name) for name in wrong)


@pytest.mark.parametrize(
    ("mapping", "codes"),
    [
        (MAPPING, []),
        (COMPLETE, []),
        ({"properties": {**COMPLETE["properties"], "stringTags": {"type": "object"}}}, ["tags_as_fields"]),
        ({"dynamic": "false", "properties": {}}, ["date_fields_unmapped"]),
        ({"dynamic_templates": [{"dates": {}}], "properties": {}}, ["date_fields_not_dates"]),
        ({"dynamic_templates": [{"dates": {"match": "*Time", "mapping": {"type": "date"}}}]}, []),
        ({}, ["date_fields_unmapped"]),
        ({"dynamic": "strict"}, ["mapping_strict"]),
        ({"properties": {**MAPPING["properties"], "endTime": {"type": "keyword"}}}, ["date_fields_not_dates"]),
        ({"properties": {**MAPPING["properties"], "endTime": {"type": "date_nanos"}}}, []),
        ({"properties": {"startTime": {"type": "long"}}}, ["date_fields_not_dates", "date_fields_unmapped"]),
    ],
)
def test_what_a_mapping_makes_of_dates(mapping: dict[str, Any], codes: list[str]) -> None:
    (target,), _problems, _notes = read_endpoints([to_elastic("https://b.example.com/_bulk")])
    findings = Findings(target)
    report_forecast(forecast(mapping), "i", findings)
    assert [finding.code for finding in findings.found] == codes


def test_no_two_samples_are_the_same() -> None:
    (plain,), _problems, _notes = read_endpoints([export(LINK)])
    (direct,), _problems, _notes = read_endpoints([to_elastic("https://b.example.com/_bulk")])
    first, second = sample_sessions(), sample_sessions()
    assert len({document_id(session) for session in first + second}) == 4
    assert documents_of(plain, first) == first
    assert [list(one) for one in documents_of(direct, first)[::2]] == [["index"], ["index"]]
    assert documents_of(direct, first)[1::2] == first
    assert all(session["startTime"] < session["endTime"] for session in first)


def rst(text: str) -> str:
    """A text of the catalogue as the guide shows it: names of options and values as literals."""
    pattern = (
        r"https?://\S+?(?=[.,;]?(?:\s|$))|indices:[\w/]+|/_\w+(?:/\w+)+|[\w/]*\w_\w+(?:\.\w+)*|/?_\w+(?:\.\w+)*"
        r"|[a-z]\w*(?:\.[a-z]\w*)+|(?!HTTP/)\b\w+/[\w-]+|mode=send"
    )
    return re.sub(pattern, lambda found: f"``{found[0]}``", text)


def test_the_guide_lists_every_finding_with_its_meaning_and_its_cure() -> None:
    text = GUIDE.read_text(encoding="utf-8")
    text = text[text.index("   * - Code\n", text.index("All findings")) :]
    rows = re.findall(r"^ {3}\* - (.*)\n {5}- (.*)\n {5}- (.+)\n {5}-(.*)\n", text, re.MULTILINE)
    assert rows.pop(0) == ("Code", "Severity", "What it means", " What to change")
    found = [(code, severity, remediation.strip()) for code, severity, _meaning, remediation in rows]
    assert found == [(f"``{code}``", kind.severity, rst(kind.remediation)) for code, kind in FINDING_CODES.items()]
    assert all(meaning.endswith(".") for _code, _severity, meaning, _remediation in rows)


def test_every_finding_of_the_catalogue_is_used_and_every_one_used_is_in_it() -> None:
    folders = [ROOT / "plugins" / "module_utils" / name for name in ("_endpoint_check", "_elasticsearch_index")]
    paths = [path for folder in folders for path in folder.glob("*.py") if path.name != "finding_codes.py"]
    code = "\n".join(path.read_text(encoding="utf-8") for path in paths)
    assert [name for name in FINDING_CODES if f'"{name}"' not in code] == []
    assert set(re.findall(r"\.(?:add|abort)\(\s*\"(\w+)\"", code)) <= set(FINDING_CODES)
    assert all(kind.remediation for kind in FINDING_CODES.values() if kind.severity in ("error", "warning"))


def test_what_is_known_without_a_connection() -> None:
    exports = [
        export(LINK, "documented"),
        to_elastic("https://b.example.com/_bulk", "capitals", send_direct={"index_name": "Sessions"}),
        to_elastic("https://c.example.com/in", "no bulk"),
        export(f"{LINK}2", "unusual", endpoint={"content_type": "text/plain"}),
        to_elastic("https://d.example.com/_bulk", "typed", send_direct={"doc_type": "session"}),
        export(f"{LINK}3", "paused", endpoint={"enable_user_session_export": False}),
    ]
    expected = [
        ("capitals", "index_name_invalid", "error", "exports[1].send_direct.index_name"),
        ("no bulk", "bulk_url", "error", "exports[2].endpoint_definition.endpoint_url"),
        ("unusual", "content_type_unusual", "warning", "exports[3].endpoint_definition.content_type"),
    ]
    found = static_findings(read_endpoints(exports, several=True)[0])
    assert [(one.export, one.code, one.severity, one.option) for one in found] == expected
    found = static_findings(read_endpoints(exports, where="user_session_exports", several=True)[0])
    assert {one.option.partition("[")[0] for one in found} == {"user_session_exports"}


def test_static_findings_open_no_connection(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_args: object, **_options: object) -> None:
        raise AssertionError("a connection was opened")

    monkeypatch.setattr("socket.socket.connect", fail)
    monkeypatch.setattr("socket.getaddrinfo", fail)
    assert static_findings(read_endpoints([to_elastic("https://c.example.com/in")])[0])
    source = Path(str(sys.modules[static_findings.__module__].__file__)).read_text(encoding="utf-8")
    used = set(re.findall(r"^(?:from|import) ([\w.]+)", source, re.MULTILINE))
    engine = {".._settings_api.errors", ".._settings_api.matching"}
    package = {".", ".endpoints", ".findings"}
    assert used == {"__future__", "re", "collections.abc", "urllib.parse", *engine, *package}


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
