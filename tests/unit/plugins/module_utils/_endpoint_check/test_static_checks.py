# Copyright (c) 2026, community.dynatrace contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""What is known of a declaration without a connection."""

from __future__ import annotations

import re
import sys
from pathlib import Path

import pytest

from ansible_collections.community.dynatrace.plugins.module_utils._endpoint_check.endpoints import (
    read_endpoints,
)
from ansible_collections.community.dynatrace.plugins.module_utils._endpoint_check.static_checks import (
    index_problem,
    static_findings,
)
from ansible_collections.community.dynatrace.tests.support.endpoint_servers import (
    export,
    says,
    to_elastic,
)
from ansible_collections.community.dynatrace.tests.support.endpoint_ways import (
    INDEX,
    POST,
    TYPE,
    URL,
    Stage,
    Way,
    assert_finding,
)

DECLARED: dict[str, Way] = {
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
}


@pytest.mark.parametrize("name", DECLARED)
def test_a_wrong_declaration_has_its_own_finding(stage: Stage, name: str, capfd: pytest.CaptureFixture[str]) -> None:
    assert_finding(stage, DECLARED[name], capfd)


LINK = "https://a.example.com/in"


def test_names_of_indices() -> None:
    fine = ["user-sessions", "a.b_c+d", ".hidden", "ü", "x" * 255]
    assert [index_problem(name) for name in fine] == [""] * len(fine)
    wrong = ["A", "a b", "a*", "-a", "_a", "+a", ".", "..", "x" * 256, "a/b", "a:b", "a,b", "ü" * 128]
    assert all(index_problem(name) for name in wrong)


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
