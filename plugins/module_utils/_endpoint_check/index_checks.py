# Copyright (c) 2026, community.dynatrace contributors
# SPDX-License-Identifier: BSD-2-Clause

"""Whether an index accepts sessions. Nothing is written, nothing is created."""

from __future__ import annotations

import re
import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qs, quote, urlsplit

from . import endpoints
from .elasticsearch import (
    ElasticsearchClient,
    IndexState,
    NoIndex,
    creates_automatically,
    read_index,
    template_mapping,
)
from .endpoints import Property
from .findings import Findings
from .http import Response, add_refusal, below, reason_of
from .mapping_forecast import MappingForecast, forecast
from .static_checks import is_date_math

_SHOWN = 6
_ROLLED_OVER = re.compile(r"(.*-)(\d+)")
# Errors of one action of a bulk, and the findings that they mean.
_ITEM_ERRORS: Mapping[str, tuple[str, Property]] = {
    "index_closed_exception": ("index_closed", endpoints.INDEX),
    "cluster_block_exception": ("index_blocked", endpoints.INDEX),
    "security_exception": ("privilege_missing", endpoints.USER),
    "unavailable_shards_exception": ("shard_unavailable", endpoints.INDEX),
    "no_shard_available_action_exception": ("shard_unavailable", endpoints.INDEX),
    "process_cluster_event_timeout_exception": ("shard_unavailable", endpoints.INDEX),
    "timeout_exception": ("shard_unavailable", endpoints.INDEX),
    "routing_missing_exception": ("routing_required", endpoints.INDEX),
    "index_create_block_exception": ("index_blocked", endpoints.INDEX),
}


@dataclass(frozen=True)
class Baseline:
    """The index before sample sessions are sent, to see what they leave behind.

    :param mapping: its mapping.
    """

    name: str
    mapping: Mapping[str, Any]


def check_index(client: ElasticsearchClient) -> Baseline | None:
    """Check everything about the index without changing anything.

    :returns: what the index is like if sample sessions may be sent to it; ``None`` if they would create it, add fields
        to it, or if that is not known.
    :raises CheckAborted: there is no response, or one that says that the server cannot respond now.
    """
    findings, name = client.findings, str(client.endpoint.index)
    state = read_index(client, name)
    if isinstance(state, NoIndex):
        _check_missing(client, state.name)
        _check_empty_bulk(client)
    elif isinstance(state, IndexState):
        if is_writable(state, findings):
            return _check_existing(client, state, name)
    elif state.status != 403:
        add_refusal(state, f"GET {name}", findings)
    elif state.is_index_block:
        findings.add("index_unseen", endpoints.INDEX, f"the index {name} cannot be read{reason_of(state)}")
        _probe(client, name)
    else:
        text = f"the user is not allowed to read the index {name} (403){reason_of(state)}"
        findings.add("index_unseen", endpoints.INDEX, text)
        _check_unseen(client, name)
    return None


def is_writable(state: IndexState, findings: Findings) -> bool:
    """Whether there is one index that sessions can be written to; with a finding if there is none."""
    if state.is_data_stream:
        findings.add("index_is_data_stream", endpoints.INDEX, f"{state.name} is a data stream")
    elif state.write_index is None:
        text = f"{state.name} is an alias of {len(state.found)} indices, and none of them is the one to write to"
        findings.add("alias_without_write_index", endpoints.INDEX, text)
    return not state.is_data_stream and state.write_index is not None


def _check_existing(client: ElasticsearchClient, state: IndexState, name: str) -> Baseline | None:
    endpoint, findings = client.endpoint, client.findings
    before = len(findings.found)
    if state.is_closed:
        findings.add("index_closed", endpoints.INDEX, f"the index {name} is closed")
    elif state.blocks:
        findings.add("index_blocked", endpoints.INDEX, f"the index {name} is blocked: {', '.join(state.blocks)}")
    if state.doc_type is not None and endpoint.doc_type not in (None, state.doc_type):
        text = f"the document type is {endpoint.doc_type}, the index has {state.doc_type}"
        findings.add("doc_type_differs", endpoints.DOC_TYPE, text)
    mapping = state.mapping
    if below(mapping, "_routing").get("required") is True:
        findings.add("routing_required", endpoints.INDEX, f"the index {name} requires a routing value")
    expected = forecast(mapping, state.settings)
    # Where the server has no other type for them, there is nothing to change.
    expected.tags = expected.tags and client.server.arbitrary_keys is not None
    report_forecast(expected, name, findings)
    _check_pipelines(client, state)
    if not findings.has("error"):
        _probe(client, name)
    if state.is_alias and not findings.has("error"):
        _check_rollover(client, state)
    if not any(finding.severity in ("error", "warning") for finding in findings.found[before:]):
        text = f"the index {name} exists and accepts writes; its date fields are dates"
        findings.add("index_found", endpoints.INDEX, text)
    safe = not expected.adds and client.server.major is not None and not is_date_math(str(endpoint.index))
    return Baseline(name, mapping) if safe else None


def report_forecast(expected: MappingForecast, name: str, findings: Findings) -> None:
    """Add the findings about what a mapping makes of sessions."""
    unmapped = [] if expected.lacks else expected.unmapped
    for code, text, names in (
        ("field_conflicts", "the index {} rejects sessions because of: ", expected.rejects),
        ("field_conflicts_possible", "the index {} rejects sessions with: ", expected.may_reject),
        ("mapping_strict", "the mapping of the index {} is strict and lacks: ", expected.lacks),
        ("date_fields_not_dates", "the index {} maps as something else than date: ", expected.numbers),
        ("date_fields_unmapped", "the index {} does not map: ", unmapped),
    ):
        if names:
            findings.add(code, endpoints.INDEX, text.format(name) + shorten(names))
    if expected.tags and expected.fits:
        findings.add("tags_as_fields", endpoints.INDEX, f"the index {name} maps each tag as a separate field")


def _check_missing(client: ElasticsearchClient, name: str) -> None:
    """An index that does not exist: would it be created, and would a template give it a mapping?"""
    findings, template = client.findings, template_mapping(client, name)
    if template.data_stream:
        findings.add("index_is_data_stream", endpoints.INDEX, f"an index template would create {name} as a data stream")
        return
    expected = forecast(template.mapping)
    if not template.mapping and not template.readable:
        text = f"there is no index {name}, and the user is not allowed to read index templates"
        findings.add("index_templates_unseen", endpoints.INDEX, text)
    elif not template.mapping or expected == forecast({}):
        findings.add("index_missing", endpoints.INDEX, f"there is no index {name}")
    else:
        report_forecast(expected, name, findings)
    if not findings.has("error"):
        allowed = template.auto_create
        if allowed is None:
            allowed = creates_automatically(client, name)
        if not allowed:
            text = f"there is no index {name}, and the cluster does not create it automatically"
            findings.add("index_not_created_automatically", endpoints.INDEX, text)
    if expected.fits and not findings.has("error"):
        text = f"there is no index {name} yet; an index template will provide a mapping for sessions"
        findings.add("index_from_template", endpoints.INDEX, text)
    _check_privileges(client)


def _check_unseen(client: ElasticsearchClient, name: str) -> None:
    """An index that the user may not read.

    An update would create it if it does not exist, so the question is a delete of an identifier that does not exist, at
    a sequence number that no document can have: nothing is deleted, nothing is created, and the response says whether
    there is an index and whether the user may send bulks to it.
    """
    if not client.endpoint.is_bulk:
        return
    item = _ask(client, name, "delete", {"if_seq_no": 0, "if_primary_term": 1})
    if item is None:
        return
    error = below(item, "error")
    if error.get("type") == "index_not_found_exception":
        findings = client.findings
        findings.found[:] = [finding for finding in findings.found if finding.code != "index_unseen"]
        findings.add("index_templates_unseen", endpoints.INDEX, f"there is no index {name}")
    elif error.get("type") == "version_conflict_engine_exception":
        _probe(client, name)
    elif error.get("type") != "security_exception" or "data/write/bulk" in str(error.get("reason")):
        _judge_item(client, item, name)
    _check_privileges(client)


def _probe(client: ElasticsearchClient, name: str) -> None:
    """Ask an index that exists to update a document that does not, without a document to insert: nothing is written."""
    item = _ask(client, name, "update", {}, {"doc": {}}) if client.endpoint.is_bulk else None
    if item is not None and below(item, "error").get("type") != "document_missing_exception":
        _judge_item(client, item, name)


def _ask(
    client: ElasticsearchClient, name: str, action: str, condition: Mapping[str, Any], *lines: Mapping[str, Any]
) -> Mapping[str, Any] | None:
    """Send one action about a document that does not exist.

    :returns: what happened to it; ``None``, with a finding, if the response does not say that.
    """
    place = {**client.endpoint.place, "_index": name, "_id": f"ansible-check-{uuid.uuid4().hex}", **condition}
    response = client.send_documents([{action: place}, *lines], timeout="5s")
    items = response.bulk_items
    if items is not None and len(items) == 1:
        return items[0]
    _judge_status(client, response)
    return None


def _check_empty_bulk(client: ElasticsearchClient) -> None:
    """The request that Dynatrace sends, without a session in it. The server rejects it as empty, with 400."""
    if not client.endpoint.is_bulk:
        return
    response = client.send_documents([])
    # Elasticsearch and OpenSearch from 6 to 9: "no requests added". Other reasons are about the parameters of the URL.
    if response.status == 400 and response.error_type in ("action_request_validation_exception", "parse_exception"):
        return
    if response.status != 200:
        _judge_status(client, response)


def _judge_status(client: ElasticsearchClient, response: Response) -> None:
    """Add the finding for a bulk that was rejected as a whole."""
    findings = client.findings
    if response.status == 403 and response.error_type == "security_exception":
        text = f"the user is not allowed to send bulk requests (403){reason_of(response)}"
        findings.add("privilege_missing", endpoints.USER, text)
    elif response.status == 200:
        text = "the response to a bulk request does not contain a result for each action"
        findings.add("bulk_answer_unreadable", endpoints.URL, text)
    elif not (response.status == 400 and findings.has("error")):
        add_refusal(response, client.endpoint.method, findings)


def _judge_item(client: ElasticsearchClient, item: Mapping[str, Any], name: str) -> None:
    """Add the finding for an action that the server rejected."""
    error = below(item, "error")
    kind, reason = str(error.get("type") or ""), str(error.get("reason") or f"status {item.get('status')}")
    code, path = _ITEM_ERRORS.get(kind, ("write_refused", endpoints.INDEX))
    if "no write index is defined for alias" in reason:
        code = "alias_without_write_index"
    client.findings.add(code, path, f"writes to the index {name} are rejected: {reason}")


def _check_pipelines(client: ElasticsearchClient, state: IndexState) -> None:
    """Ingest pipelines of the index and of the URL. A probe does not run them."""
    of_url = parse_qs(urlsplit(client.endpoint.url).query).get("pipeline", [])
    of_index: list[Any] = [state.settings.get("default_pipeline")]
    names = [*(of_url or of_index), state.settings.get("final_pipeline")]
    for name in dict.fromkeys(str(one) for one in names if one and one != "_none"):
        response = client.request("GET", f"_ingest/pipeline/{quote(name, safe='')}?filter_path=*.version")
        if response.status == 404:
            path = endpoints.URL if name in of_url else endpoints.INDEX
            client.findings.add("pipeline_missing", path, f"there is no pipeline {name}")


def _check_rollover(client: ElasticsearchClient, state: IndexState) -> None:
    """An alias whose index has a number: the next index has another mapping, unless a template gives it one."""
    found = _ROLLED_OVER.fullmatch(str(state.write_index))
    if found is None:
        return
    following = f"{found[1]}{int(found[2]) + 1:06d}"
    template = template_mapping(client, following)
    if template.readable and not forecast(template.mapping).fits:
        text = f"{state.name} is a rollover alias, and no index template gives {following} a mapping for sessions"
        client.findings.add("rollover_without_template", endpoints.INDEX, text)


def _check_privileges(client: ElasticsearchClient) -> None:
    """Ask the security of Elasticsearch, where no write can be tried. OpenSearch has no such request."""
    endpoint = client.endpoint
    if endpoint.login is None or client.server.opensearch or client.server.major is None:
        return
    question = {"index": [{"names": [endpoint.index], "privileges": ["index"]}]}
    response = client.request("GET", "_security/user/_has_privileges", question)
    if response.status == 200 and response.part().get("has_all_requested") is False:
        text = f"the user is not allowed to write to the index {endpoint.index}"
        client.findings.add("privilege_missing", endpoints.USER, text)


def shorten(names: list[str]) -> str:
    """The first of a list, and how many more there are."""
    more = f" and {len(names) - _SHOWN} more" if len(names) > _SHOWN else ""
    return ", ".join(names[:_SHOWN]) + more
