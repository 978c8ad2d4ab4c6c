# Copyright (c) 2026, community.dynatrace contributors
# SPDX-License-Identifier: BSD-2-Clause

"""Checks of an export that need no request. Nothing here opens a connection."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from typing import Any
from urllib.parse import urlsplit

from .._settings_api.errors import Problem
from .._settings_api.matching import Declared
from . import endpoints
from .endpoints import Endpoint, endpoints_of, read_endpoints
from .findings import Finding, Findings

_DOCUMENTED_TYPES = ("application/json", "application/x-ndjson")
_LONGEST_INDEX = 255
_DATE_MATH = re.compile(r"<[^<>{}\s]*\{now[^{}\s]*(?:\{[^{}]*\})?\}[^<>\s]*>")
_NOT_IN_INDEX = re.compile(r'[\\/*?"<>| ,#:]')


def static_findings(
    exports: Sequence[Any] | None, *, where: str = "exports", several: bool = False, major: int | None = None
) -> list[Finding]:
    """What the endpoint check knows of declared exports without any connection.

    Exports that are not valid have no findings here: the module that writes reports what is wrong with them.

    :param where: the name of the option or variable that the user wrote.
    :param several: whether the exports are those of several environments.
    :param major: the major version of the servers as Elasticsearch counts, where it is known.
    :returns: warnings and errors in the order of the exports; nothing about exports that are as documented.
    """
    return findings_without_connection(read_endpoints(exports, where=where, several=several)[0], major=major)


def findings_without_connection(checked: Sequence[Endpoint], *, major: int | None = None) -> list[Finding]:
    """Warnings and errors about endpoints, in their order.

    :param major: the major version of the servers as Elasticsearch counts, where it is known.
    """
    found: list[Finding] = []
    for endpoint in checked:
        findings = Findings(endpoint.name, endpoint.secrets)
        check_declaration(endpoint, findings)
        check_doc_type(endpoint, major, findings)
        found += [finding for finding in findings.found if finding.severity in ("warning", "error")]
    return found


def declaration_problems(declared: Iterable[Declared]) -> list[Problem]:
    """Warnings and errors about valid exports, as problems of their options."""
    return [
        Problem("finding", finding.option, {"text": finding.advice})
        for finding in findings_without_connection(endpoints_of(declared)[0])
    ]


def check_declaration(endpoint: Endpoint, findings: Findings) -> None:
    """Check the declaration alone."""
    option = endpoint.option
    if not endpoint.enabled:
        findings.add("export_paused", option(endpoints.ENABLED), "the export is disabled, but is checked anyway")
    if "@" in urlsplit(endpoint.url).netloc:
        findings.add("url_user_info", option(endpoints.URL), "the URL contains a user name or a password")
    kind = media_type(endpoint.content_type)
    is_bulk = endpoint.is_bulk
    if endpoint.index is None:
        if kind not in _DOCUMENTED_TYPES:
            findings.add("content_type_unusual", option(endpoints.TYPE), f"the content type is {endpoint.content_type}")
        if is_bulk:
            text = "the URL ends in _bulk, but send_direct is not active"
            findings.add("bulk_without_send_direct", option(endpoints.DIRECT), text)
        return
    if not is_bulk:
        findings.add("bulk_url", option(endpoints.URL), f"{endpoint.public_url} does not end in _bulk")
    if endpoint.method != "POST":
        findings.add("bulk_method", option(endpoints.POST), "sessions go to _bulk with PUT")
    if kind != "application/x-ndjson":
        text = f"sessions go to _bulk with the content type {endpoint.content_type}"
        findings.add("bulk_content_type", option(endpoints.TYPE), text)
    if is_date_math(endpoint.index):
        text = f"the index name {endpoint.index} is a date math expression"
        findings.add("index_name_date_math", option(endpoints.INDEX), text)
    elif wrong := index_problem(endpoint.index):
        findings.add("index_name_invalid", option(endpoints.INDEX), f"the name of the index {wrong}")


def check_doc_type(endpoint: Endpoint, major: int | None, findings: Findings) -> None:
    """Check the document type against the version of the server.

    :param major: as Elasticsearch counts; ``None`` if it is not known.
    """
    if endpoint.index is None or major is None:
        return
    option = endpoint.option(endpoints.DOC_TYPE)
    if major >= 8 and endpoint.doc_type is not None:
        text = f"the document type {endpoint.doc_type} is rejected by this version"
        findings.add("doc_type_not_supported", option, text)
    elif major <= 6 and endpoint.doc_type is None:
        findings.add("doc_type_missing", option, "this version requires a document type")


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
