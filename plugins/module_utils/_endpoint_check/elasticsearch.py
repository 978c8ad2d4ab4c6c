# Copyright (c) 2026, community.dynatrace contributors
# SPDX-License-Identifier: BSD-2-Clause

"""Elasticsearch and OpenSearch: which version, does it take the document type, may the user write. Stores nothing."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote, urlsplit, urlunsplit

from . import targets
from .declared import ends_in_bulk, index_problem
from .exchange import Answer, exchange, refusal
from .findings import Ended, Findings
from .index import check_index
from .network import Means
from .targets import Target


@dataclass(frozen=True)
class Elastic:
    """One Elasticsearch, as far as it can be seen.

    :param base: URL of its root, with a slash at the end.
    :param headers: authentication.
    """

    target: Target
    means: Means
    findings: Findings
    base: str
    headers: Mapping[str, str]

    def ask(self, method: str, place: str, body: Any = None) -> Answer:
        """One request about something below the root.

        :param body: sent as JSON.
        :raises Ended: no answer, or the credentials are refused.
        """
        headers = dict(self.headers)
        content = None if body is None else json.dumps(body).encode()
        if content is not None:
            headers["Content-Type"] = "application/json"
        option = self.target.option(targets.URL)
        url = self.base + place
        answer = exchange(method, url, option, self.means, self.findings, headers=headers, body=content)
        if answer.status in (401, 407):
            refusal(answer, self.target, f"{method} {urlsplit(url).path}", self.findings)
            raise Ended
        return answer


def base_url(url: str, index: str) -> str | None:
    """The root of an Elasticsearch from a bulk URL; ``None`` if it cannot be told."""
    parts = urlsplit(url)
    path = parts.path.rstrip("/")
    if ends_in_bulk(url):
        path = path.rpartition("/")[0]
        if path.rpartition("/")[2] in (index, quote(index)):
            path = path.rpartition("/")[0]
    elif path:
        return None
    return urlunsplit((parts.scheme, parts.netloc, path + "/", "", ""))


def check_elastic(target: Target, headers: Mapping[str, str], means: Means, findings: Findings) -> None:
    """Everything about ``send_direct`` that can be found out without storing anything.

    :raises Ended: after a finding behind which there is nothing to check.
    """
    index = target.index or ""
    base = base_url(target.url, index)
    if base is None:
        return
    elastic = Elastic(target, means, findings, base, headers)
    major = recognise(elastic)
    if major is not None:
        _judge_type(target, major, findings)
    if not index_problem(index):
        check_index(elastic, major)
        _check_privileges(elastic)
    if ends_in_bulk(target.url):
        _check_endpoint(elastic)


def recognise(elastic: Elastic) -> int | None:
    """The major version as Elasticsearch counts; ``None`` if the user may not see it.

    :raises Ended: it is something else.
    """
    findings, where = elastic.findings, elastic.target.option(targets.URL)
    answer = elastic.ask("GET", "")
    if answer.status == 403:
        findings.add("version_unseen", elastic.target.option(targets.USER), "the user may not read the version (403)")
        return None
    body = answer.json()
    version = body.get("version") if isinstance(body, Mapping) else None
    number = version.get("number") if isinstance(version, Mapping) else None
    leading = str(number or "").partition(".")[0]
    if answer.status != 200 or not isinstance(version, Mapping) or not leading.isdigit():
        text = f"what answers at {targets.public(elastic.base)} is no Elasticsearch (status {answer.status})"
        raise findings.end("not_elasticsearch", where, text)
    is_open = str(version.get("distribution", "")).lower() == "opensearch" or "OpenSearch" in str(body.get("tagline"))
    name = "OpenSearch" if is_open else "Elasticsearch"
    shown = findings.shown(number, 40)
    findings.facts["elasticsearch"] = {"distribution": name.lower(), "version": shown}
    findings.add("elasticsearch_found", where, f"it is {name} {shown}")
    # OpenSearch 1 came from Elasticsearch 7, OpenSearch 2 removed document types as Elasticsearch 8 did.
    return int(leading) + 6 if is_open else int(leading)


def _judge_type(target: Target, major: int, findings: Findings) -> None:
    option, kind = target.option(targets.DOC_TYPE), target.doc_type
    if major >= 8 and kind is not None:
        findings.add("doc_type_not_supported", option, f"the document type {kind} is refused by this version")
    elif major == 7 and kind not in (None, "_doc"):
        text = f"the document type is {kind}, and this version has _doc only"
        findings.add("doc_type_differs", option, text)
    elif major <= 6 and kind is None:
        findings.add("doc_type_missing", option, "this version needs a document type")


def _check_privileges(elastic: Elastic) -> None:
    """Ask Elasticsearch's own security, if there is one, what the user may do."""
    target = elastic.target
    if target.login is None or elastic.findings.facts.get("elasticsearch", {}).get("distribution") == "opensearch":
        return
    wanted = {"index": [{"names": [target.index], "privileges": ["index"]}]}
    answer = elastic.ask("GET", "_security/user/_has_privileges", wanted)
    body = answer.json()
    if answer.status == 200 and isinstance(body, Mapping) and body.get("has_all_requested") is False:
        text = f"the user may not write to the index {target.index}"
        elastic.findings.add("privilege_missing", target.option(targets.USER), text)


def _check_endpoint(elastic: Elastic) -> None:
    """The request that Dynatrace sends, without a session in it: a bulk of nothing is refused as such, with 400."""
    target = elastic.target
    headers = {**elastic.headers, "Content-Type": target.content_type}
    option = target.option(targets.URL)
    answer = exchange(target.method, target.url, option, elastic.means, elastic.findings, headers=headers, body=b"\n")
    if answer.status not in (200, 400):
        refusal(answer, target, target.method, elastic.findings)
