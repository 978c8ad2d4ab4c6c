# Copyright (c) 2026, community.dynatrace contributors
# SPDX-License-Identifier: BSD-2-Clause

"""What can be said about an export without sending anything."""

from __future__ import annotations

import re
from urllib.parse import urlsplit

from . import targets
from .findings import Findings
from .targets import Target

_DOCUMENTED_TYPES = ("application/json", "application/x-ndjson")
_LONGEST_INDEX = 255
_NOT_IN_INDEX = re.compile(r'[\\/*?"<>| ,#:]')


def check_declared(target: Target, findings: Findings) -> None:
    """Look at the export alone."""
    option = target.option
    if not target.enabled:
        findings.add("export_paused", option(targets.ENABLED), "the export is paused; it is checked all the same")
    if "@" in urlsplit(target.url).netloc:
        findings.add("url_user_info", option(targets.URL), "the URL holds a user name or a password")
    kind = media_type(target.content_type)
    is_bulk = ends_in_bulk(target.url)
    if target.index is None:
        if kind not in _DOCUMENTED_TYPES:
            findings.add("content_type_unusual", option(targets.TYPE), f"the content type is {target.content_type}")
        if is_bulk:
            text = "the URL ends in _bulk, and send_direct is not active"
            findings.add("bulk_without_send_direct", option(targets.DIRECT), text)
        return
    if not is_bulk:
        findings.add("bulk_url", option(targets.URL), f"{target.endpoint} does not end in _bulk")
    if target.method != "POST":
        findings.add("bulk_method", option(targets.POST), "sessions go to _bulk with PUT")
    if kind != "application/x-ndjson":
        text = f"sessions go to _bulk with the content type {target.content_type}"
        findings.add("bulk_content_type", option(targets.TYPE), text)
    if wrong := index_problem(target.index):
        findings.add("index_name_invalid", option(targets.INDEX), f"the name of the index {wrong}")


def media_type(content_type: str) -> str:
    """A content type without its parameters."""
    return content_type.partition(";")[0].strip().lower()


def ends_in_bulk(url: str) -> bool:
    """Whether a URL is a bulk endpoint."""
    return urlsplit(url).path.rstrip("/").rpartition("/")[2] == "_bulk"


def index_problem(name: str) -> str:
    """What Elasticsearch does not take about the name of an index, or nothing."""
    if name != name.lower():
        return "has capital letters"
    if found := _NOT_IN_INDEX.search(name):
        return f"contains {found.group()!r}"
    if name[:1] in ("-", "_", "+"):
        return f"begins with {name[:1]}"
    if name in (".", ".."):
        return f"is {name!r}"
    if len(name.encode("utf-8", "surrogatepass")) > _LONGEST_INDEX:
        return f"is longer than {_LONGEST_INDEX} bytes"
    return ""
