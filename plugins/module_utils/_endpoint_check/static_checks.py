# Copyright (c) 2026, community.dynatrace contributors
# SPDX-License-Identifier: BSD-2-Clause

"""Checks of an export that need no request. Nothing here opens a connection."""

from __future__ import annotations

import re
from collections.abc import Iterable
from urllib.parse import urlsplit

from .._settings_api.errors import Problem
from .._settings_api.matching import Declared
from . import endpoints
from .endpoints import Endpoint, endpoints_of
from .findings import Finding, Findings

_DOCUMENTED_TYPES = ("application/json", "application/x-ndjson")
_LONGEST_INDEX = 255
_DATE_MATH = re.compile(r"<[^<>{}\s]*\{now[^{}\s]*(?:\{[^{}]*\})?\}[^<>\s]*>")
_NOT_IN_INDEX = re.compile(r'[\\/*?"<>| ,#:]')


def static_findings(checked: Iterable[Endpoint]) -> list[Finding]:
    """What the check knows of endpoints without a connection: warnings and errors, in the order of the endpoints."""
    found: list[Finding] = []
    for endpoint in checked:
        findings = Findings(endpoint)
        check_declaration(findings)
        found += [finding for finding in findings.found if finding.severity in ("warning", "error")]
    return found


def declaration_problems(declared: Iterable[Declared]) -> list[Problem]:
    """Warnings and errors about valid exports, as problems of their options."""
    found = static_findings(endpoints_of(declared)[0])
    return [Problem("finding", finding.option, {"text": finding.advice}) for finding in found]


def check_declaration(findings: Findings) -> None:
    """Check the declaration of an export alone."""
    endpoint, kind = findings.endpoint, media_type(findings.endpoint.content_type)
    if not endpoint.enabled:
        findings.add("export_paused", endpoints.ENABLED, "the export is disabled, but is checked anyway")
    if "@" in urlsplit(endpoint.url).netloc:
        findings.add("url_user_info", endpoints.URL, "the URL contains a user name or a password")
    if endpoint.index is None:
        if kind not in _DOCUMENTED_TYPES:
            findings.add("content_type_unusual", endpoints.TYPE, f"the content type is {endpoint.content_type}")
        if endpoint.is_bulk:
            text = "the URL ends in _bulk, but send_direct is not active"
            findings.add("bulk_without_send_direct", endpoints.DIRECT, text)
        return
    if not endpoint.is_bulk:
        findings.add("bulk_url", endpoints.URL, f"{endpoint.public_url} does not end in _bulk")
    if endpoint.method != "POST":
        findings.add("bulk_method", endpoints.POST, "sessions go to _bulk with PUT")
    if kind != "application/x-ndjson":
        text = f"sessions go to _bulk with the content type {endpoint.content_type}"
        findings.add("bulk_content_type", endpoints.TYPE, text)
    if is_date_math(endpoint.index):
        text = f"the index name {endpoint.index} is a date math expression"
        findings.add("index_name_date_math", endpoints.INDEX, text)
    elif wrong := index_problem(endpoint.index):
        findings.add("index_name_invalid", endpoints.INDEX, f"the name of the index {wrong}")


def media_type(content_type: str) -> str:
    """A content type without its parameters."""
    return content_type.partition(";")[0].strip().lower()


def is_date_math(name: str) -> bool:
    """Whether a name is calculated from the date: ``<sessions-{now/d}>``."""
    return _DATE_MATH.fullmatch(name) is not None


def index_problem(name: str) -> str:
    """Why Elasticsearch rejects the name of an index, or nothing."""
    if name != name.lower():
        return "has uppercase letters"
    if found := _NOT_IN_INDEX.search(name):
        return f"contains {found.group()!r}"
    if name[:1] in ("-", "_", "+"):
        return f"starts with {name[:1]}"
    if name in (".", ".."):
        return f"is {name!r}"
    if len(name.encode("utf-8", "surrogatepass")) > _LONGEST_INDEX:
        return f"is longer than {_LONGEST_INDEX} bytes"
    return ""
