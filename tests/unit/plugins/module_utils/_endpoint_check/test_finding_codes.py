# Copyright (c) 2026, community.dynatrace contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""The table of findings: all are used, seen in tests, and documented."""

from __future__ import annotations

import re
from pathlib import Path

from ansible_collections.community.dynatrace.plugins.module_utils._endpoint_check.finding_codes import (
    FINDING_CODES,
    INDEX_CODES,
)
from ansible_collections.community.dynatrace.tests.support.endpoint_ways import Way
from ansible_collections.community.dynatrace.tests.unit.plugins.module_utils._endpoint_check import (
    test_check,
    test_elasticsearch,
    test_handshake,
    test_http,
    test_index_checks,
    test_network,
    test_oauth,
    test_send_samples,
    test_static_checks,
)

ROOT = Path(__file__).resolve().parents[5]
GUIDE = ROOT / "docs" / "docsite" / "rst" / "guide_endpoint_check.rst"
TESTS = (test_check, test_elasticsearch, test_handshake, test_http, test_index_checks, test_network, test_oauth)
TESTS += (test_send_samples, test_static_checks)
ALL_WAYS = [
    way
    for tests in TESTS
    for table in vars(tests).values()
    if isinstance(table, dict)
    for way in table.values()
    if isinstance(way, Way)
]


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


def test_every_error_and_warning_is_seen_in_a_test() -> None:
    seen = {way.code for way in ALL_WAYS}
    assert len(seen) >= 30
    unseen = {code for code, kind in FINDING_CODES.items() if kind.severity in ("error", "warning")} - seen
    # Those of the module that prepares indices have tests with it; these have tests of their own.
    unseen -= {code for _make, code, _option in test_index_checks.PROBED.values()} | {
        "samples_changed_mapping",
        "index_name_date_math",
    }
    own = {"name_timeout", "tcp_timeout", "tcp_unreachable", "outcome_unknown", "answer_too_large"}
    assert unseen - set(INDEX_CODES) == own
